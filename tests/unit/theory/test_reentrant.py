"""Erlang-R against the network that it is, and its fluid equations against an integration of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from supportsim.theory import networks
from supportsim.theory.reentrant import ErlangR, offered_loads

DESK = ErlangR(arrival_rate=10, service_rate=5, servers=8, returns=0.7, mean_pending=2)


def test_desk_whose_customers_come_back() -> None:
    assert DESK.visit_rate == pytest.approx(33.33333, rel=1e-6)
    assert DESK.delay_probability == pytest.approx(0.5326866, rel=1e-6)
    assert DESK.mean_wait * 60 == pytest.approx(4.794179, rel=1e-6)
    assert DESK.mean_pending_number == pytest.approx(46.66667, rel=1e-6)
    assert DESK.mean_total_time == pytest.approx(5.599677, rel=1e-6)


def test_network_with_a_crowd_of_servers_for_those_who_stay_away() -> None:
    network = networks.open_network([10, 0], [[0, 0.7], [1, 0]], [5, 0.5], [8, 400])
    assert DESK.mean_wait == pytest.approx(network.mean_waits[0])
    assert DESK.mean_pending_number == pytest.approx(network.mean_numbers[1])
    assert DESK.mean_total_time == pytest.approx(network.mean_total_time)


def test_offered_loads_solve_the_fluid_equations() -> None:
    rates = [10, 40, 5, 0]
    found = offered_loads(rates, 1.5, 5, 0.7, 2)
    state = np.zeros(2)
    for rate, expected in zip(rates, found, strict=True):
        solved = solve_ivp(
            lambda _, load, rate=rate: [rate - 5 * load[0] + load[1] / 2, 0.7 * 5 * load[0] - load[1] / 2],
            (0, 1.5), state, rtol=1e-10, atol=1e-12,
        )  # fmt: skip
        state = solved.y[:, -1]
        assert state == pytest.approx(expected, rel=1e-7)


def test_offered_loads_settle_at_those_of_the_steady_state() -> None:
    last = offered_loads([10] * 300, 1, 5, 0.7, 2)[-1]
    assert last == pytest.approx([DESK.visit_rate / 5, DESK.mean_pending_number])


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="returns 1: expected at least 0 and below 1"):
        ErlangR(10, 5, 8, 1, 2)
    with pytest.raises(ValueError, match="expected less load than servers"):
        ErlangR(10, 5, 6, 0.7, 2)
