"""A result's folder: written beside its place and moved there whole, never over something else."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = "supportsim result 1"
"""Marks a folder as a result of ours, in its ``run.json``."""
SWEEP_FORMAT = "supportsim sweep 1"
"""The same of a sweep, in its ``sweep.json``."""

_DOCUMENTS = {"run.json": FORMAT, "sweep.json": SWEEP_FORMAT}
_OURS = re.compile(
    r"((run|sweep|marginal)\.json|report\.html|report\.xlsx|arrays\.npz|ledger_\d+\.npz)"
    r"|(backlog|curves|event_log_\d+|flow|hour_of_week|interval_\d+|metrics|playbooks|replications|targets)\.csv"
    r"|(points|outcomes|plans|odds|influences)\.csv"
)


class ResultError(ValueError):
    """A result cannot be written where it was asked for, or cannot be read."""


@dataclass(frozen=True)
class StoredRun:
    """What is needed to make a stored result again.

    Args:
        file: the scenario's.
        overrides: as given with ``--set``.
        digest: of the scenario as it was.
        seed: of all random streams.
        replications: how many had finished.
    """

    file: Path
    overrides: tuple[str, ...]
    digest: str
    seed: int
    replications: int


def stored_run(place: Path) -> StoredRun:
    """Return how the result in a folder was made.

    Raises:
        ResultError: there is no result, or it is damaged.
    """
    run = run_document(place)
    try:
        scenario = run["scenario"]
        return StoredRun(
            file=Path(os.path.relpath((place / scenario["file"]).resolve())),
            overrides=tuple(scenario["overrides"]),
            digest=scenario["digest"],
            seed=run["seed"],
            replications=run["replications"]["finished"],
        )
    except (KeyError, TypeError) as error:
        raise ResultError(f"{place / 'run.json'}: damaged or of another version, {error} is missing") from error


def run_document(place: Path) -> dict[str, Any]:
    """Return the ``run.json`` of the result in a folder.

    Raises:
        ResultError: there is no result.
    """
    held = _held(place)
    if held is None or held.kind != "run.json":
        raise ResultError(f"{place}: is no result of supportsim, expected a folder that 'supportsim run' has written")
    document: dict[str, Any] = json.loads((place / "run.json").read_text("utf-8"))
    return document


def check_place(place: Path, name: str, file: Path, *, force: bool, kind: str = "run.json") -> None:
    """Make sure that a result of scenario ``name`` of ``file`` may be written to ``place``.

    Args:
        place: its folder.
        name: of the scenario, or of the sweep.
        file: of the scenario.
        force: overwrite the result of another scenario.
        kind: ``run.json`` for a run, ``sweep.json`` for a sweep.

    Raises:
        ResultError: something is there that is no result; or, unless ``force``, the result of another scenario.
    """
    place = place.resolve()
    _restore(place)
    if not place.exists() or _is_empty(place):
        return
    held = _held(place)
    if held is None:
        raise ResultError(f"{place}: exists and is no result of supportsim, it is left alone; choose another --out")
    strangers = [path.name for path in sorted(place.iterdir()) if not _OURS.fullmatch(path.name)]
    if strangers and not force:
        raise ResultError(
            f"{place}: holds {strangers[0]!r}, which is no file of a result and would be lost; "
            "move it, choose another --out, or give it up with --force"
        )
    same = (held.kind, held.name) == (kind, name) and (place / held.file).resolve() == file.resolve()
    if not same and not force:
        raise ResultError(
            f"{place}: holds the result of another scenario, {held.name!r} of {(place / held.file).resolve()}; "
            "choose another --out, or overwrite it with --force"
        )


@contextmanager
def replacing(place: Path) -> Iterator[Path]:
    """Give a scratch folder that becomes ``place`` when the block ends well.

    An exception inside, a full disk or a crash leaves what was at ``place`` whole.

    Raises:
        OSError: the folder or the files in it could not be written.
    """
    place = place.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".tmp", dir=place.parent))
    try:
        # mkdtemp makes it private; the result has the rights that any new folder would have.
        scratch.chmod(0o777 & ~_umask())
        yield scratch
        for path in (*sorted(scratch.rglob("*")), scratch):
            _sync(path)
        _swap(scratch, place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _swap(scratch: Path, place: Path) -> None:
    _restore(place)
    aside = _aside(place)
    if place.exists() and not _is_empty(place):
        place.rename(aside)
    try:
        scratch.rename(place)
    except BaseException:
        _restore(place)
        raise
    _sync(place.parent)
    if _held(aside):
        shutil.rmtree(aside, ignore_errors=True)


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}.previous")


def _restore(place: Path) -> None:
    """Undo a swap that a crash cut in two: the old result is aside and perhaps nothing is in its place."""
    aside = _aside(place)
    if _held(aside) is None:
        return
    if place.exists():
        shutil.rmtree(aside)
    else:
        aside.rename(place)


@dataclass(frozen=True)
class _Held:
    """What a folder holds: the kind of result, its name, and its scenario's file."""

    kind: str
    name: str
    file: str


def _held(place: Path) -> _Held | None:
    """Return what is there, None if it is no result of ours."""
    for kind, form in _DOCUMENTS.items():
        try:
            found = json.loads((place / kind).read_text("utf-8"))
            if found["format"] == form:
                name = found["name"] if kind == "sweep.json" else found["scenario"]["name"]
                return _Held(kind, str(name), str(found["scenario"]["file"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _is_empty(place: Path) -> bool:
    return place.is_dir() and not any(place.iterdir())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
