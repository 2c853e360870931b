"""Textbook systems as plans and workloads: agents who are always there, Poisson arrivals, nothing else.

Time is milliseconds, as everywhere on the floor; builders take rates per `UNIT_MS`, the
time unit of the textbook, long enough that rounding to milliseconds does not show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from supportsim.floor.simulate import simulate
from supportsim.ledger import QUEUEING_EVENTS, WORK_ENDS, WORK_STARTS, Event, Ledger
from supportsim.measures.audit import audit
from supportsim.plan.model import OffReason, People, Plan, Queue, Rules, Sla, SlaTable
from supportsim.workload.model import Contacts, Crew, Next, Tickets, Workload
from supportsim.workload.streams import Streams

UNIT_MS = 3_600_000

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Shift = tuple[int, int, int]
"""Person, start and end in milliseconds."""


def build_plan(
    agents: Sequence[int],
    horizon_ms: int,
    queue_of: ArrayLike | None = None,
    *,
    fifo: bool = True,
    queues: Sequence[Queue] | None = None,
    shifts: Sequence[Shift] | None = None,
    finish: bool = False,
    rules: Mapping[str, Any] | None = None,
) -> Plan:
    """Return a plan of teams, queues and shifts, and nothing else.

    Args:
        agents: heads by team.
        horizon_ms: where the simulation stops.
        queue_of: (3, skills), the queue of each tier and skill; default: queue i for skill i at L1.
        fifo: one class for all priorities, else P1 before P2 and so on.
        queues: default: queue i is served by team i alone.
        shifts: sorted; default: everybody is always there.
        finish: work in hand is finished at the end of a shift, else it goes back to its queue.
        rules: further rules of the floor.
    """
    count = len(agents)
    if queues is None:
        queues = [Queue(f"queue{i}", (i,), (0,)) for i in range(count)]
    served = np.full((3, len(queues)), -1) if queue_of is None else np.asarray(queue_of)
    if queue_of is None:
        served[0] = np.arange(len(queues))
    team = np.repeat(np.arange(count), agents).astype(np.int32)
    number = np.concatenate([np.arange(heads) for heads in agents]).astype(np.int32)
    people = len(team)
    rows = np.array([(person, 0, horizon_ms) for person in range(people)] if shifts is None else shifts)
    no_promise = SlaTable(np.full((5, 1), np.nan), np.zeros((5, 1), np.int32))
    return Plan(
        origin=datetime(2026, 1, 5, tzinfo=UTC),
        timezone="UTC",
        window_ms=(0, horizon_ms),
        horizon_ms=horizon_ms,
        channels=("email",),
        segments=("all",),
        categories=("general",),
        skills=tuple(f"skill{i}" for i in range(served.shape[1])),
        teams=tuple(f"team{i}" for i in range(count)),
        live=np.zeros(1, bool),
        category_skill=np.zeros(1, np.int32),
        queue_of=served.astype(np.int32)[:, :, None],
        queues=tuple(queues),
        team_tier=np.array([_tier_of(number, queues, served) for number in range(count)], dtype=np.int32),
        people=People(
            names=tuple(f"agent{i}" for i in range(people)),
            team=team,
            number=number,
            shift_person=rows[:, 0].astype(np.int32),
            shift_date=np.zeros(len(rows), np.int32),
            shift_start_ms=rows[:, 1].astype(np.int64),
            shift_end_ms=rows[:, 2].astype(np.int64),
        ),
        sla=Sla((), np.zeros((5, 1), np.int32), no_promise, no_promise, True, False, 20_000, 0),
        rules=Rules(
            (np.zeros(5) if fifo else np.arange(5)).astype(np.int32), False, False, finish, 0, 0, **(rules or {})
        ),
    )


def _tier_of(team: int, queues: Sequence[Queue], served: Integers) -> int:
    own = [number for number, queue in enumerate(queues) if team in queue.teams]
    return int(np.argmax(np.isin(served, own).any(axis=1)))


def build_workload(
    plan: Plan,
    created_ms: Integers,
    work_ms: Integers,
    *,
    priority: ArrayLike = 0,
    skill: ArrayLike = 0,
    stages: ArrayLike | None = None,
    tier: ArrayLike = 0,
    follows: ArrayLike | None = None,
    delay_ms: ArrayLike = 0,
    patience_ms: Integers | None = None,
    live: bool = False,
) -> Workload:
    """Return tickets in order of creation, all of one channel, and the crew that the plan's shifts name.

    Args:
        plan: from `build_plan`.
        created_ms: (T,), rising.
        work_ms: (R,), of each stage.
        priority, skill: (T,) or one for all.
        stages: (T,), how many stages each ticket has; default 1.
        tier, delay_ms: (R,) or one for all.
        follows: (R,), `Next` of each stage; default: resolved.
        patience_ms: (T,), of live customers, who never come back; default: the tickets are deferrable.
        live: the customers are live, but have endless patience.
    """
    count, rows = len(created_ms), len(work_ms)
    codes, missing = np.zeros(count, np.int16), np.full(count, -1, np.int16)
    lengths = np.ones(count, np.int64) if stages is None else np.asarray(stages)
    shared = {"channel": codes, "segment": codes, "category": codes, "priority": _column(priority, count, np.int16)}
    shifts = plan.people.shift_person
    attempts = np.zeros(0, np.int64) if patience_ms is None else patience_ms
    return Workload(
        contacts=Contacts(
            arrived_ms=created_ms,
            key=np.arange(count, dtype=np.uint64),
            source=missing,
            outcome=np.zeros(count, np.int8),
            layer=missing,
            rebound=np.zeros(count, bool),
            **shared,
        ),
        tickets=Tickets(
            contact=np.arange(count, dtype=np.int32),
            created_ms=created_ms,
            skill=_column(skill, count, np.int16),
            live=np.full(count, live or patience_ms is not None),
            first_reply_ms=np.zeros(count, np.int64),
            stage_offset=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            stage_tier=_column(tier, rows, np.int8),
            stage_work_ms=work_ms,
            stage_next=_column(Next.RESOLVE if follows is None else follows, rows, np.int8),
            stage_delay_ms=_column(delay_ms, rows, np.int64),
            attempt_offset=np.minimum(np.arange(count + 1), len(attempts)),
            attempt_patience_ms=attempts,
            attempt_retry_ms=np.full(len(attempts), -1),
            retry_channel=codes,
            **shared,
        ),
        crew=Crew(
            person=shifts,
            start_ms=plan.people.shift_start_ms,
            end_ms=plan.people.shift_end_ms,
            end_reason=np.full(len(shifts), OffReason.SHIFT_END, np.int8),
            keeps_work=np.zeros(len(shifts), bool),
            absent=np.zeros(len(shifts), bool),
        ),
    )


def _column(values: ArrayLike, length: int, dtype: type) -> NDArray[np.generic]:
    return np.broadcast_to(np.asarray(values), length).astype(dtype)


def poisson_times_ms(streams: Streams, name: str, rate: float, end_ms: int) -> Integers:
    """Return the instants of a Poisson process of ``rate`` per unit on [0, end_ms)."""
    expected = rate * end_ms / UNIT_MS
    count = int(expected + 8 * np.sqrt(expected) + 20)
    times_ms = np.cumsum(exponential_ms(streams, name, np.arange(count), 1 / rate))
    assert times_ms[-1] >= end_ms
    return times_ms[times_ms < end_ms]


def exponential_ms(streams: Streams, name: str, identity: ArrayLike, mean: float | Floats) -> Integers:
    """Return exponential durations of ``mean`` units, rounded to milliseconds, at least 1."""
    duration = -np.log(streams.uniform(name, identity)) * mean * UNIT_MS
    return np.maximum(np.rint(duration), 1).astype(np.int64)


def run(plan: Plan, workload: Workload, *, audited: bool = True) -> Ledger:
    """Return what the floor makes of it, held against the audit."""
    ledger = simulate(plan, workload)
    if audited:
        audit(plan, workload, ledger)
    return ledger


@dataclass(frozen=True)
class Visits:
    """Every wait in a queue that ended with an agent: one row per touch, in order of (ticket, time).

    Args:
        ticket: which.
        queue: where it waited.
        joined_ms, started_ms: the wait.
    """

    ticket: NDArray[np.int32]
    queue: NDArray[np.int16]
    joined_ms: Integers
    started_ms: Integers

    @property
    def wait(self) -> Floats:
        """In units."""
        return (self.started_ms - self.joined_ms) / UNIT_MS


def visits(ledger: Ledger) -> Visits:
    """Read the waits off a ledger without set-aside work: a start follows the ticket's last joining of a queue."""
    order = np.argsort(ledger.ticket, kind="stable")
    event = ledger.event[order]
    starts = np.flatnonzero(event == Event.STARTED)
    joins = order[starts - 1]
    assert np.isin(event[starts - 1], QUEUEING_EVENTS).all()
    return Visits(ledger.ticket[joins], ledger.place[joins], ledger.time_ms[joins], ledger.time_ms[order[starts]])


