"""The audit on floors where agents hold several contacts and tickets belong to people."""

from __future__ import annotations

import pytest
from ledgers_by_hand import (
    ARRIVED,
    ASSIGNED,
    LET_GO,
    LINES_FULL,
    OFF,
    ON,
    PREEMPTED,
    RESOLVED,
    RESUMED,
    STARTED,
    Tamper,
    World,
    change,
    check,
    instead,
    ledger_of,
)  # fmt: skip
from small_floor import Agent, Floor, one

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import AuditError
from supportsim.plan.model import Assignment, OrderBy

# Agent 0 has two chats from 4 on, at half speed, and a third one waits until 16; the mail waits for the last of them.
CHATS = World(
    Floor(
        [one(0, 10, live=True), one(4, 10, live=True), one(5, 3, live=True), one(6, 1)],
        [Agent(on=((0, 100, False),))],
        horizon=150,
        rules={"concurrency": (2,), "pace_ppm": ((1_000_000, 500_000),)},
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (4, ARRIVED, 1, 0, NOBODY),
        (4, STARTED, 1, 0, 0),
        (5, ARRIVED, 2, 0, NOBODY),
        (6, ARRIVED, 3, 0, NOBODY),
        (16, RESOLVED, 0, 0, 0),
        (16, STARTED, 2, 0, 0),
        (22, RESOLVED, 2, 0, 0),
        (23, RESOLVED, 1, 0, 0),
        (23, STARTED, 3, 0, 0),
        (24, RESOLVED, 3, 0, 0),
        (100, OFF, NOBODY, 0, 0),
    ],
)

# The second chat goes to the emptier agent, the third to who has had one in hand for longer.
NEXT = World(
    Floor(
        [one(minute, 20, live=True) for minute in (0, 1, 2)],
        [Agent(), Agent()],
        horizon=10,
        rules={"concurrency": (2,)},
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ON, NOBODY, 0, 1),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (1, ARRIVED, 1, 0, NOBODY),
        (1, STARTED, 1, 0, 1),
        (2, ARRIVED, 2, 0, NOBODY),
        (2, STARTED, 2, 0, 0),
    ],
)

# The P1 sets the later begun of two P4s aside, which another agent goes on with after reading in.
URGENT = World(
    Floor(
        [one(0, 20, priority=4), one(1, 20, priority=4), one(5, 30, priority=1)],
        [Agent(), Agent()],
        horizon=40,
        reading_in=2,
        rules={"urgent": (True, False, False, False, False)},
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ON, NOBODY, 0, 1),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (1, ARRIVED, 1, 0, NOBODY),
        (1, STARTED, 1, 0, 1),
        (5, ARRIVED, 2, 0, NOBODY),
        (5, PREEMPTED, 1, 0, 1),
        (5, STARTED, 2, 0, 1),
        (20, RESOLVED, 0, 0, 0),
        (20, RESUMED, 1, 0, 0),
        (35, RESOLVED, 2, 0, 1),
        (38, RESOLVED, 1, 0, 0),
    ],
)

# In turn: the third ticket waits for agent 0, who is busy, although agent 1 is free.
TURN = World(
    Floor(
        [one(0, 20), one(1, 2), one(2, 5)],
        [Agent(), Agent()],
        horizon=40,
        rules={"assignment": Assignment.ROUND_ROBIN, "owns_at_most": 2},
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ON, NOBODY, 0, 1),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, ASSIGNED, 0, 0, 0),
        (0, STARTED, 0, 0, 0),
        (1, ARRIVED, 1, 0, NOBODY),
        (1, ASSIGNED, 1, 0, 1),
        (1, STARTED, 1, 0, 1),
        (2, ARRIVED, 2, 0, NOBODY),
        (2, ASSIGNED, 2, 0, 0),
        (3, RESOLVED, 1, 0, 1),
        (20, RESOLVED, 0, 0, 0),
        (20, STARTED, 2, 0, 0),
        (25, RESOLVED, 2, 0, 0),
    ],
)

# The third finds one with each and goes to the first person; the fourth to agent 1, who has none by then.
FEWEST = World(
    Floor([one(0, 20), one(1, 2), one(2, 5), one(4, 1)], [Agent(), Agent()], horizon=40,
          rules={"assignment": Assignment.LEAST_LOADED}),
    [
        *TURN.rows[:11],
        (4, ARRIVED, 3, 0, NOBODY),
        (4, ASSIGNED, 3, 0, 1),
        (4, STARTED, 3, 0, 1),
        (5, RESOLVED, 3, 0, 1),
        *TURN.rows[11:],
    ],
)  # fmt: skip

# Two lines: the third caller is turned away, the fourth finds the line of the first.
LINES = World(
    Floor([one(0, 10, live=True), one(1, 5, live=True), one(2, 5, live=True), one(12, 5, live=True)], horizon=40,
          rules={"lines": (2,)}),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (1, ARRIVED, 1, 0, NOBODY),
        (2, LINES_FULL, 2, 0, NOBODY),
        (10, RESOLVED, 0, 0, 0),
        (10, STARTED, 1, 0, 0),
        (12, ARRIVED, 3, 0, NOBODY),
        (15, RESOLVED, 1, 0, 0),
        (15, STARTED, 3, 0, 0),
        (20, RESOLVED, 3, 0, 0),
    ],
)  # fmt: skip

