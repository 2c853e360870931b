"""What happens when: SimPy's calendar, and the named order of changes that fall on one instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from operator import attrgetter, is_

import simpy
from simpy.events import NORMAL


class Order(IntEnum):
    """What goes first at one instant. All changes of an instant precede its one dispatch."""

    WATCH = 0
    """Playbooks look at the floor as it was left just before; they fire and end."""
    WORK_END = 1
    """A touch ends."""
    STAND_DOWN = 2
    """Duties on call begin and end, and people on call go."""
    RELIEVE = 3
    """People whom a playbook kept or called in go."""
    CREW = 4
    """People leave the floor, then people come onto it."""
    CALLED = 5
    """People on call come, and people who had to rest."""
    BACK_UP = 6
    """People whom a playbook called in come."""
    PATIENCE = 7
    """A live customer gives up."""
    RETURN = 8
    """A reply, a fix, a reopen or a retry brings a ticket back."""
    WIDEN = 9
    """A fallback delay has passed."""
    LET_GO = 10
    """A ticket has waited for its owner as long as the rules want; anyone may take it."""
    AGE = 11
    """A ticket has waited so long that it rises to a higher class."""
    CLOCK = 12
    """A ticket's SLA clock has run so long that a step of the rules is due."""
    LINK = 13
    """An incident is known."""
    ARRIVAL = 14
    """New tickets. They come last, so that they need not be on the calendar to take their turn."""


Change = tuple[int, int, int]
"""(order, who, what): the order, the agent or ticket, and what its handler needs to know."""

Handler = Callable[[int, int, int], None]
"""Makes a change happen; called with (now_ms, who, what)."""


class _Bell(simpy.Timeout):
    """An event that rings at every instant it is scheduled for. Nobody waits for it, so it is never used up."""

    nobody = ()
    # SimPy takes the callbacks and sets them to None each time it rings. Both functions are C's: it rings very often.
    callbacks = property(attrgetter("nobody"), is_)  # type: ignore[arg-type]


class Instants:
    """Goes from one distinct instant to the next, with that instant's changes in order.

    SimPy orders the instants; changes due at the same one share a single timeout, so
    that their order never depends on when they were scheduled. Arrivals are known
    and sorted beforehand: they are merged in instead of being scheduled one by one.

    Args:
        horizon_ms: changes at or after this are dropped.
    """

    __slots__ = ("_bell", "_clock_ms", "_due", "_env", "_horizon_ms", "_schedule")

    def __init__(self, horizon_ms: int) -> None:
        self._horizon_ms = horizon_ms
        self._env = simpy.Environment()
        self._schedule = self._env.schedule
        self._bell = _Bell(self._env, horizon_ms)
        self._clock_ms = 0
        # A lone change, as nearly all are, stands for itself.
        self._due: dict[int, Change | list[Change]] = {}

    def at(self, time_ms: int, change: Change) -> None:
        """Have ``change`` happen at ``time_ms``, which lies after now (or is now, before the first instant)."""
        due = self._due
        if time_ms in due:
            others = due[time_ms]
            if isinstance(others, list):
                others.append(change)
            else:
                due[time_ms] = [others, change]
        elif time_ms < self._horizon_ms:
            due[time_ms] = change
            # SimPy's own clock stands still at arrivals.
            self._schedule(self._bell, NORMAL, time_ms - self._clock_ms)

    def run(
        self,
        arrivals_ms: Sequence[int],
        handlers: Mapping[Order, Handler],
        settle: Callable[[int], None],
        lone_handlers: Mapping[Order, Handler],
    ) -> None:
        """Let everything before the horizon happen.

        Args:
            arrivals_ms: sorted; ticket i arrives at ``arrivals_ms[i]``.
            handlers: by `Order`; what is left out never happens.
            settle: called once at the end of each instant with several changes, with its time.
            lone_handlers: the same for a change that has its instant to itself; they settle, too.
        """
        horizon_ms = self._horizon_ms
        due, peek, step = self._due, self._env.peek, self._env.step
        arrive, arrive_alone = handlers[Order.ARRIVAL], lone_handlers[Order.ARRIVAL]
        handle, handle_alone = (
            [by_order.get(order, _never_happens) for order in Order] for by_order in (handlers, lone_handlers)
        )
        arrivals_ms = [*arrivals_ms, horizon_ms]
        ticket, arrival_ms = 0, arrivals_ms[0]
        while True:
            now_ms: int = peek()  # type: ignore[assignment]
            if arrival_ms < now_ms:
                now_ms = arrival_ms
                ticket += 1
                arrival_ms = arrivals_ms[ticket]
                if arrival_ms != now_ms:
                    arrive_alone(now_ms, ticket - 1, 0)
                    continue
                arrive(now_ms, ticket - 1, 0)
            elif now_ms >= horizon_ms:
                return
            else:
                step()
                self._clock_ms = now_ms
                changes = due.pop(now_ms)
                if isinstance(changes, tuple):
                    order, who, what = changes
                    if arrival_ms != now_ms:
                        handle_alone[order](now_ms, who, what)
                        continue
                    handle[order](now_ms, who, what)
                else:
                    for order, who, what in sorted(changes):
                        handle[order](now_ms, who, what)
            while arrival_ms == now_ms:
                arrive(now_ms, ticket, 0)
                ticket += 1
                arrival_ms = arrivals_ms[ticket]
            settle(now_ms)


def _never_happens(now_ms: int, who: int, what: int) -> None:
    raise ValueError(f"nobody handles what falls on {now_ms} ms: {who}, {what}")
