"""Rates of contacts from a forecast by interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.scenario.calendars import LocalTime
from supportsim.scenario.demand import Forecast, IntervalTable
from supportsim.scenario.units import DAY_MS, MINUTE_MS, WEEK_MS

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
    table = forecast.table
    if table is None:
        raise ValueError(f"{forecast.file} has not been read, expected a scenario that was loaded from a file")
    step_ms = table.minutes * MINUTE_MS
    begins_ms = local.wall(start_ms) // step_ms * step_ms
    row = rows_at(table, begins_ms, nearest_week=forecast.beyond == "nearest_week")
    contacts = forecast.factor * np.array([table.columns[channel] for channel in channels])
    rates: NDArray[np.float64] = contacts[:, row] / _shown_ms(local, begins_ms, step_ms)
    return rates


def rows_at(table: IntervalTable, wall_ms: Integers, *, nearest_week: bool) -> Integers:
    """Return which row of a table (n,) holds at times of the wall clock (n,).

    Args:
        table: by interval.
        wall_ms: see `LocalTime`.
        nearest_week: beyond the table its first or last seven days hold; otherwise nothing may lie there.

    Raises:
        ValueError: a time lies beyond the table.
    """
    step_ms = table.minutes * MINUTE_MS
    length_ms = len(next(iter(table.columns.values()))) * step_ms
    if table.begins is None:
        # Ordinal 1 is a Monday.
        rows: Integers = (wall_ms - DAY_MS) % WEEK_MS // step_ms
        return rows
    midnight_ms = table.begins.toordinal() * DAY_MS
    into_ms = wall_ms - midnight_ms - (table.begins.hour * 60 + table.begins.minute) * MINUTE_MS
    if nearest_week:
        last_week_ms = length_ms - WEEK_MS
        into_ms = np.where(into_ms < 0, into_ms % WEEK_MS, into_ms)
        into_ms = np.where(into_ms >= length_ms, last_week_ms + (into_ms - last_week_ms) % WEEK_MS, into_ms)
    if len(into_ms) and not 0 <= into_ms.min() <= into_ms.max() < length_ms:
        raise ValueError("the table does not cover the simulated time, expected a scenario that was checked")
    return into_ms // step_ms


def _shown_ms(local: LocalTime, begins_ms: Integers, step_ms: int) -> Integers:
    """Return for how long (n,) the wall clock shows the intervals that begin at such times of it (n,)."""
    shown_ms = np.full(len(begins_ms), step_ms, dtype=np.int64)
    for at_ms, before, after in zip(local.changes_ms, local.shifts_ms[:-1], local.shifts_ms[1:], strict=True):
        first_ms, last_ms = sorted((at_ms + before, at_ms + after))
        touched_ms = np.minimum(begins_ms + step_ms, last_ms) - np.maximum(begins_ms, first_ms)
        shown_ms += np.sign(before - after) * np.maximum(touched_ms, 0)
    return shown_ms
