"""M(t)/G/infinity: arrivals at a rate that repeats every day, and nobody ever waits.

Eick, Massey & Whitt, "The physics of the Mt/G/infinity queue" (1993): the number in service at t is
Poisson with mean m(t) = integral over u > 0 of rate(t - u) P(S > u). For a rate that is constant
within each hour this is a sum of differences of the limited mean H(x) = E min(S, x), the integral
of P(S > u) from 0 to x.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
LimitedMean = Callable[[FloatArray], FloatArray]
"""E min(S, x) for each x >= 0, in hours."""


def mean_numbers(hours: ArrayLike, hourly_rates: ArrayLike, limited_mean: LimitedMean, cycles: int = 60) -> FloatArray:
    """Return the mean number in service at each of ``hours``, in the periodic regime.

    Args:
        hours: instants, counted from the beginning of the cycle.
        hourly_rates: arrivals per hour in each hour of the cycle, which then repeats.
        limited_mean: of the service time.
        cycles: how far back arrivals are counted by the hour; what is still in service from
            before is taken to have come at the mean rate.
    """
    rates = np.asarray(hourly_rates, dtype=np.float64)
    instants = np.atleast_1d(np.asarray(hours, dtype=np.float64)) % len(rates)
    starts = np.arange(-cycles * len(rates), len(rates), dtype=np.float64)
    oldest = np.maximum(instants[:, None] - starts, 0.0)
    youngest = np.maximum(instants[:, None] - starts - 1, 0.0)
    within = limited_mean(oldest) - limited_mean(youngest)
    older = limited_mean(np.array([np.inf])) - limited_mean(oldest[:, 0])
    numbers: FloatArray = within @ np.tile(rates, cycles + 1) + rates.mean() * older
    return numbers


def deterministic(duration: float) -> LimitedMean:
    """Return E min(S, x) of a fixed service time."""
    return lambda hours: np.minimum(hours, duration)


def exponential(mean: float) -> LimitedMean:
    """Return E min(S, x) = mean (1 - exp(-x / mean))."""
    return lambda hours: -mean * np.expm1(-hours / mean)


def lognormal(mean: float, cv: float) -> LimitedMean:
    """Return E min(S, x) of a lognormal time: mean F((ln x - mu - s^2) / s) + x (1 - F((ln x - mu) / s)).

    F is the normal distribution function, s^2 = ln(1 + cv^2), mu = ln(mean) - s^2 / 2.
    """
    from scipy.special import ndtr

    deviation = math.sqrt(math.log1p(cv**2))
    location = math.log(mean) - deviation**2 / 2

    def limited(hours: FloatArray) -> FloatArray:
        finite = np.where(np.isfinite(hours), hours, 1.0)
        with np.errstate(divide="ignore"):
            score = (np.log(finite) - location) / deviation
        value = mean * ndtr(score - deviation) + finite * ndtr(-score)
        return np.where(np.isfinite(hours), value, mean)

    return limited


def from_survival(survival: Callable[[float], float], mean: float) -> LimitedMean:
    """Return E min(S, x) of any service time, by quadrature of P(S > u).

    Args:
        survival: P(S > u), for u >= 0 in hours.
        mean: E S in hours, the value at infinity.
    """

    def limited(hours: FloatArray) -> FloatArray:
        from scipy.integrate import quad

        distinct, places = np.unique(np.asarray(hours, dtype=np.float64), return_inverse=True)
        finite = distinct[np.isfinite(distinct)]
        edges = np.concatenate([[0.0], finite])
        pieces = [quad(survival, a, b, epsabs=1e-12)[0] for a, b in pairwise(edges.tolist())]
        values = np.full(len(distinct), mean, dtype=np.float64)
        values[: len(finite)] = np.cumsum(pieces)
        return values[places].reshape(np.shape(hours))

    return limited


def sinusoidal_number(
    time: float,
    mean_rate: float,
    amplitude: float,
    cycle: float,
    survival: Callable[[float], float],
    mean: float,
) -> float:
    """Return the mean number in service at ``time`` for arrivals at ``mean_rate + amplitude sin(2 pi time / cycle)``.

    Eick, Massey & Whitt, "Mt/G/infinity queues with sinusoidal arrival rates" (1993): with g = 2 pi / cycle,

        m(t) = rate E S + amplitude (sin(g t) integral cos(g u) P(S > u) du - cos(g t) integral sin(g u) P(S > u) du).

    Args:
        time: in the unit of the rates.
        mean_rate: its mean.
        amplitude: at most the mean.
        cycle: its length.
        survival: P(S > u) for u >= 0.
        mean: E S.

    Raises:
        ValueError: the rate would be negative at times.
    """
    from scipy.integrate import quad

    if not 0 <= amplitude <= mean_rate:
        raise ValueError(f"amplitude {amplitude}, mean rate {mean_rate}: expected an amplitude from 0 to the mean")
    speed = 2 * math.pi / cycle
    in_phase, behind = (
        quad(survival, 0, math.inf, weight=weight, wvar=speed, limlst=500)[0] for weight in ("cos", "sin")
    )
    swing = math.sin(speed * time) * in_phase - math.cos(speed * time) * behind
    return mean_rate * mean + amplitude * swing
