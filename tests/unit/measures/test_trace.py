"""One ticket's life and one agent's day, told by hand. Minutes throughout."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from playbook_floor import Lead, above, below, playbook
from small_floor import MINUTE_MS, Agent, Floor, Queue, Stage, Ticket, one

from supportsim.floor.simulate import simulate
from supportsim.ledger import NOBODY
from supportsim.measures.story import Story, tell
from supportsim.measures.tables import NEVER
from supportsim.measures.trace import (
    Mark,
    Moment,
    day_span_ms,
    trace_agent,
    trace_playbooks,
    trace_ticket,
    worst_tickets,
)
from supportsim.plan.model import OffReason, SlaTable, Watched
from supportsim.scenario.calendars import Clock, local_time
from supportsim.workload.model import Next


def story(floor: Floor, response: float, resolution: float, opens: float = 0, pause: bool = True) -> Story:
    """A story in which everything is promised on a clock that runs from ``opens`` on."""
    plan = floor.plan()
    clock = Clock(
        "office",
        np.array([round(opens * MINUTE_MS)]),
        np.array([plan.horizon_ms]),
        local_time("UTC", plan.origin, 0, plan.horizon_ms),
    )
    tables = [SlaTable(np.full((5, 1), promised), np.zeros((5, 1), np.int32)) for promised in (response, resolution)]
    sla = replace(plan.sla, clocks=(clock,), response=tables[0], resolution=tables[1], pause_pending=pause)
    workload = floor.workload()
    tickets = replace(workload.tickets, first_reply_ms=np.full(len(floor.tickets), 2 * MINUTE_MS))
    return tell(replace(plan, sla=sla), replace(workload, tickets=tickets), floor.run())


def told(moments: tuple[Moment, ...]) -> list[tuple[float, str]]:
    return [(one_.at_ms / MINUTE_MS, one_.what) for one_ in moments]


BROKEN_BY_ONE_MS = 1 / MINUTE_MS


def test_a_ticket_with_both_promises_broken() -> None:
    moments = trace_ticket(story(Floor([one(0, 30), one(10, 40)]), response=15, resolution=50), 1)
    assert told(moments) == [
        (10, "arrives and waits in L1"),
        (10, "both clocks start"),
        (25 + BROKEN_BY_ONE_MS, "response promise broken"),
        (30, "work starts"),
        (32, "first response"),
        (32, "response clock ends, too late"),
        (60 + BROKEN_BY_ONE_MS, "resolution promise broken"),
        (70, "resolved"),
        (70, "resolution clock ends, too late"),
    ]
    assert [round(one_.response_ms / MINUTE_MS) for one_ in moments[:6]] == [0, 0, 15, 20, 22, 22]
    assert [one_.response_ms for one_ in moments[6:]] == [NEVER] * 3
    assert [round(one_.resolution_ms / MINUTE_MS) for one_ in moments] == [0, 0, 15, 20, 22, 22, 50, 60, 60]
    assert [one_.agent for one_ in moments] == [-1, -1, -1, 0, -1, -1, -1, 0, -1]
    assert [one_.mark.value[0] for one_ in moments] == ["f", "c", "b", "f", "f", "b", "b", "f", "b"]


def test_playbooks_of_its_team_are_told_meanwhile() -> None:
    # Looks every 5 minutes at P1 and P2, burns from 5 to 30, and has nobody begin the others.
    play = playbook(
        above(Watched.QUEUE, 0), below(Watched.QUEUE, 1), 1000, priorities=np.array([True, True, False, False, False]),
        defers=(False, False, True, True, True),
    )  # fmt: skip
    tickets = [one(0, 25), one(1, 4, priority=1), one(2, 8), one(12, 3)]
    lead = Lead(tickets, play)
    plan, workload = lead.world()
    found = tell(plan, workload, lead.ledger())
    assert told(trace_ticket(found, 2)) == [
        (2, "arrives and waits in L1"),
        (5, "meanwhile playbook busy fires"),
        (5, "deferred by playbook busy"),
        (30, "meanwhile playbook busy ends"),
        (30, "work starts"),
        (30, "first response"),
        (38, "resolved"),
    ]
    assert told(trace_ticket(found, 3))[:3] == [
        (12, "meanwhile playbook busy burns already"),
        (12, "arrives and waits in L1"),
        (12, "deferred by playbook busy"),
    ]
    # It is done with before the end.
    assert [what for _, what in told(trace_ticket(found, 0))] == [
        "arrives and waits in L1", "work starts", "first response", "meanwhile playbook busy fires", "resolved",
    ]  # fmt: skip
    marks = {moment.what: moment.mark for moment in trace_ticket(found, 2)}
    assert {what for what, mark in marks.items() if mark is Mark.MEANWHILE} == {
        "meanwhile playbook busy fires", "deferred by playbook busy", "meanwhile playbook busy ends",
    }  # fmt: skip


def test_a_playbook_of_another_team_or_another_time_is_not_told() -> None:
    play = playbook(above(Watched.QUEUE, 0), below(Watched.QUEUE, 1), 1000, cancels=(int(OffReason.TRAINING),))
    queues = [Queue("a", (0,), (0,)), Queue("b", (1,), (0,))]
    asked = Ticket(0, (Stage(1, Next.ASK_CUSTOMER, 60), Stage(5)))
    tickets = [asked, one(2, 20), one(3, 5), Ticket(4, (Stage(30, tier=1),))]
    lead = Lead(tickets, play, (Agent(0), Agent(1)), more={"queues": queues})
    plan, workload = lead.world()
    found = tell(plan, workload, lead.ledger())
    assert (5, "meanwhile playbook busy fires") in told(trace_ticket(found, 1))
    for ticket in (0, 3):
        assert not [what for _, what in told(trace_ticket(found, ticket)) if "busy" in what]
    lent = replace(plan, playbooks=(replace(play, lends=1),))
    assert (5, "meanwhile playbook busy fires") in told(trace_ticket(tell(lent, workload, lead.ledger()), 3))


def test_a_caller_turned_away_is_told_by_what() -> None:
    play = playbook(above(Watched.QUEUE, 0), below(Watched.QUEUE, 1), 1000, turns_off=(True,))
    caller = one(6, 5, live=True, attempts=[(10, None)])
    lead = Lead([one(0, 60), one(1, 5), caller], play)
    plan, workload = lead.world()
    found = tell(plan, workload, lead.ledger())
    assert [what for _, what in told(trace_ticket(found, 2))] == ["turned away: playbook busy turns email off"]


def test_promises_kept_to_the_millisecond_are_not_broken() -> None:
    moments = trace_ticket(story(Floor([one(0, 30)]), response=2, resolution=30), 0)
    assert told(moments) == [
        (0, "arrives and waits in L1"),
        (0, "work starts"),
        (0, "both clocks start"),
        (2, "first response"),
        (2, "response clock ends, promise kept"),
        (30, "resolved"),
        (30, "resolution clock ends, promise kept"),
    ]


def test_a_promise_broken_by_more_than_its_length() -> None:
    moments = trace_ticket(story(Floor([one(0, 30)]), response=60, resolution=12), 0)
    assert (24 + BROKEN_BY_ONE_MS, "resolution promise broken twice over") in told(moments)
    assert all(
        mark is not Mark.BROKEN for at, mark in ((one_.at_ms, one_.mark) for one_ in moments) if at < 12 * 60_000
    )


def test_the_clock_starts_with_opening_and_stops_for_the_customer() -> None:
    asked = Ticket(0, (Stage(20, Next.ASK_CUSTOMER, 100), Stage(20)))
    moments = trace_ticket(story(Floor([asked]), response=1000, resolution=24, opens=15), 0)
    assert told(moments)[1:5] == [
        (0, "work starts"),
        (2, "first response"),
        (2, "response clock ends, promise kept"),
        (15, "resolution clock starts"),
    ]
    assert told(moments)[5:] == [
        (20, "customer asked"),
        (20, "resolution clock stops, the customer owes an answer"),
        (120, "customer replies, waits in L1"),
        (120, "work starts"),
        (120, "resolution clock runs on"),
        (139 + BROKEN_BY_ONE_MS, "resolution promise broken"),
        (140, "resolved"),
        (140, "resolution clock ends, too late"),
    ]
    # Five minutes until the question; the other 20 after the reply.
    assert moments[-1].resolution_ms == 25 * MINUTE_MS


def test_both_clocks_stop_as_the_calendar_closes() -> None:
    found = story(Floor([one(0, 30), one(10, 40)]), response=500, resolution=500)
    hours = replace(
        found.plan.sla.clocks[0],
        open_ms=np.array([0, 40]) * MINUTE_MS,
        close_ms=np.array([20, 10_000]) * MINUTE_MS,
    )
    found = replace(found, plan=replace(found.plan, sla=replace(found.plan.sla, clocks=(hours,))))
    moments = told(trace_ticket(found, 1))
    assert (20, "both clocks stop, outside SLA hours") in moments
    # It was answered at 32, in the closed hours.
    assert (40, "resolution clock runs on") in moments


def test_a_reopening_has_a_clock_of_its_own() -> None:
    reopened = Ticket(0, (Stage(5, Next.RESOLVE, 100), Stage(30)))
    moments = trace_ticket(story(Floor([reopened]), response=60, resolution=20), 0)
    assert [pair for pair in told(moments) if "broken" in pair[1]] == [
        (125 + BROKEN_BY_ONE_MS, "resolution promise broken")
    ]
    assert (5, "resolution clock ends, promise kept") in told(moments)
    assert (105, "reopened, waits in L1") in told(moments)
    assert (105, "resolution clock starts") in told(moments)
    assert [one_.resolution_ms for one_ in moments if one_.at_ms == 105 * MINUTE_MS] == [0, 0, 0]


def test_what_breaks_after_the_end_is_not_told() -> None:
    moments = trace_ticket(story(Floor([one(0, 500)], horizon=100), response=60, resolution=200), 0)
    assert told(moments)[-1] == (2, "response clock ends, promise kept")


BACK_AFTER_AN_HOUR = Agent(on=((0, 20, True), (80, 200, False)))


def test_an_agent() -> None:
    floor = Floor([one(0, 30)], [BACK_AFTER_AN_HOUR])
    moments = trace_agent(story(floor, response=60, resolution=60), floor.run(), 0)
    assert told(moments) == [
        (0, "comes to the floor"),
        (0, "work starts"),
        (20, "set aside by its agent"),
        (20, "shift ends"),
        (80, "comes to the floor"),
        (80, "work goes on"),
        (90, "resolved"),
        (200, "shift ends"),
    ]
    assert [one_.resolution_ms // MINUTE_MS for one_ in moments] == [-1, 0, 20, -1, -1, 80, 90, -1]
    assert [one_.response_ms // MINUTE_MS for one_ in moments] == [-1, 0, -1, -1, -1, -1, -1, -1]


def test_a_span_of_an_agents_time() -> None:
    floor = Floor([one(0, 30)], [BACK_AFTER_AN_HOUR])
    moments = trace_agent(story(floor, 60, 60), floor.run(), 0, (20 * MINUTE_MS, 81 * MINUTE_MS))
    assert [at for at, _ in told(moments)] == [20, 20, 80, 80]


def test_a_day_on_which_an_agent_is_absent() -> None:
    found = story(Floor([one(0, 30)], [BACK_AFTER_AN_HOUR]), 60, 60)
    crew = found.workload.crew
    # The second of two shifts is missed: nobody comes.
    missed = replace(crew, **{name: getattr(crew, name)[:1] for name in ("person", "start_ms", "end_ms", "keeps_work")})
    workload = replace(
        found.workload, crew=replace(missed, end_reason=crew.end_reason[:1], absent=np.array([False, True]))
    )
    ledger = simulate(found.plan, workload)
    moments = trace_agent(tell(found.plan, workload, ledger), ledger, 0)
    assert told(moments)[-2:] == [(20, "shift ends"), (80, "is absent, all of the shift")]


def test_a_local_day() -> None:
    plan = replace(Floor([one(0, 1)], horizon=6 * 1440).plan(), timezone="America/New_York")
    assert day_span_ms(plan, datetime(2026, 1, 6)) == (29 * 60 * MINUTE_MS, 53 * 60 * MINUTE_MS)


def test_the_worst_come_first_and_the_good_not_at_all() -> None:
    # Resolved after 10, 19 and 28 minutes where 10 are promised.
    found = story(Floor([one(0, 10), one(1, 10), one(2, 10)]), response=9, resolution=10)
    assert worst_tickets(found, 5) == [2, 1]
    assert worst_tickets(found, 1) == [2]


def test_who_gave_up_for_good_is_owed_nothing_more() -> None:
    tickets = [one(0, 100), one(1, 5, live=True, attempts=[(4, None)])]
    moments = trace_ticket(story(Floor(tickets, horizon=500), response=10, resolution=20), 1)
    assert told(moments)[-1] == (5, "customer gives up")
    assert moments[-1].mark is Mark.FLOOR


def test_a_ticket_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="ticket 7: expected a number from 0 to 0"):
        trace_ticket(story(Floor([one(0, 1)]), 1, 1), 7)


def test_playbooks_are_followed_with_whom_they_move() -> None:
    two = {"queues": (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))), "queue_of": ((0,), (1,), (1,))}
    busy = playbook(above(Watched.QUEUE, 2), below(Watched.QUEUE, 1), 1000, lends=1, lent=1, twins=(-1, 2))
    tickets = [one(0, 60), one(1, 10), one(2, 10), one(3, 10)]
    lead = Lead(tickets, busy, (Agent(), Agent(team=1)), more_people=[(0, 1)], more=two)
    moments = trace_playbooks(lead.world()[0], lead.ledger())
    assert [(moment.at_ms // MINUTE_MS, moment.what, moment.agent) for moment in moments] == [
        (5, "playbook busy fires", NOBODY),
        (5, "goes over to help another team", 1),
        (5, "comes to the floor", 2),
        (30, "playbook busy ends", NOBODY),
        (30, "goes back to the own team", 2),
    ]
