"""The store: found again, shared by processes, and whole after a power cut at any moment."""

import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from supportsim.experiment import store as store_module
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.experiment.store import ARRAYS, INDEX, RunKey, Store, StoreError
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.metrics import MetricKey

DESK = Path(__file__).with_name("desk.yaml")
KEYS = (MetricKey("response_sla", None), MetricKey("wait_minutes", "p90", (("channel", "phone"),)))


@pytest.fixture(scope="module")
def result() -> RunResult:
    return run(load_scenario(DESK), replications=4, workers=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


def key_of(result: RunResult, replications: int = 4) -> RunKey:
    return RunKey(result.scenario.digest, result.seed, replications)


def expected(result: RunResult, replications: int = 4) -> Any:
    places = [result.place(key.metric, key.stat, **dict(key.slices)) for key in KEYS]
    return np.stack([result.value, result.numerator, result.denominator])[:, :replications, places]


def same(found: Any, wanted: Any) -> bool:
    return found is not None and np.array_equal(found, wanted, equal_nan=True)


def test_a_run_is_found_again(store: Store, result: RunResult) -> None:
    assert store.find(key_of(result), KEYS) is None
    store.put(result)
    assert same(store.find(key_of(result), KEYS), expected(result))


def test_more_replications_serve_those_who_want_fewer_and_not_the_other_way_round(
    store: Store, result: RunResult
) -> None:
    store.put(result)
    assert same(store.find(key_of(result, 2), KEYS), expected(result, 2))
    assert store.find(key_of(result, 5), KEYS) is None


def test_only_the_very_same_is_found(store: Store, result: RunResult, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(result)
    key = key_of(result)
    assert store.find(replace(key, seed=2), KEYS) is None
    assert store.find(replace(key, digest="0" * 64), KEYS) is None
    assert store.find(key, [*KEYS, MetricKey("response_sla", None, (("team", "elsewhere"),))]) is None
    monkeypatch.setattr(store_module, "engine", lambda: "of tomorrow")
    assert store.find(key, KEYS) is None


def test_an_interrupted_run_is_not_kept(store: Store, result: RunResult) -> None:
    store.put(replace(result, asked=9))
    assert store.runs() == []


def test_a_run_says_where_it_comes_from(store: Store, result: RunResult) -> None:
    store.put(result, store.folder / "desk")
    (found,) = store.runs()
    assert (found.name, found.key, found.verdict, found.current) == ("desk", key_of(result), "missed", True)
    assert found.place is not None
    assert found.place.resolve() == (store.folder / "desk").resolve()
    assert found.provenance["file"] == str(DESK)
    assert [target["verdict"] for target in found.targets] == [target.verdict for target in result.targets]
    figures = {name: estimate for name, _, estimate, _ in store.metrics(found.number)}
    assert len(figures) == len(result.keys)
    assert figures["response_sla"] == pytest.approx(result.table("response_sla")[0]["estimate"])


def test_the_same_again_is_one_run(store: Store, result: RunResult) -> None:
    store.put(result, store.folder / "desk")
    store.put(result)
    (found,) = store.runs()
    assert found.place is not None, "a point of a sweep took the folder away"


def test_a_damaged_file_counts_as_none(store: Store, result: RunResult) -> None:
    store.put(result)
    (file,) = store.folder.glob(f"{ARRAYS}/*/*.npy")
    content = file.read_bytes()
    for damaged in (content[:-8], content[:200] + b"\1" + content[201:], b""):
        file.write_bytes(damaged)
        assert store.find(key_of(result), KEYS) is None
    file.unlink()
    assert store.find(key_of(result), KEYS) is None
    store.put(result)
    assert same(store.find(key_of(result), KEYS), expected(result))


def test_dropping_frees_files_and_what_nobody_knows(store: Store, result: RunResult) -> None:
    store.put(result)
    (run_,) = store.runs()
    stray = store.folder / ARRAYS / "00" / ".left.npy.1.tmp"
    stray.parent.mkdir()
    stray.write_bytes(b"12345")
    assert store.drop([], dry=True) == 5
    assert store.drop([run_.number]) == run_.bytes + 5
    assert store.runs() == []
    assert list(store.folder.glob(f"{ARRAYS}/*/*")) == []


def test_what_is_no_index_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_bytes(b"a diary" * 1000)
    with pytest.raises(StoreError, match="move it away"):
        Store(tmp_path)
    assert (tmp_path / INDEX).read_bytes() == b"a diary" * 1000


def test_an_index_of_another_version_is_left_alone(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    monkeypatch.setattr(store_module, "FORMAT", 2)
    with pytest.raises(StoreError, match="is of format 1, expected 2"):
        Store(store.folder)


def test_the_sweep_that_broke_off_last_is_remembered(store: Store, tmp_path: Path) -> None:
    assert store.unfinished_sweep() is None
    store.begin_sweep(tmp_path / "one", {"number": 1})
    store.begin_sweep(tmp_path / "two", {"number": 2})
    assert store.unfinished_sweep() == {"number": 2}
    store.end_sweep(tmp_path / "two")
    assert store.unfinished_sweep() == {"number": 1}


def children(what: str, folder: Path, result: RunResult) -> Any:
    """Return what the processes of ``store_children.py`` say."""
    file = folder / "result.pickle"
    file.write_bytes(pickle.dumps(result))
    command = [sys.executable, str(Path(__file__).with_name("store_children.py")), what, str(folder), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path, result: RunResult) -> None:
    assert children("writers", tmp_path, result) == [0, 0, 0]
    with Store(tmp_path) as store:
        assert sorted(run_.key.seed for run_ in store.runs()) == list(range(14))
        for seed in range(14):
            assert same(store.find(replace(key_of(result), seed=seed), KEYS), expected(result))


def test_a_power_cut_at_any_moment_loses_only_the_run_in_flight(tmp_path: Path, result: RunResult) -> None:
    # A result of few metrics: tracing every line of writing thousands of them would take long.
    few = replace(result, keys=result.keys[:3], value=result.value[:, :3], numerator=result.numerator[:, :3],
                  denominator=result.denominator[:, :3], targets=())  # fmt: skip
    after_each_cut = children("power_cuts", tmp_path, few)
    assert all(found["safe"] and found["again"] for found in after_each_cut)
    # Cut early nothing is there, and once it is there it stays: it comes all at once.
    outcomes = [found["lost"] for found in after_each_cut]
    assert outcomes == sorted(outcomes)
    assert outcomes.count(False) > 10
    with Store(tmp_path) as store:
        known = len(store.runs())
        store.drop([])
        assert len(list(tmp_path.glob(f"{ARRAYS}/*/*"))) == known
