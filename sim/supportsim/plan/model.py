"""`Plan`: the operation as arrays. Compiled once per scenario; nothing in it is random.

Codes are positions in the name tuples: channel 0 is ``plan.channels[0]``. Times
are integer milliseconds since ``plan.origin`` (the start of the warm-up, or earlier by the age of work on hand).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from supportsim.scenario.calendars import Clock
from supportsim.scenario.common import PRIORITIES as PRIORITIES
from supportsim.scenario.common import TIERS as TIERS


class OffReason(IntEnum):
    """Why an agent stops being available."""

    SHIFT_END = 0
    """The time planned is over; planned overtime is part of it."""
    BREAK = 1
    MEETING = 2
    TRAINING = 3
    ADMIN = 4
    COACHING = 5
    """Is coached, or coaches a colleague."""
    QUALITY_REVIEW = 6
    MENTORING = 7
    """Helps somebody new."""
    WAR_ROOM = 8
    """An incident is worked on together."""
    REVIEW = 9
    """What went wrong in an incident is talked over."""
    ON_CALL = 10
    """Called out of hours, and nothing urgent waits any more."""
    OVERTIME = 11
    """Stayed longer than the shift because it burned."""
    LENT = 12
    """Goes over to help another team, when what is in hand is finished."""
    RETURNED = 13
    """Helped another team and goes back, when what is in hand is finished."""
    DISMISSED = 14
    """Was called in as a back-up, and the time is up."""


NOT_HIRED = -1
"""The entry of ``hires`` of somebody who was there from the beginning."""


@dataclass(frozen=True)
class Queue:
    """Tickets that the same teams may take wait together.

    Args:
        name: for people, e.g. ``"L1:frontline"``.
        teams: the teams that may take from it, preferred first.
        ranks: the preference of each of ``teams``; equal ranks compete by longest idle.
        widens_to: the queue its tickets move to after ``widens_after_ms``, or -1.
        widens_after_ms: the fallback delay, counted from when the ticket joined; -1 if none.
    """

    name: str
    teams: tuple[int, ...]
    ranks: tuple[int, ...]
    widens_to: int = -1
    widens_after_ms: int = -1


@dataclass(frozen=True)
class People:
    """Agents as persons, and the shifts they are rostered for.

    Args:
        names: P unique names, e.g. ``"frontline-1"``.
        team: int (P,).
        number: int (P,), the person's number inside the team, from 0.
        shift_person: int (S,), who works the shift; shifts are sorted by (person, start).
        shift_date: int (S,), local date of the shift's first minute as a proleptic ordinal.
        shift_start_ms, shift_end_ms: int64 (S,), half-open. A split shift is two rows with one date.
        overtime: bool (S,), planned overtime, not part of the roster; None if there is none.
        hire: int (P,), the entry of the team's ``hires`` the person came with, or `NOT_HIRED`; None: nobody is hired.
        speed_ppm: int64 (P, skills), millionths of the usual speed of work; None if everybody has that.
        here: int32 (P, 2), ordinals of everybody's first day, and of the first day on which they are gone; None if all
            are here from beginning to end.
        is_of: int32 (P,), the person that somebody is. Who may help another team is a second person of that team,
            who has no shifts and is there only while the first is not; back-ups have no shifts either. None if there
            are none of these.
    """

    names: tuple[str, ...]
    team: NDArray[np.int32]
    number: NDArray[np.int32]
    shift_person: NDArray[np.int32]
    shift_date: NDArray[np.int32]
    shift_start_ms: NDArray[np.int64]
    shift_end_ms: NDArray[np.int64]
    overtime: NDArray[np.bool_] | None = None
    hire: NDArray[np.int32] | None = None
    speed_ppm: NDArray[np.int64] | None = None
    here: NDArray[np.int32] | None = None
    is_of: NDArray[np.int32] | None = None


@dataclass(frozen=True)
class OnCall:
    """When who of a team is on call; W stretches of time in order, none overlapping another.

    Args:
        team: its code.
        person: int32 (W,), who has the duty.
        start_ms, end_ms: int64 (W,), half-open.
        duty: int32 (W,), the turn of duty a stretch belongs to.
        priorities: bool (5,), for which tickets the person is called.
        rest_ms: from the end of the work until the person's next shift may begin.
        at_most_ms: nobody is paged who has worked that long in the turn; -1 for any time.
        members: int32 (M,), the people who have the duty in turn, by number; None if nobody stands in for another.
        first_date: the local date on which the first stretch begins, as a proleptic ordinal.
        midnight_ms: int64 (D,), when that day and each one up to the end of the last stretch begin.
    """

    team: int
    person: NDArray[np.int32]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    duty: NDArray[np.int32]
    priorities: NDArray[np.bool_]
    rest_ms: int
    at_most_ms: int
    members: NDArray[np.int32] | None = None
    first_date: int = 0
    midnight_ms: NDArray[np.int64] | None = None


class Watched(IntEnum):
    """What a playbook looks at."""

    WAIT = 0
    """The longest present wait in the team's queues, in milliseconds; 0 where nothing waits."""
    QUEUE = 1
    """How many tickets wait in the team's queues."""
    UTILIZATION = 2
    """Of the team's people on the floor, how many have something in hand, in millionths."""
    FREE = 3
    """How many of the team's people are on the floor with nothing in hand. While nobody is there, no condition on this
    or the one above holds."""


