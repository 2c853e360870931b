"""Where tickets go, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from small_floor import Agent, Floor, Queue, Stage, Ticket, ms, one

from supportsim.ledger import ENDS, NOBODY, Event, Ledger
from supportsim.measures.flow import END_NODES, FLOW_NODES, flow
from supportsim.measures.story import tell
from supportsim.workload.model import Next

QUEUES = [Queue(f"L{tier + 1}", (tier,), (0,)) for tier in range(3)]
UP = Stage(1, Next.ESCALATE)
TICKETS = [
    one(0, 1),
    # Up two tiers and back down one, where it is solved.
    Ticket(1, (UP, Stage(1, Next.ESCALATE, tier=1), Stage(1, Next.HAND_BACK, tier=2), Stage(1, tier=1))),
    # Solved at L1, comes back an hour later and is solved again.
    Ticket(2, (Stage(1, Next.RESOLVE, 60), Stage(1))),
    # Asks the customer, who never answers before the end.
    Ticket(3, (Stage(1, Next.ASK_CUSTOMER, 5_000), Stage(1))),
    one(399, 30),
    # Calls while everybody is busy and gives up for good, or tries again too late.
    Ticket(400, (Stage(1),), live=True, attempts=[(2, None)]),
    Ticket(400, (Stage(1),), live=True, attempts=[(2, 5_000)]),
]  # fmt: skip


def steps(first_minute: int = 0) -> dict[tuple[str, str], int]:
    agents = [Agent(0), Agent(1), Agent(2)]
    floor = Floor(TICKETS, agents, QUEUES, queue_of=((0,), (1,), (2,)), horizon=1_000)
    plan = replace(floor.plan(), window_ms=(first_minute * 60_000, 1_000 * 60_000))
    found = flow(tell(plan, floor.workload(), floor.run()))
    for tier in ("L1", "L2", "L3"):
        at = FLOW_NODES.index(tier)
        assert found[:, at].sum() == found[at].sum()
    return {(FLOW_NODES[i], FLOW_NODES[j]): int(found[i, j]) for i, j in np.argwhere(found)}


def test_every_way() -> None:
    assert steps() == {
        ("new", "L1"): 7,
        ("reopened", "L1"): 1,
        ("L1", "L2"): 1,
        ("L2", "L3"): 1,
        ("L3", "L2"): 1,
        ("L2", "resolved"): 1,
        # The plain one, the reopened one twice, and the one that keeps the callers waiting.
        ("L1", "resolved"): 4,
        ("L1", "gave_up"): 1,
        ("L1", "open"): 2,
    }


def test_only_tickets_of_the_window_count() -> None:
    assert steps(first_minute=300) == {
        ("new", "L1"): 3,
        ("L1", "resolved"): 1,
        ("L1", "gave_up"): 1,
        ("L1", "open"): 1,
    }


def test_every_end() -> None:
    # One each: merged, closed unanswered, ended with its incident, turned away at the second try, and one that waits.
    rows = [(0, Event.ARRIVED, ticket, 0, NOBODY) for ticket in range(5)] + [
        (1, Event.STARTED, 0, 0, 0), (2, Event.MERGED, 0, 0, 0),
        (2, Event.STARTED, 1, 0, 0), (3, Event.ASKED, 1, 0, 0), (9, Event.CLOSED, 1, NOBODY, NOBODY),
        (9, Event.ENDED, 2, 0, NOBODY),
        (1, Event.ABANDONED, 3, 0, NOBODY), (9, Event.TURNED_AWAY, 3, 0, NOBODY),
    ]  # fmt: skip
    calls_again = one(0, 1, live=True, attempts=[(1, 8)])
    floor = Floor([*(one(0, 1) for _ in range(3)), calls_again, one(0, 1)], horizon=10)
    minute, event, ticket, place, agent = zip(*sorted(rows, key=lambda row: row[0]), strict=True)
    ledger = Ledger(
        np.array([ms(m) for m in minute], np.int64),
        np.array(ticket, np.int32),
        np.array(event, np.int8),
        np.array(place, np.int16),
        np.array(agent, np.int32),
    )
    found = flow(tell(floor.plan(), floor.workload(), ledger))
    ends = {FLOW_NODES[end]: int(found[FLOW_NODES.index("L1"), end]) for end in np.flatnonzero(found[2])}
    assert ends == {"resolved": 1, "gave_up": 1, "closed": 1, "merged": 1, "open": 1}


def test_no_end_is_forgotten() -> None:
    assert set(END_NODES) == set(ENDS)
