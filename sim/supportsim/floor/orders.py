"""Orders other than by waiting: what falls due first, or the least work; and aging, which helps the rest."""

from __future__ import annotations

from collections import deque
from heapq import heappush

from supportsim.floor.general import General
from supportsim.floor.hands import URGENT
from supportsim.floor.instants import Handler, Order
from supportsim.floor.state import LONGEST_BITS, NOWHERE, ranks
from supportsim.floor.ticking import Ticking
from supportsim.ledger import NOBODY
from supportsim.plan.model import OrderBy, Plan
from supportsim.workload.model import Workload

AGE = int(Order.AGE)
NEVER_DUE = (1 << LONGEST_BITS) - 1


class OtherOrder(General):
    """Inside a class, tickets go by what falls due first or by their work."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Look up what orders the tickets."""
        super().set_up(plan, workload)
        self.by_work = plan.rules.order_by == OrderBy.WORK
        due_ms = workload.tickets.due_ms
        if not self.by_work and due_ms is None:
            raise ValueError("the plan orders tickets by what falls due, expected a workload that says when")
        self.due: list[list[int]] = [] if due_ms is None else due_ms.T.tolist()

    def _since(self, now: int, ticket: int) -> int:
        if self.by_work:
            return self.stage_work_ms[self.stage[ticket]]
        begun = self.last_agent[ticket] != NOBODY
        due_ms = self.due[begun][ticket]
        return NEVER_DUE if due_ms < 0 else due_ms


class Aging(General):
    """Tickets that wait for long rise to higher classes, one wait at a time."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Find how high a ticket can rise."""
        super().set_up(plan, workload)
        self.aging_ms, self.raises = plan.rules.aging_ms, plan.rules.aging_raises
        classes = plan.rules.priority_class.tolist()
        urgent = plan.rules.urgent or (False,) * len(classes)
        # Of live and of deferrable tickets, by priority: the rank of class 0; urgent ones are above all that.
        self.highest = [
            [rank if is_urgent else rank - own for rank, own, is_urgent in zip(of_kind, classes, urgent, strict=True)]
            for of_kind in (side.tolist() for side in ranks(plan.rules))
        ]
        if plan.rules.urgent_live:
            self.highest[0] = ranks(plan.rules)[0].tolist()
        tickets, clocks = workload.tickets, plan.sla.clocks if plan.rules.aging_on_clock else ()
        self.aging_clocks = [Ticking(each.open_ms, each.close_ms) for each in clocks]
        clock = plan.sla.clock[tickets.priority, tickets.segment] * plan.rules.aging_on_clock
        self.aging_clock: list[int] = clock.tolist()
        self.rises: list[deque[tuple[int, int, int]]] = [deque() for _ in self.aging_clocks or (None,)]
        """By clock (when, ticket, since when it waits): those of one rise in the order in which their waits began."""

    def handlers(self) -> dict[Order, Handler]:
        """Add the rise of a ticket."""
        return super().handlers() | {Order.AGE: self._age}

    def lone_handlers(self) -> dict[Order, Handler]:
        """Let tickets rise by themselves: nobody was free for them, and nobody gets free by it."""
        return super().lone_handlers() | {Order.AGE: self._age}

    def _still_waits(self, now: int, ticket: int) -> None:
        super()._still_waits(now, ticket)
        if self.joined_ms[ticket] == now and self._could_rise(ticket):
            self._rises_later(now, ticket, now)

    def _rises_later(self, now: int, ticket: int, since: int) -> None:
        clock = self.aging_clock[ticket]
        when, rises = self._rises_ms(now, clock), self.rises[clock]
        if not rises:
            self.at(when, (AGE, clock, 0))
        rises.append((when, ticket, since))

    def _rises_ms(self, now: int, number: int) -> int:
        """Return when what begins to wait now rises; after the last hour of its clock it never does."""
        if not self.aging_clocks:
            return now + self.aging_ms
        clock = self.aging_clocks[number]
        due_ms = clock.elapsed(now) + self.aging_ms
        return clock.reaches(due_ms) if due_ms <= clock.total_ms else 1 << LONGEST_BITS

    def _age(self, now: int, clock: int, _what: int) -> None:
        """Raise who has waited long enough, then look ahead for the next one who still waits."""
        rises = self.rises[clock]
        while rises:
            when, ticket, since = rises[0]
            waits = self.place[ticket] != NOWHERE and self.joined_ms[ticket] == since
            if waits and when > now:
                self.at(when, (AGE, clock, 0))
                return
            rises.popleft()
            if waits:
                self._rise(now, ticket, since)

    def _rise(self, now: int, ticket: int, since: int) -> None:
        could = self._could_rise(ticket)
        rises = min(self.raises, could)
        self.place[ticket] = place = self.place[ticket] - 2 * rises * self.set_aside_bit
        heappush(self._heap_of(ticket), place)
        if could > rises:
            clock = self.aging_clock[ticket]
            self.rises[clock].append((self._rises_ms(now, clock), ticket, since))

    def _could_rise(self, ticket: int) -> int:
        """Return by how many ranks a waiting ticket could rise."""
        rank = self.place[ticket] // self.set_aside_bit >> 1
        highest: int = self.highest[self.kind_of[ticket] <= URGENT][self.priority[ticket]]
        return rank - highest
