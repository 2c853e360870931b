"""Overtime to the minute: two published traces of a server schedule, whose last customers are served past its end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from systems import UNIT_MS, Shift, build_plan, build_workload, run

from supportsim.ledger import WORK_ENDS, WORK_STARTS, Event, Ledger

Spell = tuple[int, float, float]
"""Person, beginning and end of a shift."""

EVERY_THREE = [3, 6, 9, 12, 15, 18]
THREE_AT_ONCE, SERVICES = [1, 1, 1, 9, 9, 12], [5, 7, 9, 4, 5, 5]
# Another crew at each change of shifts, or one crew of which those who are too many leave.
CHANGES, STAYS = [(0, 0, 4), (1, 4, 10), (2, 4, 10)], [(0, 0, 10), (1, 4, 10)]
CHANGES_TWICE = [*((i, 0, 7) for i in range(3)), *((i, 7, 11) for i in range(3, 5)), (5, 11, 20)]
STAYS_TWICE = [(0, 0, 7), (1, 0, 11), (2, 0, 20)]


def trace(
    arrivals: Sequence[float],
    services: Sequence[float],
    spells: Sequence[Spell],
    horizon: float,
    *,
    finish: bool = True,
) -> Ledger:
    shifts: list[Shift] = [(person, int(start * UNIT_MS), int(end * UNIT_MS)) for person, start, end in spells]
    plan = build_plan([len(spells)], int(horizon * UNIT_MS), shifts=shifts, finish=finish)
    created_ms, work_ms = (np.array(column, dtype=np.int64) * UNIT_MS for column in (arrivals, services))
    return run(plan, build_workload(plan, created_ms, work_ms))


def overtime(ledger: Ledger, spells: Sequence[Spell], end: float) -> list[float]:
    """Return by how much the work of each person who left busy outlasts the shift, in order of the shifts' ends."""
    found = []
    for person, _, off in spells:
        worked = ledger.time_ms[(ledger.agent == person) & np.isin(ledger.event, WORK_ENDS)] / UNIT_MS
        if off < end:
            found.append(max(0.0, float(worked.max(initial=0)) - off))
    return found


def touches(ledger: Ledger, events: Sequence[Event]) -> list[float]:
    return (ledger.time_ms[np.isin(ledger.event, events)] / UNIT_MS).tolist()


def test_one_then_two_then_nobody() -> None:
    # The guide of Ciw on server schedules: one server until 4, two until 10, then none.
    ledger = trace(EVERY_THREE, [5] * 6, CHANGES, 20)
    assert overtime(ledger, CHANGES, 20) == [4, 1, 4]
    ledger = trace(EVERY_THREE, [5] * 6, STAYS, 20)
    assert sorted(overtime(ledger, STAYS, 20)) == [1, 4]
    assert touches(ledger, WORK_STARTS) == [3, 6, 9]
    assert touches(ledger, WORK_ENDS) == [8, 11, 14]


def test_three_then_two_then_one() -> None:
    # Ciw's own test of overtime.
    ledger = trace(THREE_AT_ONCE, SERVICES, CHANGES_TWICE, 19)
    assert overtime(ledger, CHANGES_TWICE, 20) == [0, 1, 3, 2, 3]
    assert np.mean(overtime(ledger, CHANGES_TWICE, 20)) == pytest.approx(1.8)
    ledger = trace(THREE_AT_ONCE, SERVICES, STAYS_TWICE, 21)
    assert overtime(ledger, STAYS_TWICE, 20) == [0, 2]
    assert touches(ledger, WORK_STARTS) == [1, 1, 1, 9, 10, 15]
    assert touches(ledger, WORK_ENDS) == [6, 8, 10, 13, 15, 20]


def test_work_that_is_set_aside_makes_no_overtime() -> None:
    ledger = trace(THREE_AT_ONCE, SERVICES, STAYS_TWICE, 21, finish=False)
    assert overtime(ledger, STAYS_TWICE, 20) == [0, 0]
    # What was set aside at 11 goes on with the other person at 15, before the ticket that came at 12;
    # that one is begun at 17 and set aside at 20.
    assert touches(ledger, (Event.RELEASED,)) == [11, 20]
    assert touches(ledger, (Event.RESUMED,)) == [15]
    assert touches(ledger, (Event.RESOLVED,)) == [6, 8, 10, 15, 17]
