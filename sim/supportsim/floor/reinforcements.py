"""Whom a playbook brings to a team: people back from a training, on overtime, from another team, or called in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from enum import IntEnum

from supportsim.floor.general import General
from supportsim.floor.instants import Handler, Order
from supportsim.floor.plain import AGENT_OFF
from supportsim.ledger import NOBODY
from supportsim.plan.model import OffReason, Plan, Playbook
from supportsim.workload.model import Crew, Workload

RELIEVE, BACK_UP = int(Order.RELIEVE), int(Order.BACK_UP)
SHIFT_END, OVERTIME, LENT, RETURNED, DISMISSED = (
    int(reason)
    for reason in (OffReason.SHIFT_END, OffReason.OVERTIME, OffReason.LENT, OffReason.RETURNED, OffReason.DISMISSED)
)
NEVER_MS = 1 << 60


class Why(IntEnum):
    """Why somebody goes besides what the crew says."""

    SHIFT_OVER = 0
    """The shift of who is there instead of in a training ends."""
    OVERTIME_OVER = 1
    """The longest overtime is over."""
    STAY_OVER = 2
    """A playbook's back-ups have stayed as long as they should."""
    USED_UP = 3
    """A back-up has worked all that is allowed in a week."""


class Play:
    """A playbook as it goes on."""

    __slots__ = ("burning", "day", "ended_ms", "fired", "number", "plan", "since_ms", "stay_until_ms")

    def __init__(self, number: int, plan: Playbook) -> None:
        self.number, self.plan = number, plan
        self.burning = False
        self.since_ms = self.stay_until_ms = NOBODY
        self.ended_ms = -NEVER_MS
        self.day, self.fired = NOBODY, 0
        """The day on which it last fired, and how often then."""


