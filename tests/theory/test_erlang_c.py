"""M/M/14 on the floor: 100 calls per 30 min of 180 s. Known: P(wait), waits, their tail, utilization."""

from __future__ import annotations

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import (
    UNIT_MS,
    build_plan,
    build_workload,
    busy_share,
    exponential_ms,
    poisson_times_ms,
    replications,
    run,
    visits,
)

from supportsim.theory import erlang

PER_HOUR, SERVICE_HOURS, AGENTS = 200, 0.05, 14
# A busy period of this group is over in minutes; ten hours are many of them.
WARM_UP_MS, END_MS = 10 * UNIT_MS, 150 * UNIT_MS
P90_SECONDS = 24.95894

Samples = dict[str, list[float]]


def sample(count: int, *, per_hour: float = PER_HOUR, random_order: bool = False) -> Samples:
    """Return what each replication measured, waits in seconds."""
    plan = build_plan([AGENTS], END_MS + UNIT_MS, fifo=not random_order)
    found: Samples = {name: [] for name in LARGEST_ERROR}
    for streams in replications(count):
        created_ms = poisson_times_ms(streams, "arrivals", per_hour, END_MS)
        tickets = np.arange(len(created_ms))
        work_ms = exponential_ms(streams, "work", tickets, SERVICE_HOURS)
        priority = (streams.uniform("priority", tickets) * 5).astype(int)
        ledger = run(plan, build_workload(plan, created_ms, work_ms, priority=priority))
        served = visits(ledger)
        wait = served.wait[served.joined_ms >= WARM_UP_MS] * 3600
        found["wait"].append(wait.mean())
        found["waited"].append((wait > 0).mean())
        found["beyond 20 s"].append((wait > 20).mean())
        found["beyond p90"].append((wait > P90_SECONDS).mean())
        found["beyond 60 s"].append((wait > 60).mean())
        found["utilization"].append(busy_share(ledger, AGENTS, WARM_UP_MS, END_MS))
    return found


def exact(per_hour: float = PER_HOUR) -> dict[str, float]:
    """Return what theory says of each metric."""
    system = (per_hour / 3600, 1 / (SERVICE_HOURS * 3600), AGENTS)
    return {
        "wait": erlang.mean_wait(*system),
        "waited": erlang.erlang_c(per_hour * SERVICE_HOURS, AGENTS),
        "beyond 20 s": erlang.wait_exceeds(20, *system),
        "beyond p90": erlang.wait_exceeds(P90_SECONDS, *system),
        "beyond 60 s": erlang.wait_exceeds(60, *system),
        "utilization": per_hour * SERVICE_HOURS / AGENTS,
    }


LARGEST_ERROR = {
    "wait": 0.025, "waited": 0.012, "beyond 20 s": 0.02, "beyond p90": 0.02, "beyond 60 s": 0.04, "utilization": 0.0015,
}  # fmt: skip


def test_m_m_c() -> None:
    known = {"wait": 7.835937, "waited": 0.1741319, "beyond 20 s": 1 - 0.88835, "beyond p90": 0.1}
    assert {name: exact()[name] for name in known} == pytest.approx(known, rel=1e-5)
    found = sample(40)
    for name, value in exact().items():
        judge(found[name], value, LARGEST_ERROR[name], name)
    # The same figures tell this system from one with 3 % more or fewer calls.
    for rate in (PER_HOUR * 0.97, PER_HOUR * 1.03):
        for name, value in exact(rate).items():
            with pytest.raises(MisfitError):
                judge(found[name], value, 2 * LARGEST_ERROR[name], name)


def test_order_of_service_shows_in_the_tail_alone() -> None:
    found = sample(20, random_order=True)
    for name in ("wait", "waited", "utilization"):
        judge(found[name], exact()[name], 2 * LARGEST_ERROR[name], name)
    for name in ("beyond 20 s", "beyond p90", "beyond 60 s"):
        with pytest.raises(MisfitError):
            judge(found[name], exact()[name], 2 * LARGEST_ERROR[name], name)
