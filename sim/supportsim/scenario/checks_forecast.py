"""Checks of forecasts: that nothing else says how many contacts come, and that the whole simulated time is covered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from supportsim.scenario.civil import period_span, zone
from supportsim.scenario.demand import Demand, Forecast, IntervalTable
from supportsim.scenario.faults import FaultPath, Finding
from supportsim.scenario.model import Scenario
from supportsim.scenario.promises import run_out_ms

_WEEK = timedelta(weeks=1)


def forecast_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check a forecast against the rest of the demand and against the simulated time."""
    forecast = scenario.demand.forecast
    if forecast is None:
        return
    yield from _said_twice(scenario.demand)
    if forecast.table is not None and forecast.table.begins is not None:
        yield from _covers(forecast, forecast.table, scenario)
    elif forecast.table is not None and forecast.beyond != "refused":
        problem = "has no effect, the file shows an ordinary week that holds for every week; expected no such key"
        yield Finding(("demand", "forecast", "beyond"), problem, on_key=True)


def _said_twice(demand: Demand) -> Iterator[Finding]:
    paths: list[FaultPath] = [("demand", name) for name in ("contacts", "growth", "seasons")]
    paths = [path for path in paths if path[-1] in demand.model_fields_set]
    if "channels" in demand.model_fields_set:
        for name, channel in demand.channels.items():
            stated = [key for key in ("share", "hours") if key in channel.model_fields_set]
            paths += [("demand", "channels", name, key) for key in stated]
    for path in paths:
        problem = f"is what the forecast says, expected no {path[-1]} beside it (null removes an inherited one)"
        yield Finding(path, problem, on_key=True)


def _covers(forecast: Forecast, table: IntervalTable, scenario: Scenario) -> Iterator[Finding]:
    """Check that a forecast by dates says something of all the simulated time."""
    begins = table.begins or datetime.min
    ends = begins + timedelta(minutes=table.minutes) * len(next(iter(table.columns.values())))
    if forecast.beyond == "nearest_week":
        if ends - begins < _WEEK:
            problem = f"{forecast.file} is shorter than a week, expected at least one for the nearest_week"
            yield Finding(("demand", "forecast", "beyond"), problem)
        return
    simulated = _simulated(scenario)
    if simulated is not None and (simulated[0] < begins or ends < simulated[1]):
        first, last = simulated
        missing = first if first < begins else ends
        problem = (
            f"{forecast.file} says nothing of {missing:%Y-%m-%d %H:%M}, expected all of {first:%Y-%m-%d %H:%M} to"
            f" {last:%Y-%m-%d %H:%M} (warm-up and run-out included), or beyond: nearest_week"
        )
        yield Finding(("demand", "forecast", "file"), problem)


def _simulated(scenario: Scenario) -> tuple[datetime, datetime] | None:
    """Return the local times from which and to which is simulated; None where that cannot be told."""
    try:
        span, run_out = period_span(scenario.period), timedelta(milliseconds=run_out_ms(scenario))
        ends = (span.origin + timedelta(milliseconds=span.end_ms) + run_out).astimezone(zone(scenario.period.timezone))
    except (ValueError, KeyError, ZeroDivisionError):
        # What is wrong with the time zone or a calendar is told elsewhere.
        return None
    return span.origin.astimezone(ends.tzinfo).replace(tzinfo=None), ends.replace(tzinfo=None)
