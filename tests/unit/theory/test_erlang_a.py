"""Erlang A against a published table and against the birth-death chain it stands for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import expm

from supportsim.theory import erlang
from supportsim.theory.erlang_a import ErlangA

# Garnett, Mandelbaum & Reiman 2002, table 1: 48 calls a minute of 1 min on 50 agents, patience 2 min.
GARNETT = ErlangA(48, 1, 0.5, 50)
# 100 calls per 30 min of 3 min on 14 agents, patience 5 min; time in minutes.
CLASSIC = ErlangA(100 / 30, 1 / 3, 1 / 5, 14)


def test_garnett_table() -> None:
    assert GARNETT.abandonment == pytest.approx(0.03091225, abs=5e-9)
    assert GARNETT.delay_probability == pytest.approx(0.4677741, abs=5e-8)
    assert GARNETT.utilization == pytest.approx(0.9303242, abs=5e-8)
    assert GARNETT.mean_queue_length == pytest.approx(2.967576, abs=5e-7)
    assert GARNETT.mean_wait * 60 == pytest.approx(3.70947, abs=5e-6)
    assert GARNETT.mean_wait_served * 60 == pytest.approx(3.6159, abs=5e-5)
    assert GARNETT.mean_wait_abandoned * 60 == pytest.approx(6.642845, abs=5e-7)
    # The table prints 12.5 s.
    assert GARNETT.wait_quantile(0.9) * 60 == pytest.approx(12.44, abs=0.01)


def test_classic_example_with_patience() -> None:
    assert CLASSIC.delay_probability == pytest.approx(0.1452601, abs=5e-8)
    assert CLASSIC.abandonment == pytest.approx(0.01398374, abs=5e-9)
    assert CLASSIC.utilization == pytest.approx(0.7042973, abs=5e-8)
    assert CLASSIC.mean_wait == pytest.approx(0.06991872, abs=5e-9)
    assert CLASSIC.mean_wait_served == pytest.approx(0.06464133, abs=5e-9)
    # pyworkforce states 0.916792.
    assert CLASSIC.answered_within(1 / 3) == pytest.approx(0.916792, abs=5e-7)


@pytest.mark.parametrize("system", [GARNETT, CLASSIC, ErlangA(12, 1, 0.25, 8), ErlangA(0.1, 1, 3, 1)])
@pytest.mark.parametrize("threshold", [0.05, 1 / 3, 2.0])
def test_service_level_and_tail_of_the_tagged_customer_in_the_chain(system: ErlangA, threshold: float) -> None:
    present = _birth_death(system)
    delayed = present[system.servers :]
    answered, waiting = _tagged_customer(system, len(delayed), threshold)
    not_delayed = present[: system.servers].sum()
    assert system.delay_probability == pytest.approx(delayed.sum(), rel=1e-9)
    assert system.answered_within(threshold) == pytest.approx(not_delayed + delayed @ answered, rel=1e-9)
    assert system.wait_exceeds(threshold) == pytest.approx(delayed @ waiting, rel=1e-8)


def test_overload_sheds_what_exceeds_capacity() -> None:
    heavy = ErlangA(500, 1, 0.1, 50)
    assert heavy.abandonment == pytest.approx(0.9, rel=1e-6)
    assert heavy.utilization == pytest.approx(1, rel=1e-6)
    # Fluid limit: all wait ln(lambda / (c mu)) / theta or give up before.
    assert heavy.mean_wait_served == pytest.approx(math.log(10) / 0.1, rel=0.01)


def test_endless_patience_is_erlang_c() -> None:
    patient = ErlangA(100 / 30, 1 / 3, 1e-7, 14)
    assert patient.delay_probability == pytest.approx(erlang.erlang_c(10, 14), rel=1e-5)
    assert patient.mean_wait == pytest.approx(erlang.mean_wait(100 / 30, 1 / 3, 14), rel=1e-5)
    assert patient.wait_quantile(0.9) == pytest.approx(erlang.wait_quantile(0.9, 100 / 30, 1 / 3, 14), rel=1e-5)


def test_patience_as_fast_as_service_makes_the_number_poisson() -> None:
    # With theta = mu each customer leaves at rate mu, so that the number present is M/M/infinity's.
    alike = ErlangA(6, 1, 1, 8)
    below = sum(math.exp(-6) * 6**k / math.factorial(k) for k in range(8))
    assert alike.delay_probability == pytest.approx(1 - below, rel=1e-10)


def test_service_level_over_the_answered_is_higher_by_the_abandoned() -> None:
    ratio = CLASSIC.answered_within(0.5) / CLASSIC.answered_within_of_answered(0.5)
    assert ratio == pytest.approx(1 - CLASSIC.abandonment)
    assert CLASSIC.answered_within_of_answered(1e6) == pytest.approx(1)


def test_quantile_of_the_undelayed_is_zero() -> None:
    assert CLASSIC.wait_quantile(0.5) == 0


@pytest.mark.parametrize("values", [(0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, math.inf, 1), (1, 1, 1, 0)])
def test_nonsense_is_refused(values: tuple[float, float, float, int]) -> None:
    with pytest.raises(ValueError, match="expected positive finite rates and a server"):
        ErlangA(*values)


def _birth_death(system: ErlangA, states: int = 260) -> np.ndarray:
    number = np.arange(1, states)
    served = np.minimum(number, system.servers) * system.service_rate
    gone = np.maximum(number - system.servers, 0) * system.abandonment_rate
    weight = np.concatenate([[0.0], np.cumsum(np.log(system.arrival_rate / (served + gone)))])
    weight = np.exp(weight - weight.max())
    return weight / weight.sum()


def _tagged_customer(system: ErlangA, places: int, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Return by number of customers ahead in the queue: answered, and still waiting at ``threshold``."""
    served, gone = places, places + 1
    generator = np.zeros((places + 2, places + 2))
    for ahead in range(places):
        moves_up = system.servers * system.service_rate + ahead * system.abandonment_rate
        generator[ahead, ahead - 1 if ahead else served] += moves_up
        generator[ahead, gone] += system.abandonment_rate
        generator[ahead, ahead] -= moves_up + system.abandonment_rate
    moved = expm(generator * threshold)
    return moved[:places, served], moved[:places, :places].sum(axis=1)
