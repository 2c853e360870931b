"""Tickets that are somebody's: handed out in turn or by load, kept by who had them, and a limit on how many."""

from __future__ import annotations

from heapq import heappop, heappush

from supportsim.floor.general import General
from supportsim.floor.hands import DEFERRABLE, URGENT, Holding
from supportsim.floor.instants import Handler, Order
from supportsim.ledger import NOBODY, Event
from supportsim.plan.model import Assignment, Plan
from supportsim.workload.model import Workload

ASSIGNED, LET_GO, PREEMPTED = int(Event.ASSIGNED), int(Event.LET_GO), int(Event.PREEMPTED)
LETS_GO = int(Order.LET_GO)


class OwnLimit(General):
    """A limit on what people own where tickets are not handed out.

    Only what is set aside for somebody counts: who has deferrable work in hand takes no more of it anyway.
    """

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Begin with nothing set aside."""
        super().set_up(plan, workload)
        self.owns_at_most = plan.rules.owns_at_most
        self.kept = [0 for _ in self.team]

    def _count(self, agent: int, change: int) -> None:
        self.kept[agent] += change
        self._owns_enough(agent, self.kept[agent] >= self.owns_at_most)

    def _keep(self, agent: int, ticket: int, place: int) -> None:
        super()._keep(agent, ticket, place)
        self._count(agent, 1)

    def _unkeep(self, ticket: int) -> None:
        self._count(self.keeper[ticket], -1)
        super()._unkeep(ticket)


class Ownership(General):
    """Deferrable tickets wait for one person.

    What comes back goes to who had it last, if that person may take it and is there or back in
    time. The urgent, the live and what was set aside for them is anyone's.
    """

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Begin with nobody owning anything."""
        super().set_up(plan, workload)
        rules = plan.rules
        self.in_turn = rules.assignment == Assignment.ROUND_ROBIN
        self.least_loaded = rules.assignment == Assignment.LEAST_LOADED
        self.limits_waits = rules.assignment == Assignment.SAME_AGENT and rules.owner_waits_ms >= 0
        self.owner_waits_ms, self.owns_at_most = rules.owner_waits_ms, rules.owns_at_most
        people = range(len(self.team))
        self.owner = [NOBODY] * len(self.place)
        self.owned = [0 for _ in people]
        self.assigned_ms: dict[int, int] = {}
        self.to_assign: list[int] = []
        self.gone = [True for _ in people]
        self.people_of_queue: list[list[int]] = [
            [person for person in people if self.team[person] in queue.teams] for queue in plan.queues
        ]
        self.next_in_turn = [0 for _ in plan.queues]
        # By team (owned, person); counts that have changed since are dropped when they come to the head.
        self.by_owned: list[list[tuple[int, int]]] = [[] for _ in plan.teams]

    def handlers(self) -> dict[Order, Handler]:
        """Add the end of the wait for an owner."""
        return super().handlers() | {Order.LET_GO: self._owner_did_not_come}

    # Whose.

    def _join(self, now: int, ticket: int, event: int, agent: int, set_aside: int = 0) -> None:
        super()._join(now, ticket, event, agent, set_aside)
        if self.kind_of[ticket] == DEFERRABLE and event != PREEMPTED:
            self.to_assign.append(ticket)

    def _hand_out(self, now: int) -> None:
        self._assign_all(now)
        if self._is_kept(self.joined[0]):
            self.settle(now)
        else:
            super()._hand_out(now)

    def settle(self, now: int) -> None:
        """Say whose the new tickets are, then dispatch."""
        if self.to_assign:
            self._assign_all(now)
        super().settle(now)

    def _assign_all(self, now: int) -> None:
        to_assign = self.to_assign
        for ticket in to_assign if len(to_assign) < 2 else sorted(set(to_assign)):
            agent = self._whose(ticket)
            if agent != NOBODY:
                self._assign(now, ticket, agent)
        to_assign.clear()

    def _assign(self, now: int, ticket: int, agent: int) -> None:
        queue = self._queue_at(self.place[ticket])
        self._keep(agent, ticket, self.place[ticket] - queue + self.own_queue)
        self._own(ticket, agent)
        self.assigned_ms[ticket] = now
        self.record((now, ticket, ASSIGNED, queue, agent))
        if self.available[agent]:
            self._show(now, agent)
        if self.limits_waits:
            self.at(now + self.owner_waits_ms, (LETS_GO, ticket, now))

    def _whose(self, ticket: int) -> int:
        place = self.place[ticket]
        queue = self._queue_at(place)
        if self.withholds and self._is_held_back(ticket, place, queue):
            return NOBODY
        last = self.last_agent[ticket]
        may = last != NOBODY and self.team[last] in self.queues[queue].teams
        if may and not self.gone[last] and not self.owns_enough[last]:
            return last
        if self.in_turn:
            return self._in_turn(queue)
        return self._with_fewest(queue) if self.least_loaded else NOBODY

    def _in_turn(self, queue: int) -> int:
        people = self.people_of_queue[queue]
        first = self.next_in_turn[queue]
        for place in (*range(first, len(people)), *range(first)):
            agent: int = people[place]
            if self.available[agent] and not self.owns_enough[agent]:
                self.next_in_turn[queue] = (place + 1) % len(people)
                return agent
        return NOBODY

    def _with_fewest(self, queue: int) -> int:
        best: tuple[int, int, int] = (0, 0, NOBODY)
        for rank, team in self.ranked_teams[queue]:
            heap = self.by_owned[team]
            while heap and (heap[0][0] != self.owned[heap[0][1]] or not self.available[heap[0][1]]):
                heappop(heap)
            if heap and not self.owns_enough[heap[0][1]]:
                standing = (rank, heap[0][0], heap[0][1])
                best = standing if best[2] == NOBODY else min(best, standing)
        return best[2]

    def _own(self, ticket: int, agent: int) -> None:
        if self.owner[ticket] != agent:
            self.owner[ticket] = agent
            self._count(agent, 1)

    def _disown(self, ticket: int) -> None:
        agent = self.owner[ticket]
        if agent != NOBODY:
            self.owner[ticket] = NOBODY
            self._count(agent, -1)

    def _count(self, agent: int, change: int) -> None:
        self.owned[agent] = owned = self.owned[agent] + change
        enough = 0 < self.owns_at_most <= owned
        if enough != self.owns_enough[agent]:
            self._owns_enough(agent, enough)
        if self.least_loaded:
            heappush(self.by_owned[self.team[agent]], (owned, agent))

    # No longer whose.

    def _owner_did_not_come(self, now: int, ticket: int, assigned_ms: int) -> None:
        if self.assigned_ms.get(ticket) == assigned_ms:
            self._let_go(now, ticket)

    def _let_go(self, now: int, ticket: int) -> None:
        """Have a ticket wait on for anyone, in its place."""
        agent, place = self.owner[ticket], self.place[ticket]
        queue = self.stage_queue[self.stage[ticket]]
        del self.assigned_ms[ticket]
        self._disown(ticket)
        self._wait(now, ticket, place - self.own_queue + queue, queue, LET_GO, agent)
        if self.available[agent]:
            self._show(now, agent)

    def _held_back_anew(self, now: int, queue: int, before: list[int]) -> None:
        for ticket in sorted(self.assigned_ms):
            place = self.place[ticket]
            if self._queue_at(place) == queue and self._is_held_back(ticket, place, queue):
                self._let_go(now, ticket)
        tickets = [(place, place >> self.queue_bits & self.ticket_mask) for place in before]
        self.to_assign += [ticket for place, ticket in tickets if self.place[ticket] == place]

    def _withdraw(self, now: int, ticket: int) -> None:
        if ticket in self.assigned_ms:
            self._let_go(now, ticket)
        super()._withdraw(now, ticket)

    def _pass_on(self, now: int, agent: int) -> None:
        # Whose work is anyone's now is not back in time.
        self.gone[agent] = True
        mine = sorted(self._kept_by(agent), key=lambda ticket: self.place[ticket])
        for ticket in mine:
            if ticket in self.assigned_ms:
                self._let_go(now, ticket)
                self.to_assign.append(ticket)
            else:
                self._disown(ticket)
        super()._pass_on(now, agent)

    # Hands.

    def _take(self, now: int, agent: int, ticket: int) -> None:
        if ticket in self.assigned_ms:
            del self.assigned_ms[ticket]
        if self.kind_of[ticket] <= URGENT:
            self._own(ticket, agent)
        super()._take(now, agent, ticket)

    def _let_down(self, now: int, agent: int, ticket: int) -> Holding:
        self._disown(ticket)
        return super()._let_down(now, agent, ticket)

    def _put_aside(self, now: int, agent: int, ticket: int, keeps_work: int) -> None:
        super()._put_aside(now, agent, ticket, keeps_work)
        if keeps_work:
            self._own(ticket, agent)

    def _come_on(self, now: int, agent: int) -> None:
        self.gone[agent] = False
        super()._come_on(now, agent)
        self._count(agent, 0)
