"""Clocks: business time against hand-computed cases and a loop over minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import TypeAdapter

from supportsim.scenario.calendars import (
    Clock,
    build_clock,
    local_date,
    local_ms,
    local_time,
    period_span,
    resolve_holidays,
)
from supportsim.scenario.model import Calendar, OpeningHours, Period
from supportsim.scenario.units import DAY_MS, HOUR_MS, MINUTE_MS, WEEKDAYS

CALENDAR: TypeAdapter[Calendar] = TypeAdapter(OpeningHours)


def clock(hours: Any, timezone: str, start: str, days: int) -> tuple[Clock, datetime]:
    """Return the clock of a calendar from a UTC midnight on, and that midnight."""
    origin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return build_clock("test", CALENDAR.validate_python(hours), timezone, origin, 0, days * DAY_MS), origin


def ms(origin: datetime, *instants: str) -> NDArray[np.int64]:
    each = [
        (datetime.fromisoformat(text).replace(tzinfo=UTC) - origin) // timedelta(milliseconds=1) for text in instants
    ]
    return np.array(each, dtype=np.int64)


def text(origin: datetime, t_ms: NDArray[np.int64]) -> list[str]:
    return [(origin + timedelta(milliseconds=int(t))).strftime("%Y-%m-%dT%H:%M") for t in t_ms]


@pytest.fixture(name="biz")
def published_example() -> tuple[Clock, datetime]:
    """The schedule of the specification of Zendesk's ``biz`` library."""
    hours = {
        "mon": "09:00-17:00", "tue": "10:00-16:00", "wed": "09:00-17:00",
        "thu": "10:00-16:00", "fri": "09:00-17:00", "sat": "11:00-14:30",
    }  # fmt: skip
    return clock(hours, "UTC", "2006-01-01", 28)


def test_published_week_has_39_and_a_half_hours(biz: tuple[Clock, datetime]) -> None:
    hours, origin = biz
    begin, end = ms(origin, "2006-01-01T00:00"), ms(origin, "2006-01-08T00:00")
    assert hours.between(begin, end).tolist() == [39.5 * HOUR_MS]
    assert hours.between(end, begin).tolist() == [-39.5 * HOUR_MS]


@pytest.mark.parametrize(
    ("start", "open_ms", "expected"),
    [
        ("2006-01-04T13:00", 3 * HOUR_MS, "2006-01-04T16:00"),
        ("2006-01-04T14:30", 90 * MINUTE_MS, "2006-01-04T16:00"),
        ("2006-01-03T00:00", 0, "2006-01-03T10:00"),
        ("2006-01-04T13:00", 0, "2006-01-04T13:00"),
        # The end of a day is reached on that day; a moment closed, on the next open one.
        ("2006-01-04T09:00", 8 * HOUR_MS, "2006-01-04T17:00"),
        ("2006-01-04T17:00", 0, "2006-01-05T10:00"),
        ("2006-01-06T16:00", 2 * HOUR_MS, "2006-01-07T12:00"),
    ],
)
def test_after_open_time(biz: tuple[Clock, datetime], start: str, open_ms: int, expected: str) -> None:
    hours, origin = biz
    assert text(origin, hours.after(ms(origin, start), open_ms)) == [expected]


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2006-01-06T12:00", 2, "2006-01-09T12:00"),
        ("2006-01-03T08:00", 2, "2006-01-05T10:00"),
        ("2006-01-03T18:00", 2, "2006-01-06T09:00"),
        # Wednesday 16:30 plus a day is closed on Thursday, which ends at 16:00.
        ("2006-01-04T16:30", 1, "2006-01-06T09:00"),
        # Sunday counts as Monday's opening.
        ("2006-01-08T12:00", 1, "2006-01-10T10:00"),
        ("2006-01-04T12:00", 0, "2006-01-04T12:00"),
    ],
)
def test_after_open_days(biz: tuple[Clock, datetime], start: str, days: int, expected: str) -> None:
    hours, origin = biz
    assert text(origin, hours.after_days(ms(origin, start), days)) == [expected]


def test_arrays_give_what_single_values_give(biz: tuple[Clock, datetime]) -> None:
    hours, origin = biz
    starts = ms(origin, "2006-01-06T12:00", "2006-01-03T08:00", "2006-01-03T18:00")
    assert text(origin, hours.after_days(starts, 2)) == ["2006-01-09T12:00", "2006-01-05T10:00", "2006-01-06T09:00"]
    assert text(origin, hours.after(starts[:2], np.array([HOUR_MS, 2 * HOUR_MS]))) == [
        "2006-01-06T13:00",
        "2006-01-03T12:00",
    ]


