"""The SLA clocks of one ticket: when each runs, why it stops, and when its promise breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event
from supportsim.measures.sla import Outcome, Promises
from supportsim.measures.story import Story
from supportsim.measures.tables import NEVER

CLOSED = "outside SLA hours"
_PAUSES = {
    Event.ASKED: "the customer owes an answer",
    Event.SENT_TO_FIX: "engineering works on a fix",
    Event.REFERRED: "a third party owes an answer",
}


@dataclass(frozen=True)
class TicketClock:
    """The clock of one promise to one ticket.

    Args:
        kind: ``response`` or ``resolution``.
        begin_ms, end_ms: int, from creation or reopening until the promised thing happened, the customer gave up or
            the horizon came.
        allowed_ms: int, clock time promised.
        outcome: what came of it.
        happened: whether the promised thing did, in time or not.
        runs_ms, stops_ms: int64 (n,), stretches in which it runs, in order.
        reasons: n, why it stops; empty at ``end_ms``.
    """

    kind: str
    begin_ms: int
    end_ms: int
    allowed_ms: int
    outcome: Outcome
    happened: bool
    runs_ms: NDArray[np.int64]
    stops_ms: NDArray[np.int64]
    reasons: tuple[str, ...]

    def used_ms(self, at_ms: int) -> int:
        """Return the clock time used up to an instant."""
        return int(np.clip(at_ms - self.runs_ms, 0, self.stops_ms - self.runs_ms).sum())

    def passes_ms(self, used_ms: int) -> int:
        """Return the first instant at which more than so much has been used, or `NEVER`."""
        before_ms = np.concatenate(([0], np.cumsum(self.stops_ms - self.runs_ms)))
        if used_ms >= before_ms[-1]:
            return NEVER
        at = int(np.searchsorted(before_ms, used_ms, side="right")) - 1
        return int(self.runs_ms[at]) + used_ms - int(before_ms[at]) + 1


def clocks_of(story: Story, ticket: int) -> list[TicketClock]:
    """Return the clocks of the promises to a ticket: response, resolution, and the resolution of each reopening."""
    periods = story.periods
    answered = int(story.table.first_response_ms[ticket]) != NEVER
    found = [_clock(story, "response", story.response, ticket, ticket, _response_span(story, ticket), answered, {})]
    for period in np.flatnonzero(periods.ticket == ticket).tolist():
        span = int(periods.start_ms[period]), int(periods.end_ms[period])
        pauses = dict(_pauses(story, np.flatnonzero(periods.of_state == period)))
        resolved = bool(periods.resolved[period])
        found.append(_clock(story, "resolution", story.resolution, period, ticket, span, resolved, pauses))
    return [clock for clock in found if clock.outcome is not Outcome.NONE]


def _response_span(story: Story, ticket: int) -> tuple[int, int]:
    table = story.table
    ends = (int(column[ticket]) for column in (table.first_response_ms, table.abandoned_ms))
    return int(table.created_ms[ticket]), next((end for end in ends if end != NEVER), story.plan.horizon_ms)


_Pauses = dict[int, tuple[int, str]]
"""The end of each pause and its reason, by its start."""


def _clock(
    story: Story,
    kind: str,
    promises: Promises,
    row: int,
    ticket: int,
    span_ms: tuple[int, int],
    happened: bool,
    pauses: _Pauses,
) -> TicketClock:
    begin_ms, end_ms = span_ms
    stretches = list(_stretches(story, ticket, begin_ms, end_ms, pauses))
    return TicketClock(
        kind,
        begin_ms,
        end_ms,
        int(promises.target_ms[row]),
        Outcome(promises.outcome[row]),
        happened,
        np.array([start for start, _ in stretches], dtype=np.int64),
        np.array([stop for _, stop in stretches], dtype=np.int64),
        tuple("" if stop == end_ms else pauses[stop][1] if stop in pauses else CLOSED for _, stop in stretches),
    )


def _pauses(story: Story, states: NDArray[np.int64]) -> Iterator[tuple[int, tuple[int, str]]]:
    """Yield (start, (end, why)) of the pauses among some states."""
    for row in states[story.paused[states]].tolist():
        why = _PAUSES[Event(story.rows.event[row])]
        yield int(story.rows.start_ms[row]), (int(story.rows.end_ms[row]), why)


def _stretches(story: Story, ticket: int, begin_ms: int, end_ms: int, pauses: _Pauses) -> Iterator[tuple[int, int]]:
    """Yield when the clock runs: in the hours of its calendar, and not in a pause."""
    of, sla = story.workload.tickets, story.plan.sla
    if not sla.clocks:
        return
    calendar = sla.clocks[int(sla.clock[of.priority[ticket], of.segment[ticket]])]
    starts = [begin_ms, *(end for end, _ in pauses.values())]
    stops = [*pauses, end_ms]
    for start_ms, stop_ms in zip(starts, stops, strict=True):
        first, last = (
            np.searchsorted(calendar.close_ms, start_ms, side="right"),
            np.searchsorted(calendar.open_ms, stop_ms),
        )
        for opens_ms, closes_ms in zip(calendar.open_ms[first:last], calendar.close_ms[first:last], strict=True):
            a, b = max(start_ms, int(opens_ms)), min(stop_ms, int(closes_ms))
            if a < b:
                yield a, b
