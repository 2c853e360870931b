"""M/G/1 against known figures and against M/M/1 and M/D/1."""

from __future__ import annotations

import pytest

from supportsim.theory import erlang, single_server


def test_lognormal_handle_times() -> None:
    # 5 tickets an hour, mean 9 min, cv 1.3; time in minutes.
    moments = single_server.lognormal_moments(9, 1.3)
    assert single_server.mean_wait(5 / 60, moments) == pytest.approx(36.315, abs=5e-9)
    assert single_server.wait_deviation(5 / 60, moments) == pytest.approx(53.80941, abs=5e-6)


def test_exponential_service_is_erlang_c_of_one_server() -> None:
    moments = (1.0, 2.0, 6.0)
    assert single_server.mean_wait(0.7, moments) == pytest.approx(erlang.mean_wait(0.7, 1, 1))
    # The wait is 0 or exponential with mean 1 / (mu - lambda): E W^2 = 2 rho / (mu - lambda)^2.
    variance = 2 * 0.7 / 0.09 - (0.7 / 0.3) ** 2
    assert single_server.wait_deviation(0.7, moments) == pytest.approx(variance**0.5)


def test_constant_service_halves_the_wait() -> None:
    assert single_server.mean_wait(0.7, (1.0, 1.0)) == pytest.approx(erlang.mean_wait(0.7, 1, 1) / 2)


def test_lognormal_moments_give_back_mean_and_cv() -> None:
    first, second, third = single_server.lognormal_moments(2, 0.5)
    assert first == 2
    assert second / first**2 - 1 == pytest.approx(0.25)
    # Skewness of a lognormal: (cv^2 + 3) cv.
    central = third - 3 * first * second + 2 * first**3
    assert central / (second - first**2) ** 1.5 == pytest.approx((0.25 + 3) * 0.5)


@pytest.mark.parametrize("rate", [1.0, 1.5, -0.1])
def test_overload_has_no_steady_state(rate: float) -> None:
    with pytest.raises(ValueError, match="expected at least 0 and below 1"):
        single_server.mean_wait(rate, (1.0, 2.0))
