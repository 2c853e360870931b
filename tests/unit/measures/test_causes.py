"""What a ticket's time went to, on floors small enough to be told by hand. Minutes throughout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playbook_floor import Lead, above, below, playbook
from small_floor import MINUTE_MS, Agent, Floor, Stage, Ticket, one

from supportsim.floor.simulate import simulate
from supportsim.ledger import NO_STATES, NOBODY, Event, Ledger
from supportsim.measures import causes
from supportsim.measures.causes import HOURS, Cause, Spans, decompose, of_tickets, union, waiting_by_hour
from supportsim.measures.intervals import Intervals
from supportsim.measures.people import people_time
from supportsim.measures.story import Story, tell
from supportsim.measures.tables import NEVER
from supportsim.plan.model import OffReason, Queue, Watched
from supportsim.scenario.calendars import Clock, local_time
from supportsim.workload.model import Next


def spent(floor: Floor, clock: tuple[list[float], list[float]] | None = None, **pauses: bool) -> list[dict[str, float]]:
    """Return each ticket's minutes from creation to first resolve by cause; those without any are left out."""
    plan, workload = floor.plan(), floor.workload()
    if clock is not None:
        opens, closes = (np.array([round(minute * MINUTE_MS) for minute in side], np.int64) for side in clock)
        office = Clock("office", opens, closes, local_time("UTC", plan.origin, 0, plan.horizon_ms))
        plan = replace(plan, sla=replace(plan.sla, clocks=(office,), **pauses))
    story = tell(plan, workload, floor.run())
    people = people_time(plan, workload.crew, story.work)
    which = None if clock is None else np.zeros(len(floor.tickets), np.int64)
    found = decompose(story, people, of_tickets(story, story.table.first_resolve_ms, which))
    check_sums(story, found, which)
    return [{Cause(cause).name: row[cause] / MINUTE_MS for cause in np.flatnonzero(row)} for row in found]


def check_sums(story: Story, found: np.ndarray, clock: np.ndarray | None) -> None:
    until_ms, created_ms = story.table.first_resolve_ms, story.table.created_ms
    if clock is None:
        assert found.sum(axis=1).tolist() == np.where(until_ms == NEVER, 0, until_ms - created_ms).tolist()
        return
    first = story.periods.resolved & ~story.periods.reopened
    ticket = story.periods.ticket[first]
    assert found.sum(axis=1)[ticket].tolist() == story.resolution.used_ms[first].tolist()


def test_work_and_waiting_for_busy_people() -> None:
    assert spent(Floor([one(0, 10), one(4, 5)])) == [{"WORK": 10}, {"BUSY_L1": 6, "WORK": 5}]


def test_waiting_is_split_by_who_was_there() -> None:
    # On the roster from 60 to 100 and from 120 to 200; of the first, only 70 to 90 is spent on the floor.
    agents = [Agent(on=((60, 100, False), (120, 200, False)))]
    floor = Floor([one(0, 25), one(50, 5)], agents)
    plan, workload = floor.plan(), floor.workload()
    crew = replace(workload.crew, start_ms=workload.crew.start_ms.copy(), end_ms=workload.crew.end_ms.copy())
    crew.start_ms[0], crew.end_ms[0] = 70 * MINUTE_MS, 90 * MINUTE_MS
    workload = replace(workload, crew=crew)
    story = tell(plan, workload, simulate(plan, workload))
    found = (
        decompose(story, people_time(plan, workload.crew, story.work), of_tickets(story, story.table.first_resolve_ms))
        / MINUTE_MS
    )
    # Ticket 0: 60 off hours, 10 away, 20 work, released at 90: 10 away, 20 off hours, 5 work.
    assert found[0].tolist() == by_cause(OFF_HOURS=80, SHRINKAGE=20, WORK=25)
    # Ticket 1 waits from 50 to 125: 10 off hours, 10 away, 20 busy, 10 away, 20 off hours, 5 busy.
    assert found[1].tolist() == by_cause(OFF_HOURS=30, SHRINKAGE=20, BUSY_L1=25, WORK=5)


def by_cause(**minutes: float) -> list[float]:
    return [minutes.get(cause.name, 0) for cause in Cause]


def test_each_tier_by_itself() -> None:
    queues = [Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))]
    tickets = [Ticket(created, (Stage(5, Next.ESCALATE), Stage(20, tier=1))) for created in (0, 1)]
    floor = Floor(tickets, [Agent(0), Agent(1)], queues, queue_of=((0,), (1,), (1,)))
    assert spent(floor) == [{"WORK": 25}, {"BUSY_L1": 4, "HANDED_L2": 15, "WORK": 25}]


def test_others_who_owe_something() -> None:
    asked = Ticket(0, (Stage(5, Next.ASK_CUSTOMER, 30), Stage(5, Next.FIX, 100), Stage(5)))
    away = one(200, 5, live=True, attempts=[(4, 10)])
    floor = Floor([asked, one(190, 30), away], [Agent(on=((0, 1000, False),))])
    assert spent(floor)[0] == {"WORK": 15, "CUSTOMER": 30, "ENGINEERING": 100}
    # Gives up at 204, comes back at 214 and is answered at 220.
    assert spent(floor)[2] == {"BUSY_L1": 10, "CUSTOMER": 10, "WORK": 5}


