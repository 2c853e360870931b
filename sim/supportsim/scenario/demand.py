"""The schema of what customers bring: volume, seasons, channels, segments, categories, self-service."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from supportsim.scenario.common import ClockHours, Days, Name, Priority, ShareByCategory, Tier, Weight, constant
from supportsim.scenario.distributions import DurationDistribution, Model, short, stated_keys
from supportsim.scenario.tables import TableFile
from supportsim.scenario.units import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    AlsoAs,
    Duration,
    Number,
    Rate,
    Share,
    Switch,
    Whole,
)


class Volume(Model):
    """How many contacts come, self-service included, before any event."""

    count: Annotated[Number, Field(ge=0, le=1e9)]
    """Mean number per stated time at the start of the period."""
    per: Literal["hour", "day", "week", "month", "year"] = "month"
    """A month is 30.4375 days."""


class Forecast(TableFile):
    """Contacts of each channel by interval of 15, 30 or 60 minutes, from a CSV file.

    It takes the place of ``contacts``, ``growth``, ``seasons`` and the channels' ``share`` and ``hours``. The file's
    header is ``start`` and the names of the channels; each row has the beginning of an interval on the wall clock and
    the mean number of contacts in it. Beginnings are local times (``2026-01-05 09:00``), or weekdays and clock times
    (``mon-fri 09:00``) in a file that shows an ordinary week, which then holds for every week. An hour that the clocks
    skip has no contacts, and one that comes twice shares those of its row. Arrivals within an interval are Poisson;
    busyness, events and changes act on them as usual.

    Example:
        demand:
          contacts: null
          forecast: {file: calls.csv, unlisted: none}
          channels: {email: {}, phone: {patience: {exponential: {mean: 4 min}}}}

    File calls.csv:
        start,email,phone
        daily 08:00,2,3.5
        daily 08:30,3,5
        mon-fri 09:00,6.5,4
    """

    factor: Annotated[Number, Field(ge=0, le=100)] = 1.0
    """What all its numbers are multiplied by, for instance to try out how wrong it may be."""


class Growth(Model):
    """Compound growth of the volume from the start of the period on."""

    rate: Rate
    """``4%`` multiplies the volume by 1.04 each time; negative shrinks it."""
    per: Literal["week", "month", "year"] = "month"
    """The time in which it grows by ``rate``."""


class MonthEnd(Model):
    """More contacts in the last days of a month."""

    last: Duration
    """Whole days."""
    factor: Annotated[Number, Field(gt=0, le=100)]
    """What the volume is multiplied by on those days."""
    categories: tuple[str, ...] = ()
    """Only these; all if left out."""


class Seasons(Model):
    """How the volume spreads over the week and the month."""

    weekday: dict[Days, Weight] = Field(default_factory=lambda: {"daily": 1.0})
    """Relative weight of each weekday; only the proportions count. Days left out get none."""
    month_end: MonthEnd | None = None
    """More contacts in the last days of a month."""

    @field_validator("weekday")
    @classmethod
    def _some_weight(cls, value: dict[str, float]) -> dict[str, float]:
        if sum(value.values()) <= 0:
            raise ValueError("expected a positive weight on at least one weekday")
        return value


class Hours(Model):
    """How a channel's contacts spread over the day: a named profile or 24 weights."""

    profile: Literal["flat", "business_day", "phone_day", "consumer_day"] | None = None
    """flat: the same all day; business_day: 8 to 18 with a morning peak and some at night; phone_day: 8 to 18 only;
    consumer_day: into the evening."""
    weights: dict[ClockHours, Weight] | None = None
    """Relative weight of each hour by span of clock hours, for instance ``{"08-12": 3, "12-18": 2}``; hours left out
    get none."""

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.profile is None) == (self.weights is None):
            raise ValueError("expected either a profile or weights")
        if self.weights is not None and sum(self.weights.values()) <= 0:
            raise ValueError("expected a positive weight on at least one hour")
        return self


class Abandoned(Model):
    """What customers do who gave up waiting."""

    retry: Share
    """Share of them who come back."""
    after: DurationDistribution = Field(default_factory=lambda: constant(20 * MINUTE_MS))
    """How long they wait until then."""
    as_: str | None = Field(default=None, alias="as")
    """The channel they come back on (default: the same)."""


class CallBack(Model):
    """Callers are offered to be called back instead of holding the line.

    Who accepts keeps the place in the line, and gives up no more.

    Example:
        demand:
          channels:
            email: {share: 70%}
            phone: {share: 30%, patience: {exponential: {mean: 4 min}}, call_back: {accepts: 60%, after: 1 min}}
    """

    accepts: Share
    """Share of those who are offered one and take it."""
    after: Duration = 2 * MINUTE_MS
    """Wait on the line after which it is offered."""


class Closed(Model):
    """What becomes of contacts outside a channel's opening hours. Exactly one of the two.

    Example:
        calendars: {office: {mon-fri: "09:00-17:00"}}
        demand:
          channels:
            email: {share: 60%}
            phone: {share: 25%, open: office, closed: held}
            chat:  {share: 15%, open: office, closed: {as: email}}
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    fate: Literal["turned_away", "held"] | None = None
    """turned_away: they are gone; held: they reach the queue when the channel opens, and their clocks start then.
    The word alone will do: ``closed: held``."""
    as_: str | None = Field(default=None, alias="as")
    """They come at once on this channel instead, which must be open around the clock."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.fate is None) == (self.as_ is None):
            raise ValueError(f"{stated_keys(self)}, expected turned_away, held or as: another channel")
        return self


