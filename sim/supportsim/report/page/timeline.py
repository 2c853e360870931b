"""Open tickets over the whole period, with what happened meanwhile, and hour by hour around each event."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from supportsim.experiment.recovery import Recovery
from supportsim.experiment.result import RunResult
from supportsim.report.page.ink import LIGHT, WIDE, Picture, plain_axes
from supportsim.report.playbooks import burned
from supportsim.report.recovery import within
from supportsim.report.words import number
from supportsim.scenario.civil import period_span, zone
from supportsim.scenario.common import TIERS
from supportsim.scenario.units import DAY_MS, HOUR_MS

_MOST_EVENTS = 3
"""Of which the hours around are drawn."""
_BEFORE, _AFTER = timedelta(days=1), timedelta(days=6)
_SELDOM = 0.02
"""Hours in which a playbook burned for a smaller share are not marked."""
_STRIP = 0.07
"""Height of the marks, of the axes."""
_FAR_DAYS = 21
"""Longer periods are drawn by day."""


@dataclass(frozen=True)
class Event:
    """Something that the scenario lets happen: local times without a zone."""

    kind: str
    start: datetime
    end: datetime


def events_of(result: RunResult) -> list[Event]:
    """Return the events that touch the period, onset and fading included, in order."""
    period = result.scenario.scenario.period
    first = datetime.combine(period.start, datetime.min.time())
    last = first + timedelta(milliseconds=period.length)
    found = []
    for stated in result.scenario.scenario.events:
        for kind, event in stated.items():
            start, milliseconds = event.at, event.onset + event.lasts + event.fades
            found.append(Event(kind.replace("_", " "), start, start + timedelta(milliseconds=milliseconds)))
    return sorted((one for one in found if one.end > first and one.start < last), key=lambda one: one.start)


def backlog_pictures(result: RunResult, recoveries: Sequence[Recovery] = ()) -> Iterator[Picture]:
    """Yield the backlog of the period by tier, and around its first events; where it is known, when it is over."""
    series = _Series(result)
    over = {(one.kind.replace("_", " "), one.at): within(one.recovery_hours, 0.5) for one in recoveries}
    if not series.tiers:
        return
    yield Picture("backlog", "Open tickets", series.in_words(), partial(_draw_period, series),
                  "Line: mean of the replications; band: eight of ten of them. Waiting for customers included."
                  + (" Daily means." if series.by_day else "") + series.note(), wide=True)  # fmt: skip
    for place, event in enumerate(series.events[:_MOST_EVENTS]):
        title = f"Open tickets around the {event.kind} of {event.start:%d %B, %H:%M}"
        hours = over.get((event.kind, event.start), math.inf)
        until = event.start + timedelta(hours=hours) if math.isfinite(hours) and hours > 0 else None
        note = "Hour by hour; line: mean; band: eight of ten replications."
        if until is not None:
            note += " Dashed: when the backlog is back to what it is without the event, median."
        yield Picture(f"backlog_event_{place + 1}", title, series.around_in_words(event, until),
                      partial(_draw_event, series, event, until), note + series.note(), wide=True)  # fmt: skip


class _Series:
    """The backlog in the time of the wall clock."""

    def __init__(self, result: RunResult) -> None:
        period = result.scenario.scenario.period
        span = period_span(period)
        begin = span.origin + timedelta(milliseconds=span.start_ms)
        self.open = result.backlog[:, 0]
        step = timedelta(milliseconds=HOUR_MS)
        tz = zone(period.timezone)
        self.hours = [(begin + i * step).astimezone(tz).replace(tzinfo=None) for i in range(self.open.shape[2])]
        self.tiers = [tier for tier in range(len(TIERS)) if self.open[:, tier].any()]
        self.events = events_of(result)
        self.by_day = period.length > _FAR_DAYS * DAY_MS
        self.warm_up = timedelta(milliseconds=period.warm_up)
        teams = result.scenario.scenario.teams
        self.burned = [(TIERS.index(teams[one.stated.when.team].tier), one) for one in burned(result)]

    def days(self) -> tuple[list[datetime], NDArray[np.float64]]:
        """Return the days, at noon, and the mean of their hours (R, tiers, days)."""
        dates = [hour.date() for hour in self.hours]
        names = list(dict.fromkeys(dates))
        places = {day: place for place, day in enumerate(names)}
        of = np.array([places[day] for day in dates])
        starts = np.flatnonzero(np.diff(of, prepend=-1))
        sums = np.add.reduceat(self.open.astype(np.float64), starts, axis=2)
        noons = [datetime.combine(day, datetime.min.time()) + timedelta(hours=12) for day in names]
        return noons, sums / np.bincount(of)

    def in_words(self) -> str:
        """Say the mean and the largest number of each tier."""
        mean = self.open.mean(axis=0)
        parts = []
        for tier in self.tiers:
            most = int(mean[tier].argmax())
            parts.append(
                f"{TIERS[tier]}: {number(round(float(mean[tier].mean())))} on average, "
                f"most {number(round(float(mean[tier][most])))} on {self.hours[most]:%d %B %H:%M}"
            )
        happened = "".join(f" {one.kind.capitalize()} on {one.start:%d %B %H:%M}." for one in self.events)
        plays = "".join(
            f" Playbook {one.name} fires {number(float(one.fired.mean()))} times and burns"
            f" {number(float(one.hours.mean()))} h."
            for _, one in self.burned
        )
        return "; ".join(parts) + "." + happened + plays

    def note(self) -> str:
        """Say how to read the marks of playbooks, if any is there."""
        seen = any(one.by_hour.any() for _, one in self.burned)
        return " Strip at the foot: a playbook burns, the stronger the more often." if seen else ""

    def strip(self, axes: Axes, tier: int, places: Sequence[int]) -> None:
        """Mark at the foot of a tier's axes in which of the hours playbooks of its teams burned."""
        low = 0.0
        for of, one in self.burned:
            shares = one.by_hour[list(places)]
            if of != tier or not shares.any():
                continue
            at = np.array([_at(self.hours[place]) for place in places])
            colour = LIGHT["red" if one.stated.level == "red" else "orange"]
            for begin, end in _runs(shares > _SELDOM):
                strength = 0.25 + 0.75 * float(shares[begin:end].max())
                axes.axvspan(at[begin], at[end - 1] + 1 / 24, low, low + _STRIP, color=colour, alpha=strength)
            low += _STRIP

    def around_in_words(self, event: Event, over: datetime | None) -> str:
        """Say how high the backlog rises from the start of an event on, and when it is back."""
        total = self.open.sum(axis=1).mean(axis=0)
        before = [place for place, hour in enumerate(self.hours) if hour <= event.start]
        after = [place for place, hour in enumerate(self.hours) if event.start <= hour <= event.start + _AFTER]
        if not before or not after:
            return ""
        highest = max(after, key=lambda place: total[place])
        return (
            f"All tiers: {number(round(float(total[before[-1]])))} open when it begins, at most "
            f"{number(round(float(total[highest])))} on {self.hours[highest]:%d %B %H:%M}, mean of the replications."
            + (f" Back to what it is without it on {over:%d %B %H:%M}." if over else "")
        )


