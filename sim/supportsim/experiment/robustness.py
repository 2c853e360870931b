"""How large a surge a plan survives, and how long it takes to recover, found by search on the same customers.

A surge is an event on top of the scenario. For each length its volume is searched on a ladder of equal steps, by
bisection, which takes for granted that a plan which survives a surge survives a smaller one of the same length. All
trials have the same seed and replications: a larger surge brings the contacts of the smaller one and more, so that
trials differ by the surge and little else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.judgement import Claim, Kind, Verdict, judge, overall
from supportsim.experiment.recovery import recovery_of, staffed
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import Simulate, run
from supportsim.plan.compile import compile_plan
from supportsim.scenario.civil import instant_ms, period_span
from supportsim.scenario.faults import ScenarioError
from supportsim.scenario.loader import LoadedScenario, load_scenario
from supportsim.scenario.metrics import METRICS
from supportsim.scenario.units import HOUR_MS, MINUTE_MS

CURVE = (0.25, 0.5, 0.75, 1.0)
"""Shares of the smallest volume that is too much (or of the largest tried) at which recovery is told in any case."""


@dataclass(frozen=True)
class SurgeShape:
    """Everything of a surge but its length and volume.

    Args:
        at: local time at which it starts.
        fades_ms: it falls back in a straight line over this time.
        categories: what the extra contacts are about; empty is the usual mix.
        priority: of the extra contacts; None as their categories say.
    """

    at: datetime
    fades_ms: int = 0
    categories: tuple[str, ...] = ()
    priority: str | None = None


@dataclass(frozen=True)
class Limits:
    """What to try.

    Args:
        lasts_ms: lengths, at full strength.
        step: between two volumes, 0.25 is 25 % of the usual inflow.
        most: the largest volume; 10 is +1000 %.
        recovers_within_hours: what is also wanted, of the mean recovery time; None for nothing.
    """

    lasts_ms: tuple[int, ...]
    step: float = 0.25
    most: float = 10.0
    recovers_within_hours: float | None = None

    @property
    def rungs(self) -> int:
        """How many volumes there are."""
        return max(1, round(self.most / self.step))


@dataclass(frozen=True)
class Trial:
    """One surge.

    Args:
        volume: 3.0 is +300 %.
        verdict: met if it is surely survived, missed if surely not.
        missed: the promises that surely break, as the scenario writes them; `RECOVERY` among them.
        extra_contacts: that came because of it, mean over replications.
        recovery: float (R,), hours, NaN where the backlog had not come back by the end of the period.
        estimates: of each promise that was judged, in its order.
    """

    volume: float
    verdict: Verdict
    missed: tuple[str, ...]
    extra_contacts: float
    recovery: NDArray[np.float64]
    estimates: tuple[float, ...]


RECOVERY = "recovery"
"""Stands for `Limits.recovers_within_hours` among the promises."""


@dataclass(frozen=True)
class Survival:
    """What was found for one length.

    Args:
        lasts_ms: how long the surge is at full strength.
        survives: the largest volume tried that is surely survived, 0 if none is.
        fails: the smallest tried that is surely not; infinite if none was that large.
        trials: all that were run, by volume.
    """

    lasts_ms: int
    survives: float
    fails: float
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Robustness:
    """What was found.

    Args:
        scenario: the plan.
        shape, limits: what was tried.
        undisturbed: the plan without the surge.
        judged: the promises that it keeps then, and on which it is judged.
        survivals: one for each length.
    """

    scenario: LoadedScenario
    shape: SurgeShape
    limits: Limits
    undisturbed: RunResult
    judged: tuple[str, ...]
    survivals: tuple[Survival, ...]


class NothingToLoseError(ValueError):
    """The plan keeps no promise even without a surge."""


class SurgeError(ValueError):
    """The surge does not fit the scenario. ``problems`` holds what is wrong by the surge's key, as in an event."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"surge.{key}: {problem}" for key, problem in problems))
        self.problems = tuple(problems)


