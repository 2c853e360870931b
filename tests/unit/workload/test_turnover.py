"""People who are new, mentor or leave, and work handed over to a team elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import OffReason, Plan
from supportsim.scenario.model import Scenario
from supportsim.workload.crew import draw_crew
from supportsim.workload.model import Crew
from supportsim.workload.streams import Streams
from supportsim.workload.turnover import mentoring

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MONDAY = date(2026, 1, 5).toordinal()
LEAST_P = 1e-4
Make = Callable[..., Scenario]
SHIFTS = {"core": "09:00-17:00", "day": "00:00-08:00"}


def crew_of(make: Make, length: str = "6 weeks", seed: int = 1, **desk: Any) -> tuple[Plan, Crew]:
    team = {"tier": "L1", "roster": {"mon-fri": {"core": 2}}, **desk}
    scenario = make(instead={"teams": {"desk": team}, "shifts": SHIFTS}, period={"length": length})
    plan = compile_plan(scenario)
    return plan, draw_crew(scenario, plan, Streams(seed, 0))


def speeds(crew: Crew, person: int) -> dict[int, float]:
    """Return the speed of a person on each day that the person is on the floor."""
    assert crew.speed_ppm is not None
    rows = np.flatnonzero(crew.person == person)
    return {int(crew.start_ms[row] // DAY_MS): int(crew.speed_ppm[row]) / 1e6 for row in rows}


def lost_hours(plan: Plan, crew: Crew, person: int) -> dict[int, float]:
    """Return how long a person is off the floor on each of the person's days."""
    found: dict[int, float] = {}
    for row in np.flatnonzero(plan.people.shift_person == person):
        start, end = int(plan.people.shift_start_ms[row]), int(plan.people.shift_end_ms[row])
        mine = (crew.person == person) & (crew.start_ms >= start) & (crew.end_ms <= end)
        found[start // DAY_MS] = (end - start - int((crew.end_ms - crew.start_ms)[mine].sum())) / HOUR_MS
    return found


def test_a_hire_is_paid_but_away_at_first_and_then_becomes_faster_week_by_week(make_scenario: Make) -> None:
    hires = [{"starts": "2026-01-14", "ramp": ["0%", "50%", "75%"]}]
    plan, crew = crew_of(make_scenario, hires=hires)
    person = plan.people.names.index("desk-hire1")
    first = np.flatnonzero(plan.people.shift_person == person)[0]
    # Wednesday the 14th is day 9; the weeks of the ramp begin on Wednesdays.
    assert plan.people.shift_date[first] == MONDAY + 9
    assert not crew.absent[first]
    found = speeds(crew, person)
    assert min(found) == 16
    assert [found[day] for day in (16, 22, 23, 29, 30, 39)] == [0.5, 0.5, 0.75, 0.75, 1, 1]
    assert set(speeds(crew, 0).values()) == {1}


def test_the_usual_ramp_takes_seven_weeks(make_scenario: Make) -> None:
    plan, crew = crew_of(make_scenario, "9 weeks", hires=[{"starts": "2026-01-05"}])
    found = speeds(crew, plan.people.names.index("desk-hire1"))
    assert min(found) == 14
    assert [found[7 * week] for week in range(2, 9)] == [0.25, 0.5, 0.75, 0.75, 1, 1, 1]


def test_hires_leave_the_days_of_the_others_as_they_are(make_scenario: Make) -> None:
    shrinkage = {"breaks": ["15 min"], "training": "5%", "absence": "10%"}
    _, without = crew_of(make_scenario, shrinkage=shrinkage)
    _, with_hire = crew_of(make_scenario, shrinkage=shrinkage, hires=[{"count": 2, "starts": "2026-01-12"}])
    own = with_hire.person < 2
    for column in ("person", "start_ms", "end_ms"):
        assert getattr(with_hire, column)[own].tolist() == getattr(without, column).tolist()


def test_a_colleague_mentors_each_of_them_each_day_and_the_turn_goes_round(make_scenario: Make) -> None:
    hires = [{"count": 3, "starts": "2026-01-12", "ramp": ["0%"], "mentoring": "1 h"}]
    plan, crew = crew_of(make_scenario, "3 weeks", hires=hires)
    first, second = lost_hours(plan, crew, 0), lost_hours(plan, crew, 1)
    week = range(7, 12)
    # Three hires and two colleagues: who comes first that day has two of them.
    for day in week:
        starts = (MONDAY + day) % 2
        assert (first[day], second[day]) == pytest.approx((2, 1) if starts == 0 else (1, 2), abs=1e-5)
    assert set(first[day] for day in first if day not in week) == {0}
    why = crew.end_reason[(crew.person < 2) & (crew.end_ms // DAY_MS >= 7)]
    assert (why == OffReason.MENTORING).sum() == 10


def test_mentoring_never_takes_more_than_half_of_the_day(make_scenario: Make) -> None:
    hires = [{"count": 9, "starts": "2026-01-12", "ramp": ["0%"], "mentoring": "2 h"}]
    plan, crew = crew_of(make_scenario, "3 weeks", hires=hires)
    assert lost_hours(plan, crew, 0)[7] == pytest.approx(4, abs=1e-5)


def test_who_mentors_whom() -> None:
    number = np.array([0, 1, 2, 0, 1, 2], dtype=np.int32)
    day = np.array([10, 10, 10, 11, 11, 11])
    takes_ms = np.array([0, 0, 60, 0, 60, 60])
    found = mentoring(number, day, takes_ms, np.array([True, True, False, True, False, False]))
    # Of two on day 10 it is the turn of place 0; on day 11 one person has both.
    assert found.tolist() == [60, 0, 0, 120, 0, 0]
    assert mentoring(number, day, takes_ms, np.zeros(6, bool)).tolist() == [0] * 6


def test_places_become_empty_at_the_stated_rate(make_scenario: Make) -> None:
    roster = {"mon-fri": {"core": 400}}
    plan, crew = crew_of(make_scenario, "26 weeks", roster=roster, attrition={"rate": "40%"})
    assert crew.vacant is not None
    last = plan.people.shift_date == plan.people.shift_date.max()
    gone = int(crew.vacant[last].sum())
    # 181 days are there when the last Friday begins to count: 1 - 0.6^(days / 365.25).
    share = 1 - 0.6 ** (int(plan.people.shift_date.max() - MONDAY) / 365.25)
    assert stats.binomtest(gone, int(last.sum()), share).pvalue > LEAST_P
    # Without a replacement nobody comes back.
    order = np.lexsort((plan.people.shift_date, plan.people.shift_person))
    person, vacant = plan.people.shift_person[order], crew.vacant[order]
    assert not (vacant[:-1] & ~vacant[1:] & (person[:-1] == person[1:])).any()


def test_who_is_gone_is_neither_there_nor_absent(make_scenario: Make) -> None:
    shrinkage = {"absence": "30%"}
    plan, crew = crew_of(make_scenario, "26 weeks", attrition={"rate": "99%"}, shrinkage=shrinkage)
    assert crew.vacant is not None
    assert crew.vacant.any()
    assert not (crew.vacant & crew.absent).any()
    days = {(int(p), int(s) // DAY_MS) for p, s in zip(crew.person, crew.start_ms, strict=True)}
    empty = np.flatnonzero(crew.vacant)
    assert not days & {(int(plan.people.shift_person[r]), int(plan.people.shift_start_ms[r]) // DAY_MS) for r in empty}


def test_a_replacement_starts_after_the_lead_time_and_ramps_up(make_scenario: Make) -> None:
    attrition = {"rate": "90%", "replaced_after": "10 days", "ramp": ["0%", "50%"]}
    plan, crew = crew_of(make_scenario, "52 weeks", roster={"daily": {"core": 5}}, attrition=attrition)
    assert crew.vacant is not None
    people = plan.people
    seen = 0
    for person in range(len(people.names)):
        rows = np.flatnonzero(people.shift_person == person)
        empty = np.flatnonzero(np.diff(np.concatenate([[0], crew.vacant[rows].astype(int), [0]])))
        found = speeds(crew, person)
        for gone, back in empty.reshape(-1, 2):
            if back == len(rows):
                continue
            seen += 1
            # The place is empty for ten days, of which the person would have worked some.
            days = people.shift_date[rows] - MONDAY
            assert days[back] - days[gone] <= 10 + 2
            weeks = [found.get(int(day)) for day in days[back : back + 14]]
            ramping = [speed for speed in weeks if speed is not None and speed < 1]
            assert set(ramping) <= {0.5}
            assert found.get(int(days[back])) is None
    assert seen > 5


def test_the_time_between_leavings_is_memoryless(make_scenario: Make) -> None:
    roster = {"daily": {"core": 300}}
    plan, crew = crew_of(make_scenario, "52 weeks", roster=roster, attrition={"rate": "50%"})
    assert crew.vacant is not None
    people = plan.people
    first_empty = {}
    for row in np.flatnonzero(crew.vacant).tolist():
        first_empty.setdefault(int(people.shift_person[row]), int(people.shift_date[row]) - MONDAY)
    early = sum(day < 91 for day in first_empty.values())
    count = len(people.names)
    assert stats.binomtest(early, count, 1 - 0.5 ** (91 / 365.25)).pvalue > LEAST_P


def sun(make: Make, **manila: Any) -> tuple[Plan, Crew]:
    desk = {"tier": "L1", "roster": {"mon-fri": {"core": 1}}, "hands_over_to": ["manila"]}
    other = {"tier": "L1", "roster": {"mon-tue": {"core": 1}}, **manila}
    scenario = make(instead={"teams": {"desk": desk, "manila": other}, "shifts": SHIFTS}, period={"length": "1 week"})
    plan = compile_plan(scenario)
    return plan, draw_crew(scenario, plan, Streams(1, 0))


def test_unfinished_work_is_handed_over_where_the_other_team_is_there(make_scenario: Make) -> None:
    # 9 to 17 in Honolulu is 19 to 3 UTC: nobody is there at 17. In Los Angeles it is 17 to 1.
    for zone, handed in (("Pacific/Honolulu", []), ("America/Los_Angeles", [0, 1])):
        _, crew = sun(make_scenario, timezone=zone)
        kept = crew.keeps_work[crew.person == 0]
        # Monday to Thursday the agent is back within a business day; the last stretch is never kept.
        assert [day for day in range(4) if not kept[day]] == handed


def test_a_break_hands_nothing_over(make_scenario: Make) -> None:
    desk = {
        "tier": "L1",
        "roster": {"mon": {"core": 1}},
        "hands_over_to": ["other"],
        "shrinkage": {"breaks": ["30 min"]},
    }
    teams = {"desk": desk, "other": {"tier": "L1", "roster": {"daily": {"core": 1}}}}
    scenario = make_scenario(instead={"teams": teams, "shifts": SHIFTS}, period={"length": "1 week"})
    crew = draw_crew(scenario, compile_plan(scenario), Streams(1, 0))
    at_break = (crew.person == 0) & (crew.end_reason == OffReason.BREAK)
    assert crew.keeps_work[at_break].tolist() == [True]
