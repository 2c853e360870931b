"""Tickets that wait although somebody is there, because a playbook has nobody begin them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event
from supportsim.measures.intervals import Intervals
from supportsim.measures.playbooks import fires
from supportsim.measures.story import Story
from supportsim.measures.tables import begin_of_wait

_ASIDE = (Event.RELEASED, Event.PASSED_ON, Event.PREEMPTED, Event.SUSPENDED)


def may_be_deferred(story: Story) -> NDArray[np.bool_]:
    """Tell in which states (E,) a playbook can have nobody begin the ticket: it waits for anybody, as new work.

    What was begun goes on, live contacts are taken, and so is what is urgent enough to set other work aside. What
    somebody owns is let go first.
    """
    rows, tickets, rules = story.rows, story.workload.tickets, story.plan.rules
    since = rows.event[begin_of_wait(rows.event)]
    fresh = ~np.isin(since, _ASIDE)
    urgent = np.array(rules.urgent or (False,) * len(rules.priority_class))[tickets.priority[rows.ticket]]
    found: NDArray[np.bool_] = fresh & ~urgent & ~_is_live(story)
    return found


def _is_live(story: Story) -> NDArray[np.bool_]:
    """Tell in which states (E,) the ticket is a live contact."""
    rows, tickets = story.rows, story.workload.tickets
    gives_up = rows.event == Event.ABANDONED
    gave_up = np.cumsum(gives_up)
    times = gave_up - (gave_up - gives_up)[rows.first][np.cumsum(rows.first) - 1]
    # Who comes back after the last attempt writes instead.
    writes = (times > 0) & (times >= np.diff(tickets.attempt_offset)[rows.ticket])
    in_first_stage = rows.stage == tickets.stage_offset[rows.ticket]
    live: NDArray[np.bool_] = tickets.live[rows.ticket] & in_first_stage & ~writes
    return live


def deferrals(story: Story, queue: int) -> dict[int, Intervals]:
    """Return by priority when such tickets in a queue were not to be begun; ``person`` is the playbook's number."""
    plan, teams = story.plan, story.plan.queues[queue].teams
    if not any(one.defers and one.team in teams for one in plan.playbooks):
        return {}
    burned = fires(plan, story.ledger)
    every = Intervals(burned.playbook.astype(np.int32), burned.start_ms, burned.end_ms)
    found = {}
    for priority in range(len(plan.rules.priority_class)):
        asks = np.array([bool(one.defers) and one.defers[priority] and one.team in teams for one in plan.playbooks])
        if asks.any():
            found[priority] = every.pick(asks[burned.playbook])
    return found
