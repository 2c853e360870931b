"""Urgent tickets set deferrable work aside: the lowest priority, the latest started of that."""

from __future__ import annotations

from heapq import heappop, heappush

from supportsim.floor.general import DEFERRABLE, URGENT, General
from supportsim.ledger import Event
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload

PREEMPTED = int(Event.PREEMPTED)

Work = tuple[int, int, int, int]
"""(-priority, -when it was begun, agent, ticket): the least is set aside first."""


class Preemption(General):
    """A waiting urgent ticket that nobody is free for interrupts somebody whose only work is less urgent."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Begin without anything to interrupt."""
        super().set_up(plan, workload)
        rules = plan.rules
        self.is_urgent = rules.urgent or (False,) * len(rules.priority_class)
        self.live_is_urgent = rules.urgent_live
        # Only these lanes ever hold tickets that may interrupt.
        self.may_interrupt = [kind != DEFERRABLE for _ in plan.queues for kind in range(self.kinds)]
        self.urgent_lanes_of_team = [
            [lane for kind, lane in lanes if kind != DEFERRABLE] for lanes in self.lanes_of_team
        ]
        # By team; work that is done since is dropped when it comes to the head.
        self.interruptible: list[list[Work]] = [[] for _ in plan.teams]

    def _show(self, now: int, agent: int) -> None:
        super()._show(now, agent)
        hands = self.hands[agent]
        if self.available[agent] and len(hands) == 1:
            ticket, holding = next(iter(hands.items()))
            if holding.kind <= URGENT:
                work = (-self.priority[ticket], -holding.began_ms, agent, ticket)
                heappush(self.interruptible[self.team[agent]], work)

    def _dispatch(self, now: int) -> None:
        super()._dispatch(now)
        while self._interrupt(now):
            super()._dispatch(now)

    def _interrupt(self, now: int) -> bool:
        """Have the first urgent ticket that can interrupt do so; return whether there was one."""
        lanes = {lane for lane in self.touched if self.may_interrupt[lane]}
        for team in sorted({self.team[agent] for agent in self.freed}):
            lanes.update(self.urgent_lanes_of_team[team])
        best: tuple[list[int], Work] | None = None
        for lane in sorted(lanes):
            heap = self.heaps[lane]
            if heap and self._has_waiting(heap) and (best is None or heap[0] < best[0][0]):
                work = self._least_urgent(lane // self.kinds, heap[0] >> self.queue_bits & self.ticket_mask)
                if work is not None:
                    best = heap, work
        if best is None:
            return False
        heap, (_, _, agent, set_aside) = best
        ticket = heappop(heap) >> self.queue_bits & self.ticket_mask
        self.left[set_aside] = self._let_down(now, agent, set_aside).left_at(now)
        self._join(now, set_aside, PREEMPTED, agent, self.set_aside_bit)
        self._take(now, agent, ticket)
        return True

    def _least_urgent(self, queue: int, ticket: int) -> Work | None:
        """Return the work that a waiting ticket may interrupt, if any."""
        urgent = self.is_urgent[self.priority[ticket]]
        urgent_live = self.live_is_urgent and self._is_live(ticket)
        if not (urgent or urgent_live):
            return None
        found: Work | None = None
        for _, team in self.ranked_teams[queue]:
            heap = self.interruptible[team]
            while heap and not self._goes_on(heap[0]):
                heappop(heap)
            if heap and (found is None or heap[0] < found):
                found = heap[0]
        if found is None:
            return None
        lower = -found[0] > self.priority[ticket]
        may = (urgent and lower) or (urgent_live and not self.is_urgent[-found[0]])
        return found if may else None

    def _goes_on(self, work: Work) -> bool:
        """Whether work is still all that its agent has in hand."""
        _, begun_ms, agent, ticket = work
        holding = self.hands[agent].get(ticket)
        same = holding is not None and holding.began_ms == -begun_ms
        return same and len(self.hands[agent]) == 1 and self.available[agent]
