"""Checks of playbooks: that they look at something that is there, and can do what they say."""

from __future__ import annotations

from collections.abc import Iterator

from supportsim.scenario.checks_time import calendars_known, unknown
from supportsim.scenario.demand import is_live
from supportsim.scenario.faults import FaultPath, Finding
from supportsim.scenario.model import Scenario
from supportsim.scenario.playbooks import Playbook, Threshold, playbook_names
from supportsim.scenario.units import DAY_MS


def playbook_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check every playbook."""
    names = playbook_names(scenario.playbooks)
    for place, playbook in enumerate(scenario.playbooks):
        path: FaultPath = ("playbooks", place)
        if names[place] in names[:place]:
            yield Finding((*path, "name"), f"{names[place]!r} is named twice, expected it once")
        yield from unknown((*path, "when", "team"), playbook.when.team, list(scenario.teams), "team")
        for index, channel in enumerate(playbook.when.channels):
            yield from unknown((*path, "when", "channels", index), channel, list(scenario.demand.channels), "channel")
        yield from unknown((*path, "during"), playbook.during, calendars_known(scenario), "calendar")
        if DAY_MS % playbook.every:
            yield Finding((*path, "every"), "does not divide the day, expected for instance '5 min' or '1 h'")
        yield from _hysteresis(playbook, path)
        for check in (_people, _borrow, _defer, _channels):
            yield from check(playbook, scenario, (*path, "do"))


def _hysteresis(playbook: Playbook, path: FaultPath) -> Iterator[Finding]:
    """Check that what ends a playbook lies on the other side of what makes it fire."""
    fires = playbook.when.thresholds()
    for name, ends in playbook.until.thresholds().items():
        where: FaultPath = (*path, "until", name)
        if name not in fires:
            yield Finding(where, f"is not looked at in when, expected one of {', '.join(fires)}", on_key=True)
        elif ends.above == fires[name].above or _overlap(fires[name], ends):
            stated, side = getattr(playbook.when, name), "below" if fires[name].above else "above"
            sign = "<" if fires[name].above else ">"
            problem = f"{getattr(playbook.until, name)!r} is not {side} {stated!r} of when, expected '{sign} ...'"
            yield Finding(where, f"{problem} and a value that leaves some room")


def _overlap(one: Threshold, other: Threshold) -> bool:
    """Tell whether a value could be on both sides."""
    high, low = (other, one) if one.above else (one, other)
    return high.value > low.value or (high.value == low.value and high.inclusive and low.inclusive)


def _people(playbook: Playbook, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    """Check that nobody who is on call is kept on the floor or lent by a playbook."""
    do, teams = playbook.do, scenario.teams
    who = [("cancel", playbook.when.team)] if do.cancel else []
    who += [("overtime", playbook.when.team)] if do.overtime else []
    who += [("borrow", do.borrow.from_)] if do.borrow else []
    for key, team in who:
        if team in teams and teams[team].on_call is not None:
            problem = f"{team} has people on call, whose hours the duty rules; expected a team without on_call"
            yield Finding((*path, key), problem, on_key=True)
    if do.cancel and playbook.when.team in teams:
        shrinkage = teams[playbook.when.team].shrinkage
        paired = "coaching" in do.cancel and any(one.shrinkage.paired_coaching for one in teams.values())
        stated = (getattr(shrinkage, kind) for kind in do.cancel)
        if not paired and not any(one.share or one.blocks for one in stated):
            problem = f"has no effect, {playbook.when.team} has no {', '.join(do.cancel)} in its shrinkage"
            yield Finding((*path, "cancel"), f"{problem}; expected some there", on_key=True)


def _borrow(playbook: Playbook, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    borrow, team = playbook.do.borrow, playbook.when.team
    if borrow is None:
        return
    where: FaultPath = (*path, "borrow", "from")
    yield from unknown(where, borrow.from_, list(scenario.teams), "team")
    if borrow.from_ == team:
        yield Finding(where, "is the team itself, expected another")
    elif borrow.from_ in scenario.teams and team in scenario.teams:
        missing = [skill for skill in scenario.teams[team].skills if skill not in scenario.teams[borrow.from_].skills]
        if missing:
            problem = f"{borrow.from_} does not know {', '.join(missing)}, expected a team with all skills of {team}"
            yield Finding(where, problem)


def _defer(playbook: Playbook, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    if not playbook.do.defer:
        return
    for index, priority in enumerate(playbook.do.defer):
        if priority in playbook.when.priorities or not playbook.when.priorities:
            problem = f"{priority} is not begun but looked at, so it might never end"
            yield Finding((*path, "defer", index), f"{problem}; expected when.priorities without {priority}")
        if priority in scenario.routing.preempt:
            problem = f"{priority} may set other work aside (routing.preempt), expected less urgent priorities"
            yield Finding((*path, "defer", index), problem)
        if any(team.on_call is not None and priority in team.on_call.priorities for team in scenario.teams.values()):
            problem = f"somebody is called out for {priority} (on_call), expected less urgent priorities"
            yield Finding((*path, "defer", index), problem)


def _channels(playbook: Playbook, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    channels = scenario.demand.channels
    both = [name for name in playbook.do.call_back if name in playbook.do.turn_off]
    if both:
        yield Finding((*path, "turn_off"), f"{both[0]} is in call_back too, expected one or the other", on_key=True)
    for key in ("call_back", "turn_off"):
        for index, name in enumerate(getattr(playbook.do, key)):
            where: FaultPath = (*path, key, index)
            yield from unknown(where, name, list(channels), "channel")
            if name in channels and not is_live(name, channels[name]):
                yield Finding(where, f"{name} is no live channel, nobody waits on the line; expected phone or the like")
            elif key == "call_back" and name in channels and channels[name].patience is None:
                yield Finding(where, f"has no effect, callers on {name} never give up; expected patience there")
