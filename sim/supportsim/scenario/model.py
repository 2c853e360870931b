"""The schema: what a scenario may say. It is the manual too (JSON Schema and reference page come from it).

Names that refer to other names (skills, teams, calendars ...) are checked in
`scenario.checks`, so that all faults of a file can be reported at once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from supportsim.scenario.changes import DatedChange
from supportsim.scenario.common import PRIORITIES as PRIORITIES
from supportsim.scenario.common import TIERS as TIERS
from supportsim.scenario.common import Days, Name, Priority, Spans
from supportsim.scenario.common import ShareOverTime as ShareOverTime
from supportsim.scenario.common import Tier as Tier
from supportsim.scenario.demand import Abandoned as Abandoned
from supportsim.scenario.demand import Category as Category
from supportsim.scenario.demand import Channel as Channel
from supportsim.scenario.demand import Demand, Layer
from supportsim.scenario.demand import Growth as Growth
from supportsim.scenario.demand import Hours as Hours
from supportsim.scenario.demand import MonthEnd as MonthEnd
from supportsim.scenario.demand import Seasons as Seasons
from supportsim.scenario.demand import Volume as Volume
from supportsim.scenario.demand import is_live as is_live
from supportsim.scenario.distributions import DurationDistribution, Model, stated_keys
from supportsim.scenario.escalation import ClockRules
from supportsim.scenario.opening import Opening
from supportsim.scenario.operation import AtShiftEnd as AtShiftEnd
from supportsim.scenario.operation import Fallback as Fallback
from supportsim.scenario.operation import Fix as Fix
from supportsim.scenario.operation import Handover as Handover
from supportsim.scenario.operation import Reopen as Reopen
from supportsim.scenario.operation import Routing, Work
from supportsim.scenario.operation import TierWork as TierWork
from supportsim.scenario.playbooks import Playbook
from supportsim.scenario.teams import Rotation as Rotation
from supportsim.scenario.teams import Shrinkage as Shrinkage
from supportsim.scenario.teams import Team
from supportsim.scenario.uncertainty import Uncertain as Uncertain
from supportsim.scenario.units import (
    CLOCK_RANGE_SCHEMA,
    DAY_MS,
    DAYS_PATTERN,
    HOLIDAYS_SCHEMA,
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    WEEK_MS,
    WEEKDAYS,
    AlsoAs,
    Change,
    Duration,
    Holidays,
    LocalDate,
    LocalTime,
    Number,
    Promise,
    Share,
    Whole,
    parse_number,
)


class Period(Model):
    """What is simulated, and what of it is judged."""

    start: LocalDate
    """First day of the judged period, at local midnight."""
    length: Duration = 13 * WEEK_MS
    """How long the judged period is."""
    warm_up: Duration = WEEK_MS
    """How long the operation runs before ``start``, so that it does not begin empty; not judged."""
    run_out: Duration | None = None
    """How long it runs on after the end so that late tickets can finish (default: the longest promise + 1 week)."""
    timezone: str = "UTC"
    """IANA name, for instance ``America/New_York``."""


class Calendar(Model):
    """Opening hours: weekdays with their hours, less holidays. ``24x7`` is always open."""

    hours: dict[Days, Spans]
    """By weekday key, one or several spans of clock times."""
    holidays: Holidays = ()
    """A country code with public holidays (``US``, ``DE-BY``), or a list of dates."""

    @property
    def always(self) -> bool:
        """Whether it is open around the clock."""
        return not self.holidays and self.hours == {"daily": ((0, 24 * 60),)}


def _calendar_hours(value: Any) -> Any:
    """Split ``{mon-fri: "09:00-17:00", holidays: US}`` into hours and holidays."""
    if value == "24x7":
        return {"hours": {"daily": ["00:00-24:00"]}}
    if not isinstance(value, dict) or "hours" in value:
        return value
    hours = {day: spans for day, spans in value.items() if day != "holidays"}
    return {"hours": hours} | ({"holidays": value["holidays"]} if "holidays" in value else {})


_SPANS_SCHEMA: dict[str, Any] = {"anyOf": [CLOCK_RANGE_SCHEMA, {"type": "array", "items": CLOCK_RANGE_SCHEMA}]}
OpeningHours = Annotated[
    Calendar,
    BeforeValidator(_calendar_hours),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "24x7"},
                {
                    "type": "object",
                    "properties": {
                        **{day: _SPANS_SCHEMA for day in ("daily", "mon-fri", *WEEKDAYS)},
                        "holidays": HOLIDAYS_SCHEMA,
                    },
                    "patternProperties": {DAYS_PATTERN: _SPANS_SCHEMA},
                    "additionalProperties": False,
                },
            ]
        }
    ),
]

PromiseByPriority = dict[Priority, Promise]
PromiseMatrix = dict[str, PromiseByPriority]


class ServiceLevel(Model):
    """The threshold of the service level of live channels."""

    within: Duration = 20 * SECOND_MS
    """T: a live contact answered within this counts."""
    ignore_abandons_before: Duration = 0
    """Customers who give up sooner are left out of service level and abandonment (default: nobody)."""


CalendarByPriority = Annotated[
    dict[Priority | Literal["default"], str],
    BeforeValidator(lambda value: {"default": value} if isinstance(value, str) else value),
    AlsoAs(({"type": "string"},)),
]


Money = Annotated[Number, Field(ge=0, le=1e9)]


class Credits(Model):
    """What is paid back to a customer for each promise that is broken, in the currency of ``hourly_cost``.

    Example:
        demand: {segments: {enterprise: 20%, others: 80%}}
        sla:
          response: {P3: 1 h}
          resolution: {P3: 8 h}
          credits: {response: {P3: 5}, resolution: {P3: 40}, segments: {enterprise: 3, others: 0}}
        teams: {desk: {hourly_cost: 31, seat_cost: 115}}
    """

    response: dict[Priority, Money] = Field(default_factory=dict)
    """For a first response that comes late, by priority."""
    resolution: dict[Priority, Money] = Field(default_factory=dict)
    """For a first resolution that comes late, by priority."""
    segments: dict[str, Money] = Field(default_factory=dict)
    """Multipliers by segment; segments left out have 1."""


class SlaPolicy(Model):
    """What is promised, and by which clock."""

    calendar: CalendarByPriority = Field(default={"default": "always"})
    """Calendar of the clock, for all or by priority with a default."""
    response: PromiseByPriority = Field(default_factory=dict)
    """Until the first response, by priority."""
    resolution: PromiseByPriority = Field(default_factory=dict)
    """Until the resolution, by priority."""
    segments: dict[str, Annotated[Number, Field(gt=0, le=1000)]] = Field(default_factory=dict)
    """Multipliers by segment; segments left out have 1."""
    by_segment: dict[str, SegmentPromises] = Field(default_factory=dict)
    """Promises of a segment that are not a multiple of the common ones."""
    updates: PromiseByPriority = Field(default_factory=dict)
    """Until the customer next hears something, from the first response until the resolution, by priority."""
    pauses: tuple[Literal["pending_customer", "unresponsive", "third_party", "engineering"], ...] = (
        "pending_customer",
    )
    """What stops the clocks: a customer who owes an answer, one who owes it after the last follow-up only, somebody
    outside who owes one, engineering that works on a fix."""
    escalate: ClockRules = ()
    """What happens to tickets as their clocks run on: they go to a higher tier, or somebody is told (default:
    nothing)."""
    service_level: ServiceLevel = Field(default_factory=ServiceLevel)
    """What counts as answered in time on live channels."""
    credits: Credits = Field(default_factory=Credits)
    """What broken promises cost (default: nothing)."""


class SegmentPromises(Model):
    """Promises to one segment; priorities left out keep the common promise times the segment's multiplier.

    Example:
        calendars: {office: {mon-fri: "09:00-17:00"}}
        demand: {segments: {enterprise: 20%, others: 80%}}
        sla:
          calendar: office
          response: {P3: 4 h}
          updates:  {P3: 8 h}
          segments: {others: 2}
          by_segment:
            enterprise: {calendar: always, response: {P3: 1 h}}
        targets:
          update_sla: {at_least: 80%}
    """

    calendar: CalendarByPriority = Field(default_factory=dict)
    """Calendar of its clocks, for all or by priority; priorities left out keep the common one."""
    response: PromiseByPriority = Field(default_factory=dict)
    """Until the first response, by priority."""
    resolution: PromiseByPriority = Field(default_factory=dict)
    """Until the resolution, by priority."""
    updates: PromiseByPriority = Field(default_factory=dict)
    """Until the customer next hears something, by priority."""


class StatusPage(Model):
    """Customers who read that the problem is known do not write."""

    share: Share
    """Share of the extra contacts that it saves."""
    after: Duration = 0
    """From so long after the event's beginning on."""


