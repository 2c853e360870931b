"""People who work faster or slower than usual: by skill, by person, and while they are new."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from supportsim.floor.general import General
from supportsim.floor.hands import FULL_SPEED
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload


class OwnSpeed(General):
    """Work at a pace of one's own; what is in hand goes on at the speed at which it was taken."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Look up everybody's speeds."""
        super().set_up(plan, workload)
        people, crew = plan.people, workload.crew
        usual = [[FULL_SPEED] * len(plan.skills)] * len(people.names)
        self.speed_at: list[list[int]] = usual if people.speed_ppm is None else people.speed_ppm.tolist()
        self.speed_today = [FULL_SPEED] * len(people.names)
        self.begins_ms: list[list[int]] = [[] for _ in people.names]
        self.speed_then: list[list[int]] = [[] for _ in people.names]
        if crew.speed_ppm is not None:
            begins = [crew] if crew.late is None else [crew, crew.late]
            columns = (
                np.concatenate([getattr(each, name) for each in begins]) for name in ("person", "start_ms", "speed_ppm")
            )
            for agent, start_ms, speed in sorted(zip(*(column.tolist() for column in columns), strict=True)):
                self.begins_ms[agent].append(start_ms)
                self.speed_then[agent].append(speed)
        for agent, speeds in enumerate(self.speed_then):
            if set(speeds) <= {FULL_SPEED}:
                self.begins_ms[agent] = []
        if people.is_of is not None:
            for agent, own in enumerate(people.is_of.tolist()):
                self.begins_ms[agent], self.speed_then[agent] = self.begins_ms[own], self.speed_then[own]
        self.paces = [self._paces(agent) for agent in range(len(people.names))]

    def _paces(self, agent: int) -> list[tuple[int, ...]]:
        today = self.speed_today[agent]
        speeds = [speed * today // FULL_SPEED for speed in self.speed_at[agent]]
        return [
            tuple(max(pace * speed // FULL_SPEED, 1) for pace in paces)
            for speed in speeds
            for paces in self.pace_of_channel
        ]

    def _come_on(self, now: int, agent: int) -> None:
        begins_ms = self.begins_ms[agent]
        if begins_ms:
            interval = bisect_right(begins_ms, now)
            today = self.speed_then[agent][interval - 1] if interval else FULL_SPEED
            if today != self.speed_today[agent]:
                self.speed_today[agent] = today
                self.paces[agent] = self._paces(agent)
        super()._come_on(now, agent)
