"""What becomes of contacts that reach their channel outside its opening hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan
from supportsim.scenario.calendars import build_clock
from supportsim.scenario.model import Scenario
from supportsim.scenario.promises import calendar_named


@dataclass(frozen=True)
class Reach:
    """Where and when N contacts reach the floor.

    Args:
        at_ms: int64 (N,); the horizon for those held whose channel does not open before it.
        channel: int16 (N,), that of contacts who take another one because theirs is closed.
        turned_away: bool (N,), closed, and nothing else is offered.
    """

    at_ms: NDArray[np.int64]
    channel: NDArray[np.int16]
    turned_away: NDArray[np.bool_]


def reach(scenario: Scenario, plan: Plan, channel: NDArray[np.int16], at_ms: NDArray[np.int64]) -> Reach:
    """Send contacts to their channels (N,) at instants (N,)."""
    reached_ms, on, turned_away = at_ms.copy(), channel.copy(), np.zeros(len(at_ms), dtype=np.bool_)
    for code, stated in enumerate(scenario.demand.channels.values()):
        if stated.open is None:
            continue
        calendar = calendar_named(scenario, stated.open)
        clock = build_clock(stated.open, calendar, plan.timezone, plan.origin, 0, plan.horizon_ms)
        of_it = np.flatnonzero(channel == code)
        late = of_it[~clock.is_open(at_ms[of_it])]
        if stated.closed is None or stated.closed.fate == "turned_away":
            turned_away[late] = True
        elif stated.closed.as_ is not None:
            on[late] = plan.channels.index(stated.closed.as_)
        else:
            opens_ms = np.append(clock.open_ms, plan.horizon_ms)
            reached_ms[late] = opens_ms[np.searchsorted(clock.open_ms, at_ms[late], side="right")]
    return Reach(reached_ms, on, turned_away)
