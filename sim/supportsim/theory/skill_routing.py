"""Several kinds of tickets and agents who may take some of them: longest wait first, longest idle first.

Adan & Weiss, "A skill based parallel service system under FCFS-ALIS: steady state, overloads, and
abandonments" (2014). The state lists the busy agents S(1), ..., S(i) in the order in which their
tickets came, how many n(j) wait behind S(j) and before S(j+1), and the idle agents S(i+1), ...,
S(J), who is idle the longest last; its probability is in proportion to

    prod over j = 1..i of lambda(U(S(1..j)))^n(j) / mu(S(1..j))^(n(j)+1)
    prod over j = i+1..J of 1 / lambda(C(S(j..J))),

where mu is the agents' total rate, U(S) are the kinds that nobody outside of S takes, and C(S) those
that somebody in S takes. A ticket of the n(j) is of kind k in U with probability lambda(k) / lambda(U).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class SkillRouting:
    """The steady state of K kinds of tickets and J agents.

    Args:
        delay_probabilities: (K,), P(wait > 0).
        mean_queue_lengths: (K,).
        mean_waits: (K,), of all arrivals of the kind.
        utilizations: (J,).
    """

    delay_probabilities: FloatArray
    mean_queue_lengths: FloatArray
    mean_waits: FloatArray
    utilizations: FloatArray


def longest_wait_longest_idle(
    arrival_rates: Sequence[float], service_rates: Sequence[float], takes: ArrayLike
) -> SkillRouting:
    """Return the steady state when a freed agent takes the longest wait, and a ticket the longest idle agent.

    The work grows with the factorial of the number of agents.

    Args:
        arrival_rates: (K,).
        service_rates: (J,), an agent is as fast with every kind.
        takes: bool (K, J), who may take what; every agent something, every kind by somebody.

    Raises:
        ValueError: some kinds bring more than those who take them can do.
    """
    arrivals, speeds = np.asarray(arrival_rates, dtype=np.float64), np.asarray(service_rates, dtype=np.float64)
    able = np.asarray(takes, dtype=np.bool_)
    kinds, agents = able.shape
    total = 0.0
    delayed, queues, busy = np.zeros(kinds), np.zeros(kinds), np.zeros(agents)
    for order in permutations(range(agents)):
        for count in range(agents + 1):
            weight, waiting = _weight(arrivals, speeds, able, order, count)
            at_work = np.zeros(agents, dtype=np.bool_)
            at_work[list(order[:count])] = True
            total += weight
            queues += weight * waiting
            busy += weight * at_work
            delayed += weight * ~(able & ~at_work).any(axis=1)
    return SkillRouting(delayed / total, queues / total, queues / total / arrivals, busy / total)


def _weight(
    arrivals: FloatArray, speeds: FloatArray, able: NDArray[np.bool_], order: Sequence[int], count: int
) -> tuple[float, FloatArray]:
    """Return the weight of all states whose first ``count`` agents are busy, and the mean number waiting by kind."""
    weight, waiting = 1.0, np.zeros(len(arrivals))
    for place in range(1, len(order) + 1):
        if place > count:
            idle = list(order[place - 1 :])
            weight /= float(arrivals[able[:, idle].any(axis=1)].sum())
            continue
        rest = list(order[place:])
        only = ~able[:, rest].any(axis=1)
        load, capacity = float(arrivals[only].sum()), float(speeds[list(order[:place])].sum())
        if load >= capacity:
            raise ValueError(f"arrival rate {load} at agents of rate {capacity}: expected less")
        # The sum over n of (load / capacity)^n / capacity, and with it the mean of n.
        weight /= capacity - load
        waiting += arrivals * only / (capacity - load)
    return weight, waiting
