"""M/G/1: Poisson arrivals, any service time, one server, first come first served.

Pollaczek 1930, Khinchine 1932; moments of the wait as in Kleinrock, "Queueing Systems", vol. 1, ch. 5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def lognormal_moments(mean: float, cv: float) -> tuple[float, float, float]:
    """Return E S, E S^2, E S^3 of a lognormal time: E S^k = mean^k (1 + cv^2)^(k (k-1) / 2)."""
    spread = 1 + cv**2
    return mean, mean**2 * spread, mean**3 * spread**3


def mean_wait(arrival_rate: float, service_moments: Sequence[float]) -> float:
    """Return the mean wait in queue: lambda E S^2 / (2 (1 - rho)).

    Args:
        arrival_rate: per unit of time.
        service_moments: E S, E S^2 and possibly more.

    Raises:
        ValueError: no steady state, rho is not below 1.
    """
    return arrival_rate * service_moments[1] / (2 * (1 - _traffic_intensity(arrival_rate, service_moments)))


def wait_deviation(arrival_rate: float, service_moments: Sequence[float]) -> float:
    """Return the standard deviation of the wait: E W^2 = 2 (E W)^2 + lambda E S^3 / (3 (1 - rho)).

    Args:
        arrival_rate: per unit of time.
        service_moments: E S, E S^2, E S^3.

    Raises:
        ValueError: no steady state, rho is not below 1.
    """
    intensity = _traffic_intensity(arrival_rate, service_moments)
    cubed = arrival_rate * service_moments[2] / (3 * (1 - intensity))
    return math.sqrt(mean_wait(arrival_rate, service_moments) ** 2 + cubed)


def _traffic_intensity(arrival_rate: float, service_moments: Sequence[float]) -> float:
    intensity = arrival_rate * service_moments[0]
    if not 0 <= intensity < 1:
        raise ValueError(f"traffic intensity {intensity}: expected at least 0 and below 1")
    return intensity
