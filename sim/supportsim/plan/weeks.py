"""Weeks of work for a roster of heads, by a stated rule.

A roster says how many heads a shift needs on each weekday. Who fills them:

1. One week is planned and repeated; holidays and the ends of the simulated time only take
   shifts away. Days and rest are counted on the wall clock, Monday to Sunday.
2. Nobody works more than one shift a day or more than 5 days a week, and there are at least
   11 h between two shifts.
3. Shift by shift, full-timers are appointed as long as one can get 5 days: each gets the days
   on which this shift lacks most heads, then those on which the team does, then the earliest.
   A full-timer always works the same shift.
4. The heads that remain go to part-timers, those of the day that lacks most first: to one
   who has that shift already, else to one who may work then, else to a new one. Of several
   it is the one with fewest days, then the first.
5. Numbers go round the shifts: the first full-timer of every shift, the second of every
   shift, and so on, then the part-timers. A head more leaves most people as they are.

So few people are found that one less could seldom do: as a rule as many as the busiest day has
heads, or a fifth of the week's heads.

A shift of 24 hours is a post, not a person's day: each of its heads is one "person" without
limits, there every day on which the post is filled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

DAYS_A_WEEK = 5
REST_MINUTES = 11 * 60
_DAY_MINUTES = 24 * 60

Spans = tuple[tuple[int, int], ...]
_Week = tuple[tuple[int, int], ...]
"""Pairs of weekday and shift."""


@dataclass
class _Person:
    """A person's week: the shift by weekday, and where that puts the person in the order."""

    order: tuple[int, int]
    week: dict[int, int] = field(default_factory=dict)


def weeks_for(heads: NDArray[np.int64], spans: Sequence[Spans]) -> list[dict[int, int]]:
    """Return the week of each person, shifts by weekday, so that ``heads`` (shifts, 7) are filled exactly.

    Args:
        heads: people by shift and weekday.
        spans: minutes after midnight of each shift.
    """
    return [person.week for person in _assign_week(heads, spans)]


def _assign_week(heads: NDArray[np.int64], spans: Sequence[Spans]) -> list[_Person]:
    """Return people in order of their numbers whose weeks fill ``heads`` (shifts, 7) exactly; see the rule above."""
    ends = [(min(start for start, _ in each), max(end for _, end in each)) for each in spans]
    remaining = heads.copy()
    fixed: list[_Person] = []
    for shift, (start, end) in enumerate(ends):
        if end - start == _DAY_MINUTES and len(spans[shift]) == 1:
            fixed += _posts(shift, heads[shift])
            remaining[shift] = 0
    for shift in range(len(heads)):
        for rank in range(int(heads[shift].sum())):
            week = _full_week(shift, remaining, ends)
            if len(week) < DAYS_A_WEEK:
                break
            fixed.append(_Person((rank, shift), week))
            remaining[shift, list(week)] -= 1
    return sorted(fixed, key=lambda person: person.order) + _part_timers(remaining, ends)


def _posts(shift: int, heads: NDArray[np.int64]) -> list[_Person]:
    filled = range(int(heads.max()))
    return [_Person((post, shift), {day: shift for day in range(7) if heads[day] > post}) for post in filled]


def _full_week(shift: int, remaining: NDArray[np.int64], ends: Sequence[tuple[int, int]]) -> dict[int, int]:
    lacking, team_lacks = remaining[shift].tolist(), remaining.sum(axis=0).tolist()
    week: dict[int, int] = {}
    for day in sorted(range(7), key=lambda day: (-lacking[day], -team_lacks[day], day)):
        if lacking[day] and len(week) < DAYS_A_WEEK and _rested(week, day, shift, ends):
            week[day] = shift
    return dict(sorted(week.items()))


def _part_timers(remaining: NDArray[np.int64], ends: Sequence[tuple[int, int]]) -> list[_Person]:
    people: list[_Person] = []
    # People with the same week are alike, so the search is over weeks.
    alike: dict[_Week, deque[_Person]] = {}
    team_lacks = remaining.sum(axis=0).tolist()
    for shift, day in sorted(np.argwhere(remaining).tolist(), key=lambda at: (-team_lacks[at[1]], at[1], at[0])):
        for _ in range(int(remaining[shift, day])):
            able = [week for week, waiting in alike.items() if waiting and _may_take(dict(week), day, shift, ends)]
            if able:
                person = alike[min(able, key=lambda week: _reluctance(week, shift, alike[week][0]))].popleft()
            else:
                person = _Person((len(people), shift))
                people.append(person)
            person.week[day] = shift
            alike.setdefault(tuple(sorted(person.week.items())), deque()).append(person)
    return people


def _reluctance(week: _Week, shift: int, first: _Person) -> tuple[bool, int, int]:
    return shift not in dict(week).values(), len(week), first.order[0]


def _may_take(week: Mapping[int, int], day: int, shift: int, ends: Sequence[tuple[int, int]]) -> bool:
    return day not in week and len(week) < DAYS_A_WEEK and _rested(week, day, shift, ends)


def _rested(week: Mapping[int, int], day: int, shift: int, ends: Sequence[tuple[int, int]]) -> bool:
    """Return whether a shift on a weekday leaves the rest to those of the days around it, week after week."""
    start, end = ends[shift]
    for away in (1, 2):
        before, after = week.get((day - away) % 7), week.get((day + away) % 7)
        if before is not None and start + away * _DAY_MINUTES - ends[before][1] < REST_MINUTES:
            return False
        if after is not None and ends[after][0] + away * _DAY_MINUTES - end < REST_MINUTES:
            return False
    return True
