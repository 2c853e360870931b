"""Persons and the shifts they are rostered for.

A team states people by name, or a roster of heads whose persons `weeks` finds by a rule. People who
join later come behind them, with numbers of their own, so that another head on the roster leaves the hires as
they are.

With a rotation the heads of a day, in order of the shifts, pass to the next people in turn
every so many days, counted from the start of the period. The rotation says who works, so
the limits of the rule do not apply.

Holidays and the ends of the simulated time only take shifts away. Planned overtime is a row of its own behind the
last shift of a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import NOT_HIRED, People
from supportsim.plan.roster_file import people_of_file
from supportsim.plan.weeks import Spans, weeks_for
from supportsim.scenario.calendars import LocalTime, resolve_holidays
from supportsim.scenario.teams import Overtime, Team, shifts_worked
from supportsim.scenario.units import DAY_MS, MINUTE_MS, parse_days

HIRES_FROM = 1_000_000
"""Numbers of people who join begin here; those of each entry another thousand further."""
_NEVER = date.max.toordinal()
ALWAYS = (0, _NEVER)
"""When somebody is here who neither joins nor leaves."""
FULL_SPEED_PPM = 1_000_000


@dataclass(frozen=True)
class _Person:
    """A person of a team.

    Args:
        label: goes behind the team's name.
        number: inside the team.
        week: the shift by weekday, as an index into the team's shifts.
        first, behind: ordinals of the first day, and of the first day on which the person is gone.
        speed: of work.
        hire: index into the team's hires, or `NOT_HIRED`.
    """

    label: str
    number: int
    week: Mapping[int, int]
    first: int = 0
    behind: int = _NEVER
    speed: float = 1.0
    hire: int = NOT_HIRED


@dataclass(frozen=True)
class _Rows:
    """Shifts as columns (S,); see `People`."""

    person: NDArray[np.int64]
    date: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    overtime: NDArray[np.bool_]

    def pick(self, rows: NDArray[np.int64]) -> _Rows:
        """Return the shifts that ``rows`` selects."""
        return _Rows(*(getattr(self, name)[rows] for name in _Rows.__dataclass_fields__))


def plan_people(
    teams: Mapping[str, Team],
    shifts: Mapping[str, Spans],
    skills: Sequence[str],
    locals_: Sequence[LocalTime],
    simulated_ms: tuple[int, int],
    period_start: date,
) -> People:
    """Return all teams' people and their shifts over the simulated time.

    Shifts that began before it and last into it are included with their true start.

    Args:
        teams: by name.
        shifts: spans of minutes after local midnight, by name.
        skills: names in the order of their codes.
        locals_: each team's wall clock over the simulated time.
        simulated_ms: when work begins and the horizon; shifts that end before or begin after are left out.
        period_start: first day of the judged period, from which rotations count.
    """
    people: list[_Person] = []
    names: list[str] = []
    team_of: list[int] = []
    rows: list[_Rows] = []
    opens_ms, horizon_ms = simulated_ms
    for code, ((name, team), local) in enumerate(zip(teams.items(), locals_, strict=True)):
        first, last = (int(local.day(np.array([at_ms]))[0]) for at_ms in simulated_ms)
        closed = [day.toordinal() for day in resolve_holidays(team.holidays, *map(date.fromordinal, (first - 1, last)))]
        dates = np.setdiff1d(np.arange(first - 1, last + 1), np.array(closed, dtype=np.int64))
        by_file = [] if team.roster_file is None else people_of_file(team.roster_file, local, simulated_ms)
        own, shifts_of_team = _team_people(team, shifts, len(by_file))
        of_file = _file_rows(by_file, dates, local)
        found = _team_rows(team, own, [shifts[shift] for shift in shifts_of_team], dates, local, period_start, of_file)
        rows.append(_shifted(found, len(people)))
        people += own
        names += [f"{name}-{person.label}" for person in own]
        team_of += [code] * len(own)
    joined = _Rows(*(np.concatenate([getattr(each, column) for each in rows]) for column in _Rows.__dataclass_fields__))
    # An hour that the clocks skip can swallow a whole shift.
    keep = np.flatnonzero((joined.start_ms < horizon_ms) & (joined.end_ms > np.maximum(joined.start_ms, opens_ms)))
    joined = joined.pick(keep[np.lexsort((joined.start_ms[keep], joined.person[keep]))])
    here = np.array([(person.first, person.behind) for person in people], dtype=np.int32).reshape(-1, 2)
    return People(
        names=tuple(names),
        team=np.array(team_of, dtype=np.int32),
        number=np.array([person.number for person in people], dtype=np.int32),
        shift_person=joined.person.astype(np.int32),
        shift_date=joined.date.astype(np.int32),
        shift_start_ms=joined.start_ms,
        shift_end_ms=joined.end_ms,
        overtime=joined.overtime if joined.overtime.any() else None,
        hire=np.array([person.hire for person in people], dtype=np.int32),
        speed_ppm=_speeds(list(teams.values()), skills, people, team_of),
        here=None if (here == ALWAYS).all() else here,
    )


def _shifted(rows: _Rows, by: int) -> _Rows:
    return _Rows(rows.person + by, rows.date, rows.start_ms, rows.end_ms, rows.overtime)


def _speeds(
    teams: Sequence[Team], skills: Sequence[str], people: Sequence[_Person], team_of: Sequence[int]
) -> NDArray[np.int64] | None:
    """Return everybody's speed at each skill (P, skills), None if all are the usual."""
    of_team = np.array([[team.skills.get(skill, 1.0) for skill in skills] for team in teams])
    own = np.array([person.speed for person in people])
    if (of_team == 1).all() and (own == 1).all():
        return None
    speed: NDArray[np.float64] = of_team[np.array(team_of, dtype=np.int64)] * own[:, None]
    return np.rint(speed * FULL_SPEED_PPM).astype(np.int64)


