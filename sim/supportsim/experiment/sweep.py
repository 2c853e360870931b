"""Many variants of a scenario on the same customers, each simulated once and remembered.

All points share the workers, and replications of several points may be under way at once, so that no core waits for the
last replication of a point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.comparison import ALWAYS_COMPARED
from supportsim.experiment.design import Design, Point
from supportsim.experiment.execute import settle_all
from supportsim.experiment.gathering import Gathering, judged
from supportsim.experiment.judgement import Verdict, overall
from supportsim.experiment.losses import TookTooLongError, WorkerDiedError
from supportsim.experiment.replicate import Job, ReplicationError, command_of, plan_of, replicate
from supportsim.experiment.result import RunResult, TargetResult
from supportsim.experiment.store import RunKey, Store
from supportsim.experiment.time_limit import TimeLimit
from supportsim.measures.measure import Measures, metric_keys
from supportsim.scenario.loader import LoadedScenario, ScenarioError, Source
from supportsim.scenario.metrics import MetricKey, parse_target_key

_OF_ITS_POINT = (ReplicationError, WorkerDiedError, TookTooLongError)
"""Failures that say nothing of other points."""


@dataclass(frozen=True)
class PointResult:
    """What was found at a point; a point that failed has an error and nothing else.

    Args:
        point: which.
        digest: of its scenario, empty if that is not valid.
        error: why there is no result, else empty.
        invalid: whether the scenario itself is at fault.
        targets: of its scenario, judged.
        keys: what was measured (K,).
        estimate, half_width: float (K,), over the replications; the half-width at 95 %.
        value: float (R, K), in each replication.
    """

    point: Point
    digest: str
    error: str = ""
    invalid: bool = False
    targets: tuple[TargetResult, ...] = ()
    keys: tuple[MetricKey, ...] = ()
    estimate: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    half_width: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    value: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def failed(self) -> bool:
        """Whether there is no result."""
        return self.error != ""

    @property
    def verdict(self) -> Verdict | None:
        """That of all targets together; None if it failed."""
        if self.failed:
            return None
        return overall([target.verdict for target in self.targets])

    def place(self, key: MetricKey) -> int | None:
        """Return the column of a metric, None if it was not measured here."""
        return self.keys.index(key) if key in self.keys else None


@dataclass(frozen=True)
class SweepResult:
    """All points of a sweep.

    Args:
        base: the scenario that is varied.
        design: what was looked at.
        seed: of all random streams.
        replications: of each point.
        points: in the order of the design.
    """

    base: LoadedScenario
    design: Design
    seed: int
    replications: int
    points: tuple[PointResult, ...]

    @property
    def failed(self) -> tuple[PointResult, ...]:
        """The points without a result."""
        return tuple(point for point in self.points if point.failed)


@dataclass(frozen=True)
class _Task:
    """One replication of a point."""

    point: Point
    job: Job
    keys: tuple[MetricKey, ...]
    replication: int


def sweep(
    source: Source,
    overrides: Sequence[str],
    design: Design,
    replications: int,
    seed: int,
    executor: Executor,
    store: Store | None = None,
    *,
    metrics: Sequence[MetricKey] = (),
    fresh: bool = False,
    time_limit_seconds: float | None = None,
    on_progress: Callable[[int, int], None] = lambda finished, total: None,
    on_trouble: Callable[[str], None] = lambda text: None,
) -> SweepResult:
    """Simulate every point of a design, or take it from the store.

    Each point is kept in the store as soon as its last replication has finished, and of what is kept in memory there is
    only a summary. The result depends on source, overrides, design, replications and seed alone.

    Args:
        source: of the scenario.
        overrides: that hold at all points.
        design: the points.
        replications: of each point.
        seed: of all random streams, the same at every point.
        executor: where replications run.
        store: what is known already, and where to keep the rest.
        metrics: what to report besides the targets and what is always compared.
        fresh: simulate again what is known already.
        time_limit_seconds: a replication that takes longer is tried again, and then its point given up.
        on_progress: called with (finished, wanted) replications.
        on_trouble: told of replications that are tried again and of points that failed.

    Raises:
        ScenarioError: the scenario is not valid as it stands, or at none of the points.
        OSError: the disk is full, or the cluster is lost; what was finished is in the store.
        KeyboardInterrupt: likewise.
    """
    base = source.load(overrides)
    work = _Sweep(source, tuple(overrides), design, replications, seed, None if fresh else store, tuple(metrics))
    work.on_trouble = on_trouble
    call: Callable[[_Task], Measures] = _replicate_outcomes
    if time_limit_seconds is not None:
        call = TimeLimit(call, time_limit_seconds)
    wanted = len(design) * replications
    on_progress(0, wanted)
    for task, future in settle_all(executor, call, work.tasks(), on_trouble):
        error = future.exception()
        if isinstance(error, _OF_ITS_POINT):
            work.fail(task, error)
        elif (result := work.take(task, future.result())) is not None and store is not None:
            store.put(result)
        on_progress(work.finished, wanted)
    on_progress(work.finished, wanted)
    return SweepResult(base, design, seed, replications, tuple(work.results[place] for place in range(len(design))))


class _Sweep:
    """The points under way and those that are done."""

    def __init__(
        self,
        source: Source,
        overrides: tuple[str, ...],
        design: Design,
        replications: int,
        seed: int,
        store: Store | None,
        metrics: tuple[MetricKey, ...],
    ) -> None:
        self._source = source
        self._overrides = overrides
        self._design = design
        self._replications = replications
        self._seed = seed
        self._store = store
        self._metrics = metrics
        self._under_way: dict[int, Gathering] = {}
        self.results: dict[int, PointResult] = {}
        self.finished = 0
        self.on_trouble: Callable[[str], None] = lambda text: None

    def tasks(self) -> Iterator[_Task]:
        """Yield what has to be simulated, point by point, each made when its turn comes.

        Raises:
            ScenarioError: no point is valid.
        """
        for point in self._design.points():
            try:
                loaded = self._source.load((*self._overrides, *point.overrides))
                keys = outcome_keys(loaded, self._metrics)
            except ScenarioError as error:
                self._invalid(point, error)
                continue
            known = self._known(loaded, keys)
            if known is not None:
                self._done(point, known)
                continue
            job = Job(loaded.scenario, loaded.digest, self._seed, command_of(loaded, self._seed))
            self._under_way[point.place] = Gathering(loaded, self._seed, range(self._replications), keys)
            for replication in range(self._replications):
                if point.place in self.results:
                    break
                yield _Task(point, job, keys, replication)

    def take(self, task: _Task, measures: Measures) -> RunResult | None:
        """Take a replication; return the point's result if it was the last."""
        gathering = self._under_way.get(task.point.place)
        if gathering is None:
            return None
        gathering.add(task.replication, measures)
        self.finished += 1
        if not gathering.complete:
            return None
        del self._under_way[task.point.place]
        self.finished -= self._replications
        result = gathering.result()
        self._done(task.point, result)
        return result

    def fail(self, task: _Task, error: BaseException) -> None:
        """Give a point up; of several replications that fail the one that finishes first counts."""
        gathering = self._under_way.pop(task.point.place, None)
        if gathering is not None:
            self.finished += self._replications - len(gathering)
            self.results[task.point.place] = PointResult(task.point, task.job.digest, f"{error}")
            self.on_trouble(f"point {task.point.place} failed: {str(error).splitlines()[0]}")

    def _known(self, loaded: LoadedScenario, keys: tuple[MetricKey, ...]) -> RunResult | None:
        if self._store is None:
            return None
        table = self._store.find(RunKey(loaded.digest, self._seed, self._replications), keys)
        return None if table is None else restored(loaded, self._seed, keys, table)

    def _done(self, point: Point, result: RunResult) -> None:
        summary = result.summary
        self.finished += self._replications
        self.results[point.place] = PointResult(
            point=point,
            digest=result.scenario.digest,
            targets=result.targets,
            keys=result.keys,
            estimate=summary.estimate,
            half_width=summary.half_width,
            value=np.array(result.value),
        )

    def _invalid(self, point: Point, error: ScenarioError) -> None:
        fault = error.faults[0]
        self.results[point.place] = PointResult(point, "", f"{fault.path}: {fault.message}", invalid=True)
        self.finished += self._replications
        if len(self.results) == len(self._design) and all(result.invalid for result in self.results.values()):
            raise error


