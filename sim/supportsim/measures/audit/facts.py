"""The ledger seen from its tickets, its stretches of work and its agents, for the audit's rules.

Nothing here is shared with the floor or with the measures, so that a mistake made
there is not made again here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event, Ledger
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.presence import Presence
from supportsim.measures.audit.sorting import order_of
from supportsim.measures.audit.speed import FULL_SPEED_PPM, speed_ppm
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload


@dataclass(frozen=True)
class History:
    """The ledger's ticket rows, sorted by ticket and then by row; M of them.

    Args:
        row: int32 (M,), the row of the ledger.
        ticket, event, place, agent, time_ms: int (M,), as in the ledger.
        first, last: bool (M,), the ticket's first and last row.
        previous: int8 (M,), the event of the ticket's previous row, 0 if none.
        joined: int64 (M,), the place here of the row itself, or of the row that began the wait in whose middle it is.
        waited_as: int8 (M,), the event of that row.
        next_row, next_ms: int32, int64 (M,), of the ticket's next row; the number of rows and the horizon if none.
        stage: int32 (M,), the stage the ticket has reached after the row, as an index into the
            workload's stages, kept within them; ``beyond``: bool (M,), the ticket has no such stage.
        stage_before: int32 (M,), the same before the row.
        attempt: int32 (M,), the attempt of a live ticket after the row, an index into the attempts;
            from the end of the ticket's attempts on it has none.
        returned: bool (M,), the ticket came back deferrable after its last attempt.
    """

    row: NDArray[np.int32]
    ticket: NDArray[np.int32]
    event: NDArray[np.int8]
    place: NDArray[np.int16]
    agent: NDArray[np.int32]
    time_ms: NDArray[np.int64]
    first: NDArray[np.bool_]
    last: NDArray[np.bool_]
    previous: NDArray[np.int8]
    joined: NDArray[np.int64]
    waited_as: NDArray[np.int8]
    next_row: NDArray[np.int32]
    next_ms: NDArray[np.int64]
    stage: NDArray[np.int32]
    stage_before: NDArray[np.int32]
    beyond: NDArray[np.bool_]
    attempt: NDArray[np.int32]
    returned: NDArray[np.bool_]


@dataclass(frozen=True)
class Stretches:
    """Stretches of one agent's work on one ticket, sorted by ticket and then time; W of them.

    Args:
        at: int64 (W,), the place of the start in the `History`.
        ticket, agent, stage: int32 (W,).
        start_ms, end_ms: int64 (W,); work still in hand ends at the horizon.
        end_event: int8 (W,), what ended it; 0 if it is still in hand.
        live: bool (W,), a customer is on the line.
        due_ms: int64 (W,), how long the agent needs for what was left to do at the start: the stage's work and the
            reading-in of everyone so far who was new to the ticket, less what was done.
    """

    at: NDArray[np.int64]
    ticket: NDArray[np.int32]
    agent: NDArray[np.int32]
    stage: NDArray[np.int32]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    end_event: NDArray[np.int8]
    live: NDArray[np.bool_]
    due_ms: NDArray[np.int64]


@dataclass(frozen=True)
class Idleness:
    """Stretches in which an agent is available with empty hands, sorted by agent and then time.

    Args:
        agent, enter, leave: int64 (n,), rows of the ledger; ``leave`` is the number of rows if it lasts.
        key: int64 (n,), the least has been idle longest; ties go by team and person.
        at_start: int64 (E,), for rows that start work, the key of the idleness they end; else -1.
    """

    agent: NDArray[np.int64]
    enter: NDArray[np.int64]
    leave: NDArray[np.int64]
    key: NDArray[np.int64]
    at_start: NDArray[np.int64]


class Facts:
    """A plan, its workload and a ledger, with views that are made when a rule first asks.

    The views presume what earlier rules of the audit have checked.
    """

    def __init__(self, plan: Plan, workload: Workload, ledger: Ledger) -> None:
        self.plan = plan
        self.workload = workload
        self.ledger = ledger
        self.rows = len(ledger)
        self.horizon_ms = plan.horizon_ms

    @cached_property
    def instant(self) -> NDArray[np.int64]:
        """The number of each row's instant, int64 (E,); rows of one time share it."""
        return np.cumsum(np.diff(self.ledger.time_ms, prepend=-1) > 0)

    @cached_property
    def time_or_end_ms(self) -> NDArray[np.int64]:
        """The time of each row, then the horizon: int64 (E + 1,)."""
        return np.append(self.ledger.time_ms, self.horizon_ms)

    @cached_property
    def may_take(self) -> NDArray[np.bool_]:
        """Who may take from which queue: bool (queues, teams)."""
        table = np.zeros((len(self.plan.queues), len(self.plan.teams)), dtype=np.bool_)
        for index, queue in enumerate(self.plan.queues):
            table[index, list(queue.teams)] = True
        return table

    @cached_property
    def history(self) -> History:
        """See `History`."""
        ledger, tickets = self.ledger, self.workload.tickets
        row = np.flatnonzero(~words.OF_AGENT[ledger.event]).astype(np.int32)
        row = row[order_of(ledger.ticket[row])]
        ticket = ledger.ticket[row]
        event = ledger.event[row]
        time_ms = ledger.time_ms[row]
        first = np.diff(ticket, prepend=-1) != 0
        last = np.append(first[1:], True)[: len(first)]
        previous = np.where(first, 0, np.roll(event, 1))
        begins = first | ~words.GOES_ON[event]
        joined = np.maximum.accumulate(np.where(begins, np.arange(len(event)), 0))
        reached = tickets.stage_offset[ticket] + _count_within(words.NEXT_STAGE[event], first)
        beyond = reached >= tickets.stage_offset[ticket + 1]
        if tickets.linked_stage is not None:
            linked, only = _count_within(event == Event.LINKED, first) > 0, tickets.linked_stage[ticket]
            at_end = (only >= 0) & (only > tickets.stage_offset[ticket])
            beyond |= at_end & ~linked & (reached >= only)
            reached = np.where(linked & (only >= 0), only + (reached - tickets.stage_offset[ticket]), reached)
            beyond |= reached >= tickets.stage_offset[ticket + 1]
        stage = np.minimum(reached, tickets.stage_offset[ticket + 1] - 1).astype(np.int32)
        attempt = tickets.attempt_offset[ticket] + _count_within(event == Event.ABANDONED, first)
        retried = _count_within(event == Event.RETRIED, first) > 0
        return History(
            row=row,
            ticket=ticket,
            event=event,
            place=ledger.place[row],
            agent=ledger.agent[row],
            time_ms=time_ms,
            first=first,
            last=last,
            previous=previous,
            joined=joined,
            waited_as=event[joined],
            next_row=np.where(last, np.int32(self.rows), np.roll(row, -1)),
            next_ms=np.where(last, self.horizon_ms, np.roll(time_ms, -1)),
            stage=stage,
            stage_before=np.where(first, stage, np.roll(stage, 1)),
            beyond=beyond,
            attempt=attempt.astype(np.int32),
            returned=retried & (attempt >= tickets.attempt_offset[ticket + 1]) & (event != Event.ABANDONED),
        )

    @property
    def queue(self) -> NDArray[np.int64]:
        """The queue of the stage the ticket has reached, by the plan: int64 (M,)."""
        history, tickets = self.history, self.workload.tickets
        ticket = history.ticket
        channel = np.where(history.returned, tickets.retry_channel[ticket], tickets.channel[ticket])
        return self.plan.queue_of[tickets.stage_tier[history.stage], tickets.skill[ticket], channel].astype(np.int64)

    @cached_property
    def is_live(self) -> NDArray[np.bool_]:
        """Whether the ticket is a live contact after the row: bool (M,)."""
        history, tickets = self.history, self.workload.tickets
        in_first_stage = history.stage == tickets.stage_offset[history.ticket]
        live: NDArray[np.bool_] = tickets.live[history.ticket] & in_first_stage & ~history.returned
        return live

    @cached_property
    def stretches(self) -> Stretches:
        """See `Stretches`."""
        history, tickets = self.history, self.workload.tickets
        at = np.flatnonzero(words.STARTS[history.event])
        ticket, agent, stage = history.ticket[at], history.agent[at], history.stage[at]
        start_ms, end_ms = history.time_ms[at], history.next_ms[at]
        new_ticket = np.diff(ticket, prepend=-1) != 0
        reads_in = ~new_ticket & (np.diff(agent, prepend=-1) != 0)
        new_touch = np.diff(stage, prepend=-1) != 0
        ppm = speed_ppm(self.plan, self.workload, agent, ticket, start_ms)
        added_ms = np.cumsum(np.where(reads_in, self.plan.rules.reading_in_ms, 0))
        added_ms -= _at_first(added_ms - np.where(reads_in, self.plan.rules.reading_in_ms, 0), new_touch)
        # Millionths of a millisecond of work, which stay exact at any speed.
        done = np.cumsum((end_ms - start_ms) * ppm) - (end_ms - start_ms) * ppm
        done -= _at_first(done, new_touch)
        return Stretches(
            at=at,
            ticket=ticket,
            agent=agent,
            stage=stage,
            start_ms=start_ms,
            end_ms=end_ms,
            end_event=np.where(history.last[at], 0, np.roll(history.event, -1)[at]),
            live=self.is_live[at],
            due_ms=-((done - (tickets.stage_work_ms[stage] + added_ms) * FULL_SPEED_PPM) // ppm),
        )

    @cached_property
    def idleness(self) -> Idleness:
        """See `Idleness`."""
        ledger = self.ledger
        row = np.flatnonzero((words.STARTS | words.ENDS | words.OF_AGENT)[ledger.event])
        row = row[order_of(ledger.agent[row])]
        agent, event = ledger.agent[row].astype(np.int64), ledger.event[row]
        first = np.diff(agent, prepend=-1) != 0
        available = _count_within(event == Event.AGENT_ON, first) - _count_within(event == Event.AGENT_OFF, first)
        in_hand = _count_within(words.STARTS[event], first) - _count_within(words.ENDS[event], first)
        next_row = np.where(np.append(first[1:], True)[: len(first)], self.rows, np.roll(row, -1))
        idle = (available > 0) & (in_hand == 0)
        enter, leave, who = row[idle], next_row[idle], agent[idle]
        people = self.plan.people
        key = (self.instant[enter] * len(self.plan.teams) + people.team[who]) * len(people.names) + who
        at_start = np.full(self.rows + 1, -1, dtype=np.int64)
        at_start[leave] = key
        return Idleness(who, enter, leave, key, at_start[:-1])

    @cached_property
    def order_key(self) -> NDArray[np.int64]:
        """The standing of a ticket that waits from this row on, int64 (M,); the least goes first."""
        history, rules = self.history, self.plan.rules
        fresh = ~(words.ASIDE[history.waited_as] | (history.event == Event.SUSPENDED))
        priority_class = rules.priority_class[self.workload.tickets.priority[history.ticket]].astype(np.int64)
        if rules.live_first:
            priority_class += len(rules.priority_class) * ~self.is_live
        joined = history.row[history.joined]
        # Tickets are numbered by creation, so their number alone tells their seniority.
        since = np.zeros(len(joined), np.int64) if rules.seniority_is_ticket else self.instant[joined]
        standing: NDArray[np.int64] = (2 * priority_class + fresh) * (self.rows + 1) + since
        return standing * self.tickets + history.ticket

    @property
    def tickets(self) -> int:
        """How many tickets the workload has."""
        return len(self.workload.tickets)

    @cached_property
    def waiting(self) -> Presence:
        """Tickets present in the queues."""
        return self._presence_of_tickets(words.QUEUES, self.history.place)

    @cached_property
    def kept(self) -> Presence:
        """Tickets set aside and kept, present with their agents."""
        suspended = words.events((Event.SUSPENDED,))
        return self._presence_of_tickets(suspended, self.history.agent)

    def _presence_of_tickets(self, during: NDArray[np.bool_], group: NDArray[Any]) -> Presence:
        history = self.history
        at = np.flatnonzero(during[history.event])
        return Presence(group[at], history.row[at], history.next_row[at], self.order_key[at], self.rows)

    @cached_property
    def idle(self) -> Presence:
        """Idle agents present in their teams."""
        idleness = self.idleness
        team = self.plan.people.team[idleness.agent].astype(np.int64)
        return Presence(team, idleness.enter, idleness.leave, idleness.key, self.rows)

    def crew_key(self, person: NDArray[Any], time_ms: NDArray[Any]) -> NDArray[np.int64]:
        """Return one number (n,) that sorts by person, then time."""
        key: NDArray[np.int64] = person.astype(np.int64) * self._crew_span_ms + time_ms
        return key

    def person_and_time(self, key: int) -> tuple[int, int]:
        """Return what went into a `crew_key`."""
        return divmod(key, self._crew_span_ms)

    @cached_property
    def _crew_span_ms(self) -> int:
        return 1 + max(self.horizon_ms, int(self.workload.crew.end_ms.max(initial=0)))


def _at_first(values: NDArray[np.int64], first: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each of ``values`` (n,) the one at the beginning of its group."""
    group: NDArray[np.int64] = np.cumsum(first) - 1
    return values[np.flatnonzero(first)][group]


def _count_within(hit: NDArray[np.bool_], first: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many hits (n,) there were so far in each group, this one included."""
    count: NDArray[np.int64] = np.cumsum(hit)
    before: NDArray[np.int64] = count - hit
    return count - _at_first(before, first)
