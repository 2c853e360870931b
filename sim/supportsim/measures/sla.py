"""Promises and their clocks: how much clock time was used, and what came of each promise.

A clock counts the open minutes of its calendar. Between two instants it is read
by subtracting two cumulative look-ups, so there is no loop over tickets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event
from supportsim.measures.tables import NEVER, Periods, States, TicketTable
from supportsim.plan.due import target_ms
from supportsim.plan.model import Sla
from supportsim.workload.model import Next, Tickets


class Outcome(IntEnum):
    """What came of a promise."""

    NONE = 0
    """Nothing was promised, or the ticket never came."""
    MET = 1
    BREACHED = 2
    """Ended past the target, or still going (or given up on) past it."""
    UNDECIDED = 3
    """Open at the horizon and not yet past the target."""
    EXCLUDED = 4
    """The customer gave up, or was asked in vain, before the target; or the ticket was merged into another."""


@dataclass(frozen=True)
class Promises:
    """One kind of promise, one row per ticket or SLA period.

    Args:
        used_ms: int64 (n,), clock time used until the promise was kept, or else until the customer
            gave up or the horizon came, less pauses.
        target_ms: int64 (n,), clock time allowed, or `NEVER` where nothing is promised.
        outcome: int8 (n,), `Outcome`.
        severe: bool (n,), breached by more than 2 x the target.
    """

    used_ms: NDArray[np.int64]
    target_ms: NDArray[np.int64]
    outcome: NDArray[np.int8]
    severe: NDArray[np.bool_]


def clock_ms(
    sla: Sla, clock: NDArray[Any], start_ms: NDArray[np.int64], end_ms: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return open time (n,) of each row's ``clock`` (n,) between two instants (n,): elapsed(end) - elapsed(start)."""
    used_ms = np.zeros(len(clock), dtype=np.int64)
    for index, calendar in enumerate(sla.clocks):
        at = np.flatnonzero(clock == index)
        if len(at):
            used_ms[at] = calendar.between(start_ms[at], end_ms[at])
    return used_ms


def judge(
    used_ms: NDArray[np.int64], allowed_ms: NDArray[np.int64], kept: NDArray[np.bool_], given_up: NDArray[np.bool_]
) -> Promises:
    """Return what came of promises of which ``used_ms`` of ``allowed_ms`` was used (all (n,)).

    Args:
        used_ms: clock time used up to the end of the row.
        allowed_ms: clock time allowed, or `NEVER`.
        kept: the promised thing happened.
        given_up: the customer gave up before it could.
    """
    past = used_ms > allowed_ms
    unfinished = np.where(given_up, np.int8(Outcome.EXCLUDED), np.int8(Outcome.UNDECIDED))
    outcome = np.where(past, np.int8(Outcome.BREACHED), np.where(kept, np.int8(Outcome.MET), unfinished))
    outcome = np.where(allowed_ms == NEVER, np.int8(Outcome.NONE), outcome).astype(np.int8)
    severe = (outcome == Outcome.BREACHED) & (used_ms > 2 * allowed_ms)
    return Promises(used_ms, allowed_ms, outcome, severe)


def exclude(promises: Promises, which: NDArray[np.bool_]) -> Promises:
    """Return the promises with those of ``which`` (n,) excluded, where anything was promised."""
    outcome = np.where(which & (promises.outcome != Outcome.NONE), np.int8(Outcome.EXCLUDED), promises.outcome)
    return replace(promises, outcome=outcome, severe=promises.severe & ~which)


def response_promises(sla: Sla, tickets: Tickets, table: TicketTable, horizon_ms: int) -> Promises:
    """Judge the first response of every ticket (T,).

    used = clock minutes from creation to first response. Nothing pauses this clock: no question
    to the customer can precede the first reply.
    """
    kept = table.first_response_ms != NEVER
    given_up = table.abandoned_ms != NEVER
    end_ms = np.where(kept, table.first_response_ms, np.where(given_up, table.abandoned_ms, horizon_ms))
    clock = sla.clock[tickets.priority, tickets.segment]
    used_ms = clock_ms(sla, clock, table.created_ms, np.maximum(end_ms, table.created_ms))
    allowed_ms = target_ms(sla, sla.response, tickets.priority, tickets.segment, table.created_ms)
    judged = judge(used_ms, np.where(table.arrived, allowed_ms, NEVER), kept, given_up)
    return exclude(judged, table.merged)


def resolution_promises(
    sla: Sla, tickets: Tickets, rows: States, spans: Periods, paused: NDArray[np.bool_]
) -> Promises:
    """Judge the resolution of every SLA period (Q,).

    used = clock minutes from the period's start to its resolve, less those in ``paused`` (E,) states. A merged
    ticket is excluded: the one it was merged into keeps its own clock.
    """
    priority, segment = tickets.priority[spans.ticket], tickets.segment[spans.ticket]
    clock = sla.clock[priority, segment]
    used_ms = clock_ms(sla, clock, spans.start_ms, spans.end_ms) - paused_ms(clock, rows, spans, sla, paused)
    allowed_ms = target_ms(sla, sla.resolution, priority, segment, spans.start_ms)
    judged = judge(used_ms, allowed_ms, spans.resolved, spans.abandoned | spans.closed)
    return exclude(judged, spans.merged)


def pauses(sla: Sla, tickets: Tickets, rows: States) -> NDArray[np.bool_]:
    """Tell in which states (E,) the clocks stand still."""
    asked = rows.event == Event.ASKED
    found: NDArray[np.bool_] = asked & sla.pause_pending
    found |= (rows.event == Event.SENT_TO_FIX) & sla.pause_engineering
    found |= (rows.event == Event.REFERRED) & sla.pause_third_party
    if sla.pause_after_follow_ups >= 0:
        found |= asked & (_follow_ups_before(tickets)[rows.stage] >= sla.pause_after_follow_ups)
    return found


def _follow_ups_before(tickets: Tickets) -> NDArray[np.int64]:
    """Return how often the customer has been asked without an answer before each stage (R,)."""
    unanswered = np.cumsum(tickets.stage_next == Next.FOLLOW_UP)
    before = np.concatenate(([0], unanswered[:-1]))[: len(unanswered)]
    # A question that is the first of its kind follows a stage that was none.
    first = np.diff(before, prepend=-1) == 0
    since: NDArray[np.int64] = before - np.maximum.accumulate(np.where(first, before, 0))
    return since


def paused_ms(
    clock: NDArray[Any], rows: States, spans: Periods, sla: Sla, paused: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the clock time (Q,) of each SLA period, on its own ``clock`` (Q,), in its ``paused`` (E,) states."""
    at = np.flatnonzero(paused)
    period = spans.of_state[at]
    lost_ms = clock_ms(sla, clock[period], rows.start_ms[at], rows.end_ms[at])
    return np.bincount(period, weights=lost_ms, minlength=len(spans.ticket)).astype(np.int64)
