"""Small floors with a duty on call. Times are minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from small_floor import MINUTE_MS, Agent, Floor, Ticket, ms

from supportsim.floor.simulate import simulate
from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.measures.audit import audit
from supportsim.plan.model import OffReason, OnCall, Plan
from supportsim.workload.model import Workload


@dataclass(frozen=True)
class Duty:
    """A floor with one duty; ``windows`` are (start, end, turn of duty, who)."""

    tickets: Sequence[Ticket]
    agents: Sequence[Agent] = (Agent(on=((0, 100, True), (500, 1000, False))),)
    windows: Sequence[tuple[float, float, int, int]] = ((100, 500, 0, 0),)
    responds: float = 15
    rest: float = 0
    at_most: float = -1
    more: dict[str, object] = field(default_factory=dict)

    def world(self) -> tuple[Plan, Workload]:
        floor = Floor(self.tickets, self.agents, horizon=1000, **self.more)  # type: ignore[arg-type]
        starts, ends, turns, people = zip(*self.windows, strict=True)
        duty = OnCall(
            team=0,
            person=np.array(people, dtype=np.int32),
            start_ms=np.array([ms(each) for each in starts], dtype=np.int64),
            end_ms=np.array([ms(each) for each in ends], dtype=np.int64),
            duty=np.array(turns, dtype=np.int32),
            priorities=np.array([True, False, False, False, False]),
            rest_ms=ms(self.rest),
            at_most_ms=-1 if self.at_most < 0 else ms(self.at_most),
        )
        plan = floor.plan()
        plan = replace(plan, on_call=(duty,), rules=replace(plan.rules, on_call=True))
        responds = np.full(len(self.tickets), ms(self.responds), dtype=np.int64)
        return plan, replace(floor.workload(), responds_ms=(responds,))

    def story(self) -> list[tuple[float, str, int]]:
        """Return (minute, event, ticket) of tickets, and (minute, event, agent) of coming, going and pages."""
        plan, workload = self.world()
        ledger = simulate(plan, workload)
        audit(plan, workload, ledger)
        return told(ledger)


def told(ledger: Ledger) -> list[tuple[float, str, int]]:
    columns = (ledger.time_ms, ledger.event, ledger.ticket, ledger.agent, ledger.place)
    found = []
    for time, event, ticket, agent, place in zip(*(column.tolist() for column in columns), strict=True):
        name = Event(event).name
        if ticket == NOBODY and event == Event.AGENT_OFF and place == OffReason.ON_CALL:
            name = "DOWN"
        found.append((time / MINUTE_MS, name, agent if ticket == NOBODY else ticket))
    return found
