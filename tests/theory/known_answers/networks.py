"""Tickets that visit several places: Jackson networks, a tandem, customers who are waited for, self-service first."""

from __future__ import annotations

from functools import partial

import numpy as np
from systems import (
    UNIT_MS,
    Floats,
    Integers,
    Streams,
    build_plan,
    build_workload,
    busy_share,
    exponential_ms,
    poisson_times_ms,
    present_at,
    run,
    visits,
)

from known_answers.case import Case, Known, Wrong, each, only
from supportsim.ledger import Event, Ledger
from supportsim.scenario.distributions import Distribution, Lognormal
from supportsim.theory import networks
from supportsim.theory.reentrant import ErlangR
from supportsim.workload.distributions import quantile, whole_ms
from supportsim.workload.model import Next

THREE_NODES = ([1, 4, 3], [[0, 0.6, 0.3], [0.1, 0, 0.3], [0.4, 0.4, 0]], [10, 10, 10], [1, 2, 1])
HOSPITAL = ([15, 3, 0.75], [[0, 0.5, 0.2], [0.2, 0, 0.3], [0.05, 0.1, 0]], [3, 3, 2], [7, 6, 5])
Network = tuple[list[float], list[list[float]], list[float], list[int]]


def walks(streams: Streams, count: int, network: Network) -> tuple[Integers, Integers]:
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


def network_of_three(streams: Streams, network: Network, warm_up: int = 60, end: int = 460) -> dict[str, float]:
    """Simulate a network; each node is a tier."""
    external, _, service_rates, servers = network
    plan = build_plan(servers, (end + warm_up) * UNIT_MS, [[0], [1], [2]])
    created_ms = poisson_times_ms(streams, "arrivals", float(sum(external)), plan.horizon_ms)
    stages, node = walks(streams, len(created_ms), network)
    work_ms = exponential_ms(streams, "work", np.arange(len(node)), 1 / np.array(service_rates, float)[node])
    # From node to node as a reopening after a millisecond, the shortest way to any tier.
    delay_ms = np.ones(len(node), int)
    delay_ms[np.cumsum(stages) - 1] = 0
    ledger = run(plan, build_workload(plan, created_ms, work_ms, stages=stages, tier=node, delay_ms=delay_ms))
    served = visits(ledger)
    inside = (served.joined_ms >= warm_up * UNIT_MS) & (served.joined_ms < end * UNIT_MS)
    found = {"mean present": total_hours(ledger, created_ms, stages, warm_up, end)}
    for number in range(len(servers)):
        wait = served.wait[inside & (served.queue == number)]
        found[f"flow {number}"] = len(wait) / (end - warm_up)
        found[f"mean wait {number}"] = wait.mean()
        found[f"mean queue {number}"] = wait.sum() / (end - warm_up)
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


def jackson(network: Network) -> dict[str, float]:
    """Return what theory says of the metrics of `network_of_three`."""
    state = networks.open_network(*network)
    found = {"mean present": float(state.mean_numbers.sum())}
    for node in range(3):
        found[f"flow {node}"] = float(state.arrival_rates[node])
        found[f"mean wait {node}"] = float(state.mean_waits[node])
        found[f"mean queue {node}"] = float(state.mean_queue_lengths[node])
    return found


def _three_nodes() -> Case:
    exact = jackson(THREE_NODES)
    external, routing, *rest = THREE_NODES
    flows = ("flow 0", "flow 1", "flow 2")
    transposed = jackson((external, np.transpose(routing).tolist(), *rest))
    more = jackson(([1.05, 4.2, 3.15], routing, *rest))
    return Case(
        "C01a", "Jackson network of three nodes, servers 1, 2, 1", "jackson-network-jupyterlite (T. Monks)",
        partial(network_of_three, network=THREE_NODES), each(exact, {"flow": 0.01, "mean": 0.06}),
        (Wrong("rows read as destinations", only(transposed, *flows)), Wrong("5 % more arrivals", only(more, *flows))),
        replications=40, published={"flow 0": 5, "flow 1": 10, "flow 2": 7.5, "mean present": 16 / 3},
    )  # fmt: skip


