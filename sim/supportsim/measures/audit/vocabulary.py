"""What the audit knows of the events, one entry per event code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import QUEUEING_EVENTS, WORK_ENDS, WORK_STARTS, Event
from supportsim.workload.model import Next

CODES = 64
"""Event codes lie below this."""


def events(members: Iterable[Event]) -> NDArray[np.bool_]:
    """Return a table (CODES,) that tells for each event code whether it is one of ``members``."""
    table = np.zeros(CODES, dtype=np.bool_)
    table[list(members)] = True
    return table


KNOWN = events(Event)
QUEUES = events(QUEUEING_EVENTS)
STARTS = events(WORK_STARTS)
ENDS = events(WORK_ENDS)
SETS_ASIDE = events((Event.SUSPENDED, Event.RELEASED, Event.PREEMPTED))
AT_LEAVING = events((Event.SUSPENDED, Event.RELEASED))
"""Events that set work aside because its agent's time ends."""
ENDS_TOUCH = ENDS & ~SETS_ASIDE
OF_AGENT = events((Event.AGENT_ON, Event.AGENT_OFF, Event.PAGED))
HELPS = events((Event.JOINED, Event.LEFT))
BESIDE = HELPS | events((Event.NOTIFIED,))
"""Events of a ticket that leave it in its state."""
TAKES = STARTS | events((Event.JOINED,))
PUTS_DOWN = ENDS | events((Event.LEFT,))
OF_FLOOR = events((Event.PLAYBOOK_FIRES, Event.PLAYBOOK_ENDS))
"""Events that belong to no ticket and to nobody."""
NO_TICKET = OF_AGENT | OF_FLOOR
CHANGES_OWNER = events((Event.ASSIGNED, Event.LET_GO, Event.PASSED_ON))
HAS_AGENT = STARTS | ENDS | OF_AGENT | CHANGES_OWNER | HELPS
OF_LOAD = HAS_AGENT & ~events((Event.PAGED,))
"""Events that change what an agent has in hand or owns."""
OWN = events((Event.SUSPENDED, Event.ASSIGNED))
"""Events after which a ticket waits for the agent named."""
HAS_TEAM = STARTS | (ENDS & ~QUEUES) | HELPS | events((Event.AGENT_ON, Event.PAGED))
_RETURNS = (Event.REPLIED, Event.FIXED, Event.REOPENED, Event.FOLLOW_UP_DUE, Event.ANSWERED, Event.UPDATE_DUE)
RETURNS = events(_RETURNS)
"""Events at which a ticket comes back from whoever had it meanwhile."""
NEXT_STAGE = events((Event.ESCALATED, Event.HANDED_BACK)) | RETURNS
"""Events that bring a ticket to the next stage of its route."""
SAME_HOLDER = events((Event.WIDENED, Event.CALL_BACK, Event.LINKED))
"""Events that leave a waiting ticket with the person, if any, that it waits for."""
GOES_ON = events((Event.WIDENED, Event.CALL_BACK, Event.LINKED, Event.ASSIGNED, Event.LET_GO))
"""Events in the middle of a wait, which goes on as it began."""
ASIDE = events((Event.RELEASED, Event.PASSED_ON, Event.PREEMPTED))
"""Events after which a ticket waits as work that was set aside."""

_MAY_FOLLOW: dict[Event, tuple[Event, ...]] = {
    **dict.fromkeys(WORK_STARTS, WORK_ENDS),
    **dict.fromkeys(
        (Event.ESCALATED, Event.HANDED_BACK, Event.MOVED_UP, *_RETURNS),
        (Event.STARTED, Event.WIDENED, Event.ASSIGNED, Event.LET_GO, Event.MOVED_UP),
    ),
    **dict.fromkeys(
        (Event.ARRIVED, Event.RETRIED),
        (
            Event.STARTED,
            Event.WIDENED,
            Event.ASSIGNED,
            Event.LET_GO,
            Event.LINKED,
            Event.ABANDONED,
            Event.CALL_BACK,
            Event.MOVED_UP,
        ),
    ),
    **dict.fromkeys((Event.RELEASED, Event.PASSED_ON), (Event.RESUMED, Event.WIDENED, Event.ASSIGNED, Event.LET_GO)),
    Event.PREEMPTED: (Event.RESUMED, Event.WIDENED),
    Event.SUSPENDED: (Event.RESUMED, Event.PASSED_ON),
    Event.PARKED: (Event.ENDED,),
    Event.ASKED: (Event.REPLIED, Event.FOLLOW_UP_DUE, Event.CLOSED),
    Event.REFERRED: (Event.ANSWERED, Event.UPDATE_DUE),
    Event.SENT_TO_FIX: (Event.FIXED, Event.UPDATE_DUE),
    Event.RESOLVED: (Event.REOPENED,),
    Event.ABANDONED: (Event.RETRIED, Event.TURNED_AWAY),
}


