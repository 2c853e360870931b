"""Several people on one ticket, on floors worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from playbook_floor import Lead, above, below, playbook
from small_floor import Agent, Floor, Stage, Ticket, ms, one

from supportsim.ledger import COLUMNS, Event, Ledger
from supportsim.measures.audit import AuditError, audit
from supportsim.measures.people import people_time
from supportsim.measures.story import tell
from supportsim.plan.model import Queue, Swarm, Watched
from supportsim.workload.model import Next

Story = list[tuple[float, str, int, int]]
P1_ONLY = (True, False, False, False, False)


def floor(
    tickets: Sequence[Ticket],
    agents: int | Sequence[Agent],
    most: int = 3,
    adds: float = 1,
    whose: tuple[bool, ...] = P1_ONLY,
    **more,
) -> Floor:
    people = [Agent()] * agents if isinstance(agents, int) else agents
    swarm = Swarm(most, round(adds * 1e6), whose, (True, True, True))
    return Floor(tickets, people, rules={"swarm": swarm, **more.pop("rules", {})}, **more)


def story(desk: Floor) -> Story:
    """Return what happens to tickets but for the arrivals; the ledger passes the audit."""
    audit(desk.plan(), desk.workload(), desk.run())
    return [row for row in desk.story() if row[1] != "ARRIVED"]


def test_who_is_free_joins_and_all_are_released_together() -> None:
    # Two helpers at 75 % each: 25 minutes of work take 10.
    desk = floor([one(0, 25, priority=1), one(2, 3)], 3, adds=0.75)
    assert story(desk) == [
        (0, "STARTED", 0, 0), (0, "JOINED", 0, 1), (0, "JOINED", 0, 2),
        (10, "LEFT", 0, 1), (10, "LEFT", 0, 2), (10, "RESOLVED", 0, 0),
        (10, "STARTED", 1, 0), (13, "RESOLVED", 1, 0),
    ]  # fmt: skip


def test_a_swarm_is_as_large_as_the_rules_say_and_as_people_are_free() -> None:
    assert [agent for _, event, _, agent in story(floor([one(0, 25, priority=1)], 5)) if event == "JOINED"] == [1, 2]
    # Agent 0 is busy until 9; who gets free later does not join. The ordinary ticket is nobody's swarm.
    desk = floor([one(0, 9), one(1, 20, priority=1)], 3)
    assert story(desk) == [
        (0, "STARTED", 0, 0),
        (1, "STARTED", 1, 1), (1, "JOINED", 1, 2), (9, "RESOLVED", 0, 0),
        (11, "LEFT", 1, 2), (11, "RESOLVED", 1, 1),
    ]  # fmt: skip


def test_who_helps_and_has_to_go_leaves_and_the_others_go_on() -> None:
    people = [Agent(), Agent(on=[(0, 5, False), (50, 60, False)]), Agent()]
    # Three do 15 of 25 minutes' work until 5, two the other 10 until 10.
    assert story(floor([one(0, 25, priority=1)], people)) == [
        (0, "STARTED", 0, 0), (0, "JOINED", 0, 1), (0, "JOINED", 0, 2),
        (5, "LEFT", 0, 1), (10, "LEFT", 0, 2), (10, "RESOLVED", 0, 0),
    ]  # fmt: skip


def test_work_set_aside_releases_all_and_is_swarmed_again() -> None:
    people = [Agent(on=[(0, 5, False)]), Agent(), Agent()]
    # Of 25 minutes 15 are done at 5; the next reads in for two, and two people do 12 in 6.
    assert story(floor([one(0, 25, priority=1)], people, reading_in=2)) == [
        (0, "STARTED", 0, 0), (0, "JOINED", 0, 1), (0, "JOINED", 0, 2),
        (5, "LEFT", 0, 1), (5, "LEFT", 0, 2), (5, "RELEASED", 0, 0),
        (5, "RESUMED", 0, 1), (5, "JOINED", 0, 2), (11, "LEFT", 0, 2), (11, "RESOLVED", 0, 1),
    ]  # fmt: skip


def test_a_swarm_is_formed_of_those_whom_an_urgent_ticket_finds_and_is_not_interrupted() -> None:
    desk = floor([one(0, 30), one(5, 20, priority=1), one(6, 3, priority=1)], 2, rules={"urgent": P1_ONLY})
    assert story(desk) == [
        (0, "STARTED", 0, 0),
        (5, "STARTED", 1, 1),
        # Agent 1, alone since agent 0 was busy, is not interrupted; agent 0 is.
        (6, "PREEMPTED", 0, 0), (6, "STARTED", 2, 0), (9, "RESOLVED", 2, 0),
        (9, "RESUMED", 0, 0), (25, "RESOLVED", 1, 1), (33, "RESOLVED", 0, 0),
    ]  # fmt: skip


def test_an_urgent_ticket_takes_those_who_help_first_and_sets_work_aside_last() -> None:
    urgent = [one(4, 6, priority=1), one(5, 6, priority=1), one(6, 6, priority=1)]
    desk = floor([one(0, 30), *urgent], 3, whose=(False, False, True, False, False), rules={"urgent": P1_ONLY})
    assert story(desk) == [
        (0, "STARTED", 0, 0), (0, "JOINED", 0, 1), (0, "JOINED", 0, 2),
        # Three do 12 minutes' work by 4, two 2 by 5, and one another by 6.
        (4, "LEFT", 0, 1), (4, "STARTED", 1, 1), (5, "LEFT", 0, 2), (5, "STARTED", 2, 2),
        (6, "PREEMPTED", 0, 0), (6, "STARTED", 3, 0),
        (10, "RESOLVED", 1, 1), (10, "RESUMED", 0, 1), (11, "RESOLVED", 2, 2), (12, "RESOLVED", 3, 0),
        (25, "RESOLVED", 0, 1),
    ]  # fmt: skip


def test_beside_chats_only_who_has_nothing_in_hand_joins_and_nobody_who_helps_takes_one() -> None:
    blended = {"concurrency": (2,), "blending": True, "pace_ppm": ((1_000_000, 500_000),)}
    desk = floor([one(0, 12, priority=1), one(1, 4, live=True)], 3, rules=blended)
    assert story(desk) == [
        (0, "STARTED", 0, 0), (0, "JOINED", 0, 1), (0, "JOINED", 0, 2),
        # The chat halves the pace of the three: 9 minutes' work take 6.
        (1, "STARTED", 1, 0), (7, "LEFT", 0, 1), (7, "LEFT", 0, 2), (7, "RESOLVED", 0, 0), (8, "RESOLVED", 1, 0),
    ]  # fmt: skip
    desk = floor([one(0, 9, live=True), one(1, 8, priority=1)], 3, rules=blended)
    assert [row for row in story(desk) if row[1] in ("STARTED", "JOINED")] == [
        (0, "STARTED", 0, 0), (1, "STARTED", 1, 1), (1, "JOINED", 1, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        # Agent 1 took the ticket and goes over, as agent 3, when the two have done it.
        (1, [(5, "LENT", 1), (10, "LEFT", 0), (10, "RESOLVED", 0), (10, "AGENT_ON", 3)]),
        # Agent 2 leaves it at once and is agent 4; agent 1 does the other half alone.
        (2, [(5, "LENT", 1), (5, "LEFT", 0), (5, "LENT", 2), (5, "AGENT_ON", 4), (15, "RESOLVED", 0),
             (15, "AGENT_ON", 3)]),
    ],
)  # fmt: skip
def test_who_is_lent_leaves_a_swarm_at_once_or_finishes_its_work(wanted: int, rows: list) -> None:
    together = Ticket(0, (Stage(20, tier=1),), priority=1)
    waiting = [one(0, 100)] * 4
    play = playbook(above(Watched.QUEUE, 2), below(Watched.QUEUE, 1), 30, lends=1, lent=wanted, twins=(-1, 3, 4))
    more = {
        "queues": (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))), "queue_of": ((0,), (1,), (1,)),
        "rules": {"swarm": Swarm(2, 1_000_000, P1_ONLY, (True, True, True))},
    }  # fmt: skip
    lead = Lead([together, *waiting], play, (Agent(), Agent(1), Agent(1)), more_people=[(0, 1), (0, 2)], more=more)
    of_them = [row for row in lead.story("LENT", "LEFT", "AGENT_ON", "RESOLVED") if 0 < row[0] < 20]
    assert of_them == rows


def test_calls_and_words_are_nobodys_swarm() -> None:
    asks = Ticket(0, (Stage(10, Next.FOLLOW_UP, 5), Stage(4, Next.ASK_CUSTOMER, 5), Stage(6)), priority=1)
    desk = floor([asks, one(100, 4, priority=1, live=True)], 2)
    assert [(minute, event) for minute, event, _, _ in story(desk) if event in ("STARTED", "JOINED", "ASKED")] == [
        (0, "STARTED"), (0, "JOINED"), (5, "ASKED"), (10, "STARTED"), (14, "ASKED"), (19, "STARTED"), (19, "JOINED"),
        (100, "STARTED"),
    ]  # fmt: skip


def test_those_who_help_are_busy() -> None:
    desk = floor([one(0, 30, priority=1)], 3)
    plan, workload, ledger = desk.plan(), desk.workload(), desk.run()
    handling = people_time(plan, workload.crew, tell(plan, workload, ledger).work, ledger).handling
    found = zip(handling.person.tolist(), handling.start_ms.tolist(), handling.end_ms.tolist(), strict=True)
    assert sorted(found) == [(0, 0, ms(10)), (1, 0, ms(10)), (2, 0, ms(10))]


def test_the_audit_sees_help_interrupted_in_another_way() -> None:
    def desk(comes: float) -> Floor:
        whose = (False, False, True, False, False)
        return floor([one(0, 30), one(comes, 6, priority=1)], 3, whose=whose, rules={"urgent": P1_ONLY})

    # Of two who help the first is to go, and at once.
    other, late = swapped(desk(4).run(), (Event.LEFT, Event.STARTED), 1, 2), desk(5).run()
    arrives = (late.event == Event.ARRIVED) & (late.ticket == 1)
    late = replace(late, time_ms=np.where(arrives, ms(4), late.time_ms))
    for ledger in (other, late):
        with pytest.raises(AuditError, match="rule 'urgent work'"):
            audit(desk(4).plan(), desk(4).workload(), ledger)


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("concurrency|swarms", lambda honest: changed(honest, Event.JOINED, 1, agent=0)),
        ("swarms", lambda honest: changed(honest, Event.JOINED, 0, agent=2)),
        ("swarms", lambda honest: changed(honest, Event.LEFT, 0, time_ms=ms(9))),
        ("swarms", lambda honest: without(without(honest, Event.JOINED, 1), Event.LEFT, 1)),
        (
            "exact work",
            lambda honest: replace(honest, time_ms=honest.time_ms * 11 // 10),
        ),
    ],
)
def test_the_audit_sees_a_swarm_that_is_not_as_the_rules_want(rule: str, broken) -> None:
    desk = floor([one(0, 30, priority=1)], 3)
    with pytest.raises(AuditError, match=f"rule '({rule})'"):
        audit(desk.plan(), desk.workload(), broken(desk.run()))


def changed(honest: Ledger, event: Event, nth: int, **to: int) -> Ledger:
    row = np.flatnonzero(honest.event == event)[nth]
    columns = {name: getattr(honest, name).copy() for name in to}
    for name, value in to.items():
        columns[name][row] = value
    tampered = replace(honest, **columns)
    order = np.argsort(tampered.time_ms, kind="stable")
    return Ledger(*(getattr(tampered, name)[order] for name in COLUMNS))


def without(honest: Ledger, event: Event, nth: int) -> Ledger:
    keep = np.ones(len(honest), dtype=bool)
    keep[np.flatnonzero(honest.event == event)[nth]] = False
    return Ledger(*(getattr(honest, name)[keep] for name in COLUMNS))


def swapped(honest: Ledger, events: tuple[Event, ...], one_: int, other: int) -> Ledger:
    agent = honest.agent.copy()
    concerned = np.isin(honest.event, (*events, Event.RESOLVED)) & (honest.time_ms > 0)
    agent[concerned & (honest.agent == one_)] = other
    agent[concerned & (honest.agent == other)] = one_
    return replace(honest, agent=agent)
