"""Where tickets go: how often each step from one place to the next was taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import RESOLVES, Event
from supportsim.measures.story import Story
from supportsim.measures.tables import NEVER

FLOW_NODES = ("new", "reopened", "L1", "L2", "L3", "resolved", "gave_up", "closed", "merged", "open")
"""Tickets come from the first two, pass the tiers and end in the last five; a reopened one was resolved before.
Who gave up includes live contacts that found all lines full; closed: the customer did not answer."""

_NEW, _REOPENED, _L1, _RESOLVED, _GAVE_UP, _CLOSED, _MERGED, _OPEN = 0, 1, 2, 5, 6, 7, 8, 9
_BEGINS = (Event.ARRIVED, Event.REOPENED)
_MOVES = (Event.ESCALATED, Event.HANDED_BACK)


def flow(story: Story) -> NDArray[np.int64]:
    """Return how often tickets of the window went from one node to another: int64 (nodes, nodes).

    As many leave each tier as come to it.
    """
    rows, table = story.rows, story.table
    counted = story.counted[rows.ticket]
    steps = np.zeros((len(FLOW_NODES), len(FLOW_NODES)), dtype=np.int64)

    def add(come: NDArray[np.int64] | int, go: NDArray[np.int64] | int, count: int) -> None:
        pairs = np.broadcast_to(come, count) * len(FLOW_NODES) + np.broadcast_to(go, count)
        steps[:] += np.bincount(pairs, minlength=steps.size).reshape(steps.shape)

    tier = rows.tier.astype(np.int64) + _L1
    for event, come in zip(_BEGINS, (_NEW, _REOPENED), strict=True):
        at = np.flatnonzero(counted & (rows.event == event))
        add(come, tier[at], len(at))
    moved = np.flatnonzero(counted & np.isin(rows.event, _MOVES))
    add(tier[moved - 1], tier[moved], len(moved))
    resolved = np.flatnonzero(counted & np.isin(rows.event, RESOLVES))
    add(tier[resolved], _RESOLVED, len(resolved))
    last = np.append(rows.first[1:], np.ones(min(1, len(rows.first)), dtype=np.bool_))
    ended = np.flatnonzero(counted & last & ~np.isin(rows.event, RESOLVES))
    how = rows.event[ended]
    gave_up = table.abandoned_ms[rows.ticket[ended]] != NEVER
    end = np.where(gave_up, _GAVE_UP, _OPEN)
    end = np.where(how == Event.CLOSED, _CLOSED, np.where(how == Event.MERGED, _MERGED, end))
    add(tier[ended], end, len(ended))
    return steps
