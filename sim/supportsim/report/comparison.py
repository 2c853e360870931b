"""A comparison of plans: a plain sentence for each, then the table; for the terminal, Markdown and machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.comparison import Comparison, Difference, Finding
from supportsim.experiment.judgement import Verdict
from supportsim.experiment.result import RunResult
from supportsim.report.files import finite, slice_text
from supportsim.report.markdown import escaped
from supportsim.report.markdown import table as markdown_table
from supportsim.report.playbooks import burned
from supportsim.report.terminal import Figures
from supportsim.report.words import NOTHING, change, metric, number, quantity, sentence, share
from supportsim.scenario.metrics import METRICS

_STYLES = {Finding.BETTER: "green", Finding.WORSE: "bold red", Finding.DIFFERENT: "yellow", Finding.NONE: "dim"}
_COLUMNS = ("metric", "first", "this plan", "difference", "finding")
_SIDE_METRICS = ("response_sla", "resolution_sla", "cost_total", "cost_per_ticket")
_SIDE_COLUMNS = ("plan", "promises kept", "response SLA", "resolution SLA", "cost", "per ticket")
_SIDE_CAPTION = "promises kept: those that are surely met"
_PLAYBOOK_COLUMNS = ("plan", "playbook", "fired", "burned", "in", "overtime")
_PLAYBOOK_CAPTION = "means; in: replications in which it fired at all; overtime: of its team, back-ups included"
_CAPTION = "difference: with its half-width; all findings of the table together are 95 % sure"


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the verdict of each plan, a sentence for each pair, the plans side by side, and what differs."""
    for line in summary_lines(comparison):
        console.print(Text(line))
    console.print()
    beside = _table("Side by side", _SIDE_CAPTION, _SIDE_COLUMNS, left=("plan",))
    for row in _side_by_side(comparison):
        beside.add_row(*row)
    console.print(beside)
    playbooks = list(_playbooks(comparison))
    if playbooks:
        console.print()
        table = _table("Playbooks", _PLAYBOOK_CAPTION, _PLAYBOOK_COLUMNS, left=("plan", "playbook"))
        for row in playbooks:
            table.add_row(*row)
        console.print(table)
    for title, differences in _against_first(comparison):
        console.print()
        table = _table(title, _CAPTION, _COLUMNS, left=("metric", "finding"))
        for one in differences:
            *cells, finding = difference_cells(one)
            table.add_row(*cells, Text(finding, style=_STYLES[one.finding]))
        console.print(table)


