"""A real cluster of two workers, on this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SECONDS = 60


@dataclass
class Cluster:
    """A scheduler and its workers, each a process."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{len(self.processes)}.log").open("wb")
        with log:
            command = [sys.executable, "-W", "ignore", "-m", "dask", *arguments, "--no-dashboard"]
            variables = os.environ | {
                "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
                "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]),
            }
            process = subprocess.Popen(command, cwd=self.folder, env=variables, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def start_worker(self) -> None:
        self.workers.append(
            self.start(
                "worker", "--scheduler-file", "scheduler.json", "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1"
            )
        )

    def kill_worker(self) -> None:
        """Kill one of those that live."""
        worker = self.living[0]
        worker.kill()
        worker.wait()

    @property
    def living(self) -> list[subprocess.Popen[bytes]]:
        """The workers that have not ended."""
        return [worker for worker in self.workers if worker.poll() is None]

    @property
    def backend(self) -> str:
        address: str = json.loads((self.folder / "scheduler.json").read_text("utf-8"))["address"]
        return address.replace("tcp:", "dask:", 1)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", "scheduler.json")
        wait_until(lambda: (made.folder / "scheduler.json").exists())
        for _ in range(2):
            made.start_worker()
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait()


def square_or_else(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    while number == 2:
        pass
    if number == 3:
        raise ValueError("three")
    return number * number


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, f"not within {SECONDS} s"
        time.sleep(0.05)
