"""Agents with several chats in hand: processor sharing, capped and limited, and slots without slowdown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy.stats import expon, lognorm
from systems import (
    UNIT_MS,
    Integers,
    Streams,
    build_plan,
    build_workload,
    exponential_ms,
    hourly_mean,
    poisson_times_ms,
    run,
    visits,
)

from known_answers.calls import lognormal_ms
from known_answers.case import Case, Known, Wrong, each
from supportsim.ledger import Event, Ledger
from supportsim.theory import erlang, processor_sharing, single_server

MANY = 400
"""More than are ever present."""
LONG = 0.3
WORK = {1: expon(scale=0.2), 2: lognorm(np.log(5) ** 0.5, scale=0.2 / 5**0.5)}
"""Work of mean 0.2, by cv."""


def paces(total_speed: Sequence[float]) -> tuple[tuple[int, ...], ...]:
    """Return the pace by number in hand, of agents whose speed altogether is the n-th with n in hand."""
    return (tuple(round(1e6 * total / (place + 1)) for place, total in enumerate(total_speed)),)


def chats(
    streams: Streams, rate: float, mean: float, hours: int, rules: dict[str, object], *, agents: int = 1, cv: float = 1
) -> tuple[Integers, Integers, Ledger]:
    """Return (created, work, ledger) of chats whose work is exponential, or lognormal unless ``cv`` is 1."""
    plan = build_plan([agents], hours * UNIT_MS, rules=rules)
    created_ms = poisson_times_ms(streams, "arrivals", rate, plan.horizon_ms)
    every = np.arange(len(created_ms))
    if cv == 1:
        work_ms = exponential_ms(streams, "work", every, mean)
    else:
        work_ms = np.maximum(np.rint(mean * lognormal_ms(streams, every, cv)), 1).astype(np.int64)
    return created_ms, work_ms, run(plan, build_workload(plan, created_ms, work_ms, live=True))


def sojourns(created_ms: Integers, ledger: Ledger, first: int, last: int) -> np.ndarray:
    """Return the time in the system, in units, of the tickets ``first`` to ``last``, which all are done."""
    done = ledger.event == Event.RESOLVED
    resolved_ms = np.full(len(created_ms), -1)
    resolved_ms[ledger.ticket[done]] = ledger.time_ms[done]
    assert (resolved_ms[first:last] > 0).all()
    return (resolved_ms - created_ms)[first:last] / UNIT_MS


def shared_by_all(streams: Streams, cv: int) -> dict[str, float]:
    rules = {"concurrency": (MANY,), "pace_ppm": paces([1.0] * MANY)}
    created_ms, work_ms, ledger = chats(streams, 3, 0.2, 1_000, rules, cv=cv)
    sojourn, work = sojourns(created_ms, ledger, 150, 2_700), work_ms[150:2_700] / UNIT_MS
    # The ratio of the sums would be too low, for more work than usual also lasts longer; this is linear.
    long, usual = work > LONG, processor_sharing.sharing_slowdown(3, 0.2)
    excess = (sojourn[long] - usual * work[long]).sum() / (len(work) * WORK[cv].expect(lb=LONG))
    return {"mean sojourn": sojourn.mean(), "slowdown of the long": usual + excess}


def _shared_by_all(number: str, cv: int, shape: str) -> Case:
    exact = {
        "mean sojourn": processor_sharing.sharing_sojourn(3, 0.2),
        # The long do not suffer more than the short.
        "slowdown of the long": processor_sharing.sharing_slowdown(3, 0.2),
    }
    wait = single_server.mean_wait(3, (0.2, 0.04 * (1 + cv**2)))
    in_turn = {"slowdown of the long": 1 + wait / WORK[cv].expect(lb=LONG, conditional=True)}
    if cv > 1:
        in_turn["mean sojourn"] = 0.2 + wait
    return Case(
        number,
        f"an agent who shares his speed among all chats, {shape}",
        "Ciw, test_ps_average_service_time; Kleinrock 1976",
        partial(shared_by_all, cv=cv),
        each(exact, {"mean": 0.04, "slowdown": 0.04}),
        (Wrong("first come first served", in_turn),),
        replications=20,
        published={"mean sojourn": 0.5, "slowdown of the long": 2.5},
    )


def capped(streams: Streams) -> dict[str, float]:
    rules = {"concurrency": (MANY,), "pace_ppm": paces([float(min(n, 3)) for n in range(1, MANY + 1)])}
    _, _, ledger = chats(streams, 10, 1 / 12, 400, rules)
    shares = time_shares(ledger, 20 * UNIT_MS, 400 * UNIT_MS)
    return numbers_present(shares[:5])


def time_shares(ledger: Ledger, start_ms: int, end_ms: int) -> np.ndarray:
    """Return the share of the time in which 0, 1, 2 ... tickets are present."""
    change = np.where(ledger.event == Event.ARRIVED, 1, np.where(ledger.event == Event.RESOLVED, -1, 0))
    clipped = np.clip(np.append(ledger.time_ms, end_ms), start_ms, end_ms)
    spent = np.bincount(np.cumsum(change), weights=np.diff(clipped), minlength=6)
    return spent / (end_ms - start_ms)


def numbers_present(shares: np.ndarray) -> dict[str, float]:
    return {f"P({number} present)": float(share) for number, share in enumerate(shares)}


def _capped() -> Case:
    two, faster = processor_sharing.capped_sharing(10, 12, 2, 0), processor_sharing.capped_sharing(10, 36, 1, 0)
    return Case(
        "F02",
        "up to three chats at full speed, and more share that",
        "Ciw, test_capacitated_ps, after Xue & Li 2009",
        capped,
        each(numbers_present(processor_sharing.capped_sharing(10, 12, 3, 4)), {"P": 0.05}),
        (Wrong("one at three times the speed", numbers_present(faster)), Wrong("up to two", numbers_present(two))),
        replications=20,
        published=numbers_present(np.array([0.432133, 0.3601108, 0.1500462, 0.04167949, 0.01157764])),
    )


def limited(streams: Streams) -> dict[str, float]:
    created_ms, _, ledger = chats(streams, 4, 1 / 9, 1_250, {"concurrency": (3,), "pace_ppm": paces([1.0] * 3)})
    wait = visits(ledger).wait[200:4_600]
    return {
        "mean sojourn": sojourns(created_ms, ledger, 200, 4_600).mean(),
        "P(wait)": (wait > 0).mean(),
        "mean wait": wait.mean(),
    }


def limited_theory(at_once: int) -> dict[str, float]:
    system = processor_sharing.LimitedSharing(4, 9, at_once)
    return {"P(wait)": system.delay_probability, "mean wait": system.mean_wait}


def _limited() -> Case:
    exact = {"mean sojourn": 0.2} | limited_theory(3)
    return Case(
        "F03",
        "an agent who shares his speed among three chats at most",
        "Avi-Itzhak & Halfin 1988",
        limited,
        each(exact, {"mean sojourn": 0.02, "P(wait)": 0.04, "mean wait": 0.06}),
        (Wrong("one at a time", limited_theory(1)), Wrong("two at most", limited_theory(2))),
        replications=20,
        published={"mean sojourn": 0.2, "P(wait)": 0.0877915, "mean wait": 0.0175583},
    )


def slots(streams: Streams) -> dict[str, float]:
    _, _, ledger = chats(streams, 20, 0.5, 400, {"concurrency": (3,)}, agents=4)
    wait = visits(ledger).wait[600:7_000]
    change = (ledger.event == Event.STARTED).astype(np.int64) - (ledger.event == Event.RESOLVED)
    return {
        "P(wait)": (wait > 0).mean(),
        "mean wait": wait.mean(),
        "chats in hand": hourly_mean(ledger.time_ms, change, 400)[30:].mean(),
    }


def _slots() -> Case:
    known = {
        "P(wait)": Known(erlang.erlang_c(10, 12), 0.04),
        "mean wait": Known(erlang.mean_wait(20, 2, 12), 0.12),
        "chats in hand": Known(10, 0.01),
    }
    wrong = (Wrong(f"{count} slots", {"P(wait)": erlang.erlang_c(10, count)}) for count in (11, 13))
    return Case(
        "F04",
        "4 agents with 3 chats each and no slowdown are 12 agents",
        "Erlang C",
        slots,
        known,
        tuple(wrong),
        replications=20,
        published={"P(wait)": 0.4493882, "mean wait": 6.740823 / 60},
    )


CASES = (
    _shared_by_all("F01", 1, "exponential"),
    _shared_by_all("F01h", 2, "lognormal, cv 2"),
    _capped(),
    _limited(),
    _slots(),
)
