"""Small floors with playbooks. Times are minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from small_floor import MINUTE_MS, Agent, Floor, Ticket, ms

from supportsim.floor.simulate import simulate
from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.measures.audit import audit
from supportsim.plan.model import Condition, OffReason, People, Plan, Playbook, Watched
from supportsim.workload.model import Crew, LateStarts, Workload

Row = tuple[float, str, int]


def above(what: Watched, value: float) -> Condition:
    return Condition(what, True, False, in_units(what, value))


def below(what: Watched, value: float) -> Condition:
    return Condition(what, False, False, in_units(what, value))


def in_units(what: Watched, value: float) -> int:
    return round(value * {Watched.WAIT: MINUTE_MS, Watched.UTILIZATION: 1_000_000}.get(what, 1))


def playbook(when: Condition, until: Condition, horizon: float, every: float = 5, **more: Any) -> Playbook:
    """One that looks at team 0 from minute 0 on."""
    look_ms = np.arange(0, ms(horizon), ms(every), dtype=np.int64)
    stated = {
        "name": "busy",
        "team": 0,
        "look_ms": look_ms,
        "closes": np.zeros(len(look_ms), dtype=np.bool_),
        "look_day": (look_ms // ms(24 * 60)).astype(np.int32),
        "priorities": np.ones(5, dtype=np.bool_),
        "channels": np.ones(3, dtype=np.bool_),
        "when": (when,),
        "until": (until,),
    }
    return Playbook(**(stated | more))


def with_more_people(people: People, team: Sequence[int], are: Sequence[int]) -> People:
    """Return the people with more of them behind the others; -1 for somebody new."""
    first = len(people.names)
    is_of = [first + place if person < 0 else person for place, person in enumerate(are)]
    speeds = people.speed_ppm
    if speeds is not None:
        theirs = [speeds[person] if person >= 0 else np.full(speeds.shape[1], 1_000_000) for person in are]
        speeds = np.concatenate([speeds, np.reshape(theirs, (-1, speeds.shape[1]))]).astype(np.int64)
    return replace(
        people,
        names=(*people.names, *(f"more{place}" for place in range(len(team)))),
        team=np.append(people.team, team).astype(np.int32),
        number=np.append(people.number, np.arange(len(team))).astype(np.int32),
        speed_ppm=speeds,
        is_of=np.append(np.arange(first) if people.is_of is None else people.is_of, is_of).astype(np.int32),
    )


def off_until(crew: Crew, shift_end_ms: Sequence[int]) -> Crew:
    """Return the crew with until when each end keeps somebody away: the next stretch, or the end of the shift."""
    follows = np.append(crew.person[1:] == crew.person[:-1], False)[: len(crew.person)]
    ends_ms = np.array(shift_end_ms, dtype=np.int64)[crew.person]
    next_ms = np.where(follows, np.roll(crew.start_ms, -1), ends_ms)
    until_ms = np.maximum(np.minimum(next_ms, np.maximum(ends_ms, crew.end_ms)), crew.end_ms)
    return replace(crew, off_until_ms=np.where(crew.end_reason == OffReason.SHIFT_END, crew.end_ms, until_ms))


def late_starts(rows: Sequence[tuple[int, float, float]]) -> LateStarts:
    who, starts, ends = zip(*rows, strict=True)
    return LateStarts(
        person=np.array(who, dtype=np.int32),
        start_ms=np.array([ms(at) for at in starts], dtype=np.int64),
        reason=np.full(len(rows), OffReason.TRAINING, dtype=np.int8),
        until_ms=np.array([ms(at) for at in ends], dtype=np.int64),
        keeps_work=np.zeros(len(rows), dtype=np.bool_),
        speed_ppm=np.full(len(rows), 1_000_000, dtype=np.int64),
    )


@dataclass(frozen=True)
class Lead:
    """A floor with one playbook; ``off`` are the reasons for which people's stretches end, in their order."""

    tickets: Sequence[Ticket]
    play: Playbook
    agents: Sequence[Agent] = (Agent(),)
    off: Sequence[OffReason] = ()
    shift_ends: Sequence[float] = ()
    more_people: Sequence[tuple[int, int]] = ()
    more: dict[str, Any] = field(default_factory=dict)
    late: Sequence[tuple[int, float, float]] = ()
    """(who, from, until) of shifts that begin with a training."""
    shift: tuple[float, float] | None = None
    """One shift of everybody, instead of one for each stretch on the floor."""

    def world(self) -> tuple[Plan, Workload]:
        floor = Floor(self.tickets, self.agents, horizon=1000, **self.more)
        plan, workload = floor.plan(), floor.workload()
        if self.shift is not None:
            everybody = np.arange(len(self.agents), dtype=np.int32)
            begin_ms, end_ms = (np.full(len(everybody), ms(edge), dtype=np.int64) for edge in self.shift)
            shifts = {"shift_person": everybody, "shift_start_ms": begin_ms, "shift_end_ms": end_ms}
            plan = replace(plan, people=replace(plan.people, **shifts, shift_date=np.zeros(len(everybody), np.int32)))
            absent = np.zeros(len(everybody), dtype=np.bool_)
            workload = replace(workload, crew=replace(workload.crew, absent=absent))
        if self.more_people:
            plan = replace(plan, people=with_more_people(plan.people, *zip(*self.more_people, strict=True)))
        plan = replace(plan, playbooks=(self.play,), rules=replace(plan.rules, playbooks=True))
        crew = workload.crew
        if self.off:
            crew = replace(crew, end_reason=np.array(self.off, dtype=np.int8))
        if self.late:
            crew = replace(crew, late=late_starts(self.late))
        ends = self.shift_ends or [max(end for _, end, _ in agent.on) for agent in self.agents]
        return plan, replace(workload, crew=off_until(crew, [ms(end) for end in ends]))

    def ledger(self) -> Ledger:
        plan, workload = self.world()
        ledger = simulate(plan, workload)
        audit(plan, workload, ledger)
        return ledger

    def story(self, *events: str) -> list[Row]:
        """Return (minute, event, ticket, agent or playbook) of what happened, of some events if they are named."""
        return [row for row in told(self.ledger()) if not events or row[1] in events]


def told(ledger: Ledger) -> list[Row]:
    found = []
    columns = (ledger.time_ms, ledger.event, ledger.ticket, ledger.agent, ledger.place)
    for time, event, ticket, agent, place in zip(*(column.tolist() for column in columns), strict=True):
        name = Event(event).name.removeprefix("PLAYBOOK_")
        if event == Event.AGENT_OFF:
            name = OffReason(place).name
        who = ticket if ticket != NOBODY else agent if agent != NOBODY else place
        found.append((time / MINUTE_MS, name, who))
    return found
