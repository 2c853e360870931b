"""Checks of named people, of those who join and leave, of hand-overs and of overtime."""

from __future__ import annotations

from collections.abc import Iterator

from supportsim.scenario.checks_time import calendars_known, unknown, weekdays_named_twice
from supportsim.scenario.common import PRIORITIES
from supportsim.scenario.faults import FaultPath, Finding
from supportsim.scenario.model import Scenario
from supportsim.scenario.teams import Team
from supportsim.scenario.units import DAY_MS


def joining_findings(name: str, team: Team, scenario: Scenario) -> Iterator[Finding]:
    """Check who is in a team and when, besides its roster."""
    path: FaultPath = ("teams", name)
    yield from _people(team, scenario, (*path, "people"))
    for index, hire in enumerate(team.hires):
        where: FaultPath = (*path, "hires", index)
        if hire.works is not None:
            yield from _works(hire.works, scenario, (*where, "works"))
        elif team.rotation is not None:
            problem = "says nothing of works, but a rotation leaves open which week is theirs; expected works"
            yield Finding(where, problem)
    if team.attrition is not None and (team.attrition.replaced_after or 0) % DAY_MS:
        problem = "is not whole days, expected for instance '6 weeks'"
        yield Finding((*path, "attrition", "replaced_after"), problem)
    if team.attrition is not None and team.attrition.replaced_after == 0:
        yield Finding((*path, "attrition", "replaced_after"), "is no time, expected at least '1 day'")
    yield from _on_call(team, scenario, (*path, "on_call"))
    yield from _hand_over(name, team, scenario, (*path, "hands_over_to"))
    for index, planned in enumerate(team.overtime.planned):
        if planned.until < planned.from_:
            problem = f"is before {planned.from_}, expected the last day of the overtime"
            yield Finding((*path, "overtime", "planned", index, "until"), problem)


def _on_call(team: Team, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    duty = team.on_call
    if duty is None:
        return
    yield from unknown((*path, "calendar"), duty.calendar, calendars_known(scenario), "calendar")
    highest = PRIORITIES[: len(duty.priorities)]
    if sorted(duty.priorities) != list(highest):
        problem = f"are not the highest, expected [{', '.join(highest)}]"
        yield Finding((*path, "priorities"), problem)
    if duty.every == 0 or duty.every % DAY_MS:
        yield Finding((*path, "every"), "is not whole days, expected for instance '1 week'")


def _people(team: Team, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    for name, person in team.people.items():
        yield from _works(person.works, scenario, (*path, name, "works"))
        if person.starts is not None and person.leaves is not None and person.leaves <= person.starts:
            problem = f"is not after {person.starts}, expected the first day on which the person is gone"
            yield Finding((*path, name, "leaves"), problem)


def _works(works: dict[str, str], scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    yield from weekdays_named_twice(works, path)
    for days, shift in works.items():
        yield from unknown((*path, days), shift, list(scenario.shifts), "shift")


def _hand_over(name: str, team: Team, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    for index, other in enumerate(team.hands_over_to):
        yield from unknown((*path, index), other, list(scenario.teams), "team")
        taker = scenario.teams.get(other)
        if other == name:
            yield Finding((*path, index), "is the team itself, expected another")
        elif taker is not None and (taker.tier != team.tier or not taker.skills.keys() & team.skills.keys()):
            problem = f"{other!r} takes none of its tickets, expected a team of tier {team.tier} with one of its skills"
            yield Finding((*path, index), problem)
