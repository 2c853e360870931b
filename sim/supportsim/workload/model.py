"""`Workload`: what one replication brings, all of it drawn before the floor opens.

Times are integer milliseconds since ``plan.origin``. Every duration that the
floor schedules is at least 1 ms, so that no two rounds share an instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class ContactOutcome(IntEnum):
    """What became of a contact before any person saw it."""

    TICKET = 0
    DEFLECTED = 1
    TURNED_AWAY = 2
    IN_SELF_SERVICE = 3
    """Still in self-service, before a rebound, or held until its channel opens, when the simulation stops."""


class Next(IntEnum):
    """What follows a touch."""

    RESOLVE = 0
    """Solved. If the ticket has another stage, it is reopened after the stage's delay."""
    ESCALATE = 1
    HAND_BACK = 2
    ASK_CUSTOMER = 3
    """The next stage waits for the customer's reply, the stage's delay."""
    FIX = 4
    """The next stage waits for engineering, the stage's delay."""
    FOLLOW_UP = 5
    """The customer was asked and does not answer; the next stage, to ask again, comes after the stage's delay."""
    CLOSE = 6
    """The customer was asked for the last time and does not answer; closed after the stage's delay. The last stage."""
    THIRD_PARTY = 7
    """The next stage waits for somebody outside, the stage's delay."""
    MERGE = 8
    """Found to be a second ticket on the same problem and merged into the first. The only stage."""
    FIX_GOES_ON = 10
    """The next stage, a word to the customer, comes after the stage's delay; engineering has not finished by then."""
    THIRD_PARTY_GOES_ON = 11
    """The same while somebody outside has not answered."""
    LINK = 9
    """Found to be about an incident and resolved together with it. The last stage."""


CALLS_BACK = -2
"""In place of the delay of a retry: the customer does not give up but takes a call-back."""


@dataclass(frozen=True)
class Contacts:
    """N contacts in order of arrival.

    Args:
        arrived_ms: int64 (N,).
        key: uint64 (N,), the contact's identity: the same customer has the same key in every plan.
        source: int16 (N,), -1 for the base demand, else the index of the scenario's event.
        channel, segment, category, priority: int16 (N,), codes of the plan; the channel is the one first tried.
        outcome: int8 (N,), `ContactOutcome`.
        layer: int16 (N,), the self-service layer that deflected it, or -1.
        rebound: bool (N,), left self-service thinking it solved and came back as a ticket.
    """

    arrived_ms: NDArray[np.int64]
    key: NDArray[np.uint64]
    source: NDArray[np.int16]
    channel: NDArray[np.int16]
    segment: NDArray[np.int16]
    category: NDArray[np.int16]
    priority: NDArray[np.int16]
    outcome: NDArray[np.int8]
    layer: NDArray[np.int16]
    rebound: NDArray[np.bool_]


@dataclass(frozen=True)
class Tickets:
    """T tickets in order of creation (ties by contact key); a ticket's number is its place here.

    Args:
        contact: int32 (T,), index into the contacts.
        created_ms: int64 (T,), when it reaches the floor, after self-service.
        channel, segment, category, priority, skill: int16 (T,).
        live: bool (T,), its first stage is a live contact (phone, chat at L1).
        first_reply_ms: int64 (T,), working time into the first touch at which the customer hears
            from a person; 0 for live contacts (the answer itself). Never beyond the first stage's work.
        stage_offset: int64 (T+1,), stages of ticket i are ``stage_offset[i]:stage_offset[i+1]``;
            every ticket has at least one.
        stage_tier: int8 (R,), 0 for L1.
        stage_work_ms: int64 (R,), hands-on time, at least 1.
        stage_next: int8 (R,), `Next`; the last stage of a ticket is always RESOLVE, CLOSE or MERGE.
        stage_delay_ms: int64 (R,), from the end of this stage to the queueing of the next (or to closing), at
            least 1, where ``stage_next`` is ASK_CUSTOMER, FOLLOW_UP, CLOSE, THIRD_PARTY, FIX, one of the last two that
            goes on, or RESOLVE with a stage to follow; else 0.
        attempt_offset: int64 (T+1,), attempts of live ticket i; deferrable tickets have none, nor
            do live tickets of endless patience.
        attempt_patience_ms: int64 (A,), time in queue after which the customer gives up, at least 1.
        attempt_retry_ms: int64 (A,), delay until the customer comes back, at least 1, or -1: never, or
            `CALLS_BACK`: instead of giving up the customer takes a call-back and keeps the place in the line.
            After the last attempt of a ticket the return is deferrable.
        retry_channel: int16 (T,), the channel of a deferrable return (the ticket's own if none).
        incident: int16 (T,), the incident that the ticket is about, an index into `Incidents`, or -1; None if no
            ticket is about any.
        linked_stage: int64 (T,), its only stage once it is linked to its incident, or -1. It is the ticket's
            first if it is linked from the start, else it lies behind those of its route.
        due_ms: int64 (T, 2), when the response and the resolution fall due by what is promised, pauses left out; -1
            where nothing is promised. None where no rule of the floor looks at it.
        step_ms: int64 (T, steps), by ``plan.rules.clock_steps``, what the ticket's SLA clock has run, pauses left out,
            when the step is due; -1: never. None where there are no steps.
        moved_stage: int64 (T, 3), the stage with which its route goes on if its clock takes it to the tier; such
            stages lie behind those of its route and end as that does. -1 where it never does; None without steps.
    """

    contact: NDArray[np.int32]
    created_ms: NDArray[np.int64]
    channel: NDArray[np.int16]
    segment: NDArray[np.int16]
    category: NDArray[np.int16]
    priority: NDArray[np.int16]
    skill: NDArray[np.int16]
    live: NDArray[np.bool_]
    first_reply_ms: NDArray[np.int64]
    stage_offset: NDArray[np.int64]
    stage_tier: NDArray[np.int8]
    stage_work_ms: NDArray[np.int64]
    stage_next: NDArray[np.int8]
    stage_delay_ms: NDArray[np.int64]
    attempt_offset: NDArray[np.int64]
    attempt_patience_ms: NDArray[np.int64]
    attempt_retry_ms: NDArray[np.int64]
    retry_channel: NDArray[np.int16]
    incident: NDArray[np.int16] | None = None
    linked_stage: NDArray[np.int64] | None = None
    due_ms: NDArray[np.int64] | None = None
    step_ms: NDArray[np.int64] | None = None
    moved_stage: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.created_ms)


