"""Which row of a table by interval holds when."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.scenario.tables import IntervalTable, TableFile
from supportsim.scenario.units import DAY_MS, MINUTE_MS, WEEK_MS

Integers = NDArray[np.int64]


def read(stated: TableFile) -> IntervalTable:
    """Return what a file holds.

    Raises:
        ValueError: nobody has read it.
    """
    if stated.table is None:
        raise ValueError(f"{stated.file} has not been read, expected a scenario that was loaded from a file")
    return stated.table


def rows_at(stated: TableFile, wall_ms: Integers) -> Integers:
    """Return which row of a file's table (n,) holds at times of the wall clock (n,), see `LocalTime`.

    Raises:
        ValueError: a time lies beyond the table and nothing is said of that, or nobody has read the file.
    """
    table = read(stated)
    step_ms = table.minutes * MINUTE_MS
    length_ms = len(next(iter(table.columns.values()))) * step_ms
    if table.begins is None:
        # Ordinal 1 is a Monday.
        rows: Integers = (wall_ms - DAY_MS) % WEEK_MS // step_ms
        return rows
    midnight_ms = table.begins.toordinal() * DAY_MS
    into_ms = wall_ms - midnight_ms - (table.begins.hour * 60 + table.begins.minute) * MINUTE_MS
    if stated.beyond == "nearest_week":
        last_week_ms = length_ms - WEEK_MS
        into_ms = np.where(into_ms < 0, into_ms % WEEK_MS, into_ms)
        into_ms = np.where(into_ms >= length_ms, last_week_ms + (into_ms - last_week_ms) % WEEK_MS, into_ms)
    if len(into_ms) and not 0 <= into_ms.min() <= into_ms.max() < length_ms:
        raise ValueError(f"{stated.file} does not cover the simulated time, expected a scenario that was checked")
    return into_ms // step_ms
