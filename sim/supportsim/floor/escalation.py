"""Escalation by the clock: tickets go to a higher tier, or somebody is told, as their SLA clocks run on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.floor.general import General
from supportsim.floor.instants import Handler, Order
from supportsim.floor.plain import A_WORD_ONLY, CLOSED, WAITS_FOR
from supportsim.floor.state import NOWHERE
from supportsim.floor.ticking import Ticking
from supportsim.ledger import NOBODY, Event
from supportsim.plan.model import NEXT_TIER, NO_TIER, Plan, Sla
from supportsim.workload.model import Next, Tickets, Workload

MOVED_UP, NOTIFIED = int(Event.MOVED_UP), int(Event.NOTIFIED)
CLOCK = int(Order.CLOCK)
NEVER = -1


class ClockEscalation(General):
    """Takes tickets to higher tiers when steps of the plan are due on their clocks.

    What waits moves at once. What is begun is finished first; what its ticket needs then waits at the
    higher tier as soon as it waits at all.
    """

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Work out when each step is due if no clock ever pauses."""
        super().set_up(plan, workload)
        tickets = workload.tickets
        if tickets.step_ms is None or tickets.moved_stage is None:
            raise ValueError("the plan has steps for tickets' clocks, expected a workload that says when they are due")
        self.steps, self.sla = plan.rules.clock_steps, plan.sla
        clock = plan.sla.clock[tickets.priority, tickets.segment]
        self.clock_of = memoryview(np.ascontiguousarray(clock))  # type: ignore[arg-type]
        self.ticking = [Ticking(clock.open_ms, clock.close_ms) for clock in plan.sla.clocks]
        # Few tickets need these.
        self.step_ms: NDArray[np.int64] = tickets.step_ms
        self.moved_stage: NDArray[np.int64] = tickets.moved_stage
        self.stage_tier = memoryview(tickets.stage_tier)  # type: ignore[arg-type]
        self.over: set[int] = set()
        """Tickets whose clocks no longer matter."""
        self.wanted: dict[int, int] = {}
        """The tier to which a ticket goes as soon as it may."""
        self.paused_since_ms: dict[int, int] = {}
        self.pauses: dict[int, list[tuple[int, int]]] = {}
        """When a ticket's clock stopped and went on in pauses that are over."""
        self.held: dict[int, list[int]] = {}
        """Steps that were due but for the pause in which the ticket is."""
        self.coming_ms, self.coming_ticket, self.coming_step = _steps_by_time(_due_ms(plan.sla, clock, tickets))
        self.next_step = 0
        """How many of those that come are on the calendar, or over."""
        self.next_due_ms = NEVER
        self._look_ahead()

    def handlers(self) -> dict[Order, Handler]:
        """Add the steps."""
        return super().handlers() | {Order.CLOCK: self._reach_step}

    # The clock.

    def _look_ahead(self) -> None:
        """Put the next steps on the calendar whose tickets are not over; most are by then."""
        when, tickets, over, nth = self.coming_ms, self.coming_ticket, self.over, self.next_step
        while tickets[nth] in over:
            nth += 1
        self.next_due_ms = due_ms = when[nth]
        while when[nth] == due_ms != NEVER:
            self.at(due_ms, (CLOCK, tickets[nth], self.coming_step[nth]))
            nth += 1
        self.next_step = nth

    def _reach_step(self, now: int, ticket: int, step: int) -> None:
        if now == self.next_due_ms:
            self._look_ahead()
        if ticket in self.over:
            return
        left_ms = self._left_ms(now, ticket, step)
        if left_ms <= 0:
            self._take_step(now, ticket, step)
        elif ticket in self.paused_since_ms:
            self.held.setdefault(ticket, []).append(step)
        else:
            self._await(now, ticket, step, left_ms)

    def _await(self, now: int, ticket: int, step: int, left_ms: int) -> None:
        clock = self.ticking[self.clock_of[ticket]]
        due_ms = clock.elapsed(now) + left_ms
        if due_ms <= clock.total_ms:
            self.at(clock.reaches(due_ms), (CLOCK, ticket, step))

    def _left_ms(self, now: int, ticket: int, step: int) -> int:
        """Return how much longer a clock has to run until a step is due."""
        return int(self.step_ms[ticket, step]) - self._used_ms(now, ticket)

    def _used_ms(self, now: int, ticket: int) -> int:
        elapsed = self.ticking[self.clock_of[ticket]].elapsed
        used_ms = elapsed(self.paused_since_ms.get(ticket, now)) - elapsed(self.created_ms[ticket])
        pauses = self.pauses.get(ticket)
        if pauses is not None:
            used_ms -= sum(elapsed(ended) - elapsed(began) for began, ended in pauses)
        return used_ms

    def _pauses(self, stage: int) -> bool:
        """Whether the clocks stand still after a stage."""
        sla, event = self.sla, WAITS_FOR[self.stage_next[stage]][0]
        if event == Event.SENT_TO_FIX:
            return sla.pause_engineering
        if event == Event.REFERRED:
            return sla.pause_third_party
        if sla.pause_pending or sla.pause_after_follow_ups < 0:
            return sla.pause_pending
        asked_before = 0
        while stage and self.stage_next[stage - 1] == Next.FOLLOW_UP:
            asked_before, stage = asked_before + 1, stage - 1
        return asked_before >= sla.pause_after_follow_ups

    # What a step does.

    def _take_step(self, now: int, ticket: int, number: int) -> None:
        step = self.steps[number]
        if step.until_begun and self.last_agent[ticket] != NOBODY:
            return
        if step.notifies >= 0:
            self.record((now, ticket, NOTIFIED, step.notifies, NOBODY))
        here = self.stage_tier[self.stage[ticket]]
        to = here + 1 if step.to == NEXT_TIER else step.to
        if to == NO_TIER or to <= here or to >= self.moved_stage.shape[1] or self.moved_stage[ticket, to] == NEVER:
            return
        self.wanted[ticket] = max(to, self.wanted.get(ticket, to))
        self.followed.add(ticket)
        self._move_if_it_may(now, ticket)

    def _move_if_it_may(self, now: int, ticket: int) -> None:
        stage = self.stage[ticket]
        waits_afresh = self.place[ticket] != NOWHERE and ticket not in self.left and not self._is_live(ticket)
        a_word = stage > self.first_stage[ticket] and self.stage_next[stage - 1] in A_WORD_ONLY
        if waits_afresh and not a_word:
            self._withdraw(now, ticket)
            self.stage[ticket] = int(self.moved_stage[ticket, self.wanted.pop(ticket)])
            self._join(now, ticket, MOVED_UP, NOBODY)

    def _has_joined(self, now: int, ticket: int) -> None:
        super()._has_joined(now, ticket)
        if ticket in self.wanted and ticket not in self.over:
            if self.stage_tier[self.stage[ticket]] >= self.wanted[ticket]:
                del self.wanted[ticket]
            else:
                self._move_if_it_may(now, ticket)

    # What stops the clock, for a while or for good.

    def _resolve(self, now: int, ticket: int, agent: int) -> None:
        super()._resolve(now, ticket, agent)
        self.over.add(ticket)

    def _merge(self, now: int, ticket: int, agent: int) -> None:
        super()._merge(now, ticket, agent)
        self.over.add(ticket)

    def _end_parked(self, now: int, ticket: int) -> None:
        super()._end_parked(now, ticket)
        self.over.add(ticket)

    def _turn_away(self, now: int, ticket: int) -> None:
        super()._turn_away(now, ticket)
        self.over.add(ticket)

    def _wait_for(self, now: int, ticket: int, agent: int) -> None:
        super()._wait_for(now, ticket, agent)
        if ticket not in self.over and self._pauses(self.stage[ticket]):
            self.paused_since_ms[ticket] = now

    def _return(self, now: int, ticket: int, event: int) -> None:
        since_ms = self.paused_since_ms.pop(ticket, None)
        if since_ms is not None:
            self.pauses.setdefault(ticket, []).append((since_ms, now))
            for step in self.held.pop(ticket, ()):
                self._await(now, ticket, step, self._left_ms(now, ticket, step))
        if event == CLOSED:
            self.over.add(ticket)
        super()._return(now, ticket, event)

    def _lose_patience(self, now: int, ticket: int, attempt: int) -> None:
        super()._lose_patience(now, ticket, attempt)
        gave_up = self.place[ticket] == NOWHERE and self.attempt[ticket] == attempt + 1
        if gave_up and self.retry_ms[attempt] < 0:
            self.over.add(ticket)


