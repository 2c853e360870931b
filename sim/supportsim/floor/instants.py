"""What happens when: SimPy's calendar, and the named order of changes that fall on one instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

import simpy


class Order(IntEnum):
    """What goes first at one instant. All changes of an instant precede its one dispatch."""

    WORK_END = 0
    """A touch ends."""
    CREW = 1
    """People leave the floor, then people come onto it."""
    PATIENCE = 2
    """A live customer gives up."""
    RETURN = 3
    """A reply, a fix, a reopen or a retry brings a ticket back."""
    WIDEN = 4
    """A fallback delay has passed."""
    ARRIVAL = 5
    """New tickets."""


Change = tuple[int, int, int]
"""(order, who, what): the order, the agent or ticket, and what its handler needs to know."""


class Instants:
    """Rings once per distinct instant, with that instant's changes in order.

    SimPy orders the instants; changes due at the same one share a single
    timeout, so that their order never depends on when they were scheduled.

    Args:
        horizon_ms: changes at or after this are dropped.
        handlers: by `Order`, called with (who, what).
        settle: called once at the end of each instant.
    """

    def __init__(
        self, horizon_ms: int, handlers: Sequence[Callable[[int, int], None]], settle: Callable[[], None]
    ) -> None:
        self.now_ms = 0
        self._horizon_ms = horizon_ms
        self._handlers = handlers
        self._settle = settle
        self._env = simpy.Environment()
        self._due: dict[int, list[Change]] = {}
        # Bound once: making a bound method costs as much as calling it.
        self._on_ring = self._ring

    def at(self, time_ms: int, change: Change) -> None:
        """Have ``change`` happen at ``time_ms``, which lies after now (or is now, before the first instant)."""
        due = self._due
        if time_ms in due:
            due[time_ms].append(change)
        elif time_ms < self._horizon_ms:
            due[time_ms] = [change]
            simpy.Timeout(self._env, time_ms - self.now_ms, time_ms).callbacks.append(self._on_ring)

    def run(self) -> None:
        """Let everything due before the horizon happen."""
        if self._horizon_ms > 0:
            self._env.run(until=self._horizon_ms)

    def _ring(self, timeout: simpy.Event) -> None:
        self.now_ms = now_ms = timeout.value
        changes = self._due.pop(now_ms)
        if len(changes) == 1:
            order, who, what = changes[0]
            self._handlers[order](who, what)
        else:
            changes.sort()
            for order, who, what in changes:
                self._handlers[order](who, what)
        self._settle()
