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
from itertools import combinations

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
class Pair:
    """One plan against another.

    Args:
        first, other: their places among the plans.
        differences: one for each metric, in the same order for every pair.
    """

    first: int
    other: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Comparison:
    """Plans against each other.

    Args:
        results: the plans, the first one first.
        names: what they are called, each another way.
        pairs: every other plan against the first, and then, if that was asked for, the others among themselves.
    """

    results: tuple[RunResult, ...]
    names: tuple[str, ...]
    pairs: tuple[Pair, ...]

    @property
    def differences(self) -> tuple[tuple[Difference, ...], ...]:
        """One row for each plan but the first, which it is compared with."""
        return tuple(pair.differences for pair in self.pairs if pair.first == 0)


def compare(
    results: Sequence[RunResult],
    names: Sequence[str] = (),
    *,
    every_pair: bool = False,
    keys: Sequence[MetricKey] = (),
) -> Comparison:
    """Compare plans that were run with the same seed and replications.

    Args:
        results: the plans.
        names: what they are called (default: the scenarios' names, numbered where two are the same).
        every_pair: compare the others among themselves too, all judged together.
        keys: what is compared (default: the first plan's targets, and `ALWAYS_COMPARED`).

    Raises:
        ValueError: fewer than two plans, or their seeds or replications differ.
    """
    if len(results) < 2:
        raise ValueError(f"{len(results)} plan to compare, expected at least two")
    first = results[0]
    for other in results[1:]:
        if (other.seed, other.replications) != (first.seed, first.replications):
            raise ValueError("plans can be compared on the same seed and replications only")
    keys = keys or _compared(results)
    places = sorted(combinations(range(len(results)), 2)) if every_pair else [(0, n) for n in range(1, len(results))]
    rows = [[_paired(results[low], results[high], key) for key in keys] for low, high in places]
    levels = iter(holm_levels([one.p_value for row in rows for one in row], 1 - CONFIDENCE))
    pairs = tuple(
        Pair(low, high, tuple(_judged(key, one, next(levels)) for key, one in zip(keys, row, strict=True)))
        for (low, high), row in zip(places, rows, strict=True)
    )
    return Comparison(tuple(results), tuple(names) or _names(results), pairs)


def _names(results: Sequence[RunResult]) -> tuple[str, ...]:
    names = [result.scenario.scenario.name for result in results]
    return tuple(name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, start=1))


def _compared(results: Sequence[RunResult]) -> list[MetricKey]:
    """Return the first plan's targets and what is always compared, where every plan has it."""
    wanted = dict.fromkeys([target.key for target in results[0].targets] + list(ALWAYS_COMPARED))
    measured = [set(result.keys) for result in results]
    return [key for key in wanted if all(key in keys for keys in measured)]


@dataclass(frozen=True)
class _Estimates:
    first: float
    other: float
    error: float
    pairs: int
    p_value: float
    gain: float


def _paired(first: RunResult, other: RunResult, key: MetricKey) -> _Estimates:
    """Estimate a difference; its error is that of the paired deviations of the two estimates.

    The deviation of replication i from a mean is (x_i - mean) / k, and from a ratio of sums R = sum x / sum n
    it is (x_i - R n_i) / sum n; the error of a sum of k deviations d is sqrt(k / (k - 1) * sum d^2).
    """
    (low, from_first, has_first), (high, from_other, has_other) = (_deviations(one, key) for one in (first, other))
    both = has_first & has_other
    count = int(both.sum())
    if count < 2:
        return _Estimates(low, high, math.nan, count, 1.0, math.nan)
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
        return _Estimates(low, high, 0.0, count, 1.0 if equal else 0.0, math.nan)
    p_value = 2 * float(stdtr(count - 1, -abs(difference) / error))
    return _Estimates(low, high, error, count, p_value, (apart / error) ** 2)


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


def _judged(key: MetricKey, pair: _Estimates, level: float) -> Difference:
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
