"""The rivals: the same work as a SimPy and as a Ciw user would write it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import ciw
import numpy as np
import simpy
from numpy.typing import NDArray
from work import HOURS_OF_WEEK, Work

from supportsim.scenario.units import HOUR_MS

Table = NDArray[np.float64]
LEAVES_NOW = -1
"""The priority of somebody whose shift is over: before any ticket."""


def run_simpy(work: Work) -> tuple[list[list[int]], list[list[int]]]:
    """A process per ticket, a `PriorityResource` per tier; return starts and ends, by tier, -1 where none.

    Staff beyond the hour's heads is taken out by requests that go before any ticket: a
    busy agent finishes and then leaves.
    """
    env = simpy.Environment()
    tiers = [simpy.PriorityResource(env, capacity=int(heads.max())) for heads in work.heads]
    start_ms = [[-1] * len(work) for _ in range(3)]
    end_ms = [[-1] * len(work) for _ in range(3)]
    work_ms, priority, depth = work.work_ms.tolist(), work.priority.tolist(), work.depth.tolist()

    def ticket(i: int) -> Generator[simpy.Event, Any, None]:
        for tier in range(depth[i]):
            with tiers[tier].request(priority=priority[i]) as request:
                yield request
                start_ms[tier][i] = env.now
                yield env.timeout(work_ms[i][tier])
            end_ms[tier][i] = env.now

    def arrivals() -> Generator[simpy.Event, Any, None]:
        for i, arrives_ms in enumerate(work.arrived_ms.tolist()):
            yield env.timeout(arrives_ms - env.now)
            env.process(ticket(i))

    for tier, heads in zip(tiers, work.heads.tolist(), strict=True):
        env.process(_staffing(env, tier, heads))
    env.process(arrivals())
    env.run(until=work.horizon_ms)
    return start_ms, end_ms


def _staffing(
    env: simpy.Environment, tier: simpy.PriorityResource, heads: list[int]
) -> Generator[simpy.Event, Any, None]:
    away: list[Any] = []
    for head_count in heads:
        while tier.capacity - len(away) > head_count:
            away.append(tier.request(priority=LEAVES_NOW))
        while tier.capacity - len(away) < head_count:
            returns = away.pop()
            if returns.triggered:
                tier.release(returns)
            else:
                returns.cancel()
        yield env.timeout(HOUR_MS)


@dataclass(frozen=True)
class Visits:
    """The tickets of a scenario as a SimPy user would take them: visits to tiers, and delays between them.

    Args:
        created_ms: int64 (T,), sorted.
        priority: int (T,), 0 is P1.
        offset: int (T+1,), the visits of ticket i are ``offset[i]:offset[i+1]``.
        tier: int (V,).
        work_ms: int64 (V,), hands-on time.
        delay_ms: int64 (V,), from the end of a visit to the next (a customer's reply, a fix); 0 where it is at once.
        heads: int (3, H), agents on shift at each tier in each hour from time 0.
    """

    created_ms: NDArray[np.int64]
    priority: NDArray[np.int64]
    offset: NDArray[np.int64]
    tier: NDArray[np.int64]
    work_ms: NDArray[np.int64]
    delay_ms: NDArray[np.int64]
    heads: NDArray[np.int64]


def run_simpy_visits(visits: Visits) -> tuple[list[int], list[int]]:
    """As `run_simpy` with tickets that return; return starts and ends by visit, -1 where none.

    A request and a timeout for each visit, no breaks, no patience, no rules but priorities.
    """
    env = simpy.Environment()
    tiers = [simpy.PriorityResource(env, capacity=max(int(heads.max()), 1)) for heads in visits.heads]
    offset, at_tier, priority = visits.offset.tolist(), visits.tier.tolist(), visits.priority.tolist()
    work_ms, delay_ms = visits.work_ms.tolist(), visits.delay_ms.tolist()
    start_ms, end_ms = [-1] * len(work_ms), [-1] * len(work_ms)

    def ticket(i: int) -> Generator[simpy.Event, Any, None]:
        for visit in range(offset[i], offset[i + 1]):
            with tiers[at_tier[visit]].request(priority=priority[i]) as request:
                yield request
                start_ms[visit] = env.now
                yield env.timeout(work_ms[visit])
            end_ms[visit] = env.now
            if delay_ms[visit]:
                yield env.timeout(delay_ms[visit])

    def arrivals() -> Generator[simpy.Event, Any, None]:
        for i, created_ms in enumerate(visits.created_ms.tolist()):
            yield env.timeout(created_ms - env.now)
            env.process(ticket(i))

    for tier, heads in zip(tiers, visits.heads.tolist(), strict=True):
        env.process(_staffing(env, tier, heads))
    env.process(arrivals())
    env.run(until=visits.heads.shape[1] * HOUR_MS)
    return start_ms, end_ms


def run_simpy_with_named_agents(work: Work) -> tuple[list[list[int]], list[list[int]]]:
    """As `run_simpy`, but it is a certain person who leaves, as on our floor; the longest idle gets the next ticket.

    The plain version lets any free agent leave in place of the busy one whose shift is over,
    so that its waits are a little longer. This one exists to be compared visit by visit.
    """
    env = simpy.Environment()
    tiers = [simpy.PriorityResource(env, capacity=int(heads.max())) for heads in work.heads]
    idle: list[dict[int, None]] = [dict.fromkeys(range(tier.capacity)) for tier in tiers]
    on_shift: list[set[int]] = [set(range(tier.capacity)) for tier in tiers]
    leave: list[dict[int, Any]] = [{} for _ in tiers]
    start_ms = [[-1] * len(work) for _ in range(3)]
    end_ms = [[-1] * len(work) for _ in range(3)]

    def ticket(i: int) -> Generator[simpy.Event, Any, None]:
        for tier in range(int(work.depth[i])):
            with tiers[tier].request(priority=int(work.priority[i])) as request:
                yield request
                agent = next(iter(idle[tier]))
                del idle[tier][agent]
                start_ms[tier][i] = env.now
                yield env.timeout(int(work.work_ms[i, tier]))
                if agent in on_shift[tier]:
                    idle[tier][agent] = None
                else:
                    leave[tier][agent] = tiers[tier].request(priority=LEAVES_NOW)
            end_ms[tier][i] = env.now

    def arrivals() -> Generator[simpy.Event, Any, None]:
        for i, arrives_ms in enumerate(work.arrived_ms.tolist()):
            yield env.timeout(arrives_ms - env.now)
            env.process(ticket(i))

    def staffing(tier: int) -> Generator[simpy.Event, Any, None]:
        for head_count in work.heads[tier].tolist():
            for agent in range(tiers[tier].capacity):
                if agent >= head_count and agent in on_shift[tier]:
                    on_shift[tier].remove(agent)
                    if agent in idle[tier]:
                        del idle[tier][agent]
                        leave[tier][agent] = tiers[tier].request(priority=LEAVES_NOW)
                elif agent < head_count and agent not in on_shift[tier]:
                    on_shift[tier].add(agent)
                    if agent in leave[tier]:
                        idle[tier][agent] = None
                        tiers[tier].release(leave[tier].pop(agent))
            yield env.timeout(HOUR_MS)

    for tier in range(3):
        env.process(staffing(tier))
    env.process(arrivals())
    env.run(until=work.horizon_ms)
    return start_ms, end_ms


class _Replay(ciw.dists.Distribution):
    """Service times that were drawn beforehand, by ticket."""

    def __init__(self, work_ms: list[int]) -> None:
        self.work_ms = work_ms

    def sample(self, t: float | None = None, ind: Any = None) -> float:
        return self.work_ms[ind.id_number - 1]


def ciw_network(work: Work) -> Any:
    """Return the network: three nodes, five priority classes, everything replayed from the arrays."""
    classes = [f"P{priority + 1}" for priority in range(5)]
    never = ciw.dists.Deterministic(float("inf"))
    gaps = {}
    for priority, name in enumerate(classes):
        own = work.arrived_ms[work.priority == priority]
        gaps[name] = ciw.dists.Sequential([*np.diff(own, prepend=0).tolist(), float("inf")])
    services = [_Replay(column) for column in work.work_ms.T.tolist()]
    routes = [list(range(2, depth + 1)) for depth in work.depth.tolist()]
    hours = min(HOURS_OF_WEEK, work.heads.shape[1])
    changes = [np.append(np.flatnonzero(np.diff(heads[:hours])) + 1, hours) for heads in work.heads]
    return ciw.create_network(
        arrival_distributions={name: [gaps[name], never, never] for name in classes},
        service_distributions=dict.fromkeys(classes, services),
        number_of_servers=[
            ciw.Schedule(
                numbers_of_servers=heads[ends - 1].tolist(), shift_end_dates=(ends * HOUR_MS).tolist(), preemption=False
            )
            for heads, ends in zip(work.heads, changes, strict=True)
        ],
        routing=dict.fromkeys(classes, ciw.routing.ProcessBased(lambda ind, _: list(routes[ind.id_number - 1]))),
        priority_classes={name: priority for priority, name in enumerate(classes)},
    )


def run_ciw(work: Work) -> Any:
    """Simulate `ciw_network` to the horizon and return the simulation, which holds its own records."""
    simulation = ciw.Simulation(ciw_network(work))
    simulation.simulate_until_max_time(work.horizon_ms)
    return simulation


def simpy_tables(work: Work, result: tuple[list[list[int]], list[list[int]]]) -> tuple[Table, Table]:
    """Return SimPy's starts and ends as (N, 3) ms; NaN where there was none."""
    start, end = (np.array(columns, dtype=np.float64).T for columns in result)
    return np.where(start < 0, np.nan, start), np.where(end < 0, np.nan, end)


def ciw_tables(work: Work, simulation: Any) -> tuple[Table, Table]:
    """Return Ciw's starts and ends as (N, 3) ms; NaN where there was none."""
    start, end = np.full((len(work), 3), np.nan), np.full((len(work), 3), np.nan)
    for record in simulation.get_all_records(only=["service"]):
        start[record.id_number - 1, record.node - 1] = record.service_start_date
        end[record.id_number - 1, record.node - 1] = record.service_end_date
    return start, end
