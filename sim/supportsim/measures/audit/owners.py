"""Whose turn it was, and who owned fewest: the rule on the choice of a ticket's owner."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.hands_over_time import URGENT
from supportsim.measures.audit.presence import NOTHING
from supportsim.plan.model import Assignment


def choice_of_owner(facts: Facts) -> Iterator[Breach]:
    """A new ticket goes to the next in turn, or to who owns fewest, of those who are there and have room."""
    ledger, assignment = facts.ledger, facts.plan.rules.assignment
    if assignment not in (Assignment.ROUND_ROBIN, Assignment.LEAST_LOADED):
        return
    row = np.flatnonzero(ledger.event == Event.ASSIGNED)
    # Who had the ticket before may get it again, whoever's turn it is.
    row = row[_last_agent(facts)[row] != ledger.agent[row]]
    find = _in_turn if assignment == Assignment.ROUND_ROBIN else _with_fewest
    expected = np.full(len(row), NOBODY, dtype=np.int64)
    for queue in np.unique(ledger.place[row]).tolist():
        here = np.flatnonzero(ledger.place[row] == queue)
        expected[here] = find(facts, queue, row[here])
    yield from earliest(
        expected != ledger.agent[row],
        ledger.time_ms[row],
        ledger.ticket[row],
        ledger.agent[row],
        lambda i: f"the ticket to be assigned to agent {expected[i]}",
        lambda i: f"ASSIGNED to agent {ledger.agent[row[i]]}",
    )


def return_to_owner(facts: Facts) -> Iterator[Breach]:
    """What begins to wait is assigned at once to who had it last, who may take it and is there or comes back in time.

    Whoever owns it else is there or comes back in time, too; and where tickets are handed out, somebody who is there
    gets it. Not judged where people can own too much, but for the second.
    """
    history, rules, people = facts.history, facts.plan.rules, facts.plan.people
    if rules.assignment == Assignment.SHARED:
        return
    last = _last_agent(facts)[history.row]
    assigned = np.flatnonzero(history.event == Event.ASSIGNED)
    agent = history.agent[assigned].astype(np.int64)
    yield from earliest(
        ~_stays(facts, assigned, agent),
        history.time_ms[assigned],
        history.ticket[assigned],
        agent,
        lambda i: "an owner who is there or comes back in time",
        lambda i: "ASSIGNED",
    )
    if rules.owns_at_most:
        return
    nobodys = _nobodys(facts)
    at = np.sort(np.concatenate([assigned, nobodys[history.event[nobodys] != Event.LET_GO]]))
    at = at[last[at] != NOBODY]
    at = at[facts.may_take[history.place[at], people.team[last[at]]] & _stays(facts, at, last[at])]
    yield from earliest(
        (history.event[at] != Event.ASSIGNED) | (history.agent[at] != last[at]),
        history.time_ms[at],
        history.ticket[at],
        last[at],
        lambda i: f"the ticket to go back to agent {last[at[i]]}, who had it last",
        lambda i: words.name(history.event[at[i]]),
    )
    if rules.assignment == Assignment.SAME_AGENT:
        return
    there = np.array([_anybody(facts, row) for row in nobodys.tolist()], dtype=np.bool_)
    yield from earliest(
        there,
        history.time_ms[nobodys],
        history.ticket[nobodys],
        NOBODY,
        lambda i: "the ticket to be assigned to somebody who is there",
        lambda i: words.name(history.event[nobodys[i]]),
    )


def _nobodys(facts: Facts) -> NDArray[np.int64]:
    """Return where in the history tickets are nobody's that might be, after the instant in which they were to be."""
    history = facts.history
    to_assign = history.time_ms[history.joined] == history.time_ms
    to_assign |= (history.event == Event.LET_GO) & (facts.plan.rules.assignment != Assignment.SAME_AGENT)
    to_assign &= words.QUEUES[history.event] & (facts.holder == NOBODY) & (facts.kind < URGENT)
    to_assign &= history.waited_as != Event.PREEMPTED
    is_taken = np.append(words.STARTS[history.event[1:]], False)[: len(to_assign)] & ~history.last
    to_assign &= (history.next_ms > history.time_ms) | is_taken
    for number, playbook in enumerate(facts.plan.playbooks):
        if playbook.defers:
            to_assign &= ~(facts.may_be_held_back(number) & facts.burning(number).at_row(history.row))
    return np.flatnonzero(to_assign)


