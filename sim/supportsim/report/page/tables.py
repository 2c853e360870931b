"""The tables of a page: cells that say a figure and know how to sort it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from supportsim.experiment.result import RunResult, TargetResult
from supportsim.report.playbooks import action_words, burned, hottest, threshold_words
from supportsim.report.terminal import ASSUMED, Figures
from supportsim.report.words import NOTHING, brief_share, judged, metric, number, quantity, share
from supportsim.scenario.metrics import METRICS, Unit


@dataclass(frozen=True)
class Cell:
    """What stands in a table.

    Args:
        text: said.
        sort: by which rows are sorted; without it, the text.
        kind: a class of the style sheet.
        bar: share (0..1) of the cell to fill, for a comparison at a glance.
        range: see `Range`.
    """

    text: str
    sort: float | None = None
    kind: str = ""
    bar: float | None = None
    range: Range | None = None


@dataclass(frozen=True)
class Range:
    """A small picture of an estimate within its limits, against the bounds of a promise; places are 0..100.

    Args:
        low, high: the limits, NaN without any.
        at: the estimate.
        from_, to: what is promised.
    """

    low: float
    high: float
    at: float
    from_: float
    to: float


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first cell of each is its heading.

    Args:
        name: within the page.
        title: what it shows.
        columns: their headings.
        rows: of cells.
        note: how to read it.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[list[Cell]]
    note: str = ""


def figure(unit: Unit, value: float, *, whole: bool = False) -> Cell:
    """Return a number in its unit as a cell; ``whole`` rounds counts."""
    said = number(round(value)) if whole and math.isfinite(value) else quantity(unit, value)
    return Cell(said, sortable(value))


def sortable(value: float) -> float:
    """Return what a browser can read; what is missing comes last."""
    return value if math.isfinite(value) else -1e300


def target_table(targets: Sequence[TargetResult]) -> Table:
    """Return the promises, what was found, and the verdicts."""
    rows = []
    for target in targets:
        of = target.judgement
        wanted, found, limits = judged(target)
        reason = f", {of.reason}" if of.reason and of.reason != "too close to call" else ""
        rows.append(
            [
                Cell(metric(target.key) + (ASSUMED if METRICS[target.key.metric].assumed else "")),
                Cell(of.verdict.value + reason, kind=of.verdict.value),
                Cell(found, sortable(of.estimate), "strong"),
                Cell(wanted),
                Cell(limits, sortable(of.lower), range=_range(target)),
                Cell(brief_share(of.kept_share), sortable(of.kept_share)),
            ]
        )
    note = "Limits: 95 % sure for all promises together. Kept in: share of the replications that kept it by themselves."
    return Table("promises", "", ("promise", "verdict", "found", "wanted", "limits", "kept in"), rows, note)


def _range(target: TargetResult) -> Range | None:
    of = target.judgement
    if not math.isfinite(of.estimate):
        return None
    ends = [end for end in (target.low, target.high) if math.isfinite(end)]
    known = [value for value in (of.estimate, of.lower, of.upper, *ends) if math.isfinite(value)]
    margin = 0.15 * (max(known) - min(known)) or 0.05 * abs(known[0]) or 1.0
    low, high = min(known) - margin, max(known) + margin

    def place(value: float) -> float:
        return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 2)

    lower, upper = (place(end) if math.isfinite(end) else math.nan for end in (of.lower, of.upper))
    return Range(lower, upper, place(of.estimate), place(target.low), place(target.high))


def sla_tables(result: RunResult) -> Iterator[Table]:
    """Yield how promises were kept by each dimension that has several members with tickets."""
    figures = Figures(result)
    columns = ("", "tickets", "responses in time", "severely late", "first response p50", "p90", "resolutions in time",
               "severely late", "resolution p50", "p90")  # fmt: skip
    for dimension in ("priority", "segment", "channel", "category", "tier"):
        names = figures.members(dimension)
        if len(names) > 1:
            rows = [_sla_row(figures, name, **{dimension: name}) for name in names]
            yield Table(f"by_{dimension}", f"By {dimension}", (dimension, *columns[1:]), rows)
    segments, priorities = figures.members("segment"), figures.members("priority")
    if len(segments) > 1 and len(priorities) > 1:
        rows = [
            _sla_row(figures, f"{segment} {priority}", priority=priority, segment=segment)
            for segment, priority in product(segments, priorities)
        ]
        yield Table("by_promise", "By segment and priority", ("promise", *columns[1:]), rows)


def _sla_row(figures: Figures, name: str, **slices: str) -> list[Cell]:
    def of(metric: str, stat: str | None = None) -> Cell:
        return figure(METRICS[metric].unit, figures.value(metric, stat, **slices), whole=metric == "tickets")

    return [
        Cell(name),
        of("tickets"),
        of("response_sla"),
        of("severe_response_breach"),
        of("first_response_business_minutes", "p50"),
        of("first_response_business_minutes", "p90"),
        of("resolution_sla"),
        of("severe_resolution_breach"),
        of("resolution_business_minutes", "p50"),
        of("resolution_business_minutes", "p90"),
    ]


def wait_table(result: RunResult) -> Table:
    """Return the quantiles of waits, responses and resolutions."""
    figures, stats = Figures(result), ("mean", "p50", "p80", "p90", "p95", "p99")
    rows = [
        [Cell(words), *(figure("minutes", figures.value(name, stat)) for stat in stats)]
        for name, words in (
            ("wait_minutes", "until somebody starts"),
            ("first_response_minutes", "first response, elapsed"),
            ("first_response_business_minutes", "first response, SLA clock"),
            ("resolution_minutes", "last resolution, elapsed"),
            ("resolution_business_minutes", "first resolution, SLA clock"),
        )
    ]
    return Table("quantiles", "Means and quantiles", ("", *stats), rows, "p90: nine of ten wait no longer.")


def live_table(result: RunResult) -> Table | None:
    """Return how live channels were answered, None without any."""
    figures = Figures(result)
    within = result.scenario.scenario.sla.service_level.within / 60_000
    names = [name for name in figures.members("channel") if math.isfinite(figures.value("service_level", channel=name))]
    rows = [
        [
            Cell(name),
            figure("number", figures.value("tickets", channel=name), whole=True),
            *(
                figure(METRICS[what].unit, figures.value(what, channel=name))
                for what in ("service_level", "asa_minutes", "abandonment")
            ),
        ]
        for name in names
    ]
    columns = ("channel", "tickets", f"answered in {quantity('minutes', within)}", "mean answer", "gave up")
    return Table("live", "Live channels", columns, rows) if rows else None


def cost_table(result: RunResult) -> Table:
    """Return hours and cost by team."""
    figures = Figures(result)
    teams = result.scenario.scenario.teams
    most = max([figures.value("cost_total", team=name) for name in teams], default=0.0)
    rows = [_cost_row(figures, name, most, team=name) for name in teams]
    owed = figures.value("sla_credits")
    if owed > 0:
        rows.append(_credits_row(owed, figures.value("cost_total"), most))
    if len(rows) > 1:
        rows.append(_cost_row(figures, "all", 0.0))
    money = figures.value("cost_total")
    per_ticket = f"Cost per ticket: {figures.say('cost_per_ticket')}." if money else "The scenario states no costs."
    columns = ("team", "paid hours", "of them with a ticket in hand", "overtime hours", "occupancy", "utilization",
               "tools", "cost", "share")  # fmt: skip
    return Table("cost", "Hours and cost of the period", columns, rows, per_ticket)


def _cost_row(figures: Figures, name: str, most: float, **slices: str) -> list[Cell]:
    cost, everything = figures.value("cost_total", **slices), figures.value("cost_total")
    tools = figures.value("seat_cost", **slices)
    return [
        Cell(name),
        *(
            figure("number", figures.value(hours, **slices), whole=True)
            for hours in ("paid_hours", "handling_hours", "overtime_hours")
        ),
        figure("share", figures.value("occupancy", **slices)),
        figure("share", figures.value("utilization", **slices)),
        Cell(number(round(tools)) if tools > 0 else NOTHING, tools),
        Cell(number(round(cost)) if math.isfinite(cost) else NOTHING, cost, bar=cost / most if most > 0 else None),
        Cell(share(cost / everything) if everything > 0 else NOTHING, cost),
    ]


def playbook_table(result: RunResult) -> Table | None:
    """Return what became of the playbooks, None if there are none."""
    rows = []
    for one in burned(result):
        when, until = (threshold_words(stated) for stated in (one.stated.when, one.stated.until))
        ever = float(np.mean(one.fired > 0))
        texts = (one.name, one.stated.level, f"{one.stated.when.team}: {when}", until, action_words(one.stated.do))
        fired, burns = float(one.fired.mean()), float(one.hours.mean())
        rows.append([*map(Cell, texts), figure("number", fired), figure("hours", burns), figure("share", ever),
                     Cell(hottest(one, result))])  # fmt: skip
    columns = ("playbook", "level", "fires when", "ends when", "does", "fired", "burned", "in", "most often")
    note = "Fired, burned: mean of the replications; in: replications in which it fired at all."
    return Table("playbooks", "What the lead did when it burned", columns, rows, note) if rows else None


def _credits_row(owed: float, everything: float, most: float) -> list[Cell]:
    cost = Cell(number(round(owed)), owed, bar=min(owed / most, 1.0) if most > 0 else None)
    nothing = [Cell(NOTHING) for _ in range(6)]
    return [Cell("credits for broken promises"), *nothing, cost, Cell(share(owed / everything), owed)]


def hour_table(rows: Sequence[Sequence[object]], columns: Sequence[str]) -> Table:
    """Return the figures behind the heat maps, of the whole operation."""
    shown = (
        ("tickets", "tickets", "number"),
        ("available_agents", "people on the floor", "number"),
        ("wait_minutes", "mean wait", "minutes"),
        ("utilization", "utilization", "share"),
        ("response_sla", "responses in time", "share"),
        ("resolution_sla", "resolutions in time", "share"),
    )
    table: list[list[Cell]] = []
    for row in rows:
        found = dict(zip(columns, row, strict=True))
        if found["team"] == "":
            day, hour = str(found["weekday"]).capitalize(), int(str(found["hour"]))
            cells = [
                figure(unit, math.nan if (value := found[name]) is None else float(str(value)))  # type: ignore[arg-type]
                for name, _, unit in shown
            ]
            table.append([Cell(f"{day} {hour:02d}:00", float(len(table))), *cells])
    return Table("hours", "Every hour of the week", ("hour", *(said for _, said, _ in shown)), table)
