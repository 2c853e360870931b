"""Open Jackson networks: Poisson arrivals from outside, exponential servers, random routing.

Jackson, "Networks of waiting lines" (1957): in steady state each node behaves as an M/M/c of its
own with the total flow that the traffic equations give it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from supportsim.theory.erlang import mean_wait

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class OpenNetwork:
    """The steady state of an open network of J nodes.

    Args:
        arrival_rates: (J,), total flow into each node.
        utilizations: (J,), share of the servers' time in service.
        mean_waits: (J,), mean wait in queue per visit.
        mean_queue_lengths: (J,), mean number waiting.
        mean_numbers: (J,), mean number waiting or in service.
        mean_total_time: from a customer's arrival from outside until he leaves for good.
    """

    arrival_rates: FloatArray
    utilizations: FloatArray
    mean_waits: FloatArray
    mean_queue_lengths: FloatArray
    mean_numbers: FloatArray
    mean_total_time: float


def traffic_rates(external_rates: ArrayLike, routing: ArrayLike) -> FloatArray:
    """Return the flow into each node, (J,), that solves the traffic equations x = external + x routing.

    Args:
        external_rates: (J,), arrivals from outside.
        routing: (J, J), share of the departures of node i (row) that go on to node j (column);
            the rest of a row leaves.

    Raises:
        ValueError: shares are negative or a row sums to more than 1, or customers never leave.
    """
    shares = np.asarray(routing, dtype=np.float64)
    if (shares < 0).any() or (shares.sum(axis=1) > 1 + 1e-12).any():
        raise ValueError("routing: expected shares of at least 0 that sum to at most 1 in each row")
    if max(abs(np.linalg.eigvals(shares))) >= 1 - 1e-12:
        raise ValueError("routing: expected every customer to leave at last")
    external = np.asarray(external_rates, dtype=np.float64)
    return np.linalg.solve(np.eye(len(shares)) - shares.T, external).astype(np.float64)


def open_network(
    external_rates: ArrayLike, routing: ArrayLike, service_rates: Sequence[float], servers: Sequence[int]
) -> OpenNetwork:
    """Return the steady state of an open Jackson network.

    Args:
        external_rates: (J,), arrivals from outside.
        routing: (J, J), see `traffic_rates`.
        service_rates: (J,), of one server of each node.
        servers: (J,).

    Raises:
        ValueError: the routing is none, or a node has no steady state.
    """
    flow = traffic_rates(external_rates, routing)
    offered = flow / np.asarray(service_rates, dtype=np.float64)
    waits = np.array(
        [mean_wait(rate, mu, count) for rate, mu, count in zip(flow.tolist(), service_rates, servers, strict=True)]
    )
    numbers = flow * waits + offered
    return OpenNetwork(
        arrival_rates=flow,
        utilizations=offered / np.asarray(servers),
        mean_waits=waits,
        mean_queue_lengths=flow * waits,
        mean_numbers=numbers,
        mean_total_time=float(numbers.sum() / np.sum(external_rates)),
    )
