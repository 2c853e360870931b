"""Small floors with an incident. The tickets about it have their short touch as their last stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from small_floor import Floor, ms

from supportsim.plan.model import Plan
from supportsim.workload.model import Incidents, Workload


@dataclass(frozen=True)
class IncidentFloor(Floor):
    """Tickets ``about`` an incident that is known and over at these minutes, or with the ticket that is its ``fix``."""

    about: Sequence[int] = ()
    known: float = 0
    over: float = 0
    fix: int | None = None

    def plan(self) -> Plan:
        plan = super().plan()
        return replace(plan, rules=replace(plan.rules, links=True))

    def workload(self) -> Workload:
        workload = super().workload()
        concerned = np.isin(np.arange(len(self.tickets)), self.about)
        tickets = replace(
            workload.tickets,
            incident=np.where(concerned, 0, -1).astype(np.int16),
            linked_stage=np.where(concerned, workload.tickets.stage_offset[1:] - 1, -1),
        )
        fix = None if self.fix is None else np.array([self.fix])
        incidents = Incidents(np.array([ms(self.known)]), np.array([ms(self.over)]), fix)
        return replace(workload, tickets=tickets, incidents=incidents)
