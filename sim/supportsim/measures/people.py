"""What people's time went to: paid, on shift, available, handling, idle, overtime."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event, Ledger
from supportsim.measures.intervals import Intervals, intersect, joined, outside, united
from supportsim.measures.tables import Segments
from supportsim.plan.model import Plan
from supportsim.workload import on_call
from supportsim.workload.model import Crew


@dataclass(frozen=True)
class PeopleTime:
    """Stretches of people's time between 0 and the horizon.

    Args:
        handling: at least one ticket in hand, wherever in the day that falls.
        available: on the floor, free or not.
        handling_available: handling while available (work that is finished runs on beyond).
        rostered: paid shifts, absent days included; places without anybody are not.
        present: those of them on which the person came, of people lent as in ``worked``.
        handling_rostered: handling inside the person's paid shifts.
        handling_beyond: those stretches of handling that are not altogether inside.
        planned_overtime: stretches of it on which the person stayed; overtime and back-ups of playbooks are part of it.
        handling_planned: handling inside those; all other handling outside of paid shifts is unplanned overtime.
        vacant: shifts that nobody has, because the person left and is not replaced yet.
        on_call: stretches of duty on call.
        pages: a millisecond for each page.
        worked: ``rostered``, the time for which somebody is lent as that of the person who that is there.
        called_off: time on the floor in which a meeting, a training or the like was called off.
    """

    handling: Intervals
    available: Intervals
    handling_available: Intervals
    rostered: Intervals
    present: Intervals
    handling_rostered: Intervals
    handling_beyond: Intervals
    planned_overtime: Intervals
    handling_planned: Intervals
    vacant: Intervals
    on_call: Intervals
    pages: Intervals
    worked: Intervals
    called_off: Intervals


@dataclass(frozen=True)
class TeamTime:
    """Sums of time (teams,) in milliseconds.

    Args:
        paid_ms: rostered, breaks and absent days included; overtime not.
        on_shift_ms: paid time of people who came, overtime included.
        available_ms: on the floor, free or not.
        handling_ms: a ticket in hand.
        idle_ms: available with no ticket in hand.
        off_floor_ms: paid but not on the floor.
        vacant_ms: on the roster, but nobody has the place.
        on_call_ms: on call, called or not.
        pages: how often somebody was paged.
        overtime_ms: planned overtime, and a ticket in hand outside of it and of the person's paid shifts.
        called_off_ms: on the floor instead of in a meeting, a training or the like that was called off.
        lent_ms: rostered, but with another team; part of the paid time.
        borrowed_ms: of people of other teams, who are paid there.
        most_overtime_ms: the most overtime of one person in a week.
    """

    paid_ms: NDArray[np.float64]
    on_shift_ms: NDArray[np.float64]
    available_ms: NDArray[np.float64]
    handling_ms: NDArray[np.float64]
    idle_ms: NDArray[np.float64]
    overtime_ms: NDArray[np.float64]
    off_floor_ms: NDArray[np.float64]
    vacant_ms: NDArray[np.float64]
    on_call_ms: NDArray[np.float64]
    pages: NDArray[np.float64]
    called_off_ms: NDArray[np.float64]
    lent_ms: NDArray[np.float64]
    borrowed_ms: NDArray[np.float64]
    most_overtime_ms: NDArray[np.float64]


def people_time(plan: Plan, crew: Crew, work: Segments, ledger: Ledger | None = None) -> PeopleTime:
    """Collect the stretches of people's time; see `PeopleTime`.

    Args:
        plan: whose people they are.
        crew: when they are there.
        work: what they have in hand.
        ledger: needed where people are on call, playbooks move them, or they help others: it says when they were there
            after all, and with what they helped.
    """
    people = plan.people
    shifts = Intervals(people.shift_person, people.shift_start_ms, people.shift_end_ms)
    filled = ~crew.vacant if crew.vacant is not None else np.ones(len(crew.absent), dtype=np.bool_)
    longer = people.overtime if people.overtime is not None else np.zeros(len(crew.absent), dtype=np.bool_)
    rostered = shifts.pick(filled & ~longer).clip(0, plan.horizon_ms)
    planned = shifts.pick(filled & longer & ~crew.absent).clip(0, plan.horizon_ms)
    handling = Intervals(work.agent, work.start_ms, work.end_ms)
    if plan.rules.swarm is not None and ledger is not None:
        handling = joined(handling, helping(ledger, plan.horizon_ms))
    if plan.rules.concurrency:
        handling = united(handling)
    available, on_duty, pages = Intervals(crew.person, crew.start_ms, crew.end_ms), _NO_TIME, _NO_TIME
    if plan.on_call and ledger is not None:
        available, on_duty, pages = presence(plan, ledger), _duties(plan, crew), _pages(ledger)
    present = shifts.pick(filled & ~longer & ~crew.absent).clip(0, plan.horizon_ms)
    moved = _Moved(rostered, present, planned, _NO_TIME)
    if plan.playbooks and ledger is not None:
        drawn, available = available, presence(plan, ledger)
        moved = _by_playbooks(plan, moved, drawn, available, handling, on_duty)
    available = available.clip(0, plan.horizon_ms)
    rostered_part, row = intersect(handling, moved.worked)
    inside_ms = np.bincount(row, weights=rostered_part.length_ms, minlength=len(handling.person))
    return PeopleTime(
        handling=handling,
        available=available,
        handling_available=intersect(handling, available)[0],
        rostered=rostered,
        present=moved.present,
        handling_rostered=rostered_part,
        handling_beyond=handling.pick(inside_ms < handling.length_ms),
        planned_overtime=moved.planned,
        handling_planned=intersect(handling, moved.planned)[0],
        vacant=shifts.pick(~filled & ~longer).clip(0, plan.horizon_ms),
        on_call=on_duty,
        pages=pages,
        worked=moved.worked,
        called_off=moved.called_off,
    )


_NO_TIME = Intervals(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def helping(ledger: Ledger, horizon_ms: int) -> Intervals:
    """Return when people helped with what others had in hand."""
    rows = np.flatnonzero((ledger.event == Event.JOINED) | (ledger.event == Event.LEFT))
    rows = rows[np.lexsort((rows, ledger.agent[rows]))]
    joins = np.flatnonzero(ledger.event[rows] == Event.JOINED)
    # Nobody helps with two tickets at once, so that who leaves is who joined last.
    ends_ms = np.append(ledger.time_ms[rows], horizon_ms)[joins + 1]
    stays = np.append(ledger.agent[rows], -1)[joins + 1] != ledger.agent[rows[joins]]
    return Intervals(ledger.agent[rows[joins]], ledger.time_ms[rows[joins]], np.where(stays, horizon_ms, ends_ms))


def presence(plan: Plan, ledger: Ledger) -> Intervals:
    """Return when people were on the floor, by their coming and going."""
    rows = np.flatnonzero((ledger.event == Event.AGENT_ON) | (ledger.event == Event.AGENT_OFF))
    rows = rows[np.lexsort((rows, ledger.agent[rows]))]
    comes = np.flatnonzero(ledger.event[rows] == Event.AGENT_ON)
    goes_ms = np.append(ledger.time_ms[rows], plan.horizon_ms)[comes + 1]
    stays = np.append(ledger.agent[rows], -1)[comes + 1] != ledger.agent[rows][comes]
    end_ms = np.where(stays, plan.horizon_ms, goes_ms)
    return Intervals(ledger.agent[rows][comes], ledger.time_ms[rows][comes], end_ms)


@dataclass(frozen=True)
class _Moved:
    """Paid shifts where they were worked, those on which people came, paid overtime, and time off called off."""

    worked: Intervals
    present: Intervals
    planned: Intervals
    called_off: Intervals


def _by_playbooks(
    plan: Plan, moved: _Moved, drawn: Intervals, available: Intervals, handling: Intervals, on_duty: Intervals
) -> _Moved:
    """Return what playbooks made of people's time.

    Args:
        plan: whose people they are.
        moved: as it would be without playbooks.
        drawn: when people would have been on the floor.
        available: when they were.
        handling: when they had something in hand; who was lent finishes that before going back.
        on_duty: who had the duty on call, and when.
    """
    people = len(plan.people.names)
    is_of = np.arange(people, dtype=np.int32) if plan.people.is_of is None else plan.people.is_of
    lent = joined(available, handling)
    lent = united(lent.pick(is_of[lent.person] != lent.person))
    away = outside(Intervals(is_of[lent.person], lent.start_ms, lent.end_ms), people)

    def where_worked(shifts: Intervals) -> Intervals:
        elsewhere = _of_who_they_are(lent, is_of, shifts)
        return united(joined(intersect(shifts, away)[0], elsewhere))

    # Who is called out is paid for what is handled only; back-ups and people lent to such a team never are.
    paid = available.pick(~np.isin(available.person, on_duty.person))
    shifts = joined(moved.worked, moved.planned)
    extra = _of_who_they_are(paid, is_of, outside(shifts, people)).clip(0, plan.horizon_ms)
    at_work = _of_who_they_are(available, is_of, moved.worked)
    return _Moved(
        worked=where_worked(moved.worked),
        present=where_worked(moved.present),
        planned=united(joined(moved.planned, extra)),
        called_off=_of_who_they_are(at_work, is_of, outside(drawn, people)),
    )


def _of_who_they_are(stretches: Intervals, is_of: NDArray[np.int32], others: Intervals) -> Intervals:
    """Return those parts of people's stretches that lie in others of the persons who they are."""
    as_persons = Intervals(is_of[stretches.person], stretches.start_ms, stretches.end_ms)
    common, row = intersect(as_persons, others)
    return Intervals(stretches.person[row], common.start_ms, common.end_ms)


