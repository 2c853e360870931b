"""Classes of which one goes first, and may interrupt the others or not: means and tails of the wait of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from systems import UNIT_MS, Streams, build_plan, build_workload, exponential_ms, poisson_times_ms, run, visits

from known_answers.case import Case, Wrong, each, only
from supportsim.ledger import Event
from supportsim.theory import erlang, priority


def classes(
    streams: Streams,
    rates: Sequence[float],
    service_rate: float,
    agents: int,
    warm_up: float,
    end: float,
    marks: Sequence[float],
    *,
    fifo: bool = False,
) -> dict[str, float]:
    """Simulate classes on one group of agents who finish what they have begun.

    Arrivals go on until all who came in the window have begun, for the first class delays the others.
    """
    plan = build_plan([agents], int((end + warm_up) * UNIT_MS), fifo=fifo)
    created_ms = poisson_times_ms(streams, "arrivals", sum(rates), plan.horizon_ms)
    tickets = np.arange(len(created_ms))
    of_class = np.searchsorted(np.cumsum(rates) / sum(rates), streams.uniform("class", tickets))
    work_ms = exponential_ms(streams, "work", tickets, 1 / service_rate)
    served = visits(run(plan, build_workload(plan, created_ms, work_ms, priority=of_class)))
    assert np.isin(np.flatnonzero(created_ms < end * UNIT_MS), served.ticket).all(), "all have begun"
    inside = (served.joined_ms >= warm_up * UNIT_MS) & (served.joined_ms < end * UNIT_MS)
    found = {"mean wait of all": served.wait[inside].mean(), "P(wait)": (served.wait[inside] > 0).mean()}
    for number in range(len(rates)):
        of_it = inside & (of_class[served.ticket] == number)
        wait, joined = served.wait[of_it], served.joined_ms[of_it] / UNIT_MS
        found[f"mean wait {number + 1}"] = wait.mean()
        found |= {f"P(wait {number + 1} > {mark:g})": (wait > mark).mean() for mark in marks}
        # Cut into windows of 50 services, only those who began in theirs: what a careless report counts.
        found[f"mean wait {number + 1} of the begun"] = wait[(joined + wait) // 50 == joined // 50].mean()
    return found


def theory(rates: Sequence[float], service_rate: float, agents: int, marks: Sequence[float]) -> dict[str, float]:
    """Return what theory says of the metrics of `classes`."""
    found = {
        "mean wait of all": erlang.mean_wait(sum(rates), service_rate, agents),
        "P(wait)": erlang.erlang_c(sum(rates) / service_rate, agents),
    }
    for number, mean in enumerate(priority.mean_waits(rates, service_rate, agents)):
        found[f"mean wait {number + 1}"] = float(mean)
        for mark in marks:
            tail = priority.wait_exceeds(mark, number, rates, service_rate, agents)
            found[f"P(wait {number + 1} > {mark:g})"] = tail
    return found


def _two_classes() -> Case:
    # Relaxation takes 1 / (1 - sqrt(0.8))^2 = 90 services.
    rates, marks = (0.2, 0.6), (1, 5, 15)
    exact = theory(rates, 1, 1, marks)
    # Hardly anybody of the first class waits 15 services.
    judged = {name: value for name, value in exact.items() if name != "P(wait 1 > 15)"}
    by_class = ("mean wait 1", "mean wait 2")
    wrong = [Wrong("first come first served", dict.fromkeys(by_class, exact["mean wait of all"]))]
    wrong += [
        Wrong(f"{factor - 1:+.0%} tickets", only(theory([factor * rate for rate in rates], 1, 1, ()), *by_class))
        for factor in (0.95, 1.05)
    ]
    fifo = partial(classes, rates=rates, service_rate=1, agents=1, warm_up=900, end=10_900, marks=marks, fifo=True)
    wrong += [
        Wrong("one class for all", only(exact, *by_class, "P(wait 1 > 5)"), fifo, replications=30),
        Wrong("only who began in time", {"mean wait 2 of the begun": exact["mean wait 2"]}),
        Wrong("tail of the other class", {"P(wait 2 > 5)": exact["P(wait 1 > 5)"]}),
    ]
    return Case(
        "B01",
        "two classes, one agent: rates 0.2 and 0.6, service 1",
        "Cobham 1954; tails Kella & Yechiali 1985",
        partial(classes, rates=rates, service_rate=1, agents=1, warm_up=900, end=25_900, marks=marks),
        each(
            judged,
            {
                "mean wait 1": 0.01,
                "mean": 0.03,
                "P(wait)": 0.005,
                "P(wait 1 > 5)": 0.05,
                "P": 0.03,
                "P(wait 2 > 15)": 0.05,
            },
        ),
        tuple(wrong),
        replications=24,
        published={"mean wait 1": 1, "mean wait 2": 5},
    )


def _hospital(number: str, doctors: int, published: Mapping[str, float]) -> Case:
    # Relaxation takes 1 / (3 (1 - sqrt(2/3))^2) = 10 hours of one doctor.
    rates = (0.2, 0.6, 1.2)
    system = partial(classes, rates=rates, service_rate=3, agents=doctors, warm_up=100, marks=(0.25, 1))
    exact = theory(rates, 3, doctors, (0.25, 1))
    means = [f"mean wait {place}" for place in (1, 2, 3)]
    alike = {means[0]: exact["mean wait of all"], means[2]: exact["mean wait of all"]}
    interrupted = {means[0]: float(priority.preemptive_delays(rates, 3, doctors)[0])}
    wrong = [Wrong("all alike", alike), Wrong("who may interrupt", interrupted)]
    if doctors == 1:
        fifo = partial(system, end=1_600, fifo=True)
        wrong += [Wrong("one class for all", only(exact, *means), fifo)]
        wrong += [Wrong("the book's misprint", {means[2]: 0.889}, in_full=True)]
    error = {"mean": 0.01, "P(wait)": 0.005, "P(wait 1 >": 0.015, "P(wait 2 >": 0.015, "P(wait 3 >": 0.01}
    judged = [*means, "mean wait of all", "P(wait)", *(f"P(wait {place} > 0.25)" for place in (1, 2, 3))]
    return Case(
        number,
        f"county hospital: critical, serious and stable patients, {doctors} doctor(s)",
        "Hillier & Lieberman, Introduction to Operations Research",
        partial(system, end=3_600),
        each(only(exact, *judged), error),
        tuple(wrong),
        replications=400,
        in_tests=30,
        published=published,
    )


def interrupting(
    streams: Streams, rates: Sequence[float], service_rate: float, agents: int, warm_up: float, end: float
) -> dict[str, float]:
    """Simulate classes of which the first two interrupt whoever is behind them; delay is sojourn less work."""
    urgent = {"urgent": (True, True, False, False, False)}
    plan = build_plan([agents], int((end + warm_up) * UNIT_MS), fifo=False, rules=urgent)
    created_ms = poisson_times_ms(streams, "arrivals", sum(rates), plan.horizon_ms)
    tickets = np.arange(len(created_ms))
    of_class = np.searchsorted(np.cumsum(rates) / sum(rates), streams.uniform("class", tickets))
    work_ms = exponential_ms(streams, "work", tickets, 1 / service_rate)
    ledger = run(plan, build_workload(plan, created_ms, work_ms, priority=of_class))
    done = ledger.event == Event.RESOLVED
    resolved_ms = np.full(len(tickets), -1)
    resolved_ms[ledger.ticket[done]] = ledger.time_ms[done]
    inside = (created_ms >= warm_up * UNIT_MS) & (created_ms < end * UNIT_MS)
    assert (resolved_ms[inside] > 0).all(), "all are done"
    delay = (resolved_ms - created_ms - work_ms) / UNIT_MS
    return {f"mean delay {place + 1}": delay[inside & (of_class == place)].mean() for place in range(len(rates))}


def _hospital_interrupting(number: str, doctors: int, published: Mapping[str, float], error: float) -> Case:
    rates = (0.2, 0.6, 1.2)
    exact, polite = (
        {f"mean delay {place}": float(value) for place, value in enumerate(values, start=1)}
        for values in (priority.preemptive_delays(rates, 3, doctors), priority.mean_waits(rates, 3, doctors))
    )
    return Case(
        number,
        f"the same where the more urgent interrupt, {doctors} doctor(s)",
        "Hillier & Lieberman, Introduction to Operations Research",
        partial(interrupting, rates=rates, service_rate=3, agents=doctors, warm_up=100, end=3_600),
        each(only(exact, *published), {"mean": error}),
        # Without interrupting the first class would wait for a treatment to end.
        (Wrong("who does not interrupt", only(polite, "mean delay 1", "mean delay 2")),),
        replications=24,
        slow=doctors == 2,
        published=published,
    )


CASES = (
    _two_classes(),
    _hospital("B02a", 1, {"mean wait 1": 0.2380952, "mean wait 2": 0.3246753, "mean wait 3": 10 / 11}),
    _hospital("B02b", 2, {"mean wait 1": 0.02873563, "mean wait 2": 0.0331565, "mean wait 3": 0.04807692}),
    _hospital_interrupting(
        "B02p", 1, {"mean delay 1": 0.02380952, "mean delay 2": 0.1536797, "mean delay 3": 1.030303}, 0.08
    ),
    # With two doctors hardly any patient of the first class ever waits.
    _hospital_interrupting("B02q", 2, {"mean delay 2": 0.007920649, "mean delay 3": 0.06542232}, 0.1),
)
