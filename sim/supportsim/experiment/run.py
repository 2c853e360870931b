"""A scenario many times over: independent replications, and what they say together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import numpy as np

from supportsim.experiment.execute import cores, executor_for, run_all
from supportsim.experiment.judgement import Claim, Kind, judge
from supportsim.experiment.replicate import Job, Keep, command_of, plan_of, replicate
from supportsim.experiment.result import RunResult, TargetResult
from supportsim.measures.measure import Measures
from supportsim.scenario.loader import LoadedScenario
from supportsim.scenario.metrics import METRICS, parse_bounds, parse_target_key


def run(
    scenario: LoadedScenario,
    replications: int = 30,
    seed: int = 1,
    workers: int | None = None,
    *,
    only: int | None = None,
    keep: Keep | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[int, int], None] = lambda finished, total: None,
) -> RunResult:
    """Simulate a scenario and judge its targets.

    The result depends on scenario, seed and replications alone, never on where and in which order they ran. On
    Ctrl-C the workers stop at once and the result holds the replications that had finished.

    Args:
        scenario: as loaded.
        replications: how many, numbered from 0.
        seed: of all random streams, from 0 on.
        workers: processes; 1 runs everything in this one (default: one per core).
        only: run just the replication of this number.
        keep: called with each finished replication where it ran, to keep its ledger for instance.
        executor: runs the replications instead of processes of our own.
        on_progress: called with (finished, wanted) before the first and after each.

    Raises:
        ValueError: a number is out of range.
        ReplicationError: the simulator broke one of its own rules.
        WorkerDiedError: a worker process died.
        OSError: what should be kept could not be written.
        KeyboardInterrupt: interrupted before anything had finished.
    """
    if replications < 1 or seed < 0 or (workers is not None and workers < 1) or (only is not None and only < 0):
        raise ValueError("expected at least 1 replication and 1 worker, and seed and number from 0 on")
    numbers = range(replications) if only is None else range(only, only + 1)
    job = Job(scenario.scenario, scenario.digest, seed, command_of(scenario, seed), keep)
    # Compiled here first: forked workers inherit it, and a scenario that cannot be compiled says so at once.
    plan_of(job)
    workers = min(workers or cores(), len(numbers))
    found: dict[int, Measures] = {}
    try:
        with nullcontext(executor) if executor else executor_for(workers) as where:
            on_progress(0, len(numbers))
            at_once = 1 if workers == 1 else 2 * workers
            for number, measures in run_all(where, partial(replicate, job), numbers, at_once):
                found[number] = measures
                on_progress(len(found), len(numbers))
    except KeyboardInterrupt:
        if not found:
            raise
    return collect(scenario, seed, len(numbers), found)


def collect(scenario: LoadedScenario, seed: int, asked: int, found: dict[int, Measures]) -> RunResult:
    """Put replications together, in the order of their numbers, and judge the targets."""
    numbers = sorted(found)
    keys = found[numbers[0]].keys
    stacked = ("value", "numerator", "denominator", "backlog")
    value, numerator, denominator, backlog = (
        np.stack([getattr(found[number], name) for number in numbers]) for name in stacked
    )
    result = RunResult(
        scenario=scenario,
        seed=seed,
        asked=asked,
        replications=tuple(numbers),
        keys=keys,
        value=value,
        numerator=numerator,
        denominator=denominator,
        demand=np.sum([found[number].demand for number in numbers], axis=0),
        teams=np.sum([found[number].teams for number in numbers], axis=0),
        backlog=backlog,
        targets=(),
    )
    return replace(result, targets=_judged(result))


def _judged(result: RunResult) -> tuple[TargetResult, ...]:
    promised = []
    claims = []
    for name, target in result.scenario.scenario.targets.items():
        key = parse_target_key(name)
        place = result.place(key.metric, key.stat, **dict(key.slices))
        low, high = parse_bounds(key.metric, target.at_least, target.at_most, target.between)
        promised.append((name, key, low, high))
        kind = Kind(METRICS[key.metric].estimate)
        claims.append(
            Claim(low, high, kind, result.value[:, place], result.numerator[:, place], result.denominator[:, place])
        )
    return tuple(TargetResult(*one, judged) for one, judged in zip(promised, judge(claims), strict=True))
