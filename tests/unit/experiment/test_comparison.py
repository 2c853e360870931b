"""Paired differences against hand-computed values, and how often they find what is not there."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from supportsim.experiment.comparison import Comparison, Finding, compare
from supportsim.scenario.metrics import MetricKey

COST, SLA, OCCUPANCY = MetricKey("cost_total", None), MetricKey("response_sla", None), MetricKey("occupancy", None)


def plan(columns: dict[MetricKey, Any], seed: int = 1) -> Any:
    """A result of these metrics: values, or (numerators, denominators)."""
    keys = tuple(columns)
    parts = [column if isinstance(column, tuple) else (column, None) for column in columns.values()]
    above = np.array([part[0] for part in parts], dtype=float).T
    below = np.array([np.full(len(part[0]), np.nan) if part[1] is None else part[1] for part in parts], dtype=float).T
    return SimpleNamespace(
        scenario=SimpleNamespace(scenario=SimpleNamespace(name="plan")),
        seed=seed,
        replications=tuple(range(len(above))),
        keys=keys,
        targets=(),
        value=np.where(np.isnan(below), above, above / np.where(below == 0, np.nan, below)),
        numerator=above,
        denominator=below,
        place=lambda metric, stat, **slices: keys.index(MetricKey(metric, stat, tuple(slices.items()))),
    )


def differences(comparison: Comparison) -> list[Any]:
    return [one for row in comparison.differences for one in row]


def test_a_mean_is_the_paired_t_test() -> None:
    first, other = [10.0, 20, 30, 47], [11.0, 23, 32, 49]
    (found,) = differences(compare([plan({COST: first}), plan({COST: other})]))
    reference = stats.ttest_rel(other, first)
    assert (found.first, found.other, found.difference) == (26.75, 28.75, 2)
    assert found.p_value == pytest.approx(reference.pvalue)
    interval = reference.confidence_interval(0.95)
    assert found.half_width == pytest.approx((interval.high - interval.low) / 2)
    assert found.finding is Finding.WORSE
    # The variances of the plans on their own over that of the differences 1, 3, 2, 2.
    alone = np.var(first, ddof=1) + np.var(other, ddof=1)
    assert found.gain == pytest.approx(alone / (2 / 3))


def test_a_share_is_the_ratio_of_sums() -> None:
    first, other = ([8.0, 9, 28], [10.0, 10, 40]), ([9.0, 10, 38], [10.0, 10, 40])
    (found,) = differences(compare([plan({SLA: first}), plan({SLA: other})]))
    # R = 45/60 and 57/60; x - R n is 0.5, 1.5, -2 and -0.5, 0.5, 0: their differences -1, -1, 2 square to 6.
    assert (found.first, found.other) == (0.75, 0.95)
    error = math.sqrt(3 / 2 * 6) / 60
    assert found.half_width == pytest.approx(4.303 * error, rel=1e-3)
    assert found.p_value == pytest.approx(2 * stats.t.sf(0.2 / error, 2))


def test_what_is_equal_everywhere_does_not_differ() -> None:
    (found,) = differences(compare([plan({COST: [5.0, 6, 7]})] * 2))
    assert (found.difference, found.p_value, found.finding) == (0, 1, Finding.NONE)


def test_a_constant_difference_is_certain() -> None:
    (found,) = differences(compare([plan({COST: [5.0, 6, 7]}), plan({COST: [4.0, 5, 6]})]))
    assert (found.difference, found.half_width, found.finding) == (-1, 0, Finding.BETTER)


def test_where_no_direction_is_good_it_is_only_different() -> None:
    first, other = ([1.0, 2, 3], [4.0, 4, 4]), ([2.0, 3, 4], [4.0, 4, 4])
    (found,) = differences(compare([plan({OCCUPANCY: first}), plan({OCCUPANCY: other})]))
    assert found.finding is Finding.DIFFERENT


def test_replications_without_a_base_are_left_out() -> None:
    first, other = ([8.0, 9, 28, 0], [10.0, 10, 40, 0]), ([9.0, 10, 38, 0], [10.0, 10, 40, 0])
    (found,) = differences(compare([plan({SLA: first}), plan({SLA: other})]))
    assert found.half_width == pytest.approx(4.303 * math.sqrt(9) / 60, rel=1e-3)


def test_only_what_every_plan_has_is_compared() -> None:
    both = compare([plan({COST: [1.0, 2], SLA: ([1.0, 2], [2.0, 2])}), plan({COST: [1.0, 3]})])
    assert [one.key for one in differences(both)] == [COST]


def test_several_plans_are_corrected_together() -> None:
    # p = 0.034 alone, which is not below 0.05 / 2 when there are two comparisons.
    first, other = plan({COST: [0.0, 0, 0, 0]}), plan({COST: [1.0, 2, 3, 1]})
    alone = differences(compare([first, other]))[0]
    assert 0.025 < alone.p_value < 0.05
    assert alone.finding is Finding.WORSE
    assert [one.finding for one in differences(compare([first, other, other]))] == [Finding.NONE] * 2


def test_the_others_among_themselves_if_asked_all_corrected_together() -> None:
    plans = [plan({COST: values}) for values in ([0.0, 0, 0, 0], [1.0, 2, 3, 1], [1.0, 2, 3, 2])]
    against_first, every = compare(plans), compare(plans, ["a", "b", "c"], every_pair=True)
    assert [(pair.first, pair.other) for pair in against_first.pairs] == [(0, 1), (0, 2)]
    assert [(pair.first, pair.other) for pair in every.pairs] == [(0, 1), (0, 2), (1, 2)]
    assert (against_first.names, every.names) == (("plan (1)", "plan (2)", "plan (3)"), ("a", "b", "c"))
    assert every.pairs[2].differences[0].difference == 0.25
    # p = 0.016, 0.034 and 0.39: the first fails at 0.05 / 3, so all share that level.
    assert [one.confidence for pair in every.pairs for one in pair.differences] == pytest.approx(
        [1 - 0.05 / 3, 1 - 0.05 / 3, 1 - 0.05 / 3], abs=0.01
    )
    assert len(every.differences) == 2


def test_findings_where_there_is_nothing_are_rare() -> None:
    draws = np.random.default_rng(3).normal(size=(600, 2, 3, 10))
    wrong = 0
    for first, other in draws:
        metrics = [MetricKey("cost_total", None, (("team", name),)) for name in "abc"]
        results = [plan(dict(zip(metrics, values, strict=True))) for values in (first, other)]
        for result in results:
            result.targets = tuple(SimpleNamespace(key=key) for key in metrics)
        wrong += any(one.finding is not Finding.NONE for one in differences(compare(results)))
    # At most 5 % of 600, and not far less: three standard errors to either side.
    assert 14 <= wrong <= 46


@pytest.mark.parametrize("others", [[], [plan({COST: [1.0, 2, 3]}, seed=2)], [plan({COST: [1.0, 2]})]])
def test_what_cannot_be_compared(others: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"expected at least two|same seed and replications"):
        compare([plan({COST: [1.0, 2, 3]}), *others])
