"""How what happens on the floor must change, or must not, when its input changes in a known way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_floor import MIDDLE, Agent, Floor, Stage, Ticket, one
from systems import build_plan, build_workload, run, visits

from supportsim.ledger import COLUMNS, NOBODY, Ledger
from supportsim.measures.audit import audit
from supportsim.plan.model import Queue
from supportsim.workload.model import Next

HORIZON = 400
TEAMS = 3
# Whole minutes from a short range make many changes fall on one instant.
minutes = st.integers(1, 25)
patient = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def streams_of_tickets(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Return (created, work) in minutes of tickets of one stage, in order of creation."""
    count = draw(st.integers(1, 25))
    gaps = draw(st.lists(st.integers(0, 6), min_size=count, max_size=count))
    return np.cumsum(gaps), np.array(draw(st.lists(minutes, min_size=count, max_size=count)))


@st.composite
def routes(draw: st.DrawFn) -> list[Stage]:
    length = draw(st.integers(1, 4))
    stages = []
    for place in range(length):
        last = place + 1 == length
        following = Next.RESOLVE if last else draw(st.sampled_from(MIDDLE))
        comes_back = not last and following not in (Next.ESCALATE, Next.HAND_BACK)
        stages.append(Stage(draw(minutes), following, draw(minutes) if comes_back else 0, draw(st.integers(0, 2))))
    return stages


@st.composite
def customers(draw: st.DrawFn) -> Ticket:
    live = draw(st.booleans())
    attempts = [(draw(minutes), draw(st.one_of(st.none(), minutes)))] if live and draw(st.booleans()) else []
    return Ticket(
        draw(st.integers(0, 40)), draw(routes()), draw(st.integers(1, 5)), draw(st.integers(0, 1)), live, attempts
    )


@st.composite
def agents(draw: st.DrawFn, team: int) -> Agent:
    spans, now = [], 0
    for _ in range(draw(st.integers(1, 5))):
        start = now + draw(st.integers(1, 8))
        now = start + draw(st.integers(5, 60))
        spans.append((start, now, draw(st.booleans())))
    return Agent(team, spans)


@st.composite
def floors(draw: st.DrawFn) -> Floor:
    """Return a floor of three teams whose rank differs in each queue, so that labels never break a tie."""
    served = []
    for index in range(3):
        teams = draw(st.permutations(range(TEAMS)))[: draw(st.integers(1, TEAMS))]
        widens = draw(st.booleans())
        served.append(
            Queue(
                f"{index}", tuple(teams), tuple(range(len(teams))), 3 if widens else -1, 60_000 * 20 if widens else -1
            )
        )
    served.append(Queue("wide", (0, 1, 2), (0, 1, 2)))
    tickets = draw(st.lists(customers(), min_size=1, max_size=15))
    return Floor(
        sorted(tickets, key=lambda ticket: ticket.created),
        [draw(agents(team)) for team in range(TEAMS) for _ in range(draw(st.integers(1, 2)))],
        served,
        [[draw(st.integers(0, 2)) for _ in range(2)] for _ in range(3)],
        horizon=HORIZON,
        fifo=draw(st.booleans()),
        live_first=draw(st.booleans()),
        seniority_is_ticket=draw(st.booleans()),
        finish_deferrable=draw(st.booleans()),
        grace=draw(st.sampled_from([0, 3])),
        reading_in=draw(st.sampled_from([0, 2])),
        teams=TEAMS,
    )


def waits(created: np.ndarray, work: np.ndarray, team_sizes: list[int], queues: tuple[Queue, ...] | None = None) -> Any:
    """Return the wait of each ticket in minutes; several teams share one queue."""
    end_ms = int(created[-1] + work.sum() + 1) * 60_000
    plan = build_plan(team_sizes, end_ms)
    if queues is not None:
        plan = replace(plan, queues=queues, skills=("all",), queue_of=np.array([[[0]], [[-1]], [[-1]]], dtype=np.int32))
    ledger = run(plan, build_workload(plan, created * 60_000, work * 60_000))
    served = visits(ledger)
    assert len(served.ticket) == len(created)
    return (served.started_ms - served.joined_ms) // 60_000


@given(streams_of_tickets(), st.integers(1, 4))
def test_waits_are_those_of_the_kiefer_wolfowitz_recursion(tickets: tuple[Any, Any], heads: int) -> None:
    created, work = tickets
    free_at, expected = [0] * heads, []
    for arrival, duration in zip(created.tolist(), work.tolist(), strict=True):
        start = max(arrival, min(free_at))
        free_at[free_at.index(min(free_at))] = start + duration
        expected.append(start - arrival)
    assert waits(created, work, [heads]).tolist() == expected


@given(streams_of_tickets(), st.integers(1, 4))
def test_one_more_agent_makes_nobody_wait_longer(tickets: tuple[Any, Any], heads: int) -> None:
    created, work = tickets
    assert (waits(created, work, [heads + 1]) <= waits(created, work, [heads])).all()


