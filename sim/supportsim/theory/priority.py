"""Priority classes on shared servers.

Non-preemptive: Cobham, "Priority assignment in waiting line problems" (1954); for several servers, one
exponential service rate for all classes, Kella & Yechiali, "Waiting times in the non-preemptive
priority M/M/c queue" (1985). Preemptive, resumed later: the classes 1..k do not see the others, so
that together they are an M/M/c of their own. What no order can change is Kleinrock's conservation
law ("Queueing Systems", vol. 2, 1976, ch. 3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from supportsim.theory.erlang import erlang_c, mean_wait

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

# Abate & Whitt, "Numerical inversion of Laplace transforms of probability distributions" (1995): terms
# summed, terms averaged, and 10^-8 of discretization error.
_TERMS, _AVERAGED, _ACCURACY = 30, 12, 18.4


def mean_waits(arrival_rates: Sequence[float], service_rate: float, servers: int) -> FloatArray:
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
    waits: FloatArray = delayed / capacity / ((1 - intensity[:-1]) * (1 - intensity[1:]))
    return waits


def mean_waits_single_server(arrival_rates: Sequence[float], service_moments: ArrayLike) -> FloatArray:
    """Return the mean wait of each class in the non-preemptive M/G/1 whose classes differ in service, (K,).

    W(k) = sum(lambda E S^2) / 2 / ((1 - s(k-1)) (1 - s(k))), Cobham 1954.

    Args:
        arrival_rates: by class, (K,), the class that goes first first.
        service_moments: (K, 2), E S and E S^2 of each class.

    Raises:
        ValueError: no steady state, the traffic intensity is not below 1.
    """
    rates, moments = np.asarray(arrival_rates, dtype=np.float64), np.asarray(service_moments, dtype=np.float64)
    intensity = np.concatenate([[0.0], np.cumsum(rates * moments[:, 0])])
    if not intensity[-1] < 1:
        raise ValueError(f"traffic intensity {intensity[-1]}: expected below 1")
    waits: FloatArray = rates @ moments[:, 1] / 2 / ((1 - intensity[:-1]) * (1 - intensity[1:]))
    return waits


def wait_exceeds(wait: float, place: int, arrival_rates: Sequence[float], service_rate: float, servers: int) -> float:
    """Return P(W > wait) of the class at ``place`` (0 goes first) in the non-preemptive M/M/c.

    A delayed ticket waits as in an M/M/1 of rate c mu (Kella & Yechiali), whose transform is that of
    the M/G/1 with classes (Kleinrock, vol. 2, 3.30): with z = s + lambda(H) (1 - G(s)), G the busy
    period of the classes H before it and B(z) = m / (m + z), m = c mu,

        E exp(-s W) = ((1 - rho) z + lambda(L) (1 - B(z))) / (s - lambda(k) + lambda(k) B(z)).

    Inverted numerically (Abate & Whitt 1995), good to about 10^-7.

    Args:
        wait: above 0.
        place: from 0 to K - 1.
        arrival_rates: by class, (K,), the class that goes first first.
        service_rate: of one server, the same for all classes.
        servers: at least 1.

    Raises:
        ValueError: no steady state, or the wait is not above 0.
    """
    if not wait > 0:
        raise ValueError(f"wait {wait}: expected above 0")
    delayed = erlang_c(float(np.sum(arrival_rates)) / service_rate, servers)
    capacity = servers * service_rate
    before, own, after = (
        float(np.sum(part))
        for part in (arrival_rates[:place], arrival_rates[place : place + 1], arrival_rates[place + 1 :])
    )
    intensity = (before + own + after) / capacity

    def survival(s: ComplexArray) -> ComplexArray:
        total = before + capacity + s
        busy = 2 * capacity / (total + np.sqrt(total**2 - 4 * before * capacity))
        z = s + before * (1 - busy)
        service = capacity / (capacity + z)
        transform = ((1 - intensity) * z + after * (1 - service)) / (s - own + own * service)
        of_wait: ComplexArray = (1 - transform) / s
        return of_wait

    # In the M/M/1 of that rate a share rho is delayed.
    return delayed / intensity * _inverted(survival, wait)


def _inverted(transform: Callable[[ComplexArray], ComplexArray], time: float) -> float:
    """Return the function of a transform at ``time``, by Euler summation of the Bromwich integral."""
    nodes = np.arange(_TERMS + _AVERAGED + 1)
    values = transform(np.asarray((_ACCURACY + 2j * math.pi * nodes) / (2 * time), dtype=np.complex128)).real
    signs = np.where(nodes % 2, -1.0, 1.0)
    signs[0] = 0.5
    sums = np.cumsum(signs * values) * math.exp(_ACCURACY / 2) / time
    weights = np.array([math.comb(_AVERAGED, place) for place in range(_AVERAGED + 1)]) / 2**_AVERAGED
    return float(weights @ sums[_TERMS:])


def preemptive_delays(arrival_rates: Sequence[float], service_rate: float, servers: int) -> FloatArray:
    """Return by class the mean time in the system less the service, in the preemptive-resume M/M/c, (K,).

    It holds the wait before the first touch and all interruptions. Classes 1..k together are an M/M/c
    that the others do not disturb; the work waiting of class k is the difference of two of them.

    Args:
        arrival_rates: by class, (K,), the class that goes first first.
        service_rate: of one server, the same for all classes.
        servers: at least 1.

    Raises:
        ValueError: no steady state, the load is not below the number of servers.
    """
    totals = np.cumsum(arrival_rates).tolist()
    delayed = np.array([rate * mean_wait(rate, service_rate, servers) for rate in totals])
    delays: FloatArray = np.diff(delayed, prepend=0.0) / np.asarray(arrival_rates, dtype=np.float64)
    return delays


def conserved_work(arrival_rates: Sequence[float], service_moments: ArrayLike) -> float:
    """Return the sum of rho(k) W(k) over the classes of the M/G/1, which no order of service changes.

    Kleinrock's conservation law, rho / (1 - rho) sum(lambda E S^2) / 2, for every order that neither looks at the
    length of the service, nor interrupts, nor idles.

    Args:
        arrival_rates: by class, (K,).
        service_moments: (K, 2), E S and E S^2 of each class.

    Raises:
        ValueError: no steady state, the traffic intensity is not below 1.
    """
    rates, moments = np.asarray(arrival_rates, dtype=np.float64), np.asarray(service_moments, dtype=np.float64)
    intensity = float(rates @ moments[:, 0])
    if not intensity < 1:
        raise ValueError(f"traffic intensity {intensity}: expected below 1")
    return intensity / (1 - intensity) * float(rates @ moments[:, 1]) / 2
