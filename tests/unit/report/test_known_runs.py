"""Runs of a store, listed within a terminal's width."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from supportsim.experiment.store import KnownRun, RunKey
from supportsim.report.known_runs import print_runs


def known(place: Path) -> KnownRun:
    return KnownRun(
        number=7, name="desk", key=RunKey("d" * 64, 1, 30), engine="0", current=True, verdict="undecided", targets=[],
        provenance={}, place=place, bytes=1, stored="2026-03-02 10:00:00",
    )  # fmt: skip


def listed(place: Path) -> list[str]:
    stream = io.StringIO()
    print_runs([known(place)], Console(file=stream, width=80, color_system=None))
    return [line.rstrip() for line in stream.getvalue().splitlines() if "desk" in line]


def test_a_long_path_is_one_line_that_ends_as_the_path_does(tmp_path: Path) -> None:
    place = tmp_path / "a_folder_with_a_long_name" / "runs" / "desk"
    place.mkdir(parents=True)
    (line,) = listed(place)
    assert " \u2026/desk " in line
    assert len(line) <= 80
    (line,) = listed(place.with_name("desk_of_old"))
    assert " \u2026/desk_of_old " in line


def test_a_short_path_stands_as_it_is() -> None:
    (line,) = listed(Path("results/desk"))
    assert " results/desk (gone) " in line
