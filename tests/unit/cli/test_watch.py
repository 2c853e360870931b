"""The keys of ``supportsim watch``."""

from __future__ import annotations

from supportsim.cli.watch import HOUR_MS, SPEEDS, Player

END_MS = 100 * HOUR_MS


def player(at_ms: float = 0, speed: float = 60, **more: bool) -> Player:
    return Player(at_ms, END_MS, speed, **more)


def test_time_passes_at_its_speed_and_stops_at_the_end() -> None:
    assert player().after(2).at_ms == 2 * HOUR_MS
    assert player(paused=True).after(2).at_ms == 0
    last = player(END_MS - 5).after(1)
    assert (last.at_ms, last.paused) == (END_MS, True)


def test_pause_and_step() -> None:
    assert player().pressed(" ", 7).paused
    assert not player(paused=True).pressed(" ", 7).paused
    stepped = player(5).pressed("s", 1234)
    assert (stepped.at_ms, stepped.paused) == (1234, True)
    assert player().pressed("s", END_MS + 9).at_ms == END_MS


def test_faster_and_slower_within_bounds() -> None:
    assert player(speed=60).pressed("+", 0).speed == 120
    assert player(speed=60).pressed("-", 0).speed == 20
    assert player(speed=SPEEDS[-1]).pressed("+", 0).speed == SPEEDS[-1]
    assert player(speed=SPEEDS[0]).pressed("-", 0).speed == SPEEDS[0]


def test_hours_and_days_on_and_back() -> None:
    assert player(HOUR_MS).pressed("h", 0).at_ms == 2 * HOUR_MS
    assert player(HOUR_MS).pressed("d", 0).at_ms == 25 * HOUR_MS
    assert player(HOUR_MS / 2).pressed("b", 0).at_ms == 0
    assert player(END_MS - 1).pressed("d", 0).at_ms == END_MS


def test_leaving_and_keys_without_a_meaning() -> None:
    assert player().pressed("q", 0).over
    assert player().pressed("\x1b", 0) == player()
