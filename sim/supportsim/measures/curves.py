"""Whole distributions as counts in fixed bins, which add up over replications without any loss.

Bins are equally wide on a logarithmic axis, so that seconds on the phone and weeks at L3 fit one scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.measures.story import Story
from supportsim.measures.ticket_metrics import is_judged, wait_minutes
from supportsim.plan.model import PRIORITIES
from supportsim.scenario.metrics import Slice
from supportsim.scenario.units import MINUTE_MS

BINS_PER_DECADE = 20
EDGES_MINUTES = 10.0 ** (np.arange(-20, 121) / BINS_PER_DECADE)
"""Six seconds to almost two years; edge k is the upper end, included, of bin k, and the last bin has none."""

CurveKey = tuple[str, Slice]


def curve_keys(channels: Sequence[str], segments: Sequence[str]) -> tuple[CurveKey, ...]:
    """Return what each row of `curves` is about: waits by channel, SLA clocks by priority and segment."""
    waits: list[CurveKey] = [("wait_minutes", (("channel", name),)) for name in channels]
    clocks: list[CurveKey] = [
        (metric, (("priority", priority), ("segment", segment)))
        for metric in ("response_sla", "resolution_sla")
        for priority in PRIORITIES
        for segment in segments
    ]
    return (*waits, *clocks)


def curves(story: Story) -> NDArray[np.int64]:
    """Return how many tickets of the window fall into each bin: int64 (`curve_keys`, edges + 1).

    Waits are those of `ticket_metrics.wait_minutes`. SLA clocks are those of the promises that the SLA metrics
    judge, as far as they ran: what lies beyond a promise's time is therefore exactly its share of breaches.
    """
    plan, tickets, periods = story.plan, story.workload.tickets, story.periods
    waits = wait_minutes(story)
    segments = len(plan.segments)
    found = [_counts(waits.amount, waits.columns["channel"], len(plan.channels))]
    first = ~periods.reopened & story.counted[periods.ticket]
    for promises, chosen, ticket in (
        (story.response, story.counted, np.arange(len(tickets))),
        (story.resolution, first, periods.ticket),
    ):
        at = np.flatnonzero(chosen & is_judged(promises))
        of = ticket[at]
        group = tickets.priority[of].astype(np.int64) * segments + tickets.segment[of]
        found.append(_counts(promises.used_ms[at] / MINUTE_MS, group, len(PRIORITIES) * segments))
    return np.concatenate(found)


def shares_beyond(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share (..., edges) of the counted (..., edges + 1) that lies beyond each edge; NaN without any."""
    beyond = counts[..., ::-1].cumsum(axis=-1)[..., ::-1][..., 1:].astype(np.float64)
    total = counts.sum(axis=-1, keepdims=True)
    shares: NDArray[np.float64] = np.divide(beyond, total, out=np.full(beyond.shape, np.nan), where=total > 0)
    return shares


def _counts(minutes: NDArray[np.float64], group: NDArray[Any], groups: int) -> NDArray[np.int64]:
    bins = len(EDGES_MINUTES) + 1
    cell = group.astype(np.int64) * bins + np.searchsorted(EDGES_MINUTES, minutes, side="left")
    return np.bincount(cell, minlength=groups * bins).reshape(groups, bins)
