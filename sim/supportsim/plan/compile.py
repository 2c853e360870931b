"""Compiles the operation of a scenario into arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import (
    NEXT_TIER,
    NO_TIER,
    Assignment,
    ClockStep,
    OnCall,
    OrderBy,
    People,
    Plan,
    Playbook,
    Queue,
    Rules,
    Sla,
    SlaTable,
    Swarm,
)
from supportsim.plan.on_call import plan_on_call
from supportsim.plan.people import plan_people
from supportsim.plan.playbooks import plan_playbooks
from supportsim.scenario.calendars import LocalTime, PeriodSpan, build_clock, local_time
from supportsim.scenario.common import Priority
from supportsim.scenario.escalation import ClockRule
from supportsim.scenario.model import PRIORITIES, TIERS, Scenario, is_live
from supportsim.scenario.opening import lead_ms
from supportsim.scenario.operation import Routing
from supportsim.scenario.operation import Swarm as StatedSwarm
from supportsim.scenario.promises import (
    all_promises,
    calendar_named,
    default_sla_calendar,
    promises_to,
    run_out_ms,
    sla_calendar,
)
from supportsim.scenario.span import simulated_span
from supportsim.scenario.teams import has_own_speed
from supportsim.scenario.units import DAY_MS, MINUTE_MS, WEEK_MS, BusinessDays


def compile_plan(scenario: Scenario) -> Plan:
    """Return the plan of a scenario that passed its checks.

    Raises:
        ValueError: unknown time zone or holidays.
    """
    span, opens_ms = simulated_span(scenario), lead_ms(scenario.start)
    horizon_ms = span.end_ms + run_out_ms(scenario)
    skills = list(dict.fromkeys(category.skill for category in scenario.demand.categories.values()))
    skills = list(dict.fromkeys([*skills, *(skill for team in scenario.teams.values() for skill in team.skills)]))
    queue_of, queues = _queues(scenario, skills)
    channels = scenario.demand.channels
    zones = [team.timezone or scenario.period.timezone for team in scenario.teams.values()]
    clocks = [local_time(zone, span.origin, 0, horizon_ms) for zone in zones]
    simulated_ms = (opens_ms, horizon_ms)
    people = plan_people(scenario.teams, scenario.shifts, skills, clocks, simulated_ms, scenario.period.start)
    duties = _on_call(scenario, people, clocks, span, simulated_ms)
    people, playbooks = _playbooks(scenario, people, skills, span, simulated_ms)
    return Plan(
        origin=span.origin,
        timezone=scenario.period.timezone,
        window_ms=(span.start_ms, span.end_ms),
        horizon_ms=horizon_ms,
        channels=tuple(channels),
        segments=tuple(scenario.demand.segments),
        categories=tuple(scenario.demand.categories),
        skills=tuple(skills),
        teams=tuple(scenario.teams),
        live=np.array([is_live(name, channel) for name, channel in channels.items()], dtype=np.bool_),
        category_skill=np.array(
            [skills.index(category.skill) for category in scenario.demand.categories.values()], dtype=np.int32
        ),
        queue_of=queue_of,
        queues=queues,
        team_tier=np.array([TIERS.index(team.tier) for team in scenario.teams.values()], dtype=np.int32),
        people=people,
        sla=_sla(scenario, span, horizon_ms),
        rules=_rules(scenario, clocks, horizon_ms),
        on_call=duties,
        playbooks=playbooks,
        opens_ms=opens_ms,
    )


def _playbooks(
    scenario: Scenario, people: People, skills: Sequence[str], span: PeriodSpan, simulated_ms: tuple[int, int]
) -> tuple[People, tuple[Playbook, ...]]:
    if not scenario.playbooks:
        return people, ()
    zone = scenario.period.timezone
    hours = [(one.during, calendar_named(scenario, one.during)) for one in scenario.playbooks]
    clocks = [build_clock(name, calendar, zone, span.origin, *simulated_ms) for name, calendar in hours]
    local = local_time(zone, span.origin, 0, simulated_ms[1])
    return plan_playbooks(scenario, people, skills, clocks, local, simulated_ms[1])


def _on_call(
    scenario: Scenario, people: People, locals_: Sequence[LocalTime], span: PeriodSpan, simulated_ms: tuple[int, int]
) -> tuple[OnCall, ...]:
    found = []
    for code, team in enumerate(scenario.teams.values()):
        if team.on_call is not None:
            zone, name = team.timezone or scenario.period.timezone, team.on_call.calendar
            clock = build_clock(name, calendar_named(scenario, name), zone, span.origin, *simulated_ms)
            found.append(plan_on_call(team.on_call, code, people, clock, locals_[code], scenario.period.start))
    return tuple(found)


_ORDERS = {"earliest_due": OrderBy.DUE, "shortest_first": OrderBy.WORK}
_ASSIGNMENTS = {
    "shared_queue": Assignment.SHARED,
    "round_robin": Assignment.ROUND_ROBIN,
    "least_loaded": Assignment.LEAST_LOADED,
    "same_agent": Assignment.SAME_AGENT,
}


def _rules(scenario: Scenario, clocks: Sequence[LocalTime], horizon_ms: int) -> Rules:
    routing = scenario.routing
    owned = routing.assignment != "shared_queue" or routing.owns_at_most is not None
    called_for = tuple(_is_called_for(scenario, priority) for priority in PRIORITIES)
    concurrency = tuple(channel.concurrency for channel in scenario.demand.channels.values())
    lines = tuple(-1 if each.lines is None else each.lines for each in scenario.demand.channels.values())
    urgent = tuple(priority in routing.preempt for priority in PRIORITIES)
    notified = tuple(dict.fromkeys(rule.notify for rule in scenario.sla.escalate if rule.notify is not None))
    return Rules(
        priority_class=_classes(routing, sum(called_for)),
        live_first=routing.live_first,
        seniority_is_ticket=routing.seniority == "ticket",
        finish_deferrable=routing.at_shift_end.deferrable == "finish",
        grace_ms=routing.at_shift_end.grace,
        reading_in_ms=scenario.work.handover.reading_in,
        on_call=any(team.on_call is not None for team in scenario.teams.values()),
        own_speed=any(has_own_speed(team) for team in scenario.teams.values()),
        playbooks=bool(scenario.playbooks),
        links=any(surge.linked > 0 for event in scenario.events for surge in event.values()),
        concurrency=concurrency if max(concurrency) > 1 else (),
        pace_ppm=_paces(scenario, max(concurrency)),
        blending=routing.blending,
        to_busiest=routing.next_chat == "busiest",
        order_by=_ORDERS.get(routing.order, OrderBy.WAIT),
        aging_ms=0 if routing.aging is None else routing.aging.every,
        aging_raises=1 if routing.aging is None else routing.aging.raises,
        aging_on_clock=routing.aging is not None and routing.aging.counts == "sla_hours",
        urgent=urgent if any(urgent) else (),
        unowned=called_for if any(called_for) and owned else (),
        urgent_live="live" in routing.preempt,
        lines=lines if max(lines) >= 0 else (),
        assignment=_ASSIGNMENTS[routing.assignment],
        owner_waits_ms=-1 if routing.owner_waits is None else routing.owner_waits,
        owns_at_most=routing.owns_at_most or 0,
        best_skill=routing.pick == "best_skill",
        swarm=_swarm(routing.swarm),
        clock_steps=tuple(_clock_step(rule, notified) for rule in scenario.sla.escalate),
        notified=notified,
        overtime_at_most_ms=_overtime_limits(scenario),
        overtime_weeks_ms=tuple(_weeks_begin_ms(clock, horizon_ms) for clock in clocks),
    )


def _overtime_limits(scenario: Scenario) -> tuple[int, ...]:
    """Return the limit on overtime by team, () where nothing that it limits ever happens."""
    at_shift_end, teams = scenario.routing.at_shift_end, scenario.teams
    finishes = at_shift_end.deferrable == "finish" or at_shift_end.grace > 0
    kept = {one.when.team for one in scenario.playbooks if one.do.overtime or one.do.back_ups}
    limited = [name for name, team in teams.items() if team.overtime.at_most is not None and (finishes or name in kept)]
    at_most = (team.overtime.at_most for team in teams.values())
    return tuple(-1 if limit is None else limit for limit in at_most) if limited else ()


def _weeks_begin_ms(local: LocalTime, horizon_ms: int) -> tuple[int, ...]:
    first, last = local.day(np.array([0, horizon_ms])).tolist()
    dates = np.arange(first + 1, last + 1)
    return tuple(local.instant(dates[(dates - 1) % 7 == 0] * DAY_MS).tolist())


def _is_called_for(scenario: Scenario, priority: Priority) -> bool:
    return any(team.on_call is not None and priority in team.on_call.priorities for team in scenario.teams.values())


def _classes(routing: Routing, called_for: int) -> NDArray[np.int32]:
    """Return the class of each priority (5,); somebody is called out for the first ``called_for`` of them."""
    by_priority = np.arange(len(PRIORITIES), dtype=np.int32)
    if routing.order == "priority":
        return by_priority
    # An order that knows no priorities has a common class, and one above it for what has waited for long.
    common = min(called_for + (routing.aging is not None), len(PRIORITIES) - 1)
    return np.where(by_priority < called_for, by_priority, common).astype(np.int32)


def _swarm(stated: StatedSwarm | None) -> Swarm | None:
    if stated is None:
        return None
    priorities = tuple(priority in stated.priorities for priority in PRIORITIES)
    tiers = tuple(tier in stated.tiers for tier in TIERS)
    return Swarm(stated.agents, round(stated.each_adds * 1e6), priorities, tiers)


def _clock_step(rule: ClockRule, notified: Sequence[str]) -> ClockStep:
    to = NO_TIER if rule.to is None else NEXT_TIER if rule.to == "next_tier" else TIERS.index(rule.to)
    whom = -1 if rule.notify is None else notified.index(rule.notify)
    return ClockStep(rule.at is not None and rule.of == "response", to, whom)


def _paces(scenario: Scenario, most: int) -> tuple[tuple[int, ...], ...]:
    """Return the pace by channel and number in hand: one of n contacts goes at 1 / (1 + slowdown x (n - 1))."""
    slowdowns = [channel.slowdown for channel in scenario.demand.channels.values()]
    if not any(slowdowns):
        return ()
    return tuple(tuple(round(1e6 / (1 + slowdown * beside)) for beside in range(most)) for slowdown in slowdowns)


# ---- who may take what ------------------------------------------------------------------------------------


def _queues(scenario: Scenario, skills: Sequence[str]) -> tuple[NDArray[np.int32], tuple[Queue, ...]]:
    """Return the queue of each (tier, skill, channel), and the queues; those that widen come first."""
    channels = list(scenario.demand.channels)
    queue_of = np.full((len(TIERS), len(skills), len(channels)), -1, dtype=np.int32)
    found: dict[tuple[int, _Eligible], int] = {}
    for tier, skill, channel in np.ndindex(*queue_of.shape):
        eligible = _eligible(scenario, tier, skills[skill], channels[channel])
        if eligible != ((), (), -1):
            queue_of[tier, skill, channel] = found.setdefault((tier, eligible), len(found))
    narrow: list[Queue] = []
    wide: list[Queue] = []
    for (tier, (primary, fallback, after_ms)), ranks in zip(found, _ranks(scenario, found), strict=True):
        both, names = (*primary, *fallback), list(scenario.teams)
        all_ranks = (*ranks, *(max(ranks, default=-1) + 1 for _ in fallback))
        if after_ms <= 0:
            narrow.append(Queue(_queue_name(tier, [names[team] for team in both]), both, all_ranks))
            continue
        name = _queue_name(tier, [names[team] for team in primary])
        narrow.append(Queue(name, primary, ranks, len(found) + len(wide), after_ms))
        wide.append(Queue(_queue_name(tier, [names[team] for team in both]), both, all_ranks))
    return queue_of, _uniquely_named([*narrow, *wide])


_Eligible = tuple[tuple[int, ...], tuple[int, ...], int]
"""The teams of the tier itself, the fallback, and the delay after which it helps (-1 without one)."""


def _eligible(scenario: Scenario, tier: int, skill: str, channel: str) -> _Eligible:
    answering = [
        (code, team)
        for code, team in enumerate(scenario.teams.values())
        if not team.channels or channel in team.channels
    ]
    primary = tuple(code for code, team in answering if team.tier == TIERS[tier] and skill in team.skills)
    fallback = scenario.routing.fallback.get(skill, {}).get(TIERS[tier])
    if fallback is None:
        return primary, (), -1
    helper = list(scenario.teams).index(fallback.team)
    helps = helper not in primary and helper in [code for code, _ in answering]
    return (primary, (helper,), fallback.after) if helps else (primary, (), -1)


def _ranks(scenario: Scenario, found: Mapping[tuple[int, _Eligible], int]) -> list[tuple[int, ...]]:
    """Return the rank of each queue's own teams: all 0, or by how few skills they have."""
    counts = [len(team.skills) for team in scenario.teams.values()]
    if scenario.routing.pick != "fewest_skills":
        return [(0,) * len(primary) for _, (primary, _, _) in found]
    steps = [sorted({counts[team] for team in primary}) for _, (primary, _, _) in found]
    return [
        tuple(step.index(counts[team]) for team in primary)
        for step, (_, (primary, _, _)) in zip(steps, found, strict=True)
    ]


