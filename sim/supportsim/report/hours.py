"""Hours of the week in words, and which of them count most."""

from __future__ import annotations

from collections.abc import Sequence

from supportsim.report.intervals import WEEKDAYS
from supportsim.report.words import share

WORST_HOURS = 5


def worst_hours(hours: Sequence[float]) -> str:
    """Name the worst hours of the week, and how much lies in them."""
    worst = largest(hours, WORST_HOURS)
    return f"{hours_of_week(worst)} ({share(sum(hours[hour] for hour in worst) / sum(hours))})"


def hours_of_week(hours: Sequence[int]) -> str:
    """Say hours of the week, those that follow one another as one span: ``Mon 9:00-11:00, Tue 14:00-15:00``."""
    spans: list[list[int]] = []
    for hour in sorted(hours):
        if spans and spans[-1][1] == hour and hour % 24:
            spans[-1][1] = hour + 1
        else:
            spans.append([hour, hour + 1])
    return ", ".join(
        f"{WEEKDAYS[start // 24].capitalize()} {start % 24}:00-{(end - 1) % 24 + 1}:00" for start, end in spans
    )


def largest(counts: Sequence[float], most: int) -> list[int]:
    """Return the places of the largest counts that are not 0, the larger first."""
    order = sorted(range(len(counts)), key=lambda place: (-counts[place], place))
    return [place for place in order[:most] if counts[place]]
