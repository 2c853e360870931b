"""The best of several: by hand, as often right as promised, and through the simulator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from supportsim.experiment.run import run
from supportsim.experiment.selection import Elimination, Observe, Selection, select_best
from supportsim.scenario.loader import load_scenario

DESK = Path(__file__).with_name("desk.yaml")


def given(*rows: list[float]) -> Observe:
    values = np.array(rows, dtype=float)
    return lambda plan, start, end: values[plan, start:end]


def test_a_clear_winner_by_hand() -> None:
    # Differences of the first three: -9, -11, -10, variance 1. With n = 3, alpha = 5 % and two plans
    # eta = (0.1 ** -1 - 1) / 2 = 4.5 and h^2 = 2 * 4.5 * 2 = 18. A zone of 2 allows 2 / 6 * (18 / 4 - 3) = 0.5 < 10.
    found = select_best(given([1, 0, 2], [10, 11, 12]), 2, first=3, most=3, indifference=2)
    assert found == Selection(1, (1,), (Elimination(0, 1, 3),), 3, 2, 0.95)


def test_it_goes_on_as_long_as_the_distance_allows() -> None:
    # Differences 0, -2, -1: variance 1, mean -1. A zone of 1 allows 1 / 6 * (18 - 3) = 2.5 after three;
    # with differences of -0.9 ever after, (18 - r) / (2 r) falls below the mean after r = 7: 0.786 < 6.6 / 7.
    slow = given([0.0] * 40, [0, 2, 1] + [0.9] * 37)
    found = select_best(slow, 2, first=3, most=40, indifference=1)
    assert (found.best, found.eliminations) == (1, (Elimination(0, 1, 7),))


def test_no_choice_when_the_cap_comes_first() -> None:
    slow = given([0.0] * 40, [0, 2, 1] + [0.9] * 37)
    found = select_best(slow, 2, first=3, most=6, indifference=1)
    assert (found.best, found.survivors, found.replications) == (None, (1, 0), 6)


def test_equal_plans_end_in_a_choice_of_the_first() -> None:
    found = select_best(given([1, 2, 3], [1, 2, 3]), 2, first=3, most=3, indifference=1)
    assert (found.best, found.survivors) == (0, (0, 1))


def test_a_plan_out_of_the_race_is_not_observed_again() -> None:
    asked: list[tuple[int, int, int]] = []

    def observe(plan: int, start: int, end: int) -> NDArray[np.float64]:
        asked.append((plan, start, end))
        return np.random.default_rng([plan, start]).normal([0, 0.4, -50][plan], 1, end - start)

    found = select_best(observe, 3, first=10, most=2000, indifference=0.3)
    assert found.eliminations[0].plan == 2
    assert [one for one in asked if one[0] == 2] == [(2, 0, 10)]
    assert found.best == 1


def right_choices(confidence: float, *, most: int | None = None) -> float:
    """Share of 400 races that the best of five wins: by one zone, in pairs that correlate as common customers do."""
    generator, right = np.random.default_rng(5), 0
    for _ in range(400):
        common = generator.normal(0, 1, 3000)

        def observe(plan: int, start: int, end: int, common: NDArray[np.float64] = common) -> NDArray[np.float64]:
            own = generator.normal(0.5 * (plan == 3), 1, end - start)
            return np.asarray(common[start:end] + own)

        first = 10
        if most is None:
            right += select_best(observe, 5, first, 3000, 0.5, confidence).best == 3
        else:
            right += int(np.argmax([observe(plan, 0, most).mean() for plan in range(5)])) == 3
    return right / 400


@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_it_is_right_as_often_as_it_promises(confidence: float) -> None:
    # Two standard errors of 400 races below the promise.
    assert right_choices(confidence) > confidence - 2 * (confidence * (1 - confidence) / 400) ** 0.5


def test_the_best_of_the_first_few_would_not_be() -> None:
    assert right_choices(0.95, most=10) < 0.85


@pytest.mark.parametrize(
    ("plans", "first", "most", "indifference"), [(1, 10, 20, 1.0), (2, 1, 20, 1.0), (2, 10, 9, 1.0), (2, 10, 20, 0.0)]
)
def test_what_makes_no_race(plans: int, first: int, most: int, indifference: float) -> None:
    with pytest.raises(ValueError, match="expected at least 2 plans"):
        select_best(given([1.0] * 20, [2.0] * 20), plans, first, most, indifference)


def test_a_missing_value_is_named() -> None:
    with pytest.raises(ValueError, match="nothing to measure in replication 1"):
        select_best(given([1, np.nan, 3], [1, 2, 3]), 2, first=3, most=3, indifference=1)


def test_through_the_simulator_the_quickest_desk_wins() -> None:
    # Mail is worked first come, first served, and work is drawn by inverse transform: shorter work never waits longer.
    only_mail = ["demand.channels={email: {share: 100%}}", "targets=null"]
    plans = [load_scenario(DESK, [*only_mail, f"work.L1.handle.exponential.mean={mean} min"]) for mean in (14, 13, 12)]
    for seed in range(3):
        waits = [run(plan, 10, seed, workers=1).metric("wait_minutes", "mean") for plan in plans]

        def observe(plan: int, start: int, end: int, waits: list[NDArray[np.float64]] = waits) -> NDArray[np.float64]:
            return np.asarray(-waits[plan][start:end])

        assert select_best(observe, 3, first=10, most=10, indifference=1).best == 2
