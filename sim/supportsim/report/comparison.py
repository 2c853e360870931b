"""A comparison of plans: a plain sentence for each, then the table; for the terminal, Markdown and machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.comparison import Comparison, Difference, Finding
from supportsim.report.files import finite, slice_text
from supportsim.report.words import NOTHING, change, metric, quantity, sentence
from supportsim.scenario.metrics import METRICS

_STYLES = {Finding.BETTER: "green", Finding.WORSE: "bold red", Finding.DIFFERENT: "yellow", Finding.NONE: "dim"}
_COLUMNS = ("metric", "first", "this plan", "difference", "finding")
_CAPTION = "difference: with its half-width; all findings of the table together are 95 % sure"


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the verdict of each plan, a sentence and a table for each but the first."""
    for line in summary_lines(comparison):
        console.print(Text(line))
    for name, differences in _others(comparison):
        console.print()
        table = Table(
            title=f"{name} against {_name(comparison, 0)}", title_justify="left", title_style="bold",
            caption=_CAPTION, caption_justify="left", box=box.SIMPLE_HEAD, pad_edge=False,
        )  # fmt: skip
        for column in _COLUMNS:
            table.add_column(column, justify="left" if column in ("metric", "finding") else "right", overflow="fold")
        for one in differences:
            *cells, finding = _cells(one)
            table.add_row(*cells, Text(finding, style=_STYLES[one.finding]))
        console.print(table)


def markdown(comparison: Comparison) -> str:
    """Return the same as Markdown."""
    lines = [f"- {line}" for line in summary_lines(comparison)]
    for name, differences in _others(comparison):
        lines += ["", f"**{_escaped(name)} against {_escaped(_name(comparison, 0))}**", ""]
        lines += ["| " + " | ".join(_COLUMNS) + " |", "| --- | ---: | ---: | ---: | --- |"]
        lines += ["| " + " | ".join(_escaped(cell) for cell in _cells(one)) + " |" for one in differences]
        lines += ["", f"{_CAPTION}."]
    return "\n".join(lines) + "\n"


def document(comparison: Comparison) -> dict[str, Any]:
    """Return the same for machines; missing numbers are null."""
    first = comparison.results[0]
    return {
        "seed": first.seed,
        "replications": len(first.replications),
        "plans": [
            {
                "name": result.scenario.scenario.name,
                "digest": result.scenario.digest,
                "verdict": result.verdict.value,
                "sentence": sentence(result.targets),
            }
            for result in comparison.results
        ],
        "differences": [
            {
                "plan": result.scenario.scenario.name,
                "metric": one.key.metric,
                "stat": one.key.stat or "",
                "slice": slice_text(one.key.slices),
                "unit": METRICS[one.key.metric].unit,
                "finding": one.finding.value,
            }
            | {
                name: finite(getattr(one, name))
                for name in ("first", "other", "difference", "half_width", "confidence", "p_value", "gain")
            }
            for result, row in zip(comparison.results[1:], comparison.differences, strict=True)
            for one in row
        ],
    }


def summary_lines(comparison: Comparison) -> list[str]:
    """Return the verdict of the first plan, and what the others change, in plain words."""
    lines = [f"{_name(comparison, 0)}: {sentence(comparison.results[0].targets)}"]
    for place, (name, differences) in enumerate(_others(comparison)):
        verdict = sentence(comparison.results[place + 1].targets)
        lines.append(f"{name}: {verdict} {_what_differs(differences, _name(comparison, 0))}")
    gains = [one.gain for row in comparison.differences for one in row if one.gain == one.gain]
    if gains:
        middle = sorted(gains)[len(gains) // 2]
        lines.append(
            f"Same customers in every plan: that divided the variance of a difference by {middle:.1f} (the median)."
        )
    return lines


def _what_differs(differences: tuple[Difference, ...], first: str) -> str:
    parts = []
    for finding in (Finding.BETTER, Finding.WORSE, Finding.DIFFERENT):
        named = [f"{metric(one.key)} ({_change(one)})" for one in differences if one.finding is finding]
        if named:
            parts.append(f"{finding.value}: {', '.join(named)}")
    if not parts:
        return f"No detectable difference to {first}."
    return f"Against {first} {'; '.join(parts)}."


def _cells(one: Difference) -> tuple[str, str, str, str, str]:
    unit = METRICS[one.key.metric].unit
    half_width = change(unit, one.half_width, signed=False)
    difference = _change(one)
    if half_width != NOTHING:
        difference = f"{difference.removesuffix(' points')} ± {half_width}"
    found = "none detectable" if one.finding is Finding.NONE else one.finding.value
    return metric(one.key), quantity(unit, one.first), quantity(unit, one.other), difference, found


def _change(one: Difference) -> str:
    return change(METRICS[one.key.metric].unit, one.difference)


def _others(comparison: Comparison) -> Iterator[tuple[str, tuple[Difference, ...]]]:
    for place, row in enumerate(comparison.differences, start=1):
        yield _name(comparison, place), row


def _name(comparison: Comparison, place: int) -> str:
    """Name a plan; two scenarios of one name are told apart by their number."""
    names = [result.scenario.scenario.name for result in comparison.results]
    return names[place] if names.count(names[place]) == 1 else f"{names[place]} ({place + 1})"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
