from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import OffReason, Plan
from supportsim.scenario.model import Scenario
from supportsim.workload.crew import draw_crew
from supportsim.workload.model import Crew
from supportsim.workload.streams import Streams

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LEAST_P = 1e-4
Make = Callable[..., Scenario]


def crew_of(scenario: Scenario, seed: int = 1) -> tuple[Plan, Crew]:
    plan = compile_plan(scenario)
    return plan, draw_crew(scenario, plan, Streams(seed, 0))


def team(make: Make, roster: dict[str, Any], shrinkage: dict[str, Any], **changes: Any) -> Scenario:
    shifts = {
        "core": "09:00-17:00",
        "split": ["08:00-12:00", "16:00-20:00"],
        "half": "09:00-13:00",
        "post": "00:00-24:00",
    }
    desk = {"tier": "L1", "roster": roster, "shrinkage": shrinkage}
    return make(**changes, instead={"teams": {"desk": desk}, "shifts": {**shifts, "night": "22:00-06:00"}})


def intervals(crew: Crew, person: int = 0) -> list[tuple[float, float, str]]:
    """Return a person's stretches as (start, end) in hours since time 0 and the reason of the end."""
    return [
        (crew.start_ms[row] / HOUR_MS, crew.end_ms[row] / HOUR_MS, OffReason(crew.end_reason[row]).name)
        for row in np.flatnonzero(crew.person == person)
    ]


def test_without_shrinkage_people_are_there_when_rostered(make_scenario: Make) -> None:
    plan, crew = crew_of(team(make_scenario, {"mon-fri": {"core": 2}, "sat": {"split": 1}}, {}))
    people = plan.people
    assert crew.person.tolist() == people.shift_person.tolist()
    assert crew.start_ms.tolist() == people.shift_start_ms.tolist()
    assert crew.end_ms.tolist() == people.shift_end_ms.tolist()
    assert set(crew.end_reason.tolist()) == {OffReason.SHIFT_END}
    assert not crew.absent.any()


def test_breaks_cut_the_shift_evenly_around_a_stagger(make_scenario: Make) -> None:
    breaks = ["15 min", "30 min", "15 min"]
    _, crew = crew_of(team(make_scenario, {"mon": {"core": 2}}, {"breaks": breaks}, period={"length": "1 week"}))
    # 7 h of net time in four stretches of 105 min; person n is moved by ((n + 0.5) golden mod 1 - 0.5) stretches.
    golden = (5**0.5 - 1) / 2
    for person in (0, 1):
        moved = ((person + 0.5) * golden % 1 - 0.5) * 105
        minutes = [round((hours - 9) * 60, 3) for start, end, _ in intervals(crew, person) for hours in (start, end)]
        expected = [0, 105 + moved, 120 + moved, 225 + moved, 255 + moved, 360 + moved, 375 + moved, 480]
        assert np.allclose(minutes, expected, atol=1e-2)
        reasons = [reason for _, _, reason in intervals(crew, person)]
        assert reasons == ["BREAK", "BREAK", "BREAK", "SHIFT_END"]


def test_people_do_not_leave_together(make_scenario: Make) -> None:
    _, crew = crew_of(team(make_scenario, {"mon": {"core": 12}}, {"breaks": ["30 min"]}, period={"length": "1 week"}))
    on_break = crew.end_ms[crew.end_reason == OffReason.BREAK]
    at_once = [(np.abs(on_break - instant) < 30 * MINUTE_MS).sum() for instant in on_break]
    # Twelve breaks of half an hour spread over 3.75 h: two at once on average, hardly ever four.
    assert len(on_break) == 12
    assert max(at_once) <= 5


