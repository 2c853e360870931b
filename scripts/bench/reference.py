"""Measures the floor against its rivals and itself, and puts the tables into docs/performance.md.

Run it on an otherwise idle machine: ``make bench``. A part alone: ``--only surge``.
"""

from __future__ import annotations

import argparse
import gc
import platform
import re
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from features import change_rows, make_cases
from parallel import memory_rows, overhead_rows, speed_rows
from rivals import ciw_tables, run_ciw, run_simpy, run_simpy_visits, run_simpy_with_named_agents, simpy_tables
from work import Work, compile_for_floor, make_work, mean_waits_minutes, starts_and_ends

from supportsim.floor.simulate import simulate

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
SURGE = 20_000


def main() -> None:
    """Run the parts asked for; write each table between its markers."""
    parts = {
        "waits": lambda rounds: waits_table(),
        "rivals": rivals_table,
        "surge": surge_table,
        "size": size_table,
        "memory": lambda rounds: memory_table(),
        "stages": stages_table,
        "features": features_table,
        "changes": lambda rounds: changes_table(),
        "start": start_table,
        "parallel": parallel_table,
        "overhead": overhead_table,
        "many": lambda rounds: many_table(),
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="alternations of each comparison")
    parser.add_argument("--only", choices=parts, action="append", help="this part alone, repeatable")
    arguments = parser.parse_args()
    for name in arguments.only or parts:
        table = parts[name](arguments.rounds)
        print(f"\n{table}\n", flush=True)
        put(name, table)
    put("machine", machine())


def put(name: str, text: str) -> None:
    """Replace what stands between the markers ``<!-- name -->`` and ``<!-- end of name -->`` of the page."""
    page = PAGE.read_text(encoding="utf-8")
    markers = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    changed, count = markers.subn(lambda match: f"{match[1]}{text}\n{match[2]}", page)
    if count != 1:
        raise ValueError(f"{PAGE.name}: expected one pair of markers for {name!r}, found {count}")
    PAGE.write_text(changed, encoding="utf-8")


