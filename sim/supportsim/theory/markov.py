"""Small Markov chains solved as they are: the oracle for systems without a formula."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

import numpy as np

State = TypeVar("State", bound=Hashable)

MOST_STATES = 200_000


def stationary(start: State, moves: Callable[[State], Iterable[tuple[State, float]]]) -> dict[State, float]:
    """Return the stationary probability of every state that can be reached from ``start``.

    Args:
        start: any state of the only class of states that never leaves itself.
        moves: (next state, rate) of each state, rates at least 0.

    Raises:
        ValueError: there are more than `MOST_STATES` states; cut the chain off.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import spsolve

    place = {start: 0}
    frontier, origin, target, flow = [start], list[int](), list[int](), list[float]()
    while frontier:
        state = frontier.pop()
        for other, rate in moves(state):
            if rate <= 0:
                continue
            if other not in place:
                place[other] = len(place)
                frontier.append(other)
            here, there = place[state], place[other]
            origin += [here, here]
            target += [there, here]
            flow += [rate, -rate]
        if len(place) > MOST_STATES:
            raise ValueError(f"more than {MOST_STATES} states: expected a chain that is cut off")
    # One balance equation follows from the others; that of the start is replaced by the sum of all being 1.
    rows, columns, values = np.array(target, dtype=np.int64), np.array(origin, dtype=np.int64), np.array(flow)
    kept = rows != 0
    everywhere = np.arange(len(place))
    rows = np.concatenate([rows[kept], np.zeros(len(place), dtype=np.int64)])
    columns = np.concatenate([columns[kept], everywhere])
    values = np.concatenate([values[kept], np.ones(len(place))])
    balance = coo_matrix((values, (rows, columns))).tocsc()
    right = np.zeros(len(place))
    right[0] = 1.0
    solved = np.atleast_1d(spsolve(balance, right)).tolist()
    return dict(zip(place, solved, strict=True))
