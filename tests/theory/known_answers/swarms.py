"""A group that works on one ticket at a time, all together: one server as fast as all of them."""

from __future__ import annotations

import numpy as np
from systems import UNIT_MS, Streams, build_plan, build_workload, exponential_ms, poisson_times_ms, run, visits

from known_answers.case import Case, Wrong, each
from supportsim.plan.model import Swarm
from supportsim.theory import erlang

AGENTS, RATE, WARM_UP, END = 3, 1.56, 100, 1_500


def swarm(streams: Streams) -> dict[str, float]:
    """Simulate agents of rate 1 who swarm on every ticket; four in five of their speeds add up."""
    everything = Swarm(AGENTS, 800_000, (True,) * 5, (True,) * 3)
    plan = build_plan([AGENTS], (END + WARM_UP) * UNIT_MS, rules={"swarm": everything})
    created_ms = poisson_times_ms(streams, "arrivals", RATE, END * UNIT_MS)
    work_ms = exponential_ms(streams, "work", np.arange(len(created_ms)), 1)
    served = visits(run(plan, build_workload(plan, created_ms, work_ms)))
    assert len(served.ticket) == len(created_ms), "all have begun"
    wait = served.wait[served.joined_ms >= WARM_UP * UNIT_MS]
    return {"P(wait)": (wait > 0).mean(), "mean wait": wait.mean(), "P(wait > 1)": (wait > 1).mean()}


def theory(speed: float, servers: int = 1) -> dict[str, float]:
    """Return what theory says of servers of a speed."""
    return {
        "P(wait)": erlang.erlang_c(RATE / speed, servers),
        "mean wait": erlang.mean_wait(RATE, speed, servers),
        "P(wait > 1)": erlang.wait_exceeds(1, RATE, speed, servers),
    }


CASES = (
    Case(
        "P03",
        "3 agents who swarm on every ticket are one server of 2.6 times the speed",
        "M/M/1",
        swarm,
        each(theory(2.6), {"P(wait)": 0.02, "mean wait": 0.06, "P(wait > 1)": 0.04}),
        (Wrong("each alone", theory(1, AGENTS)), Wrong("helpers for nothing", theory(3))),
        replications=20,
    ),
)
