"""Sweeps of a small scenario: every point once, the same customers, nothing lost."""

import os
import signal
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from supportsim.experiment import sweep as sweep_module
from supportsim.experiment.design import Design, make_axis, make_design, parse_vary
from supportsim.experiment.execute import SerialExecutor, executor_for
from supportsim.experiment.replicate import ReplicationError
from supportsim.experiment.run import run
from supportsim.experiment.store import Store
from supportsim.experiment.sweep import SweepResult, sweep
from supportsim.scenario.loader import ScenarioError, load_scenario, read_source
from supportsim.scenario.metrics import MetricKey

DESK = Path(__file__).with_name("desk.yaml")
HEADS = "teams.front.roster.daily.day"


def design(*texts: str, **more: Any) -> Design:
    arguments = {"method": "grid", "plans": 8, "samples": 4, "seed": 1} | more
    return make_design([make_axis(*parse_vary(text)) for text in texts], **arguments)


def swept(points: Design, executor: Executor | None = None, store: Store | None = None, **more: Any) -> SweepResult:
    return sweep(read_source(DESK), (), points, 3, 1, executor or SerialExecutor(), store, **more)


class Refusing(Executor):
    """Simulates nothing."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise AssertionError("this was known already")


def same(one: SweepResult, other: SweepResult) -> bool:
    return len(one.points) == len(other.points) and all(
        (left.digest, left.error, left.targets, left.keys) == (right.digest, right.error, right.targets, right.keys)
        and np.array_equal(left.value, right.value, equal_nan=True)
        and np.array_equal(left.half_width, right.half_width, equal_nan=True)
        for left, right in zip(one.points, other.points, strict=True)
    )


def test_a_point_is_what_a_run_of_its_scenario_is() -> None:
    found = swept(design(f"{HEADS}=1..3"))
    for heads, point in zip((1, 2, 3), found.points, strict=True):
        alone = run(load_scenario(DESK, [f"{HEADS}={heads}"]), 3, workers=1)
        assert point.digest == alone.scenario.digest
        assert point.targets == alone.targets
        assert point.verdict == alone.verdict
        place = point.place(MetricKey("cost_total", None))
        assert place is not None
        assert np.array_equal(point.value[:, place], alone.metric("cost_total"))


def test_every_point_meets_the_same_customers() -> None:
    tickets = MetricKey("tickets", None)
    found = swept(design(f"{HEADS}=1..3"), metrics=[tickets])
    counts = [point.value[:, point.place(tickets) or 0] for point in found.points]
    assert len(set(counts[0])) > 1
    assert all(np.array_equal(count, counts[0]) for count in counts)


def test_where_it_runs_does_not_matter() -> None:
    points = design(f"{HEADS}=1..2", "routing.order=[fifo, priority]")
    expected = swept(points)
    with executor_for(2) as executor:
        assert same(swept(points, executor), expected)


def test_what_is_known_is_not_simulated_again(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        expected = swept(design(f"{HEADS}=1..3"), store=store)
        told: list[tuple[int, int]] = []
        again = swept(design(f"{HEADS}=1..3"), Refusing(), store, on_progress=lambda *at: told.append(at))
        assert same(again, expected)
        assert told[-1] == (9, 9)
        with pytest.raises(AssertionError, match="known already"):
            swept(design(f"{HEADS}=1..3"), Refusing(), store, fresh=True)
        with pytest.raises(AssertionError, match="known already"):
            swept(design(f"{HEADS}=1..4"), Refusing(), store)


def test_a_run_of_the_same_scenario_serves_a_sweep(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        for heads in (1, 2):
            store.put(run(load_scenario(DESK, [f"{HEADS}={heads}"]), 5, workers=1))
        assert same(swept(design(f"{HEADS}=1..2"), Refusing(), store), swept(design(f"{HEADS}=1..2")))


class Interrupted:
    """Interrupts after so many replications."""

    def __init__(self, after: int) -> None:
        self.after = after

    def __call__(self, finished: int, total: int) -> None:
        if finished >= self.after:
            raise KeyboardInterrupt


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_sweep_goes_on_to_the_same(tmp_path: Path, workers: int) -> None:
    points = design(f"{HEADS}=1..4")
    with Store(tmp_path) as store:
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt), executor_for(workers) as executor:
                swept(points, executor, store, on_progress=Interrupted(4 + 3 * len(store.runs())))
        assert 2 <= len(store.runs()) < 4
        assert same(swept(points, store=store), swept(points))


def test_a_point_that_is_not_valid_loses_no_other() -> None:
    found = swept(design(f"{HEADS}=0..2"))
    assert [point.invalid for point in found.points] == [True, False, False]
    assert found.points[0].error.startswith("teams.front.roster: is empty, nobody ever works here")
    assert found.failed == found.points[:1]


def test_a_sweep_without_a_valid_point_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"teams.front.roster.daily.dya: unknown shift 'dya', did you mean 'day'"):
        swept(design("teams.front.roster.daily.dya=1..2"))


def fail_with_two(original: Any, task: Any) -> Any:
    if task.point.place == 1:
        raise ReplicationError("replication 0: AuditError\nreproduce with: ...")
    return original(task)


def test_a_point_that_fails_loses_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    expected = swept(design(f"{HEADS}=1..3"))
    told: list[str] = []
    with monkeypatch.context() as patch, Store(tmp_path) as store:
        patch.setattr(sweep_module, "_replicate_outcomes", partial(fail_with_two, sweep_module._replicate_outcomes))
        found = swept(design(f"{HEADS}=1..3"), store=store, on_trouble=told.append)
        assert [point.failed for point in found.points] == [False, True, False]
        assert found.points[1].error == "replication 0: AuditError\nreproduce with: ..."
        assert told == ["point 1 failed: replication 0: AuditError"]
        assert len(store.runs()) == 2
    with Store(tmp_path) as store:
        assert same(swept(design(f"{HEADS}=1..3"), store=store), expected)


def die_once(original: Any, digest: str, folder: Path, job: Any, replication: int) -> Any:
    if job.digest == digest and not (folder / "died").exists():
        (folder / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return original(job, replication)


def test_a_worker_that_is_killed_costs_nothing_but_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    points, told = design(f"{HEADS}=1..3"), list[str]()
    expected = swept(points)
    # Forked workers inherit the change.
    dying = partial(die_once, sweep_module.replicate, expected.points[1].digest, tmp_path)
    monkeypatch.setattr(sweep_module, "replicate", dying)
    with executor_for(2) as executor:
        assert same(swept(points, executor, on_trouble=told.append), expected)
    assert "a worker died" in told[0]


def test_a_full_disk_ends_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with Store(tmp_path) as store:
        monkeypatch.setattr(store, "put", full)
        with pytest.raises(OSError, match="No space left"):
            swept(design(f"{HEADS}=1..3"), store=store)


def names(keys: Sequence[MetricKey]) -> list[str]:
    return [str(key) for key in keys]


def test_points_report_targets_what_is_always_compared_and_what_is_asked_for() -> None:
    found = swept(design(f"{HEADS}=1..1"), metrics=[MetricKey("tickets", None)])
    reported = names(found.points[0].keys)
    assert reported[:2] == ["response_sla", "abandonment[channel=phone]"]
    assert {"cost_total", "resolution_sla"} <= set(reported)
    assert reported[-1] == "tickets"
