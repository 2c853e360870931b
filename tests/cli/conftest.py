"""Runs the command as people do: as a process of its own, in an empty folder."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

Process = subprocess.Popen[str]
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def desk() -> Path:
    """A small scenario."""
    return Path(__file__).with_name("desk.yaml")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start the command; its stdout and stderr are pipes unless said otherwise."""
    began: list[Process] = []
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}

    def begin(*arguments: object, variables: Mapping[str, str] | None = None, **more: Any) -> Process:
        command = [sys.executable, "-m", "supportsim", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        began.append(
            subprocess.Popen(command, cwd=tmp_path, env=environment | (variables or {}), text=True, **(pipes | more))
        )
        return began[-1]

    yield begin
    for process in began:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def supportsim(start: Callable[..., Process]) -> Callable[..., Done]:
    """Run the command to its end."""

    def run(*arguments: object, **more: Any) -> Done:
        process = start(*arguments, **more)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    return run
