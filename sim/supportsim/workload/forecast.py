"""Rates of contacts from a forecast by interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.scenario.calendars import LocalTime
from supportsim.scenario.demand import Forecast
from supportsim.scenario.table_rows import read, rows_at
from supportsim.scenario.units import MINUTE_MS

Integers = NDArray[np.int64]


def forecast_rates(
    forecast: Forecast, channels: tuple[str, ...], local: LocalTime, start_ms: Integers
) -> NDArray[np.float64]:
    """Return contacts per millisecond of each channel (C, n) at instants (n,).

    A row's contacts spread evenly over the time for which the wall clock shows its interval, which is twice as long
    as usual where that comes twice.

    Raises:
        ValueError: the forecast has no numbers, or none for one of the instants.
    """
    table = read(forecast)
    step_ms = table.minutes * MINUTE_MS
    begins_ms = local.wall(start_ms) // step_ms * step_ms
    row = rows_at(forecast, begins_ms)
    contacts = forecast.factor * np.array([table.columns[channel] for channel in channels])
    rates: NDArray[np.float64] = contacts[:, row] / _shown_ms(local, begins_ms, step_ms)
    return rates


def _shown_ms(local: LocalTime, begins_ms: Integers, step_ms: int) -> Integers:
    """Return for how long (n,) the wall clock shows the intervals that begin at such times of it (n,)."""
    shown_ms = np.full(len(begins_ms), step_ms, dtype=np.int64)
    for at_ms, before, after in zip(local.changes_ms, local.shifts_ms[:-1], local.shifts_ms[1:], strict=True):
        first_ms, last_ms = sorted((at_ms + before, at_ms + after))
        touched_ms = np.minimum(begins_ms + step_ms, last_ms) - np.maximum(begins_ms, first_ms)
        shown_ms += np.sign(before - after) * np.maximum(touched_ms, 0)
    return shown_ms
