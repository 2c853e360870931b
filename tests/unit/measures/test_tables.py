"""A ledger retold, against what a person reads off it. Minutes throughout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from small_floor import MINUTE_MS, Agent, Floor, Stage, Ticket, one

from supportsim.measures.story import Story, tell
from supportsim.measures.tables import NEVER
from supportsim.workload.model import Next


def story(floor: Floor, first_reply: float = 0) -> Story:
    workload = floor.workload()
    tickets = replace(
        workload.tickets, first_reply_ms=np.full(len(floor.tickets), round(first_reply * MINUTE_MS), np.int64)
    )
    return tell(floor.plan(), replace(workload, tickets=tickets), floor.run())


def minutes(values: np.ndarray) -> list[float | None]:
    return [None if value == NEVER else value / MINUTE_MS for value in values.tolist()]


ESCALATED = Ticket(0, (Stage(4, Next.ESCALATE), Stage(10, tier=1)))


def two_tiers(*tickets: Ticket, **more: object) -> Floor:
    """One agent at each tier."""
    queues = [replace(Floor([]).queues[0], name=f"L{team + 1}", teams=(team,)) for team in (0, 1)]
    return Floor(tickets, [Agent(0), Agent(1)], queues, queue_of=((0,), (1,), (1,)), **more)  # type: ignore[arg-type]


def test_states_last_until_the_next_row_and_the_last_until_the_horizon() -> None:
    told = story(two_tiers(ESCALATED, one(1, 6), horizon=100)).rows
    assert told.ticket.tolist() == [0] * 5 + [1] * 3
    assert minutes(told.start_ms) == [0, 0, 4, 4, 14, 1, 4, 10]
    assert minutes(told.end_ms) == [0, 4, 4, 14, 100, 4, 10, 100]
    assert told.tier.tolist() == [0, 0, 1, 1, 1, 0, 0, 0]
    assert np.flatnonzero(told.first).tolist() == [0, 5]


def test_segments_are_the_work() -> None:
    work = story(two_tiers(ESCALATED, one(1, 6), horizon=100)).work
    assert list(
        zip(work.ticket.tolist(), work.agent.tolist(), work.team.tolist(), work.tier.tolist(), strict=True)
    ) == [
        (0, 0, 0, 0),
        (0, 1, 1, 1),
        (1, 0, 0, 0),
    ]
    assert (minutes(work.start_ms), minutes(work.end_ms)) == ([0, 4, 4], [4, 14, 10])


def test_work_in_hand_at_the_end_lasts_until_then() -> None:
    work = story(Floor([one(2, 50)], horizon=30)).work
    assert (minutes(work.start_ms), minutes(work.end_ms)) == ([2], [30])


def test_visits_wait_from_joining_a_tier_to_the_start_there() -> None:
    handed_back = Ticket(1, (Stage(2, Next.ESCALATE), Stage(3, Next.HAND_BACK, tier=1), Stage(5)))
    visits = story(two_tiers(one(0, 10), handed_back, one(12, 4))).visits
    assert visits.ticket.tolist() == [0, 1, 1, 1, 2]
    assert visits.tier.tolist() == [0, 0, 1, 0, 0]
    # Ticket 1 waits until 10, goes up at 12, comes back at 15 and finds the agent busy until 16.
    assert minutes(visits.start_ms) == [0, 1, 12, 15, 12]
    assert minutes(visits.end_ms) == [0, 10, 12, 16, 12]
    assert visits.team.tolist() == [0, 0, 1, 0, 0]


def test_a_reply_begins_no_visit_but_a_reopening_does() -> None:
    asked = Ticket(0, (Stage(2, Next.ASK_CUSTOMER, 5), Stage(3, Next.RESOLVE, 20), Stage(4)))
    told = story(Floor([asked], horizon=100))
    assert minutes(told.visits.start_ms) == [0, 30]
    assert minutes(told.periods.start_ms) == [0, 30]
    assert minutes(told.periods.end_ms) == [10, 34]
    assert told.periods.reopened.tolist() == [False, True]
    table = told.table
    assert (table.touches.tolist(), table.touches_to_resolve.tolist()) == ([3], [2])
    assert (table.questions.tolist(), table.reopens.tolist()) == ([1], [1])
    assert minutes(table.first_resolve_ms) == [10]
    assert minutes(table.last_resolve_ms) == [34]
    assert minutes(table.first_reopen_ms) == [30]
    assert table.resolved.tolist() == [True]


def test_a_ticket_reopened_and_still_open_is_not_resolved() -> None:
    table = story(Floor([Ticket(0, (Stage(3, Next.RESOLVE, 20), Stage(500)))], horizon=100)).table
    assert minutes(table.first_resolve_ms) == [3]
    assert table.resolved.tolist() == [False]


def test_who_touched_first_and_who_resolved() -> None:
    table = story(two_tiers(ESCALATED, one(1, 6))).table
    assert (table.entry_tier.tolist(), table.first_tier.tolist()) == ([0, 0], [0, 0])
    assert (table.resolve_tier.tolist(), table.first_resolve_tier.tolist()) == ([1, 0], [1, 0])
    assert (table.first_team.tolist(), table.resolve_team.tolist()) == ([0, 0], [1, 0])
    assert (table.escalations.tolist(), table.escalations_to_resolve.tolist()) == ([1, 0], [1, 0])


def test_first_response_lies_so_far_into_the_work() -> None:
    assert minutes(story(Floor([one(0, 10), one(2, 10)]), first_reply=3).table.first_response_ms) == [3, 13]


def test_first_response_skips_the_time_in_which_the_work_was_set_aside() -> None:
    floor = Floor([one(0, 10)], [Agent(on=((0, 2, True), (30, 60, False)))])
    # Two minutes before the break and one after it.
    assert minutes(story(floor, first_reply=3).table.first_response_ms) == [31]


def test_a_first_response_that_was_not_reached_is_none() -> None:
    table = story(Floor([one(0, 10)], horizon=2), first_reply=3).table
    assert (minutes(table.first_start_ms), minutes(table.first_response_ms)) == ([0], [None])


def test_a_live_contact_is_answered_when_it_is_started() -> None:
    assert minutes(story(Floor([one(0, 4), one(1, 10, live=True)])).table.first_response_ms)[1] == 4


def test_giving_up_for_good_and_for_now() -> None:
    tickets = [one(0, 100), one(1, 5, live=True, attempts=[(4, None)]), one(2, 5, live=True, attempts=[(4, 10)])]
    table = story(Floor(tickets, horizon=200)).table
    assert minutes(table.first_abandon_ms) == [None, 5, 6]
    assert minutes(table.abandoned_ms) == [None, 5, None]
    assert minutes(table.first_start_ms) == [0, None, 100]
    assert table.resolved.tolist() == [True, False, True]


def test_who_is_away_before_trying_again_at_the_end_has_not_given_up_for_good() -> None:
    told = story(Floor([one(0, 500), one(1, 5, live=True, attempts=[(4, 100)])], horizon=50))
    assert minutes(told.table.abandoned_ms) == [None, None]
    assert told.periods.abandoned.tolist() == [False, False]


def test_a_ticket_after_the_horizon_never_arrived() -> None:
    table = story(Floor([one(0, 1), one(60, 1)], horizon=50)).table
    assert table.arrived.tolist() == [True, False]
    assert minutes(table.first_start_ms) == [0, None]
