"""Finite lines: a live contact that finds all lines of its channel taken is turned away."""

from __future__ import annotations

from supportsim.floor.general import General
from supportsim.ledger import NOBODY, Event
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload

TURNED_AWAY = int(Event.TURNED_AWAY)


class Lines(General):
    """A line is taken until the customer hangs up: with the answer, after giving up, or to be called back."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Begin with all lines free."""
        super().set_up(plan, workload)
        unlimited = len(workload.tickets)
        self.free_lines = [unlimited if lines < 0 else lines for lines in plan.rules.lines]
        self.on_the_line: set[int] = set()

    def _arrive(self, now: int, ticket: int, what: int) -> None:
        if not self.live[ticket] or self._gets_through(now, ticket):
            super()._arrive(now, ticket, what)

    def _retry(self, now: int, ticket: int) -> None:
        calls = self.attempt[ticket] < self.first_attempt[ticket + 1]
        if not calls or self._gets_through(now, ticket):
            super()._retry(now, ticket)

    def _gets_through(self, now: int, ticket: int) -> bool:
        channel = self.channel[ticket]
        if not self.free_lines[channel]:
            queue = self.stage_queue[self.stage[ticket]]
            self.record((now, ticket, TURNED_AWAY, queue, NOBODY))
            return False
        self.free_lines[channel] -= 1
        self.on_the_line.add(ticket)
        return True

    def _hang_up(self, ticket: int) -> None:
        if ticket in self.on_the_line:
            self.on_the_line.remove(ticket)
            self.free_lines[self.channel[ticket]] += 1

    def _lose_patience(self, now: int, ticket: int, attempt: int) -> None:
        super()._lose_patience(now, ticket, attempt)
        if self.attempt[ticket] != attempt:
            self._hang_up(ticket)
