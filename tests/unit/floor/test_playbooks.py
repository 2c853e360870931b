"""Playbooks, by hand: when they fire and end, and what each action does. Times are minutes; all passes the audit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from playbook_floor import Lead, above, below, playbook
from small_floor import Agent, Queue, Stage, Ticket, ms, one

from supportsim.ledger import COLUMNS, Event, Ledger
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.further import ownership
from supportsim.plan.model import Assignment, OffReason, Watched

FIRES_AND_ENDS = ("FIRES", "ENDS")
LONG = [one(0, 60), one(1, 10), one(2, 10), one(3, 10)]
"""One in hand for an hour, and three that wait behind it from minute 3 on; the last begins at 80."""


def queue(high: float, low: float, **more: object) -> object:
    return playbook(above(Watched.QUEUE, high), below(Watched.QUEUE, low), 1000, **more)


def test_it_fires_at_the_first_look_at_which_it_burns_and_ends_only_at_the_other_threshold() -> None:
    # 3 wait from 3 on, 2 from 60 on, 1 from 70 on, none from 80 on.
    assert Lead(LONG, queue(2, 3)).story(*FIRES_AND_ENDS) == [(5, "FIRES", 0), (65, "ENDS", 0)]
    assert Lead(LONG, queue(2, 1)).story(*FIRES_AND_ENDS) == [(5, "FIRES", 0), (85, "ENDS", 0)]


def test_a_look_sees_the_floor_as_it_was_just_before() -> None:
    at_the_look = [one(0, 60), *(one(5, 10) for _ in range(3))]
    assert Lead(at_the_look, queue(2, 3)).story("FIRES") == [(10, "FIRES", 0)]


def test_the_wait_is_the_longest_present_one() -> None:
    waits = playbook(above(Watched.WAIT, 15), below(Watched.WAIT, 15), 1000)
    # Ticket 1 waits from 1 to 60, 2 from 2 to 70, 3 from 3 to 80: above 15 from 16 until 80.
    assert Lead(LONG, waits).story(*FIRES_AND_ENDS) == [(20, "FIRES", 0), (85, "ENDS", 0)]


def test_utilization_and_free_people_are_those_of_the_team() -> None:
    tickets = [one(0, 22), one(0, 32)]
    two = (Agent(), Agent())
    used = playbook(above(Watched.UTILIZATION, 0.9), below(Watched.UTILIZATION, 0.6), 1000)
    assert Lead(tickets, used, two).story(*FIRES_AND_ENDS) == [(5, "FIRES", 0), (25, "ENDS", 0)]
    free = playbook(below(Watched.FREE, 1), above(Watched.FREE, 1), 1000)
    assert Lead(tickets, free, two).story(*FIRES_AND_ENDS) == [(5, "FIRES", 0), (35, "ENDS", 0)]


def test_while_nobody_is_there_people_are_neither_free_nor_busy() -> None:
    used = playbook(above(Watched.UTILIZATION, 0.9), below(Watched.UTILIZATION, 0.6), 1000)
    lead = Lead([one(0, 200)], used, (Agent(on=((0, 20, True), (100, 110, True))),))
    assert lead.story(*FIRES_AND_ENDS) == [(5, "FIRES", 0)]
    free = playbook(below(Watched.FREE, 1), above(Watched.FREE, 1), 1000)
    assert Lead([one(0, 10)], free, (Agent(on=((100, 200, True),)),)).story("FIRES") == [(105, "FIRES", 0)]


def test_only_some_priorities_and_channels_are_looked_at() -> None:
    only_p1 = queue(0, 1, priorities=np.array([True, False, False, False, False]))
    tickets = [one(0, 60, priority=3), one(1, 10, priority=3), one(12, 5, priority=1)]
    assert Lead(tickets, only_p1).story(*FIRES_AND_ENDS) == [(15, "FIRES", 0), (65, "ENDS", 0)]
    by_chat = queue(0, 1, channels=np.array([False, True]))
    tickets = [one(0, 60), one(1, 10), one(22, 5, channel=1)]
    assert Lead(tickets, by_chat, more={"channels": 2}).story("FIRES") == [(25, "FIRES", 0)]


def test_it_burns_at_least_so_long_and_cools_down() -> None:
    tickets = [one(0, 8), one(1, 1), one(40, 8), one(41, 1), one(80, 8), one(81, 1)]
    assert Lead(tickets, queue(0, 1)).story(*FIRES_AND_ENDS) == [
        (5, "FIRES", 0), (10, "ENDS", 0), (45, "FIRES", 0), (50, "ENDS", 0), (85, "FIRES", 0), (90, "ENDS", 0),
    ]  # fmt: skip
    longer = queue(0, 1, at_least_ms=ms(20), cool_down_ms=ms(30))
    assert Lead(tickets, longer).story(*FIRES_AND_ENDS) == [
        (5, "FIRES", 0), (25, "ENDS", 0), (85, "FIRES", 0), (105, "ENDS", 0),
    ]  # fmt: skip


def test_it_fires_so_often_a_day_at_most_and_ends_with_its_hours() -> None:
    tickets = [one(0, 8), one(1, 1), one(40, 8), one(41, 1)]
    assert Lead(tickets, queue(0, 1, at_most=1)).story("FIRES") == [(5, "FIRES", 0)]
    closing = queue(0, 1)
    closes = closing.closes.copy()
    closes[3] = True
    assert Lead([one(0, 60), one(1, 10)], replace(closing, closes=closes)).story(*FIRES_AND_ENDS) == [
        (5, "FIRES", 0), (15, "ENDS", 0), (20, "FIRES", 0), (65, "ENDS", 0),
    ]  # fmt: skip


# ---- people -------------------------------------------------------------------------------------------------

TRAINING, SHIFT_END, BREAK = OffReason.TRAINING, OffReason.SHIFT_END, OffReason.BREAK
CANCELS = {"cancels": (int(TRAINING),)}
COMES_AND_GOES = ("FIRES", "ENDS", "AGENT_ON", "TRAINING", "SHIFT_END", "OVERTIME", "BREAK", "DISMISSED", "LENT",
                  "RETURNED")  # fmt: skip


def test_who_is_in_a_training_comes_back_at_once_and_it_is_not_made_up_for() -> None:
    trainee = Agent(on=((0, 4, True), (100, 200, False)))
    lead = Lead([*LONG, one(4, 10), one(4, 10)], queue(2, 1, **CANCELS), (Agent(), trainee),
                (SHIFT_END, TRAINING, SHIFT_END))  # fmt: skip
    assert lead.story(*COMES_AND_GOES) == [
        (0, "AGENT_ON", 0), (0, "AGENT_ON", 1), (4, "TRAINING", 1), (5, "FIRES", 0), (5, "AGENT_ON", 1),
        (45, "ENDS", 0), (200, "SHIFT_END", 1),
    ]  # fmt: skip


def test_nobody_goes_to_a_training_while_it_burns() -> None:
    trainee = Agent(on=((0, 20, True), (60, 200, False)))
    tickets = [one(0, 60), one(0, 60), *(one(1, 10) for _ in range(3))]
    lead = Lead(tickets, queue(2, 1, **CANCELS), (Agent(), trainee), (SHIFT_END, TRAINING, SHIFT_END))
    assert lead.story(*COMES_AND_GOES) == [
        (0, "AGENT_ON", 0), (0, "AGENT_ON", 1), (5, "FIRES", 0), (75, "ENDS", 0), (200, "SHIFT_END", 1),
    ]  # fmt: skip


def test_a_training_up_to_the_end_of_the_shift_brings_nobody_beyond_it() -> None:
    trainee = Agent(on=((0, 4, True), (500, 600, False)))
    lead = Lead([*LONG, one(4, 10), one(4, 10)], queue(2, 1, **CANCELS), (Agent(), trainee),
                (SHIFT_END, TRAINING, SHIFT_END), (1000, 30))  # fmt: skip
    assert lead.story(*COMES_AND_GOES) == [
        (0, "AGENT_ON", 0), (0, "AGENT_ON", 1), (4, "TRAINING", 1), (5, "FIRES", 0), (5, "AGENT_ON", 1),
        (30, "SHIFT_END", 1), (75, "ENDS", 0), (500, "AGENT_ON", 1), (600, "SHIFT_END", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("starts", "comes"), [(4, 5), (5, 5), (40, 40), (45, 90), (50, 90)])
def test_a_training_as_the_shift_begins_is_called_off_as_any_other(starts: float, comes: float) -> None:
    # It burns from 5 to 45; who is in the training by then comes at once, who comes then does not go.
    lead = Lead([*LONG, one(4, 10), one(4, 10)], queue(2, 1, **CANCELS, at_most=1),
                (Agent(), Agent(), Agent(on=((90, 200, False),))), late=[(2, starts, 90)])  # fmt: skip
    story = lead.story(*COMES_AND_GOES)
    assert (5, "FIRES", 0) in story
    assert [row for row in story if row[2] == 2] == [(comes, "AGENT_ON", 2), (200, "SHIFT_END", 2)]


def test_a_training_for_a_whole_shift_is_called_off_until_its_end() -> None:
    other = Agent(on=((500, 600, False),))
    lead = Lead([*LONG, one(4, 10), one(4, 10)], queue(2, 1, **CANCELS), (Agent(), other),
                late=[(1, 4, 30), (1, 480, 500)])  # fmt: skip
    assert [row for row in lead.story(*COMES_AND_GOES) if row[2] == 1] == [
        (5, "AGENT_ON", 1), (30, "SHIFT_END", 1), (500, "AGENT_ON", 1), (600, "SHIFT_END", 1),
    ]  # fmt: skip


def test_breaks_are_left_alone() -> None:
    at_lunch = Agent(on=((0, 4, True), (50, 200, False)))
    lead = Lead([*LONG, one(4, 10), one(4, 10)], queue(2, 1, **CANCELS), (Agent(), at_lunch),
                (SHIFT_END, BREAK, SHIFT_END))  # fmt: skip
    assert (50, "AGENT_ON", 1) in lead.story(*COMES_AND_GOES)


def overtime(most: float, low: float = 1) -> object:
    return queue(2, low, overtime_ms=ms(most))


def test_whoever_is_there_at_the_end_of_the_shift_stays_until_it_ends() -> None:
    agent = Agent(on=((0, 40, False),))
    # 60 minutes from 0 to 60, then ten each; the queue falls to one at 70 and to none at 80.
    assert Lead(LONG, overtime(120), (agent,)).story(*COMES_AND_GOES) == [
        (0, "AGENT_ON", 0), (5, "FIRES", 0), (85, "ENDS", 0), (85, "OVERTIME", 0),
    ]  # fmt: skip


def test_overtime_has_a_longest() -> None:
    agent = Agent(on=((0, 40, False), (500, 600, False)))
    assert Lead(LONG, overtime(32), (agent,)).story(*COMES_AND_GOES, "RELEASED") == [
        (0, "AGENT_ON", 0), (5, "FIRES", 0), (72, "RELEASED", 2), (72, "OVERTIME", 0), (500, "AGENT_ON", 0),
        (510, "ENDS", 0), (600, "SHIFT_END", 0),
    ]  # fmt: skip


def test_whoever_is_due_again_before_the_longest_overtime_is_over_goes_home() -> None:
    agent = Agent(on=((0, 40, True), (65, 600, False)))
    assert (40, "SHIFT_END", 0) in Lead(LONG, overtime(25), (agent,)).story()
    assert (65, "OVERTIME", 0) not in Lead(LONG, overtime(25), (agent,)).story()
    assert (64, "OVERTIME", 0) in Lead(LONG, overtime(24), (agent,)).story()


def test_back_ups_come_after_a_while_and_stay_while_it_burns() -> None:
    called = queue(2, 1, back_ups=(1, 2), back_ups_after_ms=ms(10))
    lead = Lead(LONG, called, more_people=[(0, -1), (0, -1)])
    assert lead.story(*COMES_AND_GOES, "STARTED") == [
        (0, "AGENT_ON", 0), (0, "STARTED", 0), (5, "FIRES", 0), (15, "AGENT_ON", 1), (15, "AGENT_ON", 2),
        (15, "STARTED", 1), (15, "STARTED", 2), (25, "STARTED", 3), (30, "ENDS", 0), (30, "DISMISSED", 1),
        (30, "DISMISSED", 2),
    ]  # fmt: skip


def test_back_ups_may_have_a_stay_of_their_own_and_do_not_come_too_late() -> None:
    called = queue(2, 1, back_ups=(1,), back_ups_after_ms=ms(10), back_ups_stay_ms=ms(100))
    found = Lead(LONG, called, more_people=[(0, -1)]).story("ENDS", "AGENT_ON", "DISMISSED")
    assert found == [(0, "AGENT_ON", 0), (15, "AGENT_ON", 1), (40, "ENDS", 0), (115, "DISMISSED", 1)]
    late = replace(called, back_ups_after_ms=ms(90))
    assert (95, "AGENT_ON", 1) not in Lead(LONG, late, more_people=[(0, -1)]).story()


def test_back_ups_whose_stay_ends_as_it_fires_again_stay_on() -> None:
    tickets = [one(0, 8), one(1, 12), one(30, 8), one(31, 12)]
    called = queue(0, 1, back_ups=(1,), back_ups_stay_ms=ms(30))
    found = Lead(tickets, called, more_people=[(0, -1)]).story("FIRES", "AGENT_ON", "DISMISSED")
    assert found == [(0, "AGENT_ON", 0), (5, "FIRES", 0), (5, "AGENT_ON", 1), (35, "DISMISSED", 1)]
    at_once = [one(0, 8), one(1, 1), *(one(32, 13) for _ in range(4))]
    found = Lead(at_once, called, more_people=[(0, -1)]).story("FIRES", "AGENT_ON", "DISMISSED")
    assert found == [(0, "AGENT_ON", 0), (5, "FIRES", 0), (5, "AGENT_ON", 1), (35, "FIRES", 0), (65, "DISMISSED", 1)]
    later = replace(called, back_ups_after_ms=ms(10), back_ups_stay_ms=ms(20))
    found = Lead(at_once, later, more_people=[(0, -1)]).story("AGENT_ON", "DISMISSED")
    assert found == [(0, "AGENT_ON", 0), (45, "AGENT_ON", 1), (65, "DISMISSED", 1)]


# Two teams: agent 0 of team 0, agents 1 and 2 of team 1, who as members of team 0 are agents 3 and 4.
TWO_TEAMS = {
    "queues": (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))),
    "queue_of": ((0,), (1,), (1,)),
}
THEM = (Agent(), Agent(team=1), Agent(team=1))
TWINS = [(0, 1), (0, 2)]


def borrow(people: int, low: float = 1) -> object:
    return queue(2, low, lends=1, lent=people, twins=(-1, 3, 4))


def at_l2(created: float, work: float) -> Ticket:
    return Ticket(created, (Stage(work, tier=1),))


def test_whoever_is_lent_is_somebody_of_the_other_team_until_it_ends() -> None:
    lead = Lead(LONG, borrow(1), THEM, more_people=TWINS, more=TWO_TEAMS)
    assert lead.story("FIRES", "ENDS", "LENT", "RETURNED", "AGENT_ON", "STARTED") == [
        (0, "AGENT_ON", 0), (0, "AGENT_ON", 1), (0, "AGENT_ON", 2), (0, "STARTED", 0), (5, "FIRES", 0),
        (5, "LENT", 1), (5, "AGENT_ON", 3), (5, "STARTED", 1), (15, "STARTED", 2), (25, "STARTED", 3),
        (30, "ENDS", 0), (30, "RETURNED", 3), (35, "AGENT_ON", 1),
    ]  # fmt: skip


def test_whoever_has_least_in_hand_goes_and_finishes_first_what_is_in_hand() -> None:
    tickets = [at_l2(0, 12), *LONG]
    one_is_free = Lead(tickets, borrow(1), THEM, more_people=TWINS, more=TWO_TEAMS).story("LENT", "AGENT_ON")
    assert one_is_free[3:] == [(5, "LENT", 2), (5, "AGENT_ON", 4), (35, "AGENT_ON", 2)]
    both = Lead(tickets, borrow(2), THEM, more_people=TWINS, more=TWO_TEAMS).story("LENT", "AGENT_ON")
    assert both[3:] == [
        (5, "LENT", 2), (5, "AGENT_ON", 4), (5, "LENT", 1), (12, "AGENT_ON", 3), (22, "AGENT_ON", 1),
        (25, "AGENT_ON", 2),
    ]  # fmt: skip


def test_who_is_missing_is_sought_at_the_next_look() -> None:
    late = (Agent(), Agent(team=1, on=((11, 1000, False),)))
    plan = queue(2, 1, lends=1, lent=1, twins=(-1, 2))
    lead = Lead(LONG, plan, late, more_people=[(0, 1)], more=TWO_TEAMS)
    assert lead.story("LENT", "AGENT_ON")[1:] == [(11, "AGENT_ON", 1), (15, "LENT", 1), (15, "AGENT_ON", 2),
                                                  (45, "AGENT_ON", 1)]  # fmt: skip


def test_the_end_of_the_shift_ends_the_loan() -> None:
    going = (Agent(), Agent(team=1, on=((0, 18, False), (100, 900, False))))
    plan = queue(2, 1, lends=1, lent=1, twins=(-1, 2))
    lead = Lead(LONG, plan, going, more_people=[(0, 1)], more=TWO_TEAMS)
    assert lead.story("LENT", "AGENT_ON", "SHIFT_END", "RELEASED")[2:6] == [
        (5, "LENT", 1), (5, "AGENT_ON", 2), (18, "RELEASED", 2), (18, "SHIFT_END", 2),
    ]  # fmt: skip


# ---- tickets ------------------------------------------------------------------------------------------------


def test_deferred_tickets_are_not_begun_until_it_ends_and_then_have_their_place() -> None:
    urgent_only = queue(0, 1, priorities=np.array([True, True, False, False, False]),
                        defers=(False, False, True, True, True))  # fmt: skip
    tickets = [one(0, 8, priority=3), one(1, 10, priority=3), one(2, 10, priority=4), one(3, 20, priority=1),
               one(27, 3, priority=1)]  # fmt: skip
    assert Lead(tickets, urgent_only).story("FIRES", "ENDS", "STARTED") == [
        (0, "STARTED", 0), (5, "FIRES", 0), (8, "STARTED", 3), (10, "ENDS", 0), (28, "STARTED", 4), (31, "STARTED", 1),
        (41, "STARTED", 2),
    ]  # fmt: skip
    patient = replace(urgent_only, at_least_ms=ms(40))
    assert Lead(tickets, patient).story("FIRES", "ENDS", "STARTED") == [
        (0, "STARTED", 0), (5, "FIRES", 0), (8, "STARTED", 3), (28, "STARTED", 4), (45, "ENDS", 0), (45, "STARTED", 1),
        (55, "STARTED", 2),
    ]  # fmt: skip


def test_what_is_deferred_in_personal_queues_is_nobodys_until_it_ends() -> None:
    tickets = [one(0, 12), one(1, 10, priority=4), one(2, 10), one(3, 10), one(4, 10), one(20, 5, priority=4)]
    looks_at = np.array([True, True, True, False, False])
    plan = queue(2, 1, priorities=looks_at, defers=(False, False, False, True, True))
    lead = Lead(tickets, plan, more={"fifo": True, "rules": {"assignment": Assignment.ROUND_ROBIN}})
    assert lead.story("FIRES", "ENDS", "ASSIGNED", "LET_GO", "STARTED")[2:] == [
        (1, "ASSIGNED", 1), (2, "ASSIGNED", 2), (3, "ASSIGNED", 3), (4, "ASSIGNED", 4),
        (5, "FIRES", 0), (5, "LET_GO", 1), (12, "STARTED", 2), (22, "STARTED", 3), (32, "STARTED", 4),
        (35, "ENDS", 0), (35, "ASSIGNED", 1), (35, "ASSIGNED", 5), (42, "STARTED", 1), (52, "STARTED", 5),
    ]  # fmt: skip
    # A ledger in which it stays with its owner.
    plan, workload = lead.world()
    ledger = lead.ledger()
    keep = ~(np.isin(ledger.event, (Event.LET_GO, Event.ASSIGNED)) & (ledger.ticket == 1) & (ledger.time_ms > ms(1)))
    kept = Ledger(*(getattr(ledger, name)[keep] for name in COLUMNS))
    breach = next(ownership(Facts(plan, workload, kept)))
    assert (breach.time_ms, breach.ticket, breach.expected[:23]) == (ms(5), 1, "the ticket to be let go")


def test_what_is_assigned_to_whoever_is_lent_is_given_on() -> None:
    tickets = [at_l2(0, 100), at_l2(0, 100), one(0, 60), one(1, 10), at_l2(1, 5), one(2, 10), one(3, 10)]
    more = TWO_TEAMS | {"rules": {"assignment": Assignment.ROUND_ROBIN}}
    lead = Lead(tickets, borrow(1), THEM, more_people=TWINS, more=more)
    found = lead.story("LENT", "LET_GO", "ASSIGNED", "STARTED")
    assert [row for row in found if row[2] == 4 or row[1] == "LENT"] == [
        (1, "ASSIGNED", 4), (5, "LET_GO", 4), (5, "LENT", 1), (5, "ASSIGNED", 4), (100, "STARTED", 4),
    ]  # fmt: skip
    taker = lead.ledger()
    assert taker.agent[(taker.event == Event.STARTED) & (taker.ticket == 4)].tolist() == [2]


def test_what_was_begun_goes_on_although_it_is_deferred() -> None:
    play = queue(0, 1, priorities=np.array([True, True, False, False, False]), at_least_ms=ms(100),
                 defers=(False, False, True, True, True))  # fmt: skip
    agent = Agent(on=((0, 8, True), (20, 900, False)))
    tickets = [one(0, 12, priority=3), one(1, 5, priority=1)]
    assert Lead(tickets, play, (agent,), (BREAK, SHIFT_END)).story("FIRES", "STARTED", "RESUMED") == [
        (0, "STARTED", 0), (5, "FIRES", 0), (20, "STARTED", 1), (25, "RESUMED", 0),
    ]  # fmt: skip


def caller(created: float, patience: float = 10, **more: object) -> Ticket:
    return one(created, 5, live=True, attempts=[(patience, None)], **more)  # type: ignore[arg-type]


def test_new_callers_are_called_back_and_do_not_give_up() -> None:
    tickets = [one(0, 60), caller(1, 30), caller(12)]
    assert Lead(tickets, queue(0, 1, calls_back=(True,))).story("FIRES", "ENDS", "CALL_BACK", "ABANDONED") == [
        (5, "FIRES", 0), (12, "CALL_BACK", 2), (31, "ABANDONED", 1), (65, "ENDS", 0),
    ]  # fmt: skip


def test_a_channel_that_is_turned_off_turns_away() -> None:
    tickets = [one(0, 60), caller(1, 90), caller(12), one(13, 5)]
    found = Lead(tickets, queue(0, 1, turns_off=(True,))).story("TURNED_AWAY", "RESOLVED")
    assert found == [(12, "TURNED_AWAY", 2), (60, "RESOLVED", 0), (65, "RESOLVED", 1), (70, "RESOLVED", 3)]
