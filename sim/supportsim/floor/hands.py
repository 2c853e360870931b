"""What an agent has in hand, and those who have the same in hand.

Work left is counted in millionths of a millisecond at full speed. It stays exact however
often the pace changes; only ends are rounded, up to the millisecond.
"""

from __future__ import annotations

from supportsim.ledger import NOBODY

FULL_SPEED = 1_000_000
"""The pace, in millionths, at which a millisecond of work takes a millisecond."""

UNLIMITED = 1 << 30
"""How many contacts deferrable work in hand allows: it is the load that forbids them."""

ANY_MS = 1 << 60
"""A time that nothing takes."""

DEFERRABLE, URGENT = 0, 1
"""Kinds of tickets that are not live; from 2 on, live contacts by their limit. Only a limit on what
people own sets the urgent apart."""

Load = tuple[int, int, bool, bool]
"""(in hand, how many the live ones allow, deferrable work in hand, owns all that is allowed)."""


class Holding:
    """A ticket in an agent's hands."""

    __slots__ = ("began_ms", "end_ms", "kind", "left", "pace", "paced_ms", "paces")

    def __init__(self, kind: int, left: int, paces: tuple[int, ...], now: int) -> None:
        self.kind = kind
        self.paces = paces
        """By number in hand, less 1: millionths of full speed."""
        self.left = left
        """Millionths of a millisecond of work, as of ``paced_ms``."""
        self.began_ms = self.paced_ms = now
        self.pace = pace = paces[0]
        self.end_ms = now - (-left // pace)

    def left_at(self, now: int) -> int:
        """Return the work left."""
        return self.left - (now - self.paced_ms) * self.pace


class Crowd(dict[int, None]):
    """The people of one team with one load who are there, in the order in which they came to it.

    Args:
        load: what each of them has in hand.
        takes: by kind, whether each of them may take it, and last whether what is his own.
        heaps: the lanes from which they may take.
    """

    __slots__ = ("heaps", "load", "since_ms", "takes", "takes_any")

    def __init__(self, load: Load, takes: tuple[bool, ...], heaps: list[list[int]]) -> None:
        super().__init__()
        self.load, self.takes, self.heaps = load, takes, heaps
        self.takes_any = bool(heaps) or takes[-1]
        self.since_ms = NOBODY
        """When somebody came last."""
