"""Checks of what customers bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from supportsim.scenario.checks_time import unknown, weekdays_named_twice
from supportsim.scenario.common import TIERS
from supportsim.scenario.distributions import Distribution
from supportsim.scenario.faults import FaultPath, Finding
from supportsim.scenario.model import Category, Channel, Scenario, is_live
from supportsim.scenario.units import DAY_MS, parse_hours

RESERVED_NAMES = ("default", "from", "to", "by", *Distribution.model_fields)
"""They have a meaning where values are stated by category."""

_SUM_TOLERANCE = 1e-6


def demand_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that shares sum to 100 %, and channels, categories and seasons."""
    demand, path = scenario.demand, ("demand",)
    if demand.forecast is None:
        yield from _volume(scenario)
    yield from _shares_sum(demand.segments, (*path, "segments"))
    yield from _shares_sum({name: kind.share for name, kind in demand.categories.items()}, (*path, "categories"))
    for name, category in demand.categories.items():
        yield from _shares_sum(category.priority, (*path, "categories", name, "priority"))
        yield from _straight_to(category, (*path, "categories", name, "straight_to"))
        if name in RESERVED_NAMES:
            problem = "is a word of the language, expected another name for a category"
            yield Finding((*path, "categories", name), problem, on_key=True)
    for name, channel in demand.channels.items():
        yield from _channel(name, channel, demand.channels, (*path, "channels", name))
    if demand.duplicates is not None and demand.duplicates.as_ is not None:
        yield from unknown((*path, "duplicates", "as"), demand.duplicates.as_, list(demand.channels), "channel")
    yield from weekdays_named_twice(demand.seasons.weekday, (*path, "seasons", "weekday"))
    month_end = demand.seasons.month_end
    if month_end is not None:
        if month_end.last % DAY_MS or not 1 <= month_end.last // DAY_MS <= 28:
            problem = "is not 1 to 28 whole days, expected for instance '3 days'"
            yield Finding((*path, "seasons", "month_end", "last"), problem)
        for index, name in enumerate(month_end.categories):
            known = list(demand.categories)
            yield from unknown((*path, "seasons", "month_end", "categories", index), name, known, "category")


def self_service_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check the layers' segments and categories."""
    for name, layer in scenario.self_service.items():
        path = ("self_service", name)
        for index, segment in enumerate(layer.skips):
            yield from unknown((*path, "skips", index), segment, list(scenario.demand.segments), "segment")
        yield from by_category(layer.deflects, scenario, (*path, "deflects"))


