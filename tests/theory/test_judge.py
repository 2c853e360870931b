"""The judge itself: it accepts what is right, and refuses what is wrong or vague."""

from __future__ import annotations

import numpy as np
import pytest
from judge import ImpreciseError, MisfitError, judge

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


def test_few_replications_are_refused() -> None:
    with pytest.raises(AssertionError, match="19 replications, expected at least 20"):
        judge(SAMPLES[:19], 10.0, 1.0)
