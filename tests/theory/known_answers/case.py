"""What a known answer is: a system, how it is simulated, what is exact, and which wrong models must not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from zlib import crc32

import numpy as np
from systems import Streams

Replicate = Callable[[Streams], Mapping[str, float]]
"""Simulates one replication on the floor, audited, and returns one number per metric."""
Samples = dict[str, list[float]]


class Known(NamedTuple):
    """What a metric must be.

    Args:
        exact: the value.
        largest_error: the largest standard error with which it is accepted, relative to the value, of the case's
            number of replications.
        own_error: standard error of the value itself, where it comes from a simulation of others.
    """

    exact: float
    largest_error: float
    own_error: float = 0.0


@dataclass(frozen=True)
class Wrong:
    """A model that is nearly right, which the judge must reject in each metric named.

    Args:
        what: for people.
        values: what the wrong model says of metrics that the right one simulates; or, with ``replicate``,
            the right values that a wrong floor must miss.
        replicate: the wrong floor.
        replications: of the wrong floor.
        in_full: so nearly right that only the case's full number of replications tells it apart.
    """

    what: str
    values: Mapping[str, float]
    replicate: Replicate | None = None
    replications: int = 20
    in_full: bool = False


@dataclass(frozen=True)
class Case:
    """A system with known answers.

    Args:
        number: short name, e.g. ``"A02"``; a variant has a suffix.
        title: the system in a line.
        source: where the values come from.
        replicate: see `Replicate`; may return more than what is known.
        known: by metric, in order.
        wrong: see `Wrong`.
        replications: in full, at least 20: what the stated errors and all wrong models are for.
        in_tests: how many of them the quick tests do with; default: all.
        slow: takes long; not in the default tests.
        published: what the source prints, by metric, that ``known`` must agree with.
        published_error: how closely, relative.
    """

    number: str
    title: str
    source: str
    replicate: Replicate
    known: Mapping[str, Known]
    wrong: tuple[Wrong, ...] = ()
    replications: int = 30
    in_tests: int | None = None
    slow: bool = False
    published: Mapping[str, float] = field(default_factory=dict)
    published_error: float = 1e-5

    @property
    def in_quick_tests(self) -> int:
        """Number of replications in the quick tests."""
        return self.in_tests or self.replications

    @property
    def needs_all(self) -> bool:
        """Whether the quick tests leave anything out."""
        return self.in_quick_tests < self.replications


@dataclass(frozen=True)
class Trace:
    """A known answer without chance: rows of numbers that must be equal, not close.

    Args:
        number, title, source: as in `Case`.
        rows: by what they are, found and expected.
        wrong: rows of wrong models, which must differ.
    """

    number: str
    title: str
    source: str
    rows: Callable[[], Mapping[str, tuple[object, object]]]
    wrong: Callable[[], Mapping[str, tuple[object, object]]] = dict


def sample(number: str, replicate: Replicate, count: int) -> Samples:
    """Return what each of ``count`` replications measured, of the right or of a wrong model of a case."""
    return gather(replicate(streams_of(number, replication)) for replication in range(count))


def streams_of(number: str, replication: int) -> Streams:
    """Return the random streams of a replication; those of two cases are independent, so that their luck is too."""
    return Streams(seed=crc32(number.encode()), replication=replication)


def gather(rows: Iterable[Mapping[str, float]]) -> Samples:
    """Return the numbers of each metric, in the order of the replications."""
    found: Samples = {}
    for row in rows:
        for name, value in row.items():
            found.setdefault(name, []).append(float(value))
    return found


def each(values: Mapping[str, float], largest_error: Mapping[str, float]) -> dict[str, Known]:
    """Return what is known of each metric; the error is that of the longest beginning of its name."""

    def error(name: str) -> float:
        return largest_error[max((stem for stem in largest_error if name.startswith(stem)), key=len)]

    return {name: Known(float(value), error(name)) for name, value in values.items()}


def only(values: Mapping[str, float], *names: str) -> dict[str, float]:
    """Return some of the values."""
    return {name: values[name] for name in names}


def hourly(name: str, values: Iterable[float], first: int = 0) -> dict[str, float]:
    """Return one metric per hour."""
    return {f"{name} {hour}": float(value) for hour, value in enumerate(np.asarray(list(values)), start=first)}
