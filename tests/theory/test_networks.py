"""Two tiers with escalation and reopens as a Jackson network.

30 tickets an hour reach L1 (10 min, 8 agents), which escalates 25 % to L2 (40 min, 8 agents);
10 % of what L1 resolves and 6 % of what L2 resolves comes back to L1 at once.
"""

from __future__ import annotations

import numpy as np
import pytest
from judge import MisfitError, judge
from systems import (
    UNIT_MS,
    Integers,
    Streams,
    build_plan,
    build_workload,
    busy_share,
    exponential_ms,
    poisson_times_ms,
    replications,
    run,
    visits,
)

from supportsim.ledger import Event, Ledger
from supportsim.theory import networks
from supportsim.workload.model import Next

PER_HOUR, ESCALATES, REOPENS = 30, 0.25, (0.10, 0.06)
SERVICE_HOURS, AGENTS = np.array([10, 40]) / 60, (8, 8)
WARM_UP_MS, END_MS, SLACK_MS = 48 * UNIT_MS, 550 * UNIT_MS, 48 * UNIT_MS

Samples = dict[str, list[float]]


def draw_routes(streams: Streams, count: int) -> tuple[Integers, Integers, Integers]:
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


def sample(count: int) -> Samples:
    """Return what each replication measured, in minutes; by tier where there are two numbers."""
    plan = build_plan(AGENTS, END_MS + SLACK_MS, [[0], [1], [-1]])
    found: Samples = {name: [] for name in exact()} | {"minutes to first resolution": []}
    for streams in replications(count):
        created_ms = poisson_times_ms(streams, "arrivals", PER_HOUR, END_MS + SLACK_MS)
        stages, tier, follows = draw_routes(streams, len(created_ms))
        work_ms = exponential_ms(streams, "work", np.arange(len(tier)), SERVICE_HOURS[tier])
        # A reopening takes effect a millisecond after the resolution, the shortest delay there is.
        last = np.cumsum(stages) - 1
        delay_ms = (follows == Next.RESOLVE).astype(int)
        delay_ms[last] = 0
        workload = build_workload(
            plan, created_ms, work_ms, stages=stages, tier=tier, follows=follows, delay_ms=delay_ms
        )
        ledger = run(plan, workload)
        served = visits(ledger)
        inside = (served.joined_ms >= WARM_UP_MS) & (served.joined_ms < END_MS)
        for number, name in enumerate(("L1", "L2")):
            wait = served.wait[inside & (served.queue == number)]
            found[f"{name} wait"].append(wait.mean() * 60)
            found[f"{name} queue"].append(wait.sum() / ((END_MS - WARM_UP_MS) / UNIT_MS))
            found[f"{name} visits per hour"].append(len(wait) / ((END_MS - WARM_UP_MS) / UNIT_MS))
        found["utilization"].append(busy_share(ledger, sum(AGENTS), WARM_UP_MS, END_MS))
        first, final = minutes_to_resolution(ledger, created_ms, stages, follows)
        found["minutes to first resolution"].append(first)
        found["minutes to final resolution"].append(final)
    return found


def minutes_to_resolution(
    ledger: Ledger, created_ms: Integers, stages: Integers, follows: Integers
) -> tuple[float, float]:
    """Return the mean time to the first and to the final resolution of tickets that came in the window."""
    resolved = ledger.event == Event.RESOLVED
    ticket, time_ms = ledger.ticket[resolved], ledger.time_ms[resolved]
    first_ms, final_ms = np.full(len(created_ms), -1), np.full(len(created_ms), -1)
    first_ms[ticket[::-1]] = time_ms[::-1]
    final_ms[ticket] = time_ms
    inside = (created_ms >= WARM_UP_MS) & (created_ms < END_MS)
    due = np.add.reduceat((follows == Next.RESOLVE).astype(int), np.cumsum(stages) - stages)
    happened = np.bincount(ticket, minlength=len(created_ms))
    assert (happened == due)[inside].all(), "the slack is long enough for all of them"
    first, final = (float((end_ms - created_ms)[inside].mean() / 60_000) for end_ms in (first_ms, final_ms))
    return first, final


def exact(per_hour: float = PER_HOUR, reopens: tuple[float, float] = REOPENS) -> dict[str, float]:
    """Return what theory says of each metric."""
    routing = [[(1 - ESCALATES) * reopens[0], ESCALATES], [reopens[1], 0]]
    state = networks.open_network([per_hour, 0], routing, (1 / SERVICE_HOURS).tolist(), AGENTS)
    by_tier = {}
    for number, name in enumerate(("L1", "L2")):
        by_tier[f"{name} wait"] = float(state.mean_waits[number] * 60)
        by_tier[f"{name} queue"] = float(state.mean_queue_lengths[number])
        by_tier[f"{name} visits per hour"] = float(state.arrival_rates[number])
    return by_tier | {
        "utilization": float(state.utilizations.mean()),
        "minutes to final resolution": state.mean_total_time * 60,
    }


LARGEST_ERROR = {
    "L1 wait": 0.025, "L1 queue": 0.025, "L1 visits per hour": 0.003,
    "L2 wait": 0.05, "L2 queue": 0.05, "L2 visits per hour": 0.005,
    "utilization": 0.003, "minutes to final resolution": 0.005,
}  # fmt: skip


def test_two_tiers_with_reopens() -> None:
    known = {"L1 wait": 0.9985314, "L2 wait": 3.994126, "L1 queue": 0.5486436, "L2 queue": 0.5486436}
    known |= {"utilization": 0.6868132, "minutes to final resolution": 24.1726}
    assert {name: exact()[name] for name in known} == pytest.approx(known, rel=1e-6)
    found = sample(40)
    for name, value in exact().items():
        judge(found[name], value, LARGEST_ERROR[name], name)

    for wrong in (exact(PER_HOUR * 0.95), exact(PER_HOUR * 1.05), exact(reopens=(0, 0)), exact(reopens=(0.2, 0.06))):
        for name in exact():
            with pytest.raises(MisfitError):
                judge(found[name], wrong[name], 3 * LARGEST_ERROR[name], name)
    with pytest.raises(MisfitError):
        judge(found["minutes to first resolution"], exact()["minutes to final resolution"], 0.01)
