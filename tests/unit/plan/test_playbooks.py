"""Playbooks compiled: when they look, what they look for, and whom they bring in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import Condition, OffReason, Plan, Watched
from supportsim.scenario.model import Scenario
from supportsim.workload.draw import draw_workload

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
TEAMS = {
    "desk": {"tier": "L1", "skills": {"general": 0.8}, "roster": {"mon-fri": {"core": 2}},
             "shrinkage": {"training": [{"takes": "1 h", "at": "16:00"}, {"takes": "1 h", "at": "10:00"}]}},
    "experts": {"tier": "L1", "roster": {"mon-fri": {"core": 2}}},
}  # fmt: skip


def compiled(make_scenario: Callable[..., Scenario], *playbooks: dict[str, Any]) -> Plan:
    return compile_plan(stated(make_scenario, *playbooks))


def stated(make_scenario: Callable[..., Scenario], *playbooks: dict[str, Any]) -> Scenario:
    rule = {"when": {"team": "desk", "queue": "> 9"}, "until": {"queue": "< 3"}, "do": {"overtime": "2 h"}}
    calendars = {"office": {"mon-fri": "09:00-12:00"}}
    return make_scenario(teams=TEAMS, calendars=calendars, playbooks=[rule | one for one in playbooks])


def test_looks_are_as_far_apart_as_stated_and_close_with_the_hours(make_scenario: Callable[..., Scenario]) -> None:
    always, office = compiled(make_scenario, {"every": "30 min"}, {"every": "1 h", "during": "office"}).playbooks
    assert np.diff(always.look_ms).tolist() == [30 * MINUTE_MS] * (14 * 48 - 1)
    assert not always.closes.any()
    monday = office.look_ms < DAY_MS
    assert (office.look_ms[monday] // HOUR_MS).tolist() == [9, 10, 11, 12]
    assert office.closes[monday].tolist() == [False, False, False, True]
    assert len(office.look_ms) == 10 * 4
    assert np.diff(office.look_day).max() == 3


def test_conditions_are_in_whole_units(make_scenario: Callable[..., Scenario]) -> None:
    when = {"team": "desk", "wait": ">= 90 s", "utilization": "> 85%", "free": "< 2"}
    (play,) = compiled(make_scenario, {"when": when, "until": {"wait": "< 1 min"}}).playbooks
    assert play.when == (
        Condition(Watched.WAIT, True, True, 90_000),
        Condition(Watched.UTILIZATION, True, False, 850_000),
        Condition(Watched.FREE, False, False, 2),
    )
    assert play.until == (Condition(Watched.WAIT, False, False, 60_000),)


def test_people_lent_and_called_in_come_behind_the_others(make_scenario: Callable[..., Scenario]) -> None:
    borrow, both = {"borrow": {"from": "experts"}}, {"borrow": {"from": "experts"}, "back_ups": {"agents": 1}}
    plan = compiled(make_scenario, {"name": "one", "do": borrow}, {"name": "two", "do": both})
    people = plan.people
    assert people.names[4:] == ("experts-1_at_desk", "experts-2_at_desk", "two_back_up_1")
    assert people.team.tolist() == [0, 0, 1, 1, 0, 0, 0]
    assert people.is_of is not None
    assert people.is_of.tolist() == [0, 1, 2, 3, 2, 3, 6]
    assert [play.twins[:4] for play in plan.playbooks] == [(-1, -1, 4, 5)] * 2
    assert plan.playbooks[1].back_ups == (6,)
    # Who is lent is as fast as at home, and a back-up as the team is.
    assert people.speed_ppm is not None
    assert people.speed_ppm[:, 0].tolist() == [800_000] * 2 + [1_000_000] * 4 + [800_000]


def test_without_playbooks_the_plan_has_no_more_people(make_scenario: Callable[..., Scenario]) -> None:
    plan = compiled(make_scenario)
    assert (plan.playbooks, plan.people.is_of, plan.rules.playbooks) == ((), None, False)


@pytest.mark.parametrize("cancels", [True, False])
def test_the_crew_says_until_when_time_off_lasts_where_it_may_be_called_off(
    make_scenario: Callable[..., Scenario], cancels: bool
) -> None:
    do = {"cancel": ["training"]} if cancels else {"overtime": "1 h"}
    scenario = stated(make_scenario, {"do": do})
    crew = draw_workload(scenario, compile_plan(scenario), 1, 0).crew
    if not cancels:
        assert crew.off_until_ms is None
        return
    assert crew.off_until_ms is not None
    first = slice(0, 2)
    # A training from 10 to 11, and one from 16 until the shift is over at 17.
    assert (crew.end_ms[first] // HOUR_MS).tolist() == [10, 16]
    assert (crew.off_until_ms[first] // HOUR_MS).tolist() == [11, 17]
    assert crew.end_reason[first].tolist() == [OffReason.TRAINING] * 2
