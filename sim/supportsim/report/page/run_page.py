"""The page of one scenario: the verdict, where and when it breaks, why, and what it rests on."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML

from supportsim.experiment.explanation import Explanation
from supportsim.experiment.judgement import Verdict
from supportsim.experiment.recovery import Recovery
from supportsim.experiment.result import RunResult
from supportsim.experiment.warm_up import advise
from supportsim.report.explanation import FOOTNOTES, answers
from supportsim.report.intervals import HOUR_COLUMNS, hour_rows
from supportsim.report.page.causes import cause_pictures, cause_table
from supportsim.report.page.changes import marginal_blocks
from supportsim.report.page.distributions import distribution_pictures
from supportsim.report.page.heatmaps import Week, team_pictures, week_pictures
from supportsim.report.page.page import (
    Block,
    Code,
    Folded,
    Listed,
    Page,
    Pictures,
    Replay,
    Section,
    Text,
    Tile,
    Verdicts,
)
from supportsim.report.page.people import people_pictures
from supportsim.report.page.sankey import Flow, flow_pictures
from supportsim.report.page.tables import (
    Cell,
    Table,
    cost_table,
    hour_table,
    live_table,
    playbook_table,
    sla_tables,
    target_table,
    wait_table,
)
from supportsim.report.page.timeline import backlog_pictures
from supportsim.report.recovery import CAPTION, COLUMNS, cells
from supportsim.report.recovery import sentence as recovered
from supportsim.report.sampling import stopping_lines, warm_up_words
from supportsim.report.terminal import Figures
from supportsim.report.words import basis, begun, metric, number, quantity, sentence
from supportsim.scenario.metrics import METRICS, MetricKey
from supportsim.scenario.units import WEEK_MS

UNTRIED = (
    "What would mend it has not been tried: 'supportsim explain RESULT --marginal' tries one more head, one more skill "
    "and another start at each team, and a report made after that says what each is worth."
)
DEFINED = (
    "response_sla",
    "resolution_sla",
    "severe_response_breach",
    "severe_resolution_breach",
    "wait_minutes",
    "first_response_business_minutes",
    "resolution_business_minutes",
    "service_level",
    "abandonment",
    "occupancy",
    "utilization",
    "backlog",
    "cost_total",
    "cost_per_ticket",
)
"""Metrics whose definition is on every page, besides those of the targets."""


@dataclass(frozen=True)
class More:
    """What a page may show besides the result itself.

    Args:
        explanation: why promises break.
        replay: one replication in motion.
        recoveries: how long each event hurts.
        marginal: what small changes are worth, as `supportsim.report.marginal.read_marginal` has it.
    """

    explanation: Explanation | None = None
    replay: Replay | None = None
    recoveries: Sequence[Recovery] = ()
    marginal: dict[str, Any] | None = None


def run_page(result: RunResult, provenance: dict[str, Any], more: More | None = None) -> Page:
    """Return the page of a result.

    Args:
        result: what was measured.
        provenance: as in its ``run.json``.
        more: to be shown too.
    """
    scenario = result.scenario.scenario
    return Page(
        title=f"{scenario.name} - supportsim",
        heading=scenario.name.replace("_", " "),
        summary=scenario.summary,
        basis=basis(result),
        verdicts=(Verdicts(result.verdict, sentence(result.targets)),),
        tiles=tuple(_tiles(result)),
        sections=tuple(_sections(result, provenance, more or More())),
    )


def _sections(result: RunResult, provenance: dict[str, Any], more: More) -> Iterator[Section]:
    week, teams = Week(result), list(result.scenario.scenario.teams)
    if result.targets:
        yield Section("promises", "Which promises hold", tuple(_promises(result)))
    if more.explanation is not None:
        yield Section("why", "Why promises break", tuple(_why(more.explanation, result, more.marginal)))
    if more.marginal is not None:
        yield Section("changes", "What small changes are worth", tuple(marginal_blocks(more.marginal)))
    yield Section("week", "When it breaks: the hours of the week", tuple(_week(result, week, teams)))
    live = live_table(result)
    waits: list[Block] = [Pictures(tuple(distribution_pictures(result))), wait_table(result)]
    yield Section("waits", "How long customers wait", (*waits, *([live] if live else [])))
    yield Section("backlog", "How the backlog develops", tuple(_backlog(result, more.recoveries)))
    if more.replay is not None:
        yield Section("replay", "One replication, minute by minute", (more.replay,))
    flows = tuple(flow_pictures(result))
    if flows:
        yield Section("flow", "Who hands tickets to whom", (Pictures(flows), Folded("The numbers", (_steps(result),))))
    people = Pictures(tuple(people_pictures(result)))
    yield Section("teams", "Teams and cost", (people, cost_table(result)))
    tables = tuple(sla_tables(result))
    if tables:
        first, *others = tables
        folded = tuple(Folded(table.title, (table,)) for table in others)
        yield Section("slices", "For whom it breaks", (first, *folded))
    yield Section("basis", "Definitions and assumptions", tuple(_basis(result)))
    yield Section("provenance", "Where these numbers come from", tuple(_provenance(result, provenance)))


def _promises(result: RunResult) -> Iterator[Block]:
    yield target_table(result.targets)
    if result.stopping:
        yield Text(tuple(stopping_lines(result.stopping)))


def _backlog(result: RunResult, recoveries: Sequence[Recovery]) -> Iterator[Block]:
    yield Pictures(tuple(backlog_pictures(result, recoveries)))
    playbooks = playbook_table(result)
    if playbooks is not None:
        yield playbooks
    if recoveries:
        count = len(recoveries[0].peak)
        rows = [[Cell(text) for text in cells(one)] for one in recoveries]
        note = f"{begun(CAPTION)}; {count} replications simulated again without each event in turn."
        yield Text(tuple(begun(recovered(one)) for one in recoveries))
        yield Table("recovery", "Extra backlog because of each event", COLUMNS, rows, note)


def _why(explanation: Explanation, result: RunResult, marginal: dict[str, Any] | None) -> Iterator[Block]:
    found, count = answers(explanation, result), explanation.replications
    kept = tuple((one.name, one.text) for one in found if one.verdict is Verdict.MET)
    others = tuple((one.name, one.text) for one in found if one.verdict is not Verdict.MET)
    if others:
        yield Listed(others)
    if kept:
        yield Folded("What little counts against the promises that hold", (Listed(kept),)) if others else Listed(kept)
    yield Text((f"From {count} replication{'s' if count > 1 else ''} of the result.",))
    if marginal is None and result.verdict is not Verdict.MET:
        yield Text((UNTRIED,))
    yield Pictures(tuple(cause_pictures(explanation)))
    yield cause_table(explanation)
    yield Folded("What the causes mean", (Listed(tuple(FOOTNOTES.items())),))


def _week(result: RunResult, week: Week, teams: list[str]) -> Iterator[Block]:
    yield Pictures(tuple(week_pictures(week, teams)))
    if len(teams) > 1:
        yield Folded("Team by team", (Pictures(tuple(team_pictures(week, teams))),))
    yield Folded("The numbers", (hour_table(list(hour_rows(result)), HOUR_COLUMNS),))


def _steps(result: RunResult) -> Table:
    rows = [[Cell(come), Cell(go), Cell(number(tickets), tickets)] for come, go, tickets in Flow(result).rows()]
    return Table("steps", "Tickets per week", ("from", "to", "tickets"), rows)


def _tiles(result: RunResult) -> Iterator[Tile]:
    figures, weeks = Figures(result), result.scenario.scenario.period.length / WEEK_MS
    tickets = figures.value("tickets") / weeks
    yield Tile("Tickets a week", number(round(tickets)) if math.isfinite(tickets) else "-", "reach people")
    for label, name, stat, note in (
        ("Responses in time", "response_sla", None, ""),
        ("Resolutions in time", "resolution_sla", None, ""),
        ("First response", "first_response_business_minutes", "p90", "nine of ten, SLA clock"),
        ("Resolution", "resolution_business_minutes", "p90", "nine of ten, SLA clock"),
        ("Occupancy", "occupancy", None, "handling / on the floor"),
        ("Cost per ticket", "cost_per_ticket", None, "all tiers"),
    ):
        value = figures.value(name, stat)
        if math.isfinite(value) and (name != "cost_per_ticket" or value > 0):
            half = float(result.summary.half_width[result.place(name, stat)])
            unit = METRICS[name].unit
            give = f"± {quantity(unit, half)}" if math.isfinite(half) and not note else ""
            yield Tile(label, quantity(unit, value), note or give)


def _basis(result: RunResult) -> Iterator[Block]:
    scenario = result.scenario.scenario
    yield Text(
        (
            "Every number is measured on simulated tickets, agents and clocks, none is computed by a queueing formula. "
            "Shares are ratios of sums over all replications; times are quantiles of each replication, averaged.",
            "What is marked assumed is mostly what the scenario states, whatever the team does: reality may differ.",
        )
    )
    names = dict.fromkeys((*DEFINED, *(target.key.metric for target in result.targets)))
    yield Folded(
        "Definitions",
        (Listed(tuple((metric(MetricKey(name, None)), METRICS[name].definition) for name in names)),),
    )
    assumed = [name for name, info in METRICS.items() if info.assumed]
    figures = Figures(result)
    entries = tuple((metric(MetricKey(name, None)), figures.say(name)) for name in assumed)
    yield Folded("Assumed, as it came out", (Listed(entries),))
    yield Folded(f"The whole scenario {scenario.name}, as it was read", (Code(_yaml(result.scenario.resolved)),))


def _yaml(tree: dict[str, Any]) -> str:
    stream = io.StringIO()
    writer = YAML()
    writer.width = 110
    writer.dump(tree, stream)
    return stream.getvalue()


def _provenance(result: RunResult, provenance: dict[str, Any]) -> Iterator[Block]:
    versions = ", ".join(f"{name} {version}" for name, version in provenance["versions"].items())
    zone, git = provenance["timezone_data"], provenance["git"]
    warm_up = warm_up_words(result, advise(result))
    entries = [
        ("scenario", result.scenario.files[0].name),
        ("digest", result.scenario.digest),
        ("changed on the command line", ", ".join(result.scenario.overrides) or "nothing"),
        ("seed", str(result.seed)),
        ("replications", f"{len(result.replications)} of {result.asked}"),
        ("warm-up", warm_up.removeprefix("warm-up of ")),
        ("versions", versions),
        ("time zone data", f"{zone['timezone']}, {zone['source']} {zone['version']}"),
    ]
    if git:
        changed = ", and changes to the scenario since" if git["scenario_changed"] else ""
        entries.append(("git", f"{git['commit']}{changed}"))
    yield Listed(tuple(entries))
    yield Text(("The same scenario, seed and versions give the same numbers on any machine.",))
