"""The crew: when each person is really there, the roster less absences, breaks, meetings and training.

The shifts of a person on one date are one working day, laid end to end. Its breaks, meeting
and training are blocks put into the rest of the day, the net time:

- the n breaks cut the net time into n + 1 equal stretches, moved together by up to half a
  stretch either way, so that people with different numbers do not leave together;
- the meeting and the training begin after a drawn share of the net time each.

So blocks never overlap, never leave the shift and keep their exact lengths. ``breaks`` are
those of the team's longest shift; shorter shifts have them shortened in proportion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.compile import default_sla_calendar
from supportsim.plan.model import OffReason, Plan
from supportsim.scenario.model import Scenario
from supportsim.scenario.operation import Team
from supportsim.scenario.units import MINUTE_MS, BusinessDays
from supportsim.workload.model import Crew
from supportsim.workload.streams import Streams

_GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, modulo 1, spread any number of people evenly."""

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class _Stretches:
    """Stretches of availability as columns (I,); see `Crew`."""

    person: Integers
    start_ms: Integers
    end_ms: Integers
    end_reason: NDArray[np.int8]

    def pick(self, rows: NDArray[np.bool_] | Integers) -> _Stretches:
        """Return the stretches that ``rows`` selects."""
        return _Stretches(self.person[rows], self.start_ms[rows], self.end_ms[rows], self.end_reason[rows])


def draw_crew(scenario: Scenario, plan: Plan, streams: Streams) -> Crew:
    """Draw who is away and when the others are on the floor. Draws are keyed by (team, number, date)."""
    people = plan.people
    team_of_shift = people.team[people.shift_person]
    absent = np.zeros(len(people.shift_person), dtype=np.bool_)
    drawn: list[_Stretches] = []
    for code, (name, team) in enumerate(scenario.teams.items()):
        shifts = np.flatnonzero(team_of_shift == code)
        if not len(shifts):
            continue
        identity = people.number[people.shift_person[shifts]].astype(np.uint64) << np.uint64(32)
        identity |= people.shift_date[shifts].astype(np.uint64)
        absent[shifts] = streams.uniform(f"absence/{name}", identity) < team.shrinkage.absence
        there = ~absent[shifts]
        longest_ms = _longest_shift_ms(scenario, team)
        drawn.append(_day_by_day(plan, streams, name, team, longest_ms, shifts[there], identity[there]))
    stretches = _Stretches(
        *(np.concatenate([getattr(each, column) for each in drawn]) for column in _Stretches.__dataclass_fields__)
    )
    joined = _join(stretches.pick(stretches.end_ms > 0))
    return Crew(
        person=joined.person.astype(np.int32),
        start_ms=joined.start_ms,
        end_ms=joined.end_ms,
        end_reason=joined.end_reason,
        keeps_work=_keeps_work(scenario, plan, joined),
        absent=absent,
    )


def _longest_shift_ms(scenario: Scenario, team: Team) -> int:
    rostered = [shift for heads in team.roster.values() for shift, count in heads.items() if count]
    return max(sum(end - start for start, end in scenario.shifts[shift]) for shift in rostered) * MINUTE_MS


