"""``supportsim staffing-math`` as people type it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_the_spreadsheet_beside_the_simulation(supportsim: Command, desk: Path) -> None:
    done = supportsim("staffing-math", desk, "--replications", 2, "--quiet", "--hours")
    assert (done.returncode, done.stderr) == (0, "")
    said = " ".join(done.stdout.split())
    assert "Volume x handle time / (hours x utilization)" in said
    assert "front, by hour of the week" in said
    assert "Why they differ - front: Erlang C says" in said
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_result_with_its_own_seed_for_machines(supportsim: Command, desk: Path) -> None:
    supportsim("run", desk, "--replications", 2, "--quiet", "--seed", 7)
    told = json.loads(supportsim("staffing-math", "results/desk", "--replications", 1, "--json").stdout)
    assert (told["seed"], told["replications"], told["utilization"]) == (7, 1, 0.8)
    assert len(told["teams"][0]["hours"]) == 168


def test_nonsense_is_refused(supportsim: Command, desk: Path) -> None:
    for arguments, said in (
        (("--utilization", "120%"), "'120%' is outside 0%..100%"),
        (("--level", "100%"), "expected above 0% and at most"),
        (("--utilization", "0%"), "expected above 0% and at most"),
    ):
        done = supportsim("staffing-math", desk, *arguments)
        assert done.returncode == 2
        assert said in done.stderr
