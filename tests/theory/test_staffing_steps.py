"""Twelve hours from empty with arrivals and staff that change by the hour; handle times of 10 min.

Each simulated day goes on for twelve hours without arrivals and with many agents, so that the
next one begins empty as well.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import (
    UNIT_MS,
    Floats,
    Integers,
    Shift,
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

from supportsim.ledger import QUEUEING_EVENTS, WORK_ENDS, WORK_STARTS, Event, Ledger
from supportsim.theory import infinite_server

ARRIVALS = np.array([20, 35, 50, 60, 62, 55, 50, 55, 58, 45, 30, 18])
STAFF = np.array([4, 7, 9, 11, 11, 10, 9, 10, 10, 8, 6, 4])
HOURS, DAY, DAYS, CLEANERS = 12, 24, 25, 40

PRESENT_AT_END = [
    3.325071, 5.827116, 8.327121, 9.995853, 10.3325, 9.169556, 8.335406, 9.164606, 9.665422, 7.505368,
    5.00621, 3.004973,
]  # fmt: skip
PRESENT = [
    2.779155, 5.416326, 7.916666, 9.721878, 10.27723, 9.36049, 8.472358, 9.028467, 9.583197, 7.860009,
    5.416526, 3.33354,
]  # fmt: skip
WAITING = [
    0.7158766, 1.222271, 2.48096, 3.437375, 5.10678, 6.648473, 7.530437, 7.03817, 8.13892, 10.53248, 10.53298, 9.127683,
]  # fmt: skip
BUSY = [
    2.573044, 5.349847, 7.637264, 9.619705, 9.984946, 9.194356, 8.317137, 9.113659, 9.306462, 7.573627,
    5.56536, 3.570813,
]  # fmt: skip
DELAYED = [
    0.3754742, 0.4172315, 0.54269, 0.5759582, 0.6704784, 0.7243219, 0.7520155, 0.7045029, 0.7577108, 0.8315575,
    0.8133922, 0.7816546,
]  # fmt: skip


def shifts(staff: Sequence[int], days: int) -> list[Shift]:
    """Return the shifts of `CLEANERS` people of whom the first ``staff[h]`` are there in hour h."""
    heads = np.tile(np.concatenate([staff, np.full(DAY - HOURS, CLEANERS)]), days)
    found: list[Shift] = []
    for person in range(CLEANERS):
        change = np.diff((heads > person).astype(int), prepend=0, append=0)
        starts, ends = np.flatnonzero(change > 0), np.flatnonzero(change < 0)
        found += [(person, int(a) * UNIT_MS, int(b) * UNIT_MS) for a, b in zip(starts, ends, strict=True)]
    return found


def arrivals_ms(streams: Streams, days: int) -> Integers:
    """Return arrivals at the hourly rates: a unit Poisson process in the time that they measure."""
    edges = np.concatenate([[0.0], np.cumsum(np.tile(np.concatenate([ARRIVALS, np.zeros(DAY - HOURS)]), days))])
    unit_ms = poisson_times_ms(streams, "arrivals", 1.0, int(edges[-1]) * UNIT_MS)
    hour = np.searchsorted(edges, unit_ms / UNIT_MS, side="right") - 1
    into = (unit_ms / UNIT_MS - edges[hour]) / (edges[hour + 1] - edges[hour])
    return ((hour + into) * UNIT_MS).astype(np.int64)


def simulated(streams: Streams, staff: Sequence[int], *, patient: bool = True, finish: bool = False) -> Ledger:
    plan = build_plan([CLEANERS], DAYS * DAY * UNIT_MS, shifts=shifts(staff, DAYS), finish=finish)
    created_ms = arrivals_ms(streams, DAYS)
    tickets = np.arange(len(created_ms))
    work_ms = exponential_ms(streams, "work", tickets, 1 / 6)
    patience_ms = None if patient else exponential_ms(streams, "patience", tickets, 1 / 6)
    return run(plan, build_workload(plan, created_ms, work_ms, patience_ms=patience_ms))


def hourly(ledger: Ledger, more: Sequence[Event], fewer: Sequence[Event]) -> tuple[Floats, Floats]:
    """Return of a number that events raise and lower: hourly means and values at hours' ends, (days, 12)."""
    change = np.isin(ledger.event, more).astype(int) - np.isin(ledger.event, fewer)
    changed = change != 0
    time_ms, change = ledger.time_ms[changed], change[changed]
    level = np.concatenate([[0], np.cumsum(change)])
    edges_ms = np.arange(DAYS * DAY + 1) * UNIT_MS
    at_edges = level[np.searchsorted(time_ms, edges_ms, side="left")]
    assert not at_edges[::DAY].any(), "days begin empty"
    means = hourly_mean(time_ms, change, DAYS * DAY).reshape(DAYS, DAY)[:, :HOURS]
    return means, at_edges[1:].reshape(DAYS, DAY)[:, :HOURS].astype(float)


