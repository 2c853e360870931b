"""Scenarios as of a git revision."""

import subprocess
from pathlib import Path

import pytest

from supportsim.experiment.revision import RevisionError, load_scenario_at
from supportsim.scenario.loader import ScenarioError, load_scenario

DESK = Path(__file__).with_name("desk.yaml").read_text("utf-8")


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits of a plan that extends a file in another folder and names a CSV; tags then and now."""
    root = tmp_path / "repository"
    (root / "base").mkdir(parents=True)
    (root / "plans").mkdir()
    git(root, "init", "-q")
    (root / "base" / "desk.yaml").write_text(DESK, "utf-8")
    (root / "base" / "times.csv").write_text("5\n7\n", "utf-8")
    plan = root / "plans" / "more.yaml"
    plan.write_text("extends: ../base/desk.yaml\nname: more\n", "utf-8")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "then")
    git(root, "tag", "then")
    (root / "base" / "desk.yaml").write_text(DESK.replace("count: 60", "count: 90"), "utf-8")
    git(root, "commit", "-q", "-a", "-m", "now")
    return root


def test_a_plan_and_what_it_extends_are_those_of_then(repository: Path) -> None:
    file = repository / "plans" / "more.yaml"
    then, now = load_scenario_at(file, "then"), load_scenario(file)
    assert (then.scenario.demand.contacts.count, now.scenario.demand.contacts.count) == (60, 90)
    assert [str(path) for path in then.files] == ["then:plans/more.yaml", "then:base/desk.yaml"]
    assert load_scenario_at(file, "HEAD").digest == now.digest


def test_changes_that_are_not_committed_play_no_part_and_stay(repository: Path) -> None:
    file = repository / "plans" / "more.yaml"
    file.write_text("not a scenario", "utf-8")
    (repository / "base" / "desk.yaml").unlink()
    assert load_scenario_at(file, "then").scenario.name == "more"
    assert file.read_text("utf-8") == "not a scenario"
    assert not (repository / "base" / "desk.yaml").exists()


def test_a_file_that_is_gone_can_be_had_back(repository: Path) -> None:
    git(repository, "rm", "-q", "-r", "plans")
    assert load_scenario_at(repository / "plans" / "more.yaml", "then").scenario.name == "more"


def test_files_that_a_scenario_names_come_along(repository: Path) -> None:
    plan = repository / "base" / "timed.yaml"
    timed = "extends: desk.yaml\nname: timed\nwork: {L1: {handle: {exponential: null, empirical: times.csv}}}\n"
    plan.write_text(timed, "utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "timed")
    (repository / "base" / "times.csv").write_text("500\n", "utf-8")
    loaded = load_scenario_at(plan, "HEAD")
    assert loaded.scenario.work.L1.handle["default"].empirical.minutes == (5, 7)


def test_faults_of_then_are_named_as_such(repository: Path) -> None:
    file = repository / "base" / "desk.yaml"
    file.write_text(DESK.replace("count: 60", "cuont: 60"), "utf-8")
    git(repository, "commit", "-q", "-a", "-m", "broken")
    with pytest.raises(ScenarioError) as caught:
        load_scenario_at(file, "HEAD")
    assert {fault.file for fault in caught.value.faults} == {"HEAD:base/desk.yaml"}


@pytest.mark.parametrize(
    ("file", "revision", "message"),
    [
        ("plans/more.yaml", "nonsense", "no revision 'nonsense'"),
        ("plans/more.yaml", "--help", "no revision '--help'"),
        ("plans/other.yaml", "then", r"plans/other\.yaml is not in 'then'"),
        ("../elsewhere.yaml", "then", "lies in no git repository"),
    ],
)
def test_what_cannot_be_had(repository: Path, file: str, revision: str, message: str) -> None:
    with pytest.raises(RevisionError, match=message):
        load_scenario_at(repository / file, revision)
