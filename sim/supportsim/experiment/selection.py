"""The best of several plans, with a guarantee: the procedure KN.

Whenever the best plan is better than each other one by at least the indifference zone, it is the one that is chosen
with probability ``confidence`` or more. Where another lies within the zone of the best, either may be chosen: the zone
says that the difference is not worth the simulating. Plans may and should meet the same customers, since what counts
are the variances of differences. The proof wants normal observations; means over a whole replication are close to that.

Source:
    S.-H. Kim and B. L. Nelson, "A fully sequential procedure for indifference-zone selection in simulation",
    *ACM Transactions on Modeling and Computer Simulation* 11, 2001, 251-273, with c = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.judgement import CONFIDENCE

BATCH = 10
"""Replications that are added at a time to each plan still in the race; those that prove needless cost time only."""

Observe = Callable[[int, int, int], NDArray[np.float64]]
"""Called with (plan, from, to), returns the values of replications from..to - 1 (to - from,); higher is better."""


class NothingMeasuredError(ValueError):
    """A replication had nothing of which the metric could be taken."""


@dataclass(frozen=True)
class Elimination:
    """A plan that was dropped.

    Args:
        plan: its place.
        by: the plan that beat it.
        after: replications that both had.
    """

    plan: int
    by: int
    after: int


@dataclass(frozen=True)
class Selection:
    """What came of the race.

    Args:
        best: the chosen plan; None if the most that may be run were not enough.
        survivors: the plans still in the race, best first by what was seen.
        eliminations: the others, in the order in which they were dropped.
        replications: how many decided, of the plans that stayed longest.
        indifference: the zone, in the metric's unit.
        confidence: of the choice.
    """

    best: int | None
    survivors: tuple[int, ...]
    eliminations: tuple[Elimination, ...]
    replications: int
    indifference: float
    confidence: float


def select_best(
    observe: Observe,
    plans: int,
    first: int,
    most: int,
    indifference: float,
    confidence: float = CONFIDENCE,
) -> Selection:
    """Race plans against each other until one is left.

    Args:
        observe: gives observations, each asked for once and in order.
        plans: how many.
        first: observations of every plan before the first decision, at least 2.
        most: at most so many of each.
        indifference: the smallest difference worth detecting, above 0.
        confidence: of the choice.

    Raises:
        ValueError: a number is out of range.
        NothingMeasuredError: an observation is missing.
    """
    if plans < 2 or not 2 <= first <= most or indifference <= 0:
        raise ValueError("expected at least 2 plans, 2 first observations, no fewer at most, and a zone above 0")
    seen = _observed(observe, list(range(plans)), 0, first)
    reach = _reach(seen, confidence) / indifference**2
    alive, dropped, after = list(range(plans)), list[Elimination](), first
    sums = seen.sum(axis=1)
    while True:
        best = max(alive, key=lambda plan: (sums[plan], -plan))
        gone = _beaten(alive, sums / after, reach, after, indifference)
        dropped += gone
        alive = [plan for plan in alive if plan not in {one.plan for one in gone}]
        if len(alive) == 1 or after > max(reach[one, other] for one in alive for other in alive if one != other):
            order = sorted(alive, key=lambda plan: (plan != best, -sums[plan], plan))
            return Selection(best, tuple(order), tuple(dropped), after, indifference, confidence)
        if after == most:
            order = sorted(alive, key=lambda plan: (-sums[plan], plan))
            return Selection(None, tuple(order), tuple(dropped), after, indifference, confidence)
        if after == seen.shape[1]:
            more = np.full((plans, min(BATCH, most - after)), np.nan)
            more[alive] = _observed(observe, alive, after, after + more.shape[1])
            seen = np.concatenate([seen, more], axis=1)
        sums = sums + seen[:, after]
        after += 1


def _reach(seen: NDArray[np.float64], confidence: float) -> NDArray[np.float64]:
    """Return h^2 times the variance of each difference (plans, plans), of first observations (plans, n)."""
    plans, first = seen.shape
    eta = ((2 * (1 - confidence) / (plans - 1)) ** (-2 / (first - 1)) - 1) / 2
    variance = (seen[:, None] - seen[None, :]).var(axis=2, ddof=1)
    return np.asarray(2 * eta * (first - 1) * variance)


def _beaten(
    alive: list[int], means: NDArray[np.float64], reach: NDArray[np.float64], after: int, indifference: float
) -> list[Elimination]:
    """Return who lies below another by more than their distance allows, each with the best of those that beat it."""
    gone = []
    for plan in alive:
        allowed = np.maximum(0.0, indifference / (2 * after) * (reach[plan] - after))
        by = [other for other in alive if other != plan and means[plan] < means[other] - allowed[other]]
        if by:
            gone.append(Elimination(plan, max(by, key=lambda other: means[other]), after))
    return gone


def _observed(observe: Observe, plans: list[int], start: int, end: int) -> NDArray[np.float64]:
    values = np.array([observe(plan, start, end) for plan in plans], dtype=np.float64)
    if not np.isfinite(values).all():
        number = start + int(np.argmin(np.isfinite(values).all(axis=0)))
        raise NothingMeasuredError(f"there was nothing to measure in replication {number}")
    return values
