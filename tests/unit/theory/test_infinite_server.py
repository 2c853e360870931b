"""M(t)/G/infinity against hourly figures, an ordinary differential equation and plain quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from supportsim.theory import infinite_server

HOURLY = [2, 1, 1, 1, 1, 2, 5, 10, 18, 26, 30, 28, 24, 25, 27, 26, 22, 18, 14, 10, 8, 6, 4, 3]
LOGNORMAL = {0: 14.05058, 5: 5.334691, 6: 5.527278, 9: 21.50822, 12: 45.07177, 16: 48.40857, 23: 17.27285}
EXPONENTIAL = {0: 11.55009, 5: 2.89042, 6: 3.327005, 9: 21.12777, 12: 48.59456, 16: 51.37575, 23: 15.15055}


@pytest.mark.parametrize(
    ("service", "known"),
    [
        (infinite_server.lognormal(2, 1.5), LOGNORMAL),
        (infinite_server.exponential(2), EXPONENTIAL),
        (infinite_server.deterministic(2), {0: 7, 1: 5, 5: 2, 9: 28, 12: 58, 23: 10}),
    ],
)
def test_daily_profile(service: infinite_server.LimitedMean, known: dict[int, float]) -> None:
    numbers = infinite_server.mean_numbers(list(known), HOURLY, service)
    assert numbers == pytest.approx(list(known.values()), rel=5e-7)


def test_exponential_service_obeys_its_differential_equation() -> None:
    # dm/dt = rate - m / mean has an exact step within an hour of constant rate.
    numbers = infinite_server.mean_numbers(range(25), HOURLY, infinite_server.exponential(2))
    kept = math.exp(-1 / 2)
    assert numbers[1:] == pytest.approx(numbers[:-1] * kept + 2 * np.array(HOURLY) * (1 - kept))
    assert numbers[24] == pytest.approx(numbers[0])


def test_daily_average_is_load() -> None:
    times = (np.arange(24 * 60) + 0.5) / 60
    for service in (infinite_server.lognormal(2, 1.5), infinite_server.deterministic(2)):
        assert infinite_server.mean_numbers(times, HOURLY, service).mean() == pytest.approx(26, rel=1e-6)


def test_quadrature_of_the_survival_agrees_with_the_closed_forms() -> None:
    hours = np.array([0.0, 0.3, 1.0, 5.0, 40.0, np.inf])
    exponential = infinite_server.from_survival(lambda hour: math.exp(-hour / 2), 2)
    assert exponential(hours) == pytest.approx(infinite_server.exponential(2)(hours), abs=1e-9)
    deviation, location = math.sqrt(math.log(3.25)), math.log(2) - math.log(3.25) / 2

    def survival(hour: float) -> float:
        return 0.5 * math.erfc((math.log(hour) - location) / deviation / math.sqrt(2)) if hour > 0 else 1.0

    assert infinite_server.from_survival(survival, 2)(hours) == pytest.approx(
        infinite_server.lognormal(2, 1.5)(hours), abs=1e-7
    )


def test_constant_rate_gives_load_whatever_the_service() -> None:
    numbers = infinite_server.mean_numbers([0, 7.7], [3.0] * 24, infinite_server.lognormal(2, 4))
    assert numbers == pytest.approx([6, 6])


def test_service_of_days_reaches_back_before_the_counted_cycles() -> None:
    numbers = infinite_server.mean_numbers([0.0], [4.0, 0.0], infinite_server.deterministic(1_000), cycles=3)
    assert numbers == pytest.approx([2_000])


@pytest.mark.parametrize("time", [0, 3, 11.5, 30])
def test_sinusoidal_rates_where_they_have_a_form(time: float) -> None:
    speed = 2 * math.pi / 24
    swing = 5 / (0.25 + speed**2) * (0.5 * math.sin(speed * time) - speed * math.cos(speed * time))
    found = infinite_server.sinusoidal_number(time, 10, 5, 24, lambda hours: math.exp(-hours / 2), 2)
    assert found == pytest.approx(20 + swing, rel=1e-7)
    # A fixed time of 2 h: who came in the last two hours.
    fixed = infinite_server.sinusoidal_number(time, 10, 5, 24, lambda hours: float(hours < 2), 2)
    came = 20 + 5 / speed * (math.cos(speed * (time - 2)) - math.cos(speed * time))
    assert fixed == pytest.approx(came, rel=1e-6)


def test_sinusoidal_rates_in_many_steps() -> None:
    # Hourly steps of the same wave; lognormal 2 h, cv 1.5.
    limited = infinite_server.lognormal(2, 1.5)
    rates = [10 + 5 * math.sin(2 * math.pi * (hour + 0.5) / 24) for hour in range(24)]
    steps = infinite_server.mean_numbers([6.0], rates, limited)[0]
    deviation, location = math.sqrt(math.log1p(1.5**2)), math.log(2) - math.log1p(1.5**2) / 2

    def survival(hours: float) -> float:
        return 1.0 if hours <= 0 else float(norm.sf((math.log(hours) - location) / deviation))

    assert infinite_server.sinusoidal_number(6, 10, 5, 24, survival, 2) == pytest.approx(steps, rel=2e-3)


def test_amplitude_beyond_the_mean_is_refused() -> None:
    with pytest.raises(ValueError, match="amplitude 11, mean rate 10: expected an amplitude from 0 to the mean"):
        infinite_server.sinusoidal_number(0, 10, 11, 24, lambda hours: math.exp(-hours), 1)