def robustness(
    scenario: LoadedScenario,
    shape: SurgeShape,
    limits: Limits,
    replications: int = 10,
    seed: int = 1,
    simulate: Simulate = run,
    on_trial: Callable[[int, float], Callable[[int, int], None]] = lambda lasts_ms, volume: lambda done, total: None,
) -> Robustness:
    """Search the largest surge of each length that the plan survives.

    A surge is survived if every promise that the plan keeps without it is met with it too, and if it recovers in time
    where that is asked for: the mean recovery time is judged like a promise, a replication that has not recovered
    by the end of the period counting with the time until then.

    Args:
        scenario: the plan.
        shape: of the surges.
        limits: what to try.
        replications: of each trial, at least 2.
        seed: of all.
        simulate: runs them.
        on_trial: called with the length and the volume of a trial, 0 and 0 for the undisturbed plan; returns what is
            told its progress.

    Raises:
        NothingToLoseError: the plan keeps no promise even without a surge, and no recovery time is asked for.
        SurgeError: the surge does not fit the scenario.
        ReplicationError: the simulator broke one of its own rules.
        KeyboardInterrupt: interrupted.
    """

    def simulated(plan: LoadedScenario, lasts_ms: int, volume: float) -> RunResult:
        result = simulate(plan, replications, seed, on_progress=on_trial(lasts_ms, volume))
        if result.interrupted:
            raise KeyboardInterrupt
        return result

    plans = {lasts_ms: with_surge(scenario, shape, lasts_ms, limits.most) for lasts_ms in limits.lasts_ms}
    undisturbed = simulated(scenario, 0, 0.0)
    judged = tuple(target.name for target in undisturbed.targets if target.verdict is Verdict.MET)
    if not judged and limits.recovers_within_hours is None:
        raise NothingToLoseError(
            "the plan surely keeps no promise even without a surge, expected one that it could lose"
        )
    survivals = []
    for lasts_ms in plans:

        def attempt(rung: int, lasts_ms: int = lasts_ms) -> Trial:
            volume = rung * limits.step
            result = simulated(with_surge(scenario, shape, lasts_ms, volume), lasts_ms, volume)
            return _trial(undisturbed, result, judged, shape, limits, lasts_ms, volume)

        survivals.append(_search(attempt, limits, lasts_ms))
    return Robustness(scenario, shape, limits, undisturbed, judged, tuple(survivals))


def _search(attempt: Callable[[int], Trial], limits: Limits, lasts_ms: int) -> Survival:
    """Bisect the ladder for the last rung that is met and the first that is missed; then fill in the curve."""
    tried: dict[int, Trial] = {}

    def verdict(rung: int) -> Verdict:
        if rung not in tried:
            tried[rung] = attempt(rung)
        return tried[rung].verdict

    top = limits.rungs + 1
    met = _last(0, top, lambda rung: verdict(rung) is Verdict.MET)
    # With few replications a larger surge may be undecided where a smaller one is surely too much.
    known = min((rung for rung, trial in tried.items() if trial.verdict is Verdict.MISSED), default=top)
    low = max([met, *(rung for rung in tried if rung < known)])
    missed = _last(low, known, lambda rung: verdict(rung) is not Verdict.MISSED) + 1
    for share in CURVE:
        verdict(max(1, round(share * min(missed, limits.rungs))))
    trials = tuple(tried[rung] for rung in sorted(tried))
    return Survival(lasts_ms, met * limits.step, missed * limits.step if missed < top else math.inf, trials)


