"""Workflow commands and texts within GitHub's limits."""

from pathlib import Path

import pytest

from supportsim.experiment.judgement import Verdict
from supportsim.report.checks import Check
from supportsim.report.github import fitted, workflow_commands
from supportsim.scenario.faults import Position


def missed(number: int) -> Check:
    return Check("desk", f"target {number}", Verdict.MISSED, f"message {number}")


def test_an_annotation_stands_on_the_line_of_the_promise(tmp_path: Path) -> None:
    place = Position(str(tmp_path / "scenarios" / "desk.yaml"), 21, 17)
    checks = [
        Check("desk", "response_sla[priority=P1, segment=smb]", Verdict.MISSED, "found 93 %, 5 % short\nof it", place),
        Check("desk", "fcr", Verdict.UNDECIDED, "too close to call", place),
        Check("desk", "occupancy", Verdict.MET, "found 80 %", place),
    ]
    assert list(workflow_commands(checks, tmp_path)) == [
        "::error file=scenarios/desk.yaml,line=21,col=17,title=desk%3A response_sla[priority=P1%2C segment=smb] missed"
        "::found 93 %25, 5 %25 short%0Aof it",
        "::warning file=scenarios/desk.yaml,line=21,col=17,title=desk%3A fcr undecided::too close to call",
    ]


def test_a_promise_that_no_file_states_has_no_line(tmp_path: Path) -> None:
    assert list(workflow_commands([missed(1)], tmp_path)) == ["::error title=desk%3A target 1 missed::message 1"]


def test_ten_fit_and_of_more_the_last_names_the_rest(tmp_path: Path) -> None:
    assert len(list(workflow_commands([missed(number) for number in range(10)], tmp_path))) == 10
    lines = list(workflow_commands([missed(number) for number in range(12)], tmp_path))
    assert len(lines) == 10
    assert lines[-1] == "::error title=3 more missed::" + "%0A".join(f"desk: message {n}" for n in (9, 10, 11))


def test_a_text_that_fits_is_left_alone() -> None:
    assert fitted("äöü\n", 7) == "äöü\n"


@pytest.mark.parametrize("limit", [60, 61, 62, 100, 500])
def test_a_long_text_is_cut_between_lines_and_says_so(limit: int) -> None:
    text = "".join(f"| {number} | größer |\n" for number in range(100))
    cut = fitted(text, limit)
    assert len(cut.encode()) <= limit
    kept, _, note = cut.partition("\n*Cut here")
    assert text.startswith(kept)
    assert kept == "" or kept.endswith("|\n")
    assert note
    assert limit < 500 or len(kept.encode()) > limit - 80


def test_no_room_at_all() -> None:
    assert fitted("long enough\n", 3) == ""
