"""Makes docs/mistakes.md: what well-known mistakes of support organisations cost, each against the plan it extends.

Both plans meet the very same customers, so that what differs is the mistake. What was found is kept in
results/studies/mistakes.json, of which the page is written; ``--page`` writes it without simulating.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from studies import DOCS, SCENARIOS, Found, store, stored

from supportsim.experiment.comparison import Difference, Finding, compare
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.experiment.summary import summarise
from supportsim.report.markdown import table
from supportsim.report.words import change, metric, number, quantity
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.metrics import METRICS, Unit, parse_target_key

PAGE = DOCS / "mistakes.md"
REPLICATIONS = 30

POINTS: dict[str, tuple[str, ...]] = {
    "personal_queues": ("wait_minutes", "first_response_business_minutes", "response_sla"),
    "cherry_picking": (
        "wait_minutes",
        "wait_minutes[priority=P1]",
        "first_response_business_minutes.p90[priority=P1]",
        "wait_minutes.p99",
    ),
    "ping_pong": ("resolution_business_minutes", "handling_hours", "occupancy[team=frontline]"),
    "no_pause": ("resolution_sla[priority=P1]", "resolution_sla[priority=P2]", "resolution_minutes"),
    "one_sla_for_all": (
        "first_response_business_minutes.p90[priority=P1]",
        "wait_minutes[priority=P1]",
        "wait_minutes",
    ),
    "night_promise_without_night_staff": (
        "response_sla[priority=P1]",
        "resolution_sla[priority=P1]",
        "wait_minutes[priority=P1]",
    ),
    "hires_counted_as_full": ("wait_minutes", "response_sla", "abandonment[channel=phone]"),
    "everyone_utilized_at_95": (
        "occupancy[team=frontline]",
        "cost_total",
        "wait_minutes",
        "abandonment[channel=phone]",
    ),
}
"""The mistakes, and the figures that prove the point of each."""

BROKEN = {
    "late first responses": "response_sla",
    "late resolutions": "resolution_sla",
    "gave up waiting": "abandonment",
}
"""What lets a customer down, and the metric whose numerator counts it, or counts the others."""

INTRODUCTION = """\
# Well-known mistakes

What some well-known mistakes of support organisations cost, simulated. Each is a scenario that changes one thing of a
plan that keeps its promises; both meet the very same customers, so what differs is the mistake. Made by
`make mistakes`.
"""
RANKING_WORDS = """\
## Which costs most

How often a customer is let down in the quarter, beyond what happens without the mistake: answered late, resolved late,
or gone before anybody answered. The mistake's own promises count, as they are what customers were told. `cost` is what
the plan spends more.
"""
FIGURES_WORDS = """\
## What each does

The half-widths are those of paired differences at 95 %, for all the figures of a mistake together.
"""


def main() -> None:
    """Run every mistake and the plan that it extends, and write the page."""
    found = stored("mistakes") if sys.argv[1:] == ["--page"] else store("mistakes", study(simulated))
    PAGE.write_text(page(found), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(DOCS.parent)}")


@cache
def simulated(file: Path) -> RunResult:
    """Run a scenario once, however many mistakes extend it."""
    print(f"{file.stem} ...", flush=True)
    return run(load_scenario(file), REPLICATIONS)


def study(result_of: Callable[[Path], RunResult]) -> Found:
    """Return what every mistake costs, from results by scenario file."""
    growth = result_of(SCENARIOS / "growth.yaml")
    return {
        "seed": growth.seed,
        "replications": len(growth.replications),
        "mistakes": [_mistake(name, keys, result_of) for name, keys in POINTS.items()],
    }


def _mistake(name: str, keys: Sequence[str], result_of: Callable[[Path], RunResult]) -> Found:
    file = SCENARIOS / f"{name}.yaml"
    loaded = load_scenario(file)
    without, with_ = result_of(loaded.files[1]), result_of(file)
    broken = {said: _let_down(with_, key) - _let_down(without, key) for said, key in BROKEN.items()}
    cost = with_.metric("cost_total") - without.metric("cost_total")
    found = compare([without, with_], keys=[parse_target_key(key) for key in keys])
    return {
        "name": name,
        "digest": with_.scenario.digest,
        "without": {"name": without.scenario.scenario.name, "digest": without.scenario.digest},
        "let_down": {said: _mean(counts) for said, counts in broken.items()} | {"all": _mean(sum(broken.values()))},
        "cost": _mean(cost),
        "figures": [_figure(one) for one in found.differences[0]],
    }


def _let_down(result: RunResult, name: str) -> NDArray[np.float64]:
    """Return in each replication how many tickets a promise was broken for, or were given up."""
    place = result.place(name)
    counted, base = result.numerator[:, place], result.denominator[:, place]
    return counted if METRICS[name].better == "low" else base - counted


def _mean(values: NDArray[np.float64] | int) -> Found:
    column = np.asarray(values, dtype=np.float64)[:, None]
    nothing = np.full_like(column, np.nan)
    row = summarise(column, nothing, nothing, np.array([False])).row(0)
    return {"mean": row["estimate"], "half_width": row["half_width"]}


def _figure(one: Difference) -> Found:
    return {
        "metric": str(one.key),
        "without": one.first,
        "with": one.other,
        "difference": one.difference,
        "half_width": one.half_width,
        "seen": one.finding is not Finding.NONE,
    }


def page(found: Found) -> str:
    """Return the page, of what was found."""
    stories = [
        f"- **[{name}](../scenarios/{name}.yaml)**: {load_scenario(SCENARIOS / f'{name}.yaml').scenario.summary}"
        for name in POINTS
    ]
    ranking = ("mistake", *BROKEN, "all together", "cost")
    figures = ("mistake", "figure", "without it", "with it", "difference")
    lines = [
        *(INTRODUCTION, *stories, "", RANKING_WORDS, *table(ranking, list(_ranking_rows(found))), "", FIGURES_WORDS),
        *table(figures, [row for one in found["mistakes"] for row in _figure_rows(one)], left=(0, 1)),
        *("", f"{found['replications']} replications of each plan, seed {found['seed']}."),
    ]
    return "\n".join(lines) + "\n"


def _ranking_rows(found: Found) -> Iterator[tuple[str, ...]]:
    for one in sorted(found["mistakes"], key=lambda one: -one["let_down"]["all"]["mean"]):
        cells = [_said("number", one["let_down"][said]["mean"], one["let_down"][said]["half_width"])
                 for said in (*BROKEN, "all")]  # fmt: skip
        yield one["name"].replace("_", " "), *cells, _said("money", one["cost"]["mean"], one["cost"]["half_width"])


def _figure_rows(mistake: Found) -> Iterator[tuple[str, ...]]:
    for place, one in enumerate(mistake["figures"]):
        key = parse_target_key(one["metric"])
        unit = METRICS[key.metric].unit
        title = mistake["name"].replace("_", " ") if place == 0 else ""
        said = _said(unit, one["difference"], one["half_width"]) if one["seen"] else "none to be seen"
        yield title, metric(key), quantity(unit, one["without"]), quantity(unit, one["with"]), said


def _said(unit: Unit, difference: float, half_width: float) -> str:
    if unit in ("number", "money"):
        return f"{round(difference):+,} ± {number(math.ceil(half_width))}"
    return f"{change(unit, difference)} ± {change(unit, half_width, signed=False)}"


if __name__ == "__main__":
    main()
