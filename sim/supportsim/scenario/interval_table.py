"""Tables by interval from CSV files: contacts by channel, heads by team.

A row has the beginning of an interval on the wall clock (``2026-01-05 09:00``, or ``mon-fri 09:00`` in a file that
shows an ordinary week) and a number for each column. What a row says of an interval holds for as long as the wall
clock shows it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from supportsim.scenario.civil import zone
from supportsim.scenario.faults import Wrong
from supportsim.scenario.suggest import expected_one_of
from supportsim.scenario.units import WEEKDAYS, parse_clock_time, parse_days, parse_local_time, shown

TABLE_EXPECTED = "a header such as start,email,phone and a row for each interval"
INTERVALS = (15, 30, 60)
"""Minutes that an interval may have."""
MONDAY = datetime(2001, 1, 1)
"""Stands for the Monday of the ordinary week."""
LONGEST = timedelta(days=11 * 365)
"""From the first interval of a table to its last."""
_DAY_MINUTES = 24 * 60
_LARGEST, _MOST_HEADS = 1e6, 5000
_CELL = re.compile(r'(?:\s*"((?:[^"]|"")*)"\s*|([^,]*))(?:,|$)')
_SEPARATORS = {";": "semicolons", "\t": "tabs"}


@dataclass(frozen=True)
class Columns:
    """What a table may and must have besides ``start``.

    Args:
        known: names of columns.
        needed: those that must be there, and are read.
        what: a column is, for people.
        whole: whether its numbers are whole.
    """

    known: Sequence[str]
    needed: Sequence[str]
    what: str
    whole: bool = False


@dataclass(frozen=True)
class _Row:
    line: int
    begins: tuple[datetime, ...]
    values: tuple[float, ...]
    columns: tuple[int, ...]


@dataclass
class _Reading:
    columns: Columns
    names: list[str] = field(default_factory=list)
    weekly: bool | None = None
    wrong: list[Wrong] = field(default_factory=list)

    def note(self, line: int, column: int, problem: str) -> None:
        self.wrong.append(((line, column), problem))


def read_table(
    lines: Sequence[str], columns: Columns, unlisted_is_none: bool, timezone: str
) -> tuple[dict[str, object] | None, list[Wrong]]:
    """Return a table as `IntervalTable` states it, None if it cannot be told, and what is wrong with it.

    Args:
        lines: of the file; blank ones are passed over.
        columns: which there may be.
        unlisted_is_none: intervals without a row count as 0, on the days from the first row to the last.
        timezone: IANA name of the wall clock.
    """
    reading = _Reading(columns)
    cells = [(number, _cells(line)) for number, line in enumerate(lines, start=1)]
    cells = [(number, row) for number, row in cells if any(text for _, text in row)]
    if not cells:
        return None, [((1, 1), f"holds nothing but separators, expected {TABLE_EXPECTED}")]
    first_line, header = cells[0]
    while not header[-1][1]:
        header = header[:-1]
    if not _header(first_line, header, lines[first_line - 1], reading):
        return None, reading.wrong
    rows = [row for number, found in cells[1:] if (row := _row(number, found, header, reading)) is not None]
    if reading.wrong:
        return None, reading.wrong
    if not rows:
        reading.note(first_line, 1, f"no row follows the header, expected {TABLE_EXPECTED}")
        return None, reading.wrong
    table = _table(rows, reading, unlisted_is_none, _zone_or_utc(timezone))
    return (None if reading.wrong else table), reading.wrong


def _cells(line: str) -> list[tuple[int, str]]:
    """Return column and text of each cell of a line."""
    found, at = [], 0
    while (match := _CELL.match(line, at)) is not None:
        quoted = match[1] is not None
        text = match[1].replace('""', '"') if quoted else match[2]
        blank = len(text) - len(text.lstrip())
        found.append((match.start(1 if quoted else 2) + blank + 1, text.strip()))
        if not match[0].endswith(","):
            break
        at = match.end()
    return found


# ---- header and rows ---------------------------------------------------------------------------------------


def _header(number: int, header: Sequence[tuple[int, str]], line: str, reading: _Reading) -> bool:
    """Read the names of the columns; return whether the rows can be read."""
    for separator, name in _SEPARATORS.items():
        if len(header) == 1 and separator in line:
            problem = f"separated by {name}, expected commas (and points in numbers, as in 12.5)"
            reading.note(number, line.index(separator) + 1, problem)
            return False
    first_column, first = header[0]
    if first != "start":
        reading.note(number, first_column, f"{shown(first)} is no header, expected {TABLE_EXPECTED}")
        return False
    known, what = reading.columns.known, reading.columns.what
    for column, name in header[1:]:
        if name not in known:
            reading.note(number, column, f"unknown {what} {name!r}, {expected_one_of(name, known)}")
        elif name in reading.names:
            reading.note(number, column, f"{what} {name!r} has a column already, expected one for each")
        reading.names.append(name)
    for name in reading.columns.needed:
        if name not in reading.names:
            reading.note(number, 1, f"{what} {name!r} has no column, expected one for each")
    return True


def _row(
    number: int, cells: Sequence[tuple[int, str]], header: Sequence[tuple[int, str]], reading: _Reading
) -> _Row | None:
    while len(cells) > len(header) and not cells[-1][1]:
        cells = cells[:-1]
    if len(cells) != len(header):
        reading.note(number, 1, f"has {len(cells)} cells, expected {len(header)} as in the header")
        return None
    begins = _begins(number, *cells[0], reading)
    values = [_value(number, column, text, reading) for column, text in cells[1:]]
    return _Row(number, begins, tuple(values), tuple(column for column, _ in cells)) if begins else None


def _begins(number: int, column: int, text: str, reading: _Reading) -> tuple[datetime, ...]:
    """Return the beginnings of a row's intervals; those of an ordinary week are in that of `MONDAY`."""
    days, _, clock = text.rpartition(" ")
    weekly = text[:1].isalpha()
    try:
        if weekly:
            minutes = parse_clock_time(clock)
            begins = tuple(MONDAY + timedelta(days=day, minutes=minutes) for day in parse_days(days))
        else:
            minutes = 0
            begins = (parse_local_time(text),)
    except ValueError:
        begins, minutes = (), 0
    if not begins or minutes == _DAY_MINUTES or any(begin.minute % INTERVALS[0] for begin in begins):
        expected = "a quarter of an hour such as '2026-01-05 09:15', or 'mon-fri 09:15' in an ordinary week"
        reading.note(number, column, f"{shown(text)} begins no interval, expected {expected}")
        return ()
    if reading.weekly is None:
        reading.weekly = weekly
    if reading.weekly != weekly:
        reading.note(number, column, f"{shown(text)} does not go with the rows before, expected dates or weekdays")
    return begins


