"""The product form of longest wait, longest idle against known figures, Erlang C and the whole chain."""

from __future__ import annotations

import pytest

from supportsim.theory import erlang
from supportsim.theory.skill_routing import longest_wait_longest_idle


def test_three_agents_of_different_speeds() -> None:
    found = longest_wait_longest_idle((1.2, 0.9, 0.5), (1, 1.3, 1.1), [[1, 1, 0], [0, 1, 1], [0, 0, 1]])
    assert found.delay_probabilities == pytest.approx([0.6044428, 0.6687022, 0.8023867], rel=2e-7)
    assert found.mean_queue_lengths == pytest.approx([1.032349, 0.9188457, 0.9595304], rel=5e-7)
    assert found.mean_waits == pytest.approx([0.8602912, 1.02094, 1.919061], rel=5e-7)
    assert found.utilizations == pytest.approx([0.6957215, 0.785887, 0.8023867], rel=2e-7)


def test_everybody_takes_everything_is_erlang_c() -> None:
    found = longest_wait_longest_idle((1.5, 1), (1, 1, 1, 1), [[1, 1, 1, 1]] * 2)
    assert found.delay_probabilities == pytest.approx([erlang.erlang_c(2.5, 4)] * 2)
    assert found.mean_waits == pytest.approx([erlang.mean_wait(2.5, 1, 4)] * 2)
    assert found.utilizations == pytest.approx([2.5 / 4] * 4)


def test_nobody_shares_is_two_single_servers() -> None:
    found = longest_wait_longest_idle((0.5, 1.2), (1, 2), [[1, 0], [0, 1]])
    assert found.delay_probabilities == pytest.approx([0.5, 0.6])
    assert found.mean_waits == pytest.approx([erlang.mean_wait(0.5, 1, 1), erlang.mean_wait(1.2, 2, 1)])
    assert found.utilizations == pytest.approx([0.5, 0.6])


def test_the_work_that_comes_is_done() -> None:
    takes = [[1, 1, 0], [0, 1, 1], [0, 0, 1]]
    found = longest_wait_longest_idle((1.2, 0.9, 0.5), (1, 1.3, 1.1), takes)
    assert found.utilizations @ [1, 1.3, 1.1] == pytest.approx(2.6)


def test_a_kind_that_asks_too_much_of_its_own_agents() -> None:
    with pytest.raises(ValueError, match=r"arrival rate 1\.1 at agents of rate 1"):
        longest_wait_longest_idle((0.1, 1.1), (1, 1), [[1, 1], [0, 1]])
