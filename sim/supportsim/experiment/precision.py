"""How many replications are enough: looks at stated numbers, and what is still open at each.

A verdict that is taken as soon as it is good is wrong more often than it says, because chance gets several tries. So
the numbers of replications at which one looks are fixed beforehand, K of them, and each look may be wrong with
probability (1 - confidence) / K only. The chance that any look gives a false verdict is at most the sum,
1 - confidence (Bonferroni over the looks, Holm over the promises within each look), however the looks depend on
each other.

Sources:
    Sequential looks and spending the error on them: C. Jennison and B. W. Turnbull, *Group Sequential Methods*, 2000,
    chapters 2 and 7; relative and absolute precision: A. M. Law, *Simulation Modeling and Analysis*, 5th ed., 2015,
    section 9.4.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from supportsim.experiment.judgement import CONFIDENCE, Verdict
from supportsim.scenario.metrics import METRICS, MetricKey, Unit, parse_target_key
from supportsim.scenario.units import HOUR_MS, MINUTE_MS, parse_duration

Measure = Literal["relative", "share", "time", "number"]
MEASURES: dict[Unit, Measure] = {
    "share": "share",
    "minutes": "time",
    "hours": "time",
    "number": "number",
    "money": "number",
}


@dataclass(frozen=True)
class Precision:
    """How closely something is to be known.

    Args:
        text: as the user wrote it.
        key: of which metric; None for every promise that is measured so.
        measure: of what ``size`` is: a share of the estimate, or the metric's own unit.
        size: the largest half-width that will do; shares 0..1, milliseconds for times.
    """

    text: str
    key: MetricKey | None
    measure: Measure
    size: float

    def wanted(self, key: MetricKey, value: float) -> float:
        """Return the half-width that will do for an estimate, in the metric's unit; 0 where this says nothing of it."""
        unit = METRICS[key.metric].unit
        if self.key is not None and self.key != key:
            return 0.0
        if self.measure == "relative":
            return self.size * abs(value) if math.isfinite(value) else 0.0
        if self.measure != MEASURES[unit]:
            return 0.0
        return self.size / {"minutes": MINUTE_MS, "hours": HOUR_MS}.get(unit, 1)


def parse_precision(text: str) -> Precision:
    """Return the meaning of ``5%`` (of the estimate), ``0.5 points``, ``2 min`` or ``12``, perhaps after ``METRIC=``.

    Raises:
        ValueError: it means nothing, with what was expected.
    """
    name, equals, value = text.rpartition("=")
    if "]" in value:
        raise ValueError(f"{text!r} says how closely of nothing, expected for instance '{text}=5%'")
    key = parse_target_key(name) if equals else None
    measure, size = parse_size(value.strip())
    if not 0 < size < math.inf:
        raise ValueError(f"{value.strip()!r} is no precision, expected more than 0")
    if key is not None and measure not in ("relative", MEASURES[METRICS[key.metric].unit]):
        raise ValueError(f"{key.metric} is measured in {METRICS[key.metric].unit}, {value.strip()!r} is not")
    return Precision(text, key, measure, size)


def parse_size(value: str) -> tuple[Measure, float]:
    """Return measure and size of ``5%``, ``0.5 points``, ``2 min`` or ``12``.

    Raises:
        ValueError: it is none of these.
    """
    try:
        if value.endswith("%"):
            return "relative", float(value[:-1]) / 100
        for word in ("points", "point"):
            if value.endswith(word):
                return "share", float(value.removesuffix(word)) / 100
        return "number", float(value)
    except ValueError:
        pass
    try:
        return "time", parse_duration(value)
    except ValueError:
        expected = "expected for instance 5% (of the estimate), '0.5 points' (of a share), '2 min' or a number"
        raise ValueError(f"{value!r} is no precision, {expected}") from None


@dataclass(frozen=True)
class StoppingRule:
    """When to stop, fixed before the first replication.

    Args:
        precisions: what will do for a promise that stays undecided, and for metrics that are no promises.
        looks: numbers of replications at which to look, ascending; the last is the most that are ever run.
        confidence: over all looks and promises together.
    """

    precisions: tuple[Precision, ...]
    looks: tuple[int, ...]
    confidence: float = CONFIDENCE

    @property
    def confidence_of_look(self) -> float:
        """The confidence of the verdicts of one look."""
        return 1 - (1 - self.confidence) / len(self.looks)


def looks_between(first: int, most: int) -> tuple[int, ...]:
    """Return numbers of replications that about double from ``first`` to ``most``."""
    if most <= first:
        return (most,)
    steps = max(1, round(math.log2(most / first)))
    return tuple(round(first * (most / first) ** (step / steps)) for step in range(steps + 1))


@dataclass(frozen=True)
class Standing:
    """How a promise, or a metric that is to be known, stands at a look.

    Args:
        key: what is measured.
        name: the promise as the scenario writes it; empty if it is none.
        verdict: of the promise; None if it is none.
        estimate: in the metric's unit.
        half_width: two-sided, at the look's confidence, of this number by itself; shares never surer than the exact
            binomial.
        wanted: the half-width that will do, 0 if none was asked for.
        enough: whether no more replications are wanted for its sake.
        forecast: about how many replications would be enough; infinite if no number would, NaN if it cannot be told.
    """

    key: MetricKey
    name: str
    verdict: Verdict | None
    estimate: float
    half_width: float
    wanted: float
    enough: bool
    forecast: float


@dataclass(frozen=True)
class Stopping:
    """Why the run ended where it did.

    Args:
        rule: when to stop.
        looks: the numbers of replications at which was looked.
        standings: at the last look; promises first.
    """

    rule: StoppingRule
    looks: tuple[int, ...]
    standings: tuple[Standing, ...]

    @property
    def reached(self) -> bool:
        """Whether everything is decided, or known closely enough."""
        return all(one.enough for one in self.standings)

    @property
    def hopeless(self) -> bool:
        """Whether only such things are open as more replications will not change."""
        return all(one.enough or math.isnan(one.estimate) for one in self.standings)
