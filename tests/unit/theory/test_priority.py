"""Non-preemptive priorities against textbook figures and the conservation law."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import quad

from supportsim.theory import erlang, priority


def test_two_classes_on_one_server() -> None:
    assert priority.mean_waits((0.2, 0.6), 1, 1) == pytest.approx([1, 5])


def test_county_hospital() -> None:
    # Hillier & Lieberman: critical, serious and stable patients, per hour.
    one = priority.mean_waits((0.2, 0.6, 1.2), 3, 1)
    two = priority.mean_waits((0.2, 0.6, 1.2), 3, 2)
    assert one == pytest.approx([0.2380952, 0.3246753, 0.9090909], abs=5e-8)
    assert two == pytest.approx([0.02873563, 0.0331565, 0.04807692], abs=5e-9)


@pytest.mark.parametrize("servers", [1, 2, 5])
def test_order_moves_waits_between_classes_and_saves_none(servers: int) -> None:
    rates = np.array([0.3, 0.1, 0.45]) * servers
    waits = priority.mean_waits(tuple(rates), 1, servers)
    assert rates @ waits / rates.sum() == pytest.approx(erlang.mean_wait(rates.sum(), 1, servers))
    assert (np.diff(waits) > 0).all()


def test_one_class_is_first_come_first_served() -> None:
    assert priority.mean_waits((3.0,), 1, 4) == pytest.approx([erlang.mean_wait(3, 1, 4)])


def test_overload_has_no_steady_state() -> None:
    with pytest.raises(ValueError, match="expected less load than servers"):
        priority.mean_waits((0.5, 0.5), 1, 1)


def test_classes_of_unlike_service_obey_the_conservation_law() -> None:
    # Long urgent work and short work that waits: E S = 2, E S^2 = 8 (exponential) and E S = 1/2, E S^2 = 1/4 (fixed).
    rates, moments = np.array([0.2, 0.6]), np.array([[2, 8], [0.5, 0.25]])
    waits = priority.mean_waits_single_server(rates, moments)
    residual = (0.2 * 8 + 0.6 * 0.25) / 2
    assert waits == pytest.approx([residual / 0.6, residual / 0.6 / 0.3])
    assert rates * moments[:, 0] @ waits == pytest.approx(priority.conserved_work(rates, moments))
    backwards = priority.mean_waits_single_server(rates[::-1], moments[::-1])
    assert (rates * moments[:, 0])[::-1] @ backwards == pytest.approx(priority.conserved_work(rates, moments))


def test_like_classes_are_those_of_one_service_rate() -> None:
    rates = (0.2, 0.3, 0.35)
    assert priority.mean_waits_single_server(rates, [[1, 2]] * 3) == pytest.approx(priority.mean_waits(rates, 1, 1))


@pytest.mark.parametrize(
    ("doctors", "known"),
    [(1, [0.02380952, 0.1536797, 1.030303]), (2, [0.0003707824, 0.007920649, 0.06542232])],
)
def test_county_hospital_that_interrupts(doctors: int, known: list[float]) -> None:
    # The book prints 0.024, 0.154, 1.033 and 0.00037, 0.00793, 0.06542.
    assert priority.preemptive_delays((0.2, 0.6, 1.2), 3, doctors) == pytest.approx(known, rel=1e-6)


@pytest.mark.parametrize("servers", [1, 4])
def test_tails_of_the_wait_where_they_have_a_form(servers: int) -> None:
    rates = tuple(rate * servers for rate in (0.2, 0.5))
    delayed = erlang.erlang_c(0.7 * servers, servers)
    for wait in (0.05, 0.3, 1, 4):
        # Who goes first waits, if at all, an exponential time at the rate that the others do not take.
        first = delayed * np.exp(-(servers - rates[0]) * wait)
        assert priority.wait_exceeds(wait, 0, rates, 1, servers) == pytest.approx(first, abs=1e-7)
        alone = priority.wait_exceeds(wait, 0, (0.7 * servers,), 1, servers)
        assert alone == pytest.approx(erlang.wait_exceeds(wait, 0.7 * servers, 1, servers), abs=1e-7)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_tails_of_the_wait_integrate_to_its_mean(place: int) -> None:
    rates = (0.2, 0.6, 1.2)
    area, _ = quad(lambda wait: priority.wait_exceeds(wait, place, rates, 3, 2), 1e-9, 4, limit=200)
    assert area == pytest.approx(priority.mean_waits(rates, 3, 2)[place], abs=2e-6)


def test_tails_begin_behind_zero() -> None:
    with pytest.raises(ValueError, match="wait 0: expected above 0"):
        priority.wait_exceeds(0, 0, (0.5,), 1, 1)


@pytest.mark.parametrize("of_rates", [priority.mean_waits_single_server, priority.conserved_work])
def test_too_much_work_of_any_kind_has_no_steady_state(of_rates: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"traffic intensity 1\.1: expected below 1"):
        of_rates((0.5, 0.6), [[1, 2], [1, 2]])
