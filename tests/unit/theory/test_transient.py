"""M/M/1 from empty against known figures, a matrix exponential and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from supportsim.theory import transient

MEAN = {1: 0.6261425, 5: 1.752183, 10: 2.530695, 20: 3.51971, 50: 5.12248, 100: 6.443921, 200: 7.651807}
BUSY = {1: 0.4405509, 5: 0.7041939, 10: 0.7727339, 20: 0.8210485, 50: 0.8623314, 100: 0.8811837, 200: 0.8922888}


def test_known_figures_at_rho_090() -> None:
    mean, busy = transient.number_from_empty(list(MEAN), 0.9, 1)
    assert mean == pytest.approx(list(MEAN.values()), rel=2e-7)
    assert busy == pytest.approx(list(BUSY.values()), rel=2e-7)


def test_agrees_with_the_matrix_exponential_of_a_cut_chain() -> None:
    states = 60
    generator = np.diag(np.full(states - 1, 1.3), 1) + np.diag(np.full(states - 1, 2.0), -1)
    generator -= np.diag(generator.sum(axis=1))
    at_three = expm(3 * generator)[0]
    mean, busy = transient.number_from_empty([3], 1.3, 2)
    assert mean == pytest.approx([np.arange(states) @ at_three])
    assert busy == pytest.approx([1 - at_three[0]])


def test_begins_empty_and_ends_steady() -> None:
    mean, busy = transient.number_from_empty([0, 400], 0.5, 1)
    assert mean == pytest.approx([0, 1])
    assert busy == pytest.approx([0, 0.5])


def test_number_grows_by_arrivals_less_services() -> None:
    # d/dt E N = lambda - mu P(busy).
    step = 1e-3
    mean, busy = transient.number_from_empty([2 - step, 2, 2 + step], 0.9, 1)
    assert (mean[2] - mean[0]) / (2 * step) == pytest.approx(0.9 - busy[1], rel=1e-5)


def test_overload_grows_at_the_excess() -> None:
    mean, _ = transient.number_from_empty([50, 60], 3, 1)
    assert mean[1] - mean[0] == pytest.approx(20, rel=1e-4)


@pytest.mark.parametrize(("times", "arrival_rate", "service_rate"), [([-1], 1, 1), ([1], 0, 1), ([1], 1, 0)])
def test_nonsense_is_refused(times: list[float], arrival_rate: float, service_rate: float) -> None:
    with pytest.raises(ValueError, match=r"expected times >= 0 and rates > 0"):
        transient.number_from_empty(times, arrival_rate, service_rate)
