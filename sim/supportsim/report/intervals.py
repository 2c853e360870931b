"""Demand, service and people by interval of the period and by hour of the week, and the backlog, as tidy rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.result import RunResult
from supportsim.measures.series import DEMAND_SERIES, STEP_MS, TEAM_SERIES
from supportsim.scenario.civil import period_span, zone
from supportsim.scenario.common import TIERS
from supportsim.scenario.units import HOUR_MS, MINUTE_MS

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIGURES = (
    "contacts",
    "deflected",
    "tickets",
    "wait_minutes",
    "response_sla",
    "resolution_sla",
    "service_level",
    "visits",
    "visit_wait_minutes",
    "paid_agents",
    "available_agents",
    "handling_agents",
    "occupancy",
    "utilization",
)
"""Counts and agents are means over replications; the others are ratios of sums. Contacts, tickets and promises have no
team: their cells are empty in the rows of teams. Visits are those that a team started, by when they began to wait."""

INTERVAL_COLUMNS = ("start", "team", *FIGURES)
HOUR_COLUMNS = ("weekday", "hour", "team", *FIGURES)
BACKLOG_COLUMNS = ("hour", "tier", "open", "open_p10", "open_p90", "actionable")


def interval_rows(result: RunResult, minutes: int) -> Iterator[tuple[Any, ...]]:
    """Yield `INTERVAL_COLUMNS` for each interval of ``minutes`` (a multiple of 15) from the start of the period."""
    starts = local_starts(result)
    steps = minutes * MINUTE_MS // STEP_MS
    sums = _Sums(result, np.arange(len(starts)) // steps)
    labels = [(start.isoformat(timespec="minutes"),) for start in starts[::steps]]
    yield from _rows(result, labels, sums, np.ones(len(labels)))


def hour_rows(result: RunResult) -> Iterator[tuple[Any, ...]]:
    """Yield `HOUR_COLUMNS` for each hour of the week, by the wall clock of the period's time zone."""
    starts = local_starts(result)
    sums = _Sums(result, np.array([24 * start.weekday() + start.hour for start in starts], dtype=np.int64), 24 * 7)
    labels = [(weekday, hour) for weekday in WEEKDAYS for hour in range(24)]
    yield from _rows(result, labels, sums, sums.length_ms / HOUR_MS)


def backlog_rows(result: RunResult) -> Iterator[tuple[Any, ...]]:
    """Yield `BACKLOG_COLUMNS` for each whole hour: the mean over replications and where eight of ten of them lie."""
    everything, actionable = result.backlog[:, 0], result.backlog[:, 1].mean(axis=0)
    mean = everything.mean(axis=0)
    # Day by day: the quantiles take a copy.
    low, high = np.concatenate(
        [np.quantile(everything[:, :, mark : mark + 24], (0.1, 0.9), axis=0) for mark in range(0, mean.shape[1], 24)],
        axis=2,
    )
    starts = local_starts(result)[:: HOUR_MS // STEP_MS]
    for mark, start in enumerate(starts):
        for tier, name in enumerate(TIERS):
            cells = (figures[tier, mark] for figures in (mean, low, high, actionable))
            yield start.isoformat(timespec="minutes"), name, *map(_figure, cells)


def local_starts(result: RunResult) -> list[datetime]:
    """Return the wall-clock time at which each quarter of an hour of the window begins."""
    period = result.scenario.scenario.period
    span = period_span(period)
    begin, step = span.origin + timedelta(milliseconds=span.start_ms), timedelta(milliseconds=STEP_MS)
    return [(begin + i * step).astimezone(zone(period.timezone)) for i in range(result.demand.shape[1])]


class _Sums:
    """The result's series, summed over the quarters of each group.

    Args:
        result: R replications.
        group: int (bins,), the group of each quarter.
        groups: how many there are.
    """

    def __init__(self, result: RunResult, group: NDArray[np.int64], groups: int | None = None) -> None:
        self._group, self._groups = group, groups or int(group[-1]) + 1
        self.length_ms = self._of(np.full((1, len(group)), STEP_MS))[0]
        self.demand = dict(zip(DEMAND_SERIES, self._of(result.demand), strict=True))
        self.teams = [dict(zip(TEAM_SERIES, self._of(series), strict=True)) for series in result.teams]

    def _of(self, series: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return sums (n, groups) of series (n, bins)."""
        cells = (np.arange(len(series))[:, None] * self._groups + self._group).ravel()
        weights = series.ravel().astype(np.float64)
        return np.bincount(cells, weights, len(series) * self._groups).reshape(len(series), -1).astype(np.float64)


def _rows(
    result: RunResult, labels: Sequence[tuple[Any, ...]], sums: _Sums, occurrences: NDArray[np.float64]
) -> Iterator[tuple[Any, ...]]:
    """Yield label, team and `FIGURES`, first of the whole operation (team ``""``) and then of each team.

    Args:
        result: for the number of replications and the teams' names.
        labels: the first cells of each group (groups,).
        sums: by group.
        occurrences: how often each group came in the window (groups,).
    """
    times = occurrences * len(result.replications)
    length_ms = sums.length_ms * len(result.replications)
    everybody = {name: np.sum([team[name] for team in sums.teams], axis=0) for name in TEAM_SERIES}
    demand = _demand_figures(sums.demand, times)
    nothing: Columns = [[None] * len(labels)] * len(demand)
    tables: list[tuple[str, Columns]] = [("", demand + _people_figures(everybody, times, length_ms))]
    for name, team in zip(result.scenario.scenario.teams, sums.teams, strict=True):
        tables.append((name, nothing + _people_figures(team, times, length_ms)))
    for at, label in enumerate(labels):
        if occurrences[at]:
            for name, figures in tables:
                yield *label, name, *(column[at] for column in figures)


Columns = list[list[float | None]]


def _demand_figures(sums: dict[str, NDArray[np.float64]], times: NDArray[np.float64]) -> Columns:
    return [
        _quotient(sums["contacts"], times),
        _quotient(sums["deflected"], times),
        _quotient(sums["tickets"], times),
        _quotient(sums["wait_ms"] / MINUTE_MS, sums["tickets"]),
        _quotient(sums["response_met"], sums["response_judged"]),
        _quotient(sums["resolution_met"], sums["resolution_judged"]),
        _quotient(sums["live_answered_within"], sums["live_offered"]),
    ]


def _people_figures(
    sums: dict[str, NDArray[np.float64]], times: NDArray[np.float64], length_ms: NDArray[np.float64]
) -> Columns:
    idle_ms = sums["available_ms"] - sums["handling_available_ms"]
    return [
        _quotient(sums["started"], times),
        _quotient(sums["wait_of_started_ms"] / MINUTE_MS, sums["started"]),
        _quotient(sums["paid_ms"], length_ms),
        _quotient(sums["available_ms"], length_ms),
        _quotient(sums["handling_ms"], length_ms),
        _quotient(sums["handling_ms"], sums["handling_ms"] + idle_ms),
        _quotient(sums["handling_ms"], sums["on_shift_ms"]),
    ]


def _quotient(above: NDArray[np.float64], below: NDArray[np.float64]) -> list[float | None]:
    quotient = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return [_figure(value) for value in quotient.tolist()]


def _figure(value: float) -> float | None:
    """Round so that a file for people stays readable; nothing is computed from it."""
    return round(value, 6) if math.isfinite(value) else None
