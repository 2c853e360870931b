"""Small changes at each team and shift."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportsim.experiment.changes import KINDS, small_changes
from supportsim.experiment.comparison import Finding
from supportsim.experiment.marginal import marginal_values
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
    changes = list(small_changes(load_scenario(file), ["heads"]))
    assert [(one.team, one.what) for one in changes] == [
        ("front", "one more on early"),
        ("front", "one more on late"),
        ("back", "one more on early"),
    ]
    rosters = [dict(one.scenario.scenario.teams["front"].roster) for one in changes]
    assert rosters == [
        {"mon-thu": {"early": 2, "late": 2}, "fri": {"early": 2, "late": 0}},
        {"mon-thu": {"early": 1, "late": 3}, "fri": {"early": 1, "late": 0}},
        {"mon-thu": {"early": 1, "late": 2}, "fri": {"early": 1, "late": 0}},
    ]


def test_overrides_of_the_scenario_stay(file: Path) -> None:
    scenario = load_scenario(file, ["demand.contacts.count=7"])
    assert all(one.scenario.scenario.demand.contacts.count == 7 for one in small_changes(scenario))


def test_a_start_moves_for_one_team_only(file: Path) -> None:
    changes = [one.scenario.scenario for one in small_changes(load_scenario(file), ["starts"])]
    assert len(changes) == 6
    earlier = changes[0]
    assert list(earlier.shifts) == ["early", "early_earlier", "late"]
    assert earlier.shifts["early_earlier"] == ((7 * 60, 12 * 60),)
    assert earlier.teams["front"].roster["mon-thu"] == {"early_earlier": 1, "late": 2}
    assert earlier.teams["back"].roster == {"mon-fri": {"early": 1}}
    assert changes[-1].shifts["early_later"] == ((9 * 60, 14 * 60),)


@pytest.mark.parametrize(
    ("hours", "moved"),
    [
        ('"00:00-08:00"', ["night_later"]),
        ('"16:00-00:00"', ["night_earlier", "night_later"]),
        ('"00:00-24:00"', []),
        ('["08:00-12:00", "23:30-03:00"]', ["night_earlier"]),
    ],
)
def test_a_start_stays_inside_its_day(file: Path, hours: str, moved: list[str]) -> None:
    overrides = [f"shifts={{night: {hours}}}", "teams={one: {tier: L1, roster: {daily: {night: 1}}}}"]
    scenario = load_scenario(file, [*overrides, "work={L1: {handle: 5 min}}"])
    found = [one.scenario.scenario for one in small_changes(scenario, ["starts"])]
    assert [name for one in found for name in one.shifts if name != "night"] == moved
    assert all(
        sum(end - start for start, end in one.shifts[name]) == sum(end - start for start, end in one.shifts["night"])
        for one, name in zip(found, moved, strict=True)
    )


def test_each_team_learns_what_it_lacks(file: Path) -> None:
    overrides = [
        "work.L1.escalates=0%",
        "demand.categories={a: {share: 50%, skill: x}, b: {share: 50%, skill: y}}",
        "teams.front.skills=[x, y]",
        "teams.back.skills=[y]",
    ]
    changes = list(small_changes(load_scenario(file, overrides), ["skills"]))
    assert [(one.team, one.what) for one in changes] == [("back", "all learn x")]
    assert tuple(changes[0].scenario.scenario.teams["back"].skills) == ("y", "x")


def test_nothing_to_change(file: Path) -> None:
    with pytest.raises(ValueError, match="two_teams: no change of skills fits"):
        marginal_values(load_scenario(file), 2, workers=1, kinds=["skills"])


def test_the_command_offers_what_there_is() -> None:
    from supportsim.cli import explain

    assert explain.KINDS == KINDS


def test_more_heads_cost_what_their_hours_cost(file: Path) -> None:
    told: list[tuple[int, int]] = []
    paid_only = [f"teams.{team}.overtime_factor=0" for team in ("front", "back")]
    values = marginal_values(
        load_scenario(file, paid_only), 8, workers=1, kinds=["heads"], on_progress=lambda *numbers: told.append(numbers)
    )
    found = [{one.key: one for one in row} for row in values.comparison.differences]
    # 25 hours at 30, 20 hours at 30 and 25 hours at 50.
    assert [row[MetricKey("cost_total", None)].difference for row in found] == pytest.approx([750, 600, 1250])
    assert found[0][MetricKey("response_sla", None)].finding is Finding.BETTER
    assert found[2][MetricKey("response_sla", None)].finding is Finding.NONE
    assert told[0] == (0, 32)
    assert told[-1] == (32, 32)


@pytest.mark.parametrize("stated", ["heads.csv", "{file: heads.csv, adds: 1}"])
def test_a_roster_file_gets_one_more_at_all_hours(tmp_path: Path, stated: str) -> None:
    rows = "".join(f"daily {hour:02}:00,{int(8 <= hour < 16)}\n" for hour in range(24))
    (tmp_path / "heads.csv").write_text(f"start,desk\n{rows}", encoding="utf-8")
    file = tmp_path / "small.yaml"
    file.write_text(
        "name: small\nperiod: {start: 2026-01-05, length: 1 week}\ndemand: {contacts: {count: 9}}\n"
        f"work: {{L1: {{handle: 5 min}}}}\nteams: {{desk: {{tier: L1, roster: {stated}}}}}\n",
        encoding="utf-8",
    )
    scenario = load_scenario(file)
    (change,) = small_changes(scenario)
    before, after = (each.scenario.teams["desk"].roster_file for each in (scenario, change.scenario))
    assert before is not None
    assert after is not None
    assert (change.team, change.what, after.table) == ("desk", "one more at all hours", before.table)
    assert after.adds == before.adds + 1
