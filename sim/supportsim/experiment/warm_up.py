"""Whether the operation had settled when the judged period began, and how long a warm-up it needs.

Source:
    MSER: K. P. White, "An effective truncation heuristic for bias reduction in simulation output",
    *Simulation* 69, 1997, 323-334. Here the observations are whole weeks, so that the week's own ups and downs are none
    of its business, and means over replications (P. D. Welch's averaging), so that little noise is left.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from scipy.special import stdtr

from supportsim.experiment.result import RunResult
from supportsim.scenario.civil import period_span, resolve_holidays
from supportsim.scenario.common import ShareOverTime
from supportsim.scenario.model import Period, Scenario
from supportsim.scenario.units import HOUR_MS, WEEK_MS

FEWEST_WEEKS = 6
"""In fewer the end of a transient cannot be told from chance."""
LEVEL = 0.01
"""A difference between the first weeks and the rest is real below this p-value."""
_WEEK_HOURS = WEEK_MS // HOUR_MS
_UNSTEADY = {
    "growth": "demand grows",
    "begins": "the forecast goes by dates",
    "month_end": "the end of the month is busier",
    "events": "something happens in it",
    "changes": "something changes for good in it",
    "hires": "people join the team",
    "attrition": "people leave the team",
}
"""Fields of the schema, and why there is no steady state where one of them is stated."""


@dataclass(frozen=True)
class WarmUpAdvice:
    """What the weeks of the judged period say about the warm-up before it.

    Args:
        more_weeks: whole weeks that should be added to the warm-up; 0 if it is long enough, None if nothing is advised.
        reason: why nothing is advised, or what was seen.
    """

    more_weeks: int | None
    reason: str

    @property
    def too_short(self) -> bool:
        """Whether the judged period begins before the operation has settled."""
        return bool(self.more_weeks)


def advise(result: RunResult) -> WarmUpAdvice:
    """Look for a transient in the open tickets of the judged period.

    MSER proposes how many of its whole weeks to cut off. They are taken for a transient only if, over the
    replications, their backlog differs from that of the rest by more than chance (paired t-test at `LEVEL`).
    Nothing is advised where the scenario has no steady state to settle in.
    """
    unsteady = list(unsteady_because(result.scenario.scenario))
    if unsteady:
        return WarmUpAdvice(None, f"no steady state to settle in: {'; '.join(unsteady)}")
    weeks = weekly_backlog(result.backlog[:, 0])
    if weeks.shape[1] < FEWEST_WEEKS:
        return WarmUpAdvice(
            None, f"whole weeks in the period: {weeks.shape[1]}; fewer than {FEWEST_WEEKS} tell nothing"
        )
    if len(weeks) < 2:
        return WarmUpAdvice(None, "a single replication tells nothing")
    cut, p_value = mser(weeks.mean(axis=0)), 1.0
    if cut:
        p_value = _p_value(weeks[:, :cut].mean(axis=1) - weeks[:, cut:].mean(axis=1))
    if p_value > LEVEL:
        return WarmUpAdvice(0, "the open tickets of the first weeks are those of the rest")
    first, rest = float(weeks[:, :cut].mean()), float(weeks[:, cut:].mean())
    seen = f"{first:,.1f} open tickets in the first {cut} weeks, {rest:,.1f} in the rest"
    if cut == weeks.shape[1] // 2:
        seen += "; it has not settled by the middle of the period, so a longer period is needed too"
    return WarmUpAdvice(cut, seen.replace("first 1 weeks", "first week"))


def mser(series: NDArray[np.float64]) -> int:
    """Return how many observations of a series (n,) to cut off, at most n // 2.

    It is the d that minimises sum over i > d of (y_i - mean of those)^2 / (n - d)^2, the least where several do.
    """
    count = len(series)
    statistic = [float(np.var(series[cut:])) / (count - cut) for cut in range(count // 2 + 1)]
    return int(np.argmin(statistic))


def weekly_backlog(open_by_hour: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return mean open tickets by whole week (R, weeks) of open tickets by tier and hour (R, 3, hours).

    The last week may lack the hour that the clocks skip.
    """
    hours = open_by_hour.sum(axis=1)
    whole = (hours.shape[1] + 1) // _WEEK_HOURS
    weeks = [hours[:, week * _WEEK_HOURS : (week + 1) * _WEEK_HOURS].mean(axis=1) for week in range(whole)]
    return np.stack(weeks, axis=1) if weeks else np.empty((len(hours), 0))


def unsteady_because(scenario: Scenario) -> Iterator[str]:
    """Yield why the weeks of a scenario are not alike, each reason once."""
    reasons = dict.fromkeys(_unsteady(scenario))
    calendars = [calendar.holidays for calendar in scenario.calendars.values()]
    if any(_in_period(stated, scenario.period) for stated in (*calendars, *_team_holidays(scenario))):
        reasons["holidays fall into it"] = None
    yield from reasons


def _unsteady(value: Any) -> Iterator[str]:
    if isinstance(value, ShareOverTime):
        if value.from_ != value.to:
            yield "a share moves from one value to another"
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            stated = getattr(value, name)
            if name in _UNSTEADY and stated and getattr(stated, "rate", 1):
                yield _UNSTEADY[name]
            yield from _unsteady(stated)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _unsteady(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _unsteady(item)


def _team_holidays(scenario: Scenario) -> list[Any]:
    return [team.holidays for team in scenario.teams.values()]


def _in_period(stated: Any, period: Period) -> bool:
    span = period_span(period)
    last = (span.origin + timedelta(milliseconds=span.end_ms)).date()
    return bool(resolve_holidays(stated, period.start, last))


def _p_value(differences: NDArray[np.float64]) -> float:
    """Return the two-sided p-value of "their mean is 0"."""
    error = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    mean = float(differences.mean())
    if error == 0:
        return 0.0 if mean else 1.0
    return 2 * float(stdtr(len(differences) - 1, -abs(mean) / error))
