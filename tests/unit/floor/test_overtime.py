"""A limit on overtime, by hand. Times are minutes; every ledger passes the audit, and not that of another limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from on_call_floor import Duty
from playbook_floor import Lead, above, below, playbook
from small_floor import MINUTE_MS, Agent, Floor, Queue, Ticket, ms, one

from supportsim.floor.simulate import simulate
from supportsim.ledger import PUTS_DOWN, TAKES, Ledger
from supportsim.measures.audit import RULES, AuditError, audit
from supportsim.measures.audit.facts import Facts
from supportsim.plan.model import Plan, Watched

SHIFTS = ((0, 5, False), (20, 25, False), (40, 60, False))


def world(
    tickets: Sequence[Ticket],
    at_most: float,
    shifts: Sequence[tuple[float, float, bool]] = SHIFTS,
    monday: float = 400,
    planned: Sequence[bool] = (),
) -> tuple[Floor, Plan]:
    floor = Floor(tickets, [Agent(on=shifts)], finish_deferrable=True, horizon=500)
    plan = floor.plan()
    people = replace(plan.people, overtime=np.array(planned) if planned else None)
    return floor, replace(plan, people=people, rules=replace(plan.rules, **limit(at_most, monday)))


def limit(at_most: float, monday: float = 400) -> dict[str, Any]:
    """Return the rules of a limit, with a week that begins at a minute."""
    return {"overtime_at_most_ms": (ms(at_most),), "overtime_weeks_ms": ((ms(monday),),)}


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
    # What begins on Monday counts on Monday, what began on Sunday on Sunday.
    assert worked(*world([one(1, 10), one(21, 9)], 10, monday=25)) == [(0, 1, 11), (1, 21, 30)]
    assert worked(*world([one(1, 10), one(21, 9)], 10, monday=26)) == [(0, 1, 11), (1, 21, 25), (1, 40, 45)]
    assert worked(*world([one(1, 10), one(21, 9)], 10, monday=6)) == [(0, 1, 11), (1, 21, 30)]


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


# ---- playbooks and duty on call -----------------------------------------------------------------------------

LONG = [one(0, 60), one(1, 10), one(2, 10), one(3, 10), one(4, 60)]
GOES_OFF = ("AGENT_ON", "SHIFT_END", "OVERTIME", "DISMISSED", "RELEASED", "ENDS")


def busy(**more: Any) -> Any:
    """One that burns from 5 on, while anything waits."""
    return playbook(above(Watched.QUEUE, 1), below(Watched.QUEUE, 1), 1000, **more)


def kept(
    at_most: float, on: Sequence[tuple[float, float, bool]], tickets: Sequence[Ticket] = LONG, **more: Any
) -> Lead:
    rules = limit(at_most, more.pop("monday", 800))
    return Lead(tickets, busy(overtime_ms=ms(40)), (Agent(on=on),), more={"rules": rules} | more)


ONCE, TWICE = ((0, 70, False),), ((0, 70, False), (200, 230, False))


def test_a_playbook_keeps_nobody_beyond_the_limit() -> None:
    # 60 minutes from 0 to 60, ten each until 90; the last one is begun then, and it ends.
    ends = [(95, "ENDS", 0), (95, "RELEASED", 4), (95, "OVERTIME", 0)]
    assert kept(100, ONCE).story(*GOES_OFF)[1:] == ends
    assert kept(12, ONCE).story(*GOES_OFF)[1:] == [(82, "RELEASED", 3), (82, "OVERTIME", 0)]
    assert kept(0, ONCE).story(*GOES_OFF)[1:] == [(70, "SHIFT_END", 0)]


@pytest.mark.parametrize(("monday", "until", "aside"), [(800, 240, 4), (200, 265, 5)])
def test_what_somebody_was_kept_before_in_the_week_counts(monday: float, until: float, aside: int) -> None:
    # 25 minutes after the first shift; of 35 are 10 left, and in a new week 35. The last of the first goes on to 255.
    tickets = [*LONG, *(one(200, 60) for _ in range(3))]
    assert kept(35, TWICE, tickets, monday=monday).story(*GOES_OFF)[4:] == [
        (200, "AGENT_ON", 0), (until, "RELEASED", aside), (until, "OVERTIME", 0),
    ]  # fmt: skip


def test_a_back_up_goes_home_with_no_overtime_left() -> None:
    called = busy(back_ups=(1,), back_ups_after_ms=ms(10))
    again = [*LONG, *(one(200, 60) for _ in range(3))]

    def story(tickets: Sequence[Ticket], at_most: float, monday: float) -> list[Any]:
        rules = {"finish_deferrable": True, "rules": limit(at_most, monday)}
        return Lead(tickets, called, more_people=[(0, -1)], more=rules).story(*GOES_OFF)[1:]

    # The back-up takes ten minutes from 15 on, and ten from 25 on, of which 8 are left.
    once = [(15, "AGENT_ON", 1), (27, "RELEASED", 2), (27, "DISMISSED", 1), (80, "ENDS", 0)]
    assert story(LONG, 12, 800) == once
    assert [row for row in story(again, 12, 800) if row[2] == 1 and row[0] > 27] == []
    assert [row for row in story(again, 12, 200) if row[2] == 1 and row[0] > 27] == [
        (215, "AGENT_ON", 1), (227, "DISMISSED", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("at_most", "released"), [(6, [2]), (7, [])])
def test_what_a_person_works_for_another_team_counts_at_home(at_most: float, released: list[int]) -> None:
    # Lent at 5, ten minutes each from 5 and 15 on, so that 7 are left as the shift at home ends.
    lent = replace(busy(lends=1, lent=1, twins=(-1, 2)), when=(above(Watched.QUEUE, 2),))
    agents = (Agent(), Agent(team=1, on=((0, 18, False), (100, 900, False))))
    two_teams = {"queues": (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))), "queue_of": ((0,), (1,), (1,))}
    rules = {"overtime_at_most_ms": (-1, ms(at_most)), "overtime_weeks_ms": ((), ())}
    more = {**two_teams, "finish_deferrable": True, "rules": rules}
    story = Lead(LONG[:4], lent, agents, more_people=[(0, 1)], more=more).story("RELEASED")
    assert [ticket for at, _, ticket in story if at == 18] == released


@pytest.mark.parametrize(("at_most", "until"), [(44, 600), (45, 615)])
def test_a_call_out_of_hours_is_answered_whatever_is_left_and_counts(at_most: float, until: float) -> None:
    # Up from 215 to 245; of the second ticket 15 minutes are left as the shift ends.
    tickets = [one(200, 30, priority=1), one(590, 25)]
    agent = Agent(on=((0, 100, True), (500, 600, False)))
    plan, workload = Duty(tickets, (agent,), more={"finish_deferrable": True, "rules": limit(at_most, 800)}).world()
    ledger = simulate(plan, workload)
    audit(plan, workload, ledger)
    assert _stretches(ledger) == [(0, 215, 245), (1, 590, until)]


def test_the_audit_notices_who_stays_too_long() -> None:
    ledger = kept(12, ONCE).ledger()
    plan, workload = kept(11, ONCE).world()
    rule = dict(RULES)["overtime"]
    assert next(rule(Facts(*kept(12, ONCE).world(), ledger)), None) is None
    assert next(rule(Facts(plan, workload, ledger))).found == f"staying {MINUTE_MS} ms longer"
    with pytest.raises(AuditError):
        audit(plan, workload, ledger)
