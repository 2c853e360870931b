"""Statistics by slice: ratios of sums, totals and quantiles, for all groups of a dimension at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import PRIORITIES, TIERS, Plan
from supportsim.scenario.metrics import Slice

QUANTILES = {"p50": 0.5, "p80": 0.8, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True)
class Statistics:
    """Values (n,) of one statistic, with the sums (n,) whose quotient they are; NaN where they are no quotients."""

    value: NDArray[np.float64]
    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]


@dataclass(frozen=True)
class Grouping:
    """One way to cut a base into slices, by one dimension, by two crossed, or not at all.

    Args:
        dimensions: their names.
        slices: one per group, in the order of the group's code.
    """

    dimensions: tuple[str, ...]
    slices: tuple[Slice, ...]

    def __len__(self) -> int:
        return len(self.slices)

    def codes(self, columns: Mapping[str, NDArray[Any]], sizes: Mapping[str, int]) -> NDArray[np.int64] | None:
        """Return the group (n,) of each row, -1 where it is in none; None if all are in the only group."""
        code: NDArray[np.int64] | None = None
        for dimension in self.dimensions:
            part = columns[dimension].astype(np.int64)
            code = part if code is None else np.where((code < 0) | (part < 0), -1, code * sizes[dimension] + part)
        return code


def members(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return the members of each dimension, in the order of their codes."""
    return {
        "priority": PRIORITIES,
        "segment": plan.segments,
        "channel": plan.channels,
        "category": plan.categories,
        "tier": TIERS,
        "team": plan.teams,
        "playbook": tuple(playbook.name for playbook in plan.playbooks),
    }


def grouping(dimensions: Sequence[str], names: Mapping[str, tuple[str, ...]]) -> Grouping:
    """Return the slices by ``dimensions``, the last one varying fastest."""
    slices: list[Slice] = [()]
    for dimension in dimensions:
        slices = [(*slice_, (dimension, name)) for slice_ in slices for name in names[dimension]]
    return Grouping(tuple(dimensions), tuple(slices))


def sums(codes: NDArray[np.int64] | None, groups: int, weights: NDArray[Any]) -> NDArray[np.float64]:
    """Return the sum (groups,) of ``weights`` (n,) over the rows of each group."""
    if codes is None:
        return np.array([weights.sum(dtype=np.float64)])
    return np.bincount(codes + 1, weights=weights, minlength=groups + 1)[1:].astype(np.float64)


def largest(codes: NDArray[np.int64] | None, groups: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest (groups,) of non-negative ``values`` (n,) of each group, 0 where it has none."""
    found = np.zeros(groups)
    np.maximum.at(found, np.zeros(len(values), dtype=np.int64) if codes is None else codes, values)
    return found


def ratios(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> Statistics:
    """Return numerator / denominator (n,), NaN where the base is empty."""
    value = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=value, where=denominator > 0)
    return Statistics(value, numerator, denominator)


def plain(value: NDArray[np.float64]) -> Statistics:
    """Return values (n,) that are no quotients."""
    nothing = np.full(len(value), np.nan)
    return Statistics(value, nothing, nothing)


def distributions(
    codes: NDArray[np.int64] | None, groups: int, ascending: NDArray[np.float64], stats: Sequence[str]
) -> list[NDArray[np.float64]]:
    """Return each of ``stats`` (groups,) of the values of each group; NaN for an empty group.

    ``mean``, ``max``, or a quantile q, which lies at place q x (n - 1) of the n ascending values,
    linearly between neighbours.

    Args:
        codes: group (n,) of each of the ``ascending`` values.
        groups: number of groups.
        ascending: float (n,), sorted; so one stable sort by group sorts inside every group.
        stats: names.
    """
    if codes is None:
        values, count = ascending, np.array([len(ascending)])
    else:
        values = ascending[np.argsort((codes + 1).astype(np.uint16), kind="stable")]
        count = np.bincount(codes + 1, minlength=groups + 1)
        values, count = values[count[0] :], count[1:]
    some = count > 0
    first = (np.cumsum(count) - count)[some]
    last = first + count[some] - 1
    results = []
    for stat in stats:
        result = np.full(groups, np.nan)
        if stat == "mean":
            result[some] = np.add.reduceat(values, first) / count[some] if len(first) else 0.0
        else:
            place = first + QUANTILES.get(stat, 1.0) * (last - first)
            below = np.floor(place).astype(np.int64)
            above = np.minimum(below + 1, last)
            result[some] = values[below] + (place - below) * (values[above] - values[below])
        results.append(result)
    return results
