"""Agents of several skills: an N design, an X design, overflow, longest wait to longest idle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from systems import UNIT_MS, Streams, build_plan, build_workload, exponential_ms, poisson_times_ms, run, visits

from known_answers.case import Case, Wrong, each, only
from supportsim.ledger import WORK_ENDS, WORK_STARTS, Ledger
from supportsim.plan.model import Plan, Queue
from supportsim.theory import erlang, three_teams, two_teams
from supportsim.theory.skill_routing import longest_wait_longest_idle

# Relaxation takes 22 hours of two groups of three; of three agents with hardly anybody in common, up to 90.
WARM_UP, LONG_WARM_UP, SLACK = 250, 900, 100
# Two kinds, A and B, of one hour each.
RATES = (3.0, 2.0)


def kinds(
    streams: Streams,
    plan: Plan,
    end: int,
    *,
    rates: Sequence[float] = RATES,
    priority: Sequence[int] = (),
    mean: float = 1.0,
    warm_up: int = WARM_UP,
) -> dict[str, float]:
    """Simulate kinds of tickets: by queue waits, P(wait) and visits; by team the utilization."""
    created_ms = poisson_times_ms(streams, "arrivals", sum(rates), plan.horizon_ms)
    tickets = np.arange(len(created_ms))
    kind = np.searchsorted(np.cumsum(rates) / sum(rates), streams.uniform("kind", tickets))
    work_ms = exponential_ms(streams, "work", tickets, mean)
    classes = np.asarray(priority)[kind] if priority else 0
    ledger = run(plan, build_workload(plan, created_ms, work_ms, skill=kind, priority=classes))
    served = visits(ledger)
    assert np.isin(np.flatnonzero(created_ms < end * UNIT_MS), served.ticket).all(), "all have begun"
    inside = (served.joined_ms >= warm_up * UNIT_MS) & (served.joined_ms < end * UNIT_MS)
    found: dict[str, float] = {}
    for number, queue in enumerate(plan.queues):
        wait = served.wait[inside & (served.queue == number)]
        found[f"mean wait of {queue.name}"] = wait.mean()
        found[f"P(wait) of {queue.name}"] = (wait > 0).mean()
        found[f"mean queue of {queue.name}"] = wait.sum() / (end - warm_up)
        found[f"visits of {queue.name}"] = len(wait) / (end - warm_up)
    for team in range(len(plan.teams)):
        found[f"utilization {team + 1}"] = team_busy_share(plan, ledger, team, warm_up, end)
    return found


def team_busy_share(plan: Plan, ledger: Ledger, team: int, warm_up: int, end: int) -> float:
    people = np.flatnonzero(plan.people.team == team)
    of_team = np.isin(ledger.agent, people)
    ends_ms = []
    for events in (WORK_STARTS, WORK_ENDS):
        times_ms = ledger.time_ms[of_team & np.isin(ledger.event, events)]
        ends_ms.append((end * UNIT_MS - np.clip(times_ms, warm_up * UNIT_MS, end * UNIT_MS)).sum())
    return float(ends_ms[0] - ends_ms[1]) / (len(people) * (end - warm_up) * UNIT_MS)


def n_design(streams: Streams, end: int, ranks: tuple[int, int] = (0, 1), *, fifo: bool = False) -> dict[str, float]:
    """Team 1 takes A; team 2 both; A goes to team 1 if it can, and a freed agent of team 2 takes B first."""
    queues = [Queue("A", (0, 1), ranks), Queue("B", (1,), (0,))]
    plan = build_plan([3, 3], (end + SLACK) * UNIT_MS, queues=queues, fifo=fifo)
    return kinds(streams, plan, end, priority=() if fifo else (1, 0))


def _n_design() -> Case:
    theory = two_teams.n_design(RATES, 1, (3, 3))
    exact = {
        "P(wait) of A": theory.delay_probabilities[0], "P(wait) of B": theory.delay_probabilities[1],
        "mean wait of A": theory.mean_waits[0], "mean wait of B": theory.mean_waits[1],
        "utilization 1": theory.utilizations[0], "utilization 2": theory.utilizations[1],
    }  # fmt: skip
    no_preference = only(exact, "utilization 1", "utilization 2", "P(wait) of B")
    return Case(
        "E01",
        "N design: A at 3 and B at 2 an hour, teams of 3 and 3",
        "Markov chain; the design of Garnett & Mandelbaum 2000",
        partial(n_design, end=3_000),
        each(exact, {"mean": 0.06, "P": 0.015, "utilization": 0.006}),
        (
            Wrong("one group of six", {"mean wait of A": erlang.mean_wait(5, 1, 6)}),
            Wrong("A prefers no team", no_preference, partial(n_design, end=1_500, ranks=(0, 0))),
            Wrong("longest wait first", only(exact, "mean wait of B"), partial(n_design, end=1_500, fifo=True)),
        ),
        replications=32,
        # The reference cut its chain off earlier, which the wait of A shows.
        published={
            "P(wait) of A": 0.551881, "P(wait) of B": 0.750238, "mean wait of A": 0.7291916, "mean wait of B": 0.750238,
            "utilization 1": 0.802159, "utilization 2": 0.8645075,
        },
        published_error=2e-5,
    )  # fmt: skip


def m_design(
    streams: Streams, end: int, ranks: tuple[int, int] = (0, 1), heads: tuple[int, int, int] = (3, 2, 1)
) -> dict[str, float]:
    """Teams 1 and 2 take A and B, team 3 both; tickets go to their own team if they can, and B goes before A."""
    queues = [Queue("A", (0, 2), ranks), Queue("B", (1, 2), ranks)]
    plan = build_plan(heads, (end + SLACK) * UNIT_MS, queues=queues, fifo=False)
    return kinds(streams, plan, end, priority=(1, 0))


def _m_design() -> Case:
    theory = three_teams.m_design(RATES, 1, (3, 2, 1))
    exact = {
        "mean wait of A": theory.mean_waits[0], "mean wait of B": theory.mean_waits[1],
        "P(wait) of A": theory.delay_probabilities[0], "P(wait) of B": theory.delay_probabilities[1],
        "utilization 1": theory.utilizations[0], "utilization 2": theory.utilizations[1],
        "utilization 3": theory.utilizations[2],
    }  # fmt: skip
    return Case(
        "E02",
        "M design: A at 3 and B at 2 an hour, teams of 3 and 2, and 1 for both",
        "Markov chain; the design of Garnett & Mandelbaum 2000",
        partial(m_design, end=3_000),
        each(exact, {"mean": 0.08, "P": 0.02, "utilization": 0.008}),
        (
            Wrong("one group of six", {"mean wait of A": erlang.mean_wait(5, 1, 6)}),
            Wrong(
                "they prefer the third team", only(exact, "utilization 3"), partial(m_design, end=1_500, ranks=(1, 0))
            ),
        ),
        replications=24,
    )


def overflow(streams: Streams, end: int, ranks: tuple[int, ...] = (0,)) -> dict[str, float]:
    """What team 1 cannot begin at once goes to team 2 for good, and there in one line with B."""
    # The shortest delay there is stands for none.
    queues = [
        Queue("A", (0,), (0,), 2, 1), Queue("B", (1,), (0,)), Queue("overflowed A", (1, 0)[: len(ranks)], ranks)
    ]  # fmt: skip
    plan = build_plan([3, 4], (end + SLACK) * UNIT_MS, [[0, 1], [-1, -1], [-1, -1]], queues=queues)
    found = kinds(streams, plan, end)
    away, stayed = found["visits of overflowed A"], found["visits of A"]
    return found | {
        "share of A that overflows": away / (away + stayed),
        "mean wait of all A": found["mean queue of overflowed A"] / (away + stayed),
        "mean queue of team 2": found["mean queue of B"] + found["mean queue of overflowed A"],
    }


def _overflow() -> Case:
    theory = two_teams.overflow(RATES, 1, (3, 4))
    exact = {
        "share of A that overflows": theory.overflowing,
        "P(wait) of overflowed A": theory.delay_probabilities[0], "P(wait) of B": theory.delay_probabilities[1],
        "mean wait of overflowed A": theory.mean_waits[0], "mean wait of B": theory.mean_waits[1],
        "mean wait of all A": theory.overflowing * theory.mean_waits[0],
        "mean queue of team 2": theory.mean_queue_length,
        "utilization 1": theory.utilizations[0], "utilization 2": theory.utilizations[1],
    }  # fmt: skip
    # What overflows comes in bunches and is worse off than a Poisson stream at the same place.
    poisson = {
        "P(wait) of B": theory.delay_probabilities[0], "P(wait) of overflowed A": theory.delay_probabilities[1],
        "mean wait of overflowed A": theory.mean_waits[1],
    }  # fmt: skip
    comes_back = only(exact, "mean wait of B", "mean wait of overflowed A", "utilization 1", "utilization 2")
    return Case(
        "E04",
        "overflow: A at 3 an hour on 3 agents or else with B at 2 an hour on 4",
        "Markov chain; Erlang B",
        partial(overflow, end=2_500),
        each(exact, {"mean": 0.06, "P": 0.02, "share": 0.02, "utilization": 0.01}),
        (
            Wrong("as if it were a Poisson stream", poisson),
            Wrong("what overflows may come back", comes_back, partial(overflow, end=1_200, ranks=(0, 0))),
        ),
        replications=32,
        published={
            "share of A that overflows": 0.3461538, "mean queue of team 2": 2.140748, "mean wait of B": 0.6708332,
            "mean wait of overflowed A": 0.7694862, "mean wait of all A": 0.2663606, "P(wait) of B": 0.5425847,
            "P(wait) of overflowed A": 0.6132122, "utilization 2": 0.7596154,
        },
    )  # fmt: skip


def x_design(streams: Streams, *, lines: int, end: int = 1_800) -> dict[str, float]:
    """Both teams take both kinds, which wait in one queue or in two."""
    queues = [Queue("A", (0, 1), (0, 0)), Queue("B", (0, 1), (0, 0))][:lines]
    queue_of = [[0, lines - 1], [-1, -1], [-1, -1]]
    return kinds(streams, build_plan([4, 3], (end + SLACK) * UNIT_MS, queue_of, queues=queues), end)


def apart(streams: Streams, end: int = 1_000) -> dict[str, float]:
    """Each kind has its own team."""
    queues = [Queue("A", (0,), (0,)), Queue("B", (1,), (0,))]
    return kinds(streams, build_plan([4, 3], (end + SLACK) * UNIT_MS, queues=queues), end)


def _x_design(number: str, lines: int) -> Case:
    exact: dict[str, float] = {}
    for kind in "AB"[:lines]:
        exact |= {f"P(wait) of {kind}": erlang.erlang_c(5, 7), f"mean wait of {kind}": erlang.mean_wait(5, 1, 7)}
    exact |= {"utilization 1": 5 / 7, "utilization 2": 5 / 7}
    wrong = [Wrong("10 % more", {"mean wait of A": erlang.mean_wait(5.5, 1, 7)})]
    if lines == 2:
        wrong += [
            Wrong("each kind on its own team", only(exact, "P(wait) of A", "P(wait) of B", "mean wait of A"), apart)
        ]
    return Case(
        number,
        f"X design: A and B, teams of 4 and 3 of both skills, {lines} queue(s), as one group of 7",
        "Erlang 1917",
        partial(x_design, lines=lines),
        each(exact, {"mean": 0.04, "P": 0.02, "utilization": 0.006}),
        tuple(wrong),
        slow=lines == 1,
        published={"P(wait) of A": 0.3241499, "mean wait of A": 0.162075},
    )


# A, B and C; one agent in each of three teams.
TAKES = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]])
KINDS, SPEEDS, LIKE_SPEEDS = (1.2, 0.9, 0.5), (1.0, 1.3, 1.1), (3.4 / 3,) * 3


def three_agents(
    streams: Streams, end: int, speeds: Sequence[float] = LIKE_SPEEDS, ranks: tuple[int, int] = (0, 0)
) -> dict[str, float]:
    queues = [Queue("A", (0, 1), ranks), Queue("B", (1, 2), ranks), Queue("C", (2,), (0,))]
    plan = build_plan([1, 1, 1], (end + 2 * SLACK) * UNIT_MS, queues=queues, rules={"own_speed": True})
    speed_ppm = np.outer(np.rint(np.multiply(speeds, 1_000_000)), np.ones(3)).astype(np.int64)
    plan = replace(plan, people=replace(plan.people, speed_ppm=speed_ppm))
    return kinds(streams, plan, end, rates=KINDS, warm_up=LONG_WARM_UP)


def alis(speeds: Sequence[float], takes: object = TAKES) -> dict[str, float]:
    """Return what theory says of longest wait first, longest idle first."""
    theory = longest_wait_longest_idle(KINDS, speeds, takes)
    found: dict[str, float] = {}
    for number, kind in enumerate("ABC"):
        found[f"mean wait of {kind}"] = float(theory.mean_waits[number])
        found[f"P(wait) of {kind}"] = float(theory.delay_probabilities[number])
        found[f"mean queue of {kind}"] = float(theory.mean_queue_lengths[number])
        found[f"utilization {number + 1}"] = float(theory.utilizations[number])
    return found


def _three_agents(
    number: str, speeds: Sequence[float], published: Mapping[str, float], wrong: tuple[Wrong, ...]
) -> Case:
    exact = alis(speeds)
    waits = ("mean wait of A", "mean wait of B")
    unfair = partial(three_agents, end=2_900, speeds=speeds, ranks=(1, 0))
    return Case(
        number,
        f"longest wait to longest idle: three agents of rates {', '.join(f'{speed:.4g}' for speed in speeds)}",
        "Adan & Weiss 2014",
        partial(three_agents, end=5_900, speeds=speeds),
        each(exact, {"mean": 0.032, "P": 0.007, "utilization": 0.0045}),
        (
            Wrong("6 % faster", only(alis([1.06 * speed for speed in speeds]), *waits)),
            Wrong("kinds prefer an agent", only(exact, "utilization 1", "utilization 2"), unfair),
            Wrong("kinds prefer an agent", only(exact, "P(wait) of B"), unfair, replications=60, in_full=True),
            Wrong("other skills", only(alis(speeds, 1 - np.eye(3)), *waits), in_full=True),
            *wrong,
        ),
        replications=60,
        in_tests=30,
        slow=speeds == LIKE_SPEEDS,
        published=published,
    )


CASES = (
    _n_design(),
    _m_design(),
    _overflow(),
    _x_design("E08", 2),
    _x_design("E08b", 1),
    _three_agents(
        "E05",
        SPEEDS,
        {
            "P(wait) of A": 0.6044428, "P(wait) of B": 0.6687022, "P(wait) of C": 0.8023867,
            "mean queue of A": 1.032349, "mean queue of B": 0.9188457, "mean queue of C": 0.9595304,
            "mean wait of A": 0.8602912, "mean wait of B": 1.02094, "mean wait of C": 1.919061,
            "utilization 1": 0.6957215, "utilization 2": 0.785887, "utilization 3": 0.8023867,
        },
        (Wrong("all as fast", only(alis(LIKE_SPEEDS), "mean wait of B", "utilization 1", "utilization 2")),),
    ),
    _three_agents(
        "E05b",
        LIKE_SPEEDS,
        {},
        (),
    ),
)  # fmt: skip
