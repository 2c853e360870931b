"""M(t)/M/s(t)(+M): arrivals and staff that change in steps, from empty, by the Kolmogorov equations.

What becomes of a busy server whose shift ends has to be said; Ingolfsson, "Modeling the M(t)/M/s(t) queue
with an exhaustive discipline" (2005), shows how much depends on it. Feldman, Mandelbaum, Massey & Whitt,
"Staffing of time-varying queues to achieve time-stable performance" (2008), for the queue with patience.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class ShiftEnd(StrEnum):
    """What becomes of service under way when servers leave."""

    SET_ASIDE = "set aside"
    """The customers of servers who leave go back to the head of the queue and are resumed: preemptive."""
    FIRST_TO_FINISH_LEAVES = "first to finish leaves"
    """Idle servers leave; if too few are idle, whoever finishes first leaves instead of them: pool level."""
    LEAVERS_FINISH = "leavers finish"
    """The ones who leave are named beforehand, at random, and finish what they have begun."""


@dataclass(frozen=True)
class Course:
    """What happens in each of T periods.

    Args:
        waiting, busy, present: (T,), mean numbers over the period; those who work past their shift are busy.
        delayed: (T,), share of the period in which an arrival would wait, so of the arrivals that do.
        abandoned: (T,), mean number who give up.
        waiting_at_end, present_at_end, delayed_at_end: (T,), at the last instant of the period, before staff changes.
    """

    waiting: FloatArray
    busy: FloatArray
    present: FloatArray
    delayed: FloatArray
    abandoned: FloatArray
    waiting_at_end: FloatArray
    present_at_end: FloatArray
    delayed_at_end: FloatArray


def course(
    arrival_rates: Sequence[float],
    staff: Sequence[int],
    period: float,
    service_rate: float,
    shift_end: ShiftEnd,
    abandonment_rate: float = 0.0,
    most_waiting: int = 150,
) -> Course:
    """Return what happens from empty.

    The state is (n, e): n customers of the s regular servers and their queue, and e more in the hands of those who
    stay beyond their shift. The equations are solved exactly in time (a matrix exponential for each period); n
    is cut off at s + ``most_waiting``, where nobody may come.

    Args:
        arrival_rates: (T,), in each period.
        staff: (T,), servers in each period.
        period: its length, in the unit of time of the rates.
        service_rate: of one server.
        shift_end: see `ShiftEnd`.
        abandonment_rate: one over the mean patience; 0: nobody gives up.
        most_waiting: see above.

    Raises:
        ValueError: the lists differ in length or a value is negative.
    """
    if len(arrival_rates) != len(staff) or min(*arrival_rates, *staff, period, service_rate, abandonment_rate) < 0:
        raise ValueError("expected as many arrival rates as staff, and nothing negative")
    from scipy.sparse.linalg import expm_multiply

    top = max(staff) + most_waiting
    # Nobody stays beyond a shift that does not end.
    extra = 0 if shift_end is ShiftEnd.SET_ASIDE else max(staff)
    probability = np.zeros((top + 1, extra + 1))
    probability[0, 0] = 1.0
    rows = []
    previous = staff[0]
    for rate, servers in zip(arrival_rates, staff, strict=True):
        probability = _handed_over(probability, previous, servers, shift_end)
        rewards = _rewards(top, extra, servers, abandonment_rate)
        flow = _generator(top, extra, rate, servers, service_rate, abandonment_rate, shift_end)
        # The rewards' integrals are further states, into which the probabilities flow.
        size = probability.size
        state = np.concatenate([probability.ravel(), np.zeros(rewards.shape[1])])
        state = expm_multiply(_with_rewards(flow, rewards).T * period, state)
        probability = state[:size].reshape(probability.shape)
        rows.append(np.concatenate([state[size:] / period, state[:size] @ rewards[:, [0, 2, 3]]]))
        previous = servers
    waiting, busy, present, delayed, gone, *at_end = np.array(rows).T
    return Course(waiting, busy, present, delayed, gone * period, *at_end)


def _numbers(top: int, extra: int) -> tuple[FloatArray, FloatArray]:
    """Return n and e of each state, (states,)."""
    present, beyond = np.meshgrid(np.arange(top + 1.0), np.arange(extra + 1.0), indexing="ij")
    return present.ravel(), beyond.ravel()


def _rewards(top: int, extra: int, servers: int, abandonment_rate: float) -> FloatArray:
    """Return waiting, busy, present, delayed and abandoning of each state, (states, 5)."""
    number, beyond = _numbers(top, extra)
    waiting = np.maximum(number - servers, 0)
    busy = np.minimum(number, servers) + beyond
    return np.stack([waiting, busy, number + beyond, number >= servers, abandonment_rate * waiting], axis=1)


def _generator(
    top: int, extra: int, rate: float, servers: int, service_rate: float, abandonment_rate: float, shift_end: ShiftEnd
) -> Any:
    """Return the sparse matrix of flows, (states, states), rows summing to 0.

    In the pool, while e > 0 all are busy and any completion takes one of the extra away; else an extra one
    leaves with his own.
    """
    from scipy.sparse import coo_matrix

    number, beyond = _numbers(top, extra)
    here = np.arange(len(number))
    in_service = np.minimum(number, servers) * service_rate
    gone = np.maximum(number - servers, 0) * abandonment_rate
    late = beyond * service_rate
    if shift_end is ShiftEnd.FIRST_TO_FINISH_LEAVES:
        late, in_service = np.where(beyond > 0, in_service + late, 0), np.where(beyond > 0, 0, in_service)
    wide = extra + 1
    moves = ((rate * (number < top), wide), (in_service + gone, -wide), (late, -1))
    origin = np.concatenate([here[flow > 0] for flow, _ in moves])
    target = np.concatenate([here[flow > 0] + step for flow, step in moves])
    value = np.concatenate([flow[flow > 0] for flow, _ in moves])
    states = len(number)
    flows = coo_matrix((value, (origin, target)), shape=(states, states)).tocsr()
    return flows - coo_matrix((np.asarray(flows.sum(axis=1)).ravel(), (here, here)), shape=(states, states)).tocsr()


def _with_rewards(flow: Any, rewards: FloatArray) -> Any:
    from scipy.sparse import bmat, csr_matrix

    count = rewards.shape[1]
    return bmat([[flow, csr_matrix(rewards)], [csr_matrix((count, flow.shape[0])), csr_matrix((count, count))]]).tocsr()


def _handed_over(probability: FloatArray, before: int, after: int, shift_end: ShiftEnd) -> FloatArray:
    """Return the state's distribution after the number of regular servers has changed."""
    if shift_end is ShiftEnd.SET_ASIDE or before == after:
        return probability
    change = _pool if shift_end is ShiftEnd.FIRST_TO_FINISH_LEAVES else _named
    found = np.zeros_like(probability)
    for number, beyond in zip(*np.nonzero(probability), strict=True):
        for (next_number, next_beyond), share in change(int(number), int(beyond), before, after):
            # Beyond the cut-off there is next to nobody.
            found[min(next_number, len(found) - 1), next_beyond] += share * probability[number, beyond]
    return found


Moves = list[tuple[tuple[int, int], float]]


def _pool(number: int, beyond: int, before: int, after: int) -> Moves:
    busy = min(number, before) + beyond
    queue = number - min(number, before)
    staying = max(busy - after, 0)
    return [((busy - staying + queue, staying), 1.0)]


def _named(number: int, beyond: int, before: int, after: int) -> Moves:
    """Of those who leave, as many are busy as a random choice of them holds; who comes begins anew."""
    leaving, busy = max(before - after, 0), min(number, before)
    found: Moves = []
    for taken in range(min(leaving, busy) + 1):
        share = math.comb(busy, taken) * math.comb(before - busy, leaving - taken) / math.comb(before, leaving)
        if share > 0:
            found.append(((number - taken, beyond + taken), share))
    return found
