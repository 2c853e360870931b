"""Erlang A, M/M/c+M: Erlang C whose customers leave the queue after an exponential patience.

Baccelli & Hebuterne, "On queues with impatient customers" (1981); Mandelbaum & Zeltyn, "The
Palm/Erlang-A queue, with applications to call centers" (2005). The wait V that an endlessly
patient arrival would have is 0 with probability P(fewer than c present) and else has density

    v(x) = lambda p(c-1) exp(lambda (1 - exp(-theta x)) / theta - c mu x),

where p(c-1) is the probability of c - 1 present; a customer of patience R waits min(V, R).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.theory.erlang import erlang_b

FloatArray = NDArray[np.float64]

# exp(-45) is below the rounding of what is integrated.
_NEGLIGIBLE = 45.0
_PANELS = 400


@dataclass(frozen=True)
class ErlangA:
    """The M/M/c+M queue.

    Args:
        arrival_rate, service_rate: per unit of time; the service rate is one server's.
        abandonment_rate: one over the mean patience.
        servers: at least 1.

    Raises:
        ValueError: a rate is not positive and finite, or there is no server.
    """

    arrival_rate: float
    service_rate: float
    abandonment_rate: float
    servers: int

    def __post_init__(self) -> None:
        rates = (self.arrival_rate, self.service_rate, self.abandonment_rate)
        if not all(0 < rate < math.inf for rate in rates) or self.servers < 1:
            raise ValueError(f"rates {rates}, servers {self.servers}: expected positive finite rates and a server")

    @property
    def delay_probability(self) -> float:
        """P(V > 0): an arrival finds all servers busy."""
        _, density = self._offered_wait()
        return float(density.sum())

    @property
    def abandonment(self) -> float:
        """P(R < V), of all arrivals."""
        wait, density = self._offered_wait()
        return float(-density @ np.expm1(-self.abandonment_rate * wait))

    @property
    def mean_wait(self) -> float:
        """E min(V, R) over all arrivals: P(abandon) / theta, for abandonments flow at rate theta E(queue)."""
        return self.abandonment / self.abandonment_rate

    @property
    def mean_wait_served(self) -> float:
        """E(V | V < R), the average speed of answer."""
        wait, density = self._offered_wait()
        return float((density * wait) @ np.exp(-self.abandonment_rate * wait)) / (1 - self.abandonment)

    @property
    def mean_wait_abandoned(self) -> float:
        """E(R | R < V), from the mean over all by total expectation."""
        served = (1 - self.abandonment) * self.mean_wait_served
        return (self.mean_wait - served) / self.abandonment

    @property
    def mean_queue_length(self) -> float:
        """Mean number waiting (Little 1961)."""
        return self.arrival_rate * self.mean_wait

    @property
    def utilization(self) -> float:
        """Share of the servers' time in service."""
        return self.arrival_rate * (1 - self.abandonment) / (self.servers * self.service_rate)

    def answered_within(self, threshold: float) -> float:
        """Return P(V <= threshold, V < R): the service level over all arrivals."""
        wait, density = self._offered_wait(end=threshold)
        return 1 - self.delay_probability + float(density @ np.exp(-self.abandonment_rate * wait))

    def answered_within_of_answered(self, threshold: float) -> float:
        """Return P(V <= threshold | V < R): the service level over those answered."""
        return self.answered_within(threshold) / (1 - self.abandonment)

    def wait_exceeds(self, wait: float) -> float:
        """Return P(min(V, R) > wait) over all arrivals, ``wait`` at least 0."""
        _, density = self._offered_wait(start=wait)
        return float(density.sum()) * math.exp(-self.abandonment_rate * wait)

    def wait_quantile(self, probability: float) -> float:
        """Return the wait that a share ``probability`` (at least 0, below 1) of all arrivals does not exceed."""
        exceeding = 1 - probability
        if self.wait_exceeds(0.0) <= exceeding:
            return 0.0
        # P(W > t) <= exp(-theta t) bounds the search.
        shortest, longest = 0.0, -math.log(exceeding) / self.abandonment_rate
        while longest - shortest > 1e-12 * longest:
            middle = (shortest + longest) / 2
            if self.wait_exceeds(middle) > exceeding:
                shortest = middle
            else:
                longest = middle
        return longest

    def _exponent(self, wait: FloatArray | float) -> FloatArray:
        patience_used = -np.expm1(-self.abandonment_rate * np.asarray(wait, dtype=np.float64))
        exponent: FloatArray = (
            self.arrival_rate / self.abandonment_rate * patience_used - self.servers * self.service_rate * wait
        )
        return exponent

    def _offered_wait(self, start: float = 0.0, end: float = math.inf) -> tuple[FloatArray, FloatArray]:
        """Return nodes x and v(x) times their weights, for sums over V in (start, end).

        Composite Gauss-Legendre. The density is scaled by its peak, which in overload overflows.
        """
        capacity = self.servers * self.service_rate
        peak = max(0.0, math.log(self.arrival_rate / capacity) / self.abandonment_rate)
        height = float(self._exponent(peak))
        last = peak + 1 / capacity
        while float(self._exponent(last)) > height - _NEGLIGIBLE:
            last = peak + 2 * (last - peak)
        not_delayed = math.exp(-height) / erlang_b(self.arrival_rate / self.service_rate, self.servers - 1)
        wait, weight = _gauss_legendre(0.0, last)
        delayed = self.arrival_rate * float(weight @ np.exp(self._exponent(wait) - height))
        wait, weight = _gauss_legendre(min(start, last), min(end, last))
        density = self.arrival_rate * np.exp(self._exponent(wait) - height) / (not_delayed + delayed)
        return wait, density * weight


def _gauss_legendre(start: float, end: float) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights of a composite rule on [start, end]."""
    node, weight = np.polynomial.legendre.leggauss(12)
    half = (end - start) / _PANELS / 2
    centers = start + half * (2 * np.arange(_PANELS) + 1)
    return (centers[:, None] + half * node).ravel(), np.tile(half * weight, _PANELS)
