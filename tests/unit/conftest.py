"""A small scenario to vary: one category, one team, ten minutes of work, everything else by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from supportsim.scenario.model import Scenario

SMALL: dict[str, Any] = {
    "name": "small",
    "period": {"start": "2026-01-05", "length": "2 weeks", "warm_up": 0, "run_out": 0, "timezone": "UTC"},
    "demand": {
        "contacts": {"count": 240, "per": "day"},
        "channels": {"email": {"share": "100%", "hours": {"profile": "flat"}}},
    },
    "work": {"L1": {"handle": "10 min"}},
    "shifts": {"core": "09:00-17:00"},
    "teams": {"desk": {"tier": "L1", "roster": {"mon-fri": {"core": 1}}}},
}


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in changes.items():
        deeper = isinstance(value, dict) and isinstance(base.get(key), dict)
        result[key] = merged(base[key], value) if deeper else value
    return result


@pytest.fixture
def make_scenario() -> Callable[..., Scenario]:
    """Return a function that builds the small scenario with parts of it changed, mappings merged.

    Keys in ``instead`` (dotted paths) are replaced whole.
    """

    def make(instead: dict[str, Any] | None = None, **changes: Any) -> Scenario:
        tree = merged(SMALL, changes)
        for path, value in (instead or {}).items():
            *parents, last = path.split(".")
            node = tree
            for step in parents:
                node[step] = dict(node[step])
                node = node[step]
            node[last] = value
        return Scenario.model_validate(tree)

    return make
