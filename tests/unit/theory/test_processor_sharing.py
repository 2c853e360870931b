"""Shared servers against published figures and against the systems that they become at their limits."""

from __future__ import annotations

import numpy as np
import pytest

from supportsim.theory import erlang
from supportsim.theory import processor_sharing as sharing


def test_one_server_shared_by_all() -> None:
    # Ciw's test of processor sharing: rates 3 and 5.
    assert sharing.sharing_sojourn(3, 0.2) == pytest.approx(0.5)
    assert sharing.sharing_slowdown(3, 0.2) == pytest.approx(2.5)
    assert sharing.capped_sharing(3, 5, 1, 4) == pytest.approx([0.4, 0.24, 0.144, 0.0864, 0.05184])


def test_capped_sharing_as_published() -> None:
    # Xue & Li 2009, in Ciw's test of capacitated sharing.
    found = sharing.capped_sharing(10, 12, 3, 5)
    assert found == pytest.approx([0.43213, 0.36011, 0.15005, 0.04168, 0.01158, 0.00322], abs=5e-6)
    assert sharing.capped_sharing(10, 12, 3, 200).sum() == pytest.approx(1)


def test_capped_sharing_has_as_many_present_as_so_many_servers() -> None:
    found = sharing.capped_sharing(6, 3, 4, 400)
    assert found[4:].sum() == pytest.approx(erlang.erlang_c(2, 4))
    assert np.maximum(np.arange(401) - 4, 0) @ found == pytest.approx(erlang.mean_queue_length(6, 3, 4))


def test_three_at_a_time() -> None:
    limited = sharing.LimitedSharing(4, 9, 3)
    assert limited.mean_sojourn == pytest.approx(0.2)
    assert limited.delay_probability == pytest.approx(0.0877915, rel=1e-6)
    assert limited.mean_wait == pytest.approx(0.0175583, rel=1e-5)
    # By the states of the M/M/1: min(n, 3) in work.
    present = (1 - 4 / 9) * (4 / 9) ** np.arange(300)
    assert limited.mean_sharing == pytest.approx(np.minimum(np.arange(300), 3) @ present)


def test_one_at_a_time_is_a_queue() -> None:
    alone = sharing.LimitedSharing(4, 9, 1)
    assert alone.mean_wait == pytest.approx(erlang.mean_wait(4, 9, 1))
    assert alone.delay_probability == pytest.approx(4 / 9)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="traffic intensity"):
        sharing.sharing_sojourn(5, 0.2)
    with pytest.raises(ValueError, match="traffic intensity"):
        sharing.capped_sharing(36, 12, 3, 5)
    with pytest.raises(ValueError, match="0 at once: expected at least 1"):
        sharing.LimitedSharing(4, 9, 0)
