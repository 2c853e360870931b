"""Playbooks compiled: when they look, what they look for, and the people whom they bring in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import NOT_HIRED, Condition, OffReason, People, Playbook, Watched
from supportsim.plan.people import ALWAYS, FULL_SPEED_PPM
from supportsim.scenario.calendars import Clock, LocalTime
from supportsim.scenario.common import PRIORITIES
from supportsim.scenario.model import Scenario
from supportsim.scenario.playbooks import Playbook as Stated
from supportsim.scenario.playbooks import Threshold, playbook_names

Integers = NDArray[np.int64]

_REASONS = {
    "meetings": OffReason.MEETING,
    "training": OffReason.TRAINING,
    "admin": OffReason.ADMIN,
    "coaching": OffReason.COACHING,
    "quality_reviews": OffReason.QUALITY_REVIEW,
}
_IN_UNITS = {Watched.UTILIZATION: 1_000_000}


def plan_playbooks(
    scenario: Scenario,
    people: People,
    skills: Sequence[str],
    clocks: Sequence[Clock],
    local: LocalTime,
    horizon_ms: int,
) -> tuple[People, tuple[Playbook, ...]]:
    """Return the playbooks, and the people with those whom they bring in.

    Args:
        scenario: whose playbooks they are.
        people: the ordinary ones.
        skills: names in the order of their codes.
        clocks: the hours in which each playbook looks.
        local: the wall clock of the scenario.
        horizon_ms: where the simulation stops.
    """
    teams, ordinary = list(scenario.teams), people.team
    found = []
    for stated, name, clock in zip(scenario.playbooks, playbook_names(scenario.playbooks), clocks, strict=True):
        do, team = stated.do, teams.index(stated.when.team)
        play = _watching(stated, name, team, list(scenario.demand.channels), clock, local, horizon_ms)
        if do.borrow:
            lender = teams.index(do.borrow.from_)
            people, twins = _with_twins(people, np.flatnonzero(ordinary == lender), team, stated.when.team)
            play = replace(play, lends=lender, lent=do.borrow.agents, twins=twins)
        if do.back_ups:
            speeds = scenario.teams[stated.when.team].skills
            usual_ppm = np.array([round(FULL_SPEED_PPM * speeds.get(skill, 1.0)) for skill in skills], dtype=np.int64)
            people, back_ups = _with_back_ups(people, team, do.back_ups.agents, name, usual_ppm)
            after_ms, stay_ms = do.back_ups.after, do.back_ups.stay or 0
            play = replace(play, back_ups=back_ups, back_ups_after_ms=after_ms, back_ups_stay_ms=stay_ms)
        found.append(play)
    return people, tuple(found)


def _watching(
    stated: Stated, name: str, team: int, channels: list[str], clock: Clock, local: LocalTime, horizon_ms: int
) -> Playbook:
    """Return a playbook without the people whom it brings in from elsewhere."""
    when, do = stated.when, stated.do
    look_ms, closes = _looks(stated.every, clock, horizon_ms)
    return Playbook(
        name=name,
        team=team,
        look_ms=look_ms,
        closes=closes,
        look_day=local.day(look_ms).astype(np.int32),
        priorities=np.array([not when.priorities or one in when.priorities for one in PRIORITIES]),
        channels=np.array([not when.channels or one in when.channels for one in channels]),
        when=_conditions(when.thresholds()),
        until=_conditions(stated.until.thresholds()),
        at_least_ms=stated.at_least,
        cool_down_ms=stated.cool_down,
        at_most=stated.at_most or 0,
        cancels=tuple(int(_REASONS[kind]) for kind in do.cancel),
        overtime_ms=do.overtime or 0,
        defers=tuple(one in do.defer for one in PRIORITIES) if do.defer else (),
        calls_back=tuple(one in do.call_back for one in channels) if do.call_back else (),
        turns_off=tuple(one in do.turn_off for one in channels) if do.turn_off else (),
    )


def _conditions(thresholds: dict[str, Threshold]) -> tuple[Condition, ...]:
    watched = {name: Watched[name.upper()] for name in thresholds}
    return tuple(
        Condition(watched[name], one.above, one.inclusive, round(one.value * _IN_UNITS.get(watched[name], 1)))
        for name, one in thresholds.items()
    )


def _looks(every_ms: int, clock: Clock, horizon_ms: int) -> tuple[Integers, NDArray[np.bool_]]:
    """Return the instants of the looks (L,), in whole steps from time 0, and which of them end the clock's hours."""
    look_ms = np.arange(0, horizon_ms, every_ms, dtype=np.int64)
    look_ms = look_ms[clock.is_open(look_ms)]
    close_ms = clock.close_ms[clock.close_ms < horizon_ms]
    both = np.concatenate([look_ms, close_ms])
    closes = np.arange(len(both)) >= len(look_ms)
    order = np.argsort(both, kind="stable")
    return both[order], closes[order]


def _with_twins(people: People, lent: Integers, borrower: int, name: str) -> tuple[People, tuple[int, ...]]:
    """Return the people with those ``lent`` (n,) as members of another team, and who they are there.

    Playbooks that lend the same people to the same team share them.
    """
    names = {person: f"{people.names[person]}_at_{name}" for person in lent.tolist()}
    new = [person for person in names if names[person] not in people.names]
    people = _with(people, [names[person] for person in new], borrower, np.array(new, dtype=np.int32), None)
    places = {person: people.names.index(name) for person, name in names.items()}
    return people, tuple(places.get(person, -1) for person in range(len(people.names)))


def _with_back_ups(
    people: People, team: int, count: int, name: str, speed_ppm: Integers
) -> tuple[People, tuple[int, ...]]:
    """Return the people with a playbook's back-ups, and who these are."""
    them = len(people.names) + np.arange(count, dtype=np.int32)
    names = [f"{name}_back_up_{place + 1}" for place in range(count)]
    return _with(people, names, team, them, speed_ppm), tuple(them.tolist())


def _with(people: People, names: list[str], team: int, are: NDArray[np.int32], usual_ppm: Integers | None) -> People:
    """Return the people with more of them behind the others.

    Args:
        people: those so far.
        names: of the new ones (n,).
        are: int32 (n,), who they are.
        team: theirs.
        usual_ppm: int64 (skills,), their speed; None if it is that of those who they are.
    """
    first, speed_ppm = len(people.names), people.speed_ppm
    if speed_ppm is not None:
        theirs = speed_ppm[are] if usual_ppm is None else np.tile(usual_ppm, (len(names), 1))
        speed_ppm = np.concatenate([speed_ppm, theirs])
    hire, here = people.hire, people.here
    return replace(
        people,
        names=(*people.names, *names),
        team=np.append(people.team, np.full(len(names), team)).astype(np.int32),
        number=np.append(people.number, np.arange(len(names))).astype(np.int32),
        hire=None if hire is None else np.append(hire, np.full(len(names), NOT_HIRED)).astype(np.int32),
        speed_ppm=speed_ppm,
        here=None
        if here is None
        else np.concatenate([here, np.tile(np.array(ALWAYS, dtype=np.int32), (len(names), 1))]),
        is_of=np.append(np.arange(first) if people.is_of is None else people.is_of, are).astype(np.int32),
    )