class Reinforcements(General):
    """Changes who is on the floor, and when, from what the crew says.

    Who helps another team is a second person there: the first one goes off, finishes what is in hand, and the second
    comes. So nobody is in two teams, and everybody has one.
    """

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Look up what would follow the ends of people's time."""
        super().set_up(plan, workload)
        self.plays = [Play(number, one) for number, one in enumerate(plan.playbooks)]
        self.called_off = [[0] * len(OffReason) for _ in plan.teams]
        self.extra_ms: list[list[int]] = [[] for _ in plan.teams]
        self.after = _what_follows(plan, workload)
        self.late = _late_starts(plan, workload)
        """By who comes late to a shift and when that begins: what a coming at that instant means."""
        self.crew_changes = sorted([*self.crew_changes, *((at_ms, 1, who, 0, 0) for who, at_ms in self.late)])
        self.away: dict[int, tuple[int, int, int, int]] = {}
        """Who is off the floor during the shift: (reason, until when, next coming, keeps work)."""
        self.there_already: set[int] = set()
        """Whose next coming means nothing."""
        self.rest_of_shift: dict[int, tuple[int, int]] = {}
        """Who is there until the end of the shift, although the crew says no more of it: (next coming, keeps work)."""
        self.stays: dict[int, tuple[int, int]] = {}
        """Who is on overtime: (until when at most, keeps work)."""
        self.loans: dict[int, tuple[int, int]] = {}
        """Who is lent: (playbook, who that is there)."""
        self.used_up_ms: dict[int, int] = {}
        """When back-ups will have worked all that is allowed."""
        self.comes_after: dict[int, int] = {}
        """By who has still something in hand: as whom that person comes when it is done."""
        self.twins_of: dict[int, list[int]] = {}
        for one in plan.playbooks:
            for person, twin in enumerate(one.twins):
                if twin >= 0 and twin not in self.twins_of.setdefault(person, []):
                    self.twins_of[person].append(twin)

    def handlers(self) -> dict[Order, Handler]:
        """Add who is relieved and who comes as a back-up."""
        return super().handlers() | {Order.RELIEVE: self._relieve, Order.BACK_UP: self._back_ups_come}

    def _reinforce(self, now: int, play: Play) -> None:
        """Begin what a playbook asks for."""
        plan = play.plan
        for reason in plan.cancels:
            self.called_off[plan.team][reason] += 1
        for agent in sorted(self.away):
            reason, until_ms, next_ms, keeps_work = self.away[agent]
            if self.team[agent] == plan.team and reason in plan.cancels and until_ms > now:
                del self.away[agent]
                self._appear(now, agent)
                self._go_on_until(agent, until_ms, next_ms, keeps_work)
        if plan.overtime_ms:
            self.extra_ms[plan.team].append(plan.overtime_ms)
        self._lend(now, play)
        if plan.back_ups_after_ms:
            self.at(now + plan.back_ups_after_ms, (BACK_UP, play.number, now))
        else:
            self._back_ups_come(now, play.number, now)

    def _dismiss(self, now: int, play: Play) -> None:
        """End it."""
        plan = play.plan
        for reason in plan.cancels:
            self.called_off[plan.team][reason] -= 1
        if plan.overtime_ms:
            self.extra_ms[plan.team].remove(plan.overtime_ms)
            if not self.extra_ms[plan.team]:
                for agent in sorted(agent for agent in self.stays if self.team[agent] == plan.team):
                    self._leave(now, agent, OVERTIME, self.stays.pop(agent)[1])
        for agent in sorted(agent for agent, (number, _) in self.loans.items() if number == play.number):
            self._call_home(now, agent)
        if not plan.back_ups_stay_ms:
            self._send_back_ups_home(now, plan)

    # What the crew says, and what becomes of it.

    def _go_off(self, now: int, agent: int, reason: int, keeps_work: int) -> None:
        until_ms, next_ms = self.after.get((agent, now), (now, NEVER_MS))
        if until_ms > now and self.called_off[self.team[agent]][reason]:
            self._go_on_until(agent, until_ms, next_ms, keeps_work)
        elif reason == SHIFT_END:
            self._end_shift(now, agent, next_ms, keeps_work)
        else:
            self.away[agent] = (reason, until_ms, next_ms, keeps_work)
            self._leave(now, agent, reason, keeps_work)

    def _come_on(self, now: int, agent: int) -> None:
        self.away.pop(agent, None)
        late = self.late.get((agent, now))
        if late is not None:
            reason, until_ms, next_ms, keeps_work = late
            if self.called_off[self.team[agent]][reason]:
                self._appear(now, agent)
                self._go_on_until(agent, until_ms, next_ms, keeps_work)
            else:
                self.away[agent] = late
        elif agent in self.there_already:
            self.there_already.discard(agent)
        else:
            self._appear(now, agent)

    def _go_on_until(self, agent: int, until_ms: int, next_ms: int, keeps_work: int) -> None:
        """Let somebody be there until an instant: the next coming, or the end of the shift."""
        if until_ms == next_ms:
            self.there_already.add(agent)
        else:
            self.rest_of_shift[agent] = (next_ms, keeps_work)
            self.at(until_ms, (RELIEVE, agent, Why.SHIFT_OVER))

    def _end_shift(self, now: int, agent: int, next_ms: int, keeps_work: int) -> None:
        most_ms = max(self.extra_ms[self.team[agent]], default=0)
        if most_ms:
            most_ms = min(most_ms, self._overtime_left_ms(now, agent))
        if most_ms > 0 and next_ms > now + most_ms:
            self.stays[agent] = (now + most_ms, keeps_work)
            self.at(now + most_ms, (RELIEVE, agent, Why.OVERTIME_OVER))
        else:
            self._leave(now, agent, SHIFT_END, keeps_work)

    def _relieve(self, now: int, who: int, why: int) -> None:
        if why == Why.SHIFT_OVER:
            next_ms, keeps_work = self.rest_of_shift.pop(who)
            self._end_shift(now, who, next_ms, keeps_work)
        elif why == Why.STAY_OVER:
            if self.plays[who].stay_until_ms == now:
                self._send_back_ups_home(now, self.plays[who].plan)
        elif why == Why.USED_UP:
            if self.available[who] and self.used_up_ms[who] == now:
                super()._go_off(now, who, DISMISSED, False)
        elif who in self.stays and self.stays[who][0] == now:
            self._leave(now, who, OVERTIME, self.stays.pop(who)[1])

    # People of other teams.

    def _lend(self, now: int, play: Play) -> None:
        """Send as many over as the playbook wants at a time, those with least in hand."""
        plan = play.plan
        if plan.lends < 0:
            return
        missing = plan.lent - sum(number == play.number for number, _ in self.loans.values())
        there = [person for person, twin in enumerate(plan.twins) if twin >= 0 and self.available[person]]
        for agent in sorted(there, key=lambda person: (len(self.hands[person]), person))[: max(missing, 0)]:
            twin = plan.twins[agent]
            self.loans[agent] = (play.number, twin)
            self._send_away(now, agent, LENT)
            self._come_when_done(now, agent, twin)

    def _call_home(self, now: int, agent: int) -> None:
        _, twin = self.loans.pop(agent)
        if self.comes_after.get(agent) == twin:
            del self.comes_after[agent]
            super()._come_on(now, agent)
        else:
            self._send_away(now, twin, RETURNED)
            self._come_when_done(now, twin, agent)

    def _send_away(self, now: int, agent: int, reason: int) -> None:
        """Take somebody off whose work in hand is finished; what was set aside is anyone's."""
        self._stops_helping(now, agent)
        self.available[agent] = False
        self._show(now, agent)
        self._pass_on(now, agent)
        self.record((now, NOBODY, AGENT_OFF, reason, agent))

    def _come_when_done(self, now: int, busy: int, comes: int) -> None:
        """Have somebody come as another person as soon as the one has nothing in hand."""
        if self.hands[busy]:
            self.comes_after[busy] = comes
            self.watched.add(busy)
        else:
            super()._come_on(now, comes)

    def _appear(self, now: int, agent: int) -> None:
        """Have somebody come who may still have work in hand as a member of another team."""
        for twin in self.twins_of.get(agent, ()):
            if self.hands[twin]:
                self.comes_after[twin] = agent
                self.watched.add(twin)
                return
        super()._come_on(now, agent)

    def _leave(self, now: int, agent: int, reason: int, keeps_work: int) -> None:
        """Take somebody off the floor, wherever that person is at work."""
        if not (self.loans or self.comes_after):
            super()._go_off(now, agent, reason, keeps_work)
            return
        _, twin = self.loans.pop(agent, (NOBODY, NOBODY))
        for busy in (agent, *self.twins_of.get(agent, ())):
            if self.comes_after.pop(busy, NOBODY) != NOBODY:
                self._overtime_left_ms(now, agent)
                return
        if twin == NOBODY:
            super()._go_off(now, agent, reason, keeps_work)
        else:
            super()._go_off(now, twin, reason, False)

    def _look_at(self, now: int, agent: int) -> None:
        super()._look_at(now, agent)
        if agent not in self.comes_after:
            return
        if self.hands[agent]:
            self.watched.add(agent)
        else:
            super()._come_on(now, self.comes_after.pop(agent))

    # Back-ups.

    def _back_ups_come(self, now: int, number: int, fired_ms: int) -> None:
        play = self.plays[number]
        if not play.burning or play.since_ms != fired_ms:
            return
        for agent in play.plan.back_ups:
            left_ms = 0 if self.available[agent] else self._overtime_left_ms(now, agent)
            if left_ms > 0:
                self.used_up_ms[agent] = now + left_ms
                self.at(now + left_ms, (RELIEVE, agent, Why.USED_UP))
                super()._come_on(now, agent)
        if play.plan.back_ups_stay_ms:
            play.stay_until_ms = now + play.plan.back_ups_stay_ms
            self.at(play.stay_until_ms, (RELIEVE, number, Why.STAY_OVER))

    def _send_back_ups_home(self, now: int, plan: Playbook) -> None:
        for agent in plan.back_ups:
            if self.available[agent]:
                super()._go_off(now, agent, DISMISSED, False)


