"""The week in pictures: one cell for each hour, from few to many."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from supportsim.experiment.result import RunResult
from supportsim.report.intervals import HOUR_COLUMNS, WEEKDAYS, hour_rows
from supportsim.report.page.ink import LIGHT, STEPS, Picture
from supportsim.report.words import minutes, number, share

DAYS = tuple(day.capitalize() for day in WEEKDAYS)
_LEGEND_WIDTH = 10.0
"""In cells."""


class Week:
    """Figures by hour of the week, of everything and of each team.

    Args:
        result: whose.
    """

    def __init__(self, result: RunResult) -> None:
        self._grids: dict[tuple[str, str], NDArray[np.float64]] = {}
        places = {day: place for place, day in enumerate(WEEKDAYS)}
        for row in hour_rows(result):
            day, hour, team, *figures = row
            for name, value in zip(HOUR_COLUMNS[3:], figures, strict=True):
                grid = self._grids.setdefault((name, team), np.full((7, 24), np.nan))
                grid[places[day], hour] = math.nan if value is None else value

    def grid(self, name: str, team: str = "") -> NDArray[np.float64]:
        """Return one of `intervals.FIGURES` (7, 24), Monday first, NaN where there is none."""
        return self._grids[name, team]


@dataclass(frozen=True)
class Map:
    """What a heat map shows.

    Args:
        name, title, note: of the picture.
        grid: float (7, 24), NaN where there is nothing to show.
        say: a value in words.
        hue: ``cool`` or ``warm``, the latter for what is better little.
        top: of the scale; without it, the largest value.
        most: how to name the largest, for instance ``Most``.
    """

    name: str
    title: str
    note: str
    grid: NDArray[np.float64]
    say: Callable[[float], str]
    hue: str = "cool"
    top: float | None = None
    most: str = "Most"


def week_pictures(week: Week, teams: Sequence[str]) -> Iterator[Picture]:
    """Yield the heat maps of the whole operation."""
    everybody = " of all teams" if len(teams) > 1 else ""
    for one in (
        Map("arrivals", "Tickets per hour", "By when they reach the floor.", week.grid("tickets"), number),
        Map(
            "staffing",
            "People on the floor",
            f"Mean number{everybody}; breaks, meetings, training and absence are taken off.",
            week.grid("available_agents"),
            number,
        ),
        Map("wait", "Mean wait", "Until somebody starts, by when the ticket came.", week.grid("wait_minutes"), minutes,
            "warm", most="Longest"),
        Map("utilization", "Utilization", "Time with a ticket in hand / paid time on shift.", week.grid("utilization"),
            share, top=1.0, most="Highest"),
        Map("late_responses", "First responses that come too late",
            "Share of the promises, by when the ticket came.", 1 - week.grid("response_sla"), share, "warm"),
        Map("late_resolutions", "Resolutions that come too late",
            "Share of the promises, by when the ticket came.", 1 - week.grid("resolution_sla"), share, "warm"),
    ):  # fmt: skip
        if np.isfinite(one.grid).any():
            yield picture(one)


def team_pictures(week: Week, teams: Sequence[str]) -> Iterator[Picture]:
    """Yield the heat maps of each team: people on the floor, and how busy they are."""
    for team in teams:
        for name, figure, title, say, top in (
            ("staffing", "available_agents", f"People of {team} on the floor", number, None),
            ("occupancy", "occupancy", f"Occupancy of {team}", share, 1.0),
        ):
            grid = week.grid(figure, team)
            if np.isfinite(grid).any():
                note = "Handling / (handling + free), time away left out." if top else "Mean number."
                yield picture(Map(f"{name}_{team}", title, note, grid, say, top=top))


def picture(what: Map) -> Picture:
    """Return a heat map as a picture."""
    titles = {
        f"h-{day}-{hour}": f"{DAYS[day]} {hour}:00 {what.say(what.grid[day, hour])}"
        for day, hour in np.argwhere(np.isfinite(what.grid)).tolist()
    }
    return Picture(what.name, what.title, _in_words(what), partial(_draw, what), what.note, titles=titles)


def steps(grid: NDArray[np.float64], top: float) -> NDArray[np.int64]:
    """Return the step of the scale from 0 to ``top`` on which each value lies; -1 where there is none."""
    known = np.isfinite(grid)
    step = np.zeros(grid.shape, dtype=np.int64)
    step[known] = np.minimum(grid[known] / (top or 1.0) * STEPS, STEPS - 1).astype(np.int64)
    return np.where(known, step, -1)


def _top(what: Map) -> float:
    return what.top if what.top is not None else float(np.nanmax(what.grid))


def _in_words(what: Map) -> str:
    """Name the largest and the smallest hours."""
    values = np.where(np.isfinite(what.grid), what.grid, -np.inf).ravel()
    if values.max() <= 0:
        return f"{what.say(0.0)} in every hour of the week."
    largest = [
        f"{DAYS[place // 24]} {place % 24}:00 ({what.say(values[place])})"
        for place in np.argsort(-values, kind="stable")[:3].tolist()
        if values[place] > 0
    ]
    return f"{what.most}: {', '.join(largest)}; mean of the hours {what.say(float(np.nanmean(what.grid)))}."


def _draw(what: Map, width: float) -> Figure:
    figure = Figure(figsize=(width, 0.43 * width))
    axes = figure.add_axes((0.085, 0.13, 0.91, 0.86))
    axes.set(xlim=(0, 24), ylim=(8, 0))
    axes.axis("off")
    top = _top(what)
    for (day, hour), step in np.ndenumerate(steps(what.grid, top)):
        colour = LIGHT["wash"] if step < 0 else LIGHT[f"{what.hue}{step}"]
        # As an artist, because the limits are set and need not be worked out again for each of 168.
        axes.add_artist(Rectangle((hour + 0.04, day + 0.05), 0.92, 0.9, color=colour, gid=f"h-{day}-{hour}"))
    for day, name in enumerate(DAYS):
        axes.text(-0.3, day + 0.5, name, ha="right", va="center", color=LIGHT["quiet"], fontsize=8)
    for hour in range(0, 24, 3):
        axes.text(hour + 0.5, 7.2, f"{hour}", ha="center", va="top", color=LIGHT["quiet"], fontsize=8)
    _legend(figure, what, top)
    return figure


def _legend(figure: Figure, what: Map, top: float) -> None:
    axes = figure.add_axes((0.085, 0.0, 0.91, 0.115))
    axes.set(xlim=(0, 24), ylim=(1, 0))
    axes.axis("off")
    cell = _LEGEND_WIDTH / STEPS
    start = 24 - _LEGEND_WIDTH - 3.4
    for step in range(STEPS):
        axes.add_patch(Rectangle((start + step * cell, 0.25), cell, 0.5, color=LIGHT[f"{what.hue}{step}"]))
    quiet: dict[str, Any] = {"va": "center", "color": LIGHT["quiet"], "fontsize": 8}
    axes.text(start - 0.3, 0.5, what.say(0.0), ha="right", **quiet)
    axes.text(start + _LEGEND_WIDTH + 0.3, 0.5, what.say(top), ha="left", **quiet)
    axes.text(0, 0.5, "hour of the day", ha="left", **quiet)
