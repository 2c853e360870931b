"""An explanation in words."""

from __future__ import annotations

import pytest

from supportsim.measures.causes import Cause
from supportsim.report.explanation import WORDS
from supportsim.report.hours import hours_of_week


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([9], "Mon 9:00-10:00"),
        ([11, 9, 10, 38], "Mon 9:00-12:00, Tue 14:00-15:00"),
        ([23, 24], "Mon 23:00-24:00, Tue 0:00-1:00"),
        ([167], "Sun 23:00-24:00"),
    ],
)
def test_hours_that_follow_one_another_are_one_span(hours: list[int], said: str) -> None:
    assert hours_of_week(hours) == said


def test_every_cause_has_its_words() -> None:
    assert set(WORDS) == set(Cause)
    assert len(set(WORDS.values())) == len(Cause)
