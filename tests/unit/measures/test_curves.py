"""Whole distributions in bins, from floors small enough to be told by hand. Minutes throughout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_floor import Agent, Floor, one

from supportsim.measures.curves import EDGES_MINUTES, curve_keys, curves, shares_beyond
from supportsim.measures.story import Story, tell
from supportsim.plan.model import SlaTable
from supportsim.scenario.calendars import Clock, local_time

BINS = len(EDGES_MINUTES) + 1


@pytest.fixture
def story() -> Story:
    """One agent, tickets of 10 minutes at 0, 1 and 2, of which the last is a P4 and the window does not hold the first.

    Waits of 0, 9 and 18, and the reply comes at once. Promised are a response within 15 and a resolution within 25.
    """
    floor = Floor([one(0, 10), one(1, 10), one(2, 10, priority=4)], [Agent()], horizon=100, fifo=True)
    plan, workload = floor.plan(), floor.workload()
    always = local_time("UTC", plan.origin, 0, plan.horizon_ms)
    clock = Clock("always", np.zeros(1, np.int64), np.array([plan.horizon_ms]), always)
    within = [SlaTable(np.full((5, 1), minutes), np.zeros((5, 1), np.int32)) for minutes in (15.0, 25.0)]
    sla = replace(plan.sla, clocks=(clock,), response=within[0], resolution=within[1])
    plan = replace(plan, sla=sla, window_ms=(60_000, plan.horizon_ms))
    return tell(plan, workload, floor.run())


def row(story: Story, metric: str, priority: str = "") -> np.ndarray:
    keys = curve_keys(story.plan.channels, story.plan.segments)
    slices = (("priority", priority), ("segment", "all")) if priority else (("channel", "email"),)
    return curves(story)[keys.index((metric, slices))]


def bin_of(minutes: float) -> int:
    return int(np.flatnonzero(np.append(EDGES_MINUTES, np.inf) >= minutes)[0])


def test_waits_of_the_window_by_channel(story: Story) -> None:
    found = row(story, "wait_minutes")
    assert {int(place): int(found[place]) for place in np.flatnonzero(found)} == {bin_of(9): 1, bin_of(18): 1}


def test_clocks_by_priority(story: Story) -> None:
    # The second ticket is a P3, solved after 19; the third a P4, solved after 28.
    for metric, priority, minutes in (
        ("response_sla", "P3", 9),
        ("response_sla", "P4", 18),
        ("resolution_sla", "P3", 19),
        ("resolution_sla", "P4", 28),
    ):
        assert np.flatnonzero(row(story, metric, priority)).tolist() == [bin_of(minutes)]
    assert not row(story, "resolution_sla", "P1").any()


def test_without_a_promise_there_is_no_clock(story: Story) -> None:
    nothing = SlaTable(np.full((5, 1), np.nan), np.zeros((5, 1), np.int32))
    plan = replace(story.plan, sla=replace(story.plan.sla, response=nothing))
    silent = tell(plan, story.workload, Floor([one(0, 10), one(1, 10), one(2, 10, priority=4)], fifo=True).run())
    assert not row(silent, "response_sla", "P3").any()
    assert row(silent, "resolution_sla", "P3").any()


def test_a_value_on_an_edge_is_not_beyond_it() -> None:
    # Two in the first bin, one in the third, one beyond everything.
    counts = np.zeros(BINS, np.int64)
    counts[[0, 2, BINS - 1]] = (2, 1, 1)
    beyond = shares_beyond(counts)
    assert beyond[:3].tolist() == [0.5, 0.5, 0.25]
    assert beyond[-1] == 0.25
    assert np.isnan(shares_beyond(np.zeros(BINS, np.int64))).all()


def test_edges_are_told_apart() -> None:
    assert EDGES_MINUTES[0] == 0.1
    assert EDGES_MINUTES[20] == 1
    assert EDGES_MINUTES[-1] == 1e6
