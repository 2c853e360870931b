"""The crew: when each person is really there, the roster less absences, empty places and time off the floor.

How breaks, meetings and the like are placed in a working day is said in `blocks`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import OffReason, Plan
from supportsim.plan.people import FULL_SPEED_PPM
from supportsim.scenario.calendars import local_time
from supportsim.scenario.heads import shift_minutes
from supportsim.scenario.model import Scenario
from supportsim.scenario.promises import default_sla_calendar
from supportsim.scenario.units import MINUTE_MS, BusinessDays
from supportsim.workload.blocks import Days, begin_with, cut_stated, put_in
from supportsim.workload.coaching import Floor, coached
from supportsim.workload.incidents import called_away
from supportsim.workload.model import Crew, LateStarts
from supportsim.workload.streams import Streams
from supportsim.workload.turnover import Turnover, draw_turnover, mentoring

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class _Stretches:
    """Stretches of availability as columns (I,); see `Crew`."""

    person: Integers
    start_ms: Integers
    end_ms: Integers
    end_reason: NDArray[np.int8]
    speed_ppm: Integers

    def pick(self, rows: NDArray[np.bool_] | Integers) -> _Stretches:
        """Return the stretches that ``rows`` selects."""
        return _Stretches(*(getattr(self, column)[rows] for column in _Stretches.__dataclass_fields__))


def _concatenated(parts: list[_Stretches]) -> _Stretches:
    return _Stretches(
        *(np.concatenate([getattr(each, column) for each in parts]) for column in _Stretches.__dataclass_fields__)
    )


def draw_crew(scenario: Scenario, plan: Plan, streams: Streams) -> Crew:
    """Draw who is away and when the others are on the floor. Draws are keyed by (team, number, date)."""
    people = plan.people
    team_of_shift = people.team[people.shift_person]
    absent, vacant = (np.zeros(len(people.shift_person), dtype=np.bool_) for _ in range(2))
    # Nobody need ever be on shift: an office that is closed on all days of the period.
    nobody = np.zeros(0, dtype=np.int64)
    drawn = [_Stretches(nobody, nobody, nobody, nobody.astype(np.int8), nobody)]
    lates = drawn.copy()
    for code, name in enumerate(scenario.teams):
        shifts = np.flatnonzero(team_of_shift == code)
        if len(shifts):
            one = _TeamDays(scenario, plan, streams, name, shifts)
            absent[shifts], vacant[shifts] = one.absent, one.vacant
            drawn.append(one.stretches())
            lates.append(one.late_starts())
    stretches = _concatenated(drawn)
    joined = _without(_join(stretches.pick(stretches.end_ms > plan.opens_ms), plan.opens_ms), scenario, plan)
    joined = _less_coaching(joined, scenario, plan, streams)
    crew = Crew(
        person=joined.person.astype(np.int32),
        start_ms=joined.start_ms,
        end_ms=joined.end_ms,
        end_reason=joined.end_reason,
        keeps_work=_keeps_work(scenario, plan, joined) & ~_handed_over(scenario, plan, joined),
        absent=absent,
        vacant=vacant if vacant.any() else None,
        speed_ppm=None if (joined.speed_ppm == FULL_SPEED_PPM).all() else joined.speed_ppm,
    )
    if not any(one.cancels for one in plan.playbooks):
        return crew
    late = _late_starts(scenario, plan, _concatenated(lates), joined)
    return replace(crew, off_until_ms=_off_until_ms(plan, joined, joined), late=late)


def _late_starts(scenario: Scenario, plan: Plan, lates: _Stretches, joined: _Stretches) -> LateStarts | None:
    """Return shifts that begin with time off the floor; those without a pause before them are left out.

    ``lates`` are stretches without length as the shifts begin, ``joined`` those of people on the floor.
    """
    people = plan.people
    span_ms = 1 + int(people.shift_end_ms.max(initial=0))
    ends = people.shift_person.astype(np.int64) * span_ms + people.shift_end_ms
    first = (lates.start_ms > plan.opens_ms) & ~np.isin(lates.person * span_ms + lates.start_ms, ends)
    lates = lates.pick(first)
    lates = lates.pick(np.lexsort((lates.start_ms, lates.person)))
    if not len(lates.person):
        return None
    both = _concatenated([lates, joined])
    order = np.lexsort((both.start_ms, both.person))
    keeps = np.empty(len(order), dtype=np.bool_)
    keeps[order] = _keeps_work(scenario, plan, both.pick(order))
    return LateStarts(
        person=lates.person.astype(np.int32),
        start_ms=lates.start_ms,
        reason=lates.end_reason,
        until_ms=_off_until_ms(plan, lates, joined),
        keeps_work=keeps[: len(lates.person)],
        speed_ppm=lates.speed_ppm,
    )


def _off_until_ms(plan: Plan, stretches: _Stretches, others: _Stretches) -> Integers:
    """Return until when (I,) what ends each stretch keeps somebody away: the next of the others, or the shift's end."""
    people, person, end_ms = plan.people, stretches.person, stretches.end_ms
    span_ms = 1 + max(plan.horizon_ms, int(people.shift_end_ms.max(initial=0)))
    begins = people.shift_person.astype(np.int64) * span_ms + people.shift_start_ms
    shift = np.searchsorted(begins, person * span_ms + end_ms + (stretches.start_ms == end_ms)) - 1
    until_ms = np.maximum(people.shift_end_ms[shift], end_ms)
    follows = np.searchsorted(others.person * span_ms + others.start_ms, person * span_ms + end_ms)
    follower, next_ms = np.append(others.person, -1)[follows], np.append(others.start_ms, 0)[follows]
    found: Integers = np.where(follower == person, np.minimum(until_ms, next_ms), until_ms)
    return found


