"""The general floor: agents with several contacts in hand, at any pace, and hooks for every further rule.

An agent's *load* tells what he may take: how many contacts are in hand, how many the live ones among
them allow, whether deferrable work is one of them, and whether he owns all he may own. A ticket's
*kind* tells what taking it asks for: deferrable work or a live contact with its limit. Who can take
what is then a small table, agents are kept by team and load, and tickets by queue and kind (a
*lane*), so that nothing is ever searched.

Work left is counted in millionths of a millisecond at full speed. It stays exact however
often the pace changes; only ends are rounded, up to the millisecond.
"""

from __future__ import annotations

from heapq import heappop, heappush

from supportsim.floor.instants import Handler, Order
from supportsim.floor.matching import RESUMED, STARTED, WORK_END
from supportsim.floor.plain import AGENT_OFF, AGENT_ON, PASSED_ON, RELEASED, SUSPENDED, Plain
from supportsim.floor.state import NOWHERE
from supportsim.ledger import NOBODY
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload

FULL_SPEED = 1_000_000
"""The pace, in millionths, at which a millisecond of work takes a millisecond."""

UNLIMITED = 1 << 30
"""How many contacts deferrable work in hand allows: it is the load that forbids them."""

DEFERRABLE, URGENT = 0, 1
"""Kinds of tickets that are not live; from 2 on, live contacts by their limit. Only a limit on what
people own sets the urgent apart."""

Load = tuple[int, int, bool, bool]
"""(in hand, how many the live ones allow, deferrable work in hand, owns all that is allowed)."""


class Holding:
    """A ticket in an agent's hands."""

    __slots__ = ("began_ms", "end_ms", "kind", "left", "pace", "paced_ms")

    def __init__(self, kind: int, left: int, now: int) -> None:
        self.kind = kind
        self.left = left
        """Millionths of a millisecond of work, as of ``paced_ms``."""
        self.began_ms = self.paced_ms = now
        self.pace = 0
        self.end_ms = NOBODY

    def left_at(self, now: int) -> int:
        """Return the work left."""
        return self.left - (now - self.paced_ms) * self.pace