def _table(title: str, caption: str, columns: Sequence[str], left: Sequence[str]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold",
        caption=caption, caption_justify="left", box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for column in columns:
        table.add_column(column, justify="left" if column in left else "right", overflow="fold")
    return table


def markdown(comparison: Comparison) -> str:
    """Return the same as Markdown."""
    lines = [f"- {escaped(line)}" for line in summary_lines(comparison)]
    lines += ["", *markdown_table(_SIDE_COLUMNS, _side_by_side(comparison)), "", f"{_SIDE_CAPTION}."]
    playbooks = list(_playbooks(comparison))
    if playbooks:
        lines += ["", "**Playbooks**", "", *markdown_table(_PLAYBOOK_COLUMNS, playbooks, left=(0, 1)), ""]
        lines += [f"{_PLAYBOOK_CAPTION}."]
    for title, differences in _against_first(comparison):
        lines += ["", f"**{escaped(title)}**", ""]
        lines += markdown_table(_COLUMNS, [difference_cells(one) for one in differences], left=(0, 4))
        lines += ["", f"{_CAPTION}."]
    return "\n".join(lines) + "\n"


def document(comparison: Comparison) -> dict[str, Any]:
    """Return the same for machines; missing numbers are null."""
    first = comparison.results[0]
    return {
        "seed": first.seed,
        "replications": len(first.replications),
        "plans": [_plan(result, name) for result, name in zip(comparison.results, comparison.names, strict=True)],
        "differences": [
            {
                "plan": comparison.names[pair.other],
                "against": comparison.names[pair.first],
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
            for pair in comparison.pairs
            for one in pair.differences
        ],
        "sentences": summary_lines(comparison),
    }


def _plan(result: RunResult, name: str) -> dict[str, Any]:
    figures = Figures(result)
    return {
        "name": name,
        "scenario": result.scenario.scenario.name,
        "digest": result.scenario.digest,
        "verdict": result.verdict.value,
        "sentence": sentence(result.targets),
    } | {one: finite(figures.value(one)) for one in _SIDE_METRICS}


def summary_lines(comparison: Comparison) -> list[str]:
    """Return the verdict of each plan, what each pair differs in, and what common customers gained, in plain words."""
    names, results = comparison.names, comparison.results
    lines = [f"{names[0]}: {sentence(results[0].targets)}"]
    for pair in comparison.pairs:
        differs = what_differs(pair.differences, names[pair.first])
        verdict = f" {sentence(results[pair.other].targets)}" if pair.first == 0 else ""
        lines.append(f"{names[pair.other]}:{verdict} {differs}")
    return lines + gain_lines(comparison)


def gain_lines(comparison: Comparison) -> list[str]:
    """Say what common customers gained, if anything varies."""
    gains = sorted(one.gain for pair in comparison.pairs for one in pair.differences if one.gain == one.gain)
    if not gains:
        return []
    return [
        "Same customers in every plan: that divided the variance of a difference by "
        f"{gains[len(gains) // 2]:.1f} (the median; from {gains[0]:.1f} to {gains[-1]:.1f})."
    ]


def _side_by_side(comparison: Comparison) -> list[tuple[str, ...]]:
    rows = []
    for name, result in zip(comparison.names, comparison.results, strict=True):
        kept = sum(target.verdict is Verdict.MET for target in result.targets)
        figures = Figures(result)
        rows.append((name, f"{kept} of {len(result.targets)}", *(figures.say(one) for one in _SIDE_METRICS)))
    return rows


def _playbooks(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    """Yield how often and how long each plan's playbooks burned, and the overtime of their teams."""
    for name, result in zip(comparison.names, comparison.results, strict=True):
        figures = Figures(result)
        for one in burned(result):
            fired, burns, ever = (float(value.mean()) for value in (one.fired, one.hours, one.fired > 0))
            overtime = figures.say("overtime_hours", team=one.stated.when.team)
            yield name, one.name, number(fired), quantity("hours", burns), share(ever), overtime


def what_differs(differences: tuple[Difference, ...], first: str) -> str:
    """Say what of a plan is better, worse or different than of the first."""
    parts = []
    for finding in (Finding.BETTER, Finding.WORSE, Finding.DIFFERENT):
        named = [f"{metric(one.key)} ({_change(one)})" for one in differences if one.finding is finding]
        if named:
            parts.append(f"{finding.value}: {', '.join(named)}")
    if not parts:
        return f"No detectable difference to {first}."
    return f"Against {first} {'; '.join(parts)}."


def difference_cells(one: Difference) -> tuple[str, str, str, str, str]:
    """Say metric, first plan, this plan, difference and finding."""
    unit = METRICS[one.key.metric].unit
    half_width = change(unit, one.half_width, signed=False)
    difference = _change(one)
    if half_width != NOTHING:
        difference = f"{difference.removesuffix(' points')} ± {half_width}"
    found = "none detectable" if one.finding is Finding.NONE else one.finding.value
    return metric(one.key), quantity(unit, one.first), quantity(unit, one.other), difference, found


def _change(one: Difference) -> str:
    return change(METRICS[one.key.metric].unit, one.difference)


def _against_first(comparison: Comparison) -> Iterator[tuple[str, tuple[Difference, ...]]]:
    for name, row in zip(comparison.names[1:], comparison.differences, strict=True):
        yield f"{name} against {comparison.names[0]}", row
