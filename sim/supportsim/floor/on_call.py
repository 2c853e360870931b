"""People on call: paged when something urgent waits out of hours, there after a delay, and rested afterwards."""

from __future__ import annotations

from bisect import bisect_right
from enum import IntEnum
from heapq import heappop, heappush

from supportsim.floor.general import General
from supportsim.floor.instants import Handler, Order
from supportsim.floor.plain import AGENT_OFF
from supportsim.floor.state import NOWHERE
from supportsim.ledger import NOBODY, Event
from supportsim.plan.model import OffReason, OnCall, Plan
from supportsim.workload.model import Workload
from supportsim.workload.on_call import duties

STAND_DOWN, CALLED = int(Order.STAND_DOWN), int(Order.CALLED)
PAGED = int(Event.PAGED)
ON_CALL = int(OffReason.ON_CALL)


class What(IntEnum):
    """What happens to a team's duty, or to a person."""

    CLOSES = 0
    """A stretch of the duty ends."""
    OPENS = 1
    """One begins."""
    IDLES = 2
    """Who was called got nothing to do."""
    ANSWERS = 3
    """Who was paged is ready to work."""
    RESTED = 4
    """A person has rested and comes to the shift that has begun meanwhile."""


class Duty:
    """One team's duty as it goes on.

    A person is *paged* from the page on and *up* from the answer on, until nothing urgent waits or the stretch ends.
    """

    __slots__ = (
        "answers_ms", "finishing", "plan", "priorities", "responds_ms", "since_ms", "stretch", "up", "used_ms",
        "waiting",
    )  # fmt: skip

    def __init__(self, plan: OnCall, responds_ms: memoryview) -> None:
        self.plan = plan
        self.priorities: list[bool] = plan.priorities.tolist()
        self.responds_ms = responds_ms
        self.stretch = NOBODY
        """The present stretch, NOBODY where nobody is on call."""
        self.answers_ms = NOBODY
        self.up = False
        self.since_ms = 0
        self.used_ms: dict[int, int] = {}
        """What has been worked so far, by turn of duty."""
        self.finishing: dict[int, tuple[int, int]] = {}
        """Who has gone with something in hand: (turn of duty, since when)."""
        self.waiting: list[int] = []
        """A heap of the places at which tickets that somebody is called for began to wait."""

    @property
    def agent(self) -> int:
        """Who has the duty."""
        return int(self.plan.person[self.stretch])

    def may_page(self, now: int) -> bool:
        """Tell whether anybody is on call who is not called already and has not worked all that is allowed."""
        if self.stretch == NOBODY or self.answers_ms != NOBODY or self.up:
            return False
        turn = int(self.plan.duty[self.stretch])
        on_the_way_ms = sum(now - since_ms for its_turn, since_ms in self.finishing.values() if its_turn == turn)
        return self.plan.at_most_ms < 0 or self.used_ms.get(turn, 0) + on_the_way_ms < self.plan.at_most_ms

    def over(self, now: int, is_busy: bool) -> None:
        """Count what was worked, and what is still in hand until it is done."""
        turn = int(self.plan.duty[self.stretch])
        self.used_ms[turn] = self.used_ms.get(turn, 0) + now - self.since_ms
        self.up = False
        if is_busy:
            self.finishing[self.agent] = turn, now

    def done(self, now: int, agent: int) -> None:
        """Count what somebody had in hand at the end."""
        turn, since_ms = self.finishing.pop(agent)
        self.used_ms[turn] += now - since_ms


