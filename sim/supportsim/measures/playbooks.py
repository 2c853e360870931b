"""When playbooks burned, and how much of the window that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event, Ledger
from supportsim.measures.groups import Grouping, Statistics, plain, sums
from supportsim.measures.intervals import covered_ms
from supportsim.measures.series import STEP_MS, bins
from supportsim.plan.model import Plan, Playbook
from supportsim.scenario.units import HOUR_MS


@dataclass(frozen=True)
class Fires:
    """Stretches of time in which a playbook burned, by playbook and then in order; n of them.

    Args:
        playbook: int64 (n,), its number.
        start_ms, end_ms: int64 (n,); what still burns ends at the horizon.
    """

    playbook: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]

    def burns(self, number: int, at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell whether a playbook burns at instants (m,), after the looks."""
        own = self.playbook == number
        begun, over = (np.searchsorted(side[own], at_ms, side="right") for side in (self.start_ms, self.end_ms))
        burns: NDArray[np.bool_] = begun > over
        return burns


def teams_of(playbook: Playbook) -> frozenset[int]:
    """Return the teams for which a playbook does something: its own, and the one that lends people."""
    return frozenset({playbook.team, playbook.lends} - {-1})


def fires(plan: Plan, ledger: Ledger) -> Fires:
    """Collect when playbooks burned."""
    start = np.flatnonzero(ledger.event == Event.PLAYBOOK_FIRES)
    end = np.flatnonzero(ledger.event == Event.PLAYBOOK_ENDS)
    # Each fires and ends in turn, so ends lie beside their starts once both are sorted by playbook.
    start, end = (rows[np.argsort(ledger.place[rows], kind="stable")] for rows in (start, end))
    number = ledger.place[start].astype(np.int64)
    nth = np.arange(len(start)) - np.searchsorted(number, number)
    over = np.searchsorted(ledger.place[end], number) + nth
    ends = over < np.searchsorted(ledger.place[end], number, side="right")
    end_ms = np.append(ledger.time_ms[end], plan.horizon_ms)[np.where(ends, over, len(end))]
    return Fires(number, ledger.time_ms[start], end_ms)


def firings(plan: Plan, found: Fires, cut: Grouping) -> list[Statistics]:
    """Return how often playbooks fired in the window."""
    start_ms, end_ms = plan.window_ms
    inside = (found.start_ms >= start_ms) & (found.start_ms < end_ms)
    group = found.playbook if cut.dimensions else None
    return [plain(sums(group, len(cut), inside.astype(np.float64)))]


def hours(plan: Plan, found: Fires, cut: Grouping) -> list[Statistics]:
    """Return how many hours of the window playbooks burned."""
    start_ms, end_ms = plan.window_ms
    burned_ms = np.clip(np.minimum(found.end_ms, end_ms) - np.maximum(found.start_ms, start_ms), 0, None)
    group = found.playbook if cut.dimensions else None
    return [plain(sums(group, len(cut), burned_ms.astype(np.float64)) / HOUR_MS)]


PLAYBOOK_SERIES = ("fired", "burned_ms")
"""By playbook, and by the quarter in which it was so."""


def playbook_series(plan: Plan, found: Fires) -> NDArray[np.int64]:
    """Return `PLAYBOOK_SERIES` by playbook and quarter of the window (playbooks, 2, bins)."""
    (window_start_ms, window_end_ms), count, steps = plan.window_ms, len(plan.playbooks), bins(plan)
    inside = (found.start_ms >= window_start_ms) & (found.start_ms < window_end_ms)
    cell = found.playbook[inside] * steps + (found.start_ms[inside] - window_start_ms) // STEP_MS
    fired = np.bincount(cell, minlength=count * steps).reshape(count, steps)
    start_ms = np.clip(found.start_ms, window_start_ms, window_end_ms) - window_start_ms
    end_ms = np.clip(found.end_ms, window_start_ms, window_end_ms) - window_start_ms
    burned_ms = covered_ms(found.playbook, count, start_ms, end_ms, STEP_MS, steps)
    return np.stack([fired, burned_ms.astype(np.int64)], axis=1)
