"""The ledger retold as tables: one row per state, touch segment, visit and ticket.

Everything here is a plain regrouping of ledger rows; no clock and no promise is
applied. Instants are int64 milliseconds since the plan's origin, `NEVER` where
something did not happen before the horizon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NO_STATES, RESOLVES, WORK_STARTS, Event, Ledger
from supportsim.plan.model import Plan
from supportsim.workload.model import Tickets

NEVER = -1
"""The instant of what did not happen, and the code of nobody, no team, no tier."""

Code = TypeVar("Code", bound=np.generic)

_CHANGES_STAGE = (
    Event.ESCALATED,
    Event.HANDED_BACK,
    Event.REPLIED,
    Event.FIXED,
    Event.REOPENED,
    Event.FOLLOW_UP_DUE,
    Event.ANSWERED,
    Event.UPDATE_DUE,
)
_BEGINS_VISIT = (Event.ARRIVED, Event.ESCALATED, Event.HANDED_BACK, Event.REOPENED, Event.MOVED_UP)
_ENDS_TOUCH = (
    Event.ESCALATED,
    Event.HANDED_BACK,
    Event.ASKED,
    Event.SENT_TO_FIX,
    Event.REFERRED,
    Event.PARKED,
    Event.RESOLVED,
)


@dataclass(frozen=True)
class States:
    """What happened to tickets, sorted by ticket and then time; each row's state lasts until the next.

    Args:
        ticket, event, place, agent: int (E,), as in the ledger; rows about agents only are left out.
        start_ms, end_ms: int64 (E,); the last state of a ticket ends at the horizon.
        stage: int64 (E,), the stage that the ticket is in, waits for or just ended, as an index into the workload's.
        tier: int8 (E,), its tier.
        first: bool (E,), the first row of its ticket.
        turned_away: bool (T,), the ticket found all lines taken and is gone; that has no row.
    """

    ticket: NDArray[np.int32]
    event: NDArray[np.int8]
    place: NDArray[np.int16]
    agent: NDArray[np.int32]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    stage: NDArray[np.int64]
    tier: NDArray[np.int8]
    first: NDArray[np.bool_]
    turned_away: NDArray[np.bool_]


@dataclass(frozen=True)
class Segments:
    """Stretches of time in which one agent had one ticket in hand, sorted by ticket and then time.

    Args:
        ticket, agent, team: int (W,).
        tier: int8 (W,), the tier of the stage worked on (a fallback team may belong to another).
        start_ms, end_ms: int64 (W,); work still in hand ends at the horizon.
    """

    ticket: NDArray[np.int32]
    agent: NDArray[np.int32]
    team: NDArray[np.int16]
    tier: NDArray[np.int8]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]


@dataclass(frozen=True)
class Visits:
    """Visits to tiers: each arrival, escalation (by outcome or by the clock), hand-back and reopen begins one.

    Args:
        ticket: int32 (V,).
        tier: int8 (V,), the tier visited.
        start_ms: int64 (V,), when the ticket joined the tier's queue.
        end_ms: int64 (V,), when somebody started; else when the customer gave up or the clock moved the ticket on; else
            the horizon.
        team: int16 (V,), the team that started, or `NEVER`.
    """

    ticket: NDArray[np.int32]
    tier: NDArray[np.int8]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    team: NDArray[np.int16]


@dataclass(frozen=True)
class Periods:
    """SLA periods: a ticket's life until it is first resolved, and each reopening until the next resolve.

    Args:
        ticket: int32 (Q,).
        start_ms: int64 (Q,), creation or reopening.
        end_ms: int64 (Q,), the resolve, the abandonment for good, the closing, the merging, or the horizon.
        resolved, abandoned, closed, merged: bool (Q,), how it ended; none of them where it is still open.
        tier: int8 (Q,), the tier that resolved it, or `NEVER`.
        team: int16 (Q,), the team that did, or `NEVER`.
        reopened: bool (Q,), not the ticket's first.
        of_state: int64 (E,), the period to which each row of the `States` belongs.
    """

    ticket: NDArray[np.int32]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    resolved: NDArray[np.bool_]
    abandoned: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    merged: NDArray[np.bool_]
    tier: NDArray[np.int8]
    team: NDArray[np.int16]
    reopened: NDArray[np.bool_]
    of_state: NDArray[np.int64]


@dataclass(frozen=True)
class TicketTable:
    """One row per ticket of the workload, in its order.

    Args:
        arrived: bool (T,), reached the floor before the horizon.
        created_ms: int64 (T,).
        first_start_ms: int64 (T,), first start of work.
        first_response_ms: int64 (T,), when the customer first heard from a person: the answer of a
            live contact; else ``first_reply_ms`` of working time into the first touch, suspensions left out.
        first_resolve_ms, last_resolve_ms: int64 (T,).
        abandoned_ms: int64 (T,), when the customer gave up for good.
        closed, merged: bool (T,), closed for want of an answer; found to be a second one on the same problem.
        linked: bool (T,), resolved with its incident.
        called_back: bool (T,), the customer took a call-back.
        resolved: bool (T,), resolved and not reopened before the horizon.
        first_abandon_ms: int64 (T,), when the customer first gave up, for good or not.
        touches, escalations, hand_backs, questions, reopens: int64 (T,), counts of events.
        touches_to_resolve, escalations_to_resolve: int64 (T,), those up to the first resolve, by the clock too.
        first_reopen_ms: int64 (T,).
        entry_tier, first_tier, resolve_tier: int8 (T,), of the first stage, the first start, the last resolve.
        first_resolve_tier: int8 (T,), of the first resolve.
        first_agent: int32 (T,), who started it first.
        first_team, response_team, resolve_team: int16 (T,), of the first start, response, last resolve.
    """

    arrived: NDArray[np.bool_]
    created_ms: NDArray[np.int64]
    first_start_ms: NDArray[np.int64]
    first_response_ms: NDArray[np.int64]
    first_resolve_ms: NDArray[np.int64]
    last_resolve_ms: NDArray[np.int64]
    abandoned_ms: NDArray[np.int64]
    closed: NDArray[np.bool_]
    merged: NDArray[np.bool_]
    linked: NDArray[np.bool_]
    called_back: NDArray[np.bool_]
    resolved: NDArray[np.bool_]
    first_abandon_ms: NDArray[np.int64]
    touches: NDArray[np.int64]
    escalations: NDArray[np.int64]
    hand_backs: NDArray[np.int64]
    questions: NDArray[np.int64]
    reopens: NDArray[np.int64]
    touches_to_resolve: NDArray[np.int64]
    escalations_to_resolve: NDArray[np.int64]
    first_reopen_ms: NDArray[np.int64]
    entry_tier: NDArray[np.int8]
    first_tier: NDArray[np.int8]
    resolve_tier: NDArray[np.int8]
    first_resolve_tier: NDArray[np.int8]
    first_agent: NDArray[np.int32]
    first_team: NDArray[np.int16]
    response_team: NDArray[np.int16]
    resolve_team: NDArray[np.int16]


def group_order(codes: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Return the stable order (n,) of ``codes`` (n,), which lie in 0..count-1.

    Sixteen bits at a time, because NumPy sorts those by radix, in linear time.
    """
    order = np.argsort((codes & 0xFFFF).astype(np.uint16), kind="stable")
    if count <= 1 << 16:
        return order
    return order[np.argsort((codes[order] >> 16).astype(np.uint16), kind="stable")]


