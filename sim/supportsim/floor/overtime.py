"""A limit on a person's overtime in a week: deferrable work past the end of a shift is finished only if it fits."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from supportsim.floor.general import General
from supportsim.floor.hands import URGENT, Holding
from supportsim.plan.model import OffReason, Plan
from supportsim.workload.model import Workload

Week = tuple[int, int]
"""A person, and the number of a week."""

GOES_HOME = (int(OffReason.SHIFT_END), int(OffReason.OVERTIME))
ANY_MS = 1 << 60


class OvertimeLimit(General):
    """Counts what people work past the ends of their shifts."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Look up the weeks of people's shifts, and what planned overtime leaves of each."""
        super().set_up(plan, workload)
        people = plan.people
        planned = people.overtime.tolist() if people.overtime is not None else [False] * len(people.shift_person)
        rows = zip(
            people.shift_person.tolist(), people.shift_date.tolist(), people.shift_start_ms.tolist(),
            people.shift_end_ms.tolist(), planned, strict=True,
        )  # fmt: skip
        self.shifts: dict[int, list[tuple[int, Week]]] = {}
        self.used_ms: Counter[Week] = Counter()
        self.beyond: dict[int, tuple[int, Week]] = {}
        """Who works past the end of a shift: since when, and in which week that counts."""
        self.room_ms = ANY_MS
        self.at_most_ms = plan.rules.overtime_at_most_ms
        for person, date, start_ms, end_ms, is_planned in rows:
            if self.at_most_ms[self.team[person]] >= 0:
                week = person, (date - 1) // 7
                self.shifts.setdefault(person, []).append((start_ms, week))
                self.used_ms[week] += is_planned * (end_ms - start_ms)

    def _week(self, now: int, agent: int) -> Week | None:
        """Return the week of the latest shift that has begun, None of who is not limited."""
        shifts = self.shifts.get(agent, ())
        place = bisect_left(shifts, now, key=lambda shift: shift[0])
        return shifts[place - 1][1] if place else None

    def _go_off(self, now: int, agent: int, reason: int, keeps_work: int) -> None:
        week = self._week(now, agent) if reason in GOES_HOME else None
        if week is None:
            super()._go_off(now, agent, reason, keeps_work)
            return
        self.room_ms = self.at_most_ms[self.team[agent]] - self.used_ms[week]
        super()._go_off(now, agent, reason, keeps_work)
        self.room_ms = ANY_MS
        if self.hands[agent]:
            self.beyond[agent] = now, week
            self.watched.add(agent)

    def _may_finish(self, now: int, holding: Holding) -> bool:
        fits = holding.kind > URGENT or holding.end_ms - now <= self.room_ms
        return fits and super()._may_finish(now, holding)

    def _look_at(self, now: int, agent: int) -> None:
        super()._look_at(now, agent)
        if not self.hands[agent]:
            self._end_overtime(now, agent)
        elif agent in self.beyond:
            self.watched.add(agent)

    def _come_on(self, now: int, agent: int) -> None:
        self._end_overtime(now, agent)
        super()._come_on(now, agent)

    def _end_overtime(self, now: int, agent: int) -> None:
        if agent in self.beyond:
            since_ms, week = self.beyond.pop(agent)
            self.used_ms[week] += now - since_ms
