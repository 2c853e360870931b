"""The catalogue of metrics and the keys of targets."""

from __future__ import annotations

import math
from typing import Any

import pytest

from supportsim.scenario.metrics import DIMENSIONS, METRICS, STATS, MetricKey, parse_bounds, parse_target_key


def test_the_catalogue_is_consistent() -> None:
    for name, info in METRICS.items():
        assert set(info.stats) <= {*STATS, "max"}, name
        assert info.has_stats == bool(info.stats)
        assert all(set(names) <= set(DIMENSIONS) for names in info.slices), name
        assert len({tuple(sorted(names)) for names in info.slices}) == len(info.slices), name
        assert info.estimate == "mean" or not info.stats, name
        assert name.endswith("_minutes") == (info.unit == "minutes"), name
        assert info.definition
        assert not info.definition.endswith("."), name


@pytest.mark.parametrize(
    ("text", "key", "canonical"),
    [
        ("response_sla", MetricKey("response_sla", None), "response_sla"),
        ("wait_minutes", MetricKey("wait_minutes", "mean"), "wait_minutes"),
        ("wait_minutes.mean", MetricKey("wait_minutes", "mean"), "wait_minutes"),
        (
            "wait_minutes.p90[channel=chat]",
            MetricKey("wait_minutes", "p90", (("channel", "chat"),)),
            "wait_minutes.p90[channel=chat]",
        ),
        (
            " response_sla[segment = enterprise,priority=P1] ",
            MetricKey("response_sla", None, (("priority", "P1"), ("segment", "enterprise"))),
            "response_sla[priority=P1, segment=enterprise]",
        ),
        ("backlog.max[tier=L2]", MetricKey("backlog", "max", (("tier", "L2"),)), "backlog.max[tier=L2]"),
    ],
)
def test_keys_are_read_and_written(text: str, key: MetricKey, canonical: str) -> None:
    assert parse_target_key(text) == key
    assert str(key) == canonical
    assert parse_target_key(str(key)) == key


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("respons_sla", "unknown metric 'respons_sla', did you mean 'response_sla'?"),
        ("xyzzy", "unknown metric 'xyzzy', expected one of response_sla, resolution_sla,"),
        ("fcr.p90", "fcr is a single number, expected 'fcr' without '.p90'"),
        ("wait_minutes.p42", "unknown statistic 'p42' of wait_minutes, expected one of mean, p50"),
        ("fcr[", "'fcr[' is no metric, expected for instance 'wait_minutes.p90[channel=chat]'"),
        ("", "'' is no metric"),
        ("fcr[priority]", "'priority' is no slice, expected for instance 'priority=P1'"),
        ("fcr[]", "'' is no slice"),
        ("fcr[priority=P1, priority=P2]", "priority is named twice in [priority=P1, priority=P2]"),
        ("fcr[team=a, tier=L1]", "fcr is not measured by team and tier, expected one of priority, segment,"),
        ("cost_per_ticket[team=a]", "cost_per_ticket is not measured by team, expected no slice"),
    ],
)
def test_keys_that_mean_nothing(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse_target_key(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("metric", "stated", "expected"),
    [
        ("response_sla", {"at_least": "95%"}, (0.95, math.inf)),
        ("wait_minutes", {"at_most": "3 min"}, (-math.inf, 3.0)),
        ("first_response_business_minutes", {"at_most": "1.5 h"}, (-math.inf, 90.0)),
        ("overtime_hours", {"at_most": "90 min"}, (-math.inf, 1.5)),
        ("cost_total", {"at_most": 20000}, (-math.inf, 20000.0)),
        ("occupancy", {"between": ("60%", 0.85)}, (0.6, 0.85)),
    ],
)
def test_bounds_are_in_the_unit_of_the_metric(
    metric: str, stated: dict[str, Any], expected: tuple[float, float]
) -> None:
    bounds = {"at_least": None, "at_most": None, "between": None} | stated
    assert parse_bounds(metric, **bounds) == expected


@pytest.mark.parametrize(
    ("metric", "stated", "message"),
    [
        ("response_sla", {"at_least": 95}, "response_sla is measured in percent: 95 is outside 0%..100%"),
        ("wait_minutes", {"at_most": 3.0}, "wait_minutes is measured in minutes: 3 has no unit"),
        ("cost_total", {"at_most": "95%"}, "cost_total is a plain number: '95%' is none, expected for instance 12.5"),
        ("occupancy", {"between": ("85%", "85%")}, "85% is not below 85%, expected the lower end first"),
    ],
)
def test_bounds_in_another_unit_are_refused(metric: str, stated: dict[str, Any], message: str) -> None:
    bounds = {"at_least": None, "at_most": None, "between": None} | stated
    with pytest.raises(ValueError, match=r".") as error:
        parse_bounds(metric, **bounds)
    assert message in str(error.value)
