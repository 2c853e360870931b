"""What the spreadsheet says, by hand."""

from __future__ import annotations

import pytest

from supportsim.theory import staffing


def test_volume_times_handle_time_over_hours_times_utilization() -> None:
    # 500 tickets of 9 min are 75 hours; people of 8 hours, three quarters of it used.
    assert staffing.heads_for_hours(500 * 9 / 60, 8, 0.75) == pytest.approx(12.5)


def test_classic_calculator() -> None:
    # 100 calls in half an hour of 3 min, 80 % within 20 s: 14 agents; 13 are too few (pyworkforce, Erlang C).
    assert staffing.servers_by_erlang_c(200, 20, 20 / 3600, 0.8) == 14
    assert staffing.servers_by_erlang_c(200, 20, 20 / 3600, 0.94) == 15


def test_patience_needs_fewer() -> None:
    # With a mean patience of 5 min, 14 agents answer 91.7 % of all within 20 s.
    assert staffing.servers_by_erlang_a(200, 20, 12, 20 / 3600, 0.916) == 14
    assert staffing.servers_by_erlang_a(200, 20, 12, 20 / 3600, 0.918) == 15


def test_nobody_calls() -> None:
    assert staffing.servers_by_erlang_c(0, 20, 0.1, 0.8) == 0
    assert staffing.servers_by_erlang_a(0, 20, 12, 0.1, 0.8) == 0


def test_load_just_at_a_number_of_servers_needs_one_more() -> None:
    assert staffing.servers_by_erlang_c(3, 1, 1e9, 0.5) == 4


@pytest.mark.parametrize("values", [(-1, 8, 0.8), (1, 0, 0.8), (1, 8, 0), (1, 8, 1.1)])
def test_nonsense_is_refused(values: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="expected work of 0 or more"):
        staffing.heads_for_hours(*values)
    with pytest.raises(ValueError, match="level 1: expected at least 0 and below 1"):
        staffing.servers_by_erlang_c(1, 1, 1, 1)
