"""Checks of SLA promises, events and targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta

from supportsim.scenario.checks_time import calendars_known, unknown
from supportsim.scenario.common import PRIORITIES, TIERS
from supportsim.scenario.faults import FaultPath, Finding
from supportsim.scenario.metrics import MetricKey, parse_bounds, parse_target_key
from supportsim.scenario.model import EVENT_KINDS, IncidentFix, Scenario, SlaPolicy, Surge
from supportsim.scenario.playbooks import playbook_names
from supportsim.scenario.units import BusinessDays

_PROMISES = ("response", "resolution", "updates")
_PROMISE_OF_METRIC = {
    "response_sla": "response",
    "severe_response_breach": "response",
    "resolution_sla": "resolution",
    "reopened_resolution_sla": "resolution",
    "severe_resolution_breach": "resolution",
    "update_sla": "updates",
    **{f"{kind}_warning_{share}": kind for kind in ("response", "resolution") for share in (50, 80, 90)},
}


def sla_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check the clocks and promises."""
    sla, segments = scenario.sla, list(scenario.demand.segments)
    for priority, calendar in sla.calendar.items():
        yield from unknown(("sla", "calendar", priority), calendar, calendars_known(scenario), "calendar")
    left_out = [priority for priority in PRIORITIES if priority not in sla.calendar]
    if left_out and "default" not in sla.calendar:
        yield Finding(("sla", "calendar"), f"says nothing of {', '.join(left_out)}, expected them or a default")
    for kind in _PROMISES:
        yield from _promises(getattr(sla, kind), ("sla", kind))
    for segment, promised in sla.by_segment.items():
        yield from unknown(("sla", "by_segment", segment), segment, segments, "segment", on_key=True)
        for priority, calendar in promised.calendar.items():
            path: FaultPath = ("sla", "by_segment", segment, "calendar", priority)
            yield from unknown(path, calendar, calendars_known(scenario), "calendar")
        for kind in _PROMISES:
            yield from _promises(getattr(promised, kind), ("sla", "by_segment", segment, kind))
    yield from _credits(scenario)
    for segment in sla.segments:
        yield from unknown(("sla", "segments", segment), segment, segments, "segment", on_key=True)
        yield from _whole_business_days(sla, segment)
    if sla.service_level.within == 0:
        yield Finding(("sla", "service_level", "within"), "promises no time at all, expected for instance '20 s'")


def pause_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that what stops the clocks can happen, and that somebody is promised the updates that are written."""
    sla = scenario.sla
    if scenario.work.update and not sla.updates and not any(own.updates for own in sla.by_segment.values()):
        problem = "has no effect, nobody is promised any; expected sla.updates to say how often"
        yield Finding(("work", "update"), problem, on_key=True)
    if "unresponsive" in scenario.sla.pauses and scenario.work.follow_up is None:
        problem = "unresponsive has no effect, nobody is asked again; expected work.follow_up, or another pause"
        yield Finding(("sla", "pauses", scenario.sla.pauses.index("unresponsive")), problem)


def escalation_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that what tickets' clocks do has a promise to go by and somewhere to lead."""
    sla = scenario.sla
    for index, rule in enumerate(sla.escalate):
        path: FaultPath = ("sla", "escalate", index)
        promised = [getattr(sla, rule.of), *(getattr(own, rule.of) for own in sla.by_segment.values())]
        wanted = rule.priorities or PRIORITIES
        if rule.at is not None and not any(priority in one for one in promised for priority in wanted):
            who = f" to {', '.join(rule.priorities)}" if rule.priorities else ""
            yield Finding((*path, "at"), f"no {rule.of} is promised{who}, expected sla.{rule.of} to say what")
        if rule.to == "next_tier" and not any(getattr(scenario.work, tier) is not None for tier in TIERS[1:]):
            yield Finding((*path, "to"), "there is no higher tier, expected work.L2 to say what it does")
        if rule.to == "L1":
            yield Finding((*path, "to"), "nothing is below L1, expected a higher tier")


def event_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check when events happen and what they are about."""
    for index, event in enumerate(scenario.events):
        for kind, surge in event.items():
            yield from _surge(surge, EVENT_KINDS[kind], scenario, ("events", index, kind))


def target_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that targets name metrics, slices and bounds that make sense."""
    members: dict[str, list[str]] = {
        "priority": list(PRIORITIES),
        "segment": list(scenario.demand.segments),
        "channel": list(scenario.demand.channels),
        "category": list(scenario.demand.categories),
        "tier": list(TIERS),
        "team": list(scenario.teams),
        "playbook": list(playbook_names(scenario.playbooks)),
    }
    stated: dict[MetricKey, str] = {}
    for text, target in scenario.targets.items():
        path: FaultPath = ("targets", text)
        try:
            key = parse_target_key(text)
        except ValueError as error:
            yield Finding(path, str(error), on_key=True)
            continue
        for dimension, member in key.slices:
            yield from unknown(path, member, members[dimension], dimension, on_key=True)
        if key in stated:
            yield Finding(path, f"is the same as {stated[key]!r}, expected it once", on_key=True)
        stated[key] = text
        yield from _promised_at_all(key, scenario.sla, path)
        try:
            parse_bounds(key.metric, target.at_least, target.at_most, target.between)
        except ValueError as error:
            bounds = [name for name in type(target).model_fields if name in target.model_fields_set]
            yield Finding((*path, *bounds), str(error))


