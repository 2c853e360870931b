"""What tickets' time went to: every millisecond from creation to the first response, or resolve, has one cause.

What is asked may also be the time of an SLA period, of a visit to a tier, or of a part of a ticket's life.

A state of the ledger lasts until the next, so a ticket's states cover its life without
gap or overlap. A wait in a queue is split further by what the queue's people did: nobody on the
roster, all of the roster's people away, or at least one there (and busy, since no one idles
beside a ticket that he may take). Of the last, what a playbook has nobody begin is a part of its own. What is
kept for one agent is split by whether that one is there.

On an SLA clock all instants are first turned into clock time, in which the clock's closed hours have no length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import ENDS, QUEUEING_EVENTS, WORK_STARTS, Event
from supportsim.measures.deferring import deferrals, may_be_deferred
from supportsim.measures.intervals import Intervals
from supportsim.measures.people import PeopleTime
from supportsim.measures.story import Story
from supportsim.measures.tables import NEVER, begin_of_wait
from supportsim.scenario.calendars import local_time
from supportsim.scenario.units import HOUR_MS

HOURS = 24 * 7
"""Hours of the week, Monday's first."""


class Cause(IntEnum):
    """What the time of a ticket went to."""

    WORK = 0
    """Somebody worked on it."""
    READING_IN = 1
    """Somebody new to it read what others had done."""
    BUSY_L1 = 2
    """It waited at L1 while people were there, all of them busy."""
    BUSY_L2 = 3
    """The same at L2."""
    BUSY_L3 = 4
    """The same at L3."""
    HANDED_L1 = 5
    """It was handed back and waited at L1 while people were there, all of them busy."""
    HANDED_L2 = 6
    """It was handed over and waited at L2 while people were there, all of them busy."""
    HANDED_L3 = 7
    """The same at L3."""
    SHRINKAGE = 8
    """It waited while people were on the roster, but all in a break, a meeting, a training or absent."""
    OFF_HOURS = 9
    """It waited while nobody who may take it was on the roster."""
    DEFERRED = 10
    """It waited while people were there, and a playbook had nobody begin it."""
    PREEMPTED = 11
    """It was begun and set aside, and those who may go on with it were there with something more urgent in hand."""
    SET_ASIDE = 12
    """It was one agent's, who was away."""
    CUSTOMER = 13
    """The customer owed an answer, or was away before trying again."""
    ENGINEERING = 14
    """Engineering worked on a fix, or on the incident that the ticket is about."""
    THIRD_PARTY = 15
    """Somebody outside owed an answer."""


