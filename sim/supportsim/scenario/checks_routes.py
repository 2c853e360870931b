"""Checks of the ways tickets can take through the tiers, and of who serves them there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from supportsim.scenario.checks_demand import by_category
from supportsim.scenario.common import TIERS, ShareOverTime, Tier
from supportsim.scenario.faults import FaultPath, Finding
from supportsim.scenario.model import Scenario
from supportsim.scenario.operation import TierWork

_ROUNDING = 1e-9


def work_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check the work of each tier, and that each tier that tickets reach has some."""
    for tier in TIERS:
        work = tier_work(scenario, tier)
        if work is not None:
            for name in ("handle", "escalates", "hands_back", "asks_customer"):
                yield from by_category(getattr(work, name), scenario, ("work", tier, name))
            yield from _ways_out(work, tier, scenario)
    follow_up = scenario.work.follow_up
    if follow_up is not None and follow_up.every == 0:
        yield Finding(("work", "follow_up", "every"), "is no time at all, expected for instance '2 days'")
    reopen = scenario.work.reopen
    if reopen is not None and "default" not in reopen.share:
        left_out = [tier for tier in TIERS if tier_work(scenario, tier) is not None and tier not in reopen.share]
        if left_out:
            problem = f"says nothing of {', '.join(left_out)}, expected them or a default"
            yield Finding(("work", "reopen", "share"), problem)
    said: list[Tier] = []
    for category in scenario.demand.categories:
        for tier, how in reached(scenario, category).items():
            if tier_work(scenario, tier) is None and tier not in said:
                said.append(tier)
                problem = f"missing, but category {category!r} {how}; expected {{handle: ...}}"
                yield Finding(("work",), problem, missing=(tier,))


def service_findings(scenario: Scenario) -> Iterator[Finding]:
    """Check that somebody serves each category on each channel at every tier it reaches."""
    for name, category in scenario.demand.categories.items():
        for tier, how in reached(scenario, name).items():
            skilled = [team for team in scenario.teams.values() if team.tier == tier and category.skill in team.skills]
            unserved = [
                channel
                for channel in scenario.demand.channels
                if not any(channel in team.channels or not team.channels for team in skilled)
            ]
            if unserved:
                channels = f"channel {unserved[0]}" if len(unserved) == 1 else f"channels {', '.join(unserved)}"
                yield Finding(
                    ("demand", "categories", name),
                    f"no team can serve it: it {how}, and no team of tier {tier} has skill {category.skill!r} on"
                    f" {channels}; expected a team with tier: {tier}, skills: [{category.skill}]",
                )


def tier_work(scenario: Scenario, tier: Tier) -> TierWork | None:
    """Return the work of a tier, None where none is stated."""
    work: TierWork | None = getattr(scenario.work, tier)
    return work


def reached(scenario: Scenario, category: str) -> dict[Tier, str]:
    """Return the tiers that tickets of a category can reach, and how, from where they enter on.

    Escalations, by outcome or by the clock, lead up and hand-backs down; reopened tickets return to a tier seen.
    """
    stated = scenario.demand.categories[category]
    entry = stated.enters
    found: dict[Tier, str] = {entry: f"enters at {entry}"}
    found |= {tier: f"goes straight to {tier}" for tier, share in stated.straight_to.items() if share > 0}
    waiting = list(found)
    while waiting:
        tier = waiting.pop()
        for higher in taken_up(scenario, tier):
            if higher not in found:
                found[higher] = f"is taken from {tier} to {higher} by its clock"
                waiting.append(higher)
        work = tier_work(scenario, tier)
        if work is None:
            continue
        for shares, step, verb in ((work.escalates, 1, "escalated"), (work.hands_back, -1, "handed back")):
            place = TIERS.index(tier) + step
            fails = step == 1 and work.attempts is not None and _most(work.attempts.fails) > 0
            some = fails or _largest(shares, category) > 0
            if 0 <= place < len(TIERS) and some and TIERS[place] not in found:
                found[TIERS[place]] = f"is {verb} from {tier} to {TIERS[place]}"
                waiting.append(TIERS[place])
    return found


def taken_up(scenario: Scenario, tier: Tier) -> Iterator[Tier]:
    """Yield the tiers to which the clock may take tickets from one."""
    higher = TIERS[TIERS.index(tier) + 1 :]
    for rule in scenario.sla.escalate:
        if rule.to == "next_tier":
            yield from (other for other in higher[:1] if tier_work(scenario, other) is not None)
        elif rule.to in higher:
            yield rule.to


def _largest(shares: Mapping[str, ShareOverTime], category: str) -> float:
    share = shares.get(category, shares.get("default"))
    return _most(share) if share is not None else 0.0


def _most(share: ShareOverTime) -> float:
    return max(share.from_, share.to)


def _ways_out(work: TierWork, tier: Tier, scenario: Scenario) -> Iterator[Finding]:
    """Check that tickets that leave a tier have somewhere to go, and that no more leave than come."""
    ends: list[tuple[str, Mapping[str, ShareOverTime], str, str]] = [
        ("escalates", work.escalates, "L3", "nothing is above L3"),
        ("hands_back", work.hands_back, "L1", "nothing is below L1"),
    ]
    for name, shares, last, why in ends:
        for category, share in shares.items():
            if tier == last and _most(share) > 0:
                path: FaultPath = ("work", tier, name, category)
                yield Finding(path, f"{why}, expected 0% or no {name} here")
    for category in scenario.demand.categories:
        up, down = (shares.get(category, shares.get("default")) for shares in (work.escalates, work.hands_back))
        if up is None or down is None:
            continue
        most = max(_at(up, time) + _at(down, time) for time in (0, up.by, down.by))
        if most > 1 + _ROUNDING:
            problem = f"escalates and hands_back of {category} sum to {100 * most:.6g}%, expected at most 100%"
            yield Finding(("work", tier, "hands_back"), problem)
            return


def _at(share: ShareOverTime, time_ms: int) -> float:
    """Return a share so long after the start of the period."""
    if time_ms >= share.by:
        return share.to
    return share.from_ + (share.to - share.from_) * time_ms / share.by
