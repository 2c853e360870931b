"""A scenario many times over: independent replications, and what they say together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import nullcontext
from functools import partial

from supportsim.experiment.execute import cores, executor_for, interrupt, run_all
from supportsim.experiment.gathering import Gathering
from supportsim.experiment.replicate import Job, Keep, command_of, plan_of, replicate_bare
from supportsim.experiment.result import RunResult
from supportsim.experiment.time_limit import TimeLimit
from supportsim.measures.measure import Measures, metric_keys
from supportsim.scenario.loader import LoadedScenario


def run(
    scenario: LoadedScenario,
    replications: int = 30,
    seed: int = 1,
    workers: int | None = None,
    *,
    only: int | None = None,
    keep: Keep | None = None,
    executor: Executor | None = None,
    time_limit_seconds: float | None = None,
    on_progress: Callable[[int, int], None] = lambda finished, total: None,
    on_trouble: Callable[[str], None] = lambda text: None,
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
    if replications < 1 or seed < 0 or (workers is not None and workers < 1) or (only is not None and only < 0):
        raise ValueError("expected at least 1 replication and 1 worker, and seed and number from 0 on")
    numbers = range(replications) if only is None else range(only, only + 1)
    job = Job(scenario.scenario, scenario.digest, seed, command_of(scenario, seed), keep)
    # Compiled here first: forked workers inherit it, and a scenario that cannot be compiled says so at once.
    gathering = Gathering(scenario, seed, numbers, metric_keys(plan_of(job)))
    call: Callable[[int], Measures] = partial(replicate_bare, job)
    if time_limit_seconds is not None:
        call = TimeLimit(call, time_limit_seconds)
    try:
        with nullcontext(executor) if executor else executor_for(min(workers or cores(), len(numbers))) as where:
            on_progress(0, len(numbers))
            for number, measures in run_all(where, call, numbers, on_trouble):
                gathering.add(number, measures)
                on_progress(len(gathering), len(numbers))
    except KeyboardInterrupt:
        if executor is not None:
            interrupt(executor)
        if not len(gathering):
            raise
    return gathering.result()