class WithOnCall(General):
    """Pages people out of hours."""

    called: dict[int, Duty]
    """Who is up, and the duty."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Put the stretches of all duties on the calendar."""
        super().set_up(plan, workload)
        on_call = duties(plan, workload.crew)
        responds = [memoryview(each) for each in workload.responds_ms]  # type: ignore[arg-type]
        self.duties = [Duty(duty, each) for duty, each in zip(on_call, responds, strict=True)]
        self.called = {}
        self.finishing: dict[int, Duty] = {}
        """Who has gone with something in hand."""
        self.rested_ms: dict[int, int] = {}
        self.resting: set[int] = set()
        self.back_in_time: set[int] = set()
        """Whose work waited for them when their last shift ended."""
        self.duty_begins = False
        self.duties_for = [
            [
                [duty for duty in self.duties if duty.plan.team in queue.teams and duty.priorities[priority]]
                for priority in range(len(plan.rules.priority_class))
            ]
            for queue in plan.queues
        ]
        """By queue and priority: those who are called for its tickets."""
        for number, duty in enumerate(on_call):
            for start_ms, end_ms in zip(duty.start_ms.tolist(), duty.end_ms.tolist(), strict=True):
                self.at(start_ms, (STAND_DOWN, number, What.OPENS))
                self.at(end_ms, (STAND_DOWN, number, What.CLOSES))

    def handlers(self) -> dict[Order, Handler]:
        """Return those of the general floor and its own."""
        return super().handlers() | {Order.STAND_DOWN: self._change_duty, Order.CALLED: self._come_when_called}

    # The duty.

    def _change_duty(self, now: int, number: int, what: int) -> None:
        duty = self.duties[number]
        if what == What.OPENS:
            duty.stretch = bisect_right(duty.plan.start_ms, now) - 1
            self.duty_begins = self.alert = True
            return
        if duty.up and (what == What.CLOSES or not self.hands[duty.agent]):
            self._stand_down(now, duty)
        if what == What.CLOSES:
            duty.stretch = duty.answers_ms = NOBODY

    def _come_when_called(self, now: int, who: int, what: int) -> None:
        if what == What.RESTED:
            # Called again since, a person rests for longer.
            if who in self.resting and self.rested_ms[who] == now:
                self.resting.discard(who)
                super()._come_on(now, who)
            return
        duty = self.duties[who]
        if duty.answers_ms != now:
            return
        duty.answers_ms = NOBODY
        if self._urgent(duty) != NOBODY:
            duty.up, duty.since_ms = True, now
            self.called[duty.agent] = duty
            self.watched.add(duty.agent)
            self.alert = True
            super()._come_on(now, duty.agent)

    def _stand_down(self, now: int, duty: Duty) -> None:
        """Let who is up go; what is in hand is finished."""
        agent = duty.agent
        self._leave_others(now, agent)
        is_busy = bool(self.hands[agent])
        duty.over(now, is_busy)
        self.rested_ms[agent] = now + duty.plan.rest_ms
        if is_busy:
            self.finishing[agent] = duty
            self._rests_later(now, agent)
            self.watched.add(agent)
            self.alert = True
        del self.called[agent]
        self.available[agent] = False
        self._show(now, agent)
        self._overtime_left_ms(now, agent)
        if agent not in self.back_in_time:
            self._pass_on(now, agent)
        self.record((now, NOBODY, AGENT_OFF, ON_CALL, agent))

    def _rests_later(self, now: int, agent: int) -> None:
        """Look when what somebody has still in hand will be done: several contacts go faster one by one."""
        rest_ms = self.finishing[agent].plan.rest_ms
        rested_ms = max((holding.end_ms for holding in self.hands[agent].values()), default=now) + rest_ms
        if rested_ms != self.rested_ms[agent]:
            self.rested_ms[agent] = rested_ms
            if agent in self.resting:
                self.at(rested_ms, (CALLED, agent, What.RESTED))

    def _urgent(self, duty: Duty) -> int:
        """Return the first ticket waiting for the team that somebody is called for, or NOBODY."""
        waiting = duty.waiting
        for ticket in self.joined:
            if self.place[ticket] != NOWHERE and duty in self._duties_for(ticket):
                heappush(waiting, self.place[ticket])
        while waiting:
            ticket = waiting[0] >> self.queue_bits & self.ticket_mask
            place = self.place[ticket]
            # One that has risen with time is in another class, and waits all the same.
            if place != NOWHERE and not (place ^ waiting[0]) & (self.set_aside_bit - 1):
                return ticket
            heappop(waiting)
        return NOBODY

    # What the general floor does, and what follows from it.

    def _after_matching(self, now: int) -> None:
        """Page for what still waits when a duty begins, and send those home who got nothing."""
        super()._after_matching(now)
        self.alert = bool(self.called)
        for agent in self.finishing:
            self._rests_later(now, agent)
        if self.duty_begins:
            self.duty_begins = False
            self._page_all(now)
        for agent, duty in self.called.items():
            if not self.hands[agent]:
                self.at(now + 1, (STAND_DOWN, self.duties.index(duty), What.IDLES))

    def _still_waits(self, now: int, ticket: int) -> None:
        super()._still_waits(now, ticket)
        duties = self._duties_for(ticket)
        if duties:
            for duty in duties:
                heappush(duty.waiting, self.place[ticket])
            self._page_all(now)

    def _duties_for(self, ticket: int) -> list[Duty]:
        """Return the duties of those who are called for a waiting ticket."""
        return self.duties_for[self._queue_at(self.place[ticket])][self.priority[ticket]]

    def _page_all(self, now: int) -> None:
        for number, duty in enumerate(self.duties):
            if duty.may_page(now):
                self._page(now, number, duty)

    def _page(self, now: int, number: int, duty: Duty) -> None:
        ticket = self._urgent(duty)
        if ticket != NOBODY:
            duty.answers_ms = now + duty.responds_ms[ticket]
            self.record((now, NOBODY, PAGED, duty.plan.team, duty.agent))
            self.at(duty.answers_ms, (CALLED, number, What.ANSWERS))

    def _look_at(self, now: int, agent: int) -> None:
        super()._look_at(now, agent)
        if agent in self.finishing:
            self._done_yet(now, agent)
        duty = self.called.get(agent)
        if duty is None:
            return
        if not self.hands[agent] and self._urgent(duty) == NOBODY:
            self._stand_down(now, duty)
        else:
            self.watched.add(agent)

    def _done_yet(self, now: int, agent: int) -> None:
        if self.hands[agent]:
            self.watched.add(agent)
            self.alert = True
        else:
            self.finishing.pop(agent).done(now, agent)

    def _come_on(self, now: int, agent: int) -> None:
        rested_ms = self.rested_ms.get(agent, 0)
        if rested_ms > now:
            self.resting.add(agent)
            self.at(rested_ms, (CALLED, agent, What.RESTED))
        else:
            super()._come_on(now, agent)

    def _go_off(self, now: int, agent: int, reason: int, keeps_work: int) -> None:
        # Whoever had to rest until now never came, and what was set aside before still waits.
        if agent in self.resting:
            self.resting.discard(agent)
        else:
            (self.back_in_time.add if keeps_work else self.back_in_time.discard)(agent)
            super()._go_off(now, agent, reason, keeps_work)