@dataclass(frozen=True)
class Spans:
    """Half-open stretches of time, sorted, none overlapping another.

    Args:
        start_ms, end_ms: int64 (n,).
    """

    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]

    def between(self, a_ms: NDArray[np.int64], b_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how much of the spans (m,) lies between two instants (m,)."""
        if not len(self.start_ms):
            return np.zeros(len(a_ms), dtype=np.int64)
        before_ms = np.concatenate(([0], np.cumsum(self.end_ms - self.start_ms)))

        def until(t_ms: NDArray[np.int64]) -> NDArray[np.int64]:
            at = np.maximum(np.searchsorted(self.start_ms, t_ms, side="right") - 1, 0)
            inside: NDArray[np.int64] = np.clip(t_ms - self.start_ms[at], 0, self.end_ms[at] - self.start_ms[at])
            return before_ms[at] + inside

        return until(b_ms) - until(a_ms)


def union(stretches: Sequence[Intervals | Spans]) -> Spans:
    """Return the time covered by any of the stretches."""
    start_ms = np.concatenate([one.start_ms for one in stretches])
    end_ms = np.concatenate([one.end_ms for one in stretches])
    order = np.argsort(start_ms, kind="stable")
    start_ms, reach_ms = start_ms[order], np.maximum.accumulate(end_ms[order])
    begins = np.ones(len(start_ms), dtype=np.bool_)
    begins[1:] = start_ms[1:] > reach_ms[:-1]
    last = np.append(np.flatnonzero(begins)[1:], len(start_ms)) - 1
    return Spans(start_ms[begins], reach_ms[last] if len(start_ms) else reach_ms)


Instants = NDArray[np.int64]
OnClock = Callable[[Instants], Instants]
"""Turns instants into clock time."""


@dataclass(frozen=True)
class Items:
    """Whose time is in question: tickets, SLA periods or visits, each from one instant to another.

    Args:
        of_state: int (E,), the item to which each row of the story's states belongs, or `NEVER`.
        ticket: int (n,).
        since_ms: int64 (n,).
        until_ms: int64 (n,), or `NEVER` where nothing is asked.
        clock: int (n,), index into ``plan.sla.clocks`` of the clock by which to measure, pauses left out; None: time
            is elapsed time.
    """

    of_state: NDArray[Any]
    ticket: NDArray[Any]
    since_ms: Instants
    until_ms: Instants
    clock: NDArray[Any] | None = None

    def only(self, chosen: NDArray[np.int64]) -> Items:
        """Return the same with nothing asked of all but the ``chosen`` (k,)."""
        until_ms = np.full_like(self.until_ms, NEVER)
        until_ms[chosen] = self.until_ms[chosen]
        return replace(self, until_ms=until_ms)


def of_tickets(story: Story, until_ms: Instants, clock: NDArray[Any] | None = None) -> Items:
    """Return all tickets (T,) from their creation to an instant, or `NEVER`; see `Items` for the clock (T,)."""
    tickets = story.workload.tickets
    return Items(story.rows.ticket, np.arange(len(tickets)), tickets.created_ms, until_ms, clock)


def decompose(story: Story, people: PeopleTime, items: Items) -> NDArray[np.int64]:
    """Return what the time of each item went to: milliseconds (n, causes).

    Rows sum exactly to the time, or the clock time less pauses, between the item's two instants. An item of which
    nothing is asked has zeros.

    Args:
        story: what happened.
        people: their time.
        items: see `Items`.
    """
    found = np.zeros(len(items.ticket) * len(Cause), dtype=np.int64)
    for stretch in _stretches(story, items):
        item = items.of_state[stretch.rows].astype(np.int64) * len(Cause)
        for at, cause, spent_ms in _causes(story, people, stretch):
            found += np.bincount(item[at] + cause, spent_ms, len(found)).astype(np.int64)
    return found.reshape(-1, len(Cause))


def waiting_by_hour(story: Story, items: Items) -> NDArray[np.int64]:
    """Return how long items waited for a person: clock time (teams, 168) by hour of the week.

    A wait in a queue counts for the team that is preferred there, and work set aside for its agent's team.
    """
    plan, rows = story.plan, story.rows
    edges_ms = np.arange(0, plan.horizon_ms + QUARTER_MS, QUARTER_MS)
    wall = local_time(plan.timezone, plan.origin, 0, plan.horizon_ms)
    hour = 24 * wall.weekday(edges_ms[:-1]) + wall.time_of_day_ms(edges_ms[:-1]) // HOUR_MS
    preferred = np.array([queue.teams[0] for queue in plan.queues])
    found = np.zeros((len(plan.teams), HOURS), dtype=np.int64)
    for stretch in _stretches(story, items):
        event, place = rows.event[stretch.rows], rows.place[stretch.rows]
        team = np.where(event == Event.SUSPENDED, place, preferred[np.where(_QUEUED[event], place, 0)])
        waits = _QUEUED[event] | (event == Event.SUSPENDED)
        for number in range(len(plan.teams)):
            here = np.flatnonzero(waits & (team == number))
            spent_ms = np.diff(_covered(stretch.start_ms[here], stretch.end_ms[here], stretch.on_clock(edges_ms)))
            found[number] += np.bincount(hour, spent_ms, HOURS).astype(np.int64)
    return found


QUARTER_MS = HOUR_MS // 4
"""Hours of the week begin at quarters of the period's hours, in whatever time zone."""


@dataclass(frozen=True)
class _Stretches:
    """States as stretches of clock time.

    Args:
        rows: int64 (n,), which rows of the states.
        start_ms, end_ms: int64 (n,), in clock time.
        on_clock: see `OnClock`.
    """

    rows: NDArray[np.int64]
    start_ms: Instants
    end_ms: Instants
    on_clock: OnClock


def _stretches(story: Story, items: Items) -> Iterator[_Stretches]:
    """Yield the states as far as they lie in their items' time, for each clock those measured by it."""
    rows, sla = story.rows, story.plan.sla
    asked = np.append(items.until_ms, NEVER)
    # The item of a state that has none is the last one, of which nothing is asked.
    start_ms = np.maximum(rows.start_ms, np.append(items.since_ms, 0)[items.of_state])
    end_ms = np.minimum(rows.end_ms, asked[items.of_state])
    counts = (asked[items.of_state] != NEVER) & (end_ms > start_ms)
    if items.clock is None:
        at = np.flatnonzero(counts)
        yield _Stretches(at, start_ms[at], end_ms[at], lambda instants_ms: instants_ms)
        return
    counts &= ~story.paused
    of_state = np.append(items.clock, NEVER)[items.of_state]
    for index, calendar in enumerate(sla.clocks):
        at = np.flatnonzero(counts & (of_state == index))
        yield _Stretches(at, calendar.elapsed(start_ms[at]), calendar.elapsed(end_ms[at]), calendar.elapsed)


def _covered(start_ms: Instants, end_ms: Instants, until_ms: Instants) -> Instants:
    """Return how much of all stretches (n,), overlaps counted each time, lies before the instants (m,)."""

    def passed(since_ms: Instants) -> Instants:
        since_ms = np.sort(since_ms)
        before = np.searchsorted(since_ms, until_ms)
        return before * until_ms - np.concatenate(([0], np.cumsum(since_ms)))[before]

    return passed(start_ms) - passed(end_ms)


def _table(events: Sequence[Event]) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=np.bool_)
    table[list(events)] = True
    return table


