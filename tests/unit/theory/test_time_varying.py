"""The Kolmogorov equations against systems that are known in time and against each other."""

from __future__ import annotations

import numpy as np
import pytest
from known_answers import figures

from supportsim.theory import erlang, infinite_server, transient
from supportsim.theory.erlang_a import ErlangA
from supportsim.theory.finite_lines import FiniteLines
from supportsim.theory.time_varying import ShiftEnd, course

DAY = (figures.ARRIVALS, figures.STAFF)


def test_one_server_from_empty() -> None:
    found = course([0.9] * 4, [1] * 4, 5, 1, ShiftEnd.SET_ASIDE)
    number, busy = transient.number_from_empty([5, 10, 15, 20], 0.9, 1)
    assert found.present_at_end == pytest.approx(number, rel=1e-8)
    assert found.delayed_at_end == pytest.approx(busy, rel=1e-8)


@pytest.mark.parametrize("shift_end", ShiftEnd)
def test_steady_staff_settles_whatever_the_rule(shift_end: ShiftEnd) -> None:
    last = course([10] * 3, [14] * 3, 60, 1, shift_end)
    assert last.waiting[-1] == pytest.approx(erlang.mean_queue_length(10, 1, 14), rel=1e-6)
    assert last.delayed[-1] == pytest.approx(erlang.erlang_c(10, 14), rel=1e-6)
    assert last.busy[-1] == pytest.approx(10, rel=1e-6)


def test_patience_settles_at_erlang_a() -> None:
    last = course([10] * 3, [14] * 3, 60, 1, ShiftEnd.SET_ASIDE, abandonment_rate=0.6)
    steady = ErlangA(10, 1, 0.6, 14)
    assert last.waiting[-1] == pytest.approx(steady.mean_queue_length, rel=1e-6)
    assert last.abandoned[-1] == pytest.approx(steady.abandonment * 600, rel=1e-6)


@pytest.mark.parametrize("shift_end", ShiftEnd)
def test_patience_as_fast_as_service_makes_staff_not_matter(shift_end: ShiftEnd) -> None:
    found = course(*DAY, 1, 6, shift_end, abandonment_rate=6)
    known = infinite_server.mean_numbers(range(1, 13), [*DAY[0], *[0] * 12], infinite_server.exponential(1 / 6))
    assert found.present_at_end == pytest.approx(known, rel=1e-7)


def test_staff_that_leaves_by_hand() -> None:
    # Two servers, two customers in service of rate 1, no arrivals; then one leaves. Without an end of a service
    # in the first hour (p = e^-2) both are there; with one end (2 e^-1 (1 - e^-1)) one is, served by either.
    both, one = np.exp(-2), 2 * np.exp(-1) * (1 - np.exp(-1))

    def second_hour(shift_end: ShiftEnd) -> float:
        # A moment of many arrivals fills the servers; those who did not get in have no patience.
        found = course([8e3, 0, 0], [2, 2, 1], 1, 1, shift_end, most_waiting=0)
        return float(found.busy[2])

    hour = 1 - np.exp(-1)
    # Set aside: one is served; the other after him: mean busy time of two in a row within an hour.
    in_a_row = hour + (1 - 2 * np.exp(-1))
    assert second_hour(ShiftEnd.SET_ASIDE) == pytest.approx(both * in_a_row + one * hour, rel=1e-3)
    # Finished: both go on side by side.
    assert second_hour(ShiftEnd.FIRST_TO_FINISH_LEAVES) == pytest.approx((2 * both + one) * hour, rel=1e-3)
    assert second_hour(ShiftEnd.LEAVERS_FINISH) == pytest.approx((2 * both + one) * hour, rel=1e-3)


def test_idle_servers_leave_first_only_if_the_rule_says_so() -> None:
    # One of two is busy and one leaves: at pool level the idle one; by name the busy one half of the time, who then
    # finishes beside a free server, so that an arrival finds that one free.
    pool = course([8e3, 0, 0], [2, 2, 1], 1, 1, ShiftEnd.FIRST_TO_FINISH_LEAVES, most_waiting=0)
    named = course([8e3, 0, 0], [2, 2, 1], 1, 1, ShiftEnd.LEAVERS_FINISH, most_waiting=0)
    both, one, hour = np.exp(-2), 2 * np.exp(-1) * (1 - np.exp(-1)), 1 - np.exp(-1)
    assert named.delayed[2] == pytest.approx(both * hour + one / 2 * hour, rel=1e-3)
    # Of two at work one leaves after the first end, at rate 2; the other is then at work until his own.
    until_last = 2 * hour - (1 - np.exp(-2)) / 2
    assert pool.delayed[2] == pytest.approx(both * until_last + one * hour, rel=1e-3)


def test_published_rule_of_the_pool() -> None:
    # The rules after Ingolfsson 2005 on the same day; checked against 200,000 simulated days elsewhere.
    pool = course(*DAY, 1, 6, ShiftEnd.FIRST_TO_FINISH_LEAVES)
    assert pool.waiting == pytest.approx(figures.POOL_WAITING, rel=1e-6)
    assert pool.busy == pytest.approx(figures.POOL_BUSY, rel=1e-6)
    assert pool.delayed == pytest.approx(figures.POOL_DELAYED, rel=1e-6)
    assert pool.waiting_at_end == pytest.approx(figures.POOL_WAITING_AT_END, rel=1e-6)
    assert pool.waiting.sum() / sum(DAY[0]) * 60 == pytest.approx(7.886705, rel=1e-6)


def test_callers_who_are_set_aside_and_may_give_up() -> None:
    found = course(*DAY, 1, 6, ShiftEnd.SET_ASIDE, abandonment_rate=6)
    assert found.waiting_at_end == pytest.approx(figures.IMPATIENT_WAITING_AT_END, rel=1e-6)
    assert found.delayed_at_end == pytest.approx(figures.IMPATIENT_DELAYED_AT_END, rel=1e-6)
    assert found.abandoned == pytest.approx(figures.ABANDONED, rel=1e-6)


def test_cut_off_queue_turns_away() -> None:
    last = course([3] * 2, [2] * 2, 200, 1, ShiftEnd.SET_ASIDE, most_waiting=4)
    steady = FiniteLines(3, 1, 2, 6)
    assert last.waiting[-1] == pytest.approx(steady.mean_queue_length, rel=1e-3)


@pytest.mark.parametrize("values", [([1], [1, 2], 1, 1), ([-1], [1], 1, 1), ([1], [-1], 1, 1), ([1], [1], -1, 1)])
def test_nonsense_is_refused(values: tuple[list[float], list[int], float, float]) -> None:
    with pytest.raises(ValueError, match="expected as many arrival rates as staff, and nothing negative"):
        course(*values, ShiftEnd.SET_ASIDE)
