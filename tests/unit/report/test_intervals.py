"""Rows by interval, by hour of the week and of the backlog, from series made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment.result import RunResult
from supportsim.measures.series import DEMAND_SERIES, TEAM_SERIES
from supportsim.report.intervals import (
    BACKLOG_COLUMNS,
    HOUR_COLUMNS,
    INTERVAL_COLUMNS,
    backlog_rows,
    hour_rows,
    interval_rows,
)
from supportsim.scenario.loader import load_scenario

SCENARIO = """
name: two_days
period: {start: 2026-03-07, length: 2 days, timezone: America/New_York}
demand: {contacts: {count: 10, per: day}}
work: {L1: {handle: 10 min}}
shifts: {core: "09:00-17:00"}
teams:
  desk: {tier: L1, roster: {daily: {core: 1}}}
  night: {tier: L1, roster: {daily: {core: 1}}}
"""
QUARTER_MS = 900_000
NO_MORE = (np.zeros((0, 0), np.int64), np.zeros((0, 0), np.int64), np.zeros((0, 2, 0), np.int64), ())
"""Neither curves nor flow nor playbooks nor targets."""
BINS = 4 * 47
"""Saturday, and the Sunday on which the clocks go forward at two."""


@pytest.fixture
def result(tmp_path: Path) -> RunResult:
    """Two replications; everything in quarters 0 and 1 (Saturday 0:00 and 0:15) and 99 (Sunday 0:45)."""
    file = tmp_path / "two_days.yaml"
    file.write_text(SCENARIO, "utf-8")
    demand = np.zeros((len(DEMAND_SERIES), BINS), np.int64)
    teams = np.zeros((2, len(TEAM_SERIES), BINS), np.int64)
    for name, values in {"contacts": (4, 6, 1), "tickets": (2, 3, 0), "wait_ms": (60_000, 240_000, 0)}.items():
        demand[DEMAND_SERIES.index(name), [0, 1, 99]] = values
    demand[DEMAND_SERIES.index("response_met"), [0, 1]] = (1, 2)
    demand[DEMAND_SERIES.index("response_judged"), [0, 1]] = (2, 3)
    for name, values in {
        "paid_ms": (2, 4),
        "on_shift_ms": (2, 3),
        "available_ms": (2, 2),
        "handling_ms": (1, 2),
    }.items():
        teams[1, TEAM_SERIES.index(name), [0, 1]] = np.array(values) * QUARTER_MS
    teams[1, TEAM_SERIES.index("handling_available_ms"), [0, 1]] = np.array((1, 1)) * QUARTER_MS
    backlog = np.zeros((2, 2, 3, 47), np.int32)
    backlog[:, 0, 0, 1] = (10, 20)
    backlog[:, 1, 0, 1] = (3, 4)
    nothing = np.zeros((2, 0))
    return RunResult(load_scenario(file), 1, 2, (0, 1), (), nothing, nothing, nothing, demand, teams, backlog, *NO_MORE)


def rows(columns: tuple[str, ...], found: object) -> list[dict[str, object]]:
    return [dict(zip(columns, row, strict=True)) for row in found]  # type: ignore[call-overload]


def test_quarters_are_means_over_replications(result: RunResult) -> None:
    quarters = rows(INTERVAL_COLUMNS, interval_rows(result, 15))
    assert len(quarters) == 3 * BINS
    first, desk, night = quarters[:3]
    assert (first["start"], first["team"]) == ("2026-03-07T00:00-05:00", "")
    assert (first["contacts"], first["tickets"], first["wait_minutes"]) == (2, 1, 0.5)
    assert (first["response_sla"], first["resolution_sla"]) == (0.5, None)
    assert (first["paid_agents"], first["handling_agents"], first["occupancy"]) == (1, 0.5, 0.5)
    assert (desk["team"], desk["contacts"], desk["paid_agents"], desk["occupancy"]) == ("desk", None, 0, None)
    assert (night["team"], night["paid_agents"], night["available_agents"]) == ("night", 1, 1)


def test_hours_add_up_their_quarters(result: RunResult) -> None:
    hour = rows(INTERVAL_COLUMNS, interval_rows(result, 60))[0]
    assert (hour["contacts"], hour["tickets"], hour["wait_minutes"]) == (5, 2.5, 1)
    assert hour["response_sla"] == 3 / 5
    # Six quarters paid over two replications of four quarters; handling 3, of them 2 while available, which is 4.
    assert (hour["paid_agents"], hour["occupancy"]) == (6 / 8, 3 / (3 + 4 - 2))
    assert hour["utilization"] == 3 / 5


def test_labels_go_with_the_wall_clock(result: RunResult) -> None:
    starts = [row["start"] for row in rows(INTERVAL_COLUMNS, interval_rows(result, 60)) if row["team"] == ""]
    assert len(starts) == 47
    assert starts[24:27] == ["2026-03-08T00:00-05:00", "2026-03-08T01:00-05:00", "2026-03-08T03:00-04:00"]


def test_hours_of_the_week_that_came(result: RunResult) -> None:
    hours = [row for row in rows(HOUR_COLUMNS, hour_rows(result)) if row["team"] == ""]
    assert len(hours) == 47
    found = {(row["weekday"], row["hour"]): row["contacts"] for row in hours}
    assert (found["sat", 0], found["sun", 0], found["sun", 3]) == (5, 0.5, 0)
    assert ("sun", 2) not in found


def test_the_backlog_and_where_most_replications_lie(result: RunResult) -> None:
    second = rows(BACKLOG_COLUMNS, backlog_rows(result))[3]
    assert second == {
        "hour": "2026-03-07T01:00-05:00", "tier": "L1", "open": 15, "open_p10": 11, "open_p90": 19, "actionable": 3.5,
    }  # fmt: skip


AUTUMN_HOURS = 24 + 25 + 6 * 24
"""Saturday, the Sunday on which the hour from one to two comes twice, and the six days to the next Saturday."""
TEAM_FIGURES = {
    "started": 3, "wait_of_started_ms": 5 * 60_000, "paid_ms": 2 * QUARTER_MS, "on_shift_ms": 2 * QUARTER_MS,
    "available_ms": QUARTER_MS, "handling_ms": QUARTER_MS, "handling_available_ms": 0,
}  # fmt: skip


@pytest.fixture
def autumn(tmp_path: Path) -> RunResult:
    """Two replications; in every quarter the same: what `DEMAND_SERIES` numbers from 1 on, and `TEAM_FIGURES` each."""
    file = tmp_path / "autumn.yaml"
    text = SCENARIO.replace("2026-03-07", "2026-10-31").replace("2 days,", "8 days,")
    file.write_text(text, "utf-8")
    quarters = np.ones(4 * AUTUMN_HOURS, np.int64)
    demand = np.arange(1, len(DEMAND_SERIES) + 1)[:, None] * quarters
    team = np.array([TEAM_FIGURES[name] for name in TEAM_SERIES])[:, None] * quarters
    backlog = np.arange(AUTUMN_HOURS, dtype=np.int32) * np.ones((2, 2, 3, 1), np.int32)
    backlog[:, :, 1:] = 0
    nothing = np.zeros((2, 0))
    return RunResult(
        load_scenario(file),
        1,
        2,
        (0, 1),
        (),
        nothing,
        nothing,
        nothing,
        demand,
        np.stack([team, team]),
        backlog,
        *NO_MORE,
    )


def test_an_hour_that_comes_twice_has_two_labels(autumn: RunResult) -> None:
    starts = [row["start"] for row in rows(INTERVAL_COLUMNS, interval_rows(autumn, 30)) if row["team"] == ""]
    assert len(starts) == 2 * AUTUMN_HOURS
    assert starts[48 + 2 : 48 + 7] == [
        "2026-11-01T01:00-04:00",
        "2026-11-01T01:30-04:00",
        "2026-11-01T01:00-05:00",
        "2026-11-01T01:30-05:00",
        "2026-11-01T02:00-05:00",
    ]


def test_an_hour_of_the_week_is_the_mean_of_those_that_came(autumn: RunResult) -> None:
    hours = [row for row in rows(HOUR_COLUMNS, hour_rows(autumn)) if row["team"] == ""]
    assert len(hours) == 7 * 24
    assert [(row["weekday"], row["hour"]) for row in hours[:25:24]] == [("mon", 0), ("tue", 0)]
    # Saturdays come twice, and so does the Sunday's hour from one to two: it is as every other hour nevertheless.
    for row in hours:
        assert row["contacts"] == 4 * 1 / 2
        assert row["visits"] == 2 * 4 * 3 / 2
        assert row["paid_agents"] == 2 * 2 / 2


def test_every_figure_of_an_interval(autumn: RunResult) -> None:
    whole, desk, night = rows(INTERVAL_COLUMNS, interval_rows(autumn, 30))[:3]
    del whole["start"]
    # Two quarters of two replications; both teams together.
    assert whole == {
        "team": "",
        "contacts": 1,
        "deflected": 2,
        "tickets": 3,
        "wait_minutes": round(8 / 60_000 / 6, 6),
        "response_sla": round(5 / 6, 6),
        "resolution_sla": round(7 / 8, 6),
        "service_level": 9 / 10,
        "visits": 6,
        "visit_wait_minutes": round(5 / 3, 6),
        "paid_agents": 2,
        "available_agents": 1,
        "handling_agents": 1,
        # Handling 4 quarters, all of it outside the 4 that people were available.
        "occupancy": 0.5,
        "utilization": 0.5,
    }
    assert (desk["visits"], night["visits"], desk["paid_agents"], desk["service_level"]) == (3, 3, 1, None)


def test_the_last_interval_may_be_short(autumn: RunResult) -> None:
    intervals = [row for row in rows(INTERVAL_COLUMNS, interval_rows(autumn, 120)) if row["team"] == "desk"]
    # 193 hours: the last interval has one of its two, in which as many people are there but half as much happens.
    assert len(intervals) == 97
    before, last = intervals[-2:]
    assert (before["visits"], last["visits"]) == (12, 6)
    assert before["paid_agents"] == last["paid_agents"] == 1


def test_the_backlog_is_labelled_by_the_wall_clock(autumn: RunResult) -> None:
    found = [row for row in rows(BACKLOG_COLUMNS, backlog_rows(autumn)) if row["tier"] == "L1"]
    assert [(row["hour"], row["open"]) for row in found[24:28]] == [
        ("2026-11-01T00:00-04:00", 24),
        ("2026-11-01T01:00-04:00", 25),
        ("2026-11-01T01:00-05:00", 26),
        ("2026-11-01T02:00-05:00", 27),
    ]
    assert len(found) == AUTUMN_HOURS
