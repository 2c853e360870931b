"""SLA clocks as rules on the floor ask them: for one instant at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray


class Ticking:
    """A clock that is asked for one instant at a time, for which arrays cost too much."""

    __slots__ = ("_before_ms", "_close_ms", "_open_ms", "total_ms")

    def __init__(self, open_ms: NDArray[np.int64], close_ms: NDArray[np.int64]) -> None:
        self._open_ms: list[int] = open_ms.tolist()
        self._close_ms: list[int] = close_ms.tolist()
        self._before_ms: list[int] = list(accumulate((close_ms - open_ms).tolist(), initial=0))
        self.total_ms = self._before_ms[-1]

    def elapsed(self, at_ms: int) -> int:
        """Return the open time from the clock's beginning to an instant."""
        nth = bisect_right(self._open_ms, at_ms) - 1
        return self._before_ms[nth] + min(at_ms, self._close_ms[nth]) - self._open_ms[nth] if nth >= 0 else 0

    def reaches(self, elapsed_ms: int) -> int:
        """Return the first instant by which it has been open for so long, more than 0 and at most ``total_ms``."""
        nth = bisect_left(self._before_ms, elapsed_ms) - 1
        return self._open_ms[nth] + elapsed_ms - self._before_ms[nth]
