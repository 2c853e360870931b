"""Rules on urgent work, on whose tickets are, and on lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.dispatch import waiting_beside
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.hands_over_time import URGENT
from supportsim.measures.audit.owners import choice_of_owner, return_to_owner
from supportsim.measures.audit.playbooks import turned_off
from supportsim.measures.audit.presence import NOTHING, Presence
from supportsim.measures.audit.sorting import count_within, order_of
from supportsim.measures.audit.swarm import interruptions
from supportsim.plan.model import Assignment

_LOWEST = 8
"""More than there are priorities."""


def lines(facts: Facts) -> Iterator[Breach]:
    """A channel's lines are never exceeded, and a live contact is turned away only if all are taken."""
    history, tickets, rules = facts.history, facts.workload.tickets, facts.plan.rules
    turned_away = (history.event == Event.TURNED_AWAY) & ~turned_off(facts)
    limit = np.array(rules.lines or (-1,) * len(facts.plan.channels), dtype=np.int64)
    channel = tickets.channel[history.ticket]
    calls = words.events((Event.ARRIVED, Event.RETRIED))[history.event] & facts.is_live & (limit[channel] >= 0)
    begins = np.flatnonzero(calls | turned_away)
    on_the_line = calls[begins]
    # The call lasts until the first row after which the ticket is not live, given up or to be called back.
    hangs_up = ~facts.is_live | words.ENDS_TOUCH[history.event]
    hangs_up |= words.events((Event.ABANDONED, Event.CALL_BACK))[history.event]
    ends = np.append(np.flatnonzero(hangs_up), len(history.row))
    end = ends[np.searchsorted(ends, begins, side="right")]
    same = np.append(history.ticket, NOBODY)[end] == history.ticket[begins]
    end_row = np.where(same, np.append(history.row, facts.rows)[end], facts.rows)
    taken = np.zeros(len(begins), dtype=np.int64)
    for code in np.flatnonzero(limit >= 0).tolist():
        here = channel[begins] == code
        change = np.zeros(facts.rows + 1, dtype=np.int64)
        np.add.at(change, history.row[begins[here & on_the_line]], 1)
        np.add.at(change, end_row[here & on_the_line], -1)
        taken[here] = np.cumsum(change)[history.row[begins[here]]]
    allowed = limit[channel[begins]]
    yield from earliest(
        (allowed >= 0) & ((taken >= allowed + on_the_line) == on_the_line),
        history.time_ms[begins],
        history.ticket[begins],
        NOBODY,
        lambda i: f"at most {allowed[i]} lines taken, and nobody turned away before that",
        lambda i: f"{taken[i]} taken after {words.name(history.event[begins[i]])}",
    )
    yield from earliest(
        turned_away & ~(tickets.live[history.ticket] & (limit[channel] >= 0)),
        history.time_ms,
        history.ticket,
        NOBODY,
        lambda i: "nobody turned away where lines are not limited",
        lambda i: "TURNED_AWAY",
    )


def urgent_work(facts: Facts) -> Iterator[Breach]:
    """Work is set aside for urgent tickets only, the least urgent first; none of them waits beside such work.

    Whoever helps with such work leaves it for them in the same way, before work is set aside.
    """
    ledger, tickets = facts.ledger, facts.workload.tickets
    aside, leaves = interruptions(facts)
    row = np.sort(np.concatenate([aside, leaves]))
    following = np.minimum(row + 1, facts.rows - 1)
    by = ledger.ticket[following]
    place_of_row = np.zeros(facts.rows, dtype=np.int64)
    place_of_row[facts.history.row] = np.arange(len(facts.history.row))
    taken = place_of_row[following]
    takes = words.STARTS[ledger.event[following]] & (ledger.agent[following] == ledger.agent[row])
    victim = tickets.priority[ledger.ticket[row]].astype(np.int64)
    may = takes & (row + 1 < facts.rows) & _may_interrupt(facts, taken, victim)
    yield from earliest(
        ~may,
        ledger.time_ms[row],
        ledger.ticket[row],
        ledger.agent[row],
        lambda i: "work set aside only for a more urgent ticket, which its agent takes at once",
        lambda i: f"then {words.name(int(ledger.event[following[i]]))} of ticket {by[i]}",
    )
    if not (any(facts.plan.rules.urgent) or facts.plan.rules.urgent_live):
        return
    interruptible, keys = _interruptible(facts)
    yield from _least_urgent_first(facts, row, taken, interruptible, keys)
    yield from _no_urgent_wait(facts, interruptible)


