"""What small changes are worth, for people: which one helps each promise most, and the table of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.comparison import Difference, Finding
from supportsim.experiment.judgement import Verdict
from supportsim.experiment.marginal import MarginalValues
from supportsim.report.files import finite, slice_text
from supportsim.report.whole import write_whole
from supportsim.report.words import change, metric
from supportsim.scenario.metrics import METRICS, MetricKey

FILE, FORMAT = "marginal.json", "supportsim small changes 1"
MOST_COLUMNS = 4
_STYLES = {Finding.BETTER: "green", Finding.WORSE: "red", Finding.DIFFERENT: "yellow", Finding.NONE: "dim"}


def print_marginal(values: MarginalValues, console: Console) -> None:
    """Print a sentence for each promise in question, then the table."""
    keys = in_question(values)
    for line in sentences(values):
        console.print(Text(line))
    table = Table(
        title="One change at a time, on the same customers", title_justify="left", title_style="bold",
        caption="in brackets: no difference seen, all of the table at 95 % together", caption_justify="left",
        box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for name in ("team", "change"):
        table.add_column(name, overflow="fold", min_width=12)
    for name in ("cost total", *(metric(key) for key in keys[:MOST_COLUMNS])):
        table.add_column(name, justify="right", overflow="fold")
    team = ""
    for one, row in zip(values.changes, values.comparison.differences, strict=True):
        found = {difference.key: difference for difference in row}
        shown = [found[MetricKey("cost_total", None)], *(found[key] for key in keys[:MOST_COLUMNS])]
        table.add_row(one.team if one.team != team else "", one.what, *(_cell(difference) for difference in shown))
        team = one.team
    console.print()
    console.print(table)


def sentences(values: MarginalValues) -> list[str]:
    """Say of each promise in question which change helps it most, and which for the least money."""
    return [_sentence(values, key) for key in in_question(values)]


def store_marginal(values: MarginalValues, place: Path) -> Path:
    """Keep what was found beside the result, for its report, and return the file.

    Raises:
        OSError: it could not be written.
    """
    first = values.comparison.results[0]
    kept = {
        "format": FORMAT,
        "replications": len(first.replications),
        "seed": first.seed,
        "sentences": sentences(values),
        "in_question": [str(key) for key in in_question(values)],
        "changes": document(values),
    }
    file = place / FILE
    write_whole(file, json.dumps(kept, indent=1, ensure_ascii=False, allow_nan=False).encode())
    return file


def read_marginal(place: Path) -> dict[str, Any] | None:
    """Return what `store_marginal` kept beside a result, None if it kept nothing that this version understands."""
    try:
        found: dict[str, Any] = json.loads((place / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if found.get("format") == FORMAT else None


def document(values: MarginalValues) -> list[dict[str, Any]]:
    """Return one entry per change for machines."""
    return [
        {
            "team": one.team,
            "kind": one.kind,
            "change": one.what,
            "effects": [
                {
                    "name": str(difference.key),
                    "metric": difference.key.metric,
                    "stat": difference.key.stat or "",
                    "slice": slice_text(difference.key.slices),
                    "difference": finite(difference.difference),
                    "half_width": finite(difference.half_width),
                    "finding": difference.finding.value,
                }
                for difference in row
            ],
        }
        for one, row in zip(values.changes, values.comparison.differences, strict=True)
    ]


def in_question(values: MarginalValues) -> list[MetricKey]:
    """Return the targets that the scenario as it is does not surely meet; all of them where it meets all."""
    targets = values.comparison.results[0].targets
    open_ = [target.key for target in targets if target.verdict is not Verdict.MET]
    return list(dict.fromkeys(open_ or [target.key for target in targets]))


def _sentence(values: MarginalValues, key: MetricKey) -> str:
    rows = values.comparison.differences
    at = next(place for place, difference in enumerate(rows[0]) if difference.key == key)
    better = [number for number, row in enumerate(rows) if row[at].finding is Finding.BETTER]
    if not better:
        return f"{metric(key)}: no single change makes it detectably better in so many replications.{_hint(values, at)}"
    gain = {number: abs(rows[number][at].difference) for number in better}
    best = max(better, key=lambda number: (gain[number], -number))
    said = f"{metric(key)}: helped most by {_said(values, best, at)}"
    cheapest = min(better, key=lambda number: (max(_cost(values, number), 0) / gain[number], -gain[number]))
    return f"{said}." if cheapest == best else f"{said}; for the least money by {_said(values, cheapest, at)}."


def _hint(values: MarginalValues, at: int) -> str:
    """Name the change that seems best, where there is one."""
    seen = [row[at].difference for row in values.comparison.differences]
    better = METRICS[values.comparison.differences[0][at].key.metric].better
    gains = [gain if better == "high" else -gain for gain in seen]
    best = max(range(len(gains)), key=lambda number: (gains[number], -number))
    return f" The most is seen with {_said(values, best, at)}." if better and gains[best] > 0 else ""


def _said(values: MarginalValues, number: int, at: int) -> str:
    one, cost = values.changes[number], _cost(values, number)
    difference = values.comparison.differences[number][at]
    price = (
        f"for {change('money', cost, signed=False)} {'more' if cost > 0 else 'less'}" if cost else "for the same cost"
    )
    return f"{one.team}, {one.what}: {change(METRICS[difference.key.metric].unit, difference.difference)}, {price}"


def _cost(values: MarginalValues, number: int) -> float:
    row = values.comparison.differences[number]
    return next(difference.difference for difference in row if difference.key.metric == "cost_total")


def _cell(difference: Difference) -> Text:
    said = change(METRICS[difference.key.metric].unit, difference.difference)
    return Text(f"({said})" if difference.finding is Finding.NONE else said, style=_STYLES[difference.finding])
