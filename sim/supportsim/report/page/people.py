"""How busy each team is, against the band it should be in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from supportsim.experiment.result import RunResult
from supportsim.measures.series import TEAM_SERIES
from supportsim.report.page.ink import LIGHT, Picture, plain_axes
from supportsim.report.words import share
from supportsim.scenario.metrics import MetricKey
from supportsim.scenario.units import HOUR_MS

PARTS = ("a ticket in hand", "free", "breaks, meetings, training", "absent", "lent to another team")
_PART_COLOURS = ("blue", "cool2", "line", "quiet", "amber")
_PART_AT = (0.0, 0.27, 0.38, 0.79, 0.0)
_DARK = ("blue", "quiet", "amber")

CUSTOMARY_BAND = (0.70, 0.80)
"""Of occupancy, as call-centre practice has it; drawn where the scenario states no target of its own."""


def occupancy_band(result: RunResult, team: str) -> tuple[float, float, bool]:
    """Return the band of a team's occupancy, and whether the scenario states it."""
    for target in result.targets:
        if target.key == MetricKey("occupancy", None, (("team", team),)):
            return max(target.low, 0.0), min(target.high, 1.0), True
    return *CUSTOMARY_BAND, False


def people_pictures(result: RunResult) -> Iterator[Picture]:
    """Yield occupancy and utilization by team."""
    teams = [
        team for team in result.scenario.scenario.teams if np.isfinite(result.metric("occupancy", team=team)).any()
    ]
    if teams:
        stated = any(occupancy_band(result, team)[2] for team in teams)
        note = "Dot: occupancy, handling / (handling + free), with the range of the replications; ring: utilization,"
        note += " handling / paid time on shift. Shaded: "
        note += "the band that is promised, else the customary 70-80 %." if stated else "the customary 70-80 %."
        alt = " ".join(_in_words(result, team) for team in teams)
        yield Picture("teams", "How busy each team is", alt, partial(_draw, result, teams), note)
    parts = paid_time(result)
    if parts:
        said = (f"{team}: {_in_parts(row)}" for team, row in parts.items())
        yield Picture("paid_time", "Where paid time goes", "; ".join(said) + ".", partial(_draw_paid, parts),
                      "Of all paid hours, overtime and people borrowed from another team included.")  # fmt: skip


def _in_parts(shares: tuple[float, ...]) -> str:
    *usual, (words, lent) = zip(PARTS, shares, strict=True)
    said = [f"{share(part)} {word}" for word, part in usual]
    return ", ".join([*said, f"{share(lent)} {words}"] if lent else said)


def paid_time(result: RunResult) -> dict[str, tuple[float, ...]]:
    """Return by team how its paid time, overtime and what it borrows included, is shared between `PARTS`."""
    sums = result.teams.sum(axis=2).astype(np.float64)
    found = {}
    for team, row in zip(result.scenario.scenario.teams, sums, strict=True):
        time = dict(zip(TEAM_SERIES, row.tolist(), strict=True))
        overtime, lent, borrowed = (
            result.metric(name, team=team).sum() * HOUR_MS
            for name in ("overtime_hours", "lent_hours", "borrowed_hours")
        )
        everything = time["paid_ms"] + overtime + borrowed
        if time["paid_ms"] > 0:
            handling, free = time["handling_ms"], time["available_ms"] - time["handling_available_ms"]
            absent = everything - lent - time["on_shift_ms"]
            away = time["on_shift_ms"] - handling - free
            parts = (handling, free, away, absent, lent)
            found[team] = tuple(max(part, 0.0) / everything for part in parts)
    return found


def _draw_paid(parts: dict[str, tuple[float, ...]], width: float) -> Figure:
    some_lent = any(shares[-1] for shares in parts.values())
    legend = 0.26 + 0.2 * some_lent
    height = 0.46 * len(parts) + 0.08 + legend
    figure = Figure(figsize=(width, height))
    axes = plain_axes(figure.add_axes((0.0, (0.08 + legend) / height, 1.0, 1 - (0.1 + legend) / height)))
    axes.axis("off")
    axes.set(xlim=(0, 1), ylim=(len(parts), 0))
    for place, (team, shares) in enumerate(parts.items()):
        axes.text(0.0, place + 0.22, team, va="center")
        start = 0.0
        for part, colour in zip(shares, _PART_COLOURS, strict=True):
            axes.barh(place + 0.66, part, left=start, height=0.46, color=LIGHT[colour])
            if part > 0.07:
                ink = LIGHT["paper"] if colour in _DARK else LIGHT["ink"]
                axes.text(
                    start + part / 2, place + 0.67, share(part, 0), ha="center", va="center", color=ink, fontsize=7.5
                )
            start += part
    below = figure.add_axes((0.0, 0.0, 1.0, legend / height))
    below.axis("off")
    below.set(xlim=(0, 1), ylim=(-0.8 * some_lent, 1))
    for place, (words, colour) in enumerate(zip(PARTS, _PART_COLOURS, strict=True)):
        row = -0.8 if place == len(PARTS) - 1 else 0.0
        if row == 0.0 or some_lent:
            below.add_patch(Rectangle((_PART_AT[place], row + 0.3), 0.025, 0.45, color=LIGHT[colour]))
            below.text(_PART_AT[place] + 0.035, row + 0.5, words, va="center", color=LIGHT["quiet"], fontsize=7.5)
    return figure


def _value(result: RunResult, name: str, team: str) -> float:
    return float(result.summary.estimate[result.place(name, team=team)])


def _in_words(result: RunResult, team: str) -> str:
    occupancy, (low, high, _) = _value(result, "occupancy", team), occupancy_band(result, team)
    where = "below" if occupancy < low else "above" if occupancy > high else "inside"
    return (
        f"{team}: occupancy {share(occupancy)}, {where} the band of {share(low, 0)} to {share(high, 0)}; "
        f"utilization {share(_value(result, 'utilization', team))}."
    )


def _draw(result: RunResult, teams: list[str], width: float) -> Figure:
    height = 0.46 * len(teams) + 0.3
    figure = Figure(figsize=(width, height))
    axes = plain_axes(figure.add_axes((0.02, 0.26 / height, 0.95, 1 - 0.3 / height)), grid="x")
    axes.set(xlim=(0, 1), ylim=(len(teams), 0), yticks=[])
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.spines["left"].set_visible(False)
    for place, team in enumerate(teams):
        low, high, _ = occupancy_band(result, team)
        axes.fill_betweenx([place + 0.36, place + 0.92], low, high, color=LIGHT["green"], alpha=0.18)
        values = result.metric("occupancy", team=team)
        values = values[np.isfinite(values)]
        middle = place + 0.64
        axes.plot([values.min(), values.max()], [middle, middle], color=LIGHT["blue"], linewidth=2.4, alpha=0.5)
        used, occupied = _value(result, "utilization", team), _value(result, "occupancy", team)
        if math.isfinite(used):
            axes.plot([used], [middle], "o", color=LIGHT["blue"], markerfacecolor=LIGHT["paper"], markersize=5)
        axes.plot([occupied], [middle], "o", color=LIGHT["blue"], markersize=6)
        axes.text(0.0, place + 0.28, team, va="center")
        axes.text(1.0, place + 0.28, share(occupied), va="center", ha="right")
    return figure
