"""``supportsim compare`` as people type it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
PAID_ONLY = ("--set", "teams.front.overtime_factor=0", "--set", "teams.back.overtime_factor=0")


@pytest.fixture
def more(desk: Path, tmp_path: Path) -> Path:
    """The desk with one more person."""
    file = tmp_path / "more.yaml"
    file.write_text(f"extends: {desk}\nname: more\nteams: {{front: {{roster: {{mon-fri: {{day: 3}}}}}}}}\n", "utf-8")
    return file


def test_one_more_person_answers_more_and_costs_more(supportsim: Command, desk: Path, more: Path) -> None:
    done = supportsim("compare", desk, more, "--replications", 5, *PAID_ONLY)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert said.startswith("desk: The design keeps")
    assert "more: The design keeps" in said
    assert "Against desk better: response SLA" in said
    # Five days of ten hours at 30 an hour, in every replication.
    assert "cost total (+1,500)" in said
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "desk: 5 of 5 replications" in done.stderr


def test_a_plan_against_itself(supportsim: Command, desk: Path) -> None:
    said = supportsim("compare", desk, desk, "--replications", 3, "--quiet")
    assert "No detectable difference to desk (1)." in " ".join(said.stdout.split())
    assert said.stderr == ""


def test_json_for_machines(supportsim: Command, desk: Path, more: Path) -> None:
    found = json.loads(supportsim("compare", desk, more, "--replications", 4, "--json", *PAID_ONLY).stdout)
    assert [plan["name"] for plan in found["plans"]] == ["desk", "more"]
    cost = next(one for one in found["differences"] if one["metric"] == "cost_total")
    assert (cost["plan"], cost["difference"], cost["finding"]) == ("more", pytest.approx(1500), "worse")


def test_markdown_for_a_pull_request(supportsim: Command, desk: Path, more: Path) -> None:
    lines = supportsim("compare", desk, more, "--replications", 4, "--markdown").stdout.splitlines()
    assert lines[0].startswith("- desk: The design keeps")
    start = lines.index("| metric | first | this plan | difference | finding |")
    assert all(line.count(" | ") == 4 for line in lines[start : start + 8])


def test_a_fault_in_the_last_plan_costs_no_run(supportsim: Command, desk: Path) -> None:
    done = supportsim("compare", desk, "nowhere.yaml", "--replications", 4)
    assert (done.returncode, done.stdout) == (3, "")
    assert "nowhere.yaml" in done.stderr
    assert "replications" not in done.stderr


def test_a_page_besides(supportsim: Command, desk: Path, more: Path, tmp_path: Path) -> None:
    done = supportsim("compare", desk, more, "--replications", 2, "--html", "both.html", "--quiet")
    assert done.returncode == 0
    assert done.stderr == "everything is in both.html\n"
    assert "Differences to desk" in (tmp_path / "both.html").read_text("utf-8")


def test_which_plan_is_best_and_how_sure_that_is(supportsim: Command, desk: Path, more: Path, tmp_path: Path) -> None:
    question = (desk, more, "--replications", 5, "--best", "cost_total", *PAID_ONLY)
    done = supportsim("compare", *question, "--indifference", "100")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert said.startswith("desk is chosen as the best of 2 plans by cost total, where less is better.")
    assert "by 100 or more, it is the one chosen with a probability of at least 95 %" in said
    # Wages do not vary, so that the first replications decide.
    assert "dropped after 5, behind desk" in said
    assert max(map(len, done.stdout.splitlines())) <= 80
    page = ("--html", "best.html")
    found = json.loads(supportsim("compare", *question, "--indifference", "100", "--json", "--quiet", *page).stdout)
    assert "The best of 2 plans by cost total" in (tmp_path / "best.html").read_text("utf-8")
    assert (found["best"], [plan["replications"] for plan in found["plans"]]) == ("desk", [5, 5])
    done = supportsim("compare", *question)
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected --indifference too" in done.stderr


@pytest.mark.parametrize("command", ["compare", "recovery", "robustness", "sweep"])
def test_a_time_limit_holds_wherever_is_simulated(supportsim: Command, desk: Path, more: Path, command: str) -> None:
    options = {
        "compare": (desk, more),
        "recovery": (desk, "--set", "events=[{surge: {at: 2026-03-03 10:00, lasts: 1 h, volume: +100%}}]"),
        "robustness": (desk, "--lasts", "1 h"),
        "sweep": (desk, "--vary", "demand.contacts.count=[200, 300]"),
    }
    done = supportsim(command, *options[command], "--replications", 2, "--time-limit", "1 ms", "--backend", "serial")
    assert done.returncode == 1
    assert "took longer than 0.001 s, 3 times" in done.stderr + done.stdout
