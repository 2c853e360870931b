"""What an incident does besides bringing contacts: tickets linked to it, and people it takes off the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import PRIORITIES, TIERS, OffReason, Plan
from supportsim.scenario.model import Scenario, WarRoom
from supportsim.workload.distributions import quantile, whole_ms
from supportsim.workload.events import place_events
from supportsim.workload.model import Incidents
from supportsim.workload.streams import Streams, hash64


@dataclass(frozen=True)
class Links:
    """Which of T tickets are about an incident and nothing else.

    Args:
        incident: int16 (T,), the index of the scenario's event, or -1.
        touch_ms: int64 (T,), hands-on time of a linked ticket, 0 for the others.
        from_start: bool (T,), the incident is known when the ticket is created.
    """

    incident: NDArray[np.int16]
    touch_ms: NDArray[np.int64]
    from_start: NDArray[np.bool_]


def draw_links(
    scenario: Scenario,
    plan: Plan,
    streams: Streams,
    key: NDArray[np.uint64],
    source: NDArray[np.int16],
    created_ms: NDArray[np.int64],
) -> Links:
    """Draw which tickets (T,) are about the event that brought them; those created when it is over are not."""
    incident = np.full(len(key), -1, dtype=np.int16)
    touch_ms, from_start = np.zeros(len(key), dtype=np.int64), np.zeros(len(key), dtype=np.bool_)
    for number, event in enumerate(place_events(scenario, plan)):
        if event.linked > 0:
            its = np.flatnonzero((source == number) & (created_ms < event.fading_ms))
            its = its[streams.uniform(f"{event.name}.linked", key[its]) < event.linked]
            incident[its], touch_ms[its] = number, event.linked_handle_ms
            from_start[its] = created_ms[its] >= event.known_ms
    return Links(incident, touch_ms, from_start)


def place_incidents(scenario: Scenario, plan: Plan, fixes: NDArray[np.int16]) -> Incidents:
    """Return when each of the scenario's events is known and resolved, and by which ticket (T,) of ``fixes``."""
    events = place_events(scenario, plan)
    fix = np.full(len(events), -1, dtype=np.int64)
    at = np.flatnonzero(fixes >= 0)
    fix[fixes[at]] = at
    return Incidents(
        np.array([event.known_ms for event in events], dtype=np.int64),
        np.array([event.fading_ms for event in events], dtype=np.int64),
        fix if any(event.fix is not None for event in events) else None,
    )


@dataclass(frozen=True)
class Fixes:
    """Engineering's tickets on F incidents that are known before the simulation stops.

    Args:
        incident, channel, category, priority: int16 (F,).
        key: uint64 (F,), their identities.
        tier: int8 (F,), where each is worked on.
        at_ms, work_ms: int64 (F,), when each is there, and its hands-on time.
    """

    incident: NDArray[np.int16]
    channel: NDArray[np.int16]
    category: NDArray[np.int16]
    priority: NDArray[np.int16]
    key: NDArray[np.uint64]
    tier: NDArray[np.int8]
    at_ms: NDArray[np.int64]
    work_ms: NDArray[np.int64]


def draw_fixes(scenario: Scenario, plan: Plan, streams: Streams) -> Fixes | None:
    """Draw what engineering does about incidents; None if no scenario's event asks for it."""
    events = [
        (number, event, event.fix)
        for number, event in enumerate(place_events(scenario, plan))
        if event.fix is not None and 0 <= event.known_ms < plan.horizon_ms
    ]
    if not events:
        return None
    key = np.concatenate([hash64(f"{event.name}.fix", [number]) for number, event, _ in events])
    works = [whole_ms(quantile(fix.takes, streams.uniform(f"{event.name}.fix", key[[place]])))
             for place, (_, event, fix) in enumerate(events)]  # fmt: skip
    category = [plan.categories.index(fix.category) for _, _, fix in events]
    tier = [TIERS.index(fix.tier) for _, _, fix in events]
    # It comes by no channel, but those who work on it may be told by channels what to take.
    served = [plan.queue_of[at, plan.category_skill[of]] >= 0 for at, of in zip(tier, category, strict=True)]
    return Fixes(
        incident=np.array([number for number, _, _ in events], dtype=np.int16),
        channel=np.array([int(np.argmax(channels)) for channels in served], dtype=np.int16),
        category=np.array(category, dtype=np.int16),
        priority=np.array([PRIORITIES.index(fix.priority) for _, _, fix in events], dtype=np.int16),
        key=key,
        tier=np.array(tier, dtype=np.int8),
        at_ms=np.array([event.known_ms for _, event, _ in events], dtype=np.int64),
        work_ms=np.concatenate(works),
    )


@dataclass(frozen=True)
class Absences:
    """Who is called away when (A,), and why."""

    person: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    reason: NDArray[np.int8]


def called_away(
    scenario: Scenario,
    plan: Plan,
    person: NDArray[np.int64],
    start_ms: NDArray[np.int64],
    end_ms: NDArray[np.int64],
) -> Absences:
    """Return whom incidents call into war rooms and reviews, of people who are there in stretches (I,).

    Those of the team whose stretches cover most of the time go, ties by number; who is not there at all does not.
    """
    found: list[tuple[int, int, int, int]] = []
    placed = place_events(scenario, plan)
    surges = [surge for event in scenario.events for surge in event.values()]
    for event, surge in zip(placed, surges, strict=True):
        calls: list[tuple[WarRoom | None, int, int, OffReason]] = [
            (surge.war_room, event.known_ms, event.fading_ms, OffReason.WAR_ROOM)
        ]
        if surge.review is not None:
            begin_ms = event.fading_ms + surge.review.after
            calls.append((surge.review, begin_ms, begin_ms + surge.review.takes, OffReason.REVIEW))
        for room, from_ms, to_ms, reason in calls:
            if room is not None:
                there_ms = np.clip(np.minimum(end_ms, to_ms) - np.maximum(start_ms, from_ms), 0, None)
                of_person = np.bincount(person, weights=there_ms, minlength=len(plan.people.names))
                of_person[plan.people.team != plan.teams.index(room.team)] = 0
                chosen = np.argsort(-of_person, kind="stable")[: room.agents]
                found += [(who, from_ms, to_ms, reason) for who in chosen.tolist() if of_person[who] > 0]
    columns = np.array(found, dtype=np.int64).reshape(-1, 4).T
    return Absences(columns[0], columns[1], columns[2], columns[3].astype(np.int8))