@given(streams_of_tickets(), st.integers(1, 3), st.integers(1, 3))
def test_two_like_teams_are_one_team(tickets: tuple[Any, Any], left: int, right: int) -> None:
    created, work = tickets
    apart = waits(created, work, [left, right], (Queue("both", (0, 1), (0, 0)),))
    assert apart.tolist() == waits(created, work, [left + right]).tolist()


@patient
@given(floors(), st.integers(2, 7))
def test_time_has_no_scale(floor: Floor, factor: int) -> None:
    slow = replace(
        floor,
        tickets=[
            replace(
                ticket,
                created=ticket.created * factor,
                stages=[
                    replace(stage, work=stage.work * factor, delay=stage.delay * factor) for stage in ticket.stages
                ],
                attempts=[(patience * factor, back and back * factor) for patience, back in ticket.attempts],
            )
            for ticket in floor.tickets
        ],
        agents=[
            replace(agent, on=[(a * factor, b * factor, keeps) for a, b, keeps in agent.on]) for agent in floor.agents
        ],
        queues=[
            replace(queue, widens_after_ms=queue.widens_after_ms * factor) if queue.widens_to >= 0 else queue
            for queue in floor.queues
        ],
        horizon=floor.horizon * factor,
        grace=floor.grace * factor,
        reading_in=floor.reading_in * factor,
    )
    before, after = floor.run(), slow.run()
    assert np.array_equal(after.time_ms, before.time_ms * factor)
    assert all(np.array_equal(getattr(after, name), getattr(before, name)) for name in COLUMNS[1:])


@patient
@given(floors(), st.permutations(range(TEAMS)), st.permutations(range(2)), st.permutations(range(4)))
def test_labels_mean_nothing(
    floor: Floor, team_label: list[int], skill_label: list[int], queue_label: list[int]
) -> None:
    order = sorted(range(len(floor.agents)), key=lambda agent: (team_label[floor.agents[agent].team], agent))
    queues = [
        replace(
            queue, teams=tuple(team_label[team] for team in queue.teams), widens_to=_label(queue_label, queue.widens_to)
        )
        for queue in floor.queues
    ]
    renamed = replace(
        floor,
        tickets=[replace(ticket, skill=skill_label[ticket.skill]) for ticket in floor.tickets],
        agents=[replace(floor.agents[agent], team=team_label[floor.agents[agent].team]) for agent in order],
        queues=[queues[queue_label.index(place)] for place in range(4)],
        queue_of=[[queue_label[tier[skill_label.index(place)]] for place in range(2)] for tier in floor.queue_of],
    )
    before, after = floor.run(), renamed.run()
    agent_of_old = {old: new for new, old in enumerate(order)} | {NOBODY: NOBODY}
    assert _lives(before, agent_of_old) == _lives(after, {agent: agent for agent in agent_of_old})


def _label(labels: list[int], code: int) -> int:
    return labels[code] if code >= 0 else code


def _lives(ledger: Ledger, agent: dict[int, int]) -> dict[int, list[tuple[int, int, int]]]:
    """Return (time, event, agent) by ticket, in order."""
    lives: dict[int, list[tuple[int, int, int]]] = {}
    columns = (ledger.time_ms, ledger.ticket, ledger.event, ledger.agent)
    for time_ms, ticket, event, who in zip(*(column.tolist() for column in columns), strict=True):
        if ticket != NOBODY:
            lives.setdefault(ticket, []).append((time_ms, event, agent[who]))
    return lives


@patient
@given(floors())
def test_a_channel_without_contacts_and_its_team_change_nothing(floor: Floor) -> None:
    plan, workload = floor.plan(), floor.workload()
    silent = Queue("silent", (TEAMS,), (0,))
    people = plan.people
    wider = replace(
        plan,
        channels=(*plan.channels, "silent"),
        live=np.array([*plan.live, True]),
        queues=(*plan.queues, silent),
        queue_of=np.concatenate([plan.queue_of, np.full_like(plan.queue_of, len(plan.queues))], axis=2),
        teams=(*plan.teams, "silent"),
        team_tier=np.array([*plan.team_tier, 0], dtype=np.int32),
        people=replace(
            people,
            names=(*people.names, "silent"),
            team=np.append(people.team, np.int32(TEAMS)),
            number=np.append(people.number, np.int32(0)),
            shift_person=np.append(people.shift_person, np.int32(len(people.names))),
            shift_date=np.append(people.shift_date, np.int32(0)),
            shift_start_ms=np.append(people.shift_start_ms, 0),
            shift_end_ms=np.append(people.shift_end_ms, plan.horizon_ms),
        ),
    )
    crew = workload.crew
    more = replace(
        workload,
        crew=replace(
            crew,
            person=np.append(crew.person, np.int32(len(people.names))),
            start_ms=np.append(crew.start_ms, 0),
            end_ms=np.append(crew.end_ms, plan.horizon_ms),
            end_reason=np.append(crew.end_reason, np.int8(0)),
            keeps_work=np.append(crew.keeps_work, False),
            absent=np.append(crew.absent, False),
        ),
    )
    everyone = {agent: agent for agent in range(NOBODY, len(people.names) + 1)}
    assert _lives(run(wider, more), everyone) == _lives(run(plan, workload), everyone)


