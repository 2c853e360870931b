"""What tickets' time went to: every millisecond from creation to the first response, or resolve, has one cause.

A state of the ledger lasts until the next, so a ticket's states cover its life without
gap or overlap. A wait in a queue is split further by what the queue's people did: nobody on the
roster, all of the roster's people away, or at least one there (and busy, since no one idles
beside a ticket that he may take).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import QUEUEING_EVENTS, WORK_STARTS, Event
from supportsim.measures.intervals import Intervals, intersect
from supportsim.measures.people import PeopleTime
from supportsim.measures.story import Story
from supportsim.measures.tables import NEVER


class Cause(IntEnum):
    """What the time of a ticket went to."""

    WORK = 0
    """Somebody worked on it, reading-in included."""
    BUSY_L1 = 1
    """It waited at L1 while people were there, all of them busy."""
    BUSY_L2 = 2
    """The same at L2."""
    BUSY_L3 = 3
    """The same at L3."""
    SHRINKAGE = 4
    """It waited while people were on the roster, but all in a break, a meeting, a training or absent."""
    OFF_HOURS = 5
    """It waited while nobody who may take it was on the roster."""
    SET_ASIDE = 6
    """It was begun and waited for its agent to come back."""
    CUSTOMER = 7
    """The customer owed an answer, or was away before trying again."""
    ENGINEERING = 8
    """Engineering worked on a fix."""


@dataclass(frozen=True)
class Spans:
    """Half-open stretches of time, sorted, neither overlapping nor touching.

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


def union(stretches: Sequence[Intervals]) -> Spans:
    """Return the time covered by any of the stretches."""
    start_ms = np.concatenate([one.start_ms for one in stretches])
    end_ms = np.concatenate([one.end_ms for one in stretches])
    order = np.argsort(start_ms, kind="stable")
    start_ms, reach_ms = start_ms[order], np.maximum.accumulate(end_ms[order])
    begins = np.ones(len(start_ms), dtype=np.bool_)
    begins[1:] = start_ms[1:] > reach_ms[:-1]
    last = np.append(np.flatnonzero(begins)[1:], len(start_ms)) - 1
    return Spans(start_ms[begins], reach_ms[last] if len(start_ms) else reach_ms)


def common(some: Spans, others: Spans) -> Spans:
    """Return the time covered by both."""
    both, _ = intersect(
        *(Intervals(np.zeros(len(one.start_ms), np.int32), one.start_ms, one.end_ms) for one in (some, others))
    )
    return Spans(both.start_ms, both.end_ms)


def decompose(
    story: Story, people: PeopleTime, until_ms: NDArray[np.int64], clock: NDArray[Any] | None = None
) -> NDArray[np.int64]:
    """Return what each ticket's time from creation to ``until_ms`` (T,) went to: milliseconds (T, causes).

    Rows sum exactly to ``until_ms`` less creation, or to the clock time of the promise between the
    two, pauses left out. A ticket whose instant is `NEVER` has zeros.

    Args:
        story: what happened.
        people: their time.
        until_ms: an instant for each ticket, or `NEVER`.
        clock: index (T,) into ``plan.sla.clocks`` of the clock by which to measure; without it time is elapsed time.
    """
    rows, tickets = story.rows, len(story.workload.tickets)
    end_ms = np.minimum(rows.end_ms, until_ms[rows.ticket])
    counts = (until_ms[rows.ticket] != NEVER) & (end_ms > rows.start_ms)
    if clock is None:
        everything = Spans(np.zeros(1, np.int64), np.array([story.plan.horizon_ms]))
        return _causes(story, people, np.flatnonzero(counts), end_ms, everything).reshape(tickets, len(Cause))
    sla = story.plan.sla
    counts &= ~(sla.pause_pending & (rows.event == Event.ASKED))
    counts &= ~(sla.pause_engineering & (rows.event == Event.SENT_TO_FIX))
    found = np.zeros(tickets * len(Cause), dtype=np.int64)
    for index, calendar in enumerate(sla.clocks):
        at = np.flatnonzero(counts & (clock[rows.ticket] == index))
        found += _causes(story, people, at, end_ms, Spans(calendar.open_ms, calendar.close_ms))
    return found.reshape(tickets, len(Cause))


_CAUSE_OF = np.full(256, NEVER, dtype=np.int64)
_CAUSE_OF[list(WORK_STARTS)] = Cause.WORK
_CAUSE_OF[Event.SUSPENDED] = Cause.SET_ASIDE
_CAUSE_OF[[Event.ASKED, Event.RESOLVED, Event.ABANDONED]] = Cause.CUSTOMER
_CAUSE_OF[Event.SENT_TO_FIX] = Cause.ENGINEERING


def _causes(
    story: Story, people: PeopleTime, at: NDArray[np.int64], until_ms: NDArray[np.int64], runs: Spans
) -> NDArray[np.int64]:
    """Return (T x causes,) of the states ``at`` these rows, measured while the clock ``runs``."""
    rows = story.rows
    event, ticket, start_ms, end_ms = rows.event[at], rows.ticket[at].astype(np.int64), rows.start_ms[at], until_ms[at]
    found = np.zeros(len(story.workload.tickets) * len(Cause), dtype=np.int64)

    def add(cause: NDArray[Any] | int, where: NDArray[np.int64], spent_ms: NDArray[np.int64]) -> None:
        found[:] += np.bincount(ticket[where] * len(Cause) + cause, spent_ms, len(found)).astype(np.int64)

    plain = np.flatnonzero(_CAUSE_OF[event] != NEVER)
    add(_CAUSE_OF[event[plain]], plain, runs.between(start_ms[plain], end_ms[plain]))
    queued = np.flatnonzero(np.isin(event, QUEUEING_EVENTS))
    place = rows.place[at][queued]
    for queue in range(len(story.plan.queues)):
        here = queued[place == queue]
        available, rostered = (common(spans, runs) for spans in _presence(story, people, queue))
        available_ms, rostered_ms, all_ms = (
            spans.between(start_ms[here], end_ms[here]) for spans in (available, rostered, runs)
        )
        add(Cause.BUSY_L1 + rows.tier[at[here]].astype(np.int64), here, available_ms)
        add(Cause.SHRINKAGE, here, rostered_ms - available_ms)
        add(Cause.OFF_HOURS, here, all_ms - rostered_ms)
    return found


def _presence(story: Story, people: PeopleTime, queue: int) -> tuple[Spans, Spans]:
    """Return when anybody who may take from a queue is available, and when anybody is available or on the roster."""
    teams = np.isin(story.plan.people.team, story.plan.queues[queue].teams)
    available = people.available.pick(teams[people.available.person])
    rostered = people.rostered.pick(teams[people.rostered.person])
    return union([available]), union([available, rostered])
