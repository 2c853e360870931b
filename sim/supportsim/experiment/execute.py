"""Where calls run: in this process, on all cores, or on any other `concurrent.futures` executor.

A call that is lost with its worker (killed, out of memory, over its time) is tried again; one that fails by itself
is not, because it would fail again.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import shutil
import signal
import sys
import tempfile
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

from supportsim.experiment.losses import TookTooLongError, WorkerDiedError

Task = TypeVar("Task")
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")

ATTEMPTS = 3
"""So often a call is tried whose worker is lost."""


_SENT_AT_ONCE = 1024
"""Bytes that a worker surely sends whole or not at all."""

LOSSES = (BrokenProcessPool, MemoryError, TookTooLongError, WorkerDiedError)
"""What may go well the next time."""


class SerialExecutor(Executor):
    """Runs each call at once, in this process; Ctrl-C leaves by `submit`."""

    at_once = 1

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """Run the call and return its finished future."""
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class ProcessExecutor(Executor):
    """Worker processes that serve any number of runs; when one dies, new ones take the calls that come after.

    Results come by files: a worker that is killed in the middle of a large message to the pool would leave everybody
    waiting for the rest of it.

    Args:
        workers: how many.
    """

    def __init__(self, workers: int) -> None:
        self.at_once = 2 * workers
        self._workers = workers
        self._folder = Path(tempfile.mkdtemp(prefix="supportsim_"))
        self._before = {child.pid for child in multiprocessing.active_children()}
        self._pool = self._new_pool()

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """Hand the call to a process."""
        call = partial(_stoppable, self._folder, fn, *args, **kwargs)
        try:
            inner = self._pool.submit(call)
        except BrokenProcessPool:
            self._pool.shutdown(wait=True)
            self._pool = self._new_pool()
            inner = self._pool.submit(call)
        outer: Future[Result] = Future()
        inner.add_done_callback(partial(_pass_on, outer))
        return outer

    def interrupt(self) -> None:
        """Stop the calls that are under way."""
        for child in multiprocessing.active_children():
            if child.pid is not None and child.pid not in self._before:
                with suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGINT)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes."""
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _new_pool(self) -> _Pool:
        # Forked workers inherit the compiled plan and need no guarded main module; elsewhere fork is not safe.
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
        return _Pool(self._workers, mp_context=context, initializer=_prepare_worker, initargs=(self._folder,))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def executor_for(workers: int | None = None, backend: str = "processes") -> Iterator[Executor]:
    """Give an executor that may serve several runs.

    However it is left, no worker process stays behind and none finishes what it had begun.

    Args:
        workers: processes (default: one per core); one is this process.
        backend: ``processes``, ``serial``, or ``dask://host:port`` for a cluster that is running there.

    Raises:
        ValueError: there is no such backend.
        ConnectionError: the cluster cannot be used; the message says why.
    """
    if backend.startswith("dask://"):
        from supportsim.experiment.cluster import cluster_executor

        with cluster_executor(backend) as cluster:
            yield cluster
        return
    if backend not in ("processes", "serial"):
        raise ValueError(f"{backend!r} is no backend, expected processes, serial or dask://host:port")
    workers = workers or cores()
    if workers == 1 or backend == "serial":
        yield SerialExecutor()
        return
    pool = ProcessExecutor(workers)
    try:
        yield pool
    except BaseException:
        interrupt(pool)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def interrupt(executor: Executor) -> None:
    """Stop the calls that are under way where that can be done; the executor is of no use then."""
    stop = getattr(executor, "interrupt", None)
    if stop is not None:
        stop()


def run_all(
    executor: Executor,
    call: Callable[[Task], Result],
    tasks: Iterable[Task],
    on_trouble: Callable[[str], None] = lambda text: None,
) -> Iterator[tuple[Task, Result]]:
    """Yield (task, ``call(task)``) as calls finish, in any order. The first failure ends it.

    Raises:
        WorkerDiedError: a call lost its worker again and again.
        TookTooLongError: a call did not end in time, again and again.
    """
    for task, future in settle_all(executor, call, tasks, on_trouble):
        yield task, future.result()