_QUEUED, _WORKED = _table(QUEUEING_EVENTS), _table(WORK_STARTS)
_OWNED = _table((Event.SUSPENDED, Event.ASSIGNED))
_OWED = np.full(256, NEVER, dtype=np.int64)
_OWED[[Event.ASKED, *ENDS]] = Cause.CUSTOMER
_OWED[Event.REFERRED] = Cause.THIRD_PARTY
_OWED[[Event.SENT_TO_FIX, Event.PARKED]] = Cause.ENGINEERING

_Part = tuple[NDArray[np.int64], NDArray[Any] | int, Instants]
"""Which of the stretches, their cause, and how much of each it took."""


def _causes(story: Story, people: PeopleTime, stretch: _Stretches) -> Iterator[_Part]:
    event = story.rows.event[stretch.rows]
    owed = np.flatnonzero(_OWED[event] != NEVER)
    yield owed, _OWED[event[owed]], (stretch.end_ms - stretch.start_ms)[owed]
    yield from _work(story, stretch, np.flatnonzero(_WORKED[event]))
    busy = _busy(story)[stretch.rows]
    owned = np.flatnonzero(_OWNED[event])
    yield from _kept(story, people, stretch, owned, busy[owned])
    for queue in range(len(story.plan.queues)):
        here = np.flatnonzero(_QUEUED[event] & ~_OWNED[event] & (story.rows.place[stretch.rows] == queue))
        yield from _wait(story, people, stretch, here, queue, busy[here])


def _busy(story: Story) -> NDArray[np.int64]:
    """Return the cause of a wait in each state (E,) for busy people; who may take a waiting ticket changes nothing."""
    event, tier = story.rows.event, story.rows.tier.astype(np.int64)
    since = event[begin_of_wait(event)]
    handed = (since == Event.ESCALATED) | (since == Event.HANDED_BACK) | (since == Event.MOVED_UP)
    aside = (since == Event.PREEMPTED) | (since == Event.SUSPENDED)
    return np.where(aside, Cause.PREEMPTED, np.where(handed, Cause.HANDED_L1, Cause.BUSY_L1) + tier)


