"""The ledger keeps what was written, on disk too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from supportsim.ledger import (
    COLUMNS,
    ENDS,
    NO_STATES,
    NOBODY,
    QUEUEING_EVENTS,
    WORK_ENDS,
    WORK_STARTS,
    Event,
    Ledger,
    LedgerWriter,
)

ROWS = [
    (0, NOBODY, Event.AGENT_ON, 0, 3),
    (5, 70_000, Event.ARRIVED, 2, NOBODY),
    (2**40, 70_000, Event.STARTED, 0, 3),
]


def written(rows: list[tuple[int, ...]]) -> Ledger:
    writer = LedgerWriter()
    for row in rows:
        writer.append(row)
    return writer.freeze()


def table(ledger: Ledger) -> list[tuple[int, ...]]:
    return list(zip(*(getattr(ledger, name).tolist() for name in COLUMNS), strict=True))


def test_rows_come_back_in_the_order_written() -> None:
    ledger = written(ROWS)
    assert table(ledger) == ROWS
    assert len(ledger) == 3


def test_columns_have_their_types() -> None:
    types = {name: getattr(written(ROWS), name).dtype for name in COLUMNS}
    assert types == {
        "time_ms": np.int64, "ticket": np.int32, "event": np.int8, "place": np.int16, "agent": np.int32,
    }  # fmt: skip


def test_an_empty_ledger_has_empty_columns() -> None:
    ledger = LedgerWriter().freeze()
    assert len(ledger) == 0
    assert table(ledger) == []


def test_the_writer_goes_on_after_a_freeze() -> None:
    writer = LedgerWriter()
    writer.append(ROWS[0])
    before = writer.freeze()
    writer.append(ROWS[1])
    assert table(before) == ROWS[:1]
    assert table(writer.freeze()) == ROWS[:2]


@pytest.mark.parametrize("rows", [ROWS, []])
def test_what_is_saved_is_loaded(tmp_path: Path, rows: list[tuple[int, ...]]) -> None:
    path = tmp_path / "ledger.npz"
    written(rows).save(path)
    loaded = Ledger.load(path)
    assert table(loaded) == rows
    assert [getattr(loaded, name).dtype for name in COLUMNS] == [getattr(written(rows), n).dtype for n in COLUMNS]


def test_saving_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "ledger.npz"
    written(ROWS[:1]).save(path)
    written(ROWS).save(path)
    assert table(Ledger.load(path)) == ROWS
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.npz"]


def test_a_failed_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.npz"
    written(ROWS[:1]).save(path)

    def full_disk(stream: object, **_: object) -> None:
        stream.write(b"half")  # type: ignore[attr-defined]
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="No space"):
        written(ROWS).save(path)
    assert table(Ledger.load(path)) == ROWS[:1]
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.npz"]


def test_same_rows_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(ROWS).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.npz"
    np.savez(path, time_ms=np.zeros(1), ticket=np.zeros(1), event=np.zeros(1), agent=np.zeros(1))
    with pytest.raises(ValueError, match=r"ledger\.npz: not a ledger, column 'place' is missing"):
        Ledger.load(path)


def test_columns_of_unequal_length_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.npz"
    np.savez(path, **{name: np.zeros(2 if name == "agent" else 1) for name in COLUMNS})
    with pytest.raises(ValueError, match="its columns differ in length"):
        Ledger.load(path)


@pytest.mark.parametrize("keep", [0, 1, 40, -1])
def test_a_file_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "ledger.npz"
    written(ROWS).save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"ledger\.npz: not a ledger"):
        Ledger.load(path)


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.npz"
    path.write_text("time,ticket\n")
    with pytest.raises(ValueError, match=r"ledger\.npz: not a ledger"):
        Ledger.load(path)


def test_every_ticket_event_is_of_one_kind() -> None:
    moves = {Event.ABANDONED, Event.CLOSED, Event.ENDED, Event.TURNED_AWAY, *NO_STATES}
    queueing, starts, ends = set(QUEUEING_EVENTS), set(WORK_STARTS), set(WORK_ENDS)
    assert queueing | starts | ends | moves == set(Event)
    assert not starts & (queueing | ends)
    assert queueing & ends == {Event.RELEASED, Event.PREEMPTED, Event.ESCALATED, Event.HANDED_BACK}


def test_every_event_of_a_ticket_leaves_it_in_one_state_or_as_it_is() -> None:
    owed_by_others = (Event.ASKED, Event.SENT_TO_FIX, Event.REFERRED, Event.PARKED)
    groups = (QUEUEING_EVENTS, WORK_STARTS, (Event.SUSPENDED,), owed_by_others, ENDS, NO_STATES)
    assert sorted(event for group in groups for event in group) == sorted(Event)