def _hospital() -> Case:
    external, routing, *rest = HOSPITAL
    wrong = (
        Wrong(f"{factor - 1:+.0%} arrivals", jackson(([factor * rate for rate in external], routing, *rest)))
        for factor in (0.9, 1.1)
    )
    published = {
        "flow 0": 17.96995, "flow 1": 12.80348, "flow 2": 8.185032, "mean queue 0": 3.620232,
        "mean queue 1": 0.8732445, "mean queue 2": 2.662253, "mean wait 0": 0.2014603, "mean wait 1": 0.0682037,
        "mean wait 2": 0.3252587, "mean present": 21.50605,
    }  # fmt: skip
    return Case(
        "C01b", "Jackson network of ward, high dependency and intensive care", "jackson-network-jupyterlite (T. Monks)",
        partial(network_of_three, network=HOSPITAL),
        each(jackson(HOSPITAL), {"flow": 0.006, "mean": 0.08, "mean present": 0.025}), tuple(wrong),
        replications=40, slow=True, published=published,
    )  # fmt: skip


PER_HOUR, ESCALATES, REOPENS = 30, 0.25, (0.10, 0.06)
SERVICE_HOURS, AGENTS = np.array([10, 40]) / 60, (8, 8)


def routes(streams: Streams, count: int) -> tuple[Integers, Integers, Integers]:
    """Return how many stages each ticket has, (T,), and tier and `Next` of each stage, (R,)."""
    batches = []
    going_on, tier = np.arange(count), np.zeros(count, int)
    step = 0
    while len(going_on):
        uniform = streams.uniform("escalates", going_on, step)
        escalates = (tier == 0) & (uniform < ESCALATES)
        reopens = ~escalates & (streams.uniform("reopens", going_on, step) < np.array(REOPENS)[tier])
        follows = np.where(escalates, Next.ESCALATE, Next.RESOLVE)
        batches.append((going_on, np.full(len(going_on), step), tier, follows))
        stays = escalates | reopens
        going_on, tier = going_on[stays], escalates[stays].astype(int)
        step += 1
    ticket, steps, tiers, follow = (np.concatenate(column) for column in zip(*batches, strict=True))
    order = np.lexsort((steps, ticket))
    return np.bincount(ticket, minlength=count), tiers[order], follow[order]


def two_tiers(streams: Streams, warm_up: int = 48, end: int = 550) -> dict[str, float]:
    """Simulate escalation from L1 to L2 and reopens; hours, times in the system in minutes."""
    warm_up_ms, end_ms = warm_up * UNIT_MS, end * UNIT_MS
    plan = build_plan(AGENTS, end_ms + warm_up_ms, [[0], [1], [-1]])
    created_ms = poisson_times_ms(streams, "arrivals", PER_HOUR, plan.horizon_ms)
    stages, tier, follows = routes(streams, len(created_ms))
    work_ms = exponential_ms(streams, "work", np.arange(len(tier)), SERVICE_HOURS[tier])
    # A reopening takes effect a millisecond after the resolution, the shortest delay there is.
    delay_ms = (follows == Next.RESOLVE).astype(int)
    delay_ms[np.cumsum(stages) - 1] = 0
    ledger = run(
        plan,
        build_workload(plan, created_ms, work_ms, stages=stages, tier=tier, follows=follows, delay_ms=delay_ms),
    )
    served = visits(ledger)
    inside = (served.joined_ms >= warm_up_ms) & (served.joined_ms < end_ms)
    found = {"utilization": busy_share(ledger, sum(AGENTS), warm_up_ms, end_ms)}
    for number, name in enumerate(("L1", "L2")):
        wait = served.wait[inside & (served.queue == number)]
        found[f"mean wait at {name}"] = wait.mean() * 60
        found[f"mean queue at {name}"] = wait.sum() / (end - warm_up)
        found[f"visits an hour at {name}"] = len(wait) / (end - warm_up)
    first, final = minutes_to_resolution(ledger, created_ms, stages, follows, (warm_up_ms, end_ms))
    return found | {"time to the first resolution": first, "time to the final resolution": final}


def minutes_to_resolution(
    ledger: Ledger, created_ms: Integers, stages: Integers, follows: Integers, window_ms: tuple[int, int]
) -> tuple[float, float]:
    """Return the mean time to the first and to the final resolution of tickets that came in the window."""
    resolved = ledger.event == Event.RESOLVED
    ticket, time_ms = ledger.ticket[resolved], ledger.time_ms[resolved]
    first_ms, final_ms = np.full(len(created_ms), -1), np.full(len(created_ms), -1)
    first_ms[ticket[::-1]] = time_ms[::-1]
    final_ms[ticket] = time_ms
    inside = (created_ms >= window_ms[0]) & (created_ms < window_ms[1])
    due = np.add.reduceat((follows == Next.RESOLVE).astype(int), np.cumsum(stages) - stages)
    happened = np.bincount(ticket, minlength=len(created_ms))
    assert (happened == due)[inside].all(), "the slack is long enough for all of them"
    first, final = (float((end_ms - created_ms)[inside].mean() / 60_000) for end_ms in (first_ms, final_ms))
    return first, final