def _value(number: int, column: int, text: str, reading: _Reading) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    # int and float read 1_000 too, which nobody means.
    whole = reading.columns.whole
    most = _MOST_HEADS if whole else _LARGEST
    if not 0 <= value <= most or "_" in text or (whole and not value.is_integer()):
        kind = "a whole number" if whole else "a number"
        reading.note(number, column, f"{shown(text)} is not understood here, expected {kind} from 0 to {most:,.0f}")
    return value


# ---- from rows to a table ----------------------------------------------------------------------------------


def _table(
    rows: Sequence[_Row], reading: _Reading, unlisted_is_none: bool, timezone: ZoneInfo
) -> dict[str, object] | None:
    at: dict[datetime, _Row] = {}
    for row in rows:
        for begin in row.begins:
            earlier = at.setdefault(begin, row)
            if earlier is not row:
                problem = f"{_shown(begin, reading)} has a row already, in line {earlier.line}; expected one"
                reading.note(row.line, row.columns[0], problem)
    step = _step(sorted(at), at, reading)
    if reading.wrong:
        return None
    first, end = _ends(list(at), step, bool(reading.weekly), unlisted_is_none)
    if end - first > LONGEST:
        problem = f"is more than {LONGEST.days // 365} years after {_shown(first, reading)}, expected less"
        reading.note(at[max(at)].line, at[max(at)].columns[0], f"{_shown(max(at), reading)} {problem}")
        return None
    dense = _without_gaps(list(_every(first, end, step)), at, reading, unlisted_is_none, timezone)
    columns = {name: [row[place] for row in dense] for place, name in enumerate(reading.names)}
    columns = {name: columns[name] for name in reading.columns.needed}
    return {"minutes": step, "begins": None if reading.weekly else f"{first:%Y-%m-%d %H:%M}", "columns": columns}