def change_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that dated changes name what is there and begin before the period ends."""
    period = scenario.period
    for index, change in enumerate(scenario.changes):
        path: FaultPath = ("changes", index)
        if change.from_ >= period.start + timedelta(milliseconds=period.length):
            problem = "is not before the end of the period, so nothing changes; expected an earlier date"
            yield Finding((*path, "from"), problem)
        for place, name in enumerate(change.categories):
            known = list(scenario.demand.categories)
            yield from unknown((*path, "categories", place), name, known, "category")
        for layer in change.deflects:
            known = list(scenario.self_service)
            yield from unknown((*path, "deflects", layer), layer, known, "layer", on_key=True)


def by_category(values: Mapping[str, Any], scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    """Check that values by category name known categories, and all of them unless there is a default."""
    categories = list(scenario.demand.categories)
    for name in values:
        if name != "default":
            yield from unknown((*path, name), name, [*categories, "default"], "category", on_key=True)
    left_out = [name for name in categories if name not in values]
    if left_out and "default" not in values:
        yield Finding(path, f"says nothing of {', '.join(left_out)}, expected them or a default")


def _volume(scenario: Scenario) -> Iterator[Finding]:
    """Check that a volume is stated and how it spreads over the channels."""
    demand = scenario.demand
    if demand.contacts is None:
        problem = "missing, expected for instance {count: 1200, per: month}, or a forecast"
        yield Finding(("demand",), problem, missing=("contacts",))
    shares = {name: channel.share for name, channel in demand.channels.items() if channel.share is not None}
    for name in demand.channels:
        if name not in shares:
            path: FaultPath = ("demand", "channels", name)
            yield Finding(path, "missing, expected its share of all contacts", missing=("share",))
    if len(shares) == len(demand.channels):
        yield from _shares_sum(shares, ("demand", "channels"))


def _shares_sum(shares: Mapping[Any, float], path: FaultPath) -> Iterator[Finding]:
    total = sum(shares.values())
    if not shares:
        yield Finding(path, "is empty, expected at least one with its share")
    elif abs(total - 1) > _SUM_TOLERANCE:
        yield Finding(path, f"shares sum to {100 * total:.6g}%, expected 100%")


def _straight_to(category: Category, path: FaultPath) -> Iterator[Finding]:
    for tier in category.straight_to:
        if TIERS.index(tier) <= TIERS.index(category.enters):
            yield Finding(
                (*path, tier), f"is not above {category.enters}, where the others enter; expected a higher tier"
            )
    if sum(category.straight_to.values()) > 1 + _SUM_TOLERANCE:
        yield Finding(path, f"shares sum to {100 * sum(category.straight_to.values()):.6g}%, expected at most 100%")


def _channel(name: str, channel: Channel, channels: Mapping[str, Channel], path: FaultPath) -> Iterator[Finding]:
    live = is_live(name, channel)
    if channel.patience is not None and not live:
        problem = "has no effect, nobody waits on the line of this channel; expected live: true or no patience"
        yield Finding((*path, "patience"), problem, on_key=True)
    if channel.abandoned is not None and (channel.patience is None or not live):
        problem = "has no effect, nobody gives up on this channel; expected patience or nothing about abandoned"
        yield Finding((*path, "abandoned"), problem, on_key=True)
    if channel.abandoned is not None and channel.abandoned.as_ is not None:
        back = channel.abandoned.as_
        yield from unknown((*path, "abandoned", "as"), back, list(channels), "channel")
        if back in channels and back != name and is_live(back, channels[back]):
            problem = f"{back!r} is live too, expected a channel where nobody waits on the line, or no 'as'"
            yield Finding((*path, "abandoned", "as"), problem)
    if channel.call_back is not None and (channel.patience is None or not live):
        problem = "has no effect, nobody gives up on this channel; expected patience or nothing about call_back"
        yield Finding((*path, "call_back"), problem, on_key=True)
    yield from _closed(name, channel, channels, (*path, "closed"))
    if channel.lines is not None and not live:
        problem = "has no effect, nobody waits on the line of this channel; expected live: true or no lines"
        yield Finding((*path, "lines"), problem, on_key=True)
    if channel.concurrency > 1 and not live:
        problem = "has no effect, work of this channel is done one by one; expected live: true or no concurrency"
        yield Finding((*path, "concurrency"), problem, on_key=True)
    if channel.slowdown and all(each.concurrency == 1 for each in channels.values()):
        problem = "has no effect, nobody holds several contacts; expected a channel with a concurrency of 2 or more"
        yield Finding((*path, "slowdown"), problem, on_key=True)
    if channel.hours.weights is not None:
        yield from _hours_named_twice(list(channel.hours.weights), (*path, "hours", "weights"))


def _closed(name: str, channel: Channel, channels: Mapping[str, Channel], path: FaultPath) -> Iterator[Finding]:
    if channel.closed is None:
        return
    if channel.open is None:
        problem = "has no effect, the channel is always open; expected open: a calendar, or nothing about closed"
        yield Finding(path, problem, on_key=True)
    other = channel.closed.as_
    if other is not None:
        yield from unknown((*path, "as"), other, list(channels), "channel")
        if other == name or (other in channels and channels[other].open is not None):
            yield Finding((*path, "as"), f"{other!r} may be closed too, expected a channel that is always open")


def _hours_named_twice(keys: Sequence[str], path: FaultPath) -> Iterator[Finding]:
    named: list[int] = []
    for key in keys:
        twice = [hour for hour in parse_hours(key) if hour in named]
        if twice:
            yield Finding((*path, key), f"hour {twice[0]} is named already, expected each hour once", on_key=True)
        named += parse_hours(key)
