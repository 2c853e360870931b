"""How much overtime people had left in a week as their time ended, worked out from what they did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.presence import NOTHING
from supportsim.plan.model import OffReason

Integers = NDArray[np.int64]


def room_ms(facts: Facts, stretch: Integers, interval: Integers) -> Integers:
    """Return by interval of the crew what its person may still work past its end, int64 (I,); huge if without limit.

    Stretches of work (n,) went on past the ends of intervals (n,).
    """
    crew, work, people = facts.workload.crew, facts.stretches, facts.plan.people
    room = np.full(len(crew.person), NOTHING)
    if not facts.plan.rules.overtime_at_most_ms:
        return room
    at_most_ms = np.array(facts.plan.rules.overtime_at_most_ms)[people.team[crew.person]]
    follows = np.append(crew.person[1:] == crew.person[:-1], False)[: len(room)]
    next_ms = np.where(follows, np.roll(crew.start_ms, -1), NOTHING)
    over_ms = np.zeros(len(room), dtype=np.int64)
    np.maximum.at(over_ms, interval, np.minimum(work.end_ms[stretch], next_ms[interval]) - crew.end_ms[interval])

    begun = people.shift_start_ms < facts.horizon_ms
    shift_person, week_of_shift = people.shift_person[begun], (people.shift_date[begun] - 1) // 7
    begins = facts.crew_key(shift_person, people.shift_start_ms[begun])
    shift = np.searchsorted(begins, facts.crew_key(crew.person, crew.end_ms)) - 1
    has_shift = (shift >= 0) & (np.append(shift_person, -1)[shift] == crew.person)
    goes_home = np.isin(crew.end_reason, (OffReason.SHIFT_END, OffReason.OVERTIME))
    at = np.flatnonzero(has_shift & goes_home & (at_most_ms >= 0))
    week = week_of_shift[shift[at]]
    # Intervals lie by person and time, so those of one week are neighbours.
    new = np.append(True, (np.diff(crew.person[at]) != 0) | (np.diff(week) != 0))[: len(at)]
    before_ms = np.cumsum(over_ms[at]) - over_ms[at]
    before_ms -= before_ms[np.flatnonzero(new)][np.cumsum(new) - 1]
    room[at] = at_most_ms[at] - _planned_ms(facts, crew.person[at], week) - before_ms
    return room


def _planned_ms(facts: Facts, person: NDArray[np.int32], week: NDArray[np.int32]) -> Integers:
    """Return the planned overtime of persons in weeks (n,)."""
    people = facts.plan.people
    total_ms = np.zeros(len(person), dtype=np.int64)
    for shift in np.flatnonzero(people.overtime) if people.overtime is not None else ():
        mine = (person == people.shift_person[shift]) & (week == (people.shift_date[shift] - 1) // 7)
        total_ms[mine] += people.shift_end_ms[shift] - people.shift_start_ms[shift]
    return total_ms
