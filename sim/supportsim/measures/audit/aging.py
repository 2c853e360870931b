"""The wait that makes tickets rise, in elapsed time or in hours of their SLA calendar, for the audit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan


def waited_ms(
    plan: Plan, clock: NDArray[Any], since_ms: NDArray[np.int64], until_ms: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the wait (n,) between two instants of tickets with these SLA clocks (n,), as it counts for aging."""
    waited = until_ms - since_ms
    if plan.rules.aging_on_clock:
        for index, calendar in enumerate(plan.sla.clocks):
            at = np.flatnonzero(clock == index)
            waited[at] = calendar.between(since_ms[at], until_ms[at])
    return waited


def rises_ms(
    plan: Plan, clock: NDArray[Any], since_ms: NDArray[np.int64], step: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return when tickets that wait since instants (n,) rise for the ``step``-th time (n,), which is reached."""
    rises = since_ms + step * plan.rules.aging_ms
    if plan.rules.aging_on_clock:
        for index, calendar in enumerate(plan.sla.clocks):
            at = np.flatnonzero((clock == index) & (step > 0))
            rises[at] = calendar.after(since_ms[at], step[at] * plan.rules.aging_ms)
    return rises