@dataclass(frozen=True)
class Condition:
    """What holds while something is above or below a value.

    Args:
        what: is looked at.
        above: whether it holds above the value, else below.
        inclusive: whether it holds at the value itself.
        value: in the unit of ``what``.
    """

    what: Watched
    above: bool
    inclusive: bool
    value: int


@dataclass(frozen=True)
class Playbook:
    """A rule that fires when it burns, and what it does until it ends; L looks.

    Args:
        name: unique.
        team: whose queues and people are looked at.
        look_ms: int64 (L,), when, in order.
        closes: bool (L,), the hours end with this look, and so does what burns.
        look_day: int32 (L,), the local day of each.
        priorities, channels: bool (5,), bool (C,), of which tickets.
        when, until: what must hold, all of it, to fire and to end.
        at_least_ms: it burns so long at least.
        cool_down_ms: it does not fire so soon after its end.
        at_most: how often it fires in a day; 0 for any number of times.
        cancels: `OffReason` of what is called off for the team.
        overtime_ms: how long people of the team stay on; 0 if they do not.
        lends: the team that lends people; -1 if none does.
        lent: how many at a time.
        twins: int32 (P,), who each of its people is in the team that borrows, -1 for others; () if nobody is lent.
        back_ups: the people who are called in.
        back_ups_after_ms: how long they take.
        back_ups_stay_ms: how long they stay; 0 for as long as it burns.
        defers: by priority, whose tickets are not begun; () if none.
        calls_back, turns_off: by channel, () if none.
    """

    name: str
    team: int
    look_ms: NDArray[np.int64]
    closes: NDArray[np.bool_]
    look_day: NDArray[np.int32]
    priorities: NDArray[np.bool_]
    channels: NDArray[np.bool_]
    when: tuple[Condition, ...]
    until: tuple[Condition, ...]
    at_least_ms: int = 0
    cool_down_ms: int = 0
    at_most: int = 0
    cancels: tuple[int, ...] = ()
    overtime_ms: int = 0
    lends: int = -1
    lent: int = 0
    twins: tuple[int, ...] = ()
    back_ups: tuple[int, ...] = ()
    back_ups_after_ms: int = 0
    back_ups_stay_ms: int = 0
    defers: tuple[bool, ...] = ()
    calls_back: tuple[bool, ...] = ()
    turns_off: tuple[bool, ...] = ()


@dataclass(frozen=True)
class SlaTable:
    """What is promised, by priority (rows, P1 first) and segment (columns).

    Args:
        minutes: float (5, G), minutes of the policy's calendar; NaN where nothing is promised
            in minutes.
        business_days: int (5, G), 0 where the promise is in minutes. A promise of n business
            days falls due at the same clock time n open days after creation.
    """

    minutes: NDArray[np.float64]
    business_days: NDArray[np.int32]


