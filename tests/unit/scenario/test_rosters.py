"""The shipped rosters cost what growth costs: they may differ in when people work, never in how much."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportsim.scenario.loader import load_scenario
from supportsim.scenario.model import Scenario

SCENARIOS = Path(__file__).parents[3] / "scenarios"
ROSTERS = sorted((SCENARIOS / "rosters").glob("*.yaml"))
DAYS = {"mon": 1, "tue-thu": 3, "fri": 1, "sat-sun": 2}


def shifts_of_a_week(scenario: Scenario) -> int:
    """How many shifts the front line works, each of eight hours."""
    return sum(DAYS[days] * sum(shifts.values()) for days, shifts in scenario.teams["frontline"].roster.items())


@pytest.mark.parametrize("file", ROSTERS, ids=lambda file: file.stem)
def test_a_roster_moves_people_and_changes_nothing_else(file: Path) -> None:
    usual, moved = load_scenario(SCENARIOS / "growth.yaml").scenario, load_scenario(file).scenario
    # 22 on Monday, 18 on three days, 15 on Friday, 4 on each day of the weekend.
    assert shifts_of_a_week(usual) == shifts_of_a_week(moved) == 99
    assert moved.teams["frontline"].roster != usual.teams["frontline"].roster
    changed = {name for name in type(usual).model_fields if getattr(usual, name) != getattr(moved, name)}
    assert changed == {"name", "summary", "teams"}
    same = moved.teams["frontline"].model_copy(update={"roster": usual.teams["frontline"].roster})
    assert dict(moved.teams) | {"frontline": same} == dict(usual.teams)
