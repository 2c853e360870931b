"""Floors small enough to be worked out by hand. Times are whole minutes unless a name says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from supportsim.floor.simulate import simulate
from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.plan.model import OffReason, People, Plan, Queue, Rules, Sla, SlaTable
from supportsim.workload.model import Contacts, Crew, Next, Tickets, Workload

MINUTE_MS = 60_000
MIDDLE = [kind for kind in Next if kind not in (Next.CLOSE, Next.MERGE, Next.LINK)]
"""What may follow a touch that is not the last of its route."""


@dataclass(frozen=True)
class Stage:
    """One touch of a ticket's route."""

    work: float
    next: Next = Next.RESOLVE
    delay: float = 0
    tier: int = 0


@dataclass(frozen=True)
class Ticket:
    """A ticket; ``attempts`` are (patience, retry after or None)."""

    created: float
    stages: Sequence[Stage]
    priority: int = 3
    skill: int = 0
    live: bool = False
    attempts: Sequence[tuple[float, float | None]] = ()
    channel: int = 0


@dataclass(frozen=True)
class Agent:
    """A person of a team; ``on`` are (start, end, keeps work); speed is relative to the usual, at each skill and in
    each interval.
    """

    team: int = 0
    on: Sequence[tuple[float, float, bool]] = ((0, 10_000, False),)
    speed_at: Sequence[float] | None = None
    speed_during: Sequence[float] | None = None


