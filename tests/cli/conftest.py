"""Runs the command in an empty folder: as a process of its own, as people do, or in this one, which is sooner done."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from supportsim.cli.main import main

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
def alone(start: Callable[..., Process]) -> Callable[..., Done]:
    """Run the command to its end in a process of its own."""

    def run(*arguments: object, **more: Any) -> Done:
        process = start(*arguments, **more)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    return run


@pytest.fixture
def supportsim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Run the command to its end in this process, on one core: a process that has threads must not be forked."""
    monkeypatch.chdir(tmp_path)
    for module in ("execute", "run"):
        monkeypatch.setattr(f"supportsim.experiment.{module}.cores", lambda: 1)

    def run(*arguments: object, variables: Mapping[str, str] | None = None) -> Done:
        words = ["supportsim", *map(str, arguments)]
        out, err, on_term = io.StringIO(), io.StringIO(), signal.getsignal(signal.SIGTERM)
        with monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", words)
            for name in ("COLUMNS", "FORCE_COLOR"):
                patch.delenv(name, raising=False)
            for name, value in (variables or {}).items():
                patch.setenv(name, value)
            try:
                with pytest.raises(SystemExit) as left:
                    main()
            finally:
                signal.signal(signal.SIGTERM, on_term)
        return subprocess.CompletedProcess(words, int(left.value.code or 0), out.getvalue(), err.getvalue())

    return run
