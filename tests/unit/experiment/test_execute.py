"""Executors: any number of workers, any order, interruptions and deaths."""

import multiprocessing
import os
import re
import signal
import threading
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from supportsim.experiment.execute import (
    ATTEMPTS,
    ProcessExecutor,
    SerialExecutor,
    executor_for,
    run_all,
    settle_all,
)
from supportsim.experiment.losses import TookTooLongError, WorkerDiedError
from supportsim.experiment.time_limit import TimeLimit


def square(number: int) -> int:
    return number * number


def square_after_others(number: int) -> int:
    time.sleep(0.15 if number == 0 else 0.0)
    return number * number


def die_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


class KilledOnTheWay:
    """Takes long to send, and its worker is killed before all of it has come."""

    def __reduce__(self) -> tuple[type, tuple[bytes]]:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return bytes, (bytes(100_000_000),)


def killed_on_the_way_at_two(number: int) -> object:
    return KilledOnTheWay() if number == 2 else bytes(1_000_000)


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
        assert sorted(run_all(executor, square, range(7))) == [(i, i * i) for i in range(7)]
    assert multiprocessing.active_children() == []


def test_answers_come_as_they_finish() -> None:
    with executor_for(2) as executor:
        assert [number for number, _ in run_all(executor, square_after_others, range(4))][-1] == 0


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(2) as executor:
        assert dict(run_all(executor, square, [5, 2, 9])) == {5: 25, 2: 4, 9: 81}


class OneAtATime(Executor):
    """Answers the older of two calls when the second comes."""

    at_once = 2

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
    next(run_all(executor, square, range(100)))
    assert len(executor.waiting) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_failure_ends_it(workers: int) -> None:
    with pytest.raises(ValueError, match="two"), executor_for(workers) as executor:
        list(run_all(executor, fail_at_two, range(30)))
    assert multiprocessing.active_children() == []


def test_a_call_that_kills_its_worker_is_tried_again_and_then_reported() -> None:
    told: list[str] = []
    with executor_for(2) as executor:
        found = dict(settle_all(executor, die_at_three, range(9), told.append))
    assert [found[number].result() for number in (0, 1, 2, 4, 5, 6, 7, 8)] == [0, 1, 2, 4, 5, 6, 7, 8]
    assert isinstance(found[3].exception(), WorkerDiedError)
    assert f"lost its worker (killed, or out of memory) {ATTEMPTS} times" in str(found[3].exception())
    assert re.fullmatch(r"a worker died \(killed, or out of memory\); \d replications? tried again", told[0])
    # All that were under way once, and then the one at fault alone.
    assert told[1:] == ["a worker died (killed, or out of memory); 1 replication tried again"]
    assert multiprocessing.active_children() == []


def test_a_worker_that_is_killed_while_it_sends_leaves_nobody_waiting() -> None:
    with executor_for(2) as executor:
        found = {task: future.exception() for task, future in settle_all(executor, killed_on_the_way_at_two, range(5))}
    assert isinstance(found.pop(2), WorkerDiedError)
    assert list(found.values()) == [None] * 4


def test_a_run_ends_when_a_worker_cannot_be_kept() -> None:
    with pytest.raises(WorkerDiedError, match=r"lost its worker.*--workers 1"), executor_for(2) as executor:
        list(run_all(executor, die_at_three, range(9)))


class DieOnce:
    """Kills its worker on the first try of one number, and counts the tries of each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, number: int) -> int:
        tries = len(list(self.folder.glob(f"{number}-*")))
        (self.folder / f"{number}-{tries}").touch()
        if number == 2 and tries == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return number


def test_a_worker_that_died_costs_nothing_but_time(tmp_path: Path) -> None:
    with executor_for(2) as executor:
        assert sorted(run_all(executor, DieOnce(tmp_path), range(8))) == [(number, number) for number in range(8)]
        assert sorted(run_all(executor, square, range(4))) == [(0, 0), (1, 1), (2, 4), (3, 9)]
    assert len(list(tmp_path.glob("2-*"))) == 2


def run_out_of_memory_twice(folder: Path, number: int) -> int:
    tries = len(list(folder.iterdir()))
    if number == 1 and tries < 2:
        (folder / str(tries)).touch()
        raise MemoryError
    return number


def test_want_of_memory_is_tried_again(tmp_path: Path) -> None:
    told: list[str] = []
    found = run_all(SerialExecutor(), partial(run_out_of_memory_twice, tmp_path), range(3), told.append)
    assert sorted(found) == [(0, 0), (1, 1), (2, 2)]
    assert told == ["out of memory; 1 replication tried again"] * 2


def test_a_failure_of_its_own_is_not_tried_again_and_ends_nothing_else() -> None:
    told: list[str] = []
    with executor_for(2) as executor:
        found = dict(settle_all(executor, fail_at_two, range(5), told.append))
    assert (str(found[2].exception()), [found[number].result() for number in (0, 1, 3, 4)]) == ("two", [0, 1, 3, 4])
    assert told == []


def never_end_at_one(number: int) -> int:
    while number == 1:
        pass
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_a_call_that_does_not_end_is_given_up(workers: int) -> None:
    with executor_for(workers) as executor:
        found = dict(settle_all(executor, TimeLimit(never_end_at_one, 0.05), range(4)))
        assert [found[number].result() for number in (0, 2, 3)] == [0, 2, 3]
    with pytest.raises(TookTooLongError, match=r"took longer than 0.05 s, 3 times; --time-limit allows more"):
        found[1].result()


def test_a_call_in_time_is_left_alone() -> None:
    assert TimeLimit(square, 60)(3) == 9


def test_processes_serve_several_runs() -> None:
    pool = ProcessExecutor(1)
    try:
        first, second = (dict(run_all(pool, process_id, [0]))[0] for _ in range(2))
    finally:
        pool.shutdown()
    assert first == second != os.getpid()


def process_id(number: int) -> int:
    return os.getpid()


def test_an_unknown_backend_is_refused() -> None:
    with (
        pytest.raises(ValueError, match="'ray' is no backend, expected processes, serial or dask"),
        executor_for(2, "ray"),
    ):
        pass


def interrupt_after_the_first(folder: Path) -> None:
    with executor_for(2) as executor:
        for number, _ in run_all(executor, SleepThenMark(folder), range(9)):
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
