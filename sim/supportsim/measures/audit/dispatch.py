"""Rules on who takes what: eligibility, no idling, the order of picks, and the choice of the agent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY
from supportsim.measures.audit.best_skill import choice_of_fastest
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.presence import NOTHING, Spans
from supportsim.measures.audit.sorting import order_of

NUMBERS = 1 << 20
"""More than anybody has in hand."""


def eligibility(facts: Facts) -> Iterator[Breach]:
    """An agent takes a ticket only from a queue that the agent's team serves."""
    history, work = facts.history, facts.stretches
    queue = history.place[work.at - 1]
    team = history.place[work.at]
    from_queue = facts.holder[work.at - 1] == NOBODY
    yield from earliest(
        from_queue & ~facts.may_take[np.where(from_queue, queue, 0), team],
        work.start_ms,
        work.ticket,
        work.agent,
        lambda i: f"an agent of a team that serves queue {queue[i]} ({facts.plan.queues[queue[i]].name})",
        lambda i: f"one of team {facts.plan.teams[team[i]]}",
    )


def no_idling(facts: Facts) -> Iterator[Breach]:
    """No available agent could, for any time, take a ticket that waits and that the agent may take."""
    line = facts.timeline
    loads = len(line.loads)
    could = {
        (team, load): facts.open.spans(team * loads + load, facts.time_or_end_ms)
        for team in range(len(facts.plan.teams))
        for load in range(loads)
    }
    for index, queue in enumerate(facts.plan.queues):
        for kind in range(facts.kinds):
            waiting = facts.waiting.spans(index * facts.kinds + kind, facts.time_or_end_ms)
            if not len(waiting[0]):
                continue
            for team in queue.teams:
                for load in np.flatnonzero(line.takes[:, kind]).tolist():
                    if len(could[team, load][0]):
                        who = "an idle agent who may take it"
                        yield from waiting_beside(facts, waiting, could[team, load], queue.name, who)
    yield from _idling_beside_own_work(facts)


def waiting_beside(facts: Facts, waiting: Spans, idle: Spans, queue: str, what: str) -> Iterator[Breach]:
    """Yield the first time in which a ticket waits beside what should not be there."""
    since_ms, until_ms, ticket_key = waiting
    idle_since_ms, idle_until_ms, agent_key = idle
    near = np.searchsorted(idle_until_ms, since_ms, side="right")
    near_at = np.minimum(near, len(idle_since_ms) - 1)
    yield from earliest(
        (near < len(idle_since_ms)) & (idle_since_ms[near_at] < until_ms),
        np.maximum(since_ms, idle_since_ms[near_at]),
        ticket_key % facts.tickets,
        agent_key[near_at] % len(facts.plan.people.names),
        lambda i: "the ticket to be taken",
        lambda i: f"it waiting in queue {queue} beside {what}",
    )


def _idling_beside_own_work(facts: Facts) -> Iterator[Breach]:
    history, line = facts.history, facts.timeline
    kept = np.flatnonzero(facts.holder != NOBODY)
    could = np.flatnonzero(line.begins & line.available & line.takes[line.load, -1])
    since_ms, until_ms = facts.time_or_end_ms[line.row[could]], facts.time_or_end_ms[line.leave[could]]
    real = until_ms > since_ms
    agent, since_ms, until_ms = line.agent[could][real], since_ms[real], until_ms[real]
    if len(kept) == 0 or len(agent) == 0:
        return
    owner = facts.holder[kept]
    near = np.searchsorted(facts.crew_key(agent, until_ms), facts.crew_key(owner, history.time_ms[kept]), side="right")
    near_at = np.minimum(near, len(agent) - 1)
    overlaps = (near < len(agent)) & (agent[near_at] == owner) & (since_ms[near_at] < history.next_ms[kept])
    yield from earliest(
        overlaps,
        np.maximum(since_ms[near_at], history.time_ms[kept]),
        history.ticket[kept],
        owner,
        lambda i: "the agent to take what waits for him alone",
        lambda i: "the agent idle beside it",
    )


