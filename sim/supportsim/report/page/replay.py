"""One replication in motion: who is there and what they do, what waits, and the promises so far.

A window of a replication becomes a starting state and a list of changes, which a script in the page plays.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.replicate import Job, command_of, simulated
from supportsim.experiment.result import RunResult
from supportsim.ledger import QUEUEING_EVENTS, Event, Ledger
from supportsim.measures.playbooks import fires
from supportsim.measures.series import DEMAND_SERIES, STEP_MS
from supportsim.measures.sla import Outcome
from supportsim.measures.story import Story, tell
from supportsim.plan.model import OffReason, Plan
from supportsim.report.page.page import Replay
from supportsim.report.playbooks import action_words
from supportsim.scenario.calendars import local_time
from supportsim.scenario.civil import after_civil, zone
from supportsim.scenario.common import PRIORITIES, TIERS
from supportsim.scenario.model import Scenario
from supportsim.scenario.span import simulated_span
from supportsim.scenario.units import SECOND_MS, WEEK_MS
from supportsim.workload.events import Swing, place_events

MOST_CHANGES = 120_000
"""About a megabyte; a busier week is shown as far as this reaches."""

STATES = ("off", "free", *(reason.name.lower() for reason in OffReason if reason is not OffReason.SHIFT_END))
"""What a person does who has no ticket in hand."""

_KINDS = 6
_STATE, _TAKES, _PUTS, _WAITS, _STARTS, _PROMISE = range(_KINDS)
"""Kinds of changes: a person's state, a ticket into and out of a hand, into and out of a queue, a promise decided."""
_SPAN = 32
"""More than any second number of a change: states, priorities, outcomes."""


