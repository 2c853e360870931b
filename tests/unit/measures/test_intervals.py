"""Arithmetic on stretches of time, against loops over single instants."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from supportsim.measures.intervals import Intervals, covered_ms, intersect, outside, present_at, united

HORIZON = 40
STRETCH = st.tuples(st.integers(0, 2), st.integers(-5, HORIZON - 1), st.integers(1, 12))


def intervals(stretches: list[tuple[int, int, int]]) -> Intervals:
    person, start, length = (np.array([row[i] for row in stretches], dtype=np.int64) for i in range(3))
    return Intervals(person.astype(np.int32), start, start + length)


def apart(stretches: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Keep what does not overlap an earlier one of the same person, sorted by person and start."""
    kept: list[tuple[int, int, int]] = []
    for person, start, length in sorted(stretches):
        if not kept or kept[-1][0] != person or kept[-1][1] + kept[-1][2] <= start:
            kept.append((person, start, length))
    return kept


@given(st.lists(STRETCH, max_size=8), st.lists(STRETCH, max_size=8))
def test_the_common_part(some: list[tuple[int, int, int]], others: list[tuple[int, int, int]]) -> None:
    others = apart(others)
    common, row = intersect(intervals(some), intervals(others))
    found = [(r, t) for r, a, b in zip(row, common.start_ms, common.end_ms, strict=True) for t in range(a, b)]
    inside = {(person, t) for person, start, length in others for t in range(start, start + length)}
    expected = [
        (r, t)
        for r, (person, start, length) in enumerate(some)
        for t in range(start, start + length)
        if (person, t) in inside
    ]
    assert sorted(found) == sorted(expected)
    assert (common.length_ms > 0).all()
    assert common.person.tolist() == [some[r][0] for r in row]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 10)), max_size=8))
def test_what_is_covered_and_who_is_present(stretches: list[tuple[int, int, int]]) -> None:
    group = np.array([row[0] for row in stretches], dtype=np.int64)
    start = np.array([row[1] for row in stretches], dtype=np.int64)
    end = start + np.array([row[2] for row in stretches], dtype=np.int64)
    covered = covered_ms(group, 3, start, end, 7, 6)
    present = present_at(group, 3, start, end, 7, 6)
    weighted = present_at(group, 3, start, end, 7, 6, 2.0 * np.arange(len(stretches)))
    for of in range(3):
        mine = [i for i, row in enumerate(stretches) if row[0] == of]
        for b in range(6):
            instants = [t for i in mine for t in range(start[i], end[i]) if 7 * b <= t < 7 * (b + 1)]
            assert covered[of, b] == len(instants)
            there = [i for i in mine if start[i] <= 7 * b < end[i]]
            assert present[of, b] == len(there)
            assert weighted[of, b] == sum(2 * i for i in there)


def test_clipping_drops_what_is_outside() -> None:
    clipped = intervals([(0, 0, 10), (1, 8, 4), (2, 12, 5)]).clip(9, 12)
    assert (clipped.person.tolist(), clipped.start_ms.tolist(), clipped.end_ms.tolist()) == ([0, 1], [9, 9], [10, 12])


def instants(found: Intervals, until: int) -> list[tuple[int, int]]:
    columns = (found.person.tolist(), found.start_ms.tolist(), found.end_ms.tolist())
    return [(person, t) for person, a, b in zip(*columns, strict=True) for t in range(a, min(b, until))]


@given(st.lists(STRETCH, max_size=8))
def test_united_and_outside_of_it(stretches: list[tuple[int, int, int]]) -> None:
    until = HORIZON + 20
    covered = {(person, t) for person, start, length in stretches for t in range(start, start + length)}
    # In order and without overlaps, also where somebody began before time 0.
    assert instants(united(intervals(stretches)), until) == sorted(covered)
    free = [(person, t) for person in range(3) for t in range(until) if (person, t) not in covered]
    assert instants(outside(intervals(stretches), 3), until) == free
