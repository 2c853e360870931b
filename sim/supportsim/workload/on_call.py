"""Who is on call in a replication: the planned turns, less those who are away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import OnCall, People, Plan
from supportsim.plan.on_call import cut
from supportsim.workload.model import Crew


def duties(plan: Plan, crew: Crew) -> tuple[OnCall, ...]:
    """Return the plan's duties with a stand-in, from midnight to midnight, where the person is away.

    Away is who is absent from a shift of that day, who is not here yet or no more, and a place that is empty. The
    stand-in is the next in turn who is not away; where all are, nobody is on call. Each person's part of a turn of duty
    is a turn of its own.
    """
    return tuple(_with_stand_ins(duty, plan.people, crew) for duty in plan.on_call)


def _with_stand_ins(duty: OnCall, people: People, crew: Crew) -> OnCall:
    if duty.members is None or duty.midnight_ms is None:
        return duty
    away = _away(duty.members, len(duty.midnight_ms), duty.first_date, people, crew)
    if not away.any():
        return duty
    start_ms, end_ms = cut(duty.start_ms, duty.end_ms, duty.midnight_ms)
    stretch = np.searchsorted(duty.start_ms, start_ms, side="right") - 1
    day = np.searchsorted(duty.midnight_ms, start_ms, side="right") - 1
    count = len(duty.members)
    place = np.searchsorted(duty.members, duty.person[stretch])
    in_turn = (place[:, None] + np.arange(count)) % count
    there = ~away[in_turn, day[:, None]]
    stands_in = in_turn[np.arange(len(day)), there.argmax(axis=1)]
    turn = duty.duty[stretch].astype(np.int64) * count + stands_in
    keep = there.any(axis=1)
    start_ms, end_ms, turn, stands_in = start_ms[keep], end_ms[keep], turn[keep], stands_in[keep]
    # What was cut at a midnight at which nothing changes is one again.
    new = np.append(True, (start_ms[1:] > end_ms[:-1]) | (turn[1:] != turn[:-1]))[: len(turn)]
    last = np.append(new[1:], True)[: len(turn)]
    return replace(
        duty,
        person=duty.members[stands_in[new]],
        start_ms=start_ms[new],
        end_ms=end_ms[last],
        duty=turn[new].astype(np.int32),
    )


def _away(members: NDArray[np.int32], days: int, first_date: int, people: People, crew: Crew) -> NDArray[np.bool_]:
    """Return who of those in turn is away on which day (members, days)."""
    away = np.zeros((len(members), days), dtype=np.bool_)
    date = first_date + np.arange(days)
    for place, person in enumerate(members.tolist()):
        low, high = np.searchsorted(people.shift_person, [person, person + 1])
        shifts = people.shift_date[low:high]
        away[place] = np.isin(date, shifts[crew.absent[low:high]])
        if people.here is not None:
            first, behind = people.here[person]
            away[place] |= (date < first) | (behind <= date)
        if crew.vacant is not None and high > low:
            latest = np.maximum(np.searchsorted(shifts, date, side="right") - 1, 0)
            away[place] |= crew.vacant[low:high][latest]
    return away
