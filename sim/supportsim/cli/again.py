"""What commands on a stored result have in common: its scenario, unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supportsim.report.store import StoredRun
    from supportsim.scenario.loader import LoadedScenario


def scenario_of(result: Path) -> tuple[LoadedScenario, StoredRun]:
    """Load the scenario of a stored result.

    Raises:
        ResultError: there is no result, or its scenario has changed since.
        ScenarioError: the scenario has faults now.
    """
    from supportsim.report.store import ResultError, stored_run
    from supportsim.scenario.loader import load_scenario

    stored = stored_run(result)
    scenario = load_scenario(stored.file, stored.overrides)
    if scenario.digest != stored.digest:
        raise ResultError(f"{stored.file}: has changed since {result} was made; run it again")
    return scenario, stored
