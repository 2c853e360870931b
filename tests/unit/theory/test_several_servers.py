"""Waits for several servers against known figures, Erlang C, and Pollaczek and Khinchine."""

from __future__ import annotations

import pytest

from supportsim.theory import erlang, single_server
from supportsim.theory.several_servers import (
    TwoPhases,
    deterministic_wait,
    erlang_2,
    hyperexponential,
    two_phase_wait,
)


def test_five_servers_at_80_percent() -> None:
    fixed = deterministic_wait(4, 1, 5)
    assert (fixed.probability, fixed.mean) == pytest.approx((0.5336151, 0.28906), rel=2e-6)
    even = two_phase_wait(4, erlang_2(1), 5)
    assert (even.probability, even.mean) == pytest.approx((0.5484104, 0.4232261), rel=2e-7)
    uneven = two_phase_wait(4, hyperexponential(1, 2), 5)
    assert (uneven.probability, uneven.mean) == pytest.approx((0.5695546, 1.254151), rel=5e-7)


def test_balanced_means() -> None:
    service = hyperexponential(1, 2)
    assert service.starts_in_first == pytest.approx(0.8872983346207417)
    assert service.rates == pytest.approx((1.7745966692414834, 0.2254033307585166))
    assert service.mean == pytest.approx(1)


@pytest.mark.parametrize("service", [TwoPhases(0.3, (2, 2), 0), TwoPhases(1, (2, 7), 0)])
@pytest.mark.parametrize("servers", [1, 3, 8])
def test_phases_that_make_an_exponential_time_are_erlang_c(service: TwoPhases, servers: int) -> None:
    rate = 1.7 * servers
    found = two_phase_wait(rate, service, servers)
    assert found.probability == pytest.approx(erlang.erlang_c(rate / 2, servers))
    assert found.mean == pytest.approx(erlang.mean_wait(rate, 2, servers))


def test_one_server_is_pollaczek_khinchine() -> None:
    assert deterministic_wait(0.8, 1, 1).mean == pytest.approx(single_server.mean_wait(0.8, (1, 1)))
    assert deterministic_wait(0.8, 1, 1).probability == pytest.approx(0.8)
    # E S^2 = (1 + cv^2) (E S)^2.
    assert two_phase_wait(0.35, erlang_2(2), 1).mean == pytest.approx(single_server.mean_wait(0.35, (2, 6)))
    assert two_phase_wait(0.35, hyperexponential(2, 3), 1).mean == pytest.approx(single_server.mean_wait(0.35, (2, 40)))


def test_any_way_through_two_phases_on_one_server() -> None:
    # Starts in phase 1 with 0.4 and then goes on with 0.5: E S = 0.4/3 + 0.8/1.5, and from first-step sums E S^2.
    service = TwoPhases(0.4, (3, 1.5), 0.5)
    mean = 0.4 / 3 + 0.8 / 1.5
    square = 0.4 * (2 / 9 + 0.5 * (2 / 3 / 1.5 + 2 / 2.25)) + 0.6 * 2 / 2.25
    assert service.mean == pytest.approx(mean)
    assert two_phase_wait(1, service, 1).mean == pytest.approx(single_server.mean_wait(1, (mean, square)))


@pytest.mark.parametrize("rate", [3.0, 3.5, 0.0])
def test_overload_has_no_steady_state(rate: float) -> None:
    with pytest.raises(ValueError, match="expected a load above 0 and below the servers"):
        deterministic_wait(rate, 1, 3)
    with pytest.raises(ValueError, match="expected a load above 0 and below the servers"):
        two_phase_wait(rate, erlang_2(1), 3)
