"""A ticket goes to the fastest at it among those who are free."""

from __future__ import annotations

from supportsim.floor.hands import FULL_SPEED
from supportsim.floor.speed import OwnSpeed
from supportsim.ledger import NOBODY
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload


class BestSkill(OwnSpeed):
    """Of those who are preferred alike, the one who works fastest at the ticket's skill just then gets it."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Look up the skill that each ticket needs."""
        super().set_up(plan, workload)
        self.skill: list[int] = workload.tickets.skill.tolist()

    def _pick(self, queue: int) -> int:
        heap = self.heaps[queue]
        if not self._has_waiting(heap):
            return NOBODY
        return self._pick_for(queue, heap[0] >> self.queue_bits & self.ticket_mask)

    def _pick_for(self, lane: int, ticket: int) -> int:
        standings = (
            (rank, -self._speed(agent, ticket), load, self.idle_since_ms[agent], agent)
            for (rank, load, _), crowd in self.takers[lane]
            for agent in crowd
        )
        best = min(standings, default=None)
        return NOBODY if best is None else best[-1]

    def _speed(self, agent: int, ticket: int) -> int:
        return self.speed_at[agent][self.skill[ticket]] * self.speed_today[agent] // FULL_SPEED
