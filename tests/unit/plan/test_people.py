from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import People
from supportsim.scenario.model import Scenario
from supportsim.scenario.units import WEEKDAYS

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
Make = Callable[..., Scenario]
SHIFTS = {
    "early": "06:00-14:00",
    "core": "09:00-17:00",
    "late": "14:00-22:00",
    "night": "22:00-06:00",
    "split": ["08:00-12:00", "16:00-20:00"],
    "long": "06:00-22:00",
    "post": "00:00-24:00",
}
MONDAY = date(2026, 1, 5).toordinal()


def people_of(make: Make, team: dict[str, Any], **changes: Any) -> People:
    instead = {"teams": {"desk": {"tier": "L1", **team}}, "shifts": SHIFTS}
    return compile_plan(make(instead=instead, **changes)).people


def week_of(people: People, person: int) -> dict[str, float]:
    """Return the start of a person's shift by weekday in the first week, in hours of the day (UTC)."""
    rows = np.flatnonzero((people.shift_person == person) & (people.shift_date < MONDAY + 7))
    rows = rows[people.shift_date[rows] >= MONDAY]
    days = [WEEKDAYS[(day - MONDAY) % 7] for day in people.shift_date[rows].tolist()]
    return dict(zip(days, (people.shift_start_ms[rows] % DAY_MS / HOUR_MS).tolist(), strict=True))


MON_FRI = ("mon", "tue", "wed", "thu", "fri")


def test_full_timers_work_the_same_shift_and_have_numbers_round_the_shifts(make_scenario: Make) -> None:
    people = people_of(make_scenario, {"roster": {"mon-fri": {"early": 1, "core": 3, "late": 1}}})
    assert people.names == ("desk-1", "desk-2", "desk-3", "desk-4", "desk-5")
    assert people.number.tolist() == [0, 1, 2, 3, 4]
    for person, hour in enumerate([6, 9, 14, 9, 9]):
        assert week_of(people, person) == dict.fromkeys(MON_FRI, hour)


def test_seven_days_take_three_people_for_two_heads(make_scenario: Make) -> None:
    people = people_of(make_scenario, {"roster": {"daily": {"core": 2}}})
    weeks = [week_of(people, person) for person in range(3)]
    assert len(people.names) == 3
    # The first gets the first five days, the second those that lack most and then the earliest.
    assert list(weeks[0]) == ["mon", "tue", "wed", "thu", "fri"]
    assert list(weeks[1]) == ["mon", "tue", "wed", "sat", "sun"]
    assert list(weeks[2]) == ["thu", "fri", "sat", "sun"]


def test_part_timers_fill_what_is_left(make_scenario: Make) -> None:
    roster = {"mon": {"early": 2}, "tue-fri": {"early": 1}, "sat-sun": {"core": 1}}
    people = people_of(make_scenario, {"roster": roster})
    assert week_of(people, 0) == dict.fromkeys(MON_FRI, 6)
    assert week_of(people, 1) == {"mon": 6, "sat": 9, "sun": 9}
    assert len(people.names) == 2


def test_around_the_clock_with_one_head_takes_five(make_scenario: Make) -> None:
    # 21 shifts a week at five each.
    people = people_of(make_scenario, {"roster": {"daily": {"early": 1, "late": 1, "night": 1}}})
    assert len(people.names) == 5


def test_the_weekly_shift_table_takes_as_many_as_mondays_heads(make_scenario: Make) -> None:
    roster = {
        "mon": {"early": 4, "core": 12, "late": 6},
        "tue-thu": {"early": 3, "core": 10, "late": 5},
        "fri": {"early": 3, "core": 8, "late": 4},
        "sat-sun": {"early": 1, "core": 2, "late": 1},
    }
    assert len(people_of(make_scenario, {"roster": roster}).names) == 22


def test_a_head_more_leaves_the_others_as_they_are(make_scenario: Make) -> None:
    base, more = (
        people_of(make_scenario, {"roster": {"mon-fri": {"early": 2, "core": heads, "late": 2}}}) for heads in (3, 4)
    )
    assert [week_of(base, person) for person in range(7)] == [week_of(more, person) for person in range(7)]
    assert len(more.names) == 8


