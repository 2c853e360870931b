"""Sums by quarter of an hour, from a ledger written by hand. Minutes throughout.

The window is 60..107, three quarters and two minutes; the simulation stops at 120. Promised are a
response within 5 and a resolution within 10, and live contacts are to be answered within 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from small_floor import MINUTE_MS, Agent, Floor, Queue, Stage, Ticket, ms, one

from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.measures.people import people_time
from supportsim.measures.series import DEMAND_SERIES, TEAM_SERIES, bins, demand_series, team_series
from supportsim.measures.story import Story, tell
from supportsim.measures.ticket_metrics import answered_within, offered
from supportsim.plan.model import SlaTable
from supportsim.scenario.calendars import Clock, local_time
from supportsim.workload.model import ContactOutcome, Next

RED, BLUE, EXPERT = 0, 1, 2
MILLISECOND = 1 / MINUTE_MS
ARRIVED, STARTED, RESOLVED = Event.ARRIVED, Event.STARTED, Event.RESOLVED

TICKETS = [
    # 0: from before the window; red's work on it reaches into it, its visit to the experts begins there.
    Ticket(50, (Stage(1, Next.ESCALATE), Stage(1, tier=1))),
    # 1: at the first instant; started after 6, which is late; solved after 10, which is in time.
    one(60, 1),
    # 2: in the last millisecond of the first quarter; started one later.
    one(75 - MILLISECOND, 1),
    # 3: live, answered after half a minute, solved after 11, which is late.
    one(75, 1, live=True),
    # 4: waits for 14, to the end.
    one(106, 1),
    # 5: after the window.
    one(107, 1),
]
ROWS = [
    (50, ARRIVED, 0, 0, NOBODY), (55, STARTED, 0, RED, 0), (62, Event.ESCALATED, 0, 1, 0),
    (70, STARTED, 0, EXPERT, 2), (95, RESOLVED, 0, EXPERT, 2),
    (60, ARRIVED, 1, 0, NOBODY), (66, STARTED, 1, RED, 0), (70, RESOLVED, 1, RED, 0),
    (75 - MILLISECOND, ARRIVED, 2, 0, NOBODY), (75, STARTED, 2, RED, 0), (76, RESOLVED, 2, RED, 0),
    (75, ARRIVED, 3, 0, NOBODY), (75.5, STARTED, 3, BLUE, 1), (86, RESOLVED, 3, BLUE, 1),
    (106, ARRIVED, 4, 0, NOBODY),
    (107, ARRIVED, 5, 0, NOBODY), (108, STARTED, 5, RED, 0), (110, RESOLVED, 5, RED, 0),
]  # fmt: skip

CONTACTS = [
    (60 - MILLISECOND, ContactOutcome.DEFLECTED),
    (60, ContactOutcome.DEFLECTED),
    (61, ContactOutcome.TICKET),
    (90 - MILLISECOND, ContactOutcome.DEFLECTED),
    (90, ContactOutcome.DEFLECTED),
    (107 - MILLISECOND, ContactOutcome.TICKET),
    (107, ContactOutcome.DEFLECTED),
]


@pytest.fixture
def story() -> Story:
    agents = [Agent(RED, ((0, 120, False),)), Agent(BLUE, ((80, 100, False),)), Agent(EXPERT, ((0, 90, False),))]
    queues = (Queue("L1", (RED, BLUE), (0, 0)), Queue("L2", (EXPERT,), (0,)))
    floor = Floor(TICKETS, agents, queues, ((0,), (1,), (1,)), horizon=120)
    plan, workload = floor.plan(), floor.workload()
    minute, event, ticket, place, agent = zip(*sorted(ROWS, key=lambda row: row[0]), strict=True)
    ledger = Ledger(
        np.array([ms(m) for m in minute], dtype=np.int64),
        np.array(ticket, dtype=np.int32),
        np.array(event, dtype=np.int8),
        np.array(place, dtype=np.int16),
        np.array(agent, dtype=np.int32),
    )
    clock = Clock("always", np.zeros(1, np.int64), np.array([ms(120)]), local_time("UTC", plan.origin, 0, ms(120)))
    promised = [SlaTable(np.full((5, 1), minutes), np.zeros((5, 1), np.int32)) for minutes in (5.0, 10.0)]
    sla = replace(plan.sla, clocks=(clock,), response=promised[0], resolution=promised[1], service_level_ms=ms(1))
    count = len(CONTACTS)
    codes = np.zeros(count, np.int16)
    contacts = replace(
        workload.contacts,
        arrived_ms=np.array([ms(arrived) for arrived, _ in CONTACTS], dtype=np.int64),
        outcome=np.array([outcome for _, outcome in CONTACTS], dtype=np.int8),
        key=np.arange(count, dtype=np.uint64),
        source=codes, channel=codes, segment=codes, category=codes, priority=codes, layer=codes,
        rebound=np.zeros(count, bool),
    )  # fmt: skip
    plan = replace(plan, window_ms=(ms(60), ms(107)), sla=sla)
    return tell(plan, replace(workload, contacts=contacts), ledger)


DEMAND: dict[str, Sequence[float]] = {
    "contacts": (2, 1, 1, 1),
    "deflected": (1, 1, 1, 0),
    "tickets": (2, 1, 0, 1),
    "wait_ms": (6 * MINUTE_MS + 1, MINUTE_MS // 2, 0, 14 * MINUTE_MS),
    "response_met": (1, 1, 0, 0),
    "response_judged": (2, 1, 0, 1),
    "resolution_met": (2, 0, 0, 0),
    "resolution_judged": (2, 1, 0, 1),
    # Ticket 2 was started at once too, but it is no live contact.
    "live_answered_within": (0, 1, 0, 0),
    "live_offered": (0, 1, 0, 0),
}


@pytest.mark.parametrize("name", DEMAND_SERIES)
def test_demand(story: Story, name: str) -> None:
    found = demand_series(story, offered(story), answered_within(story))
    assert found[DEMAND_SERIES.index(name)].tolist() == list(DEMAND[name])


TEAMS: dict[str, Sequence[Sequence[float]]] = {
    # By team; a visit counts where it began, whenever the ticket came, and only if somebody started it.
    "started": ((2, 0, 0, 0), (0, 1, 0, 0), (1, 0, 0, 0)),
    "wait_of_started_ms": ((6 * MINUTE_MS + 1, 0, 0, 0), (0, MINUTE_MS // 2, 0, 0), (8 * MINUTE_MS, 0, 0, 0)),
    "paid_ms": ((15, 15, 15, 2), (0, 10, 10, 0), (15, 15, 0, 0)),
    # Blue begins 4.5 before the shift and the expert ends 5 after it: overtime.
    "on_shift_ms": ((15, 15, 15, 2), (0, 14.5, 10, 0), (15, 15, 5, 0)),
    "available_ms": ((15, 15, 15, 2), (0, 10, 10, 0), (15, 15, 0, 0)),
    # Red: 60-62, 66-70 and 75-76; blue: 75.5-86; the expert: 70-95.
    "handling_ms": ((6, 1, 0, 0), (0, 10.5, 0, 0), (5, 15, 5, 0)),
    "handling_available_ms": ((6, 1, 0, 0), (0, 6, 0, 0), (5, 15, 0, 0)),
}


@pytest.mark.parametrize("name", TEAM_SERIES)
def test_teams(story: Story, name: str) -> None:
    found = team_series(story, people_time(story.plan, story.workload.crew, story.work))
    unit = MINUTE_MS if name.endswith("_ms") and name != "wait_of_started_ms" else 1
    assert (found[:, TEAM_SERIES.index(name)] / unit).tolist() == [list(row) for row in TEAMS[name]]


@pytest.mark.parametrize(("end", "expected"), [(105, 3), (105 + MILLISECOND, 4), (107, 4), (120, 4)])
def test_a_quarter_begun_is_a_quarter(story: Story, end: float, expected: int) -> None:
    assert bins(replace(story.plan, window_ms=(ms(60), ms(end)))) == expected
