"""The page of the kinds of events: complete, and up to date."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path

from supportsim.ledger import Event
from supportsim.measures.event_log import ACTIVITIES
from supportsim.report.event_kinds import event_kinds_text, member_docs

PAGE = Path(__file__).parents[3] / "docs" / "events.md"


class Light(IntEnum):
    """A traffic light."""

    RED = 0
    """Stop,
    and wait."""
    AMBER = 1
    GREEN = 2
    """Go."""


def test_a_member_has_the_text_below_it() -> None:
    assert member_docs(Light) == {"RED": "Stop, and wait.", "GREEN": "Go."}


def test_every_event_has_a_meaning_and_every_activity_an_event() -> None:
    rows = [line.split(" | ") for line in event_kinds_text().splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows] == [f"| `{event.name}`" for event in Event]
    assert all(len(row[3]) > len(" |") for row in rows)
    told = [row[2] for row in rows if row[2] and not row[2].startswith("work: ")]
    assert sorted(told) == sorted(activity for activity in ACTIVITIES if not activity.startswith("Work at "))


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == event_kinds_text(), "run make docs"
