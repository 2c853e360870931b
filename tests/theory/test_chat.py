"""Agents with several chats in hand: processor sharing, capped and limited, and slots without slowdown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import (
    UNIT_MS,
    Integers,
    Streams,
    build_plan,
    build_workload,
    exponential_ms,
    hourly_mean,
    poisson_times_ms,
    replications,
    run,
    visits,
)

from supportsim.ledger import Event, Ledger
from supportsim.theory import erlang

MANY = 400
"""More than are ever present."""


def paces(total_speed: Sequence[float]) -> tuple[tuple[int, ...], ...]:
    """Return the pace by number in hand, of agents whose speed altogether is the n-th with n in hand."""
    return (tuple(round(1e6 * total / (place + 1)) for place, total in enumerate(total_speed)),)


def lognormal_ms(streams: Streams, count: int, mean: float, cv: float) -> Integers:
    """Return lognormal work by Box and Muller."""
    radius = np.sqrt(-2 * np.log(streams.uniform("radius", np.arange(count))))
    normal = radius * np.cos(2 * np.pi * streams.uniform("angle", np.arange(count)))
    spread = np.log(1 + cv**2)
    work_ms = mean * UNIT_MS * np.exp(np.sqrt(spread) * normal - spread / 2)
    return np.maximum(np.rint(work_ms), 1).astype(np.int64)


def chats(
    streams: Streams, rate: float, mean: float, hours: int, rules: dict[str, object], *, agents: int = 1, cv: float = 1
) -> tuple[Integers, Integers, Ledger]:
    """Return (created, work, ledger) of chats whose work is exponential, or lognormal unless ``cv`` is 1."""
    plan = build_plan([agents], hours * UNIT_MS, rules=rules)
    created_ms = poisson_times_ms(streams, "arrivals", rate, plan.horizon_ms)
    count = len(created_ms)
    work_ms = (
        exponential_ms(streams, "work", np.arange(count), mean) if cv == 1 else lognormal_ms(streams, count, mean, cv)
    )
    return created_ms, work_ms, run(plan, build_workload(plan, created_ms, work_ms, live=True))


def sojourns(created_ms: Integers, ledger: Ledger, first: int, last: int) -> np.ndarray:
    """Return the time in the system, in units, of the tickets ``first`` to ``last``, which all are done."""
    done = ledger.event == Event.RESOLVED
    resolved_ms = np.full(len(created_ms), -1)
    resolved_ms[ledger.ticket[done]] = ledger.time_ms[done]
    assert (resolved_ms[first:last] > 0).all()
    return (resolved_ms - created_ms)[first:last] / UNIT_MS


@pytest.mark.parametrize("cv", [1, 2])
def test_an_agent_who_shares_his_speed_among_all_chats(cv: float) -> None:
    # Ciw, test_ps_average_service_time: the mean sojourn 1 / (mu - lambda), whatever the shape of the work.
    equal = {"concurrency": (MANY,), "pace_ppm": paces([1.0] * MANY)}
    found, slowed = [], []
    for streams in replications(20):
        created_ms, work_ms, ledger = chats(streams, 3, 0.2, 1_000, equal, cv=cv)
        sojourn, work_ms = sojourns(created_ms, ledger, 150, 2_700), work_ms[150:2_700]
        found.append(sojourn.mean())
        # E(T | x) = x / (1 - rho): the long do not suffer more than the short.
        long = work_ms > 0.3 * UNIT_MS
        slowed.append(sojourn[long].sum() / work_ms[long].sum() * UNIT_MS)
    judge(found, 0.5, 0.04, "mean sojourn")
    judge(slowed, 2.5, 0.04, "slowdown of the long")
    # First come first served a long chat takes its work and 3 x 0.04 x (1 + cv^2) / 2 / 0.4 of waiting.
    wait, long_work = 0.3 * (1 + cv**2) / 2, {1: 0.5, 2: 0.8}[cv]
    with pytest.raises(MisfitError):
        judge(slowed, 1 + wait / long_work, 0.05)


def test_up_to_three_chats_at_full_speed_and_more_share_that() -> None:
    # Ciw, test_capacitated_ps, after Xue & Li (2009): lambda 10, mu 12, R 3.
    known = [0.432133, 0.3601108, 0.1500462, 0.04167949, 0.01157764]
    rules = {"concurrency": (MANY,), "pace_ppm": paces([float(min(n, 3)) for n in range(1, MANY + 1)])}
    shares = []
    for streams in replications(20):
        _, _, ledger = chats(streams, 10, 1 / 12, 400, rules)
        shares.append(time_shares(ledger, 20 * UNIT_MS, 400 * UNIT_MS))
    for number, exact in enumerate(known):
        judge([share[number] for share in shares], exact, 0.05, f"P({number} present)")
    # A single server at three times the speed has another distribution.
    with pytest.raises(MisfitError):
        judge([share[0] for share in shares], 1 - 10 / 36, 0.05)


def time_shares(ledger: Ledger, start_ms: int, end_ms: int) -> np.ndarray:
    """Return the share of the time in which 0, 1, 2 ... tickets are present."""
    change = np.where(ledger.event == Event.ARRIVED, 1, np.where(ledger.event == Event.RESOLVED, -1, 0))
    clipped = np.clip(np.append(ledger.time_ms, end_ms), start_ms, end_ms)
    spent = np.bincount(np.cumsum(change), weights=np.diff(clipped), minlength=6)
    return spent / (end_ms - start_ms)


def test_an_agent_who_shares_his_speed_among_three_chats_at_most() -> None:
    # lambda 4, mu 9: the number present is that of an M/M/1, and who finds three waits.
    rules = {"concurrency": (3,), "pace_ppm": paces([1.0] * 3)}
    sojourn, waits, delayed = [], [], []
    for streams in replications(20):
        created_ms, _, ledger = chats(streams, 4, 1 / 9, 1_250, rules)
        sojourn.append(sojourns(created_ms, ledger, 200, 4_600).mean())
        wait = visits(ledger).wait[200:4_600]
        waits.append(wait.mean())
        delayed.append((wait > 0).mean())
    judge(sojourn, 0.2, 0.02, "mean sojourn")
    judge(delayed, 0.0877915, 0.04, "P(wait)")
    judge(waits, 0.0175583, 0.06, "mean wait")
    # With one at a time (4 / 9) / 5 would be waited.
    with pytest.raises(MisfitError):
        judge(waits, 4 / 45, 0.05)


def test_slots_without_slowdown_are_as_good_as_agents() -> None:
    # 4 agents with 3 chats each of half an hour: M/M/12.
    rate, mean = 20, 0.5
    waits, delayed, in_hand = [], [], []
    for streams in replications(20):
        _, _, ledger = chats(streams, rate, mean, 400, {"concurrency": (3,)}, agents=4)
        wait = visits(ledger).wait[600:7_000]
        waits.append(60 * wait.mean())
        delayed.append((wait > 0).mean())
        starts, ends = ledger.event == Event.STARTED, ledger.event == Event.RESOLVED
        change = starts.astype(np.int64) - ends
        in_hand.append(hourly_mean(ledger.time_ms, change, 400)[30:].mean())
    judge(delayed, 0.4493882, 0.04, "P(wait)")
    judge(waits, 6.740823, 0.12, "mean wait, minutes")
    judge(in_hand, 10, 0.01, "chats in hand")
    with pytest.raises(MisfitError):
        judge(delayed, erlang.erlang_c(rate * mean, 11), 0.05)