def states(plan: Plan, tickets: Tickets, ledger: Ledger) -> States:
    """Sort the ledger's ticket rows by ticket; see `States`."""
    away = ledger.ticket[ledger.event == Event.TURNED_AWAY]
    rows = np.flatnonzero(~_is_any(ledger.event, (*NO_STATES, Event.TURNED_AWAY)))
    rows = rows[group_order(ledger.ticket[rows], len(tickets))]
    ticket, event, start_ms = ledger.ticket[rows], ledger.event[rows], ledger.time_ms[rows]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = ticket[1:] != ticket[:-1]
    end_ms = np.full(len(rows), plan.horizon_ms, dtype=np.int64)
    end_ms[:-1] = np.where(first[1:], plan.horizon_ms, start_ms[1:])
    changes = np.cumsum(_is_any(event, _CHANGES_STAGE))
    before_ticket = changes[first][np.cumsum(first) - 1]
    stage = tickets.stage_offset[ticket] + changes - before_ticket
    if tickets.linked_stage is not None:
        # Once linked, a ticket stays in the only stage that it has then.
        links = event == Event.LINKED
        linked = np.cumsum(links)
        linked = linked > (linked - links)[first][np.cumsum(first) - 1]
        stage = np.where(linked, tickets.linked_stage[ticket], stage)
    place, agent = ledger.place[rows], ledger.agent[rows]
    if tickets.moved_stage is not None:
        stage = _after_moves(plan, tickets, ticket, place, event == Event.MOVED_UP, stage)
    turned_away = np.zeros(len(tickets), dtype=np.bool_)
    turned_away[away] = True
    return States(ticket, event, place, agent, start_ms, end_ms, stage, tickets.stage_tier[stage], first, turned_away)


