"""Plans that are compared on the same customers have their luck in common, and differ less by chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from supportsim.experiment.run import run
from supportsim.scenario.loader import load_scenario

REPLICATIONS = 40
DESK = """
name: desk
period: {start: 2026-03-02, length: 3 days, warm_up: 0, run_out: 2 days}
demand:
  contacts: {count: 90, per: day}
  categories:
    login: {share: 60%, priority: {P2: 20%, P3: 80%}}
    api: {share: 40%, priority: {P1: 10%, P3: 90%}}
work:
  L1: {handle: {lognormal: {mean: 17 min, cv: 0.8}}, escalates: 15%}
  L2: {handle: {lognormal: {mean: 40 min, cv: 1}}}
shifts: {core: "09:00-17:00"}
teams:
  front: {tier: L1, roster: {daily: {core: 4}}}
  back: {tier: L2, roster: {daily: {core: 2}}}
"""
OTHER_PLANS = {
    "one more agent": "teams.front.roster.daily.core=5",
    "personal queues": "routing.assignment=round_robin",
    "longest wait first": "routing.order=fifo",
}


def hours_to_resolve(folder: Path, seed: int, *overrides: str) -> NDArray[np.float64]:
    """Return the mean time to resolution of each replication."""
    file = folder / "desk.yaml"
    file.write_text(DESK, encoding="utf-8")
    return run(load_scenario(file, overrides), REPLICATIONS, seed, workers=1).metric("resolution_minutes") / 60


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.float64]:
    return hours_to_resolve(tmp_path_factory.mktemp("desk"), 1)


@pytest.mark.parametrize("plan", OTHER_PLANS)
def test_the_same_seed_makes_plans_move_together(desk: NDArray[np.float64], tmp_path: Path, plan: str) -> None:
    other = hours_to_resolve(tmp_path, 1, OTHER_PLANS[plan])
    correlation = np.corrcoef(desk, other)[0, 1]
    # Fisher's z: beyond doubt above one half, so that pairing more than halves the variance of the difference.
    assert np.arctanh(correlation) - np.arctanh(0.5) > norm.ppf(0.999) / np.sqrt(REPLICATIONS - 3)
    assert (desk - other).var() < 0.5 * (desk.var() + other.var())


def test_another_seed_shares_nothing(desk: NDArray[np.float64], tmp_path: Path) -> None:
    other = hours_to_resolve(tmp_path, 2, OTHER_PLANS["one more agent"])
    correlation = np.corrcoef(desk, other)[0, 1]
    assert abs(np.arctanh(correlation)) < norm.ppf(0.999) / np.sqrt(REPLICATIONS - 3)
    assert (desk - other).var() > 0.5 * (desk.var() + other.var())
