"""Calls on a Dask cluster that is running somewhere, through its `concurrent.futures` interface."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

from supportsim.experiment.losses import WorkerDiedError
from supportsim.experiment.provenance import engine
from supportsim.experiment.provenance import engine as own_engine

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")

PATIENCE_SECONDS = 60
"""How long a cluster may take to answer, and its first worker to come."""
RECOUNT_SECONDS = 5
"""How often workers are counted."""


class ClusterExecutor(Executor):
    """Hands calls to a cluster, and tells a lost worker and a lost cluster from a call that failed.

    Args:
        client: a connected ``distributed.Client``.
        address: names the cluster in messages.
    """

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        # Each call is a task of its own, even one that is tried again.
        self._inner = client.get_executor(pure=False)
        self._slots = 1
        self._counted = -float(RECOUNT_SECONDS)

    @property
    def at_once(self) -> int:
        """Two calls for each thread of each worker there is now, so that none runs dry."""
        now = time.monotonic()
        if now - self._counted > RECOUNT_SECONDS:
            self._counted = now
            self._slots = max(1, sum(self._client.nthreads().values()))
        return 2 * self._slots

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """Hand the call to the cluster."""
        outer: Future[Result] = Future()
        inner = self._inner.submit(fn, *args, **kwargs)
        inner.add_done_callback(partial(self._pass_on, outer))
        return outer

    def interrupt(self) -> None:
        """Let the cluster forget the calls that have not finished."""
        self._inner.shutdown(wait=False)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Forget the calls that have not finished, or wait for them."""
        self._inner.shutdown(wait=wait and not cancel_futures)

    def _pass_on(self, outer: Future[Any], inner: Future[Any]) -> None:
        if inner.cancelled():
            # We cancel nothing that somebody waits for: the client does when it has lost the scheduler.
            outer.set_exception(ConnectionError(f"lost the cluster at {self._address}"))
            return
        error = inner.exception()
        if error is None:
            outer.set_result(inner.result())
        elif type(error).__name__ == "KilledWorker":
            # The cluster has tried it on several workers before it says so.
            outer.set_exception(WorkerDiedError(f"a replication lost its workers (killed, or out of memory): {error}"))
        else:
            outer.set_exception(error)


@contextmanager
def cluster_executor(backend: str) -> Iterator[ClusterExecutor]:
    """Connect to the cluster at ``dask://host:port`` and leave it as it was.

    Raises:
        ConnectionError: nothing answers there, it has no worker, or its workers would compute something else.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise ConnectionError(f"{backend} needs Dask: pip install 'supportsim[dask]'") from error
    address = backend.removeprefix("dask://")
    try:
        client = distributed.Client(f"tcp://{address}", timeout=PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {address}, expected one started with 'dask scheduler': {error}"
        ) from error
    try:
        _check_workers(client, address)
        executor = ClusterExecutor(client, address)
        try:
            yield executor
        finally:
            # Calls nobody waits for any more must not keep the cluster busy.
            with suppress(Exception):
                executor.shutdown(wait=False)
    finally:
        with suppress(Exception):
            client.close()


def _check_workers(client: Any, address: str) -> None:
    """Make sure that there is a worker, and that all of them are of our own version.

    Raises:
        ConnectionError: they are not.
    """
    try:
        client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
    except TimeoutError:
        raise ConnectionError(f"the cluster at {address} has no worker, expected one of 'dask worker'") from None
    try:
        versions: dict[str, str] = client.run(engine)
    except ImportError as error:
        raise ConnectionError(f"a worker of {address} cannot import supportsim: {error}; install it there") from error
    others = [worker for worker, version in sorted(versions.items()) if version != own_engine()]
    if others:
        raise ConnectionError(
            f"worker {others[0]} of {address} has another version of supportsim or of a library it computes with "
            f"({versions[others[0]]}), expected {own_engine()}"
        )