def _draw_period(series: _Series, width: float) -> Figure:
    if series.by_day:
        times, values = series.days()
    else:
        times, values = series.hours, series.open.astype(np.float64)
    figure, rows = _rows(series, width)
    first, last = series.hours[0], series.hours[-1]
    for axes, tier in zip(rows, series.tiers, strict=True):
        _band(axes, times, values[:, tier], TIERS[tier])
        if series.warm_up:
            axes.axvspan(_at(first - series.warm_up), _at(first), color=LIGHT["wash"])
        axes.set_xlim(_at(first - series.warm_up), _at(last))
        for event in series.events:
            # An event of hours is a hair's breadth in a quarter; it is drawn at least as wide as can be seen.
            least = (last - first) / 250
            axes.axvspan(_at(event.start), _at(max(event.end, event.start + least)), color=LIGHT["orange"], alpha=0.35)
        series.strip(axes, tier, range(len(series.hours)))
    if series.warm_up:
        rows[0].text(_at(first - series.warm_up), 1.04, "warm-up", fontsize=7.5, color=LIGHT["quiet"],
                     transform=rows[0].get_xaxis_transform())  # fmt: skip
    _name_events(rows[0], series.events)
    _days(rows[-1], first, last, 5 if width < WIDE else 14, "%d %b")
    return figure