class _TeamDays:
    """The shifts of one team while it is drawn what becomes of them.

    Args:
        scenario: what is simulated.
        plan: compiled from it.
        streams: of the replication.
        name: the team's.
        shifts: int64 (n,), indices of the plan's shifts.
    """

    def __init__(self, scenario: Scenario, plan: Plan, streams: Streams, name: str, shifts: Integers) -> None:
        people = plan.people
        self.team = scenario.teams[name]
        self.plan, self.streams, self.name = plan, streams, name
        self.longest_ms = max(shift_minutes(self.team, scenario.shifts).values()) * MINUTE_MS
        self.local = local_time(self.team.timezone or plan.timezone, plan.origin, 0, plan.horizon_ms)
        self.person = people.shift_person[shifts].astype(np.int64)
        self.number = people.number[self.person]
        self.date = people.shift_date[shifts].astype(np.int64)
        self.start_ms, self.end_ms = people.shift_start_ms[shifts], people.shift_end_ms[shifts]
        self.overtime = np.zeros(len(shifts), dtype=np.bool_) if people.overtime is None else people.overtime[shifts]
        self.identity = self.number.astype(np.uint64) << np.uint64(32) | self.date.astype(np.uint64)
        turnover = draw_turnover(plan, streams, name, self.team, shifts)
        nothing = np.zeros(len(shifts), dtype=np.int64)
        self.turnover = turnover or Turnover(nothing > 0, nothing + FULL_SPEED_PPM, nothing)
        self.vacant = self.turnover.vacant
        self.absent = streams.uniform(f"absence/{name}", self.identity) < self.team.shrinkage.absence
        self.absent &= ~self.vacant

    def stretches(self) -> _Stretches:
        """Return when the team's people are on the floor."""
        there = ~self.absent & ~self.vacant
        on_floor = there & (self.turnover.speed_ppm > 0)
        ordinary, longer = np.flatnonzero(on_floor & ~self.overtime), np.flatnonzero(on_floor & self.overtime)
        ends = np.full(len(longer), OffReason.SHIFT_END, dtype=np.int8)
        extra = self._stretches(longer, self.start_ms[longer], self.end_ms[longer], ends)
        return _concatenated([self._day_by_day(ordinary, self._mentoring_ms(there)), extra])

    def late_starts(self) -> _Stretches:
        """Return stretches without length where shifts of those who are there begin with time off the floor."""
        there = ~self.absent & ~self.vacant & (self.turnover.speed_ppm > 0) & ~self.overtime
        rows = np.flatnonzero(there)
        spans = (self.date[rows], self.start_ms[rows], self.end_ms[rows])
        late, reason = begin_with(self.team.shrinkage, self.local, *spans)
        return self._stretches(rows[late], self.start_ms[rows[late]], self.start_ms[rows[late]], reason)

    def _stretches(
        self, rows: Integers, start_ms: Integers, end_ms: Integers, end_reason: NDArray[np.int8]
    ) -> _Stretches:
        return _Stretches(self.person[rows], start_ms, end_ms, end_reason, self.turnover.speed_ppm[rows])

    def _mentoring_ms(self, there: NDArray[np.bool_]) -> Integers:
        """Return how long the person of each shift (n,) mentors on its day."""
        found = np.zeros(len(self.date), dtype=np.int64)
        if self.turnover.mentoring_ms.any():
            here = np.flatnonzero(there & ~self.overtime)
            _, first, day_of = np.unique(self.identity[here], return_index=True, return_inverse=True)
            day = here[first]
            takes_ms = self.turnover.mentoring_ms[day]
            at_ease = self.turnover.speed_ppm[day] == FULL_SPEED_PPM
            found[here] = mentoring(self.number[day], self.date[day], takes_ms, at_ease & (takes_ms == 0))[day_of]
        return found

    def _day_by_day(self, rows: Integers, mentoring_ms: Integers) -> _Stretches:
        """Return when people are on the floor during the shifts ``rows``, which lie by person and start."""
        pieces = cut_stated(self.team.shrinkage, self.local, self.date[rows], self.start_ms[rows], self.end_ms[rows])
        row = rows[pieces.row]
        length_ms = pieces.end_ms - pieces.start_ms
        _, first, day_of = np.unique(self.identity[row], return_index=True, return_inverse=True)
        identities, day_of_shift = np.unique(self.identity[rows], return_inverse=True)
        paid_ms = np.bincount(day_of_shift, weights=(self.end_ms - self.start_ms)[rows])
        # A day that stated blocks fill altogether has no pieces.
        paid_ms = paid_ms[np.searchsorted(identities, self.identity[row[first]])]
        # Pieces lie by person and start, so those of one day are neighbours.
        before_ms = np.cumsum(length_ms) - length_ms
        before_ms -= before_ms[first][day_of]
        day = row[first]
        net_ms = np.bincount(day_of, weights=length_ms).astype(np.int64)
        days = Days(self.identity[day], self.number[day], (self.date[day] - 1) % 7, paid_ms, net_ms, mentoring_ms[day])
        off_ms, on_again_ms, reason = put_in(self.team.shrinkage, self.longest_ms, self.streams, self.name, days)
        # Between the blocks of a day lie its stretches of work: one more than blocks.
        on_ms = np.concatenate([np.zeros((len(first), 1), dtype=np.int64), on_again_ms], axis=1)[day_of]
        until_ms = np.concatenate([off_ms, net_ms[:, None]], axis=1)[day_of]
        why = np.concatenate([reason, np.full((len(first), 1), OffReason.SHIFT_END, dtype=np.int8)], axis=1)[day_of]
        here_ms, gone_ms = before_ms[:, None], (before_ms + length_ms)[:, None]
        why = np.where(until_ms >= gone_ms, pieces.end_reason[:, None], why)
        begins_ms, ends_ms = np.maximum(on_ms, here_ms), np.minimum(until_ms, gone_ms)
        piece, stretch = np.nonzero(begins_ms < ends_ms)
        to_instant_ms = (pieces.start_ms - before_ms)[piece]
        return self._stretches(
            row[piece],
            begins_ms[piece, stretch] + to_instant_ms,
            ends_ms[piece, stretch] + to_instant_ms,
            why[piece, stretch],
        )