class WarRoom(Model):
    """People who leave the queues to deal with the incident, from when it is known until ``lasts`` is over."""

    team: str
    """A name of ``teams``."""
    agents: Annotated[Whole, Field(ge=1, le=5000)]
    """How many of it: those whose shifts cover most of that time."""


class Review(WarRoom):
    """A meeting afterwards on what happened."""

    takes: Duration = HOUR_MS
    """How long it is."""
    after: Duration = DAY_MS
    """How long after the end of ``lasts`` it begins."""


class IncidentFix(Model):
    """Engineering's work on the incident: a ticket of its own, which is there when the incident is known.

    It waits and is worked on like any other, by whoever serves its category there, and counts like any other. Once it
    is resolved, the tickets linked to the incident close with it; what ``lasts`` says of the volume, and war room and
    review, stay as they are.

    Example:
        events:
          - outage: {at: 2026-01-13 10:00, lasts: 4 h, known_after: 30 min, linked: 80%,
                     fix: {takes: {lognormal: {mean: 3 h, cv: 0.5}}, category: general, tier: L2}}
    """

    takes: DurationDistribution
    """Hands-on time."""
    category: str
    """Which skill it needs, and what it counts as."""
    tier: Tier = "L3"
    """Where it is worked on."""
    priority: Priority = "P1"
    """How urgent it is."""