def _after_moves(
    plan: Plan,
    tickets: Tickets,
    ticket: NDArray[np.int32],
    queue: NDArray[np.int16],
    moved: NDArray[np.bool_],
    stage: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the stage (E,) of each row, given what it were if no ticket had ever been moved up by its clock."""
    assert tickets.moved_stage is not None
    at = np.flatnonzero(moved)
    of, goes_on_with = ticket[at], np.full(len(at), NEVER, dtype=np.int64)
    # A queue belongs to one tier.
    for tier in range(len(plan.queue_of)):
        its_queues = (plan.queue_of[tier, tickets.skill[of], by[of]] for by in (tickets.channel, tickets.retry_channel))
        is_there = np.any([its_queue == queue[at] for its_queue in its_queues], axis=0)
        goes_on_with = np.where(is_there & (goes_on_with == NEVER), tickets.moved_stage[of, tier], goes_on_with)
    last = np.searchsorted(at, np.arange(len(ticket)), side="right") - 1
    since = np.append(at, 0)[last]
    has_moved = (last >= 0) & (ticket[since] == ticket)
    return np.where(has_moved, np.append(goes_on_with, 0)[last] + stage - stage[since], stage)


def segments(rows: States) -> Segments:
    """Pick the stretches of work; see `Segments`."""
    work = np.flatnonzero(_is_any(rows.event, WORK_STARTS))
    return Segments(
        rows.ticket[work],
        rows.agent[work],
        rows.place[work],
        rows.tier[work],
        rows.start_ms[work],
        rows.end_ms[work],
    )


def visits(rows: States) -> Visits:
    """Tell the wait of every visit to a tier; see `Visits`."""
    begins = _is_any(rows.event, _BEGINS_VISIT)
    visit = number_visits(rows)
    begin = np.flatnonzero(begins)
    end_ms = rows.end_ms[_ends(begin, len(begins))]
    team = np.full(len(begin), NEVER, dtype=np.int16)
    gave_up = np.flatnonzero((rows.event == Event.ABANDONED) & _is_last(rows))
    end_ms[visit[gave_up]] = rows.start_ms[gave_up]
    started = _first_per_group(visit, rows.event == Event.STARTED)
    end_ms[visit[started]] = rows.start_ms[started]
    team[visit[started]] = rows.place[started]
    return Visits(rows.ticket[begin], rows.tier[begin], rows.start_ms[begin], end_ms, team)


def number_visits(rows: States) -> NDArray[np.int64]:
    """Return the visit to which each state (E,) belongs."""
    return np.cumsum(_is_any(rows.event, _BEGINS_VISIT)) - 1


def periods(rows: States, table: TicketTable) -> Periods:
    """Cut every ticket's life at its resolves; see `Periods`."""
    begins = rows.first | (rows.event == Event.REOPENED)
    period = np.cumsum(begins) - 1
    begin = np.flatnonzero(begins)
    last = _ends(begin, len(begins))
    ticket = rows.ticket[begin]
    resolved = _is_any(rows.event, RESOLVES)[last]
    abandoned = (table.abandoned_ms[ticket] != NEVER) & (rows.event[last] == Event.ABANDONED)
    closed, merged = rows.event[last] == Event.CLOSED, rows.event[last] == Event.MERGED
    end_ms = np.where(resolved | abandoned | closed | merged, rows.start_ms[last], rows.end_ms[last])
    return Periods(
        ticket=ticket,
        start_ms=rows.start_ms[begin],
        end_ms=end_ms,
        resolved=resolved,
        abandoned=abandoned,
        closed=closed,
        merged=merged,
        tier=np.where(resolved, rows.tier[last], np.int8(NEVER)),
        team=np.where(resolved, rows.place[last], np.int16(NEVER)),
        reopened=~rows.first[begin],
        of_state=period,
    )


def ticket_table(tickets: Tickets, rows: States, work: Segments) -> TicketTable:
    """Summarise every ticket; see `TicketTable`."""
    count = len(tickets)
    ticket = rows.ticket.astype(np.int64)
    last = np.flatnonzero(_is_last(rows))
    arrived = np.zeros(count, dtype=np.bool_)
    arrived[ticket[last]] = True

    def times(event: Event, upto: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        hit = rows.event == event if upto is None else (rows.event == event) & upto
        return np.bincount(ticket[hit], minlength=count)

    resolves = _is_any(rows.event, RESOLVES)
    first_resolve, last_resolve = _first_per_group(ticket, resolves), _last_per_group(ticket, resolves)
    first_resolve_ms = _scatter(count, ticket[first_resolve], rows.start_ms[first_resolve])
    never_later_ms = np.where(first_resolve_ms == NEVER, np.iinfo(np.int64).max, first_resolve_ms)
    before_resolve = rows.start_ms <= never_later_ms[ticket]
    started = _first_per_group(ticket, rows.event == Event.STARTED)
    reopened = _first_per_group(ticket, rows.event == Event.REOPENED)
    gave_up = _first_per_group(ticket, rows.event == Event.ABANDONED)
    for_good = last[_for_good(tickets, rows, last)]
    response_ms, response_team = _first_response(tickets, work, _ends_touch(rows))
    return TicketTable(
        arrived=arrived,
        created_ms=tickets.created_ms,
        first_start_ms=_scatter(count, ticket[started], rows.start_ms[started]),
        first_response_ms=response_ms,
        first_resolve_ms=first_resolve_ms,
        last_resolve_ms=_scatter(count, ticket[last_resolve], rows.start_ms[last_resolve]),
        abandoned_ms=_scatter(count, ticket[for_good], rows.start_ms[for_good]),
        closed=times(Event.CLOSED) > 0,
        merged=times(Event.MERGED) > 0,
        linked=times(Event.ENDED) > 0,
        called_back=times(Event.CALL_BACK) > 0,
        resolved=_scatter(count, ticket[last], resolves[last]) == 1,
        first_abandon_ms=_scatter(count, ticket[gave_up], rows.start_ms[gave_up]),
        touches=times(Event.STARTED),
        escalations=times(Event.ESCALATED),
        hand_backs=times(Event.HANDED_BACK),
        questions=times(Event.ASKED),
        reopens=times(Event.REOPENED),
        touches_to_resolve=times(Event.STARTED, before_resolve),
        escalations_to_resolve=times(Event.ESCALATED, before_resolve) + times(Event.MOVED_UP, before_resolve),
        first_reopen_ms=_scatter(count, ticket[reopened], rows.start_ms[reopened]),
        entry_tier=tickets.stage_tier[tickets.stage_offset[:-1]],
        first_tier=_scatter(count, ticket[started], rows.tier[started]),
        resolve_tier=_scatter(count, ticket[last_resolve], rows.tier[last_resolve]),
        first_resolve_tier=_scatter(count, ticket[first_resolve], rows.tier[first_resolve]),
        first_agent=_scatter(count, ticket[started], rows.agent[started]),
        first_team=_scatter(count, ticket[started], rows.place[started]),
        response_team=response_team,
        resolve_team=_scatter(count, ticket[last_resolve], rows.place[last_resolve]),
    )


def _ends_touch(rows: States) -> NDArray[np.bool_]:
    """Tell for each stretch of work (W,) whether the touch was over at its end."""
    following = np.append(rows.event[1:], np.zeros(min(1, len(rows.event)), dtype=np.int8))
    over = _is_any(following, _ENDS_TOUCH) & ~_is_last(rows)
    return over[_is_any(rows.event, WORK_STARTS)]


def _first_response(
    tickets: Tickets, work: Segments, ends_touch: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Return instant and team (T,) of the first response.

    The first reply lies r = ``first_reply_ms`` of working time into the ticket's first touch: in its first
    segment whose cumulated work reaches r, at the segment's end less what exceeds r. Who works fast may be done with
    the touch before: then it is at the touch's end.
    """
    count = len(tickets)
    worked_ms = np.cumsum(work.end_ms - work.start_ms)
    first = np.ones(len(work.ticket), dtype=np.bool_)
    first[1:] = work.ticket[1:] != work.ticket[:-1]
    before_ms = worked_ms[first] - (work.end_ms - work.start_ms)[first]
    beyond_ms = worked_ms - before_ms[np.cumsum(first) - 1] - tickets.first_reply_ms[work.ticket]
    reached = _first_per_group(work.ticket, (beyond_ms >= 0) | ends_touch)
    ticket = work.ticket[reached]
    instant_ms = _scatter(count, ticket, work.end_ms[reached] - np.maximum(beyond_ms[reached], 0))
    return instant_ms, _scatter(count, ticket, work.team[reached])


def _for_good(tickets: Tickets, rows: States, last: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell for each ticket's last row whether the customer gave up and will not try again."""
    gave_up = rows.event[last] == Event.ABANDONED
    ticket = rows.ticket[last]
    attempts = np.bincount(rows.ticket[rows.event == Event.ABANDONED], minlength=len(tickets))[ticket]
    attempt = tickets.attempt_offset[ticket] + attempts - 1
    for_good = np.zeros(len(last), dtype=np.bool_)
    for_good[gave_up] = tickets.attempt_retry_ms[attempt[gave_up]] < 0
    # Who tries again and finds all lines taken is gone.
    for_good |= gave_up & rows.turned_away[ticket]
    return for_good


_WAITS_ON = (Event.WIDENED, Event.CALL_BACK, Event.LINKED, Event.ASSIGNED, Event.LET_GO)


def begin_of_wait(event: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return by state (E,) the place of the one that began the wait in whose middle it is, else its own."""
    begins = np.where(_is_any(event, _WAITS_ON), 0, np.arange(len(event)))
    place: NDArray[np.int64] = np.maximum.accumulate(begins)
    return place


def _is_any(event: NDArray[np.int8], events: tuple[Event, ...]) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=np.bool_)
    table[list(events)] = True
    return table[event]


def _ends(begin: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Return the last row of each stretch, of which each ends where the next one begins."""
    return np.append(begin[1:], np.full(min(1, len(begin)), rows)) - 1


def _is_last(rows: States) -> NDArray[np.bool_]:
    return np.append(rows.first[1:], np.ones(min(1, len(rows.first)), dtype=np.bool_))


def _first_per_group(group: NDArray[Any], hit: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the place of the first hit of each group that has one; ``group`` (n,) is sorted."""
    at = np.flatnonzero(hit)
    keep = np.ones(len(at), dtype=np.bool_)
    keep[1:] = group[at[1:]] != group[at[:-1]]
    return at[keep]


def _last_per_group(group: NDArray[Any], hit: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the place of the last hit of each group that has one; ``group`` (n,) is sorted."""
    at = np.flatnonzero(hit)
    keep = np.ones(len(at), dtype=np.bool_)
    keep[:-1] = group[at[1:]] != group[at[:-1]]
    return at[keep]


def _scatter(count: int, where: NDArray[Any], what: NDArray[Code]) -> NDArray[Code]:
    """Return ``count`` values: ``what`` at ``where``, `NEVER` elsewhere."""
    values = np.full(count, NEVER, dtype=what.dtype)
    values[where] = what
    return values
