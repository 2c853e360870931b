"""Chains of two teams against systems that they become at their limits."""

from __future__ import annotations

import pytest

from supportsim.theory import erlang, markov, two_teams


def test_birth_and_death() -> None:
    found = markov.stationary(
        0, lambda number: [(number + 1, 3.0 * (number < 60)), (max(number - 1, 0), 2.0 * min(number, 2))]
    )
    assert sum(found.values()) == pytest.approx(1)
    assert sum(share for number, share in found.items() if number >= 2) == pytest.approx(erlang.erlang_c(1.5, 2))


def test_one_state() -> None:
    assert markov.stationary("only", lambda _: []) == {"only": pytest.approx(1)}


def test_endless_chain_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markov, "MOST_STATES", 1_000)
    with pytest.raises(ValueError, match="more than 1000 states: expected a chain that is cut off"):
        markov.stationary(0, lambda number: [(number + 1, 1.0)])


def test_n_design_as_known() -> None:
    found = two_teams.n_design((3, 2), 1, (3, 3))
    # Known from another solution of the chain, checked by a simulation of two million tickets.
    assert found.delay_probabilities == pytest.approx((0.551881, 0.750238), rel=1e-6)
    assert found.mean_waits == pytest.approx((0.7291916, 0.750238), rel=2e-5)
    assert found.utilizations == pytest.approx((0.802159, 0.8645075), rel=1e-6)


def test_n_design_without_one_kind() -> None:
    only_a = two_teams.n_design((3, 1e-9), 1, (2, 3))
    assert only_a.mean_waits[0] == pytest.approx(erlang.mean_wait(3, 1, 5), rel=1e-5)
    hardly_a = two_teams.n_design((1e-9, 2), 1, (2, 3))
    assert hardly_a.mean_waits[1] == pytest.approx(erlang.mean_wait(2, 1, 3), rel=1e-5)


def test_n_design_moves_waits_and_keeps_the_work() -> None:
    found = two_teams.n_design((3, 2), 1, (3, 3))
    assert 3 * found.utilizations[0] + 3 * found.utilizations[1] == pytest.approx(5)


def test_overflow_as_known() -> None:
    found = two_teams.overflow((3, 2), 1, (3, 4))
    assert found.overflowing == pytest.approx(erlang.erlang_b(3, 3))
    assert found.mean_queue_length == pytest.approx(2.140748, rel=1e-6)
    assert found.delay_probabilities == pytest.approx((0.6132122, 0.5425847), rel=1e-6)
    assert found.mean_waits == pytest.approx((0.7694862, 0.6708332), rel=1e-6)
    assert found.utilizations[1] == pytest.approx(0.7596154, rel=1e-6)


def test_without_overflow_the_second_team_is_alone() -> None:
    found = two_teams.overflow((1e-9, 3), 1, (3, 4))
    assert found.mean_waits[1] == pytest.approx(erlang.mean_wait(3, 1, 4), rel=1e-6)


@pytest.mark.parametrize("design", [two_teams.n_design, two_teams.overflow])
def test_overload_is_refused(design: object) -> None:
    with pytest.raises(ValueError, match="expected less"):
        design((3, 5), 1, (3, 4))  # type: ignore[operator]
