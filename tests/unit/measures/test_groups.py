"""Statistics by slice, against NumPy one group at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportsim.measures.groups import QUANTILES, distributions, grouping, ratios, sums

NAMES = {"tier": ("L1", "L2"), "priority": ("P1", "P2", "P3")}
ROWS = st.lists(st.tuples(st.integers(-1, 3), st.integers(-50, 50)), max_size=40)


@given(ROWS)
def test_each_group_by_itself(rows: list[tuple[int, int]]) -> None:
    rows.sort(key=lambda row: row[1])
    codes, values = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)) if rows else ([], [])
    codes, values = np.asarray(codes, dtype=np.int64), np.asarray(values, dtype=np.float64)
    found = distributions(codes, 4, values, ("mean", "max", *QUANTILES))
    for group in range(4):
        members = values[codes == group]
        if len(members):
            expected = [members.mean(), members.max(), *np.quantile(members, list(QUANTILES.values()))]
        else:
            expected = [np.nan] * (2 + len(QUANTILES))
        assert [column[group] for column in found] == pytest.approx(expected, nan_ok=True)
        assert sums(codes, 4, values)[group] == members.sum()


def test_everything_together_is_one_group() -> None:
    values = np.array([1.0, 2.0, 9.0])
    assert [found.tolist() for found in distributions(None, 1, values, ("mean", "p50", "max"))] == [[4.0], [2.0], [9.0]]
    assert sums(None, 1, values).tolist() == [12.0]
    assert [found.tolist() for found in distributions(None, 1, values[:0], ("p99",))] == [
        [pytest.approx(np.nan, nan_ok=True)]
    ]


def test_a_ratio_without_base_is_missing() -> None:
    found = ratios(np.array([1.0, 0.0]), np.array([4.0, 0.0]))
    assert found.value.tolist() == pytest.approx([0.25, np.nan], nan_ok=True)


def test_crossed_dimensions_vary_the_last_fastest() -> None:
    cut = grouping(("priority", "tier"), NAMES)
    assert cut.slices[:3] == (
        (("priority", "P1"), ("tier", "L1")),
        (("priority", "P1"), ("tier", "L2")),
        (("priority", "P2"), ("tier", "L1")),
    )
    columns = {"priority": np.array([0, 1, -1, 2]), "tier": np.array([1, 0, 1, -1])}
    codes = cut.codes(columns, {"priority": 3, "tier": 2})
    assert codes is not None
    assert codes.tolist() == [1, 2, -1, -1]


def test_not_cut_at_all() -> None:
    cut = grouping((), NAMES)
    assert (cut.slices, cut.codes({}, {})) == (((),), None)
