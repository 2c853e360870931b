"""One judge for all comparisons of a simulated mean with an exact value."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

LARGEST_Z = 3.5


class MisfitError(AssertionError):
    """The mean over replications lies further from the exact value than sampling explains."""


class ImpreciseError(AssertionError):
    """The standard error is too large for the comparison to mean anything."""


def judge(samples: ArrayLike, exact: float, largest_error: float, what: str = "mean") -> float:
    """Hold the mean of independent ``samples`` against ``exact`` and return z = (mean - exact) / SE.

    Args:
        samples: one value per replication, at least 20 of them.
        exact: what theory says.
        largest_error: the largest standard error that is accepted, relative to ``exact``.
        what: named in the fault.

    Raises:
        ImpreciseError: the standard error is larger.
        MisfitError: |z| is above 3.5.
    """
    values = np.asarray(samples, dtype=np.float64)
    assert len(values) >= 20, f"{what}: {len(values)} replications, expected at least 20"
    estimate = float(values.mean())
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    z = (estimate - exact) / error
    said = f"{what}: {estimate:.6g}, standard error {error:.2g}, exact {exact:.6g}, z = {z:+.2f}"
    if error > largest_error * abs(exact):
        raise ImpreciseError(f"{said}; expected a standard error of at most {largest_error:.3g} of the exact value")
    if abs(z) > LARGEST_Z:
        raise MisfitError(f"{said}; expected |z| <= {LARGEST_Z}")
    return z
