"""Tickets that are open when the simulation begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan
from supportsim.scenario.model import PRIORITIES, TIERS, Scenario
from supportsim.scenario.opening import oldest_ms
from supportsim.workload.arrivals import BASE, usual_priority
from supportsim.workload.distributions import choose, quantile, whole_ms
from supportsim.workload.model import ContactOutcome, Contacts
from supportsim.workload.streams import Streams, hash64


@dataclass(frozen=True)
class OnHand:
    """N contacts that are tickets already, in order of arrival, and the tier (N,) at which each waits, -1: as usual."""

    contacts: Contacts
    waits_at: NDArray[np.int8]


def draw_backlog(scenario: Scenario, plan: Plan, streams: Streams) -> OnHand:
    """Draw the tickets on hand: what they are about, and how long before the opening they were created.

    They are known by their number within their entry of the scenario, so one more of them changes none of the others.
    """
    entries = scenario.start.backlog
    entry = np.repeat(np.arange(len(entries)), [stated.tickets for stated in entries])
    number = np.concatenate([np.arange(stated.tickets) for stated in entries])
    key = hash64("contact/backlog", entry.astype(np.uint64) << np.uint64(32) | number.astype(np.uint64))
    age_ms = np.zeros(len(key), dtype=np.int64)
    for code, stated in enumerate(entries):
        of_it = entry == code
        ages = whole_ms(quantile(stated.age, streams.uniform("backlog.age", key[of_it])))
        age_ms[of_it] = np.minimum(ages, oldest_ms(stated))
    segment, category = _codes(scenario, plan, streams, entry, key)
    order = np.lexsort((key, -age_ms))
    first_on = int(np.flatnonzero(~plan.live)[0])
    channel = np.array([first_on if each.channel is None else plan.channels.index(each.channel) for each in entries])
    tier = np.array([-1 if each.tier is None else TIERS.index(each.tier) for each in entries], dtype=np.int8)
    contacts = Contacts(
        arrived_ms=(plan.opens_ms - age_ms)[order],
        key=key[order],
        source=np.full(len(key), BASE, dtype=np.int16),
        channel=channel[entry].astype(np.int16)[order],
        segment=segment[order],
        category=category[order],
        priority=_priority(scenario, streams, entry, key, category)[order],
        outcome=np.full(len(key), ContactOutcome.TICKET, dtype=np.int8),
        layer=np.full(len(key), -1, dtype=np.int16),
        rebound=np.zeros(len(key), dtype=np.bool_),
    )
    return OnHand(contacts, tier[entry][order])


def _codes(
    scenario: Scenario, plan: Plan, streams: Streams, entry: NDArray[np.int64], key: NDArray[np.uint64]
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return segment and category (N,), as stated or as those of new contacts are drawn."""
    segment_shares = np.array(list(scenario.demand.segments.values()))
    category_shares = np.array([category.share for category in scenario.demand.categories.values()])
    segment = choose(segment_shares, streams.uniform("segment", key))
    category = choose(category_shares, streams.uniform("category", key))
    for code, stated in enumerate(scenario.start.backlog):
        if stated.segment is not None:
            segment[entry == code] = plan.segments.index(stated.segment)
        if stated.category is not None:
            category[entry == code] = plan.categories.index(stated.category)
    return segment, category


def _priority(
    scenario: Scenario,
    streams: Streams,
    entry: NDArray[np.int64],
    key: NDArray[np.uint64],
    category: NDArray[np.int16],
) -> NDArray[np.int16]:
    priority = usual_priority(scenario, streams, key, category)
    for code, stated in enumerate(scenario.start.backlog):
        if stated.priority is not None:
            priority[entry == code] = PRIORITIES.index(stated.priority)
    return priority