def _steps_by_time(due_ms: NDArray[np.int64]) -> tuple[memoryview, memoryview, memoryview]:
    """Return when, ticket and step of the steps that are ever due (T, steps), in order, and a last one, `NEVER`."""
    ticket, step = np.nonzero(due_ms != NEVER)
    when = due_ms[ticket, step]
    order = np.lexsort((step, ticket, when))
    columns = [np.append(column[order], NEVER) for column in (when, ticket, step)]
    return memoryview(columns[0]), memoryview(columns[1]), memoryview(columns[2])  # type: ignore[arg-type]


def _due_ms(sla: Sla, clock: NDArray[np.int32], tickets: Tickets) -> NDArray[np.int64]:
    """Return when each step (T, steps) is due if the clocks never pause, `NEVER` if that is after they end."""
    assert tickets.step_ms is not None
    due_ms = np.full(tickets.step_ms.shape, NEVER, dtype=np.int64)
    for index, calendar in enumerate(sla.clocks):
        ends_ms = calendar.elapsed(calendar.close_ms[-1:])
        ticket, step = np.nonzero((clock == index)[:, None] & (tickets.step_ms != NEVER))
        reached = calendar.elapsed(tickets.created_ms[ticket]) + tickets.step_ms[ticket, step] <= ends_ms
        ticket, step = ticket[reached], step[reached]
        due_ms[ticket, step] = calendar.after(tickets.created_ms[ticket], tickets.step_ms[ticket, step])
    return due_ms
