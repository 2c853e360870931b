"""How many replications are enough, and that looking often does not make verdicts worse."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from supportsim.experiment.judgement import Claim, Kind, Verdict, judge
from supportsim.experiment.precision import Precision, StoppingRule, looks_between, parse_precision
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.metrics import MetricKey

SLA, WAIT = MetricKey("response_sla", None), MetricKey("wait_minutes", "p90", (("channel", "chat"),))
COST, HOURS = MetricKey("cost_total", None), MetricKey("paid_hours", None)


@pytest.mark.parametrize(
    ("text", "key", "measure", "size"),
    [
        ("5%", None, "relative", 0.05),
        ("0.5 points", None, "share", 0.005),
        ("1 point", None, "share", 0.01),
        ("2 min", None, "time", 120_000),
        ("250", None, "number", 250),
        ("wait_minutes.p90[channel=chat]=30 s", WAIT, "time", 30_000),
        ("response_sla = 1%", SLA, "relative", 0.01),
    ],
)
def test_what_a_precision_means(text: str, key: MetricKey | None, measure: str, size: float) -> None:
    found = parse_precision(text)
    assert (found.key, found.measure) == (key, measure)
    assert found.size == pytest.approx(size)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("close", "is no precision, expected for instance"),
        ("0", "expected more than 0"),
        ("-5%", "expected more than 0"),
        ("nan", "expected more than 0"),
        ("wait_minutes.p90[channel=chat]", "says how closely of nothing"),
        ("wiat_minutes=2 min", "unknown metric 'wiat_minutes'"),
        ("response_sla=2 min", "response_sla is measured in share"),
    ],
)
def test_what_means_nothing(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        parse_precision(text)


@pytest.mark.parametrize(
    ("text", "key", "value", "wanted"),
    [
        ("5%", SLA, 0.8, 0.04),
        ("5%", COST, -200.0, 10.0),
        ("5%", COST, math.nan, 0.0),
        ("0.5 points", SLA, 0.8, 0.005),
        ("0.5 points", WAIT, 0.8, 0.0),
        ("2 min", WAIT, 7.0, 2.0),
        ("30 min", HOURS, 7.0, 0.5),
        ("250", COST, 7.0, 250.0),
        ("response_sla=1%", WAIT, 7.0, 0.0),
    ],
)
def test_the_half_width_that_will_do(text: str, key: MetricKey, value: float, wanted: float) -> None:
    assert parse_precision(text).wanted(key, value) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("first", "most", "looks"),
    [
        (30, 500, (30, 61, 122, 247, 500)),
        (10, 80, (10, 20, 40, 80)),
        (30, 30, (30,)),
        (30, 20, (20,)),
        (30, 31, (30, 31)),
    ],
)
def test_looks_double(first: int, most: int, looks: tuple[int, ...]) -> None:
    assert looks_between(first, most) == looks


def test_the_error_is_shared_out_to_the_looks() -> None:
    assert StoppingRule((), (10, 20, 40, 80)).confidence_of_look == pytest.approx(1 - 0.05 / 4)
    assert StoppingRule((), (30,), 0.9).confidence_of_look == pytest.approx(0.9)


def false_verdicts(rule: StoppingRule, confidence: float) -> float:
    """Share of runs that stop with a false verdict; two promises whose truth lies on the wrong side by nothing."""
    generator = np.random.default_rng(20260105)
    wrong, runs = 0, 1500
    for _ in range(runs):
        values = generator.normal(10, 2, (2, rule.looks[-1]))
        for look in rule.looks:
            nothing = np.full(look, math.nan)
            claims = [Claim(10, math.inf, Kind.MEAN, row[:look], nothing, nothing) for row in values]
            verdicts = [one.verdict for one in judge(claims, confidence)]
            if Verdict.MET in verdicts:
                wrong += 1
                break
    return wrong / runs


def test_looking_again_and_again_does_not_make_verdicts_worse() -> None:
    rule = StoppingRule((), (10, 20, 40, 80))
    # Two sd above 5 % is 6.1 %; the sum of the looks' errors is an upper bound, so it lies below.
    assert 0.01 < false_verdicts(rule, rule.confidence_of_look) < 0.061
    # The same looks at 95 % each are wrong about twice as often as they say.
    assert false_verdicts(rule, 0.95) > 0.08


def test_a_precision_of_one_metric_leaves_others_alone() -> None:
    only = Precision("response_sla=1%", SLA, "relative", 0.01)
    assert only.wanted(COST, 100.0) == 0


DESK = Path(__file__).with_name("desk.yaml")
EASY = ["targets=null", "targets.response_sla.at_least=1%"]


def stopped(overrides: list[str], rule: StoppingRule) -> RunResult:
    result = run(load_scenario(DESK, overrides), until=rule, workers=1)
    assert result.stopping is not None
    assert not result.interrupted
    assert result.replications == tuple(range(result.stopping.looks[-1]))
    return result


def test_what_is_decided_at_the_first_look_needs_no_more() -> None:
    result = stopped(EASY, StoppingRule((), (4, 8, 16)))
    assert result.stopping is not None
    assert (result.stopping.looks, result.stopping.reached) == ((4,), True)
    assert result.targets[0].judgement.confidence == pytest.approx(1 - 0.05 / 3)
    assert result.confidence == 0.95


def test_it_is_the_same_result_as_of_so_many_stated_replications() -> None:
    result = stopped(["targets=null", "targets.response_sla.at_least=68%"], StoppingRule((), (4, 8, 16)))
    stated = run(load_scenario(DESK), len(result.replications), workers=1)
    np.testing.assert_array_equal(result.value, stated.value)
    np.testing.assert_array_equal(result.demand, stated.demand)


def test_an_undecided_promise_goes_on_until_it_is_known_closely_enough() -> None:
    # The bound is the truth as 30 replications see it, so that no verdict comes soon.
    truth = float(run(load_scenario(DESK), 30, workers=1).metric("response_sla").mean())
    target = ["targets=null", f"targets.response_sla.at_least={truth:.4f}"]
    loose, strict, none = (
        stopped(target, StoppingRule(tuple(map(parse_precision, texts)), (4, 8, 16, 32))).stopping
        for texts in (["20 points"], ["5 points"], [])
    )
    assert loose is not None
    assert strict is not None
    assert none is not None
    assert loose.looks == (4,)
    assert loose.looks < strict.looks
    (standing,) = strict.standings
    assert strict.reached == (standing.half_width <= 0.05)
    assert none.looks == (4, 8, 16, 32)
    assert not none.reached
    assert none.standings[0].forecast > 32


def test_a_quantile_that_is_no_promise() -> None:
    rule = StoppingRule((parse_precision("wait_minutes.p90=25%"),), (4, 8, 16, 32))
    stopping = stopped(EASY, rule).stopping
    assert stopping is not None
    promise, wait = stopping.standings
    assert (promise.verdict, wait.verdict, wait.name) == (Verdict.MET, None, "")
    assert wait.wanted == pytest.approx(wait.estimate / 4)
    assert stopping.reached == (wait.half_width <= wait.wanted)
    # The half-width by hand: Student's t at the look's confidence, two-sided.
    count = stopping.looks[-1]
    values = run(load_scenario(DESK), count, workers=1).metric("wait_minutes", "p90")
    reach = stats.t.ppf(1 - 0.05 / 4 / 2, count - 1) * values.std(ddof=1) / math.sqrt(count)
    assert wait.half_width == pytest.approx(reach)


def test_what_has_nothing_to_measure_does_not_keep_it_going() -> None:
    rule = StoppingRule((), (4, 8, 16))
    stopping = stopped(["targets=null", "targets={'response_sla[priority=P1]': {at_least: 90%}}"], rule).stopping
    assert stopping is not None
    assert (stopping.looks, stopping.reached, stopping.hopeless) == ((4,), False, True)


def test_a_share_without_a_failure_is_not_known_exactly() -> None:
    # None of n failed: Student's t knows nothing of the 3 / n that may yet fail.
    rule = StoppingRule((parse_precision("0.01 points"),), (4, 8))
    stopping = stopped(["targets=null", "targets.response_sla.at_least=100%", "sla.response.P3=100 h"], rule).stopping
    assert stopping is not None
    assert stopping.standings[0].estimate == 1
    assert stopping.standings[0].half_width > 0.001
    assert not stopping.reached
