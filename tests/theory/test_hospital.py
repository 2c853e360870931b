"""Three classes in the county hospital of Hillier & Lieberman: critical, serious and stable, one or two doctors."""

from __future__ import annotations

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import UNIT_MS, build_plan, build_workload, exponential_ms, poisson_times_ms, replications, run, visits

from supportsim.theory import erlang, priority

RATES, SERVICE_RATE = (0.2, 0.6, 1.2), 3
# Relaxation takes 1 / (3 (1 - sqrt(2/3))^2) = 10 hours of one doctor.
WARM_UP, SLACK = 100, 50


def waits(count: int, doctors: int, end: int, *, fifo: bool = False) -> list[list[float]]:
    """Return the mean wait of each class in each replication, in hours."""
    plan = build_plan([doctors], (end + SLACK) * UNIT_MS, fifo=fifo)
    found: list[list[float]] = [[], [], []]
    for streams in replications(count):
        created_ms = poisson_times_ms(streams, "arrivals", sum(RATES), plan.horizon_ms)
        patients = np.arange(len(created_ms))
        of_class = np.searchsorted(np.cumsum(RATES) / sum(RATES), streams.uniform("class", patients))
        work_ms = exponential_ms(streams, "work", patients, 1 / SERVICE_RATE)
        served = visits(run(plan, build_workload(plan, created_ms, work_ms, priority=of_class)))
        assert np.isin(np.flatnonzero(created_ms < end * UNIT_MS), served.ticket).all(), "all have begun"
        inside = (served.joined_ms >= WARM_UP * UNIT_MS) & (served.joined_ms < end * UNIT_MS)
        for number, samples in enumerate(found):
            samples.append(served.wait[inside & (of_class[served.ticket] == number)].mean())
    return found


@pytest.mark.parametrize(
    ("doctors", "known", "largest_error"),
    [
        # The book prints 0.889 for stable patients, which the conservation law rules out.
        (1, (0.2380952, 0.3246753, 10 / 11), 0.025),
        (2, (0.02873563, 0.0331565, 0.04807692), 0.035),
    ],
)
def test_waits_by_class(doctors: int, known: tuple[float, ...], largest_error: float) -> None:
    assert priority.mean_waits(RATES, SERVICE_RATE, doctors) == pytest.approx(known, rel=1e-6)
    found = waits(30, doctors, 3_600)
    for number, value in enumerate(known):
        judge(found[number], value, largest_error, f"class {number}, {doctors} doctor(s)")
    alike = erlang.mean_wait(sum(RATES), SERVICE_RATE, doctors)
    for number in (0, 2):
        with pytest.raises(MisfitError):
            judge(found[number], alike, 2 * largest_error)
    # A class that may interrupt would hardly wait at all.
    with pytest.raises(MisfitError):
        judge(found[0], {1: 0.02380952, 2: 0.0003707824}[doctors], 5)


def test_one_class_for_all_is_found_out() -> None:
    for number, samples in enumerate(waits(20, 1, 1_600, fifo=True)):
        with pytest.raises(MisfitError):
            judge(samples, priority.mean_waits(RATES, SERVICE_RATE, 1)[number], 0.3)
