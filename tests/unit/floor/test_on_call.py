"""People on call, by hand: pages, answers, rest and limits. Times are minutes; every ledger passes the audit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from on_call_floor import Duty, told
from small_floor import MINUTE_MS, Agent, Stage, Ticket, ms, one

from supportsim.floor.simulate import simulate
from supportsim.ledger import Event, Ledger
from supportsim.measures.audit import AuditError, audit
from supportsim.measures.people import people_time, team_time_in_window
from supportsim.measures.story import tell
from supportsim.plan.model import Assignment, Queue, Swarm
from supportsim.workload.model import Next

P1, P3 = 1, 3


def during(story: list[tuple[float, str, int]], start: float, end: float) -> list[tuple[float, str, int]]:
    return [row for row in story if start <= row[0] < end]


def test_who_is_paged_comes_after_the_delay_works_and_goes() -> None:
    found = Duty([one(200, 30, priority=P1)]).story()
    assert during(found, 150, 500) == [
        (200, "ARRIVED", 0),
        (200, "PAGED", 0),
        (215, "AGENT_ON", 0),
        (215, "STARTED", 0),
        (245, "RESOLVED", 0),
        (245, "DOWN", 0),
    ]


def test_an_urgent_ticket_that_comes_back_at_night_is_anyones_and_others_wait_for_their_owner() -> None:
    urgent = Ticket(10, (Stage(20, Next.ASK_CUSTOMER, 170), Stage(30)), priority=P1)
    other = Ticket(40, (Stage(10, Next.ASK_CUSTOMER, 160), Stage(5)), priority=P3)
    rules = {"assignment": Assignment.SAME_AGENT, "unowned": (True, False, False, False, False)}
    assert during(Duty([urgent, other], more={"rules": rules}).story(), 150, 600) == [
        (200, "REPLIED", 0), (200, "PAGED", 0), (210, "REPLIED", 1), (210, "ASSIGNED", 1),
        (215, "AGENT_ON", 0), (215, "STARTED", 0), (245, "RESOLVED", 0), (245, "DOWN", 0),
        (500, "AGENT_ON", 0), (500, "STARTED", 1), (505, "RESOLVED", 1),
    ]  # fmt: skip


def test_who_was_called_and_is_not_back_in_time_gives_on_what_came_back_meanwhile() -> None:
    urgent, other = one(200, 30, priority=P1), Ticket(40, (Stage(10, Next.ASK_CUSTOMER, 170), Stage(5)), priority=P3)
    rules = {"assignment": Assignment.SAME_AGENT, "unowned": (True, False, False, False, False)}
    agent = Agent(on=((0, 100, False), (500, 1000, False)))
    found = Duty([other, urgent], [agent], more={"rules": rules}).story()
    assert [row for row in during(found, 150, 600) if row[1] not in ("ARRIVED", "PAGED", "AGENT_ON")] == [
        (215, "STARTED", 1), (220, "REPLIED", 0), (220, "ASSIGNED", 0), (245, "RESOLVED", 1), (245, "LET_GO", 0),
        (245, "DOWN", 0), (500, "STARTED", 0), (505, "RESOLVED", 0),
    ]  # fmt: skip


def test_what_is_not_urgent_waits_for_the_shift() -> None:
    found = Duty([one(200, 30, priority=P3), one(300, 10, priority=P1)]).story()
    assert during(found, 290, 1000) == [
        (300, "ARRIVED", 1),
        (300, "PAGED", 0),
        (315, "AGENT_ON", 0),
        (315, "STARTED", 1),
        (325, "RESOLVED", 1),
        (325, "DOWN", 0),
        (500, "AGENT_ON", 0),
        (500, "STARTED", 0),
        (530, "RESOLVED", 0),
    ]


def test_one_page_is_enough_for_all_that_comes_until_the_work_is_done() -> None:
    tickets = [one(200, 30, priority=P1), one(205, 10, priority=P1), one(220, 5, priority=P1)]
    found = during(Duty(tickets).story(), 150, 500)
    assert [row for row in found if row[1] in ("PAGED", "AGENT_ON", "DOWN")] == [
        (200, "PAGED", 0),
        (215, "AGENT_ON", 0),
        (260, "DOWN", 0),
    ]
    assert [row for row in found if row[1] == "STARTED"] == [
        (215, "STARTED", 0),
        (245, "STARTED", 1),
        (255, "STARTED", 2),
    ]


def test_whoever_is_called_again_rests_for_longer_than_after_the_first_call() -> None:
    # Up until 230 and rested at 630, after the whole first shift; up again until 550, and so not at 630 but at 950.
    agent = Agent(on=((0, 100, True), (400, 500, True), (600, 1000, False)))
    duty = Duty(
        [one(200, 15, priority=P1), one(520, 15, priority=P1)], [agent], ((100, 400, 0, 0), (500, 600, 1, 0)), rest=400
    )
    assert [row for row in duty.story() if row[1] in ("AGENT_ON", "DOWN")] == [
        (0, "AGENT_ON", 0), (215, "AGENT_ON", 0), (230, "DOWN", 0), (535, "AGENT_ON", 0), (550, "DOWN", 0),
        (950, "AGENT_ON", 0),
    ]  # fmt: skip


def test_later_there_is_another_page() -> None:
    found = Duty([one(200, 30, priority=P1), one(300, 30, priority=P1)]).story()
    assert [row for row in found if row[1] == "PAGED"] == [(200, "PAGED", 0), (300, "PAGED", 0)]


def test_what_waits_when_the_duty_begins_is_a_page_too() -> None:
    # The shift ends at 100 with 40 of 60 minutes left; the work goes back to the queue.
    agent = Agent(on=((0, 100, False), (500, 1000, False)))
    found = Duty([one(80, 60, priority=P1)], [agent]).story()
    assert during(found, 100, 500) == [
        (100, "RELEASED", 0),
        (100, "AGENT_OFF", 0),
        (100, "PAGED", 0),
        (115, "AGENT_ON", 0),
        (115, "RESUMED", 0),
        (155, "RESOLVED", 0),
        (155, "DOWN", 0),
    ]


def test_nobody_is_paged_while_the_shift_runs() -> None:
    tickets = [one(20, 60, priority=P1), one(30, 10, priority=P1)]
    assert [row for row in Duty(tickets).story() if row[1] == "PAGED"] == []


def test_a_page_that_the_shift_overtakes_is_not_answered() -> None:
    found = Duty([one(490, 30, priority=P1)]).story()
    assert during(found, 490, 1000) == [
        (490, "ARRIVED", 0),
        (490, "PAGED", 0),
        (500, "AGENT_ON", 0),
        (500, "STARTED", 0),
        (530, "RESOLVED", 0),
    ]


def test_what_is_in_hand_when_the_duty_ends_is_finished() -> None:
    agents = [Agent(on=((0, 100, True), (700, 1000, False))), Agent(on=((500, 1000, False),))]
    found = Duty([one(470, 60, priority=P1)], agents).story()
    assert during(found, 480, 600) == [
        (485, "AGENT_ON", 0),
        (485, "STARTED", 0),
        (500, "DOWN", 0),
        (500, "AGENT_ON", 1),
        (545, "RESOLVED", 0),
    ]


def test_who_was_called_rests_before_the_next_shift() -> None:
    tickets = [one(400, 60, priority=P1), one(500, 10)]
    found = Duty(tickets, rest=120).story()
    # Done at 475; the shift that begins at 500 is not joined before 595.
    assert during(found, 470, 1000) == [
        (475, "RESOLVED", 0),
        (475, "DOWN", 0),
        (500, "ARRIVED", 1),
        (595, "AGENT_ON", 0),
        (595, "STARTED", 1),
        (605, "RESOLVED", 1),
    ]


def test_a_rest_counts_from_the_end_of_what_was_finished_late() -> None:
    agents = [Agent(on=((0, 100, True), (510, 1000, False)))]
    found = Duty([one(470, 60, priority=P1)], agents, rest=120).story()
    assert during(found, 500, 1000) == [(500, "DOWN", 0), (545, "RESOLVED", 0), (665, "AGENT_ON", 0)]


def test_a_rest_may_swallow_a_stretch_of_the_shift() -> None:
    agents = [Agent(on=((0, 100, True), (500, 590, True), (600, 1000, False)))]
    found = Duty([one(400, 60, priority=P1)], agents, rest=120).story()
    # Rested at 595, in the break from 590 to 600.
    assert during(found, 480, 1000) == [(600, "AGENT_ON", 0)]


def test_the_duty_passes_on_and_so_do_pages() -> None:
    agents = [Agent(on=((0, 100, True), (500, 1000, False))), Agent(on=((0, 100, True), (500, 1000, False)))]
    tickets = [one(200, 30, priority=P1), one(290, 60, priority=P1), one(301, 10, priority=P1)]
    found = Duty(tickets, agents, windows=((100, 300, 0, 0), (300, 500, 1, 1))).story()
    assert during(found, 280, 500) == [
        (290, "ARRIVED", 1),
        (290, "PAGED", 0),
        (300, "PAGED", 1),
        (301, "ARRIVED", 2),
        (315, "AGENT_ON", 1),
        (315, "STARTED", 1),
        (375, "RESOLVED", 1),
        (375, "STARTED", 2),
        (385, "RESOLVED", 2),
        (385, "DOWN", 1),
    ]


def test_nobody_is_paged_who_has_worked_enough_in_this_turn() -> None:
    tickets = [one(200, 30, priority=P1), one(300, 10, priority=P1)]
    found = Duty(tickets, at_most=30).story()
    assert [row for row in found if row[1] == "PAGED"] == [(200, "PAGED", 0)]
    assert (500, "STARTED", 1) in found
    assert [row for row in Duty(tickets, at_most=31).story() if row[1] == "PAGED"] == [
        (200, "PAGED", 0),
        (300, "PAGED", 0),
    ]


@pytest.mark.parametrize("at_most", [-1, 31])
def test_the_audit_misses_a_second_page_unless_the_hours_are_used_up(at_most: float) -> None:
    tickets = [one(200, 30, priority=P1), one(300, 30, priority=P1)]
    plan, workload = Duty(tickets, at_most=30).world()
    ledger = simulate(plan, workload)
    plan, workload = Duty(tickets, at_most=at_most).world()
    with pytest.raises(AuditError, match="a page, an urgent ticket waits"):
        audit(plan, workload, ledger)


def test_own_work_set_aside_waits_for_the_shift() -> None:
    found = Duty([one(50, 200, priority=P3), one(200, 30, priority=P1)]).story()
    assert during(found, 100, 1000) == [
        (100, "SUSPENDED", 0),
        (100, "AGENT_OFF", 0),
        (200, "ARRIVED", 1),
        (200, "PAGED", 0),
        (215, "AGENT_ON", 0),
        (215, "STARTED", 1),
        (245, "RESOLVED", 1),
        (245, "DOWN", 0),
        (500, "AGENT_ON", 0),
        (500, "RESUMED", 0),
        (650, "RESOLVED", 0),
    ]


def test_hours_worked_on_call_are_overtime_and_the_rest_is_paid() -> None:
    plan, workload = Duty([one(400, 60, priority=P1)], rest=120).world()
    ledger = simulate(plan, workload)
    time = people_time(plan, workload.crew, tell(plan, workload, ledger).work, ledger)
    spent = team_time_in_window(plan, time)
    minutes = {name: float(getattr(spent, name)[0]) / MINUTE_MS for name in ("paid_ms", "overtime_ms", "available_ms")}
    # Shifts of 100 and 500 minutes, of which the first 95 of the second are rest.
    assert minutes == {"paid_ms": 600, "overtime_ms": 60, "available_ms": 100 + 60 + 405}
    assert float(spent.off_floor_ms[0]) / MINUTE_MS == 95
    assert float(spent.on_call_ms[0]) / MINUTE_MS == 400
    assert spent.pages.tolist() == [1]


def tampered(ledger: Ledger, row: int, **changes: int) -> Ledger:
    columns = {name: getattr(ledger, name).copy() for name in changes}
    for name, value in changes.items():
        columns[name][row] = value
    return replace(ledger, **columns)


def without(ledger: Ledger, *rows: int) -> Ledger:
    keep = np.delete(np.arange(len(ledger)), rows)
    return Ledger(*(getattr(ledger, name)[keep] for name in ("time_ms", "ticket", "event", "place", "agent")))


@pytest.mark.parametrize("what", ["late", "no page", "early return", "wrong person"])
def test_the_audit_catches_a_duty_that_is_not_kept(what: str) -> None:
    agents = [Agent(on=((0, 100, True), (500, 1000, False))), Agent(on=((0, 100, True), (700, 1000, False)))]
    plan, workload = Duty([one(400, 60, priority=P1)], agents, rest=120).world()
    ledger = simulate(plan, workload)
    audit(plan, workload, ledger)
    events = ledger.event.tolist()
    paged = events.index(Event.PAGED)
    if what == "late":
        ledger = tampered(tampered(ledger, paged + 1, time_ms=ms(416)), paged + 2, time_ms=ms(416))
    elif what == "no page":
        ledger = without(ledger, paged)
    elif what == "wrong person":
        ledger = tampered(ledger, paged, agent=1)
    else:
        rested = int(np.flatnonzero((ledger.event == Event.AGENT_ON) & (ledger.time_ms == ms(595)))[0])
        ledger = tampered(ledger, rested, time_ms=ms(500))
    with pytest.raises(AuditError, match=r"on call|crew"):
        audit(plan, workload, ledger)


def test_a_ticket_that_has_risen_before_the_urgent_one_hides_it_from_nobody() -> None:
    rules = {"aging_ms": 4 * MINUTE_MS, "aging_raises": 4}
    found = Duty([one(200, 10, priority=P3), one(230, 5, priority=P1)], more={"rules": rules}).story()
    assert during(found, 150, 500) == [
        (200, "ARRIVED", 0),
        (230, "ARRIVED", 1),
        (230, "PAGED", 0),
        (245, "AGENT_ON", 0),
        (245, "STARTED", 0),
        (255, "RESOLVED", 0),
        (255, "STARTED", 1),
        (260, "RESOLVED", 1),
        (260, "DOWN", 0),
    ]


def test_who_is_absent_is_not_called_that_day_but_the_next_in_turn() -> None:
    shifts = ((0, 100, True), (500, 1000, False))
    tickets = [one(200, 10, priority=P1), one(350, 10, priority=P1)]
    plan, workload = Duty(tickets, [Agent(on=shifts), Agent(on=shifts)]).world()
    # Days change at minute 300, and on the first of them agent 0 is absent.
    days = {"members": np.array([0, 1], dtype=np.int32), "midnight_ms": np.array([0, ms(300)])}
    people = replace(plan.people, shift_date=np.array([0, 2, 0, 2], dtype=np.int32))
    plan = replace(plan, people=people, on_call=(replace(plan.on_call[0], **days),))
    workload = replace(workload, crew=replace(workload.crew, absent=np.array([True, False, False, False])))
    ledger = simulate(plan, workload)
    audit(plan, workload, ledger)
    assert [row for row in told(ledger) if row[1] == "PAGED"] == [(200, "PAGED", 1), (350, "PAGED", 0)]
    # The audit knows whose day it was.
    present = replace(workload, crew=replace(workload.crew, absent=np.zeros(4, dtype=np.bool_)))
    with pytest.raises(AuditError, match="agent 0 to be paged"):
        audit(plan, present, ledger)


def test_who_has_several_contacts_in_hand_at_the_end_rests_from_when_they_are_done() -> None:
    # Two chats at half of the speed from 195 on. At 220 the duty ends, with 2.5 and 27.5 minutes left of the work; the
    # shorter one is done at 225, the longer one at full speed at 250, and five minutes later the person comes back.
    chats = [one(180, 15, priority=P1, live=True, channel=1), one(185, 40, priority=P1, live=True, channel=1)]
    rules = {"concurrency": (1, 2), "pace_ppm": ((1_000_000,), (1_000_000, 500_000))}
    agent = Agent(on=((0, 100, True), (230, 1000, False)))
    duty = Duty(chats, (agent,), ((100, 220, 0, 0),), rest=5, more={"channels": 2, "rules": rules})
    story = [row for row in duty.story() if row[0] > 190]
    assert story == [
        (195, "AGENT_ON", 0), (195, "STARTED", 0), (195, "STARTED", 1), (220, "DOWN", 0), (225, "RESOLVED", 0),
        (250, "RESOLVED", 1), (255, "AGENT_ON", 0),
    ]  # fmt: skip


def test_who_helped_and_is_released_as_somebody_goes_to_a_break_is_not_kept() -> None:
    # Agent 1 of a preferred team gets the second ticket at 17, just as agent 0 comes and joins, and has a break at 30.
    tickets = [one(150, 17, priority=P1), one(152, 60, priority=P1)]
    agents = [Agent(on=((0, 100, True), (500, 1000, False))), Agent(1, on=((0, 180, True), (300, 400, False)))]
    rules = {"swarm": Swarm(2, 1_000_000, (True, False, False, False, False), (True, True, True))}
    duty = Duty(tickets, agents, more={"queues": (Queue("L1", (1, 0), (0, 1)),), "rules": rules, "teams": 2})
    found = [row for row in duty.story() if 160 < row[0] < 200]
    assert [(round(minute, 3), what, who) for minute, what, who in found] == [
        (167, "RESOLVED", 0), (167, "AGENT_ON", 0), (167, "STARTED", 1), (167, "JOINED", 1),
        (180, "LEFT", 1), (180, "SUSPENDED", 1), (180, "AGENT_OFF", 1), (180, "DOWN", 0),
    ]  # fmt: skip
