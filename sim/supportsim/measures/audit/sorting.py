"""Sorting of whole numbers in linear time."""

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
