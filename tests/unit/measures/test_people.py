"""What a crew of three was paid for and did, counted by hand. Minutes throughout; the window is 60..300."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playbook_floor import Lead, above, below, playbook
from small_floor import MINUTE_MS, Agent, Floor, Queue, ms, one

from supportsim.measures.cost import spent as money_spent
from supportsim.measures.groups import grouping, members
from supportsim.measures.intervals import Intervals
from supportsim.measures.people import PeopleTime, TeamTime, people_time, team_time_in_window
from supportsim.measures.people_metrics import PEOPLE_METRICS, evaluate
from supportsim.measures.story import tell
from supportsim.measures.tables import Segments
from supportsim.plan.model import OffReason, OnCall, Plan, Playbook, Watched
from supportsim.scenario.model import Scenario
from supportsim.workload.model import Workload

RED, BLUE = 0, 1
SHIFTS = [
    # Person 0 is there all day and has a break at 90; person 1 is absent; person 2 works a split shift.
    (0, 0, 180),
    (1, 60, 240),
    (2, 0, 60),
    (2, 240, 330),
]
ABSENT = [False, True, False, False]
AVAILABLE = [(0, 0, 90), (0, 100, 180), (2, 0, 60), (2, 240, 330)]
# Person 0 runs 5 into the break and 20 beyond the shift, person 2 10 beyond the shift and 40 beyond the window.
HANDLING = [(0, 30, 80), (0, 85, 95), (0, 170, 200), (2, 280, 340)]


def columns(stretches: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    person, start, end = (np.array(column, dtype=np.int64) for column in zip(*stretches, strict=True))
    return person.astype(np.int32), start * MINUTE_MS, end * MINUTE_MS


def crew() -> tuple[Plan, PeopleTime]:
    floor = Floor([one(0, 1)], [Agent(RED), Agent(RED), Agent(BLUE)], horizon=360, teams=2)
    plan, workload = floor.plan(), floor.workload()
    person, start_ms, end_ms = columns(SHIFTS)
    people = replace(
        plan.people,
        shift_person=person,
        shift_date=np.zeros(len(person), np.int32),
        shift_start_ms=start_ms,
        shift_end_ms=end_ms,
    )
    plan = replace(
        plan, teams=("red", "blue"), team_tier=np.array([0, 1], np.int32), people=people,
        window_ms=(60 * MINUTE_MS, 300 * MINUTE_MS),
    )  # fmt: skip
    person, start_ms, end_ms = columns(AVAILABLE)
    present = replace(
        workload.crew, person=person, start_ms=start_ms, end_ms=end_ms, absent=np.array(ABSENT, dtype=np.bool_)
    )
    agent, start_ms, end_ms = columns(HANDLING)
    codes = np.zeros(len(agent), np.int16)
    work = Segments(codes.astype(np.int32), agent, plan.people.team[agent].astype(np.int16), codes, start_ms, end_ms)
    return plan, people_time(plan, present, work)


@pytest.fixture
def spent() -> tuple[Plan, TeamTime]:
    plan, time = crew()
    return plan, team_time_in_window(plan, time)


EXPECTED = {
    # Person 0 from 60 to 180, person 1 although absent; person 2 until the window ends.
    "paid_ms": (120 + 180, 60),
    # Who came, and the 20 of overtime; person 2's overtime lies behind the window.
    "on_shift_ms": (120 + 20, 60),
    "available_ms": (30 + 80, 60),
    "handling_ms": (20 + 10 + 30, 20),
    # Handling while available: 20, 5 and 10 of red, 20 of blue.
    "idle_ms": (110 - 35, 60 - 20),
    # A break is paid, so running into it is no overtime.
    "overtime_ms": (20, 0),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_the_time_in_the_window_went_to(spent: tuple[Plan, TeamTime], name: str) -> None:
    assert (getattr(spent[1], name) / MINUTE_MS).tolist() == list(EXPECTED[name])


def stretches(of: Intervals) -> list[tuple[int, float, float]]:
    return sorted(
        zip(of.person.tolist(), (of.start_ms / MINUTE_MS).tolist(), (of.end_ms / MINUTE_MS).tolist(), strict=True)
    )


def test_stretches_before_the_window_cuts_them() -> None:
    _, time = crew()
    assert stretches(time.rostered) == SHIFTS
    assert stretches(time.present) == [SHIFTS[0], *SHIFTS[2:]]
    assert stretches(time.handling_available) == [(0, 30, 80), (0, 85, 90), (0, 170, 180), (2, 280, 330)]
    assert stretches(time.handling_rostered) == [(0, 30, 80), (0, 85, 95), (0, 170, 180), (2, 280, 330)]


def test_a_shift_that_the_horizon_cuts_is_paid_until_then() -> None:
    plan, _ = crew()
    workload = Floor([one(0, 1)], [Agent(), Agent(), Agent()]).workload()
    nothing = np.zeros(0, np.int64)
    work = Segments(nothing, nothing, nothing, nothing, nothing, nothing)
    crew_ = replace(workload.crew, absent=np.zeros(len(SHIFTS), bool), end_ms=np.full(3, 500 * MINUTE_MS))
    time = people_time(replace(plan, horizon_ms=200 * MINUTE_MS), crew_, work)
    assert stretches(time.rostered) == [(0, 0, 180), (1, 60, 200), (2, 0, 60)]
    assert stretches(time.available) == [(person, 0, 200) for person in range(3)]


@pytest.fixture
def scenario(make_scenario: Callable[..., Scenario]) -> Scenario:
    team = {"tier": "L1", "roster": {"mon-fri": {"core": 1}}}
    return make_scenario(
        instead={
            "teams": {
                "blue": {**team, "hourly_cost": 60, "seat_cost": 4383},
                "red": {**team, "hourly_cost": 30, "overtime_factor": 2, "seat_cost": 438.3},
            }
        }
    )


def test_cost_is_paid_hours_and_dearer_overtime(spent: tuple[Plan, TeamTime], scenario: Scenario) -> None:
    # Red: 5 hours at 30 and a third of an hour at twice that; blue: an hour at 60.
    assert money_spent(scenario, *spent, crew()[1]).people.tolist() == pytest.approx([5 * 30 + 20 / 60 * 60, 60])


def test_overtime_costs_half_as_much_again_unless_stated(spent: tuple[Plan, TeamTime], scenario: Scenario) -> None:
    plan, time = spent
    late = replace(time, overtime_ms=np.array([0.0, 30.0 * MINUTE_MS]))
    assert money_spent(scenario, plan, late, crew()[1]).people.tolist() == pytest.approx([150, 60 + 0.5 * 1.5 * 60])


def test_seats_are_held_in_the_weeks_with_a_shift(scenario: Scenario) -> None:
    plan, time = crew()
    # Two and a half weeks from minute 60 on; person 0 works in the first and the third, person 2 in the second.
    week = 7 * 24 * 60
    plan = replace(plan, window_ms=(60 * MINUTE_MS, (60 + 5 * week // 2) * MINUTE_MS))
    person, start_ms, end_ms = columns([(0, 0, 90), (0, 100, 200), (0, 60 + 2 * week, 90 + 2 * week),
                                        (2, 61 + week, 99 + week)])  # fmt: skip
    time = replace(time, rostered=Intervals(person, start_ms, end_ms))
    seats = money_spent(scenario, plan, team_time_in_window(plan, time), time).seats
    assert seats.tolist() == pytest.approx([438.3 * 10.5 / 30.4375, 4383 * 7 / 30.4375])


METRICS_BY_TEAM = {
    # Red, blue, together.
    "occupancy": (60 / (60 + 75), 20 / (20 + 40), 80 / (80 + 115)),
    "utilization": (60 / 140, 20 / 60, 80 / 200),
    "paid_hours": (5, 1, 6),
    "handling_hours": (1, 1 / 3, 4 / 3),
    "overtime_hours": (1 / 3, 0, 1 / 3),
    "most_overtime_hours": (1 / 3, 0, 1 / 3),
    "shrinkage": ((300 - 110) / 300, 0, 190 / 360),
    "vacant_hours": (0, 0, 0),
    "pages": (0, 0, 0),
    "called_off_hours": (0, 0, 0),
    "lent_hours": (0, 0, 0),
    "borrowed_hours": (0, 0, 0),
    # Two people of red and one of blue for 240 minutes of a month of 43,830, the absent included.
    "seat_cost": (4.8, 24, 28.8),
    "cost_total": (174.8, 84, 258.8),
}


@pytest.mark.parametrize("name", METRICS_BY_TEAM)
def test_metrics_of_people(spent: tuple[Plan, TeamTime], scenario: Scenario, name: str) -> None:
    plan, time = spent
    red, blue, together = METRICS_BY_TEAM[name]

    def values(*dimensions: str) -> list[float]:
        cut = grouping(dimensions, members(plan))
        return evaluate(
            PEOPLE_METRICS[name], plan, time, money_spent(scenario, plan, time, crew()[1]), cut
        ).value.tolist()

    assert values() == pytest.approx([together])
    assert values("team") == pytest.approx([red, blue])
    # Red is L1 and blue L2; nobody is L3.
    is_ratio = name in ("occupancy", "utilization", "shrinkage")
    assert values("tier") == pytest.approx([red, blue, np.nan if is_ratio else 0], nan_ok=True)


def test_every_metric_of_people_has_an_expectation() -> None:
    assert set(METRICS_BY_TEAM) == set(PEOPLE_METRICS)


def test_planned_overtime_is_paid_by_the_hour_and_empty_places_are_not() -> None:
    # Person 0 stays from 180 to 210 and works 170..200 and 205..220; person 1 is gone; person 2 stays although idle.
    floor = Floor([one(0, 1)], [Agent(RED), Agent(RED), Agent(BLUE)], horizon=360, teams=2)
    plan, workload = floor.plan(), floor.workload()
    shifts = [(0, 60, 180), (0, 180, 210), (1, 60, 180), (1, 180, 210), (2, 60, 180), (2, 180, 210)]
    person, start_ms, end_ms = columns(shifts)
    longer = np.array([False, True] * 3)
    people = replace(plan.people, shift_person=person, shift_start_ms=start_ms, shift_end_ms=end_ms, overtime=longer)
    plan = replace(plan, teams=("red", "blue"), people=people, window_ms=(60 * MINUTE_MS, 300 * MINUTE_MS))
    person, start_ms, end_ms = columns([(0, 60, 210), (2, 60, 210)])
    gone = np.array([False, False, True, True, False, False])
    crew_ = replace(
        workload.crew, person=person, start_ms=start_ms, end_ms=end_ms, absent=np.zeros(6, bool), vacant=gone
    )
    agent, start_ms, end_ms = columns([(0, 170, 200), (0, 205, 220)])
    codes = np.zeros(2, np.int16)
    work = Segments(codes.astype(np.int32), agent, codes, codes, start_ms, end_ms)
    time = team_time_in_window(plan, people_time(plan, crew_, work))
    found = {name: (getattr(time, name) / MINUTE_MS).tolist() for name in TeamTime.__dataclass_fields__}
    assert found == {
        "paid_ms": [120, 120],
        "on_shift_ms": [120 + 30 + 10, 120 + 30],
        "available_ms": [150, 150],
        "handling_ms": [45, 0],
        "idle_ms": [150 - 30 - 5, 150],
        # Thirty minutes are planned; ten more are finished beyond.
        "overtime_ms": [30 + 10, 30],
        "off_floor_ms": [0, 0],
        "vacant_ms": [120, 0],
        "on_call_ms": [0, 0],
        "pages": [0, 0],
        "called_off_ms": [0, 0],
        "lent_ms": [0, 0],
        "borrowed_ms": [0, 0],
        "most_overtime_ms": [30 + 10, 30],
    }


def test_time_with_several_contacts_in_hand_counts_once() -> None:
    # Chats from 0 to 10, 4 to 14 and 20 to 23: 17 minutes with something in hand, of 40.
    tickets = [one(created, work, live=True) for created, work in ((0, 10), (4, 10), (20, 3))]
    floor = Floor(tickets, [Agent(on=((0, 40, False),))], horizon=40, rules={"concurrency": (2,)})
    plan, workload = floor.plan(), floor.workload()
    time = people_time(plan, workload.crew, tell(plan, workload, floor.run()).work)
    assert time.handling.length_ms.tolist() == [14 * 60_000, 3 * 60_000]
    hours = team_time_in_window(plan, time)
    assert (hours.handling_ms.tolist(), hours.idle_ms.tolist()) == ([17 * 60_000], [23 * 60_000])


LONG = [one(0, 60), one(1, 10), one(2, 10), one(3, 10)]
"""One in hand for an hour and three that wait; a playbook fires at 5."""


def minutes_of(lead: Lead, *names: str) -> dict[str, list[float]]:
    plan, workload = lead.world()
    ledger = lead.ledger()
    time = people_time(plan, workload.crew, tell(plan, workload, ledger).work, ledger)
    spent = team_time_in_window(plan, time)
    return {name: (getattr(spent, name) / MINUTE_MS).tolist() for name in names}


def when_busy(**does: Any) -> Playbook:
    return playbook(above(Watched.QUEUE, 2), below(Watched.QUEUE, 1), 1000, **does)


def test_overtime_of_a_playbook_is_paid_by_the_hour() -> None:
    stays = Lead(LONG, when_busy(overtime_ms=120 * MINUTE_MS), (Agent(on=((0, 40, False),)),))
    # Until 85, the last ticket from 80 to 90 is set aside.
    assert minutes_of(stays, "paid_ms", "overtime_ms", "available_ms", "handling_ms", "off_floor_ms") == {
        "paid_ms": [40], "overtime_ms": [45], "available_ms": [85], "handling_ms": [85], "off_floor_ms": [0],
    }  # fmt: skip


@pytest.mark.parametrize(("monday", "most"), [(300, 10 + 20), (160, 25), (161, 10 + 20)])
def test_the_most_overtime_of_one_person_in_a_week(monday: int, most: int) -> None:
    # Person 0 works ten minutes beyond the first shift and twenty beyond the second, person 1 25 beyond the only one.
    shifts = [Agent(on=((0, 60, False), (100, 160, False))), Agent(on=((0, 60, False),))]
    floor = Floor([one(0, 1)], shifts, horizon=360)
    plan = floor.plan()
    plan = replace(plan, rules=replace(plan.rules, overtime_weeks_ms=((monday * MINUTE_MS,),)))
    agent, start_ms, end_ms = columns([(0, 50, 70), (1, 40, 85), (0, 150, 180)])
    codes = np.zeros(3, np.int16)
    work = Segments(codes.astype(np.int32), agent, codes, codes, start_ms, end_ms)
    time = team_time_in_window(plan, people_time(plan, floor.workload().crew, work))
    assert (time.most_overtime_ms / MINUTE_MS).tolist() == [most]
    assert (time.overtime_ms / MINUTE_MS).tolist() == [10 + 20 + 25]


def test_back_ups_are_paid_as_overtime_while_they_are_there() -> None:
    called = Lead(LONG, when_busy(back_ups=(1, 2), back_ups_after_ms=10 * MINUTE_MS), more_people=[(0, -1), (0, -1)])
    # Both from 15 to 30; ten minutes each, and the last ticket from 25 on, of which five minutes are done.
    found = minutes_of(called, "paid_ms", "overtime_ms", "on_shift_ms", "available_ms")
    assert found == {"paid_ms": [1000], "overtime_ms": [30], "on_shift_ms": [1030], "available_ms": [1030]}


def test_back_ups_of_a_team_with_people_on_call_are_paid_while_they_are_there_too() -> None:
    class WithDuty(Lead):
        def world(self) -> tuple[Plan, Workload]:
            plan, workload = super().world()
            edges = (np.array([ms(at)], dtype=np.int64) for at in (900, 1000))
            priorities = np.arange(5) == 0
            duty = OnCall(0, np.zeros(1, np.int32), *edges, np.zeros(1, np.int32), priorities, rest_ms=0, at_most_ms=-1)
            plan = replace(plan, on_call=(duty,), rules=replace(plan.rules, on_call=True))
            return plan, replace(workload, responds_ms=(np.zeros(len(self.tickets), np.int64),))

    plays = when_busy(back_ups=(1, 2), back_ups_after_ms=10 * MINUTE_MS)
    called = WithDuty(LONG, plays, (Agent(on=((0, 900, False),)),), more_people=[(0, -1), (0, -1)])
    found = minutes_of(called, "paid_ms", "overtime_ms", "on_shift_ms", "on_call_ms")
    assert found == {"paid_ms": [900], "overtime_ms": [30], "on_shift_ms": [930], "on_call_ms": [100]}


def test_who_is_lent_is_paid_at_home_and_works_where_the_work_is() -> None:
    two = {"queues": (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))), "queue_of": ((0,), (1,), (1,))}
    agents = (Agent(on=((0, 500, False),)), Agent(team=1, on=((0, 500, False),)))
    lead = Lead(LONG, when_busy(lends=1, lent=1, twins=(-1, 2)), agents, more_people=[(0, 1)], more=two)
    # Lent from 5 to 30, and what is in hand then is finished at 35.
    names = ("paid_ms", "on_shift_ms", "available_ms", "handling_ms", "overtime_ms", "off_floor_ms")
    assert minutes_of(lead, *names, "lent_ms", "borrowed_ms") == {
        "paid_ms": [500, 500],
        "on_shift_ms": [500 + 30, 500 - 30],
        "available_ms": [500 + 25, 500 - 30],
        "handling_ms": [60 + 30, 0],
        "overtime_ms": [0, 0],
        "off_floor_ms": [5, 0],
        "lent_ms": [0, 30],
        "borrowed_ms": [30, 0],
    }


def test_time_off_that_is_called_off_is_counted() -> None:
    agents = (Agent(on=((0, 200, False),)), Agent(on=((0, 4, True), (100, 200, False))))
    reasons = (OffReason.SHIFT_END, OffReason.TRAINING, OffReason.SHIFT_END)
    tickets = [*LONG, one(4, 10), one(4, 10)]
    lead = Lead(tickets, when_busy(cancels=(int(OffReason.TRAINING),)), agents, reasons, shift=(0, 200))
    assert minutes_of(lead, "paid_ms", "called_off_ms", "off_floor_ms", "overtime_ms") == {
        "paid_ms": [400], "called_off_ms": [95], "off_floor_ms": [1], "overtime_ms": [0],
    }  # fmt: skip
