"""Swarms: several people work on one ticket together, faster than one alone, and are released together."""

from __future__ import annotations

from supportsim.floor.general import General
from supportsim.floor.hands import FULL_SPEED, URGENT, Crowd, Holding
from supportsim.floor.plain import A_WORD_ONLY
from supportsim.ledger import NOBODY, Event
from supportsim.plan.model import Plan
from supportsim.workload.model import Next, Workload

JOINED, LEFT = int(Event.JOINED), int(Event.LEFT)
NO_VISIT = (int(Next.MERGE), int(Next.LINK))
"""Touches that end so are short ones, in which nothing is solved."""
LATEST_MS = 1 << 60
"""When those who help count as having begun: of work of one priority, help is interrupted first."""


class Swarming(General):
    """Whoever takes a ticket is joined at once by others who are free and may take it, up to a number."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Begin with nobody helping."""
        super().set_up(plan, workload)
        swarm = plan.rules.swarm
        if swarm is None:
            raise ValueError("the plan has no rule for swarms, expected one")
        self.swarm = swarm
        self.tier_of_stage = memoryview(workload.tickets.stage_tier)  # type: ignore[arg-type]
        self.helpers: dict[int, list[int]] = {}
        """Who helps, by ticket."""
        self.helps: dict[int, int] = {}
        """With which ticket, by person."""
        self.alone: dict[int, tuple[int, ...]] = {}
        """The paces of the one who took the ticket without help, by ticket."""

    def _end_alone(self, now: int, agent: int, ticket: int) -> None:
        if ticket in self.helpers:
            # All who are released may take something.
            self._end_holding(now, agent, ticket)
            self.settle(now)
        else:
            super()._end_alone(now, agent, ticket)

    def _take(self, now: int, agent: int, ticket: int) -> None:
        lane = self._queue_at(self.place[ticket]) * self.kinds + self.kind_of[ticket]
        super()._take(now, agent, ticket)
        if not self._is_swarmed(ticket):
            return
        holding = self.hands[agent][ticket]
        for _ in range(self.swarm.agents - 1):
            helper = self._next_to_join(lane, ticket)
            if helper == NOBODY:
                break
            self.helps[helper] = ticket
            self.helpers.setdefault(ticket, []).append(helper)
            self.hands[helper][ticket] = help_ = Holding(holding.kind, 0, holding.paces, now)
            help_.began_ms, help_.end_ms = LATEST_MS, NOBODY
            self.record((now, ticket, JOINED, self.team[helper], helper))
            self._show(now, helper)
        if ticket in self.helpers:
            self.alone[ticket] = holding.paces
            self._set_pace(agent, ticket)

    def _next_to_join(self, lane: int, ticket: int) -> int:
        """Return who joins next, of those with nothing in hand, or NOBODY."""
        if not self.blending:
            # Whoever may take deferrable work has nothing in hand.
            return self._pick_for(lane, ticket)
        takers = self.takers[lane]
        self.takers[lane] = [taker for taker in takers if taker[1].load[0] == 0]
        helper = self._pick_for(lane, ticket)
        self.takers[lane] = takers
        return helper

    def _crowd(self, agent: int) -> Crowd:
        if agent not in self.helps:
            return super()._crowd(agent)
        # Whoever helps takes nothing beside.
        team, load = self.team[agent], (1, 0, True, self.owns_enough[agent])
        crowd = self.crowds[team].get(load)
        return self._open(team, load) if crowd is None else crowd

    def _is_swarmed(self, ticket: int) -> bool:
        stage, swarm = self.stage[ticket], self.swarm
        concerned = swarm.priorities[self.priority[ticket]] and swarm.tiers[self.tier_of_stage[stage]]
        if not concerned or self.kind_of[ticket] > URGENT or self.stage_next[stage] in NO_VISIT:
            return False
        return stage == self.first_stage[ticket] or self.stage_next[stage - 1] not in A_WORD_ONLY

    def _set_pace(self, agent: int, ticket: int) -> None:
        """Have the work go on at the pace of those who are there."""
        faster = FULL_SPEED + len(self.helpers[ticket]) * self.swarm.adds_ppm
        self.hands[agent][ticket].paces = tuple(pace * faster // FULL_SPEED for pace in self.alone[ticket])
        self.unpaced.append(agent)

    # Until when.

    def _let_down(self, now: int, agent: int, ticket: int) -> Holding:
        for helper in self.helpers.pop(ticket, ()):
            self._release(now, helper, ticket)
        return super()._let_down(now, agent, ticket)

    def _go_off(self, now: int, agent: int, reason: int, keeps_work: int) -> None:
        self._stops_helping(now, agent)
        super()._go_off(now, agent, reason, keeps_work)

    def _stops_helping(self, now: int, agent: int) -> bool:
        ticket = self.helps.get(agent)
        if ticket is None:
            return super()._stops_helping(now, agent)
        self.helpers[ticket].remove(agent)
        self._release(now, agent, ticket)
        self._set_pace(self.last_agent[ticket], ticket)
        return True

    def _leave_others(self, now: int, agent: int) -> None:
        super()._leave_others(now, agent)
        if self._stops_helping(now, agent):
            return
        for ticket in [own for own in self.hands[agent] if own in self.helpers]:
            for helper in self.helpers[ticket]:
                self._release(now, helper, ticket)
            self.helpers[ticket].clear()
            self._set_pace(agent, ticket)
            self._pace_hands(now, agent)

    def _release(self, now: int, helper: int, ticket: int) -> None:
        del self.helps[helper], self.hands[helper][ticket]
        self.record((now, ticket, LEFT, self.team[helper], helper))
        self._show(now, helper)

    def _pace_hands(self, now: int, agent: int) -> None:
        # Who helps goes at the pace of the one who took the ticket.
        if agent not in self.helps:
            super()._pace_hands(now, agent)