def _queue_name(tier: int, teams: Sequence[str]) -> str:
    return f"{TIERS[tier]}:{'+'.join(teams) if teams else 'nobody'}"


def _uniquely_named(queues: Sequence[Queue]) -> tuple[Queue, ...]:
    """Number the queues that have the same teams but differ in their ranks or in what they widen to."""
    named: list[Queue] = []
    for queue in queues:
        same = sum(other.name.split("/")[0] == queue.name for other in named)
        name = f"{queue.name}/{same + 1}" if same else queue.name
        named.append(Queue(name, queue.teams, queue.ranks, queue.widens_to, queue.widens_after_ms))
    return tuple(named)


# ---- promises -----------------------------------------------------------------------------------------------


def _sla(scenario: Scenario, span: PeriodSpan, horizon_ms: int) -> Sla:
    policy, segments, follow_up = scenario.sla, scenario.demand.segments, scenario.work.follow_up
    default = default_sla_calendar(scenario)
    promises_updates = policy.updates or any(own.updates for own in policy.by_segment.values())
    calendars = [[sla_calendar(scenario, segment, priority) for segment in segments] for priority in PRIORITIES]
    names = list(dict.fromkeys([default, *(name for row in calendars for name in row)]))
    days = [promise.days for _, promise in all_promises(scenario) if isinstance(promise, BusinessDays)]
    # Open days may be as rare as one a week, and holidays may take some of those.
    clocks_end_ms = horizon_ms + (max(days, default=0) + 5) * WEEK_MS
    return Sla(
        clocks=tuple(
            build_clock(name, calendar_named(scenario, name), scenario.period.timezone, span.origin, 0, clocks_end_ms)
            for name in names
        ),
        clock=np.array([[names.index(name) for name in row] for row in calendars], dtype=np.int32),
        response=_table(scenario, "response"),
        resolution=_table(scenario, "resolution"),
        pause_pending="pending_customer" in policy.pauses,
        pause_engineering="engineering" in policy.pauses,
        service_level_ms=policy.service_level.within,
        short_abandon_ms=policy.service_level.ignore_abandons_before,
        pause_third_party="third_party" in policy.pauses,
        pause_after_follow_ups=follow_up.times if follow_up and "unresponsive" in policy.pauses else -1,
        updates=_table(scenario, "updates") if promises_updates else None,
    )


def _table(scenario: Scenario, kind: str) -> SlaTable:
    """Return one kind of promise by priority and segment."""
    segments = list(scenario.demand.segments)
    minutes = np.full((len(PRIORITIES), len(segments)), np.nan)
    days = np.zeros((len(PRIORITIES), len(segments)), dtype=np.int32)
    for column, segment in enumerate(segments):
        for row, priority in enumerate(PRIORITIES):
            promise = promises_to(scenario, segment, kind).get(priority)
            if isinstance(promise, BusinessDays):
                days[row, column] = promise.days
            elif promise is not None:
                minutes[row, column] = promise / MINUTE_MS
    return SlaTable(minutes, days)