def _duties(plan: Plan, crew: Crew) -> Intervals:
    names = ("person", "start_ms", "end_ms")
    return Intervals(*(np.concatenate([getattr(duty, name) for duty in on_call.duties(plan, crew)]) for name in names))


def _pages(ledger: Ledger) -> Intervals:
    rows = np.flatnonzero(ledger.event == Event.PAGED)
    return Intervals(ledger.agent[rows], ledger.time_ms[rows], ledger.time_ms[rows] + 1)


def team_time_in_window(plan: Plan, time: PeopleTime) -> TeamTime:
    """Return what each team's time (teams,) went to inside the window."""

    def by_team(stretches: Intervals) -> NDArray[np.float64]:
        clipped = stretches.clip(*plan.window_ms)
        team = plan.people.team[clipped.person]
        return np.bincount(team, weights=clipped.length_ms, minlength=len(plan.teams)).astype(np.float64)

    available, handling = by_team(time.available), by_team(time.handling)
    unplanned = handling - by_team(time.handling_rostered) - by_team(time.handling_planned)
    planned = by_team(time.planned_overtime)
    on_shift = sum(by_team(intersect(time.available, paid)[0]) for paid in (time.worked, time.planned_overtime))
    overtime = unplanned + planned
    lent, borrowed = (by_team(part) for part in _lent(plan, time.worked))
    return TeamTime(
        paid_ms=by_team(time.rostered),
        on_shift_ms=by_team(time.present) + overtime,
        available_ms=available,
        handling_ms=handling,
        idle_ms=available - by_team(time.handling_available),
        overtime_ms=overtime,
        off_floor_ms=by_team(time.worked) + planned - on_shift,
        vacant_ms=by_team(time.vacant),
        on_call_ms=by_team(time.on_call),
        pages=by_team(time.pages),
        called_off_ms=by_team(time.called_off),
        lent_ms=lent,
        borrowed_ms=borrowed,
        most_overtime_ms=_most_overtime_ms(plan, time),
    )