@dataclass(frozen=True)
class Sla:
    """Promises and the clocks that run for them.

    Args:
        clocks: the calendars in use, as clocks.
        clock: int (5, G), index into ``clocks`` by priority and segment.
        response, resolution: what is promised.
        pause_pending: whether the clocks stop while the customer owes an answer.
        pause_engineering: whether they stop while engineering works on a fix.
        pause_third_party: whether they stop while somebody outside owes an answer.
        pause_after_follow_ups: after so many follow-ups they stop until the customer answers; -1: they do not.
        updates: what is promised between two words to the customer; None if nothing is.
        service_level_ms: the threshold T of the service level.
        short_abandon_ms: abandonments before this are left out of the service level.
    """

    clocks: tuple[Clock, ...]
    clock: NDArray[np.int32]
    response: SlaTable
    resolution: SlaTable
    pause_pending: bool
    pause_engineering: bool
    service_level_ms: int
    short_abandon_ms: int
    pause_third_party: bool = False
    pause_after_follow_ups: int = -1
    updates: SlaTable | None = None


class OrderBy(IntEnum):
    """What decides inside a class, after set-aside work; ties go by ticket number."""

    WAIT = 0
    """The longest wait first."""
    DUE = 1
    """The promise that falls due first: the response while nobody has begun, then the resolution."""
    WORK = 2
    """The least work first."""


class Assignment(IntEnum):
    """Whose tickets are."""

    SHARED = 0
    """Whoever is free takes the best one."""
    ROUND_ROBIN = 1
    """Each deferrable ticket goes to the next person in turn, free or not."""
    LEAST_LOADED = 2
    """Each deferrable ticket goes to the person who owns fewest."""
    SAME_AGENT = 3
    """Who takes a ticket first keeps it: when it comes back, it waits for that person."""


NO_TIER, NEXT_TIER = -1, -2
"""In place of a tier to go to: none, and the one above that at which the ticket is."""


@dataclass(frozen=True)
class ClockStep:
    """What happens to a ticket once its SLA clock has run for a while and it is still not resolved.

    Args:
        until_begun: only while nobody has begun to work on it.
        to: the tier it goes to, 0 for L1, or `NEXT_TIER` or `NO_TIER`. Nothing goes down, or to where it is.
        notifies: who is told, an index into ``rules.notified``; -1 for nobody.
    """

    until_begun: bool
    to: int
    notifies: int


@dataclass(frozen=True)
class Swarm:
    """Who is free joins the one who takes a deferrable ticket.

    Args:
        agents: so many work on it together at most.
        adds_ppm: millionths of the speed of one that each further person adds.
        priorities: by priority, whose tickets.
        tiers: by tier, whose work.
    """

    agents: int
    adds_ppm: int
    priorities: tuple[bool, ...]
    tiers: tuple[bool, ...]