def _day_by_day(
    plan: Plan,
    streams: Streams,
    name: str,
    team: Team,
    longest_ms: int,
    shifts: Integers,
    identity: NDArray[np.uint64],
) -> _Stretches:
    """Return when the people of one team are on the floor during ``shifts`` (indices of the plan's)."""
    people = plan.people
    start_ms, end_ms = people.shift_start_ms[shifts], people.shift_end_ms[shifts]
    length_ms = end_ms - start_ms
    _, first, day_of = np.unique(identity, return_index=True, return_inverse=True)
    day_ms = np.bincount(day_of, weights=length_ms).astype(np.int64)
    # Shifts are sorted by person and start, so those of one day are neighbours.
    before_ms = np.cumsum(length_ms) - length_ms
    before_ms -= before_ms[first][day_of]

    number = people.number[people.shift_person[shifts[first]]]
    off_ms, on_again_ms, reason = _blocks(streams, name, team, longest_ms, number, identity[first], day_ms)
    # Between the blocks of a day lie its stretches of work: one more than blocks.
    on_ms = np.concatenate([np.zeros((len(first), 1), dtype=np.int64), on_again_ms], axis=1)[day_of]
    until_ms = np.concatenate([off_ms, day_ms[:, None]], axis=1)[day_of]
    why = np.concatenate([reason, np.full((len(first), 1), OffReason.SHIFT_END, dtype=np.int8)], axis=1)[day_of]
    here_ms, gone_ms = before_ms[:, None], (before_ms + length_ms)[:, None]
    why = np.where(until_ms >= gone_ms, np.int8(OffReason.SHIFT_END), why)
    begins_ms, ends_ms = np.maximum(on_ms, here_ms), np.minimum(until_ms, gone_ms)
    shift, stretch = np.nonzero(begins_ms < ends_ms)
    to_instant_ms = (start_ms - before_ms)[shift]
    return _Stretches(
        people.shift_person[shifts[shift]].astype(np.int64),
        begins_ms[shift, stretch] + to_instant_ms,
        ends_ms[shift, stretch] + to_instant_ms,
        why[shift, stretch],
    )


def _blocks(
    streams: Streams,
    name: str,
    team: Team,
    longest_ms: int,
    number: NDArray[np.int32],
    identity: NDArray[np.uint64],
    day_ms: Integers,
) -> tuple[Integers, Integers, NDArray[np.int8]]:
    """Return beginnings, ends and reasons (D, B) of the blocks of D days, in time of the working day."""
    shrinkage = team.shrinkage
    lengths: list[NDArray[Any]] = [day_ms * pause / longest_ms for pause in shrinkage.breaks]
    lengths += [day_ms * shrinkage.meetings, day_ms * shrinkage.training]
    length_ms = np.rint(np.column_stack(lengths)).astype(np.int64)
    net_ms = day_ms - length_ms.sum(axis=1)
    breaks = len(shrinkage.breaks)
    stretch_ms = net_ms / (breaks + 1)
    moved_ms = ((number + 0.5) * _GOLDEN % 1 - 0.5) * stretch_ms
    after_net: list[NDArray[Any]] = [(nth + 1) * stretch_ms + moved_ms for nth in range(breaks)]
    after_net += [streams.uniform(f"{kind}/{name}", identity) * net_ms for kind in ("meeting", "training")]
    after_net_ms = np.column_stack(after_net).astype(np.int64)
    reason = np.array([OffReason.BREAK] * breaks + [OffReason.MEETING, OffReason.TRAINING], dtype=np.int8)
    order = np.argsort(after_net_ms, axis=1, kind="stable")
    length_ms = np.take_along_axis(length_ms, order, axis=1)
    on_again_ms = np.take_along_axis(after_net_ms, order, axis=1) + np.cumsum(length_ms, axis=1)
    return on_again_ms - length_ms, on_again_ms, reason[order]


def _join(stretches: _Stretches) -> _Stretches:
    """Sort by person and start, begin at time 0, and make one of stretches that touch."""
    ordered = stretches.pick(np.lexsort((stretches.start_ms, stretches.person)))
    if not len(ordered.person):
        return ordered
    touches = (ordered.person[1:] == ordered.person[:-1]) & (ordered.start_ms[1:] <= ordered.end_ms[:-1])
    first = np.flatnonzero(np.concatenate(([True], ~touches)))
    last = np.append(first[1:] - 1, len(ordered.person) - 1)
    start_ms = np.maximum(ordered.start_ms[first], 0)
    return _Stretches(ordered.person[first], start_ms, ordered.end_ms[last], ordered.end_reason[last])


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
