"""What changes from a date on: how far each change has come, and what it does to shares and handle times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan
from supportsim.scenario.calendars import local_ms
from supportsim.scenario.changes import DatedChange
from supportsim.scenario.model import Scenario
from supportsim.workload.distributions import FloatArray


def begins_ms(change: DatedChange, plan: Plan) -> int:
    """Return the instant at which a change begins."""
    return local_ms(plan.timezone, plan.origin, change.from_)


def progress(change: DatedChange, plan: Plan, at_ms: NDArray[np.int64]) -> FloatArray:
    """Return how much of a change is there at instants (n,), from 0 to 1."""
    since_ms = at_ms - begins_ms(change, plan)
    if not change.by:
        return (since_ms >= 0).astype(np.float64)
    return np.clip(since_ms / change.by, 0.0, 1.0)


def concerned(change: DatedChange, plan: Plan) -> NDArray[np.bool_]:
    """Return which categories (K,) a change is about."""
    return np.array([not change.categories or name in change.categories for name in plan.categories])


def deflected(
    scenario: Scenario,
    plan: Plan,
    layer: str,
    shares: FloatArray,
    category: NDArray[np.int16],
    arrived_ms: NDArray[np.int64],
) -> FloatArray:
    """Return the shares (n,) that a layer deflects of contacts, all changes so far made, in the order of the file."""
    for change in scenario.changes:
        if layer in change.deflects:
            there = progress(change, plan, arrived_ms) * concerned(change, plan)[category]
            shares = shares + (change.deflects[layer] - shares) * there
    return shares


def handle_factor(
    scenario: Scenario, plan: Plan, tier: str, category: NDArray[np.int16], created_ms: NDArray[np.int64]
) -> FloatArray | float:
    """Return by how much the handle times of tickets (n,) at a tier are multiplied."""
    factor: FloatArray | float = 1.0
    for change in scenario.changes:
        if change.handle is not None and (not change.tiers or tier in change.tiers):
            there = progress(change, plan, created_ms) * concerned(change, plan)[category]
            factor = factor * (1 + change.handle * there)
    return factor
