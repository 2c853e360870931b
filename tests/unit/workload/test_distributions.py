from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pydantic import TypeAdapter
from scipy import stats

from supportsim.scenario.distributions import Distribution, DurationDistribution, Empirical
from supportsim.scenario.model import ShareOverTime
from supportsim.workload.distributions import (
    choose,
    duration_by_category,
    gamma_factor,
    poisson_quantile,
    quantile,
    share_at,
    share_by_category,
    whole_ms,
)

MINUTE_MS = 60_000
# Midpoints of a fine grid: the mean of the quantiles is the mean of the distribution.
GRID = (np.arange(400_000) + 0.5) / 400_000


def read(stated: Any) -> Distribution:
    return TypeAdapter(DurationDistribution).validate_python(stated)


MOMENTS = [
    ({"exponential": {"mean": "3 min"}}, 3.0, 1.0),
    ({"lognormal": {"mean": "12 min", "cv": 0.9}}, 12.0, 0.9),
    ({"gamma": {"mean": "8 min", "cv": 0.5}}, 8.0, 0.5),
    ({"gamma": {"mean": "8 min", "cv": 1.4}}, 8.0, 1.4),
    ({"weibull": {"mean": "5 min", "shape": 2}}, 5.0, math.sqrt(4 / math.pi - 1)),
    ({"weibull": {"mean": "5 min", "shape": 1}}, 5.0, 1.0),
    ({"uniform": ["2 min", "6 min"]}, 4.0, 4 / math.sqrt(12) / 4),
    ({"triangular": ["1 min", "2 min", "6 min"]}, 3.0, math.sqrt((1 + 4 + 36 - 2 - 6 - 12) / 18) / 3),
    ("7 min", 7.0, 0.0),
]


@pytest.mark.parametrize(("stated", "mean", "cv"), MOMENTS, ids=str)
def test_moments(stated: Any, mean: float, cv: float) -> None:
    minutes = quantile(read(stated), GRID) / MINUTE_MS
    assert_allclose(minutes.mean(), mean, rtol=1e-4)
    assert_allclose(minutes.std() / minutes.mean(), cv, rtol=5e-3, atol=1e-12)
    assert (np.diff(minutes) >= 0).all()
    assert minutes.min() >= 0


QUANTILES = [
    ({"lognormal": {"median": "10 min", "p90": "28 min"}}, 0.5, 10.0),
    ({"lognormal": {"median": "10 min", "p90": "28 min"}}, 0.9, 28.0),
    # Symmetric on the log scale: the tenth percentile is median^2 / p90.
    ({"lognormal": {"median": "10 min", "p90": "28 min"}}, 0.1, 100 / 28),
    ({"exponential": {"mean": "10 min"}}, 1 - math.exp(-2), 20.0),
    ({"gamma": {"mean": "3 min", "cv": 1}}, 1 - math.exp(-2), 6.0),
    ({"weibull": {"mean": "3 min", "shape": 1}}, 1 - math.exp(-2), 6.0),
    ({"uniform": ["2 min", "6 min"]}, 0.25, 3.0),
    # F(2) = (2 - 1)^2 / ((6 - 1) (2 - 1)) = 0.2 and 1 - F(4) = (6 - 4)^2 / ((6 - 1) (6 - 2)) = 0.2
    ({"triangular": ["1 min", "2 min", "6 min"]}, 0.2, 2.0),
    ({"triangular": ["1 min", "2 min", "6 min"]}, 0.8, 4.0),
]


@pytest.mark.parametrize(("stated", "share", "minutes"), QUANTILES, ids=str)
def test_quantiles(stated: Any, share: float, minutes: float) -> None:
    assert_allclose(quantile(read(stated), np.array([share])) / MINUTE_MS, minutes, rtol=1e-9)


def test_triangular_with_its_mode_at_an_end() -> None:
    down = quantile(read({"triangular": ["1 min", "1 min", "3 min"]}), GRID) / MINUTE_MS
    up = quantile(read({"triangular": ["1 min", "3 min", "3 min"]}), GRID) / MINUTE_MS
    assert_allclose([down.mean(), up.mean()], [5 / 3, 7 / 3], rtol=1e-5)


