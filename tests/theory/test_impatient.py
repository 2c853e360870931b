"""Callers who give up: Erlang A on the floor, and Erlang B as callers who have no patience at all."""

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
    busy_share,
    exponential_ms,
    poisson_times_ms,
    replications,
    run,
    visits,
)

from supportsim.ledger import Event
from supportsim.scenario.distributions import Distribution, Lognormal
from supportsim.theory import erlang
from supportsim.theory.erlang_a import ErlangA
from supportsim.workload.distributions import quantile, whole_ms

Samples = dict[str, list[float]]
# Ten relaxation times, 1 / (c (1 - sqrt(rho))^2), of 14 agents; patience makes them shorter.
WARM_UP = 30
# The shortest patience there is: it ends before anybody could become free.
NO_PATIENCE_MS = 1
HANDLE = Distribution(lognormal=Lognormal(mean="1 h", cv=1.5))


def callers(
    streams: Streams, rate: float, agents: int, end: int, patience: float | None, *, lognormal: bool = False
) -> tuple[Floats, Floats, float]:
    """Return the waits of those who were answered and of those who gave up, and the utilization, in services."""
    end_ms = end * UNIT_MS
    plan = build_plan([agents], end_ms + WARM_UP * UNIT_MS)
    created_ms = poisson_times_ms(streams, "arrivals", rate, end_ms)
    calls = np.arange(len(created_ms))
    work_ms = exponential_ms(streams, "work", calls, 1.0)
    if lognormal:
        work_ms = whole_ms(quantile(HANDLE, streams.uniform("work", calls)))
    patience_ms = np.full(len(calls), NO_PATIENCE_MS)
    if patience is not None:
        patience_ms = exponential_ms(streams, "patience", calls, patience)
    ledger = run(plan, build_workload(plan, created_ms, work_ms, patience_ms=patience_ms))
    served = visits(ledger)
    gone = ledger.event == Event.ABANDONED
    joined_ms, wait = created_ms[ledger.ticket[gone]], ledger.time_ms[gone] - created_ms[ledger.ticket[gone]]
    assert len(wait) + len(served.ticket) == len(created_ms), "all were answered or gave up"
    warm_up_ms = WARM_UP * UNIT_MS
    return (
        served.wait[served.joined_ms >= warm_up_ms],
        wait[joined_ms >= warm_up_ms] / UNIT_MS,
        busy_share(ledger, agents, warm_up_ms, end_ms),
    )


def sample(count: int, system: ErlangA, threshold: float, p90: float, end: int) -> Samples:
    """Return what each replication measured, in services."""
    found: Samples = {name: [] for name in exact(system, threshold, p90)}
    for streams in replications(count):
        answered, gave_up, busy = callers(
            streams, system.arrival_rate, system.servers, end, 1 / system.abandonment_rate
        )
        everybody = np.concatenate([answered, gave_up])
        found["abandoned"].append(len(gave_up) / len(everybody))
        found["delayed"].append((everybody > 0).mean())
        found["wait"].append(everybody.mean())
        found["wait of the answered"].append(answered.mean())
        found["wait of those who gave up"].append(gave_up.mean())
        found["in time, of all"].append((answered <= threshold).sum() / len(everybody))
        found["in time, of the answered"].append((answered <= threshold).mean())
        found["beyond p90"].append((everybody > p90).mean())
        found["queue"].append(everybody.sum() / (end - WARM_UP))
        found["utilization"].append(busy)
    return found


def exact(system: ErlangA, threshold: float, p90: float) -> dict[str, float]:
    """Return what theory says of each metric."""
    return {
        "abandoned": system.abandonment,
        "delayed": system.delay_probability,
        "wait": system.mean_wait,
        "wait of the answered": system.mean_wait_served,
        "wait of those who gave up": system.mean_wait_abandoned,
        "in time, of all": system.answered_within(threshold),
        "in time, of the answered": system.answered_within_of_answered(threshold),
        "beyond p90": system.wait_exceeds(p90),
        "queue": system.mean_queue_length,
        "utilization": system.utilization,
    }


def judge_all(found: Samples, exactly: dict[str, float], largest_error: dict[str, float]) -> None:
    for name, value in exactly.items():
        judge(found[name], value, largest_error[name], name)


GARNETT_ERROR = {
    "abandoned": 0.04, "delayed": 0.02, "wait": 0.04, "wait of the answered": 0.04, "wait of those who gave up": 0.03,
    "in time, of all": 0.0025, "in time, of the answered": 0.002, "beyond p90": 0.05, "queue": 0.03,
    "utilization": 0.0015,
}  # fmt: skip


