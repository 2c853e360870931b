"""What a spreadsheet would say of a scenario, beside what its simulation says, by team and hour of the week."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.execute import cores, executor_for, run_all
from supportsim.experiment.replicate import Job, command_of, plan_of
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.measures.offered import HOURS, Offered, hour_of_week, offered
from supportsim.measures.series import STEP_MS, TEAM_SERIES
from supportsim.plan.model import TIERS, Plan
from supportsim.scenario.loader import LoadedScenario
from supportsim.scenario.units import HOUR_MS, MINUTE_MS
from supportsim.theory import erlang, staffing
from supportsim.theory.erlang_a import ErlangA
from supportsim.workload.draw import draw_workload

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Formulas:
    """What the formulas say of each hour of the week (168,), Monday first.

    NaN where nobody is there or nothing comes; infinite where a formula has no answer because more
    work comes than the people there can do.

    Args:
        agents: people on the floor, rounded, with whom the formulas reckon.
        erlang_c_minutes: mean wait by Erlang C.
        erlang_c_level: share answered within the threshold by Erlang C.
        erlang_a_minutes, erlang_a_level, erlang_a_abandonment: by Erlang A, all NaN if nobody has a patience.
        needed: fewest agents by Erlang C for the wanted level.
    """

    agents: FloatArray
    erlang_c_minutes: FloatArray
    erlang_c_level: FloatArray
    erlang_a_minutes: FloatArray
    erlang_a_level: FloatArray
    erlang_a_abandonment: FloatArray
    needed: FloatArray


@dataclass(frozen=True)
class TeamMath:
    """A team's week: means over replications and weeks, by hour of the week (168,) where not said otherwise.

    Args:
        name, tier: of the team.
        touches: that tickets created in this hour will need.
        work_hours: their handle time.
        paid_hours, available_hours, handling_hours: people's time, simulated.
        begun: touches that the team began, by when they began to wait.
        waited_hours: their waits.
        cv: coefficient of variation of the handle times, one number.
        live_share: share of the touches that are live contacts, one number.
        mean_patience_minutes: of those who have one, one number; NaN if nobody.
        formulas: see there.
    """

    name: str
    tier: str
    touches: FloatArray
    work_hours: FloatArray
    paid_hours: FloatArray
    available_hours: FloatArray
    handling_hours: FloatArray
    begun: FloatArray
    waited_hours: FloatArray
    cv: float
    live_share: float
    mean_patience_minutes: float
    formulas: Formulas

    @property
    def unstaffed(self) -> NDArray[np.bool_]:
        """Hours in which nobody, or next to nobody, is on the floor."""
        nobody: NDArray[np.bool_] = self.formulas.agents == 0
        return nobody

    @property
    def overloaded(self) -> NDArray[np.bool_]:
        """Staffed hours that bring at least as much work as the people there can do: Erlang C has no answer."""
        too_much: NDArray[np.bool_] = self.work_hours >= self.formulas.agents
        return ~self.unstaffed & too_much

    @property
    def ordinary(self) -> NDArray[np.bool_]:
        """All other hours."""
        return ~self.unstaffed & ~self.overloaded

    def waited_minutes(self, hours: NDArray[np.bool_]) -> float:
        """Return the mean simulated wait of touches that began to wait in these hours; NaN if there were none."""
        begun = self.begun[hours].sum()
        return float(60 * self.waited_hours[hours].sum() / begun) if begun else math.nan

    def weighted(self, values: FloatArray, hours: NDArray[np.bool_]) -> float:
        """Return the mean of a formula over these hours, weighted by volume; NaN if it says nothing there."""
        use = hours & np.isfinite(values) & (self.touches > 0)
        volume = self.touches[use].sum()
        return float(values[use] @ self.touches[use] / volume) if volume else math.nan


@dataclass(frozen=True)
class StaffingMath:
    """The whole comparison.

    Args:
        result: the simulation.
        utilization: with which hours of people are reckoned.
        hours_per_head: paid hours a week of one head.
        threshold_minutes, level: the service level that Erlang C staffs for.
        teams: in the order of the scenario.
    """

    result: RunResult
    utilization: float
    hours_per_head: float
    threshold_minutes: float
    level: float
    teams: tuple[TeamMath, ...]

    def heads(self, team: TeamMath) -> float:
        """Return volume x handle time / (hours x utilization)."""
        return staffing.heads_for_hours(float(team.work_hours.sum()), self.hours_per_head, self.utilization)


def staffing_math(
    scenario: LoadedScenario,
    replications: int = 5,
    seed: int = 1,
    workers: int | None = None,
    *,
    utilization: float = 0.8,
    hours_per_head: float = 40.0,
    level: float = 0.8,
    on_progress: Callable[[int, int], None] = lambda finished, total: None,
) -> StaffingMath:
    """Reckon with formulas and simulate, on the same customers.

    Args:
        scenario: as loaded.
        replications: how many, numbered from 0.
        seed: of all random streams, from 0 on.
        workers: processes (default: one per core).
        utilization: which part of people's paid hours the formula for heads lets them use.
        hours_per_head: paid hours a week of one head.
        level: the share that Erlang C staffs for, within the scenario's threshold of the service level.
        on_progress: as in `supportsim.experiment.run.run`.

    Raises:
        ValueError, ReplicationError, WorkerDiedError, KeyboardInterrupt: as `supportsim.experiment.run.run`.
    """
    result = run(scenario, replications, seed, workers, on_progress=on_progress)
    job = Job(scenario.scenario, scenario.digest, seed, command_of(scenario, seed))
    plan = plan_of(job)
    with executor_for(min(workers or cores(), len(result.replications))) as where:
        rows = dict(run_all(where, partial(_offered_one, job), result.replications))
    # In the order of the replications, so that sums of floats are the same whatever the workers.
    total = rows[result.replications[0]]
    for number in result.replications[1:]:
        total += rows[number]
    threshold_minutes = plan.sla.service_level_ms / MINUTE_MS
    teams = _teams(plan, result, total, threshold_minutes, level)
    return StaffingMath(result, utilization, hours_per_head, threshold_minutes, level, teams)


def _offered_one(job: Job, replication: int) -> Offered:
    plan = plan_of(job)
    return offered(plan, draw_workload(job.scenario, plan, job.seed, replication).tickets)


def _teams(
    plan: Plan, result: RunResult, total: Offered, threshold_minutes: float, level: float
) -> tuple[TeamMath, ...]:
    at_ms = plan.window_ms[0] + np.arange(result.teams.shape[2], dtype=np.int64) * STEP_MS
    hour = hour_of_week(plan, at_ms)
    # How many hours of each kind were simulated, in all replications: sums over this are means per hour.
    times = np.bincount(hour, minlength=HOURS) * (STEP_MS / HOUR_MS) * len(result.replications)
    times = np.where(times > 0, times, np.nan)
    found = []
    for number, name in enumerate(plan.teams):
        sums = {
            series: np.nan_to_num(np.bincount(hour, result.teams[number, place], HOURS) / times)
            for place, series in enumerate(TEAM_SERIES)
        }
        touches = np.nan_to_num(total.touches[number] / times)
        work_hours = np.nan_to_num(total.work_ms[number] / HOUR_MS / times)
        patience = _quotient(total.patience_ms[number], total.impatient[number]) / MINUTE_MS
        available = sums["available_ms"] / HOUR_MS
        found.append(
            TeamMath(
                name=name,
                tier=TIERS[int(plan.team_tier[number])],
                touches=touches,
                work_hours=work_hours,
                paid_hours=sums["paid_ms"] / HOUR_MS,
                available_hours=available,
                handling_hours=sums["handling_ms"] / HOUR_MS,
                begun=sums["started"],
                waited_hours=sums["wait_of_started_ms"] / HOUR_MS,
                cv=_cv(total, number),
                live_share=_quotient(total.live[number], total.touches[number].sum()),
                mean_patience_minutes=patience,
                formulas=formulas(touches, work_hours, np.rint(available), patience, threshold_minutes, level),
            )
        )
    return tuple(found)


def _cv(total: Offered, number: int) -> float:
    touches, work_ms = total.touches[number].sum(), total.work_ms[number].sum()
    if not touches:
        return math.nan
    mean = work_ms / touches
    return math.sqrt(max(float(total.square_ms2[number] / touches - mean**2), 0.0)) / float(mean)


def _quotient(above: float, below: float) -> float:
    return float(above / below) if below else math.nan


def formulas(
    touches: FloatArray,
    work_hours: FloatArray,
    agents: FloatArray,
    patience_minutes: float,
    threshold_minutes: float,
    level: float,
) -> Formulas:
    """Return what Erlang C and A say of each hour, each taken as a steady state of its own.

    Args:
        touches: in each hour.
        work_hours: of them.
        agents: whole numbers, in each hour.
        patience_minutes: mean, or NaN.
        threshold_minutes: of the service level.
        level: the share wanted within it.
    """
    columns = np.full((6, len(touches)), np.nan)
    for hour, (volume, work, heads) in enumerate(
        zip(touches.tolist(), work_hours.tolist(), agents.tolist(), strict=True)
    ):
        if volume <= 0:
            continue
        rate, service_rate = volume / 60, volume / work / 60
        columns[5, hour] = staffing.servers_by_erlang_c(rate, service_rate, threshold_minutes, level)
        if heads == 0:
            continue
        if work >= heads:
            columns[:2, hour] = math.inf, 0.0
        else:
            columns[0, hour] = erlang.mean_wait(rate, service_rate, int(heads))
            columns[1, hour] = erlang.service_level(threshold_minutes, rate, service_rate, int(heads))
        if math.isfinite(patience_minutes):
            impatient = ErlangA(rate, service_rate, 1 / patience_minutes, int(heads))
            columns[2:5, hour] = (
                impatient.mean_wait,
                impatient.answered_within(threshold_minutes),
                impatient.abandonment,
            )
    return Formulas(agents, *columns)
