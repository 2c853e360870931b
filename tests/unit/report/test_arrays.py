"""A result comes back from its folder as it was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment.precision import StoppingRule, parse_precision
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.report.arrays import ARRAYS, load_result
from supportsim.report.files import write_result
from supportsim.report.sampling import stopping_document
from supportsim.report.store import ResultError
from supportsim.scenario.loader import load_scenario

ARRAY_NAMES = ("value", "numerator", "denominator", "demand", "teams", "backlog", "curves", "flow")


@pytest.fixture(scope="module")
def result() -> RunResult:
    file = Path(__file__).parents[1] / "experiment" / "desk.yaml"
    return run(load_scenario(file, ["name=other"]), 2, workers=1)


@pytest.fixture
def place(result: RunResult, tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    write_result(result, folder, folder)
    return folder


def test_everything_comes_back(result: RunResult, place: Path) -> None:
    found = load_result(place)
    for name in ARRAY_NAMES:
        stored, measured = getattr(found, name), getattr(result, name)
        assert stored.dtype == measured.dtype
        assert np.array_equal(stored, measured, equal_nan=measured.dtype.kind == "f")
    for name in ("keys", "seed", "asked", "replications", "verdict"):
        assert getattr(found, name) == getattr(result, name)
    assert [(one.name, one.verdict) for one in found.targets] == [(one.name, one.verdict) for one in result.targets]
    assert found.scenario.scenario == result.scenario.scenario
    assert found.scenario.overrides == ("name=other",)


def test_why_it_stopped_comes_back(result: RunResult, tmp_path: Path) -> None:
    precisions = (parse_precision("wait_minutes=10%"), parse_precision("60 points"))
    looked = run(result.scenario, workers=1, until=StoppingRule(precisions, (2, 3), 0.9))
    write_result(looked, tmp_path, tmp_path)
    found = load_result(tmp_path)
    assert looked.stopping is not None
    assert found.stopping is not None
    assert stopping_document(found.stopping) == stopping_document(looked.stopping)
    assert found.stopping.rule == looked.stopping.rule
    assert (found.confidence, found.targets) == (0.9, looked.targets)


def test_the_file_of_the_scenario_is_not_needed(result: RunResult, place: Path) -> None:
    run_json = json.loads((place / "run.json").read_text("utf-8"))
    run_json["scenario"]["file"] = "gone.yaml"
    (place / "run.json").write_text(json.dumps(run_json), "utf-8")
    assert load_result(place).scenario.scenario == result.scenario.scenario


def test_same_result_same_bytes(result: RunResult, place: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    write_result(result, again, place)
    assert (again / ARRAYS).read_bytes() == (place / ARRAYS).read_bytes()


def test_damage_is_told(place: Path) -> None:
    (place / ARRAYS).write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(ResultError, match=r"other: damaged or of another version \(.+\); run it again"):
        load_result(place)
    (place / ARRAYS).unlink()
    with pytest.raises(ResultError, match="run it again"):
        load_result(place)


@pytest.mark.parametrize("name", ["flow", "curves", "demand", "teams", "value"])
def test_another_version_measured_something_else(place: Path, name: str) -> None:
    with (place / ARRAYS).open("rb") as stream, np.load(stream) as stored:
        arrays = dict(stored)
    arrays[name] = arrays[name][:, :-1] if name in ("value", "teams") else arrays[name][:-1]
    np.savez_compressed(place / ARRAYS, **arrays)
    with pytest.raises(ResultError, match=r"\(something else was measured\); run it again"):
        load_result(place)


def test_a_scenario_that_means_something_else_now(place: Path) -> None:
    run_json = json.loads((place / "run.json").read_text("utf-8"))
    run_json["resolved"]["shifts"]["day"] = "09:00-18:00"
    (place / "run.json").write_text(json.dumps(run_json), "utf-8")
    with pytest.raises(ResultError, match="means something else"):
        load_result(place)


def test_no_result(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="is no result of supportsim"):
        load_result(tmp_path)
