"""Who hands tickets to whom: bands as wide as the number of tickets that go that way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from supportsim.experiment.result import RunResult
from supportsim.measures.flow import FLOW_ENDS, FLOW_NODES
from supportsim.report.page.ink import LIGHT, WIDE, Picture
from supportsim.report.words import number, share
from supportsim.scenario.common import TIERS
from supportsim.scenario.units import WEEK_MS

_BEFORE = ("deflected", "turned_away")
_NAMES = {
    "deflected": "Self-service",
    "new": "Tickets",
    "closed": "Closed unanswered",
    "open": "Still open",
}
_COLOURS = {"L1": "blue", "L2": "green", "L3": "pink", "reopened": "orange", "deflected": "sky"}
_GAP = 0.05
"""Between neighbours, of the height that all tickets take together."""
_NODE = 0.022
"""Width of a node, of the picture's."""


class Flow:
    """Tickets per week between the places of `FLOW_NODES`.

    Args:
        result: whose.
    """

    def __init__(self, result: RunResult) -> None:
        weeks = result.scenario.scenario.period.length / WEEK_MS
        self._steps = result.flow / (len(result.replications) * weeks)

        self._before = {
            name: _mean_count(result, metric) / weeks
            for name, metric in (("deflected", "deflection_rate"), ("turned_away", "turned_away_rate"))
        }

    @property
    def before(self) -> list[str]:
        """Where contacts end that never become a ticket."""
        return [name for name in _BEFORE if self._before[name] > 0]

    @property
    def all(self) -> float:
        """All that come: contacts, or tickets where there is nothing before them, and reopened ones."""
        return self.out_of("new") + self.out_of("reopened") + sum(self._before.values())

    def step(self, come: str, go: str) -> float:
        """Return the tickets from one place to another."""
        if come == "contacts":
            return self._before[go] if go in _BEFORE else self.out_of("new")
        return float(self._steps[FLOW_NODES.index(come), FLOW_NODES.index(go)])

    def into(self, node: str) -> float:
        """Return all that come to a place."""
        if node in _BEFORE:
            return self._before[node]
        return float(self._steps[:, FLOW_NODES.index(node)].sum())

    def out_of(self, node: str) -> float:
        """Return all that leave it."""
        if node == "contacts":
            return self.out_of("new") + sum(self._before.values())
        return float(self._steps[FLOW_NODES.index(node)].sum())

    @property
    def tiers(self) -> list[str]:
        """The tiers that get tickets."""
        return [tier for tier in TIERS if self.into(tier)]

    def rows(self) -> list[tuple[str, str, float]]:
        """Return the steps that are taken, in the order of the places."""
        taken = np.argwhere(self._steps).tolist()
        before = [(named("contacts"), named(name), self._before[name]) for name in self.before]
        return before + [(named(FLOW_NODES[i]), named(FLOW_NODES[j]), float(self._steps[i, j])) for i, j in taken]


def _mean_count(result: RunResult, metric: str) -> float:
    """Return how many a replication counts of what a share is about."""
    counts = result.numerator[:, result.place(metric)]
    return float(counts[np.isfinite(counts)].mean()) if np.isfinite(counts).any() else 0.0


def named(node: str) -> str:
    """Name a place for people."""
    return _NAMES.get(node, node if node in TIERS else node.replace("_", " ").capitalize())


def flow_pictures(result: RunResult) -> Iterator[Picture]:
    """Yield the flow, if there were tickets."""
    flow = Flow(result)
    if flow.tiers:
        yield Picture("flow", "Where tickets go, per week", _in_words(flow), partial(_draw, flow),
                      "Bands are as wide as the number of tickets; hand-backs run below.", wide=True)  # fmt: skip


def _in_words(flow: Flow) -> str:
    parts = []
    for place, tier in enumerate(flow.tiers):
        comes = flow.into(tier)
        said = f"{tier} gets {number(round(comes))} a week and resolves {share(flow.step(tier, 'resolved') / comes)}"
        for other in flow.tiers[place + 1 :]:
            if flow.step(tier, other):
                said += f", passes {share(flow.step(tier, other) / comes)} to {other}"
        for other in flow.tiers[:place]:
            if flow.step(tier, other):
                said += f", hands {share(flow.step(tier, other) / comes)} back to {other}"
        parts.append(said)
    return "; ".join(parts) + "."


@dataclass
class _Node:
    """Where a place is drawn: its left edge, its top, its height, and what is already taken of both its sides."""

    x: float
    top: float
    height: float
    taken_in: float = 0.0
    taken_out: float = 0.0


def _draw(flow: Flow, width: float) -> Figure:
    narrow = width < WIDE
    height = 3.0 if narrow else 3.6
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    nodes = _places(flow, narrow)
    lowest = min(node.top - node.height for node in nodes.values())
    backs = any(flow.step(high, low) for high, low in _backs(flow))
    axes.set(xlim=(0, 1), ylim=(lowest - (0.2 if backs else 0.06), 0.16))
    for come, go in _forward(flow):
        _band(axes, nodes, flow.step(come, go) / flow.all, come, go)
    for high, low in _backs(flow):
        if flow.step(high, low):
            _hand_back(axes, nodes[high], nodes[low], lowest, f"{number(round(flow.step(high, low)))} back")
    for name, node in nodes.items():
        _label(axes, flow, name, node, narrow)
    return figure