def _anybody(facts: Facts, at: int) -> bool:
    """Tell of a row of the history whether anybody is there after its instant who may take from its queue."""
    people, history = facts.plan.people, facts.history
    who = np.flatnonzero(facts.may_take[history.place[at], people.team])
    return bool(_stays(facts, np.full(len(who), at), who, only_there=True).any())


def _stays(
    facts: Facts, at: NDArray[np.int64], agent: NDArray[np.int64], only_there: bool = False
) -> NDArray[np.bool_]:
    """Tell of rows of the history (n,) whether an agent is there after their instants, or off and back in time."""
    crew = facts.workload.crew
    key = facts.crew_key(agent, facts.history.time_ms[at])
    latest = np.searchsorted(facts.crew_key(crew.person, crew.start_ms), key, side="right") - 1
    came = (latest >= 0) & (np.append(crew.person, NOBODY)[latest] == agent)
    there = key < np.append(facts.crew_key(crew.person, crew.end_ms), 0)[latest]
    stays: NDArray[np.bool_] = came & (there | (np.append(crew.keeps_work, False)[latest] & (not only_there)))
    return stays


def _last_agent(facts: Facts) -> NDArray[np.int64]:
    """Return by row of the ledger who last had its ticket in hand before, int64 (E,); NOBODY if nobody did."""
    history = facts.history
    starts = words.STARTS[history.event]
    at = np.maximum.accumulate(np.where(starts | history.first, np.arange(len(history.event)), 0))
    last = np.full(facts.rows, NOBODY, dtype=np.int64)
    last[history.row] = np.where(starts[at], history.agent[at], NOBODY)
    return last


def _may_own(facts: Facts, queue: int, row: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield each person of a queue with how many tickets he owns just before rows (n,); NOTHING if he can own none."""
    ledger, people, most = facts.ledger, facts.plan.people, facts.plan.rules.owns_at_most
    serves = facts.may_take[queue, people.team]
    of_agent = np.flatnonzero((ledger.event == Event.AGENT_ON) | (ledger.event == Event.AGENT_OFF))
    changes = np.flatnonzero(facts.owned_change)
    for person in np.flatnonzero(serves).tolist():
        comings = of_agent[ledger.agent[of_agent] == person]
        latest = np.searchsorted(comings, row) - 1
        there = (latest >= 0) & (ledger.event[np.append(comings, 0)[latest]] == Event.AGENT_ON)
        own = changes[ledger.agent[changes] == person]
        owned = np.append(0, np.cumsum(facts.owned_change[own]))[np.searchsorted(own, row)]
        yield person, np.where(there & ((most == 0) | (owned < most)), owned, NOTHING)


def _with_fewest(facts: Facts, queue: int, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return who owned fewest at rows (n,), of the first rank of teams where anybody could own more."""
    plan = facts.plan
    rank_of_team = dict(zip(plan.queues[queue].teams, plan.queues[queue].ranks, strict=True))
    best = np.full(len(row), NOBODY, dtype=np.int64)
    best_rank, fewest = np.full(len(row), NOTHING), np.full(len(row), NOTHING)
    for person, owned in _may_own(facts, queue, row):
        rank = rank_of_team[int(plan.people.team[person])]
        better = (owned < NOTHING) & ((rank < best_rank) | ((rank == best_rank) & (owned < fewest)))
        best[better], best_rank[better], fewest[better] = person, rank, owned[better]
    return best


def _in_turn(facts: Facts, queue: int, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return who came next at rows (n,), counted on from whom the ledger names at the row before."""
    people = len(facts.plan.people.names)
    after = np.append(NOBODY, facts.ledger.agent[row][:-1]).astype(np.int64)
    best, fewest_passed = np.full(len(row), NOBODY, dtype=np.int64), np.full(len(row), NOTHING)
    for person, owned in _may_own(facts, queue, row):
        passed = (person - after - 1) % people
        better = (owned < NOTHING) & (passed < fewest_passed)
        best[better], fewest_passed[better] = person, passed[better]
    return best
