"""Blocks of time off the floor at stated and drawn times, by kind, worked out by hand. Times are hours of Monday."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import OffReason
from supportsim.scenario.model import Scenario
from supportsim.workload.crew import draw_crew
from supportsim.workload.model import Crew
from supportsim.workload.streams import Streams

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LEAST_P = 1e-4
Make = Callable[..., Scenario]
SHIFTS = {"core": "09:00-17:00", "split": ["08:00-12:00", "16:00-20:00"], "night": "22:00-06:00", "half": "09:00-13:00"}


def crew_of(make: Make, roster: dict[str, Any], shrinkage: dict[str, Any], length: str = "1 week", **team: Any) -> Crew:
    desk = {"tier": "L1", "roster": roster, "shrinkage": shrinkage, **team}
    scenario = make(instead={"teams": {"desk": desk}, "shifts": SHIFTS}, period={"length": length})
    return draw_crew(scenario, compile_plan(scenario), Streams(1, 0))


def there(crew: Crew, person: int = 0) -> list[tuple[float, float, str]]:
    """Return a person's stretches as (start, end) in hours since time 0 and the reason of the end."""
    return [
        (crew.start_ms[row] / HOUR_MS, crew.end_ms[row] / HOUR_MS, OffReason(crew.end_reason[row]).name)
        for row in np.flatnonzero(crew.person == person)
    ]


def test_a_meeting_at_a_stated_time_takes_everybody_off_the_floor_then(make_scenario: Make) -> None:
    crew = crew_of(
        make_scenario, {"mon-tue": {"core": 2}}, {"meetings": [{"at": "10:00", "takes": "1 h", "on": "mon"}]}
    )
    for person in (0, 1):
        assert there(crew, person) == [(9, 10, "MEETING"), (11, 17, "SHIFT_END"), (33, 41, "SHIFT_END")]


def test_what_a_shift_begins_with_is_known_where_it_may_be_called_off(make_scenario: Make) -> None:
    shrinkage = {
        "training": [{"at": "08:00", "takes": "2 h", "on": "mon"}],
        "breaks": [{"at": "16:00", "takes": "4 h"}],
    }
    desk = {"tier": "L1", "roster": {"mon-tue": {"core": 1, "split": 1}}, "shrinkage": shrinkage}
    calls_off = {"when": {"team": "desk", "queue": "> 5"}, "do": ["cancel_training"], "until": {"queue": "< 3"}}

    def late_of(**more: Any) -> list[tuple[int, float, float, str]]:
        scenario = make_scenario(instead={"teams": {"desk": desk}, "shifts": SHIFTS}, **more)
        late = draw_crew(scenario, compile_plan(scenario), Streams(1, 0)).late
        if late is None:
            return []
        rows = zip(late.person, late.start_ms / HOUR_MS, late.until_ms / HOUR_MS, late.reason, strict=True)
        return [(int(who), begin, until, OffReason(reason).name) for who, begin, until, reason in rows if begin < 48]

    # Person 0 works from nine to five, person 1 from eight to twelve and from four to eight, all of it a break.
    assert sorted(late_of(playbooks=[calls_off])) == [
        (0, 9, 10, "TRAINING"), (1, 8, 10, "TRAINING"), (1, 16, 20, "BREAK"), (1, 40, 44, "BREAK"),
    ]  # fmt: skip
    assert late_of() == []


def test_only_those_on_shift_are_in_it(make_scenario: Make) -> None:
    shrinkage = {"training": [{"at": "12:30", "takes": "1 h"}]}
    crew = crew_of(make_scenario, {"mon": {"half": 1, "split": 1}}, shrinkage)
    # The half day ends in the middle of it; the split shift is not there.
    days = sorted(there(crew, person) for person in (0, 1))
    assert days == [[(8, 12, "SHIFT_END"), (16, 20, "SHIFT_END")], [(9, 12.5, "TRAINING")]]


def test_a_block_that_the_shift_begins_or_ends_in_is_cut(make_scenario: Make) -> None:
    shrinkage = {"admin": [{"at": "08:30", "takes": "1 h"}], "coaching": [{"at": "16:45", "takes": "1 h"}]}
    assert there(crew_of(make_scenario, {"mon": {"core": 1}}, shrinkage)) == [(9.5, 16.75, "COACHING")]


def test_overlapping_blocks_are_one_absence_for_the_first(make_scenario: Make) -> None:
    shrinkage = {
        "meetings": [{"at": "10:00", "takes": "2 h"}],
        "quality_reviews": [{"at": "11:00", "takes": "30 min"}, {"at": "12:00", "takes": "30 min"}],
    }
    found = there(crew_of(make_scenario, {"mon": {"core": 1}}, shrinkage))
    assert found == [(9, 10, "MEETING"), (12.5, 17, "SHIFT_END")]