def _most_overtime_ms(plan: Plan, time: PeopleTime) -> NDArray[np.float64]:
    """Return the most overtime of one person of each team (teams,) in a week, wherever it is worked."""
    people = plan.people
    paid = outside(joined(time.worked, time.planned_overtime), len(people.names))
    overtime = joined(time.planned_overtime, intersect(time.handling_beyond, paid)[0]).clip(*plan.window_ms)
    who = overtime.person if people.is_of is None else people.is_of[overtime.person]
    weeks = 1 + max((len(begin_ms) for begin_ms in plan.rules.overtime_weeks_ms), default=0)
    cell = who.astype(np.int64) * weeks + week_of(plan, who, overtime.start_ms)
    by_week = np.bincount(cell, weights=overtime.length_ms, minlength=len(people.names) * weeks)
    most = np.zeros(len(plan.teams))
    np.maximum.at(most, people.team, by_week.reshape(-1, weeks).max(axis=1))
    return most


def week_of(plan: Plan, person: NDArray[np.integer], at_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the week (n,) of instants by the clocks of people's teams, from Monday on."""
    week = np.zeros(len(at_ms), dtype=np.int64)
    team = plan.people.team[person]
    for code, begin_ms in enumerate(plan.rules.overtime_weeks_ms):
        mine = team == code
        week[mine] = np.searchsorted(begin_ms, at_ms[mine], side="right")
    return week


def _lent(plan: Plan, worked: Intervals) -> tuple[Intervals, Intervals]:
    """Return the rostered time for which people are lent, as that of who they are, and of who they are there."""
    is_of = plan.people.is_of
    if is_of is None:
        return _NO_TIME, _NO_TIME
    there = worked.pick(is_of[worked.person] != worked.person)
    return Intervals(is_of[there.person], there.start_ms, there.end_ms), there
