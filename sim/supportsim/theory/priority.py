"""Priority classes on shared servers, a server finishing what it has begun (non-preemptive).

Cobham, "Priority assignment in waiting line problems" (1954); for several servers, one exponential
service rate for all classes, Kella & Yechiali, "Waiting times in the non-preemptive priority
M/M/c queue" (1985).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from supportsim.theory.erlang import erlang_c


def mean_waits(arrival_rates: Sequence[float], service_rate: float, servers: int) -> NDArray[np.float64]:
    """Return the mean wait in queue of each class in the non-preemptive M/M/c, (K,).

    W(k) = C / (c mu (1 - s(k-1)) (1 - s(k))), where C is the Erlang C probability of all
    arrivals together and s(k) the traffic intensity of classes 1..k.

    Args:
        arrival_rates: by class, (K,), the class that goes first first.
        service_rate: of one server, the same for all classes.
        servers: at least 1.

    Raises:
        ValueError: no steady state, the load is not below the number of servers.
    """
    capacity = servers * service_rate
    intensity = np.concatenate([[0.0], np.cumsum(arrival_rates) / capacity])
    delayed = erlang_c(float(np.sum(arrival_rates)) / service_rate, servers)
    waits: NDArray[np.float64] = delayed / capacity / ((1 - intensity[:-1]) * (1 - intensity[1:]))
    return waits
