"""Whatever the plan and the workload, what the floor does passes the audit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playbook_floor import above, below, late_starts, off_until, playbook, with_more_people
from small_floor import MIDDLE, Agent, Floor, Stage, Ticket

from supportsim.floor.general import General
from supportsim.floor.instants import Handler, Order
from supportsim.floor.plain import Plain
from supportsim.floor.simulate import floor_for, simulate
from supportsim.ledger import COLUMNS
from supportsim.measures.audit import audit
from supportsim.plan.model import (
    NEXT_TIER,
    NO_TIER,
    Assignment,
    ClockStep,
    OffReason,
    OrderBy,
    Plan,
    Queue,
    Swarm,
    Watched,
)
from supportsim.scenario.calendars import Clock, LocalTime
from supportsim.workload.model import CALLS_BACK, Crew, Incidents, LateStarts, Next, Workload

HORIZON = 150
LAST = [Next.RESOLVE, Next.CLOSE, Next.MERGE]
"""How a route may end; only the first may stand in its middle too."""
SHIFT_REASONS = [reason for reason in OffReason if reason < OffReason.ON_CALL]
"""Why a shift's interval may end; for the other reasons people go as the floor decides."""
SKILLS = 2
TEAMS = 3

# Whole minutes from a short range make many changes fall on one instant.
minutes = st.integers(1, 25)


@st.composite
def routes(draw: st.DrawFn) -> list[Stage]:
    length = draw(st.integers(1, 4))
    stages = []
    for place in range(length):
        ends = place + 1 == length
        following = draw(st.sampled_from(LAST if ends else MIDDLE))
        comes_back = following not in (Next.ESCALATE, Next.HAND_BACK, Next.MERGE) and not (
            following == Next.RESOLVE and ends
        )
        delay = draw(minutes) if comes_back else 0
        stages.append(Stage(draw(minutes), following, delay, draw(st.integers(0, 2))))
    return stages


@st.composite
def customers(draw: st.DrawFn) -> Ticket:
    live = draw(st.booleans())
    attempts: list[tuple[int, float | None]] = []
    if live and draw(st.booleans()):
        attempts = [(draw(minutes), draw(minutes)) for _ in range(draw(st.integers(0, 2)))]
        attempts.append((draw(minutes), draw(st.one_of(st.none(), st.just(CALLS_BACK / 60_000), minutes))))
    return Ticket(
        created=draw(st.one_of(st.integers(0, 30), st.integers(0, HORIZON + 5))),
        stages=draw(routes()),
        priority=draw(st.integers(1, 5)),
        skill=draw(st.integers(0, SKILLS - 1)),
        live=live,
        attempts=attempts,
    )


@st.composite
def agents(draw: st.DrawFn) -> Agent:
    spans, now = [], 0
    for _ in range(draw(st.integers(1, 7))):
        start = now + draw(st.integers(1, 8))
        now = start + draw(minutes)
        spans.append((start, now, draw(st.booleans())))
    return Agent(draw(st.integers(0, TEAMS - 1)), spans)


@st.composite
def queues(draw: st.DrawFn) -> tuple[Queue, ...]:
    """One to four queues; some widen to one that all teams serve, the last."""
    serving = st.lists(st.integers(0, TEAMS - 1), min_size=1, max_size=TEAMS, unique=True)
    narrow = []
    count = draw(st.integers(1, 4))
    for index in range(count):
        teams = tuple(draw(serving))
        ranks = tuple(sorted(draw(st.integers(0, 2)) for _ in teams))
        widens = draw(st.booleans())
        delay_ms = draw(minutes) * 60_000 if widens else -1
        narrow.append(Queue(f"narrow {index}", teams, ranks, count if widens else -1, delay_ms))
    ranks = tuple(draw(st.lists(st.integers(0, 1), min_size=TEAMS, max_size=TEAMS)))
    return (*narrow, Queue("wide", tuple(range(TEAMS)), ranks))


