"""What tickets' time goes to, and what lies behind broken promises, as a picture and a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from textwrap import shorten

import numpy as np
from matplotlib.figure import Figure

from supportsim.experiment.explanation import Breaches, Explanation
from supportsim.measures.causes import Cause
from supportsim.report.explanation import cause_words
from supportsim.report.page.ink import LIGHT, Picture, plain_axes
from supportsim.report.page.tables import Cell, Table
from supportsim.report.words import metric, minutes, number, share
from supportsim.scenario.units import MINUTE_MS

WORTH_A_COLUMN = 0.03
"""Of some promise's breaches; rarer causes are told together."""
ROOM_FOR_WORDS = 34
"""So many letters fit beside a bar."""


def cause_pictures(explanation: Explanation) -> Iterator[Picture]:
    """Yield where a ticket's time goes, to the first response and to the resolve."""
    words_of = cause_words(explanation.scenario.scenario)
    means = explanation.cause_ms / MINUTE_MS / np.maximum(explanation.tickets, 1)[:, None]
    for row, name, title in (
        (0, "time_to_response", "Time to first response, mean"),
        (1, "time_to_resolution", "Time to resolution, mean"),
    ):
        spent = {words_of[cause]: float(means[row, cause]) for cause in Cause if means[row, cause] > 0}
        total = sum(spent.values())
        if total > 0:
            told = ", ".join(f"{minutes(value)} {words}" for words, value in _largest(spent))
            alt = f"{minutes(total)} altogether: {told}."
            yield Picture(name, f"{title}: {minutes(total)}", alt, partial(_draw, spent, words_of[Cause.WORK]),
                          "Elapsed time; the parts add up exactly.")  # fmt: skip


def cause_table(explanation: Explanation) -> Table:
    """Return how much counts against each promise, by its main cause."""
    words_of = cause_words(explanation.scenario.scenario)
    shown = [
        cause
        for cause in Cause
        if any(one.ranked[cause] >= WORTH_A_COLUMN * one.ranked.sum() > 0 for one in explanation.breaches)
    ]
    rows = [_row(one, explanation.replications, shown) for one in explanation.breaches]
    columns = ("promise", "judged", "against it", *(words_of[cause] for cause in shown), "other")
    note = (
        "Judged and against it: tickets, contacts or visits per replication. Causes: what took most of the time of "
        "each that counts against it, on the promise's clock; of a backlog, of all open tickets' time."
    )
    return Table("causes", "What counts against promises, by main cause", columns, rows, note)


def _row(one: Breaches, repeats: int, shown: Sequence[Cause]) -> list[Cell]:
    total = one.ranked.sum()
    parts = [float(one.ranked[cause] / max(total, 1)) for cause in shown]
    rest = 1 - sum(parts) if total else 0.0
    return [
        Cell(metric(one.key)),
        Cell(number(round(one.judged / repeats)), one.judged / repeats),
        Cell(number(one.breached / repeats), one.breached / repeats, "strong"),
        *(Cell(share(part) if part > 1e-9 else "-", part, bar=part or None) for part in (*parts, rest)),
    ]


def _largest(spent: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(spent.items(), key=lambda pair: -pair[1])


def _draw(spent: dict[str, float], work: str, width: float) -> Figure:
    rows = _largest(spent)
    height = 0.27 * len(rows) + 0.08
    figure = Figure(figsize=(width, height))
    axes = plain_axes(figure.add_axes((0, 0, 1, 1)))
    axes.axis("off")
    most = rows[0][1]
    axes.set(xlim=(0, 1), ylim=(len(rows), 0))
    total = sum(spent.values())
    for place, (words, value) in enumerate(rows):
        colour = LIGHT["blue"] if words == work else LIGHT["orange"]
        axes.barh(place + 0.5, 0.3 * value / most, left=0.46, height=0.56, color=colour)
        axes.text(0.0, place + 0.5, shorten(words, ROOM_FOR_WORDS, placeholder=" ..."), va="center")
        said = f"{minutes(value)}  ({share(value / total)})"
        axes.text(0.47 + 0.3 * value / most, place + 0.5, said, va="center", color=LIGHT["quiet"], fontsize=8)
    return figure
