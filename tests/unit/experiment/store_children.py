"""Processes that write into a store at the same time, or lose their power in the middle of it.

A script of its own, because it forks: a fork of a worker of pytest-xdist inherits the locks of threads that it does not
inherit, and may wait for them forever.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from supportsim.experiment import store as store_module
from supportsim.experiment.result import RunResult
from supportsim.experiment.store import RunKey, Store

STEP = 3
"""Lines of the store's code between one power cut and the next."""


def main() -> None:
    """Do what the first argument names, with the store in a folder and a pickled result, and print what came of it."""
    what, folder, file = sys.argv[1:]
    result = pickle.loads(Path(file).read_bytes())
    print(json.dumps({"writers": writers, "power_cuts": power_cuts}[what](Path(folder), result)))


def writers(folder: Path, result: RunResult) -> list[int]:
    """Let three processes write overlapping runs, and return their exit codes."""

    def put_many(first: int) -> None:
        with Store(folder) as store:
            for seed in range(first, first + 6):
                store.put(replace(result, seed=seed))

    return [_exit_code(child) for child in [_child(lambda first=first: put_many(first)) for first in (0, 4, 8)]]


def power_cuts(folder: Path, result: RunResult) -> list[dict[str, bool]]:
    """Cut the power of a writer ever later, until it gets through, and return what the store held after each cut."""
    safe = replace(result, seed=1)
    with Store(folder) as store:
        store.put(safe)
    found, lines = [], STEP
    while True:
        lost = replace(result, seed=100 + lines)
        exit_code = _exit_code(_child(lambda: _put_until_the_power_fails(folder, lost, lines)))  # noqa: B023
        if exit_code == 0:
            return found
        if exit_code != PowerCut.EXIT_CODE:
            raise SystemExit(f"the writer that should lose its power after {lines} lines ended with {exit_code}")
        with Store(folder) as store:
            seen = {"safe": _holds(store, safe), "lost": _holds(store, lost)}
            store.put(lost)
            found.append(seen | {"again": _holds(store, lost)})
        lines += STEP


def _put_until_the_power_fails(folder: Path, result: RunResult, lines: int) -> None:
    sys.settrace(PowerCut(lines))
    with Store(folder) as store:
        store.put(result)


class PowerCut:
    """Ends the process, with nothing tidied up, before the n-th line of the store's code is reached."""

    EXIT_CODE = 9

    def __init__(self, lines: int) -> None:
        self.left = lines

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_filename != store_module.__file__:
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                os._exit(self.EXIT_CODE)
        return self


def _holds(store: Store, result: RunResult) -> bool:
    return store.find(RunKey(result.scenario.digest, result.seed, len(result.replications)), result.keys) is not None


def _child(act: Callable[[], None]) -> int:
    """Start a process that does something and nothing else, and return its number."""
    child = os.fork()
    if child == 0:
        exit_code = 1
        try:
            act()
            exit_code = 0
        finally:
            os._exit(exit_code)
    return child


def _exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
