"""The ledger: what happened on the floor, one row per event, append-only.

The floor writes it, ``measures/`` reads it, nobody edits it. A row is
``(time_ms, ticket, event, place, agent)``; what ``place`` means depends on the
event and is stated at each member of `Event`.
"""

from __future__ import annotations

import os
import zipfile
from array import array
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NOBODY = -1
"""The agent of an event without an agent, and the ticket of one without a ticket."""


class Event(IntEnum):
    """Everything that can happen. Each event of a ticket names the state that follows, if any does."""

    ARRIVED = 1
    """A ticket reaches the floor and waits. place: queue. State: queued."""
    STARTED = 2
    """An agent begins the ticket's next touch. place: team. State: in progress."""
    SUSPENDED = 3
    """The agent sets unfinished work aside and keeps it. place: team. State: suspended."""
    RESUMED = 4
    """An agent goes on with work that was set aside. place: team. State: in progress."""
    RELEASED = 5
    """Unfinished work is set aside for anyone to take. place: queue, agent: who had it. State: queued."""
    ESCALATED = 6
    """A touch ended; the ticket waits at the next tier. place: queue, agent: who did it. State: queued."""
    HANDED_BACK = 7
    """A touch ended; the ticket waits at the tier below. place: queue, agent: who did it. State: queued."""
    ASKED = 8
    """A touch ended with a question to the customer. place: team, agent: who asked. State: pending."""
    REPLIED = 9
    """The customer answered; the ticket waits. place: queue. State: queued."""
    SENT_TO_FIX = 10
    """A touch ended with a fix ordered from engineering. place: team, agent: who ordered. State: engineering."""
    FIXED = 11
    """The fix is there; the ticket waits for the agent to close it. place: queue. State: queued."""
    RESOLVED = 12
    """A touch ended and solved the ticket. place: team, agent: who solved it. State: resolved."""
    REOPENED = 13
    """The customer came back with the same problem; the ticket waits. place: queue. State: queued."""
    ABANDONED = 14
    """Patience ran out in the queue. place: queue. State: abandoned."""
    RETRIED = 15
    """The customer tries again after abandoning; the ticket waits. place: queue. State: queued."""
    WIDENED = 16
    """The fallback delay passed; more teams may take the ticket. place: new queue. State: queued."""
    PASSED_ON = 17
    """Suspended work whose owner leaves and is not back in time goes to anyone; no touch ends.
    place: queue, agent: who had it. State: queued."""
    PREEMPTED = 18
    """Unfinished work is set aside for a more urgent ticket; anyone may take it. place: queue, agent: who had it.
    State: queued."""
    ASSIGNED = 19
    """The waiting ticket is one person's from now on. place: queue, agent: whose. State: queued."""
    LET_GO = 20
    """The waiting ticket is nobody's any more; anyone may take it. place: queue, agent: whose it was. State: queued."""
    TURNED_AWAY = 21
    """A live contact finds all lines of its channel full, or the channel turned off by a playbook. place: queue.
    State: turned away."""
    LINKED = 22
    """The ticket's incident is known: all that is left of its route is a short touch. It keeps its place in the line.
    place: queue. State: queued."""
    PARKED = 23
    """A touch ended and the ticket waits for its incident. place: team, agent: who did it. State: engineering."""
    FOLLOW_UP_DUE = 24
    """The customer has not answered in time; the ticket waits to be asked again. place: queue. State: queued."""
    CLOSED = 25
    """The customer has not answered after the last follow-up. place: NOBODY. State: closed."""
    REFERRED = 26
    """A touch ended with a question to somebody outside. place: team, agent: who asked. State: third party."""
    ANSWERED = 27
    """Somebody outside answered; the ticket waits. place: queue. State: queued."""
    MERGED = 28
    """A touch ended: a second ticket on the same problem. place: team, agent: who merged it. State: merged."""
    CALL_BACK = 29
    """The customer takes a call-back, gives up no more and keeps the place in the line. place: queue. State: queued."""
    ENDED = 30
    """The ticket's incident is over, which resolves it. place: the team that parked it. State: resolved."""
    UPDATE_DUE = 31
    """The customer is owed a word while others work on the ticket; it waits for that. place: queue. State: queued."""
    AGENT_ON = 32
    """An agent becomes available. ticket: NOBODY, place: team."""
    AGENT_OFF = 33
    """An agent stops being available. ticket: NOBODY, place: an `OffReason` of the plan."""
    PAGED = 34
    """Somebody on call is paged for what waits. ticket: NOBODY, place: team."""
    MOVED_UP = 35
    """The ticket's SLA clock has run so long that it goes up, where it waits. place: queue. State: queued."""
    NOTIFIED = 36
    """The ticket's SLA clock has run so long that somebody is told; that changes nothing. place: whom, an entry of the
    plan's ``rules.notified``."""
    JOINED = 37
    """An agent joins the work on a ticket that another has in hand. place: team."""
    LEFT = 38
    """Who joined the work on a ticket is done with it, or has to go. place: team."""
    PLAYBOOK_FIRES = 40
    """A playbook fires. ticket: NOBODY, place: the playbook's number."""
    PLAYBOOK_ENDS = 41
    """What a playbook began is over. ticket: NOBODY, place: the playbook's number."""


