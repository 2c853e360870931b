"""The tutorial's commands work, in its order, in an empty folder; and the shell completes."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"


def test_every_command_of_the_tutorial(supportsim: Command, tmp_path: Path) -> None:
    text = TUTORIAL.read_text("utf-8")
    (alternative,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "six.yaml").write_text(alternative, "utf-8")
    commands = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    said = {}
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "supportsim"
        done = supportsim(*arguments)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        said[arguments[0]] = " ".join(done.stdout.split())
    assert len(commands) >= 8
    # What the text says of the results.
    assert "keeps 4 of 5 promises; it misses abandonment of phone" in said["run"]
    assert (tmp_path / "results" / "helpdesk" / "report.html").exists()


@pytest.mark.parametrize(
    ("typed", "offered"), [("supportsim ex", "explain"), ("supportsim explain --mar", "--marginal")]
)
def test_the_shell_completes(typed: str, offered: str) -> None:
    asked = {"_SUPPORTSIM_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    # Completion goes by the program's name, which is what a shell calls.
    script = "from supportsim.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | asked, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [f"plain,{offered}"]
