"""Each shipped mistake is worse than growth where it says so, with intervals that do not overlap."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from studies import stored

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


@pytest.mark.parametrize(
    ("mistake", "metric", "direction"),
    [
        ("personal_queues", "wait_minutes", 1),
        ("cherry_picking", "wait_minutes", -1),
        ("cherry_picking", "wait_minutes[priority=P1]", 1),
        ("ping_pong", "handling_hours", 1),
        ("no_pause", "resolution_sla[priority=P1]", -1),
        ("one_sla_for_all", "wait_minutes[priority=P1]", 1),
        ("everyone_utilized_at_95", "cost_total", -1),
    ],
)
def test_the_point_of_a_mistake_is_seen_on_the_same_customers(mistake: str, metric: str, direction: int) -> None:
    (found,) = (one for one in stored("mistakes")["mistakes"] if one["name"] == mistake)
    (figure,) = (one for one in found["figures"] if one["metric"] == metric)
    assert direction * figure["difference"] > figure["half_width"]


def test_the_utilized_are_utilized() -> None:
    lower, upper = interval("everyone_utilized_at_95", "occupancy[team=frontline]")
    assert 0.93 < lower < upper < 0.98
