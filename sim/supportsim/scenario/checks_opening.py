"""Checks of the work on hand when the simulation begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from supportsim.scenario.checks_routes import reached
from supportsim.scenario.checks_time import unknown
from supportsim.scenario.faults import FaultPath, Finding
from supportsim.scenario.model import Scenario, is_live
from supportsim.scenario.opening import OnHand, lead_ms
from supportsim.scenario.units import DAY_MS

_LONGEST_DAYS = 366


def opening_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that tickets on hand are such as could have come, and wait where tickets of their category get to."""
    demand = scenario.demand
    live = [name for name, channel in demand.channels.items() if is_live(name, channel)]
    names: dict[str, Mapping[str, Any]] = {
        "category": demand.categories, "segment": demand.segments, "channel": demand.channels
    }  # fmt: skip
    for index, stated in enumerate(scenario.start.backlog):
        path: FaultPath = ("start", "backlog", index)
        for key, known in names.items():
            name = getattr(stated, key)
            if name is not None:
                yield from unknown((*path, key), name, list(known), key)
        if stated.channel in live:
            problem = f"{stated.channel!r} is live, expected a channel on which nobody waits on the line"
            yield Finding((*path, "channel"), problem)
        elif stated.channel is None and len(live) == len(demand.channels):
            yield Finding(path, "all channels are live, expected one on which nobody waits on the line")
        yield from _tier(stated, scenario, path)
    if scenario.start.backlog and "warm_up" not in scenario.period.model_fields_set:
        problem = (
            "is on hand when the warm-up begins, a week before the judged period unless said; expected period.warm_up"
        )
        yield Finding(("start", "backlog"), f"{problem} to be stated, 0 if it is on hand when the period begins")
    if lead_ms(scenario.start) > _LONGEST_DAYS * DAY_MS:
        yield Finding(("start", "backlog"), f"is older than {_LONGEST_DAYS} days, expected less")


def _tier(stated: OnHand, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    about = list(scenario.demand.categories) if stated.category is None else [stated.category]
    for category in about:
        if stated.tier and category in scenario.demand.categories and stated.tier not in reached(scenario, category):
            problem = f"no ticket of category {category!r} gets to {stated.tier}, expected another tier or category"
            yield Finding((*path, "tier"), problem)
            return
