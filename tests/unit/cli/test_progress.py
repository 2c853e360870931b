"""Lines of progress where there is no terminal: all of a short run, few of one that grows."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from supportsim.cli.progress import progress


def told(capsys: pytest.CaptureFixture[str], reports: Iterable[tuple[int, int]], lines: int = 10) -> list[str]:
    with progress("desk", quiet=False, lines=lines) as report:
        for finished, total in reports:
            report(finished, total)
    said = capsys.readouterr()
    assert said.out == ""
    return [line.removeprefix("desk: ").removesuffix(" replications") for line in said.err.splitlines()]


def test_a_line_for_every_tenth_and_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, ((finished, 25) for finished in range(26)))
    assert lines == [f"{n} of 25" for n in (3, 6, 9, 12, 15, 18, 21, 24, 25)]


def test_one_line_where_one_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, ((finished, 25) for finished in range(26)), lines=1) == ["25 of 25"]


def test_what_grows_again_and_again_says_when_half_as_many_are_added(capsys: pytest.CaptureFixture[str]) -> None:
    grown = [(finished, 10 * -(-finished // 10)) for finished in range(1, 201)]
    lines = told(capsys, grown)
    assert [int(line.split()[0]) for line in lines] == [*range(1, 11), 15, 23, 35, 53, 80, 120, 180]
