"""Who takes which ticket: the one dispatch that ends each instant."""

from __future__ import annotations

from heapq import heappop

from supportsim.floor.instants import Order
from supportsim.floor.state import NOWHERE, State
from supportsim.ledger import NOBODY, Event

# Plain integers: a member of an IntEnum costs a method call at every comparison.
WORK_END = int(Order.WORK_END)
STARTED, RESUMED = int(Event.STARTED), int(Event.RESUMED)


class Matching(State):
    """Matches waiting tickets and free agents, best ticket first, until no pair is left.

    No pair that could be matched remains when an instant ends. Therefore a single agent
    who gets free, or a single ticket that joins a queue, is the only one that can be
    matched at its instant, which is nearly every instant; only where several things
    happen at once is there anything to compare.
    """

    __slots__ = ()

    def settle(self, now: int) -> None:
        """Dispatch what the changes of this instant made possible."""
        freed, touched = self.freed, self.touched
        if not freed:
            if len(touched) == 1:
                self._give_out(now, touched[0])
            elif touched:
                self._match(now, sorted(set(touched)), [])
        elif len(freed) == 1 and self.available[freed[0]]:
            agent = freed[0]
            if not touched:
                self._take_next(now, agent)
            elif len(touched) == 1 and touched[0] not in self.queues_of_team[self.team[agent]]:
                self._settle_apart(now, agent, touched[0])
            else:
                self._match_all(now)
        else:
            self._match_all(now)
        freed.clear()
        touched.clear()

    def _take_at_once(self, now: int, ticket: int, event: int) -> bool:
        """Have an idle agent take a ticket that comes alone, before its patience or its delays begin to count."""
        queue = self.stage_queue[self.stage[ticket]]
        # Most queues have one team, so that there is nothing to pick from.
        idle = self.sole_idle[queue]
        agent = self._pick(queue) if idle is None else idle[0] if idle else NOBODY
        if agent == NOBODY:
            return False
        self.record((now, ticket, event, queue, NOBODY))
        self.idle[self.team[agent]].popleft()
        self._take(now, agent, ticket)
        return True

    def _give_out(self, now: int, queue: int) -> None:
        """Match the tickets of one queue with idle agents."""
        heap = self.heaps[queue]
        while self._has_waiting(heap):
            agent = self._pick(queue)
            if agent == NOBODY:
                return
            self.idle[self.team[agent]].popleft()
            self._take(now, agent, heappop(heap) >> self.queue_bits & self.ticket_mask)

    def _take_next(self, now: int, agent: int) -> None:
        """Have an agent who just got free take the best ticket, or idle."""
        best = self._best_heap(agent)
        if best is not None:
            self._take(now, agent, heappop(best) >> self.queue_bits & self.ticket_mask)
        else:
            self.idle[self.team[agent]].append(agent)
            self.idle_since_ms[agent] = now

    def _settle_apart(self, now: int, agent: int, queue: int) -> None:
        """Match an agent who got free and a ticket that joined a queue of other teams, the better ticket first."""
        best, joined = self._best_heap(agent), self.heaps[queue]
        if best is not None and self._has_waiting(joined) and best[0] < joined[0]:
            self._take_next(now, agent)
            self._give_out(now, queue)
        else:
            self._give_out(now, queue)
            self._take_next(now, agent)

    def _match_all(self, now: int) -> None:
        """Match over several queues and agents."""
        touched = set(self.touched)
        returning = []
        for agent in sorted(set(self.freed)):
            if self.available[agent]:
                team = self.team[agent]
                self.idle[team].append(agent)
                self.idle_since_ms[agent] = now
                touched.update(self.queues_of_team[team])
                if self.own[agent]:
                    returning.append(agent)
        self._match(now, sorted(touched), returning)

    def _match(self, now: int, queues: list[int], returning: list[int]) -> None:
        while True:
            best_heap: list[int] | None = None
            taker = NOBODY
            for queue in queues:
                heap = self.heaps[queue]
                if self._has_waiting(heap) and (best_heap is None or heap[0] < best_heap[0]):
                    agent = self._pick(queue)
                    if agent != NOBODY:
                        best_heap, taker = heap, agent
            for agent in returning:
                if self.in_hand[agent] == NOBODY and (best_heap is None or self.own[agent][0] < best_heap[0]):
                    best_heap, taker = self.own[agent], agent
            if best_heap is None:
                return
            self.idle[self.team[taker]].remove(taker)
            self._take(now, taker, heappop(best_heap) >> self.queue_bits & self.ticket_mask)

    def _has_waiting(self, heap: list[int]) -> bool:
        """Tell whether anything waits in a queue, dropping heads whose ticket has left since."""
        place, queue_bits, ticket_mask = self.place, self.queue_bits, self.ticket_mask
        while heap:
            if place[heap[0] >> queue_bits & ticket_mask] == heap[0]:
                return True
            heappop(heap)
        return False

    def _best_heap(self, agent: int) -> list[int] | None:
        """Return the heap with the best ticket for an agent: of the team's queues, or of the agent's own work."""
        best: list[int] | None = self.own[agent] or None
        place, queue_bits, ticket_mask = self.place, self.queue_bits, self.ticket_mask
        for heap in self.heaps_of_team[self.team[agent]]:
            while heap:
                head = heap[0]
                if place[head >> queue_bits & ticket_mask] == head:
                    if best is None or head < best[0]:
                        best = heap
                    break
                heappop(heap)
        return best

    def _pick(self, queue: int) -> int:
        """Return the idle agent with the best (rank, longest idle, person), or NOBODY."""
        sole_idle = self.sole_idle[queue]
        if sole_idle is not None:
            return sole_idle[0] if sole_idle else NOBODY
        candidates = [(rank, self.idle_since_ms[idle[0]], idle[0]) for rank, idle in self.ranked_idle[queue] if idle]
        return min(candidates)[2] if candidates else NOBODY

    def _take(self, now: int, agent: int, ticket: int) -> None:
        self.place[ticket] = NOWHERE
        if ticket in self.left_ms:
            event, work_ms = RESUMED, self.left_ms.pop(ticket)
        else:
            event, work_ms = STARTED, self.stage_work_ms[self.stage[ticket]]
        last = self.last_agent[ticket]
        if last != agent:
            self.last_agent[ticket] = agent
            if last != NOBODY:
                work_ms += self.reading_in_ms
        self.in_hand[agent] = ticket
        self.work_end_ms[agent] = end_ms = now + work_ms
        self.record((now, ticket, event, self.team[agent], agent))
        self.at(end_ms, (WORK_END, agent, 0))