def test_empirical_draws_each_value_equally_often() -> None:
    observed = Distribution(empirical=Empirical(file=Path("observed.txt"), minutes=(9.0, 1.5, 4.0, 4.0)))
    minutes = quantile(observed, np.array([0.01, 0.24, 0.26, 0.74, 0.76, 0.999])) / MINUTE_MS
    assert minutes.tolist() == [1.5, 1.5, 4.0, 4.0, 9.0, 9.0]


def test_empirical_without_values_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile(Distribution(empirical=Empirical(file=Path("observed.txt"))), GRID)


def test_whole_ms_rounds_once_and_is_never_nothing() -> None:
    assert whole_ms(np.array([0.0, 0.4, 1.4, 1.6, 1e12])).tolist() == [1, 1, 1, 2, 10**12]


@pytest.mark.parametrize("cv", [0.01, 0.12, 1.0])
def test_gamma_factor_has_mean_1(cv: float) -> None:
    factor = gamma_factor(cv, GRID)
    assert_allclose([factor.mean(), factor.std()], [1, cv], rtol=2e-3)


@pytest.mark.parametrize("mean", [0.0, 1e-9, 0.02, 0.7, 1.0, 5.3, 50.0, 700.0, 1e6])
def test_poisson_quantile_is_exact(mean: float) -> None:
    uniform = np.concatenate([(np.arange(4000) + 0.5) / 4000, [1e-15, 1e-9, 1 - 1e-9, 1 - 2.0**-53]])
    found = poisson_quantile(uniform, np.full(len(uniform), mean))
    # Straight from the definition, with another implementation of the distribution function.
    assert (stats.poisson.cdf(found, mean) >= uniform * (1 - 1e-12)).all()
    assert ((found == 0) | (stats.poisson.cdf(found - 1, mean) < uniform * (1 + 1e-12))).all()
    if mean in (0.7, 5.3, 50.0):
        assert_allclose([found[:4000].mean(), found[:4000].var()], [mean, mean], rtol=0.01)


@given(st.floats(0, 500), st.floats(0, 1), st.floats(1e-12, 1 - 1e-12))
def test_poisson_quantile_rises_with_the_mean(mean: float, part: float, uniform: float) -> None:
    fewer, more = poisson_quantile(np.array([uniform] * 2), np.array([mean * part, mean]))
    assert fewer <= more


def test_choose_cuts_the_line_by_weights() -> None:
    uniform = np.array([0.001, 0.249, 0.251, 0.999])
    assert choose(np.array([1.0, 0.0, 3.0]), uniform).tolist() == [0, 0, 2, 2]
    rows = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    assert choose(rows, uniform).tolist() == [1, 0, 0, 1]
    assert np.bincount(choose(np.array([0.2, 0.5, 0.3]), GRID)).tolist() == [80_000, 200_000, 120_000]


def share(start: float, end: float, by: str | int = 0) -> ShareOverTime:
    return ShareOverTime.model_validate({"from": start, "to": end, "by": by})


def test_a_share_moves_in_a_straight_line() -> None:
    day_ms = 24 * 60 * MINUTE_MS
    at = np.array([-day_ms, 0, day_ms, 2 * day_ms, 4 * day_ms, 9 * day_ms])
    assert_allclose(share_at(share(0.1, 0.5, "4 days"), at), [0.1, 0.1, 0.2, 0.3, 0.5, 0.5])
    assert share_at(share(0.3, 0.3), at).tolist() == [0.3] * 6


def test_by_category_with_a_default() -> None:
    category = np.array([0, 1, 2, 1], dtype=np.int16)
    names = ("login", "api", "other")
    shares = {"api": share(0.5, 0.5), "default": share(0.1, 0.1)}
    assert share_by_category(shares, names, category, np.zeros(4, np.int64)).tolist() == [0.1, 0.5, 0.1, 0.5]
    durations = {"api": read("5 min"), "default": read({"uniform": ["0 min", "10 min"]})}
    minutes = duration_by_category(durations, names, category, np.full(4, 0.3)) / MINUTE_MS
    assert minutes.tolist() == [3, 5, 3, 5]


def test_a_category_nothing_is_said_of_is_refused() -> None:
    with pytest.raises(ValueError, match="category 'login'"):
        share_by_category({"api": share(0.5, 0.5)}, ("login",), np.zeros(1, np.int16), np.zeros(1, np.int64))
