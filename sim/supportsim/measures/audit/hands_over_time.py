"""What each agent has in hand after every row, what that lets the agent take, and how fast the work goes.

A *load* is what decides on more: how many contacts are in hand, how many the live ones among them
allow, whether deferrable work is among them, and whether the agent owns all that the rules allow.
A *kind* of ticket is deferrable, deferrable and urgent, or live with a limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.sorting import count_within, order_of
from supportsim.plan.model import Rules

UNITS = 1_000_000
"""Work is counted in millionths of a millisecond at full speed."""

DEFERRABLE, URGENT = 0, 1
"""Kinds of tickets; from 2 on, live ones by their limit."""

NO_LIMIT = 1 << 30


@dataclass(frozen=True)
class Timeline:
    """The rows that change what agents have in hand or own, sorted by agent and then by row; n of them.

    Args:
        row, agent, event: int (n,).
        first: bool (n,), the agent's first row.
        available: bool (n,), after the row.
        in_hand: int64 (n,), after the row.
        load: int64 (n,), the code of the load after the row.
        enter: int64 (n,), the row at which that load began.
        leave: int64 (n,), the row at which it ends, for the first row of each load; elsewhere the same.
        begins: bool (n,), the load begins with the row.
        at: int64 (E,), the place here of each row of the ledger, -1 if it has none.
        loads: (in hand, how many the live ones allow, deferrable work in hand, owns enough), by code; 0 is
            that of somebody who has nothing.
        takes: bool (loads, kinds + 1), by kind whether somebody with that load may take it, and
            last whether what is the agent's own.
    """

    row: NDArray[np.int64]
    agent: NDArray[np.int64]
    event: NDArray[np.int8]
    first: NDArray[np.bool_]
    available: NDArray[np.bool_]
    in_hand: NDArray[np.int64]
    load: NDArray[np.int64]
    enter: NDArray[np.int64]
    leave: NDArray[np.int64]
    begins: NDArray[np.bool_]
    at: NDArray[np.int64]
    loads: NDArray[np.int64]
    takes: NDArray[np.bool_]


def limits_of(rules: Rules) -> list[int]:
    """Return the limit of each kind."""
    return [NO_LIMIT, NO_LIMIT, *sorted(set(rules.concurrency or (1,)))]


def timeline(
    rules: Rules,
    event: NDArray[np.int8],
    agents: NDArray[np.int32],
    kinds: NDArray[np.int64],
    owned_change: NDArray[np.int64],
) -> Timeline:
    """Follow every agent through the ledger; see `Timeline`.

    Args:
        rules: of the plan.
        event: (E,), of the ledger.
        agents: (E,), of the ledger.
        kinds: (E,), of what is taken in hand or put down.
        owned_change: (E,), by how much the row changes what its agent owns.
    """
    row = np.flatnonzero(words.OF_LOAD[event])
    row = row[order_of(agents[row])]
    agent, what, kind = agents[row].astype(np.int64), event[row], kinds[row]
    first = np.diff(agent, prepend=-1) != 0
    step = words.TAKES[what].astype(np.int64) - words.PUTS_DOWN[what]
    here = count_within((what == Event.AGENT_ON).astype(np.int64) - (what == Event.AGENT_OFF), first)
    in_hand = count_within(step, first)
    loads, load = _loads(rules, first, step, kind, in_hand, words.HELPS[what], owned_change[row])
    available = here > 0
    begins = first | (np.diff(load * 2 + available, prepend=-1) != 0)
    starts = np.flatnonzero(begins)
    run = np.cumsum(begins) - 1
    following = np.append(starts[1:], len(row))
    last_of_agent = np.append(first, True)[following]
    leave = np.where(last_of_agent, len(event), np.append(row, 0)[following])
    at = np.full(len(event), -1, dtype=np.int64)
    at[row] = np.arange(len(row))
    return Timeline(
        row=row,
        agent=agent,
        event=what,
        first=first,
        available=available,
        in_hand=in_hand,
        load=load,
        enter=row[starts][run],
        leave=leave[run],
        begins=begins,
        at=at,
        loads=loads,
        takes=np.array([_takes(rules, *each) for each in loads.tolist()], dtype=np.bool_),
    )


def _loads(
    rules: Rules,
    first: NDArray[np.bool_],
    step: NDArray[np.int64],
    kind: NDArray[np.int64],
    in_hand: NDArray[np.int64],
    helps: NDArray[np.bool_],
    owned_change: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the loads that occur (loads, 4), and which one follows each row (n,)."""
    # Whoever helps has room for nothing beside.
    limits = [*limits_of(rules), 0]
    room = np.zeros(len(step), dtype=np.int64)
    for code in range(len(limits) - 2, URGENT, -1):
        room[count_within(np.where(kind == code, step, 0), first) > 0] = code
    room[count_within(np.where(helps, step, 0), first) > 0] = len(limits) - 1
    deferrable = count_within(np.where(kind <= URGENT, step, 0), first) > 0
    owns_enough = np.zeros(len(step), dtype=np.bool_)
    if rules.owns_at_most:
        owns_enough = count_within(owned_change, first) >= rules.owns_at_most
    packed = ((in_hand * len(limits) + room) * 2 + deferrable) * 2 + owns_enough
    # The empty-handed are always there, and the first.
    codes, load = np.unique(np.append(packed, 0), return_inverse=True)
    number, room_code = np.divmod(codes // 4, len(limits))
    columns = (number, np.array(limits)[room_code], codes // 2 % 2, codes % 2)
    return np.stack(columns, axis=1).astype(np.int64), load[:-1].astype(np.int64)


def _takes(rules: Rules, in_hand: int, room: int, deferrable: int, owns_enough: int) -> list[bool]:
    more = not deferrable and (in_hand == 0 or (rules.blending and in_hand < room))
    live = [in_hand < min(room, limit) and (not deferrable or rules.blending) for limit in limits_of(rules)[2:]]
    return [more and not owns_enough, more, *live, more]


@dataclass(frozen=True)
class Progress:
    """How much of one class of work gets done along the timeline.

    Args:
        done: int64 (n,), units done from the beginning of the timeline to the end of each row's
            time, by work of that class in hand throughout; only differences count.
        pace: int64 (n,), the pace in the last time of positive length up to each row.
    """

    done: NDArray[np.int64]
    pace: NDArray[np.int64]


def progress(line: Timeline, time_or_end_ms: NDArray[np.int64], pace_by_number: tuple[int, ...]) -> Progress:
    """Return how work progresses whose pace depends on the number in hand (1 is first); see `Progress`."""
    next_row = np.where(
        np.append(line.first[1:], True)[: len(line.row)], len(time_or_end_ms) - 1, np.roll(line.row, -1)
    )
    length_ms = time_or_end_ms[next_row] - time_or_end_ms[line.row]
    paces = np.array(pace_by_number, dtype=np.int64)
    pace = paces[np.clip(line.in_hand, 1, len(paces)) - 1]
    last = np.maximum.accumulate(np.where(length_ms > 0, np.arange(len(pace)), 0))
    # Sums over many agents may wrap around; their differences do not care.
    return Progress(np.cumsum(length_ms * pace), pace[last] if len(pace) else pace)
