"""The floor's rules on traces worked out by hand."""

from __future__ import annotations

import pytest
from small_floor import Agent, Floor, Stage, Ticket, one

from supportsim.plan.model import Queue
from supportsim.workload.model import Next


def test_single_agent_serves_first_come_first_served() -> None:
    floor = Floor([one(0, 10), one(3, 5), one(4, 2)])
    assert floor.work() == [(0, 0, 0, 10), (1, 0, 10, 15), (2, 0, 15, 17)]


def test_events_of_a_simple_ticket() -> None:
    assert Floor([one(1, 10)]).story() == [(1, "ARRIVED", 0, -1), (1, "STARTED", 0, 0), (11, "RESOLVED", 0, 0)]


def test_higher_priority_goes_first_and_fifo_inside_a_class() -> None:
    tickets = [one(0, 10), one(1, 5, priority=3), one(2, 5, priority=1), one(3, 5, priority=3)]
    assert [ticket for ticket, *_ in Floor(tickets).work()] == [0, 2, 1, 3]
    assert [ticket for ticket, *_ in Floor(tickets, fifo=True).work()] == [0, 1, 2, 3]


def test_new_ticket_goes_to_the_agent_idle_longest() -> None:
    agents = [Agent(), Agent(), Agent()]
    floor = Floor([one(0, 5), one(1, 1), one(10, 1), one(11, 1), one(12, 9)], agents)
    # Agent 2 has been idle since 0, agent 1 since 2, agent 0 since 5; agent 2 again since 11.
    assert [(ticket, agent) for ticket, agent, *_ in sorted(floor.work())] == [(0, 0), (1, 1), (2, 2), (3, 1), (4, 0)]


def test_equal_idle_times_are_broken_by_person_number() -> None:
    floor = Floor([one(5, 1), one(5, 1)], [Agent(), Agent()])
    assert sorted(floor.work()) == [(0, 0, 5, 6), (1, 1, 5, 6)]


def test_escalation_joins_the_next_tier() -> None:
    ticket = Ticket(0, (Stage(4, Next.ESCALATE), Stage(6, tier=1)))
    queues = (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,)))
    floor = Floor([ticket, one(1, 2)], [Agent(0), Agent(1)], queues)
    # Ticket 1 has waited since 1 and ticket 0 since 4, so ticket 1 is matched first.
    assert floor.story() == [
        (0, "ARRIVED", 0, -1), (0, "STARTED", 0, 0),
        (1, "ARRIVED", 1, -1),
        (4, "ESCALATED", 0, 0), (4, "STARTED", 1, 0), (4, "STARTED", 0, 1),
        (6, "RESOLVED", 1, 0), (10, "RESOLVED", 0, 1),
    ]  # fmt: skip


def test_hand_back_returns_to_the_tier_below() -> None:
    stages = (Stage(4, Next.ESCALATE), Stage(1, Next.HAND_BACK, tier=1), Stage(2))
    queues = (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,)))
    floor = Floor([Ticket(0, stages)], [Agent(0), Agent(1)], queues)
    assert floor.work() == [(0, 0, 0, 4), (0, 1, 4, 5), (0, 0, 5, 7)]
    assert [event for _, event, *_ in floor.story()].count("HANDED_BACK") == 1


@pytest.mark.parametrize(
    ("what", "goes", "comes"), [(Next.ASK_CUSTOMER, "ASKED", "REPLIED"), (Next.FIX, "SENT_TO_FIX", "FIXED")]
)
def test_agent_is_free_while_the_ticket_waits_elsewhere(what: Next, goes: str, comes: str) -> None:
    floor = Floor([Ticket(0, (Stage(3, what, delay=20), Stage(4))), one(1, 6)])
    assert floor.work() == [(0, 0, 0, 3), (1, 0, 3, 9), (0, 0, 23, 27)]
    moves = [(minute, event) for minute, event, ticket, _ in floor.story() if ticket == 0]
    assert [move for move in moves if move[1] in (goes, comes)] == [(3, goes), (23, comes)]


def test_resolved_ticket_is_reopened_after_its_delay() -> None:
    floor = Floor([Ticket(0, (Stage(3, delay=100), Stage(4)))])
    assert [(minute, event) for minute, event, *_ in floor.story()] == [
        (0, "ARRIVED"), (0, "STARTED"), (3, "RESOLVED"), (103, "REOPENED"), (103, "STARTED"), (107, "RESOLVED"),
    ]  # fmt: skip


def test_deferrable_work_is_set_aside_and_resumed_by_its_agent() -> None:
    floor = Floor([one(1, 10)], [Agent(on=((0, 5, True), (9, 100, False)))])
    assert floor.work() == [(0, 0, 1, 5), (0, 0, 9, 15)]
    assert [event for _, event, *_ in floor.story()] == ["ARRIVED", "STARTED", "SUSPENDED", "RESUMED", "RESOLVED"]


