"""When promises break: the instant at which a clock first shows more than was allowed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.measures.sla import Outcome, clock_ms
from supportsim.measures.story import Story
from supportsim.measures.tables import NEVER
from supportsim.plan.model import Sla


def responses_break_ms(story: Story) -> NDArray[np.int64]:
    """Return the instant (T,) at which each ticket's response promise breaks, `NEVER` where it does not."""
    of = story.workload.tickets
    found = np.full(len(of), NEVER, dtype=np.int64)
    broken = np.flatnonzero(story.response.outcome == Outcome.BREACHED)
    clock = story.plan.sla.clock[of.priority[broken], of.segment[broken]]
    found[broken] = _passes(story.plan.sla, clock, story.table.created_ms[broken], story.response.target_ms[broken] + 1)
    return found


def resolutions_break_ms(story: Story) -> NDArray[np.int64]:
    """Return the instant (Q,) at which each SLA period's resolution promise breaks, `NEVER` where it does not."""
    sla, of, rows, periods = story.plan.sla, story.workload.tickets, story.rows, story.periods
    clock = sla.clock[of.priority[rows.ticket], of.segment[rows.ticket]]
    runs_ms = np.where(story.paused, 0, clock_ms(sla, clock, rows.start_ms, rows.end_ms))
    after_ms = np.cumsum(runs_ms)
    first = np.searchsorted(periods.of_state, np.arange(len(periods.ticket)))
    used_ms = after_ms - (after_ms - runs_ms)[first][periods.of_state]
    over = (used_ms > story.resolution.target_ms[periods.of_state]) & (
        story.resolution.outcome[periods.of_state] == Outcome.BREACHED
    )
    at = np.flatnonzero(over)
    at = at[np.diff(periods.of_state[at], prepend=-1) != 0]
    found = np.full(len(periods.ticket), NEVER, dtype=np.int64)
    left_ms = story.resolution.target_ms[periods.of_state[at]] + 1 - (used_ms - runs_ms)[at]
    found[periods.of_state[at]] = _passes(sla, clock[at], rows.start_ms[at], left_ms)
    return found


def _passes(
    sla: Sla, clock: NDArray[np.int32], start_ms: NDArray[np.int64], open_ms: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the first instants (n,) at which so much clock time has passed since others (n,)."""
    found = np.zeros(len(clock), dtype=np.int64)
    for index, calendar in enumerate(sla.clocks):
        here = clock == index
        found[here] = calendar.after(start_ms[here], open_ms[here])
    return found
