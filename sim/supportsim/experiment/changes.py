"""Small changes of a plan, each a scenario of its own: one more head, one more skill, a start an hour off."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from supportsim.scenario.loader import LoadedScenario, load_scenario
from supportsim.scenario.teams import RosterFile, Team

KINDS = ("heads", "skills", "starts")
DAY_MINUTES = 24 * 60
HOUR_MINUTES = 60


@dataclass(frozen=True)
class PlanChange:
    """One change at one place.

    Args:
        kind: a member of `KINDS`.
        team: where.
        what: in words, for instance ``one more on early``.
        scenario: with the change.
    """

    kind: str
    team: str
    what: str
    scenario: LoadedScenario


def small_changes(scenario: LoadedScenario, kinds: Sequence[str] = KINDS) -> Iterator[PlanChange]:
    """Yield the scenario with each change that fits it, teams in the order of the file.

    A head more is there on each day on which the team staffs the shift, or whenever a roster file has any; a skill is
    one that categories ask for; a start moves the whole shift of one team, its length kept, and no shift of 24 hours.
    """
    for name, team in scenario.scenario.teams.items():
        if "heads" in kinds:
            for shift in _staffed(team):
                yield _changed(scenario, "heads", name, f"one more on {shift}", [_one_more(name, team, shift)])
            if team.roster_file is not None:
                more = _one_more_always(scenario, name, team.roster_file)
                yield _changed(scenario, "heads", name, "one more at all hours", [more])
        if "skills" in kinds:
            for skill in _skills(scenario):
                if skill not in team.skills:
                    learnt = f"teams.{name}.skills={json.dumps(team.skills | {skill: 1})}"
                    yield _changed(scenario, "skills", name, f"all learn {skill}", [learnt])
        if "starts" in kinds:
            for shift in _staffed(team):
                for hours, words in ((-1, "earlier"), (1, "later")):
                    moved = _moved(scenario, name, team, shift, hours * HOUR_MINUTES)
                    if moved:
                        yield _changed(scenario, "starts", name, f"{shift} an hour {words}", moved)


def _changed(scenario: LoadedScenario, kind: str, team: str, what: str, overrides: Sequence[str]) -> PlanChange:
    return PlanChange(kind, team, what, load_scenario(scenario.files[0], (*scenario.overrides, *overrides)))


def _staffed(team: Team) -> list[str]:
    """Return the shifts that have heads on some day."""
    return list(dict.fromkeys(shift for heads in team.heads.values() for shift, count in heads.items() if count))


def _one_more(name: str, team: Team, shift: str) -> str:
    roster = {
        days: {each: count + (each == shift and count > 0) for each, count in heads.items()}
        for days, heads in team.heads.items()
    }
    return f"teams.{name}.roster={json.dumps(roster)}"


def _one_more_always(scenario: LoadedScenario, name: str, stated: RosterFile) -> str:
    path = f"teams.{name}.roster"
    if f"{path}.file" in scenario.positions:
        return f"{path}.adds={stated.adds + 1}"
    # Only the file's name is stated, which from an override would not be looked for beside the scenario.
    file = Path(scenario.positions[path].file).absolute().parent / stated.file
    return f"{path}={json.dumps({'file': str(file), 'adds': 1})}"


def _skills(scenario: LoadedScenario) -> list[str]:
    return list(dict.fromkeys(category.skill for category in scenario.scenario.demand.categories.values()))


def _moved(scenario: LoadedScenario, name: str, team: Team, shift: str, minutes: int) -> list[str]:
    """Return overrides that give the team a shift of its own in place of ``shift``; none where it cannot move."""
    spans = scenario.scenario.shifts[shift]
    starts = [start + minutes for start, _ in spans]
    if min(starts) < 0 or max(starts) >= DAY_MINUTES or any(end - start >= DAY_MINUTES for start, end in spans):
        return []
    own = f"{shift}_{'later' if minutes > 0 else 'earlier'}"
    while own in scenario.scenario.shifts:
        own += "_"
    shifts: dict[str, list[str]] = {}
    # Beside the one it replaces, because the order of shifts decides who works them.
    for each, hours in scenario.scenario.shifts.items():
        shifts[each] = [_span(*span) for span in hours]
        if each == shift:
            shifts[own] = [_span(start + minutes, end + minutes) for start, end in spans]
    roster = {
        days: {own if each == shift else each: count for each, count in heads.items()}
        for days, heads in team.heads.items()
    }
    return [f"shifts={json.dumps(shifts)}", f"teams.{name}.roster={json.dumps(roster)}"]


def _span(start: int, end: int) -> str:
    start, end = start % DAY_MINUTES, end % DAY_MINUTES
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (start, end or DAY_MINUTES))
