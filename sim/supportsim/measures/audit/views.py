"""The ledger's rows as the audit looks at them: by ticket, and as stretches of work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class History:
    """The ledger's ticket rows, sorted by ticket and then by row; M of them.

    Args:
        row: int32 (M,), the row of the ledger.
        ticket, event, place, agent, time_ms: int (M,), as in the ledger.
        first, last: bool (M,), the ticket's first and last row.
        previous: int8 (M,), the event of the ticket's previous row, 0 if none.
        joined: int64 (M,), the place here of the row itself, or of the row that began the wait in whose middle it is.
        waited_as: int8 (M,), the event of that row.
        next_row, next_ms: int32, int64 (M,), of the ticket's next row; the number of rows and the horizon if none.
        stage: int32 (M,), the stage the ticket has reached after the row, as an index into the
            workload's stages, kept within them; ``beyond``: bool (M,), the ticket has no such stage.
        stage_before: int32 (M,), the same before the row.
        attempt: int32 (M,), the attempt of a live ticket after the row, an index into the attempts;
            from the end of the ticket's attempts on it has none.
        returned: bool (M,), the ticket came back deferrable after its last attempt.
    """

    row: NDArray[np.int32]
    ticket: NDArray[np.int32]
    event: NDArray[np.int8]
    place: NDArray[np.int16]
    agent: NDArray[np.int32]
    time_ms: NDArray[np.int64]
    first: NDArray[np.bool_]
    last: NDArray[np.bool_]
    previous: NDArray[np.int8]
    joined: NDArray[np.int64]
    waited_as: NDArray[np.int8]
    next_row: NDArray[np.int32]
    next_ms: NDArray[np.int64]
    stage: NDArray[np.int32]
    stage_before: NDArray[np.int32]
    beyond: NDArray[np.bool_]
    attempt: NDArray[np.int32]
    returned: NDArray[np.bool_]


@dataclass(frozen=True)
class Stretches:
    """Stretches of one agent's work on one ticket, sorted by ticket and then time; W of them.

    Args:
        at: int64 (W,), the place of the start in the `History`.
        ticket, agent, stage: int32 (W,).
        start_ms, end_ms: int64 (W,); work still in hand ends at the horizon.
        end_event: int8 (W,), what ended it; 0 if it is still in hand.
        live: bool (W,), a customer is on the line.
    """

    at: NDArray[np.int64]
    ticket: NDArray[np.int32]
    agent: NDArray[np.int32]
    stage: NDArray[np.int32]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    end_event: NDArray[np.int8]
    live: NDArray[np.bool_]
