"""What the window cost: people, their tools, and credits for broken promises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.measures.people import PeopleTime, TeamTime
from supportsim.measures.sla import Outcome
from supportsim.measures.story import Base, Story, base_of_tickets
from supportsim.plan.model import PRIORITIES, Plan
from supportsim.scenario.model import Scenario
from supportsim.scenario.units import DAY_MS, HOUR_MS, MONTH_DAYS, WEEK_MS


@dataclass(frozen=True)
class Spent:
    """Money by team (teams,).

    Args:
        people: their hours and duties.
        seats: their tools.
    """

    people: NDArray[np.float64]
    seats: NDArray[np.float64]


def spent(scenario: Scenario, plan: Plan, hours: TeamTime, time: PeopleTime) -> Spent:
    """Return what the teams cost in the window.

    People: paid hours x rate + overtime hours x rate x overtime factor + on-call duty. Paid hours are those on
    the roster, breaks, meetings and absent days included. Duty on call costs its hours x standby cost + pages x page
    cost; the hours worked in it are overtime.

    Seats: months x seat cost for each person and each week, counted from the window's start, in which the person has a
    shift; the last week may be shorter.
    """
    teams = [scenario.teams[name] for name in plan.teams]
    rate = np.array([team.hourly_cost for team in teams])
    factor = np.array([team.overtime_factor for team in teams])
    people: NDArray[np.float64] = (hours.paid_ms + factor * hours.overtime_ms) / HOUR_MS * rate
    duties = [team.on_call for team in teams]
    standby = np.array([duty.standby_cost if duty else 0.0 for duty in duties])
    page = np.array([duty.page_cost if duty else 0.0 for duty in duties])
    people += hours.on_call_ms / HOUR_MS * standby + hours.pages * page
    return Spent(people, _seat_months(plan, time) * np.array([team.seat_cost for team in teams]))


def _seat_months(plan: Plan, time: PeopleTime) -> NDArray[np.float64]:
    """Return how many months of tools each team's people (teams,) need in the window."""
    start_ms, end_ms = plan.window_ms
    shifts = time.rostered.clip(start_ms, end_ms)
    held = np.unique(np.stack([shifts.person, (shifts.start_ms - start_ms) // WEEK_MS]), axis=1)
    length_ms = np.minimum(end_ms - start_ms - held[1] * WEEK_MS, WEEK_MS)
    of_team = np.bincount(plan.people.team[held[0]], weights=length_ms, minlength=len(plan.teams))
    months: NDArray[np.float64] = of_team / (MONTH_DAYS * DAY_MS)
    return months


def sla_credits(scenario: Scenario, story: Story) -> Base:
    """Return what is owed for each promise that was broken to a ticket created in the window, reopenings left out."""
    of, stated = story.workload.tickets, scenario.sla.credits
    segments = np.array([stated.segments.get(name, 1.0) for name in story.plan.segments])
    response = np.array([stated.response.get(priority, 0.0) for priority in PRIORITIES])
    resolution = np.array([stated.resolution.get(priority, 0.0) for priority in PRIORITIES])
    late = np.flatnonzero(story.counted & (story.response.outcome == Outcome.BREACHED))
    periods, ticket = story.periods, story.periods.ticket
    first = ~periods.reopened & story.counted[ticket]
    unresolved = ticket[first & (story.resolution.outcome == Outcome.BREACHED)]
    owed = np.concatenate([response[of.priority[late]], resolution[of.priority[unresolved]]])
    broken = np.concatenate([late, unresolved])
    return base_of_tickets(story, broken, broken, owed * segments[of.segment[broken]])
