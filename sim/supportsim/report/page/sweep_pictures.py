"""A sweep in figures: the front of cost against service, staffing curves, odds, and the tornado of assumptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from supportsim.report.page.ink import LIGHT, Picture, plain_axes
from supportsim.report.words import metric, number, quantity, share
from supportsim.scenario.metrics import METRICS, Unit, parse_target_key

Row = dict[str, Any]
MARKS = {"met": ("o", "green"), "undecided": ("D", "orange"), "missed": ("X", "red")}
"""By verdict, so that the shape says it too."""
MOST_PROMISES = 6
"""So many have a tornado."""


def front_pictures(document: Row) -> Iterator[Picture]:
    """Yield cost against service, where both were measured."""
    plans = [plan for plan in document["plans"] if plan["cost"] is not None and plan["service"] is not None]
    if len(plans) > 1 and len({plan["cost"] for plan in plans}) > 1:
        key = parse_target_key(document["service"])
        unit = METRICS[key.metric].unit
        front = sorted((plan for plan in plans if plan["on_front"]), key=lambda plan: float(plan["cost"]))
        told = "; ".join(f"{quantity(unit, plan['service'])} for {number(round(plan['cost']))}" for plan in front)
        note = "Circle: keeps all promises; diamond: undecided; cross: misses some. Line: plans that none beats."
        yield Picture("front", f"Cost against {metric(key)}", f"Plans that none beats: {told}.",
                      partial(_draw_front, plans, front, unit), note)  # fmt: skip


def _draw_front(plans: Sequence[Row], front: Sequence[Row], unit: Unit, width: float) -> Figure:
    figure = Figure(figsize=(width, 0.62 * width))
    axes = plain_axes(figure.add_axes((0.13, 0.11, 0.85, 0.87)), grid="both")
    axes.plot([plan["cost"] for plan in front], [plan["service"] for plan in front], color=LIGHT["blue"], linewidth=1.2)
    for verdict, (mark, colour) in MARKS.items():
        chosen = [plan for plan in plans if plan["verdict"] == verdict]
        if chosen:
            points = [plan["cost"] for plan in chosen], [plan["service"] for plan in chosen]
            axes.plot(*points, mark, color=LIGHT[colour], markersize=5, linestyle="none")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(round(value))))
    _service_axis(axes, unit)
    return figure


def _service_axis(axes: Axes, unit: Unit) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(5))
    if unit == "share":
        axes.set_ylim(top=min(axes.get_ylim()[1], 1.0))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(unit, value)))


def _tick(unit: Unit, value: float) -> str:
    """Say a value of the axis; plans may differ by little, so shares get the digits that tell neighbours apart."""
    return f"{100 * value:.5g} %" if unit == "share" else quantity(unit, value)


_FIGURE = re.compile(r"-?\d+(?:\.\d+)?")


def curve_pictures(document: Row, axes: Sequence[str]) -> Iterator[Picture]:
    """Yield service by level, where a single numeric value is varied."""
    if len(axes) != 1:
        return
    plans = [plan for plan in document["plans"] if plan["service"] is not None]
    levels = [_FIGURE.match(str(plan[axes[0]])) for plan in plans]
    if len(plans) < 3 or not all(levels):
        return
    at = [float(level[0]) for level in levels if level]
    key = parse_target_key(document["service"])
    unit = METRICS[key.metric].unit
    told = "; ".join(f"{plan[axes[0]]}: {quantity(unit, plan['service'])}" for plan in plans)
    yield Picture("curve", f"{metric(key)} by {'.'.join(axes[0].split('.')[-2:])}", f"{told}.",
                  partial(_draw_curve, at, plans, unit), "Band: 95 % of each by itself.")  # fmt: skip


def _draw_curve(at: Sequence[float], plans: Sequence[Row], unit: Unit, width: float) -> Figure:
    figure = Figure(figsize=(width, 0.62 * width))
    axes = plain_axes(figure.add_axes((0.13, 0.11, 0.85, 0.87)), grid="y")
    order = sorted(range(len(at)), key=at.__getitem__)
    x, y = [at[place] for place in order], [plans[place]["service"] for place in order]
    half = [plans[place]["service_half_width"] or 0.0 for place in order]
    low, high = ([one + sign * give for one, give in zip(y, half, strict=True)] for sign in (-1, 1))
    axes.fill_between(x, low, high, color=LIGHT["sky"], alpha=0.4)
    axes.plot(x, y, color=LIGHT["blue"])
    for place in order:
        mark, colour = MARKS.get(plans[place]["verdict"], ("o", "quiet"))
        axes.plot([at[place]], [plans[place]["service"]], mark, color=LIGHT[colour], markersize=5)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=all(one.is_integer() for one in x)))
    _service_axis(axes, unit)
    return figure


def odds_pictures(document: Row) -> Iterator[Picture]:
    """Yield the probabilities of a single plan's promises with their limits."""
    plans = {one["plan"] for one in document["odds"]}
    if len(plans) == 1:
        rows = [(_named(one["promise"]), one) for one in document["odds"] if one["probability"] is not None]
        told = "; ".join(f"{name}: {share(one['probability'], 0)}" for name, one in rows)
        note = f"Line: limits at 95 %. Dashes: the {share(document['wanted_probability'], 0)} that is wanted."
        yield Picture("odds", "Probability that each promise is kept", f"{told}.",
                      partial(_draw_odds, rows, document["wanted_probability"]), note)  # fmt: skip