def test_intervals_are_half_open(biz: tuple[Clock, datetime]) -> None:
    hours, origin = biz
    at = ms(origin, "2006-01-04T08:59", "2006-01-04T09:00", "2006-01-04T16:59", "2006-01-04T17:00")
    assert hours.is_open(at).tolist() == [False, True, True, False]


def test_beyond_the_end_is_an_error_not_a_guess(biz: tuple[Clock, datetime]) -> None:
    hours, origin = biz
    late = ms(origin, "2006-01-28T14:00")
    assert text(origin, hours.after(late, 30 * MINUTE_MS)) == ["2006-01-28T14:30"]
    with pytest.raises(ValueError, match="clock 'test' ends before that much open time"):
        hours.after(late, 31 * MINUTE_MS)
    with pytest.raises(ValueError, match="clock 'test' ends before that many open days"):
        hours.after_days(late, 1)
    with pytest.raises(ValueError, match="expected open time of 0 or more"):
        hours.after(late, -1)


def test_a_clock_that_is_never_open_stands_still() -> None:
    never, origin = clock({"mon": "09:00-17:00"}, "UTC", "2026-01-06", 3)
    at = ms(origin, "2026-01-07T10:00")
    assert never.elapsed(at).tolist() == [0]
    assert never.is_open(at).tolist() == [False]
    with pytest.raises(ValueError, match="ends before"):
        never.after(at, 0)


@pytest.mark.parametrize(
    ("timezone", "day", "hours"),
    [
        # 02:00 becomes 03:00 in Berlin on 29 March 2026 and in New York on 8 March; the way back in autumn.
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("America/New_York", date(2026, 3, 9), 24),
    ],
)
def test_days_when_the_clocks_change(timezone: str, day: date, hours: int) -> None:
    always, origin = clock("24x7", timezone, "2026-01-01", 365)
    midnights = np.array([local_ms(timezone, origin, day), local_ms(timezone, origin, day + timedelta(days=1))])
    assert np.diff(midnights).tolist() == [hours * HOUR_MS]
    assert always.between(midnights[:1], midnights[1:]).tolist() == [hours * HOUR_MS]
    # A night shift across the change, from 01:00 to 05:00, is 4 hours but for the change.
    night, _ = clock({"daily": "01:00-05:00"}, timezone, "2026-01-01", 365)
    assert night.between(midnights[:1], midnights[1:]).tolist() == [(hours - 20) * HOUR_MS]


def test_skipped_local_times_fall_later_and_repeated_ones_are_the_first() -> None:
    origin = datetime(2026, 1, 1, tzinfo=UTC)
    skipped = local_ms("America/New_York", origin, date(2026, 3, 8), 150)
    repeated = local_ms("America/New_York", origin, date(2026, 11, 1), 90)
    assert text(origin, np.array([skipped, repeated])) == ["2026-03-08T07:30", "2026-11-01T05:30"]
    # 02:15 to 02:45 is skipped as a whole, and 02:30 to 03:10 has its end before its beginning.
    for hours in ("02:15-02:45", "02:30-03:10"):
        sunday, _ = clock({"sun": hours}, "America/New_York", "2026-03-07", 3)
        assert sunday.is_open(ms(origin, "2026-03-08T07:05")).tolist() == [False]
    gone, _ = clock({"sun": "02:30-03:10"}, "America/New_York", "2026-03-07", 3)
    assert len(gone.open_ms) == 0


def test_the_same_clock_time_across_a_change() -> None:
    # Friday 6 March 12:00 EST (17:00 UTC) and a business day later, Monday 9 March 12:00 EDT (16:00 UTC).
    office, origin = clock({"mon-fri": "09:00-17:00"}, "America/New_York", "2026-03-02", 14)
    assert text(origin, office.after_days(ms(origin, "2026-03-06T17:00"), 1)) == ["2026-03-09T16:00"]
    assert office.between(*ms(origin, "2026-03-06T17:00", "2026-03-09T16:00")[:, None]).tolist() == [8 * HOUR_MS]


