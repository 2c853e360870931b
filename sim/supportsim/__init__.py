"""Simulates a support operation from a scenario file and says which promises hold.

>>> import supportsim
>>> scenario = supportsim.load("scenarios/growth.yaml")
>>> result = supportsim.run(scenario, replications=30)
>>> print(result.verdict)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supportsim.experiment.result import RunResult as RunResult
    from supportsim.experiment.run import run as run
    from supportsim.scenario.loader import LoadedScenario as LoadedScenario
    from supportsim.scenario.loader import ScenarioError as ScenarioError
    from supportsim.scenario.loader import load_scenario as load

    __version__: str

# Resolved on first use, so that ``supportsim --help`` imports none of it.
_HOMES = {
    "LoadedScenario": ("supportsim.scenario.loader", "LoadedScenario"),
    "RunResult": ("supportsim.experiment.result", "RunResult"),
    "ScenarioError": ("supportsim.scenario.loader", "ScenarioError"),
    "load": ("supportsim.scenario.loader", "load_scenario"),
    "run": ("supportsim.experiment.run", "run"),
}

__all__ = ["LoadedScenario", "RunResult", "ScenarioError", "load", "run"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("supportsim")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
