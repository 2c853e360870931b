"""Dated changes: what they do to volume, handle time and deflection, from which instant on, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.scenario.model import Scenario
from supportsim.workload.arrivals import Arrivals, draw_arrivals
from supportsim.workload.changes import deflected, handle_factor, progress
from supportsim.workload.draw import draw_workload
from supportsim.workload.streams import Streams

DAY_MS = 24 * 3_600_000
MINUTE_MS = 60_000
LEAST_P = 1e-4
Make = Callable[..., Scenario]
CATEGORIES = {"login": {"share": "40%"}, "other": {"share": "60%"}}


def scenario_with(make: Make, *changes: dict[str, Any], **more: Any) -> Scenario:
    return make(changes=list(changes), instead={"demand.categories": CATEGORIES}, **more)


def drawn(scenario: Scenario) -> Arrivals:
    return draw_arrivals(scenario, compile_plan(scenario), Streams(1, 0))


def test_a_change_is_there_at_once_or_grows_in_a_straight_line(make_scenario: Make) -> None:
    scenario = scenario_with(
        make_scenario, {"from": "2026-01-07", "volume": "-50%"}, {"from": "2026-01-07", "by": "4 days", "volume": "-1%"}
    )
    plan = compile_plan(scenario)
    at_ms = np.array([2 * DAY_MS - 1, 2 * DAY_MS, 3 * DAY_MS, 6 * DAY_MS, 9 * DAY_MS])
    at_once, slowly = scenario.changes
    assert progress(at_once, plan, at_ms).tolist() == [0, 1, 1, 1, 1]
    assert progress(slowly, plan, at_ms) == pytest.approx([0, 0, 0.25, 1, 1])


def test_it_begins_at_local_midnight(make_scenario: Make) -> None:
    change = {"from": "2026-01-06", "volume": "-50%"}
    scenario = scenario_with(make_scenario, change, period={"timezone": "America/New_York"})
    plan = compile_plan(scenario)
    # Time 0 is local midnight of 5 January.
    assert progress(scenario.changes[0], plan, np.array([DAY_MS - 1, DAY_MS])).tolist() == [0, 1]


def test_less_volume_keeps_a_part_of_the_very_same_contacts(make_scenario: Make) -> None:
    usual = drawn(scenario_with(make_scenario))
    fewer = drawn(scenario_with(make_scenario, {"from": "2026-01-12", "categories": ["login"], "volume": "-30%"}))
    kept = np.isin(usual.key, fewer.key)
    assert np.isin(fewer.key, usual.key).all()
    concerned = (usual.category == 0) & (usual.arrived_ms >= 7 * DAY_MS)
    assert kept[~concerned].all()
    assert stats.binomtest(int(kept[concerned].sum()), int(concerned.sum()), 0.7).pvalue > LEAST_P


def test_more_volume_adds_contacts_of_the_category_and_moves_none(make_scenario: Make) -> None:
    usual = drawn(scenario_with(make_scenario))
    more = drawn(scenario_with(make_scenario, {"from": "2026-01-12", "categories": ["login"], "volume": "+50%"}))
    assert np.isin(usual.key, more.key).all()
    extra = more.pick(~np.isin(more.key, usual.key))
    assert set(extra.category.tolist()) == {0}
    assert set(extra.source.tolist()) == {-1}
    assert extra.arrived_ms.min() >= 7 * DAY_MS
    # 240 a day, 40 % of them, half as many on top, for a week.
    mean = 240 * 0.4 * 0.5 * 7
    assert abs(len(extra.key) - mean) < 4 * mean**0.5


def test_volume_that_grows_over_the_week_adds_half_as_much(make_scenario: Make) -> None:
    usual = drawn(scenario_with(make_scenario))
    growing = {"from": "2026-01-12", "by": "1 week", "categories": ["login"], "volume": "+200%"}
    extra = len(drawn(scenario_with(make_scenario, growing)).key) - len(usual.key)
    mean = 240 * 0.4 * 2 * 7 / 2
    assert abs(extra - mean) < 4 * mean**0.5


def test_months_end_acts_on_what_a_change_adds(make_scenario: Make) -> None:
    seasons = {"month_end": {"last": "14 days", "factor": 3, "categories": ["login"]}}
    period = {"start": "2026-01-19", "length": "13 days"}
    change = {"from": "2026-01-19", "volume": "+100%"}
    demand = {"seasons": seasons}
    usual = drawn(scenario_with(make_scenario, demand=demand, period=period))
    more = drawn(scenario_with(make_scenario, change, demand=demand, period=period))
    extra = more.category[~np.isin(more.key, usual.key)]
    for code, a_day in ((0, 240 * 0.4 * 3), (1, 240 * 0.6)):
        assert abs((extra == code).sum() - 13 * a_day) < 4 * (13 * a_day) ** 0.5


def test_events_are_left_alone(make_scenario: Make) -> None:
    event = {"outage": {"at": "2026-01-13 10:00", "lasts": "4 h", "categories": ["login"]}}
    change = {"from": "2026-01-05", "categories": ["login"], "volume": "-100%"}
    usual = drawn(scenario_with(make_scenario, events=[event]))
    fixed = drawn(scenario_with(make_scenario, change, events=[event]))
    of_event = usual.source == 0
    assert np.isin(usual.key[of_event], fixed.key).all()
    assert not np.isin(usual.key[(usual.category == 0) & ~of_event], fixed.key).any()


def test_handle_factors_multiply_by_tier_and_category(make_scenario: Make) -> None:
    scenario = scenario_with(
        make_scenario,
        {"from": "2026-01-06", "handle": "-20%"},
        {"from": "2026-01-07", "handle": "-50%", "tiers": ["L1"], "categories": ["login"]},
    )
    plan = compile_plan(scenario)
    category = np.array([0, 0, 1, 0], dtype=np.int16)
    created_ms = np.array([0, DAY_MS, 2 * DAY_MS, 2 * DAY_MS])
    assert handle_factor(scenario, plan, "L1", category, created_ms) == pytest.approx([1, 0.8, 0.8, 0.4])
    assert handle_factor(scenario, plan, "L2", category, created_ms) == pytest.approx([1, 0.8, 0.8, 0.8])


def test_tickets_created_from_then_on_take_less_work_and_arrive_as_before(make_scenario: Make) -> None:
    scenario = scenario_with(make_scenario, {"from": "2026-01-12", "handle": "-25%"})
    tickets = draw_workload(scenario, compile_plan(scenario), 1, 0).tickets
    work = np.where(tickets.created_ms < 7 * DAY_MS, 10, 7.5) * MINUTE_MS
    assert (tickets.stage_work_ms[tickets.stage_offset[:-1]] == work).all()


def test_a_layer_deflects_its_new_share_once_the_change_is_there(make_scenario: Make) -> None:
    change = {"from": "2026-01-07", "by": "2 days", "deflects": {"articles": "30%"}, "categories": ["login"]}
    scenario = scenario_with(make_scenario, change, self_service={"articles": {"deflects": "10%"}})
    plan = compile_plan(scenario)
    category = np.array([0, 0, 0, 1], dtype=np.int16)
    arrived_ms = np.array([0, 3 * DAY_MS, 9 * DAY_MS, 9 * DAY_MS])
    usual = np.full(4, 0.1)
    assert deflected(scenario, plan, "articles", usual, category, arrived_ms) == pytest.approx([0.1, 0.2, 0.3, 0.1])
    assert deflected(scenario, plan, "other", usual, category, arrived_ms).tolist() == usual.tolist()


def test_a_change_that_means_nothing_is_refused(make_scenario: Make) -> None:
    for nothing in ({}, {"tiers": ["L1"], "volume": "+10%"}, {"handle": "-100%"}):
        with pytest.raises(ValueError, match=r"expected|greater"):
            scenario_with(make_scenario, {"from": "2026-01-12"} | nothing)