def _join(stretches: _Stretches, opens_ms: int) -> _Stretches:
    """Sort by person and start, begin at the opening, make one of those that touch; the first says the speed."""
    ordered = stretches.pick(np.lexsort((stretches.start_ms, stretches.person)))
    if not len(ordered.person):
        return ordered
    touches = (ordered.person[1:] == ordered.person[:-1]) & (ordered.start_ms[1:] <= ordered.end_ms[:-1])
    first = np.flatnonzero(np.concatenate(([True], ~touches)))
    last = np.append(first[1:] - 1, len(ordered.person) - 1)
    start_ms = np.maximum(ordered.start_ms[first], opens_ms)
    return _Stretches(
        ordered.person[first], start_ms, ordered.end_ms[last], ordered.end_reason[last], ordered.speed_ppm[first]
    )


def _handed_over(scenario: Scenario, plan: Plan, stretches: _Stretches) -> NDArray[np.bool_]:
    """Return after which stretches what is unfinished goes to another team, which is there then."""
    handed = np.zeros(len(stretches.person), dtype=np.bool_)
    team = plan.people.team[stretches.person]
    for code, stated in enumerate(scenario.teams.values()):
        if stated.hands_over_to:
            takes_over = np.isin(team, [plan.teams.index(name) for name in stated.hands_over_to])
            starts_ms, ends_ms = np.sort(stretches.start_ms[takes_over]), np.sort(stretches.end_ms[takes_over])
            leaving = np.flatnonzero((team == code) & (stretches.end_reason == OffReason.SHIFT_END))
            at_ms = stretches.end_ms[leaving]
            there = np.searchsorted(starts_ms, at_ms, side="right") - np.searchsorted(ends_ms, at_ms, side="right")
            handed[leaving] = there > 0
    return handed