def test_a_span_past_midnight_belongs_to_the_day_it_begins_on() -> None:
    night, origin = clock({"mon": "22:00-06:00", "holidays": ["2026-01-12"]}, "UTC", "2026-01-05", 14)
    begin, end = ms(origin, "2026-01-05T00:00"), ms(origin, "2026-01-07T00:00")
    assert night.between(begin, end).tolist() == [8 * HOUR_MS]
    assert night.is_open(ms(origin, "2026-01-06T05:59", "2026-01-06T06:00")).tolist() == [True, False]
    # The next Monday is a holiday: nothing begins, and Tuesday morning is closed too.
    assert night.is_open(ms(origin, "2026-01-12T23:00", "2026-01-13T03:00")).tolist() == [False, False]


def test_touching_and_overlapping_spans_become_one() -> None:
    round_the_clock, origin = clock({"daily": ["00:00-12:00", "12:00-24:00"]}, "Europe/Berlin", "2026-03-27", 4)
    assert len(round_the_clock.open_ms) == 1
    assert round_the_clock.elapsed(ms(origin, "2026-03-30T00:00")).tolist() == [3 * DAY_MS]


def test_a_clock_begins_and_ends_where_it_is_told_to() -> None:
    origin = datetime(2026, 1, 5, tzinfo=UTC)
    office = build_clock("x", CALENDAR.validate_python({"daily": "09:00-17:00"}), "UTC", origin, 10 * HOUR_MS, DAY_MS)
    assert (office.open_ms.tolist(), office.close_ms.tolist()) == ([10 * HOUR_MS], [17 * HOUR_MS])
    early, late = np.array([0]), np.array([3 * DAY_MS])
    assert office.elapsed(early).tolist() == [0]
    assert office.elapsed(late).tolist() == [7 * HOUR_MS]


def test_local_time_of_instants() -> None:
    origin = datetime(2026, 3, 7, tzinfo=UTC)
    wall = local_time("America/New_York", origin, 0, 3 * DAY_MS)
    at = ms(origin, "2026-03-08T04:59", "2026-03-08T05:00", "2026-03-08T06:59", "2026-03-08T07:00")
    assert wall.day(at).tolist() == [date(2026, 3, day).toordinal() for day in (7, 8, 8, 8)]
    assert wall.weekday(at).tolist() == [5, 6, 6, 6]
    assert (wall.time_of_day_ms(at) // MINUTE_MS).tolist() == [23 * 60 + 59, 0, 119, 180]
    assert wall.instant(wall.wall(at)).tolist() == at.tolist()


@given(
    timezone=st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"]),
    minutes=st.lists(st.integers(0, 365 * 1440), min_size=1, max_size=20),
)
def test_wall_time_agrees_with_the_standard_library(timezone: str, minutes: list[int]) -> None:
    origin = datetime(2026, 1, 1, tzinfo=UTC)
    wall = local_time(timezone, origin, 0, 365 * DAY_MS)
    t_ms = np.array(minutes, dtype=np.int64) * MINUTE_MS
    locals_ = [(origin + timedelta(minutes=m)).astimezone(ZoneInfo(timezone)).replace(tzinfo=None) for m in minutes]
    expected = [local.toordinal() * DAY_MS + (local.hour * 60 + local.minute) * MINUTE_MS for local in locals_]
    assert wall.wall(t_ms).tolist() == expected
    first = [
        (local.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC) - origin) // timedelta(milliseconds=1)
        for local in locals_
    ]
    assert wall.instant(np.array(expected)).tolist() == first
    # Skipped local times too: whatever the wall clock never shows falls where the standard library puts it.
    shifted = [local + timedelta(minutes=30) for local in locals_]
    later = [local.toordinal() * DAY_MS + (local.hour * 60 + local.minute) * MINUTE_MS for local in shifted]
    assert wall.instant(np.array(later)).tolist() == [
        (local.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC) - origin) // timedelta(milliseconds=1)
        for local in shifted
    ]


# Ends that no change of the clocks touches, so that looking at the wall clock minute by minute is right.
ENDS = st.sampled_from([0, 240, 245, 500, 725, 1080, 1435, 1440])


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, list[str]]:
    week = {}
    for day in draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True)):
        ends = sorted(draw(st.lists(ENDS, min_size=2, max_size=4, unique=True)))
        pairs = list(zip(ends[::2], ends[1::2], strict=False))
        spans = [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs]
        if draw(st.booleans()) and ends[-1] < 1440:
            spans.append(f"{ends[-1] // 60:02}:{ends[-1] % 60:02}-00:00" if len(ends) % 2 else "23:55-04:00")
        week[day] = spans
    return week


