"""Named people, people who join later, teams on other clocks and planned overtime, all of it counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import NOT_HIRED, People
from supportsim.plan.people import HIRES_FROM
from supportsim.scenario.model import Scenario
from supportsim.scenario.units import WEEKDAYS

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MONDAY = date(2026, 1, 5).toordinal()
SHIFTS = {"early": "06:00-14:00", "core": "09:00-17:00", "half": "09:00-13:00", "split": ["08:00-10:00", "12:00-15:00"]}
Make = Callable[..., Scenario]


def people_of(make: Make, desk: dict[str, Any], **changes: Any) -> People:
    instead = {"teams": {"desk": {"tier": "L1", **desk}}, "shifts": SHIFTS}
    return compile_plan(make(instead=instead, **changes)).people


def shifts_of(people: People, name: str, overtime: bool = False) -> list[tuple[int, float, float]]:
    """Return (days after Monday the 5th, start, end) of a person's shifts, in hours of the day (UTC)."""
    longer = np.zeros(len(people.shift_date), bool) if people.overtime is None else people.overtime
    rows = np.flatnonzero((people.shift_person == people.names.index(name)) & (longer == overtime))
    return [
        (
            int(people.shift_date[row]) - MONDAY,
            (int(people.shift_start_ms[row]) % DAY_MS) / HOUR_MS,
            (int(people.shift_end_ms[row]) % DAY_MS) / HOUR_MS,
        )
        for row in rows
    ]


def test_people_are_named_and_work_what_is_stated_part_time_too(make_scenario: Make) -> None:
    listed = {"ana": {"works": {"mon-wed": "early"}}, "ben": {"works": {"tue": "half", "sat": "core"}}}
    people = people_of(make_scenario, {"people": listed}, period={"length": "1 week"})
    assert people.names == ("desk-ana", "desk-ben")
    assert shifts_of(people, "desk-ana") == [(0, 6, 14), (1, 6, 14), (2, 6, 14)]
    assert shifts_of(people, "desk-ben") == [(1, 9, 13), (5, 9, 17)]


def test_named_people_come_and_go(make_scenario: Make) -> None:
    listed = {
        "ana": {"works": {"daily": "core"}, "leaves": "2026-01-08"},
        "ben": {"works": {"daily": "core"}, "starts": "2026-01-10"},
    }
    people = people_of(make_scenario, {"people": listed}, period={"length": "1 week"})
    assert [day for day, _, _ in shifts_of(people, "desk-ana")] == [0, 1, 2]
    assert [day for day, _, _ in shifts_of(people, "desk-ben")] == [5, 6]


def test_speed_is_that_of_the_team_at_the_skill_times_the_persons_own(make_scenario: Make) -> None:
    listed = {"ana": {"works": {"mon": "core"}}, "ben": {"works": {"mon": "core"}, "speed": 0.5}}
    categories = {"login": {"share": "50%", "skill": "account"}, "api": {"share": "50%", "skill": "code"}}
    desk = {"tier": "L1", "skills": {"account": 1.0, "code": 0.8}, "people": listed}
    scenario = make_scenario(instead={"teams": {"desk": desk}, "shifts": SHIFTS, "demand.categories": categories})
    plan = compile_plan(scenario)
    assert plan.skills == ("account", "code")
    assert plan.people.speed_ppm is not None
    assert plan.people.speed_ppm.tolist() == [[1_000_000, 800_000], [500_000, 400_000]]


def test_usual_speed_everywhere_is_not_worth_an_array(make_scenario: Make) -> None:
    assert people_of(make_scenario, {"roster": {"mon": {"core": 1}}}).speed_ppm is None
    assert people_of(make_scenario, {"skills": {"general": 1}, "roster": {"mon": {"core": 1}}}).speed_ppm is None


def test_hires_work_the_weeks_of_the_first_people_from_their_first_day_on(make_scenario: Make) -> None:
    desk = {
        "roster": {"mon-fri": {"early": 1, "core": 1}},
        "hires": [{"count": 3, "starts": "2026-01-14"}, {"starts": "2026-01-15", "works": {"sat": "half"}}],
    }
    people = people_of(make_scenario, desk)
    assert people.names == ("desk-1", "desk-2", "desk-hire1", "desk-hire2", "desk-hire3", "desk-hire4")
    assert people.number.tolist() == [0, 1, HIRES_FROM, HIRES_FROM + 1, HIRES_FROM + 2, HIRES_FROM + 1000]
    assert people.hire is not None
    assert people.hire.tolist() == [NOT_HIRED, NOT_HIRED, 0, 0, 0, 1]
    early, core = [(day, 6, 14) for day in (9, 10, 11)], [(day, 9, 17) for day in (9, 10, 11)]
    assert [shifts_of(people, f"desk-hire{number}") for number in (1, 2, 3)] == [early, core, early]
    assert shifts_of(people, "desk-hire4") == [(12, 9, 13)]