def seconds(call: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how long one call takes, with the garbage of earlier ones collected before."""
    gc.collect()
    began = clock()
    call()
    return clock() - began


def alternate(
    calls: dict[str, Callable[[], Any]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Time the calls in turn, ``rounds`` times; each round begins with another one."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    for turn in range(rounds):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            taken[name].append(seconds(calls[name], clock))
    return taken


def ratio(rival: list[float], ours: list[float]) -> str:
    """Return the median of the rounds' ratios, with the least and the greatest."""
    ratios = [theirs / mine for theirs, mine in zip(rival, ours, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def table(head: list[str], rows: Iterable[list[str]], columns: list[str] | None = None) -> str:
    """Return a Markdown table; the first column is text, the others are numbers unless ``columns`` says otherwise."""
    lines = [head, columns or ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def waits_table() -> str:
    """Compare what the contestants simulated, before anything is timed.

    Raises:
        SystemExit: our floor and SimPy with the same rule differ in any visit.
    """
    rows = []
    for staff, constant in (("constant", True), ("by the hour", False)):
        work = make_work(constant_heads=constant)
        ours = starts_and_ends(work, simulate(*compile_for_floor(work)))
        exact = simpy_tables(work, run_simpy_with_named_agents(work))
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(ours, exact, strict=True)):
            raise SystemExit("the floor and SimPy with named agents differ; nothing was timed")
        others = {
            "supportsim": ours,
            "SimPy, named agents": exact,
            "SimPy": simpy_tables(work, run_simpy(work)),
            "Ciw": ciw_tables(work, run_ciw(work)),
        }
        for name, (start_ms, end_ms) in others.items():
            waits = mean_waits_minutes(work, start_ms, end_ms)
            rows.append([f"{name}, staff {staff}", *[f"{wait:.3f}" for wait in waits], f"{visits(end_ms):,}"])
    return table(["mean wait, minutes", "L1", "L2", "L3", "visits done"], rows)


def visits(end_ms: np.ndarray) -> int:
    """Return how many visits ended."""
    return int(np.isfinite(end_ms).sum())


def contestants(work: Work) -> dict[str, Callable[[], Any]]:
    """Return the three contestants on the same arrays."""
    plan, workload = compile_for_floor(work)
    return {
        "supportsim": lambda: simulate(plan, workload),
        "SimPy": lambda: run_simpy(work),
        "Ciw": lambda: run_ciw(work),
    }


def rivals_table(rounds: int) -> str:
    """Time the reference work."""
    taken = alternate(contestants(make_work()), rounds)
    rows = [[name, f"{statistics.median(own):.2f} s", ratio(own, taken["supportsim"])] for name, own in taken.items()]
    return table(["50,000 tickets in 90 days", "median", "times ours (least-greatest)"], rows)


def surge_table(rounds: int) -> str:
    """Time what 20,000 more tickets in one hour add."""
    calm, surge = make_work(), make_work(surge=SURGE)
    calls = {}
    for name in ("supportsim", "SimPy"):
        calls[name] = contestants(calm)[name]
        calls[f"{name} with surge"] = contestants(surge)[name]
    taken = alternate(calls, min(3, rounds))
    # The surge adds little to ours; between medians a neighbour's noise could outweigh it.
    least = {name: min(own) for name, own in taken.items()}
    extra = {name: least[f"{name} with surge"] - least[name] for name in ("supportsim", "SimPy")}
    rows = [
        [
            name,
            f"{least[name]:.2f} s",
            f"{least[f'{name} with surge']:.2f} s",
            f"{own:.2f} s",
            f"{own / extra['supportsim']:.0f}",
        ]
        for name, own in extra.items()
    ]
    return table(["20,000 extra tickets in one hour, best", "without", "with", "extra", "times ours"], rows)


def size_table(rounds: int) -> str:
    """Time ever longer periods of the same density; a short one as often as fills the time of the longest."""
    sizes = (10_000, 50_000, 100_000, 300_000, 1_000_000)
    most = max(sizes)

    def repeated(tickets: int) -> Callable[[], None]:
        plan, workload = compile_for_floor(make_work(tickets))

        def run() -> None:
            for _ in range(round(most / tickets)):
                simulate(plan, workload)

        return run

    taken = alternate({f"{tickets:,}": repeated(tickets) for tickets in sizes}, rounds)
    per_ticket = {
        tickets: [own / (round(most / tickets) * tickets) for own in taken[f"{tickets:,}"]] for tickets in sizes
    }
    rows = [
        [f"{tickets:,}", f"{statistics.median(own) * 1e6:.1f}", ratio(own, per_ticket[sizes[0]])]
        for tickets, own in per_ticket.items()
    ]
    return table(["tickets", "µs per ticket, median", "times the shortest (least-greatest)"], rows)


def memory_table() -> str:
    """Measure the peak of what the floor and its ledger allocate beyond plan and workload."""
    rows = []
    for label, work in (("reference", make_work()), ("with surge", make_work(surge=SURGE))):
        plan, workload = compile_for_floor(work)
        gc.collect()
        tracemalloc.start()
        ledger = simulate(plan, workload)
        _, peak = tracemalloc.get_traced_memory()
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        rows.append([label, f"{len(work):,}", f"{len(ledger):,}", f"{peak / len(work):.0f}", f"{kept / len(work):.0f}"])
    return table(["memory", "tickets", "ledger rows", "peak, bytes per ticket", "kept, bytes per ticket"], rows)


def stages_table(rounds: int) -> str:
    """Time one replication of shipped scenarios, stage by stage."""
    from supportsim.measures.audit import audit
    from supportsim.measures.measure import measure
    from supportsim.plan.compile import compile_plan
    from supportsim.scenario.loader import load_scenario
    from supportsim.workload.draw import draw_workload

    rows = []
    for name, path in (
        ("reference.yaml", ROOT / "scripts/bench/reference.yaml"),
        ("blueprint.yaml", ROOT / "scenarios/blueprint.yaml"),
        ("growth.yaml", ROOT / "scenarios/growth.yaml"),
    ):
        scenario = load_scenario(path).scenario
        plan = compile_plan(scenario)
        workload = draw_workload(scenario, plan, seed=1, replication=0)
        ledger = simulate(plan, workload)
        calls: dict[str, Callable[[], Any]] = {
            "draw": lambda s=scenario, p=plan: draw_workload(s, p, seed=1, replication=0),
            "floor": lambda p=plan, w=workload: simulate(p, w),
            "audit": lambda p=plan, w=workload, ledger=ledger: audit(p, w, ledger),
            "measure": lambda s=scenario, p=plan, w=workload, ledger=ledger: measure(s, p, w, ledger),
        }
        taken = alternate(calls, rounds)
        median = {stage: statistics.median(own) for stage, own in taken.items()}
        share = (median["draw"] + median["measure"]) / median["floor"]
        tickets = len(workload.tickets)
        rows.append(
            [
                name,
                f"{tickets:,}",
                *[f"{1000 * median[stage]:.0f} ms" for stage in calls],
                f"{median['floor'] / tickets * 1e6:.1f}",
                f"{share:.2f}",
            ]
        )
    head = [
        "scenario",
        "tickets",
        "draw",
        "floor",
        "audit",
        "measure",
        "floor, µs per ticket",
        "(draw + measure) / floor",
    ]
    return table(head, rows)


def features_table(rounds: int) -> str:
    """Time growth, as shipped and with rules on, against SimPy on the same tickets; processor time."""
    reference = make_work()
    cases = make_cases()
    calls: dict[str, Callable[[], Any]] = {"reference": lambda: run_simpy(reference)}
    for name, case in cases.items():
        calls[name] = lambda case=case: simulate(case.plan, case.workload)
        calls[f"SimPy, {name}"] = lambda case=case: run_simpy_visits(case.visits)
    taken = alternate(calls, rounds, time.process_time)
    simple = statistics.median(taken["reference"]) / len(reference)
    rows = []
    for name, case in cases.items():
        ours, theirs = ([own / len(case) * 1e6 for own in taken[key]] for key in (name, f"SimPy, {name}"))
        visits = len(case.visits.tier) / len(case)
        mine = statistics.median(ours)
        figures = (f"{visits:.2f}", f"{mine:.1f}", f"{statistics.median(theirs):.1f}", ratio(ours, theirs))
        rows.append([name, *figures, f"{mine / simple / 1e6:.2f}"])
    return table(
        [
            "µs per ticket, median",
            "visits per ticket",
            "supportsim",
            "SimPy, same tickets, no features",
            "times SimPy's (least-greatest)",
            f"times SimPy's on the reference work ({simple * 1e6:.1f})",
        ],
        rows,
    )


def changes_table() -> str:
    """Count what the floor does for each ticket, by kind."""
    cases = make_cases()
    lines = change_rows(cases)
    head = ["per ticket", *cases, "needed because"]
    return table(head, lines, ["---", *["---:"] * len(cases), "---"])


def start_table(rounds: int) -> str:
    """Time the command's start against what it must not import."""
    commands = {
        "supportsim --help": [sys.executable, "-m", "supportsim", "--help"],
        "import matplotlib.pyplot, scipy.stats": [sys.executable, "-c", "import matplotlib.pyplot, scipy.stats"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    calls = {
        name: lambda words=words: subprocess.run(words, check=True, capture_output=True)
        for name, words in commands.items()
    }
    alternate(calls, 1)
    taken = alternate(calls, max(rounds, 9))
    imports = taken["import matplotlib.pyplot, scipy.stats"]
    rows = [[name, f"{1000 * statistics.median(own):.0f} ms", ratio(own, imports)] for name, own in taken.items()]
    return table(["start", "median", "relative to the imports (least-greatest)"], rows)


def parallel_table(rounds: int) -> str:
    """Time replications of growth on one core, on two, and on a Dask cluster on loopback."""
    head = ["growth, 20 replications", "wall, each", "processor, each", "times one core's rate (least-greatest)"]
    return table(head, speed_rows(min(3, rounds)))


def overhead_table(rounds: int) -> str:
    """Time replications that are next to nothing."""
    head = ["tiny, 1,000 replications", "wall, each", "processor, each", "beyond the replication itself"]
    return table(head, overhead_rows(min(3, rounds)))


def many_table() -> str:
    """Measure the memory of the real command by number of replications."""
    return table(["tiny, two workers: replications", "command alone", "with its workers"], memory_rows())


def machine() -> str:
    """Return what the numbers were measured on."""
    import ciw
    import simpy

    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, SimPy {simpy.__version__}"
    return f"{cpu}, {platform.system()}; {versions}, Ciw {ciw.__version__}."


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
