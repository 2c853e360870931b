"""What figures rest on, and what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from supportsim.experiment.result import RunResult
from supportsim.measures.curves import EDGES_MINUTES
from supportsim.measures.flow import FLOW_NODES
from supportsim.report.page.distributions import curve_rows, distribution_pictures, reach, within
from supportsim.report.page.heatmaps import Map, Week, picture, steps, week_pictures
from supportsim.report.page.ink import png
from supportsim.report.page.people import occupancy_band, paid_time
from supportsim.report.page.sankey import Flow, flow_pictures
from supportsim.report.page.timeline import backlog_pictures, events_of
from supportsim.report.words import number


def test_steps_of_a_scale() -> None:
    grid = np.array([0.0, 0.99, 1.0, 7.99, 8.0, np.nan])
    assert steps(grid, 8.0).tolist() == [0, 0, 1, 7, 7, -1]
    assert steps(np.zeros(2), 0.0).tolist() == [0, 0]


def test_a_heat_map_in_words() -> None:
    grid = np.zeros((7, 24))
    grid[0, 10], grid[4, 9] = 84, 42
    said = picture(Map("arrivals", "Tickets per hour", "", grid, number)).alt
    assert said == "Most: Mon 10:00 (84), Fri 9:00 (42); mean of the hours 0.75."
    assert picture(Map("none", "Nothing", "", np.zeros((7, 24)), number)).alt == "0 in every hour of the week."


def test_the_week_is_that_of_the_result(desk: RunResult) -> None:
    week = Week(desk)
    assert week.grid("available_agents", "front")[0, 10] == pytest.approx(2, abs=0.4)
    assert week.grid("available_agents")[6].sum() == 0
    assert [one.name for one in week_pictures(week, ["front", "back"])] == [
        "arrivals", "staffing", "wait", "utilization", "late_responses", "late_resolutions",
    ]  # fmt: skip


def test_within() -> None:
    counts = np.zeros(len(EDGES_MINUTES) + 1, np.int64)
    counts[[20, 40]] = (9, 1)
    assert within(counts, 0.1) == EDGES_MINUTES[20]
    assert within(counts, 0.05) == EDGES_MINUTES[40]
    assert reach([counts]) == pytest.approx(1.3 * EDGES_MINUTES[40])


def test_late_is_what_the_metric_says(desk: RunResult) -> None:
    said = {one.name: one.alt for one in distribution_pictures(desk)}
    kept = 1 - desk.summary.estimate[desk.place("response_sla", priority="P1", segment="large")]
    assert "P1 large: half within" in said["responses"]
    assert f"15 min: {100 * kept:.1f} % late" in said["responses"]
    assert "2 business days" in said["resolutions"]
    assert "phone: half within" in said["waits"]


def test_every_ticket_is_in_a_curve(desk: RunResult) -> None:
    waits = sum(counts.sum() for metric, _, counts in curve_rows(desk) if metric == "wait_minutes")
    assert waits == desk.metric("tickets").sum()


def test_the_flow_per_week(desk: RunResult) -> None:
    flow = Flow(desk)
    assert flow.tiers == ["L1", "L2"]
    assert flow.out_of("new") == pytest.approx(desk.metric("tickets").mean() / 2)
    assert flow.into("deflected") == pytest.approx(np.nanmean(desk.numerator[:, desk.place("deflection_rate")]) / 2)
    assert flow.into("L2") == pytest.approx(flow.out_of("L2"))
    assert "L1 gets" in next(flow_pictures(desk)).alt
    empty = replace(desk, flow=np.zeros((len(FLOW_NODES),) * 2, np.int64))
    assert list(flow_pictures(empty)) == []


def test_paid_time_is_spent_once(desk: RunResult) -> None:
    for shares in paid_time(desk).values():
        assert sum(shares) == pytest.approx(1)
        assert min(shares) >= 0
    handling, free, away, absent, lent = paid_time(desk)["front"]
    # Half an hour of ten in a break, on the days on which they come.
    assert away == pytest.approx(0.05 * (1 - absent), abs=0.01)
    assert 0 < absent < 0.15
    assert lent == 0
    assert handling > 0.2 < free


def test_the_band_is_the_target_or_the_custom(desk: RunResult) -> None:
    assert occupancy_band(desk, "front") == (0.2, 0.8, True)
    assert occupancy_band(desk, "back") == (0.7, 0.8, False)


def test_events_of_the_period(desk: RunResult) -> None:
    (event,) = events_of(desk)
    assert (event.kind, event.start, event.end) == ("surge", datetime(2026, 3, 11, 9), datetime(2026, 3, 11, 15))
    assert [one.name for one in backlog_pictures(desk)] == ["backlog", "backlog_event_1"]


def test_a_picture_as_a_file(desk: RunResult) -> None:
    content = png(next(backlog_pictures(desk)))
    assert content.startswith(b"\x89PNG")
    assert content == png(next(backlog_pictures(desk)))