def with_reopens(per_hour: float = PER_HOUR, reopens: tuple[float, float] = REOPENS) -> dict[str, float]:
    """Return what theory says of the metrics of `two_tiers`."""
    routing = [[(1 - ESCALATES) * reopens[0], ESCALATES], [reopens[1], 0]]
    state = networks.open_network([per_hour, 0], routing, (1 / SERVICE_HOURS).tolist(), AGENTS)
    found = {"utilization": float(state.utilizations.mean())}
    for number, name in enumerate(("L1", "L2")):
        found[f"mean wait at {name}"] = float(state.mean_waits[number] * 60)
        found[f"mean queue at {name}"] = float(state.mean_queue_lengths[number])
        found[f"visits an hour at {name}"] = float(state.arrival_rates[number])
    return found | {"time to the final resolution": state.mean_total_time * 60}


def _two_tiers() -> Case:
    exact = with_reopens()
    wrong = (
        Wrong("5 % fewer tickets", with_reopens(PER_HOUR * 0.95)),
        Wrong("5 % more tickets", with_reopens(PER_HOUR * 1.05)),
        Wrong("no reopens", with_reopens(reopens=(0, 0))),
        Wrong("20 % reopen at L1", with_reopens(reopens=(0.2, 0.06))),
        Wrong("the first resolution", {"time to the first resolution": exact["time to the final resolution"]}),
    )
    error = {
        "mean wait at L1": 0.025, "mean queue at L1": 0.025, "visits": 0.005, "mean wait at L2": 0.05,
        "mean queue at L2": 0.05, "utilization": 0.003, "time": 0.005,
    }  # fmt: skip
    published = {
        "mean wait at L1": 0.9985314, "mean wait at L2": 3.994126, "mean queue at L1": 0.5486436,
        "mean queue at L2": 0.5486436, "utilization": 0.6868132, "time to the final resolution": 24.1726,
        "visits an hour at L1": 32.96703, "visits an hour at L2": 8.241758,
    }  # fmt: skip
    return Case(
        "C02", "two tiers: escalation 25 %, reopens 10 and 6 %", "Jackson 1957", two_tiers, each(exact, error), wrong,
        replications=48, in_tests=24, published=published,
    )  # fmt: skip


def pending_at(ledger: Ledger, instants_ms: Integers) -> Floats:
    """Return how many tickets wait for the customer at each instant."""
    asked, replied = (ledger.time_ms[ledger.event == event] for event in (Event.ASKED, Event.REPLIED))
    return np.searchsorted(asked, instants_ms, side="right") - np.searchsorted(replied, instants_ms, side="right")


def questions(
    streams: Streams, asks: float = 0.7, agents: int = 8, warm_up: int = 72, end: int = 472
) -> dict[str, float]:
    """Simulate 10 tickets an hour of 12 min, a share of whose touches ends with a question, answered in 2 h."""
    plan = build_plan([agents], (end + 150) * UNIT_MS)
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
    return {
        "mean wait": wait.mean() * 60,
        "P(wait)": (wait > 0).mean(),
        "touches an hour": len(wait) / (end - warm_up),
        "mean pending": pending_at(ledger, np.arange(warm_up, end) * UNIT_MS).mean(),
        "time to resolution": total_hours(ledger, created_ms, np.ones_like(stages), warm_up, end) / 10,
    }


def _erlang_r() -> Case:
    def exact(asks: float) -> dict[str, float]:
        desk = ErlangR(10, 5, 8, asks, 2)
        return {
            "mean wait": desk.mean_wait * 60, "P(wait)": desk.delay_probability, "touches an hour": desk.visit_rate,
            "mean pending": desk.mean_pending_number, "time to resolution": desk.mean_total_time,
        }  # fmt: skip

    wrong = [Wrong(f"{asks:.0%} ask", only(exact(asks), "mean wait", "touches an hour")) for asks in (0.68, 0.72)]
    wrong += [Wrong("4 % more pending", {"mean pending": exact(0.7)["mean pending"] * 1.04})]
    return Case(
        "C04", "Erlang-R: 70 % of the touches end with a question", "Yom-Tov & Mandelbaum 2014", questions,
        each(exact(0.7), {"mean wait": 0.05, "P": 0.02, "touches": 0.006, "mean pending": 0.008, "time": 0.01}),
        tuple(wrong), replications=36, in_tests=24,
        published={
            "mean wait": 4.794179, "P(wait)": 0.5326866, "touches an hour": 33.33333, "mean pending": 46.66667,
            "time to resolution": 5.599677,
        },
    )  # fmt: skip


