"""A clock for one instant at a time agrees with the one for arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from supportsim.floor.ticking import Ticking
from supportsim.scenario.calendars import Clock, LocalTime

UTC = LocalTime(np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64))


def test_by_hand() -> None:
    ticking = Ticking(np.array([10, 40]), np.array([20, 60]))
    assert ticking.total_ms == 30
    assert [ticking.elapsed(at) for at in (0, 10, 15, 20, 39, 40, 41, 60, 99)] == [0, 0, 5, 10, 10, 10, 11, 30, 30]
    assert [ticking.reaches(elapsed) for elapsed in (1, 10, 11, 30)] == [11, 20, 41, 60]


@given(st.lists(st.integers(1, 50), min_size=2, max_size=20).filter(lambda gaps: len(gaps) % 2 == 0), st.data())
def test_it_agrees_with_the_clock_for_arrays(gaps: list[int], data: st.DataObject) -> None:
    turns = np.cumsum(gaps)
    clock, ticking = Clock("any", turns[::2], turns[1::2], UTC), Ticking(turns[::2], turns[1::2])
    at = data.draw(st.integers(0, int(turns[-1]) + 10))
    assert ticking.elapsed(at) == clock.elapsed(np.array(at))
    elapsed = data.draw(st.integers(1, ticking.total_ms))
    assert ticking.reaches(elapsed) == clock.after(np.array(0), elapsed)
