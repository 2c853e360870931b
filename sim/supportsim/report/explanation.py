"""An explanation for people: where time goes, which promises break, why, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.explanation import Breaches, Explanation
from supportsim.measures.causes import Cause
from supportsim.report.files import slice_text
from supportsim.report.intervals import WEEKDAYS
from supportsim.report.words import metric, minutes, number, share
from supportsim.scenario.units import MINUTE_MS

WORDS = {
    Cause.WORK: "work itself",
    Cause.BUSY_L1: "L1 there, but busy",
    Cause.BUSY_L2: "L2 there, but busy",
    Cause.BUSY_L3: "L3 there, but busy",
    Cause.SHRINKAGE: "rostered people all away",
    Cause.OFF_HOURS: "nobody on the roster",
    Cause.SET_ASIDE: "set aside, its agent gone",
    Cause.CUSTOMER: "waiting for the customer",
    Cause.ENGINEERING: "waiting for engineering",
}
FOOTNOTES = (
    "there, but busy: people who may take the ticket are on the floor, and all have another in hand.",
    "rostered people all away: in breaks, meetings or training, or absent.",
    "set aside, its agent gone: begun, and kept for an agent who will be back in time.",
)
WORST_HOURS = 5


def print_explanation(explanation: Explanation, console: Console) -> None:
    """Print sentences, then the tables behind them."""
    for line in sentences(explanation):
        console.print(Text(line))
    console.print()
    console.print(_where_time_goes(explanation))
    broken = [one for one in explanation.breaches if one.breached]
    if broken:
        console.print()
        console.print(_main_causes(broken))
    console.print()
    for line in FOOTNOTES:
        console.print(Text(line))


def sentences(explanation: Explanation) -> list[str]:
    """Say of each metric how often it breaks, mostly why, and when."""
    return [_sentence(one, explanation.replications) for one in explanation.breaches]


def document(explanation: Explanation) -> dict[str, Any]:
    """Return the same for machines: minutes, and counts a replication."""
    repeats = explanation.replications
    return {
        "scenario": explanation.scenario.scenario.name,
        "replications": repeats,
        "mean_minutes": {
            name: {cause.name.lower(): value for cause, value in zip(Cause, row.tolist(), strict=True)}
            for name, row in zip(("first_response", "first_resolve"), _mean_minutes(explanation), strict=True)
        },
        "breaches": [
            {
                "metric": one.key.metric,
                "slice": slice_text(one.key.slices),
                "judged": one.judged / repeats,
                "breached": one.breached / repeats,
                "by_main_cause": {
                    cause.name.lower(): count / repeats for cause, count in zip(Cause, one.main.tolist(), strict=True)
                },
                "clock_minutes_by_cause": {
                    cause.name.lower(): spent / MINUTE_MS / repeats
                    for cause, spent in zip(Cause, one.cause_ms.tolist(), strict=True)
                },
                "by_hour_of_week": [count / repeats for count in one.hours.tolist()],
                "sentence": _sentence(one, repeats),
            }
            for one in explanation.breaches
        ],
    }


def _sentence(one: Breaches, repeats: int) -> str:
    name = metric(one.key)
    if not one.judged:
        return f"{name}: nothing was promised."
    if not one.breached:
        return f"{name}: none of {number(one.judged / repeats)} promises breaks, mean of the replications."
    causes = [
        f"{WORDS[Cause(cause)]} ({share(one.main[cause] / one.breached)})" for cause in _largest(one.main.tolist(), 2)
    ]
    hours = _largest(one.hours.tolist(), WORST_HOURS)
    covered = share(sum(one.hours[hour] for hour in hours) / one.breached)
    when = ", ".join(f"{WEEKDAYS[hour // 24].capitalize()} {hour % 24}:00" for hour in hours)
    return (
        f"{name}: {number(one.breached / repeats)} of {number(one.judged / repeats)} promises break, mean of the"
        " replications. "
        f"Mostly {' and '.join(causes)}. {covered} of them were created in {when}."
    )


def _largest(counts: Sequence[int], most: int) -> list[int]:
    """Return the places of the largest counts that are not 0, the larger first."""
    order = sorted(range(len(counts)), key=lambda place: (-counts[place], place))
    return [place for place in order[:most] if counts[place]]


def _mean_minutes(explanation: Explanation) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the mean minutes (2, causes) of a ticket."""
    return explanation.cause_ms / MINUTE_MS / np.maximum(explanation.tickets, 1)[:, None]


def _where_time_goes(explanation: Explanation) -> Table:
    table = _table("Where a ticket's time goes, mean", "", "to first response", "share", "to resolve", "share")
    means = _mean_minutes(explanation)
    totals = means.sum(axis=1)
    for cause in Cause:
        cells = [_spent(row[cause], total) for row, total in zip(means, totals, strict=True)]
        table.add_row(WORDS[cause], *(cell for pair in cells for cell in pair))
    table.add_row("altogether", *(cell for total in totals for cell in (minutes(total), "")))
    return table


def _spent(value: float, total: float) -> tuple[str, str]:
    return minutes(value), share(value / total) if total else ""


def _main_causes(broken: Sequence[Breaches]) -> Table:
    table = _table("Breaches by what took most of their SLA clock", "", *(metric(one.key) for one in broken))
    for cause in Cause:
        if any(one.main[cause] for one in broken):
            table.add_row(WORDS[cause], *(share(one.main[cause] / one.breached) for one in broken))
    return table


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table
