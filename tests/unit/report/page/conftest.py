"""A small desk with everything that a page can show, run once for all tests of pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.report.files import write_result
from supportsim.scenario.loader import load_scenario


@pytest.fixture(scope="session")
def desk() -> RunResult:
    """Three replications of ``desk.yaml``."""
    return run(load_scenario(Path(__file__).with_name("desk.yaml")), 3, workers=1)


@pytest.fixture
def place(desk: RunResult, tmp_path: Path) -> Path:
    """The folder of the stored result."""
    folder = tmp_path / "desk"
    folder.mkdir()
    write_result(desk, folder, folder)
    return folder
