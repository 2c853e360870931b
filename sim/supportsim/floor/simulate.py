"""The floor: agents take tickets from queues while simulated time passes.

It sees arrays, holds no random numbers, computes no metric, and only records.
"""

from __future__ import annotations

from collections import OrderedDict
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from supportsim.floor.instants import Instants, Order
from supportsim.ledger import NOBODY, Event, Ledger, LedgerWriter
from supportsim.plan.model import Plan
from supportsim.workload.model import Crew, Next, Tickets, Workload

Entry = tuple[int, int, int, int]
"""A waiting ticket's place: (2 x class, plus 1 unless set aside; since; ticket; queue). The least goes first."""

# Plain integers: a member of an IntEnum costs a method call at every comparison.
WORK_END, CREW, PATIENCE, RETURN, WIDEN, ARRIVAL = (int(order) for order in Order)
ARRIVED, STARTED, RESUMED = int(Event.ARRIVED), int(Event.STARTED), int(Event.RESUMED)
SUSPENDED, RELEASED, PASSED_ON = int(Event.SUSPENDED), int(Event.RELEASED), int(Event.PASSED_ON)
RESOLVED, REOPENED = int(Event.RESOLVED), int(Event.REOPENED)
ABANDONED, RETRIED, WIDENED = int(Event.ABANDONED), int(Event.RETRIED), int(Event.WIDENED)
AGENT_ON, AGENT_OFF = int(Event.AGENT_ON), int(Event.AGENT_OFF)
RESOLVE = int(Next.RESOLVE)
MOVES_ON = {int(Next.ESCALATE): int(Event.ESCALATED), int(Next.HAND_BACK): int(Event.HANDED_BACK)}
WAITS_FOR = {
    int(Next.ASK_CUSTOMER): (int(Event.ASKED), int(Event.REPLIED)),
    int(Next.FIX): (int(Event.SENT_TO_FIX), int(Event.FIXED)),
}


def simulate(plan: Plan, workload: Workload) -> Ledger:
    """Run one replication from time 0 to the plan's horizon and return what happened.

    Same plan and workload, same ledger. Changes at one instant happen in the order
    of `instants.Order`; then tickets and free agents are matched, best ticket first.

    Raises:
        ValueError: a ticket's route leads to a tier where no team serves its skill and channel.
    """
    return _Floor(plan, workload).run()


