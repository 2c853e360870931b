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
    Cause.READING_IN: "reading in, by someone new to it",
    Cause.BUSY_L1: "L1 there, but busy",
    Cause.BUSY_L2: "L2 there, but busy",
    Cause.BUSY_L3: "L3 there, but busy",
    Cause.HANDED_L1: "handed to L1, which is busy",
    Cause.HANDED_L2: "handed to L2, which is busy",
    Cause.HANDED_L3: "handed to L3, which is busy",
    Cause.SHRINKAGE: "rostered people all away",
    Cause.OFF_HOURS: "nobody on the roster",
    Cause.PREEMPTED: "set aside for something urgent",
    Cause.SET_ASIDE: "set aside, its agent gone",
    Cause.CUSTOMER: "waiting for the customer",
    Cause.ENGINEERING: "waiting for engineering",
    Cause.THIRD_PARTY: "waiting for a third party",
}
FOOTNOTES = {
    "there, but busy": "people who may take the ticket are on the floor, all with another in hand.",
    "handed to": "the same, after an escalation, by outcome or by the clock, or a hand-back.",
    "rostered people all away": "in breaks, meetings or training, or absent.",
    "set aside for something urgent": "begun, and those who may go on with it have another in hand.",
    "set aside, its agent gone": "one agent's, who is away and will be back in time.",
}
MOST_CAUSES = 4
"""So many causes are listed of a promise."""
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
        console.print(_ranked_causes(broken))
    console.print()
    met = explanation.cause_ms.sum(axis=0) + sum(one.cause_ms for one in broken)
    shown = [WORDS[cause] for cause in Cause if met[cause]]
    for words, meaning in FOOTNOTES.items():
        if any(words in one for one in shown):
            console.print(Text(f"{words}: {meaning}"))


def sentences(explanation: Explanation) -> list[str]:
    """Say of each metric how often it breaks, mostly why, and when."""
    return [_sentence(explanation, one) for one in explanation.breaches]


def document(explanation: Explanation) -> dict[str, Any]:
    """Return the same for machines: minutes, and counts a replication."""
    repeats = explanation.replications
    teams = list(explanation.scenario.scenario.teams)
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
                "moved_up_by_clock": one.moved_up / repeats,
                "by_main_cause": {
                    cause.name.lower(): count / repeats for cause, count in zip(Cause, one.main.tolist(), strict=True)
                },
                "clock_minutes_by_cause": {
                    cause.name.lower(): spent / MINUTE_MS / repeats
                    for cause, spent in zip(Cause, one.cause_ms.tolist(), strict=True)
                },
                "by_hour_of_week": [count / repeats for count in one.hours.tolist()],
                "waiting_minutes_by_team_and_hour_of_week": {
                    team: [spent / MINUTE_MS / repeats for spent in row]
                    for team, row in zip(teams, one.waits_ms.tolist(), strict=True)
                },
                "sentence": _sentence(explanation, one),
            }
            for one in explanation.breaches
        ],
    }


def _sentence(explanation: Explanation, one: Breaches) -> str:
    name, repeats = metric(one.key), explanation.replications
    if not one.judged:
        return f"{name}: nothing was promised."
    if not one.breached:
        return f"{name}: none of {number(one.judged / repeats)} promises breaks, mean of the replications."
    causes = [
        f"{WORDS[Cause(cause)]} ({share(one.main[cause] / one.breached)})" for cause in _largest(one.main.tolist(), 2)
    ]
    by_clock = ""
    if one.moved_up:
        by_clock = f"The SLA clock had taken {share(one.moved_up / one.breached)} of them to a higher tier. "
    return (
        f"{name}: {number(one.breached / repeats)} of {number(one.judged / repeats)} promises break, mean of the"
        f" replications. Mostly {' and '.join(causes)}. {_binding(explanation, one)}"
        f"{by_clock}The worst hours to come are {_worst(one.hours.tolist())}."
    )


def _binding(explanation: Explanation, one: Breaches) -> str:
    """Say for whom the breached tickets waited most, and when."""
    waited = int(one.waits_ms.sum())
    if not waited:
        return ""
    place = int(one.waits_ms.sum(axis=1).argmax())
    team, hours = list(explanation.scenario.scenario.teams)[place], one.waits_ms[place].tolist()
    return (
        f"The binding team is {team}, for which they wait {share(sum(hours) / waited)} of their waiting; the worst"
        f" hours to wait are {_worst(hours)}. "
    )


def _worst(hours: Sequence[int]) -> str:
    """Name the worst hours of the week, and how much lies in them."""
    worst = _largest(hours, WORST_HOURS)
    return f"{hours_of_week(worst)} ({share(sum(hours[hour] for hour in worst) / sum(hours))})"


def hours_of_week(hours: Sequence[int]) -> str:
    """Say hours of the week, those that follow one another as one span: ``Mon 9:00-11:00, Tue 14:00-15:00``."""
    spans: list[list[int]] = []
    for hour in sorted(hours):
        if spans and spans[-1][1] == hour and hour % 24:
            spans[-1][1] = hour + 1
        else:
            spans.append([hour, hour + 1])
    return ", ".join(
        f"{WEEKDAYS[start // 24].capitalize()} {start % 24}:00-{(end - 1) % 24 + 1}:00" for start, end in spans
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
    for cause in np.flatnonzero(means.sum(axis=0)).tolist():
        cells = [_spent(row[cause], total) for row, total in zip(means, totals, strict=True)]
        table.add_row(WORDS[Cause(cause)], *(cell for pair in cells for cell in pair))
    table.add_row("altogether", *(cell for total in totals for cell in (minutes(total), "")))
    return table


def _spent(value: float, total: float) -> tuple[str, str]:
    return minutes(value), share(value / total) if total else ""


def _ranked_causes(broken: Sequence[Breaches]) -> Table:
    table = _table("Broken promises by what took most of their SLA clock", "promise", "broken by", "share")
    table.columns[1].justify = "left"
    for one in broken:
        name = metric(one.key)
        for cause in _largest(one.main.tolist(), MOST_CAUSES):
            table.add_row(name, WORDS[Cause(cause)], share(one.main[cause] / one.breached))
            name = ""
    return table


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table
