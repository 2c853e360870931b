"""The rule on swarms: who joins whose work, and when they leave it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.best_skill import open_by_speed
from supportsim.measures.audit.breach import Breach
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.hands_over_time import URGENT
from supportsim.measures.audit.presence import NOTHING, Presence
from supportsim.measures.audit.sorting import order_of
from supportsim.plan.model import OffReason
from supportsim.workload.model import Next

_WORDS = words.events((Event.UPDATE_DUE, Event.FOLLOW_UP_DUE))


def swarms(facts: Facts) -> Iterator[Breach]:
    """Who has nothing in hand joins at once, the first in line first, up to a number; all leave together.

    Nobody is in two swarms, or helps with another ticket in hand; who has to go, or is interrupted, leaves before.
    """
    ledger, helpers, work = facts.ledger, facts.helpers, facts.stretches
    left = np.flatnonzero(ledger.event == Event.LEFT)
    lost = np.setdiff1d(left, helpers.left_row)
    if len(lost):
        yield _breach(facts, int(lost[0]), "LEFT by who has joined", "by another")
    interrupted = {*np.flatnonzero(np.isin(helpers.left_row, interruptions(facts)[1])).tolist()}
    goes = _Goings(facts)
    for nth, row in enumerate(helpers.row.tolist()):
        stretch = int(helpers.stretch[nth])
        if stretch < 0 or ledger.time_ms[row] != work.start_ms[stretch]:
            yield _breach(facts, row, "to join as the work begins", "joining at another time")
            return
        until_ms = min(
            int(work.end_ms[stretch]),
            goes.after(int(ledger.agent[row]), row, list(OffReason)),
            # Who was called goes on alone when the duty is over.
            goes.after(int(work.agent[stretch]), row, [OffReason.ON_CALL]),
        )
        early = nth in interrupted and helpers.left_ms[nth] < until_ms
        if helpers.left_ms[nth] != until_ms and not early:
            yield _breach(facts, row, f"to leave at {until_ms} ms", f"leaving at {helpers.left_ms[nth]} ms")
    line, swarmed = _Line(facts), _swarmed(facts)
    for stretch in np.flatnonzero(swarmed).tolist():
        yield from _swarm(line, stretch, np.flatnonzero(helpers.stretch == stretch))
    alone = ~swarmed[helpers.stretch]
    if alone.any():
        yield _breach(facts, int(helpers.row[alone][0]), "nobody to join such work", "JOINED")


def interruptions(facts: Facts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows in which work is set aside for another ticket, and in which help is left for one.

    Who helps and leaves for another reason takes nothing in the very next row.
    """
    ledger = facts.ledger
    takes = np.append(words.STARTS[ledger.event[1:]] & (ledger.agent[1:] == ledger.agent[:-1]), False)
    leaves = (ledger.event == Event.LEFT) & takes[: len(ledger)]
    return np.flatnonzero(ledger.event == Event.PREEMPTED), np.flatnonzero(leaves)


class _Goings:
    """When people go."""

    def __init__(self, facts: Facts) -> None:
        ledger = facts.ledger
        self.ledger, self.horizon_ms = ledger, facts.horizon_ms
        off = np.flatnonzero(ledger.event == Event.AGENT_OFF)
        off = off[order_of(ledger.agent[off])]
        people = np.arange(len(facts.plan.people.names) + 1)
        self.off, self.first = off, np.searchsorted(ledger.agent[off], people)

    def after(self, agent: int, row: int, reasons: list[OffReason]) -> int:
        """Return when an agent first goes after a row for one of some reasons; the horizon if that never is."""
        mine = self.off[self.first[agent] : self.first[agent + 1]]
        for going in mine[np.searchsorted(mine, row, side="right") :].tolist():
            if self.ledger.place[going] in reasons:
                return int(self.ledger.time_ms[going])
        return self.horizon_ms


