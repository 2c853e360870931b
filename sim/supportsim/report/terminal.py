"""A result on the terminal: the verdict first, then the tables behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.judgement import Verdict
from supportsim.experiment.result import RunResult, TargetResult
from supportsim.experiment.warm_up import advise
from supportsim.report.playbooks import burned, threshold_words
from supportsim.report.sampling import stopping_lines, warm_up_words
from supportsim.report.words import (
    NOTHING,
    basis,
    begun,
    brief_share,
    judged,
    metric,
    minutes,
    number,
    quantity,
    sentence,
)
from supportsim.scenario.metrics import METRICS, MetricKey

_STYLES = {Verdict.MET: "green", Verdict.MISSED: "bold red", Verdict.UNDECIDED: "yellow"}
ASSUMED = " (assumed)"
_SLA_COLUMNS = ("tickets", "response kept", "undecided", "resolution kept", "undecided")
_STATS = ("mean", "p50", "p80", "p90", "p95", "p99")


def print_verdict(result: RunResult, console: Console) -> None:
    """Print the verdict in one sentence."""
    console.print(Text(sentence(result.targets), style=f"bold {_STYLES[result.verdict]}"), soft_wrap=False)


def print_promises(result: RunResult, console: Console) -> None:
    """Print the table of the targets."""
    console.print(_targets(result.targets, result.confidence))


def print_result(result: RunResult, console: Console) -> None:
    """Print the verdict and then the tables, worded for a manager; 80 columns are enough and colour is not needed."""
    scenario = result.scenario.scenario
    console.print(Text(f"{scenario.name}: {scenario.summary}" if scenario.summary else scenario.name, style="bold"))
    console.print(Text(basis(result)))
    console.print()
    print_verdict(result, console)
    for line in stopping_lines(result.stopping) if result.stopping else ():
        console.print(Text(line))
    console.print()
    for table in _tables(result):
        console.print(table)
        console.print()
    console.print(Text(f"{begun(warm_up_words(result, advise(result)))}."))


def _tables(result: RunResult) -> Iterator[Table]:
    if result.targets:
        yield _targets(result.targets, result.confidence)
    figures = Figures(result)
    for make in (_sla_by_priority, _sla_by_segment, _distributions, _live, _teams, _playbooks, _tiers, _flow):
        table = make(figures)
        if table.row_count:
            yield table


def _table(title: str, first: str, *columns: str, label: int = 10) -> Table:
    """Return an empty table; where room is scarce, figures wrap rather than labels vanish."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold", min_width=label)
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table


def _captioned(table: Table, caption: str) -> Table:
    table.caption, table.caption_justify = caption, "left"
    return table


def _targets(targets: Sequence[TargetResult], confidence: float) -> Table:
    table = _table("Promises", "promise", "wanted", "found", "limits", "verdict", "kept in")
    for target in targets:
        table.add_row(
            metric(target.key) + (ASSUMED if METRICS[target.key.metric].assumed else ""),
            *judged(target),
            Text(target.verdict, style=_STYLES[target.verdict]),
            brief_share(target.judgement.kept_share),
        )
    sure = brief_share(confidence)
    return _captioned(table, f"limits: {sure} sure for all promises together; kept in: replications that kept it")


class Figures:
    """The estimates of a result, said in their units; what was not measured is `NOTHING`."""

    def __init__(self, result: RunResult) -> None:
        self.result = result

    def value(self, name: str, stat: str | None = None, **slices: str) -> float:
        """Return an estimate, NaN where it was not measured."""
        try:
            place = self.result.place(name, stat, **slices)
        except KeyError:
            return math.nan
        return float(self.result.summary.estimate[place])

    def say(self, name: str, stat: str | None = None, **slices: str) -> str:
        """Say an estimate."""
        return quantity(METRICS[name].unit, self.value(name, stat, **slices))

    def count(self, name: str, **slices: str) -> str:
        """Say a mean count as a whole number."""
        value = self.value(name, **slices)
        return number(round(value)) if math.isfinite(value) else NOTHING

    def members(self, dimension: str) -> list[str]:
        """Return the members of a dimension that got tickets, in the order of the scenario."""
        names = [key.slices[0][1] for key in self.result.keys if key.metric == "tickets" and _cut_by(key, dimension)]
        return [name for name in names if self.value("tickets", **{dimension: name}) > 0]


def _cut_by(key: MetricKey, *dimensions: str) -> bool:
    return tuple(name for name, _ in key.slices) == dimensions


def _sla_by_priority(figures: Figures) -> Table:
    table = _table("SLA by priority", "", *_SLA_COLUMNS)
    for name in figures.members("priority"):
        table.add_row(name, *_sla_cells(figures, priority=name))
    table.add_row("all", *_sla_cells(figures))
    return table