# The least work first, but the longest one is above the others at 10, when it has waited for 8 minutes and more.
AGED = World(
    Floor(
        [one(0, 10), one(1, 9), one(6, 4), one(7, 3)],
        horizon=40,
        rules={"order_by": OrderBy.WORK, "aging_ms": 8 * 60_000},
    ),
    [
        (0, ON, NOBODY, 0, 0),
        (0, ARRIVED, 0, 0, NOBODY),
        (0, STARTED, 0, 0, 0),
        (1, ARRIVED, 1, 0, NOBODY),
        (6, ARRIVED, 2, 0, NOBODY),
        (7, ARRIVED, 3, 0, NOBODY),
        (10, RESOLVED, 0, 0, 0),
        (10, STARTED, 1, 0, 0),
        (19, RESOLVED, 1, 0, 0),
        (19, STARTED, 3, 0, 0),
        (22, RESOLVED, 3, 0, 0),
        (22, STARTED, 2, 0, 0),
        (26, RESOLVED, 2, 0, 0),
    ],
)

WORLDS = [CHATS, NEXT, URGENT, TURN, FEWEST, LINES, AGED]


@pytest.mark.parametrize("world", WORLDS)
def test_the_floor_does_what_was_worked_out_by_hand(world: World) -> None:
    found, expected = world.floor.run(), ledger_of(world.rows)
    ended = [column[found.event < Event.AGENT_ON] for column in (found.time_ms, found.event, found.ticket, found.agent)]
    kept = expected.event < Event.AGENT_ON
    assert [column.tolist() for column in ended] == [
        column[kept].tolist() for column in (expected.time_ms, expected.event, expected.ticket, expected.agent)
    ]


@pytest.mark.parametrize("world", WORLDS)
def test_an_honest_ledger_passes(world: World) -> None:
    check(world)


TAMPERED: list[tuple[str, World, Tamper]] = [
    # A third chat, and a mail beside chats, are more than the agent may hold.
    ("concurrency", CHATS, instead(CHATS.rows[8:9], [(5, STARTED, 2, 0, 0)])),
    ("concurrency", CHATS, instead(CHATS.rows[11:12], [(22, STARTED, 3, 0, 0)])),
    ("exact work", CHATS, change((16, RESOLVED, 0, 0, 0), minute=15)),
    ("exact work", CHATS, change((22, RESOLVED, 2, 0, 0), minute=21)),
    ("no idling", CHATS, instead(CHATS.rows[8:13], [
        (17, STARTED, 2, 0, 0), (23, RESOLVED, 2, 0, 0), (23, RESOLVED, 1, 0, 0),
        (23, STARTED, 3, 0, 0), (24, RESOLVED, 3, 0, 0)])),
    ("choice of agent", NEXT, lambda rows: change((1, STARTED, 1, 0, 1), agent=0)(
        change((2, STARTED, 2, 0, 0), agent=1)(rows))),
    # Nobody may be interrupted for a P4, nor the earlier begun first, nor may the P1 wait.
    ("urgent work", URGENT, instead(URGENT.rows[7:13], [
        (5, PREEMPTED, 0, 0, 0), (5, STARTED, 2, 0, 0), (21, RESOLVED, 1, 0, 1), (21, RESUMED, 0, 0, 1),
        (35, RESOLVED, 2, 0, 0), (38, RESOLVED, 0, 0, 1)])),
    ("urgent work", URGENT, instead(URGENT.rows[7:13], [
        (20, RESOLVED, 0, 0, 0), (20, STARTED, 2, 0, 0), (21, RESOLVED, 1, 0, 1)])),
    ("ownership", TURN, lambda rows: [*rows[:11], (3, LET_GO, 2, 0, 0), (3, STARTED, 2, 0, 1), (8, RESOLVED, 2, 0, 1),
                                      (20, RESOLVED, 0, 0, 0)]),
    # It is not agent 1's turn again, nor is agent 0 the one who owns fewest.
    ("ownership", TURN, instead(TURN.rows[9:14], [
        (2, ASSIGNED, 2, 0, 1), (3, RESOLVED, 1, 0, 1), (3, STARTED, 2, 0, 1), (8, RESOLVED, 2, 0, 1),
        (20, RESOLVED, 0, 0, 0)])),
    ("ownership", FEWEST, lambda rows: [*rows[:12], (4, ASSIGNED, 3, 0, 0), *rows[15:],
                                        (25, STARTED, 3, 0, 0), (26, RESOLVED, 3, 0, 0)]),
    ("lines", LINES, lambda rows: [*rows[:4], (2, ARRIVED, 2, 0, NOBODY), *rows[5:9], (15, STARTED, 2, 0, 0),
                                   (20, RESOLVED, 2, 0, 0), (20, STARTED, 3, 0, 0), (25, RESOLVED, 3, 0, 0)]),
    ("lines", LINES, lambda rows: [*rows[:7], (12, LINES_FULL, 3, 0, NOBODY), (15, RESOLVED, 1, 0, 0)]),
    ("order of picks", AGED, instead(AGED.rows[7:13], [
        (10, STARTED, 3, 0, 0), (13, RESOLVED, 3, 0, 0), (13, STARTED, 1, 0, 0), (22, RESOLVED, 1, 0, 0),
        (22, STARTED, 2, 0, 0), (26, RESOLVED, 2, 0, 0)])),
    ("choice of agent", NEXT, change((2, STARTED, 2, 0, 0), agent=1)),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "world", "tamper"), TAMPERED, ids=[rule for rule, _, _ in TAMPERED])
def test_a_tampered_ledger_is_caught_by_the_rule(rule: str, world: World, tamper: Tamper) -> None:
    with pytest.raises(AuditError) as caught:
        check(world, tamper(list(world.rows)))
    assert caught.value.rule == rule