def _draw_event(series: _Series, event: Event, over: datetime | None, width: float) -> Figure:
    figure, rows = _rows(series, width)
    start, end = event.start - _BEFORE, max(event.start + _AFTER, event.end + _BEFORE)
    if over is not None:
        end = max(end, over + _BEFORE)
    places = [place for place, hour in enumerate(series.hours) if start <= hour <= end]
    times = [series.hours[place] for place in places]
    for axes, tier in zip(rows, series.tiers, strict=True):
        _band(axes, times, series.open[:, tier, places].astype(np.float64), TIERS[tier])
        axes.axvspan(_at(event.start), _at(event.end), color=LIGHT["orange"], alpha=0.3)
        series.strip(axes, tier, places)
        axes.set_xlim(_at(times[0]), _at(times[-1]))
        if over is not None and over <= times[-1]:
            axes.axvline(_at(over), color=LIGHT["green"], linestyle=(0, (3, 2)), linewidth=1.2)
    _name_events(rows[0], [event])
    if over is not None and over <= times[-1]:
        rows[0].text(_at(over), 1.04, "recovered", fontsize=7.5, color=LIGHT["green"], ha="center",
                     transform=rows[0].get_xaxis_transform())  # fmt: skip
    _days(rows[-1], times[0], times[-1], 8, "%a" if width < WIDE else "%a %d %b")
    return figure


def _rows(series: _Series, width: float) -> tuple[Figure, list[Axes]]:
    count = len(series.tiers)
    height = (0.95 if width >= WIDE else 0.8) * count + 0.5
    figure = Figure(figsize=(width, height))
    rows = list(figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0])
    figure.subplots_adjust(
        left=0.42 / width, right=1 - 0.08 / width, top=1 - 0.24 / height, bottom=0.24 / height, hspace=0.22
    )
    return figure, rows


def _band(axes: Axes, times: list[datetime], values: NDArray[np.float64], name: str) -> None:
    plain_axes(axes, grid="y")
    at = [_at(time) for time in times]
    low, high = np.quantile(values, (0.1, 0.9), axis=0)
    axes.fill_between(at, np.round(low, 1), np.round(high, 1), color=LIGHT["sky"], alpha=0.4)
    axes.plot(at, values.mean(axis=0), color=LIGHT["blue"])
    axes.set_ylim(0, 1.08 * max(float(high.max()), 1.0))
    axes.yaxis.set_major_locator(_whole_numbers())
    axes.text(0.004, 0.93, name, transform=axes.transAxes, fontweight="bold", va="top")
    axes.spines["left"].set_visible(False)


def _whole_numbers() -> MaxNLocator:
    return MaxNLocator(nbins=3, integer=True)


def _name_events(axes: Axes, events: list[Event]) -> None:
    for event in events:
        axes.text(_at(event.start), 1.04, event.kind, fontsize=7.5, color=LIGHT["ink"],
                  transform=axes.get_xaxis_transform())  # fmt: skip


def _days(axes: Axes, first: datetime, last: datetime, most: int, form: str) -> None:
    """Mark at most so many midnights, those of Mondays where days are too many."""
    midnight = datetime.combine(first.date(), datetime.min.time())
    days = [midnight + timedelta(days=day) for day in range((last - midnight).days + 1)]
    days = [day for day in days if day >= first]
    every = 1
    if len(days) > most:
        days = [day for day in days if day.weekday() == 0]
        every = -(-len(days) // most)
    axes.set_xticks([_at(day) for day in days[::every]], labels=[f"{day:{form}}" for day in days[::every]])


def _at(when: datetime) -> float:
    """Return a local time as days."""
    return (when - datetime(1970, 1, 1)) / timedelta(days=1)


def _runs(hits: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the first place of each run of hits and the one behind it."""
    edges = np.flatnonzero(np.diff(hits, prepend=False, append=False))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
