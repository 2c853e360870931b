"""Several plans in one figure: differences with their intervals, service against cost, waits one over another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from supportsim.experiment.comparison import Comparison, Difference, Finding
from supportsim.experiment.result import RunResult
from supportsim.measures.curves import EDGES_MINUTES, shares_beyond
from supportsim.report.page.distributions import TICKS, curve_rows, reach, within
from supportsim.report.page.ink import LIGHT, SERIES, WIDE, Picture, plain_axes
from supportsim.report.terminal import Figures
from supportsim.report.words import change, metric, minutes, number, share
from supportsim.scenario.metrics import METRICS

_TONES = {Finding.BETTER: "green", Finding.WORSE: "red", Finding.DIFFERENT: "orange", Finding.NONE: "quiet"}

LONGEST_NAME = 22
"""Longer names of plans are cut at the side of a panel."""


def difference_pictures(comparison: Comparison) -> Iterator[Picture]:
    """Yield every difference with its interval, one panel for each metric."""
    rows = list(zip(comparison.names[1:], comparison.differences, strict=True))
    alt = "; ".join(
        f"{name} {metric(one.key)} {change(METRICS[one.key.metric].unit, one.difference)} ({one.finding.value})"
        for name, differences in rows
        for one in differences
    )
    title = f"Differences to {comparison.names[0]}, with their intervals"
    note = "Zero: no difference. Intervals are wide enough for all of them together to be 95 % sure."
    if rows and rows[0][1]:
        yield Picture("differences", title, f"{alt}.", partial(_draw_differences, rows), note, wide=True)


def _draw_differences(rows: list[tuple[str, tuple[Difference, ...]]], width: float) -> Figure:
    metrics = len(rows[0][1])
    columns = 3 if width >= WIDE else 1
    lines = -(-metrics // columns)
    each = 0.62 + 0.21 * len(rows)
    figure = Figure(figsize=(width, lines * each))
    panels = figure.subplots(lines, columns, squeeze=False).ravel().tolist()
    label = 0.07 * max(len(_short(name)) for name, _ in rows) + 0.1
    each_width = (width - 0.1 - columns * label) / columns
    figure.subplots_adjust(
        left=label / width,
        right=1 - 0.1 / width,
        top=1 - 0.24 / (lines * each),
        bottom=0.2 / (lines * each),
        hspace=0.62 / (0.21 * len(rows)),
        wspace=label / each_width,
    )
    for place, axes in enumerate(panels):
        if place >= metrics:
            axes.axis("off")
        else:
            _draw_panel(axes, [(name, differences[place]) for name, differences in rows])
    return figure


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}\u2026"


def _draw_panel(axes: Axes, rows: list[tuple[str, Difference]]) -> None:
    plain_axes(axes, grid="x")
    unit = METRICS[rows[0][1].key.metric].unit
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), labels=[_short(name) for name, _ in rows])
    axes.axvline(0, color=LIGHT["ink"], linewidth=0.8)
    reach_ = 0.0
    for place, (_, one) in enumerate(rows):
        if math.isfinite(one.difference):
            half = one.half_width if math.isfinite(one.half_width) else 0.0
            colour = LIGHT[_TONES[one.finding]]
            axes.plot([one.difference - half, one.difference + half], [place, place], color=colour, linewidth=2)
            axes.plot([one.difference], [place], "o", color=colour, markersize=4.5)
            reach_ = max(reach_, abs(one.difference) + half)
    reach_ = reach_ or 1.0
    axes.set_xlim(-1.1 * reach_, 1.1 * reach_)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: change(unit, value).removesuffix(" points")))
    suffix = " (points)" if unit == "share" else ""
    axes.set_title(metric(rows[0][1].key) + suffix, loc="left", fontsize=8.5, fontweight="bold", pad=4, x=0)
    axes.spines["left"].set_visible(False)


def cost_pictures(results: Sequence[RunResult], names: Sequence[str]) -> Iterator[Picture]:
    """Yield service against cost, where there is any cost."""
    costs = [Figures(result).value("cost_total") for result in results]
    if not any(cost > 0 for cost in costs):
        return
    for name, title in (
        ("response_sla", "Responses in time against cost"),
        ("resolution_sla", "Resolutions in time against cost"),
    ):
        served = [Figures(result).value(name) for result in results]
        if all(math.isfinite(value) for value in served):
            alt = "; ".join(
                f"{plan}: {share(value)} at {number(round(cost))}"
                for plan, value, cost in zip(names, served, costs, strict=True)
            )
            yield Picture(f"cost_{name}", title, f"{alt}.", partial(_draw_cost, results, names, name),
                          "Cost of the period; 95 % intervals. Up and to the left is better.")  # fmt: skip


def _draw_cost(results: Sequence[RunResult], names: Sequence[str], service: str, width: float) -> Figure:
    figure = Figure(figsize=(width, 0.6 * width))
    axes = plain_axes(figure.add_axes((0.12, 0.12, 0.84, 0.84)), grid="y")
    for place, (result, name) in enumerate(zip(results, names, strict=True)):
        (x, dx), (y, dy) = _with_width(result, "cost_total"), _with_width(result, service)
        colour = LIGHT[SERIES[place % len(SERIES)]]
        axes.errorbar([x], [y], xerr=[dx], yerr=[dy], fmt="o", color=colour, markersize=6, elinewidth=1.4)
        axes.annotate(name, (x, y), (7, 6), textcoords="offset points", fontweight="bold", fontsize=8)
    axes.margins(x=0.3, y=0.25)
    axes.set_ylim(top=min(axes.get_ylim()[1], 1.0))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(round(value))))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))
    return figure


def _with_width(result: RunResult, name: str) -> tuple[float, float]:
    place = result.place(name)
    half = float(result.summary.half_width[place])
    return float(result.summary.estimate[place]), half if math.isfinite(half) else 0.0


def overlay_pictures(results: Sequence[RunResult], names: Sequence[str]) -> Iterator[Picture]:
    """Yield the share still waiting against time, all plans in one."""
    for wanted, name, title in (
        ("wait_minutes", "waits", "Wait until somebody starts"),
        ("response_sla", "responses", "First response on the SLA clock"),
        ("resolution_sla", "resolutions", "Resolution on the SLA clock"),
    ):
        sums = [
            np.sum([counts for metric_, _, counts in curve_rows(result) if metric_ == wanted], axis=0)
            for result in results
        ]
        if all(np.any(one) for one in sums):
            yield Picture(name, title, _in_words(sums, names), partial(_draw_overlay, sums, names),
                          "Share of all tickets still waiting after a time.")  # fmt: skip


def _sum(result: RunResult, wanted: str) -> NDArray[np.int64]:
    total: NDArray[np.int64] = np.sum(
        [counts for metric_, _, counts in curve_rows(result) if metric_ == wanted], axis=0
    )
    return total


def _in_words(sums: list[NDArray[np.int64]], names: Sequence[str]) -> str:
    parts = []
    for one, name in zip(sums, names, strict=True):
        parts.append(f"{name}: nine of ten within {minutes(within(one, 0.1))}")
    return "; ".join(parts) + "."


def _draw_overlay(sums: list[NDArray[np.int64]], names: Sequence[str], width: float) -> Figure:
    figure = Figure(figsize=(width, 0.55 * width))
    axes = plain_axes(figure.add_axes((0.1, 0.11, 0.88, 0.87)), grid="both")
    axes.set_xscale("log")
    high = reach(sums)
    for place, (one, name) in enumerate(zip(sums, names, strict=True)):
        keep = high >= EDGES_MINUTES
        colour, dash = LIGHT[SERIES[place % len(SERIES)]], ("-", (0, (5, 1.5)), (0, (1.5, 1.2)))[place % 3]
        axes.plot(EDGES_MINUTES[keep], shares_beyond(one)[keep], color=colour, linestyle=dash, label=name)
    ticks = {at: said for at, said in TICKS.items() if at <= high}
    axes.set_xticks(list(ticks), labels=list(ticks.values()))
    axes.set_xticks([], minor=True)
    axes.set(xlim=(EDGES_MINUTES[0], high), ylim=(0, 1.02))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
    axes.legend(loc="upper right", fontsize=8)
    return figure
