"""``supportsim init`` and ``supportsim demo`` as people type them."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from supportsim.scenario.loader import load_scenario

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_a_scenario_that_validates_and_runs(supportsim: Command, tmp_path: Path) -> None:
    done = supportsim("init", "my-desk.yaml", "--contacts", 300, "--agents", 2, "--phone", "0%")
    assert (done.returncode, done.stderr) == (0, "")
    assert "supportsim run my-desk.yaml" in done.stdout
    assert supportsim("validate", "my-desk.yaml").stdout == "my-desk.yaml: valid\n"
    assert supportsim("run", "my-desk.yaml", "--replications", 2, "--quiet").returncode == 0
    assert (tmp_path / "results" / "my_desk" / "run.json").exists()


def test_nothing_is_overwritten(supportsim: Command, tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text("mine", "utf-8")
    done = supportsim("init")
    assert done.returncode == 2
    assert "desk.yaml exists and is left alone" in done.stderr
    assert (tmp_path / "desk.yaml").read_text("utf-8") == "mine"


def test_an_answer_that_does_not_fit_writes_nothing(supportsim: Command, tmp_path: Path) -> None:
    for flag, value, words in (
        ("--hours", "9 to 5", "09:00-17:00"),
        ("--timezone", "Mars", "Mars"),
        ("--phone", "2", "share"),
    ):
        done = supportsim("init", flag, value)
        assert done.returncode == 2
        assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_questions_on_a_terminal(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    given = ["--contacts", "400", "--days", "mon-fri", "--hours", "09:00-17:00", "--timezone", "UTC", "--agents", "2",
             "--handle", "9 min", "--response", "2 h", "--target", "80%", "--hourly-cost", "20"]  # fmt: skip
    command = [sys.executable, "-m", "supportsim", "init", *given]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    os.close(slave)
    # Calls: nonsense, then none; then nobody escalates, so that nobody is asked for specialists.
    os.write(master, b"lots\n0%\n0%\n")
    _, err = process.communicate(timeout=60)
    os.close(master)
    assert process.returncode == 0, err
    assert "That does not fit" in err
    assert "How many specialists" not in err
    scenario = load_scenario(tmp_path / "desk.yaml").scenario
    assert list(scenario.teams) == ["frontline"]
    assert list(scenario.demand.channels) == ["email"]


def test_the_demo(supportsim: Command, tmp_path: Path) -> None:
    done = supportsim("demo")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "A spreadsheet says" in said
    assert "it misses abandonment of phone" in said
    assert max(map(len, done.stdout.splitlines()[:20])) <= 80
    assert (tmp_path / "supportsim-demo" / "results" / "demo" / "report.html").stat().st_size > 10_000
    scenario = tmp_path / "supportsim-demo" / "demo.yaml"
    assert load_scenario(scenario).scenario.name == "demo"
    scenario.write_text("mine", "utf-8")
    assert "left alone" in supportsim("demo").stderr
    assert scenario.read_text("utf-8") == "mine"
