"""What is wrong with a scenario, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FaultPath = tuple[str | int, ...]
"""Keys and list indices from the top of a scenario to a value."""


Wrong = tuple[tuple[int, int], str]
"""Line and column of a text, both from 1, and what is wrong there."""


@dataclass(frozen=True)
class Position:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: ``file:line:column: path: problem, expectation``.

    Args:
        file: as it was given; ``--set`` for an override, whose number is the line.
        line, column: from 1.
        path: dotted, empty where the file as a whole is meant.
        message: the problem and what was expected instead.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: "
        return place + (f"{self.path}: " if self.path else "") + self.message

    @classmethod
    def at(cls, position: Position, path: FaultPath, message: str) -> Fault:
        """Return a fault at a position."""
        return cls(position.file, position.line, position.column, dotted(path), message)


class ScenarioError(ValueError):
    """A scenario is not valid. ``faults`` holds everything that is wrong with it, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Finding:
    """Two parts of a scenario that do not fit.

    Args:
        path: to the value, in the long form.
        message: the problem and what was expected.
        on_key: the key is wrong, not its value.
        missing: steps below ``path`` that are missing.
    """

    path: FaultPath
    message: str
    on_key: bool = False
    missing: FaultPath = ()


def dotted(path: FaultPath) -> str:
    """Return ``events.0.outage.at`` of such a path."""
    return ".".join(str(step) if str(step).isprintable() else repr(step) for step in path)
