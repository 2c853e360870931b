"""Who is on call while somebody is away, by hand: the week that begins on Monday, 5 January 2026, UTC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import OnCall, Plan
from supportsim.scenario.model import Scenario
from supportsim.workload.draw import draw_workload
from supportsim.workload.model import Crew
from supportsim.workload.on_call import duties

HOUR_MS = 3_600_000
MONDAY = date(2026, 1, 5).toordinal()
Make = Callable[..., Scenario]
Misses = dict[int, list[int]]
"""Weekdays by person, Monday 0."""


def staffed(make: Make, absent: Misses, vacant: Misses | None = None) -> list[list[int]]:
    """Return (start, end, person) of a desk's duty, in hours since Monday; three people work Mon-Fri from 9 to 17."""
    plan, crew = world(make)
    crew = replace(crew, absent=missed(plan, absent), vacant=None if vacant is None else missed(plan, vacant))
    (duty,) = duties(plan, crew)
    return rows(duty)


def world(make: Make) -> tuple[Plan, Crew]:
    team = {"tier": "L1", "roster": {"mon-fri": {"core": 3}}, "on_call": {}}
    scenario = make(instead={"teams": {"desk": team}}, period={"length": "1 week"})
    plan = compile_plan(scenario)
    return plan, draw_workload(scenario, plan, 1, 0).crew


def missed(plan: Plan, weekdays: Misses) -> NDArray[np.bool_]:
    shifts = zip(plan.people.shift_person.tolist(), plan.people.shift_date.tolist(), strict=True)
    return np.array([day - MONDAY in weekdays.get(person, ()) for person, day in shifts])


def rows(duty: OnCall) -> list[list[int]]:
    return np.column_stack([duty.start_ms // HOUR_MS, duty.end_ms // HOUR_MS, duty.person]).tolist()


def night(day: int, person: int) -> list[int]:
    return [24 * day + 17, 24 * day + 33, person]


NIGHTS = [night(day, 0) for day in range(4)]


def test_whoever_is_there_keeps_the_duty(make_scenario: Make) -> None:
    plan, _ = world(make_scenario)
    (planned,) = plan.on_call
    expected = [[0, 9, 0], *NIGHTS, [113, 168, 0]]
    assert rows(planned) == expected
    assert staffed(make_scenario, {}) == expected
    # That somebody else is absent changes nothing.
    assert staffed(make_scenario, {1: [1, 2]}) == expected


def test_the_next_in_turn_stands_in_from_midnight_to_midnight(make_scenario: Make) -> None:
    # Person 0 misses Tuesday, so that the nights around it change hands at midnight.
    found = staffed(make_scenario, {0: [1]})
    assert found == [[0, 9, 0], [17, 24, 0], [24, 33, 1], [41, 48, 1], [48, 57, 0], *NIGHTS[2:], [113, 168, 0]]
    found = staffed(make_scenario, {0: [1], 1: [1]})
    assert [who for start, _, who in found if 24 <= start < 48] == [2, 2]


def test_where_all_are_away_nobody_is_on_call(make_scenario: Make) -> None:
    found = staffed(make_scenario, {person: [1] for person in range(3)})
    assert found == [[0, 9, 0], [17, 24, 0], [48, 57, 0], *NIGHTS[2:], [113, 168, 0]]


def test_who_has_left_has_no_weekend_either(make_scenario: Make) -> None:
    found = staffed(make_scenario, {}, {0: [3, 4]})
    # From Thursday on it is person 1, over the nights and the weekend as one.
    assert found == [[0, 9, 0], *NIGHTS[:2], [65, 72, 0], [72, 81, 1], night(3, 1), [113, 168, 1]]


def test_each_persons_part_of_a_turn_is_limited_by_itself(make_scenario: Make) -> None:
    plan, crew = world(make_scenario)
    (duty,) = duties(plan, replace(crew, absent=missed(plan, {0: [1]})))
    turns = {who: set(duty.duty[duty.person == who].tolist()) for who in (0, 1)}
    assert [len(turns[0]), len(turns[1]), len(turns[0] | turns[1])] == [1, 1, 2]


def test_nobody_has_the_duty_before_the_first_day_or_after_the_last(make_scenario: Make) -> None:
    works = {"works": {"mon-fri": "core"}}
    people = {"ana": works, "ben": works | {"starts": "2026-01-08"}, "cleo": works | {"leaves": "2026-01-07"}}
    team = {"tier": "L1", "people": people, "on_call": {"every": "1 day"}}
    scenario = make_scenario(instead={"teams": {"desk": team}}, period={"length": "1 week"})
    plan = compile_plan(scenario)
    (duty,) = duties(plan, draw_workload(scenario, plan, 1, 0).crew)
    who = {start // 24: person for start, _, person in rows(duty) if start < 168}
    # In turn: Ana, Ben, Cleo. Ben's Tuesday is Cleo's, and Cleo's days from Wednesday on are Ana's.
    assert who == {0: 0, 1: 2, 2: 0, 3: 0, 4: 1, 5: 0, 6: 0}
