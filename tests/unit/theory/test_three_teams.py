"""The chain of the M design against systems that it becomes at its limits."""

from __future__ import annotations

import pytest

from supportsim.theory import erlang, three_teams, two_teams


def test_without_the_other_kind_two_teams_are_one() -> None:
    found = three_teams.m_design((3, 1e-9), 1, (2, 1, 2))
    assert found.mean_waits[0] == pytest.approx(erlang.mean_wait(3, 1, 4), rel=1e-5)
    assert found.delay_probabilities[0] == pytest.approx(erlang.erlang_c(3, 4), rel=1e-5)


def test_an_agent_of_one_kind_is_worth_less_than_one_of_both() -> None:
    found, n_design = three_teams.m_design((3, 2), 1, (3, 1, 2)), two_teams.n_design((3, 2), 1, (3, 3))
    assert found.mean_waits[0] > n_design.mean_waits[0]
    assert found.delay_probabilities[1] < n_design.delay_probabilities[1]


def test_all_work_is_done() -> None:
    found = three_teams.m_design((3, 2), 1, (3, 2, 2))
    assert sum(heads * share for heads, share in zip((3, 2, 2), found.utilizations, strict=True)) == pytest.approx(5)
    pooled = erlang.mean_wait(5, 1, 7)
    waits = (3 * found.mean_waits[0] + 2 * found.mean_waits[1]) / 5
    assert waits > pooled


@pytest.mark.parametrize("rates", [(5, 2), (1, 5), (4, 3.5)])
def test_too_much_work_is_refused(rates: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="expected less"):
        three_teams.m_design(rates, 1, (3, 2, 2))
