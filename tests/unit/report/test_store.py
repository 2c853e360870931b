"""The result's folder: whole or not at all, and never over something else."""

import errno
import json
import os
from pathlib import Path

import pytest

from supportsim.experiment.run import run
from supportsim.report import files, store
from supportsim.report.store import FORMAT, ResultError, check_place, replacing
from supportsim.scenario.loader import load_scenario


def write_result(place: Path, name: str = "desk", file: str = "../desk.yaml", note: str = "") -> None:
    with replacing(place) as scratch:
        (scratch / "run.json").write_text(json.dumps({"format": FORMAT, "scenario": {"name": name, "file": file}}))
        (scratch / "targets.csv").write_text(note)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_result_appears_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_result(tmp_path / "results" / "desk", note="new")
    assert names(tmp_path / "results") == ["desk"]
    assert names(tmp_path / "results" / "desk") == ["run.json", "targets.csv"]


def test_a_later_result_replaces_the_whole_folder(tmp_path: Path) -> None:
    write_result(tmp_path / "desk", note="old")
    (tmp_path / "desk" / "ledger_7.npz").touch()
    write_result(tmp_path / "desk", note="new")
    assert names(tmp_path / "desk") == ["run.json", "targets.csv"]
    assert (tmp_path / "desk" / "targets.csv").read_text() == "new"
    assert names(tmp_path) == ["desk"]


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("failing", ["write_text", "fsync", "rename"])
def test_a_full_disk_leaves_the_old_result_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    write_result(tmp_path / "desk", note="old")
    rename = Path.rename
    if failing == "rename":
        # Only the move of the new folder fails, when the old one is already aside.
        monkeypatch.setattr(Path, "rename", lambda self, to: full() if ".tmp" in self.name else rename(self, to))
    else:
        monkeypatch.setattr(store.os if failing == "fsync" else Path, failing, full)
    with pytest.raises(OSError, match="No space left"):
        write_result(tmp_path / "desk", note="new")
    assert names(tmp_path) == ["desk"]
    assert (tmp_path / "desk" / "targets.csv").read_text() == "old"


def test_a_crash_between_the_two_renames_is_mended(tmp_path: Path) -> None:
    write_result(tmp_path / "desk", note="old")
    (tmp_path / "desk").rename(tmp_path / ".desk.previous")
    check_place(tmp_path / "desk", "desk", tmp_path / "desk.yaml", force=False)
    assert (tmp_path / "desk" / "targets.csv").read_text() == "old"


def test_a_crash_after_the_second_rename_is_mended(tmp_path: Path) -> None:
    write_result(tmp_path / ".desk.previous", note="old")
    write_result(tmp_path / "desk", note="new")
    assert names(tmp_path) == ["desk"]
    assert (tmp_path / "desk" / "targets.csv").read_text() == "new"


def test_the_same_scenario_may_be_replaced(tmp_path: Path) -> None:
    write_result(tmp_path / "desk")
    check_place(tmp_path / "desk", "desk", tmp_path / "desk.yaml", force=False)


@pytest.mark.parametrize(("name", "file"), [("other", "desk.yaml"), ("desk", "drafts/desk.yaml")])
def test_another_scenario_needs_force(tmp_path: Path, name: str, file: str) -> None:
    write_result(tmp_path / "desk")
    with pytest.raises(ResultError, match=r"another scenario, 'desk' of .*desk.yaml; choose another --out"):
        check_place(tmp_path / "desk", name, tmp_path / file, force=False)
    check_place(tmp_path / "desk", name, tmp_path / file, force=True)


@pytest.mark.parametrize("content", [None, "{}", "no json", '{"format": "something else"}', "[]"])
def test_what_is_no_result_is_never_touched(tmp_path: Path, content: str | None) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    (place / "thesis.txt").write_text("years of work")
    if content is not None:
        (place / "run.json").write_text(content)
    with pytest.raises(ResultError, match="is no result of supportsim, it is left alone"):
        check_place(place, "desk", tmp_path / "desk.yaml", force=True)


def test_what_the_user_keeps_beside_a_result_is_given_up_only_on_demand(tmp_path: Path) -> None:
    write_result(tmp_path / "desk")
    (tmp_path / "desk" / "my_notes.md").write_text("years of work")
    with pytest.raises(ResultError, match=r"'my_notes\.md', which is no file of a result and would be lost"):
        check_place(tmp_path / "desk", "desk", tmp_path / "desk.yaml", force=False)
    check_place(tmp_path / "desk", "desk", tmp_path / "desk.yaml", force=True)


def test_a_file_in_the_way_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("years of work")
    with pytest.raises(ResultError, match="is no result"):
        check_place(tmp_path / "mine", "desk", tmp_path / "desk.yaml", force=True)


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    check_place(tmp_path / "desk", "desk", tmp_path / "desk.yaml", force=False)
    write_result(tmp_path / "desk")
    assert names(tmp_path / "desk") == ["run.json", "targets.csv"]


def test_a_link_to_a_result_stays_a_link(tmp_path: Path) -> None:
    write_result(tmp_path / "kept", note="old")
    (tmp_path / "latest").symlink_to("kept")
    write_result(tmp_path / "latest", note="new")
    assert (tmp_path / "latest").is_symlink()
    assert (tmp_path / "kept" / "targets.csv").read_text() == "new"


def test_all_that_a_run_writes_may_be_replaced(tmp_path: Path) -> None:
    desk = Path(__file__).parents[2] / "cli" / "desk.yaml"
    playbook = '{when: {wait: "> 15 min", team: front}, until: {wait: "< 5 min"}, do: [overtime: 2 h]}'
    result = run(load_scenario(desk, [f"playbooks=[{playbook}]"]), 1, workers=1)
    place = tmp_path / "desk"
    with replacing(place) as folder:
        files.write_result(result, folder, place)
    (place / "marginal.json").write_text("{}", "utf-8")
    assert (place / "playbooks.csv").exists()
    check_place(place, "desk", desk, force=False)
