"""Blocks of time off the floor inside a working day: breaks, meetings, training and so on.

The shifts of a person on one date are one working day. Blocks at a stated clock time are cut out of it first. What is
left, laid end to end, is the day into which the others are put; without them it is the net time:

- the n breaks cut the net time into n + 1 equal stretches, moved together by up to half a
  stretch either way, so that people with different numbers do not leave together;
- every other block begins after a drawn share of the net time.

So these blocks never overlap, never leave the day and keep their exact lengths. ``breaks`` are
those of the team's longest shift; shorter shifts have them shortened in proportion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import OffReason
from supportsim.scenario.calendars import LocalTime
from supportsim.scenario.teams import Block, OffFloor, Shrinkage
from supportsim.scenario.units import DAY_MS, MINUTE_MS, parse_days
from supportsim.workload.streams import Streams

_GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, modulo 1, spread any number of people evenly."""

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Pieces:
    """Stretches of time as columns (n,), each part of the row of shifts that ``row`` names."""

    row: Integers
    start_ms: Integers
    end_ms: Integers
    end_reason: NDArray[np.int8]


@dataclass(frozen=True)
class Days:
    """Working days (D,).

    Args:
        identity: uint64 (D,), keys what is drawn.
        number: int (D,), the person's number in the team.
        weekday: int64 (D,).
        paid_ms: int64 (D,), all shifts of the day.
        net_ms: int64 (D,), less blocks at stated times.
        mentoring_ms: int64 (D,), time with new colleagues.
    """

    identity: NDArray[np.uint64]
    number: NDArray[np.int32]
    weekday: Integers
    paid_ms: Integers
    net_ms: Integers
    mentoring_ms: Integers


def kinds(shrinkage: Shrinkage) -> tuple[tuple[OffReason, str, OffFloor], ...]:
    """Return the kinds of time off the floor besides breaks: reason, name of the stream, and what is stated."""
    return (
        (OffReason.MEETING, "meeting", shrinkage.meetings),
        (OffReason.TRAINING, "training", shrinkage.training),
        (OffReason.ADMIN, "admin", shrinkage.admin),
        (OffReason.COACHING, "coaching", shrinkage.coaching),
        (OffReason.QUALITY_REVIEW, "quality_review", shrinkage.quality_reviews),
    )


# ---- blocks at stated times ------------------------------------------------------------------------------


def cut_stated(shrinkage: Shrinkage, local: LocalTime, date: Integers, start_ms: Integers, end_ms: Integers) -> Pieces:
    """Cut the blocks at stated clock times out of shifts.

    Args:
        shrinkage: as stated.
        local: the team's wall clock.
        date: int64 (S,), ordinal of each shift's date; a block after midnight belongs to the next.
        start_ms: int64 (S,).
        end_ms: int64 (S,).
    """
    stated = _stated(shrinkage)
    rows = np.arange(len(date))
    if not stated or not len(rows):
        return Pieces(rows, start_ms, end_ms, np.full(len(rows), OffReason.SHIFT_END, dtype=np.int8))
    off_ms, on_again_ms, reason = _clock_blocks(stated, local, date, start_ms, end_ms)
    order = np.argsort(off_ms, axis=1, kind="stable")
    off_ms, reason = np.take_along_axis(off_ms, order, axis=1), np.take_along_axis(reason, order, axis=1)
    on_again_ms = np.maximum.accumulate(np.take_along_axis(on_again_ms, order, axis=1), axis=1)
    begins_ms = np.concatenate([start_ms[:, None], on_again_ms], axis=1)
    until_ms = np.concatenate([off_ms, end_ms[:, None]], axis=1)
    why = np.concatenate([reason, np.full((len(rows), 1), OffReason.SHIFT_END, dtype=np.int8)], axis=1)
    why = np.where(until_ms >= end_ms[:, None], np.int8(OffReason.SHIFT_END), why)
    row, piece = np.nonzero(begins_ms < until_ms)
    return Pieces(row, begins_ms[row, piece], until_ms[row, piece], why[row, piece])


def begin_with(
    shrinkage: Shrinkage, local: LocalTime, date: Integers, start_ms: Integers, end_ms: Integers
) -> tuple[Integers, NDArray[np.int8]]:
    """Return those of shifts (S,) that begin with a block at a stated time, and its reason, (n,) each."""
    stated = _stated(shrinkage)
    if not stated or not len(date):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int8)
    off_ms, on_again_ms, reason = _clock_blocks(stated, local, date, start_ms, end_ms)
    begins = (off_ms == start_ms[:, None]) & (on_again_ms > off_ms)
    rows = np.flatnonzero(begins.any(axis=1))
    return rows, reason[rows, begins[rows].argmax(axis=1)]


