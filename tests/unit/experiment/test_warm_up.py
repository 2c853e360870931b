"""When a warm-up is too short, by hand and through the simulator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment.run import run
from supportsim.experiment.warm_up import advise, mser, unsteady_because, weekly_backlog
from supportsim.scenario.loader import load_scenario

DESK = Path(__file__).with_name("desk.yaml")
LONG = ["period.length=8 weeks", "demand.contacts.count=30"]
BUSY = [
    "demand.contacts.count=84",
    "demand.channels={email: {share: 100%}}",
    "targets=null",
    "sla.response={P3: 4 h}",
    "work.L1.handle.exponential.mean=14 min",
]
"""98 % of what two agents can do: it takes weeks until the queue has its length."""


def test_mser_by_hand() -> None:
    # d = 0: variance of 0, 4, 5, 5, 4, 6 is 11/3 and over 6 is 0.611; d = 1: 0.56 / 5 = 0.112; d = 2: 0.5 / 4 = 0.125;
    # d = 3: 2/3 / 3 = 0.222.
    assert mser(np.array([0.0, 4, 5, 5, 4, 6])) == 1


def test_mser_cuts_nothing_from_what_is_level() -> None:
    assert mser(np.array([5.0, 4, 5, 4, 5, 4])) == 0
    assert mser(np.array([5.0] * 6)) == 0


def test_mser_cuts_at_most_half() -> None:
    assert mser(np.arange(10.0)) == 5


def test_weeks_are_means_of_their_hours_over_all_tiers() -> None:
    hours = np.zeros((1, 3, 2 * 168 + 5), dtype=np.int32)
    hours[0, 0, :168] = 2
    hours[0, 2, :168] = 1
    hours[0, 1, 168 : 168 + 84] = 8
    assert weekly_backlog(hours).tolist() == [[3.0, 4.0]]


def test_a_week_in_which_the_clocks_are_put_forward_is_one() -> None:
    assert weekly_backlog(np.ones((1, 3, 2 * 168 - 1), dtype=np.int32)).tolist() == [[3.0, 3.0]]
    assert weekly_backlog(np.ones((1, 3, 100), dtype=np.int32)).shape == (1, 0)


def test_an_operation_that_begins_empty_is_found_out_and_one_that_has_settled_is_not() -> None:
    empty = advise(run(load_scenario(DESK, [*LONG, *BUSY, "period.warm_up=0"]), 20, workers=1))
    assert empty.too_short
    assert "open tickets in the first" in empty.reason
    settled = advise(run(load_scenario(DESK, [*LONG, "period.warm_up=1 week"]), 20, workers=1))
    assert settled.more_weeks == 0


def test_advice_is_rare_where_there_is_nothing_to_find() -> None:
    # The open tickets of weeks that are alike, drawn 300 times: at 1 % three are expected, nine are six too many.
    generator = np.random.default_rng(8)
    scenario = load_scenario(DESK, LONG)
    wrong = 0
    for _ in range(300):
        weeks = generator.poisson(20, (20, 8))
        backlog = np.zeros((20, 2, 3, 8 * 168), dtype=np.int32)
        backlog[:, 0, 0] = np.repeat(weeks, 168, axis=1)
        wrong += advise(FakeResult(scenario, backlog)).too_short  # type: ignore[arg-type]
    assert wrong <= 9


class FakeResult:
    def __init__(self, scenario: object, backlog: object) -> None:
        self.scenario, self.backlog = scenario, backlog


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("demand.growth={rate: 4%}", "demand grows"),
        ("demand.seasons.month_end={last: 3 days, factor: 1.5}", "the end of the month is busier"),
        ("events=[{outage: {at: 2026-03-10 10:00, lasts: 4 h}}]", "something happens in it"),
        ("self_service={bot: {deflects: {from: 0%, to: 25%, by: 4 weeks}}}", "a share moves from one value to another"),
        ("calendars={office: {mon-fri: '09:00-17:00', holidays: [2026-03-19]}}", "holidays fall into it"),
    ],
)
def test_nothing_is_advised_where_weeks_are_not_alike(override: str, reason: str) -> None:
    scenario = load_scenario(DESK, [*LONG, override])
    assert list(unsteady_because(scenario.scenario)) == [reason]
    advice = advise(FakeResult(scenario, None))  # type: ignore[arg-type]
    assert advice.more_weeks is None
    assert advice.reason == f"no steady state to settle in: {reason}"


@pytest.mark.parametrize(
    "override",
    [
        "demand.growth={rate: 0%}",
        "self_service={bot: {deflects: {from: 5%, to: 5%}}}",
        "calendars={office: {mon-fri: '09:00-17:00', holidays: [2026-12-24]}}",
    ],
)
def test_what_changes_nothing_leaves_weeks_alike(override: str) -> None:
    assert list(unsteady_because(load_scenario(DESK, [*LONG, override]).scenario)) == []


def test_too_few_weeks_or_replications_tell_nothing() -> None:
    scenario = load_scenario(DESK, LONG)
    short = advise(FakeResult(scenario, np.zeros((9, 2, 3, 5 * 168))))  # type: ignore[arg-type]
    assert (short.more_weeks, short.reason) == (None, "whole weeks in the period: 5; fewer than 6 tell nothing")
    single = advise(FakeResult(scenario, np.zeros((1, 2, 3, 8 * 168))))  # type: ignore[arg-type]
    assert (single.more_weeks, single.reason) == (None, "a single replication tells nothing")