def _last(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the last whole number below ``high`` for which it holds, given that it does for ``low``."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def with_surge(scenario: LoadedScenario, shape: SurgeShape, lasts_ms: int, volume: float) -> LoadedScenario:
    """Return the plan with a surge on top of its events.

    Raises:
        SurgeError: it does not fit the scenario, or is not judged as a whole.
        ScenarioError: the file has come to have faults of its own.
    """
    surge: dict[str, Any] = {
        "at": shape.at.isoformat(" ", "minutes"),
        "lasts": f"{lasts_ms / MINUTE_MS:g} min",
        "fades": f"{shape.fades_ms / MINUTE_MS:g} min" if shape.fades_ms else 0,
        "volume": f"+{100 * volume:g}%",
    }
    surge |= {"categories": list(shape.categories)} if shape.categories else {}
    surge |= {"priority": shape.priority} if shape.priority else {}
    events = [*scenario.resolved.get("events", ()), {"surge": surge}]
    override = f"events={json.dumps(events, default=str)}"
    try:
        loaded = load_scenario(scenario.files[0], (*scenario.overrides, override))
    except ScenarioError as error:
        place = f"events.{len(events) - 1}.surge."
        if not all(fault.path.startswith(place) for fault in error.faults):
            raise
        problems = [(fault.path.removeprefix(place).split(".")[0], fault.message) for fault in error.faults]
        raise SurgeError(problems) from None
    _check_judged(loaded, shape, lasts_ms)
    return loaded


def _check_judged(scenario: LoadedScenario, shape: SurgeShape, lasts_ms: int) -> None:
    """Refuse a surge of which a part is simulated but not judged: before the period, or after its end."""
    period = scenario.scenario.period
    first = datetime(period.start.year, period.start.month, period.start.day)
    last = first + timedelta(milliseconds=period.length)
    if shape.at < first:
        problem = f"{shape.at:%Y-%m-%d %H:%M} is in the warm-up, which is not judged"
        raise SurgeError([("at", f"{problem}, expected a time in the period, from {first:%Y-%m-%d %H:%M} on")])
    if shape.at + timedelta(milliseconds=lasts_ms) > last:
        problem = f"{lasts_ms / HOUR_MS:g} h from {shape.at:%Y-%m-%d %H:%M} end after the period, expected at most"
        raise SurgeError(
            [("lasts", f"{problem} {(last - shape.at) / timedelta(hours=1):g} h, until {last:%Y-%m-%d %H:%M}")]
        )


def _trial(
    undisturbed: RunResult,
    result: RunResult,
    judged: Sequence[str],
    shape: SurgeShape,
    limits: Limits,
    lasts_ms: int,
    volume: float,
) -> Trial:
    recovery = _recovery(undisturbed, result, shape, lasts_ms)
    targets = [target for target in result.targets if target.name in judged]
    claims = []
    for target in targets:
        place = result.place(target.key.metric, target.key.stat, **dict(target.key.slices))
        columns = (array[:, place] for array in (result.value, result.numerator, result.denominator))
        claims.append(Claim(target.low, target.high, Kind(METRICS[target.key.metric].estimate), *columns))
    names = list(judged)
    if limits.recovers_within_hours is not None:
        nothing = np.full(len(recovery), np.nan)
        until_end = result.backlog.shape[-1] - _start_hour(result, shape)
        counted = np.where(np.isnan(recovery), until_end, recovery)
        claims.append(Claim(-math.inf, limits.recovers_within_hours, Kind.MEAN, counted, nothing, nothing))
        names.append(RECOVERY)
    judgements = judge(claims)
    extra = result.metric("contacts").mean() - undisturbed.metric("contacts").mean()
    return Trial(
        volume=volume,
        verdict=overall([one.verdict for one in judgements]),
        missed=tuple(name for name, one in zip(names, judgements, strict=True) if one.verdict is Verdict.MISSED),
        extra_contacts=float(extra),
        recovery=recovery,
        estimates=tuple(one.estimate for one in judgements),
    )


def _recovery(undisturbed: RunResult, result: RunResult, shape: SurgeShape, lasts_ms: int) -> NDArray[np.float64]:
    with_surge, without = (one.backlog[:, 1].sum(axis=1).astype(np.float64) for one in (result, undisturbed))
    hours = staffed(compile_plan(undisturbed.scenario.scenario), with_surge.shape[1])
    begin = _start_hour(result, shape)
    end = begin + (lasts_ms + shape.fades_ms) / HOUR_MS
    pairs = zip(with_surge, without, strict=True)
    return np.array([recovery_of(one, other, hours, begin, end)[2] for one, other in pairs])


def _start_hour(result: RunResult, shape: SurgeShape) -> float:
    period = result.scenario.scenario.period
    span = period_span(period)
    return (instant_ms(period.timezone, span.origin, shape.at) - span.start_ms) / HOUR_MS


def usual_start(scenario: LoadedScenario) -> datetime:
    """Return ten o'clock on the Tuesday of the second week of the period, when things are under way again.

    In a period without one it is the same hour of the day that ends its first third.
    """
    period = scenario.scenario.period
    day = period.start + timedelta(days=7)
    day += timedelta(days=(1 - day.weekday()) % 7)
    if day - period.start >= timedelta(milliseconds=period.length):
        day = period.start + timedelta(milliseconds=period.length) // 3
    return datetime(day.year, day.month, day.day, 10)
