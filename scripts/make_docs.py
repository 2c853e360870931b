"""Writes what is made from the source: docs/reference.md, docs/events.md and scenario.schema.json."""

from __future__ import annotations

from pathlib import Path

from supportsim.report.event_kinds import event_kinds_text
from supportsim.scenario.reference import reference_text
from supportsim.scenario.schema import schema_text

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write them all."""
    (ROOT / "docs" / "reference.md").write_text(reference_text(), encoding="utf-8")
    (ROOT / "docs" / "events.md").write_text(event_kinds_text(), encoding="utf-8")
    (ROOT / "scenario.schema.json").write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
