"""Textbook systems written as scenarios: from the YAML text through every room to the measured result.

The number of agents at work never changes, which is what theory speaks of: a shift of 24 hours
is a post that is always filled; at a change of shifts as many come as leave, and with
``reassign_after: 0`` what was in hand goes on in the same instant in other hands.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import UNIT_MS, present_at

from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.ledger import Ledger
from supportsim.plan.model import Plan
from supportsim.scenario.loader import load_scenario
from supportsim.theory import erlang, infinite_server, networks
from supportsim.workload.model import Workload

CALLS = """
name: calls
period: {start: 2026-01-05, length: 4 days, warm_up: 1 day, run_out: 1 h}
demand:
  contacts: {count: 200, per: hour}
  channels: {email: {share: 100%, hours: {profile: flat}}}
work: {L1: {handle: {exponential: {mean: 180 s}}}}
shifts: {early: "00:00-12:00", late: "12:00-24:00"}
teams: {desk: {tier: L1, roster: {daily: {early: 14, late: 14}}}}
routing: {order: fifo, at_shift_end: {deferrable: suspend}, reassign_after: 0}
"""

TWO_TIERS = """
name: two_tiers
period: {start: 2026-01-05, length: 2 weeks, warm_up: 2 days, run_out: 2 days}
demand:
  contacts: {count: 30, per: hour}
  channels: {email: {share: 100%, hours: {profile: flat}}}
work:
  L1: {handle: {exponential: {mean: 10 min}}, escalates: 25%}
  L2: {handle: {exponential: {mean: 40 min}}}
  reopen: {share: {L1: 10%, L2: 6%}, after: 0, to: entry, work: 100%, at_most: 50}
  visits: 50
shifts: {always: "00:00-24:00"}
teams:
  first: {tier: L1, roster: {daily: {always: 8}}}
  second: {tier: L2, roster: {daily: {always: 8}}}
routing: {order: fifo}
"""

HOURLY = [2, 1, 1, 1, 1, 2, 5, 10, 18, 26, 30, 28, 24, 25, 27, 26, 22, 18, 14, 10, 8, 6, 4, 3]
WEIGHTS = ", ".join(f'"{hour:02}-{hour + 1:02}": {rate}' for hour, rate in enumerate(HOURLY))
AMPLE = f"""
name: ample
period: {{start: 2026-01-15, length: 10 days, warm_up: 10 days, run_out: 1 h}}
demand:
  contacts: {{count: {sum(HOURLY)}, per: day}}
  channels: {{email: {{share: 100%, hours: {{weights: {{{WEIGHTS}}}}}}}}}
work: {{L1: {{handle: {{lognormal: {{mean: 2 h, cv: 1.5}}}}}}}}
shifts: {{always: "00:00-24:00"}}
teams: {{crowd: {{tier: L1, roster: {{daily: {{always: 150}}}}}}}}
"""


class HourlyNumbers:
    """Keeps the mean number of open tickets at each hour of the day in every replication."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []

    def __call__(self, replication: int, plan: Plan, workload: Workload, ledger: Ledger) -> None:
        marks_ms = np.arange(*plan.window_ms, UNIT_MS)
        self.rows.append(present_at(ledger, marks_ms).reshape(-1, 24).mean(axis=0))


def simulated(
    folder: Path, text: str, replications: int, *overrides: str, keep: HourlyNumbers | None = None
) -> RunResult:
    file = folder / "textbook.yaml"
    file.write_text(text, encoding="utf-8")
    return run(load_scenario(file, overrides), replications, seed=20_260_105, workers=1, keep=keep)


def test_calls(tmp_path: Path) -> None:
    per_minute, service_rate, agents = 200 / 60, 1 / 3, 14
    mean = erlang.mean_wait(per_minute, service_rate, agents)
    assert mean * 60 == pytest.approx(7.835937)
    result = simulated(tmp_path, CALLS, 30)
    judge(result.metric("wait_minutes"), mean, 0.05, "mean wait")
    judge(
        result.metric("wait_minutes", "p90"), erlang.wait_quantile(0.9, per_minute, service_rate, agents), 0.05, "p90"
    )
    judge(result.metric("occupancy"), 10 / 14, 0.005, "occupancy")
    judge(result.metric("utilization"), 10 / 14, 0.005, "utilization")
    judge(result.metric("tickets"), 96 * 200, 0.005, "tickets in the window")

    busier = simulated(tmp_path, CALLS, 20, "demand.contacts.count=210")
    with pytest.raises(MisfitError):
        judge(busier.metric("wait_minutes"), mean, 0.2)
    with pytest.raises(MisfitError):
        judge(busier.metric("occupancy"), 10 / 14, 0.01)


def test_two_tiers(tmp_path: Path) -> None:
    exact = networks.open_network([30, 0], [[0.075, 0.25], [0.06, 0]], [6, 1.5], [8, 8])
    assert exact.mean_total_time * 60 == pytest.approx(24.1726, abs=5e-5)
    result = simulated(tmp_path, TWO_TIERS, 30)
    for number, (tier, largest_error) in enumerate((("L1", 0.03), ("L2", 0.06))):
        wait = result.metric("visit_wait_minutes", tier=tier)
        judge(wait, exact.mean_waits[number] * 60, largest_error, f"wait at {tier}")
        judge(result.metric("occupancy", tier=tier), exact.utilizations[number], 0.01, f"occupancy of {tier}")
    judge(result.metric("resolution_minutes"), exact.mean_total_time * 60, 0.01, "time to the final resolution")

    other = simulated(tmp_path, TWO_TIERS, 20, "work.L1.escalates=28%")
    with pytest.raises(MisfitError):
        judge(other.metric("visit_wait_minutes", tier="L2"), exact.mean_waits[1] * 60, 0.2)
    with pytest.raises(MisfitError):
        judge(other.metric("resolution_minutes"), exact.mean_total_time * 60, 0.02)


def test_agents_in_plenty(tmp_path: Path) -> None:
    exact = infinite_server.mean_numbers(range(24), HOURLY, infinite_server.lognormal(2, 1.5))
    assert exact[[5, 16]] == pytest.approx([5.334691, 48.40857])
    hourly = HourlyNumbers()
    result = simulated(tmp_path, AMPLE, 30, keep=hourly)
    found = np.array(hourly.rows)
    for hour in range(24):
        judge(found[:, hour], exact[hour], 0.03, f"number at {hour}:00")
    judge(result.metric("backlog"), exact.mean(), 0.01, "mean backlog at whole hours")
    assert (result.metric("wait_minutes", "p99") == 0).all()

    more = simulated(tmp_path, AMPLE, 20, f"demand.contacts.count={sum(HOURLY) * 1.05}")
    with pytest.raises(MisfitError):
        judge(more.metric("backlog"), exact.mean(), 0.02)
    for shifted in (np.roll(exact, 1), np.roll(exact, -1)):
        with pytest.raises(MisfitError):
            judge(found[:, 10], shifted[10], 0.03)