def open_minutes(calendar: Calendar, timezone: str, origin: datetime, minutes: int) -> NDArray[np.bool_]:
    """Look at the wall clock minute by minute."""
    found = np.zeros(minutes, dtype=np.bool_)
    by_day = {WEEKDAYS.index(day): spans for day, spans in calendar.hours.items()}
    for minute in range(minutes):
        local = (origin + timedelta(minutes=minute)).astimezone(ZoneInfo(timezone))
        now, day = local.hour * 60 + local.minute, local.weekday()
        found[minute] = any(a <= now < b for a, b in by_day.get(day, ())) or any(
            now < b - 1440 for _, b in by_day.get((day - 1) % 7, ())
        )
    return found


@pytest.mark.parametrize(
    ("timezone", "start"),
    [
        ("Europe/Berlin", "2026-03-27"),
        ("Europe/Berlin", "2026-10-23"),
        ("America/New_York", "2026-03-06"),
        ("America/New_York", "2026-10-30"),
    ],
)
def test_clock_agrees_with_a_loop_over_minutes(timezone: str, start: str) -> None:
    days = 5
    origin = datetime.fromisoformat(start).replace(tzinfo=UTC)

    @given(week=weeks(), data=st.data())
    def agrees(week: dict[str, list[str]], data: st.DataObject) -> None:
        calendar = CALENDAR.validate_python(week)
        hours = build_clock("x", calendar, timezone, origin, 0, days * DAY_MS)
        is_open = open_minutes(calendar, timezone, origin, days * 1440)
        every = np.arange(days * 1440, dtype=np.int64) * MINUTE_MS
        assert hours.is_open(every).tolist() == is_open.tolist()
        elapsed = np.concatenate(([0], np.cumsum(is_open)))[:-1]
        assert hours.elapsed(every).tolist() == (elapsed * MINUTE_MS).tolist()
        at = data.draw(st.integers(0, days * 1440 - 1))
        wanted = data.draw(st.integers(1, 1440))
        reached = np.flatnonzero(np.cumsum(is_open[at:]) == wanted)
        if len(reached):
            assert hours.after(every[at : at + 1], wanted * MINUTE_MS).tolist() == [
                (at + int(reached[0]) + 1) * MINUTE_MS
            ]
        openings = np.flatnonzero(is_open[at:])
        if len(openings):
            assert hours.after(every[at : at + 1], 0).tolist() == [(at + int(openings[0])) * MINUTE_MS]

    agrees()


def test_whole_days_of_a_period_are_civil_days() -> None:
    # 13 weeks from 5 January in New York end on 6 April at local midnight, an hour of which is missing.
    span = period_span(Period.model_validate({"start": "2026-01-05", "timezone": "America/New_York"}))
    assert span.origin == datetime(2025, 12, 29, 5, tzinfo=UTC)
    assert span.start_ms == 7 * DAY_MS
    assert span.end_ms - span.start_ms == 91 * DAY_MS - HOUR_MS
    assert local_date("America/New_York", span.origin, span.end_ms - 1) == date(2026, 4, 5)
    assert local_date("America/New_York", span.origin, span.end_ms) == date(2026, 4, 6)


def test_holidays_by_country_subdivision_and_date() -> None:
    january = date(2026, 1, 1), date(2026, 1, 31)
    assert resolve_holidays("US", *january) == (date(2026, 1, 1), date(2026, 1, 19))
    assert resolve_holidays("DE", *january) == (date(2026, 1, 1),)
    # Epiphany is a holiday in Bavaria.
    assert resolve_holidays("DE-BY", *january) == (date(2026, 1, 1), date(2026, 1, 6))
    assert resolve_holidays((date(2026, 2, 1), date(2026, 1, 5)), *january) == (date(2026, 1, 5),)
    # Across the turn of a year.
    assert resolve_holidays("US", date(2025, 12, 20), date(2026, 1, 5)) == (date(2025, 12, 25), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("us", "unknown country 'us' of holidays, did you mean 'US'?"),
        ("US-ca", "unknown holidays 'US-ca', did you mean 'US-CA'?"),
        ("1", "unknown country '1' of holidays, expected one of ABW, AD"),
    ],
)
def test_unknown_holidays_are_refused(code: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        resolve_holidays(code, date(2026, 1, 1), date(2026, 1, 2))


def test_closed_on_holidays() -> None:
    office, origin = clock({"mon-fri": "09:00-17:00", "holidays": "US"}, "UTC", "2026-01-19", 2)
    # Martin Luther King Day is Monday 19 January.
    assert office.open_ms.tolist() == ms(origin, "2026-01-20T09:00").tolist()