def _sla_by_segment(figures: Figures) -> Table:
    table = _table("SLA by segment", "", *_SLA_COLUMNS)
    segments = figures.members("segment")
    for segment in segments if len(segments) > 1 else ():
        table.add_row(segment, *_sla_cells(figures, segment=segment))
        for priority in figures.members("priority"):
            table.add_row(f"  {priority}", *_sla_cells(figures, priority=priority, segment=segment))
    return table


def _sla_cells(figures: Figures, **slices: str) -> tuple[str, ...]:
    return (
        figures.count("tickets", **slices),
        figures.say("response_sla", **slices),
        figures.count("response_undecided", **slices),
        figures.say("resolution_sla", **slices),
        figures.count("resolution_undecided", **slices),
    )


def _distributions(figures: Figures) -> Table:
    table = _table("How long customers wait", "", *_STATS)
    for name, words in (
        ("wait_minutes", "until somebody starts"),
        ("first_response_minutes", "first response"),
        ("first_response_business_minutes", "  in SLA hours"),
        ("resolution_minutes", "last resolution"),
        ("resolution_business_minutes", "first, in SLA hours"),
    ):
        table.add_row(words, *(figures.say(name, stat) for stat in _STATS))
    return _captioned(table, "p90: nine of ten customers wait no longer")


def _live(figures: Figures) -> Table:
    within = figures.result.scenario.scenario.sla.service_level.within / 60_000
    table = _table("Live channels", "", "tickets", f"answered in {minutes(within)}", "mean answer", "abandoned")
    for name in figures.members("channel"):
        if math.isfinite(figures.value("service_level", channel=name)):
            cells = (figures.say(metric, channel=name) for metric in ("service_level", "asa_minutes", "abandonment"))
            table.add_row(name, figures.count("tickets", channel=name), *cells)
    return table


def _teams(figures: Figures) -> Table:
    table = _table("Teams", "", "paid", "occupancy", "utilization", "overtime", "cost")
    names = ("paid_hours", "occupancy", "utilization", "overtime_hours", "cost_total")
    for team in figures.result.scenario.scenario.teams:
        table.add_row(team, *(figures.say(name, team=team) for name in names))
    table.add_row("all", *(figures.say(name) for name in names))
    owed = f"; cost includes {figures.say('sla_credits')} of SLA credits" if figures.value("sla_credits") > 0 else ""
    return _captioned(table, f"cost per ticket: {figures.say('cost_per_ticket')}{owed}")


def _playbooks(figures: Figures) -> Table:
    table = _table("Playbooks", "", "fires when", "fired", "burned", "in")
    for one in burned(figures.result):
        hours = quantity("hours", float(one.hours.mean()))
        ever = brief_share(float(np.mean(one.fired > 0)))
        when = f"{one.stated.when.team}: {threshold_words(one.stated.when)}"
        table.add_row(one.name, when, number(float(one.fired.mean())), hours, ever)
    return _captioned(table, "fired, burned: mean of the replications; in: replications in which it fired at all")


def _tiers(figures: Figures) -> Table:
    by_clock = any(rule.to for rule in figures.result.scenario.scenario.sla.escalate)
    names = ("enter", "wait", "p90", "go up", *(("by clock",) if by_clock else ()), "go back", "solve", "open", "most")
    table = _table("Tiers", "", *names, label=2)
    for tier in ("L1", "L2", "L3"):
        if figures.value("tickets", tier=tier) > 0 or figures.value("resolved", tier=tier) > 0:
            table.add_row(
                tier,
                figures.count("tickets", tier=tier),
                figures.say("visit_wait_minutes", "mean", tier=tier),
                figures.say("visit_wait_minutes", "p90", tier=tier),
                figures.say("escalation_rate", tier=tier),
                *((figures.say("clock_escalation_rate", tier=tier),) if by_clock else ()),
                figures.say("hand_back_rate", tier=tier),
                figures.count("resolved", tier=tier),
                figures.count("backlog", tier=tier),
                figures.say("backlog", "max", tier=tier),
            )
    up = "go up: escalated; by clock: escalated by the SLA clock" if by_clock else "go up: escalated"
    return _captioned(table, f"{up}; go back: handed back; open: mean of the hours; most: at any hour")


def _flow(figures: Figures) -> Table:
    table = _table("From contact to solution", "", "")
    for name in ("contacts", "deflection_rate", "turned_away_rate", "tickets", "resolved", "backlog"):
        said = figures.count(name) if METRICS[name].unit == "number" else figures.say(name)
        table.add_row(_named(name), said)
    for name in ("fcr", "one_touch", "reopen_rate", "reopened_resolution_sla", "severe_resolution_breach"):
        table.add_row(_named(name), figures.say(name))
    return _captioned(table, "assumed: mostly what the scenario says, whatever the team does")


def _named(name: str) -> str:
    return metric(MetricKey(name, None)) + (ASSUMED if METRICS[name].assumed else "")
