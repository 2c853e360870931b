"""An explanation for people: where time goes, which promises break, why, and when."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.explanation import Breaches, Explanation
from supportsim.experiment.judgement import Verdict
from supportsim.experiment.result import RunResult
from supportsim.measures.against import BACKLOG
from supportsim.measures.causes import Cause
from supportsim.report.files import slice_text
from supportsim.report.hours import largest, worst_hours
from supportsim.report.other_targets import other_answers
from supportsim.report.words import listed, metric, minutes, number, share
from supportsim.scenario.metrics import METRICS
from supportsim.scenario.model import Scenario
from supportsim.scenario.playbooks import playbook_names
from supportsim.scenario.units import MINUTE_MS

_WORDS = {
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
    "deferred by": "people are there, but while the playbook burns they do not begin such tickets.",
    "set aside for something urgent": "begun, and those who may go on with it have another in hand.",
    "set aside, its agent gone": "one agent's, who is away and will be back in time.",
}


def cause_words(scenario: Scenario) -> dict[Cause, str]:
    """Return what each cause is called; a deferral by the scenario's playbooks that defer."""
    names = playbook_names(scenario.playbooks)
    defer = [name for name, one in zip(names, scenario.playbooks, strict=True) if one.do.defer]
    return _WORDS | {Cause.DEFERRED: f"deferred by playbook{'s' if len(defer) > 1 else ''} {' or '.join(defer)}"}


MOST_CAUSES = 4
"""So many causes are listed of a promise."""


def print_explanation(explanation: Explanation, result: RunResult, console: Console) -> None:
    """Print sentences, then the tables behind them."""
    for line in sentences(explanation, result):
        console.print(Text(line))
        console.print()
    words_of = cause_words(explanation.scenario.scenario)
    console.print(_where_time_goes(explanation, words_of))
    broken = [one for one in explanation.breaches if one.breached]
    if broken:
        console.print()
        console.print(_ranked_causes(broken, words_of))
    console.print()
    met = explanation.cause_ms.sum(axis=0) + sum(one.cause_ms for one in broken)
    shown = [words_of[cause] for cause in Cause if met[cause]]
    for words, meaning in FOOTNOTES.items():
        if any(words in one for one in shown):
            console.print(Text(f"{words}: {meaning}"))


def sentences(explanation: Explanation, result: RunResult | None = None) -> list[str]:
    """Say of each promise what counts against it, mostly why, and when; see `answers`."""
    return [f"{one.name}: {one.text}" for one in answers(explanation, result)]


def answers(explanation: Explanation, result: RunResult | None = None) -> list[Answer]:
    """Return what is to be said of each promise.

    Args:
        explanation: what tickets' time went to.
        result: if given, what is missed comes first, and targets that are not about tickets' time are among them.
    """
    verdicts = {target.key: target.verdict for target in result.targets} if result else {}
    found = [Answer(metric(one.key), verdicts.get(one.key), _told(explanation, one)) for one in explanation.breaches]
    if result:
        found += [Answer(metric(one.key), one.verdict, text) for one, text in other_answers(result)]
    return sorted(found, key=lambda one: _URGENT.index(one.verdict))


@dataclass(frozen=True)
class Answer:
    """Why a promise is what it is.

    Args:
        name: of the promise.
        verdict: None where nothing is promised.
        text: sentences.
    """

    name: str
    verdict: Verdict | None
    text: str


_URGENT = (Verdict.MISSED, Verdict.UNDECIDED, None, Verdict.MET)


def document(explanation: Explanation, result: RunResult) -> dict[str, Any]:
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
                "stat": one.key.stat or "",
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
                "sentence": f"{metric(one.key)}: {_told(explanation, one)}",
            }
            for one in explanation.breaches
        ],
        "other_targets": [
            {
                "metric": target.key.metric,
                "stat": target.key.stat or "",
                "slice": slice_text(target.key.slices),
                "sentence": f"{metric(target.key)}: {text}",
            }
            for target, text in other_answers(result)
        ],
    }


def _told(explanation: Explanation, one: Breaches) -> str:
    ranked, fault = one.ranked, _fault(one, explanation.replications)
    if not ranked.sum():
        return f"{fault}."
    words_of = cause_words(explanation.scenario.scenario)
    parts = ((words_of[Cause(place)], ranked[place] / ranked.sum()) for place in largest(ranked.tolist(), 2))
    causes = [f"{words} ({share(part)})" for words, part in parts]
    backlog = one.key.metric in BACKLOG
    mostly = "Most of their time is" if backlog else "Mostly"
    by_clock = ""
    if one.moved_up and not backlog:
        by_clock = f"The SLA clock had taken {share(one.moved_up / one.breached)} of them to a higher tier. "
    come = "" if backlog else f"The worst hours to come are {worst_hours(one.hours.tolist())}."
    return f"{fault}. {mostly} {' and '.join(causes)}. {_binding(explanation, one)}{by_clock}{come}".rstrip()


