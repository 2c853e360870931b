"""A scenario as it was at a git revision, with everything it extends and names."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from supportsim.scenario import attached
from supportsim.scenario.faults import ScenarioError
from supportsim.scenario.loader import LoadedScenario, load_scenario


class RevisionError(ValueError):
    """There is no such scenario at that revision."""


def load_scenario_at(file: Path, revision: str, overrides: Sequence[str] = ()) -> LoadedScenario:
    """Load a scenario as of a git revision of the repository that it lies in; the working tree is left alone.

    Its files are named ``REVISION:path``. What is larger than any file that a scenario may name is not looked at.

    Raises:
        RevisionError: no repository, no such revision, or the file is not in it.
        ScenarioError: the scenario had faults then.
    """
    folder = next(folder for folder in file.absolute().parents if folder.is_dir())
    root = Path(_git(folder, "rev-parse", "--show-toplevel", what=f"{file} lies in no git repository"))
    commit = f"{revision}^{{commit}}"
    commit = _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", commit, what=f"no revision {revision!r}"
    )
    inside = (folder.resolve() / file.absolute().relative_to(folder)).relative_to(root.resolve())
    with tempfile.TemporaryDirectory(prefix="supportsim") as scratch:
        _unpack(root, commit, Path(scratch))
        if not (Path(scratch) / inside).is_file():
            raise RevisionError(f"{inside.as_posix()} is not in {revision!r}, expected a scenario that was there then")
        try:
            loaded = load_scenario(Path(scratch) / inside, overrides)
        except ScenarioError as error:
            faults = [replace(fault, file=_named(fault.file, scratch, revision)) for fault in error.faults]
            raise ScenarioError(faults) from None
    files = tuple(Path(_named(str(path), scratch, revision)) for path in loaded.files)
    positions = {
        path: replace(position, file=_named(position.file, scratch, revision))
        for path, position in loaded.positions.items()
    }
    return replace(loaded, files=files, positions=positions)


def _unpack(root: Path, commit: str, scratch: Path) -> None:
    command = ["git", "-C", str(root), "archive", "--format=tar", commit]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as archive,
    ):
        for member in archive:
            content = archive.extractfile(member) if member.size <= attached.LARGEST_FILE else None
            if content is not None and member.isfile():
                place = scratch / member.name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content.read())
    if process.returncode:
        raise RevisionError(f"git could not unpack {commit}")


def _named(file: str, scratch: str, revision: str) -> str:
    return f"{revision}:{os.path.relpath(file, scratch)}" if file.startswith(scratch) else file


def _git(folder: Path, *arguments: str, what: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False, timeout=60
        )
    except FileNotFoundError:
        raise RevisionError("git is not installed, and a revision can only be had from it") from None
    if done.returncode:
        raise RevisionError(f"{what}, expected a scenario in a repository and a commit, tag or branch of it")
    return done.stdout.strip()
