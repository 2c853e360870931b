"""The runs of a store in the terminal and for machines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.store import KnownRun
from supportsim.report.files import finite
from supportsim.report.words import NOTHING, change, metric, quantity
from supportsim.scenario.metrics import METRICS, parse_target_key

LONGEST_PLACE = 20
"""Of a longer path only the end is listed; `print_run` tells the whole."""

Figures = Sequence[tuple[str, str, float, float]]
"""(metric, unit, estimate, half-width)."""

_STYLES = {"met": "green", "missed": "bold red", "undecided": "yellow"}


def print_runs(runs: Sequence[KnownRun], console: Console) -> None:
    """Print one line per run."""
    if not runs:
        console.print(Text("No run is kept here."))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("run", "scenario", "what"):
        table.add_column(name, justify="right" if name == "run" else "left", overflow="fold")
    for name in ("seed", "of each", "verdict", "stored"):
        table.add_column(name, justify="right" if name in ("seed", "of each") else "left", no_wrap=True)
    for run in runs:
        verdict = Text(run.verdict, style=_STYLES.get(run.verdict, ""))
        stored = run.stored[:10] + ("" if run.current else " *")
        table.add_row(
            str(run.number), run.name, _what(run), str(run.key.seed), str(run.key.replications), verdict, stored
        )
    console.print(table)
    if not all(run.current for run in runs):
        console.print(
            Text("* by another version of supportsim or its libraries; 'supportsim results prune' removes it")
        )


def print_run(run: KnownRun, figures: Figures, console: Console) -> None:
    """Print where a run comes from, its targets, and what was measured of everything together."""
    for name, said in _facts(run):
        console.print(Text(f"{name:14}{said}", overflow="fold"))
    kept = {target["target"]: target["verdict"] for target in run.targets}
    shown = [row for row in figures if row[0] in kept or "[" not in row[0]]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("metric", "estimate", "half-width", "verdict"):
        table.add_column(name, justify="right" if name in ("estimate", "half-width") else "left", overflow="fold")
    for name, _, estimate, half_width in shown:
        key = parse_target_key(name)
        unit, verdict = METRICS[key.metric].unit, kept.get(name, "")
        half = change(unit, half_width, signed=False)
        table.add_row(
            metric(key), quantity(unit, estimate), NOTHING if half == NOTHING else f"± {half}",
            Text(verdict, style=_STYLES.get(verdict, "")),
        )  # fmt: skip
    console.print(table)
    if len(shown) < len(figures):
        console.print(Text(f"and {len(figures) - len(shown)} by slice: --json prints all"))


def document(run: KnownRun, figures: Figures = ()) -> dict[str, Any]:
    """Return a run for machines."""
    told = {
        "run": run.number,
        "scenario": run.name,
        "place": None if run.place is None else str(run.place),
        "digest": run.key.digest,
        "seed": run.key.seed,
        "replications": run.key.replications,
        "engine": run.engine,
        "current": run.current,
        "verdict": run.verdict,
        "stored": run.stored,
        "bytes": run.bytes,
        "targets": run.targets,
        "provenance": run.provenance,
    }
    rows = [
        {"metric": name, "unit": unit, "estimate": finite(estimate), "half_width": finite(half_width)}
        for name, unit, estimate, half_width in figures
    ]
    return told | ({"metrics": rows} if rows else {})


def _what(run: KnownRun) -> str:
    if run.place is not None:
        # The end of a path says most, and a path broken over lines cannot be copied.
        place = str(run.place) if len(str(run.place)) <= LONGEST_PLACE else os.path.join("\u2026", run.place.name)
        return place if run.place.exists() else f"{place} (gone)"
    return ", ".join(run.provenance["overrides"]) or "as it is"


def _facts(run: KnownRun) -> list[tuple[str, str]]:
    git = run.provenance.get("git")
    versions = run.provenance["versions"]
    return [
        ("run", f"{run.number}, {run.name}, {run.verdict}"),
        ("from", run.provenance["file"]),
        ("changed", ", ".join(run.provenance["overrides"]) or "nothing"),
        ("replications", f"{run.key.replications}, seed {run.key.seed}"),
        ("digest", run.key.digest),
        ("engine", run.engine + ("" if run.current else ", not the one of today")),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
        *([("git", git["commit"] + (", file changed since" if git["scenario_changed"] else ""))] if git else []),
        ("kept in", "the store, as a point of a sweep" if run.place is None else str(run.place)),
        ("stored", f"{run.stored} UTC, {run.bytes:,} bytes"),
    ]