def settle_all(
    executor: Executor,
    call: Callable[[Task], Result],
    tasks: Iterable[Task],
    on_trouble: Callable[[str], None] = lambda text: None,
) -> Iterator[tuple[Task, Future[Result]]]:
    """Yield (task, its finished future) as calls finish, in any order; a failure ends nothing but its own call.

    As many calls as ``executor.at_once`` says (default: two per core) are under way or waiting; ``tasks`` is read no
    sooner. When one process dies, its pool fails every call that was under way, and a cluster blames what was queued on
    that worker, too. These are then tried one at a time, so that the one at fault is found out and a call that needs
    much memory has all of it.

    Args:
        executor: where calls run.
        call: what is called; it and its result must pickle, unless the executor is in this process.
        tasks: one for each call.
        on_trouble: told when calls are tried again.
    """
    todo = (_Attempt(place, task) for place, task in enumerate(tasks))
    pending: dict[Future[Result], _Attempt[Task]] = {}
    suspects: deque[_Attempt[Task]] = deque()
    while True:
        if not suspects:
            room = getattr(executor, "at_once", 2 * cores()) - len(pending)
            for one in itertools.islice(todo, max(0, room)):
                pending[_submit(executor, call, one.task)] = one
        elif not pending:
            one = suspects.popleft()
            pending[_submit(executor, call, one.task)] = one
        if not pending:
            return
        finished = wait(pending, return_when=FIRST_COMPLETED).done
        if any(isinstance(future.exception(), BrokenProcessPool) for future in finished):
            finished = wait(pending).done
        troubles: Counter[str] = Counter()
        for future in sorted(finished, key=lambda future: pending[future].place):
            one = pending.pop(future)
            error = future.exception()
            if not isinstance(error, LOSSES):
                yield one.task, future
                continue
            # A pool that breaks while several calls are under way says nothing of which of them broke it.
            one.losses += 1
            # Who is tried again is alone, so that a cluster's blame then meets the right one.
            if one.losses == ATTEMPTS or (one.losses > 1 and isinstance(error, WorkerDiedError)):
                yield one.task, _failed(_given_up(error))
                continue
            troubles[_reason(error)] += 1
            suspects.append(one)
        for reason, count in troubles.items():
            on_trouble(f"{reason}; {count} replication{'s' if count > 1 else ''} tried again")


@dataclass
class _Attempt(Generic[Task]):
    """A task, its place in the order of tasks, and how often its worker was lost."""

    place: int
    task: Task
    losses: int = 0


def _submit(executor: Executor, call: Callable[[Task], Result], task: Task) -> Future[Result]:
    try:
        return executor.submit(call, task)
    except BrokenProcessPool as error:
        return _failed(error)


def _failed(error: BaseException) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future


def _reason(error: BaseException) -> str:
    if isinstance(error, TookTooLongError):
        return str(error)
    return "out of memory" if isinstance(error, MemoryError) else "a worker died (killed, or out of memory)"


def _given_up(error: BaseException) -> Exception:
    if isinstance(error, WorkerDiedError):
        return error
    if isinstance(error, TookTooLongError):
        return TookTooLongError(f"{error}, {ATTEMPTS} times; --time-limit allows more")
    lost = "ran out of memory" if isinstance(error, MemoryError) else "lost its worker (killed, or out of memory)"
    return WorkerDiedError(f"a replication {lost} {ATTEMPTS} times; fewer workers need less memory: --workers 1")


class _Pool(ProcessPoolExecutor):
    """Processes whose calls end at once on SIGINT, and which never outlive this process."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        # The first submit forks the workers; a signal then would meet this process's handlers in them.
        with _signals_held_back():
            return super().submit(fn, *args, **kwargs)


class _Worker:
    busy = False
    stopping = False

    def interrupt(self, signal_number: int, frame: object) -> None:
        self.stopping = True
        if self.busy:
            raise KeyboardInterrupt


_worker = _Worker()


def _stoppable(folder: Path, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> bytes | Path:
    """Call so that SIGINT interrupts the call only: between calls a worker must not be torn from its pipes.

    Returns:
        the pickled result, or the file in ``folder`` that holds it if it is large.
    """
    if _worker.stopping:
        raise KeyboardInterrupt
    _worker.busy = True
    try:
        pickled = pickle.dumps(call(*args, **kwargs), pickle.HIGHEST_PROTOCOL)
        if len(pickled) <= _SENT_AT_ONCE:
            return pickled
        handle, name = tempfile.mkstemp(dir=folder)
        with open(handle, "wb") as stream:
            stream.write(pickled)
        return Path(name)
    finally:
        _worker.busy = False


def _pass_on(outer: Future[Any], inner: Future[bytes | Path]) -> None:
    """Settle a future with what became of a call in a worker."""
    if inner.cancelled():
        outer.cancel()
        outer.set_running_or_notify_cancel()
        return
    error = inner.exception()
    if error is None:
        try:
            sent = inner.result()
            outer.set_result(pickle.loads(sent if isinstance(sent, bytes) else sent.read_bytes()))
            if isinstance(sent, Path):
                sent.unlink()
        except Exception as problem:
            error = problem
    if error is not None and not outer.done():
        outer.set_exception(error)


def _prepare_worker(folder: Path) -> None:
    signal.signal(signal.SIGINT, _worker.interrupt)
    # The pool ends workers by it that wait for a lock which one that was killed held.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    threading.Thread(target=_follow_parent, args=(folder,), daemon=True).start()


def _follow_parent(folder: Path) -> None:
    """End with the process that started this one, even if that was killed, and tidy up after it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)


@contextmanager
def _signals_held_back() -> Iterator[None]:
    held = {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
