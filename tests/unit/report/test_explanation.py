"""An explanation in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportsim.experiment.explanation import explain
from supportsim.measures.causes import Cause
from supportsim.report.explanation import cause_words, sentences
from supportsim.report.hours import hours_of_week
from supportsim.scenario.loader import load_scenario

TWO_DESKS = """
name: two
period: {start: 2026-01-05, length: 1 week, run_out: 1 day}
demand: {contacts: {count: 100, per: day}}
work: {L1: {handle: 10 min}}
shifts: {core: "09:00-17:00"}
teams:
  here: {tier: L1, roster: {mon-fri: {core: 1}}}
  there: {tier: L1, timezone: Asia/Manila, roster: {mon-fri: {core: 1}}}
sla: {response: {P3: 1 h}}
"""


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([9], "Mon 9:00-10:00"),
        ([11, 9, 10, 38], "Mon 9:00-12:00, Tue 14:00-15:00"),
        ([23, 24], "Mon 23:00-24:00, Tue 0:00-1:00"),
        ([167], "Sun 23:00-24:00"),
    ],
)
def test_hours_that_follow_one_another_are_one_span(hours: list[int], said: str) -> None:
    assert hours_of_week(hours) == said


def test_every_cause_has_its_words_and_the_playbook_its_name() -> None:
    path = Path(__file__).parents[3] / "scenarios" / "outage_with_playbook.yaml"
    words = cause_words(load_scenario(path).scenario)
    assert set(words) == set(Cause)
    assert len(set(words.values())) == len(Cause)
    assert words[Cause.DEFERRED] == "deferred by playbooks flooded or experts_flooded"


@pytest.mark.parametrize(
    ("routing", "said"), [("", "teams are here and there"), ("routing: {pick: fewest_skills}", "team is here")]
)
def test_teams_that_take_the_same_bind_together(tmp_path: Path, routing: str, said: str) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(TWO_DESKS + routing, encoding="utf-8")
    assert f"The binding {said}, for which" in " ".join(sentences(explain(load_scenario(file), 1, workers=1)))
