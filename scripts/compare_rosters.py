"""Makes docs/rosters.md: growth on rosters of equal cost, on the same customers, and which of them is best.

python scripts/compare_rosters.py [REPLICATIONS]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.best_plan import Contest, Contestant, Outcome
from supportsim.experiment.comparison import Comparison, Finding, compare
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.experiment.selection import select_best
from supportsim.report import best_plan as report
from supportsim.report.markdown import table
from supportsim.report.words import change, metric, quantity
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.metrics import METRICS, parse_target_key

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "scenarios"
PAGE = ROOT / "docs" / "rosters.md"
REPLICATIONS = 30
FIRST = 10
"""Replications before a roster may be dropped."""

FIGURES = (
    "cost_total",
    "response_sla",
    "resolution_sla",
    "abandonment[channel=phone]",
    "wait_minutes",
    "wait_minutes.p90",
)
BEST_BY, ZONE = "abandonment[channel=phone]", 0.002
"""What decides, the promise of growth that is nearest to its bound, and the smallest difference worth detecting."""

INTRODUCTION = """\
# Rosters of equal cost

The same people at the same price, at other hours. Each roster changes when the front line of
[growth](../scenarios/growth.yaml) works and nothing else, for as many paid hours (overtime at a shift's end may differ
a little); all meet the very same customers, so what differs is the roster. Half-widths are those of paired differences
at 95 %, for all figures of the table together.
Made by `make rosters`.
"""


def main() -> None:
    """Run every roster and write the page."""
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else REPLICATIONS
    results = []
    for file in roster_files():
        print(f"{file.stem} ...", flush=True)
        results.append(run(load_scenario(file), replications))
    PAGE.write_text(page(results), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def roster_files() -> list[Path]:
    """Return the scenarios, growth as it is before all others."""
    return [SCENARIOS / "growth.yaml", *sorted((SCENARIOS / "rosters").glob("*.yaml"))]


def page(results: Sequence[RunResult]) -> str:
    """Return the page, from results in the order of the files."""
    found = compare(results, keys=[parse_target_key(key) for key in FIGURES])
    stories = [
        f"- **[{file.stem}](../{file.relative_to(ROOT).as_posix()})**: {result.scenario.scenario.summary}"
        for file, result in zip(roster_files(), results, strict=True)
    ]
    columns = ("figure", *found.names)
    basis = f"{len(results[0].replications)} replications of each roster, seed {results[0].seed}."
    lines = [
        *(INTRODUCTION, *stories, "", *table(columns, list(figure_rows(found))), "", basis),
        *("", "## The best of them", "", report.markdown(race(results)).rstrip("\n")),
    ]
    return "\n".join(lines) + "\n"


def figure_rows(found: Comparison) -> Iterator[tuple[str, ...]]:
    """Yield a row for each figure: what the first roster comes to, and by how much the others differ."""
    for of_figure in zip(*found.differences, strict=True):
        key = of_figure[0].key
        unit = METRICS[key.metric].unit
        cells = [
            "no difference to be seen"
            if one.finding is Finding.NONE
            else f"{change(unit, one.difference)} ± {change(unit, one.half_width, signed=False)}"
            for one in of_figure
        ]
        yield metric(key), quantity(unit, of_figure[0].first), *cells


def race(results: Sequence[RunResult]) -> Outcome:
    """Return which roster is best, from the replications that are there."""
    key = parse_target_key(BEST_BY)
    values = [result.metric(key.metric, key.stat, **dict(key.slices)) for result in results]
    most = len(values[0])
    contest = Contest(key, ZONE, min(FIRST, most), most)

    def observe(plan: int, start: int, end: int) -> NDArray[np.float64]:
        return -values[plan][start:end]

    selection = select_best(observe, len(values), contest.first, most, ZONE)
    plans = [
        Contestant(result.scenario.scenario.name, result.scenario, one)
        for result, one in zip(results, values, strict=True)
    ]
    return Outcome(contest, results[0].seed, tuple(plans), selection)


if __name__ == "__main__":
    main()
