"""Agents of several skills on the floor: an N design, an X design, overflow, longest wait to longest idle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import (
    UNIT_MS,
    build_plan,
    build_workload,
    exponential_ms,
    poisson_times_ms,
    replications,
    run,
    visits,
)

from supportsim.ledger import WORK_ENDS, WORK_STARTS, Ledger
from supportsim.plan.model import Plan, Queue
from supportsim.theory import erlang
from supportsim.theory.skill_routing import longest_wait_longest_idle

# Relaxation takes 22 hours of two groups of three; of three agents with hardly anybody in common, up to 90.
WARM_UP, LONG_WARM_UP, SLACK = 250, 900, 100
# Two kinds, A and B, of one hour each.
RATES = (3.0, 2.0)

Samples = dict[str, list[float]]


def sample(
    count: int,
    plan: Plan,
    end: int,
    *,
    rates: Sequence[float] = RATES,
    priority: Sequence[int] = (),
    mean: float = 1.0,
    warm_up: int = WARM_UP,
) -> Samples:
    """Return what each replication measured: by queue waits, P(wait) and visits; by team the utilization."""
    found: Samples = {}
    for streams in replications(count):
        created_ms = poisson_times_ms(streams, "arrivals", sum(rates), plan.horizon_ms)
        tickets = np.arange(len(created_ms))
        kind = np.searchsorted(np.cumsum(rates) / sum(rates), streams.uniform("kind", tickets))
        work_ms = exponential_ms(streams, "work", tickets, mean)
        classes = np.asarray(priority)[kind] if priority else 0
        ledger = run(plan, build_workload(plan, created_ms, work_ms, skill=kind, priority=classes))
        served = visits(ledger)
        assert np.isin(np.flatnonzero(created_ms < end * UNIT_MS), served.ticket).all(), "all have begun"
        inside = (served.joined_ms >= warm_up * UNIT_MS) & (served.joined_ms < end * UNIT_MS)
        for queue in range(len(plan.queues)):
            wait = served.wait[inside & (served.queue == queue)]
            found.setdefault(f"wait {queue}", []).append(wait.mean())
            found.setdefault(f"waited {queue}", []).append((wait > 0).mean())
            found.setdefault(f"queue {queue}", []).append(wait.sum() / (end - warm_up))
            found.setdefault(f"visits {queue}", []).append(len(wait) / (end - warm_up))
        for team in range(len(plan.teams)):
            found.setdefault(f"busy {team}", []).append(team_busy_share(plan, ledger, team, warm_up, end))
    return found


def team_busy_share(plan: Plan, ledger: Ledger, team: int, warm_up: int, end: int) -> float:
    people = np.flatnonzero(plan.people.team == team)
    of_team = np.isin(ledger.agent, people)
    ends_ms = []
    for events in (WORK_STARTS, WORK_ENDS):
        times_ms = ledger.time_ms[of_team & np.isin(ledger.event, events)]
        ends_ms.append((end * UNIT_MS - np.clip(times_ms, warm_up * UNIT_MS, end * UNIT_MS)).sum())
    return float(ends_ms[0] - ends_ms[1]) / (len(people) * (end - warm_up) * UNIT_MS)


def judge_all(found: Samples, exact: dict[str, float], largest_error: dict[str, float]) -> None:
    for name, value in exact.items():
        judge(found[name], value, largest_error[name.split()[0]], name)


def rejects(found: Samples, exact: dict[str, float], *names: str) -> None:
    for name in names:
        with pytest.raises(MisfitError):
            judge(found[name], exact[name], 0.3, name)


N_DESIGN = {
    "waited 0": 0.551881, "waited 1": 0.750238, "wait 0": 0.7291916, "wait 1": 0.750238,
    "busy 0": 0.802159, "busy 1": 0.8645075,
}  # fmt: skip
N_ERROR = {"wait": 0.06, "waited": 0.015, "busy": 0.006}


def n_design(end: int, ranks: tuple[int, int] = (0, 1), *, fifo: bool = False) -> Plan:
    """Team 0 takes A; team 1 both; A goes to team 0 if it can, and a freed agent of team 1 takes B first."""
    queues = [Queue("A", (0, 1), ranks), Queue("B", (1,), (0,))]
    return build_plan([3, 3], (end + SLACK) * UNIT_MS, queues=queues, fifo=fifo)


def test_n_design() -> None:
    found = sample(32, n_design(3_000), 3_000, priority=(1, 0))
    judge_all(found, N_DESIGN, N_ERROR)
    with pytest.raises(MisfitError):
        judge(found["wait 0"], erlang.mean_wait(5, 1, 6), 0.15)


def test_n_design_of_other_rules_is_found_out() -> None:
    no_preference = sample(20, n_design(1_500, (0, 0)), 1_500, priority=(1, 0))
    rejects(no_preference, N_DESIGN, "busy 0", "busy 1", "waited 1")
    longest_wait = sample(20, n_design(1_500, fifo=True), 1_500)
    rejects(longest_wait, N_DESIGN, "wait 1")


OVERFLOW = {
    "wait 1": 0.6708332, "waited 1": 0.5425847, "wait 2": 0.7694862, "waited 2": 0.6132122,
    "visits 2": 3 * 0.3461538, "busy 1": 0.7596154, "busy 0": 3 * (1 - 0.3461538) / 3,
}  # fmt: skip
OVERFLOW_ERROR = {"wait": 0.06, "waited": 0.02, "visits": 0.02, "busy": 0.01}


def overflow(end: int, ranks: tuple[int, ...] = (0,)) -> Plan:
    """What team 0 cannot begin at once goes to team 1 for good, and there in one line with B."""
    # The shortest delay there is stands for none.
    queues = [Queue("A", (0,), (0,), 2, 1), Queue("B", (1,), (0,)), Queue("A overflowed", (1, 0)[: len(ranks)], ranks)]
    return build_plan([3, 4], (end + SLACK) * UNIT_MS, [[0, 1], [-1, -1], [-1, -1]], queues=queues)


def test_overflow() -> None:
    assert erlang.erlang_b(3, 3) == pytest.approx(0.3461538, rel=1e-6)
    found = sample(32, overflow(2_500), 2_500)
    judge_all(found, OVERFLOW, OVERFLOW_ERROR)
    together = np.add(found["queue 1"], found["queue 2"])
    judge(together, 2.140748, 0.06, "waiting for team 1")
    of_all = np.array(found["queue 2"]) / (np.array(found["visits 0"]) + found["visits 2"])
    judge(of_all, 0.2663606, 0.06, "wait of all A")
    # What overflows comes in bunches and is worse off than a Poisson stream at the same place.
    poisson = {"waited 1": 0.6132122, "waited 2": 0.5425847, "wait 2": 0.6708332}
    rejects(found, poisson, *poisson)


def test_overflow_that_may_come_back_is_found_out() -> None:
    found = sample(20, overflow(1_200, (0, 0)), 1_200)
    rejects(found, OVERFLOW, "wait 1", "wait 2", "busy 0", "busy 1")


@pytest.mark.parametrize("one_line", [True, False])
def test_x_design_is_one_group(one_line: bool) -> None:
    both = [Queue("A", (0, 1), (0, 0)), Queue("B", (0, 1), (0, 0))]
    queue_of = [[0, 0], [-1, -1], [-1, -1]] if one_line else [[0, 1], [-1, -1], [-1, -1]]
    plan = build_plan([4, 3], 1_900 * UNIT_MS, queue_of, queues=both[:1] if one_line else both)
    found = sample(30, plan, 1_800)
    assert (erlang.erlang_c(5, 7), erlang.mean_wait(5, 1, 7)) == pytest.approx((0.3241499, 0.162075), rel=1e-6)
    for queue in range(len(plan.queues)):
        judge(found[f"waited {queue}"], 0.3241499, 0.02, f"P(wait) {queue}")
        judge(found[f"wait {queue}"], 0.162075, 0.04, f"wait {queue}")
    for team in range(2):
        judge(found[f"busy {team}"], 5 / 7, 0.006, f"utilization {team}")


def test_groups_apart_are_not_one_group() -> None:
    found = sample(20, build_plan([4, 3], 1_100 * UNIT_MS), 1_000)
    rejects(found, {"waited 0": 0.3241499, "waited 1": 0.3241499, "wait 0": 0.162075}, "waited 0", "waited 1", "wait 0")
    judge(found["wait 0"], erlang.mean_wait(3, 1, 4), 0.08)
    judge(found["wait 1"], erlang.mean_wait(2, 1, 3), 0.08)


# A, B and C; one agent in each of three teams.
TAKES = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]])
KINDS, SPEED = (1.2, 0.9, 0.5), 3.4 / 3


def three_agents(end: int, ranks: tuple[int, int] = (0, 0)) -> Plan:
    queues = [Queue("A", (0, 1), ranks), Queue("B", (1, 2), ranks), Queue("C", (2,), (0,))]
    return build_plan([1, 1, 1], (end + 2 * SLACK) * UNIT_MS, queues=queues)


def test_longest_wait_to_longest_idle() -> None:
    exact = longest_wait_longest_idle(KINDS, (SPEED,) * 3, TAKES)
    stated = {f"wait {kind}": exact.mean_waits[kind] for kind in range(3)}
    stated |= {f"waited {kind}": exact.delay_probabilities[kind] for kind in range(3)}
    stated |= {f"queue {kind}": exact.mean_queue_lengths[kind] for kind in range(3)}
    stated |= {f"busy {agent}": exact.utilizations[agent] for agent in range(3)}
    found = sample(30, three_agents(5_900), 5_900, rates=KINDS, mean=1 / SPEED, warm_up=LONG_WARM_UP)
    judge_all(found, stated, {"wait": 0.04, "waited": 0.01, "queue": 0.045, "busy": 0.006})

    for speed, takes in ((SPEED, 1 - np.eye(3)), (1.06 * SPEED, TAKES)):
        wrong = longest_wait_longest_idle(KINDS, (speed,) * 3, takes)
        rejects(found, {f"wait {kind}": wrong.mean_waits[kind] for kind in range(3)}, "wait 1", "wait 2")
    ranked = sample(20, three_agents(2_900, (1, 0)), 2_900, rates=KINDS, mean=1 / SPEED, warm_up=LONG_WARM_UP)
    rejects(ranked, stated, "busy 0", "busy 1", "waited 1")
