"""M(t)/G/infinity on the floor: agents in plenty, an hourly profile, lognormal handle times of 2 h, cv 1.5."""

from __future__ import annotations

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import (
    UNIT_MS,
    Integers,
    Streams,
    build_plan,
    build_workload,
    poisson_times_ms,
    present_at,
    replications,
    run,
    visits,
)

from supportsim.scenario.distributions import Distribution, Lognormal
from supportsim.theory import infinite_server
from supportsim.workload.distributions import quantile, whole_ms

HOURLY = np.array([2, 1, 1, 1, 1, 2, 5, 10, 18, 26, 30, 28, 24, 25, 27, 26, 22, 18, 14, 10, 8, 6, 4, 3])
KNOWN = [
    14.05058, 11.2813, 8.768782, 7.189805, 6.112404, 5.334691, 5.527278, 7.803693,
    12.75498, 21.50822, 32.36397, 41.41105, 45.07177, 44.47431, 45.43477, 47.76535,
    48.40857, 45.86554, 41.63171, 36.39163, 30.49699, 25.70156, 21.37819, 17.27285,
]  # fmt: skip
HANDLE = Distribution(lognormal=Lognormal(mean="2 h", cv=1.5))
WARM_UP_DAYS, DAYS, AGENTS = 10, 20, 150
LARGEST_ERROR = 0.02


def profile_times_ms(streams: Streams, days: int) -> Integers:
    """Return arrivals at the hourly rates: a unit Poisson process in the time that they measure."""
    edges = np.concatenate([[0.0], np.cumsum(np.tile(HOURLY, days))])
    unit_ms = poisson_times_ms(streams, "arrivals", 1.0, int(edges[-1]) * UNIT_MS)
    hours = np.interp(unit_ms / UNIT_MS, edges, np.arange(len(edges)))
    return np.rint(hours * UNIT_MS).astype(np.int64)


def test_number_in_service_by_hour() -> None:
    days = WARM_UP_DAYS + DAYS
    plan = build_plan([AGENTS], days * 24 * UNIT_MS)
    marks_ms = np.arange(WARM_UP_DAYS * 24, days * 24) * UNIT_MS
    number, half_past = [], []
    for streams in replications(40):
        created_ms = profile_times_ms(streams, days)
        work_ms = whole_ms(quantile(HANDLE, streams.uniform("work", np.arange(len(created_ms)))))
        ledger = run(plan, build_workload(plan, created_ms, work_ms))
        assert not visits(ledger).wait.any(), "agents in plenty"
        number.append(present_at(ledger, marks_ms).reshape(DAYS, 24).mean(axis=0))
        half_past.append(present_at(ledger, marks_ms + UNIT_MS // 4).reshape(DAYS, 24).mean(axis=0))
    found = np.array(number)

    exact = infinite_server.mean_numbers(range(24), HOURLY, infinite_server.lognormal(2, 1.5))
    assert exact == pytest.approx(KNOWN, rel=1e-6)
    for hour in range(24):
        judge(found[:, hour], exact[hour], LARGEST_ERROR, f"number at {hour}:00")
    judge(found.mean(axis=1), 26, 0.005, "daily mean at the hours")

    # A clock that is a quarter of an hour wrong, other handle times and 3 % more contacts are found out somewhere.
    others = (infinite_server.exponential(2), infinite_server.lognormal(2, 1.3))
    wrong = [exact * 1.03, exact * 0.97, np.roll(exact, 1), np.roll(exact, -1)]
    wrong += [infinite_server.mean_numbers(range(24), HOURLY, other) for other in others]
    for numbers in wrong:
        assert found_out(found, numbers)
    assert found_out(np.array(half_past), exact)
    assert not found_out(found, exact)


def found_out(found: np.ndarray, numbers: np.ndarray) -> bool:
    """Whether the judge rejects any hour."""
    try:
        for hour in range(24):
            judge(found[:, hour], numbers[hour], 0.05)
    except MisfitError:
        return True
    return False