# ---- who --------------------------------------------------------------------------------------------------


def _team_people(team: Team, shifts: Mapping[str, Spans], by_file: int) -> tuple[list[_Person], list[str]]:
    """Return the people of a team, and the names of the shifts that their weeks mean.

    ``by_file`` people have no week here, since a file says when they work.
    """
    worked = shifts_worked(team)
    names = [name for name in shifts if name in worked]
    if team.people:
        people = _named_people(team, names)
    elif team.roster_file is not None:
        people = [_Person(str(number + 1), number, {}) for number in range(by_file)]
    else:
        people = _rostered_people(team, names, [shifts[name] for name in names])
    weeks = [person.week for person in people]
    hires: list[_Person] = []
    for entry, hire in enumerate(team.hires):
        for nth in range(hire.count):
            week = weeks[nth % len(weeks)] if hire.works is None else _week(hire.works, names)
            number = HIRES_FROM + 1000 * entry + nth
            hires.append(_Person(f"hire{len(hires) + 1}", number, week, hire.starts.toordinal(), hire=entry))
    return people + hires, names


def _named_people(team: Team, names: Sequence[str]) -> list[_Person]:
    return [
        _Person(
            label=name,
            number=number,
            week=_week(person.works, names),
            first=0 if person.starts is None else person.starts.toordinal(),
            behind=_NEVER if person.leaves is None else person.leaves.toordinal(),
            speed=person.speed,
        )
        for number, (name, person) in enumerate(team.people.items())
    ]


def _week(works: Mapping[str, str], names: Sequence[str]) -> dict[int, int]:
    return {day: names.index(shift) for key, shift in works.items() for day in parse_days(key)}


def _rostered_people(team: Team, names: Sequence[str], spans: Sequence[Spans]) -> list[_Person]:
    heads = np.zeros((len(names), 7), dtype=np.int64)
    for key, by_shift in team.heads.items():
        for day in parse_days(key):
            heads[:, day] = [by_shift.get(name, 0) for name in names]
    if team.rotation is None:
        weeks = weeks_for(heads, spans)
    else:
        places = _rotation_places(heads)
        weeks = [*places, *({} for _ in range(team.rotation.people - len(places)))]
    return [_Person(str(number + 1), number, week) for number, week in enumerate(weeks)]


def _rotation_places(heads: NDArray[np.int64]) -> list[dict[int, int]]:
    """Return the week of each place that a rotation fills: the n-th head of each day in order of the shifts."""
    most = int(heads.sum(axis=0).max())
    weeks: list[dict[int, int]] = [{} for _ in range(most)]
    for day in range(7):
        for place, shift in enumerate(np.repeat(np.arange(len(heads)), heads[:, day]).tolist()):
            weeks[place][day] = shift
    return weeks


# ---- when -------------------------------------------------------------------------------------------------


