"""Honest ledgers written by hand pass; each rule catches a ledger that was tampered with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_floor import IncidentFloor
from ledgers_by_hand import (
    ABANDONED,
    ANSWERED,
    ARRIVED,
    ASKED,
    CALL_BACK,
    CLOSED,
    ENDED,
    ESCALATED,
    FIXED,
    FOLLOW_UP_DUE,
    HANDED_BACK,
    LINKED,
    MERGED,
    OFF,
    ON,
    PARKED,
    PASSED_ON,
    REFERRED,
    RELEASED,
    REOPENED,
    REPLIED,
    RESOLVED,
    RESUMED,
    RETRIED,
    SENT_TO_FIX,
    STARTED,
    SUSPENDED,
    UPDATE_DUE,
    WIDENED,
    Row,
    Tamper,
    World,
    add,
    change,
    check,
    instead,
    ledger_of,
    swap,
    without,
)  # fmt: skip
from small_floor import Agent, Floor, Stage, Ticket, one

from supportsim.ledger import NOBODY, LedgerWriter
from supportsim.measures.audit import RULES, AuditError, audit
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.presence import NOTHING, Presence
from supportsim.measures.audit.sorting import order_of
from supportsim.plan.model import Queue
from supportsim.workload.model import CALLS_BACK, ContactOutcome, Next, Workload

# One agent, there until 100: ticket 1 overtaken by the urgent ticket 2, ticket 3 too late for anyone.
COUNTER = World(
    Floor(
        [one(0, 10), one(2, 5), one(4, 5, priority=1), one(150, 5)],
        [Agent(on=((0, 100, False),))],
        horizon=200,
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (2, ARRIVED, 1, 0, NOBODY),
        (4, ARRIVED, 2, 0, NOBODY),
        (10, RESOLVED, 0, 0, 0),
        (10, STARTED, 2, 0, 0),
        (15, RESOLVED, 2, 0, 0),
        (15, STARTED, 1, 0, 0),
        (20, RESOLVED, 1, 0, 0),
        (100, OFF, NOBODY, 0, 0),
        (150, ARRIVED, 3, 0, NOBODY),
    ],
)

# Every kind of touch, with 2 minutes of reading-in whenever the ticket changes hands.
JOURNEY = World(
    Floor(
        [
            Ticket(
                1,
                (
                    Stage(4, Next.ESCALATE),
                    Stage(6, Next.ASK_CUSTOMER, 20, tier=1),
                    Stage(5, Next.HAND_BACK, tier=1),
                    Stage(3, Next.FIX, 50),
                    Stage(2, Next.RESOLVE, 10),
                    Stage(7),
                ),
            )
        ],
        [Agent(0, ((0, 400, False),)), Agent(1, ((0, 400, False),))],
        (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))),
        horizon=150,
        reading_in=2,
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ON, NOBODY, 1, 1),
        (1, ARRIVED, 0, 0, NOBODY),
        (1, STARTED, 0, 0, 0),
        (5, ESCALATED, 0, 1, 0),
        (5, STARTED, 0, 1, 1),
        (13, ASKED, 0, 1, 1),
        (33, REPLIED, 0, 1, NOBODY),
        (33, STARTED, 0, 1, 1),
        (38, HANDED_BACK, 0, 0, 1),
        (38, STARTED, 0, 0, 0),
        (43, SENT_TO_FIX, 0, 0, 0),
        (93, FIXED, 0, 0, NOBODY),
        (93, STARTED, 0, 0, 0),
        (95, RESOLVED, 0, 0, 0),
        (105, REOPENED, 0, 0, NOBODY),
        (105, STARTED, 0, 0, 0),
        (112, RESOLVED, 0, 0, 0),
    ],
)

# Agent 0 keeps ticket 0 over a break, then gives ticket 1 back and passes ticket 0 on; agent 1 reads
# in for 2 minutes each and finishes ticket 2, of which 2 minutes (within the grace of 3) are left at 140.
SHIFT_END = World(
    Floor(
        [one(0, 60), one(35, 30, priority=1), one(120, 22)],
        [Agent(on=((0, 30, True), (40, 60, False))), Agent(on=((70, 140, False),))],
        horizon=150,
        reading_in=2,
        grace=3,
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (30, SUSPENDED, 0, 0, 0),
        (30, OFF, NOBODY, 0, 0),
        (35, ARRIVED, 1, 0, NOBODY),
        (40, ON, NOBODY, 0, 0),
        (40, STARTED, 1, 0, 0),
        (60, RELEASED, 1, 0, 0),
        (60, PASSED_ON, 0, 0, 0),
        (60, OFF, NOBODY, 0, 0),
        (70, ON, NOBODY, 0, 1),
        (70, RESUMED, 1, 0, 1),
        (82, RESOLVED, 1, 0, 1),
        (82, RESUMED, 0, 0, 1),
        (114, RESOLVED, 0, 0, 1),
        (120, ARRIVED, 2, 0, NOBODY),
        (120, STARTED, 2, 0, 1),
        (140, OFF, NOBODY, 0, 1),
        (142, RESOLVED, 2, 0, 1),
    ],
)

BREAK = World(
    Floor([one(0, 15)], [Agent(on=((0, 10, True), (20, 40, False)))], horizon=50),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (10, SUSPENDED, 0, 0, 0),
        (10, OFF, NOBODY, 0, 0),
        (20, ON, NOBODY, 0, 0),
        (20, RESUMED, 0, 0, 0),
        (25, RESOLVED, 0, 0, 0),
        (40, OFF, NOBODY, 0, 0),
    ],
)

# The caller of ticket 1 gives up after 10 and after 8 minutes and comes back for good at 58;
# ticket 2 is offered to agent 1's team after 30 minutes.
LIVE = World(
    Floor(
        [one(0, 60), one(5, 4, live=True, attempts=((10, 15), (8, 20))), one(10, 5)],
        [Agent(0, ((0, 100, False),)), Agent(1, ((0, 100, False),))],
        (Queue("L1", (0,), (0,), 1, 30 * 60_000), Queue("wide", (0, 1), (0, 1))),
        queue_of=((0,), (0,), (0,)),
        horizon=90,
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ON, NOBODY, 1, 1),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (5, ARRIVED, 1, 0, NOBODY),
        (10, ARRIVED, 2, 0, NOBODY),
        (15, ABANDONED, 1, 0, NOBODY),
        (30, RETRIED, 1, 0, NOBODY),
        (38, ABANDONED, 1, 0, NOBODY),
        (40, WIDENED, 2, 1, NOBODY),
        (40, STARTED, 2, 1, 1),
        (45, RESOLVED, 2, 1, 1),
        (58, RETRIED, 1, 0, NOBODY),
        (60, RESOLVED, 0, 0, 0),
        (60, STARTED, 1, 0, 0),
        (64, RESOLVED, 1, 0, 0),
    ],
)

# Team 0 is asked before team 1, and who has been idle longest first: agent 1 since 8.
CHOICE = World(
    Floor(
        [one(5, 10), one(6, 2), one(9, 1), one(9, 1)],
        [Agent(0, ((0, 100, False),)), Agent(0, ((0, 100, False),)), Agent(1, ((0, 100, False),))],
        (Queue("L1", (0, 1), (0, 1)),),
        queue_of=((0,), (0,), (0,)),
        horizon=20,
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ON, NOBODY, 0, 1),
        (0, ON, NOBODY, 1, 2),
        (5, ARRIVED, 0, 0, NOBODY),
        (5, STARTED, 0, 0, 0),
        (6, ARRIVED, 1, 0, NOBODY),
        (6, STARTED, 1, 0, 1),
        (8, RESOLVED, 1, 0, 1),
        (9, ARRIVED, 2, 0, NOBODY),
        (9, ARRIVED, 3, 0, NOBODY),
        (9, STARTED, 2, 0, 1),
        (9, STARTED, 3, 1, 2),
        (10, RESOLVED, 2, 0, 1),
        (10, RESOLVED, 3, 1, 2),
        (15, RESOLVED, 0, 0, 0),
    ],
)

# Ticket 0 asks a third party, then its customer twice in vain; ticket 1 takes a call-back after 4 minutes and waits
# on; ticket 2 is a second one on the same problem.
CUSTOMERS = World(
    Floor(
        [
            Ticket(0, (Stage(5, Next.THIRD_PARTY, 20), Stage(3, Next.FOLLOW_UP, 30), Stage(1, Next.CLOSE, 10))),
            Ticket(1, (Stage(6),), live=True, attempts=((3, CALLS_BACK / 60_000),)),
            Ticket(2, (Stage(2, Next.MERGE),)),
        ],
        [Agent(on=((0, 100, False),))],
        (Queue("L1", (0,), (0,), 1, 9 * 60_000), Queue("wide", (0,), (0,))),
        queue_of=((0,), (0,), (0,)),
        horizon=100,
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (1, ARRIVED, 1, 0, NOBODY),
        (2, ARRIVED, 2, 0, NOBODY),
        (4, CALL_BACK, 1, 0, NOBODY),
        (5, REFERRED, 0, 0, 0),
        (5, STARTED, 1, 0, 0),
        (11, RESOLVED, 1, 0, 0),
        (11, WIDENED, 2, 1, NOBODY),
        (11, STARTED, 2, 0, 0),
        (13, MERGED, 2, 0, 0),
        (25, ANSWERED, 0, 0, NOBODY),
        (25, STARTED, 0, 0, 0),
        (28, ASKED, 0, 0, 0),
        (58, FOLLOW_UP_DUE, 0, 0, NOBODY),
        (58, STARTED, 0, 0, 0),
        (59, ASKED, 0, 0, 0),
        (69, CLOSED, 0, NOBODY, NOBODY),
    ],
)

# An incident is known at 10 and over at 40: ticket 1 is linked to it, ticket 2 from the start.
INCIDENT = World(
    IncidentFloor(
        [one(0, 15), Ticket(1, (Stage(30), Stage(2, Next.LINK))), Ticket(12, (Stage(2, Next.LINK),)), one(50, 1)],
        [Agent(on=((0, 90, False),))],
        horizon=90,
        about=(1, 2),
        known=10,
        over=40,
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (1, ARRIVED, 1, 0, NOBODY),
        (10, LINKED, 1, 0, NOBODY),
        (12, ARRIVED, 2, 0, NOBODY),
        (15, RESOLVED, 0, 0, 0),
        (15, STARTED, 1, 0, 0),
        (17, PARKED, 1, 0, 0),
        (17, STARTED, 2, 0, 0),
        (19, PARKED, 2, 0, 0),
        (40, ENDED, 1, 0, NOBODY),
        (40, ENDED, 2, 0, NOBODY),
        (50, ARRIVED, 3, 0, NOBODY),
        (50, STARTED, 3, 0, 0),
        (51, RESOLVED, 3, 0, 0),
    ],
)

WORLDS = [COUNTER, JOURNEY, SHIFT_END, BREAK, LIVE, CHOICE, CUSTOMERS, INCIDENT]


@pytest.mark.parametrize("world", WORLDS)
def test_an_honest_ledger_passes(world: World) -> None:
    check(world)


def test_an_empty_ledger_passes_where_nobody_comes() -> None:
    floor = Floor([], [Agent(on=())])
    audit(floor.plan(), floor.workload(), LedgerWriter().freeze())


TAMPERED: list[tuple[str, World, Tamper]] = [
    ("vocabulary", INCIDENT, change((40, ENDED, 1, 0, NOBODY), place=3)),
    ("route", INCIDENT, instead([(17, PARKED, 1, 0, 0), (40, ENDED, 1, 0, NOBODY)], [(17, RESOLVED, 1, 0, 0)])),
    ("returns", INCIDENT, instead([(40, ENDED, 1, 0, NOBODY)], [(41, ENDED, 1, 0, NOBODY)])),
    ("linking", INCIDENT, instead([(10, LINKED, 1, 0, NOBODY)], [(11, LINKED, 1, 0, NOBODY)])),
    ("linking", INCIDENT, add((13, LINKED, 2, 0, NOBODY))),
    ("linking", INCIDENT, instead(INCIDENT.rows[4:5] + INCIDENT.rows[8:13], [
        (45, RESOLVED, 1, 0, 0), (45, STARTED, 2, 0, 0), (47, RESOLVED, 2, 0, 0)])),
    ("linking", COUNTER, add((160, LINKED, 3, 0, NOBODY))),
    ("vocabulary", CUSTOMERS, change((69, CLOSED, 0, NOBODY, NOBODY), place=0)),
    ("vocabulary", CUSTOMERS, change((13, MERGED, 2, 0, 0), agent=NOBODY)),
    ("life of a ticket", CUSTOMERS, add((70, FOLLOW_UP_DUE, 0, 0, NOBODY))),
    ("life of a ticket", CUSTOMERS, add((4.5, CALL_BACK, 1, 0, NOBODY))),
    ("life of a ticket", CUSTOMERS, change((25, ANSWERED, 0, 0, NOBODY), event=FIXED)),
    ("route", CUSTOMERS, change((13, MERGED, 2, 0, 0), event=RESOLVED)),
    ("queues", CUSTOMERS, change((4, CALL_BACK, 1, 0, NOBODY), place=1)),
    ("widening", CUSTOMERS, without((11, WIDENED, 2, 1, NOBODY))),
    ("returns", CUSTOMERS, change((58, FOLLOW_UP_DUE, 0, 0, NOBODY), event=REPLIED)),
    ("returns", CUSTOMERS, change((69, CLOSED, 0, NOBODY, NOBODY), minute=70)),
    ("returns", CUSTOMERS, change((25, ANSWERED, 0, 0, NOBODY), event=UPDATE_DUE)),
    ("returns", CUSTOMERS, without((69, CLOSED, 0, NOBODY, NOBODY))),
    ("returns", CUSTOMERS, instead([(25, ANSWERED, 0, 0, NOBODY)], [(24, ANSWERED, 0, 0, NOBODY)])),
    ("patience", CUSTOMERS, without((4, CALL_BACK, 1, 0, NOBODY))),
    ("patience", CUSTOMERS, change((4, CALL_BACK, 1, 0, NOBODY), minute=3)),
    ("patience", CUSTOMERS, add((3, CALL_BACK, 2, 0, NOBODY))),
    ("vocabulary", COUNTER, change((2, ARRIVED, 1, 0, NOBODY), event=40)),
    ("vocabulary", COUNTER, change((2, ARRIVED, 1, 0, NOBODY), event=-3)),
    ("vocabulary", COUNTER, change((2, ARRIVED, 1, 0, NOBODY), ticket=4)),
    ("vocabulary", COUNTER, change((2, ARRIVED, 1, 0, NOBODY), place=1)),
    ("vocabulary", COUNTER, change((2, ARRIVED, 1, 0, NOBODY), agent=0)),
    ("vocabulary", COUNTER, change((10, STARTED, 2, 0, 0), agent=1)),
    ("vocabulary", COUNTER, change((10, STARTED, 2, 0, 0), place=3)),
    ("vocabulary", COUNTER, change((0, ON, NOBODY, 0, 0), ticket=0)),
    ("vocabulary", COUNTER, change((100, OFF, NOBODY, 0, 0), place=40)),
    ("order of events", COUNTER, swap((2, ARRIVED, 1, 0, NOBODY), (4, ARRIVED, 2, 0, NOBODY))),
    ("order of events", COUNTER, change((150, ARRIVED, 3, 0, NOBODY), minute=200)),
    ("order of events", COUNTER, change((0, ON, NOBODY, 0, 0), minute=-1)),
    ("order of events", COUNTER, swap((10, RESOLVED, 0, 0, 0), (10, STARTED, 2, 0, 0))),
    ("arrivals", COUNTER, without((150, ARRIVED, 3, 0, NOBODY))),
    ("arrivals", COUNTER, add((151, ARRIVED, 3, 0, NOBODY))),
    ("arrivals", COUNTER, change((150, ARRIVED, 3, 0, NOBODY), minute=151)),
    ("life of a ticket", COUNTER, without((15, STARTED, 1, 0, 0))),
    ("life of a ticket", COUNTER, change((15, STARTED, 1, 0, 0), event=RESUMED)),
    ("life of a ticket", COUNTER, add((160, WIDENED, 3, 0, NOBODY), (161, WIDENED, 3, 0, NOBODY))),
    ("life of a ticket", COUNTER, add((30, RESOLVED, 1, 0, 0))),
    ("life of a ticket", BREAK, change((20, RESUMED, 0, 0, 0), event=STARTED)),
    ("route", JOURNEY, change((112, RESOLVED, 0, 0, 0), event=ASKED)),
    ("route", JOURNEY, add((113, REOPENED, 0, 0, NOBODY))),
    ("route", JOURNEY, change((38, HANDED_BACK, 0, 0, 1), event=ESCALATED)),
    ("queues", JOURNEY, change((5, ESCALATED, 0, 1, 0), place=0)),
    ("queues", LIVE, change((15, ABANDONED, 1, 0, NOBODY), place=1)),
    ("widening", LIVE, instead(
        [(40, WIDENED, 2, 1, NOBODY), (40, STARTED, 2, 1, 1), (45, RESOLVED, 2, 1, 1)],
        [(41, WIDENED, 2, 1, NOBODY), (41, STARTED, 2, 1, 1), (46, RESOLVED, 2, 1, 1)])),
    ("widening", LIVE, change((40, WIDENED, 2, 1, NOBODY), place=0)),
    ("widening", LIVE, without((40, WIDENED, 2, 1, NOBODY), (40, STARTED, 2, 1, 1), (45, RESOLVED, 2, 1, 1))),
    ("widening", COUNTER, add((160, WIDENED, 3, 0, NOBODY))),
    ("returns", JOURNEY, instead([(33, REPLIED, 0, 1, NOBODY)], [(32, REPLIED, 0, 1, NOBODY)])),
    ("returns", JOURNEY, without(*JOURNEY.rows[-3:])),
    ("returns", LIVE, instead([LIVE.rows[7], LIVE.rows[8], LIVE.rows[12]], [
        (31, RETRIED, 1, 0, NOBODY), (39, ABANDONED, 1, 0, NOBODY), (59, RETRIED, 1, 0, NOBODY)])),
    ("patience", LIVE, instead([(15, ABANDONED, 1, 0, NOBODY), (30, RETRIED, 1, 0, NOBODY)],
                               [(16, ABANDONED, 1, 0, NOBODY), (31, RETRIED, 1, 0, NOBODY)])),
    ("patience", LIVE, instead([(38, ABANDONED, 1, 0, NOBODY), (58, RETRIED, 1, 0, NOBODY), *LIVE.rows[-3:]], [
        (60, RESOLVED, 0, 0, 0), (60, WIDENED, 1, 1, NOBODY), (60, STARTED, 1, 0, 0), (64, RESOLVED, 1, 0, 0)])),
    ("patience", COUNTER, add((160, ABANDONED, 3, 0, NOBODY))),
    ("crew", COUNTER, without((100, OFF, NOBODY, 0, 0))),
    ("crew", COUNTER, change((100, OFF, NOBODY, 0, 0), place=1)),
    ("crew", COUNTER, instead([(100, OFF, NOBODY, 0, 0)], [(101, OFF, NOBODY, 0, 0)])),
    ("crew", COUNTER, add((160, ON, NOBODY, 0, 0))),
    ("concurrency", COUNTER, instead([(15, STARTED, 1, 0, 0)], [(12, STARTED, 1, 0, 0)])),
    ("concurrency", CHOICE, change((8, RESOLVED, 1, 0, 1), agent=0)),
    ("availability", COUNTER, add((150, STARTED, 3, 0, 0), (155, RESOLVED, 3, 0, 0))),
    ("availability", BREAK, instead(
        [(20, RESUMED, 0, 0, 0), (25, RESOLVED, 0, 0, 0)], [(19, RESUMED, 0, 0, 0), (24, RESOLVED, 0, 0, 0)])),
    ("eligibility", LIVE, instead(
        [(40, WIDENED, 2, 1, NOBODY), (40, STARTED, 2, 1, 1), (45, RESOLVED, 2, 1, 1)],
        [(20, STARTED, 2, 1, 1), (25, RESOLVED, 2, 1, 1)])),
    ("exact work", COUNTER, change((20, RESOLVED, 1, 0, 0), minute=21)),
    ("exact work", COUNTER, change((20, RESOLVED, 1, 0, 0), minute=19)),
    ("exact work", COUNTER, without((20, RESOLVED, 1, 0, 0))),
    ("exact work", JOURNEY, instead(JOURNEY.rows[-7:], [(m - 2, *rest) for m, *rest in JOURNEY.rows[-7:]])),  # type: ignore[misc]
    ("work set aside", SHIFT_END, instead(SHIFT_END.rows[3:16], [
        (30, OFF, NOBODY, 0, 0), (35, ARRIVED, 1, 0, NOBODY), (40, ON, NOBODY, 0, 0),
        (60, RESOLVED, 0, 0, 0), (60, OFF, NOBODY, 0, 0),
        (70, ON, NOBODY, 0, 1), (70, STARTED, 1, 0, 1), (100, RESOLVED, 1, 0, 1)])),
    ("work set aside", SHIFT_END, instead(SHIFT_END.rows[-2:], [(140, RELEASED, 2, 0, 1), (140, OFF, NOBODY, 0, 1)])),
    ("work kept", SHIFT_END, instead(SHIFT_END.rows[8:16], [
        (60, SUSPENDED, 1, 0, 0), (60, PASSED_ON, 0, 0, 0), (60, OFF, NOBODY, 0, 0),
        (70, ON, NOBODY, 0, 1), (70, RESUMED, 0, 0, 1), (102, RESOLVED, 0, 0, 1)])),
    ("work kept", SHIFT_END, lambda rows: change((30, SUSPENDED, 0, 0, 0), event=RELEASED)(
        without((60, PASSED_ON, 0, 0, 0))(rows))),
    ("work kept", SHIFT_END, without((60, PASSED_ON, 0, 0, 0), (82, RESUMED, 0, 0, 1), (114, RESOLVED, 0, 0, 1))),
    ("work kept", COUNTER, instead(COUNTER.rows[5:10], [
        (5, SUSPENDED, 0, 0, 0), (6, RESUMED, 0, 0, 0), (11, RESOLVED, 0, 0, 0), (11, STARTED, 2, 0, 0),
        (16, RESOLVED, 2, 0, 0), (16, STARTED, 1, 0, 0), (21, RESOLVED, 1, 0, 0)])),
    ("no idling", COUNTER, instead(
        [(15, STARTED, 1, 0, 0), (20, RESOLVED, 1, 0, 0)], [(16, STARTED, 1, 0, 0), (21, RESOLVED, 1, 0, 0)])),
    ("no idling", COUNTER, without((15, STARTED, 1, 0, 0), (20, RESOLVED, 1, 0, 0))),
    ("no idling", BREAK, instead(
        [(20, RESUMED, 0, 0, 0), (25, RESOLVED, 0, 0, 0)], [(21, RESUMED, 0, 0, 0), (26, RESOLVED, 0, 0, 0)])),
    ("order of picks", COUNTER, instead(COUNTER.rows[6:10], [
        (10, STARTED, 1, 0, 0), (15, RESOLVED, 1, 0, 0), (15, STARTED, 2, 0, 0), (20, RESOLVED, 2, 0, 0)])),
    ("order of picks", SHIFT_END, instead(SHIFT_END.rows[7:16], [
        (40, RESUMED, 0, 0, 0), (60, RELEASED, 0, 0, 0), (60, OFF, NOBODY, 0, 0), (70, ON, NOBODY, 0, 1),
        (70, STARTED, 1, 0, 1), (100, RESOLVED, 1, 0, 1), (100, RESUMED, 0, 0, 1), (112, RESOLVED, 0, 0, 1)])),
    ("choice of agent", CHOICE, lambda rows: [
        (m, e, t, p, {0: 1, 1: 0}.get(a, a) if t in (0, 1, 2) else a) for m, e, t, p, a in rows]),
    ("choice of agent", CHOICE, lambda rows: [
        (m, e, t, 1, 2) if t == 1 and a == 1 else (m, e, t, p, a) for m, e, t, p, a in rows]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "world", "tamper"), TAMPERED, ids=[rule for rule, _, _ in TAMPERED])
def test_a_tampered_ledger_is_caught_by_the_rule(rule: str, world: World, tamper: Tamper) -> None:
    with pytest.raises(AuditError) as caught:
        check(world, tamper(list(world.rows)))
    assert caught.value.rule == rule


def with_contacts(world: World, outcome: Sequence[int], contact: Sequence[int]) -> Workload:
    workload = world.floor.workload()
    count = len(outcome)
    zeros = np.zeros(count, np.int16)
    contacts = replace(
        workload.contacts,
        arrived_ms=np.zeros(count, np.int64),
        key=np.arange(count, dtype=np.uint64),
        source=zeros, channel=zeros, segment=zeros, category=zeros, priority=zeros, layer=zeros,
        outcome=np.array(outcome, dtype=np.int8),
        rebound=np.zeros(count, bool),
    )  # fmt: skip
    return replace(workload, contacts=contacts, tickets=replace(workload.tickets, contact=np.array(contact, np.int32)))


TICKET, DEFLECTED = ContactOutcome.TICKET, ContactOutcome.DEFLECTED
TURNED_AWAY, IN_SELF_SERVICE = ContactOutcome.TURNED_AWAY, ContactOutcome.IN_SELF_SERVICE


def test_contacts_that_never_were_tickets_are_counted() -> None:
    outcome = [DEFLECTED, TICKET, TURNED_AWAY, IN_SELF_SERVICE]
    check(BREAK, workload=with_contacts(BREAK, outcome, [1]))


@pytest.mark.parametrize(
    ("outcome", "contact"),
    [
        ([TICKET, DEFLECTED], [1]),
        ([TICKET, TICKET], [0]),
        ([DEFLECTED], [0]),
    ],
    ids=["of the wrong contact", "lost", "of a deflected contact"],
)
def test_a_contact_without_its_ticket_is_caught(outcome: list[int], contact: list[int]) -> None:
    with pytest.raises(AuditError, match="rule 'conservation'"):
        check(BREAK, workload=with_contacts(BREAK, outcome, contact))


def test_two_tickets_of_one_contact_are_caught() -> None:
    outcome = [TICKET, TICKET, TICKET, TICKET]
    with pytest.raises(AuditError, match="of contact 1, found 2"):
        check(COUNTER, workload=with_contacts(COUNTER, outcome, [0, 1, 1, 3]))


def broken_by(rule: str, world: World, rows: Sequence[Row]) -> bool:
    """Whether a rule alone, without those before it, objects."""
    facts = Facts(world.floor.plan(), world.floor.workload(), ledger_of(rows))
    return next(dict(RULES)[rule](facts), None) is not None


def test_sums_disagree_where_a_ticket_is_resolved_twice_or_comes_back_alone() -> None:
    rule = "numbers and sojourns"
    assert not broken_by(rule, JOURNEY, JOURNEY.rows)
    assert broken_by(rule, JOURNEY, add((120, RESOLVED, 0, 0, 0))(list(JOURNEY.rows)))
    assert broken_by(rule, JOURNEY, without((95, RESOLVED, 0, 0, 0))(list(JOURNEY.rows)))
    assert broken_by("conservation", COUNTER, add((120, RESOLVED, 0, 0, 0))(list(COUNTER.rows)))


def test_every_rule_is_shown_to_catch_something() -> None:
    shown = (
        {rule for rule, _, _ in TAMPERED}
        | {"conservation", "numbers and sojourns"}
        | {"urgent work", "ownership", "lines", "on call", "steps of the clock", "swarms"}
        | {"playbooks", "people lent", "tickets held back", "overtime"}
    )
    assert shown == {rule for rule, _ in RULES}


def test_the_error_names_rule_time_ticket_agent_and_both_sides() -> None:
    with pytest.raises(AuditError) as caught:
        check(COUNTER, change((20, RESOLVED, 1, 0, 0), minute=21)(list(COUNTER.rows)))
    assert str(caught.value) == (
        "audit: rule 'exact work' is broken at 1200000 ms (2026-01-05T00:20:00.000+00:00), ticket 1, agent 0 (agent0): "
        "expected 300000 ms of work in hand, found 360000 ms"
    )
    assert (caught.value.rule, caught.value.breach.ticket, caught.value.breach.agent) == ("exact work", 1, 0)


def test_the_earliest_breach_is_named() -> None:
    rows = change((20, RESOLVED, 1, 0, 0), minute=21)(change((15, RESOLVED, 2, 0, 0), minute=14)(list(COUNTER.rows)))
    with pytest.raises(AuditError, match="ticket 2"):
        check(COUNTER, rows)


@given(st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**40))))
def test_numbers_are_sorted_stably(numbers: list[int]) -> None:
    assert order_of(np.array(numbers, dtype=np.int64)).tolist() == sorted(range(len(numbers)), key=numbers.__getitem__)


stays = st.tuples(st.integers(0, 2), st.integers(0, 19), st.integers(1, 20), st.integers(0, 99))


@given(st.lists(stays.filter(lambda stay: stay[1] < stay[2]), max_size=30))
def test_the_least_present_is_found(drawn: list[tuple[int, int, int, int]]) -> None:
    rows = 20
    group, enter, leave, key = np.array(drawn, dtype=np.int64).reshape(-1, 4).T
    presence = Presence(group, enter, leave, key, rows)
    for each in range(3):
        expected = [
            min((k for g, a, b, k in drawn if g == each and a <= row < b), default=NOTHING) for row in range(rows)
        ]
        assert presence.after(each, np.arange(rows)).tolist() == expected
        start, end, least = presence.spans(each, np.arange(rows + 1))
        seen = [NOTHING] * rows
        for first, behind, who in zip(start.tolist(), end.tolist(), least.tolist(), strict=True):
            seen[first:behind] = [who] * (behind - first)
        assert seen == expected