def _one_instant(count: int) -> Floor:
    return Floor([one(10, 3, priority=1 + i % 5) for i in range(count)], [Agent(), Agent()])


def _minute_grid() -> Floor:
    """Return a floor on which something of every kind happens each minute."""
    tickets = [
        Ticket(
            minute,
            (
                Stage(1 + minute % 3, Next.ASK_CUSTOMER, 2),
                Stage(1, Next.ESCALATE),
                Stage(2, Next.RESOLVE, 1, 1),
                Stage(1),
            ),
            priority=1 + (minute + twin) % 5,
            live=twin == 0,
            attempts=((1 + minute % 2, 3), (1, None)) if twin == 0 else (),
        )
        for minute in range(60)
        for twin in range(3)
    ]
    crew = [Agent(team, [(at, at + 2, at % 3 == 0) for at in range(i, 300, 3)]) for team in range(2) for i in range(4)]
    queues = (Queue("L1", (0,), (0,), 2, 60_000), Queue("L2", (1,), (0,)), Queue("wide", (0, 1), (0, 1)))
    return Floor(tickets, crew, queues, ((0,), (1,), (1,)), horizon=300, reading_in=1)


@pytest.mark.parametrize(
    "floor",
    [
        Floor([]),
        Floor([], []),
        Floor([one(0, 1)]),
        Floor([one(9_999, 1)]),
        _one_instant(1),
        _one_instant(500),
        _minute_grid(),
    ],
    ids=[
        "no ticket",
        "nobody there",
        "one ticket",
        "one at the end",
        "one instant",
        "a crowd at one instant",
        "minute grid",
    ],
)
def test_edges_pass_the_audit(floor: Floor) -> None:
    plan, workload = floor.plan(), floor.workload()
    ledger = floor.run()
    audit(plan, workload, ledger)
    arrived = int((workload.tickets.created_ms < plan.horizon_ms).sum())
    assert len(np.unique(ledger.ticket[ledger.ticket != NOBODY])) == arrived


def test_a_crowd_at_one_instant_is_served_by_priority_then_number() -> None:
    floor = _one_instant(500)
    served = visits(run(floor.plan(), floor.workload()))
    expected = sorted(range(500), key=lambda ticket: (ticket % 5, ticket))
    # Two agents begin a ticket each every three minutes.
    begins = {ticket: (10 + 3 * (place // 2)) * 60_000 for place, ticket in enumerate(expected)}
    assert dict(zip(served.ticket.tolist(), served.started_ms.tolist(), strict=True)) == begins


def waits_with(heads: int, tickets: list[Ticket], **more: Any) -> list[float]:
    """Return the wait of each ticket for its first touch, in minutes, with so many agents in the first team."""
    floor = Floor(
        tickets, [*(Agent(0) for _ in range(heads)), *(Agent(1) for _ in range(more.pop("behind", 0)))], **more
    )
    served = visits(run(floor.plan(), floor.workload()))
    first = np.unique(served.ticket, return_index=True)[1]
    return ((served.started_ms - served.joined_ms)[first] / 60_000).tolist()


def test_one_more_agent_may_hurt_the_first_class() -> None:
    # Alone, the agent has done two short tickets at 6, when the urgent one comes. Two have done them at 3 and are
    # then both in long ones.
    tickets = [
        one(0, 3, priority=3),
        one(0, 3, priority=3),
        one(0, 10, priority=3),
        one(0, 10, priority=3),
        one(6, 1, priority=1),
    ]
    assert waits_with(1, tickets)[-1] == 0
    assert waits_with(2, tickets)[-1] == 7


def test_one_more_agent_may_hurt_the_tier_behind() -> None:
    # With one agent the second ticket reaches L2 after the one that enters there; with two, before it.
    escalating = (Stage(5, Next.ESCALATE), Stage(20, Next.RESOLVE, 0, 1))
    tickets = [Ticket(0, (Stage(4),)), Ticket(0, escalating), Ticket(6, (Stage(2, Next.RESOLVE, 0, 1),))]
    tiers = {"behind": 1, "queues": (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))), "queue_of": ((0,), (1,), (1,))}
    assert waits_with(1, tickets, **tiers)[-1] == 0
    assert waits_with(2, tickets, **tiers)[-1] == 19