def _places(flow: Flow, narrow: bool) -> dict[str, _Node]:
    """Lay the places out: sources left, tiers going down to the right, ends right, so that bands hardly cross."""
    total = flow.all
    left, right = (0.17, 0.78) if narrow else (0.09, 0.885)
    pitch = 0.16 if narrow else 0.15
    nodes: dict[str, _Node] = {}
    if flow.before:
        nodes["contacts"] = _Node(left - _NODE, 0.0, flow.out_of("contacts") / total)
        left += pitch
    top = 0.0
    for name in ("new", "reopened", *flow.before):
        count = flow.into(name) if name in _BEFORE else flow.out_of(name)
        if count:
            nodes[name] = _Node(left - _NODE, top, count / total)
            top -= count / total + _GAP
    tiers = flow.tiers
    columns = np.linspace(left + pitch - _NODE, right - pitch, max(len(tiers), 1))
    top = 0.0
    for tier, x in zip(tiers, columns.tolist(), strict=True):
        nodes[tier] = _Node(x, top, flow.into(tier) / total)
        # The next tier lies below the band of what this one resolves.
        top -= flow.step(tier, "resolved") / total + _GAP
    below = 0.0
    for end in FLOW_ENDS:
        if flow.into(end):
            nodes[end] = _Node(right, below, flow.into(end) / total)
            below -= flow.into(end) / total + _GAP
    return nodes


def _forward(flow: Flow) -> Iterator[tuple[str, str]]:
    """Yield the steps from left to right, upper bands of each place first."""
    tiers = flow.tiers
    if flow.before:
        yield from (("contacts", name) for name in ("new", *flow.before))
    for come in ("new", "reopened", *tiers):
        later = tiers[tiers.index(come) + 1 :] if come in tiers else tiers
        for go in ("resolved", *later, *FLOW_ENDS[1:]) if come in tiers else tiers:
            if flow.step(come, go):
                yield come, go


def _backs(flow: Flow) -> Iterator[tuple[str, str]]:
    tiers = flow.tiers
    yield from ((high, low) for place, high in enumerate(tiers) for low in tiers[:place])


def _band(axes: Axes, nodes: dict[str, _Node], thick: float, come: str, go: str) -> None:
    start, end = nodes[come], nodes[go]
    x0, x1 = start.x + _NODE, end.x
    y0, y1 = start.top - start.taken_out, end.top - end.taken_in
    start.taken_out += thick
    end.taken_in += thick
    middle = (x0 + x1) / 2
    corners = [(x0, y0), (middle, y0), (middle, y1), (x1, y1), (x1, y1 - thick), (middle, y1 - thick),
               (middle, y0 - thick), (x0, y0 - thick), (x0, y0)]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path(corners, codes), color=LIGHT[_COLOURS.get(come, "quiet")], alpha=0.32))


def _hand_back(axes: Axes, high: _Node, low: _Node, lowest: float, said: str) -> None:
    x0, x1 = high.x + _NODE / 2, low.x + _NODE / 2
    y0, y1, deep = high.top - high.height, low.top - low.height, lowest - 0.1
    path = Path([(x0, y0), (x0, deep), (x1, deep), (x1, y1)], [Path.MOVETO, *[Path.CURVE4] * 3])
    axes.add_patch(PathPatch(path, facecolor="none", edgecolor=LIGHT["orange"], linewidth=1.2, linestyle=(0, (3, 2))))
    axes.text((x0 + x1) / 2, deep - 0.01, said, ha="center", va="top", fontsize=7.5, color=LIGHT["quiet"])


def _label(axes: Axes, flow: Flow, name: str, node: _Node, narrow: bool) -> None:
    colour = LIGHT[_COLOURS.get(name, "quiet")]
    axes.add_patch(Rectangle((node.x, node.top - node.height), _NODE, node.height, color=colour))
    count = flow.out_of(name) if name in ("contacts", "new", "reopened") else flow.into(name)
    said = number(round(count)) if count >= 1 else "< 1"
    middle = node.top - node.height / 2
    break_ = "\n" if node.height > 0.12 or name == "reopened" else " "
    first = name == ("contacts" if flow.before else "new")
    if first or name == "reopened":
        axes.text(node.x - 0.008, middle, f"{named(name)}{break_}{said}", ha="right", va="center")
    elif name in (*FLOW_ENDS, *_BEFORE):
        axes.text(node.x + _NODE + 0.008, middle, f"{named(name)}{break_}{said}", ha="left", va="center")
    else:
        across = "\n" if narrow and name == "new" else " "
        axes.text(
            node.x + _NODE / 2,
            node.top + 0.015,
            f"{named(name)}{across}{said}",
            ha="center",
            va="bottom",
            fontweight="bold",
        )