def chats(draw: st.DrawFn) -> dict[str, Any]:
    slower = st.sampled_from([(1_000_000,), (1_000_000, 700_001), (1_000_000, 555_555, 333_333)])
    return {
        "concurrency": (draw(st.integers(1, 3)), 1),
        "pace_ppm": draw(st.one_of(st.just(()), st.tuples(slower, slower))),
        "blending": draw(st.booleans()),
        "to_busiest": draw(st.booleans()),
    }


def orders(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "order_by": draw(st.sampled_from(list(OrderBy))),
        "aging_ms": draw(st.sampled_from([0, 4, 10])) * 60_000,
        "aging_raises": draw(st.integers(1, 3)),
        "aging_on_clock": draw(st.booleans()),
    }


def urgent(draw: st.DrawFn) -> dict[str, Any]:
    most = draw(st.integers(0, 3))
    return {"urgent": tuple(place < most for place in range(5)), "urgent_live": draw(st.booleans())}


def ownership(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "assignment": draw(st.sampled_from(list(Assignment))),
        "owner_waits_ms": draw(st.sampled_from([-1, 5, 15])) * 60_000,
        "owns_at_most": draw(st.sampled_from([0, 1, 2, 4])),
    }


def lines(draw: st.DrawFn) -> dict[str, Any]:
    return {"lines": (draw(st.integers(1, 4)), -1)}


def swarms(draw: st.DrawFn) -> dict[str, Any]:
    most, adds = draw(st.integers(2, 3)), draw(st.sampled_from([1_000_000, 333_333, 1]))
    concerned = draw(st.sampled_from([[True] * 8, [False] * 2 + [True] * 6, [True, False] * 4]))
    return {"swarm": Swarm(most, adds, tuple(concerned[:5]), tuple(concerned[5:]))}


@st.composite
def further_rules(draw: st.DrawFn) -> dict[str, Any]:
    """Any combination of the rules that the general floor adds."""
    return {key: value for rule in FURTHER if draw(st.booleans()) for key, value in rule(draw).items()}


FURTHER = (chats, orders, urgent, ownership, lines, swarms)
FURTHER_RULES = further_rules()


@st.composite
def operations(
    draw: st.DrawFn,
    links: bool = True,
    rules: st.SearchStrategy[dict[str, Any]] = FURTHER_RULES,
    playbooks: bool = True,
) -> tuple[Plan, Workload]:
    served = draw(queues())
    codes = st.lists(st.integers(0, len(served) - 2), min_size=3 * SKILLS * 2, max_size=3 * SKILLS * 2)
    queue_of = np.array(draw(codes), dtype=np.int32).reshape(3, SKILLS, 2)
    # A count that is drawn first makes crowds as likely as small companies, so that tickets compete.
    tickets = sorted((draw(customers()) for _ in range(draw(st.integers(0, 14)))), key=lambda ticket: ticket.created)
    links = links and draw(st.booleans())
    known = draw(minutes)
    links = links and draw(st.booleans())
    about = [links and draw(st.booleans()) for _ in tickets]
    tickets = [
        with_link(ticket, known, draw(minutes)) if is_about else ticket
        for ticket, is_about in zip(tickets, about, strict=True)
    ]
    above = draw(st.lists(st.none() | moves(), min_size=len(tickets), max_size=len(tickets)))
    above = [None if is_about or not draw(CLOCKED) else move for is_about, move in zip(about, above, strict=True)]
    routes = [len(ticket.stages) for ticket in tickets]
    tickets = [
        ticket if move is None else replace(ticket, stages=[*ticket.stages, *move[1]])
        for ticket, move in zip(tickets, above, strict=True)
    ]
    crew = sorted((draw(agents()) for _ in range(draw(st.integers(1, 4)))), key=lambda agent: agent.team)
    if draw(st.booleans()):
        speeds = st.lists(st.sampled_from([0.5, 1, 1.5]), min_size=SKILLS, max_size=SKILLS)
        crew = [replace(agent, speed_at=draw(speeds)) for agent in crew]
    more = draw(rules)
    floor = Floor(
        tickets,
        crew,
        served,
        queue_of[:, :, 0],
        horizon=HORIZON,
        fifo=draw(st.booleans()),
        live_first=draw(st.booleans()),
        seniority_is_ticket=draw(st.booleans()),
        finish_deferrable=draw(st.booleans()),
        grace=draw(st.sampled_from([0, 3])),
        reading_in=draw(st.sampled_from([0, 2])),
        teams=TEAMS,
        rules=more | {"best_skill": bool(more) and crew[0].speed_at is not None and draw(st.booleans())},
    )
    plan = replace(floor.plan(), queue_of=queue_of, channels=("phone", "email"), live=np.array([True, False]))
    workload = floor.workload()
    channels = st.lists(st.integers(0, 1), min_size=len(tickets), max_size=len(tickets))
    reasons = st.lists(
        st.sampled_from(SHIFT_REASONS), min_size=len(workload.crew.person), max_size=len(workload.crew.person)
    )
    due = st.lists(st.integers(-1, HORIZON), min_size=2 * len(tickets), max_size=2 * len(tickets))
    workload = replace(
        workload,
        tickets=replace(
            workload.tickets,
            channel=codes_of(draw(channels)),
            retry_channel=codes_of(draw(channels)),
            due_ms=np.array(draw(due), dtype=np.int64).reshape(-1, 2) * 60_000,
        ),
        crew=replace(workload.crew, end_reason=np.array(draw(reasons), dtype=np.int8)),
    )
    plan = with_limited_overtime(draw, with_hours(draw, plan))
    if any(move is not None for move in above):
        plan, workload = clocked(draw, plan, workload, routes, above)
    if links:
        plan, workload = linked(plan, workload, about, known, known + draw(minutes))
    return with_playbooks(draw, plan, workload) if playbooks and draw(st.booleans()) else (plan, workload)


