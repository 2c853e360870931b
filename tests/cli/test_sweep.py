"""``supportsim sweep`` and ``supportsim results`` as people type them."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
HEADS = "teams.front.roster.mon-fri.day"


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def unsure(desk: Path, tmp_path: Path) -> Path:
    """The desk, where volume and work are not known."""
    file = tmp_path / "unsure.yaml"
    file.write_text(
        f"extends: {desk}\nname: unsure\nuncertainty:\n  demand.contacts.count: {{normal: [300, 30]}}\n"
        "  work.L1.handle.lognormal.mean: {uniform: [8 min, 25 min]}\n"
        "targets:\n  response_sla: {at_least: 85%}\n  abandonment[channel=phone]: null\n",
        "utf-8",
    )
    return file


def test_cost_against_service(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    done = supportsim("sweep", desk, "--vary", f"{HEADS}=1..3", "--replications", 3, "--set",
                      "targets.abandonment[channel=phone].at_most=100%")  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert said.startswith("desk_sweep: 3 plans, 3 replications of each. 3 of 3 plans keep all 2 promises.")
    assert "The cheapest that does: mon-fri.day=1, at a cost of" in said
    assert max(map(len, done.stdout.splitlines())) <= 80
    plans = rows(tmp_path / "results" / "desk_sweep" / "plans.csv")
    assert [plan[HEADS] for plan in plans] == ["1", "2", "3"]
    assert [plan["on_front"] for plan in plans] == ["True"] * 3
    costs = [float(plan["cost"]) for plan in plans]
    # One more person for five days of ten hours at 30 an hour; a little less overtime.
    assert costs[1] - costs[0] == pytest.approx(1500, rel=0.05)
    outcomes = rows(tmp_path / "results" / "desk_sweep" / "outcomes.csv")
    assert {(row["point"], row["metric"]) for row in outcomes} >= {("0", "cost_total"), ("2", "response_sla")}


def runs_in(store: Path) -> int:
    try:
        with sqlite3.connect(f"file:{store / 'index.sqlite'}?mode=ro", uri=True) as index:
            (found,) = index.execute("SELECT count(*) FROM runs").fetchone()
            return int(found)
    except sqlite3.Error:
        return 0


def kill_after(process: subprocess.Popen[str], store: Path, runs: int) -> None:
    end = time.monotonic() + 60
    while runs_in(store) < runs:
        assert process.poll() is None, "it was over too soon"
        assert time.monotonic() < end
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_sweep_that_is_killed_twice_ends_with_the_same_bytes(
    alone: Command, start: Start, desk: Path, tmp_path: Path
) -> None:
    asked = ("sweep", desk, "--vary", f"{HEADS}=1..4", "--vary", "routing.order=[fifo, priority]",
             "--vary", "demand.contacts.count=[200, 300]", "--replications", 4, "--workers", 2)  # fmt: skip
    kill_after(start(*asked), tmp_path / "results", 3)
    kill_after(start("sweep", "--resume", "--workers", 2), tmp_path / "results", 8)
    known = runs_in(tmp_path / "results")
    assert 8 <= known < 16
    done = alone("sweep", "--resume", "--workers", 2)
    assert done.returncode == 0, done.stderr
    assert runs_in(tmp_path / "results") == 16
    whole = alone(*asked, "--out", "whole/desk_sweep", "--store", "elsewhere", "--quiet")
    assert whole.returncode == 0, whole.stderr
    resumed, at_once = contents(tmp_path / "results" / "desk_sweep"), contents(tmp_path / "whole" / "desk_sweep")
    assert resumed.keys() == {"sweep.json", "points.csv", "outcomes.csv", "plans.csv"}
    assert resumed == at_once
    again = alone("sweep", "--resume")
    assert (again.returncode, again.stdout) == (2, "")
    assert "no sweep was interrupted" in again.stderr


def test_ctrl_c_keeps_the_points_that_are_finished(start: Start, desk: Path, tmp_path: Path) -> None:
    process = start("sweep", desk, "--vary", f"{HEADS}=1..900", "--replications", 3, "--workers", 2)
    end = time.monotonic() + 60
    while runs_in(tmp_path / "results") < 2:
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "interrupted: the points that were finished are kept; 'supportsim sweep --resume' goes on" in err
    assert "Traceback" not in err
    assert runs_in(tmp_path / "results") >= 2


def test_how_sure_a_design_is(supportsim: Command, unsure: Path, tmp_path: Path) -> None:
    asked = ("sweep", unsure, "--samples", 16, "--replications", 3)
    done = supportsim(*asked, "--gate")
    assert done.returncode in (4, 5), done.stderr
    said = " ".join(done.stdout.split())
    assert said.startswith("unsure_sweep: 1 plan under 16 samples of what is not known, 3 replications of each.")
    assert "the design keeps all its promises with probability" in said
    assert "response SLA depends on lognormal.mean" in said
    assert max(map(len, done.stdout.splitlines())) <= 80
    influences = rows(tmp_path / "results" / "unsure_sweep" / "influences.csv")
    assert [row["assumption"] for row in influences] == ["work.L1.handle.lognormal.mean", "demand.contacts.count"]
    found = json.loads(supportsim(*asked, "--json", "--quiet").stdout)
    assert found["odds"][0]["promise"] == "response_sla"
    assert 0 < found["odds"][0]["probability"] < 1


def test_a_sweep_file(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(
        f"scenario: {desk}\nname: heads\nreplications: 2\nmetrics: [tickets]\nvary:\n  everybody:\n"
        f"    few: {{{HEADS}: 1}}\n    many: {{{HEADS}: 3, teams.back.roster.mon-fri.day: 2}}\n",
        "utf-8",
    )
    done = supportsim("sweep", "study.yaml")
    assert done.returncode == 0, done.stderr
    points = rows(tmp_path / "results" / "heads" / "points.csv")
    assert [point["everybody"] for point in points] == ["few", "many"]
    (tmp_path / "study.yaml").write_text(f"scenario: {desk}\nname: heads\nvarry: {{}}\n", "utf-8")
    wrong = supportsim("sweep", "study.yaml")
    assert (wrong.returncode, wrong.stdout) == (3, "")
    assert "study.yaml:3:1: varry: unknown key, did you mean 'vary'?" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "nothing to vary, expected --vary path=4..8"),
        (("--vary", "teams.front.roster.mon-fri.dya=1..2"), 3, "unknown shift 'dya', did you mean 'day'"),
        (
            ("--vary", f"{HEADS}=1..2", "--metric", "response_sla[team=bck]"),
            2,
            "did you mean 'response_sla[team=back]'",
        ),
        (("--vary", f"{HEADS}=0..1", "--replications", "2"), 3, "1 of 2 points have no result"),
    ],
)
def test_what_cannot_be_done_is_said(
    supportsim: Command, desk: Path, arguments: tuple[Any, ...], code: int, said: str
) -> None:
    done = supportsim("sweep", desk, *arguments, "--quiet")
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_results_are_listed_shown_and_pruned(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    none = supportsim("results")
    assert (none.returncode, none.stdout) == (3, "")
    assert supportsim("run", desk, "--replications", 2, "--quiet").returncode == 0
    assert supportsim("sweep", desk, "--vary", f"{HEADS}=3..4", "--replications", 2, "--quiet").returncode == 0
    listed = supportsim("results")
    assert "results/desk" in listed.stdout
    assert "and 2 more, 2 of them points of sweeps" in listed.stderr
    everything = json.loads(supportsim("results", "list", "--all", "--json").stdout)
    assert [run["place"] for run in everything] == ["results/desk", None, None]
    shown = supportsim("results", "show", "results/desk")
    assert "replications  2, seed 1" in shown.stdout
    assert "response SLA" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert supportsim("results", "show", "99").returncode == 3
    assert "2 runs would be forgotten" in supportsim("results", "prune", "--points", "--dry-run").stdout
    assert "2 runs were forgotten" in supportsim("results", "prune", "--points").stdout
    assert runs_in(tmp_path / "results") == 1
    assert len(list((tmp_path / "results" / "arrays").glob("*/*.npy"))) == 1
