"""Finite lines: who finds all of them taken is turned away."""

from __future__ import annotations

from functools import partial

import numpy as np
from systems import UNIT_MS, Streams, build_plan, build_workload, exponential_ms, poisson_times_ms, run, visits

from known_answers.case import Case, Wrong, each, only
from supportsim.ledger import Event
from supportsim.theory import erlang
from supportsim.theory.finite_lines import FiniteLines

HALF_A_MINUTE = 1 / 120


def calls(streams: Streams, system: FiniteLines, warm_up: float, end: float) -> dict[str, float]:
    """Simulate a system, in hours; calls go on for two more, in which all who came before have begun."""
    plan = build_plan([system.servers], int((end + 2) * UNIT_MS), rules={"lines": (system.lines,)})
    created_ms = poisson_times_ms(streams, "arrivals", system.arrival_rate, plan.horizon_ms)
    work_ms = exponential_ms(streams, "work", np.arange(len(created_ms)), 1 / system.service_rate)
    ledger = run(plan, build_workload(plan, created_ms, work_ms, live=True))
    turned_away = np.zeros(len(created_ms), bool)
    turned_away[ledger.ticket[ledger.event == Event.TURNED_AWAY]] = True
    inside = (created_ms >= warm_up * UNIT_MS) & (created_ms < end * UNIT_MS)
    served = visits(ledger)
    assert np.isin(np.flatnonzero(inside & ~turned_away), served.ticket).all(), "all who were admitted have begun"
    wait = served.wait[inside[served.ticket]]
    if system.lines == system.servers:
        assert not wait.any()
    return {
        "P(turned away)": turned_away[inside].mean(),
        "P(wait) of the admitted": (wait > 0).mean(),
        "mean wait of the admitted": wait.mean(),
        "P(wait > 30 s) of the admitted": (wait > HALF_A_MINUTE).mean(),
    }


def theory(system: FiniteLines) -> dict[str, float]:
    """Return what theory says of the metrics of `calls`."""
    return {
        "P(turned away)": system.blocked,
        "P(wait) of the admitted": system.delay_probability,
        "mean wait of the admitted": system.mean_wait,
        "P(wait > 30 s) of the admitted": system.wait_exceeds(HALF_A_MINUTE),
    }


def _as_many_as_agents() -> Case:
    wrong = (Wrong(f"{agents} agents", {"P(turned away)": erlang.erlang_b(10, agents)}) for agents in (16, 18))
    return Case(
        "A14b",
        "as many lines as agents, 17, are Erlang B: load 10",
        "pyworkforce, test_erlang_b",
        partial(calls, system=FiniteLines(200, 20, 17, 17), warm_up=5, end=40),
        each({"P(turned away)": erlang.erlang_b(10, 17)}, {"P": 0.05}),
        tuple(wrong),
        replications=24,
        published={"P(turned away)": 0.01294888},
    )


def _pooled() -> Case:
    exact = theory(FiniteLines(504, 6, 90, 120))
    delays = ("P(wait) of the admitted", "mean wait of the admitted")
    fewer = theory(FiniteLines(504, 6, 88, 120))
    endless = {"mean wait of the admitted": erlang.mean_wait(504, 6, 90)}
    error = {"P(turned away)": 0.2, "P(wait) of the admitted": 0.06, "mean": 0.12, "P(wait >": 0.1}
    return Case(
        "A14",
        "load 84, 90 agents, 120 lines",
        # The pooled bound of their base case.
        "Wallace & Whitt 2005",
        partial(calls, system=FiniteLines(504, 6, 90, 120), warm_up=17, end=57),
        each(exact, error),
        (
            Wrong("two agents fewer", only(fewer, *delays)),
            Wrong("endless lines", endless),
        ),
        replications=20,
        slow=True,
        published={
            "P(turned away)": 0.003643076,
            "P(wait) of the admitted": 0.3797056,
            "mean wait of the admitted": 0.4500228 / 60,
            "P(wait > 30 s) of the admitted": 1 - 0.7329223,
        },
    )


CASES = (_as_many_as_agents(), _pooled())