class Surge(Model):
    """A change of the inflow, relative to the whole of it.

    An incident is known after some time. From then on the tickets about it that nobody has begun are linked to it:
    they take a short touch each and are resolved all together when ``lasts`` is over, or when engineering's ``fix`` is
    done if there is one, without more work. Callers who are on the line just then are served as usual.

    Example:
        events:
          - outage: {at: 2026-01-13 10:00, lasts: 4 h, known_after: 30 min, linked: 80%, linked_handle: 2 min,
                     status_page: {share: 40%, after: 45 min}, war_room: {team: desk, agents: 1},
                     review: {team: experts, agents: 1, takes: 90 min}}
    """

    at: LocalTime
    """Local time at which it begins."""
    lasts: Duration
    """How long it is at full strength."""
    volume: Change | None = None
    """``+300%`` is four times the usual inflow, ``-50%`` half of it (default: by kind)."""
    onset: Duration = 0
    """It grows to full strength in a straight line over this time, before ``lasts`` begins."""
    fades: Duration = 0
    """It falls back in a straight line over this time, after ``lasts`` ends."""
    categories: tuple[str, ...] = ()
    """What the extra contacts are about, in proportion to their shares, or alike if these are all 0% (default: the
    usual mix); for a reduction, what there is less of."""
    priority: Priority | None = None
    """The extra contacts' priority (default: as their categories say)."""
    status_page: StatusPage | None = None
    """Customers who read that the problem is known do not write (default: all do)."""
    self_service: Annotated[Number, Field(ge=0, le=100)] = 1.0
    """What deflection is multiplied by while it lasts, fading included, for contacts of its categories:
    0 if the help pages are down too, above 1 if the chatbot knows the problem."""
    known_after: Duration | None = None
    """How long after its beginning it is known to be one problem (default: never)."""
    linked: Share = 0.0
    """Share of the extra contacts' tickets that turn out to be about it and nothing else."""
    linked_handle: Duration = 2 * MINUTE_MS
    """Hands-on time of a linked ticket."""
    fix: IncidentFix | None = None
    """Engineering's work, whose end ends the incident for the tickets linked to it (default: ``lasts`` does)."""
    war_room: WarRoom | None = None
    """People who leave the queues to deal with it (default: none)."""
    review: Review | None = None
    """A meeting afterwards on what happened (default: none)."""


