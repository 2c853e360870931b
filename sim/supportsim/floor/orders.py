"""Orders other than by waiting: what falls due first, or the least work; and aging, which helps the rest."""

from __future__ import annotations

from heapq import heappush

from supportsim.floor.general import General
from supportsim.floor.instants import Handler, Order
from supportsim.floor.state import LONGEST_BITS, NOWHERE, ranks
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
        self.waits_since: dict[int, int] = {}

    def handlers(self) -> dict[Order, Handler]:
        """Add the rise of a ticket."""
        return super().handlers() | {Order.AGE: self._age}

    def _join(self, now: int, ticket: int, event: int, agent: int, set_aside: int = 0) -> None:
        super()._join(now, ticket, event, agent, set_aside)
        self.waits_since[ticket] = now
        if self._could_rise(ticket):
            self.at(now + self.aging_ms, (AGE, ticket, now))

    def _could_rise(self, ticket: int) -> int:
        """Return by how many ranks a waiting ticket could rise."""
        rank = self.place[ticket] // self.set_aside_bit >> 1
        highest: int = self.highest[not self._is_live(ticket)][self.priority[ticket]]
        return rank - highest

    def _take(self, now: int, agent: int, ticket: int) -> None:
        self.waits_since.pop(ticket, None)
        super()._take(now, agent, ticket)

    def _age(self, now: int, ticket: int, since: int) -> None:
        place = self.place[ticket]
        if place == NOWHERE or self.waits_since.get(ticket) != since:
            return
        could = self._could_rise(ticket)
        rises = min(self.raises, could)
        self.place[ticket] = place = place - 2 * rises * self.set_aside_bit
        heappush(self._heap_of(ticket), place)
        if could > rises:
            self.at(now + self.aging_ms, (AGE, ticket, since))
