"""The schema of those who work: teams, who is in them, when they are there, and what takes them off the floor."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Discriminator, Field, PlainSerializer, Tag, model_validator

from supportsim.scenario.common import Days, Name, Priority, Tier, constant
from supportsim.scenario.distributions import DurationDistribution, Model, short
from supportsim.scenario.tables import TableFile
from supportsim.scenario.units import (
    DURATION_SCHEMA,
    HOUR_MS,
    MINUTE_MS,
    SHARE_SCHEMA,
    WEEK_MS,
    AlsoAs,
    ClockTime,
    Duration,
    Holidays,
    LocalDate,
    Number,
    Share,
    Whole,
    shown,
)

USUAL_RAMP = (0.0, 0.0, 0.25, 0.5, 0.75, 0.75, 1.0)
"""How much a new person gets done in the first weeks; afterwards everything."""


class Block(Model):
    """Time off the floor, at a stated time or at one drawn for each person and day."""

    takes: Annotated[Duration, Field(gt=0)]
    """How long it is."""
    on: Days = "daily"
    """The weekdays on which it is."""
    at: ClockTime | None = None
    """When it begins, by the team's wall clock; only those on shift then are in it (default: a drawn time)."""


class OffFloor(Model):
    """A part of the shift, in one block a day, or blocks of stated lengths."""

    share: Annotated[Share, Field(lt=1)] = 0.0
    """Of the shift, one block a day at a drawn time."""
    blocks: tuple[Block, ...] = ()
    """Each by itself."""


class TimeOffReader:
    """Reads a share or a list of blocks, and tells editors so."""

    @staticmethod
    def spell_out(value: Any) -> Any:
        """Return the long form.

        Raises:
            ValueError: it is neither.
        """
        if isinstance(value, list | tuple):
            return {"blocks": value}
        if isinstance(value, dict | bool) or value is None:
            raise ValueError(f"{shown(value)} is not understood here, expected a share or a list of blocks")
        return value if isinstance(value, OffFloor) else {"share": value}

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Spell out before anything else."""
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(self.spell_out, handler(source))

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Return the JSON Schema of the share or the list."""
        long_form = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [SHARE_SCHEMA, long_form["properties"]["blocks"]]}


TimeOff = Annotated[
    OffFloor, TimeOffReader(), PlainSerializer(lambda stated: list(stated.blocks) or stated.share, return_type=Any)
]
"""A share of the shift, or a list of blocks."""

Break = Annotated[
    Block,
    BeforeValidator(lambda value: {"takes": value} if isinstance(value, str | int | float) else value),
    AlsoAs((DURATION_SCHEMA,)),
    PlainSerializer(lambda stated: stated.takes if stated.model_fields_set == {"takes"} else stated, return_type=Any),
]
"""A duration, or a block."""


class PairedCoaching(Model):
    """Coaching that takes two people off the floor at once."""

    takes: Annotated[Duration, Field(gt=0)]
    """How long a session is."""
    every: Annotated[Duration, Field(gt=0)] = WEEK_MS
    """Whole weeks, in each of which everybody of the team who comes is coached once, on any day."""
    coach: str | None = None
    """A team, or a person of this one by name (default: this team, in which colleagues coach each other). Of a team
    the next one in turn who is on the floor then; nobody coaches who is new."""


class Shrinkage(Model):
    """What takes rostered people off the floor. It is simulated, not deducted. All of it is paid.

    Example:
        teams:
          desk:
            shrinkage:
              breaks: [15 min, {takes: 30 min, at: "12:30"}]
              meetings: [{takes: 1 h, on: mon, at: "10:00"}]
              coaching: [{takes: 30 min, on: wed}]
              paired_coaching: {takes: 30 min, every: 2 weeks}
              quality_reviews: [{takes: 45 min, on: fri}]
              admin: 3%
              absence: 4%
    """

    breaks: tuple[Break, ...] = ()
    """Breaks of a full shift; those without ``at`` are spread evenly over it and staggered between people."""
    meetings: TimeOff = Field(default_factory=OffFloor)
    """A share of the shift, or blocks."""
    training: TimeOff = Field(default_factory=OffFloor)
    """The same."""
    admin: TimeOff = Field(default_factory=OffFloor)
    """Paperwork and other duties, the same."""
    coaching: TimeOff = Field(default_factory=OffFloor)
    """Being coached by somebody who is not on the floor anyway, the same."""
    paired_coaching: PairedCoaching | None = None
    """Being coached by a colleague who is on the floor otherwise (default: none). It is at a time at which both are
    there; a session for which no such time is found falls out. To playbooks it is ``coaching`` of each of the two."""
    quality_reviews: TimeOff = Field(default_factory=OffFloor)
    """Going through finished tickets of colleagues, the same."""
    absence: Share = 0.0
    """Share of the rostered days on which a person is away (sick, holiday), paid. Each day is drawn by itself: there
    are no spells of several days, so that who is away on Friday is as likely as anybody else to be there on Monday."""


