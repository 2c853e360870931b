"""A result as Markdown, for a pull request or a step summary."""

from __future__ import annotations

from collections.abc import Sequence

from supportsim.experiment.result import RunResult
from supportsim.report.sampling import stopping_lines
from supportsim.report.words import brief_share, judged, metric, sentence, share


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> list[str]:
    """Return the lines of a table.

    Args:
        columns: their names.
        rows: cells.
        left: places of the columns that are not figures.
    """
    rule = ["---" if place in left else "---:" for place in range(len(columns))]
    return [f"| {' | '.join(escaped(cell) for cell in row)} |" for row in (columns, rule, *rows)]


def escaped(text: str) -> str:
    """Return text that means itself in Markdown, in a table too."""
    for character in "\\|*_`<[":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def result_markdown(result: RunResult) -> str:
    """Return the verdict and what each promise rests on."""
    finished = len(result.replications)
    lines = [f"**{escaped(result.scenario.scenario.name)}**: {escaped(sentence(result.targets))}", ""]
    if result.targets:
        rows = [
            (metric(target.key), *judged(target), target.verdict.value, share(target.judgement.kept_share))
            for target in result.targets
        ]
        lines += table(("promise", "wanted", "found", "limits", "verdict", "kept in"), rows, left=(0, 4))
        sure = brief_share(result.confidence)
        lines += ["", f"Limits: {sure} sure for all promises together. Kept in: replications that kept it.", ""]
    lines.append(f"{finished} replication{'s' if finished != 1 else ''}, seed {result.seed}.")
    if result.stopping:
        lines += ["", *(f"- {escaped(line)}" for line in stopping_lines(result.stopping))]
    return "\n".join(lines) + "\n"
