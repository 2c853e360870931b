"""What is not known: odds, the share of ignorance, and which assumption decides, on functions whose answer is known."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment.design import make_axis, make_design, uniforms
from supportsim.experiment.ignorance import binomial_limits, fit, ignorance_share, odds
from supportsim.experiment.judgement import Judgement, Verdict
from supportsim.experiment.result import TargetResult
from supportsim.experiment.sweep import PointResult, SweepResult
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.metrics import MetricKey

AXES = [make_axis(name, {"uniform": [0, 1]}) for name in ("a", "b", "c")]
KEY = MetricKey("response_sla", None)


@pytest.mark.parametrize(
    ("hits", "trials", "lower", "upper"),
    # Clopper and Pearson's limits as tables have them, and the two that have a closed form.
    [(8, 10, 0.4439, 0.9748), (0, 20, 0.0, 1 - 0.025 ** (1 / 20)), (20, 20, 0.025 ** (1 / 20), 1.0)],
)
def test_limits_are_the_exact_binomial_ones(hits: int, trials: int, lower: float, upper: float) -> None:
    assert binomial_limits(hits, trials) == pytest.approx((lower, upper), abs=5e-5)


def test_the_share_of_ignorance_by_hand() -> None:
    # Samples differ by 10 and nothing else does: mean squares A = 2 * 50 = 100, B = E = 0.
    assert ignorance_share([np.array([0.0, 0.0]), np.array([10.0, 10.0])]) == 1.0
    # Only luck, the same in both samples: A = E = 0.
    assert ignorance_share([np.array([0.0, 10.0]), np.array([0.0, 10.0])]) == 0.0
    # Rows 0 and 8, columns 0 and 4: A = 64, B = 16, E = 0; (64 / 2) / (64 / 2 + 16 / 2) = 0.8.
    assert ignorance_share([np.array([0.0, 4.0]), np.array([8.0, 12.0])]) == pytest.approx(0.8)


def test_nothing_is_said_of_too_little() -> None:
    assert math.isnan(ignorance_share([np.array([1.0, 2.0])]))
    assert math.isnan(ignorance_share([np.array([1.0, math.nan]), np.array([1.0, 2.0])]))
    shares = uniforms("sobol", AXES, 16, 1)
    assert fit(shares[:7], np.arange(7.0)) is None
    assert fit(shares, np.full(16, 3.0)) is None


def test_the_variance_that_each_input_explains() -> None:
    shares = uniforms("sobol", AXES, 64, 1)
    surface = fit(shares, 5 + 4 * shares[:, 0] - 2 * shares[:, 1])
    assert surface is not None
    assert surface.explained == pytest.approx(1)
    # Variances 16 / 12 and 4 / 12.
    assert [surface.share(axis) for axis in range(3)] == pytest.approx([0.8, 0.2, 0.0])


def test_what_two_inputs_do_together_counts_for_both() -> None:
    shares = uniforms("lhs", AXES[:2], 64, 1)
    # (u - 1/2)(v - 1/2) has no effect of one of them alone.
    surface = fit(shares, (shares[:, 0] - 0.5) * (shares[:, 1] - 0.5))
    assert surface is not None
    assert [surface.share(axis) for axis in range(2)] == pytest.approx([1.0, 1.0])
    assert surface.main_effect(0, np.array([0.1, 0.9]))[0] == pytest.approx([0, 0], abs=1e-9)


def test_a_curve_is_followed() -> None:
    shares = uniforms("sobol", AXES[:1], 32, 1)
    surface = fit(shares, shares[:, 0] ** 3)
    assert surface is not None
    grid = np.array([0.1, 0.5, 0.9])
    assert surface.main_effect(0, grid)[0] == pytest.approx(grid**3)


def test_noise_has_no_pattern() -> None:
    shares = uniforms("lhs", AXES, 64, 1)
    surface = fit(shares, uniforms("lhs", [make_axis("noise", {"uniform": [0, 1]})], 64, 7)[:, 0])
    assert surface is not None
    assert surface.explained < 0.1


def study(values: np.ndarray, low: float, high: float = math.inf) -> SweepResult:
    """A sweep of one plan and one promise whose estimate is made up, on 64 samples of an assumption."""
    axis = make_axis("work.L1.handle", {"uniform": ["10 min", "20 min"]})
    design = make_design([axis], "grid", 1, len(values), 1)
    nothing = Judgement(Verdict.MET, 0, 0, 0, 0.95, 0, 1, 0.5, 2, "")
    points = []
    for point, value in zip(design.points(), values, strict=True):
        verdict = (
            Verdict.UNDECIDED if abs(value - low) < 0.01 else Verdict.MET if low <= value <= high else Verdict.MISSED
        )
        judged = replace(nothing, estimate=float(value), verdict=verdict)
        points.append(
            PointResult(
                point, "digest", targets=(TargetResult("response_sla", KEY, low, high, judged),), keys=(KEY,),
                estimate=np.array([value]), half_width=np.array([0.01]), value=np.array([[value], [value + 0.1]]),
            )
        )  # fmt: skip
    return SweepResult(load_scenario(Path(__file__).with_name("desk.yaml")), design, 1, 2, tuple(points))


def falling() -> np.ndarray:
    """A share that falls from 1 at 10 min by 5 points a minute, on the samples of `study`."""
    axis = make_axis("work.L1.handle", {"uniform": ["10 min", "20 min"]})
    shares = make_design([axis], "grid", 1, 64, 1).shares[:, 0]
    return np.asarray(1 - 0.05 * 10 * shares)


def test_odds_and_the_value_at_which_the_verdict_flips() -> None:
    promise, together = odds(study(falling(), low=0.8))
    # 0.8 is reached at 14 min, which four of ten samples are below.
    assert promise.probability == pytest.approx(0.4, abs=1 / 64)
    assert promise.close == pytest.approx(64 * 0.04, abs=1.5)
    assert (promise.lower, promise.upper) == binomial_limits(promise.kept, 64)
    assert promise.period_share == 0.5
    (influence,) = promise.influences
    assert (influence.axis, influence.rises) == ("work.L1.handle", False)
    assert influence.share == pytest.approx(1)
    assert [one.value for one in influence.break_even] == ["14 min"]
    assert (together.name, together.kept) == ("", promise.kept)


def test_a_promise_within_two_bounds_flips_twice() -> None:
    (influence,) = odds(study(falling(), low=0.6, high=0.9))[0].influences
    assert sorted(one.value for one in influence.break_even) == ["12 min", "18 min"]


def test_what_is_always_kept_never_flips() -> None:
    promise = odds(study(falling(), low=0.1))[0]
    assert (promise.probability, promise.influences[0].break_even) == (1.0, ())
    assert promise.verdict(0.9) is Verdict.MET
    assert promise.verdict(0.99) is Verdict.UNDECIDED
    assert odds(study(falling(), low=0.99))[0].verdict(0.9) is Verdict.MISSED
