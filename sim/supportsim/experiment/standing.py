"""How the promises of a result stand against a stopping rule: what is open, and how many replications would do."""

from __future__ import annotations

import math

from scipy.special import ndtri

from supportsim.experiment.judgement import Estimate, Kind, Verdict, estimate, limits
from supportsim.experiment.precision import Standing, StoppingRule
from supportsim.experiment.result import RunResult, TargetResult
from supportsim.scenario.metrics import METRICS, MetricKey


def standings(result: RunResult, rule: StoppingRule) -> tuple[Standing, ...]:
    """Return how everything stands.

    Args:
        result: judged at `StoppingRule.confidence_of_look`.
        rule: what is wanted.

    Raises:
        KeyError: a metric of the rule was not measured.
    """
    promised = {target.key for target in result.targets}
    others = [one.key for one in rule.precisions if one.key is not None and one.key not in promised]
    level = 1 - rule.confidence_of_look
    found = [_standing(result, rule, target.key, target, level) for target in result.targets]
    return (*found, *(_standing(result, rule, key, None, level) for key in dict.fromkeys(others)))


def _standing(
    result: RunResult, rule: StoppingRule, key: MetricKey, target: TargetResult | None, level: float
) -> Standing:
    place = result.place(key.metric, key.stat, **dict(key.slices))
    columns = (array[:, place] for array in (result.value, result.numerator, result.denominator))
    found = estimate(Kind(METRICS[key.metric].estimate), *columns)
    lower, upper = limits(found, level / 2)
    half_width = max(found.value - lower, upper - found.value)
    wanted = max((one.wanted(key, found.value) for one in rule.precisions), default=0.0)
    decided = target is not None and target.verdict is not Verdict.UNDECIDED
    return Standing(
        key=key,
        name=target.name if target else "",
        verdict=target.verdict if target else None,
        estimate=found.value,
        half_width=half_width,
        wanted=wanted,
        enough=decided or half_width <= wanted,
        forecast=_forecast(found, half_width, wanted, target, level),
    )


def _forecast(found: Estimate, half_width: float, wanted: float, target: TargetResult | None, level: float) -> float:
    """Return about how many replications are enough; the error falls with the root of their number."""
    if not found.replications or math.isnan(half_width):
        return math.nan
    ways = [found.replications * (half_width / wanted) ** 2] if wanted else []
    if target is not None:
        distance = min(abs(found.value - end) for end in (target.low, target.high) if math.isfinite(end))
        reach = -float(ndtri(1 - target.judgement.confidence)) * found.error
        ways.append(found.replications * (reach / distance) ** 2 if distance else math.inf)
    return max(min(ways, default=math.inf), float(found.replications))
