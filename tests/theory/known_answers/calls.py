"""One line of customers and one group of agents: Erlang B, C and A, and other handle times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from systems import (
    UNIT_MS,
    Integers,
    Streams,
    build_plan,
    build_workload,
    busy_share,
    exponential_ms,
    poisson_times_ms,
    run,
    visits,
)

from known_answers.case import Case, Known, Replicate, Wrong, each, only
from supportsim.ledger import Event
from supportsim.scenario.distributions import Distribution, Lognormal
from supportsim.theory import erlang, single_server
from supportsim.theory.several_servers import Waiting, deterministic_wait, erlang_2, hyperexponential, two_phase_wait
from supportsim.workload.distributions import quantile, whole_ms

Work = Callable[[Streams, Integers], Integers]
# The shortest patience there is: it ends before anybody could become free.
NO_PATIENCE_MS = 1


def plainly_ms(streams: Streams, tickets: Integers) -> Integers:
    """Return exponential work of one unit."""
    return exponential_ms(streams, "work", tickets, 1.0)


def fixed_ms(_streams: Streams, tickets: Integers) -> Integers:
    return np.full(len(tickets), UNIT_MS)


def even_ms(streams: Streams, tickets: Integers) -> Integers:
    return exponential_ms(streams, "first", tickets, 0.5) + exponential_ms(streams, "second", tickets, 0.5)


UNEVEN = hyperexponential(1, 2)


def uneven_ms(streams: Streams, tickets: Integers) -> Integers:
    fast = streams.uniform("phase", tickets) < UNEVEN.starts_in_first
    return exponential_ms(streams, "work", tickets, np.where(fast, 1 / UNEVEN.rates[0], 1 / UNEVEN.rates[1]))


def lognormal_ms(streams: Streams, tickets: Integers, cv: float) -> Integers:
    """Return lognormal work of one unit."""
    handle = Distribution(lognormal=Lognormal(mean="1 h", cv=cv))
    return whole_ms(quantile(handle, streams.uniform("work", tickets)))


def line(
    streams: Streams,
    load: float,
    agents: int,
    warm_up: float,
    end: float,
    thresholds: Mapping[str, float],
    *,
    work: Work = plainly_ms,
    patience: float | None = None,
    patient: bool = True,
    random_order: bool = False,
) -> dict[str, float]:
    """Simulate one group with one line, in services; nobody comes after ``end``, and all leave.

    Args:
        streams: of the replication.
        load: arrivals per service.
        agents: how many.
        warm_up, end: in services.
        thresholds: by name, waits whose excess is measured.
        work: handle times of mean 1.
        patience: mean; None: nobody gives up, or with ``patient`` false everybody at once.
        patient: see ``patience``.
        random_order: by chance instead of by arrival.
    """
    warm_up_ms, end_ms = int(warm_up * UNIT_MS), int(end * UNIT_MS)
    plan = build_plan([agents], end_ms + 100 * UNIT_MS, fifo=not random_order)
    created_ms = poisson_times_ms(streams, "arrivals", load, end_ms)
    tickets = np.arange(len(created_ms))
    patience_ms = None
    if patience is not None:
        patience_ms = exponential_ms(streams, "patience", tickets, patience)
    elif not patient:
        patience_ms = np.full(len(tickets), NO_PATIENCE_MS)
    priority = (streams.uniform("priority", tickets) * 5).astype(int)
    ledger = run(
        plan, build_workload(plan, created_ms, work(streams, tickets), priority=priority, patience_ms=patience_ms)
    )
    served = visits(ledger)
    gone = ledger.event == Event.ABANDONED
    assert gone.sum() + len(served.ticket) == len(created_ms), "all were answered or gave up"
    came_ms = created_ms[ledger.ticket[gone]]
    gave_up = ((ledger.time_ms[gone] - came_ms) / UNIT_MS)[came_ms >= warm_up_ms]
    answered = served.wait[served.joined_ms >= warm_up_ms]
    everybody = np.concatenate([answered, gave_up])
    found = {
        "mean wait": everybody.mean(),
        "P(wait)": (everybody > 0).mean(),
        "mean square of the wait": (everybody**2).mean(),
        "mean queue": everybody.sum() / (end - warm_up),
        "utilization": busy_share(ledger, agents, warm_up_ms, end_ms),
    }
    found |= {f"P(wait > {name})": (everybody > wait).mean() for name, wait in thresholds.items()}
    if patience_ms is not None:
        found["P(give up)"] = len(gave_up) / len(everybody)
        found["mean wait of the answered"] = answered.mean()
        if len(gave_up):
            found["mean wait of who gave up"] = gave_up.mean()
        for name, wait in thresholds.items():
            found[f"in {name}, of all"] = (answered <= wait).sum() / len(everybody)
            found[f"in {name}, of the answered"] = (answered <= wait).mean()
    return found


def erlang_c(load: float, agents: int, thresholds: Mapping[str, float]) -> dict[str, float]:
    """Return what Erlang C says of the metrics of `line`, in services."""
    found = {
        "mean wait": erlang.mean_wait(load, 1, agents),
        "P(wait)": erlang.erlang_c(load, agents),
        "mean queue": erlang.mean_queue_length(load, 1, agents),
        "utilization": load / agents,
    }
    return found | {
        f"P(wait > {name})": erlang.wait_exceeds(wait, load, 1, agents) for name, wait in thresholds.items()
    }


def in_order(load: float, agents: int, warm_up: float, end: float, thresholds: Mapping[str, float]) -> Replicate:
    return partial(line, load=load, agents=agents, warm_up=warm_up, end=end, thresholds=thresholds)


def _calls() -> Case:
    # 100 calls per 30 min of 180 s; waits in services.
    agents, load = 14, 10
    marks = {"20 s": 20 / 180, "p90": erlang.wait_quantile(0.9, load, 1, agents), "60 s": 60 / 180}
    exact = erlang_c(load, agents, marks)
    error = {
        "mean": 0.03, "P(wait)": 0.012, "P(wait > 20 s)": 0.02, "P(wait > p90)": 0.02, "P(wait > 60 s)": 0.04,
        "utilization": 0.0015,
    }  # fmt: skip
    by_chance = partial(line, load=load, agents=agents, warm_up=200, end=3_000, thresholds=marks, random_order=True)
    return Case(
        "A02",
        "Erlang C: 100 calls in half an hour of 180 s, 14 agents",
        "pyworkforce, its tests and its guide",
        in_order(load, agents, 200, 3_000, marks),
        each(exact, error),
        (
            Wrong("3 % fewer calls", only(erlang_c(0.97 * load, agents, marks), *exact)),
            Wrong("3 % more calls", only(erlang_c(1.03 * load, agents, marks), *exact)),
            Wrong("one agent more", only(erlang_c(load, agents + 1, marks), *exact)),
            Wrong("tickets in random order", only(exact, *(f"P(wait > {name})" for name in marks)), by_chance),
        ),
        replications=48,
        in_tests=24,
        published={
            "P(wait)": 0.1741319,
            "P(wait > 20 s)": 1 - 0.88835,
            "utilization": 0.7142857,
            "mean wait": 7.835937 / 180,
            "mean queue": 0.4353298,
            "P(wait > p90)": 0.1,
        },
    )


def _calls_with_one_more() -> Case:
    marks = {"20 s": 20 / 180}
    exact = erlang_c(10, 15, marks)
    return Case(
        "A02b",
        "the same with 15 agents",
        "pyworkforce, its tests",
        in_order(10, 15, 100, 2_000, marks),
        each(
            only(exact, "P(wait)", "P(wait > 20 s)", "utilization"), {"P(wait)": 0.03, "P": 0.05, "utilization": 0.003}
        ),
        (Wrong("14 agents", only(erlang_c(10, 14, marks), "P(wait)", "P(wait > 20 s)")),),
        replications=24,
        slow=True,
        published={"P(wait > 20 s)": 1 - 0.9414528, "P(wait)": 0.102},
        published_error=2e-3,
    )


def _large_group() -> Case:
    # 360 calls in half an hour, mean 4 min; 15 s are a sixteenth of a service.
    marks = {"15 s": 1 / 16}
    exact = erlang_c(48, 55, marks)
    error = {"mean": 0.1, "P(wait)": 0.05, "P": 0.08, "utilization": 0.003}
    wrong = (Wrong(f"load {load}", only(erlang_c(load, 55, marks), "mean wait", "P(wait)")) for load in (46, 50))
    return Case(
        "A03",
        "Erlang C: 360 calls in half an hour of 4 min, 55 agents",
        "worked example of the Erlang C formula (mitan.co.uk)",
        in_order(48, 55, 60, 480, marks),
        each(exact, error),
        tuple(wrong),
        replications=24,
        slow=True,
        published={
            "P(wait)": 0.2387009,
            "utilization": 0.8727273,
            "mean wait": 8.184032 / 240,
            "P(wait > 15 s)": 1 - 0.8458831,
        },
    )


def _eye_clinic() -> Case:
    # 6 patients an hour, 20 min each: exactly P(0) = 1/9, P(wait) = 4/9, 8/9 waiting, 4/9 of a service each.
    exact = {"mean wait": 4 / 9, "mean queue": 8 / 9, "P(wait)": 4 / 9, "P(wait > a service)": 4 / 9 * np.exp(-1)}
    wrong = (
        Wrong(f"{factor - 1:+.0%} patients", only(erlang_c(2 * factor, 3, {}), "mean wait", "P(wait)"))
        for factor in (0.97, 1.03)
    )
    return Case(
        "A04",
        "Erlang C: an eye clinic, 6 an hour of 20 min, 3 doctors",
        "Gross & Harris, Fundamentals of Queueing Theory",
        in_order(2, 3, 150, 8_000, {"a service": 1.0}),
        each(exact, {"mean": 0.025, "P(wait)": 0.01, "P": 0.025}),
        tuple(wrong),
        replications=30,
        published=only(erlang_c(2, 3, {"a service": 1}), *exact),
        published_error=1e-9,
    )


def _pollaczek() -> Case:
    # 5 tickets an hour of 9 min: load 0.75, cv 1.3; waits in services of 9 min.
    moments = single_server.lognormal_moments(1, 1.3)
    mean, deviation = single_server.mean_wait(0.75, moments), single_server.wait_deviation(0.75, moments)
    exact = {
        "mean wait": mean, "mean square of the wait": mean**2 + deviation**2, "mean queue": 0.75 * mean,
        "P(wait)": 0.75, "utilization": 0.75,
    }  # fmt: skip
    wrong = [
        Wrong(f"cv {cv}", {"mean wait": single_server.mean_wait(0.75, single_server.lognormal_moments(1, cv))})
        for cv in (1.0, 1.2, 1.4)
    ]
    wrong += [
        Wrong(
            f"{factor - 1:+.0%} tickets",
            {"mean wait": single_server.mean_wait(0.75 * factor, moments), "utilization": 0.75 * factor},
        )
        for factor in (0.95, 1.05)
    ]
    return Case(
        "A11",
        "M/G/1: 5 tickets an hour, lognormal 9 min, cv 1.3",
        "Pollaczek 1930, Khinchine 1932",
        partial(
            line, load=0.75, agents=1, warm_up=1_300, end=36_000, thresholds={}, work=partial(lognormal_ms, cv=1.3)
        ),
        each(exact, {"mean": 0.025, "mean square": 0.06, "P(wait)": 0.005, "utilization": 0.005}),
        tuple(wrong),
        replications=48,
        in_tests=24,
        published={
            "mean wait": 36.315 / 9,
            "mean square of the wait": (53.80941**2 + 36.315**2) / 81,
            "mean queue": 3.02625,
        },
    )


def _other_handle_times(
    number: str,
    name: str,
    work: Work,
    exact: Waiting,
    published: tuple[float, float],
    mean_error: float,
    approximation: float | None = None,
) -> Case:
    known = {"P(wait)": exact.probability, "mean wait": exact.mean, "mean queue": 4 * exact.mean, "utilization": 0.8}
    approximate = erlang.mean_wait(4, 1, 5)
    wrong = [Wrong("Erlang C", {"mean wait": approximate})]
    if number == "A12d":
        wrong += [Wrong("P(wait) of Erlang C", {"P(wait)": erlang.erlang_c(4, 5)})]
    wrong += [
        Wrong(f"{by:+.0%}", {"mean wait": (1 + by) * exact.mean}, in_full=work is uneven_ms) for by in (-0.2, 0.2)
    ]
    if approximation is not None:
        wrong += [Wrong("Lee-Longton approximation", {"mean wait": approximation}, in_full=True)]
    # Relaxation takes (1 + cv^2) / 2 / (c (1 - sqrt(rho))^2), 45 services at a cv of 2.
    return Case(
        number,
        f"{name}, 5 agents, load 4",
        "Crommelin 1932; Neuts 1981",
        partial(line, load=4, agents=5, warm_up=450, end=3_600, thresholds={}, work=work),
        each(known, {"mean": mean_error, "P(wait)": 0.007, "utilization": 0.0025}),
        tuple(wrong),
        replications=150,
        in_tests=30,
        published={"P(wait)": published[0], "mean wait": published[1]},
    )


def _lognormal_group() -> Case:
    values = {
        "mean wait": Known(1.186783, 0.05, 0.003218253),
        "P(wait)": Known(0.5683033, 0.01, 0.0003311675),
        "P(wait > half a service)": Known(0.3973015, 0.02, 0.0003311675),
    }
    wrong = (
        Wrong("Lee-Longton approximation", {"mean wait": 1.385281}),
        Wrong("Erlang-2 service", {"mean wait": two_phase_wait(4, erlang_2(1), 5).mean}),
        Wrong("Erlang C", {"mean wait": erlang.mean_wait(4, 1, 5)}),
    )
    return Case(
        "A13",
        "M/G/5, lognormal, cv 2, load 4",
        "Kiefer-Wolfowitz recursion over 10^8 customers",
        partial(
            line,
            load=4,
            agents=5,
            warm_up=450,
            end=4_400,
            thresholds={"half a service": 0.5},
            work=partial(lognormal_ms, cv=2),
        ),
        values,
        wrong,
        replications=40,
    )


CASES = (
    _calls(),
    _calls_with_one_more(),
    _large_group(),
    _eye_clinic(),
    _pollaczek(),
    _other_handle_times("A12d", "M/D/5", fixed_ms, deterministic_wait(4, 1, 5), (0.5336151, 0.28906), 0.01, 0.2770563),
    _other_handle_times("A12e", "M/E2/5", even_ms, two_phase_wait(4, erlang_2(1), 5), (0.5484104, 0.4232261), 0.012),
    _other_handle_times(
        "A12h", "M/H2/5, cv 2", uneven_ms, two_phase_wait(4, UNEVEN, 5), (0.5695546, 1.254151), 0.03, 1.385281
    ),
    _lognormal_group(),
)
