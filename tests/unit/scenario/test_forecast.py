"""Forecasts in scenario files: found beside the file, part of the digest, and at odds with nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from supportsim.scenario.loader import ScenarioError, load_scenario

SMALL = """\
name: small
period: {start: 2026-01-05, length: 1 week, warm_up: 1 week, run_out: 1 day}
demand:
  forecast: calls.csv
  channels: {email: {}, phone: {}}
work: {L1: {handle: 10 min}}
shifts: {core: "09:00-17:00"}
teams: {desk: {tier: L1, roster: {mon-fri: {core: 2}}}}
"""
WEEK = "start,email,phone\n" + "".join(f"daily {hour:02}:00,{hour},1\n" for hour in range(24))


def dated(first: date, days: int) -> str:
    starts = [datetime(first.year, first.month, first.day) + timedelta(hours=hour) for hour in range(24 * days)]
    return "start,email,phone\n" + "".join(f"{start:%Y-%m-%d %H:%M},1,2\n" for start in starts)


def write(folder: Path, csv: str, scenario: str = SMALL) -> Path:
    (folder / "calls.csv").write_text(csv, encoding="utf-8")
    file = folder / "small.yaml"
    file.write_text(scenario, encoding="utf-8")
    return file


def faults(file: Path, *overrides: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file, overrides)
    return [f"{Path(each.file).name}:{each.line}:{each.column}: {each.path}: {each.message}".replace(
        f"{file.parent}/", "") for each in caught.value.faults]  # fmt: skip


def test_a_forecast_is_read_beside_the_file_and_is_part_of_the_digest(tmp_path: Path) -> None:
    file = write(tmp_path, WEEK)
    loaded = load_scenario(file)
    forecast = loaded.scenario.demand.forecast
    assert forecast is not None
    assert forecast.table is not None
    assert forecast.table.columns["email"] == tuple(map(float, range(24))) * 7
    write(tmp_path, WEEK.replace("daily 09:00,9", "daily 09:00,9.5"))
    assert load_scenario(file).digest != loaded.digest
    # Spelled in full it is the same.
    whole = SMALL.replace("forecast: calls.csv", "forecast: {file: calls.csv, unlisted: refused}")
    assert load_scenario(write(tmp_path, WEEK, whole)).digest == loaded.digest


def test_a_forecast_by_dates_covers_warm_up_and_run_out(tmp_path: Path) -> None:
    file = write(tmp_path, dated(date(2025, 12, 29), 15))
    assert load_scenario(file).scenario.demand.forecast is not None
    write(tmp_path, dated(date(2025, 12, 29), 14))
    whole = (
        "expected all of 2025-12-29 00:00 to 2026-01-13 00:00 (warm-up and run-out included), or beyond: nearest_week"
    )
    assert faults(file) == [f"small.yaml:4:13: demand.forecast: calls.csv says nothing of 2026-01-12 00:00, {whole}"]
    write(tmp_path, dated(date(2025, 12, 30), 14))
    assert faults(file) == [f"small.yaml:4:13: demand.forecast: calls.csv says nothing of 2025-12-29 00:00, {whole}"]


def test_the_nearest_week_needs_a_week(tmp_path: Path) -> None:
    whole = SMALL.replace("calls.csv", "{file: calls.csv, beyond: nearest_week}")
    assert load_scenario(write(tmp_path, dated(date(2026, 1, 5), 7), whole))
    assert faults(write(tmp_path, dated(date(2026, 1, 5), 6), whole)) == [
        "small.yaml:4:39: demand.forecast.beyond: calls.csv is shorter than a week, expected at least one for the"
        " nearest_week"
    ]
    assert faults(write(tmp_path, WEEK, whole)) == [
        "small.yaml:4:31: demand.forecast.beyond: has no effect, the file shows an ordinary week that holds for every"
        " week; expected no such key"
    ]


def test_nothing_else_says_how_many_come(tmp_path: Path) -> None:
    file = write(tmp_path, WEEK, SMALL.replace("email: {}", "email: {share: 60%, hours: {profile: flat}}"))
    found = faults(file, "demand.contacts={count: 5}", "demand.growth={rate: 4%}", "demand.seasons={weekday: {mon: 1}}")
    said = "is what the forecast says, expected no {} beside it (null removes an inherited one)"
    assert sorted(line.partition(": ")[2] for line in found) == [
        f"demand.channels.email.hours: {said.format('hours')}",
        f"demand.channels.email.share: {said.format('share')}",
        f"demand.contacts: {said.format('contacts')}",
        f"demand.growth: {said.format('growth')}",
        f"demand.seasons: {said.format('seasons')}",
    ]


def test_without_a_forecast_contacts_and_shares_are_needed(tmp_path: Path) -> None:
    file = write(tmp_path, WEEK)
    assert [line.partition(": ")[2] for line in faults(file, "demand.forecast=null")] == [
        "demand.contacts: missing, expected for instance {count: 1200, per: month}, or a forecast",
        "demand.channels.email.share: missing, expected its share of all contacts",
        "demand.channels.phone.share: missing, expected its share of all contacts",
    ]


def test_faults_are_at_their_place_in_the_file_and_all_at_once(tmp_path: Path) -> None:
    text = "\ufeffstart,email,phone\r\ndaily 09:00,x,1\r\ndaily 10:00,1,\r\n"
    assert faults(write(tmp_path, text, SMALL + "sla: {calendar: never}\n")) == [
        "small.yaml:9:17: sla.calendar: unknown calendar 'never', expected always",
        "calls.csv:2:13: demand.forecast: 'x' is not understood here, expected a number from 0 to 1,000,000",
        "calls.csv:3:15: demand.forecast: '' is not understood here, expected a number from 0 to 1,000,000",
    ]
    (tmp_path / "calls.csv").unlink()
    assert faults(tmp_path / "small.yaml")[:1] == [
        "small.yaml:4:13: demand.forecast: calls.csv cannot be read: No such file or directory; expected a file with a"
        " header such as start,email,phone and a row for each interval"
    ]


def test_the_table_is_not_for_the_scenario_to_state(tmp_path: Path) -> None:
    stated = "{file: calls.csv, table: {minutes: 15, begins: 2026-01-05 00:00, columns: {email: [1]}}}"
    file = write(tmp_path, WEEK, SMALL.replace("calls.csv", stated))
    assert any("is read from the file, expected no such key" in fault for fault in faults(file))
