"""Opening hours as clocks: business time between instants, on whole arrays.

A calendar becomes half-open UTC intervals once, each end converted by itself, so days of
23 and 25 hours come out right. From then on everything is look-ups in cumulative open time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.scenario.civil import PeriodSpan as PeriodSpan
from supportsim.scenario.civil import after_civil as after_civil
from supportsim.scenario.civil import instant_ms as instant_ms
from supportsim.scenario.civil import local_date as local_date
from supportsim.scenario.civil import local_ms as local_ms
from supportsim.scenario.civil import period_span as period_span
from supportsim.scenario.civil import resolve_holidays as resolve_holidays
from supportsim.scenario.civil import zone
from supportsim.scenario.model import Calendar
from supportsim.scenario.units import DAY_MS, parse_days

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, eq=False)
class LocalTime:
    """What the wall clock shows at each instant of a span.

    Wall time is int64 milliseconds since midnight before the proleptic ordinal day 0, so
    ``wall_ms // DAY_MS`` is the ordinal of the local date and ``wall_ms % DAY_MS`` the time of day.

    Args:
        changes_ms: int64 (c,), instants at which the offset from UTC changes.
        shifts_ms: int64 (c+1,), wall time less instant before, between and after them.
    """

    changes_ms: NDArray[np.int64]
    shifts_ms: NDArray[np.int64]

    def wall(self, t_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the wall time (n,) of instants (n,)."""
        t_ms = np.asarray(t_ms, dtype=np.int64)
        return t_ms + self.shifts_ms[np.searchsorted(self.changes_ms, t_ms, side="right")]

    def instant(self, wall_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the instant (n,) of wall times (n,); skipped ones fall later, of repeated ones it is the first."""
        wall_ms = np.asarray(wall_ms, dtype=np.int64)
        ends = self.changes_ms + np.maximum(self.shifts_ms[:-1], self.shifts_ms[1:])
        return wall_ms - self.shifts_ms[np.searchsorted(ends, wall_ms, side="right")]

    def day(self, t_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the proleptic ordinal (n,) of the local date."""
        return self.wall(t_ms) // DAY_MS

    def weekday(self, t_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the local weekday (n,), Monday 0."""
        return (self.day(t_ms) - 1) % 7

    def time_of_day_ms(self, t_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what the wall clock shows (n,), in milliseconds since midnight."""
        return self.wall(t_ms) % DAY_MS


@lru_cache
def local_time(timezone: str, origin: datetime, start_ms: int, end_ms: int) -> LocalTime:
    """Return the wall clock of a time zone, good from two days before ``start_ms`` to two days after ``end_ms``."""
    tz, base_ms = zone(timezone), (origin - _EPOCH) // _MILLISECOND + _EPOCH_DAY * DAY_MS

    def shift_ms(at_ms: int) -> int:
        offset = (origin + at_ms * _MILLISECOND).astimezone(tz).utcoffset()
        assert offset is not None
        return base_ms + offset // _MILLISECOND

    changes: list[int] = []
    shifts = [shift_ms(start_ms - 2 * DAY_MS)]
    for low in range(start_ms - 2 * DAY_MS, end_ms + 2 * DAY_MS, DAY_MS):
        after = shift_ms(low + DAY_MS)
        if after == shifts[-1]:
            continue
        below, above = low, low + DAY_MS
        while above - below > 1:
            middle = (below + above) // 2
            below, above = (middle, above) if shift_ms(middle) == shifts[-1] else (below, middle)
        changes.append(above)
        shifts.append(after)
    return LocalTime(np.array(changes, dtype=np.int64), np.array(shifts, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Clock:
    """Opening hours between two instants; it stands still outside of them.

    Args:
        name: the calendar's.
        open_ms, close_ms: int64 (n,), half-open intervals, sorted, neither overlapping nor touching.
        local: the wall clock, for whole days.
    """

    name: str
    open_ms: NDArray[np.int64]
    close_ms: NDArray[np.int64]
    local: LocalTime
    _before_ms: NDArray[np.int64] = field(init=False, repr=False)
    """Open time (n+1,) before each interval, and altogether."""
    _open_days: NDArray[np.int64] = field(init=False, repr=False)
    """Ordinals of the local dates with any open time."""

    def __post_init__(self) -> None:
        before_ms = np.concatenate(([0], np.cumsum(self.close_ms - self.open_ms))).astype(np.int64)
        first, last = self.local.day(self.open_ms), self.local.day(self.close_ms - 1)
        days = [np.arange(a, b + 1) for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        object.__setattr__(self, "_before_ms", before_ms)
        object.__setattr__(self, "_open_days", np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *days])))

    def elapsed(self, t_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return open milliseconds (n,) from the clock's beginning to instants (n,)."""
        t_ms = np.asarray(t_ms, dtype=np.int64)
        if not len(self.open_ms):
            return np.zeros(t_ms.shape, dtype=np.int64)
        at = np.maximum(np.searchsorted(self.open_ms, t_ms, side="right") - 1, 0)
        since_open_ms = np.clip(t_ms - self.open_ms[at], 0, self.close_ms[at] - self.open_ms[at])
        total_ms: NDArray[np.int64] = self._before_ms[at] + since_open_ms
        return total_ms

    def between(self, a_ms: NDArray[np.int64], b_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return open milliseconds (n,) from instants ``a_ms`` (n,) to ``b_ms`` (n,); negative where b is earlier."""
        return self.elapsed(b_ms) - self.elapsed(a_ms)

    def after(self, t_ms: NDArray[np.int64], open_ms: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """Return the first instant (n,) by which so much open time has passed since instants (n,).

        No open time at all leads to the instant itself where open, else to the next opening.

        Raises:
            ValueError: that lies beyond the end of the clock, or ``open_ms`` is negative.
        """
        t_ms, wanted_ms = np.broadcast_arrays(np.asarray(t_ms, dtype=np.int64), np.asarray(open_ms, dtype=np.int64))
        if np.any(wanted_ms < 0):
            raise ValueError(f"clock {self.name!r}: expected open time of 0 or more, not {wanted_ms.min()} ms")
        target_ms = self.elapsed(t_ms) + wanted_ms
        # An interval that ends exactly there is the first to get there, unless we only look for an opening.
        at = np.where(
            wanted_ms == 0,
            np.searchsorted(self.close_ms, t_ms, side="right"),
            np.searchsorted(self._before_ms, target_ms, side="left") - 1,
        )
        if np.any(at >= len(self.open_ms)):
            raise ValueError(f"clock {self.name!r} ends before that much open time has passed; build a longer one")
        found_ms = self.open_ms[at] + target_ms - self._before_ms[at]
        rolled_ms: NDArray[np.int64] = np.where(wanted_ms == 0, np.maximum(t_ms, self.open_ms[at]), found_ms)
        return rolled_ms

    def after_days(self, t_ms: NDArray[np.int64], n: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """Return the same clock time ``n`` open days later (n,); a local date with any open time is an open day.

        An instant at which it is closed counts as the next opening, and so does a clock time at
        which it is closed on the day found.

        Raises:
            ValueError: that lies beyond the end of the clock.
        """
        begin_ms = self.after(t_ms, 0)
        wall_ms = self.local.wall(begin_ms)
        at = np.searchsorted(self._open_days, wall_ms // DAY_MS) + np.asarray(n, dtype=np.int64)
        if np.any(at >= len(self._open_days)):
            raise ValueError(f"clock {self.name!r} ends before that many open days have passed; build a longer one")
        return self.after(self.local.instant(self._open_days[at] * DAY_MS + wall_ms % DAY_MS), 0)

    def is_open(self, t_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether it is open at instants (n,)."""
        t_ms = np.asarray(t_ms, dtype=np.int64)
        if not len(self.open_ms):
            return np.zeros(t_ms.shape, dtype=np.bool_)
        at = np.searchsorted(self.open_ms, t_ms, side="right") - 1
        return (at >= 0) & (t_ms < self.close_ms[at])


def build_clock(name: str, calendar: Calendar, timezone: str, origin: datetime, start_ms: int, end_ms: int) -> Clock:
    """Return the clock of a calendar between two instants.

    A span of opening hours belongs to the local date on which it begins, also where it runs past
    midnight; on a holiday none begins.

    Raises:
        ValueError: unknown time zone or holidays.
    """
    first = local_date(timezone, origin, start_ms) - timedelta(days=1)
    last = local_date(timezone, origin, end_ms)
    closed = frozenset(resolve_holidays(calendar.holidays, first, last))
    spans = {day: hours for key, hours in calendar.hours.items() for day in parse_days(key)}
    found: list[tuple[int, int]] = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if day not in closed:
            for opens, closes in spans.get(day.weekday(), ()):
                ends = [local_ms(timezone, origin, day, minutes) for minutes in (opens, closes)]
                found.append((max(ends[0], start_ms), min(ends[1], end_ms)))
    open_ms, close_ms = _merged(found)
    return Clock(name, open_ms, close_ms, local_time(timezone, origin, start_ms, end_ms))


def _merged(spans: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return starts and ends of the union of half-open spans."""
    union: list[list[Any]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if union and start <= union[-1][1]:
            union[-1][1] = max(union[-1][1], end)
        else:
            union.append([start, end])
    ends = np.array(union, dtype=np.int64).reshape(-1, 2)
    return ends[:, 0].copy(), ends[:, 1].copy()
