"""Where tickets go: how often each step from one place to the next was taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import ENDS, RESOLVES, Event
from supportsim.measures.story import Story
from supportsim.measures.tables import NEVER
from supportsim.scenario.common import TIERS

END_NODES = {
    **dict.fromkeys(RESOLVES, "resolved"),
    Event.ABANDONED: "gave_up",
    Event.TURNED_AWAY: "gave_up",
    Event.CLOSED: "closed",
    Event.MERGED: "merged",
}
"""The place of each of the ledger's `ENDS`. Who gave up includes live contacts that found all lines full; closed: the
customer did not answer."""

FLOW_ENDS = (*dict.fromkeys(END_NODES[event] for event in ENDS), "open")
FLOW_NODES = ("new", "reopened", *TIERS, *FLOW_ENDS)
"""Tickets come from the first two, pass the tiers and end in one of `FLOW_ENDS`; a reopened one was resolved before."""

_NEW, _REOPENED, _L1 = (FLOW_NODES.index(name) for name in ("new", "reopened", TIERS[0]))
_RESOLVED, _GAVE_UP, _OPEN = (FLOW_NODES.index(name) for name in ("resolved", "gave_up", "open"))
_BEGINS = (Event.ARRIVED, Event.REOPENED)
_MOVES = (Event.ESCALATED, Event.HANDED_BACK, Event.MOVED_UP)
_END_OF = np.full(256, _OPEN)
_END_OF[list(END_NODES)] = [FLOW_NODES.index(name) for name in END_NODES.values()]


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
    # Who gave up may still try again, and then the ticket is open.
    gave_up = np.isin(rows.event[ended], (Event.ABANDONED, Event.TURNED_AWAY))
    for_good = table.abandoned_ms[rows.ticket[ended]] != NEVER
    end = np.where(gave_up, np.where(for_good, _GAVE_UP, _OPEN), _END_OF[rows.event[ended]])
    add(tier[ended], end, len(ended))
    return steps
