"""Checks of the period, calendars and weekdays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from supportsim.scenario.civil import resolve_holidays, zone
from supportsim.scenario.faults import FaultPath, Finding
from supportsim.scenario.model import Scenario
from supportsim.scenario.suggest import expected_one_of
from supportsim.scenario.units import DAY_MS, WEEKDAYS, parse_days

ALWAYS = "always"
_LONGEST_DAYS = 3660
_DAY_MINUTES = 24 * 60


def unknown(path: FaultPath, name: str, known: Sequence[str], what: str, on_key: bool = False) -> Iterator[Finding]:
    """Yield a finding if ``name`` is none of the ``known`` names."""
    if name not in known:
        meant = expected_one_of(name, known) if known else f"but no {what} is stated"
        yield Finding(path, f"unknown {what} {name!r}, {meant}", on_key)


def calendars_known(scenario: Scenario) -> list[str]:
    """Return the names of the calendars, the one that is always there included."""
    return [ALWAYS, *(name for name in scenario.calendars if name != ALWAYS)]


def period_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check the time zone, and that the period consists of whole days."""
    period = scenario.period
    for name in ("length", "warm_up"):
        duration_ms = getattr(period, name)
        if duration_ms % DAY_MS:
            yield Finding(("period", name), "is not whole days, expected for instance '13 weeks' or '90 days'")
        if duration_ms > _LONGEST_DAYS * DAY_MS:
            yield Finding(("period", name), "is longer than ten years, expected less")
    if period.length == 0:
        yield Finding(("period", "length"), "is no time at all, expected for instance '13 weeks'")
    try:
        zone(period.timezone)
    except ValueError as error:
        yield Finding(("period", "timezone"), str(error))


def calendar_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check opening hours and holidays."""
    for name, calendar in scenario.calendars.items():
        path = ("calendars", name)
        if name == ALWAYS and not calendar.always:
            yield Finding(path, "is open around the clock by definition, expected 24x7 or another name")
        if not any(calendar.hours.values()):
            yield Finding(path, 'is never open, expected hours such as {mon-fri: "09:00-17:00"}')
        yield from weekdays_named_twice(calendar.hours, (*path, "hours"))
        for key, spans in calendar.hours.items():
            yield from overlapping_spans(spans, (*path, "hours", key))
        yield from holiday_findings(calendar.holidays, scenario, (*path, "holidays"))


def channel_calendar_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that channels are open in a calendar that is there."""
    for name, channel in scenario.demand.channels.items():
        if channel.open is not None:
            path = ("demand", "channels", name, "open")
            yield from unknown(path, channel.open, calendars_known(scenario), "calendar")


def holiday_findings(holidays: str | Sequence[date], scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    """Check that the code of public holidays is known."""
    period = scenario.period
    if not isinstance(holidays, str):
        return
    days = min(period.length // DAY_MS, _LONGEST_DAYS)
    try:
        resolve_holidays(holidays, period.start, period.start + timedelta(days=days))
    except ValueError as error:
        yield Finding(path, str(error))


def weekdays_named_twice(keys: Iterable[str], path: FaultPath) -> Iterator[Finding]:
    """Yield the keys with a weekday that an earlier key names too."""
    named: dict[int, str] = {}
    for key in keys:
        for day in parse_days(key):
            if day in named:
                problem = f"{WEEKDAYS[day]} is named by {named[day]!r} already, expected each weekday once"
                yield Finding((*path, key), problem, on_key=True)
                break
        named |= {day: key for day in parse_days(key) if day not in named}


def overlapping_spans(spans: Sequence[tuple[int, int]], path: FaultPath) -> Iterator[Finding]:
    """Check that the spans of a day are some, apart from one another, and no longer than a day altogether."""
    if not spans:
        yield Finding(path, "has no hours, expected for instance '09:00-17:00'")
        return
    ordered = sorted(spans)
    around_midnight = [*ordered, (ordered[0][0] + _DAY_MINUTES, ordered[0][1] + _DAY_MINUTES)]
    if any(later[0] < earlier[1] for earlier, later in pairwise(around_midnight)):
        yield Finding(path, "overlaps itself, expected spans that do not share any time")
