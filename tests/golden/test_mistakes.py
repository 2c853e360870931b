"""Each shipped mistake is worse than growth where it says so, with intervals that do not overlap."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "results" / "reference"


def interval(scenario: str, target: str) -> tuple[float, float]:
    rows = json.loads((REFERENCE / f"{scenario}.json").read_text("utf-8"))["targets"]
    (row,) = (row for row in rows if row["target"] == target)
    return row["lower"], row["upper"]


@pytest.mark.parametrize(
    ("scenario", "target", "direction"),
    [
        ("hires_counted_as_full", "abandonment[channel=phone]", 1),
        ("everyone_utilized_at_95", "abandonment[channel=phone]", 1),
        ("everyone_utilized_at_95", "response_sla", -1),
        ("night_promise_without_night_staff", "response_sla[priority=P1]", -1),
        ("night_promise_without_night_staff", "resolution_sla[priority=P1]", -1),
    ],
)
def test_a_mistake_costs_what_it_says(scenario: str, target: str, direction: int) -> None:
    usual, mistaken = interval("growth", target), interval(scenario, target)
    assert mistaken[0] > usual[1] if direction > 0 else mistaken[1] < usual[0]


def test_the_utilized_are_utilized() -> None:
    lower, upper = interval("everyone_utilized_at_95", "occupancy[team=frontline]")
    assert 0.93 < lower < upper < 0.98
