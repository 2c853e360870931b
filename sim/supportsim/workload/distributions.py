"""Inverse transforms: a uniform becomes a duration, a count, a choice or a factor.

One uniform each, and monotone in it, so that common random numbers stay common.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri, pdtr

from supportsim.scenario.distributions import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Triangular,
    Uniform,
    Weibull,
)
from supportsim.scenario.model import ShareOverTime
from supportsim.scenario.units import MINUTE_MS

FloatArray = NDArray[np.float64]
_Value = TypeVar("_Value")


def quantile(distribution: Distribution, uniform: FloatArray) -> FloatArray:
    """Return the duration in ms below which a share ``uniform`` of all durations lie, (N,).

    Lognormal by moments: sigma^2 = ln(1 + cv^2), mu = ln(mean) - sigma^2 / 2. By quantiles:
    mu = ln(median), sigma = ln(p90 / median) / 1.2816. Gamma: shape 1 / cv^2. Weibull: scale
    mean / Gamma(1 + 1/shape). Empirical: the k-th smallest of n where k = ceil(n * uniform).

    Raises:
        ValueError: an empirical distribution has no values.
    """
    stated = distribution.kind
    if isinstance(stated, Constant):
        return np.full(len(uniform), float(stated.value))
    if isinstance(stated, Exponential):
        return -stated.mean * np.log1p(-uniform)
    if isinstance(stated, Lognormal):
        return _lognormal(stated, uniform)
    if isinstance(stated, Gamma):
        return stated.mean * gamma_factor(stated.cv, uniform)
    if isinstance(stated, Weibull):
        scale = stated.mean / math.gamma(1 + 1 / stated.shape)
        return scale * (-np.log1p(-uniform)) ** (1 / stated.shape)
    if isinstance(stated, Uniform):
        return stated.low + (stated.high - stated.low) * uniform
    if isinstance(stated, Triangular):
        return _triangular(stated, uniform)
    if not isinstance(stated, Empirical) or not stated.minutes:
        raise ValueError(f"{stated!r} has no values to draw from")
    values = np.sort(np.asarray(stated.minutes)) * MINUTE_MS
    return values[np.minimum((uniform * len(values)).astype(np.int64), len(values) - 1)]


def _lognormal(stated: Lognormal, uniform: FloatArray) -> FloatArray:
    if stated.mean is not None and stated.cv is not None:
        variance = math.log1p(stated.cv**2)
        return stated.mean * np.exp(math.sqrt(variance) * ndtri(uniform) - variance / 2)
    if not stated.median or stated.p90 is None:
        raise ValueError(f"{stated!r}: expected a median above 0")
    sigma = math.log(stated.p90 / stated.median) / float(ndtri(0.9))
    return stated.median * np.exp(sigma * ndtri(uniform))


def _triangular(stated: Triangular, uniform: FloatArray) -> FloatArray:
    width = stated.high - stated.low
    rising, falling = stated.mode - stated.low, stated.high - stated.mode
    return np.where(
        uniform * width < rising,
        stated.low + np.sqrt(uniform * width * rising),
        stated.high - np.sqrt((1 - uniform) * width * falling),
    )


def gamma_factor(cv: float, uniform: FloatArray) -> FloatArray:
    """Return gamma variates of mean 1 and coefficient of variation ``cv``, (N,)."""
    shape = 1 / cv**2
    return np.asarray(gammaincinv(shape, uniform) / shape, dtype=np.float64)


def whole_ms(duration_ms: FloatArray) -> NDArray[np.int64]:
    """Round durations to whole milliseconds, at least 1."""
    return np.maximum(np.rint(duration_ms), 1).astype(np.int64)


def poisson_quantile(uniform: FloatArray, mean: FloatArray) -> NDArray[np.int64]:
    """Return the smallest k with P(Poisson(mean) <= k) >= uniform, int64 (N,).

    Starts from the Cornish-Fisher expansion, which is off by a step or two, and walks to
    the exact answer. Rises with ``mean`` for a given uniform: a lower rate keeps a subset.
    """
    z = ndtri(uniform)
    guess = np.maximum(np.floor(mean + np.sqrt(mean) * z + (z * z - 1) / 6), 0.0)
    guess[mean <= 0] = 0.0
    walking = np.flatnonzero(mean > 0)
    while len(walking):
        walking = walking[pdtr(guess[walking], mean[walking]) < uniform[walking]]
        guess[walking] += 1
    walking = np.flatnonzero(guess > 0)
    while len(walking):
        walking = walking[(guess[walking] > 0) & (pdtr(guess[walking] - 1, mean[walking]) >= uniform[walking])]
        guess[walking] -= 1
    return guess.astype(np.int64)


def choose(weights: FloatArray, uniform: FloatArray) -> NDArray[np.int16]:
    """Return the position that each uniform picks when the line is cut by ``weights``, int16 (N,).

    Args:
        weights: (K,) for all, or (N, K), one row each; non-negative, and with a positive sum unless N is 0.
        uniform: (N,).
    """
    edges = np.cumsum(weights, axis=-1)
    if edges.ndim == 1:
        position: NDArray[np.int64] = np.searchsorted(edges[:-1], uniform * edges[-1], side="right")
        return position.astype(np.int16)
    chosen: NDArray[np.int16] = (edges[:, :-1] <= uniform[:, None] * edges[:, -1:]).sum(axis=1, dtype=np.int16)
    return chosen


def share_at(share: ShareOverTime, since_start_ms: NDArray[np.int64]) -> FloatArray:
    """Return the value of a share that may change, at times counted from the period's start, (N,)."""
    if share.by == 0 or share.from_ == share.to:
        return np.where(since_start_ms < 0, share.from_, share.to)
    progress = np.clip(since_start_ms / share.by, 0.0, 1.0)
    return share.from_ + (share.to - share.from_) * progress


def share_by_category(
    shares: Mapping[str, ShareOverTime],
    categories: Sequence[str],
    category: NDArray[np.int16],
    since_start_ms: NDArray[np.int64],
) -> FloatArray:
    """Return each contact's own share, (N,), by its category and time."""
    if shares.keys() == {"default"}:
        return share_at(shares["default"], since_start_ms)
    result = np.empty(len(category))
    for code, name in enumerate(categories):
        of_it = np.flatnonzero(category == code)
        if len(of_it):
            result[of_it] = share_at(_of_category(shares, name), since_start_ms[of_it])
    return result


def duration_by_category(
    durations: Mapping[str, Distribution],
    categories: Sequence[str],
    category: NDArray[np.int16],
    uniform: FloatArray,
) -> FloatArray:
    """Return each contact's own duration in ms, (N,), by its category."""
    if durations.keys() == {"default"}:
        return quantile(durations["default"], uniform)
    result = np.empty(len(category))
    for code, name in enumerate(categories):
        of_it = np.flatnonzero(category == code)
        if len(of_it):
            result[of_it] = quantile(_of_category(durations, name), uniform[of_it])
    return result


def _of_category(values: Mapping[str, _Value], name: str) -> _Value:
    value = values.get(name, values.get("default"))
    if value is None:
        raise ValueError(f"nothing stated for category {name!r} and no default, expected one of the two")
    return value