def _what_follows(plan: Plan, workload: Workload) -> dict[tuple[int, int], tuple[int, int]]:
    """Return by person and end of a stretch until when what ends it would last, and when the person comes next."""
    teams = {one.team for one in plan.playbooks if one.cancels or one.overtime_ms}
    crew, team = workload.crew, plan.people.team.tolist()
    until_ms = crew.end_ms if crew.off_until_ms is None else crew.off_until_ms
    rows = zip(crew.person.tolist(), crew.end_ms.tolist(), until_ms.tolist(), strict=True)
    next_coming = _next_coming(crew)
    return {
        (person, end_ms): (until, next_coming(person, end_ms))
        for person, end_ms, until in rows
        if team[person] in teams
    }


def _late_starts(plan: Plan, workload: Workload) -> dict[tuple[int, int], tuple[int, int, int, int]]:
    """Return what a shift begins with that begins off the floor, by person and start.

    That is (reason, until when, next coming, keeps work).
    """
    teams = {one.team for one in plan.playbooks if one.cancels}
    late, team = workload.crew.late, plan.people.team.tolist()
    if late is None:
        return {}
    next_coming = _next_coming(workload.crew)
    columns = (late.person, late.start_ms, late.reason, late.until_ms, late.keeps_work.astype(int))
    return {
        (person, at_ms): (reason, until_ms, next_coming(person, at_ms), keeps_work)
        for person, at_ms, reason, until_ms, keeps_work in zip(*(each.tolist() for each in columns), strict=True)
        if team[person] in teams
    }


def _next_coming(crew: Crew) -> Callable[[int, int], int]:
    """Return who tells when a person comes after an instant, if only to time off the floor."""
    comes = set(zip(crew.person.tolist(), crew.start_ms.tolist(), strict=True))
    if crew.late is not None:
        comes |= set(zip(crew.late.person.tolist(), crew.late.start_ms.tolist(), strict=True))
    ordered = [*sorted(comes), (NEVER_MS, 0)]

    def next_coming(person: int, after_ms: int) -> int:
        who, at_ms = ordered[bisect_right(ordered, (person, after_ms))]
        return at_ms if who == person else NEVER_MS

    return next_coming