def _work(story: Story, stretch: _Stretches, at: NDArray[np.int64]) -> Iterator[_Part]:
    """Split work from the reading-in that it begins with where the ticket's last agent was another."""
    work, reading_in_ms = story.work, story.plan.rules.reading_in_ms
    changes = np.zeros(len(work.ticket), dtype=np.bool_)
    changes[1:] = (work.ticket[1:] == work.ticket[:-1]) & (work.agent[1:] != work.agent[:-1])
    new = np.zeros(len(story.rows.ticket), dtype=np.bool_)
    new[_WORKED[story.rows.event]] = changes
    row = stretch.rows[at]
    begun_ms = stretch.on_clock(story.rows.start_ms[row] + np.where(new[row], reading_in_ms, 0))
    read_ms = np.clip(begun_ms, stretch.start_ms[at], stretch.end_ms[at]) - stretch.start_ms[at]
    yield at, Cause.READING_IN, read_ms
    yield at, Cause.WORK, (stretch.end_ms - stretch.start_ms)[at] - read_ms


def _kept(
    story: Story, people: PeopleTime, stretch: _Stretches, at: NDArray[np.int64], busy: NDArray[np.int64]
) -> Iterator[_Part]:
    """Split time for which a ticket was one agent's by whether that one was there."""
    # Each person's time in a range of its own, so that one look-up serves all of them.
    length_ms = story.plan.horizon_ms + 1
    on_clock = stretch.on_clock
    first_ms = people.available.person.astype(np.int64) * length_ms
    there = Spans(first_ms + on_clock(people.available.start_ms), first_ms + on_clock(people.available.end_ms))
    agent_ms = story.rows.agent[stretch.rows[at]].astype(np.int64) * length_ms
    there_ms = there.between(agent_ms + stretch.start_ms[at], agent_ms + stretch.end_ms[at])
    yield at, busy, there_ms
    yield at, Cause.SET_ASIDE, (stretch.end_ms - stretch.start_ms)[at] - there_ms


def _wait(
    story: Story,
    people: PeopleTime,
    stretch: _Stretches,
    at: NDArray[np.int64],
    queue: int,
    busy: NDArray[np.int64],
) -> Iterator[_Part]:
    """Split waits in a queue by whether its people were there, away, or not on the roster."""
    start_ms, end_ms = stretch.start_ms[at], stretch.end_ms[at]
    there, rostered = (_spans_on(stretch, spans) for spans in _presence(story, people, queue))
    there_ms, rostered_ms = (spans.between(start_ms, end_ms) for spans in (there, rostered))
    deferred_ms = _deferred(story, stretch, at, queue, there)
    yield at, busy, there_ms - deferred_ms
    yield at, Cause.DEFERRED, deferred_ms
    yield at, Cause.SHRINKAGE, rostered_ms - there_ms
    yield at, Cause.OFF_HOURS, end_ms - start_ms - rostered_ms


def _spans_on(stretch: _Stretches, spans: Spans) -> Spans:
    return Spans(stretch.on_clock(spans.start_ms), stretch.on_clock(spans.end_ms))


def _deferred(story: Story, stretch: _Stretches, at: NDArray[np.int64], queue: int, there: Spans) -> NDArray[np.int64]:
    """Return for how much of waits (n,) in a queue people were there whom a playbook had not begin the ticket."""
    found = np.zeros(len(at), dtype=np.int64)
    held = deferrals(story, queue)
    if held:
        may_be, of = may_be_deferred(story)[stretch.rows[at]], story.rows.ticket[stretch.rows[at]]
        priority = story.workload.tickets.priority[of]
    for code, stretches in held.items():
        here = np.flatnonzero(may_be & (priority == code))
        span_ms = stretch.start_ms[at[here]], stretch.end_ms[at[here]]
        asked = _spans_on(stretch, union([stretches]))
        # What both cover is what each covers, less what either does.
        found[here] = there.between(*span_ms) + asked.between(*span_ms) - union([there, asked]).between(*span_ms)
    return found


def _presence(story: Story, people: PeopleTime, queue: int) -> tuple[Spans, Spans]:
    """Return when anybody who may take from a queue is available, and when anybody is available or on the roster."""
    teams = np.isin(story.plan.people.team, story.plan.queues[queue].teams)
    available = people.available.pick(teams[people.available.person])
    rostered = people.rostered.pick(teams[people.rostered.person])
    return union([available]), union([available, rostered])
