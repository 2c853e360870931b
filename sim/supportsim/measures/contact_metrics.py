"""Metrics of contacts, before any person sees them; the formulas of the metrics of these names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.measures.story import Base, Story
from supportsim.workload.model import ContactOutcome


def contacts(story: Story) -> Base:
    """1 per contact."""
    return _contacts(story, None, None)


def deflection_rate(story: Story) -> Base:
    """1 where self-service solved it for good, among contacts."""
    return _contacts(story, None, story.workload.contacts.outcome == ContactOutcome.DEFLECTED)


def rebound_rate(story: Story) -> Base:
    """1 where the contact came back as a ticket, among those that self-service seemed to solve."""
    of = story.workload.contacts
    return _contacts(story, of.rebound | (of.outcome == ContactOutcome.DEFLECTED), of.rebound)


def turned_away_rate(story: Story) -> Base:
    """1 where the channel was closed or all its lines taken at the first try, among contacts."""
    gone = story.workload.contacts.outcome == ContactOutcome.TURNED_AWAY
    no_line = story.rows.turned_away & ~story.table.arrived
    gone[story.workload.tickets.contact[no_line]] = True
    return _contacts(story, None, gone)


CONTACT_METRICS: dict[str, Callable[[Story], Base]] = {
    formula.__name__: formula for formula in (contacts, deflection_rate, rebound_rate, turned_away_rate)
}


def _contacts(story: Story, chosen: NDArray[np.bool_] | None, hit: NDArray[Any] | None) -> Base:
    """Return the ``chosen`` (N,) contacts among those that arrived in the window; without ``hit``, 1 each."""
    of = story.workload.contacts
    arrived = story.in_window(of.arrived_ms)
    at = np.flatnonzero(arrived if chosen is None else arrived & chosen)
    columns: dict[str, NDArray[Any]] = {
        "priority": of.priority[at],
        "segment": of.segment[at],
        "channel": of.channel[at],
        "category": of.category[at],
    }
    return Base(at, np.ones(len(at)) if hit is None else hit[at].astype(np.float64), columns)