@dataclass(frozen=True)
class Floor:
    """A plan with its workload; queues default to one for each team, by tier; ``rules`` are further ones."""

    tickets: Sequence[Ticket]
    agents: Sequence[Agent] = (Agent(),)
    queues: Sequence[Queue] = (Queue("L1", (0,), (0,)),)
    queue_of: Sequence[Sequence[int]] = ((0,), (1,), (2,))
    horizon: float = 10_000
    fifo: bool = False
    live_first: bool = False
    seniority_is_ticket: bool = False
    finish_deferrable: bool = False
    grace: float = 0
    reading_in: float = 0
    teams: int = field(default=0)
    channels: int = 1
    rules: Mapping[str, object] = field(default_factory=dict)

    @property
    def own_speed(self) -> bool:
        return any(agent.speed_at or agent.speed_during for agent in self.agents)

    def plan(self) -> Plan:
        team = np.array([agent.team for agent in self.agents], dtype=np.int32)
        team_count = max(self.teams, 1 + max(max(queue.teams) for queue in self.queues))
        numbers = [sum(team[:i] == team[i]) for i in range(len(team))]
        shifts = [(i, ms(a), ms(b)) for i, agent in enumerate(self.agents) for a, b, _ in agent.on]
        no_promise = SlaTable(np.full((5, 1), np.nan), np.zeros((5, 1), np.int32))
        classes = np.zeros(5) if self.fifo else np.arange(5)
        return Plan(
            origin=datetime(2026, 1, 5, tzinfo=UTC),
            timezone="UTC",
            window_ms=(0, ms(self.horizon)),
            horizon_ms=ms(self.horizon),
            channels=("email", "chat", "phone")[: self.channels],
            segments=("all",),
            categories=("general",),
            skills=tuple(f"skill{i}" for i in range(len(self.queue_of[0]))),
            teams=tuple(f"team{i}" for i in range(team_count)),
            live=np.zeros(self.channels, bool),
            category_skill=np.zeros(1, np.int32),
            queue_of=np.repeat(np.array(self.queue_of, dtype=np.int32)[:, :, None], self.channels, axis=2),
            queues=tuple(self.queues),
            team_tier=np.zeros(team_count, np.int32),
            people=People(
                names=tuple(f"agent{i}" for i in range(len(team))),
                team=team,
                number=np.array(numbers, dtype=np.int32),
                shift_person=np.array([i for i, _, _ in shifts], dtype=np.int32),
                shift_date=np.zeros(len(shifts), np.int32),
                shift_start_ms=np.array([start for _, start, _ in shifts], dtype=np.int64),
                shift_end_ms=np.array([end for _, _, end in shifts], dtype=np.int64),
                speed_ppm=np.array([ppm(agent.speed_at or [1] * len(self.queue_of[0])) for agent in self.agents])
                if self.own_speed
                else None,
            ),
            sla=Sla((), np.zeros((5, 1), np.int32), no_promise, no_promise, True, False, 20_000, 0),
            rules=Rules(
                priority_class=classes.astype(np.int32),
                live_first=self.live_first,
                seniority_is_ticket=self.seniority_is_ticket,
                finish_deferrable=self.finish_deferrable,
                grace_ms=ms(self.grace),
                reading_in_ms=ms(self.reading_in),
                own_speed=self.own_speed,
                **self.rules,  # type: ignore[arg-type]
            ),
        )

    def workload(self) -> Workload:
        tickets = self.tickets
        count = len(tickets)
        stages = [stage for ticket in tickets for stage in ticket.stages]
        attempts = [attempt for ticket in tickets for attempt in ticket.attempts]
        created_ms = np.array([ms(ticket.created) for ticket in tickets], dtype=np.int64)
        priority = np.array([ticket.priority - 1 for ticket in tickets], dtype=np.int16)
        codes = np.zeros(count, np.int16)
        channel = np.array([ticket.channel for ticket in tickets], dtype=np.int16)
        intervals = [(i, ms(a), ms(b), keeps) for i, agent in enumerate(self.agents) for a, b, keeps in agent.on]
        return Workload(
            contacts=Contacts(
                created_ms,
                np.arange(count, dtype=np.uint64),
                codes - 1,
                codes,
                codes,
                codes,
                priority,
                np.zeros(count, np.int8),
                codes - 1,
                np.zeros(count, bool),
            ),
            tickets=Tickets(
                contact=np.arange(count, dtype=np.int32),
                created_ms=created_ms,
                channel=channel,
                segment=codes,
                category=codes,
                priority=priority,
                skill=np.array([ticket.skill for ticket in tickets], dtype=np.int16),
                live=np.array([ticket.live for ticket in tickets], dtype=bool),
                first_reply_ms=np.zeros(count, np.int64),
                stage_offset=offsets([len(ticket.stages) for ticket in tickets]),
                stage_tier=np.array([stage.tier for stage in stages], dtype=np.int8),
                stage_work_ms=np.array([ms(stage.work) for stage in stages], dtype=np.int64),
                stage_next=np.array([stage.next for stage in stages], dtype=np.int8),
                stage_delay_ms=np.array([ms(stage.delay) for stage in stages], dtype=np.int64),
                attempt_offset=offsets([len(ticket.attempts) for ticket in tickets]),
                attempt_patience_ms=np.array([ms(patience) for patience, _ in attempts], dtype=np.int64),
                attempt_retry_ms=np.array([-1 if r is None else ms(r) for _, r in attempts], dtype=np.int64),
                retry_channel=channel,
            ),
            crew=Crew(
                person=np.array([i for i, _, _, _ in intervals], dtype=np.int32),
                start_ms=np.array([a for _, a, _, _ in intervals], dtype=np.int64),
                end_ms=np.array([b for _, _, b, _ in intervals], dtype=np.int64),
                end_reason=np.full(len(intervals), OffReason.SHIFT_END, np.int8),
                keeps_work=np.array([keeps for _, _, _, keeps in intervals], dtype=bool),
                absent=np.zeros(len(intervals), bool),
                speed_ppm=np.concatenate([ppm(agent.speed_during or [1] * len(agent.on)) for agent in self.agents])
                if self.own_speed
                else None,
            ),
        )

    def run(self) -> Ledger:
        return simulate(self.plan(), self.workload())

    def story(self) -> list[tuple[float, str, int, int]]:
        """What happened to tickets: (minute, event, ticket, agent)."""
        ledger = self.run()
        return [
            (time / MINUTE_MS, Event(event).name, ticket, agent)
            for time, ticket, event, agent in zip(
                ledger.time_ms.tolist(),
                ledger.ticket.tolist(),
                ledger.event.tolist(),
                ledger.agent.tolist(),
                strict=True,
            )
            if ticket != NOBODY
        ]

    def work(self) -> list[tuple[int, int, float, float]]:
        """Time in hand: (ticket, agent, start, end) in minutes, in order of the ends."""
        begun: dict[tuple[int, int], float] = {}
        done = []
        for minute, event, ticket, agent in self.story():
            if event in ("STARTED", "RESUMED"):
                begun[ticket, agent] = minute
            elif agent != NOBODY and event not in ("PASSED_ON", "ASSIGNED", "LET_GO"):
                done.append((ticket, agent, begun.pop((ticket, agent)), minute))
        return done


def one(created: float, work: float, **more: object) -> Ticket:
    """A ticket of a single touch."""
    return Ticket(created, (Stage(work),), **more)  # type: ignore[arg-type]


def ppm(speeds: Sequence[float]) -> np.ndarray:
    return np.array([round(speed * 1_000_000) for speed in speeds], dtype=np.int64)


def ms(minutes: float) -> int:
    return round(minutes * MINUTE_MS)


def offsets(lengths: Sequence[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
