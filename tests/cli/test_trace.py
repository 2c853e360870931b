"""``supportsim trace`` as people type it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def result(supportsim: Command, desk: Path) -> str:
    supportsim("run", desk, "--replications", 2, "--quiet", "--set", "sla.response.P3=5 min")
    return "results/desk"


def test_the_worst_tickets(supportsim: Command, result: str) -> None:
    done = supportsim("trace", result, "--worst", 2)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("response promise broken") >= 2
    assert done.stdout.count("when: Europe/Berlin") == 2
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_one_ticket_and_one_agent(supportsim: Command, result: str) -> None:
    assert supportsim("trace", result, "--ticket", 5, "--replication", 1).stdout.startswith("Ticket 5: P3")
    day = supportsim("trace", result, "--agent", "front-1", "--day", "2026-03-03").stdout
    assert day.startswith("front-1, team front")
    assert "Tuesday" in day
    assert "Monday" not in day


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "expected one of --ticket N, --agent NAME, --worst K or --playbooks"),
        (["--ticket", 1, "--worst", 1], "expected one of"),
        (["--worst", 1, "--day", "2026-03-03"], "--day goes with --agent NAME"),
        (["--agent", "nobody"], "expected one of front-1, front-2, back-1"),
        (["--ticket", 10**8], "ticket 100000000: expected a number from 0 to"),
    ],
)
def test_wrong_usage(supportsim: Command, result: str, arguments: list[object], words: str) -> None:
    done = supportsim("trace", result, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in " ".join(done.stderr.split())
