"""A ledger retold, against what a person reads off it. Minutes throughout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_floor import MINUTE_MS, Agent, Floor, Queue, Stage, Ticket, ms, one

from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.measures.story import Story, tell
from supportsim.measures.tables import NEVER, group_order
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


Row = tuple[float, int, int, int, int]
"""(minute, event, ticket, place, agent)."""

# Teams 0 and 1 (agents 0 and 1) are L1, team 2 (agents 2 and 3) is L2. Ticket 1 goes through everything that can happen
# to deferrable work; tickets 0 and 2 stand by, so that nothing of theirs may slip into it.
EVERYTHING = Ticket(
    1,
    (
        Stage(1, Next.ESCALATE),
        Stage(1, Next.ASK_CUSTOMER, 1, tier=1),
        Stage(1, Next.HAND_BACK, tier=1),
        Stage(1, Next.FIX, 1),
        Stage(1, Next.RESOLVE, 1),
        Stage(1),
    ),
)
LIFE: list[Row] = [
    (0, Event.AGENT_ON, NOBODY, 0, 0),
    (0, Event.ARRIVED, 0, 0, NOBODY),
    (1, Event.ARRIVED, 1, 0, NOBODY),
    (2, Event.STARTED, 1, 0, 0),
    (3, Event.ARRIVED, 2, 0, NOBODY),
    (4, Event.SUSPENDED, 1, 0, 0),
    (4, Event.AGENT_OFF, NOBODY, 1, 0),
    (5, Event.STARTED, 2, 1, 1),
    (6, Event.RESUMED, 1, 0, 0),
    (7, Event.RELEASED, 1, 0, 0),
    (8, Event.RESOLVED, 2, 1, 1),
    (9, Event.RESUMED, 1, 1, 1),
    (12, Event.ESCALATED, 1, 1, 1),
    (13, Event.STARTED, 1, 2, 2),
    (15, Event.SUSPENDED, 1, 2, 2),
    (16, Event.PASSED_ON, 1, 1, 2),
    (18, Event.RESUMED, 1, 2, 3),
    (20, Event.ASKED, 1, 2, 3),
    (30, Event.REPLIED, 1, 1, NOBODY),
    (31, Event.STARTED, 1, 2, 2),
    (33, Event.HANDED_BACK, 1, 0, 2),
    (34, Event.WIDENED, 1, 2, NOBODY),
    (35, Event.STARTED, 1, 0, 0),
    (37, Event.SENT_TO_FIX, 1, 0, 0),
    (47, Event.FIXED, 1, 0, NOBODY),
    (48, Event.STARTED, 1, 1, 1),
    (50, Event.RESOLVED, 1, 1, 1),
    (60, Event.REOPENED, 1, 0, NOBODY),
    (63, Event.STARTED, 1, 0, 0),
    (66, Event.RESOLVED, 1, 0, 0),
]


def ledger_of(rows: list[Row]) -> Ledger:
    minute, event, ticket, place, agent = zip(*rows, strict=True)
    return Ledger(
        np.array([ms(m) for m in minute], dtype=np.int64),
        np.array(ticket, dtype=np.int32),
        np.array(event, dtype=np.int8),
        np.array(place, dtype=np.int16),
        np.array(agent, dtype=np.int32),
    )


def written(tickets: list[Ticket], rows: list[Row], first_reply: float = 0, horizon: float = 100) -> Story:
    queues = (Queue("L1", (0, 1), (0, 0)), Queue("L2", (2,), (0,)), Queue("wide", (0, 1, 2), (0, 0, 1)))
    agents = [Agent(team) for team in (0, 1, 2, 2)]
    floor = Floor(tickets, agents, queues, ((0,), (1,), (1,)), horizon)
    workload = floor.workload()
    reply_ms = np.full(len(tickets), ms(first_reply), np.int64)
    workload = replace(workload, tickets=replace(workload.tickets, first_reply_ms=reply_ms))
    return tell(floor.plan(), workload, ledger_of(rows))


def everything(first_reply: float = 0) -> Story:
    return written([one(0, 1), EVERYTHING, one(3, 1)], LIFE, first_reply)


def test_everything_as_states() -> None:
    rows = everything().rows
    mine = rows.ticket == 1
    lived = [row for row in LIFE if row[2] == 1]
    assert minutes(rows.start_ms[mine]) == [row[0] for row in lived]
    assert minutes(rows.end_ms[mine]) == [*(row[0] for row in lived[1:]), 100]
    # L1 until the escalation at 12, L2 from there until it is handed back at 33.
    assert rows.tier[mine].tolist() == [1 if 12 <= row[0] < 33 else 0 for row in lived]
    assert rows.ticket.tolist() == [0] + [1] * len(lived) + [2] * 3
    assert np.flatnonzero(rows.first).tolist() == [0, 1, 1 + len(lived)]


@pytest.mark.parametrize(
    ("leaves", "returns", "following"),
    [(Event.ASKED, Event.REPLIED, Next.ASK_CUSTOMER), (Event.SENT_TO_FIX, Event.FIXED, Next.FIX)],
)
def test_the_tier_follows_the_route_after_others_had_the_ticket(leaves: int, returns: int, following: Next) -> None:
    route = (Stage(1, Next.ESCALATE), Stage(1, following, 1, tier=1), Stage(1, Next.HAND_BACK, tier=1), Stage(1))
    rows: list[Row] = [
        (0, Event.ARRIVED, 0, 0, NOBODY), (1, Event.STARTED, 0, 0, 0), (2, Event.ESCALATED, 0, 1, 0),
        (3, Event.STARTED, 0, 2, 2), (4, leaves, 0, 2, 2), (5, returns, 0, 1, NOBODY), (6, Event.STARTED, 0, 2, 2),
        (7, Event.HANDED_BACK, 0, 0, 2), (8, Event.STARTED, 0, 0, 0), (9, Event.RESOLVED, 0, 0, 0),
    ]  # fmt: skip
    assert written([Ticket(0, route)], rows).rows.tier.tolist() == [0, 0, 1, 1, 1, 1, 1, 0, 0, 0]


def test_everything_as_work() -> None:
    work = everything().work
    columns = (work.agent, work.team, work.tier, work.start_ms // MINUTE_MS, work.end_ms // MINUTE_MS)
    mine = work.ticket == 1
    assert list(zip(*(column[mine].tolist() for column in columns), strict=True)) == [
        (0, 0, 0, 2, 4), (0, 0, 0, 6, 7), (1, 1, 0, 9, 12), (2, 2, 1, 13, 15), (3, 2, 1, 18, 20), (2, 2, 1, 31, 33),
        (0, 0, 0, 35, 37), (1, 1, 0, 48, 50), (0, 0, 0, 63, 66),
    ]  # fmt: skip


def test_everything_as_visits() -> None:
    visits = everything().visits
    columns = (visits.ticket, visits.tier, visits.start_ms // MINUTE_MS, visits.end_ms // MINUTE_MS, visits.team)
    # Going on with work that was set aside begins no visit, nor do the reply and the fix; ticket 0 waits to the end.
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == [
        (0, 0, 0, 100, NEVER), (1, 0, 1, 2, 0), (1, 1, 12, 13, 2), (1, 0, 33, 35, 0), (1, 0, 60, 63, 0),
        (2, 0, 3, 5, 1),
    ]  # fmt: skip


def test_everything_as_periods() -> None:
    told = everything()
    periods = told.periods
    assert periods.ticket.tolist() == [0, 1, 1, 2]
    assert (minutes(periods.start_ms), minutes(periods.end_ms)) == ([0, 1, 60, 3], [100, 50, 66, 8])
    assert periods.resolved.tolist() == [False, True, True, True]
    assert periods.reopened.tolist() == [False, False, True, False]
    assert (periods.tier.tolist(), periods.team.tolist()) == ([NEVER, 0, 0, 0], [NEVER, 1, 0, 1])
    # Twenty-one rows of ticket 1 come before it is reopened.
    assert periods.of_state.tolist() == [0] + [1] * 21 + [2] * 3 + [3] * 3


TABLE = {
    "first_start_ms": ms(2), "first_resolve_ms": ms(50), "last_resolve_ms": ms(66), "first_reopen_ms": ms(60),
    "first_abandon_ms": NEVER, "abandoned_ms": NEVER, "resolved": True, "arrived": True,
    "touches": 6, "touches_to_resolve": 5, "escalations": 1, "escalations_to_resolve": 1, "hand_backs": 1,
    "questions": 1, "reopens": 1, "entry_tier": 0, "first_tier": 0, "first_resolve_tier": 0, "resolve_tier": 0,
    "first_agent": 0, "first_team": 0, "resolve_team": 0,
}  # fmt: skip


@pytest.mark.parametrize("column", TABLE)
def test_everything_as_a_row(column: str) -> None:
    assert getattr(everything().table, column).tolist()[1] == TABLE[column]


def test_a_ticket_that_nobody_started_has_nothing() -> None:
    table = everything().table
    for column in ("first_start_ms", "first_response_ms", "first_resolve_ms", "first_tier", "resolve_tier",
                   "first_agent", "first_team", "response_team", "resolve_team"):  # fmt: skip
        assert getattr(table, column).tolist()[0] == NEVER
    assert (table.touches.tolist()[0], table.entry_tier.tolist()[0], bool(table.resolved[0])) == (0, 0, False)


@pytest.mark.parametrize(
    ("first_reply", "instant", "team"),
    [
        (0, 2, 0),
        (1, 3, 0),
        # Two minutes in hand from 2 to 4: reached just as it is set aside.
        (2, 4, 0),
        (2.5, 6.5, 0),
        (3, 7, 0),
        # Released after three minutes: the other agent's team answers.
        (4, 10, 1),
        (6, 12, 1),
    ],
)
def test_first_response_in_a_touch_that_is_interrupted(first_reply: float, instant: float, team: int) -> None:
    table = everything(first_reply).table
    assert (minutes(table.first_response_ms)[1], table.response_team.tolist()[1]) == (instant, team)


def test_attempts_are_each_tickets_own() -> None:
    live = {"live": True}
    tickets = [
        one(0, 1, **live, attempts=[(4, 10), (4, None)]),
        one(1, 1, **live, attempts=[(3, 20), (5, 70)]),
        one(2, 1, **live, attempts=[(2, None)]),
    ]
    gave_up, again = Event.ABANDONED, Event.RETRIED
    rows: list[Row] = [
        (0, Event.ARRIVED, 0, 0, NOBODY), (1, Event.ARRIVED, 1, 0, NOBODY), (2, Event.ARRIVED, 2, 0, NOBODY),
        (4, gave_up, 0, 0, NOBODY), (4, gave_up, 1, 0, NOBODY), (4, gave_up, 2, 0, NOBODY),
        (14, again, 0, 0, NOBODY), (18, gave_up, 0, 0, NOBODY),
        (24, again, 1, 0, NOBODY), (29, gave_up, 1, 0, NOBODY),
    ]  # fmt: skip
    told = written(tickets, rows, horizon=90)
    assert minutes(told.table.first_abandon_ms) == [4, 4, 4]
    # The second of them will try a third time, after the horizon.
    assert minutes(told.table.abandoned_ms) == [18, None, 4]
    assert told.periods.abandoned.tolist() == [True, False, True]
    assert minutes(told.periods.end_ms) == [18, 90, 4]
    assert told.visits.team.tolist() == [NEVER] * 3


@given(st.lists(st.integers(0, 2**17)))
def test_more_tickets_than_sixteen_bits_count_keep_their_order(codes: list[int]) -> None:
    order = group_order(np.array(codes, dtype=np.int32), 2**17 + 1)
    assert order.tolist() == sorted(range(len(codes)), key=codes.__getitem__)


@given(st.lists(st.integers(0, 2**16 - 1)))
def test_up_to_sixteen_bits_too(codes: list[int]) -> None:
    order = group_order(np.array(codes, dtype=np.int32), 2**16)
    assert order.tolist() == sorted(range(len(codes)), key=codes.__getitem__)


def test_nothing_at_all() -> None:
    told = written([one(0, 1)], [(0, Event.AGENT_ON, NOBODY, 0, 0)])
    assert (len(told.rows.event), len(told.work.ticket), len(told.visits.ticket), len(told.periods.ticket)) == (0,) * 4
    assert told.table.arrived.tolist() == [False]