def test_work_of_an_agent_who_will_not_be_back_goes_to_the_head_of_its_class() -> None:
    agents = [Agent(on=((0, 5, False),)), Agent(on=((6, 100, False),))]
    floor = Floor([one(1, 10), one(2, 3)], agents)
    assert floor.work() == [(0, 0, 1, 5), (0, 1, 6, 12), (1, 1, 12, 15)]


def test_new_agent_reads_in_and_the_one_who_knows_it_does_not() -> None:
    takes_over = Floor([one(1, 10)], [Agent(on=((0, 5, False),)), Agent(on=((6, 100, False),))], reading_in=2)
    assert takes_over.work() == [(0, 0, 1, 5), (0, 1, 6, 14)]
    goes_on = Floor([one(1, 10)], [Agent(on=((0, 5, True), (9, 100, False)))], reading_in=2)
    assert goes_on.work() == [(0, 0, 1, 5), (0, 0, 9, 15)]


def test_set_aside_work_resumes_before_fresh_work_of_its_class_but_after_a_higher_class() -> None:
    tickets = [one(1, 10), one(2, 3), one(3, 4, priority=1)]
    floor = Floor(tickets, [Agent(on=((0, 5, True), (9, 100, False)))])
    assert floor.work() == [(0, 0, 1, 5), (2, 0, 9, 13), (0, 0, 13, 19), (1, 0, 19, 22)]


def test_own_work_is_passed_on_when_the_agent_leaves_for_good() -> None:
    agents = [Agent(on=((0, 5, True), (9, 12, False))), Agent(on=((20, 100, False),))]
    floor = Floor([one(1, 10), one(2, 50, priority=1)], agents, reading_in=1)
    # Back at 9 the agent takes the P1 first and leaves both behind at 12.
    assert floor.work() == [(0, 0, 1, 5), (1, 0, 9, 12), (1, 1, 20, 68), (0, 1, 68, 75)]
    assert (12, "PASSED_ON", 0, 0) in floor.story()


@pytest.mark.parametrize(("finish", "grace"), [(True, 0), (False, 6)])
def test_deferrable_work_is_finished_as_overtime_by_rule_or_within_grace(finish: bool, grace: float) -> None:
    floor = Floor([one(1, 10)], [Agent(on=((0, 5, False),))], finish_deferrable=finish, grace=grace)
    assert floor.work() == [(0, 0, 1, 11)]


def test_grace_shorter_than_what_is_left_sets_aside() -> None:
    floor = Floor([one(1, 10)], [Agent(on=((0, 5, False),))], grace=5.9)
    assert floor.work() == [(0, 0, 1, 5)]


def test_live_work_is_always_finished_but_nothing_new_is_taken() -> None:
    floor = Floor([one(1, 10, live=True), one(2, 1)], [Agent(on=((0, 5, False), (20, 100, False)))])
    assert floor.work() == [(0, 0, 1, 11), (1, 0, 20, 21)]


def test_agent_in_overtime_when_the_next_shift_begins_goes_on_working() -> None:
    floor = Floor([one(1, 10, live=True), one(2, 1)], [Agent(on=((0, 5, False), (8, 100, False)))])
    assert floor.work() == [(0, 0, 1, 11), (1, 0, 11, 12)]


def test_customer_out_of_patience_abandons() -> None:
    floor = Floor([one(0, 10), one(1, 5, live=True, attempts=[(4, None)])])
    assert floor.story()[-2:] == [(5, "ABANDONED", 1, -1), (10, "RESOLVED", 0, 0)]


def test_patience_ends_with_the_answer() -> None:
    floor = Floor([one(0, 10), one(8, 5, live=True, attempts=[(4, None)])])
    assert floor.work() == [(0, 0, 0, 10), (1, 0, 10, 15)]
    assert all(event != "ABANDONED" for _, event, *_ in floor.story())


def test_patience_that_ends_as_an_agent_gets_free_ends_first() -> None:
    floor = Floor([one(0, 10), one(8, 5, live=True, attempts=[(2, None)])])
    assert (10, "ABANDONED", 1, -1) in floor.story()


def test_each_attempt_has_its_own_patience_and_then_the_customer_writes() -> None:
    floor = Floor([one(0, 100), one(1, 5, live=True, attempts=[(4, 10), (3, 7)])])
    assert [(minute, event) for minute, event, ticket, _ in floor.story() if ticket == 1] == [
        (1, "ARRIVED"), (5, "ABANDONED"), (15, "RETRIED"), (18, "ABANDONED"), (25, "RETRIED"),
        (100, "STARTED"), (105, "RESOLVED"),
    ]  # fmt: skip


def test_ticket_returned_by_mail_is_no_longer_live() -> None:
    agents = [Agent(on=((20, 30, True), (40, 100, False)))]
    floor = Floor([one(1, 15, live=True, attempts=[(4, 10)])], agents)
    assert floor.work() == [(0, 0, 20, 30), (0, 0, 40, 45)]


