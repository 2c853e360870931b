"""Draws everything that one replication brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.due import due_ms
from supportsim.plan.model import OrderBy, Plan
from supportsim.scenario.model import Channel, Scenario
from supportsim.scenario.units import DAY_MS, MINUTE_MS
from supportsim.workload.arrivals import draw_arrivals
from supportsim.workload.backlog import OnHand, draw_backlog
from supportsim.workload.channels import Reach, reach
from supportsim.workload.crew import draw_crew
from supportsim.workload.distributions import choose, quantile, whole_ms
from supportsim.workload.incidents import Fixes, draw_fixes, draw_links, place_incidents
from supportsim.workload.journeys import Routes, Unusual, draw_routes
from supportsim.workload.model import CALLS_BACK, ContactOutcome, Contacts, Next, Tickets, Workload
from supportsim.workload.moves import clock_steps
from supportsim.workload.self_service import serve_self
from supportsim.workload.streams import Streams, hash64

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
    bringing = _draw_contacts(scenario, plan, streams)
    tickets = _draw_tickets(scenario, plan, streams, bringing)
    incidents = place_incidents(scenario, plan, bringing.fix[tickets.contact]) if plan.rules.links else None
    responds = _draw_responses(scenario, plan, streams, bringing.contacts.key[tickets.contact])
    return Workload(bringing.contacts, tickets, draw_crew(scenario, plan, streams), incidents, responds)


def _draw_responses(
    scenario: Scenario, plan: Plan, streams: Streams, key: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], ...]:
    """Draw for each duty how long whoever is paged for a ticket takes to be at work."""
    teams = [(name, team.on_call) for name, team in scenario.teams.items() if team.on_call is not None]
    return tuple(
        whole_ms(quantile(on_call.responds, streams.uniform(f"on_call/{name}", key))) for name, on_call in teams
    )


@dataclass(frozen=True)
class _Bringing:
    """N contacts with where and when they reach the floor.

    Args:
        contacts, reach: see there.
        again: bool (N,), second ones about the same problem.
        fix: int16 (N,), what engineering is to do about an incident: the event's number, or -1.
        fixes: those, None if there are none.
        waits_at: int8 (N,), the tier at which those on hand wait, -1 for who enters as usual; None if all do.
    """

    contacts: Contacts
    reach: Reach
    again: NDArray[np.bool_]
    fix: NDArray[np.int16]
    fixes: Fixes | None
    waits_at: NDArray[np.int8] | None = None


def _draw_contacts(scenario: Scenario, plan: Plan, streams: Streams) -> _Bringing:
    """Draw the contacts and send them through self-service, which is there around the clock, to their channels."""
    arrivals = draw_arrivals(scenario, plan, streams)
    segment_shares = np.array(list(scenario.demand.segments.values()))
    segment = choose(segment_shares, streams.uniform("segment", arrivals.key))
    served = serve_self(scenario, plan, streams, arrivals.arrived_ms, arrivals.key, segment, arrivals.category)
    contacts = Contacts(
        arrived_ms=arrivals.arrived_ms,
        key=arrivals.key,
        source=arrivals.source,
        channel=arrivals.channel,
        segment=segment,
        category=arrivals.category,
        priority=arrivals.priority,
        outcome=served.outcome,
        layer=served.layer,
        rebound=served.rebound,
    )
    contacts, left_ms, again = _with_duplicates(scenario, plan, streams, contacts, served.left_ms)
    reached = reach(scenario, plan, contacts.channel, left_ms)
    outcome = contacts.outcome
    seeking = outcome == ContactOutcome.TICKET
    outcome[seeking & reached.turned_away] = ContactOutcome.TURNED_AWAY
    outcome[seeking & ~reached.turned_away & (reached.at_ms >= plan.horizon_ms)] = ContactOutcome.IN_SELF_SERVICE
    fixes = draw_fixes(scenario, plan, streams) if plan.rules.links else None
    bringing = _Bringing(contacts, reached, again, np.full(len(again), -1, dtype=np.int16), fixes)
    if fixes is not None:
        bringing = _with_fixes(bringing, fixes)
    return _with_backlog(draw_backlog(scenario, plan, streams), bringing) if scenario.start.backlog else bringing


def _with_fixes(bringing: _Bringing, fixes: Fixes) -> _Bringing:
    """Add what engineering is to do, which waits for no self-service and no opening hours."""
    few = len(fixes.key)
    nothing, none = np.full(few, -1, dtype=np.int16), np.zeros(few, dtype=np.bool_)
    added: dict[str, NDArray[Any]] = {
        "arrived_ms": fixes.at_ms, "key": fixes.key, "source": nothing, "channel": fixes.channel,
        "segment": np.zeros(few, dtype=np.int16), "category": fixes.category, "priority": fixes.priority,
        "outcome": np.full(few, ContactOutcome.TICKET, dtype=np.int8), "layer": nothing, "rebound": none,
    }  # fmt: skip
    columns = {name: np.append(getattr(bringing.contacts, name), column) for name, column in added.items()}
    order = np.lexsort((columns["key"], columns["arrived_ms"]))
    reached = bringing.reach
    return _Bringing(
        Contacts(**{name: column[order] for name, column in columns.items()}),
        Reach(
            np.append(reached.at_ms, fixes.at_ms)[order],
            np.append(reached.channel, fixes.channel)[order],
            np.append(reached.turned_away, none)[order],
        ),
        np.append(bringing.again, none)[order],
        np.append(bringing.fix, fixes.incident)[order],
        fixes,
    )


def _with_backlog(on_hand: OnHand, bringing: _Bringing) -> _Bringing:
    """Put the tickets on hand, all of which are older, before the contacts."""
    first, count = on_hand.contacts, len(on_hand.waits_at)
    contacts, reached = bringing.contacts, bringing.reach
    columns = {name: np.concatenate([getattr(first, name), getattr(contacts, name)]) for name in vars(contacts)}
    older = Reach(first.arrived_ms, first.channel, np.zeros(count, dtype=np.bool_))
    both = Reach(*(np.concatenate([getattr(older, name), getattr(reached, name)]) for name in vars(reached)))
    return _Bringing(
        Contacts(**columns),
        both,
        np.concatenate([np.zeros(count, dtype=np.bool_), bringing.again]),
        np.concatenate([np.full(count, -1, dtype=np.int16), bringing.fix]),
        bringing.fixes,
        np.concatenate([on_hand.waits_at, np.full(len(bringing.again), -1, dtype=np.int8)]),
    )


def _with_duplicates(
    scenario: Scenario, plan: Plan, streams: Streams, contacts: Contacts, left_ms: NDArray[np.int64]
) -> tuple[Contacts, NDArray[np.int64], NDArray[np.bool_]]:
    """Add those who write again; return all, when they leave self-service (N,), and which are second ones (N,)."""
    stated = scenario.demand.duplicates
    again = np.zeros(len(left_ms), dtype=np.bool_)
    if stated is None:
        return contacts, left_ms, again
    first = np.flatnonzero(contacts.outcome == ContactOutcome.TICKET)
    first = first[streams.uniform("duplicate", contacts.key[first]) < stated.share]
    again_ms = left_ms[first] + whole_ms(
        quantile(stated.after, streams.uniform("duplicate.after", contacts.key[first]))
    )
    first, again_ms = first[again_ms < plan.horizon_ms], again_ms[again_ms < plan.horizon_ms]
    second = {name: getattr(contacts, name)[first] for name in Contacts.__dataclass_fields__}
    second |= {"arrived_ms": again_ms, "key": hash64("duplicate", contacts.key[first])}
    second |= {"layer": np.full(len(first), -1, np.int16), "rebound": np.zeros(len(first), np.bool_)}
    if stated.as_ is not None:
        second["channel"] = np.full(len(first), plan.channels.index(stated.as_), np.int16)
    together = {name: np.concatenate([getattr(contacts, name), column]) for name, column in second.items()}
    order = np.lexsort((together["key"], together["arrived_ms"]))
    left_ms, again = np.concatenate([left_ms, again_ms]), np.append(again, np.ones(len(first), dtype=np.bool_))
    return Contacts(**{name: column[order] for name, column in together.items()}), left_ms[order], again[order]


def _draw_tickets(scenario: Scenario, plan: Plan, streams: Streams, bringing: _Bringing) -> Tickets:
    contacts, reached_ms = bringing.contacts, bringing.reach.at_ms
    contact = np.flatnonzero(contacts.outcome == ContactOutcome.TICKET)
    contact = contact[np.lexsort((contacts.key[contact], reached_ms[contact]))]
    key, created_ms = contacts.key[contact], reached_ms[contact]
    channel, category = bringing.reach.channel[contact], contacts.category[contact]
    links = None
    if plan.rules.links:
        links = draw_links(scenario, plan, streams, key, contacts.source[contact], created_ms)
    again = bringing.again[contact]
    priority, segment = contacts.priority[contact], contacts.segment[contact]
    owed_ms = _updates_owed(scenario, plan, priority, segment)
    fix_tier, fix_ms = _work_of_fixes(bringing, contact)
    without = again | (fix_tier >= 0) if links is None else again | (fix_tier >= 0) | (links.incident >= 0)
    steps = clock_steps(scenario, plan, priority, segment, created_ms, without)
    moves = None if steps is None else steps.tiers
    waits_at = None if bringing.waits_at is None else bringing.waits_at[contact]
    unusual = Unusual(again, links, owed_ms, moves, waits_at, fix_tier, fix_ms)
    routes = draw_routes(scenario, plan, streams, key, category, created_ms, unusual)
    live = plan.live[channel] & (routes.tier[routes.offset[:-1]] == 0)
    first_work_ms = routes.work_ms[routes.offset[:-1]]
    if links is not None:
        # The first touch may turn out to be that of a linked ticket.
        first_work_ms = np.minimum(first_work_ms, np.where(links.incident >= 0, links.touch_ms, first_work_ms))
    attempts = _draw_attempts(scenario, plan, streams, key, channel, live)
    return Tickets(
        contact=contact.astype(np.int32),
        created_ms=created_ms,
        channel=channel,
        segment=segment,
        category=category,
        priority=priority,
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
        incident=None if links is None else np.where(again, np.int16(-1), links.incident),
        linked_stage=None if links is None else _linked_stage(routes),
        due_ms=_due_ms(plan, priority, segment, created_ms) if plan.rules.order_by == OrderBy.DUE else None,
        step_ms=None if steps is None else steps.due_ms,
        moved_stage=routes.moved_stage,
    )


def _work_of_fixes(bringing: _Bringing, contact: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return the tier and the hands-on time (T,) of what engineering is to do; -1 and 0 for all other tickets."""
    tier, work_ms = np.full(len(contact), -1, dtype=np.int8), np.zeros(len(contact), dtype=np.int64)
    if bringing.fixes is not None:
        at = np.flatnonzero(bringing.fix[contact] >= 0)
        which = np.searchsorted(bringing.fixes.incident, bringing.fix[contact[at]])
        tier[at], work_ms[at] = bringing.fixes.tier[which], bringing.fixes.work_ms[which]
    return tier, work_ms


