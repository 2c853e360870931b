"""Why promises are broken: the causes behind the breaches, gathered over replications."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.execute import cores, executor_for, run_all
from supportsim.experiment.replicate import Job, command_of, plan_of, simulated
from supportsim.ledger import Event
from supportsim.measures.against import BACKLOG, TIMED, against
from supportsim.measures.causes import HOURS, Cause, decompose, of_tickets, waiting_by_hour
from supportsim.measures.people import PeopleTime, people_time
from supportsim.measures.story import Story, tell
from supportsim.measures.tables import NEVER
from supportsim.scenario.calendars import local_time
from supportsim.scenario.loader import LoadedScenario
from supportsim.scenario.metrics import MetricKey, parse_bounds, parse_target_key
from supportsim.scenario.units import HOUR_MS

ALWAYS = ("response_sla", "resolution_sla")
"""Metrics that are explained whether the scenario has a target on them or not."""


@dataclass(frozen=True)
class Question:
    """What is explained: a metric made of tickets' time, and its bounds, infinite where there is none."""

    key: MetricKey
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True)
class Breaches:
    """What counts against one promise, summed over replications; see `supportsim.measures.against`.

    Args:
        question: the metric and its bounds.
        judged: tickets, SLA periods or visits that the metric is about.
        breached: those of them at fault.
        cause_ms: int64 (causes,), time of those at fault by `Cause`; all of it is what the metric's clock ran.
        main: int64 (causes,), those at fault by the cause that took most of their time.
        hours: int64 (168,), those at fault by the hour of the week, Monday first, in which their time began.
        waits_ms: int64 (teams, 168), time for which those at fault waited for a person, by team and hour of the
            week; see `supportsim.measures.causes.waiting_by_hour`.
        moved_up: breached ones whose ticket its SLA clock took to a higher tier.
    """

    question: Question
    judged: int
    breached: int
    cause_ms: NDArray[np.int64]
    main: NDArray[np.int64]
    hours: NDArray[np.int64]
    waits_ms: NDArray[np.int64]
    moved_up: int

    @property
    def key(self) -> MetricKey:
        """The metric."""
        return self.question.key

    @property
    def ranked(self) -> NDArray[np.int64]:
        """By how much each cause counts (causes,): of a backlog its time, else whom it held up most."""
        return self.cause_ms if self.key.metric in BACKLOG else self.main

    def __add__(self, other: Breaches) -> Breaches:
        """Return the sum over both."""
        return Breaches(
            self.question,
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
        breaches: response and resolution SLA of everything, then each target on a metric made of tickets' time.
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
    asked = questions(scenario)
    workers = min(workers or cores(), replications)
    found: list[_Found] = []
    with executor_for(workers) as where:
        on_progress(0, replications)
        for _, one in run_all(where, partial(_explain_one, job, asked), range(replications)):
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


def questions(scenario: LoadedScenario) -> tuple[Question, ...]:
    """Return what is explained of a scenario; see `Explanation.breaches`."""
    found = {MetricKey(name, None): Question(MetricKey(name, None)) for name in ALWAYS}
    for name, target in scenario.scenario.targets.items():
        key = parse_target_key(name)
        if key.metric in TIMED:
            bounds = parse_bounds(key.metric, target.at_least, target.at_most, target.between)
            found[key] = Question(key, *bounds)
    return tuple(found.values())


@dataclass(frozen=True)
class _Found:
    tickets: NDArray[np.int64]
    cause_ms: NDArray[np.int64]
    breaches: tuple[Breaches, ...]


def _explain_one(job: Job, asked: tuple[Question, ...], replication: int) -> _Found:
    plan, workload, ledger = simulated(job, replication)
    story = tell(plan, workload, ledger)
    people, table = people_time(plan, workload.crew, story.work, ledger), story.table
    tickets, elapsed_ms = [], []
    for until_ms in (table.first_response_ms, table.first_resolve_ms):
        has = story.counted & (until_ms != NEVER)
        tickets.append(int(has.sum()))
        elapsed_ms.append(decompose(story, people, of_tickets(story, np.where(has, until_ms, NEVER))).sum(axis=0))
    breaches = tuple(_breaches(story, people, question) for question in asked)
    return _Found(np.array(tickets), np.stack(elapsed_ms), breaches)


def _breaches(story: Story, people: PeopleTime, question: Question) -> Breaches:
    plan = story.plan
    found = against(story, question.key, question.low, question.high)
    items, chosen = found.items, found.chosen
    spent_ms = decompose(story, people, items)[chosen]
    # A ticket of the backlog counts in the hour in which it came.
    since_ms = items.since_ms if question.key.metric not in BACKLOG else story.table.created_ms
    wall = local_time(plan.timezone, plan.origin, 0, plan.horizon_ms)
    hour = 24 * wall.weekday(since_ms[chosen]) + wall.time_of_day_ms(since_ms[chosen]) // HOUR_MS
    return Breaches(
        question=question,
        judged=found.judged,
        breached=len(chosen),
        cause_ms=spent_ms.sum(axis=0),
        main=np.bincount(spent_ms.argmax(axis=1), minlength=len(Cause)),
        hours=np.bincount(hour, minlength=HOURS),
        waits_ms=waiting_by_hour(story, items),
        moved_up=int(np.isin(items.ticket[chosen], story.rows.ticket[story.rows.event == Event.MOVED_UP]).sum()),
    )