class Rotation(Model):
    """Heads on the roster that different people fill in turn."""

    people: Annotated[Whole, Field(ge=1, le=1000)]
    """How many share the duty."""
    every: Duration = WEEK_MS
    """Whole days after which the next one takes over."""


Speed = Annotated[Number, Field(ge=0.05, le=20)]


def _skills(value: Any) -> Any:
    """Return skills as a mapping to speeds; a list has full speed everywhere.

    Raises:
        ValueError: it is neither, or a skill is named twice.
    """
    if isinstance(value, dict):
        return value
    if not isinstance(value, list | tuple):
        raise ValueError(f"{shown(value)} is not understood here, expected a list")
    for index, skill in enumerate(value):
        if not isinstance(skill, str):
            raise ValueError(f"{shown(skill)} is not understood here, expected text")
        if skill in value[:index]:
            raise ValueError(f"{skill!r} is named twice, expected it once")
    return dict.fromkeys(value, 1.0)


class SkillReader:
    """Reads a list of skills as a mapping to full speed, and tells editors so."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Spell out before anything else."""
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(_skills, handler(source))

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Return the JSON Schema of the list or the mapping."""
        mapping = handler(core_schema)
        return {"anyOf": [{"type": "array", "items": mapping.get("propertyNames", {"type": "string"})}, mapping]}


Skills = Annotated[
    dict[Name, Speed],
    SkillReader(),
    PlainSerializer(
        lambda skills: skills if any(speed != 1 for speed in skills.values()) else list(skills), return_type=Any
    ),
]
"""A list of skills, or skills with the speed of work at each, 1 being the usual."""


class Person(Model):
    """Who works what, by name.

    Example:
        teams:
          desk:
            roster: null
            people:
              ana: {works: {mon-fri: core}}
              ben: {works: {mon-thu: early}}
              cleo: {works: {tue: core, thu: core}, speed: 0.8, starts: 2026-01-13}
    """

    works: Annotated[dict[Days, Name], Field(min_length=1)]
    """The shift by weekday; fewer days or shorter shifts are part-time."""
    speed: Speed = 1.0
    """Of work, relative to the usual, on top of the team's ``skills``."""
    starts: LocalDate | None = None
    """First day (default: here from the beginning)."""
    leaves: LocalDate | None = None
    """First day on which the person is no longer here (default: stays)."""


class NewPeople(Model):
    """How new people become useful."""

    ramp: tuple[Share, ...] = USUAL_RAMP
    """Speed of work in the first, second, ... week, afterwards the usual. In a week of 0% they are paid, but not on the
    floor."""
    mentoring: Duration = 0
    """How long a colleague who is on shift is off the floor for each of them, each of their days, until the ramp is
    over. The day's mentor changes; nobody mentors longer than half of the day."""


class Hire(NewPeople):
    """People who join on a date.

    Example:
        teams:
          desk:
            hires:
              - {count: 2, starts: 2026-01-12, ramp: [0%, 50%, 75%], mentoring: 1 h}
              - {starts: 2026-01-19, works: {mon-fri: early}}
    """

    count: Annotated[Whole, Field(ge=1, le=1000)] = 1
    """How many."""
    starts: LocalDate
    """First day."""
    works: dict[Days, Name] | None = None
    """The shift by weekday (default: the first of them what the team's first person works, and so on)."""


class Attrition(NewPeople):
    """People who leave, at random, from the start of the period on.

    Until the replacement starts the place on the roster is empty and nobody is paid for it. The new person has the
    name of the old one.

    Example:
        teams:
          desk:
            attrition: {rate: 30%, replaced_after: 2 weeks, ramp: [0%, 50%]}
    """

    rate: Annotated[Share, Field(lt=1)]
    """Of all places, the share that becomes empty within a year. Everybody is as likely to leave at any time."""
    replaced_after: Duration | None = None
    """Whole days from somebody's leaving until the replacement's first day (default: never)."""


class ExtraTime(Model):
    """Overtime that is planned: everybody on shift stays longer."""

    from_: LocalDate = Field(alias="from")
    """First day."""
    until: LocalDate
    """Last day."""
    adds: Annotated[Duration, Field(gt=0)]
    """After the end of the day's last shift."""
    on: Days = "daily"
    """The weekdays on which it is."""


