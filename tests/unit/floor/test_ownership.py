"""Whose tickets are, what falls due first, and live contacts that interrupt, on traces worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_floor import MINUTE_MS, Agent, Floor, Stage, Ticket, one

from supportsim.floor.simulate import simulate
from supportsim.ledger import COLUMNS, Event, Ledger
from supportsim.measures.audit import AuditError, audit
from supportsim.plan.model import Assignment, OrderBy, Queue
from supportsim.scenario.calendars import Clock, LocalTime
from supportsim.workload.model import Next

Story = list[tuple[float, str, int, int]]


def story(floor: Floor) -> Story:
    """Return what happens on a floor but for the arrivals; the ledger passes the audit."""
    audit(floor.plan(), floor.workload(), floor.run())
    return [row for row in floor.story() if row[1] != "ARRIVED"]


def test_the_one_who_owns_fewest_gets_the_next_ticket_even_twice_in_a_row() -> None:
    tickets = [one(0, 20), one(1, 2), one(2, 5), one(4, 1), one(6, 1)]
    floor = Floor(tickets, [Agent(), Agent()], horizon=40, rules={"assignment": Assignment.LEAST_LOADED})
    # The third finds one ticket with each, goes to the first person and waits there, although agent 1 is free from 3.
    assert story(floor) == [
        (0, "ASSIGNED", 0, 0), (0, "STARTED", 0, 0),
        (1, "ASSIGNED", 1, 1), (1, "STARTED", 1, 1),
        (2, "ASSIGNED", 2, 0),
        (3, "RESOLVED", 1, 1),
        (4, "ASSIGNED", 3, 1), (4, "STARTED", 3, 1), (5, "RESOLVED", 3, 1),
        (6, "ASSIGNED", 4, 1), (6, "STARTED", 4, 1), (7, "RESOLVED", 4, 1),
        (20, "RESOLVED", 0, 0),
        (20, "STARTED", 2, 0), (25, "RESOLVED", 2, 0),
    ]  # fmt: skip


def test_a_ticket_let_go_as_it_widens_goes_to_the_team_that_the_wider_queue_prefers() -> None:
    agents = [Agent(on=((0, 4, False),)), Agent(on=((4, 90, False),)), Agent(team=1)]
    queues = (Queue("both", (0, 1), (0, 0), 1, 3 * MINUTE_MS), Queue("wide", (0, 1), (0, 1)))
    tickets = [one(0, 30), one(0, 2), one(1, 5)]
    rules = {"assignment": Assignment.LEAST_LOADED}
    floor = Floor(tickets, agents, queues, ((0,), (0,), (0,)), horizon=60, rules=rules)
    # Agent 2 owns nothing at 4, but the wide queue is rather agent 1's.
    assert [row for row in story(floor) if row[2] == 2] == [
        (1, "ASSIGNED", 2, 0), (4, "LET_GO", 2, 0), (4, "WIDENED", 2, -1), (4, "ASSIGNED", 2, 1),
        (30, "STARTED", 2, 1), (35, "RESOLVED", 2, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("waits", "rest"),
    [
        # For ten minutes from 10 on; then agent 1, who is free first, takes it and reads in for two.
        (10, [(20, "LET_GO", 0, 0), (36, "RESOLVED", 1, 1), (36, "STARTED", 0, 1), (37, "RESOLVED", 2, 0),
              (43, "RESOLVED", 0, 1)]),
        # The owner is free at 37, before the wait is over, or however long it takes.
        (28, [(36, "RESOLVED", 1, 1), (37, "RESOLVED", 2, 0), (37, "STARTED", 0, 0), (42, "RESOLVED", 0, 0)]),
        (None, [(36, "RESOLVED", 1, 1), (37, "RESOLVED", 2, 0), (37, "STARTED", 0, 0), (42, "RESOLVED", 0, 0)]),
    ],
)  # fmt: skip
def test_a_ticket_comes_back_to_its_owner_and_waits_as_long_as_the_rules_want(waits: int | None, rest: Story) -> None:
    asked = Ticket(0, (Stage(5, Next.ASK_CUSTOMER, 5), Stage(5)))
    rules = {"assignment": Assignment.SAME_AGENT, "owner_waits_ms": -1 if waits is None else waits * MINUTE_MS}
    floor = Floor([asked, one(6, 30), one(7, 30)], [Agent(), Agent()], horizon=60, reading_in=2, rules=rules)
    assert story(floor) == [
        (0, "STARTED", 0, 0), (5, "ASKED", 0, 0),
        # Agent 1 has been idle for longest.
        (6, "STARTED", 1, 1), (7, "STARTED", 2, 0),
        (10, "REPLIED", 0, -1), (10, "ASSIGNED", 0, 0),
        *rest,
    ]  # fmt: skip


@pytest.mark.parametrize("first", [Stage(5, Next.ASK_CUSTOMER, 5), Stage(5, Next.ESCALATE)])
@pytest.mark.parametrize("assignment", [Assignment.SAME_AGENT, Assignment.ROUND_ROBIN, Assignment.LEAST_LOADED])
def test_the_audit_wants_what_comes_back_to_go_to_its_owner(assignment: Assignment, first: Stage) -> None:
    # Agent 1 has been idle for longest as it begins to wait again, so that without owners it goes there.
    floor = Floor([Ticket(0, (first, Stage(5)))], [Agent(), Agent()], horizon=60)
    ledger = simulate(floor.plan(), floor.workload())
    audit(floor.plan(), floor.workload(), ledger)
    plan = replace(floor.plan(), rules=replace(floor.plan().rules, assignment=assignment))
    with pytest.raises(AuditError, match="to go back to agent 0"):
        audit(plan, floor.workload(), ledger)


def test_the_audit_wants_what_is_released_to_go_to_somebody_who_is_there() -> None:
    agents = [Agent(on=((0, 5, False),)), Agent()]
    floor = Floor([one(0, 20), one(1, 30)], agents, horizon=20, rules={"assignment": Assignment.ROUND_ROBIN})
    assert [row for row in story(floor) if row[0] == 5] == [(5, "RELEASED", 0, 0), (5, "ASSIGNED", 0, 1)]
    ledger = floor.run()
    given_on = (ledger.event == Event.ASSIGNED) & (ledger.time_ms == 5 * MINUTE_MS)
    # It is nobody's to the end, or still that of whoever went home.
    nobodys = Ledger(*(getattr(ledger, name)[~given_on] for name in COLUMNS))
    with pytest.raises(AuditError, match="to be assigned to somebody who is there"):
        audit(floor.plan(), floor.workload(), nobodys)
    leavers = replace(ledger, agent=np.where(given_on, 0, ledger.agent))
    with pytest.raises(AuditError, match="an owner who is there or comes back in time"):
        audit(floor.plan(), floor.workload(), leavers)


def test_what_falls_due_first_goes_first_by_the_response_until_somebody_begins_then_by_the_resolution() -> None:
    asked = Ticket(2, (Stage(2, Next.ASK_CUSTOMER, 5), Stage(3)))
    tickets = [one(0, 10), one(1, 6), asked, one(3, 1), one(15, 4)]
    floor = Floor(tickets, horizon=60, rules={"order_by": OrderBy.DUE})
    # Response and resolution; nothing is promised to the fourth.
    due = np.array([[5, 80], [40, 80], [20, 90], [-1, -1], [60, 100]])
    due_ms = np.where(due < 0, -1, due * MINUTE_MS)
    workload = floor.workload()
    workload = replace(workload, tickets=replace(workload.tickets, due_ms=due_ms))
    ledger = simulate(floor.plan(), workload)
    audit(floor.plan(), workload, ledger)
    started = ledger.event == Event.STARTED
    # At 18 the third is back, with its resolution due at 90, behind the fifth.
    assert list(zip((ledger.time_ms[started] // MINUTE_MS).tolist(), ledger.ticket[started].tolist(), strict=True)) == [
        (0, 0), (10, 2), (12, 1), (18, 4), (22, 2), (25, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("on_clock", "begun"),
    [
        # In elapsed time the ticket of 1 has risen twice at 21 and goes before the P3 of 22.
        (False, [(0, 0), (30, 1), (32, 2)]),
        # Its clock has run from 1 to 5 and from 20 on: it rises once until 30, at 26.
        (True, [(0, 0), (30, 2), (33, 1)]),
    ],
)
def test_a_ticket_ages_in_elapsed_time_or_in_hours_of_its_sla_calendar(
    on_clock: bool, begun: list[tuple[int, int]]
) -> None:
    tickets = [one(0, 30), one(1, 2, priority=5), one(22, 3, priority=3)]
    floor = Floor(tickets, horizon=60, rules={"aging_ms": 10 * MINUTE_MS, "aging_on_clock": on_clock})
    opens, closes = (np.array(ends) * MINUTE_MS for ends in ((0, 20), (5, 60)))
    clock = Clock("", opens, closes, LocalTime(np.zeros(0, np.int64), np.zeros(1, np.int64)))
    plan = replace(floor.plan(), sla=replace(floor.plan().sla, clocks=(clock,)))
    ledger = simulate(plan, floor.workload())
    audit(plan, floor.workload(), ledger)
    at = ledger.event == Event.STARTED
    found = zip((ledger.time_ms[at] // MINUTE_MS).tolist(), ledger.ticket[at].tolist(), strict=True)
    assert list(found) == begun
    other = replace(plan, rules=replace(plan.rules, aging_on_clock=not on_clock))
    with pytest.raises(AuditError, match="order of picks"):
        audit(other, floor.workload(), ledger)


def test_live_contacts_interrupt_the_least_urgent_deferrable_work_but_not_each_other() -> None:
    mails = [one(0, 20, priority=3), one(1, 20, priority=4)]
    calls = [one(5, 4, priority=5, live=True), one(6, 10, priority=5, live=True), one(7, 3, priority=5, live=True)]
    floor = Floor([*mails, *calls], [Agent(), Agent()], horizon=60, reading_in=2, rules={"urgent_live": True})
    assert story(floor) == [
        (0, "STARTED", 0, 0), (1, "STARTED", 1, 1),
        (5, "PREEMPTED", 1, 1), (5, "STARTED", 2, 1),
        (6, "PREEMPTED", 0, 0), (6, "STARTED", 3, 0),
        # The third call waits for the first.
        (9, "RESOLVED", 2, 1), (9, "STARTED", 4, 1), (12, "RESOLVED", 4, 1),
        # Each mail goes on with who did not begin it: 14 and 16 minutes were left, and two are for reading in.
        (12, "RESUMED", 0, 1), (16, "RESOLVED", 3, 0), (16, "RESUMED", 1, 0),
        (28, "RESOLVED", 0, 1), (34, "RESOLVED", 1, 0),
    ]  # fmt: skip


def test_what_waited_long_for_one_person_is_the_next_persons_alone() -> None:
    # The second has risen twice while it waited for agent 0, so that its first places are still in that heap.
    tickets = [one(0, 10), Ticket(1, (Stage(5, Next.ESCALATE), Stage(3, tier=1))), Ticket(2, (Stage(30, tier=1),))]
    floor = Floor(
        tickets, [Agent(0), Agent(1)], (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))), ((0,), (1,), (1,)),
        horizon=60, seniority_is_ticket=True,
        rules={"assignment": Assignment.ROUND_ROBIN, "aging_ms": 4 * MINUTE_MS, "aging_raises": 1},
    )  # fmt: skip
    assert [row for row in story(floor) if row[2] == 1] == [
        (1, "ASSIGNED", 1, 0), (10, "STARTED", 1, 0), (15, "ESCALATED", 1, 0), (15, "ASSIGNED", 1, 1),
        (32, "STARTED", 1, 1), (35, "RESOLVED", 1, 1),
    ]  # fmt: skip