def _team_rows(
    team: Team,
    people: Sequence[_Person],
    spans: Sequence[Spans],
    dates: NDArray[np.int64],
    local: LocalTime,
    period_start: date,
    of_file: _Rows,
) -> _Rows:
    """Return the shifts of a team's people on ``dates``, those that a file says included."""
    places = [(who, day, shift) for who, person in enumerate(people) for day, shift in person.week.items()]
    place, weekday, shift = np.array(places, dtype=np.int64).reshape(-1, 3).T
    # Pair each place of the week with every date of its weekday.
    at = [(np.flatnonzero(weekday == day), dates[(dates - 1) % 7 == day]) for day in range(7)]
    row = np.concatenate([np.repeat(rows, len(days)) for rows, days in at])
    day_of = np.concatenate([np.tile(days, len(rows)) for rows, days in at])
    person = place[row]
    first, behind = (np.array([getattr(each, name) for each in people]) for name in ("first", "behind"))
    here = (first[person] <= day_of) & (day_of < behind[person])
    row, day_of, person = row[here], day_of[here], person[here]
    if team.rotation is not None:
        person = _in_turn(team.rotation.people, team.rotation.every // DAY_MS, people, person, day_of, period_start)
    parts = [of_file]
    for code, (opens, closes) in ((code, span) for code, each in enumerate(spans) for span in each):
        of_it = np.flatnonzero(shift[row] == code)
        midnight_ms = day_of[of_it] * DAY_MS
        start_ms, end_ms = (local.instant(midnight_ms + clock * MINUTE_MS) for clock in (opens, closes))
        parts.append(_Rows(person[of_it], day_of[of_it], start_ms, end_ms, np.zeros(len(of_it), dtype=np.bool_)))
    rows = _Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Rows.__dataclass_fields__))
    return _with_overtime(rows, team.overtime, local) if team.overtime.planned and len(rows.person) else rows


def _file_rows(people: Sequence[Sequence[tuple[int, int]]], dates: NDArray[np.int64], local: LocalTime) -> _Rows:
    """Return the shifts of people, in minutes of wall time, that begin on ``dates``."""
    shifts = [(who, *shift) for who, of_person in enumerate(people) for shift in of_person]
    person, begin, end = np.array(shifts, dtype=np.int64).reshape(-1, 3).T
    date = begin * MINUTE_MS // DAY_MS
    start_ms, end_ms = local.instant(begin * MINUTE_MS), local.instant(end * MINUTE_MS)
    rows = _Rows(person, date, start_ms, end_ms, np.zeros(len(date), dtype=np.bool_))
    return rows.pick(np.flatnonzero(np.isin(date, dates)))


def _in_turn(
    share_it: int,
    every_days: int,
    people: Sequence[_Person],
    place: NDArray[np.int64],
    day: NDArray[np.int64],
    period_start: date,
) -> NDArray[np.int64]:
    """Return who fills each place of a rotation; hires, who come behind the others, fill their own."""
    filled = sum(bool(person.week) for person in people[:share_it])
    turn = (day - period_start.toordinal()) // every_days
    return np.where(place < share_it, (turn * filled + place) % share_it, place)


def _with_overtime(rows: _Rows, overtime: Overtime, local: LocalTime) -> _Rows:
    """Return the shifts with a row of overtime behind the last one of each day on which some is planned."""
    order = np.lexsort((rows.start_ms, rows.person))
    rows = rows.pick(order)
    same_person = rows.person[1:] == rows.person[:-1]
    last_of_day = np.append(~(same_person & (rows.date[1:] == rows.date[:-1])), True)
    until_ms = np.append(np.where(same_person, rows.start_ms[1:], np.iinfo(np.int64).max), np.iinfo(np.int64).max)
    day = rows.pick(np.flatnonzero(last_of_day))
    adds_ms = np.zeros(len(day.date), dtype=np.int64)
    for planned in overtime.planned:
        inside = (planned.from_.toordinal() <= day.date) & (day.date <= planned.until.toordinal())
        adds_ms += np.where(inside & np.isin((day.date - 1) % 7, parse_days(planned.on)), planned.adds, 0)
    if overtime.at_most is not None:
        adds_ms = _at_most_a_week(day.person, (local.day(day.end_ms) - 1) // 7, adds_ms, overtime.at_most)
    end_ms = np.minimum(day.end_ms + adds_ms, until_ms[last_of_day])
    extra = _Rows(day.person, day.date, day.end_ms, end_ms, np.ones(len(end_ms), dtype=np.bool_))
    extra = extra.pick(np.flatnonzero(end_ms > day.end_ms))
    return _Rows(*(np.concatenate([getattr(rows, name), getattr(extra, name)]) for name in _Rows.__dataclass_fields__))


def _at_most_a_week(
    person: NDArray[np.int64], week: NDArray[np.int64], adds_ms: NDArray[np.int64], at_most_ms: int
) -> NDArray[np.int64]:
    """Return the overtime (n,) of days in order of person and date, as much of each week's as is allowed."""
    new = np.append(True, (np.diff(person) != 0) | (np.diff(week) != 0))
    before_ms = np.cumsum(adds_ms) - adds_ms
    before_ms -= before_ms[np.flatnonzero(new)][np.cumsum(new) - 1]
    allowed: NDArray[np.int64] = np.clip(at_most_ms - before_ms, 0, adds_ms)
    return allowed
