"""Numbers as a manager says them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

from supportsim.experiment.judgement import Verdict
from supportsim.experiment.result import RunResult, TargetResult
from supportsim.scenario.metrics import METRICS, MetricKey, Unit

NOTHING = "-"
"""What stands where there is no number."""


def minutes(value: float) -> str:
    """Say a duration in the unit that suits it: ``35 s``, ``3 min``, ``4.2 h``, ``2.5 days``."""
    size = abs(value)
    if not math.isfinite(value):
        return NOTHING
    # Each limit is where rounding would fill the smaller unit.
    if size == 0:
        return "0 min"
    if size < 59.5 / 60:
        return f"{value * 60:.0f} s"
    if size < 9.95:
        return f"{_trim(value)} min"
    if size < 99.5:
        return f"{value:.0f} min"
    if size < 47.95 * 60:
        return f"{_trim(value / 60)} h"
    return f"{_trim(value / 1440)} days"


def share(value: float, digits: int = 1) -> str:
    """Say a share as a percentage: ``95.2 %``; near the ends with the digits that tell it from 0 % and 100 %."""
    if not math.isfinite(value):
        return NOTHING
    if value in (0.0, 1.0):
        return f"{value:.0%}".replace("%", " %")
    while digits < 4 and round(100 * value, digits) in (0, 100):
        digits += 1
    return f"{100 * value:.{digits}f} %"


def number(value: float) -> str:
    """Say a count or an amount with three digits or so: ``0.45``, ``12.3``, ``1,204``."""
    if not math.isfinite(value):
        return NOTHING
    if value == int(value) or abs(value) >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"


def _trim(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def quantity(unit: Unit, value: float) -> str:
    """Say a value in a metric's unit."""
    if unit == "share":
        return share(value)
    if unit == "minutes":
        return minutes(value)
    return number(value) + (" h" if unit == "hours" and math.isfinite(value) else "")


def change(unit: Unit, value: float, *, signed: bool = True) -> str:
    """Say a difference in a metric's unit, shares in percentage points: ``+1.2 points``, ``-3 min``."""
    if not math.isfinite(value):
        return NOTHING
    sign = ("+" if value > 0 else "-" if value < 0 else "") if signed else ""
    if unit != "share":
        return sign + quantity(unit, abs(value))
    points = 100 * abs(value)
    digits = 1 if points >= 0.95 or points == 0 else 2 if points >= 0.095 else 3
    while digits < 6 and points and round(points, digits) == 0:
        digits += 1
    return f"{sign}{points:.{digits}f} points"


def bound(unit: Unit, low: float, high: float) -> str:
    """Say what was promised: ``at least 95 %``."""
    if math.isinf(high):
        return f"at least {_round(quantity(unit, low))}"
    if math.isinf(low):
        return f"at most {_round(quantity(unit, high))}"
    return f"{_round(quantity(unit, low))} to {_round(quantity(unit, high))}"


def metric(key: MetricKey) -> str:
    """Name a metric: ``response SLA of P1``, ``wait p90 of chat``."""
    words = key.metric.removesuffix("_minutes").replace("_", " ")
    for written, spoken in (("sla", "SLA"), ("fcr", "FCR"), ("asa", "ASA")):
        words = " ".join(spoken if word == written else word for word in words.split(" "))
    stat = f" {key.stat}" if key.stat not in (None, "mean") else ""
    of = " and ".join(member for _, member in key.slices)
    return words + stat + (f" of {of}" if of else "")


def judged(target: TargetResult) -> tuple[str, str, str]:
    """Say what a promise wanted, what was found and the limits of that.

    Shares get so many digits that what differs from the bound looks different.
    """
    unit, of = METRICS[target.key.metric].unit, target.judgement
    say = _distinct(unit, target)
    return bound(unit, target.low, target.high), say(of.estimate), _between(say(of.lower), say(of.upper))


def _between(lower: str, upper: str) -> str:
    """Say both ends of a span, and their unit once."""
    if lower == NOTHING:
        return NOTHING
    figure, _, unit = lower.rpartition(" ")
    return f"{figure}-{upper}" if figure and upper.endswith(f" {unit}") else f"{lower}-{upper}"


def _distinct(unit: Unit, target: TargetResult) -> Callable[[float], str]:
    if unit != "share":
        return partial(quantity, unit)
    ends = [end for end in (target.low, target.high) if math.isfinite(end)]
    of, digits = target.judgement, 1
    pairs = list(product((of.estimate, of.lower, of.upper), ends))
    while digits < 4 and any(one != end and share(one, digits) == share(end, digits) for one, end in pairs):
        digits += 1
    return partial(share, digits=digits)


def sentence(targets: Sequence[TargetResult]) -> str:
    """Say in one sentence which promises hold."""
    if not targets:
        return "The scenario states no targets, so there is nothing to judge."
    named = {
        verdict: [metric(target.key) for target in targets if target.verdict is verdict]
        for verdict in (Verdict.MET, Verdict.MISSED, Verdict.UNDECIDED)
    }
    kept, promises = len(named[Verdict.MET]), "promise" if len(targets) == 1 else "promises"
    if kept == len(targets):
        return f"The design keeps {'its promise' if kept == 1 else f'all {kept} promises'}."
    parts = [f"The design keeps {kept} of {len(targets)} {promises}"]
    if named[Verdict.MISSED]:
        parts.append(f"it misses {listed(named[Verdict.MISSED])}")
    if named[Verdict.UNDECIDED]:
        parts.append(f"undecided: {listed(named[Verdict.UNDECIDED])}")
    return "; ".join(parts) + "."


def basis(result: RunResult) -> str:
    """Say what a result rests on: ``13 weeks from 2026-01-05, UTC; 30 replications, seed 1``."""
    period = result.scenario.scenario.period
    finished = len(result.replications)
    of = f" of {result.asked} (interrupted)" if result.interrupted else ""
    return (
        f"{_duration(period.length)} from {period.start}, {period.timezone}; "
        f"{finished}{of} replication{'s' if finished != 1 else ''}, seed {result.seed}"
    )


def _duration(length_ms: int) -> str:
    weeks, rest = divmod(length_ms, 7 * 86_400_000)
    if weeks and not rest:
        return f"{weeks} week{'s' if weeks != 1 else ''}"
    return minutes(length_ms / 60_000)


def begun(text: str) -> str:
    """Return a text as a sentence begins, with its first letter in upper case."""
    return f"{text[:1].upper()}{text[1:]}"


def listed(names: list[str]) -> str:
    """Say several things one after another: ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def brief_share(value: float) -> str:
    """Say a share that is mostly a round one: ``95 %``."""
    return _round(share(value))


def _round(text: str) -> str:
    return text.replace(".0 %", " %")