def test_blocks_have_exact_lengths_and_drawn_times(make_scenario: Make) -> None:
    shrinkage = {"meetings": "5%", "training": "10%"}
    period = {"length": "20 weeks"}
    plan, crew = crew_of(team(make_scenario, {"mon-fri": {"core": 4}}, shrinkage, period=period))
    assert len(plan.people.names) == 4
    day = crew.start_ms // DAY_MS
    for code, minutes in ((OffReason.MEETING, 24), (OffReason.TRAINING, 48)):
        rows = np.flatnonzero(crew.end_reason == code)
        rows = rows[(crew.person[rows] == crew.person[rows + 1]) & (day[rows] == day[rows + 1])]
        length = crew.start_ms[rows + 1] - crew.end_ms[rows]
        assert set((length // MINUTE_MS).tolist()) == {minutes}
        assert len(rows) > 390
    first = np.flatnonzero((crew.end_reason == OffReason.TRAINING) & (crew.start_ms % DAY_MS == 9 * HOUR_MS))
    # Where training is the first block, it is the smaller of two uniforms of the net time, 408 min.
    share = (crew.end_ms[first] - crew.start_ms[first]) / (408 * MINUTE_MS)
    assert stats.kstest(share, lambda x: 1 - (1 - x) ** 2).pvalue > LEAST_P


def test_a_split_shift_is_one_working_day(make_scenario: Make) -> None:
    shrinkage = {"breaks": ["30 min"], "meetings": "10%"}
    _, crew = crew_of(team(make_scenario, {"mon": {"split": 1}}, shrinkage, period={"length": "1 week"}))
    found = intervals(crew)
    assert found[0][0] >= 8
    assert found[-1][1:] == (20, "SHIFT_END")
    assert all(end <= 12 or start >= 16 for start, end, _ in found)
    assert sum(end - start for start, end, _ in found) == pytest.approx(8 - 0.5 - 0.8)


def test_breaks_of_shorter_shifts_are_shorter(make_scenario: Make) -> None:
    roster = {"mon": {"core": 1}, "tue": {"half": 1}}
    _, crew = crew_of(team(make_scenario, roster, {"breaks": ["1 h"]}, period={"length": "1 week"}))
    by_day = {day: [row for row in intervals(crew) if row[0] // 24 == day] for day in (0, 1)}
    if not by_day[1]:
        by_day[1] = [row for row in intervals(crew, 1) if row[0] // 24 == 1]
    assert sum(end - start for start, end, _ in by_day[0]) == pytest.approx(7)
    assert sum(end - start for start, end, _ in by_day[1]) == pytest.approx(3.5)


def test_days_that_touch_are_one_stretch(make_scenario: Make) -> None:
    _, crew = crew_of(team(make_scenario, {"daily": {"post": 2}}, {}))
    assert intervals(crew, 0) == intervals(crew, 1) == [(0, 14 * 24, "SHIFT_END")]
    assert crew.keeps_work.tolist() == [False, False]


def test_a_night_shift_under_way_at_time_0_begins_there(make_scenario: Make) -> None:
    plan, crew = crew_of(team(make_scenario, {"daily": {"night": 1}}, {}))
    assert plan.people.shift_start_ms.min() == -2 * HOUR_MS
    assert crew.start_ms.min() == 0
    assert crew.end_ms[crew.start_ms == 0].tolist() == [6 * HOUR_MS]


def test_absence_takes_whole_days_at_the_stated_share(make_scenario: Make) -> None:
    roster = {"mon-fri": {"core": 10, "split": 5}}
    plan, crew = crew_of(team(make_scenario, roster, {"absence": "10%"}, period={"length": "20 weeks"}))
    people = plan.people
    away = {
        (person, day): gone
        for person, day, gone in zip(
            people.shift_person.tolist(), people.shift_date.tolist(), crew.absent.tolist(), strict=True
        )
    }
    assert all(
        away[person, day] == gone
        for person, day, gone in zip(
            people.shift_person.tolist(), people.shift_date.tolist(), crew.absent.tolist(), strict=True
        )
    )
    assert stats.binomtest(sum(away.values()), len(away), 0.1).pvalue > LEAST_P
    present = set(zip(crew.person.tolist(), (crew.start_ms // DAY_MS + people.shift_date.min()).tolist(), strict=True))
    assert present == {at for at, gone in away.items() if not gone}


def test_more_heads_leave_the_absences_of_the_others(make_scenario: Make) -> None:
    def away(heads: int) -> set[tuple[int, int]]:
        plan, crew = crew_of(team(make_scenario, {"mon-fri": {"core": heads}}, {"absence": "20%"}))
        people = plan.people
        return set(zip(people.shift_person[crew.absent].tolist(), people.shift_date[crew.absent].tolist(), strict=True))

    few, many = away(4), away(6)
    assert few == {(person, day) for person, day in many if person < 4} != set()


@pytest.mark.parametrize(
    ("patience", "weekend"),
    [("1 business day", True), ("15 h", False), ("16 h", False), ("64 h", True), ("0 min", False)],
)
def test_work_waits_for_who_is_back_in_time(make_scenario: Make, patience: str, weekend: bool) -> None:
    scenario = team(
        make_scenario,
        {"mon-fri": {"core": 1}},
        {"breaks": ["30 min"]},
        routing={"reassign_after": patience},
        calendars={"office": {"mon-fri": "09:00-17:00"}},
        sla={"calendar": "office"},
    )
    _, crew = crew_of(scenario)
    gone_ms, back_ms = crew.end_ms[:-1], crew.start_ms[1:]
    overnight = (back_ms - gone_ms == 16 * HOUR_MS) & crew.keeps_work[:-1]
    over_weekend = (back_ms - gone_ms == 64 * HOUR_MS) & crew.keeps_work[:-1]
    at_break = crew.end_reason == OffReason.BREAK
    assert crew.keeps_work[at_break].all() == (patience != "0 min")
    assert overnight.sum() == (0 if patience in ("15 h", "0 min") else 8)
    assert over_weekend.sum() == (1 if weekend else 0)
    assert not crew.keeps_work[-1]


def test_an_absence_counts_as_being_away(make_scenario: Make) -> None:
    scenario = team(make_scenario, {"mon-fri": {"core": 1}}, {"absence": "40%"}, period={"length": "20 weeks"})
    _, crew = crew_of(scenario)
    away_ms = crew.start_ms[1:] - crew.end_ms[:-1]
    # The default is a business day of a clock that never stops: 24 h.
    assert crew.keeps_work[:-1].tolist() == (away_ms <= DAY_MS).tolist()
    assert {True, False} == set(crew.keeps_work[:-1].tolist())


SHARES = st.sampled_from([0.0, 0.03, 0.11, 0.25])


@settings(max_examples=60)
@given(
    breaks=st.lists(st.sampled_from(["5 min", "15 min", "47 min"]), max_size=4),
    meetings=SHARES,
    training=SHARES,
    absence=st.sampled_from([0.0, 0.3]),
    shifts=st.lists(st.sampled_from(["core", "split", "half", "night"]), min_size=1, max_size=3, unique=True),
    seed=st.integers(0, 1000),
)
def test_stretches_stay_in_their_shifts_and_lose_exactly_the_blocks(
    small_team: Callable[..., Scenario],
    breaks: list[str],
    meetings: float,
    training: float,
    absence: float,
    shifts: list[str],
    seed: int,
) -> None:
    shrinkage = {"breaks": breaks, "meetings": meetings, "training": training, "absence": absence}
    plan, crew = crew_of(small_team({"mon-sat": dict.fromkeys(shifts, 2)}, shrinkage), seed)
    people = plan.people
    same = crew.person[1:] == crew.person[:-1]
    assert (np.diff(crew.person) >= 0).all()
    assert (crew.start_ms[1:] > crew.end_ms[:-1])[same].all()
    assert (crew.end_ms > crew.start_ms).all()
    longest = max({"core": 480, "split": 480, "half": 240, "night": 480}[name] for name in shifts)
    rounding_ms = len(breaks) + 2
    days = sorted(set(zip(people.shift_person.tolist(), people.shift_date.tolist(), strict=True)))
    inside = 0
    for person, day in days:
        rows = (people.shift_person == person) & (people.shift_date == day)
        starts, ends = people.shift_start_ms[rows], people.shift_end_ms[rows]
        mine = np.flatnonzero((crew.person == person) & (crew.start_ms < ends.max()) & (crew.end_ms > starts.min()))
        inside += len(mine)
        there_ms = (crew.end_ms[mine] - crew.start_ms[mine]).sum()
        if crew.absent[rows].any():
            assert crew.absent[rows].all()
            assert there_ms == 0
            continue
        for start, end in zip(crew.start_ms[mine].tolist(), crew.end_ms[mine].tolist(), strict=True):
            assert any(low <= start and end <= high for low, high in zip(starts, ends, strict=True))
        if starts.min() < 0:
            continue
        paid_ms = (ends - starts).sum()
        lost = sum(int(each.split()[0]) for each in breaks) / longest + meetings + training
        assert abs(there_ms - paid_ms * (1 - lost)) <= rounding_ms
    assert inside == len(crew.person)


@pytest.fixture(scope="module")
def small_team() -> Callable[..., Scenario]:
    return _small_team


def _small_team(roster: dict[str, Any], shrinkage: dict[str, Any]) -> Scenario:
    return Scenario.model_validate(
        {
            "name": "crew",
            "period": {"start": "2026-01-05", "length": "9 days", "warm_up": 0, "run_out": 0},
            "demand": {"contacts": {"count": 1}},
            "work": {"L1": {"handle": "10 min"}},
            "shifts": {
                "core": "09:00-17:00",
                "split": ["08:00-12:00", "16:00-20:00"],
                "half": "09:00-13:00",
                "night": "22:00-06:00",
            },
            "teams": {"desk": {"tier": "L1", "roster": roster, "shrinkage": shrinkage}},
        }
    )
