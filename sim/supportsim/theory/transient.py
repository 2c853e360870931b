"""M/M/1 on its way from empty to its steady state: how long a warm-up has to be.

By uniformization (Jensen 1953): the chain jumps at rate lambda + mu, the k-th jump's distribution
is that of a random walk held at 0, and t has seen a Poisson number of jumps. Nothing is truncated
but that Poisson's tail, for k jumps cannot lead beyond k customers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def number_from_empty(
    times: Sequence[float], arrival_rate: float, service_rate: float
) -> tuple[FloatArray, FloatArray]:
    """Return E N(t) and P(N(t) > 0) of the M/M/1 that is empty at time 0, each (len(times),).

    The work grows with the square of the jumps until the last time: (lambda + mu) t of 10^4 takes about a second.

    Raises:
        ValueError: a time is negative, or a rate is not positive.
    """
    from scipy.special import gammaln

    if min(times, default=0.0) < 0 or not min(arrival_rate, service_rate) > 0:
        raise ValueError(f"times {times}, rates {arrival_rate}, {service_rate}: expected times >= 0 and rates > 0")
    jump_rate = arrival_rate + service_rate
    up, down = arrival_rate / jump_rate, service_rate / jump_rate
    mean_jumps = jump_rate * np.asarray(times, dtype=np.float64)
    most = math.ceil(mean_jumps.max(initial=0.0) + 12 * math.sqrt(mean_jumps.max(initial=0.0)) + 30)
    mean_after = np.zeros(most + 1)
    busy_after = np.zeros(most + 1)
    state = np.zeros(most + 2)
    state[0] = 1.0
    customers = np.arange(most + 2)
    for jumps in range(1, most + 1):
        moved = np.zeros_like(state)
        moved[1:] = up * state[:-1]
        moved[:-1] += down * state[1:]
        moved[0] += down * state[0]
        state = moved
        mean_after[jumps] = customers @ state
        busy_after[jumps] = 1 - state[0]
    counts = np.arange(most + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_weight = counts * np.log(mean_jumps)[:, None] - mean_jumps[:, None] - gammaln(counts + 1)
    weight = np.where(mean_jumps[:, None] > 0, np.exp(log_weight), counts == 0)
    return weight @ mean_after, weight @ busy_after