@dataclass
class _Changes:
    """What happens, collected kind by kind: instants, and codes ``(who * _SPAN + what) * _KINDS + kind``."""

    time_ms: list[NDArray[np.int64]] = field(default_factory=list)
    code: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, kind: int, time_ms: NDArray[Any], who: NDArray[Any], what: NDArray[Any]) -> None:
        self.time_ms.append(time_ms.astype(np.int64))
        self.code.append((who.astype(np.int64) * _SPAN + what) * _KINDS + kind)

    def between(self, start_ms: int, end_ms: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the codes up to ``start_ms`` and, in order of time, instants and codes of what follows."""
        time_ms, code = np.concatenate(self.time_ms), np.concatenate(self.code)
        order = np.argsort(time_ms, kind="stable")
        time_ms, code = time_ms[order], code[order]
        first, last = np.searchsorted(time_ms, (start_ms, end_ms), side="right")
        return code[:first], time_ms[first:last], code[first:last]


def make_replay(result: RunResult, replication: int = 0, week: int | None = None) -> Replay:
    """Simulate a replication again and return a week of it.

    Args:
        result: whose.
        replication: its number.
        week: of the period, from 1 on (default: the week in which most response promises break, in the mean).

    Raises:
        ValueError: there is no such replication or week.
        ReplicationError: the simulator broke one of its own rules.
    """
    if replication not in result.replications:
        raise ValueError(f"replication {replication}: expected one of {_few(result.replications)}")
    loaded = result.scenario
    job = Job(loaded.scenario, loaded.digest, result.seed, command_of(loaded, result.seed))
    plan, workload, ledger = simulated(job, replication)
    starts = week_starts(result)
    if week is not None and not 1 <= week <= len(starts):
        raise ValueError(f"week {week}: the period has weeks 1 to {len(starts)}")
    chosen = hardest_week(result) if week is None else week - 1
    end_ms = starts[chosen + 1] if chosen + 1 < len(starts) else plan.window_ms[1]
    story = tell(plan, workload, ledger)
    events = place_events(loaded.scenario, plan)
    data = _data(plan, _changes(story, ledger), starts[chosen], end_ms, events)
    # What a cut leaves out is not shown of the playbooks either.
    end_ms = starts[chosen] + data["seconds"] * SECOND_MS
    data["playbooks"] = _playbooks(loaded.scenario, plan, ledger, starts[chosen], end_ms)
    which = (
        f"week {chosen + 1}" if week is not None else f"week {chosen + 1}, in which most first responses come too late"
    )
    told = f"Replication {replication}, {which}. Each box is a person; its colour says what the person does."
    if data["cut"]:
        told += " So much happens that only the beginning of it is here."
    return Replay(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"), told)


def _few(numbers: tuple[int, ...]) -> str:
    return f"{numbers[0]} to {numbers[-1]}"


def week_starts(result: RunResult) -> list[int]:
    """Return the instants at which the weeks of the period begin, at local midnight."""
    period = result.scenario.scenario.period
    span = simulated_span(result.scenario.scenario)
    count = max(1, -(-period.length // WEEK_MS))
    return [after_civil(period.timezone, span.origin, period.start, week * WEEK_MS) for week in range(count)]


def hardest_week(result: RunResult) -> int:
    """Return the place of the week in which most response promises are broken; the first of several."""
    broken = result.demand[DEMAND_SERIES.index("response_judged")] - result.demand[DEMAND_SERIES.index("response_met")]
    starts = week_starts(result)
    quarter = (np.array(starts) - starts[0]) // STEP_MS
    return int(np.add.reduceat(broken, quarter).argmax())


def _changes(story: Story, ledger: Ledger) -> _Changes:
    changes, tickets = _Changes(), story.workload.tickets
    on = np.flatnonzero(ledger.event == Event.AGENT_ON)
    changes.add(_STATE, ledger.time_ms[on], ledger.agent[on], np.full(len(on), STATES.index("free")))
    off = np.flatnonzero(ledger.event == Event.AGENT_OFF)
    reasons = np.array([0 if r is OffReason.SHIFT_END else STATES.index(r.name.lower()) for r in OffReason])
    changes.add(_STATE, ledger.time_ms[off], ledger.agent[off], reasons[ledger.place[off]])
    work = story.work
    priority = tickets.priority[work.ticket]
    changes.add(_PUTS, work.end_ms, work.agent, priority)
    changes.add(_TAKES, work.start_ms, work.agent, priority)
    for what, event in ((_PUTS, Event.LEFT), (_TAKES, Event.JOINED)):
        at = np.flatnonzero(ledger.event == event)
        changes.add(what, ledger.time_ms[at], ledger.agent[at], tickets.priority[ledger.ticket[at]])
    rows = story.rows
    waits = np.flatnonzero(np.isin(rows.event, QUEUEING_EVENTS))
    priority = tickets.priority[rows.ticket[waits]]
    changes.add(_STARTS, rows.end_ms[waits], rows.tier[waits], priority)
    changes.add(_WAITS, rows.start_ms[waits], rows.tier[waits], priority)
    _add_promises(changes, story)
    return changes


def _add_promises(changes: _Changes, story: Story) -> None:
    """Add each first response and first resolution when it is given; one that is still owed, when it falls due."""
    plan, tickets, table, periods = story.plan, story.workload.tickets, story.table, story.periods
    clock = plan.sla.clock[tickets.priority, tickets.segment]
    for kind, promises, ticket, start_ms, done_ms in (
        (0, story.response, np.arange(len(tickets)), table.created_ms, table.first_response_ms),
        (1, story.resolution, periods.ticket, periods.start_ms, np.where(periods.resolved, periods.end_ms, -1)),
    ):
        first = np.ones(len(ticket), np.bool_) if kind == 0 else ~periods.reopened
        for outcome, what in ((Outcome.MET, 0), (Outcome.BREACHED, 1)):
            at = np.flatnonzero(first & (promises.outcome == outcome))
            when_ms = done_ms[at]
            if kind == 0 and outcome is Outcome.BREACHED:
                when_ms = _due_ms(plan, clock[ticket[at]], start_ms[at], promises.target_ms[at])
            known = np.flatnonzero(when_ms >= 0)
            changes.add(_PROMISE, when_ms[known], np.full(len(known), kind), np.full(len(known), what))


def _due_ms(
    plan: Plan, clock: NDArray[Any], start_ms: NDArray[np.int64], allowed_ms: NDArray[np.int64]
) -> NDArray[np.int64]:
    due_ms = np.zeros(len(start_ms), dtype=np.int64)
    for index, calendar in enumerate(plan.sla.clocks):
        at = np.flatnonzero(clock == index)
        if len(at):
            due_ms[at] = calendar.after(start_ms[at], allowed_ms[at] + 1)
    return due_ms


def _data(plan: Plan, changes: _Changes, start_ms: int, end_ms: int, events: Sequence[Swing]) -> dict[str, Any]:
    before, time_ms, code = changes.between(start_ms, end_ms)
    cut = len(code) > MOST_CHANGES
    if cut:
        time_ms, code = time_ms[:MOST_CHANGES], code[:MOST_CHANGES]
        end_ms = int(time_ms[-1])
    begin = _Beginning(plan, before)
    here = np.union1d(np.flatnonzero((begin.state > 0) | begin.hands.any(axis=1)), _who(code)[_is_personal(code)])
    number = np.full(len(plan.people.names), -1)
    number[here] = np.arange(len(here))
    moved = np.where(_is_personal(code), number[np.where(_is_personal(code), _who(code), 0)], _who(code))
    begun = plan.origin + timedelta(milliseconds=start_ms)
    local = local_time(plan.timezone, plan.origin, 0, plan.horizon_ms)
    shifts = [(at, int(by)) for at, by in zip(local.changes_ms.tolist(), np.diff(local.shifts_ms), strict=True)]
    return {
        "start": begun.astimezone(zone(plan.timezone)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "shifts": [[(at - start_ms) // SECOND_MS, by // SECOND_MS] for at, by in shifts if start_ms < at < end_ms],
        "seconds": (end_ms - start_ms) // SECOND_MS,
        "cut": cut,
        "events": _events(events, start_ms, end_ms),
        "span": _SPAN,
        "priorities": list(PRIORITIES),
        "states": list(STATES),
        "teams": [
            {"name": name, "tier": TIERS[tier], "people": np.flatnonzero(plan.people.team[here] == team).tolist()}
            for team, (name, tier) in enumerate(zip(plan.teams, plan.team_tier.tolist(), strict=True))
        ],
        "tiers": [TIERS[tier] for tier in range(max(plan.team_tier.tolist()) + 1)],
        "names": [plan.people.names[person] for person in here.tolist()],
        "state": begin.state[here].tolist(),
        "hands": begin.hands[here].tolist(),
        "queue": begin.queue.tolist(),
        "after": np.diff((time_ms - start_ms) // SECOND_MS, prepend=0).tolist(),
        "code": ((moved * _SPAN + code // _KINDS % _SPAN) * _KINDS + code % _KINDS).tolist(),
    }


def _events(events: Sequence[Swing], start_ms: int, end_ms: int) -> list[tuple[int, int, str]]:
    """Return (first second, last second, kind) of what happens meanwhile, onset and fading included."""
    return [
        (
            (max(one.begin_ms, start_ms) - start_ms) // SECOND_MS,
            (min(one.end_ms, end_ms) - start_ms) // SECOND_MS,
            one.name.split(" ")[0].replace("_", " "),
        )
        for one in events
        if one.begin_ms < end_ms and one.end_ms > start_ms
    ]


def _playbooks(scenario: Scenario, plan: Plan, ledger: Ledger, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
    """Return each playbook, the team that it is about, and the (first second, last second) of its fires meanwhile."""
    found = fires(plan, ledger)
    shown = (found.start_ms < end_ms) & (found.end_ms > start_ms)
    spans = (np.clip(np.stack([found.start_ms, found.end_ms], axis=1), start_ms, end_ms) - start_ms) // SECOND_MS
    return [
        {
            "name": one.name,
            "level": stated.level,
            "team": one.team,
            "does": action_words(stated.do),
            "spans": spans[shown & (found.playbook == number)].tolist(),
        }
        for number, (one, stated) in enumerate(zip(plan.playbooks, scenario.playbooks, strict=True))
    ]


def _who(code: NDArray[np.int64]) -> NDArray[np.int64]:
    return code // (_KINDS * _SPAN)


def _is_personal(code: NDArray[np.int64]) -> NDArray[np.bool_]:
    personal: NDArray[np.bool_] = code % _KINDS <= _PUTS
    return personal


class _Beginning:
    """How things stand after some changes.

    Args:
        plan: of whom.
        code: int64 (n,), the changes in order of time.
    """

    def __init__(self, plan: Plan, code: NDArray[np.int64]) -> None:
        kind, what, who = code % _KINDS, code // _KINDS % _SPAN, _who(code)
        people, classes = len(plan.people.names), len(PRIORITIES)
        self.state = np.zeros(people, dtype=np.int64)
        # Of several values for one place, the last one stays.
        self.state[who[kind == _STATE]] = what[kind == _STATE]

        def count(kind_of: int, size: int) -> NDArray[np.int64]:
            chosen = kind == kind_of
            return np.bincount(who[chosen] * classes + what[chosen], minlength=size * classes).reshape(size, classes)

        self.hands = count(_TAKES, people) - count(_PUTS, people)
        self.queue = count(_WAITS, len(TIERS)) - count(_STARTS, len(TIERS))