def busy_share(ledger: Ledger, agents: int, start_ms: int, end_ms: int) -> float:
    """Return the share of ``agents``' time from start to end that is spent with a ticket in hand."""
    started = ledger.time_ms[np.isin(ledger.event, WORK_STARTS)]
    ended = ledger.time_ms[np.isin(ledger.event, WORK_ENDS)]

    def after_start(times_ms: Integers) -> int:
        return int((end_ms - np.clip(times_ms, start_ms, end_ms)).sum())

    return (after_start(started) - after_start(ended)) / (agents * (end_ms - start_ms))


def present_at(ledger: Ledger, instants_ms: Integers) -> Integers:
    """Return how many tickets have arrived and are not resolved at each instant, changes at it included."""
    arrived = np.sort(ledger.time_ms[ledger.event == Event.ARRIVED])
    resolved = np.sort(ledger.time_ms[ledger.event == Event.RESOLVED])
    return np.searchsorted(arrived, instants_ms, side="right") - np.searchsorted(resolved, instants_ms, side="right")


def hourly_mean(time_ms: Integers, change: Integers, hours: int) -> Floats:
    """Return the mean over each of ``hours`` units of a number that is 0 at first and changes at ``time_ms``, rising.

    Args:
        time_ms: (N,).
        change: (N,), by how much.
        hours: from time 0.
    """
    edges_ms = np.arange(hours + 1) * UNIT_MS
    level = np.concatenate([[0], np.cumsum(change)])
    area = np.concatenate([[0], np.cumsum(level[:-1] * np.diff(time_ms, prepend=0))])
    before = np.searchsorted(time_ms, edges_ms, side="right")
    since_ms = edges_ms - np.concatenate([[0], time_ms])[before]
    means: Floats = np.diff(area[before] + level[before] * since_ms) / UNIT_MS
    return means
