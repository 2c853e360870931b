"""Erlang B and Erlang C: Poisson arrivals, exponential service, identical servers, first come first served.

Rates are per unit of time and waits in that unit. ``offered_load`` is arrival rate over service
rate, in erlangs. References: Gross, Shortle, Thompson & Harris, "Fundamentals of Queueing Theory",
ch. 2; Cooper, "Introduction to Queueing Theory", ch. 3.
"""

from __future__ import annotations

import math


def erlang_b(offered_load: float, servers: int) -> float:
    """Return the share of arrivals that find all ``servers`` busy in M/M/c/c, where they are lost.

    By the recursion B(0) = 1, B(c) = a B(c-1) / (c + a B(c-1)), which neither overflows nor cancels.

    Raises:
        ValueError: the load is negative or not finite, or there are fewer than 0 servers.
    """
    if not (0 <= offered_load < math.inf) or servers < 0:
        raise ValueError(f"offered load {offered_load}, servers {servers}: expected neither below 0, load finite")
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = offered_load * blocked / (busy + offered_load * blocked)
    return blocked


def erlang_c(offered_load: float, servers: int) -> float:
    """Return P(wait > 0) in M/M/c: C = B / (1 - rho (1 - B)) with rho = a / c.

    Raises:
        ValueError: no steady state, the load is not below the number of servers.
    """
    if not offered_load < servers:
        raise ValueError(f"offered load {offered_load} on {servers} servers: expected less load than servers")
    blocked = erlang_b(offered_load, servers)
    return blocked / (1 - offered_load / servers * (1 - blocked))


def mean_wait(arrival_rate: float, service_rate: float, servers: int) -> float:
    """Return the mean wait in queue of all arrivals in M/M/c: C / (c mu - lambda)."""
    return erlang_c(arrival_rate / service_rate, servers) / (servers * service_rate - arrival_rate)


def mean_queue_length(arrival_rate: float, service_rate: float, servers: int) -> float:
    """Return the mean number waiting in M/M/c: lambda times the mean wait (Little 1961)."""
    return arrival_rate * mean_wait(arrival_rate, service_rate, servers)


def wait_exceeds(wait: float, arrival_rate: float, service_rate: float, servers: int) -> float:
    """Return P(W > wait) in M/M/c, ``wait`` at least 0: C exp(-(c mu - lambda) wait)."""
    delayed = erlang_c(arrival_rate / service_rate, servers)
    return delayed * math.exp(-(servers * service_rate - arrival_rate) * wait)


def service_level(threshold: float, arrival_rate: float, service_rate: float, servers: int) -> float:
    """Return the share of arrivals answered within ``threshold`` in M/M/c: 1 - P(W > threshold)."""
    return 1 - wait_exceeds(threshold, arrival_rate, service_rate, servers)


def wait_quantile(probability: float, arrival_rate: float, service_rate: float, servers: int) -> float:
    """Return the wait that a share ``probability`` (at least 0, below 1) of all arrivals does not exceed in M/M/c."""
    delayed = erlang_c(arrival_rate / service_rate, servers)
    if probability <= 1 - delayed:
        return 0.0
    return math.log(delayed / (1 - probability)) / (servers * service_rate - arrival_rate)
