"""Every metric of the catalogue, by every slice, from one replication."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Ledger
from supportsim.measures import people_metrics, playbooks
from supportsim.measures.backlog import OpenStates, backlog_age, backlog_by_tier, backlog_statistics, open_states
from supportsim.measures.contact_metrics import CONTACT_METRICS
from supportsim.measures.cost import sla_credits, spent
from supportsim.measures.curves import curves
from supportsim.measures.flow import flow
from supportsim.measures.groups import Grouping, Statistics, distributions, grouping, members, plain, ratios, sums
from supportsim.measures.people import PeopleTime, people_time, team_time_in_window
from supportsim.measures.people_metrics import PEOPLE_METRICS
from supportsim.measures.playbooks import Fires, fires
from supportsim.measures.series import demand_series, team_series
from supportsim.measures.story import Base, Story, tell
from supportsim.measures.ticket_metrics import TICKET_METRICS, answered_within, offered
from supportsim.plan.model import Plan
from supportsim.scenario.metrics import METRICS, MetricInfo, MetricKey
from supportsim.scenario.model import Scenario
from supportsim.workload.model import Workload

ROW_METRICS = {**TICKET_METRICS, **CONTACT_METRICS}


@dataclass(frozen=True)
class Measures:
    """What one replication came to.

    Args:
        keys: what was measured (M,); the same for every replication of a plan.
        value: float (M,), in the metric's unit, NaN where there was nothing to measure.
        numerator, denominator: float (M,), whose quotient the value is, NaN where it is none.
        demand: int64, `series.DEMAND_SERIES` by quarter of an hour of the window (10, bins).
        teams: int64, `series.TEAM_SERIES` by team and quarter (teams, 7, bins).
        backlog: int32 (2, 3, hours), open tickets at each whole hour, all and actionable, by tier.
        curves: int64 (`curves.curve_keys`, bins), whole distributions.
        flow: int64 (nodes, nodes), steps between `flow.FLOW_NODES`.
        playbooks: int64, `playbooks.PLAYBOOK_SERIES` by playbook and quarter (playbooks, 2, bins).
    """

    keys: tuple[MetricKey, ...]
    value: NDArray[np.float64]
    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]
    demand: NDArray[np.int64]
    teams: NDArray[np.int64]
    backlog: NDArray[np.int32]
    curves: NDArray[np.int64]
    flow: NDArray[np.int64]
    playbooks: NDArray[np.int64]


def measure(scenario: Scenario, plan: Plan, workload: Workload, ledger: Ledger) -> Measures:
    """Measure one replication; see `Measures`."""
    story = tell(plan, workload, ledger)
    people, states = people_time(plan, workload.crew, story.work, ledger), open_states(story)
    burned = fires(plan, ledger)
    names, formulas = members(plan), _formulas(scenario, story, people, states, burned)
    parts: list[Statistics] = []
    for metric, info in METRICS.items():
        evaluate = formulas[metric](info)
        for dimensions in ((), *info.slices):
            parts.extend(evaluate(grouping(dimensions, names)))
    value, numerator, denominator = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("value", "numerator", "denominator")
    )
    return Measures(
        keys=metric_keys(plan),
        value=value,
        numerator=numerator,
        denominator=denominator,
        demand=demand_series(story, offered(story), answered_within(story)),
        teams=team_series(story, people),
        backlog=backlog_by_tier(states),
        curves=curves(story),
        flow=flow(story),
        playbooks=playbooks.playbook_series(plan, burned),
    )


def metric_keys(plan: Plan) -> tuple[MetricKey, ...]:
    """Return what `measure` measures (M,), in its order."""
    names = members(plan)
    return tuple(
        MetricKey(metric, stat, slices)
        for metric, info in METRICS.items()
        for dimensions in ((), *info.slices)
        for stat in info.stats or (None,)
        for slices in grouping(dimensions, names).slices
    )


Evaluate = Callable[[Grouping], list[Statistics]]
"""One entry per statistic of the metric, for the slices of a grouping."""


def _formulas(
    scenario: Scenario, story: Story, people: PeopleTime, states: OpenStates, burned: Fires
) -> dict[str, Callable[[MetricInfo], Evaluate]]:
    """Return for each metric what makes its evaluation from its entry in the catalogue."""
    plan = story.plan
    time = team_time_in_window(plan, people)
    money, owed = spent(scenario, plan, time, people), sla_credits(scenario, story)

    def of_rows(formula: Callable[[Story], Base], info: MetricInfo) -> Evaluate:
        base = formula(story)
        return partial(_reduce, info, _sorted(base) if info.has_stats else base, story)

    def of_people(formula: people_metrics.Formula, info: MetricInfo) -> Evaluate:
        return lambda cut: [people_metrics.evaluate(formula, plan, time, money, cut)]

    def cost_total(cut: Grouping) -> list[Statistics]:
        of_teams = people_metrics.evaluate(people_metrics.cost_total, plan, time, money, cut)
        return [of_teams if cut.dimensions else plain(of_teams.value + owed.amount.sum())]

    def cost_per_ticket(cut: Grouping) -> list[Statistics]:
        return [ratios(cost_total(cut)[0].value, np.array([story.counted.sum()], dtype=np.float64))]

    return {
        **{name: partial(of_rows, formula) for name, formula in ROW_METRICS.items()},
        **{name: partial(of_people, formula) for name, formula in PEOPLE_METRICS.items()},
        "backlog": lambda info: partial(backlog_statistics, story, states),
        "backlog_age_minutes": lambda info: lambda cut: [backlog_age(story, states, cut)],
        "sla_credits": lambda info: partial(_reduce, info, owed, story),
        "cost_total": lambda info: cost_total,
        "cost_per_ticket": lambda info: cost_per_ticket,
        "playbook_firings": lambda info: partial(playbooks.firings, plan, burned),
        "playbook_hours": lambda info: partial(playbooks.hours, plan, burned),
    }


def _sorted(base: Base) -> Base:
    order = np.argsort(base.amount)
    return Base(base.row[order], base.amount[order], {name: column[order] for name, column in base.columns.items()})


def _reduce(info: MetricInfo, base: Base, story: Story, cut: Grouping) -> list[Statistics]:
    """Rank, divide or count the rows of each slice, as the catalogue has it."""
    sizes = {name: len(of) for name, of in members(story.plan).items()}
    codes = cut.codes(base.columns, sizes)
    if info.has_stats:
        return [plain(value) for value in distributions(codes, len(cut), base.amount, info.stats)]
    total = sums(codes, len(cut), base.amount)
    if info.unit in ("number", "money"):
        return [plain(total)]
    return [ratios(total, sums(codes, len(cut), np.ones(len(base.amount))))]
