"""People for heads by interval: the heads are filled exactly, and people keep their days and their rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import Plan
from supportsim.scenario.loader import ScenarioError, load_scenario
from supportsim.scenario.model import Scenario

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
Make = Callable[..., Scenario]

OFFICE = [1.0 if 8 <= hour < 16 else 0.0 for hour in range(24)]


def plan_of(make_scenario: Make, minutes: int, heads: list[float], *, start: str = "2026-01-05", **more: Any) -> Plan:
    table = {"minutes": minutes, "begins": more.pop("begins", None), "columns": {"desk": heads}}
    roster = {"file": "heads.csv", "longest": more.pop("longest", "8 h"), "table": table}
    roster |= {"beyond": more.pop("beyond", "refused")}
    period = {"start": start, "length": more.pop("length", "3 weeks"), "timezone": more.pop("timezone", "UTC")}
    teams = {"desk": {"tier": "L1", "roster": roster, **more}}
    return compile_plan(make_scenario({"teams": teams}, period=period))


def rostered(plan: Plan, minutes: int) -> NDArray[np.int64]:
    """Return how many are rostered in each interval from time 0 to the horizon."""
    at = np.arange(0, plan.horizon_ms, minutes * MINUTE_MS)
    people = plan.people
    inside = (people.shift_start_ms[:, None] <= at) & (at < people.shift_end_ms[:, None])
    return np.asarray(inside.sum(axis=0), dtype=np.int64)


def shifts(plan: Plan) -> list[tuple[str, str, float, float]]:
    """Return name, date and the hours from the date's midnight (UTC) of every shift."""
    people = plan.people
    midnight = (people.shift_date.astype(np.int64) - date(2026, 1, 5).toordinal()) * DAY_MS
    return [
        (people.names[who], date.fromordinal(day).isoformat(), start / HOUR_MS, end / HOUR_MS)
        for who, day, start, end in zip(
            people.shift_person.tolist(),
            people.shift_date.tolist(),
            (people.shift_start_ms - midnight).tolist(),
            (people.shift_end_ms - midnight).tolist(),
            strict=True,
        )
    ]


def test_one_head_on_workdays_is_one_person(make_scenario: Make) -> None:
    plan = plan_of(make_scenario, 60, OFFICE * 5 + [0.0] * 48, length="1 week")
    assert shifts(plan) == [("desk-1", f"2026-01-{day:02}", 8.0, 16.0) for day in range(5, 10)]


