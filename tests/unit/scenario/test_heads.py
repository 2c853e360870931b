"""Shifts for heads by interval, by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from supportsim.scenario.heads import ordinary_shifts, shift_minutes, shifts_for
from supportsim.scenario.tables import IntervalTable
from supportsim.scenario.teams import RosterFile, Team

HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("heads", "longest", "shifts"),
    [
        ([1, 2, 3, 3, 2, 1, 0], 600, [(0, 240), (60, 300), (120, 360)]),
        # Whoever came first goes first, also where somebody came in between.
        ([0, 2, 1, 2, 0], 600, [(60, 120), (60, 240), (180, 240)]),
        # Nobody stays for more than two hours, nor for more than a part of an interval.
        ([2, 2, 2, 2, 2], 120, [(0, 120), (0, 120), (120, 240), (120, 240), (240, 300), (240, 300)]),
        ([1, 1, 1, 1], 150, [(0, 120), (120, 240)]),
        ([1, 1], 60, [(0, 60), (60, 120)]),
        ([0, 0], 60, []),
        ([], 60, []),
    ],
)
def test_first_in_first_out(heads: list[int], longest: int, shifts: list[tuple[int, int]]) -> None:
    assert shifts_for(heads, 60, longest) == shifts


def roster(minutes: int, heads: list[float], begins: datetime | None = None) -> RosterFile:
    table = IntervalTable(minutes=minutes, begins=begins, columns={"desk": tuple(heads)})
    return RosterFile(file=Path("heads.csv"), longest="8 h", table=table)


def test_an_ordinary_week_closes_on_itself() -> None:
    # One head from Sunday 22:00 to Monday 06:00, and Monday 06:00 to 12:00.
    stated = roster(60, [1.0] * 12 + [0.0] * 154 + [1.0] * 2)
    assert ordinary_shifts(stated) == [(6 * 60, 12 * 60), (6 * 1440 + 22 * 60, 7 * 1440 + 6 * 60)]
    team = Team(tier="L1", roster=stated)
    assert shift_minutes(team, {}) == {"06:00-12:00": 360, "22:00-06:00": 480}


def test_shifts_that_the_ends_of_a_dated_file_cut_off_do_not_count() -> None:
    stated = roster(60, [2.0, 3.0, 3.0, 2.0, 1.0, 2.0], datetime(2026, 1, 5, 23))
    # Two are there from the beginning; one comes at 00:00; the first leave at 02:00 and 03:00; one comes at 04:00.
    assert shifts_for([2, 3, 3, 2, 1, 2], 60, 480) == [(0, 180), (0, 240), (60, 360), (300, 360)]
    assert ordinary_shifts(stated) == shifts_for([2, 3, 3, 2, 1, 2], 60, 480)
    longer = roster(60, [2.0, 3.0, 3.0, 0.0, 1.0, 2.0], datetime(2026, 1, 5, 23))
    assert ordinary_shifts(longer) == [(60, 180)]
    assert shift_minutes(Team(tier="L1", roster=longer), {}) == {"00:00-02:00": 120}