def test_garnett_table() -> None:
    # 48 calls a minute of 1 min on 50 agents, mean patience 2 min; 20 s are a third of a service.
    system, threshold, p90 = ErlangA(48, 1, 0.5, 50), 1 / 3, 12.4446 / 60
    known = {
        "abandoned": 0.03091225, "delayed": 0.4677741, "wait": 3.70947 / 60, "wait of the answered": 3.6159 / 60,
        "wait of those who gave up": 6.642845 / 60, "in time, of all": 0.9430190, "beyond p90": 0.1,
        "queue": 2.967576, "utilization": 0.9303242,
    }  # fmt: skip
    exactly = exact(system, threshold, p90)
    assert {name: exactly[name] for name in known} == pytest.approx(known, rel=2e-5)
    found = sample(24, system, threshold, p90, end=700)
    judge_all(found, exactly, GARNETT_ERROR)

    # Erlang C, also with as many calls fewer as give up, is far off; so are calls and a patience nearly right.
    for rate in (48, 48 * 0.969):
        with pytest.raises(MisfitError):
            judge(found["wait"], erlang.mean_wait(rate, 1, 50), 0.06)
    for wrong in (ErlangA(48 * 0.97, 1, 0.5, 50), ErlangA(48 * 1.03, 1, 0.5, 50)):
        for name in ("abandoned", "delayed", "wait", "beyond p90", "utilization"):
            with pytest.raises(MisfitError):
                judge(found[name], exact(wrong, threshold, p90)[name], 0.1)
    for wrong in (ErlangA(48, 1, 0.5 * 1.2, 50), ErlangA(48, 1, 0.5 * 0.8, 50)):
        with pytest.raises(MisfitError):
            judge(found["wait"], exact(wrong, threshold, p90)["wait"], 0.06)


CLASSIC_ERROR = {
    "abandoned": 0.04, "delayed": 0.02, "wait": 0.03, "wait of the answered": 0.03, "wait of those who gave up": 0.03,
    "in time, of all": 0.002, "in time, of the answered": 0.002, "beyond p90": 0.025, "queue": 0.03,
    "utilization": 0.002,
}  # fmt: skip


def test_classic_example_with_patience() -> None:
    # 100 calls per 30 min of 3 min on 14 agents, mean patience 5 min; 20 s are a ninth of a service.
    system, threshold = ErlangA(10, 1, 0.6, 14), 1 / 9
    p90 = system.wait_quantile(0.9)
    known = {
        "abandoned": 0.01398374, "delayed": 0.1452601, "wait": 0.06991872 / 3, "wait of the answered": 0.06464133 / 3,
        "in time, of all": 0.9167921, "in time, of the answered": 0.9297941, "utilization": 0.7042973,
    }  # fmt: skip
    exactly = exact(system, threshold, p90)
    assert {name: exactly[name] for name in known} == pytest.approx(known, rel=1e-6)
    found = sample(24, system, threshold, p90, end=6_000)
    judge_all(found, exactly, CLASSIC_ERROR)

    # The two bases of the service level, and the two means of the wait, are not the same thing.
    for measured, stated in (("in time, of all", "in time, of the answered"), ("wait of the answered", "wait")):
        for one, other in ((measured, stated), (stated, measured)):
            with pytest.raises(MisfitError):
                judge(found[one], exactly[other], 0.04)
    # Nor is the wait what it would be without patience.
    with pytest.raises(MisfitError):
        judge(found["wait"], erlang.mean_wait(10, 1, 14), 0.04)


@pytest.mark.parametrize("lognormal", [False, True])
def test_calls_that_are_lost(lognormal: bool) -> None:
    assert erlang.erlang_b(10, 17) == pytest.approx(0.01294888, rel=1e-6)
    lost, busy = [], []
    for streams in replications(30):
        answered, gave_up, share = callers(streams, 10, 17, 1_200, None, lognormal=lognormal)
        assert not answered.any()
        lost.append(len(gave_up) / (len(answered) + len(gave_up)))
        busy.append(share)
    judge(lost, 0.01294888, 0.04, "lost")
    judge(busy, 0.5806183, 0.004, "utilization")
    for rate, agents in ((10, 16), (10, 18), (9.5, 17), (10.5, 17)):
        with pytest.raises(MisfitError):
            judge(lost, erlang.erlang_b(rate, agents), 0.08)
    with pytest.raises(MisfitError):
        judge(busy, 10 / 17, 0.004)


def test_one_erlang_on_two_agents() -> None:
    lost = []
    for streams in replications(20):
        answered, gave_up, _ = callers(streams, 1, 2, 4_000, None)
        lost.append(len(gave_up) / (len(answered) + len(gave_up)))
    judge(lost, 0.2, 0.01, "lost")
    with pytest.raises(MisfitError):
        judge(lost, erlang.erlang_b(1.05, 2), 0.01)