def _swarmed(facts: Facts) -> NDArray[np.bool_]:
    """Tell which stretches of work (W,) others are to join."""
    rule, work, tickets = facts.plan.rules.swarm, facts.stretches, facts.workload.tickets
    if rule is None:
        return np.zeros(len(work.at), dtype=np.bool_)
    visit = ~np.isin(tickets.stage_next[work.stage], (Next.MERGE, Next.LINK)) & ~_WORDS[_touch_began_as(facts)]
    concerned = np.array(rule.priorities)[tickets.priority[work.ticket]]
    concerned &= np.array(rule.tiers)[tickets.stage_tier[work.stage]]
    found: NDArray[np.bool_] = concerned & visit & (facts.kind[work.at] <= URGENT)
    return found


def _touch_began_as(facts: Facts) -> NDArray[np.int8]:
    """Return the event (W,) that brought each stretch's ticket to the stage that is worked on."""
    history = facts.history
    brings = history.first | words.NEXT_STAGE[history.event] | (history.event == Event.MOVED_UP)
    at = np.maximum.accumulate(np.where(brings, np.arange(len(brings)), 0))
    found: NDArray[np.int8] = history.event[at[facts.stretches.at]]
    return found


def _swarm(line: _Line, stretch: int, nth: NDArray[np.int64]) -> Iterator[Breach]:
    """Check one swarm: each that joins was the first in line, and it is full or nobody else was free."""
    facts = line.facts
    rule, ledger, at = facts.plan.rules.swarm, facts.ledger, int(facts.stretches.at[stretch])
    assert rule is not None
    kind, skill = int(facts.kind[at]), int(facts.workload.tickets.skill[facts.stretches.ticket[stretch]])
    queue = int(facts.history.place[at - 1])
    if facts.holder[at - 1] != NOBODY:
        queue = int(facts.queue[at - 1])
    rows = facts.helpers.row[nth].tolist()
    if len(rows) >= rule.agents:
        yield _breach(facts, rows[-1], f"at most {rule.agents} in a swarm", f"{len(rows) + 1}")
    for row in rows:
        first = line.first(queue, kind, skill, row - 1)
        if ledger.agent[row] != first:
            yield _breach(facts, row, f"agent {first} to join, who comes first", f"agent {ledger.agent[row]}")
    last = rows[-1] if rows else int(facts.history.row[at])
    free = line.first(queue, kind, skill, last)
    if len(rows) + 1 < rule.agents and free != NOBODY:
        yield _breach(facts, last, f"agent {free}, who is free, to join", "nobody else joining")


class _Line:
    """Who would be picked for a ticket that others may take, at any row."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.fastest: dict[tuple[int, int], Presence] = {}

    def first(self, queue: int, kind: int, skill: int, row: int) -> int:
        """Return who is first in line for a ticket of a queue right after a row, NOBODY if nobody is free."""
        facts, best = self.facts, (NOTHING, NOTHING)
        serving, loads = facts.plan.queues[queue], len(facts.timeline.loads)
        for team, rank in zip(serving.teams, serving.ranks, strict=True):
            if facts.plan.rules.best_skill:
                by_speed = self.fastest.get((skill, kind)) or open_by_speed(facts, skill, kind, empty_handed=True)
                self.fastest[skill, kind] = by_speed
                keys = [by_speed.after(team, np.array([row]))]
            else:
                line = facts.timeline
                may = np.flatnonzero(line.takes[:, kind] & (line.loads[:, 0] == 0)).tolist()
                keys = [facts.open.after(team * loads + load, np.array([row])) for load in may]
            best = min([best, *((rank, int(key[0])) for key in keys if key[0] != NOTHING)])
        return NOBODY if best[1] == NOTHING else best[1] % len(facts.plan.people.names)


def _breach(facts: Facts, row: int, expected: str, found: str) -> Breach:
    ledger = facts.ledger
    return Breach(int(ledger.time_ms[row]), int(ledger.ticket[row]), int(ledger.agent[row]), expected, found)
