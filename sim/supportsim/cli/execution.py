"""Where a command's replications run: the options that all commands share which simulate."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from supportsim.cli.progress import say

if TYPE_CHECKING:
    from supportsim.experiment.run import Simulate


@dataclass(frozen=True)
class Execution:
    """Where replications run.

    Args:
        workers: processes; None is one per core.
        backend: ``processes``, ``serial``, or ``dask://host:port``.
        time_limit_seconds: for one replication.
    """

    workers: int | None
    backend: str
    time_limit_seconds: float | None

    @property
    def is_remote(self) -> bool:
        """Whether what a replication writes may land on another machine."""
        return self.backend.startswith("dask:")

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """Give the executor, which may serve several runs.

        Raises:
            ConnectionError: the cluster cannot be used.
        """
        from supportsim.experiment.execute import executor_for

        with executor_for(self.workers, self.backend) as found:
            yield found

    @contextmanager
    def simulate(self) -> Iterator[Simulate]:
        """Give the function that runs a scenario there, as often as wanted, and says what goes wrong on the way.

        Raises:
            ConnectionError: the cluster cannot be used.
        """
        from supportsim.experiment.run import run

        with self.executor() as executor:
            yield partial(run, executor=executor, time_limit_seconds=self.time_limit_seconds, on_trouble=say)


def execution_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--workers``, ``--backend`` and ``--time-limit``, which the command takes as one `Execution`."""

    @functools.wraps(command)
    def taking_execution(
        *arguments: Any, workers: int | None, backend: str, time_limit: float | None, **options: Any
    ) -> Any:
        return command(*arguments, execution=Execution(workers, backend, time_limit), **options)

    options = (
        click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one per core]"),
        click.option(
            "--backend",
            default="processes",
            show_default=True,
            metavar="WHERE",
            callback=_known_backend,
            help="processes, serial, or a Dask cluster: dask://HOST:PORT.",
        ),
        click.option(
            "--time-limit",
            metavar="DURATION",
            callback=_seconds,
            help="Try a replication again that takes longer, and then give it up.",
        ),
    )
    for option in reversed(options):
        taking_execution = option(taking_execution)
    return taking_execution


def _known_backend(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    host, _, port = value.removeprefix("dask://").rpartition(":")
    if value in ("processes", "serial") or (value.startswith("dask://") and host and port.isdecimal()):
        return value
    raise click.BadParameter(f"{value!r}, expected processes, serial, or dask://host:port")


def _seconds(ctx: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    from supportsim.scenario.units import SECOND_MS, parse_duration

    if value is None:
        return None
    try:
        limit = parse_duration(value) / SECOND_MS
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if limit <= 0:
        raise click.BadParameter(f"{value!r}, expected a duration above 0")
    return limit
