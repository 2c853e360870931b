"""Makes results/reference/ from the shipped scenarios, and the picture of the README from growth.

Each file holds the verdict, the targets and the figures that are not cut finely, from 30 replications, and
the targets' values in the first replication, which a test makes again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from studies import target_values

from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.report.files import metric_rows, target_rows
from supportsim.report.intervals import HOUR_COLUMNS, WEEKDAYS, hour_rows
from supportsim.report.words import sentence
from supportsim.scenario.loader import load_scenario

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "results" / "reference"
PICTURE = ROOT / "docs" / "pictures" / "growth.png"
REPLICATIONS = 30
COLOURS = {"demand": "#9aa7b4", "people": "#1f5f8b", "busy": "#d1803f"}


def main(names: list[str]) -> None:
    """Run the shipped scenarios of these names, all if there are none, and write what came out."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for file in sorted((ROOT / "scenarios").glob("*.yaml")):
        if names and file.stem not in names:
            continue
        result = run(load_scenario(file), REPLICATIONS)
        text = json.dumps(summary(result), indent=1, ensure_ascii=False, allow_nan=False)
        (REFERENCE / f"{file.stem}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{file.stem}: {sentence(result.targets)}", flush=True)
        if file.stem == "growth":
            PICTURE.parent.mkdir(exist_ok=True)
            draw_week(result, PICTURE)


def summary(result: RunResult) -> dict[str, Any]:
    """Return what a reference file holds."""
    kept = ("metric", "stat", "slice", "unit", "estimate", "half_width")
    rows = [{name: row[name] for name in kept} for row in metric_rows(result)]
    coarse = [row for row in rows if row["slice"].split("=")[0] in ("", "priority", "tier", "team")]
    return {
        "scenario": result.scenario.scenario.name,
        "digest": result.scenario.digest,
        "seed": result.seed,
        "replications": len(result.replications),
        "verdict": {"overall": result.verdict.value, "sentence": sentence(result.targets)},
        "targets": target_rows(result),
        "first_replication": target_values(result),
        "metrics": [row for row in coarse if ", " not in row["slice"]],
    }


def draw_week(result: RunResult, file: Path) -> None:
    """Draw the week of the front line: what comes, who is there, and how long tickets wait."""
    rows = [dict(zip(HOUR_COLUMNS, row, strict=True)) for row in hour_rows(result)]
    all_teams = [row for row in rows if row["team"] == ""]
    front = [row for row in rows if row["team"] == "frontline"]
    hours = np.arange(24 * 7)
    mpl.rcParams.update({"font.family": "DejaVu Sans", "font.size": 10, "svg.hashsalt": "supportsim"})
    figure = Figure(figsize=(11, 5.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    tickets = values(all_teams, "tickets")
    above.bar(hours, tickets, 1, align="edge", color=COLOURS["demand"], label="new tickets an hour")
    for name, colour, label in (
        ("available_agents", "people", "L1 agents on the floor"),
        ("handling_agents", "busy", "of them with a ticket in hand"),
    ):
        above.stairs(values(front, name), np.arange(24 * 7 + 1), color=COLOURS[colour], linewidth=1.8, label=label)
    above.legend(ncols=3, loc="upper right", frameon=False)
    above.set_ylim(0, 1.25 * max(tickets))
    below.stairs(values(all_teams, "wait_minutes") / 60, np.arange(24 * 7 + 1), color=COLOURS["people"], fill=True)
    below.set_ylabel("mean wait, hours,\nby when the ticket came")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlim(0, 24 * 7)
        axes.set_xticks(np.arange(0, 24 * 7, 24), labels=[day.capitalize() for day in WEEKDAYS], ha="left")
        axes.grid(axis="x", color="#dddddd", linewidth=0.8)
    figure.suptitle(
        f"A week of {result.scenario.scenario.name}: {REPLICATIONS} replications of "
        f"{result.scenario.scenario.period.length // (7 * 86_400_000)} weeks",
        ha="left",
        x=0.01,
    )
    figure.savefig(file, dpi=110, metadata={"Software": None})


def values(rows: list[dict[str, Any]], name: str) -> Any:
    """Return a column (168,), 0 where there was nothing."""
    return np.array([row[name] or 0.0 for row in rows])


if __name__ == "__main__":
    main(sys.argv[1:])
