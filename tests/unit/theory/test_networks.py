"""Jackson networks against published examples and flow balance."""

from __future__ import annotations

import numpy as np
import pytest

from supportsim.theory import erlang, networks


def test_three_nodes() -> None:
    routing = [[0, 0.6, 0.3], [0.1, 0, 0.3], [0.4, 0.4, 0]]
    state = networks.open_network([1, 4, 3], routing, [10, 10, 10], [1, 2, 1])
    assert state.arrival_rates == pytest.approx([5, 10, 7.5])
    assert state.mean_numbers == pytest.approx([1, 4 / 3, 3])
    assert state.mean_total_time == pytest.approx((1 + 4 / 3 + 3) / 8)


def test_ward_and_intensive_care() -> None:
    routing = [[0, 0.5, 0.2], [0.2, 0, 0.3], [0.05, 0.1, 0]]
    state = networks.open_network([15, 3, 0.75], routing, [3, 3, 2], [7, 6, 5])
    assert state.arrival_rates == pytest.approx([17.96995, 12.80348, 8.185032], abs=5e-6)
    assert state.mean_queue_lengths == pytest.approx([3.620232, 0.8732445, 2.662253], abs=5e-7)
    assert state.mean_waits == pytest.approx([0.2014603, 0.0682037, 0.3252587], abs=5e-8)
    assert state.mean_numbers.sum() == pytest.approx(21.50605, abs=5e-6)


def test_two_tiers_with_reopens() -> None:
    # L1 escalates 25 %; 10 % of what L1 and 6 % of what L2 resolves comes back to L1; per hour.
    state = networks.open_network([30, 0], [[0.075, 0.25], [0.06, 0]], [6, 1.5], [8, 8])
    assert state.arrival_rates == pytest.approx([32.96703, 8.241758], abs=5e-6)
    assert state.utilizations == pytest.approx([0.6868132, 0.6868132], abs=5e-8)
    assert state.mean_waits * 60 == pytest.approx([0.9985314, 3.994126], abs=5e-7)
    assert state.mean_queue_lengths == pytest.approx([0.5486436, 0.5486436], abs=5e-8)
    assert state.mean_total_time * 60 == pytest.approx(24.1726, abs=5e-5)


def test_what_comes_in_goes_out() -> None:
    routing = np.array([[0.1, 0.5, 0.2], [0.2, 0, 0.3], [0.05, 0.1, 0.3]])
    flow = networks.traffic_rates([15, 3, 0.75], routing)
    assert flow @ (1 - routing.sum(axis=1)) == pytest.approx(18.75)


def test_a_single_node_is_erlang_c() -> None:
    state = networks.open_network([6], [[0.0]], [3], [3])
    assert state.mean_waits == pytest.approx([erlang.mean_wait(6, 3, 3)])


@pytest.mark.parametrize(
    ("routing", "fault"),
    [
        ([[0.5, 0.6], [0, 0]], "sum to at most 1"),
        ([[0, -0.1], [0, 0]], "at least 0"),
        ([[0, 1], [1, 0]], "leave at last"),
    ],
)
def test_impossible_routing_is_refused(routing: list[list[float]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        networks.traffic_rates([1, 1], routing)


def test_an_overloaded_node_is_refused() -> None:
    with pytest.raises(ValueError, match="expected less load than servers"):
        networks.open_network([1, 0], [[0, 1], [0, 0]], [2, 0.5], [1, 1])