class Overtime(Model):
    """Work beyond the roster, and its limit. Its price is ``overtime_factor``.

    Example:
        teams:
          desk:
            overtime: {at_most: 5 h, planned: [{from: 2026-01-12, until: 2026-01-23, adds: 90 min, on: mon-fri}]}
            overtime_factor: 1.5
    """

    planned: tuple[ExtraTime, ...] = ()
    """Paid by the hour, with or without a ticket in hand; who is absent that day does not stay."""
    at_most: Duration | None = None
    """Of one person in a week, Monday to Sunday (default: no limit); it counts in the week in which it begins. Planned
    overtime has it first, on the days that come first. A playbook keeps nobody longer than is left, and a back-up of
    the team goes home with it used up. Deferrable work in hand as a shift ends, which ``routing.at_shift_end`` would
    have finished, is set aside if it does not fit into what is left. A live contact is finished all the same, and who
    is on call is paged all the same, within the limits of ``on_call``; both count, so that less is left for the
    others. The metric ``most_overtime_hours`` says how far it comes to that."""


class OnCall(Model):
    """Somebody of the team who is called out for urgent tickets while none of its shifts runs.

    Who is called comes after ``responds``, works while tickets of these priorities wait, and goes again. What is in
    hand is finished. Under every ``routing.order`` these tickets go first, in order of priority, and inside a priority
    by that order; with personal queues they are anyone's, and one person may own more of them than ``owns_at_most``.
    The hours count as overtime, also for ``overtime.at_most``, which keeps nobody from being called.
    For who is absent from a shift, or has left, the next in turn has the duty that day, from midnight to midnight.

    Example:
        demand: {categories: {outage: {share: 2%, priority: {P1: 100%}, enters: L2}, other: {share: 98%}}}
        teams:
          experts:
            on_call: {priorities: [P1], responds: 15 min, rest: 10 h, at_most: 12 h, standby_cost: 6, page_cost: 40}
            hourly_cost: 50
    """

    calendar: str = "always"
    """When somebody is on call; the team's own shifts are left out."""
    priorities: Annotated[tuple[Priority, ...], Field(min_length=1)] = ("P1",)
    """For which tickets; the highest priorities, down to one of your choice."""
    responds: DurationDistribution = Field(default_factory=lambda: constant(15 * MINUTE_MS))
    """From the page until the person is at work."""
    every: Duration = WEEK_MS
    """Whole days, counted from the start of the period, after which the next of the team's people has the duty."""
    rest: Duration = 11 * HOUR_MS
    """After being called out a person's next shift begins no earlier than this; what is missed is paid."""
    at_most: Duration | None = None
    """Nobody is paged who has worked that long in the present turn of duty already (default: no limit)."""
    standby_cost: Annotated[Number, Field(ge=0, le=1e9)] = 0.0
    """Per hour on call, called or not."""
    page_cost: Annotated[Number, Field(ge=0, le=1e9)] = 0.0
    """Per page, besides the overtime."""


class RosterFile(TableFile):
    """Heads by interval of 15, 30 or 60 minutes, from a CSV file.

    The file is as that of `demand.forecast`, with a column of whole numbers for each team that takes its heads from
    it. Who is there when follows by a rule: when heads rise somebody comes, and when they fall whoever has been there
    longest leaves; nobody stays for more than ``longest``, but is relieved by somebody else. Each week's shifts, Monday
    to Sunday, are then given to people as those of any other roster are (at most 5 days, 11 h rest, the same shift when
    possible), and who is the n-th in one week is so in the next if the rest between them allows it.

    Example:
        teams:
          desk: null
          front: {tier: L1, roster: {file: heads.csv, unlisted: none, longest: 8 h}}

    File heads.csv:
        start,front
        mon-fri 08:00,1
        mon-fri 09:00,2
        mon-fri 10:00,3
        mon-fri 11:00,3
        mon-fri 12:00,3
        mon-fri 13:00,3
        mon-fri 14:00,2
        mon-fri 15:00,2
        mon-fri 16:00,1
    """

    longest: Duration = 10 * HOUR_MS
    """Nobody is there for more at a stretch; at most 16 h."""
    shortest: Duration = HOUR_MS
    """A file that would have somebody come for less is refused."""
    adds: Annotated[Whole, Field(ge=0, le=5000)] = 0
    """Heads more wherever the file has some, to try them out."""


HeadsByDay = dict[Days, dict[str, Annotated[Whole, Field(ge=0, le=5000)]]]


