"""One more head at each team and shift."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportsim.experiment.comparison import Finding
from supportsim.experiment.marginal import marginal_values, one_more_heads
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.metrics import MetricKey

SCENARIO = """
name: two_teams
period: {start: 2026-03-02, length: 1 week, run_out: 2 days}
demand: {contacts: {count: 250, per: week}, seasons: {weekday: {mon-fri: 1}}}
work: {L1: {handle: {exponential: {mean: 12 min}}, escalates: 10%}, L2: {handle: 10 min}}
shifts: {early: "08:00-13:00", late: "13:00-18:00"}
teams:
  front: {tier: L1, roster: {mon-thu: {early: 1, late: 2}, fri: {early: 1, late: 0}}, hourly_cost: 30}
  back: {tier: L2, roster: {mon-fri: {early: 1}}, hourly_cost: 50}
sla: {response: {P3: 1 h}}
targets: {response_sla: {at_least: 99%}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two_teams.yaml"
    path.write_text(SCENARIO, "utf-8")
    return path


def test_each_shift_of_each_team_gets_one_more_where_it_is_staffed(file: Path) -> None:
    changes = list(one_more_heads(load_scenario(file)))
    assert [(one.team, one.shift) for one in changes] == [("front", "early"), ("front", "late"), ("back", "early")]
    rosters = [dict(one.scenario.scenario.teams["front"].roster) for one in changes]
    assert rosters == [
        {"mon-thu": {"early": 2, "late": 2}, "fri": {"early": 2, "late": 0}},
        {"mon-thu": {"early": 1, "late": 3}, "fri": {"early": 1, "late": 0}},
        {"mon-thu": {"early": 1, "late": 2}, "fri": {"early": 1, "late": 0}},
    ]


def test_overrides_of_the_scenario_stay(file: Path) -> None:
    scenario = load_scenario(file, ["demand.contacts.count=7"])
    assert all(one.scenario.scenario.demand.contacts.count == 7 for one in one_more_heads(scenario))


def test_more_heads_cost_what_their_hours_cost(file: Path) -> None:
    told: list[tuple[int, int]] = []
    paid_only = [f"teams.{team}.overtime_factor=0" for team in ("front", "back")]
    values = marginal_values(
        load_scenario(file, paid_only), 8, workers=1, on_progress=lambda *numbers: told.append(numbers)
    )
    found = [{one.key: one for one in row} for row in values.comparison.differences]
    # 25 hours at 30, 20 hours at 30 and 25 hours at 50.
    assert [row[MetricKey("cost_total", None)].difference for row in found] == pytest.approx([750, 600, 1250])
    assert found[0][MetricKey("response_sla", None)].finding is Finding.BETTER
    assert found[2][MetricKey("response_sla", None)].finding is Finding.NONE
    assert told[0] == (0, 32)
    assert told[-1] == (32, 32)
