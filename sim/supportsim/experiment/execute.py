"""Where replications run: in this process, on all cores, or on any other `concurrent.futures` executor."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


class WorkerDiedError(RuntimeError):
    """A worker process was killed, most likely for want of memory."""


class SerialExecutor(Executor):
    """Runs each call at once, in this process; an exception leaves by `submit`."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """Run the call and return its finished future."""
        future: Future[Result] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def executor_for(workers: int) -> Iterator[Executor]:
    """Give an executor with ``workers`` processes; one worker is this process.

    However it is left, no worker process stays behind and none finishes what it had begun.
    """
    if workers == 1:
        yield SerialExecutor()
        return
    # Forked workers inherit the compiled plan and need no guarded main module; elsewhere fork is not safe.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    before = {child.pid for child in multiprocessing.active_children()}
    pool = _Pool(workers, mp_context=context, initializer=_prepare_worker)
    try:
        yield pool
    except BaseException:
        for child in multiprocessing.active_children():
            if child.pid is not None and child.pid not in before:
                os.kill(child.pid, signal.SIGINT)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def run_all(
    executor: Executor, call: Callable[[int], Result], numbers: Sequence[int], at_once: int
) -> Iterator[tuple[int, Result]]:
    """Yield (number, ``call(number)``) as calls finish, in any order, with ``at_once`` calls under way or waiting.

    The first failure ends it.

    Raises:
        WorkerDiedError: a worker process died.
    """
    pending: dict[Future[Result], int] = {}
    todo = iter(numbers)
    done = 0

    def fill() -> None:
        while len(pending) < at_once and (number := next(todo, None)) is not None:
            pending[executor.submit(call, number)] = number

    try:
        fill()
        while pending:
            for future in sorted(wait(pending, return_when=FIRST_COMPLETED).done, key=pending.__getitem__):
                yield pending.pop(future), future.result()
                done += 1
            fill()
    except BrokenProcessPool as error:
        raise WorkerDiedError(
            f"a worker process died after {done} of {len(numbers)} replications (killed, or out of memory); "
            "fewer workers need less memory: --workers 1"
        ) from error


class _Pool(ProcessPoolExecutor):
    """Processes whose calls end at once on SIGINT, and which never outlive this process."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        # The first submit forks the workers; a signal then would meet this process's handlers in them.
        with _signals_held_back():
            return super().submit(_stoppable, fn, *args, **kwargs)


class _Worker:
    busy = False
    stopping = False

    def interrupt(self, signal_number: int, frame: object) -> None:
        self.stopping = True
        if self.busy:
            raise KeyboardInterrupt


_worker = _Worker()


def _stoppable(call: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Result:
    """Call so that a signal interrupts the call only: between calls a worker must not be torn from its pipes."""
    if _worker.stopping:
        raise KeyboardInterrupt
    _worker.busy = True
    try:
        return call(*args, **kwargs)
    finally:
        _worker.busy = False


def _prepare_worker() -> None:
    signal.signal(signal.SIGINT, _worker.interrupt)
    signal.signal(signal.SIGTERM, _worker.interrupt)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """End with the process that started this one, even if that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _signals_held_back() -> Iterator[None]:
    held = {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