def _promises(promised: Mapping[str, int | BusinessDays], path: FaultPath) -> Iterator[Finding]:
    for priority, promise in promised.items():
        if promise == 0:
            problem = "promises no time at all, expected for instance '15 min', or no such key for no promise"
            yield Finding((*path, priority), problem)


def _credits(scenario: Scenario) -> Iterator[Finding]:
    """Check that credits are owed for what is promised, to segments that are there."""
    sla = scenario.sla
    for segment in sla.credits.segments:
        known = list(scenario.demand.segments)
        yield from unknown(("sla", "credits", "segments", segment), segment, known, "segment", on_key=True)
    for kind in ("response", "resolution"):
        promised = [getattr(sla, kind), *(getattr(own, kind) for own in sla.by_segment.values())]
        for priority in getattr(sla.credits, kind):
            if not any(priority in each for each in promised):
                problem = f"has no effect, no {kind} is promised to {priority}; expected sla.{kind} to say what"
                yield Finding(("sla", "credits", kind, priority), problem, on_key=True)


def _whole_business_days(sla: SlaPolicy, segment: str) -> Iterator[Finding]:
    """Check that a segment's multiple of business days is whole, unless it is stated outright."""
    factor = sla.segments[segment]
    for kind in _PROMISES:
        outright = getattr(sla.by_segment[segment], kind) if segment in sla.by_segment else {}
        for priority, promise in getattr(sla, kind).items():
            if isinstance(promise, BusinessDays) and priority not in outright:
                days = factor * promise.days
                if abs(days - round(days)) > 1e-9 or days < 1:
                    yield Finding(
                        ("sla", "segments", segment),
                        f"{factor:g} x {promise.days} business days of {kind} {priority} are not whole days,"
                        f" expected sla.by_segment.{segment}.{kind}.{priority} to say how many",
                    )


def _surge(surge: Surge, usual: float, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    for index, name in enumerate(surge.categories):
        yield from unknown((*path, "categories", index), name, list(scenario.demand.categories), "category")
    if surge.lasts + surge.onset + surge.fades == 0:
        yield Finding((*path, "lasts"), "is no time at all, expected for instance '4 h'")
    volume = surge.volume if surge.volume is not None else usual
    known = surge.known_after is not None
    for key in ("linked", "war_room", "fix"):
        if getattr(surge, key) and not known:
            yield Finding((*path, key), "has no effect, nobody knows of the incident; expected known_after too")
    if surge.known_after is not None and surge.known_after > surge.onset + surge.lasts:
        yield Finding((*path, "known_after"), "is when it is over already, expected at most onset and lasts together")
    if surge.fix is not None:
        yield from _fix(surge.fix, surge.linked, scenario, (*path, "fix"))
    for key in ("war_room", "review"):
        room = getattr(surge, key)
        if room is not None:
            yield from unknown((*path, key, "team"), room.team, list(scenario.teams), "team")
    for key in ("priority", "status_page", "linked"):
        if volume < 0 and getattr(surge, key):
            problem = f"has no effect, there are no extra contacts; expected no {key} where the volume falls"
            yield Finding((*path, key), problem)
    period = scenario.period
    begin = datetime.combine(period.start, time()) - timedelta(milliseconds=period.warm_up)
    end = datetime.combine(period.start, time()) + timedelta(milliseconds=period.length)
    if not begin <= surge.at < end:
        problem = f"{surge.at:%Y-%m-%d %H:%M} is outside of the simulated time"
        yield Finding((*path, "at"), f"{problem}, expected {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}")


def _fix(fix: IncidentFix, linked: float, scenario: Scenario, path: FaultPath) -> Iterator[Finding]:
    """Check that somebody can work on what engineering is to do, and that something waits for it."""
    categories = scenario.demand.categories
    yield from unknown((*path, "category"), fix.category, list(categories), "category")
    if not linked:
        yield Finding(path, "has no effect, no ticket closes with the incident; expected linked too", on_key=True)
    skill = categories[fix.category].skill if fix.category in categories else None
    if skill and not any(team.tier == fix.tier and skill in team.skills for team in scenario.teams.values()):
        yield Finding(path, f"no team of tier {fix.tier} has skill {skill!r}, expected one that can work on it")


def _promised_at_all(key: MetricKey, sla: SlaPolicy, path: FaultPath) -> Iterator[Finding]:
    """Check that something is promised where a target speaks of promises."""
    kind = _PROMISE_OF_METRIC.get(key.metric)
    if kind is None:
        return
    slices = dict(key.slices)
    promised = [priority for priority, _ in getattr(sla, kind).items()]
    for segment, own in sla.by_segment.items():
        if slices.get("segment", segment) == segment:
            promised += getattr(own, kind)
    wanted = slices.get("priority")
    if not promised or (wanted in PRIORITIES and wanted not in promised):
        who = f" to {wanted}" if wanted else ""
        yield Finding(path, f"nothing is promised{who}, expected sla.{kind} to say what", on_key=True)
