"""How long an event hurts: its backlog against that of the same replication without it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.result import RunResult
from supportsim.experiment.run import Simulate, run
from supportsim.plan.compile import compile_plan
from supportsim.plan.model import Plan
from supportsim.scenario.loader import LoadedScenario, canonical_json
from supportsim.scenario.units import HOUR_MS
from supportsim.workload.events import Swing, place_events

STAYS_HOURS = 4
"""So many staffed hours the backlog must stay close before it counts as recovered."""
LEAST_TICKETS, SHARE = 2.0, 0.1
"""Close is within so many tickets, or within this share of the backlog without the event, whichever is more."""
PEAK_WITHIN_HOURS = 24
"""The peak is looked for until so long after the event."""


@dataclass(frozen=True)
class Recovery:
    """What became of the extra backlog of one event in R replications.

    Args:
        kind: of the event.
        at: local time at which it begins.
        peak: float (R,), the most actionable tickets more than without the event, at a whole hour.
        half_life_hours: float (R,), from the peak until at most half of it is left; NaN if that is never.
        recovery_hours: float (R,), from the event's beginning until the backlog is close to that without it and
            stays so; NaN if that is never within the period.
    """

    kind: str
    at: datetime
    peak: NDArray[np.float64]
    half_life_hours: NDArray[np.float64]
    recovery_hours: NDArray[np.float64]


def recoveries(
    scenario: LoadedScenario,
    replications: int = 20,
    seed: int = 1,
    simulate: Simulate = run,
    on_progress: Callable[[int, int], None] = lambda finished, total: None,
    usual: RunResult | None = None,
) -> tuple[Recovery, ...]:
    """Run a scenario as it is and without each of its events in turn, on the same customers.

    Args:
        scenario: as loaded from its file.
        replications: of each run.
        seed: of all random streams.
        simulate: runs them.
        on_progress: called with (finished, wanted) replications of everything together.
        usual: the scenario as it is with this seed, if it has been run; it holds replications 0, 1, ...

    Raises:
        ReplicationError: the simulator broke one of its own rules.
        WorkerDiedError: a worker process died.
        KeyboardInterrupt: interrupted; there is nothing to compare then.
    """
    events = scenario.scenario.events
    plans = [without_event(scenario, left_out) for left_out in range(len(events))]
    if events and usual is None:
        plans.insert(0, scenario)
    results: list[RunResult] = [usual] if usual is not None else []
    for number, plan in enumerate(plans):

        def tell(finished: int, total: int, before: int = number * replications) -> None:
            on_progress(before + finished, replications * len(plans))

        results.append(simulate(plan, replications, seed, on_progress=tell))
        if results[-1].interrupted:
            raise KeyboardInterrupt
    compiled = compile_plan(scenario.scenario)
    placed = place_events(scenario.scenario, compiled)
    stated = [(kind, surge.at) for event in events for kind, surge in event.items()]
    return tuple(
        _recovery(kind, at, compiled, event, results[0], without)
        for (kind, at), event, without in zip(stated, placed, results[1:], strict=True)
    )


def without_event(scenario: LoadedScenario, left_out: int) -> LoadedScenario:
    """Return the scenario without one of its events, by its place in the file."""
    others = tuple(event for place, event in enumerate(scenario.scenario.events) if place != left_out)
    less = scenario.scenario.model_copy(update={"events": others})
    digest = hashlib.sha256(canonical_json(less).encode()).hexdigest()
    stated = [event for place, event in enumerate(scenario.resolved["events"]) if place != left_out]
    return replace(scenario, scenario=less, digest=digest, resolved=scenario.resolved | {"events": stated})


def _recovery(kind: str, at: datetime, plan: Plan, event: Swing, usual: RunResult, without: RunResult) -> Recovery:
    # Actionable tickets of all tiers, at each whole hour of the window.
    count = len(without.replications)
    with_it, baseline = (one.backlog[:count, 1].sum(axis=1).astype(np.float64) for one in (usual, without))
    hours = staffed(plan, with_it.shape[1])
    begin, end = ((instant_ms - plan.window_ms[0]) / HOUR_MS for instant_ms in (event.begin_ms, event.end_ms))
    found = [recovery_of(one, other, hours, begin, end) for one, other in zip(with_it, baseline, strict=True)]
    peak, half_life, recovered = np.array(found).reshape(-1, 3).T
    return Recovery(kind, at, peak, half_life, recovered)


def staffed(plan: Plan, hours: int) -> NDArray[np.bool_]:
    """Return in which hours of the window (hours,) anybody is on the roster at the full hour."""
    at_ms = plan.window_ms[0] + HOUR_MS * np.arange(hours)
    begun = np.searchsorted(np.sort(plan.people.shift_start_ms), at_ms, side="right")
    ended = np.searchsorted(np.sort(plan.people.shift_end_ms), at_ms, side="right")
    there: NDArray[np.bool_] = begun > ended
    return there


def recovery_of(
    with_it: NDArray[np.float64],
    without: NDArray[np.float64],
    staffed_hour: NDArray[np.bool_],
    begin_hour: float,
    end_hour: float,
) -> tuple[float, float, float]:
    """Return peak, half-life and recovery time in hours of one replication; NaN for what is not reached.

    Hours of the window count from 0, and so do the marks at which backlogs are taken. The peak is that of the
    difference from the event's beginning until a day after its end. From the peak on, the first hour counts from which
    the backlog is within max(2, 10 %) of that without the event in this and the next 3 staffed hours. An event that
    never brings it out of that band takes no time to recover from.

    Args:
        with_it: float (hours,), backlog at each whole hour.
        without: the same without the event.
        staffed_hour: bool (hours,).
        begin_hour: of the event.
        end_hour: of the event.
    """
    extra = with_it - without
    first = max(int(np.ceil(begin_hour)), 0)
    last = min(int(np.ceil(end_hour)) + PEAK_WITHIN_HOURS, len(extra))
    if first >= last:
        return 0.0, np.nan, np.nan
    close = extra <= np.maximum(LEAST_TICKETS, SHARE * without)
    summit = first + int(np.argmax(extra[first:last]))
    peak = max(float(extra[summit]), 0.0)
    if close[first:last].all():
        return peak, 0.0, 0.0
    halved = np.flatnonzero(extra[summit:] <= peak / 2)
    half_life = float(halved[0]) if len(halved) else np.nan
    at = summit + np.flatnonzero(staffed_hour[summit:])
    good = close[at]
    stays = [place for place in range(len(at) - STAYS_HOURS + 1) if good[place : place + STAYS_HOURS].all()]
    return peak, half_life, float(at[stays[0]] - begin_hour) if stays else np.nan
