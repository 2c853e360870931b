"""What happened in each quarter of an hour of the window, as sums that add up over hours and replications.

All of them are whole numbers (counts and milliseconds), so that their sum does not
depend on the order of adding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.measures.intervals import Intervals, covered_ms
from supportsim.measures.people import PeopleTime
from supportsim.measures.sla import Outcome
from supportsim.measures.story import Story
from supportsim.measures.tables import NEVER
from supportsim.plan.model import Plan
from supportsim.scenario.units import MINUTE_MS
from supportsim.workload.model import ContactOutcome

STEP_MS = 15 * MINUTE_MS

DEMAND_SERIES = (
    "contacts",
    "deflected",
    "tickets",
    "wait_ms",
    "response_met",
    "response_judged",
    "resolution_met",
    "resolution_judged",
    "live_answered_within",
    "live_offered",
)
"""By the quarter in which the contact arrived or the ticket was created."""

TEAM_SERIES = (
    "started",
    "wait_of_started_ms",
    "paid_ms",
    "on_shift_ms",
    "available_ms",
    "handling_ms",
    "handling_available_ms",
)
"""By team, and by the quarter in which it was so; waits by that in which the visit began."""


def bins(plan: Plan) -> int:
    """Return how many quarters the window has."""
    start_ms, end_ms = plan.window_ms
    return -(-(end_ms - start_ms) // STEP_MS)


def demand_series(story: Story, offered: NDArray[np.bool_], answered_within: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return `DEMAND_SERIES` by quarter (10, bins).

    Args:
        story: what happened.
        offered: bool (T,), the base of the service level.
        answered_within: bool (T,), those started in time, live or not.
    """
    plan, table, contacts, periods = story.plan, story.table, story.workload.contacts, story.periods
    start_ms, _ = plan.window_ms
    count = bins(plan)

    def per_bin(instant_ms: NDArray[np.int64], weights: NDArray[Any] | None = None) -> NDArray[np.int64]:
        return np.bincount((instant_ms - start_ms) // STEP_MS, weights=weights, minlength=count).astype(np.int64)

    arrived = story.in_window(contacts.arrived_ms)
    deflected = arrived & (contacts.outcome == ContactOutcome.DEFLECTED)
    chosen = np.flatnonzero(story.counted & table.arrived)
    created_ms = table.created_ms[chosen]
    ended_ms = np.where(table.abandoned_ms != NEVER, table.abandoned_ms, plan.horizon_ms)
    wait_end_ms = np.where(table.first_start_ms != NEVER, table.first_start_ms, ended_ms)[chosen]
    response = story.response.outcome[chosen]
    first = np.flatnonzero(~periods.reopened & story.counted[periods.ticket])
    resolution, begun_ms = story.resolution.outcome[first], periods.start_ms[first]
    return np.stack(
        [
            per_bin(contacts.arrived_ms[arrived]),
            per_bin(contacts.arrived_ms[deflected]),
            per_bin(created_ms),
            per_bin(created_ms, wait_end_ms - created_ms),
            per_bin(created_ms[response == Outcome.MET]),
            per_bin(created_ms[(response == Outcome.MET) | (response == Outcome.BREACHED)]),
            per_bin(begun_ms[resolution == Outcome.MET]),
            per_bin(begun_ms[(resolution == Outcome.MET) | (resolution == Outcome.BREACHED)]),
            per_bin(created_ms[(offered & answered_within)[chosen]]),
            per_bin(created_ms[offered[chosen]]),
        ]
    )


def team_series(story: Story, time: PeopleTime) -> NDArray[np.int64]:
    """Return `TEAM_SERIES` by team and quarter (teams, 7, bins)."""
    plan, visits = story.plan, story.visits
    window_start_ms, _ = plan.window_ms
    teams, count = len(plan.teams), bins(plan)

    def cover(stretches: Intervals) -> NDArray[np.int64]:
        clipped = stretches.clip(*plan.window_ms)
        start_ms, end_ms = clipped.start_ms - window_start_ms, clipped.end_ms - window_start_ms
        return covered_ms(plan.people.team[clipped.person], teams, start_ms, end_ms, STEP_MS, count).astype(np.int64)

    began = np.flatnonzero((visits.team != NEVER) & story.in_window(visits.start_ms))
    start_ms = visits.start_ms[began]
    cell = visits.team[began].astype(np.int64) * count + (start_ms - window_start_ms) // STEP_MS
    started = np.bincount(cell, minlength=teams * count).reshape(teams, count)
    waits = np.bincount(cell, weights=visits.end_ms[began] - start_ms, minlength=teams * count).reshape(teams, count)
    return np.stack(
        [
            started,
            waits.astype(np.int64),
            cover(time.rostered),
            cover(time.present)
            + cover(time.handling)
            - cover(time.handling_rostered)
            + cover(time.planned_overtime)
            - cover(time.handling_planned),
            cover(time.available),
            cover(time.handling),
            cover(time.handling_available),
        ],
        axis=1,
    )
