"""Measures what it takes to run many replications: on two workers, on a Dask cluster, and by the ten thousand."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psutil

from supportsim.experiment.execute import executor_for
from supportsim.experiment.run import run
from supportsim.scenario.loader import LoadedScenario, load_scenario

ROOT = Path(__file__).parents[2]
GROWTH = ROOT / "scenarios" / "growth.yaml"
TINY = Path(__file__).with_name("tiny.yaml")
WHERE = ("one core", "two processes", "Dask, two workers")
GROWTH_REPLICATIONS = 20
TINY_REPLICATIONS = 1000


@dataclass(frozen=True)
class Cost:
    """Seconds for a replication, over many: on the wall's clock, and of all processes that took part."""

    wall: float
    processor: float


def speed_rows(rounds: int) -> Iterator[list[str]]:
    """Yield, for each place to run, what a replication of growth costs and how close to twice the speed that is."""
    costs = _alternated(load_scenario(GROWTH), GROWTH_REPLICATIONS, rounds)
    one_core = costs[WHERE[0]]
    for where, own in costs.items():
        speeds = [before.wall / after.wall for before, after in zip(one_core, own, strict=True)]
        yield [
            where,
            f"{1000 * _median_wall(own):,.0f} ms",
            f"{1000 * _median_processor(own):,.0f} ms",
            f"{statistics.median(speeds):.2f} ({min(speeds):.2f}-{max(speeds):.2f})",
        ]


def overhead_rows(rounds: int) -> Iterator[list[str]]:
    """Yield, for each place to run, what a tiny replication costs beyond itself."""
    costs = _alternated(load_scenario(TINY), TINY_REPLICATIONS, rounds)
    itself = _median_processor(costs[WHERE[0]])
    for where, own in costs.items():
        processor = _median_processor(own)
        yield [
            where,
            f"{1000 * _median_wall(own):.1f} ms",
            f"{1000 * processor:.1f} ms",
            f"{1000 * (processor - itself):.1f} ms" if where != WHERE[0] else "",
        ]


def memory_rows(counts: tuple[int, ...] = (100, 1000, 10_000)) -> Iterator[list[str]]:
    """Yield the peak memory of the real command, by itself and with its workers, by number of replications."""
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            alone, together = _watched(
                [
                    *(sys.executable, "-m", "supportsim", "run", str(TINY), "--replications", str(count)),
                    *("--workers", "2", "--quiet", "--out", f"{folder}/tiny"),
                ]
            )
        yield [f"{count:,}", f"{alone / 2**10:.0f} MB", f"{together / 2**10:.0f} MB"]


def _held_kb(process: int) -> int:
    """Return the memory that a process cannot hand back to a file, its part of what it shares with others."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))


def _watched(command: list[str]) -> tuple[int, int]:
    """Run a command; return the peak memory in kB of itself and of all its processes."""
    alone = together = 0
    with psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            try:
                family = [process, *process.children(recursive=True)]
                held = [_held_kb(one.pid) for one in family]
            except (psutil.Error, OSError):
                continue
            alone, together = max(alone, held[0]), max(together, sum(held))
            time.sleep(0.2)
        if process.returncode not in (0, None):
            raise SystemExit(f"{command} ended with {process.returncode}")
    return alone, together


def _alternated(scenario: LoadedScenario, replications: int, rounds: int) -> dict[str, list[Cost]]:
    """Run everywhere in turn, ``rounds`` times; each round begins with another place."""
    costs: dict[str, list[Cost]] = {where: [] for where in WHERE}
    for turn in range(rounds):
        for place in range(len(WHERE)):
            where = WHERE[(turn + place) % len(WHERE)]
            costs[where].append(_cost(scenario, replications, where))
    return costs


def _cost(scenario: LoadedScenario, replications: int, where: str) -> Cost:
    gc.collect()
    with _cluster(scenario) if where.startswith("Dask") else nullcontext("processes") as backend:
        processor, began = _processor_seconds(), time.perf_counter()
        with executor_for(1 if where == WHERE[0] else 2, backend) as executor:
            run(scenario, replications, executor=executor)
        wall = time.perf_counter() - began
        return Cost(wall / replications, (_processor_seconds() - processor) / replications)


@contextmanager
def _cluster(scenario: LoadedScenario) -> Iterator[str]:
    """Give the address of a Dask cluster of two workers on loopback that have everything imported."""
    from distributed import LocalCluster

    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(128 * 2**20))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        address = cluster.scheduler_address.replace("tcp:", "dask:", 1)
        with executor_for(backend=address) as executor:
            run(scenario, 4, executor=executor)
        yield address


def _processor_seconds() -> float:
    """Return the processor time of this process and its children, the living and those that have ended."""
    own = psutil.Process()
    times = [own.cpu_times(), *(child.cpu_times() for child in own.children(recursive=True))]
    ended = times[0].children_user + times[0].children_system
    return ended + sum(one.user + one.system for one in times)


def _median_wall(costs: list[Cost]) -> float:
    return statistics.median(cost.wall for cost in costs)


def _median_processor(costs: list[Cost]) -> float:
    return statistics.median(cost.processor for cost in costs)
