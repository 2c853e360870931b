"""The best of several plans by a metric: the procedure KN on replications of the simulator, same customers in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.judgement import CONFIDENCE
from supportsim.experiment.precision import MEASURES, Measure, parse_size
from supportsim.experiment.run import Simulate, run
from supportsim.experiment.selection import Selection, select_best
from supportsim.scenario.loader import LoadedScenario
from supportsim.scenario.metrics import METRICS, MetricKey
from supportsim.scenario.units import HOUR_MS, MINUTE_MS

_EXAMPLES: dict[Measure, str] = {"share": "'0.5 points'", "time": "'2 min'", "number": "'12'"}


@dataclass(frozen=True)
class Contest:
    """By what plans are chosen.

    Args:
        key: the metric; a plan's value is its mean over replications.
        indifference: the smallest difference worth detecting, in the metric's unit.
        first: replications of each plan before the first decision, at least 2.
        most: at most so many of each.
        confidence: of the choice.
    """

    key: MetricKey
    indifference: float
    first: int
    most: int
    confidence: float = CONFIDENCE


@dataclass(frozen=True)
class Contestant:
    """A plan of the contest.

    Args:
        name: unlike all others.
        scenario: as loaded.
        values: of the metric, in each replication that was simulated.
    """

    name: str
    scenario: LoadedScenario
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What came of the contest.

    Args:
        contest: by what was chosen.
        seed: of all random streams.
        contestants: the plans in the order in which they were given.
        selection: which is best, and who was dropped when; plans are places in ``contestants``.
    """

    contest: Contest
    seed: int
    contestants: tuple[Contestant, ...]
    selection: Selection


def best_plan(
    plans: Sequence[LoadedScenario],
    names: Sequence[str],
    contest: Contest,
    seed: int,
    simulate: Simulate = run,
    on_progress: Callable[[str, int, int], None] = lambda name, finished, total: None,
) -> Outcome:
    """Simulate plans until one is known to be the best, or none may be simulated any longer.

    Args:
        plans: two or more.
        names: of the plans.
        contest: by what to choose.
        seed: of all random streams.
        simulate: runs the replications.
        on_progress: called with (name, finished, wanted) of the plan that is being simulated.

    Raises:
        KeyError: a plan does not measure the metric.
        KeyboardInterrupt: interrupted.
        NothingMeasuredError: a replication had nothing to measure.
        ValueError: of the metric neither direction is better, or a number is out of range.
        Exception: what `run` raises.
    """
    key, better = contest.key, METRICS[contest.key.metric].better
    if better is None:
        raise ValueError(f"of {key.metric} neither more nor less is better")
    values = [np.empty(0) for _ in plans]

    def observe(plan: int, start: int, end: int) -> NDArray[np.float64]:
        def report(finished: int, total: int) -> None:
            on_progress(names[plan], start + finished, start + total)

        result = simulate(plans[plan], end - start, seed, start=start, on_progress=report)
        if result.interrupted:
            raise KeyboardInterrupt
        seen = result.metric(key.metric, key.stat, **dict(key.slices))
        values[plan] = np.concatenate([values[plan], seen])
        return seen if better == "high" else -seen

    selection = select_best(observe, len(plans), contest.first, contest.most, contest.indifference, contest.confidence)
    contestants = tuple(Contestant(*one) for one in zip(names, plans, values, strict=True))
    return Outcome(contest, seed, contestants, selection)


def parse_indifference(key: MetricKey, text: str) -> float:
    """Return a difference of a metric, written as ``0.5 points``, ``2 min`` or ``12``, in the metric's unit.

    Raises:
        ValueError: it is no difference of this metric, with what was expected.
    """
    unit = METRICS[key.metric].unit
    try:
        measure, size = parse_size(text)
    except ValueError:
        measure, size = "relative", 0.0
    if measure != MEASURES[unit] or not 0 < size < np.inf:
        expected = f"expected more than 0, for instance {_EXAMPLES[MEASURES[unit]]}"
        raise ValueError(f"{text!r} is no difference of {key.metric}, {expected}")
    return size / {"minutes": MINUTE_MS, "hours": HOUR_MS}.get(unit, 1)
