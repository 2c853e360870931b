"""How things stood at an instant, on floors small enough to be told by hand. Minutes throughout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_floor import MINUTE_MS, Agent, Floor, Stage, Ticket, one

from supportsim.floor.simulate import simulate
from supportsim.measures.replay import Replay
from supportsim.measures.story import tell
from supportsim.measures.tables import NEVER
from supportsim.plan.model import OffReason, Queue, SlaTable
from supportsim.scenario.calendars import Clock, local_time
from supportsim.workload.model import Next

MS = MINUTE_MS


def replay(floor: Floor, response: float = np.nan, resolution: float = np.nan) -> Replay:
    plan, workload = floor.plan(), floor.workload()
    always = Clock(
        "always", np.zeros(1, np.int64), np.array([2 * plan.horizon_ms]), local_time("UTC", plan.origin, 0, 1)
    )
    tables = [SlaTable(np.full((5, 1), promised), np.zeros((5, 1), np.int32)) for promised in (response, resolution)]
    plan = replace(plan, sla=replace(plan.sla, clocks=(always,), response=tables[0], resolution=tables[1]))
    ledger = simulate(plan, workload)
    return Replay(tell(plan, workload, ledger), ledger)


def test_queues_by_tier_and_skill() -> None:
    queues = [Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))]
    tickets = [
        Ticket(0, (Stage(5, Next.ESCALATE), Stage(20, tier=1))),
        Ticket(1, (Stage(5, Next.ESCALATE), Stage(20, tier=1)), skill=1),
        one(2, 30, priority=1),
        one(4, 9),
    ]
    found = replay(Floor(tickets, [Agent(0), Agent(1)], queues, queue_of=((0, 0), (1, 1), (1, 1))))
    # At 6: the P1 has just been begun, ahead of ticket 1.
    frame = found.frame(6 * MS)
    assert frame.waiting.tolist() == [[1, 1], [0, 0], [0, 0]]
    assert (frame.longest_ms / MS).tolist() == [[2, 5], [0, 0], [0, 0]]
    assert frame.urgent.tolist() == [0, 0, 2, 0, 0]
    assert (frame.created, frame.solved) == (4, 0)
    # At 40: ticket 1 was escalated at 40 and begun at once; ticket 3 is in hand at L1.
    assert found.frame(40 * MS).waiting.sum() == 0
    assert found.frame(40 * MS).ticket.tolist() == [3, 1]


def test_people() -> None:
    agents = [Agent(on=((10, 20, True), (80, 200, False))), Agent(on=((30, 60, False),))]
    found = replay(Floor([one(0, 30)], agents, finish_deferrable=False))
    away = [OffReason.SHIFT_END] * 2
    assert found.frame(5 * MS).away.tolist() == away
    assert found.frame(5 * MS).ticket.tolist() == [-1, -1]
    working = found.frame(15 * MS)
    assert (working.away.tolist(), working.ticket.tolist()) == ([NEVER, OffReason.SHIFT_END], [0, -1])
    assert working.holds.tolist() == [1, 0]
    assert working.since_ms.tolist() == [10 * MS, 0]
    idle = found.frame(40 * MS)
    assert (idle.away.tolist(), idle.ticket.tolist()) == ([OffReason.SHIFT_END, NEVER], [-1, -1])
    assert idle.since_ms.tolist() == [20 * MS, 30 * MS]
    assert found.frame(105 * MS).since_ms.tolist()[0] == 100 * MS


def test_promises_so_far() -> None:
    # Resolved at 10, 20 and 30; 15 minutes are promised from creation.
    found = replay(Floor([one(0, 10), one(1, 10), one(2, 10)]), response=5, resolution=15)
    at = {minute: found.frame(minute * MS) for minute in (9, 10, 16, 17, 25)}
    assert [int(frame.kept[1, 2]) for frame in at.values()] == [0, 1, 1, 1, 1]
    # They break a millisecond after 16 and 17.
    assert [int(frame.broken[1, 2]) for frame in at.values()] == [0, 0, 0, 1, 2]
    assert [int(frame.kept[0, 2]) for frame in at.values()] == [1] * 5
    assert int(found.frame(8 * MS).broken[0].sum()) == 2


def test_pending_and_reopened() -> None:
    asked = Ticket(0, (Stage(5, Next.ASK_CUSTOMER, 30), Stage(5, Next.RESOLVE, 100), Stage(5)))
    found = replay(Floor([asked]))
    pending = {minute: found.frame(minute * MS).pending for minute in (4, 5, 34, 35)}
    assert pending == {4: 0, 5: 1, 34: 1, 35: 0}
    assert [found.frame(minute * MS).solved for minute in (39, 40, 139, 140, 145)] == [0, 1, 1, 0, 1]


def test_the_next_event() -> None:
    found = replay(Floor([one(3, 10)], horizon=100))
    assert found.next_ms(0) == 3 * MS
    assert found.next_ms(3 * MS) == 13 * MS
    assert found.next_ms(13 * MS) == 100 * MS


@pytest.mark.parametrize("minute", [0, 7.5, 99])
def test_what_waits_is_in_hand_or_over_makes_all_that_came(minute: float) -> None:
    rng = np.arange(40)
    tickets = [one(float(created), 3 + created % 7, priority=1 + created % 5) for created in rng]
    found = replay(Floor(tickets, [Agent(), Agent(on=((5, 60, False),))], horizon=100))
    frame = found.frame(round(minute * MS))
    assert frame.created == frame.waiting.sum() + frame.holds.sum() + frame.solved


def test_before_anything_has_happened() -> None:
    frame = replay(Floor([one(50, 1)], [Agent(on=((20, 90, False),))])).frame(0)
    assert (frame.last_row, frame.created, frame.holds.tolist()) == (-1, 0, [0])
