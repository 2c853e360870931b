"""Non-preemptive priorities against textbook figures and the conservation law."""

from __future__ import annotations

import numpy as np
import pytest

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