@dataclass(frozen=True)
class LateStarts:
    """Shifts that begin with time off the floor, so that somebody comes only later.

    Args:
        person: int32 (n,), sorted by (person, start).
        start_ms: int64 (n,), when the shift begins.
        reason: int8 (n,), `plan.OffReason`, what the person is in instead.
        until_ms: int64 (n,), until when: the start of the next interval, or the end of the shift.
        keeps_work: bool (n,), as that of an interval that ends there.
        speed_ppm: int64 (n,), how fast the person works on that day.
    """

    person: NDArray[np.int32]
    start_ms: NDArray[np.int64]
    reason: NDArray[np.int8]
    until_ms: NDArray[np.int64]
    keeps_work: NDArray[np.bool_]
    speed_ppm: NDArray[np.int64]


@dataclass(frozen=True)
class Crew:
    """When each person is really there: the roster less absences, breaks, meetings and training.

    Args:
        person: int32 (I,), sorted by (person, start).
        start_ms, end_ms: int64 (I,), half-open intervals of availability; those of one person
            neither overlap nor touch.
        end_reason: int8 (I,), `plan.OffReason`, why it ends.
        keeps_work: bool (I,), whether work set aside at its end waits for this person (who is back
            within ``reassign_after``) or goes back to the queue.
        absent: bool (S,), per rostered shift of the plan: paid but away all day.
        vacant: bool (S,), the person has left and nobody has the place, nor is anybody paid; None if none is.
        speed_ppm: int64 (I,), millionths of the person's usual speed of work in each interval; None if all are usual.
        off_until_ms: int64 (I,), until when each interval's ``end_reason`` keeps the person away during the shift: the
            start of the next interval, or the end of the shift. The end itself where that is the shift's. None where no
            rule of the floor looks at it.
        late: shifts that begin with time off the floor; None where no rule of the floor looks at it.
    """

    person: NDArray[np.int32]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    end_reason: NDArray[np.int8]
    keeps_work: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    vacant: NDArray[np.bool_] | None = None
    speed_ppm: NDArray[np.int64] | None = None
    off_until_ms: NDArray[np.int64] | None = None
    late: LateStarts | None = None


@dataclass(frozen=True)
class Incidents:
    """What ends each of the scenario's events for the tickets linked to it.

    Args:
        known_ms: int64 (events,), when it is known to be one problem, -1 if never.
        resolved_ms: int64 (events,), when it is resolved, unless by engineering.
        fix: int64 (events,), the ticket whose resolution resolves it a millisecond later; -1: none. None if no event
            has any.
    """

    known_ms: NDArray[np.int64]
    resolved_ms: NDArray[np.int64]
    fix: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Workload:
    """One replication's customers and crew.

    Args:
        contacts: see there.
        tickets: see there.
        crew: see there.
        incidents: None if tickets are linked to none.
        responds_ms: int64 (T,) for each of ``plan.on_call``, how long the person paged for a ticket takes to be at
            work, at least 1.
    """

    contacts: Contacts
    tickets: Tickets
    crew: Crew
    incidents: Incidents | None = None
    responds_ms: tuple[NDArray[np.int64], ...] = ()