def with_limited_overtime(draw: st.DrawFn, plan: Plan) -> Plan:
    """Limit the overtime of some teams in each of two weeks, some of it planned."""
    people = plan.people
    limits = draw(st.lists(st.sampled_from([-1, 0, 3, 20]), min_size=TEAMS, max_size=TEAMS))
    planned = st.lists(st.booleans(), min_size=len(people.shift_person), max_size=len(people.shift_person))
    people = replace(people, overtime=np.array(draw(planned), dtype=np.bool_))
    weeks = tuple(((HORIZON // 2 + team) * 60_000,) for team in range(TEAMS))
    at_most = tuple(limit * 60_000 if limit > 0 else limit for limit in limits)
    rules = replace(plan.rules, overtime_at_most_ms=at_most, overtime_weeks_ms=weeks)
    return replace(plan, people=people, rules=rules) if draw(st.booleans()) else plan


def with_playbooks(draw: st.DrawFn, plan: Plan, workload: Workload) -> tuple[Plan, Workload]:
    """Add playbooks that look every few minutes and do any number of things."""
    people, plays = plan.people, []
    own = len(people.names)
    for number in range(draw(st.integers(1, 3))):
        what, value = draw(st.sampled_from(WATCHED))
        high = draw(st.booleans())
        when, until = above(what, value), below(what, draw(st.sampled_from([value, value / 2])))
        team = draw(st.integers(0, TEAMS - 1))
        chosen = [draw(st.sampled_from(DOES)) for _ in range(draw(st.integers(1, 3)))]
        stated: dict[str, Any] = {key: value for one in chosen for key, value in one.items()}
        if "defers" in stated:
            urgent = plan.rules.urgent or (False,) * 5
            stated["defers"] = tuple(one and not own for one, own in zip(stated["defers"], urgent, strict=True))
        if "lends" in stated:
            lender = (team + draw(st.integers(1, TEAMS - 1))) % TEAMS
            theirs = np.flatnonzero(people.team[:own] == lender).tolist()
            twins = dict(zip(theirs, range(len(people.names), len(people.names) + len(theirs)), strict=True))
            people = with_more_people(people, [team] * len(theirs), theirs)
            stated |= {"lends": lender, "twins": tuple(twins.get(person, -1) for person in range(own))}
        if "back_ups" in stated:
            first = len(people.names)
            people = with_more_people(people, [team] * 2, [-1] * 2)
            stated |= {"back_ups": (first, first + 1)}
        plays.append(
            playbook(
                when if high else replace(until, inclusive=draw(st.booleans())),
                until if high else when,
                HORIZON,
                draw(st.sampled_from([1, 3, 7])),
                name=f"play {number}",
                team=team,
                at_least_ms=draw(st.sampled_from([0, 10])) * 60_000,
                cool_down_ms=draw(st.sampled_from([0, 8])) * 60_000,
                at_most=draw(st.sampled_from([0, 0, 2])),
                priorities=np.array(draw(st.sampled_from([[True] * 5, [True, True, False, False, False]]))),
                **stated,
            )
        )
    ends = draw(st.lists(st.integers(0, HORIZON), min_size=len(people.names), max_size=len(people.names)))
    crew = off_until(workload.crew, [end * 60_000 for end in ends])
    crew = replace(crew, late=with_late_starts(draw, crew, len(people.names)))
    plan = replace(plan, people=people, playbooks=tuple(plays), rules=replace(plan.rules, playbooks=True))
    return plan, replace(workload, crew=crew)


def with_late_starts(draw: st.DrawFn, crew: Crew, people: int) -> LateStarts | None:
    """Have some stretches be the rest of shifts that begin with a training."""
    found = []
    for person in range(people):
        before_ms = 0
        mine = crew.person == person
        for row in np.flatnonzero(mine).tolist():
            begins_ms = int(crew.start_ms[row]) - 60_000 * draw(st.integers(0, 20))
            if before_ms < begins_ms < crew.start_ms[row]:
                found.append((person, begins_ms / 60_000, int(crew.start_ms[row]) / 60_000))
            before_ms = max(int(crew.end_ms[row]), int(crew.off_until_ms[row]))
    return late_starts(found) if found else None


WATCHED = [(Watched.WAIT, 6), (Watched.WAIT, 0), (Watched.QUEUE, 2), (Watched.QUEUE, 0), (Watched.UTILIZATION, 0.5),
           (Watched.FREE, 1)]  # fmt: skip
DOES: list[dict[str, Any]] = [
    {"cancels": (int(OffReason.TRAINING), int(OffReason.MEETING), int(OffReason.COACHING))},
    {"overtime_ms": 12 * 60_000},
    {"overtime_ms": 30 * 60_000},
    {"lends": 0, "lent": 1},
    {"lends": 0, "lent": 2},
    {"back_ups": (), "back_ups_after_ms": 0},
    {"back_ups": (), "back_ups_after_ms": 4 * 60_000, "back_ups_stay_ms": 15 * 60_000},
    {"defers": (False, False, True, True, True)},
    {"calls_back": (True, True)},
    {"turns_off": (True, False)},
]
"""What a playbook may do."""


def with_link(ticket: Ticket, known: int, work: int) -> Ticket:
    """Return a ticket that is about an incident which is known from some minute on."""
    route = [] if ticket.created >= known else ticket.stages
    return replace(ticket, stages=[*route, Stage(work, Next.LINK, 0, ticket.stages[0].tier)])


CLOCKED = st.shared(st.booleans(), key="clocked")


@st.composite
def moves(draw: st.DrawFn) -> tuple[int, list[Stage]]:
    """A tier to which a clock may take a ticket, and its route from there on."""
    tier = draw(st.integers(1, 2))
    first, *later = draw(routes())
    return tier, [replace(first, tier=tier), *later]


def with_hours(draw: st.DrawFn, plan: Plan) -> Plan:
    """Give the plan SLA hours."""
    hours = draw(st.sampled_from([((0, 300),), ((3, 12), (20, 40), (45, 300))]))
    opens, closes = (np.array(ends, dtype=np.int64) * 60_000 for ends in zip(*hours, strict=True))
    clock = Clock("", opens, closes, LocalTime(np.zeros(0, np.int64), np.zeros(1, np.int64)))
    return replace(plan, sla=replace(plan.sla, clocks=(clock,)))


def clocked(
    draw: st.DrawFn, plan: Plan, workload: Workload, routes: list[int], above: list[tuple[int, list[Stage]] | None]
) -> tuple[Plan, Workload]:
    """Let clocks take tickets to the tiers ``above``; each route is followed by the one from there on."""
    step = st.builds(ClockStep, st.booleans(), st.sampled_from([NO_TIER, NEXT_TIER, 1, 2]), st.sampled_from([-1, 0]))
    steps = tuple(draw(st.lists(step, min_size=1, max_size=3)))
    due = st.lists(st.sampled_from([-1, 1, 5, 8, 20]), min_size=len(steps), max_size=len(steps))
    moved = np.full((len(routes), 3), -1, dtype=np.int64)
    step_ms = np.full((len(routes), len(steps)), -1, dtype=np.int64)
    for number, (length, move) in enumerate(zip(routes, above, strict=True)):
        if move is not None:
            moved[number, move[0]] = workload.tickets.stage_offset[number] + length
            step_ms[number] = [minute * 60_000 if minute > 0 else -1 for minute in draw(due)]
    pauses = {"pause_pending": draw(st.booleans()), "pause_third_party": draw(st.booleans())}
    sla = replace(plan.sla, pause_after_follow_ups=draw(st.sampled_from([-1, 0, 1])), **pauses)
    rules = replace(plan.rules, clock_steps=steps, notified=("boss",))
    tickets = replace(workload.tickets, step_ms=step_ms, moved_stage=moved)
    return replace(plan, sla=sla, rules=rules), replace(workload, tickets=tickets)


def linked(plan: Plan, workload: Workload, about: list[bool], known: int, over: int) -> tuple[Plan, Workload]:
    """Link tickets to an incident; theirs is the last stage."""
    incident = codes_of([0 if one else -1 for one in about])
    tickets = workload.tickets
    last = np.where(incident >= 0, tickets.stage_offset[1:] - 1, -1)
    incidents = Incidents(np.array([known * 60_000]), np.array([over * 60_000]))
    tickets = replace(tickets, incident=incident, linked_stage=last)
    return replace(plan, rules=replace(plan.rules, links=True)), replace(workload, tickets=tickets, incidents=incidents)


def codes_of(values: list[Any]) -> np.ndarray:
    return np.array(values, dtype=np.int16)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(operations())
def test_floor_passes_the_audit(operation: tuple[Plan, Workload]) -> None:
    plan, workload = operation
    ledger = simulate(plan, workload)
    audit(plan, workload, ledger)
    again = simulate(plan, workload)
    assert all(np.array_equal(getattr(ledger, name), getattr(again, name)) for name in ("time_ms", "ticket", "agent"))


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(operations())
def test_floor_passes_the_audit_on_many_operations(operation: tuple[Plan, Workload]) -> None:
    plan, workload = operation
    audit(plan, workload, simulate(plan, workload))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(operations(links=False, rules=st.just({}), playbooks=False))
def test_the_general_floor_does_what_the_plain_one_does_where_nothing_more_is_asked(
    operation: tuple[Plan, Workload],
) -> None:
    plain, general = Plain(*operation).run(), General(*operation).run()
    assert all(np.array_equal(getattr(plain, name), getattr(general, name)) for name in COLUMNS)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(operations())
def test_short_cuts_change_nothing(operation: tuple[Plan, Workload]) -> None:
    class LongWayRound(floor_for(operation[0].rules)):  # type: ignore[misc]
        def lone_handlers(self) -> dict[Order, Handler]:
            return {}

    short, long = simulate(*operation), LongWayRound(*operation).run()
    assert all(np.array_equal(getattr(short, name), getattr(long, name)) for name in COLUMNS)