def test_a_shift_of_24_hours_is_a_post(make_scenario: Make) -> None:
    people = people_of(make_scenario, {"roster": {"daily": {"post": 2}}})
    assert people.names == ("desk-1", "desk-2")
    assert np.bincount(people.shift_person).tolist() == [14, 14]


def test_a_shift_of_nearly_a_day_needs_rest_from_the_day_after_next(make_scenario: Make) -> None:
    shifts = {"guard": "23:00-22:00", "dawn": "00:00-08:00"}
    teams = {"desk": {"tier": "L1", "roster": {"mon": {"guard": 1}, "wed": {"dawn": 1}}}}
    people = compile_plan(make_scenario(instead={"teams": teams, "shifts": shifts})).people
    # Until Tuesday 22:00 and from Wednesday 00:00 on is too much for one.
    assert len(people.names) == 2


def test_holidays_take_shifts_away_and_nothing_else(make_scenario: Make) -> None:
    roster = {"mon-fri": {"core": 2}}
    base = people_of(make_scenario, {"roster": roster})
    team = people_of(make_scenario, {"roster": roster, "holidays": ["2026-01-07"]})
    wednesday = MONDAY + 2
    kept = base.shift_date != wednesday
    assert kept.sum() == 18
    assert team.shift_date.tolist() == base.shift_date[kept].tolist()
    assert team.shift_person.tolist() == base.shift_person[kept].tolist()


def test_public_holidays(make_scenario: Make) -> None:
    # The 19th of January 2026 is Martin Luther King's day.
    people = people_of(make_scenario, {"roster": {"mon": {"core": 1}}, "holidays": "US"}, period={"length": "4 weeks"})
    assert (people.shift_date - MONDAY).tolist() == [0, 7, 21]


def test_a_split_shift_is_two_rows_of_one_date(make_scenario: Make) -> None:
    people = people_of(make_scenario, {"roster": {"tue": {"split": 1}}}, period={"length": "1 week"})
    assert people.shift_date.tolist() == [MONDAY + 1] * 2
    assert (people.shift_start_ms / HOUR_MS).tolist() == [32, 40]
    assert (people.shift_end_ms / HOUR_MS).tolist() == [36, 44]


def test_shifts_cover_warm_up_and_run_out_and_the_night_before(make_scenario: Make) -> None:
    period = {"start": "2026-01-12", "length": "1 week", "warm_up": "1 week", "run_out": "2 days"}
    people = people_of(make_scenario, {"roster": {"daily": {"night": 1}}}, period=period)
    dates = np.sort(people.shift_date) - MONDAY
    assert dates.tolist() == list(range(-1, 16))
    assert people.shift_start_ms.min() == -2 * HOUR_MS


@pytest.mark.parametrize(("start", "hours"), [("2026-03-07", 7), ("2026-10-31", 9)])
def test_nights_when_the_clocks_change(make_scenario: Make, start: str, hours: int) -> None:
    period = {"start": start, "length": "2 days", "timezone": "America/New_York"}
    people = people_of(make_scenario, {"roster": {"sat": {"night": 1}}}, period=period)
    assert (people.shift_start_ms / HOUR_MS).tolist() == [22]
    assert ((people.shift_end_ms - people.shift_start_ms) / HOUR_MS).tolist() == [hours]


def test_a_rotation_passes_the_heads_on_in_turn(make_scenario: Make) -> None:
    team = {"roster": {"mon-fri": {"core": 1}}, "rotation": {"people": 3, "every": "1 week"}}
    period = {"start": "2026-01-12", "length": "3 weeks", "warm_up": "1 week"}
    people = people_of(make_scenario, team, period=period)
    assert people.names == ("desk-1", "desk-2", "desk-3")
    turns = {person: (people.shift_date[people.shift_person == person] - MONDAY).tolist() for person in range(3)}
    # The period begins in the second week with the first person; before that it was the last one's turn.
    assert turns == {0: [7, 8, 9, 10, 11], 1: [14, 15, 16, 17, 18], 2: [0, 1, 2, 3, 4, 21, 22, 23, 24, 25]}


