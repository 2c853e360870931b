"""Every shipped scenario, many seeds: no run breaks a rule of the floor."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportsim.experiment.replicate import Job, command_of, simulated
from supportsim.scenario.loader import load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SHIPPED = sorted(set(SCENARIOS.rglob("*.yaml")) - set(SCENARIOS.glob("studies/*.yaml")))
"""All but the studies, which are sweeps of these."""
SEEDS = range(1, 101)


def audit_seed(file: Path, seed: int) -> None:
    """Simulate one replication; the audit raises if a rule is broken."""
    scenario = load_scenario(file)
    plan, workload, ledger = simulated(
        Job(scenario.scenario, scenario.digest, seed, command_of(scenario, seed)), replication=0
    )
    assert len(workload.tickets) > 0
    assert len(ledger) > len(workload.tickets)
    assert plan.horizon_ms > 0


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [SEEDS[start::10] for start in range(10)], ids=lambda seeds: f"seeds from {seeds[0]}")
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.relative_to(SCENARIOS).with_suffix("").as_posix())
def test_no_shipped_scenario_breaks_a_rule(file: Path, seeds: range) -> None:
    for seed in seeds:
        audit_seed(file, seed)
