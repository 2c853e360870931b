"""Why promises are missed that are not about tickets' time: how busy people are, what they cost, how often things are.

All of it is read from the result. What tickets' time went to is said by `supportsim.report.explanation`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from supportsim.experiment.judgement import Verdict
from supportsim.experiment.result import RunResult, TargetResult
from supportsim.measures.against import TIMED
from supportsim.report.hours import largest, worst_hours
from supportsim.report.intervals import HOUR_COLUMNS, WEEKDAYS, hour_rows
from supportsim.report.words import bound, listed, quantity, share
from supportsim.scenario.metrics import METRICS, MetricKey, Slice

BUSY = ("occupancy", "utilization")
"""Metrics that are explained by hours of the week."""
ASSUMED = "It is mostly what the scenario states, whatever the team does."


def other_answers(result: RunResult) -> list[tuple[TargetResult, str]]:
    """Say of each such target that is not surely met what makes it so, in the order of the file."""
    return [
        (target, _told(result, target))
        for target in result.targets
        if target.key.metric not in TIMED and target.verdict is not Verdict.MET
    ]


def _told(result: RunResult, target: TargetResult) -> str:
    key, info, found = target.key, METRICS[target.key.metric], target.judgement.estimate
    said = f"{quantity(info.unit, found)}, wanted {bound(info.unit, target.low, target.high)}."
    if not math.isfinite(found):
        return f"{said} There was nothing to measure."
    limit = _limit(target)
    # What a ticket costs comes from where the money goes.
    source = MetricKey("cost_total", None) if key.metric == "cost_per_ticket" else key
    parts = [said, _members(result, source, limit, above=found > limit)]
    if key.metric in BUSY:
        parts.extend(_hours(result, target, limit, above=found > limit))
    if info.assumed:
        parts.append(ASSUMED)
    return " ".join(part for part in parts if part)


def _limit(target: TargetResult) -> float:
    """Return the bound that is broken, or the nearer one."""
    found = target.judgement.estimate
    return min((end for end in (target.low, target.high) if math.isfinite(end)), key=lambda end: abs(end - found))


def _members(result: RunResult, key: MetricKey, limit: float, *, above: bool) -> str:
    """Say which member of each dimension does most to break the limit."""
    unit, parts = METRICS[key.metric].unit, []
    cuts = [cut[0] for cut in METRICS[key.metric].slices if len(cut) == 1]
    for dimension in cuts if not key.slices else ():
        names = [member for _, member in _cut(result, key, dimension)]
        excess = [_excess(result, place, limit, above=above) for place, _ in _cut(result, key, dimension)]
        if len(names) > 1 and max(excess) > 0:
            place, name = _cut(result, key, dimension)[largest(excess, 1)[0]]
            parts.append(f"{dimension} {name} ({quantity(unit, float(result.summary.estimate[place]))})")
    return f"It comes most from {listed(parts)}." if parts else ""


def _cut(result: RunResult, key: MetricKey, dimension: str) -> list[tuple[int, str]]:
    """Return the column and the member of each slice of a metric by one dimension that had something to measure."""
    return [
        (place, other.slices[0][1])
        for place, other in enumerate(result.keys)
        if (other.metric, other.stat) == (key.metric, key.stat)
        and [name for name, _ in other.slices] == [dimension]
        and math.isfinite(result.summary.estimate[place])
    ]


def _excess(result: RunResult, place: int, limit: float, *, above: bool) -> float:
    """Return how much a slice adds to what is beyond the limit: counts or time of a ratio, else its own value."""
    numerator, denominator = (column[:, place] for column in (result.numerator, result.denominator))
    if METRICS[result.keys[place].metric].estimate == "mean":
        value = float(result.summary.estimate[place])
        return value if above and math.isfinite(value) else 0.0
    some = denominator > 0
    excess = float((numerator[some] - limit * denominator[some]).sum())
    return excess if above else -excess


def _hours(result: RunResult, target: TargetResult, limit: float, *, above: bool) -> Iterator[str]:
    """Say in which hours people are too busy, or not busy enough, and how much time on the floor would do."""
    name, beyond = target.key.metric, [0.0] * (7 * 24)
    teams = _teams(result, target.key.slices)
    for row in hour_rows(result):
        hour = dict(zip(HOUR_COLUMNS, row, strict=True))
        handling, busy = hour["handling_agents"], hour[name]
        if hour["team"] in teams and handling and busy:
            over = handling - limit * handling / busy
            beyond[24 * WEEKDAYS.index(hour["weekday"]) + hour["hour"]] += max(over if above else -over, 0.0)
    if any(beyond):
        yield f"The hours most {'above' if above else 'below'} it are {worst_hours(beyond)}."
    found = target.judgement.estimate
    if found > 0 < limit:
        paid = "paid time" if name == "utilization" else "time on the floor"
        more = found / limit - 1
        said = f"{share(abs(more), 0)} {'more' if more > 0 else 'less'} {paid}"
        yield f"At {share(limit, 0)} the same work takes {said}."


def _teams(result: RunResult, slices: Slice) -> list[str]:
    """Return the teams that a slice by team or tier is about."""
    chosen = dict(slices)
    teams = result.scenario.scenario.teams.items()
    return [
        name for name, team in teams if chosen.get("team", name) == name and chosen.get("tier", team.tier) == team.tier
    ]
