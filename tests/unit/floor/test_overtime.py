"""A limit on overtime, by hand. Times are minutes; every ledger passes the audit, and not that of another limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from small_floor import MINUTE_MS, Agent, Floor, Ticket, ms, one

from supportsim.floor.simulate import simulate
from supportsim.ledger import PUTS_DOWN, TAKES, Ledger
from supportsim.measures.audit import AuditError, audit
from supportsim.plan.model import Plan

SHIFTS = ((0, 5, False), (20, 25, False), (40, 60, False))


def world(
    tickets: Sequence[Ticket],
    at_most: float,
    shifts: Sequence[tuple[float, float, bool]] = SHIFTS,
    dates: Sequence[int] = (),
    planned: Sequence[bool] = (),
) -> tuple[Floor, Plan]:
    floor = Floor(tickets, [Agent(on=shifts)], finish_deferrable=True, horizon=500)
    plan = floor.plan()
    people = replace(
        plan.people,
        shift_date=np.array(dates or [1] * len(shifts), dtype=np.int32),
        overtime=np.array(planned) if planned else None,
    )
    return floor, replace(plan, people=people, rules=replace(plan.rules, overtime_at_most_ms=(ms(at_most),)))


def worked(floor: Floor, plan: Plan) -> list[tuple[int, float, float]]:
    """Return (ticket, from, until) of all work, audited."""
    ledger = simulate(plan, floor.workload())
    audit(plan, floor.workload(), ledger)
    return _stretches(ledger)


def _stretches(ledger: Ledger) -> list[tuple[int, float, float]]:
    found, began = [], {}
    rows = zip(*(column.tolist() for column in (ledger.time_ms, ledger.ticket, ledger.event)), strict=True)
    for time_ms, ticket, event in rows:
        if event in TAKES:
            began[ticket] = time_ms / MINUTE_MS
        elif event in PUTS_DOWN:
            found.append((ticket, began.pop(ticket), time_ms / MINUTE_MS))
    return found


def test_what_does_not_fit_into_the_rest_of_the_week_is_set_aside() -> None:
    # 6 of 10 minutes go to the first ticket; 5 are left of the second as the shift ends.
    assert worked(*world([one(1, 10), one(21, 9)], 10)) == [(0, 1, 11), (1, 21, 25), (1, 40, 45)]


def test_what_fits_to_the_minute_is_finished() -> None:
    assert worked(*world([one(1, 10), one(21, 8)], 10)) == [(0, 1, 11), (1, 21, 29)]


def test_each_week_has_its_own() -> None:
    # Sunday is day 7 of the calendar, Monday is day 8.
    assert worked(*world([one(1, 10), one(21, 9)], 10, dates=(7, 8, 9))) == [(0, 1, 11), (1, 21, 30)]


def test_a_live_contact_is_finished_whatever_is_left_and_counts() -> None:
    assert worked(*world([one(1, 10, live=True)], 0)) == [(0, 1, 11)]
    tickets = [one(1, 10, live=True), one(21, 9)]
    assert worked(*world(tickets, 10)) == [(0, 1, 11), (1, 21, 25), (1, 40, 45)]


def test_planned_overtime_has_it_first_even_if_it_comes_later() -> None:
    later = (False, True, False)
    assert worked(*world([one(1, 10)], 10, planned=later)) == [(0, 1, 5), (0, 20, 26)]
    assert worked(*world([one(1, 10)], 11, planned=later)) == [(0, 1, 11)]


@pytest.mark.parametrize(("at_most", "last"), [(12, [(1, 31, 35), (1, 50, 51)]), (13, [(1, 31, 36)])])
def test_overtime_ends_as_the_next_shift_begins_and_goes_on_after_it(
    at_most: float, last: list[tuple[int, float, float]]
) -> None:
    # 5 to 8 and 12 to 21 are 12 minutes.
    shifts = ((0, 5, False), (8, 12, False), (30, 35, False), (50, 60, False))
    assert worked(*world([one(1, 20, live=True), one(31, 5)], at_most, shifts)) == [(0, 1, 21), *last]


@pytest.mark.parametrize(("floor_at_most", "audited_at_most"), [(10, 11), (11, 10)])
def test_the_audit_tells_one_limit_from_another(floor_at_most: float, audited_at_most: float) -> None:
    tickets = [one(1, 10), one(21, 9)]
    floor, plan = world(tickets, floor_at_most)
    ledger = simulate(plan, floor.workload())
    with pytest.raises(AuditError, match="work set aside"):
        audit(world(tickets, audited_at_most)[1], floor.workload(), ledger)
