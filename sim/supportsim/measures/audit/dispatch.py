"""Rules on who takes what: eligibility, no idling, the order of picks, and the choice of the agent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.presence import NOTHING, Spans
from supportsim.measures.audit.sorting import order_of


def eligibility(facts: Facts) -> Iterator[Breach]:
    """An agent takes a ticket only from a queue that the agent's team serves."""
    history, work = facts.history, facts.stretches
    queue = history.place[work.at - 1]
    team = history.place[work.at]
    from_queue = words.QUEUES[history.previous[work.at]]
    yield from earliest(
        from_queue & ~facts.may_take[np.where(from_queue, queue, 0), team],
        work.start_ms,
        work.ticket,
        work.agent,
        lambda i: f"an agent of a team that serves queue {queue[i]} ({facts.plan.queues[queue[i]].name})",
        lambda i: f"one of team {facts.plan.teams[team[i]]}",
    )


def no_idling(facts: Facts) -> Iterator[Breach]:
    """No agent is available with empty hands for any time while a ticket waits that the agent may take."""
    idle = [facts.idle.spans(team, facts.time_or_end_ms) for team in range(len(facts.plan.teams))]
    for index, queue in enumerate(facts.plan.queues):
        waiting = facts.waiting.spans(index, facts.time_or_end_ms)
        for team in queue.teams:
            if len(idle[team][0]):
                yield from _idling_beside_queue(facts, waiting, idle[team], queue.name)
    yield from _idling_beside_own_work(facts)


def _idling_beside_queue(facts: Facts, waiting: Spans, idle: Spans, queue: str) -> Iterator[Breach]:
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
        lambda i: f"it waiting in queue {queue} beside an idle agent who may take it",
    )


def _idling_beside_own_work(facts: Facts) -> Iterator[Breach]:
    history, idleness = facts.history, facts.idleness
    kept = np.flatnonzero(history.event == Event.SUSPENDED)
    since_ms, until_ms = facts.time_or_end_ms[idleness.enter], facts.time_or_end_ms[idleness.leave]
    real = until_ms > since_ms
    agent, since_ms, until_ms = idleness.agent[real], since_ms[real], until_ms[real]
    if len(kept) == 0 or len(agent) == 0:
        return
    owner = history.agent[kept]
    idle_until = facts.crew_key(agent, until_ms)
    near = np.searchsorted(idle_until, facts.crew_key(owner, history.time_ms[kept]), side="right")
    near_at = np.minimum(near, len(agent) - 1)
    overlaps = (near < len(agent)) & (agent[near_at] == owner) & (since_ms[near_at] < history.next_ms[kept])
    yield from earliest(
        overlaps,
        np.maximum(since_ms[near_at], history.time_ms[kept]),
        history.ticket[kept],
        owner,
        lambda i: "the agent to go on with the work set aside",
        lambda i: "the agent idle beside it",
    )


def picks(facts: Facts) -> Iterator[Breach]:
    """Agents take the best ticket that waits in a queue of their team or that they have set aside."""
    history, work = facts.history, facts.stretches
    team, row = history.place[work.at], history.row[work.at]
    in_order = order_of(row)
    for index, queue in enumerate(facts.plan.queues):
        these = in_order[facts.may_take[index, team[in_order]]]
        yield from _better(facts, these, facts.waiting.after(index, row[these]), f"waits in queue {queue.name}")
    has_kept = np.zeros(len(facts.plan.people.names), dtype=np.bool_)
    has_kept[history.agent[history.event == Event.SUSPENDED]] = True
    these = np.flatnonzero(has_kept[work.agent])
    yield from _better(facts, these, facts.kept.after(work.agent[these], row[these]), "the agent has set aside")


def _better(facts: Facts, these: NDArray[np.int64], best: NDArray[np.int64], where: str) -> Iterator[Breach]:
    work = facts.stretches
    yield from earliest(
        best < facts.order_key[work.at[these] - 1],
        work.start_ms[these],
        work.ticket[these],
        work.agent[these],
        lambda i: f"ticket {best[i] % facts.tickets}, which {where} and goes first",
        lambda i: f"ticket {work.ticket[these[i]]} taken",
    )


def choice_of_agent(facts: Facts) -> Iterator[Breach]:
    """A ticket goes to the free agent of the team preferred most, there to the one idle longest."""
    history, work = facts.history, facts.stretches
    team = history.place[work.at]
    queue = np.where(words.QUEUES[history.previous[work.at]], history.place[work.at - 1], NOBODY)
    in_order = order_of(history.row[work.at])
    for index, serving in enumerate(facts.plan.queues):
        these = in_order[queue[in_order] == index]
        rank_of_team = np.zeros(len(facts.plan.teams), dtype=np.int64)
        rank_of_team[list(serving.teams)] = serving.ranks
        rank = rank_of_team[team[these]]
        for other, other_rank in zip(serving.teams, serving.ranks, strict=True):
            yield from _preferred(facts, these, other, np.sign(other_rank - rank))


def _preferred(facts: Facts, these: NDArray[np.int64], team: int, rank: NDArray[np.int64]) -> Iterator[Breach]:
    """Compare those who took tickets with those idle in ``team``, whose rank is lower (-1), equal (0) or higher (1)."""
    work = facts.stretches
    row = facts.history.row[work.at[these]]
    best = facts.idle.after(team, row)
    own = facts.idleness.at_start[row]
    yield from earliest(
        np.where(rank < 0, best != NOTHING, (rank == 0) & (best < own)),
        work.start_ms[these],
        work.ticket[these],
        work.agent[these],
        lambda i: f"agent {best[i] % len(facts.plan.people.names)}, who comes first",
        lambda i: f"agent {work.agent[these[i]]}",
    )
