"""The promise to keep customers posted: how long they went without a word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import ENDS, RESOLVES, Event
from supportsim.measures.sla import Outcome, clock_ms
from supportsim.measures.story import Story
from supportsim.measures.tables import NEVER
from supportsim.plan.due import target_ms

WORDS = (
    Event.ESCALATED,
    Event.HANDED_BACK,
    Event.ASKED,
    Event.SENT_TO_FIX,
    Event.REFERRED,
    Event.PARKED,
    *RESOLVES,
)
"""Ends of touches, at which the customer hears something."""


@dataclass(frozen=True)
class Silences:
    """Stretches in which a customer heard nothing, sorted by ticket and then time.

    A silence lasts from the first response, or the last word, or a reopening, to the next word, the
    closing or the horizon.

    Args:
        ticket: int32 (n,).
        since_ms, until_ms: int64 (n,).
        silent_ms: int64 (n,), clock time less pauses in which the customer owes an answer.
        allowed_ms: int64 (n,), what is promised from the silence's beginning on, or `NEVER`.
    """

    ticket: NDArray[np.int32]
    since_ms: NDArray[np.int64]
    until_ms: NDArray[np.int64]
    silent_ms: NDArray[np.int64]
    allowed_ms: NDArray[np.int64]


def silences(story: Story) -> Silences:
    """Return all silences; see `Silences`. The scenario promises updates."""
    tickets, rows, table, sla = story.workload.tickets, story.rows, story.table, story.plan.sla
    assert sla.updates is not None
    ends = np.isin(rows.event, (*WORDS, *ENDS))
    begins = np.isin(rows.event, (*WORDS, Event.REOPENED)) & ~np.isin(rows.event, ENDS)
    answered = table.first_response_ms != NEVER
    # A ticket's first silence begins in the middle of a touch, in which no clock is paused.
    first_row = np.searchsorted(rows.ticket, np.flatnonzero(answered))
    since_row = np.concatenate([first_row, np.flatnonzero(begins)])
    since_ms = np.concatenate([table.first_response_ms[answered], rows.start_ms[begins]])
    order = np.lexsort((since_row, since_ms, rows.ticket[since_row]))
    since_row, since_ms = since_row[order], since_ms[order]
    ticket = rows.ticket[since_row]
    clock = sla.clock[tickets.priority[ticket], tickets.segment[ticket]]
    until_row, until_ms = _next_word(story, ends, ticket, since_row, since_ms)
    paused_ms = np.zeros(len(rows.event), dtype=np.int64)
    # Engineering's time is no excuse for silence; only the customer's own is.
    at = np.flatnonzero(story.paused & (rows.event == Event.ASKED))
    of = rows.ticket[at]
    row_clock = sla.clock[tickets.priority[of], tickets.segment[of]]
    paused_ms[at] = clock_ms(sla, row_clock, rows.start_ms[at], rows.end_ms[at])
    before_ms = np.concatenate(([0], np.cumsum(paused_ms)))
    silent_ms = clock_ms(sla, clock, since_ms, until_ms) - (before_ms[until_row] - before_ms[since_row])
    allowed_ms = target_ms(sla, sla.updates, tickets.priority[ticket], tickets.segment[ticket], since_ms)
    return Silences(ticket, since_ms, until_ms, silent_ms, allowed_ms)


def update_outcomes(story: Story) -> NDArray[np.int8]:
    """Return what came of each ticket's promise of updates, `sla.Outcome` (T,).

    The promise is kept if no silence of the ticket is longer than promised from its beginning on; tickets still open
    at the horizon that kept it so far are undecided, merged ones excluded.
    """
    table, count = story.table, len(story.workload.tickets)
    outcome = np.full(count, Outcome.NONE, dtype=np.int8)
    if story.plan.sla.updates is None:
        return outcome
    found = silences(story)
    broken = np.zeros(count, dtype=np.bool_)
    broken[found.ticket[found.silent_ms > found.allowed_ms]] = True
    promised = table.first_response_ms != NEVER
    promised[found.ticket[found.allowed_ms == NEVER]] = False
    over = table.resolved | table.closed | (table.abandoned_ms != NEVER)
    outcome[promised] = np.where(broken, Outcome.BREACHED, np.where(over, Outcome.MET, Outcome.UNDECIDED))[promised]
    outcome[promised & table.merged] = Outcome.EXCLUDED
    return outcome


def _next_word(
    story: Story,
    ends: NDArray[np.bool_],
    ticket: NDArray[np.int32],
    since_row: NDArray[np.int64],
    since_ms: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the row (n,) that ends each silence, or the one after the ticket's last, and its instant (n,)."""
    rows = story.rows
    end_rows = np.flatnonzero(ends)
    after_ticket = np.searchsorted(rows.ticket, ticket, side="right")
    following = np.searchsorted(end_rows, since_row, side="right")
    until_row = np.minimum(np.append(end_rows, len(rows.ticket))[following], after_ticket)
    inside = until_row < after_ticket
    until_ms = np.where(inside, rows.start_ms[np.where(inside, until_row, 0)], story.plan.horizon_ms)
    return until_row, np.maximum(until_ms, since_ms)