def test_after_midnight_a_block_belongs_to_the_next_weekday(make_scenario: Make) -> None:
    shrinkage = {"breaks": [{"at": "02:00", "takes": "30 min", "on": "tue"}, {"at": "23:00", "takes": "15 min"}]}
    found = there(crew_of(make_scenario, {"mon-tue": {"night": 1}}, shrinkage))
    monday = [(22, 23, "BREAK"), (23.25, 26, "BREAK"), (26.5, 30, "SHIFT_END")]
    assert found == [*monday, (46, 47, "BREAK"), (47.25, 54, "SHIFT_END")]


def test_stated_times_go_by_the_teams_clock(make_scenario: Make) -> None:
    shrinkage = {"meetings": [{"at": "10:00", "takes": "1 h"}]}
    crew = crew_of(make_scenario, {"mon": {"core": 1}}, shrinkage, timezone="America/New_York")
    # New York is 5 h behind UTC.
    assert there(crew) == [(14, 15, "MEETING"), (16, 22, "SHIFT_END")]


def test_breaks_without_a_time_spread_over_what_stated_blocks_leave(make_scenario: Make) -> None:
    shrinkage = {"breaks": ["30 min"], "meetings": [{"at": "09:00", "takes": "1 h"}]}
    found = there(crew_of(make_scenario, {"mon": {"core": 1}}, shrinkage))
    # 7 h are left, of which 6.5 h net: two stretches of 3.25 h, moved by (0.5 golden mod 1 - 0.5) of one.
    first = 3.25 + (0.5 * (5**0.5 - 1) / 2 % 1 - 0.5) * 3.25
    assert [round(value, 3) for start, end, _ in found for value in (start, end)] == pytest.approx(
        [10, 10 + first, 10.5 + first, 17], abs=1e-2
    )


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("meetings", "MEETING"),
        ("training", "TRAINING"),
        ("admin", "ADMIN"),
        ("coaching", "COACHING"),
        ("quality_reviews", "QUALITY_REVIEW"),
    ],
)
def test_blocks_at_drawn_times_have_their_length_on_their_days(make_scenario: Make, kind: str, reason: str) -> None:
    blocks = [{"takes": "1 h", "on": "mon"}, {"takes": "30 min", "on": "mon,wed"}]
    crew = crew_of(make_scenario, {"mon-fri": {"core": 3}}, {kind: blocks}, "20 weeks")
    lost = np.full(140, 0.0)
    for person in range(3):
        lost[:] = 8.0
        for start, end, why in there(crew, person):
            lost[int(start // 24)] -= end - start
            assert why in (reason, "SHIFT_END")
        by_weekday = lost.reshape(20, 7)[:, :5]
        assert by_weekday == pytest.approx(np.tile([1.5, 0, 0.5, 0, 0], (20, 1)), abs=1e-5)


def test_drawn_times_are_uniform_over_the_rest_of_the_day(make_scenario: Make) -> None:
    crew = crew_of(make_scenario, {"mon-fri": {"core": 10}}, {"admin": [{"takes": "48 min"}]}, "20 weeks")
    begins = crew.end_ms[crew.end_reason == OffReason.ADMIN] % DAY_MS - 9 * HOUR_MS
    assert stats.kstest(begins / (432 * MINUTE_MS), "uniform").pvalue > LEAST_P


def test_a_share_is_of_the_whole_shift_whatever_is_stated_besides(make_scenario: Make) -> None:
    shrinkage = {"meetings": [{"at": "10:00", "takes": "1 h"}], "admin": "10%"}
    found = there(crew_of(make_scenario, {"mon": {"core": 1}}, shrinkage))
    assert sum(end - start for start, end, _ in found) == pytest.approx(8 - 1 - 0.8)


def test_a_new_kind_moves_no_draw_of_another(make_scenario: Make) -> None:
    def trained(**more: Any) -> list[int]:
        crew = crew_of(make_scenario, {"mon-fri": {"core": 1}}, {"training": [{"takes": "1 h"}], **more}, "4 weeks")
        net_ms = 7 * HOUR_MS
        return (crew.end_ms[crew.end_reason == OffReason.TRAINING] % DAY_MS - 9 * HOUR_MS - net_ms).tolist()

    assert len(trained()) == 20
    assert trained() == trained(coaching=[{"takes": "1 min", "on": "sat"}])


def test_a_full_day_of_meetings_leaves_nobody(make_scenario: Make) -> None:
    shrinkage = {"meetings": [{"at": "09:00", "takes": "4 h"}, {"at": "13:00", "takes": "4 h", "on": "mon"}]}
    found = there(crew_of(make_scenario, {"mon-tue": {"core": 1}}, shrinkage))
    assert found == [(37, 41, "SHIFT_END")]