AWAY_FOR_AN_HOUR = Agent(on=((0, 20, True), (80, 200, False)))


def test_set_aside_for_an_agent_who_comes_back() -> None:
    assert spent(Floor([one(0, 30)], [AWAY_FOR_AN_HOUR])) == [{"WORK": 30, "SET_ASIDE": 60}]


def test_set_aside_for_something_more_urgent() -> None:
    # Its agent comes back at 80 and takes the P1 that waits since 40 first.
    found = spent(Floor([one(0, 30), one(40, 15, priority=1)], [AWAY_FOR_AN_HOUR]))
    assert found == [{"WORK": 30, "SET_ASIDE": 60, "PREEMPTED": 15}, {"OFF_HOURS": 40, "WORK": 15}]


def by_ledger(floor: Floor, *rows: tuple[float, int, Event, int]) -> list[dict[str, float]]:
    """The same of a ledger written by hand: (minute, ticket, event, agent); everything is in queue or team 0."""
    plan, workload = floor.plan(), floor.workload()
    table = np.array([(round(minute * MINUTE_MS), ticket, event, 0, agent) for minute, ticket, event, agent in rows])
    story = tell(plan, workload, Ledger(*table.T))
    found = decompose(
        story, people_time(plan, workload.crew, story.work), of_tickets(story, story.table.first_resolve_ms)
    )
    check_sums(story, found, None)
    return [{Cause(cause).name: row[cause] / MINUTE_MS for cause in np.flatnonzero(row)} for row in found]


def test_preempted_by_something_urgent() -> None:
    found = by_ledger(
        Floor([one(0, 30), one(10, 5, priority=1)], [Agent(on=((0, 20, False), (50, 90, False)))]),
        (0, 0, Event.ARRIVED, NOBODY),
        (0, 0, Event.STARTED, 0),
        (10, 1, Event.ARRIVED, NOBODY),
        (10, 0, Event.PREEMPTED, 0),
        (10, 1, Event.STARTED, 0),
        (15, 1, Event.RESOLVED, 0),
        (55, 0, Event.RESUMED, 0),
        (75, 0, Event.RESOLVED, 0),
    )
    assert found == [{"WORK": 30, "PREEMPTED": 15, "OFF_HOURS": 30}, {"WORK": 5}]


def test_waiting_for_its_own_agent_while_another_is_free() -> None:
    found = by_ledger(
        Floor([one(2, 5)], [AWAY_FOR_AN_HOUR, Agent()]),
        (2, 0, Event.ARRIVED, NOBODY),
        (2, 0, Event.ASSIGNED, 0),
        (90, 0, Event.LET_GO, 0),
        (100, 0, Event.STARTED, 1),
        (105, 0, Event.RESOLVED, 1),
    )
    assert found == [{"BUSY_L1": 18 + 10 + 10, "SET_ASIDE": 60, "WORK": 5}]


def test_deferred_by_a_playbook_while_people_are_there() -> None:
    # Looks at P1 and P2 every 5 minutes and defers the others. The agent, busy with ticket 0 until 8 and with the P1 of
    # minute 3 until 28, is in a break from 28 to 40; it burns from 5 to 50.
    play = playbook(
        above(Watched.QUEUE, 0), below(Watched.QUEUE, 1), 1000, at_least_ms=45 * MINUTE_MS,
        priorities=np.array([True, True, False, False, False]), defers=(False, False, True, True, True),
    )  # fmt: skip
    tickets = [one(0, 8), one(1, 10), one(3, 20, priority=1), one(45, 5, priority=4)]
    agent = Agent(on=((0, 28, True), (40, 900, False)))
    lead = Lead(tickets, play, (agent,), (OffReason.BREAK, OffReason.SHIFT_END), shift=(0, 900))
    plan, workload = lead.world()
    ledger = lead.ledger()
    story = tell(plan, workload, ledger)
    people = people_time(plan, workload.crew, story.work, ledger)
    found = decompose(story, people, of_tickets(story, story.table.first_resolve_ms))
    check_sums(story, found, None)
    told = [{Cause(cause).name: row[cause] / MINUTE_MS for cause in np.flatnonzero(row)} for row in found]
    assert told == [
        {"WORK": 8},
        {"BUSY_L1": 4, "DEFERRED": 23 + 10, "SHRINKAGE": 12, "WORK": 10},
        {"BUSY_L1": 5, "WORK": 20},
        {"DEFERRED": 5, "BUSY_L1": 10, "WORK": 5},
    ]


