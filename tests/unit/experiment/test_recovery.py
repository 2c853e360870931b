"""Peak, half-life and recovery on backlogs written by hand; the event lasts from hour 10 to hour 14."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from supportsim.experiment.recovery import recovery_of

HOURS = 60
NAN = float("nan")


def of(
    extra: dict[int, float], base: float = 10, open_hours: Sequence[int] = range(HOURS), begin: float = 10
) -> tuple[float, float, float]:
    """Judge a backlog of ``base`` with so much more at these marks."""
    without = np.full(HOURS, base)
    more = np.array([extra.get(hour, 0.0) for hour in range(HOURS)])
    return recovery_of(without + more, without, np.isin(np.arange(HOURS), list(open_hours)), begin, 14)


# Up to 40 at hour 14, then 5 an hour less; half of it is left at hour 18, and 2 more is reached at hour 22.
TRIANGLE = {hour: 10.0 * (hour - 10) for hour in range(10, 15)} | {
    hour: 40 - 5.0 * (hour - 14) for hour in range(15, 22)
}


@pytest.mark.parametrize(
    ("extra", "more", "expected"),
    [
        (TRIANGLE, {}, (40, 4, 12)),
        # A tenth of a backlog of 60 is 6 tickets: 5 more at hour 21 are close.
        (TRIANGLE, {"base": 60}, (40, 4, 11)),
        # The event began half an hour earlier.
        (TRIANGLE, {"begin": 9.5}, (40, 4, 12.5)),
        # It comes back within the four hours, so it had not recovered.
        (TRIANGLE | {24: 9}, {}, (40, 4, 15)),
        # Nobody is there from hour 18 to hour 30, so nothing that happens then counts.
        (TRIANGLE, {"open_hours": [*range(18), *range(30, HOURS)]}, (40, 4, 20)),
        ({hour: 2.0 for hour in range(10, HOURS)}, {}, (2, 0, 0)),
        ({hour: 9.0 for hour in range(10, HOURS)}, {}, (9, NAN, NAN)),
        ({hour: -5.0 for hour in range(10, 20)}, {}, (0, 0, 0)),
        # Too little of the period is left.
        ({hour: 9.0 for hour in range(10, HOURS - 3)}, {}, (9, HOURS - 3 - 10, NAN)),
    ],
)
def test_recovery(extra: dict[int, float], more: dict[str, object], expected: tuple[float, float, float]) -> None:
    assert of(extra, **more) == pytest.approx(expected, nan_ok=True)  # type: ignore[arg-type]


def test_an_event_after_the_window_is_not_judged() -> None:
    assert of({}, begin=70) == pytest.approx((0, NAN, NAN), nan_ok=True)
