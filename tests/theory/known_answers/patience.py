"""Callers who give up: Erlang A, and Erlang B as callers who have no patience at all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from systems import Streams

from known_answers.calls import Work, erlang_c, in_order, line, lognormal_ms, plainly_ms
from known_answers.case import Case, Known, Wrong, each, only
from supportsim.theory import erlang
from supportsim.theory.erlang_a import ErlangA


def erlang_a(system: ErlangA, marks: Mapping[str, float], p90: float) -> dict[str, float]:
    """Return what Erlang A says of the metrics of `line`, in services; ``marks`` is one threshold."""
    ((name, threshold),) = marks.items()
    return {
        "P(give up)": system.abandonment,
        "P(wait)": system.delay_probability,
        "mean wait": system.mean_wait,
        "mean wait of the answered": system.mean_wait_served,
        "mean wait of who gave up": system.mean_wait_abandoned,
        f"in {name}, of all": system.answered_within(threshold),
        f"in {name}, of the answered": system.answered_within_of_answered(threshold),
        "P(wait > p90)": system.wait_exceeds(p90),
        "mean queue": system.mean_queue_length,
        "utilization": system.utilization,
    }


PATIENCE_ERROR = {
    "P(give up)": 0.04, "P(wait)": 0.02, "mean": 0.04, "in": 0.0025, "P(wait > p90)": 0.05, "utilization": 0.002,
}  # fmt: skip


def _garnett() -> Case:
    # 48 calls a minute of 1 min on 50 agents, mean patience 2 min; 20 s are a third of a service.
    system, marks = ErlangA(48, 1, 0.5, 50), {"20 s": 1 / 3}
    p90 = system.wait_quantile(0.9)
    exact = erlang_a(system, marks, p90)
    rates = ("P(give up)", "P(wait)", "mean wait", "P(wait > p90)", "utilization")
    wrong = [
        Wrong(f"Erlang C, {rate:g} calls a minute", {"mean wait": erlang.mean_wait(rate, 1, 50)})
        for rate in (48, 46.512)
    ]
    wrong += [
        Wrong(f"{factor - 1:+.0%} calls", only(erlang_a(ErlangA(48 * factor, 1, 0.5, 50), marks, p90), *rates))
        for factor in (0.97, 1.03)
    ]
    wrong += [
        Wrong(
            f"{factor - 1:+.0%} impatience", only(erlang_a(ErlangA(48, 1, 0.5 * factor, 50), marks, p90), "mean wait")
        )
        for factor in (0.8, 1.2)
    ]
    return Case(
        "A06",
        "Erlang A: 48 calls a minute of 1 min, 50 agents, patience 2 min",
        "Garnett, Mandelbaum & Reiman 2002, Table 1",
        partial(line, load=48, agents=50, warm_up=30, end=700, thresholds=marks | {"p90": p90}, patience=2),
        each(exact, PATIENCE_ERROR),
        tuple(wrong),
        replications=48,
        in_tests=24,
        # The level within 20 s is not in the table: by the matrix exponential of the tagged customer.
        published={
            "P(give up)": 0.03091225,
            "P(wait)": 0.4677741,
            "mean wait": 3.70947 / 60,
            "mean queue": 2.967576,
            "mean wait of the answered": 3.6159 / 60,
            "mean wait of who gave up": 6.642845 / 60,
            "utilization": 0.9303242,
            "in 20 s, of all": 0.9430190,
        },
    )


def _garnett_without_patience(number: str, rate: float, published: Mapping[str, float]) -> Case:
    p90 = erlang.wait_quantile(0.9, rate, 1, 50)
    exact = erlang_c(rate, 50, {"p90": p90})
    other = erlang.mean_wait(rate * 1.01, 1, 50)
    return Case(
        number,
        f"Erlang C: {rate:g} calls a minute of 1 min, 50 agents",
        "Garnett, Mandelbaum & Reiman 2002, Table 1",
        in_order(rate, 50, 120, 1_500, {"p90": p90}),
        each(exact, {"mean": 0.16, "P(wait)": 0.06, "P": 0.2, "utilization": 0.003}),
        (Wrong("twice 1 % more calls", {"mean wait": 2 * other}), Wrong("Erlang A", {"mean wait": 3.70947 / 60})),
        replications=24,
        slow=True,
        published=published,
    )


def _classic_with_patience() -> Case:
    # 100 calls per 30 min of 3 min on 14 agents, mean patience 5 min; 20 s are a ninth of a service.
    system, marks = ErlangA(10, 1, 0.6, 14), {"20 s": 1 / 9}
    p90 = system.wait_quantile(0.9)
    exact = erlang_a(system, marks, p90)
    wrong = (
        Wrong(
            "the bases of the level swapped",
            {
                "in 20 s, of all": exact["in 20 s, of the answered"],
                "in 20 s, of the answered": exact["in 20 s, of all"],
            },
        ),
        Wrong(
            "the means of the wait swapped",
            {"mean wait": exact["mean wait of the answered"], "mean wait of the answered": exact["mean wait"]},
        ),
        Wrong("Erlang C", {"mean wait": erlang.mean_wait(10, 1, 14)}),
    )
    return Case(
        "A07",
        "Erlang A: 100 calls in half an hour of 3 min, 14 agents, patience 5 min",
        "pyworkforce, its tests",
        partial(line, load=10, agents=14, warm_up=30, end=6_000, thresholds=marks | {"p90": p90}, patience=1 / 0.6),
        each(exact, PATIENCE_ERROR),
        wrong,
        replications=24,
        slow=True,
        published={
            "P(give up)": 0.01398374,
            "P(wait)": 0.1452601,
            "mean wait": 0.06991872 / 3,
            "utilization": 0.7042973,
            "mean wait of the answered": 0.06464133 / 3,
            "in 20 s, of all": 0.9167921,
            "in 20 s, of the answered": 0.9297941,
        },
    )


def lost_calls(streams: Streams, load: float, agents: int, end: float, work: Work = plainly_ms) -> dict[str, float]:
    """Simulate calls that are lost unless answered at once, as callers who have no patience at all."""
    found = line(streams, load, agents, 30, end, {}, work=work, patient=False)
    assert found["mean wait of the answered"] == 0
    return {"P(lost)": found["P(give up)"], "utilization": found["utilization"]}


def _lost(number: str, name: str, work: Work) -> Case:
    wrong = [
        Wrong(f"load {load}, {agents} agents", {"P(lost)": erlang.erlang_b(load, agents)})
        for load, agents in ((10, 16), (10, 18), (9.5, 17), (10.5, 17))
    ]
    exact = {"P(lost)": erlang.erlang_b(10, 17), "utilization": 10 * (1 - erlang.erlang_b(10, 17)) / 17}
    return Case(
        number,
        f"Erlang B as callers without patience: load 10, 17 agents, {name}",
        "pyworkforce, its tests",
        partial(lost_calls, load=10, agents=17, end=1_200, work=work),
        each(exact, {"P(lost)": 0.04, "utilization": 0.004}),
        (*wrong, Wrong("nobody lost", {"utilization": 10 / 17})),
        published={"P(lost)": 0.01294888, "utilization": 0.5806183},
    )


CASES = (
    _lost("A01", "exponential", plainly_ms),
    _lost("A01b", "lognormal, cv 1.5", partial(lognormal_ms, cv=1.5)),
    Case(
        "A01c",
        "Erlang B as callers without patience: one erlang, 2 agents",
        "exactly 1/5",
        partial(lost_calls, load=1, agents=2, end=4_000),
        {"P(lost)": Known(0.2, 0.01)},
        (Wrong("5 % more calls", {"P(lost)": erlang.erlang_b(1.05, 2)}),),
        replications=20,
        published={"P(lost)": erlang.erlang_b(1, 2)},
    ),
    _garnett(),
    _garnett_without_patience(
        "A06c", 48, {"mean wait": 20.83367 / 60, "mean queue": 16.66693, "utilization": 0.96, "P(wait > p90)": 0.1}
    ),
    _garnett_without_patience(
        "A06r",
        46.512,
        {"mean wait": 8.813062 / 60, "mean queue": 6.831885, "utilization": 0.93024, "P(wait > p90)": 0.1},
    ),
    _classic_with_patience(),
)
