from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.scenario.model import Scenario
from supportsim.workload.model import ContactOutcome
from supportsim.workload.self_service import SelfServiceResult, serve_self
from supportsim.workload.streams import Streams, hash64

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
COUNT = 40_000
LEAST_P = 1e-4
Make = Callable[..., Scenario]
KEY = hash64("contact", np.arange(COUNT))
SEGMENTS = {"enterprise": "50%", "smb": "50%"}
CATEGORIES = {"login": {"share": "50%"}, "other": {"share": "50%"}}


def served(make: Make, layers: dict[str, Any], arrived_ms: Any = 0, **changes: Any) -> SelfServiceResult:
    """Send contacts through ``layers``; segments alternate, categories change every other contact."""
    instead = {"demand.segments": SEGMENTS, "demand.categories": CATEGORIES}
    scenario = make(self_service=layers, instead=instead, **changes)
    number = np.arange(COUNT)
    segment, category = (number % 2).astype(np.int16), (number // 2 % 2).astype(np.int16)
    arrived = np.broadcast_to(np.asarray(arrived_ms, dtype=np.int64), COUNT)
    return serve_self(scenario, compile_plan(scenario), Streams(1, 0), arrived, KEY, segment, category)


def share_p(hits: np.ndarray[Any, Any], share: float) -> float:
    return float(stats.binomtest(int(hits.sum()), len(hits), share).pvalue)


def test_without_layers_everything_is_a_ticket_at_once(make_scenario: Make) -> None:
    result = served(make_scenario, {}, 777)
    assert set(result.outcome.tolist()) == {ContactOutcome.TICKET}
    assert set(result.left_ms.tolist()) == {777}
    assert set(result.layer.tolist()) == {-1}


def test_layers_are_tried_in_order_and_take_time_solved_or_not(make_scenario: Make) -> None:
    layers = {"bot": {"deflects": "20%", "takes": "4 min"}, "articles": {"deflects": "50%", "takes": "9 min"}}
    result = served(make_scenario, layers, 1000)
    assert share_p(result.layer == 0, 0.2) > LEAST_P
    assert share_p(result.layer == 1, 0.4) > LEAST_P
    for layer, minutes in ((0, 4), (1, 13), (-1, 13)):
        assert set(result.left_ms[result.layer == layer].tolist()) == {1000 + minutes * MINUTE_MS}
    deflected = result.outcome == ContactOutcome.DEFLECTED
    assert (deflected == (result.layer >= 0)).all()
    assert not result.rebound.any()


def test_deflection_by_category_and_skipped_segments(make_scenario: Make) -> None:
    layers = {"bot": {"deflects": {"login": "40%", "default": "10%"}, "takes": "4 min", "skips": ["enterprise"]}}
    result = served(make_scenario, layers)
    number = np.arange(COUNT)
    enterprise, login = number % 2 == 0, number // 2 % 2 == 0
    assert set(result.left_ms[enterprise].tolist()) == {0}
    assert set(result.layer[enterprise].tolist()) == {-1}
    assert share_p(result.layer[~enterprise & login] == 0, 0.4) > LEAST_P
    assert share_p(result.layer[~enterprise & ~login] == 0, 0.1) > LEAST_P


@pytest.mark.parametrize(("day", "share"), [(0, 0.0), (5, 0.0), (12, 0.1), (19, 0.2), (30, 0.2)])
def test_deflection_ramps_from_the_start_of_the_period(make_scenario: Make, day: int, share: float) -> None:
    layers = {"articles": {"deflects": {"from": "0%", "to": "20%", "by": "2 weeks"}}}
    period = {"length": "5 weeks", "warm_up": "5 days"}
    result = served(make_scenario, layers, day * DAY_MS, period=period)
    assert share_p(result.layer == 0, share) > LEAST_P


def test_rebounds_come_back_as_tickets(make_scenario: Make) -> None:
    layers = {"articles": {"deflects": "50%", "takes": "9 min", "rebound": "6%", "rebound_after": "20 h"}}
    result = served(make_scenario, layers)
    solved = result.layer == 0
    assert share_p(result.rebound[solved], 0.06) > LEAST_P
    assert not result.rebound[~solved].any()
    assert set(result.left_ms[result.rebound].tolist()) == {(20 * 60 + 9) * MINUTE_MS}
    assert set(result.outcome[result.rebound].tolist()) == {ContactOutcome.TICKET}
    assert set(result.outcome[solved & ~result.rebound].tolist()) == {ContactOutcome.DEFLECTED}


def test_who_is_not_through_at_the_horizon_is_still_in_self_service(make_scenario: Make) -> None:
    layers = {"articles": {"deflects": "50%", "takes": "9 min", "rebound": "50%", "rebound_after": "1 day"}}
    arrived_ms = 14 * DAY_MS - np.array([9, 10])[np.arange(COUNT) % 2] * MINUTE_MS
    result = served(make_scenario, layers, arrived_ms)
    inside = result.outcome == ContactOutcome.IN_SELF_SERVICE
    late = np.arange(COUNT) % 2 == 0
    assert inside[late].all()
    assert (inside[~late] == result.rebound[~late]).all()
    assert result.rebound[~late].any()


def test_another_layer_shifts_nothing_of_the_first(make_scenario: Make) -> None:
    bot = {"deflects": "20%", "takes": {"exponential": {"mean": "4 min"}}}
    alone = served(make_scenario, {"bot": bot})
    followed = served(make_scenario, {"bot": bot, "articles": {"deflects": "30%"}})
    assert ((alone.layer == 0) == (followed.layer == 0)).all()
    assert (alone.left_ms == followed.left_ms).all()