def _matrix() -> NDArray[np.bool_]:
    table = np.zeros((CODES, CODES), dtype=np.bool_)
    for event, followers in _MAY_FOLLOW.items():
        table[event, list(followers)] = True
    return table


MAY_FOLLOW = _matrix()
"""bool (CODES, CODES): which event of a ticket (column) may follow which (row). What happens in the
middle of a wait lets it go on as before, so look up what began the wait."""

_PHASES: tuple[tuple[Event, ...], ...] = (
    (Event.PLAYBOOK_FIRES, Event.PLAYBOOK_ENDS),
    (
        Event.ESCALATED,
        Event.HANDED_BACK,
        Event.ASKED,
        Event.SENT_TO_FIX,
        Event.RESOLVED,
        Event.REFERRED,
        Event.MERGED,
        Event.PARKED,
    ),
    (Event.SUSPENDED, Event.RELEASED, Event.PASSED_ON, Event.AGENT_OFF),
    (Event.AGENT_ON,),
    (Event.ABANDONED, Event.CALL_BACK),
    (*_RETURNS, Event.RETRIED, Event.CLOSED, Event.ENDED),
    (Event.WIDENED,),
    (Event.LINKED,),
    (Event.ARRIVED,),
    (Event.ASSIGNED,),
    (Event.STARTED, Event.RESUMED, Event.PREEMPTED),
    (Event.PAGED,),
)


def _phase_table() -> NDArray[np.int8]:
    table = np.full(CODES, -1, dtype=np.int8)
    for phase, members in enumerate(_PHASES):
        table[list(members)] = phase
    return table


PHASE = _phase_table()
"""int8 (CODES,): what goes first at one instant; -1 for what belongs to the change above."""
END_OF_WORK = int(PHASE[Event.RESOLVED])

ENDS_BY_NEXT: NDArray[Any] = np.zeros(len(Next), dtype=np.int8)
"""int8: the event that ends a stage, by what follows the stage (`Next`)."""
RETURN_BY_NEXT: NDArray[Any] = np.zeros(len(Next), dtype=np.int8)
"""int8: the event that brings a ticket back, or closes it, after the stage's delay, by what follows the stage."""
for _next, _ends, _returns in (
    (Next.RESOLVE, Event.RESOLVED, Event.REOPENED),
    (Next.ESCALATE, Event.ESCALATED, 0),
    (Next.HAND_BACK, Event.HANDED_BACK, 0),
    (Next.ASK_CUSTOMER, Event.ASKED, Event.REPLIED),
    (Next.FIX, Event.SENT_TO_FIX, Event.FIXED),
    (Next.FOLLOW_UP, Event.ASKED, Event.FOLLOW_UP_DUE),
    (Next.CLOSE, Event.ASKED, Event.CLOSED),
    (Next.THIRD_PARTY, Event.REFERRED, Event.ANSWERED),
    (Next.MERGE, Event.MERGED, 0),
    (Next.FIX_GOES_ON, Event.SENT_TO_FIX, Event.UPDATE_DUE),
    (Next.THIRD_PARTY_GOES_ON, Event.REFERRED, Event.UPDATE_DUE),
    (Next.LINK, Event.PARKED, Event.ENDED),
):
    ENDS_BY_NEXT[_next], RETURN_BY_NEXT[_next] = _ends, _returns


def name(event: int) -> str:
    """Return the event's name, or its bare code if it has none."""
    return Event(event).name if 0 <= event < CODES and KNOWN[event] else f"event {event}"
