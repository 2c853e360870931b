"""Preemption, finite lines and aging on systems whose answers are published."""

from __future__ import annotations

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import UNIT_MS, build_plan, build_workload, exponential_ms, poisson_times_ms, replications, run, visits

from supportsim.ledger import Event
from supportsim.theory import erlang

HOSPITAL = (0.2, 0.6, 1.2)
URGENT = {"urgent": (True, True, False, False, False)}


@pytest.mark.parametrize(
    ("doctors", "known", "largest_error"),
    [(1, (0.02380952, 0.1536797, 1.030303), 0.08), (2, (0.0003707824, 0.007920649, 0.06542232), 0.2)],
)
def test_patients_who_interrupt_others(doctors: int, known: tuple[float, ...], largest_error: float) -> None:
    # Hillier & Lieberman, county hospital with preemptive priorities: time in the system less the treatment, hours.
    found: list[list[float]] = [[], [], []]
    for streams in replications(20):
        plan = build_plan([doctors], 1_500 * UNIT_MS, fifo=False, rules=URGENT)
        created_ms = poisson_times_ms(streams, "arrivals", 2.0, plan.horizon_ms)
        patients = np.arange(len(created_ms))
        of_class = np.searchsorted(np.cumsum(HOSPITAL) / 2.0, streams.uniform("class", patients))
        work_ms = exponential_ms(streams, "work", patients, 1 / 3)
        ledger = run(plan, build_workload(plan, created_ms, work_ms, priority=of_class))
        done = ledger.event == Event.RESOLVED
        sojourn_ms = np.full(len(patients), -1)
        sojourn_ms[ledger.ticket[done]] = ledger.time_ms[done] - created_ms[ledger.ticket[done]]
        inside = (created_ms > 100 * UNIT_MS) & (created_ms < 1_400 * UNIT_MS)
        for number, samples in enumerate(found):
            these = inside & (of_class == number)
            assert (sojourn_ms[these] > 0).all()
            samples.append(float((sojourn_ms - work_ms)[these].mean()) / UNIT_MS)
    for number in (1, 2):
        judge(found[number], known[number], largest_error, f"class {number}, {doctors} doctor(s)")
    # Without interrupting the first class would wait for a treatment to end.
    with pytest.raises(MisfitError):
        judge(found[0], {1: 0.2380952, 2: 0.02873563}[doctors], 1)


@pytest.mark.parametrize(
    ("rate", "mean", "agents", "lines", "blocked", "largest_error"),
    [
        # pyworkforce, test_erlang_b: 10 erlangs on 17 agents.
        (200, 3 / 60, 17, 17, 0.01294888, 0.05),
        # The pooled bound of Wallace & Whitt (2005): 84 erlangs, 90 agents, 120 lines.
        (504, 1 / 6, 90, 120, 0.003643076, 0.4),
    ],
)
def test_callers_who_find_all_lines_taken(
    rate: float, mean: float, agents: int, lines: int, blocked: float, largest_error: float
) -> None:
    shares, delayed = [], []
    for streams in replications(20):
        plan = build_plan([agents], 40 * UNIT_MS, rules={"lines": (lines,)})
        created_ms = poisson_times_ms(streams, "arrivals", rate, plan.horizon_ms)
        work_ms = exponential_ms(streams, "work", np.arange(len(created_ms)), mean)
        ledger = run(plan, build_workload(plan, created_ms, work_ms, live=True))
        turned_away = np.zeros(len(created_ms), bool)
        turned_away[ledger.ticket[ledger.event == Event.TURNED_AWAY]] = True
        shares.append(turned_away[created_ms > 5 * UNIT_MS].mean())
        wait = visits(ledger).wait
        delayed.append((wait[len(wait) // 8 :] > 0).mean())
    judge(shares, blocked, largest_error, "share turned away")
    if lines > agents:
        judge(delayed, 0.3797056, 0.06, "P(wait) of those admitted")
        # Two agents fewer and any number of lines.
        with pytest.raises(MisfitError):
            judge(delayed, erlang.erlang_c(rate * mean, agents - 2), 0.1)
    else:
        assert not any(delayed)
        with pytest.raises(MisfitError):
            judge(shares, erlang.erlang_b(rate * mean, agents - 1), 0.1)


def test_the_trace_of_a_queue_that_three_at_most_join() -> None:
    # Ciw, test_baulking: somebody every 5, 21 of service, nobody joins three; until 51.
    plan = build_plan([1], 51_000, rules={"lines": (3,)})
    created_ms = np.arange(5, 51, 5) * 1_000
    ledger = run(plan, build_workload(plan, created_ms, np.full(len(created_ms), 21_000), live=True))
    at = {event: (ledger.time_ms[ledger.event == event] // 1_000).tolist() for event in Event}
    # Service ends before somebody arrives at the same instant: at 47 there is room for the one who comes at 50.
    assert at[Event.TURNED_AWAY] == [20, 25, 35, 40, 45]
    assert at[Event.RESOLVED] == [26, 47]
    assert at[Event.STARTED] == [5, 26, 47]
