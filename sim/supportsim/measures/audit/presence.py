"""Who or what is present while the rows of a ledger go by, and which of those present is the first in line."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.measures.audit.sorting import order_of

NOTHING = np.iinfo(np.int64).max
"""The least key where nobody is present."""


Spans = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""(start_ms, end_ms, least key) of the spans of positive length in which somebody is present, in order."""


class Presence:
    """The least key among those present in each group, after each row.

    Each of n stays makes ``key`` present in ``group`` from row ``enter`` on and
    until row ``leave``, which no longer counts. Every group has its own axis of
    places: the rows at which somebody comes or goes.

    A stay covers a span of places. It is written to the two blocks of a power
    of two in length that cover the span, and blocks are then halved down to
    single places, taking the least: O(n log n) array operations whatever the overlap.

    Args:
        group: int (n,).
        enter, leave: int (n,), enter < leave.
        key: int64 (n,).
        rows: rows of the ledger; a ``leave`` of ``rows`` means: to the end.
    """

    def __init__(
        self,
        group: NDArray[Any],
        enter: NDArray[Any],
        leave: NDArray[Any],
        key: NDArray[np.int64],
        rows: int,
    ) -> None:
        base = group.astype(np.int64) * (rows + 1)  # A mark is the place (group, row) as one number.
        marks = np.concatenate([base + enter, base + leave])
        order = order_of(marks)
        place = np.empty(len(marks), dtype=np.int64)
        place[order] = np.arange(len(marks))
        self._marks = marks[order]
        self._axis = rows + 1
        self._least = _least_over_spans(place[: len(group)], place[len(group) :], key, len(marks))

    def after(self, group: NDArray[Any] | int, rows: NDArray[Any]) -> NDArray[np.int64]:
        """Return the least key (n,) present in ``group`` right after each of ``rows`` (n,), or `NOTHING`."""
        # Before a group's first mark lies the last one of another group, after which nobody is present there.
        place = np.searchsorted(self._marks, np.int64(self._axis) * group + rows, side="right") - 1
        return np.append(self._least, NOTHING)[place]

    def spans(self, group: int, time_ms: NDArray[np.int64]) -> Spans:
        """Return when somebody is present; see `Spans`.

        Args:
            group: which group.
            time_ms: int64 (rows + 1,), the time of each row and of the end.
        """
        low, high = np.searchsorted(self._marks, [group * self._axis, (group + 1) * self._axis])
        places = slice(low, high)
        time_of_place = time_ms[self._marks[places] - group * self._axis]
        start_ms, end_ms, least = time_of_place[:-1], time_of_place[1:], self._least[places][:-1]
        keep = (end_ms > start_ms) & (least != NOTHING)
        return start_ms[keep], end_ms[keep], least[keep]


def _least_over_spans(
    first: NDArray[np.int64], behind: NDArray[np.int64], key: NDArray[np.int64], places: int
) -> NDArray[np.int64]:
    """Return the least key (places,) of the spans first..behind-1 that cover each place."""
    level = np.frexp((behind - first).astype(np.float64))[1] - 1
    by_level = order_of(level)
    bounds = np.searchsorted(level[by_level], np.arange(level.max(initial=0) + 2))
    least = np.full(places, NOTHING, dtype=np.int64)
    for depth in range(len(bounds) - 2, -1, -1):
        if depth + 1 < len(bounds) - 1:
            half = 1 << depth
            halved = least.copy()
            np.minimum(halved[half:], least[:-half], out=halved[half:])
            least = halved
        spans = by_level[bounds[depth] : bounds[depth + 1]]
        np.minimum.at(least, first[spans], key[spans])
        np.minimum.at(least, behind[spans] - (1 << depth), key[spans])
    return least
