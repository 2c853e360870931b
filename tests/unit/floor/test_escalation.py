"""Escalation by the clock on floors worked out by hand, by a clock that always runs or one with office hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from incident_floor import IncidentFloor
from small_floor import Agent, Floor, Queue, Stage, Ticket, ms, one

from supportsim.ledger import Event
from supportsim.measures.audit import AuditError, audit
from supportsim.measures.event_log import ACTIVITIES, event_log
from supportsim.measures.flow import FLOW_NODES, flow
from supportsim.measures.story import tell
from supportsim.measures.ticket_metrics import clock_escalation_rate, escalation_rate
from supportsim.measures.trace import trace_ticket
from supportsim.plan.model import NEXT_TIER, NO_TIER, Assignment, ClockStep, Plan, Sla
from supportsim.scenario.calendars import Clock, LocalTime
from supportsim.workload.model import Next, Workload

QUEUES = (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,)), Queue("L3", (2,), (0,)))
UTC = LocalTime(np.zeros(0, np.int64), np.zeros(1, np.int64))
UP, TELL = ClockStep(False, NEXT_TIER, -1), ClockStep(False, NO_TIER, 0)
BUSY = one(0, 50)
L2_VISIT = (Stage(4, tier=1),)


@dataclass(frozen=True)
class Clocked(Floor):
    """``due`` holds the minutes after which the steps are due for each ticket, ``above`` its routes at L2 and L3."""

    queues: Sequence[Queue] = QUEUES
    steps: Sequence[ClockStep] = (UP,)
    due: Sequence[Sequence[float]] = ()
    above: Sequence[Sequence[Sequence[Stage]]] = ()
    open: Sequence[tuple[float, float]] = ((0, 20_000),)
    pauses: bool = True

    def plan(self) -> Plan:
        plan = super().plan()
        clock = Clock(
            "", *(np.array([ms(end) for end in ends], np.int64) for ends in zip(*self.open, strict=True)), UTC
        )
        promises = plan.sla.response
        sla = Sla((clock,), np.zeros((5, 1), np.int32), promises, promises, self.pauses, False, 20_000, 0)
        rules = replace(plan.rules, clock_steps=tuple(self.steps), notified=("boss",))
        return replace(plan, sla=sla, rules=rules)

    def workload(self) -> Workload:
        routes = [[list(ticket.stages), *above] for ticket, above in zip(self.tickets, self.above, strict=True)]
        laid_out = [
            replace(ticket, stages=[stage for part in parts for stage in part])
            for ticket, parts in zip(self.tickets, routes, strict=True)
        ]
        workload = replace(self, tickets=laid_out, above=[()] * len(laid_out)).laid_out()
        moved = np.full((len(routes), 3), -1, dtype=np.int64)
        for number, parts in enumerate(routes):
            begins = workload.tickets.stage_offset[number] + np.cumsum([len(part) for part in parts])
            for tier, part in enumerate(parts[1:], start=1):
                if part:
                    moved[number, tier] = begins[tier - 1]
        step_ms = np.array([[ms(due) if due > 0 else -1 for due in dues] for dues in self.due])
        return replace(workload, tickets=replace(workload.tickets, step_ms=step_ms, moved_stage=moved))

    def laid_out(self) -> Workload:
        return super().workload()


def life(floor: Clocked, ticket: int) -> list[tuple[float, str, int]]:
    """Return what happens to a ticket: (minute, event, agent); the ledger passes the audit."""
    audit(floor.plan(), floor.workload(), floor.run())
    return [(minute, event, agent) for minute, event, who, agent in floor.story() if who == ticket]


def floor(*tickets: Ticket, due: Sequence[Sequence[float]], above: Sequence[Sequence[Stage]] = (), **more) -> Clocked:
    """A floor on which each ticket may be moved to L2, for the same visit there unless ``above`` says otherwise."""
    visits = [(list(visit),) for visit in (above or [L2_VISIT] * len(tickets))]
    return Clocked(tickets, [Agent(0), Agent(1)], due=due, above=visits, **more)


def test_what_waits_goes_up_and_what_is_in_work_stays() -> None:
    desk = floor(BUSY, one(5, 10), due=[[20], [20]])
    # The first is done before it waits again; the second waits at 25, and L2 is free.
    assert life(desk, 0) == [(0, "ARRIVED", -1), (0, "STARTED", 0), (50, "RESOLVED", 0)]
    assert life(desk, 1) == [(5, "ARRIVED", -1), (25, "MOVED_UP", -1), (25, "STARTED", 1), (29, "RESOLVED", 1)]


def test_what_was_in_work_goes_up_when_it_waits_again() -> None:
    asks = Ticket(0, (Stage(30, Next.ASK_CUSTOMER, 5), Stage(10)))
    assert life(floor(asks, due=[[20]]), 0) == [
        (0, "ARRIVED", -1), (0, "STARTED", 0), (30, "ASKED", 0),
        (35, "REPLIED", -1), (35, "MOVED_UP", -1), (35, "STARTED", 1), (39, "RESOLVED", 1),
    ]  # fmt: skip


def test_work_set_aside_is_finished_where_it_was_begun() -> None:
    shifts = Agent(0, [(0, 10, True), (40, 100, False)])
    desk = replace(floor(one(0, 15), due=[[20]]), agents=[shifts, Agent(1)])
    assert life(desk, 0) == [
        (0, "ARRIVED", -1), (0, "STARTED", 0), (10, "SUSPENDED", 0), (40, "RESUMED", 0), (45, "RESOLVED", 0),
    ]  # fmt: skip


def test_the_clock_stands_still_outside_its_hours_and_in_pauses() -> None:
    # Open from 0 to 10 and from 30 on: 20 minutes of the clock, from 5 on, are over at 45.
    hours = {"open": ((0, 10), (30, 20_000))}
    assert life(floor(BUSY, one(5, 10), due=[[-1], [20]], **hours), 1)[1:] == [
        (45, "MOVED_UP", -1), (45, "STARTED", 1), (49, "RESOLVED", 1),
    ]  # fmt: skip
    # Asked at 2, answered at 42: the 40 minutes do not count, and 10 are over at 50; without pauses the step is due at
    # 10, and the ticket goes up with the answer.
    asks = Ticket(0, (Stage(2, Next.ASK_CUSTOMER, 40), Stage(10)))
    late = one(20, 60)
    paused, running = (floor(asks, late, due=[[10], [-1]], pauses=pauses) for pauses in (True, False))
    assert life(paused, 0)[3:] == [(42, "REPLIED", -1), (50, "MOVED_UP", -1), (50, "STARTED", 1), (54, "RESOLVED", 1)]
    assert life(running, 0)[3:] == [(42, "REPLIED", -1), (42, "MOVED_UP", -1), (42, "STARTED", 1), (46, "RESOLVED", 1)]


def test_a_path_of_steps_goes_up_tier_by_tier_and_tells_the_management() -> None:
    steps = (ClockStep(False, 1, -1), ClockStep(False, 2, 0))
    desk = Clocked(
        [BUSY, replace(BUSY, created=1, stages=(Stage(90, tier=1),)), one(5, 10)],
        [Agent(0), Agent(1), Agent(2)],
        steps=steps,
        due=[[-1, -1], [-1, -1], [30, 60]],
        above=[((), ()), ((), ()), ([Stage(7, tier=1)], [Stage(9, tier=2)])],
        queue_of=((0,), (1,), (2,)),
    )
    # L1 is busy until 50, L2 until 91: at 35 it waits on at L2, at 65 L3 is free.
    assert life(desk, 2) == [
        (5, "ARRIVED", -1), (35, "MOVED_UP", -1),
        (65, "NOTIFIED", -1), (65, "MOVED_UP", -1), (65, "STARTED", 2), (74, "RESOLVED", 2),
    ]  # fmt: skip


def test_a_step_on_the_response_holds_only_until_somebody_begins() -> None:
    asks = Ticket(0, (Stage(5, Next.ASK_CUSTOMER, 5), Stage(10)))
    desk = floor(asks, one(1, 60), due=[[20], [20]], steps=[ClockStep(True, NEXT_TIER, -1)], pauses=False)
    # The first waits at 20, but has been begun.
    assert [event for _, event, _ in life(desk, 0)] == ["ARRIVED", "STARTED", "ASKED", "REPLIED", "STARTED", "RESOLVED"]


def test_somebody_is_told_whatever_the_ticket_does_until_it_is_resolved() -> None:
    desk = floor(one(0, 30), one(40, 5), due=[[20], [20]], steps=[TELL])
    assert life(desk, 0) == [(0, "ARRIVED", -1), (0, "STARTED", 0), (20, "NOTIFIED", -1), (30, "RESOLVED", 0)]
    assert life(desk, 1) == [(40, "ARRIVED", -1), (40, "STARTED", 0), (45, "RESOLVED", 0)]


@dataclass(frozen=True)
class ClockedIncident(Clocked, IncidentFloor):
    """Both at once."""


@pytest.mark.parametrize(("over", "end"), [(1, (2, "RESOLVED")), (30, (30, "ENDED"))])
def test_nobody_is_told_of_a_ticket_that_ended_with_its_incident(over: float, end: tuple[float, str]) -> None:
    linked = Ticket(0, (Stage(2, Next.LINK),))
    told = {"steps": (TELL,), "above": [()], "about": (0,), "known": 0, "over": over}
    early = ClockedIncident([linked], [Agent(0)], due=[[1.5]], **told)
    late = ClockedIncident([linked], [Agent(0)], due=[[40]], **told)
    assert [event for _, event, _ in life(early, 0)].count("NOTIFIED") == 1
    assert life(late, 0)[-1][:2] == end


def test_a_ticket_is_taken_from_the_one_it_waits_for_but_not_from_a_caller_who_waits() -> None:
    turn = {"rules": {"assignment": Assignment.ROUND_ROBIN}}
    assert life(floor(BUSY, one(5, 10), due=[[-1], [20]], **turn), 1) == [
        (5, "ARRIVED", -1), (5, "ASSIGNED", 0), (25, "LET_GO", 0), (25, "MOVED_UP", -1),
        (25, "ASSIGNED", 1), (25, "STARTED", 1), (29, "RESOLVED", 1),
    ]  # fmt: skip
    assert life(floor(BUSY, one(5, 10, live=True), due=[[-1], [20]]), 1)[1:] == [
        (50, "STARTED", 0),
        (60, "RESOLVED", 0),
    ]


def test_a_route_goes_on_from_the_higher_tier() -> None:
    back = (Stage(4, Next.HAND_BACK, tier=1), Stage(3))
    assert life(floor(BUSY, one(5, 10), due=[[-1], [20]], above=[(), back]), 1)[1:] == [
        (25, "MOVED_UP", -1), (25, "STARTED", 1), (29, "HANDED_BACK", 1), (50, "STARTED", 0), (53, "RESOLVED", 0),
    ]  # fmt: skip


def test_who_was_handed_back_may_be_taken_up_once_more_for_the_same_visit() -> None:
    back = (Stage(4, Next.HAND_BACK, tier=1), Stage(3))
    desk = floor(BUSY, one(5, 10), due=[[-1, -1], [20, 30]], above=[(), back], steps=[UP, UP])
    assert life(desk, 1)[1:] == [
        (25, "MOVED_UP", -1), (25, "STARTED", 1), (29, "HANDED_BACK", 1), (35, "MOVED_UP", -1), (35, "STARTED", 1),
        (39, "HANDED_BACK", 1), (50, "STARTED", 0), (53, "RESOLVED", 0),
    ]  # fmt: skip


def test_it_is_counted_apart_from_escalations_by_outcome_and_names_who_is_told() -> None:
    goes_up = Ticket(1, (Stage(3, Next.ESCALATE), Stage(2, tier=1)))
    desk = floor(one(0, 50), goes_up, one(5, 10), due=[[-1, -1], [60, -1], [20, 22]], steps=[UP, TELL])
    story = tell(desk.plan(), desk.workload(), desk.run())
    # Two visits end at L1 by work, one with L2 next; of the visits to L1, three end, one by the clock.
    by_outcome, by_clock = escalation_rate(story), clock_escalation_rate(story)
    assert [by_outcome.amount.sum(), len(by_outcome.amount), by_clock.amount.sum()] == [1, 4, 1]
    assert sorted(zip(by_clock.columns["tier"].tolist(), by_clock.amount.tolist(), strict=True)) == [
        (0, 0), (0, 0), (0, 1), (1, 0), (1, 0),
    ]  # fmt: skip
    found = flow(story)
    up, out = FLOW_NODES.index("L2"), FLOW_NODES.index("L1")
    assert (found[out, up], found[up].sum(), found[:, up].sum()) == (2, 2, 2)
    said = [(moment.at_ms // ms(1), moment.what) for moment in trace_ticket(story, 2)]
    assert (25, "escalated by its clock, waits in L2") in said
    assert (27, "boss is told") in said
    log = event_log(desk.plan(), desk.workload(), desk.run())
    resource = log.columns["resource"]
    told = np.flatnonzero(log.columns["activity"].code == ACTIVITIES.index("Told"))
    assert [resource.names[code] for code in resource.code[told]] == ["boss"]


@pytest.mark.parametrize(
    ("event", "shift_minutes"), [(Event.MOVED_UP, None), (Event.NOTIFIED, None), (Event.NOTIFIED, 1)]
)
def test_the_audit_misses_a_step_that_was_not_taken_or_not_then(event: Event, shift_minutes: int | None) -> None:
    desk = floor(BUSY, one(5, 10), due=[[-1, 30], [100, 30]], steps=[UP, TELL])
    honest = desk.run()
    audit(desk.plan(), desk.workload(), honest)
    # Without its step the ticket is served at L1; on a floor on which it is due it must not be.
    without = floor(BUSY, one(5, 10), due=[[-1, 30], [-1, 30]], steps=[UP, TELL]).run()
    if event == Event.MOVED_UP:
        due = floor(BUSY, one(5, 10), due=[[-1, 30], [20, 30]], steps=[UP, TELL])
        with pytest.raises(AuditError, match="MOVED_UP to tier 2 at 1500000 ms"):
            audit(due.plan(), due.workload(), without)
        with pytest.raises(AuditError, match="no escalation by the clock"):
            audit(desk.plan(), desk.workload(), due.run())
        return
    told = honest.event == event
    if shift_minutes is None:
        columns = {name: getattr(honest, name)[~told] for name in ("time_ms", "ticket", "event", "place", "agent")}
        tampered = replace(honest, **columns)
    else:
        tampered = replace(honest, ticket=np.where(told, 1 - honest.ticket, honest.ticket))
    with pytest.raises(AuditError, match=r"steps of the clock.*NOTIFIED"):
        audit(desk.plan(), desk.workload(), tampered)