def test_a_rotation_of_several_heads(make_scenario: Make) -> None:
    team = {"roster": {"daily": {"early": 1, "late": 1}}, "rotation": {"people": 3, "every": "2 days"}}
    people = people_of(make_scenario, team, period={"length": "6 days"})
    by_day: dict[int, list[tuple[int, float]]] = {}
    for person, day, start in zip(people.shift_person, people.shift_date, people.shift_start_ms, strict=True):
        by_day.setdefault(int(day) - MONDAY, []).append((int(person), float(start % DAY_MS / HOUR_MS)))
    pairs = [sorted(by_day[day], key=lambda pair: pair[1]) for day in range(6)]
    assert [[person for person, _ in pair] for pair in pairs] == [[0, 1], [0, 1], [2, 0], [2, 0], [1, 2], [1, 2]]


def test_teams_follow_one_another(make_scenario: Make) -> None:
    desk = {"tier": "L1", "roster": {"mon-fri": {"core": 1}}}
    plan = compile_plan(
        make_scenario(instead={"teams": {"desk": desk, "night_owls": {**desk, "roster": {"daily": {"core": 1}}}}})
    )
    assert plan.people.names == ("desk-1", "night_owls-1", "night_owls-2")
    assert plan.people.team.tolist() == [0, 1, 1]
    assert plan.people.number.tolist() == [0, 0, 1]
    order = np.lexsort((plan.people.shift_start_ms, plan.people.shift_person))
    assert (np.diff(order) == 1).all()


HEADS = st.integers(0, 6)
ROSTERS = st.fixed_dictionaries(
    {
        day: st.fixed_dictionaries({name: HEADS for name in ("early", "core", "late", "night", "split", "long")})
        for day in WEEKDAYS
    }
).filter(lambda roster: any(count for heads in roster.values() for count in heads.values()))


@settings(max_examples=80)
@given(roster=ROSTERS)
def test_heads_are_filled_and_people_rest(roster: dict[str, dict[str, int]]) -> None:
    people = _bare_people(roster)
    first_week = (people.shift_date >= MONDAY) & (people.shift_date < MONDAY + 7)
    starts = (people.shift_start_ms % DAY_MS // HOUR_MS).tolist()
    hours = ((people.shift_end_ms - people.shift_start_ms) // HOUR_MS).tolist()
    rows = list(
        zip(people.shift_person.tolist(), people.shift_date.tolist(), starts, hours, first_week.tolist(), strict=True)
    )
    shift_at = {(6, 8): "early", (9, 8): "core", (14, 8): "late", (22, 8): "night", (8, 4): "split", (6, 16): "long"}
    filled = {day: dict.fromkeys(heads, 0) for day, heads in roster.items()}
    worked: dict[int, list[int]] = {}
    for person, day, start, length, inside in rows:
        if inside and (start, length) in shift_at:
            filled[WEEKDAYS[day - MONDAY]][shift_at[start, length]] += 1
            worked.setdefault(person, []).append(day)
    assert filled == roster
    assert all(len(days) == len(set(days)) <= 5 for days in worked.values())
    # Rest over several weeks, their ends included; the two rows of a split shift are one shift.
    for person in range(len(people.names)):
        mine = np.flatnonzero(people.shift_person == person)
        assert len(mine)
        new_day = np.diff(people.shift_date[mine]) > 0
        rest_ms = people.shift_start_ms[mine][1:] - people.shift_end_ms[mine][:-1]
        assert (rest_ms[new_day] >= 11 * HOUR_MS).all()


@settings(max_examples=80)
@given(
    roster=st.fixed_dictionaries({day: st.fixed_dictionaries({"core": st.integers(0, 9)}) for day in WEEKDAYS}).filter(
        lambda roster: any(heads["core"] for heads in roster.values())
    )
)
def test_hardly_more_people_than_the_roster_needs(roster: dict[str, dict[str, int]]) -> None:
    heads = [each["core"] for each in roster.values()]
    least = max(*heads, -(-sum(heads) // 5))
    assert least <= len(_bare_people(roster).names) <= least + max(1, least // 4)


def _bare_people(roster: dict[str, dict[str, int]]) -> People:
    scenario = Scenario.model_validate(
        {
            "name": "people",
            "period": {"start": "2026-01-05", "length": "3 weeks", "warm_up": 0, "run_out": 0},
            "demand": {"contacts": {"count": 1}},
            "work": {"L1": {"handle": "10 min"}},
            "shifts": SHIFTS,
            "teams": {"desk": {"tier": "L1", "roster": roster}},
        }
    )
    return compile_plan(scenario).people