@dataclass(frozen=True)
class Rules:
    """How the floor decides. What has a default is off by it.

    Args:
        priority_class: int (5,), the queueing class of each priority; lower goes first.
        live_first: whether live contacts go before all deferrable work, whatever the class.
        seniority_is_ticket: within a class, order by the ticket's creation instead of the start
            of its present wait.
        finish_deferrable: deferrable work is finished (not set aside) when the agent's time ends.
        grace_ms: deferrable work with at most this much left is finished even so.
        reading_in_ms: what an agent who does not know a touched ticket reads first.
        on_call: whether anybody is on call at any time.
        own_speed: whether anybody works faster or slower than usual at any time.
        order_by: what decides inside a class.
        aging_ms: a ticket in a queue rises by ``aging_raises`` classes each time it has waited so long; 0 if never.
        aging_on_clock: whether that wait is counted in hours of the ticket's SLA calendar.
        aging_raises: how many classes; class 0 is the highest it gets to.
        urgent: by priority, whose tickets set deferrable work of lower priority aside; () if none.
        unowned: by priority, whose deferrable tickets are nobody's own, besides the urgent; () if none.
        urgent_live: whether live contacts set deferrable work aside that is not urgent itself.
        concurrency: by channel, how many contacts an agent may hold while holding a live one of it; () if 1.
        pace_ppm: by channel and number in hand less 1 (the last counts for all above), millionths of
            full speed at which such a contact progresses; () if always full.
        blending: whether an agent may have deferrable work in hand beside live contacts.
        to_busiest: whether the next live contact goes to the agent with most in hand who may take it.
        lines: by channel, how many live contacts it holds, waiting or answered; -1 for any number; () if so for all.
        assignment: whose tickets are.
        owner_waits_ms: how long a returned ticket waits for its owner before anyone may take it; -1 for ever.
        owns_at_most: how many deferrable tickets one person may own, in hand or waiting; 0 for any number.
        links: whether tickets may be linked to incidents.
        clock_steps: what happens to tickets as their SLA clocks run on; () for nothing.
        notified: the names of those who are told.
        playbooks: whether there are any.
        best_skill: whether the fastest at a ticket's skill gets it, of those who are free and preferred alike.
        swarm: who works together on one ticket; None if nobody does.
        overtime_at_most_ms: by team, the overtime of one person in a week into which deferrable work has to fit to be
            finished past the end of a shift, and beyond which no playbook keeps anybody; -1 for any; () if nothing of
            that ever happens, or so for all.
        overtime_weeks_ms: by team, the instants at which weeks begin, Mondays by its clock; overtime counts in that in
            which it begins. () if all is one week.
    """

    priority_class: NDArray[np.int32]
    live_first: bool
    seniority_is_ticket: bool
    finish_deferrable: bool
    grace_ms: int
    reading_in_ms: int
    on_call: bool = False
    own_speed: bool = False
    order_by: OrderBy = OrderBy.WAIT
    aging_ms: int = 0
    aging_raises: int = 1
    aging_on_clock: bool = False
    urgent: tuple[bool, ...] = ()
    unowned: tuple[bool, ...] = ()
    urgent_live: bool = False
    concurrency: tuple[int, ...] = ()
    pace_ppm: tuple[tuple[int, ...], ...] = ()
    blending: bool = False
    to_busiest: bool = False
    lines: tuple[int, ...] = ()
    assignment: Assignment = Assignment.SHARED
    owner_waits_ms: int = -1
    owns_at_most: int = 0
    links: bool = False
    clock_steps: tuple[ClockStep, ...] = ()
    notified: tuple[str, ...] = ()
    playbooks: bool = False
    best_skill: bool = False
    swarm: Swarm | None = None
    overtime_at_most_ms: tuple[int, ...] = ()
    overtime_weeks_ms: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Plan:
    """Everything the floor and the measures need to know of the operation.

    Args:
        origin: the instant of time 0, aware, UTC.
        window_ms: (start, end) of the judged period; warm-up lies before, run-out after.
        horizon_ms: where the simulation stops.
        channels, segments, categories, skills, teams: names in the order of their codes.
        live: bool (C,), per channel.
        category_skill: int (K,), the skill each category needs.
        queue_of: int (3, skills, C), the queue of a ticket at a tier, or -1 where no team serves it.
        queues: see `Queue`. Widened queues come last.
        team_tier: int (teams,), 0 for L1.
        people, sla, rules, on_call, playbooks: see there.
        opens_ms: from when on people work and contacts come; before it only tickets on hand are created.
    """

    origin: datetime
    timezone: str
    window_ms: tuple[int, int]
    horizon_ms: int
    channels: tuple[str, ...]
    segments: tuple[str, ...]
    categories: tuple[str, ...]
    skills: tuple[str, ...]
    teams: tuple[str, ...]
    live: NDArray[np.bool_]
    category_skill: NDArray[np.int32]
    queue_of: NDArray[np.int32]
    queues: tuple[Queue, ...]
    team_tier: NDArray[np.int32]
    people: People
    sla: Sla
    rules: Rules
    on_call: tuple[OnCall, ...] = ()
    playbooks: tuple[Playbook, ...] = ()
    opens_ms: int = 0
