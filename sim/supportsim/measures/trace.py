"""One ticket's life, or one agent's day, minute by minute, in wall time and on the SLA clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supportsim.ledger import NOBODY, QUEUEING_EVENTS, Event, Ledger
from supportsim.measures.sla import Outcome, target_ms
from supportsim.measures.story import Story
from supportsim.plan.model import OffReason, Plan, SlaTable

_SAYINGS = {
    Event.ARRIVED: "arrives and waits in {queue}",
    Event.STARTED: "work starts",
    Event.SUSPENDED: "set aside by its agent",
    Event.RESUMED: "work goes on",
    Event.RELEASED: "set aside, waits in {queue} for anybody",
    Event.ESCALATED: "escalated, waits in {queue}",
    Event.HANDED_BACK: "handed back, waits in {queue}",
    Event.ASKED: "customer asked",
    Event.REPLIED: "customer replies, waits in {queue}",
    Event.SENT_TO_FIX: "engineering asked for a fix",
    Event.FIXED: "fix is there, waits in {queue}",
    Event.RESOLVED: "resolved",
    Event.REOPENED: "reopened, waits in {queue}",
    Event.ABANDONED: "customer gives up",
    Event.RETRIED: "customer tries again, waits in {queue}",
    Event.WIDENED: "offered to more teams: {queue}",
    Event.FOLLOW_UP_DUE: "customer does not answer, waits in {queue} to be asked again",
    Event.CLOSED: "closed, the customer never answered",
    Event.REFERRED: "third party asked",
    Event.ANSWERED: "third party answers, waits in {queue}",
    Event.MERGED: "merged into the customer's first ticket",
    Event.CALL_BACK: "customer takes a call-back, waits in {queue}",
    Event.PASSED_ON: "its agent is gone, waits in {queue} for anybody",
    Event.PREEMPTED: "set aside for something more urgent, waits in {queue} for anybody",
    Event.ASSIGNED: "waits for its agent",
    Event.LET_GO: "waits in {queue} for anybody",
    Event.TURNED_AWAY: "all lines are full, turned away",
}
_OFF = {
    OffReason.SHIFT_END: "shift ends",
    OffReason.BREAK: "goes on break",
    OffReason.MEETING: "goes to a meeting",
    OffReason.TRAINING: "goes to a training",
}


_STOPS = (Event.RESOLVED, Event.CLOSED, Event.MERGED)


@dataclass(frozen=True)
class Moment:
    """Something that happened.

    Args:
        at_ms: since the plan's origin.
        what: in words.
        agent: code of the person who did it, or `NOBODY`.
        ticket: number, or `NOBODY`.
        clock_ms: the ticket's resolution clock, since creation or the last reopening; -1 where there is none.
    """

    at_ms: int
    what: str
    agent: int
    ticket: int
    clock_ms: int = -1


def trace_ticket(story: Story, ticket: int) -> tuple[Moment, ...]:
    """Return everything that happened to a ticket, its promises falling due included, in order.

    Raises:
        ValueError: there is no ticket of that number, or it never reached the floor.
    """
    rows = story.rows
    at = np.flatnonzero(rows.ticket == ticket)
    if not len(at):
        raise ValueError(f"ticket {ticket}: expected a number from 0 to {len(story.workload.tickets) - 1} that arrived")
    clock = _Clock(story, ticket)
    moments = [Moment(int(rows.start_ms[at[0]]), "created", NOBODY, ticket, 0)]
    for row in at.tolist():
        event, start_ms, end_ms = Event(rows.event[row]), int(rows.start_ms[row]), int(rows.end_ms[row])
        if event is Event.REOPENED:
            clock.restart(start_ms)
        moments.append(Moment(start_ms, _said(story.plan, event, int(rows.place[row])), int(rows.agent[row]), ticket,
                              clock.used_ms))  # fmt: skip
        if not story.paused[row] and event not in _STOPS:
            moments += [Moment(due, what, NOBODY, ticket, used) for due, what, used in clock.run(start_ms, end_ms)]
    answered_ms = int(story.table.first_response_ms[ticket])
    if answered_ms >= 0:
        used_ms = int(story.response.used_ms[ticket])
        moments.append(Moment(answered_ms, "first response", NOBODY, ticket, used_ms))
    horizon_ms = story.plan.horizon_ms
    return tuple(sorted((one for one in moments if one.at_ms < horizon_ms), key=lambda one: one.at_ms))


def trace_agent(plan: Plan, ledger: Ledger, agent: int) -> tuple[Moment, ...]:
    """Return everything that a person did."""
    moments = []
    for row in np.flatnonzero(ledger.agent == agent).tolist():
        event, place = Event(ledger.event[row]), int(ledger.place[row])
        if event is Event.AGENT_ON:
            what = "comes to the floor"
        elif event is Event.AGENT_OFF:
            what = _OFF[OffReason(place)]
        else:
            what = _said(plan, event, place)
        moments.append(Moment(int(ledger.time_ms[row]), what, agent, int(ledger.ticket[row])))
    return tuple(moments)


def worst_tickets(story: Story, count: int) -> list[int]:
    """Return tickets of the window by how far beyond their promises they are, the worst first.

    The overshoot is the larger of response and first resolution, in multiples of what was promised.
    """
    overshoot = np.zeros(len(story.workload.tickets))
    first = np.flatnonzero(~story.periods.reopened)
    for promises, rows, ticket in (
        (story.response, slice(None), np.arange(len(overshoot))),
        (story.resolution, first, story.periods.ticket[first]),
    ):
        used_ms, allowed_ms = promises.used_ms[rows], np.maximum(promises.target_ms[rows], 1)
        late = (promises.outcome[rows] == Outcome.BREACHED) & story.counted[ticket]
        overshoot[ticket] = np.maximum(overshoot[ticket], np.where(late, used_ms / allowed_ms, 0.0))
    order = np.argsort(-overshoot, kind="stable")[:count]
    return [int(ticket) for ticket in order if overshoot[ticket] > 0]


def _said(plan: Plan, event: Event, place: int) -> str:
    return _SAYINGS[event].format(queue=plan.queues[place].name if event in QUEUEING_EVENTS else "")


class _Clock:
    """The promises of one ticket, as its states pass by."""

    def __init__(self, story: Story, ticket: int) -> None:
        self._sla, tickets = story.plan.sla, story.workload.tickets
        self._who = tickets.priority[[ticket]], tickets.segment[[ticket]]
        clock = int(self._sla.clock[self._who][0])
        self._calendar = self._sla.clocks[clock] if self._sla.clocks else None
        answered_ms = int(story.table.first_response_ms[ticket])
        self._answered_ms = answered_ms if answered_ms >= 0 else story.plan.horizon_ms
        self._gave_up_ms = int(story.table.abandoned_ms[ticket])
        created_ms = int(story.table.created_ms[ticket])
        self._due = {
            "response": self._allowed(self._sla.response, created_ms),
            "resolution": self._allowed(self._sla.resolution, created_ms),
        }
        self.used_ms = 0

    def _allowed(self, promised: SlaTable, start_ms: int) -> int:
        return int(target_ms(self._sla, promised, *self._who, np.array([start_ms]))[0]) if self._calendar else -1

    def restart(self, start_ms: int) -> None:
        """A reopening begins a resolution clock of its own."""
        self.used_ms = 0
        self._due["resolution"] = self._allowed(self._sla.resolution, start_ms)

    def run(self, start_ms: int, end_ms: int) -> list[tuple[int, str, int]]:
        """Let a state pass; return (instant, what, clock) of promises that break in it."""
        if self._calendar is None or start_ms == self._gave_up_ms:
            return []
        passes_ms = int(self._calendar.between(np.array([start_ms]), np.array([end_ms]))[0])
        broken = []
        for kind, allowed_ms in self._due.items():
            over = allowed_ms >= 0 and self.used_ms <= allowed_ms < self.used_ms + passes_ms
            if over:
                at_ms = int(self._calendar.after(np.array([start_ms]), allowed_ms - self.used_ms + 1)[0])
                if kind == "resolution" or at_ms <= self._answered_ms:
                    broken.append((at_ms, f"{kind} promise broken", allowed_ms))
        self.used_ms += passes_ms
        return broken
