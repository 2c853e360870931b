"""People who work faster or slower than usual, by hand. Times are minutes; every ledger passes the audit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_floor import Agent, Floor, Stage, Ticket, one

from supportsim.floor.simulate import simulate
from supportsim.measures.audit import AuditError, audit
from supportsim.measures.story import tell
from supportsim.workload.model import Next

TWO_SKILLS = ((0, 0), (1, 1), (2, 2))


def work(floor: Floor) -> list[tuple[int, int, float, float]]:
    audit(floor.plan(), floor.workload(), floor.run())
    return floor.work()


def test_work_at_a_skill_takes_longer_where_the_person_is_slower() -> None:
    tickets = [one(0, 12, skill=0), one(0, 12, skill=1)]
    floor = Floor(tickets, [Agent(speed_at=(1.0, 0.8))], queue_of=TWO_SKILLS)
    assert work(floor) == [(0, 0, 0, 12), (1, 0, 12, 27)]


def test_who_works_faster_is_done_earlier() -> None:
    floor = Floor([one(0, 12), one(0, 12)], [Agent(speed_at=(1.5,)), Agent(speed_at=(0.5,))])
    assert work(floor) == [(0, 0, 0, 8), (1, 1, 0, 24)]


def test_ends_are_rounded_up_to_the_millisecond() -> None:
    floor = Floor([one(0, 1 / 60_000)], [Agent(speed_at=(0.3,))])
    assert work(floor) == [(0, 0, 0, 4 / 60_000)]


def test_a_new_person_becomes_faster_from_one_interval_to_the_next() -> None:
    agent = Agent(on=((0, 100, True), (200, 300, False)), speed_during=(0.25, 0.5))
    floor = Floor([one(0, 20), one(200, 20)], [agent])
    assert work(floor) == [(0, 0, 0, 80), (1, 0, 200, 240)]


def test_both_speeds_multiply() -> None:
    floor = Floor([one(0, 10)], [Agent(speed_at=(0.8,), speed_during=(0.5,))])
    assert work(floor) == [(0, 0, 0, 25)]


def test_what_is_set_aside_is_resumed_at_the_speed_of_that_time() -> None:
    # Half of 60 minutes of work is done by minute 60; the rest takes 40 at three quarters.
    agent = Agent(on=((0, 60, True), (100, 200, False)), speed_during=(0.5, 0.75))
    assert work(Floor([one(0, 60)], [agent])) == [(0, 0, 0, 60), (0, 0, 100, 140)]


def test_another_person_goes_on_at_another_speed_and_reads_in_at_it() -> None:
    slow, quick = Agent(on=((0, 30, False),), speed_at=(0.5,)), Agent(on=((30, 200, False),), speed_at=(2.0,))
    # 15 of 45 minutes are done; 30 of work and 6 of reading take 18.
    floor = Floor([one(0, 45)], [slow, quick], reading_in=6)
    assert work(floor) == [(0, 0, 0, 30), (0, 1, 30, 48)]


def test_the_grace_is_for_what_is_left_at_the_own_speed() -> None:
    agents = [Agent(on=((0, 30, False),), speed_at=(0.5,)), Agent(on=((0, 30, False),), speed_at=(1.0,))]
    floor = Floor([one(0, 20), one(0, 40)], agents, grace=10)
    # Both have 10 minutes left when their time ends: 5 and 10 of work.
    assert work(floor) == [(0, 0, 0, 40), (1, 1, 0, 40)]


def test_overtime_goes_on_at_the_speed_at_which_the_work_was_taken() -> None:
    agent = Agent(on=((0, 30, False), (35, 100, False)), speed_during=(0.5, 1.0))
    floor = Floor([one(0, 20), one(1, 10)], [agent], finish_deferrable=True)
    assert work(floor) == [(0, 0, 0, 40), (1, 0, 40, 50)]


def test_the_first_reply_is_the_end_of_a_touch_that_is_over_before() -> None:
    stages = (Stage(3, Next.ASK_CUSTOMER, 10), Stage(8))
    floor = Floor([Ticket(0, stages)], [Agent(speed_at=(2.0,))])
    plan, workload = floor.plan(), floor.workload()
    tickets = replace(workload.tickets, first_reply_ms=np.array([3 * 60_000]))
    workload = replace(workload, tickets=tickets)
    ledger = simulate(plan, workload)
    assert tell(plan, workload, ledger).table.first_response_ms.tolist() == [90_000]


@pytest.mark.parametrize("speed", [0.9, 1.1, 1.0])
def test_the_audit_knows_the_speed(speed: float) -> None:
    floor = Floor([one(0, 45)], [Agent(speed_at=(0.5,))])
    other = Floor([one(0, 45)], [Agent(speed_at=(speed,))])
    with pytest.raises(AuditError, match="exact work"):
        audit(other.plan(), other.workload(), floor.run())


@pytest.mark.parametrize(
    ("best_skill", "expected"),
    [
        # The longest idle: 0 and 1 at the start, in the order of their numbers.
        (False, [(0, 0, 0, 24), (1, 1, 1, 13), (2, 2, 2, 14)]),
        # The fastest at the skill; 1 and 2 are alike at the second, and 1 comes first by number.
        (True, [(0, 2, 0, 8), (1, 1, 1, 13), (2, 0, 2, 26)]),
    ],
)
def test_the_fastest_at_the_skill_gets_the_ticket(best_skill: bool, expected: list[tuple[float, ...]]) -> None:
    people = [Agent(speed_at=(0.5, 0.5)), Agent(speed_at=(1.0, 1.0)), Agent(speed_at=(1.5, 1.0))]
    tickets = [one(0, 12, skill=0), one(1, 12, skill=1), one(2, 12, skill=1)]
    floor = Floor(tickets, people, queue_of=((0, 0), (1, 1), (2, 2)), rules={"best_skill": best_skill})
    assert sorted(work(floor)) == expected


def test_the_audit_sees_that_a_slower_one_got_it() -> None:
    people = [Agent(speed_at=(0.5,)), Agent(speed_at=(1.5,))]
    by_time, by_skill = (Floor([one(0, 12)], people, rules={"best_skill": best}) for best in (False, True))
    assert work(by_skill) == [(0, 1, 0, 8)]
    with pytest.raises(AuditError, match="choice of agent"):
        audit(by_skill.plan(), by_skill.workload(), by_time.run())
