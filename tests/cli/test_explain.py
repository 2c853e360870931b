"""``supportsim explain`` as people type it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_why_promises_break(supportsim: Command, desk: Path) -> None:
    supportsim("run", desk, "--replications", 3, "--quiet", "--set", "sla.response.P3=5 min")
    done = supportsim("explain", "results/desk", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    said = " ".join(done.stdout.split())
    assert "promises break, mean of the replications" in said
    assert "Mostly " in said
    assert "The binding team is front" in said
    assert "The worst hours to come are" in said
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_json_for_machines(supportsim: Command, desk: Path) -> None:
    supportsim("run", desk, "--replications", 2, "--quiet")
    found = json.loads(supportsim("explain", "results/desk", "--json").stdout)
    assert found["replications"] == 2
    assert [one["metric"] for one in found["breaches"]] == ["response_sla", "resolution_sla", "abandonment"]
    first = found["breaches"][0]
    assert abs(sum(first["by_main_cause"].values()) - first["breached"]) < 1e-9


def test_a_scenario_that_changed_is_refused(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    own = tmp_path / "desk.yaml"
    own.write_text(desk.read_text("utf-8"), "utf-8")
    supportsim("run", own, "--replications", 2, "--quiet")
    own.write_text(desk.read_text("utf-8").replace("count: 300", "count: 310"), "utf-8")
    done = supportsim("explain", "results/desk")
    assert done.returncode == 3
    assert "has changed since" in done.stderr


def test_what_is_no_result(supportsim: Command, tmp_path: Path) -> None:
    done = supportsim("explain", tmp_path)
    assert done.returncode == 3
    assert "is no result of supportsim" in done.stderr


def test_what_one_more_head_is_worth(supportsim: Command, desk: Path) -> None:
    supportsim("run", desk, "--replications", 4, "--quiet")
    done = supportsim("explain", "results/desk", "--marginal", "--only", "heads", "--quiet")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "abandonment of phone: helped most by front, one more on day: -" in said
    assert max(map(len, done.stdout.splitlines())) <= 80
    found = json.loads(supportsim("explain", "results/desk", "--marginal", "--json").stdout)["small_changes"]
    assert [(one["team"], one["change"]) for one in found if one["kind"] == "heads"] == [
        ("front", "one more on day"),
        ("back", "one more on day"),
    ]
    assert sum(one["kind"] == "starts" for one in found) == 4


def test_one_replication_tells_nothing_of_a_change(supportsim: Command, desk: Path) -> None:
    supportsim("run", desk, "--replications", 1, "--quiet")
    done = supportsim("explain", "results/desk", "--marginal")
    assert done.returncode == 2
    assert "2 replications or more" in done.stderr