EVENT_KINDS: dict[str, float] = {
    "outage": 3.0,
    "release": 0.5,
    "migration": 1.0,
    "holiday": -0.5,
    "pr_crisis": 5.0,
    "surge": 1.0,
}
"""Kinds of events and the change of volume each stands for unless ``volume`` says otherwise."""

EventKind = Literal["outage", "release", "migration", "holiday", "pr_crisis", "surge"]
ScenarioEvent = Annotated[dict[EventKind, Surge], Field(min_length=1, max_length=1)]


def read_bound(value: Any) -> float | str:
    """Return a bound as it stands: a number or text, which the metric's unit will read."""
    return value if isinstance(value, str) else parse_number(value)


Bound = Annotated[float | str, BeforeValidator(read_bound), WithJsonSchema({"type": ["string", "number"]})]
"""A number, a share (``95%``) or a duration (``3 min``), as the metric's unit wants it."""


class Target(Model):
    """What must hold for the design to be valid. Exactly one of the three; the unit is the metric's."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    at_least: Bound | None = None
    """The metric must not be below."""
    at_most: Bound | None = None
    """The metric must not be above."""
    between: tuple[Bound, Bound] | None = None
    """Lower and upper end; the metric must lie between them."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"{stated_keys(self)}, expected exactly one of at_least, at_most, between")
        return self


class Scenario(Model):
    """A whole operation, its customers and its promises."""

    name: Name
    """Names the result's folder."""
    summary: str = ""
    """One line for people."""
    period: Period
    """What is simulated, and what of it is judged."""
    calendars: dict[Name, OpeningHours] = Field(default_factory=dict)
    """``always`` is there without being stated."""
    demand: Demand
    """What the customers bring."""
    self_service: dict[Name, Layer] = Field(default_factory=dict)
    """L0, in the order in which customers meet it."""
    work: Work
    """What a ticket costs the agents, tier by tier, and where it goes."""
    shifts: dict[Name, Spans] = Field(default_factory=dict)
    """Named spans of clock times; several spans make a split shift."""
    teams: Annotated[dict[Name, Team], Field(min_length=1)]
    """Who works, on what and when."""
    routing: Routing = Field(default_factory=Routing)
    """Who takes what next."""
    sla: SlaPolicy = Field(default_factory=SlaPolicy)
    """What is promised, and by which clock."""
    start: Opening = Field(default_factory=Opening)
    """How the simulation begins (default: with an empty desk)."""
    events: tuple[ScenarioEvent, ...] = ()
    """What happens besides: each a kind and when, for instance ``- outage: {at: 2026-02-10 10:00, lasts: 4 h}``."""
    changes: tuple[DatedChange, ...] = ()
    """What is different from a date on, so that the pay-off of a fix can be seen."""
    playbooks: tuple[Playbook, ...] = ()
    """What a team's lead does when it burns."""
    targets: dict[str, Target] = Field(default_factory=dict)
    """By metric, for instance ``response_sla[priority=P1]`` or ``wait_minutes.p90[channel=chat]``."""
    uncertainty: dict[str, Uncertain] = Field(default_factory=dict)
    """What is not known about values, by their path, for instance ``demand.contacts.count: {normal: [1200, 120]}``.
    ``supportsim sweep`` says how sure the promises are in spite of it; no single run depends on it."""
