"""Erlang-R: customers who come back. After a service a share goes to think about it and then returns.

Yom-Tov & Mandelbaum, "Erlang-R: a time-varying queue with reentrant customers, in support of healthcare
staffing" (2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from supportsim.theory import erlang

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ErlangR:
    """The steady state: an M/M/c node and an infinite-server node, by Jackson (1957).

    Args:
        arrival_rate, service_rate: per unit of time; new customers, one server.
        servers: at least 1.
        returns: share of the services after which the customer comes back.
        mean_pending: how long he stays away, any distribution.

    Raises:
        ValueError: no steady state, or a share of returns outside 0..1.
    """

    arrival_rate: float
    service_rate: float
    servers: int
    returns: float
    mean_pending: float

    def __post_init__(self) -> None:
        if not 0 <= self.returns < 1:
            raise ValueError(f"returns {self.returns}: expected at least 0 and below 1")
        erlang.erlang_c(self.visit_rate / self.service_rate, self.servers)

    @property
    def visit_rate(self) -> float:
        """Services per unit of time: lambda / (1 - p)."""
        return self.arrival_rate / (1 - self.returns)

    @property
    def delay_probability(self) -> float:
        """P(wait > 0) per visit."""
        return erlang.erlang_c(self.visit_rate / self.service_rate, self.servers)

    @property
    def mean_wait(self) -> float:
        """Per visit."""
        return erlang.mean_wait(self.visit_rate, self.service_rate, self.servers)

    @property
    def mean_pending_number(self) -> float:
        """How many stay away."""
        return self.visit_rate * self.returns * self.mean_pending

    @property
    def mean_total_time(self) -> float:
        """From a customer's first arrival until he leaves for good."""
        visit = self.mean_wait + 1 / self.service_rate
        return (visit + self.returns * self.mean_pending) / (1 - self.returns)


def offered_loads(
    arrival_rates: ArrayLike, period: float, service_rate: float, returns: float, mean_pending: float
) -> FloatArray:
    """Return the offered loads (in service, pending) with servers in plenty at the end of each period, (T, 2).

    The fluid equations R1' = lambda - mu R1 + delta R2 and R2' = p mu R1 - delta R2, from empty, exponential
    times, a rate that is constant in each period. Staffing follows R1 (square root rule).

    Args:
        arrival_rates: (T,), per unit of time.
        period: length of each.
        service_rate: of one server.
        returns: share of the services after which the customer comes back.
        mean_pending: how long he stays away.
    """
    from scipy.linalg import expm

    back = 1 / mean_pending
    flow = np.zeros((3, 3))
    flow[:2, :2] = [[-service_rate, back], [returns * service_rate, -back]]
    flow[0, 2] = 1
    # The third state is the constant arrival rate.
    step = expm(flow * period)
    state, found = np.zeros(2), []
    for rate in np.asarray(arrival_rates, dtype=np.float64).tolist():
        state = step[:2, :2] @ state + step[:2, 2] * rate
        found.append(state)
    return np.array(found, dtype=np.float64)