def _without_gaps(
    begins: Sequence[datetime],
    at: Mapping[datetime, _Row],
    reading: _Reading,
    unlisted_is_none: bool,
    timezone: ZoneInfo,
) -> list[tuple[float, ...]]:
    """Return the values of every interval; the first one that lacks a row is noted."""
    values: list[tuple[float, ...]] = []
    last, step = at[min(at)], begins[1] - begins[0]
    for begin in begins:
        row, skipped = at.get(begin), not reading.weekly and _is_skipped(begin, step, timezone)
        if row is None and not skipped and not unlisted_is_none:
            problem = f"{_shown(begin, reading)} has no row, expected one for each interval, or unlisted: none"
            reading.note(last.line, last.columns[0], f"behind this row, {problem}")
            break
        if row is not None and skipped and any(row.values):
            problem = "is skipped by the clocks, expected 0 or no row"
            reading.note(row.line, row.columns[0], f"{_shown(begin, reading)} {problem}")
        last = last if row is None else row
        values.append((0.0,) * len(reading.names) if row is None else row.values)
    return values


def _step(begins: Sequence[datetime], at: Mapping[datetime, _Row], reading: _Reading) -> int:
    """Return the minutes of an interval: the least distance between two rows."""
    steps = [((later - earlier) // timedelta(minutes=1), later) for earlier, later in pairwise(begins)]
    if not steps:
        reading.note(at[begins[0]].line, 1, "is the only row, expected one for each interval")
        return 0
    step, later = min(steps)
    if step not in INTERVALS:
        problem = f"follows {step} min after the row before, expected every 15, 30 or 60 min"
        reading.note(at[later].line, at[later].columns[0], f"{_shown(later, reading)} {problem}")
        return 0
    for begin in begins:
        if begin.minute % step:
            problem = f"begins no interval of {step} min, expected them from the full hour on"
            reading.note(at[begin].line, at[begin].columns[0], f"{_shown(begin, reading)} {problem}")
    return step


def _ends(begins: Sequence[datetime], step: int, weekly: bool, unlisted_is_none: bool) -> tuple[datetime, datetime]:
    if weekly:
        return MONDAY, MONDAY + timedelta(days=7)
    first, end = min(begins), max(begins) + timedelta(minutes=step)
    if not unlisted_is_none:
        return first, end
    midnight = datetime.min.time()
    after = datetime.combine(max(begins), midnight) + timedelta(days=1)
    return datetime.combine(first, midnight), after


def _every(first: datetime, end: datetime, step: int) -> Iterator[datetime]:
    while first < end:
        yield first
        first += timedelta(minutes=step)


def _zone_or_utc(timezone: str) -> ZoneInfo:
    """Return a time zone; that there is none of its name is told elsewhere."""
    try:
        return zone(timezone)
    except ValueError:
        return ZoneInfo("UTC")


def _is_skipped(begin: datetime, step: timedelta, timezone: ZoneInfo) -> bool:
    """Return whether the wall clock never shows any of an interval."""
    quarters = _every(begin, begin + step, INTERVALS[0])
    shown_at = ((each, each.replace(tzinfo=timezone).astimezone(UTC).astimezone(timezone)) for each in quarters)
    return all(each != at.replace(tzinfo=None) for each, at in shown_at)


def _shown(begin: datetime, reading: _Reading) -> str:
    return f"{WEEKDAYS[begin.weekday()]} {begin:%H:%M}" if reading.weekly else f"{begin:%Y-%m-%d %H:%M}"