ClosedFate = Annotated[
    Closed,
    BeforeValidator(lambda value: {"fate": value} if isinstance(value, str) else value),
    AlsoAs(({"enum": ["turned_away", "held"]},)),
]


class Channel(Model):
    """A way in for customers."""

    share: Share | None = None
    """Of all contacts; the channels' shares sum to 100%. Not with a forecast."""
    hours: Hours = Field(default_factory=lambda: Hours(profile="business_day"))
    """How its contacts spread over the day. Not with a forecast."""
    live: Switch | None = None
    """Whether the customer waits on the line (default: yes for channels named phone or chat)."""
    open: str | None = None
    """Calendar in which it takes contacts (default: always)."""
    closed: ClosedFate | None = None
    """What becomes of contacts outside of ``open`` (default: turned away)."""
    patience: DurationDistribution | None = None
    """How long a live customer waits before giving up (default: for ever)."""
    abandoned: Abandoned | None = None
    """What customers do who gave up waiting (default: they are gone)."""
    call_back: CallBack | None = None
    """Callers are offered to be called back (default: they are not)."""
    lines: Annotated[Whole, Field(ge=1, le=100_000)] | None = None
    """How many live contacts it holds at once, waiting or answered; who comes when all are taken is turned away
    (default: any number)."""
    concurrency: Annotated[Whole, Field(ge=1, le=20)] = 1
    """How many live contacts an agent may hold at once while one of this channel is among them. A phone call holds the
    agent alone; with ``chat: {concurrency: 3}`` an agent who has two chats gets a third, but no call."""
    slowdown: Share = 0.0
    """By how much each further contact in the agent's hands stretches this channel's work: with ``20%`` a chat beside
    two others takes 1.4 times as long. ``0%`` if handle times were measured with as many chats at once anyway; with
    ``100%`` an agent does not get more done by holding several."""


def is_live(name: str, channel: Channel) -> bool:
    """Return whether the customer waits on the line."""
    return channel.live if channel.live is not None else name in ("phone", "chat")


class Category(Model):
    """A kind of problem."""

    share: Share
    """Of all contacts; the categories' shares sum to 100%."""
    skill: str = "general"
    """What an agent must know to work on it."""
    priority: dict[Priority, Share] = Field(default={"P3": 1.0})
    """Shares of the priorities; they sum to 100%."""
    enters: Tier = "L1"
    """The tier that sees it first."""
    straight_to: dict[Tier, Share] = Field(default_factory=dict)
    """Share of its contacts that obviously need a higher tier and go there at once, past those below."""


class Duplicates(Model):
    """Customers who write again about the same problem.

    Whoever takes the second ticket finds the first and merges it in; the first keeps its clocks, the second has none.
    Where the first is solved already, the customer is told so in the same touch: it is not opened again.

    Example:
        demand:
          duplicates: {share: 6%, after: {exponential: {mean: 3 h}}, merge: 2 min}
    """

    share: Share
    """Share of the tickets of which there is a second one."""
    after: DurationDistribution = Field(default_factory=lambda: constant(4 * HOUR_MS))
    """How long after the first, whether that is still open or not."""
    merge: Duration = 2 * MINUTE_MS
    """Hands-on time to find that out and to merge them."""
    as_: str | None = Field(default=None, alias="as")
    """The channel of the second, one on which nobody waits on the line (default: that of the first)."""


class Demand(Model):
    """What the customers bring."""

    contacts: Volume | None = None
    """How many come. Either this or a forecast."""
    forecast: Annotated[Forecast, short("file"), AlsoAs(({"type": "string"},))] | None = None
    """How many come by interval, from a CSV file; ``forecast: calls.csv`` will do."""
    growth: Growth | None = None
    """Compound growth of the volume (default: none)."""
    busyness: Share = 0.0
    """Coefficient of variation of a gamma factor that makes whole days busier or quieter; 0 is plain Poisson."""
    seasons: Seasons = Field(default_factory=Seasons)
    """How the volume spreads over the week and the month."""
    channels: dict[Name, Channel] = Field(default_factory=lambda: {"email": Channel(share=1.0)})
    """Ways in, by name; their shares sum to 100%."""
    segments: dict[Name, Share] = Field(default_factory=lambda: {"all": 1.0})
    """Customer tiers and their shares of the contacts; they sum to 100%."""
    categories: dict[Name, Category] = Field(default_factory=lambda: {"general": Category(share=1.0)})
    """Kinds of problems, by name; their shares sum to 100%."""
    duplicates: Duplicates | None = None
    """Customers who write again about the same problem (default: none)."""


class Layer(Model):
    """One self-service layer of L0. Layers are tried in the order of the file."""

    deflects: ShareByCategory
    """Share of those who try it whose problem is solved."""
    takes: DurationDistribution | None = None
    """How long a customer spends in it, solved or not (default: no time)."""
    skips: tuple[str, ...] = ()
    """Segments that are never sent through it."""
    rebound: Share = 0.0
    """Share of the deflected who come back later as a ticket."""
    rebound_after: DurationDistribution = Field(default_factory=lambda: constant(DAY_MS))
    """How much later."""
