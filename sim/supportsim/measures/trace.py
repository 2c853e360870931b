"""One ticket's life, or one agent's day, minute by minute, in wall time and on the SLA clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

import numpy as np

from supportsim.ledger import NOBODY, QUEUEING_EVENTS, Event, Ledger
from supportsim.measures.meanwhile import deferred_by, fires_meanwhile
from supportsim.measures.playbooks import fires
from supportsim.measures.sla import Outcome
from supportsim.measures.story import Story
from supportsim.measures.tables import NEVER
from supportsim.measures.ticket_clocks import TicketClock, clocks_of
from supportsim.plan.model import OffReason, Plan
from supportsim.scenario.calendars import local_time
from supportsim.scenario.units import DAY_MS

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
    Event.UPDATE_DUE: "customer is owed an update, waits in {queue}",
    Event.ANSWERED: "third party answers, waits in {queue}",
    Event.MERGED: "merged into the customer's first ticket",
    Event.LINKED: "linked to its incident, waits in {queue}",
    Event.PARKED: "waits for the end of its incident",
    Event.ENDED: "resolved with its incident",
    Event.CALL_BACK: "customer takes a call-back, waits in {queue}",
    Event.PASSED_ON: "its agent is gone, waits in {queue} for anybody",
    Event.PREEMPTED: "set aside for something more urgent, waits in {queue} for anybody",
    Event.ASSIGNED: "waits for its agent",
    Event.LET_GO: "waits in {queue} for anybody",
    Event.TURNED_AWAY: "turned away",
    Event.MOVED_UP: "escalated by its clock, waits in {queue}",
    Event.NOTIFIED: "{whom} is told",
    Event.JOINED: "helps with it from now on",
    Event.LEFT: "helps no more",
    Event.AGENT_ON: "comes to the floor",
    Event.PAGED: "is paged",
    Event.PLAYBOOK_FIRES: "playbook {playbook} fires",
    Event.PLAYBOOK_ENDS: "playbook {playbook} ends",
}
_OFF = {
    OffReason.SHIFT_END: "shift ends",
    OffReason.BREAK: "goes on break",
    OffReason.MEETING: "goes to a meeting",
    OffReason.TRAINING: "goes to a training",
    OffReason.WAR_ROOM: "goes to the war room",
    OffReason.REVIEW: "goes to the review of an incident",
    OffReason.ADMIN: "goes to do paperwork",
    OffReason.COACHING: "coaches or is coached",
    OffReason.QUALITY_REVIEW: "reviews finished tickets",
    OffReason.MENTORING: "helps a new colleague",
    OffReason.ON_CALL: "goes back to being on call",
    OffReason.OVERTIME: "goes home from overtime",
    OffReason.LENT: "goes over to help another team",
    OffReason.RETURNED: "goes back to the own team",
    OffReason.DISMISSED: "is not needed as a back-up any more",
}


class Mark(StrEnum):
    """What a moment is about."""

    FLOOR = "floor"
    """Something that somebody did."""
    CLOCK = "clock"
    """An SLA clock that starts, stops or runs on."""
    KEPT = "kept"
    BROKEN = "broken"
    MEANWHILE = "meanwhile"
    """A playbook that changes something for those whose the ticket is."""


@dataclass(frozen=True)
class Moment:
    """Something that happened.

    Args:
        at_ms: since the plan's origin.
        what: in words.
        agent: code of the person who did it, or `NOBODY`.
        ticket: number, or `NOBODY`.
        response_ms, resolution_ms: the ticket's SLA clocks, that of resolution since creation or the last
            reopening; `NEVER` where there is none (any more).
        mark: what it is about.
    """

    at_ms: int
    what: str
    agent: int
    ticket: int
    response_ms: int = NEVER
    resolution_ms: int = NEVER
    mark: Mark = Mark.FLOOR


def trace_ticket(story: Story, ticket: int) -> tuple[Moment, ...]:
    """Return everything that happened to a ticket and to its SLA clocks, in order.

    Raises:
        ValueError: there is no ticket of that number, or the simulation ended before it came.
    """
    ledger = story.ledger
    at = np.flatnonzero((ledger.ticket == ticket) & (ticket >= 0))
    if not len(at):
        raise ValueError(f"ticket {ticket}: expected a number from 0 to {len(story.workload.tickets) - 1} that arrived")
    told = [(at_ms, what, NOBODY, Mark.MEANWHILE) for at_ms, what in fires_meanwhile(story, ticket)]
    told += [
        (at_ms, said(story.plan, code, place) + _why(story, ticket, at_ms, code), agent, Mark.FLOOR)
        for at_ms, code, place, agent in zip(
            *(column[at].tolist() for column in (ledger.time_ms, ledger.event, ledger.place, ledger.agent)), strict=True
        )
    ]
    told += [(at_ms, what, NOBODY, Mark.MEANWHILE) for at_ms, what in deferred_by(story, ticket)]
    answered_ms = int(story.table.first_response_ms[ticket])
    if answered_ms != NEVER:
        told.append((answered_ms, "first response", NOBODY, Mark.FLOOR))
    clocks = clocks_of(story, ticket)
    told += [(at_ms, what, NOBODY, mark) for at_ms, what, mark in _clock_moments(clocks)]
    return tuple(
        Moment(at_ms, what, agent, ticket, *_readings(clocks, at_ms), mark)
        for at_ms, what, agent, mark in sorted(told, key=lambda one: one[0])
        if at_ms < story.plan.horizon_ms
    )


def _why(story: Story, ticket: int, at_ms: int, code: int) -> str:
    """Say why a caller is turned away; nothing of other events."""
    if code != Event.TURNED_AWAY:
        return ""
    plan, channel = story.plan, story.workload.tickets.channel[ticket]
    found, now = fires(plan, story.ledger), np.array([at_ms])
    for number, playbook in enumerate(plan.playbooks):
        if playbook.turns_off and playbook.turns_off[channel] and found.burns(number, now)[0]:
            return f": playbook {playbook.name} turns {plan.channels[channel]} off"
    return ": all lines are full"


def trace_agent(story: Story, ledger: Ledger, agent: int, span_ms: tuple[int, int] | None = None) -> tuple[Moment, ...]:
    """Return everything that a person did, inside a span of time (start, end) if one is given, and missed shifts."""
    clocks: dict[int, list[TicketClock]] = {}
    people = story.plan.people
    missed = np.flatnonzero((people.shift_person == agent) & story.workload.crew.absent)
    moments = [
        Moment(at_ms, "is absent, all of the shift", agent, NOBODY)
        for at_ms in people.shift_start_ms[missed].tolist()
        if span_ms is None or span_ms[0] <= at_ms < span_ms[1]
    ]
    for row in np.flatnonzero(ledger.agent == agent).tolist():
        at_ms, ticket = int(ledger.time_ms[row]), int(ledger.ticket[row])
        if span_ms is not None and not span_ms[0] <= at_ms < span_ms[1]:
            continue
        if ticket != NOBODY and ticket not in clocks:
            clocks[ticket] = clocks_of(story, ticket)
        what = said(story.plan, ledger.event[row], ledger.place[row])
        moments.append(Moment(at_ms, what, agent, ticket, *_readings(clocks.get(ticket, []), at_ms)))
    return tuple(sorted(moments, key=lambda moment: moment.at_ms))


_BY_PLAYBOOK = (OffReason.OVERTIME, OffReason.LENT, OffReason.RETURNED, OffReason.DISMISSED)


def trace_playbooks(plan: Plan, ledger: Ledger) -> tuple[Moment, ...]:
    """Return when playbooks fired and ended, and whom they moved."""
    brought = np.ones(len(plan.people.names) + 1, dtype=np.bool_)
    brought[plan.people.shift_person] = False
    shown = np.isin(ledger.event, (Event.PLAYBOOK_FIRES, Event.PLAYBOOK_ENDS))
    shown |= (ledger.event == Event.AGENT_OFF) & np.isin(ledger.place, _BY_PLAYBOOK)
    shown |= np.isin(ledger.event, (Event.AGENT_ON, Event.AGENT_OFF)) & brought[ledger.agent]
    return tuple(
        Moment(
            int(ledger.time_ms[row]),
            said(plan, ledger.event[row], ledger.place[row]),
            int(ledger.agent[row]),
            NOBODY,
        )
        for row in np.flatnonzero(shown).tolist()
    )


def local_instant_ms(plan: Plan, local: datetime) -> int:
    """Return the instant of a local time without a zone."""
    wall_ms = local.toordinal() * DAY_MS + (local - datetime.combine(local, time())) // timedelta(milliseconds=1)
    return int(local_time(plan.timezone, plan.origin, 0, plan.horizon_ms).instant(np.array([wall_ms]))[0])


def day_span_ms(plan: Plan, day: datetime) -> tuple[int, int]:
    """Return the (start, end) of a local date."""
    return local_instant_ms(plan, day), local_instant_ms(plan, day + timedelta(days=1))


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


def _clock_moments(clocks: Sequence[TicketClock]) -> Iterator[tuple[int, str, Mark]]:
    """Yield what clocks do; those that start, stop or run on together do it in one line."""
    together: dict[tuple[int, tuple[str, str], str], list[str]] = {}
    for clock in clocks:
        verb = ("starts", "start")
        for runs_ms, stops_ms, reason in zip(
            clock.runs_ms.tolist(), clock.stops_ms.tolist(), clock.reasons, strict=True
        ):
            together.setdefault((runs_ms, verb, ""), []).append(clock.kind)
            if reason:
                together.setdefault((stops_ms, ("stops", "stop"), f", {reason}"), []).append(clock.kind)
            verb = ("runs on", "run on")
    for (at_ms, verb, reason), kinds in together.items():
        one, both = verb
        said = f"{kinds[0]} clock {one}" if len(kinds) == 1 else f"both clocks {both}"
        yield at_ms, said + reason, Mark.CLOCK
    for clock in clocks:
        for times, words in ((1, "broken"), (2, "broken twice over")):
            broken_ms = clock.passes_ms(times * clock.allowed_ms)
            if broken_ms != NEVER:
                yield broken_ms, f"{clock.kind} promise {words}", Mark.BROKEN
        if clock.happened and clock.outcome is Outcome.MET:
            yield clock.end_ms, f"{clock.kind} clock ends, promise kept", Mark.KEPT
        elif clock.happened:
            yield clock.end_ms, f"{clock.kind} clock ends, too late", Mark.BROKEN


def _readings(clocks: Sequence[TicketClock], at_ms: int) -> tuple[int, int]:
    """Return what the response and the resolution clock show, `NEVER` where none is on."""
    shown = {clock.kind: clock.used_ms(at_ms) for clock in clocks if clock.begin_ms <= at_ms <= clock.end_ms}
    return shown.get("response", NEVER), shown.get("resolution", NEVER)


def said(plan: Plan, code: int, place: int) -> str:
    """Say an event of the ledger, given its code and its place."""
    event = Event(code)
    if event is Event.AGENT_OFF:
        return _OFF[OffReason(place)]
    if event in (Event.PLAYBOOK_FIRES, Event.PLAYBOOK_ENDS):
        return _SAYINGS[event].format(playbook=plan.playbooks[place].name)
    queue = plan.queues[place].name if event in QUEUEING_EVENTS else ""
    return _SAYINGS[event].format(queue=queue, whom=plan.rules.notified[place] if event is Event.NOTIFIED else "")
