"""Replications on a real Dask cluster: the same numbers, and workers that are killed."""

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import pytest
from cluster_of_two import Cluster, square_or_else

from supportsim.experiment import cluster as cluster_module
from supportsim.experiment.design import make_axis, make_design
from supportsim.experiment.execute import SerialExecutor, executor_for, settle_all
from supportsim.experiment.losses import TookTooLongError, WorkerDiedError
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.experiment.sweep import sweep
from supportsim.experiment.time_limit import TimeLimit
from supportsim.scenario.loader import LoadedScenario, load_scenario, read_source

DESK = Path(__file__).parents[1] / "cli" / "desk.yaml"
REPLICATIONS = 8


@pytest.fixture(scope="module")
def desk() -> LoadedScenario:
    return load_scenario(DESK)


@pytest.fixture(scope="module")
def expected(desk: LoadedScenario) -> RunResult:
    return run(desk, REPLICATIONS, workers=1)


def same(one: RunResult, other: RunResult) -> bool:
    return one.targets == other.targets and all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in ("value", "numerator", "denominator", "demand", "teams", "backlog")
    )


def test_the_backend_does_not_matter(cluster: Cluster, desk: LoadedScenario, expected: RunResult) -> None:
    with executor_for(backend=cluster.backend) as executor:
        assert same(run(desk, REPLICATIONS, executor=executor), expected)


def test_a_worker_that_is_killed_costs_nothing_but_time(
    cluster: Cluster, desk: LoadedScenario, expected: RunResult
) -> None:
    def kill_after_two(finished: int, total: int) -> None:
        if finished == 2:
            cluster.kill_worker()

    with executor_for(backend=cluster.backend) as executor:
        assert same(run(desk, REPLICATIONS, executor=executor, on_progress=kill_after_two), expected)


def test_a_worker_that_is_killed_costs_a_sweep_nothing_either(cluster: Cluster) -> None:
    source = read_source(DESK)
    design = make_design([make_axis("demand.contacts.count", "40..80:20")], "grid", plans=3, samples=1, seed=1)

    def swept(executor: Executor, on_progress: Callable[[int, int], None]) -> list[tuple[str, bytes]]:
        found = sweep(source, (), design, 3, 1, executor, on_progress=on_progress)
        return [(point.digest, point.value.tobytes()) for point in found.points]

    def kill_in_the_middle(finished: int, total: int) -> None:
        if finished == 4:
            cluster.kill_worker()

    cluster.start_worker()
    living = len(cluster.living)
    with executor_for(backend=cluster.backend) as executor:
        found = swept(executor, kill_in_the_middle)
    assert len(cluster.living) == living - 1
    assert found == swept(SerialExecutor(), lambda finished, total: None)


def test_what_kills_fails_or_never_ends_is_reported_and_loses_no_other(cluster: Cluster) -> None:
    # Four die of the one that kills: two before it is blamed, and two when it is alone.
    while len(cluster.living) < 5:
        cluster.start_worker()
    with executor_for(backend=cluster.backend) as executor:
        found = dict(settle_all(executor, TimeLimit(square_or_else, 0.2), range(6)))
    assert [found[number].result() for number in (0, 4, 5)] == [0, 16, 25]
    with pytest.raises(WorkerDiedError, match=r"lost its workers \(killed, or out of memory\)"):
        found[1].result()
    with pytest.raises(TookTooLongError, match=r"longer than 0\.2 s, 3 times"):
        found[2].result()
    with pytest.raises(ValueError, match="three"):
        found[3].result()


def test_workers_that_would_compute_something_else_are_refused(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.start_worker()
    monkeypatch.setattr(cluster_module, "own_engine", lambda: "another")
    with (
        pytest.raises(ConnectionError, match="has another version of supportsim"),
        executor_for(backend=cluster.backend),
    ):
        pass


def test_nobody_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster_module, "PATIENCE_SECONDS", 0.2)
    with (
        pytest.raises(ConnectionError, match=r"no Dask scheduler answers at 127.0.0.1:9"),
        executor_for(backend="dask://127.0.0.1:9"),
    ):
        pass