def misfits(found: Floats, stated: Sequence[float], largest_error: float) -> int:
    """Return how many hours the judge rejects."""
    count = 0
    for hour, value in enumerate(stated):
        try:
            judge(found[:, hour], value, largest_error, f"hour {hour}")
        except MisfitError:
            count += 1
    return count


def test_patience_like_handle_times_makes_the_number_independent_of_the_staff() -> None:
    # Everybody present leaves at rate 6 an hour, so that the number is that of agents in plenty.
    cycle = np.concatenate([ARRIVALS, np.zeros(DAY - HOURS)])
    known = infinite_server.mean_numbers(range(1, HOURS + 1), cycle, infinite_server.exponential(1 / 6))
    assert known == pytest.approx(PRESENT_AT_END, rel=1e-6)
    for staff in (STAFF, STAFF // 2):
        means, ends = [], []
        for streams in replications(20):
            ledger = simulated(streams, staff, patient=False)
            mean, end = hourly(ledger, (Event.ARRIVED,), (Event.RESOLVED, Event.ABANDONED))
            means.append(mean)
            ends.append(end)
        mean, end = np.concatenate(means), np.concatenate(ends)
        for hour in range(HOURS):
            judge(mean[:, hour], PRESENT[hour], 0.02, f"mean of hour {hour}")
            judge(end[:, hour], PRESENT_AT_END[hour], 0.04, f"end of hour {hour}")
        for wrong in (1.06 * known, np.roll(known, 1)):
            assert misfits(end, wrong.tolist(), 0.06) > 0
        # A shift of the clock by a quarter of an hour mixes the hours by a quarter.
        assert misfits(mean[:, 1:], (0.75 * np.array(PRESENT[1:]) + 0.25 * np.array(PRESENT[:-1])).tolist(), 0.06) > 5


def test_endless_patience_with_work_set_aside_at_the_end_of_shifts() -> None:
    waiting, busy, delayed, finished = [], [], [], []
    for streams in replications(32):
        ledger = simulated(streams, STAFF)
        waiting.append(hourly(ledger, QUEUEING_EVENTS, WORK_STARTS)[0])
        busy.append(hourly(ledger, WORK_STARTS, WORK_ENDS)[0])
        served = visits(ledger)
        hour = served.joined_ms // UNIT_MS % DAY
        delayed.append(np.bincount(hour, served.wait > 0, HOURS) / np.bincount(hour, minlength=HOURS))
    for streams in replications(16):
        ledger = simulated(streams, STAFF, finish=True)
        finished.append(hourly(ledger, QUEUEING_EVENTS, WORK_STARTS)[0])
    by_day = np.concatenate(waiting)
    for hour in range(HOURS):
        judge(by_day[:, hour], WAITING[hour], 0.08, f"waiting in hour {hour}")
        judge(np.concatenate(busy)[:, hour], BUSY[hour], 0.02, f"busy in hour {hour}")
        judge(np.array(delayed)[:, hour], DELAYED[hour], 0.04, f"P(wait) in hour {hour}")
    judge(by_day.sum(axis=1) / ARRIVALS.sum() * 60, 8.086885, 0.045, "wait of the day")

    # Work that is finished in overtime leaves less to wait for, and a steady state by the hour is far off.
    assert misfits(np.concatenate(finished), WAITING, 0.12) > 0
    assert misfits(by_day, np.roll(WAITING, 1).tolist(), 0.5) > 5
    assert misfits(by_day, (1.25 * np.array(WAITING)).tolist(), 0.08) > 5
