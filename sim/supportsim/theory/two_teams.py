"""Two kinds of tickets and two teams of unlike skills, one exponential service rate: the N design, and overflow.

As Markov chains, cut off where hardly anybody ever waits. The designs are those of Garnett & Mandelbaum, "An
introduction to skills-based routing and its operational complexities" (2000); for the N design also Shumsky,
"Approximation and analysis of a call center with flexible and specialized servers" (2004).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supportsim.theory.markov import stationary

State = tuple[int, int, int, int]
_LONGEST_QUEUE = 100
_LONGEST_LINE = 250


@dataclass(frozen=True)
class TwoTeams:
    """The steady state of kinds A and B.

    Args:
        delay_probabilities: P(wait > 0) of A and of B.
        mean_waits: of all arrivals of A and of B.
        utilizations: of the first and of the second team.
    """

    delay_probabilities: tuple[float, float]
    mean_waits: tuple[float, float]
    utilizations: tuple[float, float]


@dataclass(frozen=True)
class Overflow:
    """The steady state of a team that loses to another what it cannot begin at once.

    Args:
        overflowing: share of A that finds its own team busy: Erlang B.
        delay_probabilities: P(wait > 0) of the A that overflow and of B, who wait in one line.
        mean_waits: of the A that overflow and of B.
        mean_queue_length: of that line.
        utilizations: of the first and of the second team.
    """

    overflowing: float
    delay_probabilities: tuple[float, float]
    mean_waits: tuple[float, float]
    mean_queue_length: float
    utilizations: tuple[float, float]


def n_design(arrival_rates: Sequence[float], service_rate: float, servers: Sequence[int]) -> TwoTeams:
    """Return the steady state where team 1 takes A alone and team 2 takes both.

    A goes to team 1 if somebody there is free; a freed agent of team 2 takes B first, then A.

    Args:
        arrival_rates: of A and of B.
        service_rate: of one agent.
        servers: of team 1 and of team 2.

    Raises:
        ValueError: no steady state.
    """
    (first, second), (own, both) = arrival_rates, servers
    _require_steady_state(first + second, second, service_rate, own + both, both)

    def moves(state: State) -> Iterator[tuple[State, float]]:
        one, two, queue_a, queue_b = state
        if one < own:
            yield (one + 1, two, queue_a, queue_b), first
        elif two < both:
            yield (one, two + 1, queue_a, queue_b), first
        elif queue_a < _LONGEST_QUEUE:
            yield (one, two, queue_a + 1, queue_b), first
        if two < both:
            yield (one, two + 1, queue_a, queue_b), second
        elif queue_b < _LONGEST_QUEUE:
            yield (one, two, queue_a, queue_b + 1), second
        after_one = (one, two, queue_a - 1, queue_b) if queue_a else (one - 1, two, queue_a, queue_b)
        yield after_one, one * service_rate
        if queue_b:
            yield (one, two, queue_a, queue_b - 1), two * service_rate
        elif queue_a:
            yield (one, two, queue_a - 1, queue_b), two * service_rate
        else:
            yield (one, two - 1, queue_a, queue_b), two * service_rate

    found = stationary((0, 0, 0, 0), moves)
    waits = tuple(sum(state[place] * share for state, share in found.items()) for place in (2, 3))
    return TwoTeams(
        delay_probabilities=(
            sum(share for state, share in found.items() if state[0] == own and state[1] == both),
            sum(share for state, share in found.items() if state[1] == both),
        ),
        mean_waits=(waits[0] / first, waits[1] / second),
        utilizations=(_mean(found, 0) / own, _mean(found, 1) / both),
    )


def overflow(arrival_rates: Sequence[float], service_rate: float, servers: Sequence[int]) -> Overflow:
    """Return the steady state where A that finds team 1 busy goes to team 2 at once and for good.

    There it waits in one line with B, first come first served.

    Args:
        arrival_rates: of A and of B.
        service_rate: of one agent.
        servers: of team 1 and of team 2.

    Raises:
        ValueError: no steady state.
    """
    (first, second), (own, both) = arrival_rates, servers

    def moves(state: tuple[int, int]) -> Iterator[tuple[tuple[int, int], float]]:
        one, two = state
        yield ((one + 1, two) if one < own else (one, min(two + 1, _LONGEST_LINE))), first
        yield (one, min(two + 1, _LONGEST_LINE)), second
        if one:
            yield (one - 1, two), one * service_rate
        if two:
            yield (one, two - 1), min(two, both) * service_rate

    from supportsim.theory.erlang import erlang_b

    lost = erlang_b(first / service_rate, own)
    _require_steady_state(lost * first + second, second, service_rate, both, both)
    found = stationary((0, 0), moves)
    blocked = sum(share for (one, _), share in found.items() if one == own)

    def seen(of: dict[tuple[int, int], float], total: float) -> tuple[float, float]:
        """Return P(wait > 0) and the mean wait of who finds these states."""
        delayed = sum(share for (_, two), share in of.items() if two >= both)
        ahead = sum(share * max(two - both + 1, 0) for (_, two), share in of.items())
        return delayed / total, ahead / total / (both * service_rate)

    of_b = seen(found, 1.0)
    of_overflow = seen({state: share for state, share in found.items() if state[0] == own}, blocked)
    return Overflow(
        overflowing=blocked,
        delay_probabilities=(of_overflow[0], of_b[0]),
        mean_waits=(of_overflow[1], of_b[1]),
        mean_queue_length=sum(share * max(two - both, 0) for (_, two), share in found.items()),
        utilizations=(
            sum(one * share for (one, _), share in found.items()) / own,
            sum(min(two, both) * share for (_, two), share in found.items()) / both,
        ),
    )


def _mean(found: dict[State, float], place: int) -> float:
    return sum(state[place] * share for state, share in found.items())


def _require_steady_state(total: float, second: float, service_rate: float, servers: int, both: int) -> None:
    if not (total < servers * service_rate and second < both * service_rate):
        raise ValueError(f"arrival rate {total} at {servers} servers of rate {service_rate}: expected less")