def test_heads_around_the_clock_are_filled_by_people_with_days_off(make_scenario: Make) -> None:
    plan = plan_of(make_scenario, 30, [2.0] * 336)
    assert_array_equal(rostered(plan, 30), 2)
    assert {end - start for _, _, start, end in shifts(plan)} == {8.0}
    # 6 shifts a day make 42 a week, and nobody has more than 5.
    assert len(plan.people.names) == 9


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("longest", ["6 h", "10 h"])
def test_heads_are_filled_exactly_and_people_rest(make_scenario: Make, seed: int, longest: str) -> None:
    rng = np.random.default_rng(seed)
    heads = np.repeat(rng.integers(0, 6, 168 * 3), 4).astype(float).tolist()
    plan = plan_of(make_scenario, 15, heads, begins="2026-01-05 00:00", longest=longest)
    assert_array_equal(rostered(plan, 15), heads)
    people = plan.people
    for who in range(len(people.names)):
        mine = people.shift_person == who
        assert np.all(people.shift_start_ms[mine][1:] - people.shift_end_ms[mine][:-1] >= 11 * HOUR_MS)
        day = people.shift_date[mine]
        assert len(np.unique(day)) == len(day)
        assert np.bincount((day - 1) // 7).max() <= 5


def test_the_clocks_are_those_of_the_team_and_skip_and_repeat_hours(make_scenario: Make) -> None:
    # Sunday 2026-03-08 loses an hour in New York; two are there from 00:00 to 04:00.
    sunday = [0.0] * 144 + [2.0] * 4 + [0.0] * 20
    plan = plan_of(make_scenario, 60, sunday, start="2026-03-08", length="1 day", timezone="America/New_York")
    assert (plan.people.shift_end_ms - plan.people.shift_start_ms).tolist() == [3 * HOUR_MS] * 2
    manila = plan_of(make_scenario, 60, OFFICE * 7, length="1 day", timezone="UTC")
    assert shifts(manila) == [("desk-1", "2026-01-05", 8.0, 16.0)]
    table = {"minutes": 60, "begins": None, "columns": {"desk": OFFICE * 7}}
    team = {"tier": "L1", "timezone": "Asia/Manila", "roster": {"file": "heads.csv", "table": table}}
    plan = compile_plan(make_scenario({"teams": {"desk": team}}, period={"length": "1 day"}))
    assert shifts(plan) == [("desk-1", "2026-01-05", 0.0, 8.0)]


def test_holidays_take_shifts_away_and_hires_come_besides(make_scenario: Make) -> None:
    plan = plan_of(
        make_scenario, 60, OFFICE * 7, length="1 week", holidays=["2026-01-07"],
        hires=[{"starts": "2026-01-09", "works": {"fri": "core"}}],
    )  # fmt: skip
    found = shifts(plan)
    assert ("desk-hire1", "2026-01-09", 9.0, 17.0) in found
    assert "2026-01-07" not in [day for _, day, _, _ in found]
    assert len(found) == 7


def test_beyond_a_dated_file_its_nearest_week_holds(make_scenario: Make) -> None:
    heads = OFFICE * 7 + [2 * head for head in OFFICE] * 7
    plan = plan_of(make_scenario, 60, heads, begins="2026-01-12 00:00", beyond="nearest_week", length="4 weeks")
    assert_array_equal(rostered(plan, 60), OFFICE * 14 + [2 * head for head in OFFICE] * 14)
    with pytest.raises(ValueError, match="does not cover"):
        plan_of(make_scenario, 60, heads, begins="2026-01-12 00:00")


def test_what_is_added_is_there_whenever_the_file_has_somebody(make_scenario: Make) -> None:
    table = {"minutes": 60, "begins": None, "columns": {"desk": OFFICE * 7}}
    roster = {"file": "heads.csv", "table": table, "adds": 2}
    plan = compile_plan(make_scenario({"teams": {"desk": {"tier": "L1", "roster": roster}}}))
    assert_array_equal(rostered(plan, 60), [3 * head for head in OFFICE * 14])


SMALL = """\
name: small
period: {start: 2026-01-05, length: 1 week, warm_up: 0, run_out: 0}
demand: {contacts: {count: 20, per: day}}
work: {L1: {handle: 10 min}}
teams:
  desk: {tier: L1, roster: {file: heads.csv, unlisted: none}}
"""


def faults(folder: Path, rows: str, scenario: str = SMALL) -> list[str]:
    (folder / "heads.csv").write_text("start,desk\n" + rows, encoding="utf-8")
    (folder / "small.yaml").write_text(scenario, encoding="utf-8")
    try:
        load_scenario(folder / "small.yaml")
    except ScenarioError as error:
        return [f"{Path(each.file).name}:{each.line}: {each.path}: {each.message}" for each in error.faults]
    return []


def test_what_cannot_be_staffed_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, "tue 09:00,1\ntue 10:00,1\n") == []
    assert faults(tmp_path, "tue 09:00,3\ntue 09:30,1\ntue 10:00,1\n") == [
        "small.yaml:6: teams.desk.roster: heads.csv would have somebody come on tue 09:00 and leave at 09:30, after"
        " 30 min, expected heads that fit shifts of 1 h or more (see shortest) and 10 h at most (see longest)"
    ]
    assert faults(tmp_path, "tue 09:00,0\ntue 10:00,0\n") == [
        "small.yaml:6: teams.desk.roster: heads.csv is all zeros, nobody ever works here; expected heads"
    ]
    long = SMALL.replace("unlisted: none", "unlisted: none, longest: 17 h")
    assert faults(tmp_path, "tue 09:00,1\ntue 10:00,1\n", long) == [
        "small.yaml:6: teams.desk.roster.longest: is not from 60 min, the file's interval, to 16 h; expected for"
        " instance '10 h'"
    ]


def test_what_goes_with_shifts_does_not_go_with_a_file(tmp_path: Path) -> None:
    more = SMALL.replace("tier: L1", "tier: L1, rotation: {people: 3}")
    assert faults(tmp_path, "tue 09:00,1\ntue 10:00,1\n", more) == [
        "small.yaml:6: teams.desk.rotation: says who fills the heads of shifts, but the roster is a file; expected one"
        " or the other"
    ]
    more = SMALL.replace("tier: L1", "tier: L1, hires: [{starts: 2026-01-07}]")
    assert faults(tmp_path, "tue 09:00,1\ntue 10:00,1\n", more) == [
        "small.yaml:6: teams.desk.hires.0: says nothing of works, but a roster file leaves open which week is theirs;"
        " expected works"
    ]


def test_faults_of_the_file_and_of_the_form_are_told(tmp_path: Path) -> None:
    assert faults(tmp_path, "tue 09:00,1.5\n") == [
        "heads.csv:2: teams.desk.roster: '1.5' is not understood here, expected a whole number from 0 to 5,000"
    ]
    bad = SMALL.replace("unlisted", "unlsted")
    assert faults(tmp_path, "tue 09:00,1\ntue 10:00,1\n", bad) == [
        "small.yaml:6: teams.desk.roster.unlsted: unknown key, did you mean 'unlisted'?"
    ]
    by_day = SMALL.replace("{file: heads.csv, unlisted: none}", "{mon-fry: {core: 2}}")
    assert faults(tmp_path, "", by_day)[0].startswith(
        "small.yaml:6: teams.desk.roster.mon-fry: 'mon-fry' names no weekdays, expected for instance"
    )
