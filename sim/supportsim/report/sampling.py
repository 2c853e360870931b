"""How many replications there are and why, and whether the warm-up was long enough, in words and for machines."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from supportsim.experiment.judgement import Verdict
from supportsim.experiment.precision import Standing, Stopping
from supportsim.experiment.result import RunResult
from supportsim.experiment.warm_up import WarmUpAdvice
from supportsim.report.words import change, listed, metric, minutes, number, quantity
from supportsim.scenario.metrics import METRICS
from supportsim.scenario.units import MINUTE_MS, WEEK_MS


def stopping_lines(stopping: Stopping) -> list[str]:
    """Return why the run ended where it did, and what is still open."""
    looks, rule = stopping.looks, stopping.rule
    looked = f"after looks at {listed([number(look) for look in looks])}" if len(looks) > 1 else "at the first look"
    ended = "everything is decided, or known as closely as asked"
    if not stopping.reached:
        ended = "not everything is decided, and more were not allowed"
        if stopping.hopeless:
            ended = "the rest has nothing to measure, which more would not change"
    lines = [f"{number(looks[-1])} replications, {looked}, of at most {number(rule.looks[-1])}: {ended}."]
    lines += [_standing(one) for one in stopping.standings if one.verdict in (None, Verdict.UNDECIDED)]
    if len(rule.looks) > 1:
        each, together = _plainly(rule.confidence_of_look), _plainly(rule.confidence)
        lines.append(f"Each look is {each} sure, so that all {len(rule.looks)} together are {together} sure.")
    return lines


def _standing(one: Standing) -> str:
    unit = METRICS[one.key.metric].unit
    verdict = "undecided, " if one.verdict else ""
    if not math.isfinite(one.estimate):
        return f"{metric(one.key)}: {verdict}nothing to measure."
    wanted = f"; {change(unit, one.wanted, signed=False)} was asked for" if one.wanted else ""
    known = f"{quantity(unit, one.estimate)} ± {change(unit, one.half_width, signed=False)}"
    text = f"{metric(one.key)}: {verdict}{known}{wanted}"
    if one.enough:
        return f"{text}."
    if not math.isfinite(one.forecast):
        return f"{text}; no number of replications would do."
    return f"{text}; about {_rounded(one.forecast)} replications would do."


def stopping_document(stopping: Stopping) -> dict[str, Any]:
    """Return the same for machines; missing numbers are null."""
    return {
        "reached": stopping.reached,
        "looks": list(stopping.looks),
        "planned_looks": list(stopping.rule.looks),
        "confidence_of_look": stopping.rule.confidence_of_look,
        "precisions": [one.text for one in stopping.rule.precisions],
        "standings": [
            {name: _plain(value) for name, value in asdict(one).items() if name != "key"} | {"metric": str(one.key)}
            for one in stopping.standings
        ],
    }


def warm_up_words(result: RunResult, advice: WarmUpAdvice) -> str:
    """Say whether the warm-up was long enough."""
    stated = result.scenario.scenario.period.warm_up
    weeks = stated // WEEK_MS
    length = (
        f"{weeks} week{'s' if weeks != 1 else ''}" if stated and stated % WEEK_MS == 0 else minutes(stated / MINUTE_MS)
    )
    if advice.more_weeks is None:
        return f"warm-up of {length}: no advice; {advice.reason}"
    if not advice.too_short:
        return f"warm-up of {length}: long enough; {advice.reason}"
    wanted = -(-stated // WEEK_MS) + advice.more_weeks
    return f"warm-up of {length} is too short, expected {wanted} weeks; {advice.reason}"


def _plainly(confidence: float) -> str:
    return f"{100 * confidence:.4g} %"


def _rounded(value: float) -> str:
    digits = max(0, math.floor(math.log10(value)) - 1)
    return number(math.ceil(value / 10**digits) * 10**digits)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
