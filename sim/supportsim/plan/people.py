"""Persons for a roster of heads, by a stated rule.

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

With a rotation the heads of a day, in order of the shifts, pass to the next people in turn
every so many days, counted from the start of the period. The rotation says who works, so
the limits do not apply.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import People
from supportsim.scenario.calendars import LocalTime, resolve_holidays
from supportsim.scenario.operation import Team
from supportsim.scenario.units import DAY_MS, MINUTE_MS, parse_days

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


@dataclass(frozen=True)
class _Rows:
    """Shifts of one team as columns (S,); see `People`."""

    person: NDArray[np.int64]
    date: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]


def plan_people(
    teams: Mapping[str, Team], shifts: Mapping[str, Spans], local: LocalTime, horizon_ms: int, period_start: date
) -> People:
    """Return all teams' people and their shifts from time 0 to the horizon.

    Shifts that began before time 0 and last beyond it are included with their true start.

    Args:
        teams: by name.
        shifts: spans of minutes after local midnight, by name.
        local: the wall clock over the simulated time.
        horizon_ms: shifts that begin later are left out.
        period_start: first day of the judged period, from which rotations count.
    """
    names: list[str] = []
    team_of: list[int] = []
    numbers: list[int] = []
    rows: list[_Rows] = []
    first, last = (int(local.day(np.array([at_ms]))[0]) for at_ms in (0, horizon_ms))
    for code, (name, team) in enumerate(teams.items()):
        closed = [day.toordinal() for day in resolve_holidays(team.holidays, *map(date.fromordinal, (first - 1, last)))]
        dates = np.setdiff1d(np.arange(first - 1, last + 1), np.array(closed, dtype=np.int64))
        count, own = _team_rows(team, shifts, dates, local, period_start)
        rows.append(_Rows(own.person + len(names), own.date, own.start_ms, own.end_ms))
        names += [f"{name}-{number + 1}" for number in range(count)]
        team_of += [code] * count
        numbers += range(count)
    person, day, start_ms, end_ms = (
        np.concatenate([getattr(each, column) for each in rows]) for column in ("person", "date", "start_ms", "end_ms")
    )
    # An hour that the clocks skip can swallow a whole shift.
    keep = np.flatnonzero((start_ms < horizon_ms) & (end_ms > np.maximum(start_ms, 0)))
    keep = keep[np.lexsort((start_ms[keep], person[keep]))]
    return People(
        names=tuple(names),
        team=np.array(team_of, dtype=np.int32),
        number=np.array(numbers, dtype=np.int32),
        shift_person=person[keep].astype(np.int32),
        shift_date=day[keep].astype(np.int32),
        shift_start_ms=start_ms[keep],
        shift_end_ms=end_ms[keep],
    )


def _team_rows(
    team: Team, shifts: Mapping[str, Spans], dates: NDArray[np.int64], local: LocalTime, period_start: date
) -> tuple[int, _Rows]:
    """Return how many people a team has, and their shifts on ``dates``."""
    names = [name for name in shifts if any(heads.get(name) for heads in team.roster.values())]
    heads = np.zeros((len(names), 7), dtype=np.int64)
    for key, by_shift in team.roster.items():
        for day in parse_days(key):
            heads[:, day] = [by_shift.get(name, 0) for name in names]
    spans = [shifts[name] for name in names]
    weeks = _rotation_places(heads) if team.rotation else [person.week for person in _assign_week(heads, spans)]
    places = [(who, day, shift) for who, week in enumerate(weeks) for day, shift in week.items()]
    place, weekday, shift = np.array(places, dtype=np.int64).reshape(-1, 3).T
    # Pair each place of the week with every date of its weekday.
    at = [(np.flatnonzero(weekday == day), dates[(dates - 1) % 7 == day]) for day in range(7)]
    row = np.concatenate([np.repeat(rows, len(days)) for rows, days in at])
    day_of = np.concatenate([np.tile(days, len(rows)) for rows, days in at])
    person = place[row]
    if team.rotation is not None:
        turn = (day_of - period_start.toordinal()) // (team.rotation.every // DAY_MS)
        person = (turn * len(weeks) + person) % team.rotation.people
    minutes = [(code, *span) for code, each in enumerate(spans) for span in each]
    parts = []
    for code, opens, closes in minutes:
        of_it = np.flatnonzero(shift[row] == code)
        midnight_ms = day_of[of_it] * DAY_MS
        ends = (local.instant(midnight_ms + clock * MINUTE_MS) for clock in (opens, closes))
        parts.append(_Rows(person[of_it], day_of[of_it], *ends))
    columns = (np.concatenate([getattr(part, name) for part in parts]) for name in _Rows.__dataclass_fields__)
    return team.rotation.people if team.rotation else len(weeks), _Rows(*columns)


def _rotation_places(heads: NDArray[np.int64]) -> list[dict[int, int]]:
    """Return the week of each place that a rotation fills: the n-th head of each day in order of the shifts."""
    most = int(heads.sum(axis=0).max())
    weeks: list[dict[int, int]] = [{} for _ in range(most)]
    for day in range(7):
        for place, shift in enumerate(np.repeat(np.arange(len(heads)), heads[:, day]).tolist()):
            weeks[place][day] = shift
    return weeks


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
