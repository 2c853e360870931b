"""Servers who work on several contacts at once: processor sharing, capped and limited.

Kleinrock, "Queueing Systems", vol. 2 (1976), ch. 4; the number present does not depend on the shape of the
work: Kelly, "Reversibility and Stochastic Networks" (1979), ch. 3. Limited sharing: Avi-Itzhak & Halfin (1988).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def sharing_sojourn(arrival_rate: float, mean_work: float) -> float:
    """Return the mean time in the M/G/1 that shares its speed among all: E S / (1 - rho).

    Raises:
        ValueError: no steady state, rho is not below 1.
    """
    return mean_work * sharing_slowdown(arrival_rate, mean_work)


def sharing_slowdown(arrival_rate: float, mean_work: float) -> float:
    """Return how many times as long as alone a contact takes on average, whatever its work: 1 / (1 - rho).

    Raises:
        ValueError: no steady state, rho is not below 1.
    """
    return 1 / (1 - _intensity(arrival_rate * mean_work))


def capped_sharing(arrival_rate: float, service_rate: float, full_speed: int, most: int) -> FloatArray:
    """Return P(n present) for n = 0..most, where up to ``full_speed`` contacts are each served at full speed.

    More than that share what ``full_speed`` get; in number it is M/M/c (Xue & Li 2009 call it capacitated).

    Raises:
        ValueError: no steady state.
    """
    load = arrival_rate / service_rate
    intensity = _intensity(load / full_speed)
    below = np.cumprod(np.concatenate([[1.0], load / np.arange(1, full_speed)]))
    at_full = below[-1] * load / full_speed
    empty = 1 / (below.sum() + at_full / (1 - intensity))
    numbers = np.arange(most + 1)
    beyond = at_full * intensity ** np.maximum(numbers - full_speed, 0)
    found: FloatArray = empty * np.where(numbers < full_speed, np.resize(below, most + 1), beyond)
    return found


@dataclass(frozen=True)
class LimitedSharing:
    """An M/M/1 that shares its speed among at most so many; the others wait in order of arrival.

    With exponential work the number present is that of the M/M/1, however many share.

    Args:
        arrival_rate, service_rate: per unit of time.
        at_once: how many share, at least 1.

    Raises:
        ValueError: no steady state, or nobody is served.
    """

    arrival_rate: float
    service_rate: float
    at_once: int

    def __post_init__(self) -> None:
        if self.at_once < 1:
            raise ValueError(f"{self.at_once} at once: expected at least 1")
        _intensity(self.arrival_rate / self.service_rate)

    @property
    def mean_sojourn(self) -> float:
        """1 / (mu - lambda)."""
        return 1 / (self.service_rate - self.arrival_rate)

    @property
    def delay_probability(self) -> float:
        """P(as many as may share are there already) = rho^k."""
        return (self.arrival_rate / self.service_rate) ** self.at_once

    @property
    def mean_wait(self) -> float:
        """Until its work begins: who finds n waits for n - k + 1 departures, so rho^k / (mu - lambda)."""
        return self.delay_probability * self.mean_sojourn

    @property
    def mean_sharing(self) -> float:
        """Mean number in work, by Little's law over what is not waited."""
        return self.arrival_rate * (self.mean_sojourn - self.mean_wait)


def _intensity(value: float) -> float:
    if not 0 <= value < 1:
        raise ValueError(f"traffic intensity {value}: expected at least 0 and below 1")
    return value
