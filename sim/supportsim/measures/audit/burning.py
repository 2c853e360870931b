"""When playbooks burned, by the rows in which they fire and end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event, Ledger


@dataclass(frozen=True)
class Burning:
    """Stretches of the ledger in which a playbook burned, in order; K of them.

    Args:
        first, behind: int64 (K,), the row in which it fires, and the one in which it ends, or behind the last one.
        start_ms, end_ms: int64 (K,), their times; the horizon if it does not end.
    """

    first: NDArray[np.int64]
    behind: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]

    def at_row(self, row: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell whether it burns after rows (n,)."""
        return np.searchsorted(self.first, row, side="right") > np.searchsorted(self.behind, row, side="right")

    def at_time(self, at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell whether it burns at instants (n,), after the looks."""
        return np.searchsorted(self.start_ms, at_ms, side="right") > np.searchsorted(self.end_ms, at_ms, side="right")

    def end_of(self, at_ms: int) -> int | None:
        """Return when the fire ends that burns at an instant, after the looks; None if it does not burn."""
        place = int(np.searchsorted(self.start_ms, at_ms, side="right")) - 1
        return int(self.end_ms[place]) if place >= 0 and at_ms < self.end_ms[place] else None


def burning(ledger: Ledger, number: int, horizon_ms: int) -> Burning:
    """Return when a playbook burned. It is checked elsewhere that it fires and ends in turn."""
    own = ledger.place == number
    first = np.flatnonzero(own & (ledger.event == Event.PLAYBOOK_FIRES))
    behind = np.flatnonzero(own & (ledger.event == Event.PLAYBOOK_ENDS))[: len(first)]
    end_ms = np.append(ledger.time_ms[behind], np.full(len(first) - len(behind), horizon_ms))
    behind = np.append(behind, np.full(len(first) - len(behind), len(ledger)))
    return Burning(first, behind, ledger.time_ms[first], end_ms)


@dataclass(frozen=True)
class Stays:
    """Stays of waiting tickets (n,): the place in the history, the rows from and until which, and the standing."""

    at: NDArray[np.int64]
    enter: NDArray[np.int64]
    leave: NDArray[np.int64]
    key: NDArray[np.int64]


def without(stays: Stays, whose: NDArray[np.bool_], fire: Burning) -> Stays:
    """Return stays less the time in which a playbook burns.

    Args:
        stays: of tickets.
        whose: bool (M,), of the history: which of them it is about.
        fire: when it burns.
    """
    for first, behind in zip(fire.first.tolist(), fire.behind.tolist(), strict=True):
        cut = whose[stays.at] & (stays.enter < behind) & (stays.leave > first)
        before, after = cut & (stays.enter < first), cut & (stays.leave > behind)
        at, key = (np.concatenate([each[~cut], each[before], each[after]]) for each in (stays.at, stays.key))
        enter = np.concatenate([stays.enter[~cut], stays.enter[before], np.full(after.sum(), behind)])
        leave = np.concatenate([stays.leave[~cut], np.full(before.sum(), first), stays.leave[after]])
        stays = Stays(at, enter, leave, key)
    return stays
