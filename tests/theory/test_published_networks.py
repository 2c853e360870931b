"""Networks on the floor: two published ones, tickets that wait for the customer, a tandem, and the stock of them."""

from __future__ import annotations

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import (
    UNIT_MS,
    Floats,
    Integers,
    Streams,
    build_plan,
    build_workload,
    exponential_ms,
    poisson_times_ms,
    present_at,
    replications,
    run,
    visits,
)

from supportsim.ledger import Event, Ledger
from supportsim.scenario.distributions import Distribution, Lognormal
from supportsim.theory import erlang, networks
from supportsim.workload.distributions import quantile, whole_ms
from supportsim.workload.model import Next

Samples = dict[str, list[float]]

THREE_NODES = ([1, 4, 3], [[0, 0.6, 0.3], [0.1, 0, 0.3], [0.4, 0.4, 0]], [10, 10, 10], [1, 2, 1])
HOSPITAL = ([15, 3, 0.75], [[0, 0.5, 0.2], [0.2, 0, 0.3], [0.05, 0.1, 0]], [3, 3, 2], [7, 6, 5])
Network = tuple[list[float], list[list[float]], list[float], list[int]]


def draw_walks(streams: Streams, count: int, network: Network) -> tuple[Integers, Integers]:
    """Return how many nodes each ticket visits, (T,), and which, (R,)."""
    external, routing, _, _ = network
    entry = np.cumsum(external) / np.sum(external)
    onward = np.cumsum(routing, axis=1)
    walking = np.arange(count)
    node = np.searchsorted(entry, streams.uniform("entry", walking))
    batches = []
    while len(walking):
        batches.append((walking, np.full(len(walking), len(batches)), node))
        node = (streams.uniform("next", walking, len(batches))[:, None] > onward[node]).sum(axis=1)
        walking, node = walking[node < len(external)], node[node < len(external)]
    ticket, steps, nodes = (np.concatenate(column) for column in zip(*batches, strict=True))
    return np.bincount(ticket, minlength=count), nodes[np.lexsort((steps, ticket))]


def sample_network(count: int, network: Network, warm_up: int, end: int) -> Samples:
    """Return what each replication measured; each node is a tier."""
    external, _, service_rates, servers = network
    plan = build_plan(servers, (end + warm_up) * UNIT_MS, [[0], [1], [2]])
    found: Samples = {}
    for streams in replications(count):
        created_ms = poisson_times_ms(streams, "arrivals", float(sum(external)), plan.horizon_ms)
        stages, node = draw_walks(streams, len(created_ms), network)
        work_ms = exponential_ms(streams, "work", np.arange(len(node)), 1 / np.array(service_rates, float)[node])
        # From node to node as a reopening after a millisecond, the shortest way to any tier.
        delay_ms = np.ones(len(node), int)
        delay_ms[np.cumsum(stages) - 1] = 0
        ledger = run(plan, build_workload(plan, created_ms, work_ms, stages=stages, tier=node, delay_ms=delay_ms))
        served = visits(ledger)
        inside = (served.joined_ms >= warm_up * UNIT_MS) & (served.joined_ms < end * UNIT_MS)
        for number in range(len(servers)):
            wait = served.wait[inside & (served.queue == number)]
            found.setdefault(f"flow {number}", []).append(len(wait) / (end - warm_up))
            found.setdefault(f"wait {number}", []).append(wait.mean())
            found.setdefault(f"queue {number}", []).append(wait.sum() / (end - warm_up))
        in_system = total_hours(ledger, created_ms, stages, warm_up, end)
        found.setdefault("present", []).append(in_system)
    return found


def total_hours(ledger: Ledger, created_ms: Integers, stages: Integers, warm_up: int, end: int) -> float:
    """Return the time from arrival to the last resolution, summed over arrivals in the window, per unit of it."""
    resolved = ledger.event == Event.RESOLVED
    left_ms = np.zeros(len(created_ms), int)
    left_ms[ledger.ticket[resolved]] = ledger.time_ms[resolved]
    inside = (created_ms >= warm_up * UNIT_MS) & (created_ms < end * UNIT_MS)
    resolutions = np.bincount(ledger.ticket[resolved], minlength=len(created_ms))
    assert (resolutions == stages)[inside].all(), "all have left"
    return float((left_ms - created_ms)[inside].sum() / UNIT_MS / (end - warm_up))


def exact(network: Network) -> dict[str, float]:
    state = networks.open_network(*network)
    found = {"present": float(state.mean_numbers.sum())}
    for node in range(3):
        found[f"flow {node}"] = float(state.arrival_rates[node])
        found[f"wait {node}"] = float(state.mean_waits[node])
        found[f"queue {node}"] = float(state.mean_queue_lengths[node])
    return found


