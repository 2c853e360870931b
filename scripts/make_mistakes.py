"""Makes docs/mistakes.md: what well-known mistakes of support organisations cost, each against the plan it extends.

Both plans meet the very same customers, so that what differs is the mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from supportsim.experiment.comparison import Difference, Finding, compare
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.report.markdown import table
from supportsim.report.words import change, metric, quantity
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.metrics import METRICS, parse_target_key

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "scenarios"
PAGE = ROOT / "docs" / "mistakes.md"
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

INTRODUCTION = """\
# Well-known mistakes

What some well-known mistakes of support organisations cost, simulated. Each is a scenario that changes one thing of a
plan that keeps its promises; both meet the very same customers, so what differs is the mistake. The half-widths are
those of paired differences at 95 %, for all the figures of a mistake together. Made by `make mistakes`.
"""


def main() -> None:
    """Run every mistake and the plan that it extends, and write the page."""
    PAGE.write_text(page(simulated), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


@cache
def simulated(file: Path) -> RunResult:
    """Run a scenario once, however many mistakes extend it."""
    print(f"{file.stem} ...", flush=True)
    return run(load_scenario(file), REPLICATIONS)


def page(result_of: Callable[[Path], RunResult]) -> str:
    """Return the page, from results by scenario file."""
    rows = [row for name, keys in POINTS.items() for row in mistake_rows(name, keys, result_of)]
    columns = ("mistake", "figure", "without it", "with it", "difference")
    stories = [
        f"- **[{name}](../scenarios/{name}.yaml)**: {load_scenario(SCENARIOS / f'{name}.yaml').scenario.summary}"
        for name in POINTS
    ]
    lines = [INTRODUCTION, *stories, "", *table(columns, rows, left=(0, 1)), "", _basis(result_of)]
    return "\n".join(lines) + "\n"


def mistake_rows(
    name: str, keys: tuple[str, ...], result_of: Callable[[Path], RunResult]
) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield a row of the table for each figure of a mistake."""
    file = SCENARIOS / f"{name}.yaml"
    base = load_scenario(file).files[1]
    found = compare([result_of(base), result_of(file)], keys=[parse_target_key(key) for key in keys])
    for place, one in enumerate(found.differences[0]):
        unit = METRICS[one.key.metric].unit
        title = name.replace("_", " ") if place == 0 else ""
        yield title, metric(one.key), quantity(unit, one.first), quantity(unit, one.other), _said(one)


def _said(one: Difference) -> str:
    if one.finding is Finding.NONE:
        return "none to be seen"
    unit = METRICS[one.key.metric].unit
    half_width = change(unit, one.half_width, signed=False)
    return f"{change(unit, one.difference)} ± {half_width}"


def _basis(result_of: Callable[[Path], RunResult]) -> str:
    result = result_of(SCENARIOS / "growth.yaml")
    return f"{len(result.replications)} replications of each plan, seed {result.seed}."


if __name__ == "__main__":
    main()