def test_another_head_leaves_the_numbers_of_hires_alone(make_scenario: Make) -> None:
    def numbers(heads: int) -> list[int]:
        desk = {"roster": {"mon-fri": {"core": heads}}, "hires": [{"count": 2, "starts": "2026-01-12"}]}
        return people_of(make_scenario, desk).number.tolist()[heads:]

    assert numbers(2) == numbers(3) == [HIRES_FROM, HIRES_FROM + 1]


def test_a_hire_beside_a_rotation_keeps_a_week_of_its_own(make_scenario: Make) -> None:
    desk = {
        "roster": {"mon-fri": {"core": 1}},
        "rotation": {"people": 3, "every": "1 week"},
        "hires": [{"starts": "2026-01-12", "works": {"mon": "half"}}],
    }
    people = people_of(make_scenario, desk)
    assert [len(shifts_of(people, f"desk-{number}")) for number in (1, 2, 3)] == [5, 5, 0]
    assert shifts_of(people, "desk-hire1") == [(7, 9, 13)]


def test_a_team_goes_by_its_own_clock_and_holidays(make_scenario: Make) -> None:
    # Manila is 8 h ahead of UTC, so 9 to 17 there is 1 to 9.
    desk = {"roster": {"daily": {"core": 1}}, "timezone": "Asia/Manila", "holidays": ["2026-01-07"]}
    people = people_of(make_scenario, desk, period={"length": "4 days"})
    assert {(start, end) for _, start, end in shifts_of(people, "desk-1")} == {(1, 9)}
    assert [day for day, _, _ in shifts_of(people, "desk-1")] == [0, 1, 3]


def test_overtime_follows_the_last_shift_of_the_day(make_scenario: Make) -> None:
    planned = [{"from": "2026-01-06", "until": "2026-01-08", "adds": "90 min", "on": "mon-wed"}]
    desk = {"roster": {"mon-fri": {"split": 1}}, "overtime": {"planned": planned}}
    people = people_of(make_scenario, desk, period={"length": "1 week"})
    assert shifts_of(people, "desk-1", overtime=True) == [(1, 15, 16.5), (2, 15, 16.5)]
    assert len(shifts_of(people, "desk-1")) == 10
    order = np.lexsort((people.shift_start_ms, people.shift_person))
    assert (np.diff(order) == 1).all()


def test_the_weeks_first_days_get_the_overtime_that_is_allowed(make_scenario: Make) -> None:
    planned = [{"from": "2026-01-05", "until": "2026-01-18", "adds": "2 h"}]
    desk = {"roster": {"mon-fri": {"core": 2}}, "overtime": {"planned": planned, "at_most": "5 h"}}
    people = people_of(make_scenario, desk)
    for name in people.names:
        expected = [(day + week, 17, end) for week in (0, 7) for day, end in ((0, 19), (1, 19), (2, 18))]
        assert shifts_of(people, name, overtime=True) == expected


def test_a_team_that_never_works_has_no_overtime(make_scenario: Make) -> None:
    planned = [{"from": "2026-01-05", "until": "2026-01-06", "adds": "2 h"}]
    desk = {"people": {"ana": {"works": {"sat": "core"}, "leaves": "2026-01-06"}}, "overtime": {"planned": planned}}
    assert len(people_of(make_scenario, desk).shift_person) == 0


def test_overtime_ends_when_the_next_shift_begins(make_scenario: Make) -> None:
    planned = [{"from": "2026-01-05", "until": "2026-01-05", "adds": "20 h"}]
    desk = {"people": {"ana": {"works": {"mon-tue": "core"}}}, "overtime": {"planned": planned}}
    people = people_of(make_scenario, desk, period={"length": "1 week"})
    assert shifts_of(people, "desk-ana", overtime=True) == [(0, 17, 9)]


def test_one_way_to_say_who_works(make_scenario: Make) -> None:
    both = {"roster": {"mon": {"core": 1}}, "people": {"ana": {"works": {"mon": "core"}}}}
    with pytest.raises(ValueError, match="expected one or the other"):
        people_of(make_scenario, both)


def test_every_weekday_has_its_name() -> None:
    assert WEEKDAYS[(MONDAY - 1) % 7] == "mon"
