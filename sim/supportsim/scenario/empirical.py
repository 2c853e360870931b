"""Observed durations, one number of minutes a line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from supportsim.scenario.faults import Wrong
from supportsim.scenario.units import LONGEST_MS, MINUTE_MS, shown

MINUTES_EXPECTED = "one number of minutes a line"


def read_minutes(lines: Sequence[str]) -> tuple[list[float], list[Wrong]]:
    """Return the numbers of a file's lines, and what is wrong with them; blank lines are passed over."""
    minutes: list[float] = []
    wrong: list[Wrong] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = float(line)
        except ValueError:
            value = math.nan
        if 0 <= value <= LONGEST_MS / MINUTE_MS:
            minutes.append(value)
        else:
            problem = f"{shown(line.strip())} is no duration, expected a number of minutes, 0 or more"
            wrong.append(((number, 1), problem))
    return minutes, wrong
