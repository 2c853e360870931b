"""Why there are so many replications, and the warm-up, in words."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from supportsim.experiment.judgement import Verdict
from supportsim.experiment.precision import Standing, Stopping, StoppingRule
from supportsim.experiment.warm_up import WarmUpAdvice
from supportsim.report.sampling import stopping_document, stopping_lines, warm_up_words
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.metrics import parse_target_key

DESK = Path(__file__).parents[1] / "experiment" / "desk.yaml"
RULE = StoppingRule((), (30, 61, 122, 247, 500))


def standing(name: str, verdict: Verdict | None, **more: Any) -> Standing:
    usual = {"estimate": 0.95, "half_width": 0.004, "wanted": 0.0, "enough": False, "forecast": 2345.0}
    return Standing(key=parse_target_key(name), name=name, verdict=verdict, **{**usual, **more})


def test_all_decided_at_the_second_look() -> None:
    stopping = Stopping(RULE, (30, 61), (standing("response_sla", Verdict.MET, enough=True),))
    assert stopping_lines(stopping) == [
        "61 replications, after looks at 30 and 61, of at most 500: everything is decided, or known as closely as"
        " asked.",
        "Each look is 99 % sure, so that all 5 together are 95 % sure.",
    ]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            standing("response_sla", Verdict.UNDECIDED),
            "response SLA: undecided, 95.0 % ± 0.40 points; about 2,400 replications would do.",
        ),
        (
            standing("response_sla", Verdict.UNDECIDED, wanted=0.002, forecast=math.inf),
            "response SLA: undecided, 95.0 % ± 0.40 points; 0.20 points was asked for;"
            " no number of replications would do.",
        ),
        (
            standing("wait_minutes.p90[channel=chat]", None, estimate=3.0, half_width=0.5, wanted=1.0, enough=True),
            "wait p90 of chat: 3 min ± 30 s; 1 min was asked for.",
        ),
        (
            standing("response_sla[priority=P1]", Verdict.UNDECIDED, estimate=math.nan, half_width=math.nan),
            "response SLA of P1: undecided, nothing to measure.",
        ),
    ],
)
def test_what_is_open_is_named_with_what_it_would_take(one: Standing, said: str) -> None:
    assert stopping_lines(Stopping(RULE, RULE.looks, (one,)))[1] == said


def test_the_cap_is_named() -> None:
    stopping = Stopping(RULE, RULE.looks, (standing("response_sla", Verdict.UNDECIDED),))
    assert "of at most 500: not everything is decided, and more were not allowed." in stopping_lines(stopping)[0]


def test_for_machines_missing_numbers_are_null() -> None:
    told = stopping_document(Stopping(RULE, (30,), (standing("fcr", Verdict.UNDECIDED, forecast=math.inf),)))
    assert told["standings"] == [
        {
            "metric": "fcr", "name": "fcr", "verdict": "undecided", "estimate": 0.95, "half_width": 0.004,
            "wanted": 0.0, "enough": False, "forecast": None,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("warm_up", "advice", "said"),
    [
        ("1 week", WarmUpAdvice(2, "seen"), "warm-up of 1 week is too short, expected 3 weeks; seen"),
        ("3 days", WarmUpAdvice(2, "seen"), "warm-up of 3 days is too short, expected 3 weeks; seen"),
        ("2 weeks", WarmUpAdvice(0, "level"), "warm-up of 2 weeks: long enough; level"),
        ("0", WarmUpAdvice(None, "it grows"), "warm-up of 0 min: no advice; it grows"),
    ],
)
def test_the_warm_up(warm_up: str, advice: WarmUpAdvice, said: str) -> None:
    result: Any = SimpleNamespace(scenario=load_scenario(DESK, [f"period.warm_up={warm_up}"]))
    assert warm_up_words(result, advice) == said
