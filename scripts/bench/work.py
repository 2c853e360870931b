"""The reference work: tickets, routes and hourly staffing, made once and fed to every contestant.

50,000 tickets in 90 days, arrivals by hour of week with a weekday peak ten times the
night, five priorities, lognormal work at three tiers, 20 % of L1 and 15 % of L2 escalate,
heads that change by the hour, busy agents finish at their shift's end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from supportsim.ledger import Event, Ledger
from supportsim.plan.model import OffReason, People, Plan, Queue, Rules, Sla, SlaTable
from supportsim.scenario.units import HOUR_MS
from supportsim.workload.model import Contacts, Crew, Next, Tickets, Workload
from supportsim.workload.streams import Streams

DAYS = 90
TICKETS = 50_000
HOURS_OF_WEEK = 168
MEAN_WORK_HOURS = (0.2, 0.6, 2.0)
LOG_SD = (0.8, 1.0, 1.0)
ESCALATES = (0.20, 0.15)
PRIORITY_SHARES = (0.03, 0.12, 0.40, 0.30, 0.15)
OCCUPANCY = 0.8
SURGE_HOUR = 11 * HOURS_OF_WEEK + 24 + 10
"""Tuesday of the twelfth week, at ten: whoever pays for a backlog's length pays for twelve days, not for ninety."""

# Relative rate by hour of a weekday; the weekend has a fifth of it.
WEEKDAY = np.array(
    [1, 1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 9, 10, 9, 8, 6, 4, 3, 2, 2, 1, 1], dtype=np.float64
)  # fmt: skip
WEEK = np.concatenate([np.tile(WEEKDAY, 5), np.tile(WEEKDAY / 5, 2)])


@dataclass(frozen=True)
class Work:
    """What every contestant is given.

    Args:
        arrived_ms: int64 (N,), sorted and distinct.
        priority: int (N,), 0 is P1.
        depth: int (N,), how many tiers the ticket visits.
        work_ms: int64 (N, 3), hands-on time at each tier.
        heads: int (3, H), agents of each tier in each hour from time 0.
    """

    arrived_ms: NDArray[np.int64]
    priority: NDArray[np.int64]
    depth: NDArray[np.int64]
    work_ms: NDArray[np.int64]
    heads: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.arrived_ms)

    @property
    def horizon_ms(self) -> int:
        """Where everybody stops."""
        return self.heads.shape[1] * HOUR_MS


def make_work(tickets: int = TICKETS, *, surge: int = 0, constant_heads: bool = False) -> Work:
    """Return the reference work, or a shorter, longer or disturbed one of the same density.

    Args:
        tickets: how many in all hours; the period is as long as the reference's density asks.
        surge: so many more in one hour, nobody being added to the staff.
        constant_heads: the busiest hour's staff all the time.
    """
    hours = round(DAYS * 24 * tickets / TICKETS)
    uniform = Streams(seed=1, replication=0).uniform
    everyone = np.arange(tickets + surge)
    share_by_hour = np.resize(WEEK, hours)
    cumulative = np.concatenate([[0], np.cumsum(share_by_hour)]) / share_by_hour.sum()
    usual = np.interp(uniform("arrival", np.arange(tickets)), cumulative, np.arange(hours + 1))
    extra = SURGE_HOUR + uniform("surge", np.arange(surge))
    # Distinct arrivals leave no tie for the contestants to break each in its own way.
    arrived_ms = np.sort((np.concatenate([usual, extra]) * HOUR_MS).astype(np.int64))
    arrived_ms = np.maximum.accumulate(arrived_ms - everyone) + everyone
    escalates = [uniform(f"escalates L{tier + 1}", everyone) < share for tier, share in enumerate(ESCALATES)]
    depth = 1 + escalates[0] + (escalates[0] & escalates[1])
    hours_of_work = np.stack(
        [
            mean * np.exp(log_sd * ndtri(uniform(f"work L{tier + 1}", everyone)) - log_sd**2 / 2)
            for tier, (mean, log_sd) in enumerate(zip(MEAN_WORK_HOURS, LOG_SD, strict=True))
        ],
        axis=1,
    )
    priority = np.searchsorted(np.cumsum(PRIORITY_SHARES), uniform("priority", everyone))
    return Work(
        arrived_ms,
        np.minimum(priority, 4),
        depth,
        np.maximum(np.rint(hours_of_work * HOUR_MS).astype(np.int64), 1),
        _heads(hours, constant_heads),
    )


def _heads(hours: int, constant: bool) -> NDArray[np.int64]:
    """Return heads by tier and hour (3, H): the hour's load over the occupancy, at least two, three at L3."""
    per_week = TICKETS * 7 / DAYS
    rate = per_week * WEEK / WEEK.sum()
    reach = (1.0, ESCALATES[0], ESCALATES[0] * ESCALATES[1])
    load = np.stack([rate * share * mean for share, mean in zip(reach, MEAN_WORK_HOURS, strict=True)])
    heads = np.maximum(np.ceil(load / OCCUPANCY), np.array([[2], [2], [3]])).astype(np.int64)
    if constant:
        heads[:] = heads.max(axis=1, keepdims=True)
    return heads[:, np.arange(hours) % HOURS_OF_WEEK]