def _fault(one: Breaches, repeats: int) -> str:
    """Say how many count against a promise, and how: ``1,190 of 38,405 promises break``."""
    count = number(one.breached / repeats)
    if one.key.metric in BACKLOG:
        return f"{count} tickets are open some time, mean of the replications"
    if not one.judged:
        return "nothing was promised" if one.key.metric.endswith("sla") else "there was nothing to measure"
    if not one.breached:
        count = "none"
    unit, limit = METRICS[one.key.metric].unit, one.question.high
    if unit == "share":
        what = next(said for words, said in _SHARES if words in one.key.metric)
    else:
        beyond = f"more than {minutes(limit)}" if math.isfinite(limit) else f"less than {minutes(one.question.low)}"
        what = next((said for words, said in _MINUTES if words in one.key.metric), "tickets take {}").format(beyond)
    return f"{count} of {number(one.judged / repeats)} {what}, mean of the replications"


_SHARES = (
    ("severe", "promises break by more than their time again"),
    ("reopened", "promises after a reopening break"),
    ("warning_50", "promises use more than half of their time"),
    ("warning_80", "promises use more than 80 % of their time"),
    ("warning_90", "promises use more than 90 % of their time"),
    ("sla", "promises break"),
    ("service_level", "contacts are not answered in time"),
    ("abandonment", "customers give up"),
)
_MINUTES = (
    ("visit", "visits wait {}"),
    ("asa", "contacts wait {}"),
    ("wait", "tickets wait {}"),
    ("response", "first responses take {}"),
    ("resolution", "resolutions take {}"),
)
"""How to say what counts against a metric, by a part of its name; the first that fits."""


def _binding(explanation: Explanation, one: Breaches) -> str:
    """Say for whom the breached tickets waited most, and when."""
    waited = int(one.waits_ms.sum())
    if not waited:
        return ""
    place = int(one.waits_ms.sum(axis=1).argmax())
    scenario, hours = explanation.scenario.scenario, one.waits_ms[place].tolist()
    team = list(scenario.teams)[place]
    others = _take_the_same(scenario, team)
    binding = f"binding teams are {listed([team, *others])}" if others else f"binding team is {team}"
    return (
        f"The {binding}, for which they wait {share(sum(hours) / waited)} of their waiting; the worst"
        f" hours to wait are {worst_hours(hours)}. "
    )


def _take_the_same(scenario: Scenario, name: str) -> list[str]:
    """Return the other teams that take from a team's queues just as it does."""
    team = scenario.teams[name]
    if scenario.routing.pick == "fewest_skills":
        return []
    return [
        other
        for other, its in scenario.teams.items()
        if other != name and its.tier == team.tier and its.skills.keys() & team.skills.keys()
        if not its.channels or not team.channels or {*its.channels} & {*team.channels}
    ]


def _mean_minutes(explanation: Explanation) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the mean minutes (2, causes) of a ticket."""
    return explanation.cause_ms / MINUTE_MS / np.maximum(explanation.tickets, 1)[:, None]


def _where_time_goes(explanation: Explanation, words_of: dict[Cause, str]) -> Table:
    table = _table("Where a ticket's time goes, mean", "", "to first response", "share", "to resolve", "share")
    means = _mean_minutes(explanation)
    totals = means.sum(axis=1)
    for cause in np.flatnonzero(means.sum(axis=0)).tolist():
        cells = [_spent(row[cause], total) for row, total in zip(means, totals, strict=True)]
        table.add_row(words_of[Cause(cause)], *(cell for pair in cells for cell in pair))
    table.add_row("altogether", *(cell for total in totals for cell in (minutes(total), "")))
    return table


def _spent(value: float, total: float) -> tuple[str, str]:
    return minutes(value), share(value / total) if total else ""


def _ranked_causes(broken: Sequence[Breaches], words_of: dict[Cause, str]) -> Table:
    table = _table("What counts against promises, by what took most of its time", "promise", "mostly", "share")
    table.columns[1].justify = "left"
    for one in broken:
        name = metric(one.key)
        for cause in largest(one.ranked.tolist(), MOST_CAUSES):
            table.add_row(name, words_of[Cause(cause)], share(one.ranked[cause] / one.ranked.sum()))
            name = ""
    return table


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table
