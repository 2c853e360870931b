"""Customers who do not answer, who write twice, who are called back, and third parties: floors worked out by hand."""

from __future__ import annotations

import pytest
from small_floor import MINUTE_MS, Agent, Floor, Stage, Ticket, one

from supportsim.measures.audit import audit
from supportsim.plan.model import Queue
from supportsim.workload.model import CALLS_BACK, Next

CALL_BACK = CALLS_BACK / MINUTE_MS


def lives(floor: Floor) -> list[list[tuple[float, str]]]:
    """Return (minute, event) of each ticket, of a floor that passes the audit."""
    audit(floor.plan(), floor.workload(), floor.run())
    story = floor.story()
    return [
        [(minute, event) for minute, event, who, _ in story if who == ticket] for ticket in range(len(floor.tickets))
    ]


def test_a_customer_who_never_answers_is_asked_again_and_the_ticket_closed() -> None:
    silent = Ticket(0, (Stage(5, Next.FOLLOW_UP, 30), Stage(1, Next.CLOSE, 20)))
    # The follow-up waits its turn behind what is in hand.
    assert lives(Floor([silent, one(33, 10)])) == [
        [(0, "ARRIVED"), (0, "STARTED"), (5, "ASKED"), (35, "FOLLOW_UP_DUE"), (43, "STARTED"), (44, "ASKED"),
         (64, "CLOSED")],
        [(33, "ARRIVED"), (33, "STARTED"), (43, "RESOLVED")],
    ]  # fmt: skip


def test_a_third_party_blocks_nobody() -> None:
    asks = Ticket(0, (Stage(5, Next.THIRD_PARTY, 60), Stage(4)))
    assert lives(Floor([asks, one(1, 10)])) == [
        [(0, "ARRIVED"), (0, "STARTED"), (5, "REFERRED"), (65, "ANSWERED"), (65, "STARTED"), (69, "RESOLVED")],
        [(1, "ARRIVED"), (5, "STARTED"), (15, "RESOLVED")],
    ]


def test_a_word_owed_meanwhile_is_a_touch() -> None:
    fix = Ticket(0, (Stage(5, Next.FIX_GOES_ON, 60), Stage(2, Next.FIX, 30), Stage(4)))
    assert lives(Floor([fix, one(60, 10)]))[0] == [
        (0, "ARRIVED"), (0, "STARTED"), (5, "SENT_TO_FIX"), (65, "UPDATE_DUE"), (70, "STARTED"), (72, "SENT_TO_FIX"),
        (102, "FIXED"), (102, "STARTED"), (106, "RESOLVED"),
    ]  # fmt: skip


def test_a_second_ticket_costs_a_touch_and_is_merged() -> None:
    assert lives(Floor([one(0, 5), Ticket(2, (Stage(1, Next.MERGE),))])) == [
        [(0, "ARRIVED"), (0, "STARTED"), (5, "RESOLVED")],
        [(2, "ARRIVED"), (5, "STARTED"), (6, "MERGED")],
    ]


@pytest.mark.parametrize("live_first", [False, True])
def test_who_takes_a_call_back_keeps_the_place_and_gives_up_no_more(live_first: bool) -> None:
    called = Ticket(1, (Stage(5),), live=True, attempts=((3, CALL_BACK),))
    impatient = Ticket(2, (Stage(5),), live=True, attempts=((30, None),))
    floor = Floor([one(0, 60), called, impatient, one(3, 5)], live_first=live_first)
    assert lives(floor)[1:] == [
        [(1, "ARRIVED"), (4, "CALL_BACK"), (60, "STARTED"), (65, "RESOLVED")],
        [(2, "ARRIVED"), (32, "ABANDONED")],
        [(3, "ARRIVED"), (65, "STARTED"), (70, "RESOLVED")],
    ]


def test_who_is_answered_first_needs_no_call_back() -> None:
    called = Ticket(1, (Stage(5),), live=True, attempts=((3, CALL_BACK),))
    assert lives(Floor([one(0, 3), called]))[1] == [(1, "ARRIVED"), (3, "STARTED"), (8, "RESOLVED")]


def test_a_call_back_goes_on_as_overtime_and_widens_like_any_wait() -> None:
    called = Ticket(1, (Stage(5),), live=True, attempts=((3, CALL_BACK),))
    wide = (Queue("L1", (0,), (0,), 1, 10 * MINUTE_MS), Queue("wide", (0, 1), (0, 1)))
    floor = Floor([one(0, 60), called], [Agent(0), Agent(1, ((0, 13, False),))], wide, ((0,), (0,), (0,)), horizon=100)
    assert lives(floor)[1] == [
        (1, "ARRIVED"), (4, "CALL_BACK"), (11, "WIDENED"), (11, "STARTED"), (16, "RESOLVED"),
    ]  # fmt: skip
