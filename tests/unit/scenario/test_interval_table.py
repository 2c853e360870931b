"""Tables by interval: how a CSV file is read, and every fault at its line and column."""

from __future__ import annotations

import pytest

from supportsim.scenario.interval_table import Columns, read_table

COLUMNS = Columns(("email", "phone"), ("email", "phone"), "channel")
HEADS = Columns(("desk", "experts"), ("desk",), "team", whole=True)


def read(text: str, columns: Columns = COLUMNS, *, unlisted_is_none: bool = False, timezone: str = "UTC"):
    return read_table(text.splitlines(), columns, unlisted_is_none, timezone)


def faults(text: str, columns: Columns = COLUMNS, **how) -> list[str]:
    table, wrong = read(text, columns, **how)
    assert table is None
    return [f"{line}:{column}: {message}" for (line, column), message in wrong]


def test_rows_by_date_become_columns_whatever_their_order_quotes_and_blank_ends() -> None:
    text = 'start, phone ,"email",,\n2026-01-05T09:30,4,2\n2026-01-05 09:00:00, 3.5,"1e1"\n\n,,\n'
    assert read(text) == (
        {"minutes": 30, "begins": "2026-01-05 09:00", "columns": {"phone": [3.5, 4.0], "email": [10.0, 2.0]}},
        [],
    )


def test_an_ordinary_week_runs_from_monday_and_days_share_a_row() -> None:
    table, wrong = read("start,desk\nmon-fri 09:00,3\nfri 10:00,2\nsun 23:00,1\n", HEADS, unlisted_is_none=True)
    assert not wrong
    assert table is not None
    heads = table["columns"]["desk"]
    assert (table["minutes"], table["begins"], len(heads)) == (60, None, 7 * 24)
    assert {hour: head for hour, head in enumerate(heads) if head} == {
        **{24 * day + 9: 3.0 for day in range(5)}, 4 * 24 + 10: 2.0, 6 * 24 + 23: 1.0,
    }  # fmt: skip


def test_what_is_not_listed_is_none_on_whole_days_only_if_the_scenario_says_so() -> None:
    text = "start,desk\n2026-01-05 22:00,1\n2026-01-05 23:00,2\n2026-01-06 01:00,3\n"
    assert faults(text, HEADS) == [
        "3:1: behind this row, 2026-01-06 00:00 has no row, expected one for each interval, or unlisted: none"
    ]
    table, _ = read(text, HEADS, unlisted_is_none=True)
    assert table is not None
    assert table["begins"] == "2026-01-05 00:00"
    assert table["columns"]["desk"] == [0.0] * 22 + [1.0, 2.0, 0.0, 3.0] + [0.0] * 22


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("start;email;phone", "1:6: separated by semicolons, expected commas (and points in numbers, as in 12.5)"),
        ("start\temail", "1:6: separated by tabs, expected commas (and points in numbers, as in 12.5)"),
        ("Date,email,phone", "1:1: 'Date' is no header, expected a header such as start,email,phone and a row"),
        ("start,email,fone", "1:1: channel 'phone' has no column, expected one for each"),
        ("start,email,fone", "1:13: unknown channel 'fone', did you mean 'phone'?"),
        ("start,email,phone,email", "1:19: channel 'email' has a column already, expected one for each"),
        ("start,email,phone", "1:1: no row follows the header, expected a header such as"),
        (",,,\n,,,", "1:1: holds nothing but separators, expected a header such as"),
    ],
)
def test_headers_that_make_no_sense(header: str, expected: str) -> None:
    assert any(fault.startswith(expected) for fault in faults(header + "\n"))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("mon 09:30,1,", "3:13: '' is not understood here, expected a number from 0 to 1,000,000"),
        ("mon 09:30,1,-2", "3:13: '-2' is not understood here, expected a number from 0 to 1,000,000"),
        ('mon 09:30,"1,200",2', "3:12: '1,200' is not understood here, expected a number from 0 to 1,000,000"),
        ("mon 09:30,1_0,2", "3:11: '1_0' is not understood here, expected a number from 0 to 1,000,000"),
        ("mon 09:30, nan,2", "3:12: 'nan' is not understood here, expected a number from 0 to 1,000,000"),
        ("05/01/2026 09:30,1,2", "3:1: '05/01/2026 09:30' begins no interval, expected a quarter of an hour such as"),
        ("mon 09:20,1,2", "3:1: 'mon 09:20' begins no interval, expected a quarter of an hour such as"),
        ("mon 24:00,1,2", "3:1: 'mon 24:00' begins no interval, expected a quarter of an hour such as"),
        ("2026-01-05 09:30,1,2", "3:1: '2026-01-05 09:30' does not go with the rows before, expected dates or"),
        ("mon 09:30,1", "3:1: has 2 cells, expected 3 as in the header"),
        ("mon 09:30,1,2,3", "3:1: has 4 cells, expected 3 as in the header"),
        ("mon-wed 09:00,1,2", "3:1: mon 09:00 has a row already, in line 2; expected one"),
        ("mon 09:45,1,2", "3:1: mon 09:45 follows 45 min after the row before, expected every 15, 30 or 60 min"),
        ("mon 10:15,1,2\nmon 11:15,1,2", "3:1: mon 10:15 begins no interval of 60 min, expected them from the full"),
        (",,", "2:1: is the only row, expected one for each interval"),
    ],
)
def test_rows_that_make_no_sense(row: str, expected: str) -> None:
    assert any(fault.startswith(expected) for fault in faults(f"start,email,phone\nmon 09:00,1,2\n{row}\n"))


def test_heads_are_whole_and_other_teams_may_have_columns_too() -> None:
    assert faults("start,desk,experts\nmon 09:00,1.5,2\n", HEADS) == [
        "2:11: '1.5' is not understood here, expected a whole number from 0 to 5,000"
    ]
    table, _ = read("start,desk,experts\nmon 09:00,1,2\nmon 10:00,1,2\n", HEADS, unlisted_is_none=True)
    assert table is not None
    assert list(table["columns"]) == ["desk"]


def test_hours_that_the_clocks_skip_need_no_row_and_may_hold_nobody() -> None:
    rows = [f"2026-03-08 {hour:02}:00,1,2" for hour in range(5)]
    text = "start,email,phone\n" + "\n".join(rows)
    assert faults(text, timezone="America/New_York") == [
        "4:1: 2026-03-08 02:00 is skipped by the clocks, expected 0 or no row"
    ]
    table, wrong = read(text.replace("02:00,1,2", "02:00,0,0"), timezone="America/New_York")
    assert not wrong
    assert (table, []) == read(text.replace("2026-03-08 02:00,1,2\n", ""), timezone="America/New_York")
    assert read(text)[1] == []


def test_a_table_of_ages_is_refused_before_it_fills_the_memory() -> None:
    text = "start,desk\n1970-01-01 00:00,1\n1970-01-01 00:15,1\n2199-01-01 00:00,1\n"
    assert faults(text, HEADS, unlisted_is_none=True) == [
        "4:1: 2199-01-01 00:00 is more than 11 years after 1970-01-01 00:00, expected less"
    ]
