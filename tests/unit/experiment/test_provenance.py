"""Versions, time zone data and revisions."""

import subprocess
import zoneinfo
from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment.provenance import git_revision, timezone_data, versions


def test_versions_are_those_that_run() -> None:
    found = versions()
    assert found["numpy"] == np.__version__
    assert list(found) == ["python", "supportsim", "numpy", "scipy", "simpy", "pydantic", "holidays"]


def test_system_data_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Berlin").touch()
    (tmp_path / "tzdata.zi").write_text("# version 2031z\nrest\n")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    found = timezone_data("Europe/Berlin")
    assert found == {"timezone": "Europe/Berlin", "source": "system", "version": "2031z"}
    assert timezone_data("Europe/Rome")["source"] == "tzdata package"


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    done = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_the_revision_of_the_scenario(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text("name: desk")
    assert git_revision(file) is None
    git(tmp_path, "init", "-q")
    assert git_revision(file) is None
    git(tmp_path, "add", "desk.yaml")
    git(tmp_path, "commit", "-q", "-m", "desk")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_revision(file) == {"commit": commit, "scenario_changed": False}
    file.write_text("name: other")
    assert git_revision(file) == {"commit": commit, "scenario_changed": True}
