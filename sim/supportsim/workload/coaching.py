"""Coaching in pairs: when who is coached by whom, so that both are off the floor."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan
from supportsim.plan.people import FULL_SPEED_PPM
from supportsim.scenario.calendars import local_time
from supportsim.scenario.model import Scenario
from supportsim.scenario.teams import PairedCoaching
from supportsim.scenario.units import WEEK_MS
from supportsim.workload.streams import Streams

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Floor:
    """When people are on the floor, as columns (I,) by person and start; nobody's stretches touch.

    Args:
        person, start_ms, end_ms: int64 (I,).
        speed_ppm: int64 (I,), millionths of the person's usual speed.
    """

    person: Integers
    start_ms: Integers
    end_ms: Integers
    speed_ppm: Integers


Sessions = tuple[Integers, Integers, Integers]
"""(person, start_ms, end_ms), int64 (n,) each: two for each session, inside of stretches and apart from each other."""


def coached(scenario: Scenario, plan: Plan, streams: Streams, floor: Floor) -> Sessions:
    """Return who is off the floor for coaching in pairs.

    A person's session of a week lies in one of that week's stretches, at a drawn place in it. Where no coach is there
    for all of it, the same place in the next stretch is tried, and so on; a session for which there is none falls out.

    Args:
        scenario: what is simulated.
        plan: compiled from it.
        streams: of the replication; draws are keyed by (team, number, week).
        floor: when people are there without it.
    """
    free = _Free(floor)
    for name, team in scenario.teams.items():
        stated = team.shrinkage.paired_coaching
        if stated is not None:
            zone = team.timezone or plan.timezone
            week = (local_time(zone, plan.origin, 0, plan.horizon_ms).day(floor.start_ms) - 1) // 7
            mine = plan.people.team[floor.person] == plan.teams.index(name)
            _coach(plan, streams, name, stated, free, np.flatnonzero(mine), week)
    columns = np.array(free.taken, dtype=np.int64).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


class _Free:
    """Who is still free when, while sessions are placed."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.taken: list[tuple[int, int, int]] = []
        self._starts: dict[int, list[int]] = {}
        self._stretches: dict[int, list[tuple[int, int]]] = {}
        columns = (floor.person, floor.start_ms, floor.end_ms, floor.speed_ppm)
        for person, start_ms, end_ms, speed_ppm in zip(*(column.tolist() for column in columns), strict=True):
            self._starts.setdefault(person, []).append(start_ms)
            self._stretches.setdefault(person, []).append((end_ms, speed_ppm))

    def is_free(self, person: int, from_ms: int, to_ms: int, least_ppm: int) -> bool:
        """Tell whether somebody who works so fast is there before, during and after a span."""
        starts = self._starts.get(person, [])
        place = bisect_right(starts, from_ms) - 1
        if place < 0:
            return False
        end_ms, speed_ppm = self._stretches[person][place]
        return starts[place] < from_ms and to_ms < end_ms and speed_ppm >= least_ppm

    def take(self, person: int, from_ms: int, to_ms: int) -> None:
        """Take somebody away for a span in which the person is free."""
        self.taken.append((person, from_ms, to_ms))
        place = bisect_right(self._starts[person], from_ms) - 1
        end_ms, speed_ppm = self._stretches[person][place]
        self._stretches[person][place] = from_ms, speed_ppm
        self._starts[person].insert(place + 1, to_ms)
        self._stretches[person].insert(place + 1, (end_ms, speed_ppm))


def _coach(
    plan: Plan, streams: Streams, name: str, stated: PairedCoaching, free: _Free, rows: Integers, week: Integers
) -> None:
    """Place the sessions of a team's people, week by week and by number.

    Args:
        plan: whose people they are.
        streams: see `coached`.
        name: the team's.
        stated: what is wanted.
        free: who is free.
        rows: int64 (n,), the team's stretches.
        week: int64 (I,), of all stretches.
    """
    floor, people, weeks = free.floor, plan.people, stated.every // WEEK_MS
    coaches = _coaches(plan, name, stated)
    if not coaches:
        return
    long_enough = floor.end_ms[rows] - floor.start_ms[rows] >= stated.takes + 2
    number = people.number[floor.person[rows]].astype(np.int64)
    due = (week[rows] + number) % weeks == 0
    rows, number = rows[long_enough & due], number[long_enough & due]
    order = np.lexsort((floor.start_ms[rows], number, week[rows]))
    rows, number = rows[order], number[order]
    identity = number.astype(np.uint64) << np.uint64(32) | week[rows].astype(np.uint64)
    which, where = (streams.uniform(f"paired_coaching/{name}", identity, nth) for nth in (0, 1))
    first = np.flatnonzero(np.append(True, np.diff(identity) != 0)[: len(rows)])
    for begin, behind in pairwise([*first.tolist(), len(rows)]):
        turn = int(week[rows[begin]] // weeks + number[begin]) % len(coaches)
        in_turn = [*coaches[turn:], *coaches[:turn]]
        tries = np.roll(rows[begin:behind], -int(which[begin] * (behind - begin)))
        person = int(floor.person[tries[0]])
        room_ms = floor.end_ms[tries] - floor.start_ms[tries] - stated.takes - 1
        starts_ms = floor.start_ms[tries] + 1 + (where[begin] * room_ms).astype(np.int64)
        any(_held(free, person, in_turn, from_ms, from_ms + stated.takes) for from_ms in starts_ms.tolist())


def _held(free: _Free, person: int, coaches: list[int], from_ms: int, to_ms: int) -> bool:
    """Hold a session with the first coach who is free, if any is, and tell whether it is held."""
    if not free.is_free(person, from_ms, to_ms, 0):
        return False
    for coach in coaches:
        if coach != person and free.is_free(coach, from_ms, to_ms, FULL_SPEED_PPM):
            free.take(person, from_ms, to_ms)
            free.take(coach, from_ms, to_ms)
            return True
    return False


def _coaches(plan: Plan, name: str, stated: PairedCoaching) -> list[int]:
    """Return who may coach: a person of the team, or everybody of it or of another one."""
    if stated.coach is not None and stated.coach not in plan.teams:
        return [plan.people.names.index(f"{name}-{stated.coach}")]
    # Back-ups and people lent from elsewhere have no shifts; who coaches whom does not depend on them.
    people = np.unique(plan.people.shift_person)
    coaches: list[int] = people[plan.people.team[people] == plan.teams.index(stated.coach or name)].tolist()
    return coaches
