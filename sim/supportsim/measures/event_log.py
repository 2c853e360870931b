"""The ledger as an event log, the way process mining sees it: cases, activities, instants, resources.

One row per event of a ticket, sorted by ticket and then as things happened. Work
on a ticket is an activity with a duration: it has a row when it starts, is set
aside, goes on and completes; what then becomes of the ticket is a row of its own
at the same instant. Playbooks are no case of their own, which would be a process apart: each row says which burn
then for those whose the ticket is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, QUEUEING_EVENTS, WORK_ENDS, Event, Ledger
from supportsim.measures.playbooks import fires, teams_of
from supportsim.measures.tables import states
from supportsim.plan.model import PRIORITIES, TIERS, Plan
from supportsim.workload.model import Workload

LIFECYCLE = ("start", "suspend", "resume", "complete")
"""Transitions of the XES standard's lifecycle extension (IEEE 1849)."""

_START, _SUSPEND, _RESUME, _COMPLETE = range(len(LIFECYCLE))
_SAYINGS = {
    Event.ARRIVED: "Arrived",
    Event.ESCALATED: "Escalated",
    Event.HANDED_BACK: "Handed back",
    Event.ASKED: "Asked customer",
    Event.REPLIED: "Customer replied",
    Event.SENT_TO_FIX: "Sent to engineering",
    Event.FIXED: "Fixed",
    Event.RESOLVED: "Resolved",
    Event.REOPENED: "Reopened",
    Event.ABANDONED: "Abandoned",
    Event.RETRIED: "Tried again",
    Event.WIDENED: "Offered to more teams",
    Event.PASSED_ON: "Passed on",
    Event.ASSIGNED: "Assigned",
    Event.LET_GO: "Let go by owner",
    Event.TURNED_AWAY: "Turned away",
    Event.FOLLOW_UP_DUE: "Customer did not answer",
    Event.CLOSED: "Closed without an answer",
    Event.REFERRED: "Asked a third party",
    Event.UPDATE_DUE: "Customer is owed an update",
    Event.ANSWERED: "Third party answered",
    Event.MERGED: "Merged",
    Event.CALL_BACK: "Took a call-back",
    Event.LINKED: "Linked to incident",
    Event.PARKED: "Parked until incident ends",
    Event.ENDED: "Resolved with incident",
    Event.MOVED_UP: "Escalated by the clock",
    Event.NOTIFIED: "Told",
}
_WORK = tuple(f"Work at {tier}" for tier in TIERS)
ACTIVITIES = (*_WORK, *_SAYINGS.values())
"""Work at each tier, then everything else that can happen to a ticket."""


def _by_event(codes: Mapping[Event, int], otherwise: int) -> NDArray[np.int64]:
    """Return a table of codes by event."""
    table = np.full(int(max(Event)) + 1, otherwise, dtype=np.int64)
    for event, code in codes.items():
        table[event] = code
    return table


_TRANSITION_OF_WORK = _by_event(
    {Event.STARTED: _START, Event.RESUMED: _RESUME}
    | dict.fromkeys((Event.SUSPENDED, Event.RELEASED, Event.PREEMPTED), _SUSPEND),
    -1,
)
_SAYING = _by_event({event: len(_WORK) + place for place, event in enumerate(_SAYINGS)}, -1)
_ENDS_TOUCH = _by_event({event: 1 for event in WORK_ENDS if event in _SAYINGS}, 0)
_IN_QUEUE = _by_event(dict.fromkeys((*QUEUEING_EVENTS, Event.ABANDONED, Event.TURNED_AWAY), 1), 0)


def told_as(event: Event) -> str:
    """Return the activity that an event is in an event log, or the transition of the work; empty if it is none."""
    code = int(_TRANSITION_OF_WORK[event])
    return f"work: {LIFECYCLE[code]}" if code >= 0 else _SAYINGS.get(event, "")


@dataclass(frozen=True)
class Coded:
    """A column of names: ``names[code]`` (n,), empty where the code is -1."""

    names: tuple[str, ...]
    code: NDArray[Any]


@dataclass(frozen=True)
class EventLog:
    """n rows.

    Args:
        case: int (n,), the ticket's number.
        utc_ms: int64 (n,), milliseconds since 1970 in UTC.
        timezone: IANA name of the operation's time zone.
        columns: by name, in the order to be shown: activity, resource (the agent, or who is told), lifecycle, team,
            tier (worked at or waited for), queue (joined or left), priority, segment, channel, category, playbooks
            (all that burn then for the team that has the ticket, or those whose queue it is).
    """

    case: NDArray[np.int32]
    utc_ms: NDArray[np.int64]
    timezone: str
    columns: Mapping[str, Coded]

    def __len__(self) -> int:
        return len(self.case)