class General(Plain):
    """Tickets in lanes, agents by load, work at a pace."""

    def __init__(self, plan: Plan, workload: Workload) -> None:
        super().__init__(plan, workload)
        self.set_up(plan, workload)

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Make ready before anything happens; features extend it."""
        self._set_up_kinds(plan, workload)
        people = range(len(self.team))
        self.hands: list[dict[int, Holding]] = [{} for _ in people]
        self.load: list[Load] = [(0, UNLIMITED, False, False) for _ in people]
        self.takes: dict[Load, tuple[bool, ...]] = {}
        # By team and load: those who are there, in the order in which they came to that load, and what they may take.
        self.open: list[dict[Load, dict[int, None]]] = [{} for _ in plan.teams]
        self.heaps_open: list[dict[Load, list[list[int]]]] = [{} for _ in plan.teams]
        self.shown: list[dict[int, None] | None] = [None for _ in people]
        self.unpaced: list[int] = []
        self.left: dict[int, int] = {}
        self.keeper: dict[int, int] = {}

    def _set_up_kinds(self, plan: Plan, workload: Workload) -> None:
        rules = plan.rules
        limits = rules.concurrency or (1,) * len(plan.channels)
        distinct = sorted(set(limits))
        self.limits = [UNLIMITED, UNLIMITED, *distinct]
        self.kinds = len(self.limits)
        self.kind_of_channel = [2 + distinct.index(limit) for limit in limits]
        self.channel = memoryview(workload.tickets.channel)  # type: ignore[arg-type]
        self.priority = memoryview(workload.tickets.priority)  # type: ignore[arg-type]
        urgent = rules.urgent or (False,) * len(rules.priority_class)
        self.kind_of_priority = [URGENT if is_urgent else DEFERRABLE for is_urgent in urgent]
        self.pace_of_channel = rules.pace_ppm or ((FULL_SPEED,),) * len(plan.channels)
        self.blending = rules.blending
        self.by_load = -1 if rules.to_busiest else 1
        self.heaps = [[] for _ in range(len(plan.queues) * self.kinds)]
        self.lanes_of_team = [
            [(kind, queue * self.kinds + kind) for queue in queues for kind in range(self.kinds)]
            for queues in self.queues_of_team
        ]
        self.ranked_teams = [tuple(zip(queue.ranks, queue.teams, strict=True)) for queue in plan.queues]

    def handlers(self) -> dict[Order, Handler]:
        """Return what makes each kind of change happen; features add theirs."""
        return super().handlers() | {Order.WORK_END: self._end_holding}

    def lone_handlers(self) -> dict[Order, Handler]:
        """Return none: there are no short cuts."""
        return {order: self._and_settle(handler) for order, handler in self.handlers().items()}

    # Tickets.

    def _kind(self, ticket: int) -> int:
        if self.live[ticket] and self._is_live(ticket):
            return self.kind_of_channel[self.channel[ticket]]
        return self.kind_of_priority[self.priority[ticket]]

    def _wait(self, now: int, ticket: int, place: int, queue: int, event: int, agent: int) -> None:
        self.place[ticket] = place
        lane = queue * self.kinds + self._kind(ticket)
        heappush(self.heaps[lane], place)
        self.touched.append(lane)
        self.record((now, ticket, event, queue, agent))

    def _keep(self, agent: int, ticket: int, place: int) -> None:
        """Have a ticket wait for one person; ``place`` is one in no queue."""
        self.place[ticket] = place
        self.keeper[ticket] = agent
        heappush(self.own[agent], place)

    def _heap_of(self, ticket: int) -> list[int]:
        """Return the heap in which a ticket waits."""
        if self._is_kept(ticket):
            return self.own[self.keeper[ticket]]
        return self.heaps[self._queue_at(self.place[ticket]) * self.kinds + self._kind(ticket)]

    def _queue_at(self, place: int) -> int:
        queue = super()._queue_at(place)
        if queue == self.own_queue:
            return self.stage_queue[self.stage[place >> self.queue_bits & self.ticket_mask]]
        return queue

    def _withdraw(self, now: int, ticket: int) -> None:
        """Take a waiting ticket out of its line."""
        self.place[ticket] = NOWHERE

    def _is_kept(self, ticket: int) -> bool:
        """Whether a waiting ticket waits for one person."""
        return super()._queue_at(self.place[ticket]) == self.own_queue

    def _kept_by(self, agent: int) -> list[int]:
        """Return the tickets that wait for an agent."""
        places = sorted(set(self.own[agent]))
        tickets = [(place, place >> self.queue_bits & self.ticket_mask) for place in places]
        return [ticket for place, ticket in tickets if self.place[ticket] == place]

    def _pass_on(self, now: int, agent: int) -> None:
        for ticket in self._kept_by(agent):
            self._join(now, ticket, PASSED_ON, agent, self.set_aside_bit)
        self.own[agent].clear()

    def _widen(self, now: int, ticket: int, joined_ms: int) -> None:
        if self.place[ticket] == NOWHERE or not self._is_kept(ticket):
            super()._widen(now, ticket, joined_ms)

    # Dispatch.

    def settle(self, now: int) -> None:
        """Dispatch what the changes of this instant made possible, then let everybody work at the new pace."""
        if self.freed or self.touched:
            self._dispatch(now)
            self.freed.clear()
            self.touched.clear()
        if self.unpaced:
            for agent in dict.fromkeys(self.unpaced):
                self._pace_hands(now, agent)
            self.unpaced.clear()

    def _dispatch(self, now: int) -> None:
        freed, touched = self.freed, self.touched
        if len(touched) == 1 and not freed:
            self._give_out(now, touched[0])
        elif len(freed) == 1 and not touched:
            self._take_next(now, freed[0])
        else:
            self._match_all(now)

    def _give_out(self, now: int, queue: int) -> None:
        """Match the tickets of one lane with agents who may take them."""
        heap = self.heaps[queue]
        while self._has_waiting(heap):
            agent = self._pick(queue)
            if agent == NOBODY:
                return
            self._take(now, agent, heappop(heap) >> self.queue_bits & self.ticket_mask)

    def _take_next(self, now: int, agent: int) -> None:
        """Have an agent take the best tickets until no more fits."""
        while self.available[agent]:
            best = self._best_heap(agent)
            if best is None:
                return
            self._take(now, agent, heappop(best) >> self.queue_bits & self.ticket_mask)

    def _best_heap(self, agent: int) -> list[int] | None:
        load, own = self.load[agent], self.own[agent]
        best = own if own and self.takes[load][-1] and self._has_waiting(own) else None
        for heap in self.heaps_open[self.team[agent]][load]:
            if heap and self._has_waiting(heap) and (best is None or heap[0] < best[0]):
                best = heap
        return best

    def _match_all(self, now: int) -> None:
        touched = set(self.touched)
        freed = [agent for agent in sorted(set(self.freed)) if self.available[agent]]
        for team in sorted({self.team[agent] for agent in freed}):
            touched.update(lane for _, lane in self.lanes_of_team[team])
        self._match(now, sorted(touched), [agent for agent in freed if self.own[agent]])

    def _match(self, now: int, queues: list[int], returning: list[int]) -> None:
        while True:
            best: list[int] | None = None
            taker = NOBODY
            for lane in queues:
                heap = self.heaps[lane]
                if heap and self._has_waiting(heap) and (best is None or heap[0] < best[0]):
                    agent = self._pick(lane)
                    if agent != NOBODY:
                        best, taker = heap, agent
            for agent in returning:
                own = self.own[agent]
                may_take = self.takes[self.load[agent]][-1]
                if may_take and self._has_waiting(own) and (best is None or own[0] < best[0]):
                    best, taker = own, agent
            if best is None:
                return
            self._take(now, taker, heappop(best) >> self.queue_bits & self.ticket_mask)

    def _pick(self, queue: int) -> int:
        """Return who gets the next ticket of a lane: the best (rank, in hand, longest so, person), or NOBODY."""
        queue, kind = divmod(queue, self.kinds)
        best: tuple[int, int, int, int] | None = None
        for rank, team in self.ranked_teams[queue]:
            for load, agents in self.open[team].items():
                if agents and self.takes[load][kind]:
                    agent = next(iter(agents))
                    standing = (rank, self.by_load * load[0], self.idle_since_ms[agent], agent)
                    if best is None or standing < best:
                        best = standing
        return NOBODY if best is None else best[3]

    # Hands.

    def _take(self, now: int, agent: int, ticket: int) -> None:
        self.place[ticket] = NOWHERE
        if ticket in self.left:
            event, left = RESUMED, self.left.pop(ticket)
        else:
            event, left = STARTED, self.stage_work_ms[self.stage[ticket]] * FULL_SPEED
        last = self.last_agent[ticket]
        if last != agent:
            self.last_agent[ticket] = agent
            if last != NOBODY:
                left += self.reading_in_ms * FULL_SPEED
        self.hands[agent][ticket] = Holding(self._kind(ticket), left, now)
        self.record((now, ticket, event, self.team[agent], agent))
        self._show(now, agent)

    def _let_down(self, now: int, agent: int, ticket: int) -> Holding:
        """Take a ticket out of an agent's hands."""
        holding = self.hands[agent].pop(ticket)
        self._show(now, agent)
        return holding

    def _end_holding(self, now: int, agent: int, ticket: int) -> None:
        holding = self.hands[agent].get(ticket)
        # Work that was set aside or changed its pace leaves its end on the calendar.
        if holding is not None and holding.end_ms == now:
            self._let_down(now, agent, ticket)
            self._end_touch(now, ticket, agent)

    def _pace_hands(self, now: int, agent: int) -> None:
        """Let what an agent holds go on at the pace that its number allows."""
        hands = self.hands[agent]
        for ticket, holding in hands.items():
            pace = self._pace(agent, ticket, len(hands))
            if pace != holding.pace:
                holding.left = left = holding.left_at(now)
                holding.paced_ms, holding.pace = now, pace
                holding.end_ms = now - (-left // pace)
                self.at(holding.end_ms, (WORK_END, agent, ticket))

    def _pace(self, agent: int, ticket: int, in_hand: int) -> int:
        """Return the pace, in millionths of full speed, of a ticket in hand beside others."""
        paces = self.pace_of_channel[self.channel[ticket]]
        return paces[min(in_hand, len(paces)) - 1]

    def _show(self, now: int, agent: int) -> None:
        """Show what an agent may take, after a change, to those who look for somebody."""
        shown = self.shown[agent]
        self.unpaced.append(agent)
        if not self.available[agent]:
            if shown is not None:
                del shown[agent]
                self.shown[agent] = None
            return
        self.freed.append(agent)
        load = self._load(agent)
        if shown is not None:
            if load == self.load[agent]:
                return
            del shown[agent]
        self.load[agent] = load
        of_team = self.open[self.team[agent]]
        if load not in of_team:
            self._open(self.team[agent], load)
        self.shown[agent] = shown = of_team[load]
        self.idle_since_ms[agent] = now
        shown[agent] = None
        if len(shown) > 1:
            self._line_up(now, agent, shown)

    def _open(self, team: int, load: Load) -> None:
        """Make room for those of a team who have a load that nobody there had before."""
        self.takes[load] = takes = self._takes(load)
        self.open[team][load] = {}
        self.heaps_open[team][load] = [self.heaps[lane] for kind, lane in self.lanes_of_team[team] if takes[kind]]

    def _line_up(self, now: int, agent: int, shown: dict[int, None]) -> None:
        """Put those who came to a load at one instant in the order of their numbers."""
        behind = []
        for other in reversed(shown):
            if self.idle_since_ms[other] != now:
                break
            if other > agent:
                behind.append(other)
        for other in sorted(behind):
            del shown[other]
            shown[other] = None

    def _load(self, agent: int) -> Load:
        hands = self.hands[agent]
        room, has_deferrable = UNLIMITED, False
        for holding in hands.values():
            kind = holding.kind
            if kind <= URGENT:
                has_deferrable = True
            elif self.limits[kind] < room:
                room = self.limits[kind]
        return len(hands), room, has_deferrable, self._owns_enough(agent)

    def _owns_enough(self, agent: int) -> bool:
        """Whether an agent owns all that the rules allow."""
        return False

    def _takes(self, load: Load) -> tuple[bool, ...]:
        """Return by kind whether somebody with this load may take it, and last whether what is his own."""
        in_hand, room, has_deferrable, owns_enough = load
        more = not has_deferrable and (not in_hand or (self.blending and in_hand < room))
        live = [in_hand < min(room, limit) and (not has_deferrable or self.blending) for limit in self.limits[2:]]
        return (more and not owns_enough, more, *live, more)

    # Coming and going.

    def _come_on(self, now: int, agent: int) -> None:
        self.available[agent] = True
        self.record((now, NOBODY, AGENT_ON, self.team[agent], agent))
        self._show(now, agent)

    def _go_off(self, now: int, agent: int, reason: int, keeps_work: int) -> None:
        self.available[agent] = False
        self._show(now, agent)
        for ticket, holding in list(self.hands[agent].items()):
            if not self._may_finish(now, holding):
                self._put_aside(now, agent, ticket, keeps_work)
        if not keeps_work:
            self._pass_on(now, agent)
        self.record((now, NOBODY, AGENT_OFF, reason, agent))

    def _may_finish(self, now: int, holding: Holding) -> bool:
        """Whether what is in hand goes on past the end of the agent's time."""
        is_live = holding.kind > URGENT
        return self.finish_deferrable or is_live or holding.end_ms - now <= self.grace_ms

    def _put_aside(self, now: int, agent: int, ticket: int, keeps_work: int) -> None:
        self.left[ticket] = self._let_down(now, agent, ticket).left_at(now)
        if keeps_work:
            self._keep(agent, ticket, self._place_in(now, ticket, self.own_queue) - self.set_aside_bit)
            self.record((now, ticket, SUSPENDED, self.team[agent], agent))
        else:
            self._join(now, ticket, RELEASED, agent, self.set_aside_bit)
