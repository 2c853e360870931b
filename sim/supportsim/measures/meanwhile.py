"""What playbooks did while a ticket lived, for those whose the ticket was."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import ENDS, QUEUEING_EVENTS, WORK_STARTS, Event
from supportsim.measures.deferring import deferrals, may_be_deferred
from supportsim.measures.playbooks import fires, teams_of
from supportsim.measures.story import Story
from supportsim.plan.model import Playbook


def fires_meanwhile(story: Story, ticket: int) -> Iterator[tuple[int, str]]:
    """Yield (instant, what) when playbooks fired and ended that burned while the ticket was with a team of theirs.

    It is with a team that works on it or has set it aside, or in whose queue it waits. What burns already when it
    comes is told then; what ends after the ticket's end is not.
    """
    rows, plan = story.rows, story.plan
    at = np.flatnonzero(rows.ticket == ticket)
    if not len(at) or not plan.playbooks:
        return
    came_ms, last = int(rows.start_ms[at[0]]), at[-1]
    gone_ms = int(rows.start_ms[last]) if rows.event[last] in ENDS else plan.horizon_ms
    found = fires(plan, story.ledger)
    moments = []
    for number, start_ms, end_ms in zip(*(getattr(found, one).tolist() for one in _COLUMNS), strict=True):
        playbook = plan.playbooks[number]
        meets = (rows.start_ms[at] < end_ms) & (np.minimum(rows.end_ms[at], gone_ms) > start_ms)
        if (meets & _is_with(story, at, playbook)).any():
            begins = "fires" if start_ms >= came_ms else "burns already"
            moments.append((max(start_ms, came_ms), f"meanwhile playbook {playbook.name} {begins}"))
            if end_ms <= gone_ms and end_ms < plan.horizon_ms:
                moments.append((end_ms, f"meanwhile playbook {playbook.name} ends"))
    yield from sorted(moments)


_COLUMNS = ("playbook", "start_ms", "end_ms")


def _is_with(story: Story, at: NDArray[np.int64], playbook: Playbook) -> NDArray[np.bool_]:
    """Tell in which states (n,) a ticket is with a team for which a playbook does something."""
    rows, plan, teams = story.rows, story.plan, teams_of(playbook)
    queued = np.isin(rows.event[at], QUEUEING_EVENTS)
    shared = np.array([not teams.isdisjoint(queue.teams) for queue in plan.queues])
    of_person = np.isin(plan.people.team, sorted(teams))
    held = np.isin(rows.event[at], (*WORK_STARTS, Event.SUSPENDED))
    found: NDArray[np.bool_] = queued & shared[np.where(queued, rows.place[at], 0)]
    return found | (held & of_person[np.where(held, rows.agent[at], 0)])


def deferred_by(story: Story, ticket: int) -> Iterator[tuple[int, str]]:
    """Yield (instant, what) when a waiting ticket began to be one that a playbook has nobody begin."""
    rows, plan = story.rows, story.plan
    if not any(playbook.defers for playbook in plan.playbooks):
        return
    priority = int(story.workload.tickets.priority[ticket])
    waits = (rows.ticket == ticket) & np.isin(rows.event, QUEUEING_EVENTS) & may_be_deferred(story)
    for row in np.flatnonzero(waits).tolist():
        start_ms, end_ms, queue = (int(column[row]) for column in (rows.start_ms, rows.end_ms, rows.place))
        held = deferrals(story, queue).get(priority)
        if held is not None:
            for number, since_ms, until_ms in zip(
                held.person, held.start_ms.tolist(), held.end_ms.tolist(), strict=True
            ):
                if since_ms < end_ms and until_ms > start_ms:
                    yield max(since_ms, start_ms), f"deferred by playbook {plan.playbooks[number].name}"
