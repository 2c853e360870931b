"""What an incident does besides bringing contacts: tickets linked to it, and people it takes off the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import OffReason, Plan
from supportsim.scenario.model import Scenario, WarRoom
from supportsim.workload.events import place_events
from supportsim.workload.model import Incidents
from supportsim.workload.streams import Streams


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


def place_incidents(scenario: Scenario, plan: Plan) -> Incidents:
    """Return when each of the scenario's events is known and resolved."""
    events = place_events(scenario, plan)
    return Incidents(
        np.array([event.known_ms for event in events], dtype=np.int64),
        np.array([event.fading_ms for event in events], dtype=np.int64),
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