def outcome_keys(loaded: LoadedScenario, metrics: Sequence[MetricKey] = ()) -> tuple[MetricKey, ...]:
    """Return what a sweep reports of a scenario: its targets, what is always compared, and ``metrics``."""
    plan = plan_of(Job(loaded.scenario, loaded.digest, 0, ""))
    measured = dict.fromkeys(metric_keys(plan))
    targets = (parse_target_key(name) for name in loaded.scenario.targets)
    wanted = dict.fromkeys([*targets, *ALWAYS_COMPARED, *metrics])
    return tuple(key for key in wanted if key in measured)


def restored(loaded: LoadedScenario, seed: int, keys: tuple[MetricKey, ...], table: NDArray[np.float64]) -> RunResult:
    """Return the result of values, numerators and denominators (3, R, K) alone, judged; it has no series."""
    count, series = table.shape[1], _no_series()
    result = RunResult(
        scenario=loaded,
        seed=seed,
        asked=count,
        replications=tuple(range(count)),
        keys=keys,
        value=table[0],
        numerator=table[1],
        denominator=table[2],
        demand=series["demand"],
        teams=series["teams"],
        backlog=series["backlog"],
        curves=series["curves"],
        flow=series["flow"],
        playbooks=series["playbooks"],
        targets=(),
    )
    return replace(result, targets=judged(result))


def _replicate_outcomes(task: _Task) -> Measures:
    measures = replicate(task.job, task.replication)
    places = {key: place for place, key in enumerate(measures.keys)}
    chosen = [places[key] for key in task.keys]
    series = _no_series()
    return Measures(
        keys=(),
        value=measures.value[chosen],
        numerator=measures.numerator[chosen],
        denominator=measures.denominator[chosen],
        demand=series["demand"],
        teams=series["teams"],
        backlog=series["backlog"],
        curves=series["curves"],
        flow=series["flow"],
        playbooks=series["playbooks"],
    )


def _no_series() -> dict[str, NDArray[Any]]:
    return {
        "demand": np.zeros((0, 0), np.int64),
        "teams": np.zeros((0, 0, 0), np.int64),
        "backlog": np.zeros((0, 0, 0), np.int32),
        "curves": np.zeros((0, 0), np.int64),
        "flow": np.zeros((0, 0), np.int64),
        "playbooks": np.zeros((0, 0, 0), np.int64),
    }
