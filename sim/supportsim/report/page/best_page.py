"""The page of the best of several plans: which it is and how sure that is, and how the race went."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from supportsim.experiment.best_plan import Outcome
from supportsim.experiment.judgement import Verdict
from supportsim.report.best_plan import CAPTION, cells, columns, order, state, summary_lines
from supportsim.report.page.comparison_page import provenance_section
from supportsim.report.page.ink import LIGHT, SERIES, Picture, plain_axes
from supportsim.report.page.page import Page, Pictures, Section, Text, Verdicts
from supportsim.report.page.tables import Cell, Table, sortable
from supportsim.report.words import brief_share, metric, quantity
from supportsim.scenario.metrics import METRICS


def best_page(outcome: Outcome, provenances: Sequence[dict[str, Any]]) -> Page:
    """Return the page of a contest.

    Args:
        outcome: of the contest.
        provenances: one for each plan, as in a ``run.json``.
    """
    names = [one.name for one in outcome.contestants]
    answer, *more = summary_lines(outcome)
    verdict = Verdict.UNDECIDED if outcome.selection.best is None else Verdict.MET
    what, sure = metric(outcome.contest.key), brief_share(outcome.contest.confidence)
    told = f"Seed {outcome.seed}, the same for every plan."
    return Page(
        title=f"the best by {what} - supportsim",
        heading=f"The best of {len(names)} plans by {what}",
        summary="Plans on the very same customers with the very same problems, each simulated as long as it may win.",
        basis=f"{sure} sure, at most {outcome.contest.most} replications of each plan; seed {outcome.seed}",
        verdicts=(Verdicts(verdict, answer),),
        tiles=(),
        sections=(
            Section("race", "How the race went", (Text(tuple(more)), Pictures((_race(outcome),)), _table(outcome))),
            provenance_section([one.scenario for one in outcome.contestants], names, provenances, told),
        ),
    )


def _table(outcome: Outcome) -> Table:
    kinds = {"best": "met", "open": "undecided"}
    rows = []
    for plan in order(outcome):
        name, mean, count, became = cells(outcome, plan)
        values = outcome.contestants[plan].values
        kind = kinds.get(state(outcome, plan), "")
        rows.append(
            [Cell(name), Cell(mean, sortable(float(values.mean()))), Cell(count, len(values)), Cell(became, kind=kind)]
        )
    return Table("plans", "", columns(outcome), rows, f"{CAPTION}.")


def _race(outcome: Outcome) -> Picture:
    told = "; ".join(": ".join(cells(outcome, plan)[:2]) for plan in order(outcome))
    what = metric(outcome.contest.key)
    note = "The mean of the replications so far; a line ends where its plan was simulated no longer."
    return Picture("race", f"{what}, as replications were added", f"{told}.", partial(_draw, outcome), note, wide=True)


def _draw(outcome: Outcome, width: float) -> Figure:
    figure = Figure(figsize=(width, 0.38 * width + 0.6))
    axes = plain_axes(figure.add_axes((0.11, 0.14, 0.87, 0.84)), grid="both")
    for place, one in enumerate(outcome.contestants):
        counts = np.arange(1, len(one.values) + 1)
        colour, dash = LIGHT[SERIES[place % len(SERIES)]], ("-", "--", ":")[place // len(SERIES) % 3]
        means = np.cumsum(one.values) / counts
        axes.plot(counts[1:], means[1:], color=colour, linestyle=dash, label=one.name)
        axes.plot(counts[-1:], means[-1:], "o", color=colour, markersize=4)
    unit = METRICS[outcome.contest.key.metric].unit
    axes.set_xlabel("replications")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: quantity(unit, value)))
    axes.legend(loc="best", fontsize=8)
    return figure
