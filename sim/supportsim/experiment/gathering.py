"""Replications put together as they come, in memory that does not grow with their number."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from supportsim.experiment.judgement import CONFIDENCE, Claim, Kind, judge
from supportsim.experiment.result import RunResult, TargetResult
from supportsim.measures.measure import Measures
from supportsim.scenario.loader import LoadedScenario
from supportsim.scenario.metrics import METRICS, MetricKey, parse_bounds, parse_target_key

LARGEST_IN_MEMORY = 16 * 1024 * 1024
"""Bytes; larger tables lie in a file without a name, which the system keeps in memory only as far as there is room."""

_STACKED = ("value", "numerator", "denominator", "backlog")
_SUMMED = ("demand", "teams", "curves", "flow", "playbooks")


class Gathering:
    """Takes replications in any order and makes the result of them, in the order of their numbers.

    Args:
        scenario: what is simulated.
        seed: of all random streams.
        numbers: the replications that are wanted.
        keys: what is measured.
    """

    def __init__(self, scenario: LoadedScenario, seed: int, numbers: range, keys: tuple[MetricKey, ...]) -> None:
        self._scenario = scenario
        self._seed = seed
        self._numbers = numbers
        self._keys = keys
        self._finished: set[int] = set()
        self._stacked: dict[str, NDArray[Any]] = {}
        self._summed: dict[str, NDArray[np.int64]] = {}

    def __len__(self) -> int:
        """Return how many have come."""
        return len(self._finished)

    @property
    def complete(self) -> bool:
        """Whether all that are wanted have come."""
        return len(self) == len(self._numbers)

    def add(self, number: int, measures: Measures) -> None:
        """Take a replication."""
        row = self._numbers.index(number)
        if not self._finished:
            for name in _STACKED:
                first = getattr(measures, name)
                self._stacked[name] = _table((len(self._numbers), *first.shape), first.dtype)
            self._summed = {name: np.zeros_like(getattr(measures, name)) for name in _SUMMED}
        for name, table in self._stacked.items():
            table[row] = getattr(measures, name)
        for name, total in self._summed.items():
            # Whole numbers: the order in which replications come does not matter.
            total += getattr(measures, name)
        self._finished.add(number)

    def result(self, asked: int | None = None, confidence: float = CONFIDENCE) -> RunResult:
        """Return what has come, judged.

        It may be asked for before the last has come, but only where none is missing between those that have.

        Args:
            asked: how many were wanted by now (default: all).
            confidence: of the verdicts together.
        """
        numbers = sorted(self._finished)
        rows = [self._numbers.index(number) for number in numbers]
        for table in self._stacked.values():
            for place, row in enumerate(rows):
                if place != row:
                    table[place] = table[row]
        result = RunResult(
            scenario=self._scenario,
            seed=self._seed,
            asked=asked or len(self._numbers),
            replications=tuple(numbers),
            keys=self._keys,
            targets=(),
            value=self._stacked["value"][: len(rows)],
            numerator=self._stacked["numerator"][: len(rows)],
            denominator=self._stacked["denominator"][: len(rows)],
            backlog=self._stacked["backlog"][: len(rows)],
            demand=self._summed["demand"],
            teams=self._summed["teams"],
            curves=self._summed["curves"],
            flow=self._summed["flow"],
            playbooks=self._summed["playbooks"],
        )
        return replace(result, targets=judged(result, confidence), confidence=confidence)


def judged(result: RunResult, confidence: float = CONFIDENCE) -> tuple[TargetResult, ...]:
    """Return the targets of a result's scenario with their verdicts, in the order of the file."""
    promised = []
    claims = []
    for name, target in result.scenario.scenario.targets.items():
        key = parse_target_key(name)
        place = result.place(key.metric, key.stat, **dict(key.slices))
        low, high = parse_bounds(key.metric, target.at_least, target.at_most, target.between)
        promised.append((name, key, low, high))
        kind = Kind(METRICS[key.metric].estimate)
        claims.append(
            Claim(low, high, kind, result.value[:, place], result.numerator[:, place], result.denominator[:, place])
        )
    return tuple(TargetResult(*one, verdict) for one, verdict in zip(promised, judge(claims, confidence), strict=True))


def _table(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    if np.dtype(dtype).itemsize * int(np.prod(shape)) <= LARGEST_IN_MEMORY:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile() as file:
        return np.asarray(np.memmap(file, dtype, "w+", shape=shape))
