"""The plans of a sweep against each other: cost beside service, and which of them no other plan beats in both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from supportsim.experiment.design import Level
from supportsim.experiment.ignorance import Odds
from supportsim.experiment.judgement import CONFIDENCE, Verdict
from supportsim.experiment.sweep import PointResult, SweepResult
from supportsim.scenario.metrics import METRICS, MetricKey

COST = MetricKey("cost_total", None)


@dataclass(frozen=True)
class Figure:
    """An estimate with its half-width at 95 %, NaN where there is none."""

    estimate: float
    half_width: float


@dataclass(frozen=True)
class Plan:
    """One plan.

    Args:
        number: its place in the design.
        levels: of the chosen axes.
        cost, service: over its replications, and over its samples where something is unknown.
        verdict: all promises together; None if a point of it failed.
        kept: how many promises are met.
        open: names of those that are not.
        on_front: no other plan is cheaper and serves at least as well, or the other way round.
        error: of the first point that failed, else empty.
    """

    number: int
    levels: tuple[Level, ...]
    cost: Figure
    service: Figure
    verdict: Verdict | None
    kept: int
    open: tuple[str, ...]
    on_front: bool
    error: str


def plans(result: SweepResult, service: MetricKey, found: Sequence[Odds], wanted: float) -> tuple[Plan, ...]:
    """Return the plans of a sweep, in the order of the design.

    Args:
        result: of the sweep.
        service: the metric that stands for service.
        found: the odds of all promises, if anything is unknown.
        wanted: the probability with which a promise must be kept then.
    """
    width = len(result.design.samples)
    rows = []
    for number, levels in enumerate(result.design.plans):
        points = result.points[number * width : (number + 1) * width]
        error = next((point.error for point in points if point.failed), "")
        cost, serving = (_figure(points, key) if not error else Figure(math.nan, math.nan) for key in (COST, service))
        if found:
            verdicts = {one.name: one.verdict(wanted) for one in found if one.plan == number}
            overall = verdicts.pop("", None)
        else:
            verdicts = {target.name: target.verdict for target in points[0].targets}
            overall = points[0].verdict
        open_ = tuple(name for name, verdict in verdicts.items() if verdict is not Verdict.MET)
        rows.append(
            (number, levels, cost, serving, None if error else overall, len(verdicts) - len(open_), open_, error)
        )
    best_of_both = front([(row[2].estimate, row[3].estimate) for row in rows], METRICS[service.metric].better != "low")
    return tuple(Plan(*row[:7], on_front=number in best_of_both, error=row[7]) for number, row in enumerate(rows))


def best(found: Sequence[Plan]) -> Plan | None:
    """Return the cheapest plan that keeps all promises, the first of equals; None if no plan does."""
    met = [plan for plan in found if plan.verdict is Verdict.MET and math.isfinite(plan.cost.estimate)]
    return min(met, key=lambda plan: (plan.cost.estimate, plan.number), default=None)


def _figure(points: Sequence[PointResult], key: MetricKey) -> Figure:
    places = [point.place(key) for point in points]
    if any(place is None for place in places):
        return Figure(math.nan, math.nan)
    if len(points) == 1:
        place = places[0] or 0
        return Figure(float(points[0].estimate[place]), float(points[0].half_width[place]))
    values = np.array([point.estimate[place or 0] for point, place in zip(points, places, strict=True)])
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    return Figure(float(values.mean()), float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)) * error)


def front(figures: Sequence[tuple[float, float]], more_is_better: bool) -> set[int]:
    """Return the places of those that are not beaten: cheapest first, each one that serves better than all before."""
    sign = 1.0 if more_is_better else -1.0
    known = [
        (cost, -sign * served, place)
        for place, (cost, served) in enumerate(figures)
        if np.isfinite([cost, served]).all()
    ]
    found, reached = set(), math.inf
    for _, against, place in sorted(known):
        if against < reached:
            found.add(place)
            reached = against
    return found