def event_log(plan: Plan, workload: Workload, ledger: Ledger) -> EventLog:
    """Retell a ledger as an event log; rows in which agents come and go belong to no case and are left out."""
    tickets, rows = workload.tickets, states(plan, workload.tickets, ledger)
    # The end of a touch is told twice: the work completes, then the ticket moves on.
    row = np.repeat(np.arange(len(rows.event)), 1 + _ENDS_TOUCH[rows.event])
    completes = np.diff(row, append=-1) == 0
    event, agent, ticket = rows.event[row], rows.agent[row], rows.ticket[row]
    # What ends a touch may bring the ticket to another tier; the work was done at the one before.
    tier = rows.tier[row - completes]
    transition = np.where(completes, _COMPLETE, _TRANSITION_OF_WORK[event])
    works = transition >= 0
    in_queue = (_IN_QUEUE[event] > 0) & ~completes
    people = plan.people.names
    told = _Told(
        ticket=ticket,
        at_ms=rows.start_ms[row],
        activity=np.where(works, tier, _SAYING[event]),
        lifecycle=np.where(works, transition, _COMPLETE),
        resource=agent.astype(np.int64),
        team=np.append(plan.people.team, NOBODY)[agent],
        tier=tier,
        queue=np.where(in_queue, rows.place[row], NOBODY),
    ).with_rows(_without_state(plan, ledger))
    together, burning = _burning(plan, ledger, told)
    since_1970 = plan.origin - datetime(1970, 1, 1, tzinfo=UTC)
    return EventLog(
        case=told.ticket,
        utc_ms=told.at_ms + since_1970 // timedelta(milliseconds=1),
        timezone=plan.timezone,
        columns={
            "activity": Coded(ACTIVITIES, told.activity),
            "resource": Coded((*people, *plan.rules.notified), told.resource),
            "lifecycle": Coded(LIFECYCLE, told.lifecycle),
            "team": Coded(plan.teams, told.team),
            "tier": Coded(TIERS, told.tier),
            "queue": Coded(tuple(queue.name for queue in plan.queues), told.queue),
            "priority": Coded(PRIORITIES, tickets.priority[told.ticket]),
            "segment": Coded(plan.segments, tickets.segment[told.ticket]),
            "channel": Coded(plan.channels, tickets.channel[told.ticket]),
            "category": Coded(plan.categories, tickets.category[told.ticket]),
            "playbooks": Coded(together, burning),
        },
    )


@dataclass(frozen=True)
class _Told:
    """Codes of the rows of an event log that are not the ticket's own."""

    ticket: NDArray[Any]
    at_ms: NDArray[np.int64]
    activity: NDArray[Any]
    lifecycle: NDArray[Any]
    resource: NDArray[Any]
    team: NDArray[Any]
    tier: NDArray[Any]
    queue: NDArray[Any]

    def with_rows(self, more: _Told) -> _Told:
        """Return the rows with others among them, by ticket and time."""
        if not len(more.ticket):
            return self
        columns = {name: np.append(getattr(self, name), getattr(more, name)) for name in _Told.__dataclass_fields__}
        order = np.lexsort((columns["at_ms"], columns["ticket"]))
        return _Told(**{name: column[order] for name, column in columns.items()})


def _without_state(plan: Plan, ledger: Ledger) -> _Told:
    """Return what happens to tickets and leaves them in no other state: turned away, and that somebody is told."""
    row = np.flatnonzero(np.isin(ledger.event, (Event.TURNED_AWAY, Event.NOTIFIED)))
    event, place, nobody = ledger.event[row], ledger.place[row].astype(np.int64), np.full(len(row), NOBODY)
    tells = event == Event.NOTIFIED
    return _Told(
        ticket=ledger.ticket[row],
        at_ms=ledger.time_ms[row],
        activity=_SAYING[event],
        lifecycle=np.full(len(row), _COMPLETE),
        resource=np.where(tells, len(plan.people.names) + place, NOBODY),
        team=nobody,
        tier=nobody,
        queue=np.where(tells, NOBODY, place),
    )


def _burning(plan: Plan, ledger: Ledger, told: _Told) -> tuple[tuple[str, ...], NDArray[Any]]:
    """Return the playbooks that burn for those whose each row is, as names of several together, and which (n,)."""
    if not plan.playbooks:
        return (), np.full(len(told.ticket), NOBODY)
    found, burn = fires(plan, ledger), []
    for number, playbook in enumerate(plan.playbooks):
        teams = teams_of(playbook)
        of_queue = np.array([not teams.isdisjoint(queue.teams) for queue in plan.queues] + [False])
        of_team = np.array([team in teams for team in range(len(plan.teams))] + [False])
        burn.append((of_queue[told.queue] | of_team[told.team]) & found.burns(number, told.at_ms))
    sets, which = np.unique(np.packbits(burn, axis=0), axis=1, return_inverse=True)
    together = np.unpackbits(sets, axis=0, count=len(burn)).T.astype(np.bool_)
    names = ("; ".join(one.name for one, burns in zip(plan.playbooks, row, strict=True) if burns) for row in together)
    return tuple(names), which.reshape(-1)
