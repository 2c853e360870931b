"""Finite lines against their limits: no queue at all, and a queue without end."""

from __future__ import annotations

import pytest

from supportsim.theory import erlang
from supportsim.theory.finite_lines import FiniteLines


def test_base_case_of_skill_based_routing() -> None:
    # Wallace & Whitt 2005: six kinds of 1.4 calls a minute and 10 min, 90 agents, 120 lines, all pooled.
    pooled = FiniteLines(8.4, 0.1, 90, 120)
    assert pooled.blocked == pytest.approx(0.003643076, rel=1e-6)
    assert pooled.delay_probability == pytest.approx(0.3797056, rel=1e-6)
    assert pooled.mean_wait == pytest.approx(0.4500228, rel=1e-6)
    assert 1 - pooled.wait_exceeds(0.5) == pytest.approx(0.7329223, rel=1e-6)
    assert pooled.utilization == pytest.approx(0.9299331, rel=1e-6)


def test_two_lines_by_hand() -> None:
    # One server, two lines, load 1/2: 1, 1/2, 1/4 of the time, over 7/4.
    desk = FiniteLines(1, 2, 1, 2)
    assert desk.probabilities == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert desk.mean_wait == pytest.approx((1 / 7) / (6 / 7))
    assert desk.delay_probability == pytest.approx(1 / 3)
    # Who waits does so for one service.
    assert desk.wait_exceeds(1) == pytest.approx(1 / 3 * 2.718281828459045**-2)


def test_without_a_place_to_wait_it_is_erlang_b() -> None:
    lost = FiniteLines(200, 20, 17, 17)
    assert lost.blocked == pytest.approx(erlang.erlang_b(10, 17))
    assert (lost.mean_wait, lost.delay_probability, lost.wait_exceeds(0.1)) == (0, 0, 0)


def test_with_lines_without_end_it_is_erlang_c() -> None:
    endless = FiniteLines(200, 20, 14, 500)
    assert endless.blocked < 1e-15
    assert endless.mean_wait == pytest.approx(erlang.mean_wait(200, 20, 14))
    assert endless.delay_probability == pytest.approx(erlang.erlang_c(10, 14))
    assert endless.wait_exceeds(0.01) == pytest.approx(erlang.wait_exceeds(0.01, 200, 20, 14))


def test_overload_is_turned_away() -> None:
    crowded = FiniteLines(1e4, 1, 3, 10)
    assert crowded.blocked == pytest.approx(1 - 3 / 1e4)
    assert crowded.utilization == pytest.approx(1)


@pytest.mark.parametrize("values", [(0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 3, 2)])
def test_nonsense_is_refused(values: tuple[float, float, int, int]) -> None:
    with pytest.raises(ValueError, match="expected positive finite rates and 1 <= servers <= lines"):
        FiniteLines(*values)