def compile_for_floor(work: Work) -> tuple[Plan, Workload]:
    """Return the same work in the floor's terms: head n of a tier is a person, there whenever heads > n."""
    no_promise = SlaTable(np.full((5, 1), np.nan), np.zeros((5, 1), np.int32))
    crew, team, number = _crew(work.heads)
    plan = Plan(
        origin=datetime(2026, 1, 5, tzinfo=UTC),
        timezone="UTC",
        window_ms=(0, work.horizon_ms),
        horizon_ms=work.horizon_ms,
        channels=("email",),
        segments=("all",),
        categories=("general",),
        skills=("general",),
        teams=("L1", "L2", "L3"),
        live=np.zeros(1, np.bool_),
        category_skill=np.zeros(1, np.int32),
        queue_of=np.arange(3, dtype=np.int32).reshape(3, 1, 1),
        queues=tuple(Queue(f"L{tier + 1}", (tier,), (0,)) for tier in range(3)),
        team_tier=np.arange(3, dtype=np.int32),
        people=People(
            names=tuple(f"L{t + 1}-{n + 1}" for t, n in zip(team.tolist(), number.tolist(), strict=True)),
            team=team,
            number=number,
            shift_person=crew.person,
            shift_date=np.zeros(len(crew.person), np.int32),
            shift_start_ms=crew.start_ms,
            shift_end_ms=crew.end_ms,
        ),
        sla=Sla((), np.zeros((5, 1), np.int32), no_promise, no_promise, True, False, 20_000, 0),
        rules=Rules(
            priority_class=np.arange(5, dtype=np.int32),
            live_first=False,
            seniority_is_ticket=False,
            finish_deferrable=True,
            grace_ms=0,
            reading_in_ms=0,
        ),
    )
    return plan, Workload(_contacts(work), _tickets(work), crew)


def _crew(heads: NDArray[np.int64]) -> tuple[Crew, NDArray[np.int32], NDArray[np.int32]]:
    person, start, end, team, number = [], [], [], [], []
    for tier, by_hour in enumerate(heads):
        for n in range(int(by_hour.max())):
            edges = np.flatnonzero(np.diff(np.concatenate([[False], by_hour > n, [False]]).astype(np.int8)))
            person.append(np.full(len(edges) // 2, len(team)))
            start.append(edges[::2] * HOUR_MS)
            end.append(edges[1::2] * HOUR_MS)
            team.append(tier)
            number.append(n)
    who = np.concatenate(person).astype(np.int32)
    crew = Crew(
        person=who,
        start_ms=np.concatenate(start).astype(np.int64),
        end_ms=np.concatenate(end).astype(np.int64),
        end_reason=np.full(len(who), OffReason.SHIFT_END, np.int8),
        keeps_work=np.zeros(len(who), np.bool_),
        absent=np.zeros(len(who), np.bool_),
    )
    return crew, np.array(team, np.int32), np.array(number, np.int32)


def _contacts(work: Work) -> Contacts:
    count = len(work)
    zero = np.zeros(count, np.int16)
    return Contacts(
        work.arrived_ms, np.arange(count, dtype=np.uint64), zero - 1, zero, zero, zero,
        work.priority.astype(np.int16), np.zeros(count, np.int8), zero - 1, np.zeros(count, np.bool_),
    )  # fmt: skip


def _tickets(work: Work) -> Tickets:
    count = len(work)
    zero = np.zeros(count, np.int16)
    visited = np.arange(3) < work.depth[:, None]
    tier = np.broadcast_to(np.arange(3), visited.shape)[visited]
    last = (np.arange(3) == work.depth[:, None] - 1)[visited]
    work_ms = work.work_ms[visited]
    nobody_calls = np.zeros(0, np.int64)
    return Tickets(
        contact=np.arange(count, dtype=np.int32),
        created_ms=work.arrived_ms,
        channel=zero,
        segment=zero,
        category=zero,
        priority=work.priority.astype(np.int16),
        skill=zero,
        live=np.zeros(count, np.bool_),
        first_reply_ms=np.minimum(180_000, work.work_ms[:, 0]),
        stage_offset=np.concatenate([[0], np.cumsum(work.depth)]).astype(np.int64),
        stage_tier=tier.astype(np.int8),
        stage_work_ms=work_ms,
        stage_next=np.where(last, Next.RESOLVE, Next.ESCALATE).astype(np.int8),
        stage_delay_ms=np.zeros(len(work_ms), np.int64),
        attempt_offset=np.zeros(count + 1, np.int64),
        attempt_patience_ms=nobody_calls,
        attempt_retry_ms=nobody_calls,
        retry_channel=zero,
    )


def starts_and_ends(work: Work, ledger: Ledger) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when each visit began and ended by the ledger, float (N, 3) ms each; NaN where it did not."""
    both = []
    for events in ((Event.STARTED,), (Event.ESCALATED, Event.RESOLVED)):
        rows = np.flatnonzero(np.isin(ledger.event, events))
        rows = rows[np.argsort(ledger.ticket[rows], kind="stable")]
        ticket = ledger.ticket[rows]
        visit = np.arange(len(rows)) - np.searchsorted(ticket, ticket)
        table = np.full((len(work), 3), np.nan)
        table[ticket, visit] = ledger.time_ms[rows]
        both.append(table)
    return both[0], both[1]


def mean_waits_minutes(work: Work, start_ms: NDArray[np.float64], end_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean wait before a visit to each tier, (3,) minutes, over the visits that began."""
    queued_ms = np.column_stack([work.arrived_ms, end_ms[:, :2]])
    return np.nanmean(start_ms - queued_ms, axis=0) / 60_000
