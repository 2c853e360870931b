"""Executors: any number of workers, any order, interruptions and deaths."""

import multiprocessing
import os
import signal
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from supportsim.experiment.execute import SerialExecutor, WorkerDiedError, executor_for, run_all


def square(number: int) -> int:
    return number * number


def square_after_others(number: int) -> int:
    time.sleep(0.15 if number == 0 else 0.0)
    return number * number


def die_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail_at_two(number: int) -> int:
    if number == 2:
        raise ValueError("two")
    return number


class SleepThenMark:
    """Sleeps long after the first call; leaves a file behind if it is allowed to finish."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, number: int) -> int:
        if number > 0:
            (self.folder / f"began-{number}").touch()
            time.sleep(60)
            (self.folder / f"finished-{number}").touch()
        return number


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_call_is_answered(workers: int) -> None:
    with executor_for(workers) as executor:
        assert sorted(run_all(executor, square, range(7), workers + 1)) == [(i, i * i) for i in range(7)]
    assert multiprocessing.active_children() == []


def test_answers_come_as_they_finish() -> None:
    with executor_for(2) as executor:
        assert [number for number, _ in run_all(executor, square_after_others, range(4), 3)][-1] == 0


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(2) as executor:
        assert dict(run_all(executor, square, [5, 2, 9], 2)) == {5: 25, 2: 4, 9: 81}


class OneAtATime(Executor):
    """Answers the older of two calls when the second comes."""

    def __init__(self) -> None:
        self.waiting: list[Future[int]] = []

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future[int] = Future()
        self.waiting.append(future)
        if len(self.waiting) == 2:
            self.waiting.pop(0).set_result(0)
        return future


def test_no_more_is_handed_over_than_asked() -> None:
    executor = OneAtATime()
    next(run_all(executor, square, range(100), 2))
    assert len(executor.waiting) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_failure_ends_it(workers: int) -> None:
    with pytest.raises(ValueError, match="two"), executor_for(workers) as executor:
        list(run_all(executor, fail_at_two, range(30), workers))
    assert multiprocessing.active_children() == []


def test_a_dead_worker_is_reported() -> None:
    with (
        pytest.raises(WorkerDiedError, match=r"a worker process died after . of 9 replications.*memory"),
        executor_for(2) as executor,
    ):
        list(run_all(executor, die_at_three, range(9), 2))


def interrupt_after_the_first(folder: Path) -> None:
    with executor_for(2) as executor:
        for number, _ in run_all(executor, SleepThenMark(folder), range(9), 4):
            (folder / f"finished-{number}").touch()
            while not list(folder.glob("began-*")):
                time.sleep(0.01)
            raise KeyboardInterrupt


def test_an_interruption_stops_the_workers_at_once(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupt_after_the_first(tmp_path)
    assert multiprocessing.active_children() == []
    assert [path.name for path in tmp_path.glob("finished-*")] == ["finished-0"]


def test_a_serial_executor_runs_at_once() -> None:
    assert SerialExecutor().submit(square, 4).result(timeout=0) == 16
