"""Open tickets over time: how many, how old, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import ENDS, Event
from supportsim.measures.groups import Grouping, Statistics, plain, ratios
from supportsim.measures.intervals import present_at
from supportsim.measures.story import Story
from supportsim.plan.model import TIERS
from supportsim.scenario.units import HOUR_MS, MINUTE_MS


@dataclass(frozen=True)
class OpenStates:
    """Stretches of time in which a ticket was open in one state, and the marks at which they are counted.

    A ticket that was resolved, or whose customer is away after giving up, is not open.

    Args:
        ticket: int (n,).
        tier: int8 (n,), where it is.
        actionable: bool (n,), the support team could do something: no customer, engineer or third party owes it.
        start_ms, end_ms: int64 (n,), since the start of the window, not before it.
        marks: number of whole hours of the window; the first is its start.
    """

    ticket: NDArray[np.int32]
    tier: NDArray[np.int8]
    actionable: NDArray[np.bool_]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    marks: int

    def at_marks(
        self, group: NDArray[Any], groups: int, weights: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Return the number, or summed ``weights`` (n,), of each group's open tickets (groups, marks)."""
        return present_at(group, groups, self.start_ms, self.end_ms, HOUR_MS, self.marks, weights)


def open_states(story: Story) -> OpenStates:
    """Pick what is open at some mark of the window; see `OpenStates`."""
    rows, (start_ms, end_ms) = story.rows, story.plan.window_ms
    closed = np.isin(rows.event, ENDS)
    mark_of_start, mark_of_end = -(-(rows.start_ms - start_ms) // HOUR_MS), -(-(rows.end_ms - start_ms) // HOUR_MS)
    # Most states are so short that no mark falls into them.
    at = np.flatnonzero(~closed & (mark_of_end > mark_of_start) & (rows.end_ms > start_ms) & (rows.start_ms < end_ms))
    event = rows.event[at]
    return OpenStates(
        ticket=rows.ticket[at],
        tier=rows.tier[at],
        actionable=~np.isin(event, (Event.ASKED, Event.SENT_TO_FIX, Event.REFERRED, Event.PARKED)),
        start_ms=np.maximum(rows.start_ms[at] - start_ms, 0),
        end_ms=rows.end_ms[at] - start_ms,
        marks=-(-(end_ms - start_ms) // HOUR_MS),
    )


def backlog_statistics(story: Story, states: OpenStates, cut: Grouping) -> list[Statistics]:
    """Return mean and maximum over the marks of the number of open tickets in each slice."""
    tickets = story.workload.tickets
    group = np.zeros(len(states.ticket), dtype=np.int64)
    if cut.dimensions == ("tier",):
        group = states.tier.astype(np.int64)
    elif cut.dimensions:
        group = getattr(tickets, cut.dimensions[0])[states.ticket].astype(np.int64)
    count = states.at_marks(group, len(cut))
    return [plain(count.mean(axis=1)), plain(count.max(axis=1))]


def backlog_age(story: Story, states: OpenStates, cut: Grouping) -> Statistics:
    """Return the age of the open tickets in each slice in minutes, mean over tickets and marks."""
    group = states.tier if cut.dimensions else np.zeros(len(states.tier), dtype=np.int8)
    count = states.at_marks(group, len(cut))
    created = (story.table.created_ms[states.ticket] - story.plan.window_ms[0]) / MINUTE_MS
    created_sum = states.at_marks(group, len(cut), created).sum(axis=1)
    mark_minutes = np.arange(states.marks) * (HOUR_MS / MINUTE_MS)
    return ratios(count @ mark_minutes - created_sum, count.sum(axis=1))


def backlog_by_tier(states: OpenStates) -> NDArray[np.int32]:
    """Return open tickets (2, 3, marks): all of them, and the actionable ones, by tier."""
    everything = states.at_marks(states.tier, len(TIERS))
    waits_for_others = states.at_marks(states.tier, len(TIERS), (~states.actionable).astype(np.float64))
    return np.stack([everything, everything - waits_for_others]).astype(np.int32)
