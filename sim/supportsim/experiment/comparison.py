"""Plans against each other on the same customers: paired differences, and what can be said of them.

Sources:
    Paired differences under common random numbers: A. M. Law, *Simulation Modeling and Analysis*, 5th ed., 2015,
    sections 10.2 and 11.2.
    Ratio of sums, linearised: W. G. Cochran, *Sampling Techniques*, 3rd ed., 1977, section 6.3.
    Several comparisons at once: S. Holm, *Scandinavian Journal of Statistics* 6, 1979, 65-70.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from supportsim.experiment.judgement import CONFIDENCE, ROUNDING, holm_levels
from supportsim.experiment.result import RunResult
from supportsim.scenario.metrics import METRICS, MetricKey

ALWAYS_COMPARED = (
    MetricKey("response_sla", None),
    MetricKey("resolution_sla", None),
    MetricKey("first_response_business_minutes", "mean"),
    MetricKey("resolution_business_minutes", "mean"),
    MetricKey("occupancy", None),
    MetricKey("cost_total", None),
)
"""Compared besides the targets of the first plan."""


class Finding(StrEnum):
    """What the replications say of a difference."""

    BETTER = "better"
    WORSE = "worse"
    DIFFERENT = "different"
    """Where neither direction is good."""
    NONE = "no detectable difference"


@dataclass(frozen=True)
class Difference:
    """One metric of a plan against the first plan.

    Args:
        key: what was measured.
        first, other: the two estimates, in the metric's unit.
        difference: other less first.
        half_width: of the difference, two-sided Student-t at ``confidence``; NaN with fewer than two pairs.
        confidence: Holm's correction for all comparisons of the table included.
        p_value: two-sided, of "there is no difference".
        finding: what can be said at `CONFIDENCE` for all comparisons together.
        gain: by how much common customers shrank the variance of the difference: that of two runs on
            different customers over that of the pairs; NaN where nothing varies.
    """

    key: MetricKey
    first: float
    other: float
    difference: float
    half_width: float
    confidence: float
    p_value: float
    finding: Finding
    gain: float


@dataclass(frozen=True)
class Comparison:
    """Every other plan against the first.

    Args:
        results: the plans, the first one first.
        differences: one tuple for each other plan, metrics in the same order.
    """

    results: tuple[RunResult, ...]
    differences: tuple[tuple[Difference, ...], ...]


def compare(results: Sequence[RunResult]) -> Comparison:
    """Compare plans that were run with the same seed and replications.

    Raises:
        ValueError: fewer than two plans, or their seeds or replications differ.
    """
    if len(results) < 2:
        raise ValueError(f"{len(results)} plan to compare, expected at least two")
    first = results[0]
    for other in results[1:]:
        if (other.seed, other.replications) != (first.seed, first.replications):
            raise ValueError("plans can be compared on the same seed and replications only")
    keys = _compared(results)
    pairs = [[_paired(first, other, key) for key in keys] for other in results[1:]]
    p_values = [pair.p_value for row in pairs for pair in row]
    levels = iter(holm_levels(p_values, 1 - CONFIDENCE))
    differences = tuple(
        tuple(_judged(key, pair, next(levels)) for key, pair in zip(keys, row, strict=True)) for row in pairs
    )
    return Comparison(tuple(results), differences)


def _compared(results: Sequence[RunResult]) -> list[MetricKey]:
    """Return the first plan's targets and what is always compared, where every plan has it."""
    wanted = dict.fromkeys([target.key for target in results[0].targets] + list(ALWAYS_COMPARED))
    measured = [set(result.keys) for result in results]
    return [key for key in wanted if all(key in keys for keys in measured)]


@dataclass(frozen=True)
class _Pair:
    first: float
    other: float
    error: float
    pairs: int
    p_value: float
    gain: float


def _paired(first: RunResult, other: RunResult, key: MetricKey) -> _Pair:
    """Estimate a difference; its error is that of the paired deviations of the two estimates.

    The deviation of replication i from a mean is (x_i - mean) / k, and from a ratio of sums R = sum x / sum n
    it is (x_i - R n_i) / sum n; the error of a sum of k deviations d is sqrt(k / (k - 1) * sum d^2).
    """
    (low, from_first, has_first), (high, from_other, has_other) = (_deviations(one, key) for one in (first, other))
    both = has_first & has_other
    count = int(both.sum())
    if count < 2:
        return _Pair(low, high, math.nan, count, 1.0, math.nan)
    error, apart = (
        math.sqrt(count / (count - 1) * total)
        for total in (
            float(np.sum((from_other - from_first)[both] ** 2)),
            float(np.sum(from_first[both] ** 2) + np.sum(from_other[both] ** 2)),
        )
    )
    difference = high - low
    if error <= ROUNDING * max(abs(low), abs(high)):
        equal = abs(difference) <= ROUNDING * max(abs(low), abs(high))
        return _Pair(low, high, 0.0, count, 1.0 if equal else 0.0, math.nan)
    p_value = 2 * float(stdtr(count - 1, -abs(difference) / error))
    return _Pair(low, high, error, count, p_value, (apart / error) ** 2)


def _deviations(result: RunResult, key: MetricKey) -> tuple[float, NDArray[np.float64], NDArray[np.bool_]]:
    """Return estimate, deviations (R,) and which replications have one (R,)."""
    place = result.place(key.metric, key.stat, **dict(key.slices))
    if METRICS[key.metric].estimate == "mean":
        value = result.value[:, place]
        has = np.isfinite(value)
        mean = float(value[has].mean()) if has.any() else math.nan
        return mean, np.where(has, value - mean, 0.0) / max(int(has.sum()), 1), has
    part, base = result.numerator[:, place], result.denominator[:, place]
    has = np.nan_to_num(base) > 0
    total = float(base[has].sum())
    ratio = float(part[has].sum()) / total if total else math.nan
    return ratio, np.where(has, part - ratio * base, 0.0) / (total or 1.0), has


def _judged(key: MetricKey, pair: _Pair, level: float) -> Difference:
    difference = pair.other - pair.first
    finding = Finding.NONE
    if pair.p_value <= level:
        better = METRICS[key.metric].better
        if better is None:
            finding = Finding.DIFFERENT
        else:
            finding = Finding.BETTER if (difference > 0) == (better == "high") else Finding.WORSE
    reach = float(stdtrit(pair.pairs - 1, 1 - level / 2)) * pair.error if pair.pairs > 1 else math.nan
    return Difference(key, pair.first, pair.other, difference, reach, 1 - level, pair.p_value, finding, pair.gain)
