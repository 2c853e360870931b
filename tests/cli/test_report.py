"""``supportsim report`` as people type it."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_a_result_and_its_page(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    assert supportsim("run", desk, "--replications", 2, "--out", "here", "--quiet").returncode == 0
    done = supportsim("report", "here", "--png", "pictures", "--xlsx", "here.xlsx", "--quiet")
    assert (done.returncode, done.stdout) == (0, "here/report.html\n"), done.stderr
    text = (tmp_path / "here" / "report.html").read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "replay-data" in text
    drawn = {file.name for file in (tmp_path / "pictures").iterdir()}
    assert {"arrivals.png", "backlog.png", "flow.png"} <= drawn
    assert done.stderr == f"{len(drawn)} figures are in pictures\nthe workbook is here.xlsx\n"
    assert (tmp_path / "here.xlsx").read_bytes().startswith(b"PK")
    # A page is a file of the result: the next run may replace it.
    assert supportsim("run", desk, "--replications", 2, "--out", "here", "--quiet").returncode == 0
    assert not (tmp_path / "here" / "report.html").exists()


def test_a_comparison_of_results(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    for name, count in (("few", 2), ("more", 2), ("other", 3)):
        heads = ("--set", "teams.front.roster={mon-fri: {day: 3}}") if name == "more" else ()
        supportsim("run", desk, "--replications", count, "--out", name, "--quiet", *heads)
    done = supportsim("report", "few", "more", "--out", "pages/both.html")
    assert (done.returncode, done.stdout) == (0, "pages/both.html\n"), done.stderr
    assert "Desk (1)" in re.sub("desk", "Desk", (tmp_path / "pages" / "both.html").read_text("utf-8"))
    refused = supportsim("report", "few", "other")
    assert refused.returncode == 3
    assert refused.stderr == "supportsim: few, other: plans can be compared on the same seed and replications only\n"


def test_what_is_no_result(supportsim: Command, tmp_path: Path) -> None:
    done = supportsim("report", tmp_path)
    assert done.returncode == 3
    assert "is no result of supportsim" in done.stderr
    assert list(tmp_path.iterdir()) == []
