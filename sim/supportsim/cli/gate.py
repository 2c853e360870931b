"""What ``run``, ``compare`` and ``sweep`` tell a CI system: exit code, JUnit file, annotations, step summary."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from supportsim.cli.exit_codes import MISSED, UNDECIDED
from supportsim.cli.progress import say

if TYPE_CHECKING:
    from supportsim.report.checks import Check


@dataclass(frozen=True)
class Gate:
    """What the user asked for.

    Args:
        exits: whether the verdict is the exit code.
        junit: file for JUnit XML.
        github: whether to speak to GitHub Actions.
    """

    exits: bool
    junit: Path | None
    github: bool

    def check(self) -> None:
        """Refuse, before anything is simulated, to overwrite what is no JUnit file.

        Raises:
            click.UsageError: something else is there.
        """
        if self.junit is None or not self.junit.exists():
            return
        if not self.junit.is_file() or (self.junit.stat().st_size and b"<testsuite" not in _beginning(self.junit)):
            raise click.UsageError(f"--junit {self.junit}: exists and is no JUnit file, it is left alone")

    def judge(self, ctx: click.Context, checks: Sequence[Check], markdown: str) -> None:
        """Write the JUnit file, tell GitHub, and end with the exit code of all checks together, each if asked for.

        Args:
            ctx: of the command.
            checks: the promises on trial.
            markdown: for the step summary.

        Raises:
            OSError: a file could not be written.
        """
        if self.junit is not None:
            from supportsim.report.junit import junit_xml

            self.junit.parent.mkdir(parents=True, exist_ok=True)
            beside = self.junit.with_name(f".{self.junit.name}.tmp")
            beside.write_text(junit_xml(checks), "utf-8")
            beside.replace(self.junit)
        if self.github:
            _tell_github(checks, markdown)
        if self.exits:
            from supportsim.experiment.judgement import Verdict, overall

            codes = {Verdict.MET: 0, Verdict.MISSED: MISSED, Verdict.UNDECIDED: UNDECIDED}
            ctx.exit(codes[overall([check.verdict for check in checks])])


def gate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options and hand it what was chosen as ``gate``, a `Gate`."""

    @click.option("--gate", is_flag=True, help="Exit with 0 only if every promise is met; 4: missed, 5: undecided.")
    @click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write the promises as JUnit XML.")
    @click.option("--github", is_flag=True, help="In GitHub Actions: annotations and a step summary.")
    @functools.wraps(command)
    def collected(*arguments: Any, gate: bool, junit: Path | None, github: bool, **options: Any) -> Any:
        return command(*arguments, gate=Gate(gate, junit, github), **options)

    return collected


def _tell_github(checks: Sequence[Check], markdown: str) -> None:
    from supportsim.report.github import SUMMARY_BYTES, fitted, workflow_commands

    for line in workflow_commands(checks, Path(os.environ.get("GITHUB_WORKSPACE") or ".")):
        say(line)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        say("no step summary: GITHUB_STEP_SUMMARY is not set, as it is in GitHub Actions")
        return
    file = Path(summary)
    used = file.stat().st_size if file.exists() else 0
    with file.open("a", encoding="utf-8", newline="") as stream:
        stream.write(fitted(f"{markdown}\n", SUMMARY_BYTES - used))


def _beginning(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(1000)
