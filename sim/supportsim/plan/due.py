"""When promises fall due, for rules of the floor that look at it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Sla, SlaTable
from supportsim.scenario.units import MINUTE_MS

NEVER = -1


def target_ms(
    sla: Sla, promised: SlaTable, priority: NDArray[Any], segment: NDArray[Any], start_ms: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the clock time (n,) allowed from ``start_ms`` (n,) on, `NEVER` where nothing is promised.

    n business days are the clock time between the start and the same clock time n open days later,
    fixed at the start.
    """
    minutes = promised.minutes[priority, segment]
    days = promised.business_days[priority, segment]
    found_ms = np.full(len(minutes), NEVER, dtype=np.int64)
    in_minutes = np.isfinite(minutes)
    found_ms[in_minutes] = np.rint(minutes[in_minutes] * MINUTE_MS).astype(np.int64)
    clock = sla.clock[priority, segment]
    # One call per calendar and number of days; there are at most a few of either.
    for index, number in sorted({*zip(clock[days > 0].tolist(), days[days > 0].tolist(), strict=True)}):
        at = np.flatnonzero((clock == index) & (days == number))
        calendar = sla.clocks[index]
        found_ms[at] = calendar.between(start_ms[at], calendar.after_days(start_ms[at], number))
    return found_ms


def due_ms(
    sla: Sla, promised: SlaTable, priority: NDArray[Any], segment: NDArray[Any], start_ms: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return when a promise given at ``start_ms`` (n,) falls due if its clock never pauses, `NEVER` if it does not.

    What falls due later than the clocks run counts as never.
    """
    due = np.full(len(start_ms), NEVER, dtype=np.int64)
    minutes, days = promised.minutes[priority, segment], promised.business_days[priority, segment]
    clock = sla.clock[priority, segment]
    for index, calendar in enumerate(sla.clocks):
        ends_ms = calendar.elapsed(calendar.close_ms[-1:])[0]
        allowed_ms = np.where(np.isfinite(minutes), np.rint(minutes * MINUTE_MS), 0).astype(np.int64)
        reaches = calendar.elapsed(start_ms) + allowed_ms <= ends_ms
        at = np.flatnonzero((clock == index) & np.isfinite(minutes) & reaches)
        due[at] = calendar.after(start_ms[at], allowed_ms[at])
        at = np.flatnonzero((clock == index) & (days > 0))
        due[at] = calendar.after_days(start_ms[at], days[at].astype(np.int64))
    return due
