"""Draws everything that one replication brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.compile import calendar_named
from supportsim.plan.model import Plan
from supportsim.scenario.calendars import build_clock
from supportsim.scenario.model import Channel, Scenario
from supportsim.workload.arrivals import Arrivals, draw_arrivals
from supportsim.workload.crew import draw_crew
from supportsim.workload.distributions import choose, quantile, whole_ms
from supportsim.workload.journeys import draw_routes, entry_tier
from supportsim.workload.model import ContactOutcome, Contacts, Tickets, Workload
from supportsim.workload.self_service import serve_self
from supportsim.workload.streams import Streams

LIVE_ATTEMPTS = 3
"""A customer who comes back on the same channel tries at most so often altogether."""


def draw_workload(scenario: Scenario, plan: Plan, seed: int, replication: int) -> Workload:
    """Draw one replication's customers and crew.

    Args:
        scenario: what is simulated.
        plan: compiled from it.
        seed: of all streams.
        replication: its number, from 0.
    """
    streams = Streams(seed, replication)
    contacts, reached_ms = _draw_contacts(scenario, plan, streams)
    tickets = _draw_tickets(scenario, plan, streams, contacts, reached_ms)
    return Workload(contacts, tickets, draw_crew(scenario, plan, streams))


def _draw_contacts(scenario: Scenario, plan: Plan, streams: Streams) -> tuple[Contacts, NDArray[np.int64]]:
    """Return the contacts, and when each reaches its channel after self-service (N,).

    Self-service is there around the clock; a contact is turned away if its channel is closed
    when it gets there.
    """
    arrivals = draw_arrivals(scenario, plan, streams)
    segment_shares = np.array(list(scenario.demand.segments.values()))
    segment = choose(segment_shares, streams.uniform("segment", arrivals.key))
    served = serve_self(scenario, plan, streams, arrivals.arrived_ms, arrivals.key, segment, arrivals.category)
    outcome = served.outcome
    outcome[(outcome == ContactOutcome.TICKET) & ~_is_open(scenario, plan, arrivals, served.left_ms)] = (
        ContactOutcome.TURNED_AWAY
    )
    contacts = Contacts(
        arrived_ms=arrivals.arrived_ms,
        key=arrivals.key,
        source=arrivals.source,
        channel=arrivals.channel,
        segment=segment,
        category=arrivals.category,
        priority=arrivals.priority,
        outcome=outcome,
        layer=served.layer,
        rebound=served.rebound,
    )
    return contacts, served.left_ms


def _is_open(scenario: Scenario, plan: Plan, arrivals: Arrivals, at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether each contact's channel (N,) is open at its own instant (N,)."""
    is_open = np.ones(len(at_ms), dtype=np.bool_)
    for code, channel in enumerate(scenario.demand.channels.values()):
        if channel.open is not None:
            calendar = calendar_named(scenario, channel.open)
            clock = build_clock(channel.open, calendar, plan.timezone, plan.origin, 0, plan.horizon_ms)
            of_it = np.flatnonzero(arrivals.channel == code)
            is_open[of_it] = clock.is_open(at_ms[of_it])
    return is_open


def _draw_tickets(
    scenario: Scenario, plan: Plan, streams: Streams, contacts: Contacts, reached_ms: NDArray[np.int64]
) -> Tickets:
    contact = np.flatnonzero(contacts.outcome == ContactOutcome.TICKET)
    contact = contact[np.lexsort((contacts.key[contact], reached_ms[contact]))]
    key, created_ms = contacts.key[contact], reached_ms[contact]
    channel, category = contacts.channel[contact], contacts.category[contact]
    routes = draw_routes(scenario, plan, streams, key, category, created_ms)
    live = plan.live[channel] & (entry_tier(scenario, category) == 0)
    first_work_ms = routes.work_ms[routes.offset[:-1]]
    attempts = _draw_attempts(scenario, plan, streams, key, channel, live)
    return Tickets(
        contact=contact.astype(np.int32),
        created_ms=created_ms,
        channel=channel,
        segment=contacts.segment[contact],
        category=category,
        priority=contacts.priority[contact],
        skill=plan.category_skill[category].astype(np.int16),
        live=live,
        first_reply_ms=np.where(live, 0, np.minimum(scenario.work.first_reply, first_work_ms)),
        stage_offset=routes.offset,
        stage_tier=routes.tier,
        stage_work_ms=routes.work_ms,
        stage_next=routes.next,
        stage_delay_ms=routes.delay_ms,
        attempt_offset=attempts.offset,
        attempt_patience_ms=attempts.patience_ms,
        attempt_retry_ms=attempts.retry_ms,
        retry_channel=attempts.retry_channel,
    )


@dataclass(frozen=True)
class _Attempts:
    """Attempts of T tickets as ragged arrays; see `workload.model.Tickets`."""

    offset: NDArray[np.int64]
    patience_ms: NDArray[np.int64]
    retry_ms: NDArray[np.int64]
    retry_channel: NDArray[np.int16]


def _draw_attempts(
    scenario: Scenario,
    plan: Plan,
    streams: Streams,
    key: NDArray[np.uint64],
    channel: NDArray[np.int16],
    live: NDArray[np.bool_],
) -> _Attempts:
    """Draw how long live customers wait, and whether and when those who give up come back."""
    count = np.zeros(len(key), dtype=np.int64)
    patience_ms = np.zeros((len(key), LIVE_ATTEMPTS), dtype=np.int64)
    retry_ms = np.full((len(key), LIVE_ATTEMPTS), -1, dtype=np.int64)
    retry_channel = channel.copy()
    for code, stated in enumerate(scenario.demand.channels.values()):
        calling = np.flatnonzero(live & (channel == code))
        if stated.patience is None or not len(calling):
            continue
        limit = LIVE_ATTEMPTS
        back_on = _deferrable_return(stated, plan)
        if back_on is not None:
            retry_channel[calling] = back_on
            limit = 1
        for attempt in range(limit):
            count[calling] += 1
            waits = quantile(stated.patience, streams.uniform("patience", key[calling], attempt))
            patience_ms[calling, attempt] = whole_ms(waits)
            if stated.abandoned is None or (back_on is None and attempt + 1 == limit):
                break
            calling = calling[streams.uniform("retry", key[calling], attempt) < stated.abandoned.retry]
            later = quantile(stated.abandoned.after, streams.uniform("retry.after", key[calling], attempt))
            retry_ms[calling, attempt] = whole_ms(later)
    offset = np.concatenate(([0], np.cumsum(count)))
    made = np.arange(LIVE_ATTEMPTS) < count[:, None]
    return _Attempts(offset, patience_ms[made], retry_ms[made], retry_channel)


def _deferrable_return(channel: Channel, plan: Plan) -> int | None:
    """Return the channel on which those who gave up come back without waiting on a line, None if there is none."""
    if channel.abandoned is None or channel.abandoned.as_ is None:
        return None
    code = plan.channels.index(channel.abandoned.as_)
    return None if plan.live[code] else code