QUEUEING_EVENTS = (
    Event.ARRIVED,
    Event.RELEASED,
    Event.ESCALATED,
    Event.HANDED_BACK,
    Event.REPLIED,
    Event.FIXED,
    Event.REOPENED,
    Event.RETRIED,
    Event.WIDENED,
    Event.PASSED_ON,
    Event.PREEMPTED,
    Event.ASSIGNED,
    Event.LET_GO,
    Event.FOLLOW_UP_DUE,
    Event.ANSWERED,
    Event.CALL_BACK,
    Event.LINKED,
    Event.UPDATE_DUE,
    Event.MOVED_UP,
)
"""Events after which the ticket waits in the queue that ``place`` names."""

WORK_STARTS = (Event.STARTED, Event.RESUMED)
"""Events at which an agent takes a ticket in hand."""

WORK_ENDS = (
    Event.SUSPENDED,
    Event.RELEASED,
    Event.PREEMPTED,
    Event.ESCALATED,
    Event.HANDED_BACK,
    Event.ASKED,
    Event.SENT_TO_FIX,
    Event.RESOLVED,
    Event.REFERRED,
    Event.MERGED,
    Event.PARKED,
)
"""Events at which the agent named in the row puts the ticket out of hand."""

RESOLVES = (Event.RESOLVED, Event.ENDED)
"""Events after which a ticket is resolved."""

ENDS = (*RESOLVES, Event.ABANDONED, Event.TURNED_AWAY, Event.CLOSED, Event.MERGED)
"""Events that may be the last of a ticket; it is reopened or its customer tries again, or nobody owes it anything."""

TAKES = (*WORK_STARTS, Event.JOINED)
"""Events at which an agent begins to work."""

PUTS_DOWN = (*WORK_ENDS, Event.LEFT)
"""Events at which an agent ends to work."""

NO_STATES = (
    Event.AGENT_ON,
    Event.AGENT_OFF,
    Event.PAGED,
    Event.NOTIFIED,
    Event.JOINED,
    Event.LEFT,
    Event.PLAYBOOK_FIRES,
    Event.PLAYBOOK_ENDS,
)
"""Events that leave every ticket in the state in which it is."""

COLUMNS = ("time_ms", "ticket", "event", "place", "agent")
_DTYPES = (np.int64, np.int32, np.int8, np.int16, np.int32)


@dataclass(frozen=True)
class Ledger:
    """A frozen ledger: five parallel columns of equal length E, in the order things happened.

    Args:
        time_ms: int64 (E,), milliseconds since the start of the simulated period.
        ticket: int32 (E,), index into the workload's tickets, or NOBODY.
        event: int8 (E,), members of `Event`.
        place: int16 (E,), see `Event`.
        agent: int32 (E,), index into the plan's people, or NOBODY.
    """

    time_ms: NDArray[np.int64]
    ticket: NDArray[np.int32]
    event: NDArray[np.int8]
    place: NDArray[np.int16]
    agent: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.time_ms)

    def save(self, path: Path) -> None:
        """Write the columns to ``path`` (NumPy ``.npz``), whole or not at all."""
        scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            with scratch.open("wb") as stream:
                np.savez_compressed(stream, **{name: getattr(self, name) for name in COLUMNS})
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Ledger:
        """Read a ledger written by `save`.

        Raises:
            ValueError: the file is no archive of columns, lacks one, or its columns differ in length.
        """
        with path.open("rb") as stream:
            if not zipfile.is_zipfile(stream):
                raise ValueError(f"{path}: not a ledger, it is damaged or something else")
        with np.load(path) as stored:
            missing = [name for name in COLUMNS if name not in stored]
            if missing:
                raise ValueError(f"{path}: not a ledger, column {missing[0]!r} is missing")
            columns = [stored[name].astype(dtype) for name, dtype in zip(COLUMNS, _DTYPES, strict=True)]
        if len({len(column) for column in columns}) != 1:
            raise ValueError(f"{path}: not a ledger, its columns differ in length")
        return cls(*columns)


PACKED_CELLS = 5 * 16_384
"""So many cells are worth packing: a list of them takes a few megabytes."""


class LedgerWriter:
    """Collects events while the floor runs. ``append`` takes the five values of a row as one tuple."""

    __slots__ = ("_cells", "_packed", "append")

    def __init__(self) -> None:
        # A list takes a row faster than an array does, but needs four times its room.
        self._cells: list[int] = []
        self._packed: list[Ledger] = []
        self.append = self._cells.extend

    def pack_if_large(self) -> None:
        """Pack what was appended if it is much; call it now and then to keep memory low."""
        if len(self._cells) > PACKED_CELLS:
            self._pack()

    def _pack(self) -> None:
        table = np.frombuffer(array("q", self._cells), dtype=np.int64).reshape(-1, len(COLUMNS))
        self._packed.append(Ledger(*(table[:, i].astype(dtype) for i, dtype in enumerate(_DTYPES))))
        self._cells.clear()

    def freeze(self) -> Ledger:
        """Return what was written as a `Ledger`; the writer stays usable."""
        self._pack()
        return Ledger(*(np.concatenate([getattr(part, name) for part in self._packed]) for name in COLUMNS))
