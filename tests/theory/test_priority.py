"""Two priority classes on one agent who finishes what he has begun: rates 0.2 and 0.6, service 1."""

from __future__ import annotations

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import (
    UNIT_MS,
    Floats,
    Streams,
    build_plan,
    build_workload,
    exponential_ms,
    poisson_times_ms,
    replications,
    run,
    visits,
)

from supportsim.theory import erlang, priority

RATES = (0.2, 0.6)
FIFO_WAIT = erlang.mean_wait(0.8, 1, 1)
# Relaxation takes 1 / (1 - sqrt(0.8))^2 = 90 services.
WARM_UP = 900


def sample(streams: Streams, *, fifo: bool = False, services: int = 25_000) -> list[tuple[Floats, Floats]]:
    """Return by class: when those who came in the window joined, how long they waited, both in services.

    Arrivals go on until all of them have begun, for the first class delays the second.
    """
    end_ms = (WARM_UP + services) * UNIT_MS
    stop_ms = end_ms + WARM_UP * UNIT_MS
    created_ms = poisson_times_ms(streams, "arrivals", sum(RATES), stop_ms)
    tickets = np.arange(len(created_ms))
    of_class = (streams.uniform("class", tickets) >= RATES[0] / sum(RATES)).astype(int)
    plan = build_plan([1], stop_ms, fifo=fifo)
    workload = build_workload(plan, created_ms, exponential_ms(streams, "work", tickets, 1.0), priority=of_class)
    served = visits(run(plan, workload))
    assert np.isin(np.flatnonzero(created_ms < end_ms), served.ticket).all(), "all have begun"
    inside = (served.joined_ms >= WARM_UP * UNIT_MS) & (served.joined_ms < end_ms)
    of_class = of_class[served.ticket]
    rows = [inside & (of_class == number) for number in range(2)]
    return [(served.joined_ms[of_it] / UNIT_MS, served.wait[of_it]) for of_it in rows]


def test_waits_by_class() -> None:
    exact = priority.mean_waits(RATES, 1, 1)
    assert exact == pytest.approx([1, 5])
    found = [sample(streams) for streams in replications(40)]
    first, second = ([by_class[number][1].mean() for by_class in found] for number in range(2))
    judge(first, exact[0], 0.01, "wait of the first class")
    judge(second, exact[1], 0.03, "wait of the second class")
    together = [np.concatenate([wait for _, wait in by_class]) for by_class in found]
    judge([wait.mean() for wait in together], FIFO_WAIT, 0.03, "wait of all: order saves none")
    judge([(wait > 0).mean() for wait in together], 0.8, 0.005, "P(wait)")

    for samples in (first, second):
        with pytest.raises(MisfitError):
            judge(samples, FIFO_WAIT, 0.03)
    for factor in (0.95, 1.05):
        others = priority.mean_waits([factor * rate for rate in RATES], 1, 1)
        for samples, wrong in zip((first, second), others, strict=True):
            with pytest.raises(MisfitError):
                judge(samples, wrong, 0.05)
    # Cut into windows of 50 services, and counting only those who began in their window, the long waits are lost.
    begun = [wait[(joined + wait) // 50 == joined // 50].mean() for _, (joined, wait) in found]
    with pytest.raises(MisfitError):
        judge(begun, exact[1], 0.03)


def test_one_class_for_all_is_found_out() -> None:
    found = [sample(streams, fifo=True, services=10_000) for streams in replications(30)]
    for number in range(2):
        samples = [by_class[number][1].mean() for by_class in found]
        judge(samples, FIFO_WAIT, 0.06)
        with pytest.raises(MisfitError):
            judge(samples, priority.mean_waits(RATES, 1, 1)[number], 0.3)
