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
    no_ticket = words.NO_TICKET[event]
    broken = np.where(no_ticket, ledger.ticket != NOBODY, ~_below(ledger.ticket, facts.tickets))
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
    playbooks = len(facts.plan.playbooks)
    broken = words.OF_FLOOR[event] & ~_below(ledger.place, playbooks)
    yield from _rows(facts, broken, f"a playbook 0..{playbooks - 1} as the place", ledger.place)
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
    phase = np.where(called, words.END_OF_WORK, words.PHASE[ledger.event])
    if facts.plan.playbooks:
        phase[_by_playbooks(facts)] = -1
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


def _by_playbooks(facts: Facts) -> NDArray[np.bool_]:
    """Tell of which rows (E,) the moment is that of the row above: what playbooks may have caused."""
    ledger, people = facts.ledger, facts.plan.people
    comes_or_goes = words.AT_LEAVING | words.events((Event.PASSED_ON, Event.AGENT_ON, Event.AGENT_OFF))
    looks = np.concatenate([playbook.look_ms for playbook in facts.plan.playbooks])
    found: NDArray[np.bool_] = comes_or_goes[ledger.event] & np.isin(ledger.time_ms, looks)
    if people.is_of is not None:
        # Whoever has two places comes to one when nothing is left to do at the other.
        several = np.bincount(people.is_of, minlength=len(people.is_of))[people.is_of] > 1
        found |= (ledger.event == Event.AGENT_ON) & several[ledger.agent]
    when = ledger.ticket.astype(np.int64) * (facts.horizon_ms + 1) + ledger.time_ms
    begins = words.events((Event.ARRIVED, Event.RETRIED))[ledger.event]
    found |= (ledger.event == Event.CALL_BACK) & np.isin(when, when[begins])
    return found


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
