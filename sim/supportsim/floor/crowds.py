"""Who may take what: agents by team and by what they have in hand.

An agent's *load* tells what he may take: how many contacts are in hand, how many the live ones among
them allow, whether deferrable work is one of them, and whether he owns all he may own. Those of a team
with the same load are a *crowd*, and each lane knows the crowds that may take from it.
"""

from __future__ import annotations

from bisect import insort

from supportsim.floor.hands import UNLIMITED, URGENT, Crowd, Holding, Load
from supportsim.floor.lanes import Lanes
from supportsim.ledger import NOBODY
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload


class Crowds(Lanes):
    """Keeps agents where those who look for somebody find them."""

    __slots__ = (
        "blending", "by_load", "crowds", "hands", "owns_enough", "shown", "takers", "unpaced", "with_few",
        "with_few_of_team",
    )  # fmt: skip

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Make ready before anything happens; features extend it."""
        super().set_up(plan, workload)
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
        """Whose contacts in hand may have to change their pace at the end of this instant."""

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
