"""``supportsim robustness`` as people type it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]
SURGE = ("--at", "2026-03-03 10:00", "--lasts", "4 h", "--step", "+200%", "--up-to", "+800%", "--replications", 3)


def test_what_is_survived_and_what_is_too_much(supportsim: Command, desk: Path) -> None:
    done = supportsim("robustness", desk, *SURGE)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert said.startswith("desk is judged on response SLA.")
    assert "A surge of 4 h from 2026-03-03 10:00" in said
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "without a surge: " in done.stderr
    told = json.loads(supportsim("robustness", desk, *SURGE, "--json", "--quiet").stdout)
    assert told["surges"][0]["lasts_minutes"] == 240


def test_a_surge_that_does_not_fit_is_a_fault(supportsim: Command, desk: Path) -> None:
    done = supportsim("robustness", desk, *SURGE, "--category", "nonsense")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-1].startswith("--category: unknown category 'nonsense', expected")
    assert supportsim("robustness", desk, "--lasts", "soon").returncode == 2
