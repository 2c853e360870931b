"""Durations, shares, changes, clock times and days as a manager writes them.

Each parser takes what YAML gave (str, int or float) and raises `ValueError` with
the expectation and an example; pydantic turns that into a fault at its place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
MONTH_DAYS = 30.4375
LONGEST_MS = 20 * 366 * DAY_MS
"""No duration is longer than twenty years."""
LARGEST_CHANGE = 1000.0
MOST_BUSINESS_DAYS = 1000
LONGEST_QUOTE = 60
QUOTES = "'\""
YEARS = (1970, 2200)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_UNITS_MS = {
    "ms": 1, "s": SECOND_MS, "sec": SECOND_MS, "second": SECOND_MS, "seconds": SECOND_MS,
    "min": MINUTE_MS, "minute": MINUTE_MS, "minutes": MINUTE_MS,
    "h": HOUR_MS, "hour": HOUR_MS, "hours": HOUR_MS,
    "d": DAY_MS, "day": DAY_MS, "days": DAY_MS,
    "week": WEEK_MS, "weeks": WEEK_MS,
}  # fmt: skip
_QUANTITY = re.compile(r"^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+(?: [a-z]+)?)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class BusinessDays:
    """A promise of whole open days: the same clock time ``days`` open days later."""

    days: int


def shown(value: Any) -> str:
    """Return a value as a fault quotes it: short, and structures by their kind."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}...{text[0] if text[0] in QUOTES else ''}"


def parse_duration(value: Any) -> int:
    """Return milliseconds of ``"15 min"``, ``"4 h"``, ``"2 days"``, ``"1 week"``; a bare 0 is none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value == 0:
        return 0
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"{value:g} has no unit, expected a duration such as '{value:g} min'")
    match = _QUANTITY.match(value) if isinstance(value, str) else None
    if match is None or match[2].lower() not in _UNITS_MS:
        raise ValueError(f"{shown(value)} is no duration, expected for instance '15 min', '4 h' or '2 days'")
    duration_ms = float(match[1]) * _UNITS_MS[match[2].lower()]
    if duration_ms > LONGEST_MS:
        raise ValueError(f"{shown(value)} is too long, expected at most 20 years")
    return round(duration_ms)


def parse_promise(value: Any) -> int | BusinessDays:
    """Return milliseconds, or `BusinessDays` for ``"5 business days"``."""
    if isinstance(value, BusinessDays):
        return value
    match = _QUANTITY.match(value) if isinstance(value, str) else None
    if match and match[2].lower() in ("business day", "business days"):
        days = float(match[1])
        if not days.is_integer() or not 1 <= days <= MOST_BUSINESS_DAYS:
            raise ValueError(
                f"{shown(value)} is not 1 to {MOST_BUSINESS_DAYS} whole days, expected for instance '5 business days'"
            )
        return BusinessDays(int(days))
    return parse_duration(value)


def parse_share(value: Any) -> float:
    """Return 0..1 of ``"25%"`` or of a number between 0 and 1."""
    share = _percent(value) if isinstance(value, str) else value
    if isinstance(share, bool) or not isinstance(share, int | float) or not math.isfinite(share):
        raise ValueError(f"{shown(value)} is no share, expected for instance '25%'")
    if not 0 <= share <= 1:
        meant = f", did you mean '{share:g}%'?" if not isinstance(value, str) and 1 < share <= 100 else ""
        raise ValueError(f"{shown(value)} is outside 0%..100%{meant}")
    return float(share)


def parse_change(value: Any) -> float:
    """Return 3.0 of ``"+300%"`` and -0.5 of ``"-50%"``: a change relative to what is there."""
    if not isinstance(value, str) or not value.strip().startswith(("+", "-")):
        raise ValueError(
            f"{shown(value)} is no change, expected a sign and a percentage, for instance '+300%' (four times)"
        )
    change = _percent(value)
    if change is None or not -1 <= change <= LARGEST_CHANGE:
        raise ValueError(
            f"{shown(value)} is no change, expected for instance '+300%' or '-50%', from '-100%' to '+100000%'"
        )
    return change


def parse_rate(value: Any) -> float:
    """Return 0.04 of ``"4%"`` and -0.02 of ``"-2%"``: growth per stated time."""
    rate = _percent(value) if isinstance(value, str) else None
    if rate is None or not -1 < rate <= LARGEST_CHANGE:
        raise ValueError(f"{shown(value)} is no rate of growth, expected for instance '4%' or '-2%'")
    return rate


def parse_number(value: Any) -> float:
    """Return a finite number; text and true/false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{shown(value)} is no number, expected for instance 12.5")
    return value


def parse_whole(value: Any) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{shown(value)} is no number, expected for instance 2")
    if not float(parse_number(value)).is_integer():
        raise ValueError(f"{shown(value)} is not whole, expected for instance {round(value)}")
    return int(value)


