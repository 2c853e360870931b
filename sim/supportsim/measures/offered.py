"""What the customers of one replication ask of each team before anybody works: a spreadsheet's volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan
from supportsim.scenario.calendars import local_time
from supportsim.scenario.units import HOUR_MS
from supportsim.workload.model import Tickets

HOURS = 24 * 7


@dataclass(frozen=True)
class Offered:
    """Touches that tickets of the window need, by the team that is first in line for them.

    A touch counts in the hour of the week in which its ticket was created, as in a spreadsheet, where
    escalations are a share of the same hour's volume. Where several teams are first, each gets a like part.

    Args:
        touches: float (teams, 168), Monday first.
        work_ms: float (teams, 168), their handle time.
        square_ms2: float (teams,), the sum of squared handle times.
        live: float (teams,), touches of live contacts at their first stage.
        patience_ms: float (teams,), the sum of the patience of those who have some.
        impatient: float (teams,), how many have.
    """

    touches: NDArray[np.float64]
    work_ms: NDArray[np.float64]
    square_ms2: NDArray[np.float64]
    live: NDArray[np.float64]
    patience_ms: NDArray[np.float64]
    impatient: NDArray[np.float64]

    def __add__(self, other: Offered) -> Offered:
        """Return the sum over both."""
        return Offered(
            self.touches + other.touches,
            self.work_ms + other.work_ms,
            self.square_ms2 + other.square_ms2,
            self.live + other.live,
            self.patience_ms + other.patience_ms,
            self.impatient + other.impatient,
        )


def hour_of_week(plan: Plan, at_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the hour of the week, 0..167, on the wall clock of the period's time zone."""
    wall = local_time(plan.timezone, plan.origin, 0, plan.horizon_ms)
    hour: NDArray[np.int64] = 24 * wall.weekday(at_ms) + wall.time_of_day_ms(at_ms) // HOUR_MS
    return hour


def offered(plan: Plan, tickets: Tickets) -> Offered:
    """Count the touches that tickets created in the window need."""
    start_ms, end_ms = plan.window_ms
    ticket = np.repeat(np.arange(len(tickets)), np.diff(tickets.stage_offset))
    inside = (tickets.created_ms >= start_ms) & (tickets.created_ms < end_ms)
    row = np.flatnonzero(inside[ticket] & ~_only_if_moved(tickets))
    ticket = ticket[row]
    queue = plan.queue_of[tickets.stage_tier[row], tickets.skill[ticket], tickets.channel[ticket]]
    hour = hour_of_week(plan, tickets.created_ms[ticket])
    work_ms = tickets.stage_work_ms[row].astype(np.float64)
    first = row == tickets.stage_offset[ticket]
    live = first & tickets.live[ticket]
    has_patience = live & (np.diff(tickets.attempt_offset)[ticket] > 0)
    patience_ms = np.zeros(len(row))
    patience_ms[has_patience] = tickets.attempt_patience_ms[tickets.attempt_offset[ticket[has_patience]]]
    parts = _parts(plan)

    def by_team(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(queue, weights, len(plan.queues)).astype(np.float64) @ parts

    def by_hour(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        cells = np.bincount(queue * HOURS + hour, weights, len(plan.queues) * HOURS).reshape(-1, HOURS)
        return (parts.T @ cells).astype(np.float64)

    return Offered(
        touches=by_hour(np.ones(len(row))),
        work_ms=by_hour(work_ms),
        square_ms2=by_team(work_ms**2),
        live=by_team(live.astype(np.float64)),
        patience_ms=by_team(patience_ms),
        impatient=by_team(has_patience.astype(np.float64)),
    )


def _only_if_moved(tickets: Tickets) -> NDArray[np.bool_]:
    """Tell which stages (R,) a ticket comes to only if its clock moves it up."""
    stage = np.arange(len(tickets.stage_tier))
    if tickets.moved_stage is None:
        return np.zeros(len(stage), dtype=np.bool_)
    first = np.where(tickets.moved_stage >= 0, tickets.moved_stage, len(stage)).min(axis=1, initial=len(stage))
    later: NDArray[np.bool_] = stage >= np.repeat(first, np.diff(tickets.stage_offset))
    return later


def _parts(plan: Plan) -> NDArray[np.float64]:
    """Return which part of each queue's touches each team gets (queues, teams)."""
    parts = np.zeros((len(plan.queues), len(plan.teams)))
    for number, queue in enumerate(plan.queues):
        first = [team for team, rank in zip(queue.teams, queue.ranks, strict=True) if rank == min(queue.ranks)]
        parts[number, first] = 1 / len(first)
    return parts
