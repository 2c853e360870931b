"""Promises on trial: met, missed or undecided, from independent replications.

Sources:
    Ratio of sums and its standard error: W. G. Cochran, *Sampling Techniques*, 3rd ed., 1977, section 6.3
    (the linearised, or delta, variance of a ratio estimator).
    Student-t over replications: A. M. Law, *Simulation Modeling and Analysis*, 5th ed., 2015, sections 4.5 and 9.4.
    Exact binomial limits: C. J. Clopper and E. S. Pearson, *Biometrika* 26, 1934, 404-413.
    Several promises at once: S. Holm, *Scandinavian Journal of Statistics* 6, 1979, 65-70; verdicts in two
    directions: J. P. Shaffer, *Annals of Statistics* 8, 1980, 1342-1347.
    Within two bounds: D. J. Schuirmann, *J. Pharmacokinetics and Biopharmaceutics* 15, 1987, 657-680.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, stdtr, stdtrit

CONFIDENCE = 0.95
"""One-sided, over all promises of a file together."""

ROUNDING = 1e-12
"""Relative differences below this are rounding, not variation."""


class Verdict(StrEnum):
    """What the replications say about a promise."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "undecided"


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Return met if all are, missed if one is, else undecided; so is nothing at all."""
    if Verdict.MISSED in verdicts:
        return Verdict.MISSED
    return Verdict.MET if verdicts and Verdict.UNDECIDED not in verdicts else Verdict.UNDECIDED


class Kind(StrEnum):
    """How a metric is estimated from replications."""

    SHARE = "share"
    """A share of things counted: the ratio of sums, never surer than an exact binomial of as many things."""
    RATIO = "ratio"
    """A share of something measured, such as time: the ratio of sums."""
    MEAN = "mean"
    """Anything else: the mean over replications."""


@dataclass(frozen=True)
class Claim:
    """A promise and what the replications found; it is kept if ``low <= truth <= high``.

    Args:
        low, high: bounds in the metric's unit; an end that is not bounded is infinite.
        kind: how the metric is estimated.
        value: float (R,), NaN where a replication had nothing to measure.
        numerator, denominator: float (R,), whose quotient ``value`` is; used by `Kind.SHARE` and `Kind.RATIO`.
    """

    low: float
    high: float
    kind: Kind
    value: NDArray[np.float64]
    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """An estimate over replications.

    Args:
        value: the estimate, NaN where no replication had anything to measure.
        error: its standard error, NaN with fewer than two replications.
        replications: how many had something to measure.
        successes, trials: the pooled counts of a `Kind.SHARE`; 0 otherwise.
    """

    value: float
    error: float
    replications: int
    successes: float = 0.0
    trials: float = 0.0


@dataclass(frozen=True)
class Judgement:
    """The verdict on one promise.

    Args:
        verdict: what can be said at `CONFIDENCE`, all promises of the file taken together.
        estimate: in the metric's unit, NaN without a base.
        lower, upper: one-sided confidence limits at ``confidence``; the promise is met when both lie within
            its bounds and missed when one lies beyond. NaN where there are none.
        confidence: the one-sided confidence of this promise's limits, Holm's correction included.
        p_met, p_missed: how surprising the data would be if it was not kept, and if it was.
        kept_share: share of the replications that kept it by themselves, NaN without any.
        replications: how many had something to measure.
        reason: why it is undecided, else empty.
    """

    verdict: Verdict
    estimate: float
    lower: float
    upper: float
    confidence: float
    p_met: float
    p_missed: float
    kept_share: float
    replications: int
    reason: str


def estimate(
    kind: Kind, value: NDArray[np.float64], numerator: NDArray[np.float64], denominator: NDArray[np.float64]
) -> Estimate:
    """Return the estimate from replications (R,).

    A ratio is R = sum x / sum n with error sqrt(k / (k - 1) * sum (x - R n)^2) / sum n over the k replications
    whose base n is not empty; a mean has error sd / sqrt(k) over the k replications that have a value.
    """
    if kind is Kind.MEAN:
        found = value[np.isfinite(value)]
        size = float(len(found))
        mean = float(found.mean()) if len(found) else math.nan
        deviations = found - mean
    else:
        some = denominator > 0
        parts, bases = numerator[some], denominator[some]
        size = float(bases.sum())
        mean = float(parts.sum()) / size if len(bases) else math.nan
        found, deviations = parts, parts - mean * bases
    count = len(found)
    error = math.sqrt(count / (count - 1) * float(deviations @ deviations)) / size if count > 1 else math.nan
    if error <= ROUNDING * abs(mean):
        error = 0.0
    if kind is Kind.SHARE and count:
        return Estimate(mean, error, count, float(parts.sum()), size)
    return Estimate(mean, error, count)


def half_width(found: Estimate, confidence: float = CONFIDENCE) -> float:
    """Return the two-sided Student-t half-width, NaN with fewer than two replications."""
    if found.replications < 2:
        return math.nan
    return float(stdtrit(found.replications - 1, (1 + confidence) / 2)) * found.error


def limits(found: Estimate, level: float) -> tuple[float, float]:
    """Return the two one-sided limits, each wrong with probability at most ``level``; NaN if undefined.

    The wider of Student-t and, for shares of counted things, Clopper-Pearson.
    """
    if found.replications < 2:
        return math.nan, math.nan
    reach = float(stdtrit(found.replications - 1, 1 - level)) * found.error
    lower, upper = found.value - reach, found.value + reach
    if found.trials:
        hits, misses = found.successes, found.trials - found.successes
        exact_lower = float(betaincinv(hits, misses + 1, level)) if hits > 0 else 0.0
        exact_upper = float(betaincinv(hits + 1, misses, 1 - level)) if misses > 0 else 1.0
        # A share lies within 0..1 whatever Student's t, which does not know that, says.
        lower, upper = max(0.0, min(lower, exact_lower)), min(1.0, max(upper, exact_upper))
    return lower, upper


def p_above(found: Estimate, bound: float, *, or_equal: bool) -> float:
    """Return the p-value of "the truth is below ``bound``", small where it is seen to be above.

    ``or_equal`` decides where nothing varies and every replication lies exactly on the bound.
    """
    if math.isinf(bound):
        return 0.0 if bound < 0 else 1.0
    p = _student(found.value - bound, found, bound, or_equal)
    if found.trials:
        hits, misses = found.successes, found.trials - found.successes
        p = max(p, float(betainc(hits, misses + 1, min(max(bound, 0.0), 1.0))) if hits > 0 else 1.0)
    return p


def p_below(found: Estimate, bound: float, *, or_equal: bool) -> float:
    """Return the p-value of "the truth is above ``bound``", small where it is seen to be below."""
    if math.isinf(bound):
        return 0.0 if bound > 0 else 1.0
    p = _student(bound - found.value, found, bound, or_equal)
    if found.trials:
        hits, misses = found.successes, found.trials - found.successes
        p = max(p, float(betainc(misses, hits + 1, min(max(1 - bound, 0.0), 1.0))) if misses > 0 else 1.0)
    return p


def _student(distance: float, found: Estimate, bound: float, or_equal: bool) -> float:
    if found.error > 0:
        return float(stdtr(found.replications - 1, -distance / found.error))
    if abs(distance) <= ROUNDING * max(abs(bound), abs(found.value)):
        return 0.0 if or_equal else 1.0
    return 0.0 if distance > 0 else 1.0


def judge(claims: Sequence[Claim], confidence: float = CONFIDENCE) -> tuple[Judgement, ...]:
    """Judge the promises of one file together.

    For each promise the two p-values are: *met*, the larger of the one-sided p-values against its bounds (both
    must be cleared: two one-sided tests); *missed*, the smaller of those in the other directions (one suffices).
    Holm's procedure orders the promises by the smaller of the two: the i-th of m is decided if it is at most
    (1 - confidence) / (m - i + 1), and after the first failure all others stay undecided. At most one of the
    two verdicts can be false for a promise, so the chance of any false verdict in the file is at most
    1 - confidence.

    Args:
        claims: the promises, in the order of the file.
        confidence: one-sided, for all together.
    """
    found = [estimate(claim.kind, claim.value, claim.numerator, claim.denominator) for claim in claims]
    p_values = [_p_values(claim, one) for claim, one in zip(claims, found, strict=True)]
    levels = holm_levels([min(pair) for pair in p_values], 1 - confidence)
    return tuple(_judgement(*row) for row in zip(claims, found, p_values, levels, strict=True))


def holm_levels(p_values: Sequence[float], level: float) -> tuple[float, ...]:
    """Return what Holm's procedure compares each p-value with; those after the first failure share its level."""
    levels = [level] * len(p_values)
    current, failed = level, False
    for step, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if not failed:
            current = level / (len(p_values) - step)
            failed = p_values[place] > current
        levels[place] = current
    return tuple(levels)


def _p_values(claim: Claim, found: Estimate) -> tuple[float, float]:
    if found.replications < 2:
        return 1.0, 1.0
    met = max(p_above(found, claim.low, or_equal=True), p_below(found, claim.high, or_equal=True))
    missed = min(p_below(found, claim.low, or_equal=False), p_above(found, claim.high, or_equal=False))
    return met, missed


def _judgement(claim: Claim, found: Estimate, p_values: tuple[float, float], level: float) -> Judgement:
    p_met, p_missed = p_values
    values = claim.value[np.isfinite(claim.value)]
    kept_share = float(np.mean((values >= claim.low) & (values <= claim.high))) if len(values) else math.nan
    verdict, reason = Verdict.UNDECIDED, ""
    if found.replications == 0:
        reason = "nothing to measure"
    elif found.replications < 2:
        reason = "fewer than 2 replications"
    elif p_met <= level:
        verdict = Verdict.MET
    elif p_missed <= level:
        verdict = Verdict.MISSED
    else:
        reason = "too close to call"
    lower, upper = limits(found, level)
    return Judgement(
        verdict, found.value, lower, upper, 1 - level, p_met, p_missed, kept_share, found.replications, reason
    )
