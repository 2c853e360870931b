"""How long customers wait: the share still waiting against time, with the promise marked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from numpy.typing import NDArray

from supportsim.experiment.result import RunResult
from supportsim.measures.curves import EDGES_MINUTES, curve_keys, shares_beyond
from supportsim.plan.compile import compile_plan
from supportsim.plan.model import PRIORITIES, SlaTable
from supportsim.report.page.ink import LIGHT, SERIES, Picture, plain_axes
from supportsim.report.terminal import Figures
from supportsim.report.words import minutes, share
from supportsim.scenario.calendars import Clock
from supportsim.scenario.units import MINUTE_MS, WEEK_MS

TICKS: dict[float, str] = {0.1: "6 s", 1: "1 min", 10: "10", 60: "1 h", 600: "10 h", 6000: "100 h", 60000: "1000 h"}
"""Of a logarithmic axis, in minutes."""
_NEGLIGIBLE = 2e-4
"""The axis ends where no more than this share still waits."""


@dataclass(frozen=True)
class Curve:
    """One line of a picture.

    Args:
        group: what it is about, for instance ``P1``.
        label: what tells it from the others of its group, or nothing.
        counts: int64 (bins,).
        promise_minutes: where its promise ends, NaN if there is none.
        promise: the same in words.
        late: the share that broke the promise, as the metrics have it; NaN where no metric is just about these.
        said: how well the promise is kept.
    """

    group: str
    label: str
    counts: NDArray[np.int64]
    promise_minutes: float = math.nan
    promise: str = ""
    late: float = math.nan
    said: str = ""

    @property
    def beyond(self) -> NDArray[np.float64]:
        """Share (edges,) that took longer than each edge."""
        return shares_beyond(self.counts)


def distribution_pictures(result: RunResult) -> Iterator[Picture]:
    """Yield waits by channel, then first responses and resolutions by priority, each where there is any."""
    waits = _waits(result)
    if waits:
        yield _picture("waits", "Wait until somebody starts, by channel", waits,
                       "Elapsed time; customers who gave up count until they did.")  # fmt: skip
    for metric, name, title in (
        ("response_sla", "responses", "First response on the SLA clock, by priority"),
        ("resolution_sla", "resolutions", "Resolution on the SLA clock, by priority"),
    ):
        found = _promised(result, metric)
        if found:
            yield _picture(name, title, found, "The clock runs in the promise's opening hours, pauses left out.")


def _picture(name: str, title: str, found: list[Curve], note: str) -> Picture:
    alt = " ".join(_in_words(curve) for curve in found).replace("\n", " ")
    return Picture(name, title, alt, partial(_draw, found), f"Share still waiting after a time. {note}")


def _in_words(curve: Curve) -> str:
    who = f"{curve.group} {curve.label}".strip()
    half, tenth = (minutes(within(curve.counts, left)) for left in (0.5, 0.1))
    told = f"{who}: half within {half}, nine of ten within {tenth}"
    return f"{told}; {curve.said}." if curve.said else f"{told}."


def curve_rows(result: RunResult) -> Iterator[tuple[str, dict[str, str], NDArray[np.int64]]]:
    """Yield metric, slices and counts (bins,) of each stored distribution."""
    demand = result.scenario.scenario.demand
    keys = curve_keys(tuple(demand.channels), tuple(demand.segments))
    for (metric, slices), counts in zip(keys, result.curves, strict=True):
        yield metric, dict(slices), counts


def _waits(result: RunResult) -> list[Curve]:
    scenario, figures = result.scenario.scenario, Figures(result)
    level = scenario.sla.service_level.within / MINUTE_MS
    found = []
    for metric, slices, counts in curve_rows(result):
        if metric == "wait_minutes" and counts.any():
            name = slices["channel"]
            answered = figures.value("service_level", channel=name)
            if math.isfinite(answered):
                said = f"{share(answered)} answered\nin {minutes(level)}"
                found.append(Curve(name, "", counts, level, minutes(level), said=said))
            else:
                found.append(Curve(name, "", counts))
    return found


def _promised(result: RunResult, metric: str) -> list[Curve]:
    """Return a curve for each priority and each promise it has, segments of one promise taken together."""
    plan = compile_plan(result.scenario.scenario)
    table = plan.sla.response if metric == "response_sla" else plan.sla.resolution
    merged: dict[tuple[str, float, str], list[tuple[str, NDArray[np.int64]]]] = {}
    for name, slices, counts in curve_rows(result):
        if name == metric and counts.any():
            priority, segment = slices["priority"], slices["segment"]
            row, column = PRIORITIES.index(priority), plan.segments.index(segment)
            promise = _promise(table, row, column, plan.sla.clocks[plan.sla.clock[row, column]])
            merged.setdefault((priority, *promise), []).append((segment, counts))
    several = {priority for priority, *_ in merged if sum(priority == other for other, *_ in merged) > 1}
    found = []
    for (priority, at, said), parts in sorted(merged.items()):
        late = _late(result, metric, priority, [segment for segment, _ in parts])
        label = ", ".join(segment for segment, _ in parts) if priority in several else ""
        told = f"{said}: {share(late)} late" if label else f"{share(late)} late\npromised {said}"
        found.append(Curve(priority, label, np.sum([one for _, one in parts], axis=0), at, said, late, told))
    return found


def _late(result: RunResult, metric: str, priority: str, segments: list[str]) -> float:
    places = [result.place(metric, priority=priority, segment=segment) for segment in segments]
    kept, judged = (float(np.nansum(part[:, places])) for part in (result.numerator, result.denominator))
    return 1 - kept / judged if judged else math.nan


def _promise(table: SlaTable, row: int, column: int, clock: Clock) -> tuple[float, str]:
    """Return when a promise ends on its clock, and how it is said; business days by a usual open day."""
    days = int(table.business_days[row, column])
    if days:
        return days * _open_day(clock), f"{days} business day{'s' if days > 1 else ''}"
    at = float(table.minutes[row, column])
    return at, minutes(at)


def _open_day(clock: Clock) -> float:
    """Return the open minutes of a usual open day."""
    spans = clock.close_ms - clock.open_ms
    usual = float(np.median(spans)) if len(spans) else math.nan
    return 1440.0 if usual >= WEEK_MS else usual / MINUTE_MS


def _draw(found: list[Curve], width: float) -> Figure:
    groups = list(dict.fromkeys(curve.group for curve in found))
    height = 0.6 * len(groups) + 0.3
    figure = Figure(figsize=(width, height))
    rows = figure.subplots(len(groups), 1, sharex=True, squeeze=False)[:, 0]
    figure.subplots_adjust(left=0.01, right=0.73, top=1 - 0.02 / height, bottom=0.24 / height, hspace=0.16)
    low, high = _ends(found)
    ticks = {at: said for at, said in TICKS.items() if low * 0.9 <= at <= high}
    for axes, group in zip(rows, groups, strict=True):
        _draw_group(axes, [curve for curve in found if curve.group == group], low, high)
        axes.xaxis.set_major_locator(FixedLocator(list(ticks)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticklabels(list(ticks.values()))
    return figure


def within(counts: NDArray[np.int64], share_left: float) -> float:
    """Return the minutes after which at most a share of the counted still waits."""
    place = int(np.argmax(shares_beyond(counts) <= share_left))
    return float(EDGES_MINUTES[place])


def reach(counts: Iterable[NDArray[np.int64]]) -> float:
    """Return the minutes after which hardly anybody waits any more."""
    return 1.3 * max(within(one, _NEGLIGIBLE) for one in counts)


def _ends(found: list[Curve]) -> tuple[float, float]:
    promised = [curve.promise_minutes for curve in found if math.isfinite(curve.promise_minutes)]
    return EDGES_MINUTES[0], max([reach(curve.counts for curve in found), *(2 * at for at in promised)])


def _draw_group(axes: Axes, curves: list[Curve], low: float, high: float) -> None:
    plain_axes(axes)
    axes.set_xscale("log")
    axes.set(xlim=(low, high), ylim=(0, 1.04), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.set_facecolor(LIGHT["wash"])
    keep, several = high >= EDGES_MINUTES, len(curves) > 1
    for place, curve in enumerate(curves):
        colour = LIGHT[SERIES[place % len(SERIES)]]
        if not several:
            axes.fill_between(EDGES_MINUTES[keep], curve.beyond[keep], color=colour, alpha=0.22)
        axes.plot(EDGES_MINUTES[keep], curve.beyond[keep], color=colour)
        if math.isfinite(curve.promise_minutes):
            axes.axvline(curve.promise_minutes, color=colour if several else LIGHT["red"], linestyle=(0, (3, 2)))
        if math.isfinite(curve.late):
            axes.plot([curve.promise_minutes], [curve.late], "o", color=LIGHT["red"], markersize=3.5)
    axes.text(0.012, 0.1, curves[0].group, transform=axes.transAxes, fontweight="bold", va="bottom")
    _say_late(axes, curves)


def _say_late(axes: Axes, curves: list[Curve]) -> None:
    several = len(curves) > 1
    for place, curve in enumerate(curves):
        axes.text(
            1.02, 0.97 - 0.31 * place if several else 0.5, curve.said, transform=axes.transAxes, fontsize=7.5,
            va="top" if several else "center", linespacing=1.25,
            color=LIGHT[SERIES[place % len(SERIES)]] if several else LIGHT["ink"],
        )  # fmt: skip