def _updates_owed(
    scenario: Scenario, plan: Plan, priority: NDArray[np.int16], segment: NDArray[np.int16]
) -> NDArray[np.int64] | None:
    """Return how often each ticket's customer (T,) is owed a word, 0: never; None if nobody writes any."""
    promised = plan.sla.updates
    if promised is None or not scenario.work.update:
        return None
    every_ms = np.nan_to_num(promised.minutes * MINUTE_MS).astype(np.int64)
    every_ms += promised.business_days.astype(np.int64) * DAY_MS
    # In time for the promise: a quarter of it is left to get to it.
    owed: NDArray[np.int64] = every_ms[priority, segment] * 3 // 4
    return owed


def _due_ms(
    plan: Plan, priority: NDArray[np.int16], segment: NDArray[np.int16], created_ms: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return when the response and the resolution of each ticket fall due, (T, 2)."""
    promised = (plan.sla.response, plan.sla.resolution)
    return np.stack([due_ms(plan.sla, table, priority, segment, created_ms) for table in promised], axis=1)


def _linked_stage(routes: Routes) -> NDArray[np.int64]:
    """Return the stage (T,) of each ticket that ends with its incident, which is its last; -1 if it has none."""
    last = routes.offset[1:] - 1
    return np.where(routes.next[last] == Next.LINK, last, -1)


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
            if stated.call_back is not None:
                offered = calling[patience_ms[calling, attempt] > stated.call_back.after]
                takes = offered[streams.uniform("call_back", key[offered], attempt) < stated.call_back.accepts]
                patience_ms[takes, attempt] = max(stated.call_back.after, 1)
                retry_ms[takes, attempt] = CALLS_BACK
                calling = calling[retry_ms[calling, attempt] != CALLS_BACK]
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
