"""Urgent tickets set deferrable work aside: the lowest priority, the latest started of that."""

from __future__ import annotations

from heapq import heappop

from supportsim.floor.general import General
from supportsim.floor.hands import DEFERRABLE, Crowd, Load
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
        self.urgent_heaps = [heap for heap, may in zip(self.heaps, self.may_interrupt, strict=True) if may]
        # By team: those whose only work in hand is deferrable.
        self.interruptible: list[list[Crowd]] = [[] for _ in plan.teams]

    def _open(self, team: int, load: Load) -> Crowd:
        crowd = super()._open(team, load)
        in_hand, _, has_deferrable, _ = load
        if in_hand == 1 and has_deferrable:
            self.interruptible[team].append(crowd)
        return crowd

    def _dispatch(self, now: int) -> None:
        super()._dispatch(now)
        while any(self.urgent_heaps) and self._interrupt(now):
            super()._dispatch(now)

    def _nobody_takes(self, now: int) -> None:
        if self.may_interrupt[self.touched[0]]:
            self.settle(now)
        else:
            super()._nobody_takes(now)

    def _interrupt(self, now: int) -> bool:
        """Have the first urgent ticket that can interrupt do so; return whether there was one."""
        heaps = self.heaps
        lanes = [lane for lane in self.touched if heaps[lane] and self.may_interrupt[lane]]
        for team in dict.fromkeys([self.team[agent] for agent in self.freed]):
            lanes += [lane for lane in self.urgent_lanes_of_team[team] if heaps[lane]]
        best: tuple[list[int], Work] | None = None
        for lane in sorted(set(lanes)):
            heap = heaps[lane]
            if self._has_waiting(heap) and (best is None or heap[0] < best[0][0]):
                work = self._least_urgent(lane // self.kinds, heap[0] >> self.queue_bits & self.ticket_mask)
                if work is not None:
                    best = heap, work
        if best is None:
            return False
        heap, (_, _, agent, set_aside) = best
        ticket = heappop(heap) >> self.queue_bits & self.ticket_mask
        if not self._stops_helping(now, agent):
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
        works = [
            self._work(agent)
            for _, team in self.ranked_teams[queue]
            for crowd in self.interruptible[team]
            for agent in crowd
        ]
        if not works:
            return None
        found = min(works)
        lower = -found[0] > self.priority[ticket]
        may = (urgent and lower) or (urgent_live and not self.is_urgent[-found[0]])
        return found if may else None

    def _work(self, agent: int) -> Work:
        """Return the only work that an agent has in hand."""
        ((ticket, holding),) = self.hands[agent].items()
        return -self.priority[ticket], -holding.began_ms, agent, ticket
