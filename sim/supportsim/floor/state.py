"""What the floor knows between two instants, set up from a plan and a workload.

Everything that the hot path reads is a list of plain integers: an element of a NumPy
array would cost an object at each look.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from supportsim.floor.instants import Instants
from supportsim.ledger import NOBODY, LedgerWriter
from supportsim.plan.model import OrderBy, Plan, Rules
from supportsim.workload.model import Crew, Tickets, Workload

NOWHERE = -1
"""The place of a ticket that does not wait in a queue."""


LONGEST_BITS = 45
"""Enough for any time in milliseconds."""


class State:
    """Tickets, queues and people.

    A ticket's *place* among the waiting is one integer, made of (2 x class, plus 1
    unless set aside; since when; ticket; queue) from the highest bits to the lowest.
    The least goes first. A heap of places is never searched: a place counts only as
    long as it is the one in ``place``, and is dropped when it comes to the head.
    """

    __slots__ = (
        "at", "attempt", "available", "by_creation", "by_wait", "class_bits", "class_lost", "created_ms",
        "crew_changes", "finish_deferrable", "first_attempt", "first_stage", "freed", "grace_ms", "heaps",
        "heaps_of_team", "idle", "idle_since_ms", "in_hand", "instants", "joined_ms", "last_agent", "ledger", "left_ms",
        "live", "next_crew_change", "own", "own_queue", "patience_ms", "place", "queue_bits", "queue_mask",
        "queues", "queues_of_team", "ranked_idle", "reading_in_ms", "record", "retry_ms", "set_aside_bit",
        "since_shift", "sole_idle", "stage", "stage_delay_ms", "stage_next", "stage_queue", "stage_queue_after_retry",
        "stage_work_ms", "team", "ticket_mask", "touched", "turned_deferrable", "work_end_ms",
    )  # fmt: skip

    def __init__(self, plan: Plan, workload: Workload) -> None:
        self.ledger = LedgerWriter()
        self.record = self.ledger.append
        self.instants = Instants(plan.horizon_ms)
        self.at = self.instants.at
        self._set_up_rules(plan, len(workload.tickets))
        self._set_up_tickets(plan, workload.tickets)
        self._set_up_people(plan, workload.crew)
        self._set_up_queues(plan)

    def _set_up_rules(self, plan: Plan, ticket_count: int) -> None:
        rules = plan.rules
        self.by_creation = rules.seniority_is_ticket
        self.by_wait = rules.order_by == OrderBy.WAIT and not rules.seniority_is_ticket
        self.finish_deferrable = rules.finish_deferrable
        self.grace_ms = rules.grace_ms
        self.reading_in_ms = rules.reading_in_ms
        ticket_bits = ticket_count.bit_length()
        self.own_queue = len(plan.queues)
        self.queue_bits = self.own_queue.bit_length()
        self.queue_mask = (1 << self.queue_bits) - 1
        self.ticket_mask = (1 << ticket_bits) - 1
        self.since_shift = self.queue_bits + ticket_bits
        since_bits = plan.horizon_ms.bit_length() if rules.order_by == OrderBy.WAIT else LONGEST_BITS
        self.set_aside_bit = 1 << (self.since_shift + since_bits)

    def _set_up_tickets(self, plan: Plan, tickets: Tickets) -> None:
        stage_queue = _queue_of_stages(plan, tickets, tickets.channel)
        if (stage_queue < 0).any():
            unserved = int(np.searchsorted(tickets.stage_offset, np.argmin(stage_queue), side="right")) - 1
            raise ValueError(f"ticket {unserved} needs a tier where no team serves its skill and channel")
        count = len(tickets)
        self.class_bits = _class_bits(plan, tickets, self.set_aside_bit)
        # What a live contact falls behind when its customer comes back by a deferrable channel.
        live, deferrable = ranks(plan.rules)
        lost = 2 * (deferrable - live).astype(np.int64)[tickets.priority]
        self.class_lost = memoryview(lost)  # type: ignore[arg-type]
        self.created_ms: list[int] = tickets.created_ms.tolist()
        self.live: list[bool] = tickets.live.tolist()
        self.stage: list[int] = tickets.stage_offset[:-1].tolist()
        self.stage_queue: list[int] = stage_queue.tolist()
        self.stage_work_ms: list[int] = tickets.stage_work_ms.tolist()
        self.stage_next: list[int] = tickets.stage_next.tolist()
        self.stage_delay_ms: list[int] = tickets.stage_delay_ms.tolist()
        self.place = [NOWHERE] * count
        self.last_agent = [NOBODY] * count
        self.left_ms: dict[int, int] = {}
        self.joined_ms = [NOBODY] * count
        self.attempt: dict[int, int] = {}
        self.turned_deferrable: set[int] = set()
        # Few tickets need these; memoryviews give plain integers without a second copy of the workload.
        self.stage_queue_after_retry = memoryview(_queue_of_stages(plan, tickets, tickets.retry_channel))  # type: ignore[arg-type]
        self.first_stage = memoryview(tickets.stage_offset)  # type: ignore[arg-type]
        self.first_attempt = memoryview(tickets.attempt_offset)  # type: ignore[arg-type]
        self.patience_ms = memoryview(tickets.attempt_patience_ms)  # type: ignore[arg-type]
        self.retry_ms = memoryview(tickets.attempt_retry_ms)  # type: ignore[arg-type]

    def _set_up_people(self, plan: Plan, crew: Crew) -> None:
        self.team: list[int] = plan.people.team.tolist()
        count = len(self.team)
        self.available = [False] * count
        self.in_hand = [NOBODY] * count
        self.work_end_ms = [NOBODY] * count
        self.idle_since_ms = [0] * count
        self.own: list[list[int]] = [[] for _ in range(count)]
        # The longest idle first.
        self.idle: list[deque[int]] = [deque() for _ in plan.teams]
        self.freed: list[int] = []
        self.crew_changes = _crew_changes(crew)
        self.next_crew_change = 0

    def _set_up_queues(self, plan: Plan) -> None:
        self.queues = plan.queues
        self.heaps: list[list[int]] = [[] for _ in plan.queues]
        self.touched: list[int] = []
        self.queues_of_team = [
            [index for index, queue in enumerate(plan.queues) if team in queue.teams] for team in range(len(plan.teams))
        ]
        self.heaps_of_team = [[self.heaps[queue] for queue in queues] for queues in self.queues_of_team]
        self.sole_idle = [self.idle[queue.teams[0]] if len(queue.teams) == 1 else None for queue in plan.queues]
        self.ranked_idle = [
            [(rank, self.idle[team]) for rank, team in zip(queue.ranks, queue.teams, strict=True)]
            for queue in plan.queues
        ]


def _queue_of_stages(plan: Plan, tickets: Tickets, channel: NDArray[np.int16]) -> NDArray[np.int32]:
    """Return the queue of each stage (R,), if the tickets came by ``channel`` (T,)."""
    stages = np.diff(tickets.stage_offset)
    queue = plan.queue_of[tickets.stage_tier, np.repeat(tickets.skill, stages), np.repeat(channel, stages)]
    return queue.astype(np.int32, copy=False)


def ranks(rules: Rules) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the rank of live and of deferrable tickets by priority, (5,) each; the lowest goes first.

    Whatever sets work aside precedes everything else, so that what an agent takes is never set
    aside at the same instant. Then live contacts come, if the rules want it, then classes.
    """
    classes = len(rules.priority_class)
    urgent = np.array(rules.urgent or (False,) * classes)
    urgent_ranks = classes + 1 if urgent.any() or rules.urgent_live else 0
    live = rules.priority_class + urgent_ranks
    deferrable = live + classes * rules.live_first
    if rules.urgent_live:
        live = np.full(classes, classes)
    by_priority = np.arange(classes)
    return (
        np.where(urgent, by_priority, live).astype(np.int32),
        np.where(urgent, by_priority, deferrable).astype(np.int32),
    )


def _class_bits(plan: Plan, tickets: Tickets, set_aside_bit: int) -> list[int]:
    """Return what the class of each stage (R) adds to a place; only a first stage can be live."""
    live, deferrable = ranks(plan.rules)
    rank = deferrable[np.repeat(tickets.priority, np.diff(tickets.stage_offset))]
    first = tickets.stage_offset[:-1]
    rank[first] = np.where(tickets.live, live[tickets.priority], rank[first])
    bits = [(2 * rank + 1) * set_aside_bit for rank in range(int(rank.max(initial=0)) + 1)]
    return [bits[rank] for rank in rank.tolist()]


def _crew_changes(crew: Crew) -> list[tuple[int, int, int, int, int]]:
    """Return (time_ms, comes, person, reason, keeps_work), in order; at one instant people leave before others come."""
    ends = zip(
        crew.end_ms.tolist(),
        [0] * len(crew.person),
        crew.person.tolist(),
        crew.end_reason.tolist(),
        crew.keeps_work.astype(int).tolist(),
        strict=True,
    )
    starts = (
        (time_ms, 1, person, 0, 0) for time_ms, person in zip(crew.start_ms.tolist(), crew.person.tolist(), strict=True)
    )
    return sorted([*ends, *starts])
