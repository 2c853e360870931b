"""Summaries over replications, column by column."""

import math

import numpy as np
import pytest

from supportsim.experiment.judgement import Kind, estimate, half_width
from supportsim.experiment.summary import summarise

NAN = math.nan


def test_a_mean_by_hand() -> None:
    # 1, 2, 6: mean 3, sd sqrt(14/2); t(0.975, 2) = 4.303.
    value = np.array([[2.0], [6], [1]])
    found = summarise(value, value * NAN, value * NAN, np.array([False]))
    assert (found.estimate[0], found.mean[0], found.low[0], found.p50[0], found.high[0]) == (3, 3, 1, 2, 6)
    assert found.sd[0] == pytest.approx(math.sqrt(7))
    assert found.half_width[0] == pytest.approx(4.303 * math.sqrt(7 / 3), rel=1e-3)
    assert found.p90[0] == pytest.approx(2 + 0.8 * 4)


def test_a_share_is_the_ratio_of_sums() -> None:
    x, n = np.array([[1.0], [90]]), np.array([[1.0], [100]])
    found = summarise(x / n, x, n, np.array([True]))
    assert found.estimate[0] == pytest.approx(91 / 101)
    assert found.mean[0] == pytest.approx(0.95)


def test_columns_agree_with_the_single_estimates() -> None:
    generator = np.random.default_rng(3)
    n = generator.integers(0, 4, (8, 40)).astype(float)
    x = np.floor(n * generator.random((8, 40)))
    value = np.divide(x, n, out=np.full(n.shape, NAN), where=n > 0)
    is_ratio = np.arange(40) % 2 == 0
    found = summarise(value, x, n, is_ratio)
    for column in range(40):
        kind = Kind.RATIO if is_ratio[column] else Kind.MEAN
        one = estimate(kind, value[:, column], x[:, column], n[:, column])
        assert found.replications[column] == one.replications
        assert found.estimate[column] == pytest.approx(one.value, nan_ok=True)
        assert found.half_width[column] == pytest.approx(half_width(one), nan_ok=True, abs=1e-12)
        there = value[np.isfinite(value[:, column]), column]
        if len(there):
            expected = np.quantile(there, [0.1, 0.5, 0.9])
            assert [found.p10[column], found.p50[column], found.p90[column]] == pytest.approx(expected)


def test_one_replication_has_no_spread_and_none_has_nothing() -> None:
    one = summarise(np.array([[5.0, NAN]]), np.full((1, 2), NAN), np.full((1, 2), NAN), np.array([False, True]))
    assert one.estimate[0] == one.high[0] == 5
    assert math.isnan(one.sd[0])
    assert math.isnan(one.half_width[0])
    assert math.isnan(one.estimate[1])
    assert list(one.replications) == [1, 0]
