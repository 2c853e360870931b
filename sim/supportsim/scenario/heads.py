"""Shifts that fill heads by interval: first in, first out."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from supportsim.scenario.tables import IntervalTable
from supportsim.scenario.teams import RosterFile, Team, shifts_worked
from supportsim.scenario.units import DAY_MS, MINUTE_MS

_DAY_MINUTES = DAY_MS // MINUTE_MS


def shifts_for(heads: Sequence[float], step_minutes: int, longest_minutes: int) -> list[tuple[int, int]]:
    """Return the shifts that fill heads exactly, (begin, end) in minutes from the first interval, in order.

    When heads rise somebody comes; when they fall whoever has been there longest leaves. Who could not stay for the
    next interval without being there for more than ``longest_minutes`` leaves, too, and somebody else comes. Behind
    the last interval all leave.

    Args:
        heads: people in each interval.
        step_minutes: of an interval.
        longest_minutes: of a shift, at least one interval.
    """
    there: deque[int] = deque()
    found: list[tuple[int, int]] = []
    for place, wanted in enumerate([*heads, 0]):
        now = place * step_minutes
        while there and (len(there) > wanted or now + step_minutes - there[0] > longest_minutes):
            found.append((there.popleft(), now))
        there.extend([now] * (int(wanted) - len(there)))
    return sorted(found)


def heads_of(stated: RosterFile, table: IntervalTable) -> tuple[float, ...]:
    """Return the heads of each interval of a file, those that it ``adds`` included."""
    (heads,) = table.columns.values()
    return tuple(count + stated.adds if count else count for count in heads)


def ordinary_shifts(stated: RosterFile) -> list[tuple[int, int]]:
    """Return the shifts that a file leads to, in minutes from its first interval.

    Those that its ends cut off are left out: an ordinary week is as in the middle of three, and of a file by dates
    those shifts count that neither begin with it nor end with it.
    """
    table = stated.table
    if table is None:
        return []
    heads = heads_of(stated, table)
    longest_minutes, length = stated.longest // MINUTE_MS, len(heads) * table.minutes
    if table.begins is not None:
        found = shifts_for(heads, table.minutes, longest_minutes)
        return [(begin, end) for begin, end in found if begin > 0 and end < length] or found
    found = shifts_for(3 * heads, table.minutes, longest_minutes)
    return [(begin - length, end - length) for begin, end in found if length <= begin < 2 * length]


def shift_minutes(team: Team, shifts: Mapping[str, Sequence[tuple[int, int]]]) -> dict[str, int]:
    """Return how long each shift of a team is, all its spans together, by name; those of a file by clock times."""
    found = {name: sum(end - begin for begin, end in shifts[name]) for name in shifts_worked(team) if shifts.get(name)}
    stated = team.roster_file
    if stated is not None and stated.table is not None:
        first = stated.table.begins
        offset = 0 if first is None else first.hour * 60 + first.minute
        for begin, end in ordinary_shifts(stated):
            found[f"{_clock(begin + offset)}-{_clock(end + offset)}"] = end - begin
    return found


def _clock(minutes: int) -> str:
    return f"{minutes % _DAY_MINUTES // 60:02}:{minutes % 60:02}"
