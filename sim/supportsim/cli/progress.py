"""How far a run is, on stderr: a bar with the time left on a terminal, a few lines elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int], None]
"""Called with (finished, all)."""


def say(text: str) -> None:
    """Print a line on stderr; that nobody reads it any more is no reason to stop."""
    try:
        print(text, file=sys.stderr, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


@contextmanager
def progress(title: str, *, quiet: bool) -> Iterator[Report]:
    """Give the function that reports progress."""
    if quiet:
        yield lambda finished, total: None
    elif sys.stderr.isatty():
        with _bar(title) as report:
            yield report
    else:
        yield _lines(title)


@contextmanager
def _bar(title: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # No refresh thread: the workers are forked while the bar is shown.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def report(finished: int, total: int) -> None:
            bar.update(task, completed=finished, total=total, refresh=True)

        yield report


def _lines(title: str) -> Report:
    told, of = 0, 0

    def report(finished: int, total: int) -> None:
        nonlocal told, of
        tenths = 10 * finished // total
        if total != of:
            # Where more were added, what is there already is no news.
            told, of = tenths if finished else 0, total
        elif tenths > told:
            told = tenths
            say(f"{title}: {finished} of {total} replications")

    return report