def _named(promise: str) -> str:
    return metric(parse_target_key(promise)) if promise else "all together"


def _draw_odds(rows: Sequence[tuple[str, Row]], wanted: float, width: float) -> Figure:
    height = 0.42 * len(rows) + 0.3
    figure = Figure(figsize=(width, height))
    axes = plain_axes(figure.add_axes((0.02, 0.26 / height, 0.95, 1 - 0.3 / height)), grid="x")
    axes.set(xlim=(0, 1), ylim=(len(rows), 0), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.axvline(wanted, color=LIGHT["red"], linestyle=(0, (3, 2)), linewidth=1.2)
    for place, (name, one) in enumerate(rows):
        axes.text(0.0, place + 0.3, name, va="center")
        axes.text(1.0, place + 0.3, share(one["probability"], 0), va="center", ha="right")
        axes.plot([one["lower"], one["upper"]], [place + 0.68] * 2, color=LIGHT["blue"], linewidth=2.4, alpha=0.5)
        axes.plot([one["probability"]], [place + 0.68], "o", color=LIGHT["blue"], markersize=5.5)
    return figure


def tornado_pictures(document: Row) -> Iterator[Picture]:
    """Yield for each promise which assumption decides it, the largest on top."""
    promises = dict.fromkeys((one["plan"], one["promise"]) for one in document["influences"])
    several = len({plan for plan, _ in promises}) > 1
    for place, (plan, promise) in enumerate(list(promises)[:MOST_PROMISES]):
        rows = [one for one in document["influences"] if (one["plan"], one["promise"]) == (plan, promise)]
        rows.sort(key=lambda one: -(one["share"] or 0.0))
        told = "; ".join(f"{one['assumption']} {share(one['share'] or 0.0, 0)}" for one in rows)
        of = f" (plan {plan})" if several else ""
        yield Picture(f"tornado_{place + 1}", f"What decides {_named(promise)}{of}", f"{told}.",
                      partial(_draw_tornado, rows),
                      "To the right: more of it raises the figure; to the left: lowers it.")  # fmt: skip


def _draw_tornado(rows: Sequence[Row], width: float) -> Figure:
    height = 0.42 * len(rows) + 0.1
    figure = Figure(figsize=(width, height))
    axes = plain_axes(figure.add_axes((0.01, 0.02, 0.98, 0.96)))
    axes.set(xlim=(-1.05, 1.05), ylim=(len(rows), 0), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.axvline(0, color=LIGHT["line"], linewidth=0.8)
    for place, one in enumerate(rows):
        size = (one["share"] or 0.0) * (1 if one["rises"] else -1)
        axes.text(-1.05, place + 0.26, one["assumption"], va="center", fontsize=8)
        axes.text(1.05, place + 0.26, share(abs(size), 0), va="center", ha="right", fontsize=8)
        axes.barh(place + 0.7, size, height=0.36, color=LIGHT["blue"] if size > 0 else LIGHT["orange"])
    return figure
