"""Arrivals of a scenario whose rate jumps from 5 to 50 an hour and back: Poisson counts, nothing carried over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import UNIT_MS, Floats, Integers, Streams, exponential_ms

from supportsim.plan.compile import compile_plan
from supportsim.scenario.loader import load_scenario
from supportsim.workload.draw import draw_workload

RATES, DAYS, REPLICATIONS = np.array([5, 50, 5]), 35, 20
HOURS = ", ".join(f'"{hour:02}-{hour + 1:02}": {RATES[hour % 3]}' for hour in range(24))
STEPS = f"""
name: steps
period: {{start: 2026-01-05, length: {DAYS} days, warm_up: 1 day, run_out: 1 h}}
demand:
  contacts: {{count: {8 * RATES.sum()}, per: day}}
  channels: {{email: {{share: 100%, hours: {{weights: {{{HOURS}}}}}}}}}
work: {{L1: {{handle: {{exponential: {{mean: 1 min}}}}}}}}
shifts: {{always: "00:00-24:00"}}
teams: {{desk: {{tier: L1, roster: {{daily: {{always: 5}}}}}}}}
"""
MINUTE_MS = UNIT_MS // 60


@pytest.fixture(scope="module", name="drawn")
def drawn_from_the_scenario(tmp_path_factory: pytest.TempPathFactory) -> list[Integers]:
    """Return the arrivals of each replication, counted from the end of the warm-up."""
    file = tmp_path_factory.mktemp("steps") / "steps.yaml"
    file.write_text(STEPS, encoding="utf-8")
    scenario = load_scenario(file).scenario
    plan = compile_plan(scenario)
    start_ms, end_ms = plan.window_ms
    found = []
    for replication in range(REPLICATIONS):
        created_ms = draw_workload(scenario, plan, 20_260_105, replication).contacts.arrived_ms
        found.append(created_ms[(created_ms >= start_ms) & (created_ms < end_ms)] - start_ms)
    return found


def by_cycle(created_ms: Integers) -> Floats:
    """Return the counts of each hour, (cycles, 3)."""
    return np.bincount(created_ms // UNIT_MS, minlength=24 * DAYS).reshape(-1, 3).astype(float)


def minutes_after(created_ms: Integers, hour: int) -> float:
    """Return the mean time from the beginning of an hour of the cycle to the next arrival."""
    steps_ms = np.arange(hour, 24 * DAYS - 3, 3) * UNIT_MS
    return float((created_ms[np.searchsorted(created_ms, steps_ms)] - steps_ms).mean() / MINUTE_MS)


def products(cycles: Floats, one: int, other: int) -> float:
    """Return the mean product of two hours' deviations from their means, over the product of their deviations."""
    deviations = (cycles - RATES) / np.sqrt(RATES)
    return float((deviations[:, one] * deviations[:, other]).mean())


def test_counts_are_poisson_and_independent(drawn: list[Integers]) -> None:
    cycles = [by_cycle(created_ms) for created_ms in drawn]
    assert sum(len(rows) for rows in cycles) > 5_000
    for hour, rate in enumerate(RATES):
        judge([rows[:, hour].mean() for rows in cycles], rate, 0.01, f"mean of hour {hour}")
        judge([((rows[:, hour] - rate) ** 2).mean() for rows in cycles], rate, 0.03, f"variance of hour {hour}")
        # A spread as of a fixed number of contacts, or of days that differ by a tenth, would show.
        for factor in (0.8, 1.2):
            with pytest.raises(MisfitError):
                judge([((rows[:, hour] - rate) ** 2).mean() for rows in cycles], factor * rate, 0.06)
    for one, other in ((0, 1), (1, 2), (0, 2)):
        # Around 1 instead of 0, for the judge knows relative errors only.
        judge([1 + products(rows, one, other) for rows in cycles], 1, 0.03, f"independence of {one} and {other}")
        with pytest.raises(MisfitError):
            judge([1 + products(rows, one, other) for rows in cycles], 1.1, 0.03)


def test_nothing_is_carried_over_a_step(drawn: list[Integers]) -> None:
    # Up to 50 an hour: 1.2 min. Down to 5 for two hours, then 50: 12 min less what the jump after two hours saves.
    judge([minutes_after(created_ms, 1) for created_ms in drawn], 1.2, 0.025, "minutes to the first after the jump up")
    down = 12 - (12 - 1.2) * np.exp(-10)
    judge([minutes_after(created_ms, 2) for created_ms in drawn], down, 0.025, "minutes after the jump down")


def gaps_at_the_rate_of_the_last_arrival() -> Iterator[Integers]:
    """Yield arrivals drawn the wrong way: each gap at the rate in force when it begins."""
    for replication in range(REPLICATIONS):
        units = exponential_ms(Streams(20_260_105, replication), "gaps", np.arange(25 * 24 * DAYS), 1.0)
        now_ms, created = 0, []
        for unit_ms in units.tolist():
            now_ms += unit_ms // int(RATES[now_ms // UNIT_MS % 3])
            if now_ms >= 24 * DAYS * UNIT_MS:
                break
            created.append(now_ms)
        yield np.array(created)


def test_the_gap_that_is_carried_over_is_found_out() -> None:
    wrong = list(gaps_at_the_rate_of_the_last_arrival())
    with pytest.raises(MisfitError):
        judge([minutes_after(created_ms, 1) for created_ms in wrong], 1.2, 1.0)
    with pytest.raises(MisfitError):
        judge([by_cycle(created_ms)[:, 1].mean() for created_ms in wrong], 50, 0.05)
