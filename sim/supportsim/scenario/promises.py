"""What is promised to whom, by which calendar, and how long that keeps the floor running."""

from __future__ import annotations

import math
from collections.abc import Mapping

from supportsim.scenario.common import Priority
from supportsim.scenario.model import Calendar, Scenario
from supportsim.scenario.units import DAY_MS, MINUTE_MS, WEEK_MS, BusinessDays, parse_days

ALWAYS = Calendar(hours={"daily": ((0, 24 * 60),)})
"""The calendar that is there without being stated, under the name ``always``."""

_Promises = Mapping[Priority, int | BusinessDays]


def default_sla_calendar(scenario: Scenario) -> str:
    """Return the name of the calendar that business days mean where no priority is in question."""
    return scenario.sla.calendar.get("default", "always")


def sla_calendar(scenario: Scenario, segment: str, priority: Priority) -> str:
    """Return the name of the calendar by which a segment's promises of a priority run."""
    policy, common = scenario.sla, scenario.sla.calendar
    own = policy.by_segment[segment].calendar if segment in policy.by_segment else {}
    return own.get(priority) or own.get("default") or common.get(priority, default_sla_calendar(scenario))


def calendar_named(scenario: Scenario, name: str) -> Calendar:
    """Return a calendar by its name; ``always`` is there without being stated."""
    return scenario.calendars.get(name, ALWAYS) if name == "always" else scenario.calendars[name]


def promises_to(scenario: Scenario, segment: str, kind: str) -> _Promises:
    """Return a segment's promises: its own where it has some, else the common ones times its multiplier.

    Multiplied business days are whole (the scenario's checks see to it).
    """
    policy = scenario.sla
    factor = policy.segments.get(segment, 1.0)
    common: _Promises = getattr(policy, kind)
    own: _Promises = getattr(policy.by_segment[segment], kind) if segment in policy.by_segment else {}
    return {priority: _times(promise, factor) for priority, promise in common.items()} | dict(own)


def _times(promise: int | BusinessDays, factor: float) -> int | BusinessDays:
    if isinstance(promise, BusinessDays):
        return BusinessDays(round(promise.days * factor))
    return round(promise * factor)


def all_promises(scenario: Scenario) -> list[tuple[str, int | BusinessDays]]:
    """Return every promise there is, with its calendar's name; ``reassign_after`` is one on the default's."""
    promises = [
        (sla_calendar(scenario, segment, priority), promise)
        for segment in scenario.demand.segments
        for kind in ("response", "resolution", "updates")
        for priority, promise in promises_to(scenario, segment, kind).items()
    ]
    return [*promises, (default_sla_calendar(scenario), scenario.routing.reassign_after)]


def run_out_ms(scenario: Scenario) -> int:
    """Return how long the floor runs on after the period.

    Unless stated it is the longest promise plus one week, so that tickets of the last day can
    still be judged. A promise in hours of a calendar is stretched by what share of the week
    that is open; n business days count as n / 5 weeks and 2 days.
    """
    if scenario.period.run_out is not None:
        return scenario.period.run_out
    longest_ms = 0
    for name, promise in all_promises(scenario)[:-1]:
        if isinstance(promise, BusinessDays):
            needs_ms = math.ceil(promise.days * 7 / 5 + 2) * DAY_MS
        else:
            needs_ms = math.ceil(promise * WEEK_MS / _open_minutes(calendar_named(scenario, name)) / MINUTE_MS)
        longest_ms = max(longest_ms, needs_ms)
    return longest_ms + WEEK_MS


def _open_minutes(calendar: Calendar) -> int:
    """Return the open minutes of an ordinary week."""
    return sum(len(parse_days(key)) * sum(end - start for start, end in spans) for key, spans in calendar.hours.items())
