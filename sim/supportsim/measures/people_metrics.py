"""Metrics of people's time: formulas of the metrics of these names, from sums by team."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from supportsim.measures.cost import Spent
from supportsim.measures.groups import Grouping, Statistics, largest, plain, ratios, sums
from supportsim.measures.people import TeamTime
from supportsim.plan.model import Plan
from supportsim.scenario.units import HOUR_MS

Sums = NDArray[np.float64]
Formula = Callable[[TeamTime, Spent], tuple[Sums, Sums | None]]


def occupancy(time: TeamTime, spent: Spent) -> tuple[Sums, Sums]:
    """Handling / (handling + available and idle)."""
    return time.handling_ms, time.handling_ms + time.idle_ms


def utilization(time: TeamTime, spent: Spent) -> tuple[Sums, Sums]:
    """Handling / paid time on shift, overtime included."""
    return time.handling_ms, time.on_shift_ms


def paid_hours(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """Hours on the roster."""
    return time.paid_ms / HOUR_MS, None


def handling_hours(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """Hours with a ticket in hand."""
    return time.handling_ms / HOUR_MS, None


def overtime_hours(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """Hours of planned overtime, and with a ticket in hand outside of it and of paid shifts."""
    return time.overtime_ms / HOUR_MS, None


def most_overtime_hours(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """The most hours of overtime of one person in a week."""
    return time.most_overtime_ms / HOUR_MS, None


def shrinkage(time: TeamTime, spent: Spent) -> tuple[Sums, Sums]:
    """Paid time off the floor / (paid time on the roster and in planned overtime), which is available or off."""
    return time.off_floor_ms, time.off_floor_ms + time.available_ms


def vacant_hours(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """Hours on the roster that nobody has."""
    return time.vacant_ms / HOUR_MS, None


def called_off_hours(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """Hours on the floor instead of in a meeting or training that a playbook called off."""
    return time.called_off_ms / HOUR_MS, None


def lent_hours(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """Rostered hours for which people help other teams."""
    return time.lent_ms / HOUR_MS, None


def borrowed_hours(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """Rostered hours of other teams' people who help."""
    return time.borrowed_ms / HOUR_MS, None


def seat_cost(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """What people's tools cost; see `cost.spent`."""
    return spent.seats, None


def cost_total(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """What people and their tools cost; see `cost.spent`."""
    return spent.people + spent.seats, None


def pages(time: TeamTime, spent: Spent) -> tuple[Sums, None]:
    """Times somebody on call was paged."""
    return time.pages, None


PEOPLE_METRICS: dict[str, Formula] = {
    "occupancy": occupancy,
    "utilization": utilization,
    "paid_hours": paid_hours,
    "handling_hours": handling_hours,
    "overtime_hours": overtime_hours,
    "most_overtime_hours": most_overtime_hours,
    "shrinkage": shrinkage,
    "vacant_hours": vacant_hours,
    "pages": pages,
    "called_off_hours": called_off_hours,
    "lent_hours": lent_hours,
    "borrowed_hours": borrowed_hours,
    "seat_cost": seat_cost,
    "cost_total": cost_total,
}


def evaluate(formula: Formula, plan: Plan, time: TeamTime, spent: Spent, cut: Grouping) -> Statistics:
    """Return a metric by team, by tier or for all people together.

    Args:
        formula: a member of `PEOPLE_METRICS`.
        plan: which team belongs to which tier.
        time: sums (teams,).
        spent: by team.
        cut: how to group the teams.
    """
    codes = {"team": np.arange(len(plan.teams)), "tier": plan.team_tier.astype(np.int64)}
    group = codes[cut.dimensions[0]] if cut.dimensions else None
    above, below = formula(time, spent)
    if formula is most_overtime_hours:
        return plain(largest(group, len(cut), above))
    if below is None:
        return plain(sums(group, len(cut), above))
    return ratios(sums(group, len(cut), above), sums(group, len(cut), below))
