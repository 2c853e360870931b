"""Who is on call when: the stated calendar less the team's own shifts, the team's people in turn."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import NOT_HIRED, OnCall, People
from supportsim.scenario.calendars import Clock, LocalTime
from supportsim.scenario.common import PRIORITIES
from supportsim.scenario.teams import OnCall as StatedOnCall
from supportsim.scenario.units import DAY_MS

Integers = NDArray[np.int64]


def plan_on_call(
    stated: StatedOnCall, team: int, people: People, clock: Clock, local: LocalTime, period_start: date
) -> OnCall:
    """Return when who of a team is on call.

    The duty changes at local midnight. In turn come those who are on the roster from the beginning.

    Args:
        stated: the duty.
        team: the team's code.
        people: all people.
        clock: the duty's calendar over the simulated time.
        local: the team's wall clock.
        period_start: day on which the first person's turn begins.
    """
    of_team = people.team[people.shift_person] == team
    free = _without(clock.open_ms, clock.close_ms, people.shift_start_ms[of_team], people.shift_end_ms[of_team])
    days = stated.every // DAY_MS
    first_ms, last_ms = (int(free[0].min(initial=0)), int(free[1].max(initial=0)))
    turns = range(*(int(local.day(np.array([at]))[0] - period_start.toordinal()) // days for at in (first_ms, last_ms)))
    changes_ms = local.instant((period_start.toordinal() + (np.array(turns, dtype=np.int64) + 1) * days) * DAY_MS)
    start_ms, end_ms = cut(*free, changes_ms)
    duty = (local.day(start_ms) - period_start.toordinal()) // days
    dates = np.arange(*local.day(np.array([first_ms, last_ms])) + np.array([0, 1]))
    members = np.flatnonzero((people.team == team) & (people.hire == NOT_HIRED if people.hire is not None else True))
    return OnCall(
        team=team,
        person=members[duty % len(members)].astype(np.int32),
        start_ms=start_ms,
        end_ms=end_ms,
        duty=duty.astype(np.int32),
        priorities=np.array([priority in stated.priorities for priority in PRIORITIES]),
        rest_ms=stated.rest,
        at_most_ms=-1 if stated.at_most is None else stated.at_most,
        members=members.astype(np.int32),
        first_date=int(dates[0]),
        midnight_ms=local.instant(dates * DAY_MS),
    )


def _without(
    start_ms: Integers, end_ms: Integers, off_ms: Integers, on_again_ms: Integers
) -> tuple[Integers, Integers]:
    """Return the time in disjoint stretches (n,) that none of other stretches (m,) covers."""
    edges_ms = np.unique(np.concatenate([start_ms, end_ms, off_ms, on_again_ms]))
    begins_ms, ends_ms = edges_ms[:-1], edges_ms[1:]

    def within(starts: Integers, ends: Integers) -> NDArray[np.bool_]:
        begun = np.searchsorted(np.sort(starts), begins_ms, side="right")
        over: NDArray[np.bool_] = begun > np.searchsorted(np.sort(ends), begins_ms, side="right")
        return over

    keep = within(start_ms, end_ms) & ~within(off_ms, on_again_ms)
    begins_ms, ends_ms = begins_ms[keep], ends_ms[keep]
    # Stretches that touch are one.
    new = np.append(True, begins_ms[1:] > ends_ms[:-1])[: len(begins_ms)]
    last = np.append(np.flatnonzero(new)[1:], len(begins_ms)) - 1 if len(begins_ms) else np.zeros(0, dtype=np.int64)
    return begins_ms[new], ends_ms[last]


def cut(start_ms: Integers, end_ms: Integers, cuts: Integers) -> tuple[Integers, Integers]:
    """Return disjoint stretches (n,) in order, each cut where one of the instants lies inside."""
    inside = cuts[np.searchsorted(start_ms, cuts) != np.searchsorted(end_ms, cuts, side="right")]
    return np.sort(np.concatenate([start_ms, inside])), np.sort(np.concatenate([end_ms, inside]))