def judge_network(found: Samples, stated: dict[str, float], largest_error: dict[str, float]) -> None:
    for name, value in stated.items():
        judge(found[name], value, largest_error[name.split()[0]], name)


def test_three_nodes() -> None:
    stated = exact(THREE_NODES)
    known = {"flow 0": 5, "flow 1": 10, "flow 2": 7.5, "present": 16 / 3}
    assert {name: stated[name] for name in known} == pytest.approx(known)
    found = sample_network(40, THREE_NODES, 60, 460)
    judge_network(found, stated, {"flow": 0.01, "wait": 0.06, "queue": 0.06, "present": 0.04})
    # Rows read as destinations make another network, and so do 5 % more arrivals.
    external, routing, *rest = THREE_NODES
    for wrong in (exact((external, np.transpose(routing).tolist(), *rest)), exact(([1.05, 4.2, 3.15], routing, *rest))):
        for name in ("flow 0", "flow 1", "flow 2"):
            with pytest.raises(MisfitError):
                judge(found[name], wrong[name], 0.03, name)


def test_hospital() -> None:
    stated = exact(HOSPITAL)
    known = {
        "flow 0": 17.96995, "flow 1": 12.80348, "flow 2": 8.185032, "queue 0": 3.620232, "queue 1": 0.8732445,
        "queue 2": 2.662253, "wait 0": 0.2014603, "wait 1": 0.0682037, "wait 2": 0.3252587, "present": 21.50605,
    }  # fmt: skip
    assert stated == pytest.approx(known, rel=1e-6)
    found = sample_network(40, HOSPITAL, 60, 460)
    judge_network(found, known, {"flow": 0.006, "wait": 0.08, "queue": 0.08, "present": 0.025})
    external, routing, *rest = HOSPITAL
    for factor in (0.9, 1.1):
        wrong = exact(([factor * rate for rate in external], routing, *rest))
        for name in wrong:
            with pytest.raises(MisfitError):
                judge(found[name], wrong[name], 0.3, name)


def test_tickets_that_wait_for_the_customer() -> None:
    # Erlang-R: 10 tickets an hour of 12 min on 8 agents; 70 % of the touches end with a question, answered in 2 h.
    asks, agents, warm_up, end = 0.7, 8, 72, 472
    plan = build_plan([agents], (end + 150) * UNIT_MS)
    found: Samples = {"wait": [], "waited": [], "flow": [], "pending": [], "total": []}
    for streams in replications(36):
        created_ms = poisson_times_ms(streams, "arrivals", 10, plan.horizon_ms)
        stages = 1 + np.floor(np.log(streams.uniform("asks", np.arange(len(created_ms)))) / np.log(asks)).astype(int)
        rows = np.arange(stages.sum())
        last = np.cumsum(stages) - 1
        follows, delay_ms = np.full(len(rows), Next.ASK_CUSTOMER), exponential_ms(streams, "reply", rows, 2.0)
        follows[last], delay_ms[last] = Next.RESOLVE, 0
        work_ms = exponential_ms(streams, "work", rows, 0.2)
        workload = build_workload(plan, created_ms, work_ms, stages=stages, follows=follows, delay_ms=delay_ms)
        ledger = run(plan, workload)
        served = visits(ledger)
        wait = served.wait[(served.joined_ms >= warm_up * UNIT_MS) & (served.joined_ms < end * UNIT_MS)]
        found["wait"].append(wait.mean() * 60)
        found["waited"].append((wait > 0).mean())
        found["flow"].append(len(wait) / (end - warm_up))
        found["pending"].append(pending_at(ledger, np.arange(warm_up, end) * UNIT_MS).mean())
        found["total"].append(total_hours(ledger, created_ms, np.ones_like(stages), warm_up, end) / 10)
    known = {"wait": 4.794179, "waited": 0.5326866, "flow": 33.33333, "pending": 46.66667, "total": 5.599677}
    rate = 10 / (1 - asks)
    mean = erlang.mean_wait(rate, 5, agents) * 60
    assert (mean, erlang.erlang_c(rate / 5, agents)) == pytest.approx((known["wait"], known["waited"]), rel=1e-6)
    largest_error = {"wait": 0.05, "waited": 0.02, "flow": 0.006, "pending": 0.008, "total": 0.01}
    for name, value in known.items():
        judge(found[name], value, largest_error[name], name)

    # With 68 % or 72 % of questions it is another system.
    for wrong_rate in (10 / 0.32, 10 / 0.28):
        for name, value in (("wait", erlang.mean_wait(wrong_rate, 5, agents) * 60), ("flow", wrong_rate)):
            with pytest.raises(MisfitError):
                judge(found[name], value, 0.12, name)
    with pytest.raises(MisfitError):
        judge(found["pending"], 46.66667 * 1.04, 0.01)


