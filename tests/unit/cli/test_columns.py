"""All that the command prints fits 80 columns, without colour where none is wanted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from supportsim.cli.main import COMMANDS, cli

DESK = Path(__file__).parents[2] / "cli" / "desk.yaml"
OTHER = f"""
extends: {json.dumps(str(DESK))}
name: a_desk_whose_name_needs_more_than_one_line_of_a_table
teams: {{front: {{roster: {{mon-fri: {{day: 3}}}}}}}}
events:
  - outage: {{at: 2026-03-04 10:00, lasts: 3 h, volume: +300%}}
"""


def words() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command and of those below it."""
    yield ()
    for name in COMMANDS:
        yield (name,)
        found = cli.get_command(click.Context(cli), name)
        if isinstance(found, click.Group):
            yield from ((name, below) for below in found.commands)


@pytest.mark.parametrize("command", list(words()), ids=" ".join)
def test_help_fits(command: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, [*command, "--help"], env={"COLUMNS": "200"})
    assert done.exit_code == 0
    assert max(map(len, done.output.splitlines())) <= 80


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result, and a scenario with a long name and an event beside it."""
    place = tmp_path_factory.mktemp("columns")
    (place / "other.yaml").write_text(OTHER, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        done = _run("run", "other.yaml", "--replications", "2", "--out", "results/stored")
        assert done.exit_code == 0, (done.output, done.exc_info)
    return place


def _run(*words: str) -> Result:
    return CliRunner().invoke(cli, words, env={"NO_COLOR": "1", "COLUMNS": None, "FORCE_COLOR": None})


@pytest.mark.parametrize(
    "words",
    [
        "run other.yaml --replications 2 --workers 1 --out results/again",
        "compare DESK other.yaml --replications 2 --workers 1",
        "explain results/stored --replications 2 --workers 1",
        "explain results/stored --replications 2 --workers 1 --marginal --only heads",
        "trace results/stored --worst 2",
        "trace results/stored --agent front-1 --day 2026-03-03",
        "recovery other.yaml --replications 2 --workers 1",
        "staffing-math other.yaml --replications 2 --workers 1",
        "sweep other.yaml --vary teams.front.roster.mon-fri.day=2..3 --replications 2 --workers 1",
        "sweep other.yaml --vary demand.contacts.count~normal(300,20) --samples 4 --replications 2 --workers 1",
        "results",
        "results show 1",
    ],
)
def test_output_fits(words: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    done = _run(*words.replace("DESK", str(DESK)).split(" "))
    assert done.exit_code == 0, done.output
    # Paths are the reader's own and are never broken.
    lines = [line for line in done.stdout.splitlines() if str(folder) not in line]
    assert len(lines) > 2
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in done.output