def tandem(streams: Streams, warm_up: int = 120, end: int = 3_000) -> dict[str, float]:
    """Simulate one agent in each of two tiers, rates 2 and 3, of 1 ticket."""
    plan = build_plan([1, 1], (end + warm_up) * UNIT_MS, [[0], [1], [-1]])
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
    return {"mean time": total.mean()} | {f"P(time > {time})": (total > time).mean() for time in (1, 2, 4)}


def _tandem() -> Case:
    # The times in the tiers are independent and exponential, of rates 1 and 2.
    exact = {"mean time": 1.5} | {f"P(time > {t})": 2 * np.exp(-t) - np.exp(-2 * t) for t in (1, 2, 4)}
    error = {"mean": 0.006, "P(time > 1)": 0.0045, "P(time > 2)": 0.011, "P(time > 4)": 0.045}
    return Case(
        "C05", "tandem of two agents, rates 2 and 3, of 1 ticket", "Burke 1956, Reich 1957", tandem, each(exact, error),
        (
            Wrong("an exponential time", {f"P(time > {t})": np.exp(-t / 1.5) for t in (1, 4)}),
            Wrong("an exponential time", {"P(time > 2)": np.exp(-2 / 1.5)}, in_full=True),
            Wrong("5 % longer", {"mean time": 1.575}),
        ),
        replications=80, in_tests=40,
        published={"P(time > 1)": 0.6004236, "P(time > 2)": 0.2523549, "P(time > 4)": 0.03629582},
    )  # fmt: skip


REPLY = Distribution(lognormal=Lognormal(mean="18 h", cv=2))


def stock(streams: Streams, warm_up_days: int = 100, days: int = 10) -> dict[str, float]:
    """Simulate 25 tickets an hour that begin to wait for their customer, 18 h, cv 2; only those who see the window.

    Of tickets that wait so, 0.8 % wait longer than 20 days for the rest of their time, and 0.02 % longer than 100.
    """
    before, end = warm_up_days * 24 * UNIT_MS, (warm_up_days + days) * 24 * UNIT_MS
    created_ms = poisson_times_ms(streams, "arrivals", 25, end)
    reply_ms = whole_ms(quantile(REPLY, streams.uniform("reply", np.arange(len(created_ms)))))
    stays = created_ms + reply_ms >= before
    created_ms = created_ms[stays]
    delay_ms = np.zeros(2 * len(created_ms), int)
    delay_ms[::2] = reply_ms[stays]
    follows = np.tile([Next.ASK_CUSTOMER, Next.RESOLVE], len(created_ms))
    stages, work_ms = np.full(len(created_ms), 2), np.full(len(follows), 60_000)
    plan = build_plan([20], end)
    workload = build_workload(plan, created_ms, work_ms, stages=stages, follows=follows, delay_ms=delay_ms)
    ledger = run(plan, workload)
    snapshots = np.arange(warm_up_days, warm_up_days + days + 1, 5) * 24 * UNIT_MS - 1
    pending = pending_at(ledger, snapshots)
    assert (present_at(ledger, snapshots) >= pending).all()
    return {"mean pending": pending.mean(), "variance of pending": ((pending - 450) ** 2).mean()}


def _stock() -> Case:
    return Case(
        "C08", "M/G/infinity: 25 an hour wait for their customer, lognormal 18 h, cv 2", "the number is Poisson", stock,
        {"mean pending": Known(450, 0.01), "variance of pending": Known(450, 0.2)},
        (
            Wrong("5 % more", {"mean pending": 450 * 1.05}),
            Wrong("5 % fewer", {"mean pending": 450 * 0.95}),
            Wrong("hardly any spread", {"variance of pending": 100}),
            Wrong("twice the spread", {"variance of pending": 1_000}),
            Wrong("too short a warm-up", {"mean pending": 450}, partial(stock, warm_up_days=3)),
        ),
        replications=24,
    )  # fmt: skip


CASES = (_three_nodes(), _hospital(), _two_tiers(), _erlang_r(), _tandem(), _stock())
