"""M/M/c/K: Erlang C with so many lines in all, and who finds all of them taken is turned away.

Gross, Shortle, Thompson & Harris, "Fundamentals of Queueing Theory", ch. 2 (truncated queues).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class FiniteLines:
    """The M/M/c/K queue.

    Args:
        arrival_rate, service_rate: per unit of time; the service rate is one server's.
        servers: at least 1.
        lines: how many can be waiting or in service, at least as many as there are servers.

    Raises:
        ValueError: a rate is not positive and finite, there is no server, or there are fewer lines than servers.
    """

    arrival_rate: float
    service_rate: float
    servers: int
    lines: int

    def __post_init__(self) -> None:
        rates = (self.arrival_rate, self.service_rate)
        if not all(0 < rate < math.inf for rate in rates) or not 1 <= self.servers <= self.lines:
            raise ValueError(
                f"rates {rates}, servers {self.servers}, lines {self.lines}: expected positive finite rates and"
                " 1 <= servers <= lines"
            )

    @cached_property
    def probabilities(self) -> FloatArray:
        """P(n present), (lines + 1,)."""
        served = np.minimum(np.arange(1, self.lines + 1), self.servers) * self.service_rate
        weight = np.concatenate([[0.0], np.cumsum(np.log(self.arrival_rate / served))])
        weight = np.exp(weight - weight.max())
        found: FloatArray = weight / weight.sum()
        return found

    @property
    def blocked(self) -> float:
        """P(all lines are taken), the share of arrivals turned away."""
        return float(self.probabilities[-1])

    @property
    def delay_probability(self) -> float:
        """P(wait > 0) of those admitted."""
        return float(self._found[self.servers :].sum())

    @property
    def mean_wait(self) -> float:
        """Mean wait of those admitted (Little 1961)."""
        return self.mean_queue_length / (self.arrival_rate * (1 - self.blocked))

    @property
    def mean_queue_length(self) -> float:
        """Mean number waiting."""
        return float(np.maximum(np.arange(self.lines + 1) - self.servers, 0) @ self.probabilities)

    @property
    def utilization(self) -> float:
        """Share of the servers' time in service."""
        return self.arrival_rate * (1 - self.blocked) / (self.servers * self.service_rate)

    def wait_exceeds(self, wait: float) -> float:
        """Return P(W > wait) of those admitted: who finds n waits for n - c + 1 departures at rate c mu."""
        from scipy.special import pdtr

        ahead = np.arange(len(self._found) - self.servers)
        return float(self._found[self.servers :] @ pdtr(ahead, self.servers * self.service_rate * wait))

    @property
    def _found(self) -> FloatArray:
        """What those who are admitted find, (lines,)."""
        return self.probabilities[:-1] / (1 - self.blocked)
