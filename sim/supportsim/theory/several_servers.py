"""Several servers whose service time is not exponential: M/D/c, and M/PH/c with two phases.

Poisson arrivals, first come first served. M/D/c: Crommelin, "Delay probability formulae when the
holding times are constant" (1932). M/PH/c as a quasi-birth-death process: Neuts, "Matrix-geometric
solutions in stochastic models" (1981).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Waiting:
    """The wait in queue of all arrivals.

    Args:
        probability: P(wait > 0).
        mean: in the unit of time of the rates.
    """

    probability: float
    mean: float


@dataclass(frozen=True)
class TwoPhases:
    """A service that starts in phase 1 or 2 and may go from phase 1 to phase 2.

    Args:
        starts_in_first: probability of beginning with phase 1.
        rates: of leaving each phase.
        goes_on: probability that phase 1 is followed by phase 2.
    """

    starts_in_first: float
    rates: tuple[float, float]
    goes_on: float

    @property
    def mean(self) -> float:
        """Mean service time."""
        first, second = self.rates
        return self.starts_in_first / first + (1 - self.starts_in_first * (1 - self.goes_on)) / second


def erlang_2(mean: float) -> TwoPhases:
    """Return the sum of two exponential times, cv^2 = 1/2."""
    return TwoPhases(1.0, (2 / mean, 2 / mean), 1.0)


def hyperexponential(mean: float, cv: float) -> TwoPhases:
    """Return one of two exponential times, each with half of the mean on its account ("balanced means"); cv above 1."""
    share = (1 + math.sqrt((cv**2 - 1) / (cv**2 + 1))) / 2
    return TwoPhases(share, (2 * share / mean, 2 * (1 - share) / mean), 0.0)


def deterministic_wait(arrival_rate: float, service_time: float, servers: int) -> Waiting:
    """Return the wait in M/D/c.

    Everybody in service at t is gone one service time later and nobody who came since is, so that
    N(t + D) = max(N(t) - c, 0) + Poisson(lambda D); the stationary N of this chain is that of all times.

    Raises:
        ValueError: no steady state, the load is not below the number of servers.
    """
    load = arrival_rate * service_time
    _require_steady_state(load, servers)
    # Far into the tail, which decays at least as fast as that of the slowest system with this load, M/M/c.
    states = servers + math.ceil(45 / -math.log(load / servers)) + 1
    counts = np.arange(states)
    arrivals = np.exp(counts * math.log(load) - load - np.array([math.lgamma(count + 1) for count in counts.tolist()]))
    moves = np.zeros((states, states))
    for number in range(states):
        left = max(number - servers, 0)
        moves[number, left:] = arrivals[: states - left]
    moves[:, -1] += 1 - moves.sum(axis=1)
    balance = moves.T - np.eye(states)
    balance[-1] = 1
    number_present = np.linalg.solve(balance, np.eye(states)[-1])
    waiting = np.maximum(counts - servers, 0)
    return Waiting(float(number_present[servers:].sum()), float(waiting @ number_present) / arrival_rate)


def two_phase_wait(arrival_rate: float, service: TwoPhases, servers: int) -> Waiting:
    """Return the wait in M/PH/c.

    With n present, the state is how many of the min(n, c) in service are in phase 1. From c present on
    the levels look alike, and p(n+1) = p(n) R.

    Raises:
        ValueError: no steady state, the load is not below the number of servers.
    """
    _require_steady_state(arrival_rate * service.mean, servers)
    down, within = _departures(service, servers, refilled=True), _phase_changes(service, servers)
    out = np.diag(down.sum(axis=1) + within.sum(axis=1) + arrival_rate)
    rates: NDArray[Any] = np.zeros_like(down)
    change = 1.0
    while change > 1e-14:
        improved: NDArray[Any] = arrival_rate * np.linalg.inv(out - within - rates @ down)
        change = float(abs(improved - rates).max())
        rates = improved
    above: FloatArray = np.linalg.inv(np.eye(servers + 1) - rates)
    boundary = _boundary(arrival_rate, service, servers, rates @ down, above)
    busy = boundary[-(servers + 1) :]
    return Waiting(float((busy @ above).sum()), float((busy @ rates @ above @ above).sum()) / arrival_rate)


def _require_steady_state(load: float, servers: int) -> None:
    if not 0 < load < servers:
        raise ValueError(f"offered load {load} on {servers} servers: expected a load above 0 and below the servers")


def _departures(service: TwoPhases, busy: int, *, refilled: bool) -> FloatArray:
    """Return rates from k in phase 1 of ``busy`` (rows) to k in phase 1 after one has left, (busy + 1, ...).

    ``refilled``: the next in the queue begins at once.
    """
    rates = np.zeros((busy + 1, busy + 1 if refilled else busy))
    for first in range(busy + 1):
        done = first * service.rates[0] * (1 - service.goes_on), (busy - first) * service.rates[1]
        for rate, left in zip(done, (first - 1, first), strict=True):
            if not rate:
                continue
            if refilled:
                rates[first, left + 1] += rate * service.starts_in_first
                rates[first, left] += rate * (1 - service.starts_in_first)
            else:
                rates[first, left] += rate
    return rates


def _phase_changes(service: TwoPhases, busy: int) -> FloatArray:
    return np.diag(np.arange(1, busy + 1) * service.rates[0] * service.goes_on, -1)


def _boundary(
    arrival_rate: float, service: TwoPhases, servers: int, returns: FloatArray, above: FloatArray
) -> FloatArray:
    """Return the probabilities of the states with at most ``servers`` present, level by level."""
    starts = np.concatenate([[0], np.cumsum(np.arange(1, servers + 2))])
    generator = np.zeros((starts[-1], starts[-1]))
    for present in range(servers + 1):
        here = slice(starts[present], starts[present + 1])
        generator[here, here] += _phase_changes(service, present)
        if present:
            below = slice(starts[present - 1], starts[present])
            generator[here, below] += _departures(service, present, refilled=False)
        if present < servers:
            for first in range(present + 1):
                up = starts[present + 1] + first
                generator[starts[present] + first, up] += arrival_rate * (1 - service.starts_in_first)
                generator[starts[present] + first, up + 1] += arrival_rate * service.starts_in_first
    last = slice(starts[servers], starts[servers + 1])
    leaving = generator.sum(axis=1)
    leaving[last] += arrival_rate
    # What goes up from the last level comes back to it.
    generator[last, last] += returns
    generator -= np.diag(leaving)
    balance = generator.T.copy()
    weight = np.ones(starts[-1])
    weight[last] = above.sum(axis=1)
    balance[0] = weight
    return np.linalg.solve(balance, np.eye(starts[-1])[0]).astype(np.float64)
