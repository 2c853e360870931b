"""People who come and go: ramps of new people, who mentors them, and places that are empty for a while."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import NOT_HIRED, Plan
from supportsim.plan.people import FULL_SPEED_PPM
from supportsim.scenario.calendars import local_date
from supportsim.scenario.teams import Attrition, NewPeople, Team
from supportsim.scenario.units import DAY_MS
from supportsim.workload.streams import Streams

Integers = NDArray[np.int64]
DAYS_A_YEAR = 365.25
_DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Turnover:
    """What becomes of a team's shifts (n,) because people are new or gone.

    Args:
        vacant: bool (n,), nobody has the place.
        speed_ppm: int64 (n,), millionths of the person's usual speed; 0 in weeks off the floor.
        mentoring_ms: int64 (n,), how much of a mentor's time the person takes that day.
    """

    vacant: NDArray[np.bool_]
    speed_ppm: Integers
    mentoring_ms: Integers


def draw_turnover(plan: Plan, streams: Streams, name: str, team: Team, shifts: Integers) -> Turnover | None:
    """Draw who leaves a team and say how far new people have come; None where nobody comes or goes.

    Args:
        plan: whose shifts they are.
        streams: of the replication; leavings are keyed by the person's number and how often the place was empty.
        name: of the team.
        team: as stated.
        shifts: int64 (n,), indices of the plan's shifts.
    """
    if not team.hires and team.attrition is None:
        return None
    people = plan.people
    person, date = people.shift_person[shifts], people.shift_date[shifts].astype(np.int64)
    found = Turnover(
        np.zeros(len(shifts), dtype=np.bool_),
        np.full(len(shifts), FULL_SPEED_PPM, dtype=np.int64),
        np.zeros(len(shifts), dtype=np.int64),
    )
    hired = np.full(len(shifts), NOT_HIRED) if people.hire is None else people.hire[person]
    for entry, hire in enumerate(team.hires):
        _ramp_up(found, hire, date - hire.starts.toordinal(), hired == entry)
    if team.attrition is not None:
        here_from = np.full(len(shifts), local_date(plan.timezone, plan.origin, plan.window_ms[0]).toordinal())
        for entry, hire in enumerate(team.hires):
            here_from[hired == entry] = max(hire.starts.toordinal(), int(here_from[0]))
        _let_go(found, streams, name, team.attrition, people.number[person], date, here_from)
    return found


def _ramp_up(found: Turnover, ramp: NewPeople, since_days: Integers, whose: NDArray[np.bool_]) -> None:
    """Let new people start ``since_days`` (n,) before each shift."""
    speeds = np.rint(np.array([*ramp.ramp, 1.0]) * FULL_SPEED_PPM).astype(np.int64)
    week = np.clip(since_days // _DAYS_A_WEEK, 0, len(ramp.ramp))
    new = whose & (since_days >= 0)
    found.speed_ppm[new] = speeds[week[new]]
    found.mentoring_ms[new] = np.where(week[new] < len(ramp.ramp), ramp.mentoring, 0)


def _let_go(
    found: Turnover,
    streams: Streams,
    name: str,
    attrition: Attrition,
    number: NDArray[np.int32],
    date: Integers,
    here_from: Integers,
) -> None:
    """Empty places: the time until somebody leaves is exponential, so that a share ``rate`` is gone after a year."""
    if attrition.rate == 0:
        return
    mean_days = DAYS_A_YEAR / -np.log1p(-attrition.rate)
    never = int(date.max(initial=0)) + 1
    away_days = never if attrition.replaced_after is None else attrition.replaced_after // DAY_MS
    starts, nth = here_from.copy(), 0
    open_places = np.ones(len(date), dtype=np.bool_)
    while open_places.any():
        stays_days = -mean_days * np.log(streams.uniform(f"attrition/{name}", number.astype(np.uint64), nth))
        gone = np.minimum(starts + np.ceil(stays_days).astype(np.int64), never)
        back = gone + away_days
        found.vacant[:] |= (gone <= date) & (date < back)
        _ramp_up(found, attrition, date - back, (back <= date))
        starts, nth = back, nth + 1
        open_places = back <= date


def mentoring(number: NDArray[np.int32], date: Integers, takes_ms: Integers, may_mentor: NDArray[np.bool_]) -> Integers:
    """Return how long each of a team's people (n,), one row for each day of theirs, mentors new colleagues.

    Of those who are there and not new themselves, the one whose turn it is: the day's first new person goes to the
    one at place (date modulo their number), the second to the next, and so on.

    Args:
        number: int (n,), the person's number in the team.
        date: int64 (n,).
        takes_ms: int64 (n,), the mentor's time that the person needs that day.
        may_mentor: bool (n,).
    """
    found = np.zeros(len(date), dtype=np.int64)
    order = np.lexsort((number, date))
    for day in np.unique(date[takes_ms > 0]).tolist():
        here = order[np.searchsorted(date[order], day) : np.searchsorted(date[order], day, side="right")]
        mentors = here[may_mentor[here]]
        if len(mentors):
            learning = here[takes_ms[here] > 0]
            turn = (day + np.arange(len(learning))) % len(mentors)
            np.add.at(found, mentors[turn], takes_ms[learning])
    return found
