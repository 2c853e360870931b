"""What counts against a promise: the tickets, SLA periods or visits at fault, and the time in question of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import ENDS
from supportsim.measures.causes import Items, of_tickets
from supportsim.measures.groups import members
from supportsim.measures.story import Base, Story
from supportsim.measures.tables import NEVER, number_visits
from supportsim.measures.ticket_metrics import TICKET_METRICS, wait_end_ms
from supportsim.measures.updates import silences
from supportsim.scenario.metrics import METRICS, MetricKey


@dataclass(frozen=True)
class Against:
    """What counts against a promise in one replication.

    Args:
        judged: how many tickets, periods or visits the metric is about.
        items: those at fault only; the time of each is `NEVER` where it is not.
        chosen: int64 (k,), the rows of ``items`` at fault, ascending.
    """

    judged: int
    items: Items
    chosen: NDArray[np.int64]


def against(story: Story, key: MetricKey, low: float, high: float) -> Against:
    """Return what counts against a promise on a metric of `TIMED`.

    Of shares that is what the better tickets do not do, of minutes what takes longer than ``high``, and of the
    backlog whatever is open.

    Args:
        story: what happened.
        key: the metric, its slice included.
        low: bound in the metric's unit, infinite where there is none; of shares it does not matter.
        high: likewise.
    """
    items = TIMED[key.metric](story)
    if key.metric in BACKLOG:
        items, chosen = _open(story, key, items)
        return Against(len(chosen), items, chosen)
    base = TICKET_METRICS[key.metric](story)
    of_slice = _of_slice(story, key, base)
    rows, amount = base.row[of_slice], base.amount[of_slice]
    info = METRICS[key.metric]
    if info.unit != "share":
        wrong = amount > high if np.isfinite(high) else amount < low
    else:
        wrong = amount == (0 if info.better == "high" else 1)
    chosen = np.sort(rows[wrong])
    return Against(len(rows), items.only(chosen), chosen)


def _of_slice(story: Story, key: MetricKey, base: Base) -> NDArray[np.bool_]:
    names, chosen = members(story.plan), np.ones(len(base.amount), dtype=np.bool_)
    for dimension, member in key.slices:
        chosen &= base.columns[dimension] == names[dimension].index(member)
    return chosen


def _to_response(story: Story, *, on_clock: bool = True) -> Items:
    """From creation to the first response, to giving up, or to the end."""
    table = story.table
    gave_up_ms = np.where(table.abandoned_ms != NEVER, table.abandoned_ms, story.plan.horizon_ms)
    until_ms = np.where(table.first_response_ms != NEVER, table.first_response_ms, gave_up_ms)
    return of_tickets(story, np.where(table.arrived, until_ms, NEVER), _clock(story) if on_clock else None)


def _of_periods(story: Story) -> Items:
    """Each SLA period, on its clock."""
    periods = story.periods
    clock = _clock(story)[periods.ticket]
    return Items(periods.of_state, periods.ticket, periods.start_ms, periods.end_ms, clock)


def _to_last_resolve(story: Story) -> Items:
    return of_tickets(story, story.table.last_resolve_ms)


def _to_start(story: Story) -> Items:
    """From creation to the first start of work, to giving up for good, or to the end."""
    return of_tickets(story, np.where(story.table.arrived, wait_end_ms(story), NEVER))


def _to_giving_up(story: Story) -> Items:
    return of_tickets(story, story.table.first_abandon_ms)


def _of_visits(story: Story) -> Items:
    """Each visit to a tier, until somebody starts."""
    visits = story.visits
    return Items(number_visits(story.rows), visits.ticket, visits.start_ms, visits.end_ms)


def _first_silence(story: Story) -> Items:
    """The first silence of each ticket that is longer than promised."""
    found, count = silences(story), len(story.workload.tickets)
    too_long = np.flatnonzero(found.silent_ms > found.allowed_ms)[::-1]
    since_ms, until_ms = np.zeros(count, dtype=np.int64), np.full(count, NEVER, dtype=np.int64)
    # Of several of one ticket the last one written stays, which is the first.
    since_ms[found.ticket[too_long]] = found.since_ms[too_long]
    until_ms[found.ticket[too_long]] = found.until_ms[too_long]
    return replace(of_tickets(story, until_ms, _clock(story)), since_ms=since_ms)


def _in_window(story: Story) -> Items:
    """Each ticket in the judged period."""
    start_ms, end_ms = story.plan.window_ms
    until_ms = np.where(story.table.arrived & (story.table.created_ms < end_ms), end_ms, NEVER)
    items = of_tickets(story, until_ms)
    return replace(items, since_ms=np.maximum(items.since_ms, start_ms))


def _open(story: Story, key: MetricKey, items: Items) -> tuple[Items, NDArray[np.int64]]:
    """Return the tickets that are open some time, and which those are."""
    rows, names, tickets = story.rows, members(story.plan), story.workload.tickets
    counts = ~np.isin(rows.event, ENDS)
    for dimension, member in key.slices:
        code = rows.tier if dimension == "tier" else getattr(tickets, dimension)[rows.ticket]
        counts &= code == names[dimension].index(member)
    start_ms, end_ms = story.plan.window_ms
    seen = counts & (rows.end_ms > start_ms) & (rows.start_ms < end_ms)
    chosen = np.unique(rows.ticket[seen]).astype(np.int64)
    return replace(items, of_state=np.where(counts, items.of_state, NEVER)).only(chosen), chosen


def _clock(story: Story) -> NDArray[Any]:
    of = story.workload.tickets
    return story.plan.sla.clock[of.priority, of.segment]


_PROMISED = ("{}_sla", "severe_{}_breach", "{}_warning_50", "{}_warning_80", "{}_warning_90")

TIMED: Mapping[str, Callable[[Story], Items]] = {
    **{name.format("response"): _to_response for name in _PROMISED},
    **{name.format("resolution"): _of_periods for name in (*_PROMISED, "reopened_{}_sla")},
    "update_sla": _first_silence,
    **dict.fromkeys(("service_level", "service_level_answered", "asa_minutes"), _to_start),
    **dict.fromkeys(("wait_minutes", "wait_served_minutes"), _to_start),
    "visit_wait_minutes": _of_visits,
    "first_response_minutes": lambda story: _to_response(story, on_clock=False),
    "first_response_business_minutes": _to_response,
    "resolution_minutes": _to_last_resolve,
    "resolution_business_minutes": _of_periods,
    "abandonment": _to_giving_up,
    "backlog": _in_window,
    "backlog_age_minutes": _in_window,
}
"""Metrics that are made of tickets' time, and the time in question."""

BACKLOG = ("backlog", "backlog_age_minutes")