def test_live_contacts_go_first_only_if_the_rules_say_so() -> None:
    tickets = [one(0, 10, priority=1), one(1, 5, priority=1), one(2, 5, priority=5, live=True)]
    assert [ticket for ticket, *_ in Floor(tickets).work()] == [0, 1, 2]
    assert [ticket for ticket, *_ in Floor(tickets, live_first=True).work()] == [0, 2, 1]


def test_live_contacts_among_themselves_go_by_priority() -> None:
    tickets = [one(0, 10), *(one(1, 5, priority=priority, live=True) for priority in (4, 2))]
    assert [ticket for ticket, *_ in Floor(tickets, live_first=True).work()] == [0, 2, 1]


def test_a_contact_is_live_at_its_first_stage_only() -> None:
    handed_on = Ticket(0, (Stage(1, Next.ASK_CUSTOMER, 5), Stage(5)), priority=5, live=True)
    floor = Floor([handed_on, one(1, 9, priority=1), one(2, 9, priority=1)], live_first=True)
    assert [ticket for ticket, *_ in floor.work()] == [0, 1, 2, 0]


def test_who_returned_by_mail_waits_with_the_mail() -> None:
    returned = one(1, 5, priority=5, live=True, attempts=[(4, 2)])
    floor = Floor([one(0, 10), returned, one(2, 5, priority=1), one(3, 5, priority=5, live=True)], live_first=True)
    assert [ticket for ticket, *_ in floor.work()] == [0, 3, 2, 1]


def test_stale_patience_of_an_earlier_attempt_does_not_end_a_later_one() -> None:
    floor = Floor([one(0, 12), one(1, 5, live=True, attempts=[(4, 3), (30, None)])])
    assert floor.work() == [(0, 0, 0, 12), (1, 0, 12, 17)]


def test_fallback_team_may_take_after_the_delay_only() -> None:
    queues = (Queue("L1", (0,), (0,), 1, 30 * 60_000), Queue("wide", (0, 1), (0, 1)))
    floor = Floor([one(0, 100), one(1, 5), one(2, 5)], [Agent(0), Agent(1)], queues, queue_of=((0,), (0,), (0,)))
    assert floor.work() == [(1, 1, 31, 36), (2, 1, 36, 41), (0, 0, 0, 100)]
    assert [(minute, ticket) for minute, event, ticket, _ in floor.story() if event == "WIDENED"] == [(31, 1), (32, 2)]


def test_first_choice_team_is_preferred_even_if_the_other_idles_longer() -> None:
    queues = (Queue("both", (0, 1), (0, 1)), Queue("unused", (0,), (0,)))
    floor = Floor([one(0, 1), one(5, 1)], [Agent(0), Agent(1)], queues, queue_of=((0,), (0,), (0,)))
    assert [agent for _, agent, *_ in floor.work()] == [0, 0]


def test_equal_ranks_compete_by_longest_idle() -> None:
    queues = (Queue("both", (0, 1), (0, 0)),)
    floor = Floor([one(0, 1), one(5, 1)], [Agent(0), Agent(1)], queues, queue_of=((0,), (0,), (0,)))
    assert [agent for _, agent, *_ in floor.work()] == [0, 1]


def test_best_ticket_over_all_queues_goes_first() -> None:
    queues = (Queue("a", (0,), (0,)), Queue("b", (0,), (0,)))
    tickets = [one(0, 10), one(1, 1, skill=0, priority=4), one(2, 1, skill=1, priority=2)]
    floor = Floor(tickets, queues=queues, queue_of=((0, 1), (0, 1), (0, 1)))
    assert [ticket for ticket, *_ in floor.work()] == [0, 2, 1]


def test_seniority_by_ticket_puts_the_older_ticket_first() -> None:
    stages = (Stage(1, Next.ASK_CUSTOMER, delay=7), Stage(1))
    tickets = [Ticket(0, stages), one(2, 20), one(3, 1)]
    by_wait = Floor(tickets)
    by_ticket = Floor(tickets, seniority_is_ticket=True)
    assert [ticket for ticket, *_ in by_wait.work()] == [0, 1, 2, 0]
    assert [ticket for ticket, *_ in by_ticket.work()] == [0, 1, 0, 2]


def test_nothing_happens_at_or_after_the_horizon() -> None:
    floor = Floor([one(0, 10), one(5, 1), one(20, 1)], horizon=10)
    assert [(minute, event) for minute, event, *_ in floor.story()] == [(0, "ARRIVED"), (0, "STARTED"), (5, "ARRIVED")]


def test_no_tickets_and_no_agents() -> None:
    assert Floor([], [Agent()]).story() == []
    assert Floor([one(0, 1)], []).story() == [(0, "ARRIVED", 0, -1)]


def test_a_stage_that_no_team_serves_is_refused() -> None:
    with pytest.raises(ValueError, match="no team"):
        Floor([one(0, 1, skill=1)], queue_of=((0, -1), (0, -1), (0, -1))).run()
