"""M/G/1 on the floor: 5 tickets an hour, lognormal handle times of mean 9 min and cv 1.3."""

from __future__ import annotations

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import UNIT_MS, build_plan, build_workload, busy_share, poisson_times_ms, replications, run, visits

from supportsim.scenario.distributions import Distribution, Lognormal
from supportsim.theory import single_server
from supportsim.workload.distributions import quantile, whole_ms

PER_HOUR, MEAN_MINUTES, CV = 5, 9, 1.3
# The chain forgets that it began empty in about ten hours (75 services).
WARM_UP_MS, END_MS = 200 * UNIT_MS, 5_500 * UNIT_MS
HANDLE = Distribution(lognormal=Lognormal(mean=f"{MEAN_MINUTES} min", cv=CV))


def test_m_g_1() -> None:
    plan = build_plan([1], END_MS + 100 * UNIT_MS)
    mean, square, waited, utilization = [], [], [], []
    for streams in replications(40):
        created_ms = poisson_times_ms(streams, "arrivals", PER_HOUR, END_MS)
        work_ms = whole_ms(quantile(HANDLE, streams.uniform("work", np.arange(len(created_ms)))))
        ledger = run(plan, build_workload(plan, created_ms, work_ms))
        served = visits(ledger)
        wait = served.wait[served.joined_ms >= WARM_UP_MS] * 60
        mean.append(wait.mean())
        square.append((wait**2).mean())
        waited.append((wait > 0).mean())
        utilization.append(busy_share(ledger, 1, WARM_UP_MS, END_MS))

    moments = single_server.lognormal_moments(MEAN_MINUTES, CV)
    exact = single_server.mean_wait(PER_HOUR / 60, moments)
    assert (exact, single_server.wait_deviation(PER_HOUR / 60, moments)) == pytest.approx((36.315, 53.80941))
    judge(mean, exact, 0.02, "mean wait")
    judge(square, 53.80941**2 + 36.315**2, 0.05, "mean square of the wait")
    judge(waited, 0.75, 0.005, "P(wait)")
    judge(utilization, 0.75, 0.005, "utilization")

    for rate in (0.95, 1.05):
        with pytest.raises(MisfitError):
            judge(mean, single_server.mean_wait(rate * PER_HOUR / 60, moments), 0.03)
        with pytest.raises(MisfitError):
            judge(utilization, 0.75 * rate, 0.01)
    for cv in (1.0, 1.2, 1.4):
        with pytest.raises(MisfitError):
            judge(mean, single_server.mean_wait(PER_HOUR / 60, single_server.lognormal_moments(MEAN_MINUTES, cv)), 0.03)
