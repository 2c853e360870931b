"""Finite lines: a live contact that finds all lines of its channel taken is turned away."""

from __future__ import annotations

from supportsim.floor.general import General
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload


class Lines(General):
    """A line is taken until the customer hangs up: with the answer, after giving up, or to be called back."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Begin with all lines free."""
        super().set_up(plan, workload)
        unlimited = len(workload.tickets)
        self.free_lines = [unlimited if lines < 0 else lines for lines in plan.rules.lines]
        self.on_the_line: set[int] = set()

    def _gets_through(self, ticket: int) -> bool:
        channel = self.channel[ticket]
        if not (self.free_lines[channel] and super()._gets_through(ticket)):
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
