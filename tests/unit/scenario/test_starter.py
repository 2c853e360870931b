"""Scenarios to start from: whatever is answered, what comes out is valid and says what was answered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from supportsim.scenario.loader import LoadedScenario, load_scenario
from supportsim.scenario.starter import Answers, starter_text


def loaded(tmp_path: Path, answers: Answers) -> LoadedScenario:
    file = tmp_path / f"{answers.name}.yaml"
    file.write_text(starter_text(answers), "utf-8")
    return load_scenario(file)


def test_what_was_answered(tmp_path: Path) -> None:
    answers = Answers(
        name="help",
        contacts=900,
        timezone="Europe/Berlin",
        days="mon-sat",
        hours="08:00-18:00",
        agents=7,
        handle="8 min",
    )
    scenario = loaded(tmp_path, answers).scenario
    assert scenario.name == "help"
    assert scenario.demand.contacts.count == 900
    assert scenario.period.timezone == "Europe/Berlin"
    assert scenario.teams["frontline"].roster == {"mon-sat": {"day": 7}}
    assert scenario.shifts == {"day": ((8 * 60, 18 * 60),)}
    assert list(scenario.demand.channels) == ["email", "phone"]


@pytest.mark.parametrize(
    ("changes", "channels", "teams"),
    [
        ({"phone": "0%"}, ["email"], ["frontline", "specialists"]),
        ({"phone": "100%"}, ["phone"], ["frontline", "specialists"]),
        ({"escalates": "0%"}, ["email", "phone"], ["frontline"]),
        ({"phone": "0%", "escalates": "0%"}, ["email"], ["frontline"]),
        ({"phone": "12.5%", "hours": "22:00-06:00", "days": "daily"}, ["email", "phone"], ["frontline", "specialists"]),
    ],
)
def test_desks_of_every_kind(tmp_path: Path, changes: dict[str, str], channels: list[str], teams: list[str]) -> None:
    scenario = loaded(tmp_path, replace(Answers(), **changes)).scenario  # type: ignore[arg-type]
    assert list(scenario.demand.channels) == channels
    assert list(scenario.teams) == teams
    assert sum(channel.share for channel in scenario.demand.channels.values()) == pytest.approx(1)


def test_it_is_commented_and_fits_the_screen() -> None:
    lines = starter_text(Answers()).splitlines()
    assert sum("# " in line for line in lines) > 8
    assert max(map(len, lines)) <= 110


def test_an_answer_that_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="no share"):
        starter_text(Answers(phone="a third"))


def test_what_is_marked_as_a_comment_is_valid_too(tmp_path: Path) -> None:
    text = starter_text(Answers())
    commented = [line for line in text.splitlines() if line.startswith(("# playbooks", "#   - {when"))]
    assert len(commented) == 2
    for line in commented:
        text = text.replace(line, line.removeprefix("# ").replace("#   -", "  -"))
    file = tmp_path / "desk.yaml"
    file.write_text(text, "utf-8")
    assert load_scenario(file).scenario.playbooks[0].when.team == "frontline"