def _is_file(value: Any) -> str:
    """Return which form of a roster a value has."""
    stated = isinstance(value, str | RosterFile) or (isinstance(value, dict) and "file" in value)
    return "csv" if stated else "by_day"


Roster = Annotated[
    Annotated[RosterFile, short("file"), AlsoAs(({"type": "string"},)), Tag("csv")]
    | Annotated[HeadsByDay, Tag("by_day")],
    Discriminator(_is_file),
]
"""Heads by weekday and shift, or a CSV file."""


class Team(Model):
    """A pool of agents with the same tier and skills.

    Example:
        work: {L1: {handle: 15 min, escalates: 0%}}
        teams:
          desk:
            skills: {general: 0.8}
            hands_over_to: [manila]
          manila:
            tier: L1
            timezone: Asia/Manila
            roster: {daily: {core: 2}}
            holidays: PH
    """

    tier: Tier
    """The tier whose tickets it takes."""
    skills: Skills = Field(default={"general": 1.0})
    """What its agents know; categories ask for skills. As a mapping, with the speed of their work at each: at 0.8 a
    ticket of 8 minutes takes 10."""
    channels: tuple[str, ...] = ()
    """What it answers (default: every channel)."""
    roster: Roster = Field(default_factory=dict)
    """Heads by weekday and shift, or by interval from a CSV file, ``roster: heads.csv``."""
    people: dict[Name, Person] = Field(default_factory=dict)
    """Who works what, instead of a roster; a roster's heads are filled with people by a rule."""
    timezone: str | None = None
    """IANA name of the clock by which its shifts, days and holidays go (default: that of the period)."""
    holidays: Holidays = ()
    """Days on which nobody is rostered: a country code or a list of dates."""
    rotation: Rotation | None = None
    """The heads are filled by different people in turn (default: always the same)."""
    hands_over_to: tuple[str, ...] = ()
    """Teams that go on with what is unfinished when a shift ends while they are there (default: unfinished work waits
    for its agent, as ``routing.reassign_after`` says)."""
    hires: tuple[Hire, ...] = ()
    """People who join."""
    attrition: Attrition | None = None
    """People who leave (default: nobody)."""
    shrinkage: Shrinkage = Field(default_factory=Shrinkage)
    """What takes rostered people off the floor."""
    hourly_cost: Annotated[Number, Field(ge=0, le=1e9)] = 0.0
    """Per paid hour, in the currency of your choice."""
    seat_cost: Annotated[Number, Field(ge=0, le=1e9)] = 0.0
    """Per person and month, for tools; a person counts in each week of the period with a shift of theirs."""
    on_call: OnCall | None = None
    """Who is called out of hours (default: nobody)."""
    overtime: Overtime = Field(default_factory=Overtime)
    """Planned overtime, and its limit (default: none)."""
    overtime_factor: Annotated[Number, Field(ge=0, le=10)] = 1.5
    """Price of an overtime hour relative to ``hourly_cost``."""

    @property
    def heads(self) -> HeadsByDay:
        """Heads by weekday and shift, none where a file has them."""
        return {} if isinstance(self.roster, RosterFile) else self.roster

    @property
    def roster_file(self) -> RosterFile | None:
        """The file that has the heads, if one has."""
        return self.roster if isinstance(self.roster, RosterFile) else None

    @model_validator(mode="after")
    def _one_way_to_say_who_works(self) -> Self:
        if self.people and (self.roster or self.rotation):
            raise ValueError("says people and a roster or rotation, expected one or the other")
        return self


def shifts_worked(team: Team) -> list[str]:
    """Return the names of the shifts that anybody of a team works, each once."""
    rostered = [shift for heads in team.heads.values() for shift, count in heads.items() if count]
    listed = [shift for person in team.people.values() for shift in person.works.values()]
    hired = [shift for hire in team.hires for shift in (hire.works or {}).values()]
    return list(dict.fromkeys([*rostered, *listed, *hired]))


def time_off(shrinkage: Shrinkage) -> tuple[OffFloor, ...]:
    """Return all kinds of time off the floor besides breaks and absence."""
    return (
        shrinkage.meetings,
        shrinkage.training,
        shrinkage.admin,
        shrinkage.coaching,
        shrinkage.quality_reviews,
    )


def has_own_speed(team: Team) -> bool:
    """Tell whether anybody of a team ever works faster or slower than usual."""
    ramps = [hire.ramp for hire in team.hires] + ([] if team.attrition is None else [team.attrition.ramp])
    speeds = [*team.skills.values(), *(person.speed for person in team.people.values())]
    return any(speed != 1 for speed in speeds) or any(0 < speed < 1 for ramp in ramps for speed in ramp)
