"""The rule on who gets a ticket where the fastest at its skill does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.presence import NOTHING, Presence
from supportsim.measures.audit.speed import speed_ppm

_FASTER = 1 << 24
"""More than anybody's speed in millionths of the usual."""
_IN_HAND = 64
"""More than anybody has in hand where speeds matter."""


def choice_of_fastest(facts: Facts) -> Iterator[Breach]:
    """A ticket goes to the team preferred most, there to the fastest at its skill, ties as without that rule."""
    work, history, line = facts.stretches, facts.history, facts.timeline
    skill_of = facts.workload.tickets.skill[work.ticket]
    queue = np.where(facts.holder[work.at - 1] == NOBODY, history.place[work.at - 1], NOBODY)
    kind, team, row = facts.kind[work.at], history.place[work.at], history.row[work.at].astype(np.int64)
    enter = line.enter[line.at[row] - 1]
    for skill in np.unique(skill_of).tolist():
        own = _key(facts, skill, work.agent.astype(np.int64), enter, work.start_ms, facts.load_before)
        for code in range(facts.kinds):
            fastest = open_by_speed(facts, skill, code)
            for index, serving in enumerate(facts.plan.queues):
                these = np.flatnonzero((skill_of == skill) & (kind == code) & (queue == index))
                rank_of = dict(zip(serving.teams, serving.ranks, strict=True))
                rank = np.array([rank_of[one] for one in team[these].tolist()], dtype=np.int64)
                for other in serving.teams:
                    best = fastest.after(other, row[these] - 1)
                    first = np.where(rank_of[other] == rank, best < own[these], rank_of[other] < rank)
                    yield from _passed_over(facts, these, best, first & (best != NOTHING))


def _passed_over(
    facts: Facts, these: NDArray[np.int64], best: NDArray[np.int64], broken: NDArray[np.bool_]
) -> Iterator[Breach]:
    work = facts.stretches
    yield from earliest(
        broken,
        work.start_ms[these],
        work.ticket[these],
        work.agent[these],
        lambda i: f"agent {best[i] % len(facts.plan.people.names)}, who comes first",
        lambda i: f"agent {work.agent[these[i]]}",
    )


def open_by_speed(facts: Facts, skill: int, kind: int, empty_handed: bool = False) -> Presence:
    """Return who may take tickets of a kind, present by team; the least key is the fastest at a skill."""
    line = facts.timeline
    may = line.takes[:, kind] & ((line.loads[:, 0] == 0) | (not empty_handed))
    at = np.flatnonzero(line.begins & line.available & may[line.load])
    since_ms = facts.time_or_end_ms[line.row[at]]
    key = _key(facts, skill, line.agent[at], line.row[at], since_ms, line.load[at])
    return Presence(facts.plan.people.team[line.agent[at]], line.row[at], line.leave[at], key, facts.rows)


def _key(
    facts: Facts,
    skill: int,
    agent: NDArray[np.int64],
    enter: NDArray[np.int64],
    at_ms: NDArray[np.int64],
    load: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the standing (n,) of agents who came to a load at rows ``enter`` (n,); the least goes first."""
    speed = speed_ppm(facts.plan, facts.workload, agent, np.full(len(agent), skill), at_ms)
    in_hand = facts.timeline.loads[load, 0] * (-1 if facts.plan.rules.to_busiest else 1)
    standing = facts.standing(agent, enter)
    most = (int(facts.instant.max(initial=0)) + 1) * len(facts.plan.teams) * len(facts.plan.people.names)
    key: NDArray[np.int64] = ((_FASTER - speed) * 2 * _IN_HAND + in_hand + _IN_HAND) * most + standing
    return key
