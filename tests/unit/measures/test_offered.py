"""Volume by team and hour of the week, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from small_floor import Agent, Floor, Stage, Ticket, one

from supportsim.measures.offered import Offered, hour_of_week, offered
from supportsim.plan.model import Queue
from supportsim.workload.model import Next


def of(floor: Floor) -> Offered:
    return offered(floor.plan(), floor.workload().tickets)


def test_touches_count_in_the_hour_of_their_ticket_at_the_team_of_their_tier() -> None:
    tickets = [
        Ticket(30, [Stage(10, Next.ASK_CUSTOMER, 200), Stage(4, Next.ESCALATE), Stage(30, Next.RESOLVE, 0, 1)]),
        one(70, 6),
    ]
    floor = Floor(
        tickets, [Agent(0), Agent(1)], [Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))], [[0], [1], [1]], teams=2
    )
    plan = floor.plan()
    found = of(floor)
    first, second = hour_of_week(plan, np.array([30, 70]) * 60_000).tolist()
    assert second == first + 1
    assert found.touches[0, [first, second]].tolist() == [2, 1]
    assert found.touches[1, [first, second]].tolist() == [1, 0]
    assert found.work_ms[0, first] == 14 * 60_000
    assert found.work_ms[1, first] == 30 * 60_000
    assert found.touches.sum() == 4
    assert found.square_ms2.tolist() == [(100 + 16 + 36) * 3.6e9, 900 * 3.6e9]


def test_teams_that_are_first_alike_share() -> None:
    queues = [Queue("both", (0, 1, 2), (0, 0, 1))]
    found = of(Floor([one(0, 8)], [Agent(0), Agent(1), Agent(2)], queues, [[0], [0], [0]], teams=3))
    assert found.touches.sum(axis=1).tolist() == [0.5, 0.5, 0]


def test_patience_of_those_who_have_some() -> None:
    tickets = [
        Ticket(0, [Stage(5)], live=True, attempts=[(3, 10), (9, None)]),
        Ticket(1, [Stage(5), Stage(5)], live=True, attempts=[(7, None)]),
        Ticket(2, [Stage(5)], live=True),
        one(3, 5),
    ]
    found = of(Floor(tickets, [Agent()]))
    assert found.live.tolist() == [3]
    assert found.impatient.tolist() == [2]
    assert found.patience_ms.tolist() == [10 * 60_000]


def test_only_tickets_of_the_window_count() -> None:
    floor = Floor([one(10, 5), one(20, 5), one(30, 5)], [Agent()])
    plan = replace(floor.plan(), window_ms=(20 * 60_000, 30 * 60_000))
    assert offered(plan, floor.workload().tickets).touches.sum() == 1


def test_hours_are_those_of_the_wall_clock() -> None:
    # Sunday 2026-03-08, New York, where 2:00 does not exist.
    plan = replace(Floor([], [Agent()]).plan(), timezone="America/New_York", origin=datetime(2026, 3, 8, 5, tzinfo=UTC))
    hours = hour_of_week(plan, np.arange(4) * 3_600_000)
    assert (hours - 6 * 24).tolist() == [0, 1, 3, 4]


def test_replications_add_up() -> None:
    found = of(Floor([one(0, 8)], [Agent()]))
    twice = found + found
    assert twice.touches.sum() == 2
    assert twice.square_ms2.tolist() == pytest.approx((2 * found.square_ms2).tolist())
