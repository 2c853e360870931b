"""Arithmetic on stretches of people's time: intersections, and how much of each bin of a grid they cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Intervals:
    """Half-open stretches of time of persons.

    Args:
        person: int (n,).
        start_ms, end_ms: int64 (n,).
    """

    person: NDArray[np.int32]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]

    @property
    def length_ms(self) -> NDArray[np.int64]:
        """Length (n,) of each."""
        return self.end_ms - self.start_ms

    def pick(self, keep: NDArray[Any]) -> Intervals:
        """Return those that ``keep`` (a mask, or places in ascending order) picks."""
        return Intervals(self.person[keep], self.start_ms[keep], self.end_ms[keep])

    def clip(self, start_ms: int, end_ms: int) -> Intervals:
        """Return the parts within ``start_ms`` .. ``end_ms``; empty ones are dropped."""
        clipped = Intervals(self.person, np.maximum(self.start_ms, start_ms), np.minimum(self.end_ms, end_ms))
        return clipped.pick(clipped.length_ms > 0)


def joined(*parts: Intervals) -> Intervals:
    """Return all stretches of all parts."""
    names = ("person", "start_ms", "end_ms")
    return Intervals(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def united(stretches: Intervals) -> Intervals:
    """Return the time covered by any of each person's stretches, sorted by (person, start), without overlaps."""
    order = np.lexsort((stretches.start_ms, stretches.person))
    person, start_ms, end_ms = (column[order] for column in (stretches.person, stretches.start_ms, stretches.end_ms))
    if not len(order):
        return stretches
    # One time line for all people: each lives in an own stretch of it.
    shift = person.astype(np.int64) * (1 + int(end_ms.max()) - min(int(start_ms.min()), 0))
    reach_ms = np.maximum.accumulate(end_ms + shift)
    begins = np.append(True, start_ms[1:] + shift[1:] > reach_ms[:-1])
    last = np.append(np.flatnonzero(begins)[1:], len(order)) - 1
    return Intervals(person[begins], start_ms[begins], (reach_ms - shift)[last])


def intersect(some: Intervals, others: Intervals) -> tuple[Intervals, NDArray[np.int64]]:
    """Return the stretches (m,) common to both, and the row of ``some`` (m,) that each is part of.

    ``others`` is sorted by (person, start) and those of one person do not overlap; ``some`` is in any order.
    """
    span = 1 + int(max(some.end_ms.max(initial=0), others.end_ms.max(initial=0)))
    low = int(min(some.start_ms.min(initial=0), others.start_ms.min(initial=0)))
    # One time line for all people: each lives in an own stretch of it.
    shift, other_shift = some.person.astype(np.int64) * (span - low), others.person.astype(np.int64) * (span - low)
    first = np.searchsorted(others.end_ms + other_shift, some.start_ms + shift, side="right")
    behind = np.searchsorted(others.start_ms + other_shift, some.end_ms + shift, side="left")
    count = np.maximum(behind - first, 0)
    row = np.repeat(np.arange(len(count)), count)
    other = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    start_ms = np.maximum(some.start_ms[row], others.start_ms[other])
    end_ms = np.minimum(some.end_ms[row], others.end_ms[other])
    return Intervals(some.person[row], start_ms, end_ms), row


def outside(others: Intervals, people: int) -> Intervals:
    """Return all time from 0 on that is in none of ``others``, sorted by (person, start); overlaps do not matter.

    Args:
        others: of any of the people.
        people: how many there are.
    """
    others = united(others)
    everybody = np.arange(people, dtype=np.int32)
    always, never = np.zeros(people, dtype=np.int64), np.full(people, np.iinfo(np.int64).max >> 16)
    person = np.concatenate([others.person, everybody])
    start_ms, end_ms = np.concatenate([others.end_ms, always]), np.concatenate([others.start_ms, never])
    begin, end = np.lexsort((start_ms, person)), np.lexsort((end_ms, person))
    free = Intervals(person[begin], start_ms[begin], end_ms[end])
    return free.pick(free.length_ms > 0)


def covered_ms(
    group: NDArray[Any], groups: int, start_ms: NDArray[np.int64], end_ms: NDArray[np.int64], step_ms: int, bins: int
) -> NDArray[np.float64]:
    """Return how much time (groups, bins) the intervals of each group (n,) spend in each bin of ``step_ms`` from 0 on.

    An interval that starts in bin b covers what is left of b and all of every later bin, less the
    same for its end. Nothing may reach beyond ``bins * step_ms`` or before 0.
    """
    began, covered_by_start = _from_instant_on(group, groups, start_ms, step_ms, bins)
    ended, covered_by_end = _from_instant_on(group, groups, end_ms, step_ms, bins)
    return (step_ms * (began - ended) + covered_by_start - covered_by_end)[:, :bins]


def _from_instant_on(
    group: NDArray[Any], groups: int, instant_ms: NDArray[np.int64], step_ms: int, bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (groups, bins + 1): how many instants lie in earlier bins, and what those in a bin leave of it."""
    bin_ = instant_ms // step_ms
    cell = group.astype(np.int64) * (bins + 1) + bin_
    cells = groups * (bins + 1)
    count = np.bincount(cell, minlength=cells).reshape(groups, bins + 1).astype(np.float64)
    left_ms = ((bin_ + 1) * step_ms - instant_ms).astype(np.float64)
    rest_ms = np.bincount(cell, weights=left_ms, minlength=cells).astype(np.float64).reshape(groups, bins + 1)
    return np.cumsum(count, axis=1) - count, rest_ms


def present_at(
    group: NDArray[Any],
    groups: int,
    start_ms: NDArray[np.int64],
    end_ms: NDArray[np.int64],
    step_ms: int,
    marks: int,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return how many intervals (groups, marks) of each group hold the instants 0, step, 2 x step ... (half-open).

    With ``weights`` (n,), their summed weight instead of their number.
    """
    offset = group.astype(np.int64) * (marks + 1)
    cells = groups * (marks + 1)
    change = np.zeros(cells)
    for instant_ms, sign in ((start_ms, 1.0), (end_ms, -1.0)):
        mark = np.minimum(-(-instant_ms // step_ms), marks)
        change += sign * np.bincount(offset + mark, weights=weights, minlength=cells)
    return np.cumsum(change.reshape(groups, marks + 1), axis=1)[:, :marks]
