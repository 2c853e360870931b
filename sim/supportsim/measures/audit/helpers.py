"""Who helped with which stretch of work until when, and what such work gets done, for the audit."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event, Ledger

UNITS = 1_000_000
"""Work is counted in millionths of a millisecond at full speed."""


@dataclass(frozen=True)
class Helpers:
    """People who joined others' work, in the order in which they did; H of them.

    Args:
        row: int64 (H,), the row of the ledger at which each joins.
        left_row, left_ms: int64 (H,), when that ends; the number of rows and the horizon if it does not.
        stretch: int64 (H,), the stretch of work helped with, of its ticket the last that began before; -1 if none did.
    """

    row: NDArray[np.int64]
    left_row: NDArray[np.int64]
    left_ms: NDArray[np.int64]
    stretch: NDArray[np.int64]


def find_helpers(ledger: Ledger, horizon_ms: int, ticket: NDArray[np.int32], start_row: NDArray[np.int32]) -> Helpers:
    """Return the helpers of stretches of work (W,), which are sorted by ``ticket`` and ``start_row``."""
    rows = len(ledger)
    joins = np.flatnonzero(ledger.event == Event.JOINED)
    leaves: dict[tuple[int, int], list[int]] = {}
    for row in np.flatnonzero(ledger.event == Event.LEFT)[::-1].tolist():
        leaves.setdefault((int(ledger.ticket[row]), int(ledger.agent[row])), []).append(row)
    left_row = np.full(len(joins), rows, dtype=np.int64)
    for place, row in enumerate(joins.tolist()):
        after = leaves.get((int(ledger.ticket[row]), int(ledger.agent[row])), [])
        if after:
            left_row[place] = after.pop()
    key = ticket.astype(np.int64) * (rows + 1) + start_row
    stretch = np.searchsorted(key, ledger.ticket[joins].astype(np.int64) * (rows + 1) + joins, side="right") - 1
    same = np.append(ticket, -1)[stretch] == ledger.ticket[joins]
    return Helpers(
        joins, left_row, np.append(ledger.time_ms, horizon_ms)[left_row], np.where(same, stretch, -1).astype(np.int64)
    )


Paces = list[tuple[int, int]]
"""From when on who took a ticket works at what pace on it, in order."""


def add_help(
    helpers: Helpers,
    which: NDArray[np.int64],
    spans_ms: tuple[NDArray[np.int64], NDArray[np.int64]],
    paces_of: Callable[[int], Paces],
    adds_ppm: int,
    done: NDArray[np.int64],
    pace: NDArray[np.int64],
) -> None:
    """Write what stretches (n,) that others have joined get done in spans of time, in `UNITS`, and their last pace.

    Until it leaves, each helper adds ``adds_ppm`` millionths of the pace of one, which is ``paces_of`` the stretch.
    """
    left_ms: dict[int, list[int]] = {}
    for stretch, end_ms in zip(helpers.stretch.tolist(), helpers.left_ms.tolist(), strict=True):
        left_ms.setdefault(stretch, []).append(end_ms)
    for at in np.flatnonzero(np.isin(which, helpers.stretch)).tolist():
        leaves_ms, alone = sorted(left_ms[int(which[at])]), paces_of(int(which[at]))
        since_ms, until_ms = (int(ends[at]) for ends in spans_ms)
        changes = {*leaves_ms, *(change_ms for change_ms, _ in alone)}
        edges = [since_ms, *sorted(edge for edge in changes if since_ms < edge < until_ms), until_ms]
        done[at] = 0
        for from_ms, to_ms in pairwise(edges):
            here = len(leaves_ms) - bisect_right(leaves_ms, from_ms)
            own = alone[max(bisect_right(alone, from_ms, key=lambda change: change[0]) - 1, 0)][1]
            if to_ms > from_ms or since_ms == until_ms:
                pace[at] = own * (UNITS + here * adds_ppm) // UNITS
                done[at] += (to_ms - from_ms) * int(pace[at])
