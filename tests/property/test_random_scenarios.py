"""Whatever scenario somebody writes: it is refused with a clear word, or simulated without breaking a rule."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from random_scenarios import FILES, Tree, scenarios, write

from supportsim.experiment.replicate import Job, replicate
from supportsim.scenario.faults import Fault, ScenarioError
from supportsim.scenario.loader import load_scenario

ODD = [None, -1, 0, 3, 0.5, True, "", "unknown", "0", "7 min", "30%", "150%", "email", "2026-01-01", [], {}, ["P1"]]
seeds = st.integers(0, 3)
few = settings(phases=(Phase.generate,), max_examples=40, suppress_health_check=list(HealthCheck))
many = settings(few, max_examples=2_000)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random") / "random.yaml"


def simulate(file: Path, tree: Tree, seed: int) -> None:
    """Go the whole way from the text to the measures, audited."""
    write(file, tree)
    loaded = load_scenario(file)
    found = replicate(Job(loaded.scenario, loaded.digest, seed, f"supportsim run {file}"), 0)
    assert not np.isinf(found.value).any()


@few
@given(scenarios(), seeds)
def test_valid_scenarios_pass_the_audit(file: Path, tree: Tree, seed: int) -> None:
    simulate(file, tree, seed)


@pytest.mark.slow
@many
@given(scenarios(), seeds)
def test_many_valid_scenarios_pass_the_audit(file: Path, tree: Tree, seed: int) -> None:
    simulate(file, tree, seed)


@st.composite
def spoiled(draw: st.DrawFn) -> Tree:
    """Return a scenario one value of which is replaced by an odd one."""
    tree = deepcopy(draw(scenarios()))
    place: Any = tree
    while True:
        keys = [key for key in place if key != FILES] if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        deeper = isinstance(place[key], dict | list) and place[key]
        if not deeper or draw(st.integers(0, 9)) == 0:
            place[key] = draw(st.sampled_from(ODD))
            return tree
        place = place[key]


def refused_or_simulated(file: Path, tree: Tree, seed: int) -> None:
    refused: tuple[Fault, ...] = ()
    try:
        simulate(file, tree, seed)
    except ScenarioError as error:
        refused = error.faults
    assert all(fault.line >= 1 and fault.message for fault in refused)


@few
@given(spoiled(), seeds)
def test_a_spoiled_scenario_is_refused_or_passes_the_audit(file: Path, tree: Tree, seed: int) -> None:
    refused_or_simulated(file, tree, seed)


@pytest.mark.slow
@many
@given(spoiled(), seeds)
def test_many_spoiled_scenarios_are_refused_or_pass_the_audit(file: Path, tree: Tree, seed: int) -> None:
    refused_or_simulated(file, tree, seed)
