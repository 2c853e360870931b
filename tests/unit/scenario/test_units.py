"""Values as a manager writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from supportsim.scenario.units import (
    DAY_MS,
    MINUTE_MS,
    BusinessDays,
    parse_change,
    parse_clock_range,
    parse_clock_time,
    parse_date,
    parse_days,
    parse_duration,
    parse_holidays,
    parse_hours,
    parse_local_time,
    parse_number,
    parse_promise,
    parse_rate,
    parse_share,
    parse_switch,
    parse_whole,
    shown,
)

Parser = Callable[[Any], Any]


@pytest.mark.parametrize(
    ("parse", "value", "expected"),
    [
        (parse_duration, "15 min", 15 * MINUTE_MS),
        (parse_duration, "1.5h", 90 * MINUTE_MS),
        (parse_duration, " 2 Days ", 2 * DAY_MS),
        (parse_duration, "13 weeks", 91 * DAY_MS),
        (parse_duration, ".5 s", 500),
        (parse_duration, "250 ms", 250),
        (parse_duration, 0, 0),
        (parse_promise, "24 h", DAY_MS),
        (parse_promise, "5 business days", BusinessDays(5)),
        (parse_promise, "1 business day", BusinessDays(1)),
        (parse_promise, BusinessDays(3), BusinessDays(3)),
        (parse_share, "25%", 0.25),
        (parse_share, "0.5 %", 0.005),
        (parse_share, 0.25, 0.25),
        (parse_share, 1, 1.0),
        (parse_change, "+300%", 3.0),
        (parse_change, "-50 %", -0.5),
        (parse_change, "-100%", -1.0),
        (parse_rate, "4%", 0.04),
        (parse_rate, "-2%", -0.02),
        (parse_clock_time, "9:05", 545),
        (parse_clock_time, "24:00", 1440),
        (parse_clock_range, "09:00-17:30", (540, 1050)),
        (parse_clock_range, "22:00 - 06:00", (1320, 1800)),
        (parse_clock_range, "17:00-00:00", (1020, 1440)),
        (parse_clock_range, (540, 600), (540, 600)),
        (parse_days, "mon", (0,)),
        (parse_days, "mon-fri", (0, 1, 2, 3, 4)),
        (parse_days, "Sat, Sun", (5, 6)),
        (parse_days, "fri-mon", (0, 4, 5, 6)),
        (parse_days, "mon,wed-thu", (0, 2, 3)),
        (parse_days, "daily", (0, 1, 2, 3, 4, 5, 6)),
        (parse_hours, "08-12", (8, 9, 10, 11)),
        (parse_hours, "22-02", (22, 23, 0, 1)),
        (parse_hours, "9", (9,)),
        (parse_hours, "00:00-24:00", tuple(range(24))),
        (parse_date, "2026-01-05", date(2026, 1, 5)),
        (parse_date, date(2026, 1, 5), date(2026, 1, 5)),
        (parse_local_time, "2026-02-10 10:00", datetime(2026, 2, 10, 10)),
        (parse_local_time, "2026-02-10T9:30:00", datetime(2026, 2, 10, 9, 30)),
        (parse_holidays, "US", "US"),
        (parse_holidays, ["2026-02-01", "2026-01-05"], (date(2026, 1, 5), date(2026, 2, 1))),
        (parse_number, 3, 3),
        (parse_number, -0.5, -0.5),
        (parse_whole, 3.0, 3),
        (parse_switch, False, False),
    ],
)
def test_values_are_read(parse: Parser, value: Any, expected: Any) -> None:
    found = parse(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("parse", "value", "message"),
    [
        (parse_duration, 15, "15 has no unit, expected a duration such as '15 min'"),
        (parse_duration, 1.5, "1.5 has no unit, expected a duration such as '1.5 min'"),
        (parse_duration, True, "true is no duration, expected for instance '15 min', '4 h' or '2 days'"),
        (parse_duration, "-5 min", "'-5 min' is no duration, expected"),
        (parse_duration, "5 business days", "'5 business days' is no duration, expected"),
        (parse_duration, "5 fortnights", "'5 fortnights' is no duration, expected"),
        (parse_duration, "5 min 3 s", "'5 min 3 s' is no duration, expected"),
        (parse_duration, "1e3 min", "'1e3 min' is no duration, expected"),
        (parse_duration, "9" * 400 + " min", "is too long, expected at most 20 years"),
        (parse_duration, {"mean": 1}, "a mapping is no duration, expected"),
        (parse_promise, "0 business days", "'0 business days' is not 1 to 1000 whole days, expected"),
        (parse_promise, "1.5 business days", "'1.5 business days' is not 1 to 1000 whole days, expected"),
        (parse_share, "25", "'25' is no share, expected for instance '25%'"),
        (parse_share, 25, "25 is outside 0%..100%, did you mean '25%'?"),
        (parse_share, "-1%", "'-1%' is outside 0%..100%"),
        (parse_share, "100.1%", "'100.1%' is outside 0%..100%"),
        (parse_share, float("nan"), "nan is no share, expected"),
        (parse_share, True, "true is no share, expected"),
        (parse_change, "300%", "'300%' is no change, expected a sign and a percentage"),
        (parse_change, "-101%", "'-101%' is no change, expected for instance '+300%'"),
        (parse_change, "+" + "9" * 400 + "%", "is no change, expected for instance"),
        (parse_change, 3, "3 is no change, expected a sign"),
        (parse_rate, 0.04, "0.04 is no rate of growth, expected for instance '4%'"),
        (parse_rate, "-100%", "'-100%' is no rate of growth"),
        (parse_clock_time, "9", "'9' is no clock time"),
        (parse_clock_time, "09:60", "'09:60' is no clock time"),
        (parse_clock_time, "24:01", "'24:01' is no clock time"),
        (parse_clock_range, "09:00", "'09:00' is no span of clock times, expected for instance '09:00-17:00'"),
        (parse_clock_range, "09:00-09:00", "'09:00-09:00' is empty, expected an end that differs from the start"),
        (parse_clock_range, 9, "9 is no span of clock times"),
        (parse_days, "monday", "'monday' names no weekdays"),
        (parse_days, "mon-wed-fri", "'mon-wed-fri' names no weekdays"),
        (parse_days, "mon,mon", "'mon,mon' names a weekday twice"),
        (parse_days, -1, "-1 names no weekdays"),
        (parse_days, "", "'' names no weekdays"),
        (parse_hours, "24", "'24' is no span of clock hours, expected for instance '08-12'"),
        (parse_hours, "8-8", "'8-8' is no span"),
        (parse_hours, "08:30-09", "'08:30-09' is no span"),
        (parse_date, "2026-02-30", "'2026-02-30' is no date from 1970 to 2200, expected for instance '2026-01-05'"),
        (parse_date, "20260105", "'20260105' is no date"),
        (parse_date, "9999-12-31", "'9999-12-31' is no date"),
        (parse_date, 20260105, "20260105 is no date"),
        (parse_local_time, "2026-02-10", "'2026-02-10' is no local time, expected for instance '2026-02-10 10:00'"),
        (parse_local_time, "2026-02-10 10:00Z", "'2026-02-10 10:00Z' is no local time"),
        (parse_local_time, "2026-02-10 24:00", "is no local time, expected 00:00 of the next day"),
        (parse_local_time, datetime.fromisoformat("2026-02-10T10:00+00:00"), "is no local time"),
        (parse_holidays, ["x"], "'x' is no date"),
        (parse_number, "3", "'3' is no number, expected for instance 12.5"),
        (parse_number, True, "true is no number"),
        (parse_number, float("inf"), "inf is no number"),
        (parse_whole, 1.5, "1.5 is not whole, expected for instance 2"),
        (parse_switch, "yes", "'yes' is neither, expected true or false"),
        (parse_switch, 1, "1 is neither, expected true or false"),
    ],
)
def test_values_that_make_no_sense_are_refused(parse: Parser, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse(value)
    assert message in str(error.value)


def test_long_values_are_quoted_in_part() -> None:
    assert shown("x" * 100) == "'" + "x" * 59 + "...'"
    assert shown([1] * 100) == "a list"
