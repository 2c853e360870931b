"""What a spreadsheet says about staffing: hours of work over hours of people, and the smallest number that will do.

Volume times handle time is Little's law; the smallest number of servers that keeps a service level by Erlang C or
Erlang A is how call centres are staffed (Gans, Koole & Mandelbaum, "Telephone call centers: tutorial, review, and
research prospects", 2003).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count

from supportsim.theory import erlang
from supportsim.theory.erlang_a import ErlangA


def heads_for_hours(work_hours: float, hours_per_head: float, utilization: float) -> float:
    """Return hours of work / (hours of one head x utilization), not rounded.

    Raises:
        ValueError: the hours of a head or the utilization are not above 0, or the work is below 0.
    """
    if work_hours < 0 or not hours_per_head > 0 or not 0 < utilization <= 1:
        raise ValueError(
            f"work {work_hours} h, head {hours_per_head} h, utilization {utilization}: expected work of 0 or more,"
            " hours above 0 and a utilization above 0 and at most 1"
        )
    return work_hours / (hours_per_head * utilization)


def servers_by_erlang_c(arrival_rate: float, service_rate: float, threshold: float, level: float) -> int:
    """Return the fewest servers that answer a share ``level`` within ``threshold`` in M/M/c.

    Raises:
        ValueError: the level is not below 1.
    """
    _require_level(level)
    if arrival_rate == 0:
        return 0
    fewest = math.floor(arrival_rate / service_rate) + 1
    return _fewest(fewest, lambda heads: erlang.service_level(threshold, arrival_rate, service_rate, heads) >= level)


def servers_by_erlang_a(
    arrival_rate: float, service_rate: float, abandonment_rate: float, threshold: float, level: float
) -> int:
    """Return the fewest servers that answer a share ``level`` of all within ``threshold`` in M/M/c+M.

    Raises:
        ValueError: the level is not below 1.
    """
    _require_level(level)
    if arrival_rate == 0:
        return 0

    def enough(servers: int) -> bool:
        return ErlangA(arrival_rate, service_rate, abandonment_rate, servers).answered_within(threshold) >= level

    return _fewest(1, enough)


def _fewest(start: int, enough: Callable[[int], bool]) -> int:
    return next(servers for servers in count(start) if enough(servers))


def _require_level(level: float) -> None:
    if not 0 <= level < 1:
        raise ValueError(f"level {level}: expected at least 0 and below 1")
