"""A scenario many times over: independent replications, and what they say together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from supportsim.experiment.execute import cores, executor_for, interrupt, run_all
from supportsim.experiment.gathering import Gathering
from supportsim.experiment.judgement import CONFIDENCE
from supportsim.experiment.precision import Stopping, StoppingRule
from supportsim.experiment.replicate import Job, Keep, command_of, plan_of, replicate_bare
from supportsim.experiment.result import RunResult
from supportsim.experiment.standing import standings
from supportsim.experiment.time_limit import TimeLimit
from supportsim.measures.measure import Measures, metric_keys
from supportsim.scenario.loader import LoadedScenario
from supportsim.scenario.metrics import MetricKey

Simulate = Callable[..., RunResult]
"""`run`, perhaps with some of its arguments filled in: where replications run, for instance."""


def run(
    scenario: LoadedScenario,
    replications: int = 30,
    seed: int = 1,
    workers: int | None = None,
    *,
    only: int | None = None,
    start: int = 0,
    until: StoppingRule | None = None,
    confidence: float = CONFIDENCE,
    keep: Keep | None = None,
    executor: Executor | None = None,
    time_limit_seconds: float | None = None,
    on_progress: Callable[[int, int], None] = lambda finished, total: None,
    on_trouble: Callable[[str], None] = lambda text: None,
) -> RunResult:
    """Simulate a scenario and judge its targets.

    The result depends on scenario, seed and replications alone, never on where and in which order they ran. On Ctrl-C
    the workers stop at once and the result holds what had finished.

    Args:
        scenario: as loaded.
        replications: how many, numbered from ``start`` on.
        seed: of all random streams, from 0 on.
        workers: processes; 1 runs everything in this one (default: one per core).
        only: run just the replication of this number.
        start: number of the first, to go on where another run ended.
        until: add replications until this says stop, instead of a stated number of them.
        confidence: of the verdicts together; with ``until`` that of the rule counts.
        keep: called with each finished replication where it ran, to keep its ledger for instance.
        executor: runs the replications instead of processes of our own, and may be used again.
        time_limit_seconds: a replication that takes longer is tried again, and then given up.
        on_progress: called with (finished, wanted) before the first and after each.
        on_trouble: told of each replication whose worker was lost and that is tried again.

    Raises:
        ValueError: a number is out of range.
        ReplicationError: the simulator broke one of its own rules.
        WorkerDiedError: a replication lost its worker again and again.
        TookTooLongError: a replication did not end in time, again and again.
        OSError: what should be kept could not be written, or the cluster of ``executor`` is lost.
        KeyboardInterrupt: interrupted before anything had finished.
    """
    if replications < 1 or seed < 0 or start < 0 or (workers is not None and workers < 1) or (only or 0) < 0:
        raise ValueError("expected at least 1 replication and 1 worker, and seed and number from 0 on")
    looks = until.looks if until else (replications if only is None else 1,)
    numbers = range(start, start + looks[-1]) if only is None else range(only, only + 1)
    keys, call = _prepared(scenario, seed, keep, time_limit_seconds)
    gathering = Gathering(scenario, seed, numbers, keys)
    try:
        with nullcontext(executor) if executor else executor_for(min(workers or cores(), len(numbers))) as where:
            replicated = partial(run_all, where, call, on_trouble=on_trouble)
            return _gather(gathering, replicated, numbers, looks, until, confidence, on_progress)
    except KeyboardInterrupt:
        if executor is not None:
            interrupt(executor)
        if not len(gathering):
            raise
    return gathering.result(next(look for look in looks if look >= len(gathering)), confidence)


def _prepared(
    scenario: LoadedScenario, seed: int, keep: Keep | None, time_limit_seconds: float | None
) -> tuple[tuple[MetricKey, ...], Callable[[int], Measures]]:
    """Return what will be measured, and what simulates a replication."""
    job = Job(scenario.scenario, scenario.digest, seed, command_of(scenario, seed), keep)
    call: Callable[[int], Measures] = partial(replicate_bare, job)
    if time_limit_seconds is not None:
        call = TimeLimit(call, time_limit_seconds)
    # Compiled here first: forked workers inherit it, and a scenario that cannot be compiled says so at once.
    return metric_keys(plan_of(job)), call


def _gather(
    gathering: Gathering,
    replicated: Callable[[range], Iterator[tuple[int, Measures]]],
    numbers: range,
    looks: Sequence[int],
    until: StoppingRule | None,
    confidence: float,
    on_progress: Callable[[int, int], None],
) -> RunResult:
    """Simulate up to one look after the other, until no more are wanted."""
    for look in looks:
        on_progress(len(gathering), look)
        for number, measures in replicated(numbers[len(gathering) : look]):
            gathering.add(number, measures)
            on_progress(len(gathering), look)
        if until and (stopped := _stopped(gathering, until, look)):
            return stopped
    return gathering.result(confidence=confidence)


def _stopped(gathering: Gathering, rule: StoppingRule, look: int) -> RunResult | None:
    """Return the result if no more replications are wanted, or none are left."""
    result = gathering.result(look, rule.confidence_of_look)
    stopping = Stopping(rule, tuple(each for each in rule.looks if each <= look), standings(result, rule))
    if stopping.reached or stopping.hopeless or look == rule.looks[-1]:
        return replace(result, stopping=stopping, confidence=rule.confidence)
    return None
