"""The event log as a CSV file that process-mining tools open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from supportsim.measures.event_log import EventLog

_ROWS_AT_ONCE = 50_000
_QUARTER_HOUR_MS = 15 * 60 * 1000


def write_event_log(log: EventLog, path: Path) -> None:
    """Write ``log`` to ``path`` as UTF-8 CSV, whole or not at all.

    Columns: case, activity, timestamp (local, ISO 8601 with milliseconds and offset), resource and
    the log's other columns. Names are made harmless to spreadsheets, which take a leading ``=`` for a formula.

    Raises:
        OSError: the file cannot be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with scratch.open("w", encoding="utf-8", newline="") as stream:
            others = [name for name in log.columns if name != "activity"]
            stream.write(",".join(["case", "activity", "timestamp", *others]) + "\n")
            for begin in range(0, len(log), _ROWS_AT_ONCE):
                stream.writelines(_lines(log, others, slice(begin, begin + _ROWS_AT_ONCE)))
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _lines(log: EventLog, others: list[str], rows: slice) -> Iterator[str]:
    """Yield the lines of some rows."""
    activity, *rest = ([*map(_cell, column.names), ""] for column in (log.columns[n] for n in ("activity", *others)))
    cells = [
        map(str, log.case[rows].tolist()),
        map(activity.__getitem__, log.columns["activity"].code[rows].tolist()),
        timestamps(log.utc_ms[rows], log.timezone),
        *(map(names.__getitem__, log.columns[n].code[rows].tolist()) for names, n in zip(rest, others, strict=True)),
    ]
    return (",".join(line) + "\n" for line in zip(*cells, strict=True))


def timestamps(utc_ms: NDArray[np.int64], timezone: str) -> list[str]:
    """Return instants (n,) since 1970 as local ISO 8601 text, ``2026-01-05T09:00:00.000-05:00``."""
    zone = ZoneInfo(timezone)
    # Zones change their offset at full quarter hours.
    quarters, place = np.unique(utc_ms // _QUARTER_HOUR_MS, return_inverse=True)
    moments = [datetime.fromtimestamp(quarter * _QUARTER_HOUR_MS // 1000, zone) for quarter in quarters.tolist()]
    offset_ms = [(moment.utcoffset() or timedelta()) // timedelta(milliseconds=1) for moment in moments]
    suffix = [moment.isoformat()[19:] for moment in moments]
    local = (utc_ms + np.array(offset_ms, dtype=np.int64)[place]).astype("datetime64[ms]")
    texts = np.datetime_as_string(local, unit="ms").tolist()
    return [text + suffix[index] for text, index in zip(texts, place.tolist(), strict=True)]


def _cell(text: str) -> str:
    harmless = f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
    return '"' + harmless.replace('"', '""') + '"' if any(mark in harmless for mark in ',"\n\r') else harmless