class _Floor:
    """The state of the floor between two instants.

    No free agent and ticket that could be matched remain when an instant ends, so
    dispatch need only look at the queues and agents that the instant touched.
    """

    def __init__(self, plan: Plan, workload: Workload) -> None:
        self._set_up_tickets(plan, workload.tickets)
        self._set_up_people(plan, workload.crew)
        self.rules = plan.rules
        self.queues = plan.queues
        self.heaps: list[list[Entry]] = [[] for _ in plan.queues]
        self.ranked_teams = [tuple(zip(queue.ranks, queue.teams, strict=True)) for queue in plan.queues]
        self.touched: list[int] = []
        self.ledger = LedgerWriter()
        self.record = self.ledger.append
        handlers = (self._end_work, self._change_crew, self._lose_patience, self._return, self._widen, self._arrive)
        self.instants = Instants(plan.horizon_ms, handlers, self._dispatch)
        self.at = self.instants.at

    def _set_up_tickets(self, plan: Plan, tickets: Tickets) -> None:
        # Memoryviews give plain integers without a second copy of the workload.
        self.created_ms = memoryview(tickets.created_ms)
        self.live = memoryview(tickets.live)
        self.fresh_class = memoryview((2 * plan.rules.priority_class[tickets.priority] + 1).astype(np.int64))
        self.first_stage = memoryview(tickets.stage_offset)
        self.stage_work_ms = memoryview(tickets.stage_work_ms)
        self.stage_next = memoryview(tickets.stage_next)
        self.stage_delay_ms = memoryview(tickets.stage_delay_ms)
        stage_queue = _queue_of_stages(plan, tickets, tickets.channel)
        if (stage_queue < 0).any():
            unserved = int(np.searchsorted(tickets.stage_offset, np.argmin(stage_queue), side="right")) - 1
            raise ValueError(f"ticket {unserved} needs a tier where no team serves its skill and channel")
        self.stage_queue = memoryview(stage_queue)
        self.stage_queue_after_retry = memoryview(_queue_of_stages(plan, tickets, tickets.retry_channel))
        self.first_attempt = memoryview(tickets.attempt_offset)
        self.patience_ms = memoryview(tickets.attempt_patience_ms)
        self.retry_ms = memoryview(tickets.attempt_retry_ms)
        self.ticket_count = len(tickets)
        self.stage: list[int] = tickets.stage_offset[:-1].tolist()
        self.entry: list[Entry | None] = [None] * self.ticket_count
        self.last_agent = [NOBODY] * self.ticket_count
        self.attempt: dict[int, int] = {}
        self.left_ms: dict[int, int] = {}
        self.joined_ms: dict[int, int] = {}
        self.turned_deferrable: set[int] = set()

    def _set_up_people(self, plan: Plan, crew: Crew) -> None:
        self.team: list[int] = plan.people.team.tolist()
        count = len(self.team)
        self.available = [False] * count
        self.in_hand = [NOBODY] * count
        self.work_end_ms = [0] * count
        self.job = [0] * count
        self.idle_since_ms = [0] * count
        self.own: list[list[Entry]] = [[] for _ in range(count)]
        self.idle: list[OrderedDict[int, None]] = [OrderedDict() for _ in plan.teams]
        self.freed: list[int] = []
        self.queues_of_team: list[list[int]] = [
            [index for index, queue in enumerate(plan.queues) if team in queue.teams] for team in range(len(plan.teams))
        ]
        self.crew_changes = _crew_changes(crew)
        self.next_crew_change = 0

    def run(self) -> Ledger:
        if self.ticket_count:
            self.at(self.created_ms[0], (ARRIVAL, 0, 0))
        if self.crew_changes:
            self.at(self.crew_changes[0][0], (CREW, 0, 0))
        self.instants.run()
        return self.ledger.freeze()

    # The changes: one method per member of Order, called with (who, what).

    def _end_work(self, agent: int, job: int) -> None:
        if self.job[agent] != job:
            return
        now = self.instants.now_ms
        ticket = self._put_down(agent)
        stage = self.stage[ticket]
        what = self.stage_next[stage]
        if what == RESOLVE:
            self.record((now, ticket, RESOLVED, self.team[agent], agent))
            if stage + 1 < self.first_stage[ticket + 1]:
                self.at(now + self.stage_delay_ms[stage], (RETURN, ticket, REOPENED))
        elif what in MOVES_ON:
            self.stage[ticket] = stage + 1
            self._join(ticket, self.stage_queue[stage + 1], MOVES_ON[what], agent)
        else:
            goes, comes_back = WAITS_FOR[what]
            self.record((now, ticket, goes, self.team[agent], agent))
            self.at(now + self.stage_delay_ms[stage], (RETURN, ticket, comes_back))

    def _change_crew(self, _who: int, _what: int) -> None:
        now = self.instants.now_ms
        changes = self.crew_changes
        place = self.next_crew_change
        while place < len(changes) and changes[place][0] == now:
            _, comes, agent, reason, keeps_work = changes[place]
            if comes:
                self.available[agent] = True
                self.record((now, NOBODY, AGENT_ON, self.team[agent], agent))
                if self.in_hand[agent] == NOBODY:
                    self.freed.append(agent)
            else:
                self._go_off(agent, reason, keeps_work)
            place += 1
        self.next_crew_change = place
        if place < len(changes):
            self.at(changes[place][0], (CREW, 0, 0))

    def _lose_patience(self, ticket: int, attempt: int) -> None:
        entry = self.entry[ticket]
        waits_for_answer = entry is not None and self.stage[ticket] == self.first_stage[ticket]
        if entry is None or not waits_for_answer or self.attempt[ticket] != attempt:
            return
        now = self.instants.now_ms
        self.entry[ticket] = None
        self.record((now, ticket, ABANDONED, entry[3], NOBODY))
        self.attempt[ticket] = attempt + 1
        if self.retry_ms[attempt] >= 0:
            self.at(now + self.retry_ms[attempt], (RETURN, ticket, RETRIED))

    def _return(self, ticket: int, event: int) -> None:
        if event == RETRIED:
            self._retry(ticket)
            return
        stage = self.stage[ticket] + 1
        self.stage[ticket] = stage
        self._join(ticket, self.stage_queue[stage], event, NOBODY)

    def _widen(self, ticket: int, joined_ms: int) -> None:
        entry = self.entry[ticket]
        if entry is None or self.joined_ms[ticket] != joined_ms:
            return
        rank, since, _, queue = entry
        wider = self.queues[queue].widens_to
        # Since it joined, the ticket may have been worked on and gone to a queue that does not widen.
        if wider >= 0:
            self._wait((rank, since, ticket, wider), WIDENED, NOBODY)

    def _arrive(self, ticket: int, _what: int) -> None:
        now = self.instants.now_ms
        created_ms = self.created_ms
        while ticket < self.ticket_count and created_ms[ticket] == now:
            self._join(ticket, self.stage_queue[self.stage[ticket]], ARRIVED, NOBODY)
            if self.live[ticket]:
                self._start_patience(ticket, self.first_attempt[ticket])
            ticket += 1
        if ticket < self.ticket_count:
            self.at(created_ms[ticket], (ARRIVAL, ticket, 0))

    # Tickets.

    def _join(self, ticket: int, queue: int, event: int, agent: int, *, set_aside: int = 0) -> None:
        now = self.instants.now_ms
        self._wait((self.fresh_class[ticket] - set_aside, self._since(ticket), ticket, queue), event, agent)
        widens_after_ms = self.queues[queue].widens_after_ms
        if widens_after_ms >= 0:
            self.joined_ms[ticket] = now
            self.at(now + widens_after_ms, (WIDEN, ticket, now))

    def _since(self, ticket: int) -> int:
        return self.created_ms[ticket] if self.rules.seniority_is_ticket else self.instants.now_ms

    def _wait(self, entry: Entry, event: int, agent: int) -> None:
        _, _, ticket, queue = entry
        self.entry[ticket] = entry
        heappush(self.heaps[queue], entry)
        self.touched.append(queue)
        self.record((self.instants.now_ms, ticket, event, queue, agent))

    def _start_patience(self, ticket: int, attempt: int) -> None:
        if attempt < self.first_attempt[ticket + 1]:
            self.attempt[ticket] = attempt
            self.at(self.instants.now_ms + self.patience_ms[attempt], (PATIENCE, ticket, attempt))

    def _retry(self, ticket: int) -> None:
        attempt = self.attempt[ticket]
        stage = self.stage[ticket]
        if attempt < self.first_attempt[ticket + 1]:
            self._join(ticket, self.stage_queue[stage], RETRIED, NOBODY)
            self._start_patience(ticket, attempt)
            return
        self.turned_deferrable.add(ticket)
        for later in range(stage, self.first_stage[ticket + 1]):
            self.stage_queue[later] = self.stage_queue_after_retry[later]
        self._join(ticket, self.stage_queue[stage], RETRIED, NOBODY)

    def _is_live(self, ticket: int) -> bool:
        in_first_stage = self.stage[ticket] == self.first_stage[ticket]
        return in_first_stage and self.live[ticket] and ticket not in self.turned_deferrable

    # Agents.

    def _go_off(self, agent: int, reason: int, keeps_work: int) -> None:
        self.available[agent] = False
        self.idle[self.team[agent]].pop(agent, None)
        if self.in_hand[agent] != NOBODY and not self._finishes(agent):
            self._set_aside(agent, keeps_work)
        if not keeps_work:
            for _, _, ticket, _ in sorted(self.own[agent]):
                self._join(ticket, self.stage_queue[self.stage[ticket]], PASSED_ON, agent, set_aside=1)
            self.own[agent].clear()
        self.record((self.instants.now_ms, NOBODY, AGENT_OFF, reason, agent))

    def _finishes(self, agent: int) -> bool:
        """Whether the work in hand goes on past the end of the agent's time."""
        left_ms = self.work_end_ms[agent] - self.instants.now_ms
        return self.rules.finish_deferrable or left_ms <= self.rules.grace_ms or self._is_live(self.in_hand[agent])

    def _set_aside(self, agent: int, keeps_work: int) -> None:
        now = self.instants.now_ms
        ticket = self._put_down(agent)
        self.left_ms[ticket] = self.work_end_ms[agent] - now
        if keeps_work:
            own_entry = (self.fresh_class[ticket] - 1, self._since(ticket), ticket, NOBODY)
            heappush(self.own[agent], own_entry)
            self.record((now, ticket, SUSPENDED, self.team[agent], agent))
        else:
            self._join(ticket, self.stage_queue[self.stage[ticket]], RELEASED, agent, set_aside=1)

    def _put_down(self, agent: int) -> int:
        """Empty the agent's hands and return the ticket that was in them."""
        ticket = self.in_hand[agent]
        self.in_hand[agent] = NOBODY
        # Whatever end of work is still on the calendar for this agent no longer counts.
        self.job[agent] += 1
        if self.available[agent]:
            self.freed.append(agent)
        return ticket

    def _take(self, agent: int, ticket: int) -> None:
        now = self.instants.now_ms
        del self.idle[self.team[agent]][agent]
        self.entry[ticket] = None
        work_ms = self.left_ms.pop(ticket, 0)
        event = RESUMED if work_ms else STARTED
        if not work_ms:
            work_ms = self.stage_work_ms[self.stage[ticket]]
        last = self.last_agent[ticket]
        if last != agent:
            self.last_agent[ticket] = agent
            if last != NOBODY:
                work_ms += self.rules.reading_in_ms
        self.in_hand[agent] = ticket
        self.work_end_ms[agent] = now + work_ms
        self.record((now, ticket, event, self.team[agent], agent))
        self.at(now + work_ms, (WORK_END, agent, self.job[agent]))

    # Matching.

    def _dispatch(self) -> None:
        """Match waiting tickets and free agents, best ticket first, until no pair is left."""
        returning = self._seat_freed() if self.freed else None
        touched = self.touched
        if returning or len(touched) > 1:
            self._match(sorted(dict.fromkeys(touched)), returning or [])
        elif touched:
            self._match_queue(touched[0])
        touched.clear()

    def _match_queue(self, queue: int) -> None:
        """Match when nothing but one queue can have got something to match."""
        heap = self.heaps[queue]
        while heap:
            entry = heap[0]
            ticket = entry[2]
            if self.entry[ticket] is entry:
                agent = self._pick(queue)
                if agent == NOBODY:
                    return
                self._take(agent, ticket)
            heappop(heap)

    def _match(self, queues: list[int], returning: list[int]) -> None:
        """Match over several queues and the agents with work of their own set aside."""
        while True:
            best: Entry | None = None
            taker = NOBODY
            for queue in queues:
                entry = self._head(queue)
                if entry is not None and (best is None or entry < best):
                    agent = self._pick(queue)
                    if agent != NOBODY:
                        best, taker = entry, agent
            for agent in returning:
                if self.in_hand[agent] == NOBODY and (best is None or self.own[agent][0] < best):
                    best, taker = self.own[agent][0], agent
            if best is None:
                return
            heappop(self.own[taker] if best[3] == NOBODY else self.heaps[best[3]])
            self._take(taker, best[2])

    def _seat_freed(self) -> list[int]:
        """Put agents with empty hands among the idle; return those who have work of their own set aside."""
        now = self.instants.now_ms
        returning = []
        for agent in sorted(self.freed) if len(self.freed) > 1 else self.freed:
            idle = self.idle[self.team[agent]]
            if self.available[agent] and agent not in idle:
                idle[agent] = None
                self.idle_since_ms[agent] = now
                self.touched += self.queues_of_team[self.team[agent]]
                if self.own[agent]:
                    returning.append(agent)
        self.freed.clear()
        return returning

    def _head(self, queue: int) -> Entry | None:
        """Return the best waiting entry, dropping those whose ticket has left since."""
        heap = self.heaps[queue]
        while heap:
            entry = heap[0]
            if self.entry[entry[2]] is entry:
                return entry
            heappop(heap)
        return None

    def _pick(self, queue: int) -> int:
        """Return the free agent with the best (rank, longest idle, team, person), or NOBODY."""
        best = (0, 0, NOBODY)
        for rank, team in self.ranked_teams[queue]:
            for agent in self.idle[team]:
                candidate = (rank, self.idle_since_ms[agent], agent)
                if best[2] == NOBODY or candidate < best:
                    best = candidate
                break
        return best[2]


def _queue_of_stages(plan: Plan, tickets: Tickets, channel: NDArray[np.int16]) -> NDArray[np.int64]:
    """Return the queue of each stage (R,), if the tickets came by ``channel`` (T,)."""
    ticket = np.repeat(np.arange(len(tickets)), np.diff(tickets.stage_offset))
    queue = plan.queue_of[tickets.stage_tier, tickets.skill[ticket], channel[ticket]]
    return queue.astype(np.int64)


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
    starts = ((time_ms, 1, person, 0, 0) for time_ms, person in zip(crew.start_ms.tolist(), crew.person.tolist(), strict=True))
    return sorted([*ends, *starts])
