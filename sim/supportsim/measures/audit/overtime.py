"""What people work beyond their shifts, by week, and how much of it they had left: worked out from what they did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.presence import NOTHING
from supportsim.measures.intervals import Intervals, intersect, joined, outside, united
from supportsim.measures.people import presence, week_of
from supportsim.plan.model import OffReason, Plan

Integers = NDArray[np.int64]
KEPT = (int(OffReason.OVERTIME), int(OffReason.DISMISSED))
GOES_HOME = (int(OffReason.SHIFT_END), *KEPT)
_WEEKS = 1 << 20
"""More than there are in any period."""


class WeeklyOvertime:
    """Everybody's overtime: the time at work, in whatever team, outside of shifts; N pieces.

    A piece begins as a shift ends or as somebody comes, and counts in the week in which it begins.
    """

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        self._plan, people, count = plan, plan.people, len(plan.people.names)
        self._limited = bool(plan.rules.overtime_at_most_ms)
        if not self._limited:
            return
        self._is_of = np.arange(count, dtype=np.int32) if people.is_of is None else people.is_of
        self._at_most_ms = np.array(plan.rules.overtime_at_most_ms)[people.team]
        self._span_ms = 1 + max(plan.horizon_ms, int(people.shift_end_ms.max(initial=0)))
        at_work = joined(presence(plan, ledger), _in_hand(ledger, plan.horizon_ms))
        at_work = united(Intervals(self._is_of[at_work.person], at_work.start_ms, at_work.end_ms))
        shifts = Intervals(people.shift_person, people.shift_start_ms, people.shift_end_ms)
        pieces = self._begun_anew(intersect(at_work, outside(shifts, count))[0], ledger)
        self._key, self._length_ms = self._on_axis(pieces.person, pieces.start_ms), pieces.length_ms
        self._week = week_of(plan, pieces.person, pieces.start_ms)
        self._worked_ms = np.append(0, np.cumsum(self._length_ms))
        self._own_week = pieces.person.astype(np.int64) * _WEEKS + self._week
        planned = shifts.pick(np.zeros(0, dtype=np.int64) if people.overtime is None else people.overtime)
        weeks = planned.person.astype(np.int64) * _WEEKS + week_of(plan, planned.person, planned.start_ms)
        self._planned_weeks, place = np.unique(weeks, return_inverse=True)
        self._planned_ms = np.append(np.bincount(place, weights=planned.length_ms).astype(np.int64), 0)

    def left_ms(self, agent: NDArray[Any], at_ms: Integers) -> Integers:
        """Return how long agents (n,) might still work beyond shifts from instants (n,) on; huge if without limit."""
        if not self._limited:
            return np.full(len(agent), NOTHING)
        who = self._is_of[agent]
        place = np.searchsorted(self._key, self._on_axis(who, at_ms)) - 1
        latest = np.maximum(place, 0)
        begun = (place >= 0) & (np.append(self._key, -1)[latest] // self._span_ms == who)
        lasts_ms = np.where(begun, at_ms - np.append(self._key, 0)[latest] % self._span_ms, 0)
        length_ms = np.append(self._length_ms, 0)[latest]
        goes_on = begun & (lasts_ms <= length_ms)
        week = np.where(goes_on, np.append(self._week, 0)[latest], week_of(self._plan, who, at_ms))
        own_week = who.astype(np.int64) * _WEEKS + week
        used_ms = self._worked_ms[place + 1] - self._worked_ms[np.searchsorted(self._own_week, own_week)]
        used_ms = np.where(begun, used_ms - np.maximum(length_ms - lasts_ms, 0), 0)
        planned = np.searchsorted(self._planned_weeks, own_week)
        has_some = np.append(self._planned_weeks, -1)[planned] == own_week
        left_ms = self._at_most_ms[who] - np.where(has_some, self._planned_ms[planned], 0) - np.maximum(used_ms, 0)
        return np.where(self._at_most_ms[who] < 0, NOTHING, left_ms)

    def _begun_anew(self, pieces: Intervals, ledger: Ledger) -> Intervals:
        """Return pieces (n,) in order, cut where somebody comes."""
        comes = ledger.event == Event.AGENT_ON
        come = self._on_axis(self._is_of[ledger.agent[comes]], ledger.time_ms[comes])
        starts, ends = (self._on_axis(pieces.person, edge) for edge in (pieces.start_ms, pieces.end_ms))
        order = np.argsort(starts)
        starts, ends, come = starts[order], ends[order], np.unique(come)
        place = np.searchsorted(starts, come) - 1
        inside = (place >= 0) & (come > np.append(starts, 0)[place]) & (come < np.append(ends, 0)[place])
        begins, behind = (np.sort(np.append(edges, come[inside])) for edges in (starts, ends))
        return Intervals((begins // self._span_ms).astype(np.int32), begins % self._span_ms, behind % self._span_ms)

    def _on_axis(self, person: NDArray[Any], at_ms: Integers) -> Integers:
        """Return one number (n,) that sorts by person, then time."""
        place: Integers = person.astype(np.int64) * self._span_ms + at_ms
        return place


def _in_hand(ledger: Ledger, horizon_ms: int) -> Intervals:
    """Return when people had tickets in hand, whether or not a ledger is as it should be."""
    rows = np.flatnonzero(words.STARTS[ledger.event] | words.ENDS[ledger.event])
    rows = rows[np.lexsort((rows, ledger.ticket[rows]))]
    starts = np.flatnonzero(words.STARTS[ledger.event[rows]])
    over = np.append(words.ENDS[ledger.event[rows]], False)[starts + 1]
    over &= np.append(ledger.ticket[rows], NOBODY)[starts + 1] == ledger.ticket[rows[starts]]
    end_ms = np.where(over, np.append(ledger.time_ms[rows], 0)[starts + 1], horizon_ms)
    found = Intervals(ledger.agent[rows[starts]], ledger.time_ms[rows[starts]], end_ms)
    return found.pick(found.person >= 0)


def room_ms(facts: Facts) -> Integers:
    """Return by interval of the crew what its person may still work past its end, int64 (I,); huge if without limit."""
    crew = facts.workload.crew
    room = np.full(len(crew.person), NOTHING)
    at = np.flatnonzero(np.isin(crew.end_reason, GOES_HOME) & (crew.end_ms < facts.horizon_ms))
    room[at] = WeeklyOvertime(facts.plan, facts.ledger).left_ms(crew.person[at], crew.end_ms[at])
    return room


def overtime(facts: Facts) -> Iterator[Breach]:
    """No playbook keeps anybody, or has a back-up stay, beyond the overtime of a week."""
    if not facts.plan.rules.overtime_at_most_ms:
        return
    ledger = facts.ledger
    rows = np.flatnonzero((ledger.event == Event.AGENT_OFF) & np.isin(ledger.place, KEPT))
    over_ms = -WeeklyOvertime(facts.plan, ledger).left_ms(ledger.agent[rows], ledger.time_ms[rows])
    yield from earliest(
        over_ms > 0,
        ledger.time_ms[rows],
        NOBODY,
        ledger.agent[rows],
        lambda i: "to go home before the week's overtime is used up",
        lambda i: f"staying {over_ms[i]} ms longer",
    )
