"""Why promises are broken: the causes behind the breaches, gathered over replications."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.execute import cores, executor_for, run_all
from supportsim.experiment.replicate import Job, command_of, plan_of, simulated
from supportsim.ledger import Event
from supportsim.measures.causes import HOURS, Cause, decompose, waiting_by_hour
from supportsim.measures.people import people_time
from supportsim.measures.sla import Outcome
from supportsim.measures.story import Story, tell
from supportsim.measures.tables import NEVER
from supportsim.plan.model import PRIORITIES, TIERS
from supportsim.scenario.calendars import local_time
from supportsim.scenario.loader import LoadedScenario
from supportsim.scenario.metrics import MetricKey, parse_target_key
from supportsim.scenario.units import HOUR_MS

EXPLAINED = ("response_sla", "resolution_sla")
"""Metrics whose breaches are explained."""


@dataclass(frozen=True)
class Breaches:
    """The broken promises behind one metric, summed over replications.

    Args:
        key: response or resolution SLA, of everything or of a slice.
        judged, breached: promises.
        cause_ms: int64 (causes,), clock time of the breached ones by `Cause`; all of it is what their clocks ran.
        main: int64 (causes,), breached ones by the cause that took most of their clock time.
        hours: int64 (168,), breached ones by the hour of the week, Monday first, in which they were created.
        waits_ms: int64 (teams, 168), clock time for which breached ones waited for a person, by team and hour of the
            week; see `supportsim.measures.causes.waiting_by_hour`.
        moved_up: breached ones whose ticket its SLA clock took to a higher tier.
    """

    key: MetricKey
    judged: int
    breached: int
    cause_ms: NDArray[np.int64]
    main: NDArray[np.int64]
    hours: NDArray[np.int64]
    waits_ms: NDArray[np.int64]
    moved_up: int

    def __add__(self, other: Breaches) -> Breaches:
        """Return the sum over both."""
        return Breaches(
            self.key,
            self.judged + other.judged,
            self.breached + other.breached,
            self.cause_ms + other.cause_ms,
            self.main + other.main,
            self.hours + other.hours,
            self.waits_ms + other.waits_ms,
            self.moved_up + other.moved_up,
        )


@dataclass(frozen=True)
class Explanation:
    """What time went to and what broke, over the replications.

    Args:
        scenario: what was simulated.
        replications: how many.
        tickets: int64 (2,), tickets of the window with a first response, and with a resolve.
        cause_ms: int64 (2, causes), their elapsed time from creation to first response, and to first resolve.
        breaches: response and resolution SLA of everything, then each target that is a slice of them.
    """

    scenario: LoadedScenario
    replications: int
    tickets: NDArray[np.int64]
    cause_ms: NDArray[np.int64]
    breaches: tuple[Breaches, ...]


def explain(
    scenario: LoadedScenario,
    replications: int = 10,
    seed: int = 1,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] = lambda finished, total: None,
) -> Explanation:
    """Simulate a scenario again and say what its tickets' time went to.

    Replications are those of `supportsim.experiment.run.run` with the same seed.

    Raises:
        ReplicationError: the simulator broke one of its own rules.
        WorkerDiedError: a worker process died.
    """
    job = Job(scenario.scenario, scenario.digest, seed, command_of(scenario, seed))
    plan_of(job)
    keys = explained_keys(scenario)
    workers = min(workers or cores(), replications)
    found: list[_Found] = []
    with executor_for(workers) as where:
        on_progress(0, replications)
        for _, one in run_all(where, partial(_explain_one, job, keys), range(replications)):
            found.append(one)
            on_progress(len(found), replications)
    # Whole numbers: the order in which replications finish does not matter.
    breaches = found[0].breaches
    for one in found[1:]:
        breaches = tuple(some + more for some, more in zip(breaches, one.breaches, strict=True))
    return Explanation(
        scenario,
        replications,
        np.sum([one.tickets for one in found], axis=0),
        np.sum([one.cause_ms for one in found], axis=0),
        breaches,
    )


def explained_keys(scenario: LoadedScenario) -> tuple[MetricKey, ...]:
    """Return what is explained of a scenario; see `Explanation.breaches`."""
    targets = (parse_target_key(name) for name in scenario.scenario.targets)
    sliced = (key for key in targets if key.metric in EXPLAINED)
    return tuple(dict.fromkeys((*(MetricKey(metric, None) for metric in EXPLAINED), *sliced)))


@dataclass(frozen=True)
class _Found:
    tickets: NDArray[np.int64]
    cause_ms: NDArray[np.int64]
    breaches: tuple[Breaches, ...]


def _explain_one(job: Job, keys: tuple[MetricKey, ...], replication: int) -> _Found:
    plan, workload, ledger = simulated(job, replication)
    story = tell(plan, workload, ledger)
    people, table = people_time(plan, workload.crew, story.work, ledger), story.table
    tickets, elapsed_ms = [], []
    for until_ms in (table.first_response_ms, table.first_resolve_ms):
        has = story.counted & (until_ms != NEVER)
        tickets.append(int(has.sum()))
        elapsed_ms.append(decompose(story, people, until_ms)[has].sum(axis=0))
    clock = plan.sla.clock[workload.tickets.priority, workload.tickets.segment]
    sides = {name: side(story) for name, side in (("response_sla", _responses), ("resolution_sla", _resolutions))}
    spent = {name: decompose(story, people, side.until_ms, clock) for name, side in sides.items()}
    breaches = tuple(_breaches(story, key, sides[key.metric], spent[key.metric], clock) for key in keys)
    return _Found(np.array(tickets), np.stack(elapsed_ms), breaches)


@dataclass(frozen=True)
class _Side:
    """One kind of promise by ticket (T,): its outcome, when its clock stopped, and who fulfilled it."""

    outcome: NDArray[np.int8]
    until_ms: NDArray[np.int64]
    tier: NDArray[Any]
    team: NDArray[Any]


def _responses(story: Story) -> _Side:
    table = story.table
    gave_up_ms = np.where(table.abandoned_ms != NEVER, table.abandoned_ms, story.plan.horizon_ms)
    responded = table.first_response_ms != NEVER
    until_ms = np.where(responded, table.first_response_ms, gave_up_ms)
    tier = np.where(responded, table.first_tier, NEVER)
    return _Side(story.response.outcome, np.where(table.arrived, until_ms, NEVER), tier, table.response_team)


def _resolutions(story: Story) -> _Side:
    first = np.flatnonzero(~story.periods.reopened)
    periods, ticket = story.periods, story.periods.ticket[first]

    def by_ticket(values: NDArray[Any], otherwise: int) -> NDArray[Any]:
        column = np.full(len(story.workload.tickets), otherwise, dtype=values.dtype)
        column[ticket] = values[first]
        return column

    return _Side(
        by_ticket(story.resolution.outcome, Outcome.NONE),
        by_ticket(periods.end_ms, NEVER),
        by_ticket(periods.tier, NEVER),
        by_ticket(periods.team, NEVER),
    )


def _breaches(story: Story, key: MetricKey, side: _Side, spent_ms: NDArray[np.int64], clock: NDArray[Any]) -> Breaches:
    plan = story.plan
    chosen = _chosen(story, key, side)
    breached = np.flatnonzero(chosen & (side.outcome == Outcome.BREACHED))
    wall = local_time(plan.timezone, plan.origin, 0, plan.horizon_ms)
    created_ms = story.table.created_ms[breached]
    hour = 24 * wall.weekday(created_ms) + wall.time_of_day_ms(created_ms) // HOUR_MS
    until_ms = np.full(len(chosen), NEVER)
    until_ms[breached] = side.until_ms[breached]
    return Breaches(
        key=key,
        judged=int((chosen & ((side.outcome == Outcome.MET) | (side.outcome == Outcome.BREACHED))).sum()),
        breached=len(breached),
        cause_ms=spent_ms[breached].sum(axis=0),
        main=np.bincount(spent_ms[breached].argmax(axis=1), minlength=len(Cause)),
        hours=np.bincount(hour, minlength=HOURS),
        waits_ms=waiting_by_hour(story, until_ms, clock),
        moved_up=int(np.isin(breached, story.rows.ticket[story.rows.event == Event.MOVED_UP]).sum()),
    )


def _chosen(story: Story, key: MetricKey, side: _Side) -> NDArray[np.bool_]:
    """Tell which tickets (T,) a metric counts."""
    plan, tickets = story.plan, story.workload.tickets
    columns: dict[str, tuple[NDArray[Any], tuple[str, ...]]] = {
        "priority": (tickets.priority, PRIORITIES),
        "segment": (tickets.segment, plan.segments),
        "channel": (tickets.channel, plan.channels),
        "category": (tickets.category, plan.categories),
        "tier": (side.tier, TIERS),
        "team": (side.team, plan.teams),
    }
    chosen = story.counted.copy()
    for dimension, member in key.slices:
        codes, names = columns[dimension]
        chosen &= codes == names.index(member)
    return chosen
