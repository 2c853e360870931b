"""The judge itself: it accepts what is right, and refuses what is wrong or vague."""

from __future__ import annotations

import numpy as np
import pytest
from judge import ImpreciseError, MisfitError, compare, judge

# Mean 10, standard deviation 2 (n - 1 = 24 below the sum of squares), standard error 0.4.
SAMPLES = np.array([10 - 24**0.5 / 12**0.5 * 2 * 0.5**0.5] * 12 + [10.0] + [10 + 24**0.5 / 12**0.5 * 2 * 0.5**0.5] * 12)


def test_z_is_the_distance_in_standard_errors() -> None:
    assert judge(SAMPLES, 9.0, 0.05) == pytest.approx(2.5)
    assert judge(SAMPLES, 11.3, 0.05) == pytest.approx(-3.25)


def test_a_distant_mean_is_refused_and_says_by_how_much() -> None:
    with pytest.raises(MisfitError, match=r"wait: 10, standard error 0.4, exact 8.4, z = \+4.00"):
        judge(SAMPLES, 8.4, 0.05, "wait")


def test_a_vague_mean_is_refused_even_if_it_fits() -> None:
    with pytest.raises(ImpreciseError, match=r"at most 0.03 of the exact value"):
        judge(SAMPLES, 10.0, 0.03)


def test_skewed_samples_make_for_a_low_z_on_average() -> None:
    # Exponential samples have a skewness of 2: of 25 of them, z is -2 / (2 * 5) = -0.2 on average.
    found = [compare(row, 1.0) for row in np.random.default_rng(1).exponential(size=(4_000, 25))]
    assert np.mean([one.z for one in found]) == pytest.approx(-0.2, abs=3.5 / 4_000**0.5 + 0.03)
    # Of three zeros to a one: mean 1/4, variance 3/16, third moment 3/32, hence skewness 2 / sqrt(3).
    assert compare([0, 0, 0, 1] * 25, 0.2).z_of_skewness == pytest.approx(-1 / 3**0.5 / 10)
    assert compare(SAMPLES, 9.0).z_of_skewness == pytest.approx(0)


def test_few_replications_are_refused() -> None:
    with pytest.raises(AssertionError, match="19 replications, expected at least 20"):
        judge(SAMPLES[:19], 10.0, 1.0)
