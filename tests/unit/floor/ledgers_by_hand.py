"""Ledgers written by hand for the audit, and ways to tamper with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from small_floor import Floor

from supportsim.ledger import Event, Ledger
from supportsim.measures.audit import audit
from supportsim.workload.model import Workload

Row = tuple[float, int, int, int, int]
"""(minute, event, ticket, place, agent)."""

ARRIVED, STARTED, SUSPENDED, RESUMED, RELEASED = (
    Event.ARRIVED, Event.STARTED, Event.SUSPENDED, Event.RESUMED, Event.RELEASED,
)  # fmt: skip
ESCALATED, HANDED_BACK, ASKED, REPLIED = Event.ESCALATED, Event.HANDED_BACK, Event.ASKED, Event.REPLIED
SENT_TO_FIX, FIXED, RESOLVED, REOPENED = Event.SENT_TO_FIX, Event.FIXED, Event.RESOLVED, Event.REOPENED
ABANDONED, RETRIED, WIDENED, PASSED_ON = Event.ABANDONED, Event.RETRIED, Event.WIDENED, Event.PASSED_ON
FOLLOW_UP_DUE, CLOSED, REFERRED = Event.FOLLOW_UP_DUE, Event.CLOSED, Event.REFERRED
ANSWERED, MERGED, CALL_BACK = Event.ANSWERED, Event.MERGED, Event.CALL_BACK
UPDATE_DUE = Event.UPDATE_DUE
LINKED, PARKED, ENDED = Event.LINKED, Event.PARKED, Event.ENDED
PREEMPTED, ASSIGNED, LET_GO, LINES_FULL = Event.PREEMPTED, Event.ASSIGNED, Event.LET_GO, Event.TURNED_AWAY
ON, OFF = Event.AGENT_ON, Event.AGENT_OFF


@dataclass(frozen=True)
class World:
    """A floor and what honestly happens on it."""

    floor: Floor
    rows: Sequence[Row]


def ledger_of(rows: Sequence[Row]) -> Ledger:
    minute, event, ticket, place, agent = zip(*rows, strict=True)
    return Ledger(
        np.array([round(m * 60_000) for m in minute], dtype=np.int64),
        np.array(ticket, dtype=np.int32),
        np.array(event, dtype=np.int8),
        np.array(place, dtype=np.int16),
        np.array(agent, dtype=np.int32),
    )


def check(world: World, rows: Sequence[Row] | None = None, workload: Workload | None = None) -> None:
    floor = world.floor
    audit(floor.plan(), workload or floor.workload(), ledger_of(world.rows if rows is None else rows))


Tamper = Callable[[list[Row]], list[Row]]


def without(*rows: Row) -> Tamper:
    return lambda honest: [row for row in honest if row not in rows]


def instead(was: Sequence[Row], now: Sequence[Row]) -> Tamper:
    """Replace rows and sort by time, the new ones where the first old one stood at their instant."""

    def tamper(honest: list[Row]) -> list[Row]:
        assert all(row in honest for row in was)
        place = honest.index(was[0]) if was else len(honest)
        kept_before = [row for row in honest[:place] if row not in was]
        kept_after = [row for row in honest[place:] if row not in was]
        return sorted([*kept_before, *now, *kept_after], key=lambda row: row[0])

    return tamper


def change(row: Row, **to: float) -> Tamper:
    names = ("minute", "event", "ticket", "place", "agent")
    changed = tuple(to.get(name, value) for name, value in zip(names, row, strict=True))
    return lambda honest: [changed if each == row else each for each in honest]  # type: ignore[misc]


def add(*rows: Row) -> Tamper:
    return lambda honest: sorted([*honest, *rows], key=lambda row: row[0])


def swap(row: Row, other: Row) -> Tamper:
    return lambda honest: [other if each == row else row if each == other else each for each in honest]
