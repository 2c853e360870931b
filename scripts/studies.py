"""What the studies have in common: results/studies/, where each keeps what it found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from supportsim.experiment.result import RunResult

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SCENARIOS = ROOT / "scenarios"
STORED = ROOT / "results" / "studies"

Found = dict[str, Any]
"""What a study found, as plain data."""


def store(name: str, found: Found) -> Found:
    """Keep what a study found, and return it as it will be read again."""
    STORED.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
    (STORED / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    return stored(name)


def stored(name: str) -> Found:
    """Return what a study found when it was run last."""
    found: Found = json.loads((STORED / f"{name}.json").read_text("utf-8"))
    return found


def target_values(result: RunResult) -> dict[str, float]:
    """Return the value of each target in the first replication of a result."""
    return {
        target.name: float(result.metric(target.key.metric, target.key.stat, **dict(target.key.slices))[0])
        for target in result.targets
    }