def _without(stretches: _Stretches, scenario: Scenario, plan: Plan) -> _Stretches:
    """Leave out the time for which incidents call people away."""
    away = called_away(scenario, plan, stretches.person, stretches.start_ms, stretches.end_ms)
    for person, from_ms, to_ms, reason in zip(*(getattr(away, name).tolist() for name in vars(away)), strict=True):
        cut = (stretches.person == person) & (stretches.start_ms < to_ms) & (stretches.end_ms > from_ms)
        there = stretches.pick(cut)
        why = np.full(len(there.person), reason, dtype=np.int8)
        before = replace(there, end_ms=np.minimum(there.end_ms, from_ms), end_reason=why)
        after = replace(there, start_ms=np.maximum(there.start_ms, to_ms))
        parts = [stretches.pick(~cut), *(part.pick(part.start_ms < part.end_ms) for part in (before, after))]
        stretches = _join(_concatenated(parts), plan.opens_ms)
    return stretches


def _less_coaching(stretches: _Stretches, scenario: Scenario, plan: Plan, streams: Streams) -> _Stretches:
    """Leave out the time for which people coach each other."""
    if all(team.shrinkage.paired_coaching is None for team in scenario.teams.values()):
        return stretches
    floor = Floor(stretches.person, stretches.start_ms, stretches.end_ms, stretches.speed_ppm)
    person, from_ms, to_ms = coached(scenario, plan, streams, floor)
    span_ms = 1 + int(stretches.end_ms.max(initial=0))
    begins = stretches.person * span_ms + stretches.start_ms
    cut = np.searchsorted(begins, person * span_ms + from_ms) - 1
    reason = np.full(len(person), OffReason.COACHING, dtype=np.int8)
    # Each session ends a part of a stretch and begins another.
    people = np.append(stretches.person, person)
    start_ms, end_ms = np.append(stretches.start_ms, to_ms), np.append(stretches.end_ms, from_ms)
    begin, end = np.lexsort((start_ms, people)), np.lexsort((end_ms, people))
    return _Stretches(
        people[begin],
        start_ms[begin],
        end_ms[end],
        np.append(stretches.end_reason, reason)[end],
        np.append(stretches.speed_ppm, stretches.speed_ppm[cut])[begin],
    )


def _keeps_work(scenario: Scenario, plan: Plan, stretches: _Stretches) -> NDArray[np.bool_]:
    """Return after which stretches the person is back within ``reassign_after``; never after the last."""
    keeps = np.zeros(len(stretches.person), dtype=np.bool_)
    back = np.flatnonzero(stretches.person[1:] == stretches.person[:-1])
    # Whoever leaves after the horizon leaves no work that matters, and the clock may end there.
    back = back[stretches.end_ms[back] < plan.horizon_ms]
    gone_ms, return_ms = stretches.end_ms[back], stretches.start_ms[back + 1]
    patience = scenario.routing.reassign_after
    if isinstance(patience, BusinessDays):
        default = default_sla_calendar(scenario)
        clock = next(clock for clock in plan.sla.clocks if clock.name == default)
        keeps[back] = return_ms <= clock.after_days(gone_ms, patience.days)
    else:
        keeps[back] = return_ms <= gone_ms + patience
    return keeps
