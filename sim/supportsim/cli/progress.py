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
def progress(title: str, *, quiet: bool, lines: int = 10) -> Iterator[Report]:
    """Give the function that reports progress, in so many lines where there is no terminal."""
    if quiet:
        yield lambda finished, total: None
    elif sys.stderr.isatty():
        with _bar(title) as report:
            yield report
    else:
        yield _lines(title, lines)


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


def _lines(title: str, lines: int) -> Report:
    told = of = 0

    def report(finished: int, total: int) -> None:
        nonlocal told, of
        of = of or total
        # Where more are added again and again, half as many more are news.
        step = total / lines if total == of else max(total / lines, told / 2)
        if finished > told and (finished - told >= step or finished == total == of):
            told = finished
            say(f"{title}: {finished} of {total} replications")

    return report
