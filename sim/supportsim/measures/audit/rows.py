"""Rules on single rows of the ledger: what may stand in them, and in which order they come."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.facts import Facts
from supportsim.plan.model import OffReason


def vocabulary(facts: Facts) -> Iterator[Breach]:
    """Events are known; tickets, agents and places are those that exist, where the event has one."""
    ledger, people = facts.ledger, facts.plan.people
    event = ledger.event
    known = (event >= 0) & (event < words.CODES)
    known &= words.KNOWN[np.where(known, event, 0)]
    yield from _rows(facts, ~known, "a known event", event)
    of_agent = words.OF_AGENT[event]
    broken = np.where(of_agent, ledger.ticket != NOBODY, ~_below(ledger.ticket, facts.tickets))
    yield from _rows(facts, broken, f"a ticket 0..{facts.tickets - 1}, or none where agents come and go", ledger.ticket)
    persons = len(people.names)
    broken = np.where(words.HAS_AGENT[event], ~_below(ledger.agent, persons), ledger.agent != NOBODY)
    yield from _rows(facts, broken, f"an agent 0..{persons - 1}, or none where none acts", ledger.agent)
    in_queue = words.QUEUES[event] | np.isin(event, (Event.ABANDONED, Event.TURNED_AWAY))
    broken = in_queue & ~_below(ledger.place, len(facts.plan.queues))
    yield from _rows(facts, broken, f"a queue 0..{len(facts.plan.queues) - 1} as the place", ledger.place)
    team = people.team[np.where(ledger.agent == NOBODY, 0, ledger.agent)] if persons else np.zeros_like(ledger.agent)
    yield from _rows(facts, words.HAS_TEAM[event] & (ledger.place != team), "the agent's own team", ledger.place)
    broken = (event == Event.ENDED) & ~_below(ledger.place, len(facts.plan.teams))
    yield from _rows(facts, broken, f"a team 0..{len(facts.plan.teams) - 1} as the place", ledger.place)
    broken = (event == Event.NOTIFIED) & ~_below(ledger.place, len(facts.plan.rules.notified))
    yield from _rows(facts, broken, f"somebody 0..{len(facts.plan.rules.notified) - 1} as the place", ledger.place)
    yield from _rows(facts, (event == Event.CLOSED) & (ledger.place != NOBODY), "no place", ledger.place)
    broken = (event == Event.AGENT_OFF) & ~np.isin(ledger.place, list(OffReason))
    yield from _rows(facts, broken, "a reason to leave as the place", ledger.place)


def order(facts: Facts) -> Iterator[Breach]:
    """Time never runs back, stays within the simulated period, and keeps the order of changes inside an instant."""
    ledger = facts.ledger
    time_ms = ledger.time_ms
    outside = (time_ms < 0) | (time_ms >= facts.horizon_ms)
    yield from _rows(facts, outside, f"a time in 0..{facts.horizon_ms - 1}", time_ms)
    step = np.diff(time_ms, prepend=0)
    yield from _rows(facts, step < 0, "a time not before the row above", time_ms)
    # Who is called goes with the end of the last urgent work.
    called = (ledger.event == Event.AGENT_OFF) & (ledger.place == OffReason.ON_CALL)
    phase = np.where(called, 0, words.PHASE[ledger.event])
    phase = phase[np.maximum.accumulate(np.where((phase >= 0) | (step > 0), np.arange(len(phase)), 0))]
    broken = (step == 0) & (np.diff(phase, prepend=0) < 0)
    if len(broken):
        broken[0] = False
    above = np.roll(ledger.event, 1)
    yield from earliest(
        broken,
        time_ms,
        ledger.ticket,
        ledger.agent,
        lambda row: f"{words.name(ledger.event[row])} before {words.name(above[row])} at one instant",
        lambda row: "it after",
    )


def _below(code: NDArray[np.integer], count: int) -> NDArray[np.bool_]:
    return (code >= 0) & (code < count)


def _rows(facts: Facts, broken: NDArray[np.bool_], expected: str, found: NDArray[np.integer]) -> Iterator[Breach]:
    ledger = facts.ledger
    yield from earliest(
        broken,
        ledger.time_ms,
        ledger.ticket,
        ledger.agent,
        lambda row: f"{expected} (row {row})",
        lambda row: f"{int(found[row])} at {words.name(int(ledger.event[row]))}",
    )