def test_reading_in_counts_apart_for_everybody_new_to_a_ticket() -> None:
    agents = [Agent(on=((0, 20, False),)), Agent(on=((20, 100, False),)), Agent(team=1)]
    queues = [Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))]
    ticket = Ticket(0, (Stage(30, Next.ESCALATE), Stage(9, tier=1)))
    floor = Floor([ticket], agents, queues, queue_of=((0,), (1,), (1,)), reading_in=4)
    assert spent(floor) == [{"WORK": 39, "READING_IN": 8}]


def test_a_wait_that_goes_on_in_a_wider_queue_has_the_cause_it_had() -> None:
    queues = [Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,), 2, 10 * MINUTE_MS), Queue("wide", (1, 2), (0, 1))]
    agents = [Agent(), Agent(1), Agent(2, on=((0, 3, False), (40, 90, False)))]
    tickets = [one(0, 50, skill=1), Ticket(0, (Stage(5, Next.ESCALATE), Stage(20, tier=1)))]
    floor = Floor(tickets, agents, queues, queue_of=((0, 1), (1, 1), (1, 1)))
    assert spent(floor)[1] == {"HANDED_L2": 35, "WORK": 25}


def test_every_event_of_a_ticket_has_a_cause() -> None:
    split = causes._QUEUED | causes._WORKED | causes._OWNED
    without = [event for event in Event if not split[event] and causes._OWED[event] == NEVER]
    assert set(without) == set(NO_STATES)


def test_waiting_by_team_and_hour_of_the_week() -> None:
    # It begins on a Monday at midnight. The second ticket waits from 0:10 to 2:10, the third (of the other team's
    # skill) is begun at 0:30, set aside from 1:30 to 3:00, and leaves a fourth waiting from 3:00 to 3:10.
    queues = [Queue("first", (0,), (0,)), Queue("second", (1,), (0,))]
    agents = [Agent(), Agent(1, on=((30, 90, True), (180, 900, False)))]
    tickets = [one(0, 130), one(10, 5), one(30, 70, skill=1), one(180, 5, skill=1)]
    floor = Floor(tickets, agents, queues, queue_of=((0, 1),) * 3)
    plan, workload = floor.plan(), floor.workload()
    office = Clock("all", np.zeros(1, np.int64), np.array([plan.horizon_ms]), local_time("UTC", plan.origin, 0, 10**9))
    plan = replace(plan, sla=replace(plan.sla, clocks=(office,)))
    story = tell(plan, workload, floor.run())
    which = np.zeros(len(tickets), np.int64)
    found = waiting_by_hour(story, of_tickets(story, story.table.first_resolve_ms, which)) / MINUTE_MS
    assert found.shape == (2, HOURS)
    assert found[:, :5].tolist() == [[50, 60, 10, 0, 0], [0, 30, 60, 10, 0]]
    assert found[:, 5:].sum() == 0
    only_first = np.where(np.arange(4) == 1, story.table.first_resolve_ms, NEVER)
    assert waiting_by_hour(story, of_tickets(story, only_first, which)).sum() == 120 * MINUTE_MS


def test_a_ticket_never_resolved_has_spent_nothing() -> None:
    assert spent(Floor([one(0, 100)], horizon=50)) == [{}]


def test_on_the_sla_clock() -> None:
    # The clock runs from 0 to 30 and from 100 on; the agent is there all the time.
    floor = Floor([one(0, 50), one(10, 60)])
    assert spent(floor, ([0, 100], [30, 500])) == [{"WORK": 30}, {"BUSY_L1": 20, "WORK": 10}]


@pytest.mark.parametrize(("pauses", "customer"), [(True, 0), (False, 30)])
def test_pauses_cost_no_clock_time(pauses: bool, customer: float) -> None:
    asked = Ticket(0, (Stage(5, Next.ASK_CUSTOMER, 30), Stage(5)))
    found = spent(Floor([asked]), ([0], [10_000]), pause_pending=pauses)
    assert found == [{"WORK": 10} | ({"CUSTOMER": customer} if customer else {})]


STRETCHES = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=6)


def intervals(stretches: list[tuple[int, int]]) -> Intervals:
    start = np.array([row[0] for row in stretches], dtype=np.int64)
    return Intervals(
        np.zeros(len(start), np.int32), start, start + np.array([row[1] for row in stretches], dtype=np.int64)
    )


def covered(stretches: list[tuple[int, int]]) -> set[int]:
    return {t for start, length in stretches for t in range(start, start + length)}


@given(STRETCHES, STRETCHES, st.integers(0, 40), st.integers(0, 40))
def test_spans_against_single_instants(
    some: list[tuple[int, int]], others: list[tuple[int, int]], one_end: int, other_end: int
) -> None:
    begin, end = sorted((one_end, other_end))
    asked = np.array([begin]), np.array([end])
    either = union([intervals(some), intervals(others)])
    assert (either.start_ms[1:] > either.end_ms[:-1]).all()
    assert either.between(*asked)[0] == sum(begin <= t < end for t in covered(some) | covered(others))


def test_no_spans_cover_nothing() -> None:
    nothing = Spans(np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert nothing.between(np.array([0]), np.array([9])).tolist() == [0]
