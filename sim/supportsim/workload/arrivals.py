"""Arrivals: a non-homogeneous Poisson process, exact at every step of its rate.

Time is cut into cells in which each channel's rate is constant: hours of the wall clock, or
halves or quarters of an hour where the time zone or a forecast asks for it. Sources of contacts are the
base demand, the extra of a month's end, and each event that adds contacts. In each cell of a
source the number of contacts is the Poisson quantile of one uniform, and the n-th contact
has its own position; both are keyed by (source, channel, start of the cell, n). So a lower
rate keeps a subset of the same contacts, and one source never moves another's. What takes
contacts away (an event of negative volume, a quieter month's end) thins them one by one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan
from supportsim.scenario.calendars import LocalTime, local_time
from supportsim.scenario.model import PRIORITIES, Hours, Scenario
from supportsim.scenario.units import DAY_MS, HOUR_MS, MINUTE_MS, MONTH_DAYS, parse_days, parse_hours
from supportsim.workload.distributions import choose, gamma_factor, poisson_quantile
from supportsim.workload.events import Swing, among, place_changes, place_events
from supportsim.workload.forecast import forecast_rates
from supportsim.workload.streams import Streams, hash64

BASE = -1
"""The source of contacts that no event brings."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_DAYS_PER = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": MONTH_DAYS, "year": 365.25}

# Relative rate by hour of the day.
PROFILES: dict[str, tuple[float, ...]] = {
    "flat": (1,) * 24,
    "business_day": (1, 1, 1, 1, 1, 1, 2, 4, 8, 11, 12, 11, 9, 9, 10, 10, 9, 7, 4, 3, 3, 2, 2, 1),
    "phone_day": (0, 0, 0, 0, 0, 0, 0, 0, 8, 11, 12, 11, 9, 9, 10, 10, 9, 7, 0, 0, 0, 0, 0, 0),
    "consumer_day": (1, 1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 8, 7, 7, 7, 8, 9, 10, 11, 11, 9, 6, 3),
}  # fmt: skip