def _may_interrupt(facts: Facts, at: NDArray[Any], victim: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell whether the tickets at rows of the history (n,) may interrupt deferrable work of a priority (n,)."""
    rules = facts.plan.rules
    urgent = np.array(rules.urgent or (False,) * len(rules.priority_class))
    own = facts.workload.tickets.priority[facts.history.ticket[at]]
    live = np.where(rules.urgent_live, facts.is_live[at], False)
    found: NDArray[np.bool_] = (urgent[own] & (victim > own)) | (live & ~urgent[victim])
    return found


def _interruptible(facts: Facts) -> tuple[Presence, NDArray[np.int64]]:
    """Return deferrable work that is all an available agent has in hand, present by team, and its key by its last row.

    The key is least for the lowest priority, then for help, then the latest start, then the first person.
    """
    line, ledger, work = facts.timeline, facts.ledger, facts.stretches
    step = words.TAKES[line.event].astype(np.int64) - words.PUTS_DOWN[line.event]
    start_of_row = np.zeros(facts.rows + 1, dtype=np.int64)
    started = facts.history.row[work.at]
    start_of_row[started] = start_of_row[facts.history.next_row[work.at]] = facts.instant[started]
    # Whoever helps is interrupted before all who work on something of that priority.
    start_of_row[np.flatnonzero(words.HELPS[ledger.event])] = facts.rows
    ticket = count_within(step * ledger.ticket[line.row], line.first)
    began = count_within(step * start_of_row[line.row], line.first)
    alone = line.available & (line.in_hand == 1) & (line.loads[line.load, 2] > 0)
    priority = np.append(facts.workload.tickets.priority, 0)[np.where(alone, ticket, -1)].astype(np.int64)
    people = len(facts.plan.people.names)
    key = ((_LOWEST - priority) * (facts.rows + 1) + facts.rows - began) * people + line.agent
    next_row = np.where(np.append(line.first[1:], True)[: len(line.row)], facts.rows, np.roll(line.row, -1))
    team = facts.plan.people.team[line.agent].astype(np.int64)
    keys = np.full(facts.rows + 1, NOTHING)
    keys[next_row[alone]] = key[alone]
    return Presence(team[alone], line.row[alone], next_row[alone], key[alone], facts.rows), keys


def _least_urgent_first(
    facts: Facts, row: NDArray[np.int64], taken: NDArray[np.int64], interruptible: Presence, keys: NDArray[np.int64]
) -> Iterator[Breach]:
    ledger = facts.ledger
    queue = facts.history.place[np.maximum(taken - 1, 0)]
    best = np.full(len(row), NOTHING)
    for team in range(len(facts.plan.teams)):
        serves = facts.may_take[queue, team]
        best[serves] = np.minimum(best[serves], interruptible.after(team, row[serves] - 1))
    yield from earliest(
        best < keys[row],
        ledger.time_ms[row],
        ledger.ticket[row],
        ledger.agent[row],
        lambda i: f"the work of agent {best[i] % len(facts.plan.people.names)} set aside, which comes first",
        lambda i: "other work",
    )


def _no_urgent_wait(facts: Facts, interruptible: Presence) -> Iterator[Breach]:
    history = facts.history
    waits = words.QUEUES[history.event] & (facts.holder == NOBODY)
    people = len(facts.plan.people.names)
    spans = [interruptible.spans(team, facts.time_or_end_ms) for team in range(len(facts.plan.teams))]
    everything = np.arange(len(history.row))
    for lowest in range(1, len(facts.plan.rules.priority_class)):
        urgent = np.flatnonzero(waits & _may_interrupt(facts, everything, np.full(len(everything), lowest)))
        if len(urgent) == 0:
            continue
        ticket = history.ticket[urgent].astype(np.int64)
        place, enter, leave = history.place[urgent], history.row[urgent], history.next_row[urgent]
        waiting = Presence(place, enter, leave, ticket, facts.rows)
        for index, queue in enumerate(facts.plan.queues):
            for team in queue.teams:
                start_ms, end_ms, key = spans[team]
                of_it = _LOWEST - key // people // (facts.rows + 1) == lowest
                work = start_ms[of_it], end_ms[of_it], key[of_it]
                if len(work[0]):
                    yield from waiting_beside(
                        facts, waiting.spans(index, facts.time_or_end_ms), work, queue.name, "less urgent work"
                    )


def ownership(facts: Facts) -> Iterator[Breach]:
    """Tickets become the property of somebody who may take them and has room, and are let go when the rules say so."""
    history, rules, crew = facts.history, facts.plan.rules, facts.workload.crew
    at = np.flatnonzero(history.event == Event.ASSIGNED)
    agent = history.agent[at].astype(np.int64)
    serves = facts.may_take[history.place[at], facts.plan.people.team[agent]]
    deferrable = facts.kind[at] < URGENT
    yield from earliest(
        ~(serves & deferrable & (rules.assignment != Assignment.SHARED)),
        history.time_ms[at],
        history.ticket[at],
        agent,
        lambda i: "deferrable tickets that are not urgent to be assigned to people who may take them",
        lambda i: f"ASSIGNED in queue {history.place[at[i]]}",
    )
    if rules.owns_at_most:
        yield from _owned(facts)
    due_ms = np.full(len(at), facts.horizon_ms)
    if rules.assignment == Assignment.SAME_AGENT and rules.owner_waits_ms >= 0:
        due_ms = np.minimum(due_ms, history.time_ms[at] + rules.owner_waits_ms)
    for number, playbook in enumerate(facts.plan.playbooks):
        if playbook.defers:
            held, fire = facts.may_be_held_back(number)[at], facts.burning(number)
            yield from _held(facts, at[held & fire.at_row(history.row[at])], playbook.name)
            held = facts.may_be_held_back(number, as_assigned=True)[at]
            following = np.searchsorted(fire.start_ms, history.time_ms[at], side="right")
            fires_ms = np.append(fire.start_ms, facts.horizon_ms)[following]
            due_ms = np.where(held, np.minimum(due_ms, fires_ms), due_ms)
    leaving = np.sort(facts.crew_key(crew.person, crew.end_ms)[~crew.keeps_work])
    nth = np.searchsorted(leaving, facts.crew_key(agent, history.time_ms[at]), side="right")
    next_leaving = np.append(leaving, np.iinfo(np.int64).max)[nth]
    leaves_ms = next_leaving - facts.crew_key(agent, np.zeros(len(at), dtype=np.int64))
    due_ms = np.minimum(due_ms, np.where(leaves_ms < 0, facts.horizon_ms, leaves_ms))
    # What comes in between does not matter to the owner.
    end = _next_of(facts, at, ~words.SAME_HOLDER[history.event])
    let_go = np.append(history.event, 0)[end] == Event.LET_GO
    # Its clock may take a ticket away from its owner.
    let_go &= np.append(history.event, [0, 0])[end + 1] != Event.MOVED_UP
    end_ms = np.append(history.time_ms, facts.horizon_ms)[end]
    yield from earliest(
        np.where(let_go, end_ms != due_ms, end_ms > due_ms),
        np.minimum(end_ms, due_ms),
        history.ticket[at],
        agent,
        lambda i: f"the ticket to be let go at {due_ms[i]} ms unless taken before",
        lambda i: f"{'LET_GO' if let_go[i] else 'it waiting for its owner until'} {end_ms[i]} ms",
    )
    yield from choice_of_owner(facts)
    yield from return_to_owner(facts)


def _held(facts: Facts, at: NDArray[np.int64], name: str) -> Iterator[Breach]:
    history = facts.history
    yield from earliest(
        np.ones(len(at), dtype=np.bool_),
        history.time_ms[at],
        history.ticket[at],
        history.agent[at],
        lambda i: f"the ticket to be nobody's while {name} holds it back",
        lambda i: "ASSIGNED",
    )


def _next_of(facts: Facts, at: NDArray[np.int64], hit: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the place of the ticket's next hit after each of ``at`` (n,); the number of rows if it has none."""
    history = facts.history
    hits = np.append(np.flatnonzero(hit), len(history.row))
    found: NDArray[np.int64] = hits[np.searchsorted(hits, at, side="right")]
    same = np.append(history.ticket, NOBODY)[found] == history.ticket[at]
    return np.where(same, found, len(history.row))


def _owned(facts: Facts) -> Iterator[Breach]:
    ledger = facts.ledger
    row = np.flatnonzero(words.OF_LOAD[ledger.event])
    row = row[order_of(ledger.agent[row])]
    first = np.diff(ledger.agent[row], prepend=-1) != 0
    owned = count_within(facts.owned_change[row], first)
    exempt = np.zeros(facts.rows, dtype=np.bool_)
    exempt[facts.history.row[facts.kind == URGENT]] = True
    yield from earliest(
        (facts.owned_change[row] > 0) & ~exempt[row] & (owned > facts.plan.rules.owns_at_most),
        ledger.time_ms[row],
        ledger.ticket[row],
        ledger.agent[row],
        lambda i: f"at most {facts.plan.rules.owns_at_most} tickets of one person",
        lambda i: f"{owned[i]}",
    )