def parse_switch(value: Any) -> bool:
    """Return true or false; nothing else stands for them."""
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} is neither, expected true or false")
    return value


def parse_date(value: Any) -> date:
    """Return the date of ``2026-01-05``."""
    if type(value) is date:
        return value
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-01-05") else None
    except ValueError:
        day = None
    if day is None or not YEARS[0] <= day.year <= YEARS[1]:
        raise ValueError(f"{shown(value)} is no date from {YEARS[0]} to {YEARS[1]}, expected for instance '2026-01-05'")
    return day


def parse_local_time(value: Any) -> datetime:
    """Return the local time of ``2026-02-10 10:00``, without a zone."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    match = re.match(r"^\s*(\d{4}-\d{2}-\d{2})[ T](\d{1,2}:\d{2})(:00)?\s*$", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{shown(value)} is no local time, expected for instance '2026-02-10 10:00'")
    hours, minutes = divmod(parse_clock_time(match[2]), 60)
    if hours == 24:
        raise ValueError(f"{shown(value)} is no local time, expected 00:00 of the next day")
    return datetime.combine(parse_date(match[1]), datetime.min.time()).replace(hour=hours, minute=minutes)


def parse_holidays(value: Any) -> str | tuple[date, ...]:
    """Return a code such as ``US`` or ``DE-BY`` as it stands, or dates in order."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Sequence):
        raise ValueError(
            f"{shown(value)} are no holidays, expected a country code such as 'US' or 'DE-BY', or a list of dates"
        )
    return tuple(sorted(parse_date(day) for day in value))


def parse_hours(key: Any) -> tuple[int, ...]:
    """Return the hours of the day of ``"08-12"`` (8, 9, 10, 11), ``"22-06"`` or the single hour ``"9"``."""
    match = re.match(r"^\s*(\d{1,2})(?::00)?(?:\s*-\s*(\d{1,2})(?::00)?)?\s*$", str(key))
    first = int(match[1]) if match else 24
    end = int(match[2]) if match and match[2] else first + 1
    if first > 23 or end > 24 or first == end:
        raise ValueError(f"{shown(key)} is no span of clock hours, expected for instance '08-12'")
    return tuple(hour % 24 for hour in range(first, end if end > first else end + 24))


def _percent(text: str) -> float | None:
    match = re.match(r"^\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+))\s*%\s*$", text)
    return float(match[1]) / 100 if match else None


def parse_clock_time(text: str) -> int:
    """Return minutes after midnight of ``"09:30"``; ``"24:00"`` is the end of the day."""
    match = re.match(r"^\s*(\d{1,2}):(\d{2})\s*$", text)
    minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else None
    if minutes is None or minutes > 24 * 60:
        raise ValueError(f"{shown(text)} is no clock time, expected for instance '09:00'")
    return minutes


def parse_clock_time_of_file(value: Any) -> int:
    """Return minutes after midnight of ``"09:30"``, whatever else a file may hold there."""
    return parse_clock_time(str(value))


def parse_clock_range(value: Any) -> tuple[int, int]:
    """Return (start, end) in minutes after midnight of ``"09:00-17:00"``; an end at or before the start is next day."""
    if isinstance(value, tuple):
        return value
    parts = value.split("-") if isinstance(value, str) else []
    if len(parts) != 2:
        raise ValueError(f"{shown(value)} is no span of clock times, expected for instance '09:00-17:00'")
    start, end = parse_clock_time(parts[0]), parse_clock_time(parts[1])
    if start == end:
        raise ValueError(f"{shown(value)} is empty, expected an end that differs from the start")
    return (start, end) if end > start else (start, end + 24 * 60)


def parse_days(key: Any) -> tuple[int, ...]:
    """Return weekday numbers (Monday 0) of ``"mon"``, ``"mon-fri"``, ``"sat,sun"`` or ``"daily"``."""
    text = str(key).lower()
    if text.strip() == "daily":
        return tuple(range(7))
    days: list[int] = []
    for part in text.split(","):
        ends = [end.strip() for end in part.split("-")]
        if not 1 <= len(ends) <= 2 or any(end not in WEEKDAYS for end in ends):
            raise ValueError(
                f"{shown(key)} names no weekdays, expected for instance 'mon', 'mon-fri', 'sat,sun' or 'daily'"
            )
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        if last < first:
            last += 7
        days += [day % 7 for day in range(first, last + 1)]
    if len(days) != len(dict.fromkeys(days)):
        raise ValueError(f"{shown(key)} names a weekday twice")
    return tuple(sorted(days))


@dataclass(frozen=True, eq=False)
class AlsoAs:
    """Tells editors of short forms that are accepted besides the long one."""

    schemas: tuple[dict[str, Any], ...]

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Return the long form's JSON Schema with the short ones before it."""
        return {"anyOf": [*self.schemas, handler(core_schema)]}


