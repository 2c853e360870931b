"""What moves the volume for some time: events and dated changes, on the time line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan
from supportsim.scenario.calendars import instant_ms
from supportsim.scenario.model import EVENT_KINDS, IncidentFix, Scenario, StatusPage
from supportsim.workload.changes import begins_ms, concerned


@dataclass(frozen=True)
class Swing:
    """Something with a strength of 0 to 1 from begin to full, 1 until fading, 0 at the end.

    Args:
        name: its identity.
        volume: the change of the inflow at full strength, relative to the whole of it.
        categories: bool (K,), what it is about.
        begin_ms, full_ms, fading_ms, end_ms: instants.
        priority: of what it adds, None: as the categories say.
        status_page: saves some of what it adds.
        self_service: what deflection is multiplied by meanwhile.
        known_ms: when it is known to be one problem, -1: never.
        linked: share of what it adds that is resolved with it.
        linked_handle_ms: hands-on time of each of those.
        fix: engineering's work, whose end resolves them.
    """

    name: str
    volume: float
    categories: NDArray[np.bool_]
    begin_ms: int
    full_ms: int
    fading_ms: int
    end_ms: int
    priority: str | None = None
    status_page: StatusPage | None = None
    self_service: float = 1.0
    known_ms: int = -1
    linked: float = 0.0
    linked_handle_ms: int = 1
    fix: IncidentFix | None = None

    def strength(self, at_ms: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the share (n,) of the full change that acts at instants (n,)."""
        rising = (at_ms - self.begin_ms) / max(self.full_ms - self.begin_ms, 1)
        falling = (self.end_ms - at_ms) / max(self.end_ms - self.fading_ms, 1)
        # A jump takes effect at its instant: a ramp of no length never lowers the strength.
        rising = np.where(at_ms >= self.full_ms, 1.0, rising)
        falling = np.where(at_ms < self.fading_ms, 1.0, falling)
        return np.where(self.acts(at_ms), np.minimum(rising, falling), 0.0)

    def acts(self, at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether it lasts, rising and fading included, at instants (n,)."""
        return (at_ms >= self.begin_ms) & (at_ms < self.end_ms)


def place_events(scenario: Scenario, plan: Plan) -> list[Swing]:
    """Place the events on the time line, named by kind and beginning (the second of two the same is ``#2``)."""
    found: list[Swing] = []
    seen: Counter[str] = Counter()
    for event in scenario.events:
        for kind, surge in event.items():
            name = f"{kind} {surge.at.isoformat()}"
            seen[name] += 1
            begin_ms = instant_ms(plan.timezone, plan.origin, surge.at)
            full_ms = begin_ms + surge.onset
            fading_ms = full_ms + surge.lasts
            found.append(
                Swing(
                    name=f"{name}#{seen[name]}",
                    volume=EVENT_KINDS[kind] if surge.volume is None else surge.volume,
                    categories=among(surge.categories, plan),
                    begin_ms=begin_ms,
                    full_ms=full_ms,
                    fading_ms=fading_ms,
                    end_ms=fading_ms + surge.fades,
                    priority=surge.priority,
                    status_page=surge.status_page,
                    self_service=surge.self_service,
                    known_ms=-1 if surge.known_after is None else begin_ms + surge.known_after,
                    linked=surge.linked,
                    linked_handle_ms=max(surge.linked_handle, 1),
                    fix=surge.fix,
                )
            )
    return found


def place_changes(scenario: Scenario, plan: Plan) -> list[Swing]:
    """Place the dated changes of volume on the time line; they never end. Named as events are."""
    found: list[Swing] = []
    seen: Counter[str] = Counter()
    for change in scenario.changes:
        if change.volume is None:
            continue
        name = f"change {change.from_.isoformat()}"
        seen[name] += 1
        begin_ms, end_ms = begins_ms(change, plan), plan.horizon_ms
        times_ms = (begin_ms, begin_ms + change.by, end_ms, end_ms)
        found.append(Swing(f"{name}#{seen[name]}", change.volume, concerned(change, plan), *times_ms))
    return found


def among(categories: tuple[str, ...], plan: Plan) -> NDArray[np.bool_]:
    """Return which of the plan's categories (K,) are named; all of them if none is."""
    return np.array([not categories or name in categories for name in plan.categories])


def deflection_factor(
    scenario: Scenario, plan: Plan, arrived_ms: NDArray[np.int64], category: NDArray[np.int16]
) -> NDArray[np.float64]:
    """Return by how much more, or less, self-service helps each contact (N,) because of events."""
    factor = np.ones(len(arrived_ms))
    for event in place_events(scenario, plan):
        if event.self_service != 1:
            factor[event.acts(arrived_ms) & event.categories[category]] *= event.self_service
    return factor
