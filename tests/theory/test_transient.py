"""M/M/1 from empty on the floor, rates 0.9 and 1: thousands of short, independent copies side by side."""

from __future__ import annotations

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import UNIT_MS, Integers, Streams, build_plan, build_workload, exponential_ms, replications, run

from supportsim.ledger import Event
from supportsim.theory import transient

ARRIVAL_RATE, SERVICE_RATE = 0.9, 1.0
MEAN = {1: 0.6261425, 5: 1.752183, 10: 2.530695, 20: 3.51971, 50: 5.12248, 100: 6.443921, 200: 7.651807}
BUSY = {1: 0.4405509, 5: 0.7041939, 10: 0.7727339, 20: 0.8210485, 50: 0.8623314, 100: 0.8811837, 200: 0.8922888}


def numbers_from_empty(streams: Streams, copies: int, times: list[int]) -> Integers:
    """Return how many customers each copy holds at each time, (times, copies).

    Each copy is a team of one agent with a queue and a skill of its own.
    """
    end_ms = times[-1] * UNIT_MS
    most = int(ARRIVAL_RATE * times[-1] + 8 * np.sqrt(ARRIVAL_RATE * times[-1]) + 20)
    gaps_ms = exponential_ms(streams, "gaps", np.arange(copies * most), 1 / ARRIVAL_RATE).reshape(copies, most)
    every_ms = np.cumsum(gaps_ms, axis=1)
    assert (every_ms[:, -1] > end_ms).all()
    copy, nth = np.nonzero(every_ms <= end_ms)
    order = np.argsort(every_ms[copy, nth], kind="stable")
    copy, created_ms = copy[order], every_ms[copy, nth][order]
    work_ms = exponential_ms(streams, "work", np.arange(len(copy)), 1 / SERVICE_RATE)
    plan = build_plan([1] * copies, end_ms + 1)
    ledger = run(plan, build_workload(plan, created_ms, work_ms, skill=copy))
    change = (ledger.event == Event.ARRIVED).astype(int) - (ledger.event == Event.RESOLVED)
    changed = change != 0
    time_ms, change, of_copy = ledger.time_ms[changed], change[changed], copy[ledger.ticket[changed]]
    past = [time_ms <= time * UNIT_MS for time in times]
    return np.array([np.bincount(of_copy[before], change[before], copies) for before in past]).astype(np.int64)


def judge_from_empty(times: list[int]) -> None:
    mean, busy = transient.number_from_empty(times, ARRIVAL_RATE, SERVICE_RATE)
    assert mean == pytest.approx([MEAN[time] for time in times], rel=1e-6)
    assert busy == pytest.approx([BUSY[time] for time in times], rel=1e-6)
    found = np.hstack([numbers_from_empty(streams, 250, times) for streams in replications(80)])
    for place, time in enumerate(times):
        judge(found[place], mean[place], 0.015, f"number at {time}")
        judge(found[place] > 0, busy[place], 0.01, f"busy at {time}")
    # 4 % more customers, or a clock that is a tenth behind, would show.
    more, _ = transient.number_from_empty(times, 1.04 * ARRIVAL_RATE, SERVICE_RATE)
    early, _ = transient.number_from_empty([0.9 * time for time in times], ARRIVAL_RATE, SERVICE_RATE)
    for wrong in (more, early, [9.0] * len(times)):
        for samples, value in zip(found, wrong, strict=True):
            with pytest.raises(MisfitError):
                judge(samples, value, 0.03)


def test_m_m_1_from_empty() -> None:
    judge_from_empty([1, 5, 10, 20])


@pytest.mark.slow
def test_m_m_1_from_empty_for_long() -> None:
    judge_from_empty([1, 5, 10, 20, 50, 100, 200])
