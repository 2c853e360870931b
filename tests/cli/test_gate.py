"""The gate of CI: red, green and undecided, by the real command."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

Command = Callable[..., subprocess.CompletedProcess[str]]

DOCS = Path(__file__).parents[2] / "docs" / "ci.md"
GREEN, RED, UNDECIDED = "at_least: 1%", "at_most: 1%", "at_least: 95%"


@pytest.fixture
def gated(desk: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Write the desk with one promise; priority P1 has nothing to measure."""

    def write(bound: str) -> Path:
        text = desk.read_text("utf-8").split("targets:")[0].replace("P3: 4 h", "P1: 1 h, P3: 4 h")
        key = "response_sla[priority=P1]" if bound == UNDECIDED else "response_sla"
        (tmp_path / "gated.yaml").write_text(f"{text}targets:\n  {key}: {{{bound}}}\n", "utf-8")
        return tmp_path / "gated.yaml"

    return write


@pytest.mark.parametrize(
    ("bound", "code", "element", "level"),
    [(GREEN, 0, "system-out", None), (RED, 4, "failure", "error"), (UNDECIDED, 5, "error", "warning")],
)
def test_run_as_a_gate(
    alone: Command, gated: Callable[[str], Path], tmp_path: Path, bound: str, code: int, element: str, level: str
) -> None:
    file, summary = gated(bound), tmp_path / "summary.md"
    summary.write_text("from the step before\n")
    options = ("--gate", "--github", "--junit", "reports/gated.xml", "--replications", 3, "--quiet")
    done = alone("run", file, *options, variables={"GITHUB_STEP_SUMMARY": str(summary)})
    assert done.returncode == code, done.stderr
    (case,) = ElementTree.parse(tmp_path / "reports" / "gated.xml").getroot().iter("testcase")
    assert [child.tag for child in case] == [element]
    line = len(file.read_text("utf-8").splitlines())
    annotations = [text for text in done.stderr.splitlines() if text.startswith("::")]
    assert len(annotations) == (level is not None)
    assert all(text.startswith(f"::{level} file=gated.yaml,line={line},col=") for text in annotations)
    assert re.search(r"^from the step before\n\*\*desk\*\*: The design keeps", summary.read_text("utf-8"))
    assert alone("run", file, "--replications", 3, "--quiet").returncode == 0


def test_compare_judges_every_plan_but_the_first(supportsim: Command, desk: Path, gated: Callable[[str], Path]) -> None:
    green = gated(GREEN)
    compared = ("--replications", 3, "--quiet", "--gate")
    # The desk itself misses its promise about abandonment.
    assert supportsim("compare", desk, green, *compared).returncode == 0
    assert supportsim("compare", green, desk, *compared).returncode == 4


def test_what_is_no_report_is_not_overwritten(supportsim: Command, gated: Callable[[str], Path]) -> None:
    file = gated(GREEN)
    before = file.read_bytes()
    done = supportsim("run", file, "--junit", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is no JUnit file, it is left alone" in done.stderr
    assert file.read_bytes() == before


def test_the_workflow_of_the_documentation(desk: Path, tmp_path: Path) -> None:
    """A pull request takes one of the two people at the front away."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    github, gitlab = (YAML(typ="safe").load(block) for block in blocks)
    repository, bin_folder = tmp_path / "work", tmp_path / "bin"
    (repository / "scenarios").mkdir(parents=True)
    text = desk.read_text("utf-8").replace("at_least: 50%", "at_least: 87%").split("  abandonment")[0]
    (repository / "scenarios" / "desk.yaml").write_text(text, "utf-8")
    bin_folder.mkdir()
    (bin_folder / "supportsim").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m supportsim "$@"\n', "utf-8")
    (bin_folder / "supportsim").chmod(0o755)
    variables = os.environ | {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_BASE_REF": "main",
        "GITHUB_WORKSPACE": str(repository),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }

    def shell(script: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-e", "-c", script]
        return subprocess.run(command, cwd=repository, env=variables, text=True, capture_output=True, check=False)

    done = shell(
        "git init -q && git add . && git -c user.name=A -c user.email=a@example.org commit -qm base"
        " && git update-ref refs/remotes/origin/main HEAD && sed -i 's/day: 2/day: 1/' scenarios/desk.yaml"
    )
    assert done.returncode == 0, done.stderr
    steps = [step["run"] for step in github["jobs"]["promises"]["steps"] if "supportsim " in step.get("run", "")]
    assert len(steps) == 2
    validate, gate = map(shell, steps)
    assert validate.returncode == 0, validate.stderr
    assert gate.returncode == 4, gate.stderr
    comparison = (repository / "comparison.md").read_text("utf-8")
    assert "desk at origin/main: The design keeps its promise." in comparison
    assert (tmp_path / "summary.md").read_text("utf-8").strip() == comparison.strip()
    line = text.splitlines().index("  response_sla: {at_least: 87%}") + 1
    assert f"::error file=scenarios/desk.yaml,line={line}," in gate.stderr
    assert (repository / "reports" / "desk.xml").exists()
    (script,) = [one for one in gitlab["promises"]["script"] if one.startswith("supportsim ")]
    assert shell(script).returncode == 4
