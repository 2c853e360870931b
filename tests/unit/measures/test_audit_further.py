"""The audit on floors where agents hold several contacts and tickets belong to people."""

from __future__ import annotations

import pytest
from ledgers_by_hand import ARRIVED, OFF, ON, RESOLVED, STARTED, Tamper, World, change, check, instead
from small_floor import Agent, Floor, one

from supportsim.ledger import NOBODY
from supportsim.measures.audit import AuditError

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

WORLDS = [CHATS, NEXT]


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
    ("choice of agent", NEXT, change((2, STARTED, 2, 0, 0), agent=1)),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "world", "tamper"), TAMPERED, ids=[rule for rule, _, _ in TAMPERED])
def test_a_tampered_ledger_is_caught_by_the_rule(rule: str, world: World, tamper: Tamper) -> None:
    with pytest.raises(AuditError) as caught:
        check(world, tamper(list(world.rows)))
    assert caught.value.rule == rule
