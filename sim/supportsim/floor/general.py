"""The general floor: agents with several contacts in hand, at any pace, and hooks for every further rule.

A ticket's *kind* tells what taking it asks for: deferrable work or a live contact with its limit. Tickets are
kept by queue and kind (see `lanes`), and agents by team and load (see `crowds`), so that who can take what is a
small table and nothing is ever searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop

from supportsim.floor.crowds import Crowds
from supportsim.floor.hands import ANY_MS, FULL_SPEED, URGENT, Crowd, Holding
from supportsim.floor.instants import Handler, Order
from supportsim.floor.matching import RESUMED, STARTED, WORK_END
from supportsim.floor.plain import AGENT_OFF, AGENT_ON, RELEASED, SUSPENDED
from supportsim.floor.state import NOWHERE
from supportsim.ledger import NOBODY
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload


class General(Crowds):
    """Tickets in lanes, agents by load, work at a pace."""

    __slots__ = (
        "alert", "left", "noted", "pace_of_channel", "paces", "served_by", "sort", "watched",
    )  # fmt: skip

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Make ready before anything happens; features extend it."""
        super().set_up(plan, workload)
        self._set_up_paces(plan, workload)
        self.watched: set[int] = set()
        """People at whom features look after their next touch, with ``_look_at``, which may go on watching."""
        self.noted: Mapping[int, object] = {}
        """Waiting tickets of which a feature wants to hear when they are taken, with ``_waits_no_more``."""
        self.alert = False
        """Whether a feature wants to act after the next matching, with ``_after_matching``."""
        self.left: dict[int, int] = {}
        self.served_by = [{lane for _, lane in lanes} for lanes in self.lanes_of_team]

    def _set_up_paces(self, plan: Plan, workload: Workload) -> None:
        channels = range(len(plan.channels))
        most = 1 + max(self.limits[2:], default=1)
        stated = plan.rules.pace_ppm or ((FULL_SPEED,),) * len(plan.channels)
        self.pace_of_channel = [tuple(paces[min(n, len(paces) - 1)] for n in range(most)) for paces in stated]
        tickets = workload.tickets
        self.sort: list[int] = (tickets.skill.astype(int) * len(channels) + tickets.channel).tolist()
        usual = [self.pace_of_channel[channel] for _ in plan.skills for channel in channels]
        self.paces = [usual for _ in self.team]
        """By person, and by skill and channel of a ticket: the pace by number in hand, less 1, of what is taken now."""

    def handlers(self) -> dict[Order, Handler]:
        """Add the end of what is in hand; features add theirs."""
        return super().handlers() | {Order.WORK_END: self._end_holding}

    def lone_handlers(self) -> dict[Order, Handler]:
        """Return short cuts for where somebody takes at once what is to be taken."""
        handlers = self.handlers()
        return {
            Order.WORK_END: self._end_alone,
            Order.RETURN: self._and_hand_out(handlers[Order.RETURN]),
            Order.ARRIVAL: self._and_hand_out(handlers[Order.ARRIVAL]),
            Order.PATIENCE: handlers[Order.PATIENCE],
            Order.CREW: self._change_crew_alone,
        }

    # Changes that have their instant to themselves.

    def _and_hand_out(self, handler: Handler) -> Handler:
        def handle_and_hand_out(now: int, who: int, what: int) -> None:
            handler(now, who, what)
            if self.touched:
                self._hand_out(now)

        return handle_and_hand_out

    def _hand_out(self, now: int) -> None:
        """Give the one ticket that joined to whoever is free, else have it wait."""
        touched = self.touched
        if len(touched) > 1 or self.withholds:
            self.settle(now)
            return
        agent = self._pick(touched[0])
        if agent == NOBODY:
            self._nobody_takes(now)
            return
        ticket = self.joined.pop()
        heap = self.heaps[touched[0]]
        if heap[0] == self.place[ticket]:
            heappop(heap)
        self._take(now, agent, ticket)
        touched.clear()
        self.freed.clear()
        if self.unpaced:
            self._settle_hands(now)

    def _nobody_takes(self, now: int) -> None:
        """Have the one ticket that joined wait."""
        self.touched.clear()
        self._begin_waits(now)

    def _begin_waits(self, now: int) -> None:
        for ticket in dict.fromkeys(self.joined):
            if self.place[ticket] != NOWHERE:
                self._still_waits(now, ticket)
        self.joined.clear()

    def _change_crew_alone(self, now: int, who: int, what: int) -> None:
        self._change_crew(now, who, what)
        freed = self.freed
        if self.touched or len(freed) > 1 or self.alert:
            self.settle(now)
        elif freed:
            agent = freed[0]
            if self.hands[agent] or not self.available[agent]:
                self.settle(now)
            else:
                self._take_next(now, agent)
                freed.clear()
        if self.unpaced:
            self._settle_hands(now)

    def _settle_hands(self, now: int) -> None:
        self.freed.clear()
        if self.unpaced:
            for agent in dict.fromkeys(self.unpaced):
                self._pace_hands(now, agent)
            self.unpaced.clear()

    def _end_alone(self, now: int, agent: int, ticket: int) -> None:
        hands = self.hands[agent]
        holding = hands.get(ticket)
        if holding is None or holding.end_ms != now:
            return
        is_watched = agent in self.watched
        self._finish(now, agent, ticket)
        if self.touched or self.freed or hands or is_watched or not self.available[agent]:
            self._show(now, agent)
            self.settle(now)
            return
        crowd = self.with_few[agent][0]
        if crowd is None:
            crowd = self._crowd(agent)
        best = self._best_heap(agent, crowd)
        if best is None:
            self._stand(now, agent, crowd)
            return
        self._take(now, agent, heappop(best) >> self.queue_bits & self.ticket_mask)
        if self._crowd_shown(agent).takes_any:
            self._take_next(now, agent)
        self.freed.clear()
        if self.unpaced:
            self._settle_hands(now)

    # Dispatch.

    def settle(self, now: int) -> None:
        """Dispatch what the changes of this instant made possible, then let everybody work at the new pace."""
        if self.freed or self.touched:
            self._dispatch(now)
            self.touched.clear()
        if self.joined:
            self._begin_waits(now)
        self._settle_hands(now)
        if self.alert:
            self._after_matching(now)

    def _after_matching(self, now: int) -> None:
        """Do what features do when a matching is over."""
        self.alert = False

    def _dispatch(self, now: int) -> None:
        freed, touched = self.freed, self.touched
        if len(touched) == 1 and not freed:
            self._give_out(now, touched[0])
        elif len(freed) == 1 and not touched:
            self._take_next(now, freed[0])
        elif len(freed) == 1 == len(touched) and touched[0] not in self.served_by[self.team[freed[0]]]:
            self._match_apart(now, freed[0], touched[0])
        else:
            self._match_all(now)

    def _match_apart(self, now: int, agent: int, lane: int) -> None:
        """Match an agent who got free and the one ticket that joined a lane of others, the better ticket first."""
        heap = self.heaps[lane]
        taker = self._pick(lane) if self._has_waiting(heap) else NOBODY
        if taker != NOBODY and self.available[agent]:
            best = self._best_heap(agent, self._crowd_shown(agent))
            if best is not None and best[0] < heap[0]:
                self._take_one(now, agent, best)
                if self._crowd_shown(agent).takes_any:
                    self._match_all(now)
                    return
        if taker != NOBODY:
            self._take_one(now, taker, heap)
        self._take_next(now, agent)

    def _give_out(self, now: int, queue: int) -> None:
        """Match the tickets of one lane with agents who may take them."""
        heap = self.heaps[queue]
        while self._has_waiting(heap):
            agent = self._pick(queue)
            if agent == NOBODY:
                return
            self._take_one(now, agent, heap)

    def _take_next(self, now: int, agent: int) -> None:
        """Have an agent take the best tickets until no more fits."""
        while self.available[agent]:
            crowd = self._crowd_shown(agent)
            best = self._best_heap(agent, crowd) if crowd.takes_any else None
            if best is None:
                return
            self._take_one(now, agent, best)

    def _best_heap(self, agent: int, crowd: Crowd) -> list[int] | None:  # type: ignore[override]
        """Return the heap with the best ticket for somebody of a crowd: of the team's lanes, or of the own work."""
        own = self.own[agent]
        best = own if own and crowd.takes[-1] and self._has_kept(agent) else None
        place, queue_bits, ticket_mask = self.place, self.queue_bits, self.ticket_mask
        for heap in filter(None, crowd.heaps):
            while heap:
                head = heap[0]
                if place[head >> queue_bits & ticket_mask] == head:
                    if best is None or head < best[0]:
                        best = heap
                    break
                heappop(heap)
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
                may_take = self._crowd_shown(agent).takes[-1]
                if may_take and self._has_kept(agent) and (best is None or own[0] < best[0]):
                    best, taker = own, agent
            if best is None:
                return
            self._take_one(now, taker, best)

    # Hands.

    def _take_one(self, now: int, agent: int, heap: list[int]) -> None:
        """Have an agent take the first ticket of a heap."""
        self._take(now, agent, heappop(heap) >> self.queue_bits & self.ticket_mask)

    def _take(self, now: int, agent: int, ticket: int) -> None:
        self.place[ticket] = NOWHERE
        if ticket in self.noted:
            self._waits_no_more(ticket)
        if ticket in self.left:
            event, left = RESUMED, self.left.pop(ticket)
            if ticket in self.keeper:
                self._unkeep(ticket)
        else:
            event, left = STARTED, self.stage_work_ms[self.stage[ticket]] * FULL_SPEED
        last = self.last_agent[ticket]
        if last != agent:
            self.last_agent[ticket] = agent
            if last != NOBODY:
                left += self.reading_in_ms * FULL_SPEED
        team, hands, kind = self.team[agent], self.hands[agent], self.kind_of[ticket]
        self.record((now, ticket, event, team, agent))
        hands_were_empty = not hands
        hands[ticket] = holding = Holding(kind, left, self.paces[agent][self.sort[ticket]], now)
        if hands_were_empty:
            self.at(holding.end_ms, (WORK_END, agent, ticket))
            crowd = self.with_few[agent][1 + kind]
        else:
            holding.pace = 0
            self.unpaced.append(agent)
            crowd = None
        self.freed.append(agent)
        shown = self.shown[agent]
        if shown is not None:
            del shown[agent]
        self._stand(now, agent, self._crowd(agent) if crowd is None else crowd)

    def _let_down(self, now: int, agent: int, ticket: int) -> Holding:
        """Take a ticket out of an agent's hands; nobody finds him until he is shown again."""
        shown = self.shown[agent]
        if shown is not None:
            del shown[agent]
            self.shown[agent] = None
        return self.hands[agent].pop(ticket)

    def _end_holding(self, now: int, agent: int, ticket: int) -> None:
        holding = self.hands[agent].get(ticket)
        # Work that was set aside or changed its pace leaves its end on the calendar.
        if holding is not None and holding.end_ms == now:
            self._finish(now, agent, ticket)
            self._show(now, agent)

    def _finish(self, now: int, agent: int, ticket: int) -> None:
        holding = self._let_down(now, agent, ticket)
        if holding.kind > URGENT:
            self._hang_up(ticket)
        self.endings[self.stage_next[self.stage[ticket]]](now, ticket, agent)
        if ticket in self.followed:
            self._touch_ended(now, ticket)
        if agent in self.watched:
            self.watched.discard(agent)
            self._look_at(now, agent)

    def _look_at(self, now: int, agent: int) -> None:
        """Look at one of those watched after a touch."""

    def _touch_ended(self, now: int, ticket: int) -> None:
        """Do what features do after a touch at a ticket that they follow."""

    def _waits_no_more(self, ticket: int) -> None:
        """Do what features do when a ticket that is noted is taken."""

    def _pace_hands(self, now: int, agent: int) -> None:
        """Let what an agent holds go on at the pace that its number allows."""
        hands = self.hands[agent]
        place = len(hands) - 1
        for ticket, holding in hands.items():
            pace = holding.paces[place]
            if pace != holding.pace:
                holding.left = left = holding.left_at(now)
                holding.paced_ms, holding.pace = now, pace
                holding.end_ms = now - (-left // pace)
                self.at(holding.end_ms, (WORK_END, agent, ticket))

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

    def _overtime_left_ms(self, now: int, agent: int) -> int:
        """Return how long an agent may still work beyond shifts this week, and count it from now on."""
        return ANY_MS

    def _leave_others(self, now: int, agent: int) -> None:
        """Have an agent go on alone with what is done together with others."""

    def _stops_helping(self, now: int, agent: int) -> bool:
        """Have an agent who helps with another's work leave it; tell whether there was any."""
        return False

    def _is_held_back(self, ticket: int, place: int, queue: int) -> bool:
        """Whether a ticket with a place in a queue is not to be begun; asked only while something is."""
        return False

    def _held_back_anew(self, now: int, queue: int, before: list[int]) -> None:
        """Look again at a queue in which other tickets are held back than those with the places ``before``."""

    def _may_finish(self, now: int, holding: Holding) -> bool:
        """Whether what is in hand goes on past the end of the agent's time."""
        is_live = holding.kind > URGENT
        return self.finish_deferrable or is_live or holding.end_ms - now <= self.grace_ms

    def _put_aside(self, now: int, agent: int, ticket: int, keeps_work: int) -> None:
        self.left[ticket] = self._let_down(now, agent, ticket).left_at(now)
        if keeps_work:
            self.joined_ms[ticket] = NOBODY
            self._keep(agent, ticket, self._place_in(now, ticket, self.own_queue) - self.set_aside_bit)
            self.record((now, ticket, SUSPENDED, self.team[agent], agent))
        else:
            self._join(now, ticket, RELEASED, agent, self.set_aside_bit)
