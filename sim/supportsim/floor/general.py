"""The general floor: agents with several contacts in hand, at any pace, and hooks for every further rule.

An agent's *load* tells what he may take: how many contacts are in hand, how many the live ones among
them allow, whether deferrable work is one of them, and whether he owns all he may own. A ticket's
*kind* tells what taking it asks for: deferrable work or a live contact with its limit. Who can take
what is then a small table, agents are kept by team and load (a *crowd*), and tickets by queue and
kind (a *lane*, see `lanes`), so that nothing is ever searched.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from heapq import heappop

from supportsim.floor.hands import FULL_SPEED, UNLIMITED, URGENT, Crowd, Holding, Load
from supportsim.floor.instants import Handler, Order
from supportsim.floor.lanes import Lanes
from supportsim.floor.matching import RESUMED, STARTED, WORK_END
from supportsim.floor.plain import AGENT_OFF, AGENT_ON, RELEASED, SUSPENDED
from supportsim.floor.state import NOWHERE
from supportsim.ledger import NOBODY, Event
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload


TURNED_AWAY = int(Event.TURNED_AWAY)


class General(Lanes):
    """Tickets in lanes, agents by load, work at a pace."""

    __slots__ = (
        "alert", "blending", "by_load", "crowds", "hands", "left", "noted", "owns_enough", "pace_of_channel", "paces", "served_by",
        "shown", "sort", "takers", "unpaced", "watched", "with_few",
        "with_few_of_team",
    )  # fmt: skip

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Make ready before anything happens; features extend it."""
        super().set_up(plan, workload)
        self._set_up_paces(plan, workload)
        self.blending = plan.rules.blending
        self.by_load = -1 if plan.rules.to_busiest else 1
        people = range(len(self.team))
        self.hands: list[dict[int, Holding]] = [{} for _ in people]
        self.owns_enough = [False for _ in people]
        """Whether a person owns all that the rules allow."""
        self.crowds: list[dict[Load, Crowd]] = [{} for _ in plan.teams]
        self.shown: list[Crowd | None] = [None for _ in people]
        """The crowd in which a person stands who is there."""
        # By lane, in order: (rank, by load, number), and the crowd that may take from it.
        self.takers: list[list[tuple[tuple[int, int, int], Crowd]]] = [[] for _ in self.heaps]
        # By whether they own enough and by team: the crowds of those with nothing or one contact in hand, by its kind.
        self.with_few_of_team: list[list[list[Crowd | None]]] = [
            [[None for _ in range(1 + self.kinds)] for _ in plan.teams] for _ in (False, True)
        ]
        self.with_few = [self.with_few_of_team[False][team] for team in self.team]
        """The same by person, as of now."""
        self.unpaced: list[int] = []
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
        if self.touched or len(freed) > 1:
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

    def _pick(self, queue: int) -> int:
        """Return who gets the next ticket of a lane: the best (rank, in hand, longest so, person), or NOBODY."""
        best: tuple[int, int] | None = None
        best_rank = best_load = 0
        for (rank, load, _), crowd in self.takers[queue]:
            if crowd:
                if best is not None and (rank != best_rank or load != best_load):
                    break
                agent = next(iter(crowd))
                standing = self.idle_since_ms[agent], agent
                if best is None or standing < best:
                    best, best_rank, best_load = standing, rank, load
        return NOBODY if best is None else best[1]

    def _pick_for(self, lane: int, ticket: int) -> int:
        """Return who would get a ticket of a lane; it need not be the next one."""
        return self._pick(lane)

    # Live contacts.

    def _arrive(self, now: int, ticket: int, _what: int) -> None:
        if not self.live[ticket] or self._gets_through(ticket):
            super()._arrive(now, ticket, 0)
        else:
            self._turn_away(now, ticket)

    def _retry(self, now: int, ticket: int) -> None:
        calls = self.attempt[ticket] < self.first_attempt[ticket + 1]
        if not calls or self._gets_through(ticket):
            super()._retry(now, ticket)
        else:
            self._turn_away(now, ticket)

    def _gets_through(self, ticket: int) -> bool:
        """Whether a live contact may wait for an answer; a line that it needs is taken then."""
        return True

    def _turn_away(self, now: int, ticket: int) -> None:
        self.record((now, ticket, TURNED_AWAY, self.stage_queue[self.stage[ticket]], NOBODY))

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

    def _hang_up(self, ticket: int) -> None:
        """Have a live contact end."""

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

    def _show(self, now: int, agent: int) -> None:
        """Show what an agent may take, after a change, to those who look for somebody."""
        if self.hands[agent]:
            self.unpaced.append(agent)
        if not self.available[agent]:
            self._hide(agent)
            return
        self.freed.append(agent)
        crowd = self._crowd(agent)
        if crowd is not self.shown[agent]:
            self._hide(agent)
            self._stand(now, agent, crowd)

    def _hide(self, agent: int) -> None:
        shown = self.shown[agent]
        if shown is not None:
            del shown[agent]
            self.shown[agent] = None

    def _stand(self, now: int, agent: int, crowd: Crowd) -> None:
        """Have an agent who is hidden join a crowd."""
        self.shown[agent] = crowd
        self.idle_since_ms[agent] = now
        crowd[agent] = None
        if crowd.since_ms == now:
            self._line_up(now, agent, crowd)
        crowd.since_ms = now

    def _crowd(self, agent: int) -> Crowd:
        """Return the crowd to which an agent belongs by what is in hand."""
        hands, team = self.hands[agent], self.team[agent]
        if len(hands) > 1:
            load = self._load(agent)
            crowd = self.crowds[team].get(load)
            return self._open(team, load) if crowd is None else crowd
        few = 1 + next(iter(hands.values())).kind if hands else 0
        crowd = self.with_few[agent][few]
        if crowd is None:
            self.with_few[agent][few] = crowd = self._open(team, self._load(agent))
        return crowd

    def _owns_enough(self, agent: int, enough: bool) -> None:
        """Have somebody own all that the rules allow, or no longer."""
        self.owns_enough[agent] = enough
        self.with_few[agent] = self.with_few_of_team[enough][self.team[agent]]

    def _crowd_shown(self, agent: int) -> Crowd:
        """Return the crowd in which somebody stands who is there."""
        crowd = self.shown[agent]
        assert crowd is not None
        return crowd

    def _open(self, team: int, load: Load) -> Crowd:
        """Make room for those of a team who have a load that nobody there had before."""
        takes = self._takes(load)
        lanes = [lane for kind, lane in self.lanes_of_team[team] if takes[kind]]
        crowd = Crowd(load, takes, [self.heaps[lane] for lane in lanes])
        self.crowds[team][load] = crowd
        for lane in lanes:
            rank = next(rank for rank, other in self.ranked_teams[lane // self.kinds] if other == team)
            takers = self.takers[lane]
            insort(takers, ((rank, self.by_load * load[0], len(takers)), crowd), key=lambda taker: taker[0])
        return crowd

    def _line_up(self, now: int, agent: int, shown: Crowd) -> None:
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
        return len(hands), room, has_deferrable, self.owns_enough[agent]

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

    def _leave_others(self, now: int, agent: int) -> None:
        """Have an agent go on alone with what is done together with others."""

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