@dataclass(frozen=True)
class Arrivals:
    """N contacts as they reach out, in order of (time, key)."""

    arrived_ms: NDArray[np.int64]
    key: NDArray[np.uint64]
    source: NDArray[np.int16]
    channel: NDArray[np.int16]
    category: NDArray[np.int16]
    priority: NDArray[np.int16]

    def pick(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Arrivals:
        """Return the contacts that ``rows`` selects."""
        return Arrivals(*(getattr(self, name)[rows] for name in Arrivals.__dataclass_fields__))


@dataclass(frozen=True)
class Cells:
    """Stretches of time with constant rates, n of them, together from the opening to the horizon.

    Args:
        edge_ms: int64 (n+1,).
        per_ms: float (C, n), contacts per millisecond of each channel, month's end left out.
        month_end: bool (n,), in the last days of a month.
    """

    edge_ms: NDArray[np.int64]
    per_ms: NDArray[np.float64]
    month_end: NDArray[np.bool_]


def draw_arrivals(scenario: Scenario, plan: Plan, streams: Streams) -> Arrivals:
    """Draw all contacts from the opening to the horizon with their category and priority.

    Month's end: on its days the stated categories have ``factor`` times their contacts. An event
    of +300 % brings, on top of whatever comes, three times what the channel's demand is then
    (growth, season, busyness and month's end included, other events not), of its categories
    only, less those who read its status page. An event of -50 % drops every second contact of its
    categories, extra ones included.
    """
    cells = demand_cells(scenario, plan, streams)
    shares = np.array([category.share for category in scenario.demand.categories.values()])
    base = _steps(cells.edge_ms, cells.per_ms)
    drawn = [_draw_source(scenario, plan, streams, "base", BASE, base, shares, None)]
    factor, ending = _month_end(scenario, plan)
    if factor > 1:
        extra_per_ms = cells.per_ms * cells.month_end * ((factor - 1) * shares[ending].sum() / shares.sum())
        steps = _steps(cells.edge_ms, extra_per_ms)
        drawn.append(_draw_source(scenario, plan, streams, "month_end", BASE, steps, shares * ending, None))
    total = 1 + cells.month_end * ((factor - 1) * shares[ending].sum() / shares.sum())
    changes = place_changes(scenario, plan)
    for change in changes:
        if change.volume > 0:
            at_month_end = shares * np.where(ending, max(factor, 1), 1)
            drawn += _draw_increase(scenario, plan, streams, change, cells, at_month_end)
    events = place_events(scenario, plan)
    for number, event in enumerate(events):
        if event.volume > 0:
            ramps = _ramps(event, cells.edge_ms, cells.per_ms * total * event.volume)
            # What nobody asks about on other days may be all that an outage is about.
            usual = shares if shares[event.categories].any() else np.ones(len(shares))
            weights = usual * event.categories
            extra = _draw_source(scenario, plan, streams, event.name, number, ramps, weights, event.priority)
            drawn.append(_unless_informed(extra, event, streams))
    arrivals = Arrivals(
        *(np.concatenate([getattr(each, name) for each in drawn]) for name in Arrivals.__dataclass_fields__)
    )
    if factor < 1:
        in_cell = np.searchsorted(cells.edge_ms, arrivals.arrived_ms, side="right") - 1
        quieter = cells.month_end[in_cell] & ending[arrivals.category] & (arrivals.source == BASE)
        kept = streams.uniform("month_end.keeps", arrivals.key) < factor
        arrivals = arrivals.pick(~quieter | kept)
    for change in changes:
        if change.volume < 0:
            arrivals = _thin(arrivals, change, streams, arrivals.source == BASE)
    for event in events:
        if event.volume < 0:
            arrivals = _thin(arrivals, event, streams)
    return arrivals.pick(np.lexsort((arrivals.key, arrivals.arrived_ms)))


# ---- rates ---------------------------------------------------------------------------------------------------


def demand_cells(scenario: Scenario, plan: Plan, streams: Streams) -> Cells:
    """Return the rates of the base demand.

    The rate of a channel in an hour of the wall clock is the stated volume per day, times the
    weekday's weight over the mean weight of the week, times the channel's share, times the
    hour's weight over the day's sum. It grows compound from the start of the period on, hour
    by hour, and is constant before. A forecast says the rate of each interval outright. Each local day has one
    busyness factor for all channels.
    """
    local = local_time(plan.timezone, plan.origin, 0, plan.horizon_ms)
    forecast = scenario.demand.forecast
    if forecast is not None and forecast.table is not None:
        edge_ms = _cell_edges(plan, local, forecast.table.minutes * MINUTE_MS)
    else:
        edge_ms = _cell_edges(plan, local, HOUR_MS)
    start_ms = edge_ms[:-1]
    day = local.day(start_ms)
    busyness = _busyness(scenario.demand.busyness, streams, day)
    if forecast is not None:
        per_ms = forecast_rates(forecast, plan.channels, local, start_ms) * busyness
    else:
        per_ms = _seasonal_rates(scenario, plan, local, start_ms, busyness)
    return Cells(edge_ms, per_ms, _is_month_end(scenario, day))


def _seasonal_rates(
    scenario: Scenario, plan: Plan, local: LocalTime, start_ms: NDArray[np.int64], busyness: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return contacts per millisecond of each channel (C, n) by the stated volume and its seasons."""
    demand = scenario.demand
    if demand.contacts is None:
        raise ValueError("says neither contacts nor forecast, expected a scenario that was checked")
    weekday = np.zeros(7)
    for key, weight in demand.seasons.weekday.items():
        weekday[list(parse_days(key))] = weight
    per_day = demand.contacts.count / _DAYS_PER[demand.contacts.per]
    daily = per_day * (weekday / weekday.mean())[local.weekday(start_ms)] * _growth(scenario, plan, start_ms)
    daily *= busyness
    hour = local.time_of_day_ms(start_ms) // HOUR_MS
    by_channel = [
        (channel.share or 0.0) * (weights / weights.sum())[hour]
        for channel in demand.channels.values()
        for weights in [hour_weights(channel.hours)]
    ]
    rates: NDArray[np.float64] = daily * np.array(by_channel) / HOUR_MS
    return rates


def hour_weights(hours: Hours) -> NDArray[np.float64]:
    """Return the relative weight (24,) of each hour of the day."""
    if hours.weights is None:
        return np.array(PROFILES[hours.profile or "flat"], dtype=np.float64)
    weights = np.zeros(24)
    for key, weight in hours.weights.items():
        weights[list(parse_hours(key))] = weight
    return weights


def _cell_edges(plan: Plan, local: LocalTime, step_ms: int) -> NDArray[np.int64]:
    """Return the edges of the cells: the opening, the horizon, and all whole steps of the wall clock between.

    The grid is absolute and so fine that the wall clock's steps fall on it whatever its offset.
    """
    origin_ms = (plan.origin - _EPOCH) // timedelta(milliseconds=1)
    cell_ms = math.gcd(step_ms, *(local.shifts_ms - origin_ms).tolist())
    first = -(origin_ms % cell_ms) + cell_ms
    inner = np.concatenate([np.arange(first, plan.horizon_ms, cell_ms), local.changes_ms])
    inner = np.unique(inner[(inner > plan.opens_ms) & (inner < plan.horizon_ms)])
    return np.concatenate([[plan.opens_ms], inner, [plan.horizon_ms]]).astype(np.int64)


def _growth(scenario: Scenario, plan: Plan, at_ms: NDArray[np.int64]) -> NDArray[np.float64]:
    growth = scenario.demand.growth
    if growth is None:
        return np.ones(len(at_ms))
    since_start_ms = np.maximum(at_ms - plan.window_ms[0], 0)
    return np.exp(math.log1p(growth.rate) * since_start_ms / (_DAYS_PER[growth.per] * DAY_MS))


def _busyness(cv: float, streams: Streams, day: NDArray[np.int64]) -> NDArray[np.float64]:
    if cv == 0:
        return np.ones(len(day))
    days, of_day = np.unique(day, return_inverse=True)
    return gamma_factor(cv, streams.uniform("busyness", days))[of_day]


def _month_end(scenario: Scenario, plan: Plan) -> tuple[float, NDArray[np.bool_]]:
    """Return the factor of a month's end (1 without one) and which categories (K,) it acts on."""
    stated = scenario.demand.seasons.month_end
    return (1.0, among((), plan)) if stated is None else (stated.factor, among(stated.categories, plan))


def _is_month_end(scenario: Scenario, day: NDArray[np.int64]) -> NDArray[np.bool_]:
    stated = scenario.demand.seasons.month_end
    if stated is None:
        return np.zeros(len(day), dtype=np.bool_)
    calendar_day = (day - _EPOCH_ORDINAL).astype("datetime64[D]")
    next_month = (calendar_day.astype("datetime64[M]") + 1).astype("datetime64[D]")
    days_left: NDArray[np.int64] = (next_month - calendar_day).astype(np.int64)
    return days_left <= stated.last // DAY_MS


# ---- events --------------------------------------------------------------------------------------------------


def _unless_informed(arrivals: Arrivals, event: Swing, streams: Streams) -> Arrivals:
    """Leave out those whom the event's status page saves a contact."""
    page = event.status_page
    if page is None:
        return arrivals
    saved = streams.uniform(f"{event.name}.status_page", arrivals.key) < page.share
    return arrivals.pick(~(saved & (arrivals.arrived_ms >= event.begin_ms + page.after)))


def _draw_increase(
    scenario: Scenario, plan: Plan, streams: Streams, change: Swing, cells: Cells, at_month_end: NDArray[np.float64]
) -> list[Arrivals]:
    """Draw the contacts that a change adds, each category by itself because month's end may treat them differently."""
    shares = np.array([category.share for category in scenario.demand.categories.values()])
    drawn = []
    for code in np.flatnonzero(change.categories).tolist():
        share = np.where(cells.month_end, at_month_end[code], shares[code])
        ramps = _ramps(change, cells.edge_ms, cells.per_ms * (share * change.volume / shares.sum()))
        name = f"{change.name}/{plan.categories[code]}"
        only = (np.arange(len(shares)) == code).astype(np.float64)
        drawn.append(_draw_source(scenario, plan, streams, name, BASE, ramps, only, None))
    return drawn


def _thin(arrivals: Arrivals, swing: Swing, streams: Streams, subject: NDArray[np.bool_] | bool = True) -> Arrivals:
    touched = np.flatnonzero(swing.acts(arrivals.arrived_ms) & swing.categories[arrivals.category] & subject)
    keeps = 1 + swing.volume * swing.strength(arrivals.arrived_ms[touched])
    lost = touched[streams.uniform(f"{swing.name}.keeps", arrivals.key[touched]) >= keeps]
    return arrivals.pick(np.delete(np.arange(len(arrivals.key)), lost))


# ---- drawing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pieces:
    """Stretches of time in which each channel's rate moves in a straight line.

    Args:
        start_ms, end_ms: int64 (m,).
        per_ms: float (C, m), contacts per millisecond at full strength.
        begins_at, ends_at: float (m,), the strength at both ends.
    """

    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    per_ms: NDArray[np.float64]
    begins_at: NDArray[np.float64]
    ends_at: NDArray[np.float64]


def _steps(edge_ms: NDArray[np.int64], per_ms: NDArray[np.float64]) -> _Pieces:
    ones = np.ones(len(edge_ms) - 1)
    return _Pieces(edge_ms[:-1], edge_ms[1:], per_ms, ones, ones)


def _ramps(event: Swing, edge_ms: NDArray[np.int64], per_ms: NDArray[np.float64]) -> _Pieces:
    """Cut the time of an event at the cells' edges and where its strength bends."""
    bends = np.array([event.begin_ms, event.full_ms, event.fading_ms, event.end_ms])
    cuts = np.unique(np.concatenate([edge_ms, np.clip(bends, edge_ms[0], edge_ms[-1])]))
    cuts = cuts[(cuts >= event.begin_ms) & (cuts <= event.end_ms)]
    start_ms, end_ms = cuts[:-1], cuts[1:]
    # The strength at a piece's end is that just before it, where another piece may jump.
    begins_at = event.strength(start_ms)
    slope = np.select(
        [start_ms < event.full_ms, start_ms >= event.fading_ms],
        [1 / max(event.full_ms - event.begin_ms, 1), -1 / max(event.end_ms - event.fading_ms, 1)],
        0.0,
    )
    ends_at = np.clip(begins_at + slope * (end_ms - start_ms), 0.0, 1.0)
    cell = np.searchsorted(edge_ms, start_ms, side="right") - 1
    return _Pieces(start_ms, end_ms, per_ms[:, cell], begins_at, ends_at)


def _draw_source(
    scenario: Scenario,
    plan: Plan,
    streams: Streams,
    name: str,
    source: int,
    pieces: _Pieces,
    category_weights: NDArray[np.float64],
    priority: str | None,
) -> Arrivals:
    """Draw the contacts of one source on all channels.

    Args:
        scenario: says the priorities of each category.
        plan: gives the codes.
        streams: of the replication.
        name: identity of the source.
        source: its code in the contacts.
        pieces: its rates.
        category_weights: (K,), relative shares of the categories.
        priority: of all its contacts; None: as their categories say.
    """
    drawn = [
        (np.full(len(key), code, dtype=np.int16), arrived_ms, key)
        for code, channel in enumerate(plan.channels)
        for arrived_ms, key in [_draw_channel(plan, streams, f"{name}/{channel}", pieces, pieces.per_ms[code])]
    ]
    channel, arrived_ms, key = (np.concatenate(column) for column in zip(*drawn, strict=True))
    category = choose(category_weights, streams.uniform("category", key))
    if priority is None:
        priorities = usual_priority(scenario, streams, key, category)
    else:
        priorities = np.full(len(key), PRIORITIES.index(priority), dtype=np.int16)
    return Arrivals(arrived_ms, key, np.full(len(key), source, dtype=np.int16), channel, category, priorities)


def usual_priority(
    scenario: Scenario, streams: Streams, key: NDArray[np.uint64], category: NDArray[np.int16]
) -> NDArray[np.int16]:
    """Draw the priorities of contacts (N,) as their categories say."""
    kinds = scenario.demand.categories.values()
    weights = np.array([[kind.priority.get(name, 0.0) for name in PRIORITIES] for kind in kinds])
    return choose(weights[category], streams.uniform("priority", key))


def _draw_channel(
    plan: Plan, streams: Streams, label: str, pieces: _Pieces, per_ms: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Draw instants and keys of the contacts of one source on one channel.

    Within a piece whose rate goes from a to b in a straight line, the share x of it before a
    contact solves a x + (b - a) x^2 / 2 = u (a + b) / 2, so x = u (a + b) / (a + sqrt(a^2 + u (b^2 - a^2))).
    """
    origin_ms = (plan.origin - _EPOCH) // timedelta(milliseconds=1)
    cell = (pieces.start_ms + origin_ms).astype(np.uint64)
    length_ms = pieces.end_ms - pieces.start_ms
    mean = per_ms * length_ms * (pieces.begins_at + pieces.ends_at) / 2
    count = poisson_quantile(streams.uniform(f"count/{label}", cell), mean)
    piece = np.repeat(np.arange(len(count)), count)
    ordinal = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    uniform = streams.uniform(f"position/{label}", cell[piece], ordinal)
    a, b = pieces.begins_at[piece], pieces.ends_at[piece]
    into = uniform * (a + b) / (a + np.sqrt(a * a + uniform * (b * b - a * a)))
    offset_ms = np.minimum((into * length_ms[piece]).astype(np.int64), length_ms[piece] - 1)
    return pieces.start_ms[piece] + offset_ms, hash64(f"contact/{label}", cell[piece], ordinal)
