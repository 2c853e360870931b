"""How sure the promises are in spite of what is not known, and which assumption decides.

Each plan of a sweep meets the same samples of what is not known (ignorance), and each sample is simulated on the same
customers (luck).

Sources:
    Polynomial chaos and the variance that each input explains: B. Sudret, *Reliability Engineering and System
    Safety* 93, 2008, 964-979; leaving one out: G. Blatman and B. Sudret, *J. Computational Physics* 230, 2011,
    2345-2367.
    Two crossed random effects: S. R. Searle, G. Casella, C. E. McCulloch, *Variance Components*, 1992, section 4.3.
    Exact binomial limits: C. J. Clopper and E. S. Pearson, *Biometrika* 26, 1934, 404-413.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

from supportsim.experiment.design import Axis
from supportsim.experiment.judgement import CONFIDENCE, Verdict
from supportsim.experiment.sweep import PointResult, SweepResult

FEWEST_SAMPLES = 8
"""Fewer say nothing of which assumption matters."""
NO_PATTERN = 0.3
"""Below this share of the variance explained, no single assumption is named."""
_STEPS = 2000


@dataclass(frozen=True)
class BreakEven:
    """Where the verdict flips, all else averaged.

    Args:
        value: of the assumption, as a scenario states it.
        low, high: limits of it at 95 %, cut at the ends of what is thought possible.
    """

    value: str
    low: str
    high: str


@dataclass(frozen=True)
class Influence:
    """What one assumption does to a promise.

    Args:
        axis: the assumption.
        share: of the variance between samples that it explains, alone and together with others.
        rises: whether the metric rises with it.
        break_even: where the promise begins or ceases to hold; none within what is thought possible if empty.
    """

    axis: str
    share: float
    rises: bool
    break_even: tuple[BreakEven, ...]


@dataclass(frozen=True)
class Odds:
    """A promise of a plan under what is not known.

    Args:
        plan: its place in the design.
        name: of the target; empty for all together.
        samples: how many have a result.
        kept: in how many the estimate keeps it.
        close: in how many the replications do not decide it.
        lower, upper: exact binomial limits of the probability at 95 % together.
        period_share: share of single periods that kept it, ignorance and luck together.
        ignorance: share of the variance of a period that what is not known makes up, NaN if it cannot be told.
        explained: share of the variance between samples that the regression predicts, leaving one out; NaN without.
        influences: the strongest first; empty where nothing can be said.
    """

    plan: int
    name: str
    samples: int
    kept: int
    close: int
    lower: float
    upper: float
    period_share: float
    ignorance: float = math.nan
    explained: float = math.nan
    influences: tuple[Influence, ...] = ()

    @property
    def probability(self) -> float:
        """That the promise is kept, whatever the truth is."""
        return self.kept / self.samples if self.samples else math.nan

    def verdict(self, wanted: float) -> Verdict:
        """Say whether it is kept with the probability ``wanted`` or more."""
        if not self.samples:
            return Verdict.UNDECIDED
        if self.lower >= wanted:
            return Verdict.MET
        return Verdict.MISSED if self.upper < wanted else Verdict.UNDECIDED


def odds(result: SweepResult) -> tuple[Odds, ...]:
    """Return for each plan every promise, then all of them together; empty if nothing is unknown."""
    if not result.design.unknown:
        return ()
    found = []
    width = len(result.design.samples)
    for plan in range(len(result.design.plans)):
        points = [point for point in result.points[plan * width : (plan + 1) * width] if not point.failed]
        names = [target.name for target in points[0].targets] if points else []
        found += [_one(result, plan, points, place) for place in range(len(names))]
        if names:
            found.append(_all(plan, points))
    return tuple(found)


def _one(result: SweepResult, plan: int, points: Sequence[PointResult], place: int) -> Odds:
    targets = [point.targets[place] for point in points]
    estimates = np.array([target.judgement.estimate for target in targets])
    low, high = targets[0].low, targets[0].high
    kept = int(np.sum((estimates >= low) & (estimates <= high)))
    lower, upper = binomial_limits(kept, len(points))
    periods = [target.judgement.kept_share for target in targets if math.isfinite(target.judgement.kept_share)]
    column = points[0].place(targets[0].key)
    shares = result.design.shares[[point.point.sample for point in points]]
    surface = fit(shares, estimates)
    return Odds(
        plan=plan,
        name=targets[0].name,
        samples=len(points),
        kept=kept,
        close=sum(target.verdict is Verdict.UNDECIDED for target in targets),
        lower=lower,
        upper=upper,
        period_share=float(np.mean(periods)) if periods else math.nan,
        ignorance=ignorance_share([point.value[:, column or 0] for point in points]),
        explained=surface.explained if surface else math.nan,
        influences=_influences(surface, result.design.unknown, (low, high)) if surface else (),
    )


def _all(plan: int, points: Sequence[PointResult]) -> Odds:
    kept = sum(
        all(target.low <= target.judgement.estimate <= target.high for target in point.targets) for point in points
    )
    lower, upper = binomial_limits(kept, len(points))
    close = sum(point.verdict is Verdict.UNDECIDED for point in points)
    return Odds(plan, "", len(points), kept, close, lower, upper, math.nan)


def binomial_limits(hits: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Clopper-Pearson limits, two-sided; for points spread evenly they are on the safe side."""
    tail = (1 - confidence) / 2
    misses = trials - hits
    lower = float(betaincinv(hits, misses + 1, tail)) if hits else 0.0
    upper = float(betaincinv(hits + 1, misses, 1 - tail)) if misses else 1.0
    return lower, upper