def pending_at(ledger: Ledger, instants_ms: Integers) -> Floats:
    """Return how many tickets wait for the customer at each instant."""
    asked, replied = (ledger.time_ms[ledger.event == event] for event in (Event.ASKED, Event.REPLIED))
    return np.searchsorted(asked, instants_ms, side="right") - np.searchsorted(replied, instants_ms, side="right")


def test_tandem() -> None:
    # One agent in each tier, rates 2 and 3 of 1 ticket: the times in the tiers are independent, exponential (1, 2).
    warm_up, end = 120, 3_000
    plan = build_plan([1, 1], (end + warm_up) * UNIT_MS, [[0], [1], [-1]])
    found: dict[float, list[float]] = {0: [], 1: [], 2: [], 4: []}
    for streams in replications(40):
        created_ms = poisson_times_ms(streams, "arrivals", 1, plan.horizon_ms)
        tier = np.tile([0, 1], len(created_ms))
        work_ms = exponential_ms(streams, "work", np.arange(len(tier)), np.array([1 / 2, 1 / 3])[tier])
        follows = np.where(tier == 0, Next.ESCALATE, Next.RESOLVE)
        stages = np.full(len(created_ms), 2)
        ledger = run(plan, build_workload(plan, created_ms, work_ms, stages=stages, tier=tier, follows=follows))
        resolved = ledger.event == Event.RESOLVED
        ticket = ledger.ticket[resolved]
        assert np.isin(np.flatnonzero(created_ms < end * UNIT_MS), ticket).all()
        came_ms = created_ms[ticket]
        inside = (came_ms >= warm_up * UNIT_MS) & (came_ms < end * UNIT_MS)
        total = (ledger.time_ms[resolved] - came_ms)[inside] / UNIT_MS
        found[0].append(total.mean())
        for time in (1, 2, 4):
            found[time].append((total > time).mean())
    exactly = {time: 2 * np.exp(-time) - np.exp(-2 * time) for time in (1, 2, 4)}
    known = {1: 0.6004236, 2: 0.2523549, 4: 0.03629582}
    assert exactly == pytest.approx(known, rel=1e-6)
    judge(found[0], 1.5, 0.008, "mean")
    for time, largest_error in ((1, 0.006), (2, 0.015), (4, 0.06)):
        judge(found[time], known[time], largest_error, f"beyond {time}")
        # An exponential time of the same mean has another shape.
        with pytest.raises(MisfitError):
            judge(found[time], float(np.exp(-time / 1.5)), largest_error)


REPLY = Distribution(lognormal=Lognormal(mean="18 h", cv=2))


def test_stock_of_pending_tickets() -> None:
    # 25 an hour begin to wait for their customer, 18 h, cv 2: the stock is Poisson with mean 450.
    days, snapshots = 30, np.arange(20, 31, 5) * 24 * UNIT_MS - 1
    plan = build_plan([20], days * 24 * UNIT_MS)
    mean, square, first = [], [], []
    for streams in replications(24):
        created_ms = poisson_times_ms(streams, "arrivals", 25, plan.horizon_ms)
        rows = 2 * len(created_ms)
        delay_ms = np.zeros(rows, int)
        delay_ms[::2] = whole_ms(quantile(REPLY, streams.uniform("reply", np.arange(len(created_ms)))))
        follows = np.tile([Next.ASK_CUSTOMER, Next.RESOLVE], len(created_ms))
        stages = np.full(len(created_ms), 2)
        work_ms = np.full(rows, 60_000)
        workload = build_workload(plan, created_ms, work_ms, stages=stages, follows=follows, delay_ms=delay_ms)
        ledger = run(plan, workload)
        pending = pending_at(ledger, snapshots)
        mean.append(pending.mean())
        square.append(((pending - 450) ** 2).mean())
        first.append(pending_at(ledger, np.array([3 * 24 * UNIT_MS])).mean())
        assert (present_at(ledger, snapshots) >= pending).all()
    judge(mean, 450, 0.01, "mean")
    judge(square, 450, 0.2, "variance")
    for samples, value in ((mean, 450 * 1.05), (mean, 450 * 0.95), (square, 100), (square, 1_000), (first, 450)):
        with pytest.raises(MisfitError):
            judge(samples, value, 1.0)