def picks(facts: Facts) -> Iterator[Breach]:
    """Agents take the best ticket that they may take in a queue of their team, or that waits for them alone."""
    history, work = facts.history, facts.stretches
    team, row = history.place[work.at], history.row[work.at]
    takes = facts.timeline.takes[facts.load_before]
    in_order = order_of(row)
    for index, queue in enumerate(facts.plan.queues):
        of_team = in_order[facts.may_take[index, team[in_order]]]
        for kind in range(facts.kinds):
            these = of_team[takes[of_team, kind]]
            best = facts.waiting.after(index * facts.kinds + kind, row[these])
            yield from _better(facts, these, best, f"waits in queue {queue.name}")
    has_kept = np.zeros(len(facts.plan.people.names), dtype=np.bool_)
    has_kept[facts.holder[facts.holder != NOBODY]] = True
    these = np.flatnonzero(has_kept[work.agent] & takes[:, -1])
    yield from _better(facts, these, facts.kept.after(work.agent[these], row[these]), "waits for the agent alone")


def _better(facts: Facts, these: NDArray[np.int64], best: NDArray[np.int64], where: str) -> Iterator[Breach]:
    work = facts.stretches
    at = work.at[these].astype(np.int64) - 1
    taken = facts.key_at(at, facts.risen(at, work.start_ms[these]))
    yield from earliest(
        best < taken,
        work.start_ms[these],
        work.ticket[these],
        work.agent[these],
        lambda i: f"ticket {best[i] % facts.tickets}, which {where} and goes first",
        lambda i: f"ticket {work.ticket[these[i]]} taken",
    )


def choice_of_agent(facts: Facts) -> Iterator[Breach]:
    """A ticket goes to the team preferred most, there by how many are in hand, then to who has longest had so many."""
    if facts.plan.rules.best_skill:
        yield from choice_of_fastest(facts)
        return
    history, work, line = facts.history, facts.stretches, facts.timeline
    team, row = history.place[work.at], history.row[work.at]
    queue = np.where(facts.holder[work.at - 1] == NOBODY, history.place[work.at - 1], NOBODY)
    kind = facts.kind[work.at]
    by_number = -1 if facts.plan.rules.to_busiest else 1
    in_order = order_of(row)
    for index, serving in enumerate(facts.plan.queues):
        from_queue = in_order[queue[in_order] == index]
        rank_of_team = np.zeros(len(facts.plan.teams), dtype=np.int64)
        rank_of_team[list(serving.teams)] = serving.ranks
        # Whoever takes a ticket is preferred by rank and number; both in one figure.
        preference = rank_of_team[team] * NUMBERS + by_number * line.loads[facts.load_before, 0]
        for other, rank in zip(serving.teams, serving.ranks, strict=True):
            for load, (in_hand, *_) in enumerate(line.loads.tolist()):
                these = from_queue[line.takes[load, kind[from_queue]]]
                if len(these):
                    theirs = rank * NUMBERS + by_number * in_hand
                    group = other * len(line.loads) + load
                    yield from _preferred(facts, these, group, np.sign(theirs - preference[these]))


def _preferred(facts: Facts, these: NDArray[np.int64], group: int, rank: NDArray[np.int64]) -> Iterator[Breach]:
    """Compare those who took tickets with a team and load that is preferred more (-1), as much (0) or less (1)."""
    work, line = facts.stretches, facts.timeline
    row = facts.history.row[work.at[these]].astype(np.int64)
    best = facts.open.after(group, row - 1)
    own = facts.standing(work.agent[these].astype(np.int64), line.enter[line.at[row] - 1])
    yield from earliest(
        np.where(rank < 0, best != NOTHING, (rank == 0) & (best < own)),
        work.start_ms[these],
        work.ticket[these],
        work.agent[these],
        lambda i: f"agent {best[i] % len(facts.plan.people.names)}, who comes first",
        lambda i: f"agent {work.agent[these[i]]}",
    )
