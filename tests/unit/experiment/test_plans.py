"""Plans against each other: the front, and the cheapest that keeps its promises."""

import math
from dataclasses import replace

import pytest

from supportsim.experiment.judgement import Verdict
from supportsim.experiment.plans import Figure, Plan, best, front

NOTHING = Figure(math.nan, math.nan)


@pytest.mark.parametrize(
    ("figures", "more_is_better", "expected"),
    [
        ([(1, 0.5), (2, 0.9), (3, 0.8), (4, 0.95)], True, {0, 1, 3}),
        ([(1, 30), (2, 10), (3, 20), (4, 5)], False, {0, 1, 3}),
        ([(1, 0.5), (1, 0.6)], True, {1}),
        ([(1, 0.5), (1, 0.5)], True, {0}),
        ([(2, 0.5), (1, 0.9)], True, {1}),
        ([(1, math.nan), (2, 0.5), (math.nan, 1)], True, {1}),
        ([], True, set()),
    ],
)
def test_the_front_is_what_nobody_beats(
    figures: list[tuple[float, float]], more_is_better: bool, expected: set[int]
) -> None:
    assert front(figures, more_is_better) == expected


def test_the_cheapest_that_keeps_its_promises() -> None:
    plan = Plan(0, (), Figure(5, 0), NOTHING, Verdict.MET, 1, (), False, "")
    plans = [
        replace(plan, number=0, cost=Figure(1, 0), verdict=Verdict.MISSED),
        replace(plan, number=1, cost=Figure(2, 0), verdict=Verdict.UNDECIDED),
        replace(plan, number=2, cost=Figure(4, 0)),
        replace(plan, number=3, cost=Figure(3, 0)),
        replace(plan, number=4, cost=NOTHING),
    ]
    found = best(plans)
    assert found is not None
    assert found.number == 3
    assert best(plans[:2]) is None