def _text(pattern: str, *examples: str) -> dict[str, Any]:
    return {"type": "string", "pattern": rf"^\s*{pattern}\s*$", "examples": list(examples)}


_QUANTITY_PATTERN = r"([0-9]+(\.[0-9]+)?|\.[0-9]+)"
_TIME_PATTERN = r"[0-9]{1,2}:[0-9]{2}"
_DAY_PATTERN = r"(mon|tue|wed|thu|fri|sat|sun)"
_UNIT_PATTERN = "(" + "|".join(sorted(_UNITS_MS, key=len, reverse=True)) + ")"
_DURATION_TEXT = _text(rf"{_QUANTITY_PATTERN}\s*{_UNIT_PATTERN}", "15 min", "4 h", "2 days")
_BUSINESS_DAYS_TEXT = _text(r"[0-9]+\s*business days?", "5 business days")

DURATION_SCHEMA: dict[str, Any] = {"anyOf": [_DURATION_TEXT, {"const": 0}]}
SHARE_SCHEMA: dict[str, Any] = {
    "anyOf": [_text(rf"{_QUANTITY_PATTERN}\s*%", "25%"), {"type": "number", "minimum": 0, "maximum": 1}]
}
CLOCK_RANGE_SCHEMA: dict[str, Any] = _text(rf"{_TIME_PATTERN}\s*-\s*{_TIME_PATTERN}", "09:00-17:00")
DAYS_PATTERN = rf"^\s*(daily|{_DAY_PATTERN}(\s*[-,]\s*{_DAY_PATTERN})*)\s*$"
HOURS_PATTERN = r"^\s*[0-9]{1,2}(:00)?(\s*-\s*[0-9]{1,2}(:00)?)?\s*$"
DATE_SCHEMA: dict[str, Any] = {"type": "string", "format": "date", "examples": ["2026-01-05"]}
HOLIDAYS_SCHEMA: dict[str, Any] = {
    "anyOf": [_text("[A-Z]{2,3}(-[A-Za-z0-9]+)?", "US", "DE-BY"), {"type": "array", "items": DATE_SCHEMA}]
}

Number = Annotated[float, BeforeValidator(parse_number)]
"""A finite number."""

Whole = Annotated[int, BeforeValidator(parse_whole)]
"""A whole number."""

Switch = Annotated[bool, BeforeValidator(parse_switch)]
"""``true`` or ``false``."""

Duration = Annotated[int, BeforeValidator(parse_duration), WithJsonSchema(DURATION_SCHEMA)]
"""Milliseconds, written ``15 min``."""

Promise = Annotated[
    int | BusinessDays,
    BeforeValidator(parse_promise),
    WithJsonSchema({"anyOf": [_DURATION_TEXT, _BUSINESS_DAYS_TEXT]}),
]
"""Milliseconds or `BusinessDays`."""

Share = Annotated[float, BeforeValidator(parse_share), WithJsonSchema(SHARE_SCHEMA)]
"""0..1, written ``25%``."""

Change = Annotated[
    float, BeforeValidator(parse_change), WithJsonSchema(_text(rf"[+-]{_QUANTITY_PATTERN}\s*%", "+300%", "-50%"))
]
"""Relative change, written ``+300%``."""

Rate = Annotated[float, BeforeValidator(parse_rate), WithJsonSchema(_text(rf"[+-]?{_QUANTITY_PATTERN}\s*%", "4%"))]
"""Relative growth per unit of time, written ``4%``."""

ClockTime = Annotated[
    int,
    BeforeValidator(parse_clock_time_of_file),
    WithJsonSchema(_text(_TIME_PATTERN, "10:00")),
]
"""Minutes after local midnight, written ``10:00``."""

ClockRange = Annotated[tuple[int, int], BeforeValidator(parse_clock_range), WithJsonSchema(CLOCK_RANGE_SCHEMA)]
"""Minutes after local midnight (start, end), written ``09:00-17:00``."""

LocalDate = Annotated[date, BeforeValidator(parse_date), WithJsonSchema(DATE_SCHEMA)]
"""A date, written ``2026-01-05``."""

LocalTime = Annotated[
    datetime,
    BeforeValidator(parse_local_time),
    WithJsonSchema(_text(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[ T]{_TIME_PATTERN}(:00)?", "2026-02-10 10:00")),
]
"""A local time without a zone, written ``2026-02-10 10:00``."""

Holidays = Annotated[str | tuple[date, ...], BeforeValidator(parse_holidays), WithJsonSchema(HOLIDAYS_SCHEMA)]
"""A country code (``US``), a country and subdivision (``DE-BY``), or a list of dates."""
