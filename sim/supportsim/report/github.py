"""Checks for GitHub Actions: annotations on the line of a promise, and texts within its limits.

Source: "Workflow commands for GitHub Actions" and "Usage limits" in the GitHub documentation: ten annotations of each
level per step, a step summary of 1 MiB, a comment of 65,536 characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from supportsim.experiment.judgement import Verdict
from supportsim.report.checks import Check

ANNOTATIONS = 10
"""GitHub shows so many of each level per step."""
SUMMARY_BYTES = 1024 * 1024
COMMENT_BYTES = 65_536
"""In characters; bytes are on the safe side."""
_CUT = "\n*Cut here: the rest is too long for this place.*\n"
_LEVELS = {Verdict.MISSED: "error", Verdict.UNDECIDED: "warning"}


def workflow_commands(checks: Sequence[Check], root: Path) -> Iterator[str]:
    """Yield a workflow command for each promise that is not met; what is too many for GitHub is named in the last.

    Args:
        checks: promises.
        root: the repository's folder, from which GitHub wants files named.
    """
    for verdict, level in _LEVELS.items():
        of = [check for check in checks if check.verdict is verdict]
        alone = of if len(of) <= ANNOTATIONS else of[: ANNOTATIONS - 1]
        for check in alone:
            yield f"::{level} {_properties(check, root)}::{_escaped(check.message)}"
        if rest := of[len(alone) :]:
            title = f"{len(rest)} more {verdict.value}"
            text = "\n".join(f"{check.suite}: {check.message}" for check in rest)
            yield f"::{level} title={_escaped(title, in_property=True)}::{_escaped(text)}"


def fitted(text: str, limit: int) -> str:
    """Return Markdown of at most ``limit`` bytes, cut between two lines if need be, which it then says."""
    if len(text.encode()) <= limit:
        return text
    room = limit - len(_CUT.encode())
    kept = ""
    if room > 0:
        kept, newline, _ = text.encode()[:room].decode(errors="ignore").rpartition("\n")
        kept += newline
    return kept + _CUT if limit >= len(_CUT.encode()) else ""


def _properties(check: Check, root: Path) -> str:
    properties = {}
    if check.place is not None:
        file = Path(check.place.file).resolve()
        named = file.relative_to(root.resolve()).as_posix() if file.is_relative_to(root.resolve()) else check.place.file
        properties = {"file": named, "line": str(check.place.line), "col": str(check.place.column)}
    properties["title"] = f"{check.suite}: {check.name} {check.verdict.value}"
    return ",".join(f"{name}={_escaped(value, in_property=True)}" for name, value in properties.items())


def _escaped(text: str, *, in_property: bool = False) -> str:
    escapes = {"%": "%25", "\r": "%0D", "\n": "%0A"} | ({":": "%3A", ",": "%2C"} if in_property else {})
    return "".join(escapes.get(character, character) for character in text)
