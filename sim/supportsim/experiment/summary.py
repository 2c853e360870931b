"""Many replications in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from supportsim.experiment.judgement import CONFIDENCE

BLOCK = 2**19
"""So many values are summarised at once, which bounds the memory for the copies it takes."""


@dataclass(frozen=True)
class Summary:
    """One entry per metric (M,), in the metric's unit; NaN where there is nothing to tell.

    Args:
        estimate: the ratio of sums over replications for shares, else the mean over replications.
        half_width: of the estimate, two-sided Student-t at 95 %.
        mean, sd: of the replications' values.
        low, high: the smallest and the largest replication.
        p10, p50, p90: quantiles across replications, linear between neighbours.
        replications: int, how many had something to measure.
    """

    estimate: NDArray[np.float64]
    half_width: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    low: NDArray[np.float64]
    p10: NDArray[np.float64]
    p50: NDArray[np.float64]
    p90: NDArray[np.float64]
    high: NDArray[np.float64]
    replications: NDArray[np.int64]

    def row(self, place: int) -> dict[str, float | int]:
        """Return the entry of one metric."""
        return {field.name: getattr(self, field.name)[place].item() for field in fields(self)}


def summarise(
    value: NDArray[np.float64],
    numerator: NDArray[np.float64],
    denominator: NDArray[np.float64],
    is_ratio: NDArray[np.bool_],
) -> Summary:
    """Summarise replications; the formulas are those of `judgement.estimate`.

    Args:
        value: float (R, M), NaN where missing.
        numerator: float (R, M).
        denominator: float (R, M).
        is_ratio: bool (M,), whether to estimate by the ratio of sums.
    """
    columns = max(1, BLOCK // max(1, len(value)))
    if value.shape[1] <= columns:
        return _summarise(value, numerator, denominator, is_ratio)
    blocks = [slice(first, first + columns) for first in range(0, value.shape[1], columns)]
    parts = [_summarise(value[:, one], numerator[:, one], denominator[:, one], is_ratio[one]) for one in blocks]
    names = [field.name for field in fields(Summary)]
    return Summary(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _summarise(
    value: NDArray[np.float64],
    numerator: NDArray[np.float64],
    denominator: NDArray[np.float64],
    is_ratio: NDArray[np.bool_],
) -> Summary:
    has_value = np.isfinite(value)
    count = has_value.sum(axis=0)
    mean = _quotient(np.where(has_value, value, 0.0).sum(axis=0), count)
    squares = (np.where(has_value, value - mean, 0.0) ** 2).sum(axis=0)
    sd = np.sqrt(_quotient(squares, count - 1))
    has_base = np.nan_to_num(denominator) > 0
    part, base = np.where(has_base, numerator, 0.0), np.where(has_base, denominator, 0.0)
    bases, total = has_base.sum(axis=0), base.sum(axis=0)
    ratio = _quotient(part.sum(axis=0), total)
    residuals = (np.where(has_base, part - ratio * base, 0.0) ** 2).sum(axis=0)
    ratio_error = _quotient(np.sqrt(bases * _quotient(residuals, bases - 1)), total)
    used = np.where(is_ratio, bases, count)
    error = np.where(is_ratio, ratio_error, _quotient(sd, np.sqrt(count)))
    low, p10, p50, p90, high = _quantiles(value, count, np.array([0.0, 0.1, 0.5, 0.9, 1.0]))
    return Summary(
        np.where(is_ratio, ratio, mean),
        stdtrit(np.maximum(used - 1, 1), (1 + CONFIDENCE) / 2) * error,
        mean,
        sd,
        low,
        p10,
        p50,
        p90,
        high,
        used.astype(np.int64),
    )


def _quotient(above: NDArray[np.float64], below: NDArray[Any]) -> NDArray[np.float64]:
    quotient: NDArray[np.float64] = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return quotient


def _quantiles(
    value: NDArray[np.float64], count: NDArray[np.int64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return quantiles (len(shares), M) of the values that are there; missing ones sort to the end."""
    ascending = np.sort(value, axis=0)
    place = shares[:, None] * np.maximum(count - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = np.take_along_axis(ascending, below, axis=0), np.take_along_axis(ascending, above, axis=0)
    quantiles: NDArray[np.float64] = np.where(count > 0, low + (place - below) * (high - low), np.nan)
    return quantiles
