"""Groups of agents on the floor: a large one, and five agents whose handle times are anything but exponential."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import (
    UNIT_MS,
    Integers,
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

from supportsim.scenario.distributions import Distribution, Lognormal
from supportsim.theory import erlang
from supportsim.theory.several_servers import deterministic_wait, erlang_2, hyperexponential, two_phase_wait
from supportsim.workload.distributions import quantile, whole_ms

Work = Callable[[Streams, Integers], Integers]
Samples = dict[str, list[float]]
FIVE, LOAD = 5, 4.0
# Relaxation takes (1 + cv^2) / 2 / (c (1 - sqrt(rho))^2), 45 services at a cv of 2.
WARM_UP = 450
UNEVEN = hyperexponential(1, 2)
LOGNORMAL = Distribution(lognormal=Lognormal(mean="1 h", cv=2))


def fixed_ms(_streams: Streams, tickets: Integers) -> Integers:
    return np.full(len(tickets), UNIT_MS)


def even_ms(streams: Streams, tickets: Integers) -> Integers:
    return exponential_ms(streams, "first", tickets, 0.5) + exponential_ms(streams, "second", tickets, 0.5)


def uneven_ms(streams: Streams, tickets: Integers) -> Integers:
    fast = streams.uniform("phase", tickets) < UNEVEN.starts_in_first
    return exponential_ms(streams, "work", tickets, np.where(fast, 1 / UNEVEN.rates[0], 1 / UNEVEN.rates[1]))


def lognormal_ms(streams: Streams, tickets: Integers) -> Integers:
    return whole_ms(quantile(LOGNORMAL, streams.uniform("work", tickets)))


def plainly_ms(streams: Streams, tickets: Integers) -> Integers:
    return exponential_ms(streams, "work", tickets, 1.0)


def sample(
    count: int,
    work: Work,
    end: int,
    *,
    load: float = LOAD,
    agents: int = FIVE,
    threshold: float = 0.5,
    warm_up: int = WARM_UP,
) -> Samples:
    """Return what each replication measured, in services; nobody comes after ``end``, and all are served."""
    warm_up_ms, end_ms = warm_up * UNIT_MS, end * UNIT_MS
    plan = build_plan([agents], end_ms + 100 * UNIT_MS)
    found: Samples = {"wait": [], "waited": [], "late": [], "utilization": []}
    for streams in replications(count):
        created_ms = poisson_times_ms(streams, "arrivals", load, end_ms)
        ledger = run(plan, build_workload(plan, created_ms, work(streams, np.arange(len(created_ms)))))
        served = visits(ledger)
        assert len(served.ticket) == len(created_ms), "everybody has begun"
        wait = served.wait[served.joined_ms >= warm_up_ms]
        found["wait"].append(wait.mean())
        found["waited"].append((wait > 0).mean())
        found["late"].append((wait > threshold).mean())
        found["utilization"].append(busy_share(ledger, agents, warm_up_ms, end_ms))
    return found


def test_three_hundred_sixty_calls_in_half_an_hour() -> None:
    # Mean 4 min on 55 agents; 15 s are a sixteenth of a service.
    system = (48, 1, 55)
    known = {"wait": 8.184032 / 240, "waited": 0.2387009, "late": 1 - 0.8458831, "utilization": 0.8727273}
    exactly = [erlang.mean_wait(*system), erlang.erlang_c(48, 55), erlang.wait_exceeds(1 / 16, *system), 48 / 55]
    assert list(known.values()) == pytest.approx(exactly, rel=5e-7)
    found = sample(24, plainly_ms, 480, load=48, agents=55, threshold=1 / 16, warm_up=60)
    for name, largest_error in (("wait", 0.1), ("waited", 0.05), ("late", 0.08), ("utilization", 0.003)):
        judge(found[name], known[name], largest_error, name)
    for load in (46, 50):
        for name, value in (("wait", erlang.mean_wait(load, 1, 55)), ("waited", erlang.erlang_c(load, 55))):
            with pytest.raises(MisfitError):
                judge(found[name], value, 0.25, name)


@pytest.mark.parametrize(
    ("work", "exact", "known", "largest_error"),
    [
        (fixed_ms, deterministic_wait(LOAD, 1, FIVE), (0.5336151, 0.28906), 0.025),
        (even_ms, two_phase_wait(LOAD, erlang_2(1), FIVE), (0.5484104, 0.4232261), 0.025),
        (uneven_ms, two_phase_wait(LOAD, UNEVEN, FIVE), (0.5695546, 1.254151), 0.05),
    ],
)
def test_other_handle_times(work: Work, exact: object, known: tuple[float, float], largest_error: float) -> None:
    assert (exact.probability, exact.mean) == pytest.approx(known, rel=2e-6)
    found = sample(30, work, 3_600)
    judge(found["wait"], known[1], largest_error, "wait")
    judge(found["waited"], known[0], 0.015, "P(wait)")
    judge(found["utilization"], 0.8, 0.005, "utilization")
    # Erlang C is not good enough, and neither is what is a fifth off.
    approximate = erlang.mean_wait(LOAD, 1, FIVE)
    wrong = [("wait", approximate), ("wait", 1.2 * known[1]), ("wait", 0.8 * known[1])]
    if work is fixed_ms:
        wrong += [("waited", erlang.erlang_c(LOAD, FIVE))]
    for name, value in wrong:
        with pytest.raises(MisfitError):
            judge(found[name], value, 2 * largest_error, name)


def test_lognormal_handle_times() -> None:
    # No formula: a Kiefer-Wolfowitz simulation of 10^8 customers, itself sure to 0.3 % of the wait.
    found = sample(40, lognormal_ms, 4_400)
    judge(found["wait"], 1.186783, 0.05, "wait")
    judge(found["waited"], 0.5683033, 0.01, "P(wait)")
    judge(found["late"], 0.3973015, 0.02, "P(wait > half a service)")
    for name, value in (("wait", 1.385281), ("wait", two_phase_wait(LOAD, erlang_2(1), FIVE).mean), ("late", 0.3)):
        with pytest.raises(MisfitError):
            judge(found[name], value, 0.12, name)
