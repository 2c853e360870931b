"""Erlang B and C against published tables, exact fractions and their own recursions."""

from __future__ import annotations

import math

import pytest

from supportsim.theory import erlang

# 100 calls per 30 min of 180 s on 14 agents, a classic of calculators; time in seconds.
CLASSIC = (100 / 1800, 1 / 180, 14)


def test_loss_of_ten_erlangs_on_seventeen_lines() -> None:
    assert erlang.erlang_b(10, 17) == pytest.approx(0.01294888, abs=5e-9)
    assert erlang.erlang_b(1, 2) == pytest.approx(0.2)
    assert 10 * (1 - erlang.erlang_b(10, 17)) / 17 == pytest.approx(0.5806183, abs=5e-8)


def test_loss_is_the_last_term_of_the_truncated_poisson() -> None:
    terms = [7.3**k / math.factorial(k) for k in range(12)]
    assert erlang.erlang_b(7.3, 11) == pytest.approx(terms[-1] / sum(terms), rel=1e-13)


@pytest.mark.parametrize(("load", "servers", "blocked"), [(0, 0, 1), (0, 3, 0), (5, 0, 1)])
def test_loss_at_the_edges(load: float, servers: int, blocked: float) -> None:
    assert erlang.erlang_b(load, servers) == blocked


def test_loss_of_a_large_group_does_not_overflow() -> None:
    # In heavy load the loss tends to the share that exceeds capacity.
    assert erlang.erlang_b(50_000, 10_000) == pytest.approx(0.8, rel=1e-4)


def test_classic_calculator_example() -> None:
    assert erlang.erlang_c(10, 14) == pytest.approx(0.1741319, abs=5e-8)
    assert erlang.service_level(20, *CLASSIC) == pytest.approx(0.88835, abs=5e-6)
    assert erlang.mean_wait(*CLASSIC) == pytest.approx(7.835937, abs=5e-7)
    assert erlang.mean_queue_length(*CLASSIC) == pytest.approx(0.4353298, abs=5e-8)
    assert erlang.wait_quantile(0.9, *CLASSIC) == pytest.approx(24.95894, abs=5e-6)
    assert erlang.service_level(20, 100 / 1800, 1 / 180, 15) == pytest.approx(0.9414528, abs=5e-8)


def test_three_hundred_sixty_calls_in_half_an_hour() -> None:
    system = (360 / 1800, 1 / 240, 55)
    assert erlang.erlang_c(48, 55) == pytest.approx(0.2387009, abs=5e-8)
    assert erlang.mean_wait(*system) == pytest.approx(8.184032, abs=5e-7)
    assert erlang.service_level(15, *system) == pytest.approx(0.8458831, abs=5e-8)


def test_eye_clinic_in_exact_fractions() -> None:
    assert erlang.erlang_c(2, 3) == pytest.approx(4 / 9)
    assert erlang.mean_queue_length(6, 3, 3) == pytest.approx(8 / 9)
    assert erlang.mean_wait(6, 3, 3) == pytest.approx(4 / 27)


def test_one_server_waits_with_probability_rho() -> None:
    assert erlang.erlang_c(0.9, 1) == pytest.approx(0.9)
    assert erlang.mean_wait(0.9, 1, 1) == pytest.approx(9)


def test_wait_tail_integrates_to_the_mean() -> None:
    step = 0.05
    tail = sum(erlang.wait_exceeds((k + 0.5) * step, *CLASSIC) * step for k in range(40_000))
    assert tail == pytest.approx(erlang.mean_wait(*CLASSIC), rel=1e-6)


def test_quantile_inverts_the_tail() -> None:
    assert erlang.wait_exceeds(erlang.wait_quantile(0.97, *CLASSIC), *CLASSIC) == pytest.approx(0.03)
    assert erlang.wait_quantile(0.8, *CLASSIC) == 0


@pytest.mark.parametrize("load", [3.0, 3.1, math.nan])
def test_overload_has_no_steady_state(load: float) -> None:
    with pytest.raises(ValueError, match="expected less load than servers"):
        erlang.erlang_c(load, 3)


@pytest.mark.parametrize(("load", "servers"), [(-1.0, 3), (math.inf, 3), (1.0, -1)])
def test_nonsense_is_refused(load: float, servers: int) -> None:
    with pytest.raises(ValueError, match="expected neither below 0"):
        erlang.erlang_b(load, servers)
