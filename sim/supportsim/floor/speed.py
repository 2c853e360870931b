"""People who work faster or slower than usual: by skill, by person, and while they are new."""

from __future__ import annotations

from bisect import bisect_right

from supportsim.floor.general import FULL_SPEED, General
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload


class OwnSpeed(General):
    """Work at a pace of one's own; what is in hand goes on at the speed at which it was taken."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Look up everybody's speeds."""
        super().set_up(plan, workload)
        people, crew = plan.people, workload.crew
        self.skill = memoryview(workload.tickets.skill)  # type: ignore[arg-type]
        usual = [[FULL_SPEED] * len(plan.skills)] * len(people.names)
        self.speed_at: list[list[int]] = usual if people.speed_ppm is None else people.speed_ppm.tolist()
        self.speed_today = [FULL_SPEED] * len(people.names)
        self.begins_ms: list[list[int]] = [[] for _ in people.names]
        self.speed_then: list[list[int]] = [[] for _ in people.names]
        if crew.speed_ppm is not None:
            for agent, start_ms, speed in zip(
                crew.person, crew.start_ms.tolist(), crew.speed_ppm.tolist(), strict=True
            ):
                self.begins_ms[agent].append(start_ms)
                self.speed_then[agent].append(speed)
        self.speed_of: dict[int, int] = {}

    def _come_on(self, now: int, agent: int) -> None:
        interval = bisect_right(self.begins_ms[agent], now)
        if interval:
            self.speed_today[agent] = self.speed_then[agent][interval - 1]
        super()._come_on(now, agent)

    def _take(self, now: int, agent: int, ticket: int) -> None:
        self.speed_of[ticket] = self.speed_at[agent][self.skill[ticket]] * self.speed_today[agent] // FULL_SPEED
        super()._take(now, agent, ticket)

    def _pace(self, agent: int, ticket: int, in_hand: int) -> int:
        return max(super()._pace(agent, ticket, in_hand) * self.speed_of[ticket] // FULL_SPEED, 1)
