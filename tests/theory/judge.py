"""One judge for all comparisons of a simulated mean with an exact value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import skew

LARGEST_Z = 3.5
FEWEST = 20


class MisfitError(AssertionError):
    """The mean over replications lies further from the exact value than sampling explains."""


class ImpreciseError(AssertionError):
    """The standard error is too large for the comparison to mean anything."""


@dataclass(frozen=True)
class Comparison:
    """A mean over replications beside what it should be.

    Args:
        estimate: the mean.
        error: its standard error, the reference's own included.
        z: (estimate - exact) / error.
        z_of_skewness: what z is on average though the model is right, because skewed samples whose mean is low have
            a low deviation as well: minus skewness over twice the root of their number (Johnson 1978).
    """

    estimate: float
    error: float
    z: float
    z_of_skewness: float = 0.0


def compare(samples: ArrayLike, exact: float, own_error: float = 0.0) -> Comparison:
    """Compare the mean of independent ``samples`` with ``exact``, which has a standard error of its own or none.

    Args:
        samples: one value per replication, at least 20 of them.
        exact: what theory says.
        own_error: standard error of ``exact``, if it was simulated by others.
    """
    values = np.asarray(samples, dtype=np.float64)
    assert len(values) >= FEWEST, f"{len(values)} replications, expected at least {FEWEST}"
    estimate = float(values.mean())
    sampling_error = float(values.std(ddof=1) / np.sqrt(len(values)))
    error, distance = float(np.hypot(sampling_error, own_error)), estimate - exact
    if not error:
        # Without any spread only the exact value itself will do.
        return Comparison(estimate, error, np.copysign(np.inf, distance) * (distance != 0))
    expected = -float(skew(values)) / (2 * np.sqrt(len(values))) * sampling_error / error if sampling_error else 0.0
    return Comparison(estimate, error, distance / error, expected)


def judge(
    samples: ArrayLike, exact: float, largest_error: float = np.inf, what: str = "mean", own_error: float = 0.0
) -> float:
    """Hold the mean of independent ``samples`` against ``exact`` and return z = (mean - exact) / SE.

    Args:
        samples: one value per replication, at least 20 of them.
        exact: what theory says.
        largest_error: the largest standard error that is accepted, relative to ``exact``.
        what: named in the fault.
        own_error: standard error of ``exact``, if it was simulated by others.

    Raises:
        ImpreciseError: the standard error is larger.
        MisfitError: |z| is above 3.5.
    """
    found = compare(samples, exact, own_error)
    said = f"{what}: {found.estimate:.6g}, standard error {found.error:.2g}, exact {exact:.6g}, z = {found.z:+.2f}"
    if found.error > largest_error * abs(exact):
        raise ImpreciseError(f"{said}; expected a standard error of at most {largest_error:.3g} of the exact value")
    if abs(found.z) > LARGEST_Z:
        raise MisfitError(f"{said}; expected |z| <= {LARGEST_Z}")
    return found.z
