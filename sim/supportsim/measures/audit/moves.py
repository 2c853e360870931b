"""The stage that each ticket has reached, where its clock may take it to a higher tier, for the audit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.sorting import count_within
from supportsim.plan.model import Plan
from supportsim.workload.model import Tickets


def stage_reached(
    plan: Plan,
    tickets: Tickets,
    ticket: NDArray[np.int32],
    event: NDArray[np.int8],
    queue: NDArray[np.int16],
    first: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return the stage after each row of tickets' histories (M,), below 0 where no clock may take the ticket.

    Incidents are left out.
    """
    nth = count_within(words.NEXT_STAGE[event], first)
    reached: NDArray[np.int64] = tickets.stage_offset[ticket] + nth
    moves = np.flatnonzero(event == Event.MOVED_UP)
    if len(moves) == 0:
        return reached
    # Where it goes on is known by the queue, which belongs to one tier.
    leads_to = np.full(len(event), -len(event) - 1, dtype=np.int64)
    for tier in range(len(plan.queue_of) - 1, -1, -1):
        for channel in (tickets.channel, tickets.retry_channel):
            its_queue = plan.queue_of[tier, tickets.skill[ticket], channel[ticket]]
            if tickets.moved_stage is not None:
                here = moves[(its_queue == queue)[moves] & (tickets.moved_stage[ticket[moves], tier] >= 0)]
                leads_to[here] = tickets.moved_stage[ticket[here], tier]
    began = np.zeros(len(event), dtype=np.int64)
    began[moves] = moves
    since = np.maximum.accumulate(np.where(first, np.arange(len(event)), began))
    return np.where(event[since] == Event.MOVED_UP, leads_to[since] + nth - nth[since], reached)
