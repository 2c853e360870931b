"""Rules on sums: contacts are conserved, and numbers over time agree with sojourns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from supportsim.ledger import NOBODY, RESOLVES, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.facts import Facts
from supportsim.workload.model import ContactOutcome

_CHANGE = np.zeros(words.CODES, dtype=np.int64)
"""By how much an event changes the number of tickets in the system."""
_CHANGE[[Event.ARRIVED, Event.REOPENED, Event.RETRIED]] = 1
_LEAVES = (*RESOLVES, Event.ABANDONED, Event.CLOSED, Event.MERGED)
_OUT = (*_LEAVES, Event.TURNED_AWAY)
_CHANGE[list(_LEAVES)] = -1


def conservation(facts: Facts) -> Iterator[Breach]:
    """Contacts in = deflected + turned away + in self-service + abandoned for good, closed, merged, resolved + open."""
    contacts, tickets = facts.workload.contacts, facts.workload.tickets
    times = np.bincount(tickets.contact, minlength=len(contacts.outcome))
    due = (contacts.outcome == ContactOutcome.TICKET).astype(np.int64)
    yield from earliest(
        times != due,
        contacts.arrived_ms,
        NOBODY,
        NOBODY,
        lambda contact: f"{due[contact]} ticket(s) of contact {contact}",
        lambda contact: f"{times[contact]}",
    )
    history = facts.history
    final = history.event[history.last]
    resolved = int(np.sum(np.isin(history.event, RESOLVES))) - int(np.sum(history.event == Event.REOPENED))
    retry_ms = np.append(tickets.attempt_retry_ms, -1)
    for_good = int(np.sum((final == Event.ABANDONED) & (retry_ms[history.attempt[history.last] - 1] < 0)))
    closed, merged, turned_away = (
        int(np.sum(history.event == event)) for event in (Event.CLOSED, Event.MERGED, Event.TURNED_AWAY)
    )
    still_open = int(np.sum(~np.isin(final, RESOLVES))) - for_good - closed - merged - turned_away
    before_floor = int(np.sum(contacts.outcome != ContactOutcome.TICKET))
    not_yet = int(np.sum(tickets.created_ms >= facts.horizon_ms))
    total = before_floor + not_yet + resolved + for_good + closed + merged + turned_away + still_open
    if total != len(contacts.outcome):
        yield Breach(
            facts.horizon_ms,
            NOBODY,
            NOBODY,
            f"{len(contacts.outcome)} contacts",
            f"{before_floor} that never were tickets, {not_yet} on their way, {resolved} resolved, "
            f"{for_good} abandoned for good, {closed} closed, {merged} merged, {turned_away} turned away"
            f" and {still_open} open: {total}",
        )


def numbers_and_sojourns(facts: Facts) -> Iterator[Breach]:
    """The number in the system, integrated over time, is the sum of the sojourns; the same for every queue.

    Resolved and abandoned tickets are out of the system until they come back, closed and merged ones for good.
    """
    ledger, history = facts.ledger, facts.history
    step_ms = np.diff(facts.time_or_end_ms)
    integral = int(np.sum(np.cumsum(_CHANGE[ledger.event]) * step_ms))
    out = words.events(_OUT)[history.event]
    sojourns = int(np.sum(np.where(out, 0, history.next_ms - history.time_ms)))
    if integral != sojourns:
        yield _disagreement(facts, "in the system", sojourns, integral)
    waits = words.QUEUES[history.event]
    for queue in range(len(facts.plan.queues)):
        joins = waits & (history.place == queue)
        sojourns = int(np.sum((history.next_ms - history.time_ms)[joins]))
        leaves = np.zeros(facts.rows + 1, dtype=np.int64)
        leaves[history.next_row[joins & ~history.last]] = 1
        change = -leaves[:-1]
        change[(ledger.place == queue) & words.QUEUES[ledger.event]] += 1
        integral = int(np.sum(np.cumsum(change) * step_ms))
        if integral != sojourns:
            yield _disagreement(facts, f"in queue {queue}", sojourns, integral)


def _disagreement(facts: Facts, where: str, sojourns: int, integral: int) -> Breach:
    expected = f"the number {where} over time to add up to the sojourns, {sojourns} ms"
    return Breach(facts.horizon_ms, NOBODY, NOBODY, expected, f"{integral} ms")
