"""Where a result comes from: versions, time zone data and the revision of the scenario."""

from __future__ import annotations

import platform
import subprocess
import zoneinfo
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = ("supportsim", "numpy", "scipy", "simpy", "pydantic", "holidays")
_COMPUTING = ("scenario", "plan", "workload", "floor", "ledger.py", "measures", "experiment")
"""The parts of the package that numbers depend on."""


def versions() -> dict[str, str]:
    """Return the versions of Python and of every package that can change an answer."""
    return {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES}


@lru_cache(maxsize=1)
def engine() -> str:
    """Return what identifies all code that numbers depend on: equal engines give equal results.

    The version, and a digest of our own source and of the versions of Python and the libraries; so a change of the
    source that has no version of its own yet counts too.
    """
    package = Path(__file__).parents[1]
    digest = sha256(repr(sorted(versions().items())).encode())
    for part in _COMPUTING:
        place = package / part
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(file.relative_to(package).as_posix().encode())
            digest.update(file.read_bytes())
    return f"{versions()['supportsim']}+{digest.hexdigest()[:16]}"


def timezone_data(timezone: str) -> dict[str, str]:
    """Return where the rules of ``timezone`` come from, in the order in which `zoneinfo` looks, and their version."""
    for folder in zoneinfo.TZPATH:
        if (Path(folder) / timezone).is_file():
            return {"timezone": timezone, "source": "system", "version": _system_version(Path(folder))}
    return {"timezone": timezone, "source": "tzdata package", "version": _version("tzdata")}


def git_revision(file: Path) -> dict[str, Any] | None:
    """Return the commit that the scenario's folder is at and whether ``file`` differs from it; None outside git."""
    commit = _git(file.parent, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return None
    return {"commit": commit, "scenario_changed": _git(file.parent, "status", "--porcelain", "--", file.name) != ""}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _system_version(folder: Path) -> str:
    try:
        with (folder / "tzdata.zi").open(encoding="ascii") as stream:
            return stream.readline().removeprefix("# version ").strip()
    except OSError:
        return "unknown"


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        command = ["git", "-C", str(folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
