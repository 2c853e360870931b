"""A limit on a person's overtime in a week, whatever it comes from.

What is worked beyond shifts counts in the week in which it begins: what was in hand as a shift ended, time for which a
playbook keeps people or calls them in, and calls out of hours. Nobody is kept beyond the limit, and deferrable work is
finished past the end of somebody's time only if it fits.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter

from supportsim.floor.general import General
from supportsim.floor.hands import ANY_MS, URGENT, Holding
from supportsim.ledger import NOBODY
from supportsim.plan.model import OffReason, Plan
from supportsim.workload.model import Workload

GOES_HOME = (int(OffReason.SHIFT_END), int(OffReason.OVERTIME), int(OffReason.DISMISSED))


class OvertimeLimit(General):
    """Counts what people work beyond their shifts."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Look up the weeks of people's shifts, and what planned overtime leaves of each."""
        super().set_up(plan, workload)
        people, rules = plan.people, plan.rules
        self.home: list[int] = list(range(len(self.team))) if people.is_of is None else people.is_of.tolist()
        """Who somebody is; what a person works in another team counts at home."""
        self.selves: list[list[int]] = [[] for _ in self.home]
        for agent, who in enumerate(self.home):
            self.selves[who].append(agent)
        self.limit_ms = [rules.overtime_at_most_ms[team] for team in self.team]
        self.week_ms = [rules.overtime_weeks_ms[team] for team in self.team]
        self.shift_starts_ms: list[list[int]] = [[] for _ in self.home]
        self.shift_ends_ms: list[list[int]] = [[] for _ in self.home]
        self.used_ms: Counter[tuple[int, int]] = Counter()
        """By person and week."""
        self.counted: dict[int, tuple[int, int]] = {}
        """Who is at work: (the week in which that counts, NOBODY in a shift; until when it is counted)."""
        self.room_ms = ANY_MS
        planned = people.overtime.tolist() if people.overtime is not None else [False] * len(people.shift_person)
        edges = zip(people.shift_start_ms.tolist(), people.shift_end_ms.tolist(), strict=True)
        for who, (start_ms, end_ms), is_planned in zip(people.shift_person.tolist(), edges, planned, strict=True):
            self.shift_starts_ms[who].append(start_ms)
            self.shift_ends_ms[who].append(end_ms)
            if is_planned:
                self.used_ms[who, self._week(who, start_ms)] += end_ms - start_ms

    def _week(self, who: int, at_ms: int) -> int:
        return bisect_right(self.week_ms[who], at_ms)

    def _overtime_left_ms(self, now: int, agent: int) -> int:
        who = self.home[agent]
        if self.limit_ms[who] < 0:
            return ANY_MS
        week = self._count_overtime(now, who)
        busy = [one for one in self.selves[who] if self.hands[one] and not self.available[one]]
        self.watched.update(busy)
        if busy or any(self.available[one] for one in self.selves[who]):
            self.counted[who] = week, now
        return self.limit_ms[who] - self.used_ms[who, self._week(who, now) if week == NOBODY else week]

    def _count_overtime(self, now: int, who: int) -> int:
        """Count what somebody has been at work outside of shifts, and return the week in which what follows counts."""
        week, since_ms = self.counted.pop(who, (NOBODY, now))
        starts_ms, ends_ms = self.shift_starts_ms[who], self.shift_ends_ms[who]
        for nth in range(bisect_right(ends_ms, since_ms), bisect_left(starts_ms, now)):
            if since_ms < starts_ms[nth]:
                self.used_ms[who, self._week(who, since_ms) if week == NOBODY else week] += starts_ms[nth] - since_ms
            week, since_ms = NOBODY, ends_ms[nth]
        if since_ms < now:
            week = self._week(who, since_ms) if week == NOBODY else week
            self.used_ms[who, week] += now - since_ms
        return week

    def _go_off(self, now: int, agent: int, reason: int, keeps_work: int) -> None:
        if reason in GOES_HOME:
            self.room_ms = self._overtime_left_ms(now, agent)
        super()._go_off(now, agent, reason, keeps_work)
        self.room_ms = ANY_MS
        self._overtime_left_ms(now, agent)

    def _may_finish(self, now: int, holding: Holding) -> bool:
        fits = holding.kind > URGENT or holding.end_ms - now <= self.room_ms
        return fits and super()._may_finish(now, holding)

    def _look_at(self, now: int, agent: int) -> None:
        super()._look_at(now, agent)
        if not self.available[agent]:
            self._overtime_left_ms(now, agent)

    def _come_on(self, now: int, agent: int) -> None:
        who = self.home[agent]
        if self.limit_ms[who] >= 0:
            self._count_overtime(now, who)
            self.counted[who] = NOBODY, now
        super()._come_on(now, agent)