def ignorance_share(values: Sequence[NDArray[np.float64]]) -> float:
    """Return the share of the variance of one period that lies between samples.

    Samples and replications are crossed, because every sample meets the same luck. With the mean squares of N samples
    (A), of R replications (B) and of the rest (E), the components are (A - E) / R, (B - E) / N and E.

    Args:
        values: per sample, float (R,).
    """
    table = np.array(values)
    if table.ndim != 2 or min(table.shape) < 2 or not np.isfinite(table).all():
        return math.nan
    samples, replications = table.shape
    rows, columns, mean = table.mean(axis=1), table.mean(axis=0), table.mean()
    between = replications * float(np.sum((rows - mean) ** 2)) / (samples - 1)
    luck = samples * float(np.sum((columns - mean) ** 2)) / (replications - 1)
    rest = float(np.sum((table - rows[:, None] - columns + mean) ** 2)) / ((samples - 1) * (replications - 1))
    ignorance = max(0.0, (between - rest) / replications)
    total = ignorance + max(0.0, (luck - rest) / samples) + rest
    return ignorance / total if total > 0 else math.nan


@dataclass(frozen=True)
class Surface:
    """A metric as a polynomial of where each assumption lies in its distribution.

    The terms are products of Legendre polynomials that are orthonormal for uniform shares, so the variance that a
    term explains is its coefficient squared.

    Args:
        powers: the degree of each axis (axes,) in each term; the constant first.
        coefficients: float (terms,).
        covariance: of the coefficients (terms, terms).
        residual: variance that is left.
        explained: share of the variance that is predicted for points that were left out.
        freedom: degrees of freedom of the residual.
    """

    powers: tuple[tuple[int, ...], ...]
    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    residual: float
    explained: float
    freedom: int

    def main_effect(self, axis: int, shares: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the metric (n,) at shares (n,) of one axis, all others averaged, and its standard error (n,)."""
        alone = [
            place for place, power in enumerate(self.powers) if not any(p for i, p in enumerate(power) if i != axis)
        ]
        basis = np.stack([_legendre(self.powers[place][axis], shares) for place in alone], axis=1)
        variance = np.einsum("ni,ij,nj->n", basis, self.covariance[np.ix_(alone, alone)], basis)
        return basis @ self.coefficients[alone], np.sqrt(np.maximum(variance, 0.0))

    def share(self, axis: int) -> float:
        """Return the share of the variance that an axis explains, alone and together with others."""
        squares = self.coefficients**2
        total = float(squares[1:].sum()) + self.residual
        own = sum(float(squares[place]) for place, power in enumerate(self.powers) if power[axis])
        return own / total if total > 0 else 0.0


def fit(shares: NDArray[np.float64], values: NDArray[np.float64]) -> Surface | None:
    """Fit polynomials of degree 1 to 3, and of degree 2 with products, and return the one that predicts best.

    Args:
        shares: float (N, axes), 0..1.
        values: float (N,).

    Returns:
        None where there are too few samples, or nothing varies.
    """
    known = np.isfinite(values)
    shares, values = shares[known], values[known]
    axes = shares.shape[1]
    if len(values) < FEWEST_SAMPLES or axes == 0 or float(np.ptp(values)) <= 1e-12 * float(np.max(np.abs(values))):
        return None
    single = [[_power(axes, (axis, degree)) for axis in range(axes)] for degree in (1, 2, 3)]
    pairs = [_power(axes, (one, 1), (other, 1)) for one, other in itertools.combinations(range(axes), 2)]
    constant = [(0,) * axes]
    models = [constant + single[0], constant + single[0] + single[1], constant + single[0] + single[1] + single[2]]
    if pairs:
        models.append(constant + single[0] + single[1] + pairs)
    surfaces = [_fit(model, shares, values) for model in models if len(model) <= len(values) // 2]
    return max(surfaces, key=lambda surface: surface.explained, default=None)


def _fit(powers: Sequence[tuple[int, ...]], shares: NDArray[np.float64], values: NDArray[np.float64]) -> Surface:
    basis = np.stack(
        [np.prod([_legendre(degree, shares[:, i]) for i, degree in enumerate(power)], axis=0) for power in powers],
        axis=1,
    )
    orthogonal, triangle = np.linalg.qr(basis)
    coefficients = np.linalg.solve(triangle, orthogonal.T @ values)
    left = values - basis @ coefficients
    freedom = len(values) - len(powers)
    residual = float(left @ left) / freedom
    inverse = np.linalg.inv(triangle)
    leverage = np.minimum((orthogonal**2).sum(axis=1), 1 - 1e-9)
    missed = float(np.sum((left / (1 - leverage)) ** 2))
    spread = float(np.sum((values - values.mean()) ** 2)) * (len(values) / (len(values) - 1)) ** 2
    return Surface(tuple(powers), coefficients, residual * inverse @ inverse.T, residual, 1 - missed / spread, freedom)


def _influences(surface: Surface, axes: Sequence[Axis], bounds: tuple[float, float]) -> tuple[Influence, ...]:
    if surface.explained < NO_PATTERN:
        return ()
    found = []
    grid = np.linspace(0.0005, 0.9995, _STEPS)
    for place, axis in enumerate(axes):
        effect, error = surface.main_effect(place, grid)
        reach = float(stdtrit(surface.freedom, (1 + CONFIDENCE) / 2)) * error
        crossings = tuple(
            one for bound in bounds if math.isfinite(bound) for one in _crossings(axis, grid, effect - bound, reach)
        )
        found.append(Influence(axis.name, surface.share(place), bool(effect[-1] > effect[0]), crossings))
    return tuple(sorted(found, key=lambda one: -one.share))


def _crossings(
    axis: Axis, grid: NDArray[np.float64], above: NDArray[np.float64], reach: NDArray[np.float64]
) -> list[BreakEven]:
    """Return where ``above`` (n,) changes its sign, and how far around it might be zero within ``reach`` (n,)."""
    flips = np.flatnonzero(np.sign(above[:-1]) * np.sign(above[1:]) < 0)
    unsure = np.abs(above) <= reach
    found = []
    for flip in flips.tolist():
        first, last = flip, flip + 1
        while first > 0 and unsure[first]:
            first -= 1
        while last < len(grid) - 1 and unsure[last]:
            last += 1
        share = grid[flip] + (grid[flip + 1] - grid[flip]) * above[flip] / (above[flip] - above[flip + 1])
        found.append(BreakEven(*(axis.told(float(at)) for at in (share, grid[first], grid[last]))))
    return found


def _legendre(degree: int, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Legendre polynomial on 0..1 with mean square 1."""
    one = np.polynomial.legendre.Legendre.basis(degree)
    return np.asarray(math.sqrt(2 * degree + 1) * one(2 * shares - 1), dtype=np.float64)


def _power(axes: int, *degrees: tuple[int, int]) -> tuple[int, ...]:
    power = [0] * axes
    for axis, degree in degrees:
        power[axis] = degree
    return tuple(power)
