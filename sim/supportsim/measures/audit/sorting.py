"""Sorting of whole numbers in linear time, and counting within sorted groups."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def order_of(numbers: NDArray[Any]) -> NDArray[np.int64]:
    """Return the order (n,) that sorts ``numbers`` (n,), none below 0; equal ones stay as they come.

    Sixteen bits at a time from the lowest on, because NumPy sorts those by counting.
    """
    order = np.argsort((numbers & 0xFFFF).astype(np.uint16), kind="stable")
    highest = int(numbers.max(initial=0)) >> 16
    shift = 16
    while highest:
        digit = (numbers[order] >> shift) & 0xFFFF
        order = order[np.argsort(digit.astype(np.uint16), kind="stable")]
        highest >>= 16
        shift += 16
    return order


def at_first(values: NDArray[np.int64], first: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each of ``values`` (n,) the one at the beginning of its group."""
    group: NDArray[np.int64] = np.cumsum(first) - 1
    return values[np.flatnonzero(first)][group]


def count_within(number: NDArray[Any], first: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the sum (n,) of the numbers so far in each group, this one included."""
    count: NDArray[np.int64] = np.cumsum(number)
    before: NDArray[np.int64] = count - number
    return count - at_first(before, first)
