"""Checks of tables by interval: that nothing else says the same, and that the whole simulated time is covered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from supportsim.scenario.civil import period_span, zone
from supportsim.scenario.defaults import duration_text
from supportsim.scenario.demand import Demand
from supportsim.scenario.faults import FaultPath, Finding
from supportsim.scenario.heads import ordinary_shifts
from supportsim.scenario.interval_table import MONDAY
from supportsim.scenario.model import Scenario
from supportsim.scenario.promises import run_out_ms
from supportsim.scenario.tables import IntervalTable, TableFile
from supportsim.scenario.teams import RosterFile
from supportsim.scenario.units import HOUR_MS, MINUTE_MS, WEEKDAYS

_WEEK = timedelta(weeks=1)
_LONGEST_SHIFT_MS = 16 * HOUR_MS


def forecast_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check a forecast against the rest of the demand and against the simulated time."""
    forecast = scenario.demand.forecast
    if forecast is None:
        return
    yield from _said_twice(scenario.demand)
    yield from _covers(forecast, scenario, scenario.period.timezone, ("demand", "forecast"))


def roster_file_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check the files that teams have their heads from."""
    for name, team in scenario.teams.items():
        stated, path = team.roster_file, ("teams", name, "roster")
        if stated is None:
            continue
        if team.rotation is not None:
            problem = "says who fills the heads of shifts, but the roster is a file; expected one or the other"
            yield Finding(("teams", name, "rotation"), problem, on_key=True)
        for index, hire in enumerate(team.hires):
            if hire.works is None:
                problem = "says nothing of works, but a roster file leaves open which week is theirs; expected works"
                yield Finding(("teams", name, "hires", index), problem)
        yield from _covers(stated, scenario, team.timezone or scenario.period.timezone, path)
        if stated.table is not None:
            yield from _shifts(stated, stated.table, path)


def _shifts(stated: RosterFile, table: IntervalTable, path: FaultPath) -> Iterator[Finding]:
    """Check that heads lead to shifts that people can work."""
    if not table.minutes * MINUTE_MS <= stated.longest <= _LONGEST_SHIFT_MS:
        problem = f"is not from {table.minutes} min, the file's interval, to {duration_text(_LONGEST_SHIFT_MS)}"
        yield Finding((*path, "longest"), f"{problem}; expected for instance '10 h'")
        return
    shifts = ordinary_shifts(stated)
    if not shifts:
        yield Finding(path, f"{stated.file} is all zeros, nobody ever works here; expected heads")
    for begin, end in shifts:
        if (end - begin) * MINUTE_MS < stated.shortest:
            first = table.begins or MONDAY
            day = first + timedelta(minutes=begin)
            when = f"{day:%Y-%m-%d %H:%M}" if table.begins else f"{WEEKDAYS[day.weekday()]} {day:%H:%M}"
            problem = (
                f"{stated.file} would have somebody come on {when} and leave at {first + timedelta(minutes=end):%H:%M},"
                f" after {end - begin} min, expected heads that fit shifts of {duration_text(stated.shortest)} or more"
                f" (see shortest) and {duration_text(stated.longest)} at most (see longest)"
            )
            yield Finding(path, problem)
            return


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


def _covers(stated: TableFile, scenario: Scenario, timezone: str, path: FaultPath) -> Iterator[Finding]:
    """Check that a file says something of all the simulated time."""
    table = stated.table
    if table is None:
        return
    if table.begins is None:
        if stated.beyond != "refused":
            problem = "has no effect, the file shows an ordinary week that holds for every week; expected no such key"
            yield Finding((*path, "beyond"), problem, on_key=True)
        return
    begins = table.begins
    ends = begins + timedelta(minutes=table.minutes) * len(next(iter(table.columns.values())))
    if stated.beyond == "nearest_week":
        if ends - begins < _WEEK:
            problem = f"{stated.file} is shorter than a week, expected at least one for the nearest_week"
            yield Finding((*path, "beyond"), problem)
        return
    simulated = _simulated(scenario, timezone)
    if simulated is not None and (simulated[0] < begins or ends < simulated[1]):
        first, last = simulated
        missing = first if first < begins else ends
        problem = (
            f"{stated.file} says nothing of {missing:%Y-%m-%d %H:%M}, expected all of {first:%Y-%m-%d %H:%M} to"
            f" {last:%Y-%m-%d %H:%M} (warm-up and run-out included), or beyond: nearest_week"
        )
        yield Finding((*path, "file"), problem)


def _simulated(scenario: Scenario, timezone: str) -> tuple[datetime, datetime] | None:
    """Return the local times from which and to which is simulated; None where that cannot be told."""
    try:
        span, run_out = period_span(scenario.period), timedelta(milliseconds=run_out_ms(scenario))
        ends = (span.origin + timedelta(milliseconds=span.end_ms) + run_out).astimezone(zone(timezone))
    except (ValueError, KeyError, ZeroDivisionError):
        # What is wrong with the time zone or a calendar is told elsewhere.
        return None
    return span.origin.astimezone(ends.tzinfo).replace(tzinfo=None), ends.replace(tzinfo=None)
