"""The reference results in results/reference/ are our own output: they say what changed, not what is right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supportsim.experiment.run import run
from supportsim.scenario.loader import load_scenario

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
REFERENCE = ROOT / "results" / "reference"


def test_every_shipped_scenario_has_one() -> None:
    assert [file.stem for file in SCENARIOS] == sorted(file.stem for file in REFERENCE.glob("*.json"))


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_first_replication_comes_out_the_same(file: Path) -> None:
    reference = json.loads((REFERENCE / f"{file.stem}.json").read_text("utf-8"))
    scenario = load_scenario(file)
    assert scenario.digest == reference["digest"], "run make results"
    result = run(scenario, only=0, seed=reference["seed"], workers=1)
    found = {
        target.name: float(result.metric(target.key.metric, target.key.stat, **dict(target.key.slices))[0])
        for target in result.targets
    }
    assert found == pytest.approx(reference["first_replication"], rel=1e-12), "run make results"


def test_growth_keeps_its_promises_and_the_playbooks_own_numbers_do_not() -> None:
    verdicts = {
        name: json.loads((REFERENCE / f"{name}.json").read_text("utf-8"))["verdict"]["overall"]
        for name in ("growth", "growth_as_written")
    }
    assert verdicts == {"growth": "met", "growth_as_written": "missed"}
