"""Verdicts against hand-computed and tabulated values, and their error rate against simulation."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from supportsim.experiment.judgement import (
    Claim,
    Estimate,
    Kind,
    Verdict,
    estimate,
    half_width,
    holm_levels,
    judge,
    limits,
    p_above,
    p_below,
)

NONE = np.array([])


def share(hits: list[float], bases: list[float], low: float = -math.inf, high: float = math.inf) -> Claim:
    x, n = np.array(hits, float), np.array(bases, float)
    value = np.divide(x, n, out=np.full(len(x), math.nan), where=n > 0)
    return Claim(low, high, Kind.SHARE, value, x, n)


def mean(values: list[float], low: float = -math.inf, high: float = math.inf) -> Claim:
    value = np.array(values, float)
    return Claim(low, high, Kind.MEAN, value, np.full(len(value), math.nan), np.full(len(value), math.nan))


def test_ratio_of_sums_by_hand() -> None:
    # x = 8, 9, 28 of n = 10, 10, 40: R = 45/60 = 0.75; x - R n = 0.5, 1.5, -2; their squares sum to 6.5.
    found = estimate(Kind.RATIO, NONE, np.array([8.0, 9, 28]), np.array([10.0, 10, 40]))
    assert found.value == 0.75
    assert found.error == pytest.approx(math.sqrt(3 / 2 * 6.5) / 60)
    assert found.replications == 3


def test_the_ratio_is_not_the_mean_of_the_ratios() -> None:
    found = estimate(Kind.SHARE, NONE, np.array([1.0, 90]), np.array([1.0, 100]))
    assert found.value == pytest.approx(91 / 101)
    assert (found.successes, found.trials) == (91, 101)


def test_replications_without_a_base_say_nothing() -> None:
    assert estimate(Kind.SHARE, NONE, np.array([4.0, 0, 5]), np.array([5.0, 0, 5])).replications == 2


def test_mean_half_width_from_the_t_table() -> None:
    # 1, 2, 3: mean 2, sd 1; t(0.975, 2) = 4.303 in every table.
    found = estimate(Kind.MEAN, np.array([1.0, 2, 3]), NONE, NONE)
    assert found.value == 2
    assert half_width(found) == pytest.approx(4.303 / math.sqrt(3), abs=1e-3)


def test_a_missing_value_is_left_out_of_the_mean() -> None:
    found = estimate(Kind.MEAN, np.array([1.0, math.nan, 3]), NONE, NONE)
    assert (found.value, found.replications) == (2, 2)


def test_limits_of_a_mean_against_scipy() -> None:
    values = np.array([4.1, 5.0, 3.7, 4.6, 5.3])
    lower, upper = limits(estimate(Kind.MEAN, values, NONE, NONE), 0.05)
    reference = stats.ttest_1samp(values, 0).confidence_interval(0.90)
    assert (lower, upper) == pytest.approx((reference.low, reference.high))


def test_p_values_of_a_mean_against_scipy() -> None:
    values = np.array([4.1, 5.0, 3.7, 4.6, 5.3])
    found = estimate(Kind.MEAN, values, NONE, NONE)
    above = stats.ttest_1samp(values, 4.2, alternative="greater").pvalue
    assert p_above(found, 4.2, or_equal=True) == pytest.approx(above)
    assert p_below(found, 4.2, or_equal=True) == pytest.approx(1 - above)


@pytest.mark.parametrize(("hits", "trials"), [(0, 10), (1, 10), (9, 10), (10, 10), (81, 263)])
def test_a_share_is_never_surer_than_clopper_and_pearson(hits: int, trials: int) -> None:
    # No variation between replications at all: only the exact binomial speaks.
    found = Estimate(hits / trials, 0.0, 2, hits, trials)
    exact = stats.binomtest(hits, trials).proportion_ci(0.90, "exact")
    assert limits(found, 0.05) == pytest.approx((exact.low, exact.high))
    for bound in (0.2, 0.3, 0.8):
        greater = stats.binomtest(hits, trials, bound, alternative="greater").pvalue
        less = stats.binomtest(hits, trials, bound, alternative="less").pvalue
        assert p_above(found, bound, or_equal=True) == pytest.approx(max(greater, float(hits / trials < bound)))
        assert p_below(found, bound, or_equal=True) == pytest.approx(max(less, float(hits / trials > bound)))


def test_rule_of_three() -> None:
    # None of 100 failed: the 95 % limit is 1 - 0.05 ** (1/100), about 3 %.
    found = Estimate(1.0, 0.0, 10, 100, 100)
    assert limits(found, 0.05)[0] == pytest.approx(0.05**0.01)


def test_a_varying_share_is_judged_by_student() -> None:
    # Whole replications that go wrong together: the pooled counts alone would look very sure.
    found = estimate(Kind.SHARE, NONE, np.array([900.0, 1000, 800, 1000]), np.array([1000.0] * 4))
    reach = stats.t.ppf(0.95, 3) * found.error
    assert limits(found, 0.05) == pytest.approx((found.value - reach, 1.0))


def test_holm_by_hand() -> None:
    # Sorted: 0.004 <= 0.05/4, 0.016 <= 0.05/3, 0.03 > 0.05/2: it and the one after it stay at 0.025.
    assert holm_levels([0.03, 0.004, 0.04, 0.016], 0.05) == pytest.approx((0.025, 0.0125, 0.025, 0.05 / 3))


def test_holm_keeps_the_order_of_the_file_in_ties() -> None:
    assert holm_levels([0.0, 0.0], 0.05) == (0.025, 0.05)


def test_one_promise_too_weak_for_its_company() -> None:
    # t = 2.2 with 29 degrees of freedom: p = 0.018, enough alone, not for the first of four.
    values = np.linspace(-1, 1, 30)
    values = 10 + (values + 2.2 * values.std(ddof=1) / math.sqrt(30))
    alone = mean(list(values), low=10)
    hopeless = mean([9.0, 11.0], low=10)
    assert judge([alone])[0].verdict is Verdict.MET
    assert [one.verdict for one in judge([hopeless, alone, hopeless, hopeless])] == [Verdict.UNDECIDED] * 4


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (share([99, 98, 99], [100, 100, 100], low=0.9), Verdict.MET),
        (share([99, 98, 99], [100, 100, 100], low=0.999), Verdict.MISSED),
        (share([99, 98, 99], [100, 100, 100], low=0.98), Verdict.UNDECIDED),
        (share([1, 2, 1], [100, 100, 100], high=0.05), Verdict.MET),
        (share([1, 2, 1], [100, 100, 100], high=0.001), Verdict.MISSED),
        (mean([70.0, 71, 72], 60, 85), Verdict.MET),
        (mean([50.0, 51, 52], 60, 85), Verdict.MISSED),
        (mean([90.0, 91, 92], 60, 85), Verdict.MISSED),
        (mean([59.0, 61, 62], 60, 85), Verdict.UNDECIDED),
    ],
)
def test_verdicts(claim: Claim, verdict: Verdict) -> None:
    assert judge([claim])[0].verdict is verdict


def test_the_interval_says_what_the_verdict_says() -> None:
    generator = np.random.default_rng(5)
    for _ in range(200):
        claims = [mean(list(generator.normal(0.4, 1, 12)), 0, 0.9 if i % 2 else math.inf) for i in range(5)]
        for claim, judged in zip(claims, judge(claims), strict=True):
            inside = judged.lower >= claim.low and judged.upper <= claim.high
            beyond = judged.upper < claim.low or judged.lower > claim.high
            assert (judged.verdict is Verdict.MET, judged.verdict is Verdict.MISSED) == (inside, beyond)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (share([0, 0], [0, 0], low=0.9), "nothing to measure"),
        (share([], [], low=0.9), "nothing to measure"),
        (mean([math.nan, math.nan], low=0.9), "nothing to measure"),
        (share([50], [50], low=0.1), "fewer than 2 replications"),
        (share([50, 0], [50, 0], low=0.1), "fewer than 2 replications"),
        (mean([50.0], low=0.1), "fewer than 2 replications"),
        (share([9, 9], [10, 10], low=0.89), "too close to call"),
    ],
)
def test_undecided_says_why(claim: Claim, reason: str) -> None:
    judged = judge([claim])[0]
    assert (judged.verdict, judged.reason) == (Verdict.UNDECIDED, reason)


def test_certainty_is_never_promised() -> None:
    # 100 % cannot be shown from any sample; one failure shows that it is missed.
    assert judge([share([100] * 9, [100] * 9, low=1.0)])[0].verdict is Verdict.UNDECIDED
    assert judge([share([100] * 8 + [60], [100] * 9, low=1.0)])[0].verdict is Verdict.UNDECIDED
    assert judge([share([98, 99, 97], [100] * 3, low=1.0)])[0].verdict is Verdict.MISSED


def test_what_never_varies_and_lies_on_the_bound_is_kept() -> None:
    assert judge([mean([0.0, 0.0], high=0.0)])[0].verdict is Verdict.MET
    assert judge([mean([0.85] * 30, high=0.85)])[0].verdict is Verdict.MET
    assert judge([mean([0.85] * 30, low=0.86)])[0].verdict is Verdict.MISSED


def test_share_of_replications_that_kept_it() -> None:
    assert judge([share([9, 10, 0, 8], [10, 10, 0, 10], low=0.9)])[0].kept_share == pytest.approx(2 / 3)
    assert math.isnan(judge([share([0], [0], low=0.9)])[0].kept_share)


def false_verdicts(at_truth: NDArray[np.float64], low: float) -> float:
    """Share of trials (trials, R) whose verdict "met" is false because the truth lies just below ``low``."""
    met = sum(judge([mean(list(row), low=low)])[0].verdict is Verdict.MET for row in at_truth)
    return met / len(at_truth)


def test_false_verdicts_are_as_rare_as_promised() -> None:
    # 2,000 trials at the worst truth: 5 % expected, sd 0.49 %; five sd either way.
    values = np.random.default_rng(20260105).normal(10, 2, (2000, 30))
    assert 0.025 < false_verdicts(values, low=10.0) < 0.075


def test_correlated_tickets_do_not_fool_the_share() -> None:
    # Replications differ (beta-binomial with a sd of 10 points); the truth 0.8 lies exactly on the bound.
    generator = np.random.default_rng(7)
    wrong = binomial_only = 0
    for _ in range(1000):
        hits = generator.binomial(200, generator.beta(12, 3, 10)).astype(float)
        wrong += judge([share(list(hits), [200] * 10, low=0.8)])[0].verdict is Verdict.MET
        binomial_only += limits(Estimate(hits.sum() / 2000, 0.0, 10, hits.sum(), 2000), 0.05)[0] > 0.8
    assert wrong / 1000 < 0.085
    assert binomial_only / 1000 > 0.25


def test_many_promises_at_once() -> None:
    # Five promises, all on the edge: without Holm 1 - 0.95^5 = 23 % of the files hold a false verdict.
    generator = np.random.default_rng(11)
    wrong = uncorrected = 0
    for _ in range(1000):
        claims = [mean(list(generator.normal(0, 1, 20)), low=0) for _ in range(5)]
        wrong += any(one.verdict is Verdict.MET for one in judge(claims))
        uncorrected += any(judge([claim])[0].verdict is Verdict.MET for claim in claims)
    assert wrong / 1000 < 0.085
    assert uncorrected / 1000 > 0.15
