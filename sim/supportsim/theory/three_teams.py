"""Two kinds of tickets, a team for each and one for both, one exponential service rate: the M design.

As a Markov chain, cut off where hardly anybody ever waits. The design is that of Garnett & Mandelbaum, "An introduction
to skills-based routing and its operational complexities" (2000).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supportsim.theory.markov import stationary

State = tuple[int, int, int, int, int]
_LONGEST_QUEUE = 80


@dataclass(frozen=True)
class ThreeTeams:
    """The steady state of kinds A and B.

    Args:
        delay_probabilities: P(wait > 0) of A and of B.
        mean_waits: of all arrivals of A and of B.
        utilizations: of A's team, of B's team and of the team of both.
    """

    delay_probabilities: tuple[float, float]
    mean_waits: tuple[float, float]
    utilizations: tuple[float, float, float]


def m_design(arrival_rates: Sequence[float], service_rate: float, servers: Sequence[int]) -> ThreeTeams:
    """Return the steady state where team 1 takes A alone, team 2 takes B alone, and team 3 takes both.

    Either kind goes to its own team if somebody there is free; a freed agent of team 3 takes B first, then A.

    Args:
        arrival_rates: of A and of B.
        service_rate: of one agent.
        servers: of the three teams.

    Raises:
        ValueError: no steady state.
    """
    (first, second), (of_a, of_b, both) = arrival_rates, servers
    capacities = [heads * service_rate for heads in (of_a + both, of_b + both, of_a + of_b + both)]
    if any(load >= most for load, most in zip((first, second, first + second), capacities, strict=True)):
        raise ValueError(
            f"arrival rates {first} and {second} at {servers} servers of rate {service_rate}: expected less"
        )

    def moves(state: State) -> Iterator[tuple[State, float]]:
        one, two, three, queue_a, queue_b = state
        if one < of_a:
            yield (one + 1, two, three, queue_a, queue_b), first
        elif three < both:
            yield (one, two, three + 1, queue_a, queue_b), first
        elif queue_a < _LONGEST_QUEUE:
            yield (one, two, three, queue_a + 1, queue_b), first
        if two < of_b:
            yield (one, two + 1, three, queue_a, queue_b), second
        elif three < both:
            yield (one, two, three + 1, queue_a, queue_b), second
        elif queue_b < _LONGEST_QUEUE:
            yield (one, two, three, queue_a, queue_b + 1), second
        fewer_a, fewer_b = (one, two, three, queue_a - 1, queue_b), (one, two, three, queue_a, queue_b - 1)
        yield fewer_a if queue_a else (one - 1, two, three, queue_a, queue_b), one * service_rate
        yield fewer_b if queue_b else (one, two - 1, three, queue_a, queue_b), two * service_rate
        idle = (one, two, three - 1, queue_a, queue_b)
        yield fewer_b if queue_b else fewer_a if queue_a else idle, three * service_rate

    found = stationary((0, 0, 0, 0, 0), moves)
    mean = [sum(state[place] * share for state, share in found.items()) for place in range(5)]
    return ThreeTeams(
        delay_probabilities=(
            sum(share for state, share in found.items() if state[0] == of_a and state[2] == both),
            sum(share for state, share in found.items() if state[1] == of_b and state[2] == both),
        ),
        mean_waits=(mean[3] / first, mean[4] / second),
        utilizations=(mean[0] / of_a, mean[1] / of_b, mean[2] / both),
    )