def _stated(shrinkage: Shrinkage) -> list[tuple[OffReason, Block]]:
    stated = [(OffReason.BREAK, pause) for pause in shrinkage.breaks if pause.at is not None]
    return stated + [
        (reason, block) for reason, _, time_off in kinds(shrinkage) for block in time_off.blocks if block.at is not None
    ]


def _clock_blocks(
    stated: list[tuple[OffReason, Block]], local: LocalTime, date: Integers, start_ms: Integers, end_ms: Integers
) -> tuple[Integers, Integers, NDArray[np.int8]]:
    """Return beginnings, ends and reasons (S, 2 x blocks), clipped to the shifts; those outside have no length."""
    off, on_again, reasons = [], [], []
    for reason, block in stated:
        for later in (0, 1):
            day = date + later
            begins_ms = local.instant(day * DAY_MS + (block.at or 0) * MINUTE_MS)
            held = np.isin((day - 1) % 7, parse_days(block.on))
            off.append(np.clip(begins_ms, start_ms, end_ms))
            on_again.append(np.where(held, np.clip(begins_ms + block.takes, start_ms, end_ms), off[-1]))
            reasons.append(int(reason))
    why = np.broadcast_to(np.array(reasons, dtype=np.int8), (len(date), len(reasons)))
    off_ms, on_again_ms = np.column_stack(off), np.column_stack(on_again)
    # What has no length must not cut, so it goes to the end of the shift.
    empty, gone_ms = on_again_ms <= off_ms, end_ms[:, None]
    return np.where(empty, gone_ms, off_ms), np.where(empty, gone_ms, on_again_ms), why


# ---- blocks at drawn times -------------------------------------------------------------------------------


def put_in(
    shrinkage: Shrinkage, longest_ms: int, streams: Streams, team: str, days: Days
) -> tuple[Integers, Integers, NDArray[np.int8]]:
    """Return beginnings, ends and reasons (D, B) of the other blocks of D days, in time of the working day.

    Args:
        shrinkage: as stated.
        longest_ms: the team's longest shift, which has the breaks in full.
        streams: of the replication.
        team: its name.
        days: the working days.
    """
    pauses = [pause for pause in shrinkage.breaks if pause.at is None]
    lengths = [np.where(_on(pause, days), days.paid_ms * pause.takes / longest_ms, 0) for pause in pauses]
    shares: list[NDArray[np.float64]] = []
    reasons = [OffReason.BREAK] * len(pauses)
    for reason, stream, length_ms, nth in _drawn(shrinkage, days):
        lengths.append(length_ms)
        shares.append(streams.uniform(f"{stream}/{team}", days.identity, nth))
        reasons.append(reason)
    if not lengths:
        none = np.zeros((len(days.identity), 0), dtype=np.int64)
        return none, none, none.astype(np.int8)
    length_ms = np.rint(np.column_stack(lengths)).astype(np.int64)
    net_ms = np.maximum(days.net_ms - length_ms.sum(axis=1), 0)
    stretch_ms = net_ms / (len(pauses) + 1)
    moved_ms = ((days.number + 0.5) * _GOLDEN % 1 - 0.5) * stretch_ms
    after_net: list[NDArray[Any]] = [(nth + 1) * stretch_ms + moved_ms for nth in range(len(pauses))]
    after_net_ms = np.column_stack([*after_net, *(share * net_ms for share in shares)]).astype(np.int64)
    order = np.argsort(after_net_ms, axis=1, kind="stable")
    length_ms = np.take_along_axis(length_ms, order, axis=1)
    on_again_ms = np.take_along_axis(after_net_ms, order, axis=1) + np.cumsum(length_ms, axis=1)
    return on_again_ms - length_ms, on_again_ms, np.array(reasons, dtype=np.int8)[order]


def _on(block: Block, days: Days) -> NDArray[np.bool_]:
    return np.isin(days.weekday, parse_days(block.on))


def _drawn(shrinkage: Shrinkage, days: Days) -> list[tuple[OffReason, str, NDArray[Any], int]]:
    """Return reason, stream, length (D,) and number within its stream of each block at a drawn time."""
    found: list[tuple[OffReason, str, NDArray[Any], int]] = []
    for reason, stream, time_off in kinds(shrinkage):
        if time_off.share:
            found.append((reason, stream, days.paid_ms * time_off.share, 0))
        for nth, block in enumerate(time_off.blocks):
            if block.at is None:
                found.append((reason, stream, np.where(_on(block, days), block.takes, 0), nth))
    if days.mentoring_ms.any():
        found.append((OffReason.MENTORING, "mentoring", np.minimum(days.mentoring_ms, days.net_ms // 2), 0))
    return found
