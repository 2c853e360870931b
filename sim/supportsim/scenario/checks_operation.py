"""Checks of shifts, teams, rosters and routing."""

from __future__ import annotations

from collections.abc import Iterator

from supportsim.scenario.checks_joining import joining_findings
from supportsim.scenario.checks_time import holiday_findings, overlapping_spans, unknown, weekdays_named_twice
from supportsim.scenario.civil import zone
from supportsim.scenario.common import PRIORITIES
from supportsim.scenario.faults import FaultPath, Finding
from supportsim.scenario.heads import shift_minutes
from supportsim.scenario.model import Scenario
from supportsim.scenario.teams import Team, has_own_speed, time_off
from supportsim.scenario.units import DAY_MS, MINUTE_MS, WEEK_MS, WEEKDAYS, parse_days


def shift_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check the spans of shifts."""
    for name, spans in scenario.shifts.items():
        yield from overlapping_spans(spans, ("shifts", name))


def team_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check each team's roster, channels, rotation, shrinkage and holidays."""
    for name, team in scenario.teams.items():
        path: FaultPath = ("teams", name)
        yield from _roster(team, list(scenario.shifts), (*path, "roster"))
        yield from _zone(team, path)
        yield from joining_findings(name, team, scenario)
        yield from _rotation(team, (*path, "rotation"))
        yield from _shrinkage(team, scenario, (*path, "shrinkage"))
        yield from _paired_coaching(team, scenario, (*path, "shrinkage", "paired_coaching"))
        yield from holiday_findings(team.holidays, scenario, (*path, "holidays"))
        for index, channel in enumerate(team.channels):
            yield from unknown((*path, "channels", index), channel, list(scenario.demand.channels), "channel")
            if channel in team.channels[:index]:
                yield Finding((*path, "channels", index), f"{channel!r} is named twice, expected it once")


def team_skill_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that teams have skills that some category needs."""
    needed = skills_needed(scenario)
    for name, team in scenario.teams.items():
        path: FaultPath = ("teams", name, "skills")
        if not team.skills:
            yield Finding(path, f"is empty, expected at least one of {', '.join(needed)}")
        for index, skill in enumerate(team.skills):
            yield from unknown((*path, index, skill), skill, needed, "skill")


def fallback_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that fallbacks name skills and teams that are there."""
    for skill, by_tier in scenario.routing.fallback.items():
        path: FaultPath = ("routing", "fallback", skill)
        yield from unknown(path, skill, skills_needed(scenario), "skill", on_key=True)
        for tier, fallback in by_tier.items():
            yield from unknown((*path, tier, "team"), fallback.team, list(scenario.teams), "team")


def routing_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that the rules of routing have something to work on."""
    routing = scenario.routing
    if routing.owner_waits is not None and routing.assignment != "same_agent":
        problem = "has no effect, tickets do not come back to their owner; expected assignment: same_agent"
        yield Finding(("routing", "owner_waits"), problem, on_key=True)
    if routing.aging is not None and routing.order == "fifo":
        problem = "has no effect, the longest wait goes first anyway; expected another order"
        yield Finding(("routing", "aging"), problem, on_key=True)
    if routing.pick == "best_skill" and not any(has_own_speed(team) for team in scenario.teams.values()):
        problem = "has no effect, everybody is as fast; expected proficiency, for instance skills: {general: 80%}"
        yield Finding(("routing", "pick"), problem)
    if routing.order == "earliest_due" and not (scenario.sla.response or scenario.sla.resolution):
        yield Finding(("routing", "order"), "nothing falls due, expected promises in sla")
    urgent = [priority for priority in routing.preempt if priority != "live"]
    if sorted(urgent) != list(PRIORITIES[: len(urgent)]):
        problem = f"{', '.join(urgent)} without what is more urgent, expected priorities from P1 down, each once"
        yield Finding(("routing", "preempt"), problem)
    if all(channel.concurrency == 1 for channel in scenario.demand.channels.values()):
        for key, off in (("blending", False), ("next_chat", "emptiest")):
            if getattr(routing, key) != off:
                problem = "has no effect, nobody holds several contacts; expected a channel with a concurrency above 1"
                yield Finding(("routing", key), problem, on_key=True)


def skills_needed(scenario: Scenario) -> list[str]:
    """Return the skills that categories need, each once."""
    return list(dict.fromkeys(category.skill for category in scenario.demand.categories.values()))


def _roster(team: Team, shifts: list[str], path: FaultPath) -> Iterator[Finding]:
    yield from weekdays_named_twice(team.heads, path)
    for days, heads in team.heads.items():
        for shift in heads:
            yield from unknown((*path, days, shift), shift, shifts, "shift", on_key=True)
    someone = team.people or team.roster_file or any(count for heads in team.heads.values() for count in heads.values())
    if not someone:
        yield Finding(path, "is empty, nobody ever works here; expected heads, for instance {mon-fri: {core: 2}}")


def _rotation(team: Team, path: FaultPath) -> Iterator[Finding]:
    if team.rotation is None:
        return
    if team.rotation.every == 0 or team.rotation.every % DAY_MS:
        yield Finding((*path, "every"), "is not whole days, expected for instance '1 week'")
    most_heads = max((sum(heads.values()) for heads in team.heads.values()), default=0)
    if team.rotation.people < most_heads:
        problem = f"{team.rotation.people} people cannot fill {most_heads} heads a day, expected at least {most_heads}"
        yield Finding((*path, "people"), problem)


def _zone(team: Team, path: FaultPath) -> Iterator[Finding]:
    try:
        zone(team.timezone or "UTC")
    except ValueError as error:
        yield Finding((*path, "timezone"), str(error))


def _shrinkage(team: Team, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    """Check that no shift is full of breaks, meetings and so on."""
    if team.shrinkage.absence >= 1:
        yield Finding((*path, "absence"), "nobody ever comes, expected less than 100%")
    lengths = {shift: minutes * MINUTE_MS for shift, minutes in shift_minutes(team, scenario.shifts).items()}
    if not lengths:
        return
    pauses = sum(pause.takes for pause in team.shrinkage.breaks) / max(lengths.values())
    parts = time_off(team.shrinkage)
    shares = sum(part.share for part in parts)
    for shift, length_ms in lengths.items():
        most_ms = max(
            sum(block.takes for part in parts for block in part.blocks if day in parse_days(block.on))
            for day in range(len(WEEKDAYS))
        )
        total = pauses + shares + most_ms / length_ms
        if total >= 1:
            problem = f"breaks, meetings and other time off the floor take {100 * total:.4g}% of shift {shift!r}"
            yield Finding(path, f"{problem}, expected less than 100%")
            return


def _paired_coaching(team: Team, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    stated = team.shrinkage.paired_coaching
    if stated is None:
        return
    if stated.every % WEEK_MS:
        yield Finding((*path, "every"), "is not whole weeks, expected for instance '2 weeks'")
    longest_ms = MINUTE_MS * max(shift_minutes(team, scenario.shifts).values(), default=0)
    if longest_ms and stated.takes >= longest_ms:
        yield Finding((*path, "takes"), "is as long as the longest shift, expected less")
    if stated.coach is not None:
        yield from unknown((*path, "coach"), stated.coach, [*scenario.teams, *team.people], "coach")
