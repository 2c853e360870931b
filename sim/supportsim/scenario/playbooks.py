"""The schema of playbooks: what a lead does when it burns, and when that is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from supportsim.scenario.common import Name, Priority
from supportsim.scenario.distributions import Model
from supportsim.scenario.units import (
    HOUR_MS,
    MINUTE_MS,
    Duration,
    Whole,
    parse_duration,
    parse_share,
    parse_whole,
    shown,
)

_THRESHOLD = re.compile(r"^\s*(>=|<=|>|<)\s*(.*\S)\s*$")


@dataclass(frozen=True)
class Threshold:
    """A value and the side of it that is meant.

    Args:
        above: whether values above it are meant, else those below.
        inclusive: whether the value itself is meant too.
        value: milliseconds, a share or a number.
    """

    above: bool
    inclusive: bool
    value: float


def parse_threshold(read: Callable[[Any], float], text: Any) -> Threshold:
    """Return the parts of ``"> 15 min"``.

    Raises:
        ValueError: there is no sign, or what follows cannot be read.
    """
    match = _THRESHOLD.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{shown(text)} has no sign, expected in quotes for instance '> {_EXAMPLES[read]}'")
    number = match[2]
    value = read(float(number) if read is parse_whole and re.fullmatch(r"\d+(\.\d+)?", number) else number)
    return Threshold(match[1][0] == ">", len(match[1]) == 2, value)


_EXAMPLES: dict[Callable[[Any], float], str] = {parse_duration: "15 min", parse_whole: "20", parse_share: "90%"}
_READERS: dict[str, Callable[[Any], float]] = {
    "wait": parse_duration,
    "queue": parse_whole,
    "utilization": parse_share,
    "free": parse_whole,
}
MEASURES = tuple(_READERS)
"""What a playbook can look at."""


def stated_duration(text: Any) -> Any:
    """Return a threshold of a duration as it stands, if it can be read."""
    parse_threshold(parse_duration, text)
    return text


def stated_number(text: Any) -> Any:
    """Return a threshold of a whole number as it stands, if it can be read."""
    parse_threshold(parse_whole, text)
    return text


def stated_share(text: Any) -> Any:
    """Return a threshold of a share as it stands, if it can be read."""
    parse_threshold(parse_share, text)
    return text


def _schema(read: Callable[[Any], float]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": r"^\s*[<>]=?\s*\S", "examples": [f"> {_EXAMPLES[read]}"]})


DurationThreshold = Annotated[str, BeforeValidator(stated_duration), _schema(parse_duration)]
NumberThreshold = Annotated[str, BeforeValidator(stated_number), _schema(parse_whole)]
ShareThreshold = Annotated[str, BeforeValidator(stated_share), _schema(parse_share)]


class Until(Model):
    """What must hold, all of it, for a playbook to end."""

    wait: DurationThreshold | None = None
    """The longest present wait in the team's queues, nights included, 0 if nothing waits."""
    queue: NumberThreshold | None = None
    """How many tickets wait in the team's queues."""
    utilization: ShareThreshold | None = None
    """Of the team's agents on the floor, the share with something in hand."""
    free: NumberThreshold | None = None
    """How many of the team's agents are on the floor with nothing in hand. While nobody is there, neither this nor
    ``utilization`` holds, whatever it says."""

    def thresholds(self) -> dict[str, Threshold]:
        """Return what is stated, by what is looked at."""
        stated = {name: getattr(self, name) for name in MEASURES}
        return {name: parse_threshold(_READERS[name], text) for name, text in stated.items() if text is not None}

    @model_validator(mode="after")
    def _looks_at_something(self) -> Self:
        if not self.thresholds():
            raise ValueError(f"looks at nothing, expected one of {', '.join(MEASURES)}")
        return self


class When(Until):
    """What must hold, all of it, for a playbook to fire, and whose queues are looked at."""

    team: str
    """Whose queues and agents are watched, and whose agents most of ``do`` is about."""
    priorities: tuple[Priority, ...] = ()
    """Only tickets of these are looked at (default: all)."""
    channels: tuple[str, ...] = ()
    """Only tickets that came by these are looked at (default: all)."""


class Borrow(Model):
    """People of another team who help out.

    They finish what they have in hand, come over with their own speed at each skill, and go back when it is over. What
    was set aside or assigned to them is given on; what they own over there is given on when they go back.
    """

    from_: str = Field(alias="from")
    """The team that lends; it must know all skills of the team that borrows."""
    agents: Annotated[Whole, Field(ge=1, le=5000)] = 1
    """How many at a time, as far as so many are on the floor there. Those with least in hand go."""


class BackUps(Model):
    """People who are called in besides the roster; their time is paid as overtime of the team.

    Each of them has as much a week as the team's ``overtime.at_most`` allows.
    """

    agents: Annotated[Whole, Field(ge=1, le=5000)]
    """How many."""
    after: Duration = 30 * MINUTE_MS
    """How long they take to be there; if it has ended meanwhile they do not come."""
    stay: Annotated[Duration, Field(gt=0)] | None = None
    """How long they stay (default: while it burns)."""


TimeOffKind = Literal["meetings", "training", "admin", "coaching", "quality_reviews"]


def _actions(value: Any) -> Any:
    """Return actions as one mapping: a list holds mappings and the word ``cancel_training``.

    Raises:
        ValueError: an entry is neither, or an action is named twice.
    """
    if not isinstance(value, list | tuple):
        return value
    found: dict[str, Any] = {}
    for entry in value:
        action = {"cancel": ["training"]} if entry == "cancel_training" else entry
        if not isinstance(action, dict):
            raise ValueError(
                f"{shown(entry)} is no action, expected cancel_training or a mapping such as overtime: 2 h"
            )
        for key in action:
            if key in found:
                raise ValueError(f"{key!r} is named twice, expected it once")
        found |= action
    return found


class ActionReader:
    """Reads a list of actions as one mapping, and tells editors so."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Spell out before anything else."""
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(_actions, handler(source))

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Return the JSON Schema of the list or the mapping."""
        mapping = handler(core_schema)
        return {"anyOf": [{"type": "array", "items": {"anyOf": [{"const": "cancel_training"}, mapping]}}, mapping]}


class Actions(Model):
    """What is done while a playbook burns. At least one of these."""

    cancel: tuple[TimeOffKind, ...] = ()
    """Time off the floor that is called off: who is in it comes back at once, and nobody goes. It is not made up for.
    ``cancel_training`` in a list says ``cancel: [training]``."""
    overtime: Annotated[Duration, Field(gt=0)] | None = None
    """Agents of the team whose shift, planned overtime included, ends stay on for as long as it burns, at most so long,
    and are paid for it. Whoever is due again before that goes home, and so does who has no overtime left in the week
    (``overtime.at_most`` of the team)."""
    borrow: Borrow | None = None
    """People of another team who help out."""
    back_ups: BackUps | None = None
    """People who are called in besides the roster."""
    defer: tuple[Priority, ...] = ()
    """Tickets of these in the team's queues are not begun; what was begun goes on, and live contacts are taken. Those
    in personal queues are nobody's meanwhile, and handed out when it ends as if they came then."""
    call_back: tuple[str, ...] = ()
    """New callers on these live channels are called back: they keep their place in the line and do not give up."""
    turn_off: tuple[str, ...] = ()
    """New contacts on these live channels are turned away."""

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"does nothing, expected at least one of {', '.join(type(self).model_fields)}")
        return self


class Playbook(Model):
    """What a team's lead does when it burns.

    It fires when all of ``when`` holds at a look, burns until all of ``until`` holds at a later one, and may fire
    again. A look sees the floor as it was just before its instant. Several may burn at once.

    Example:
        teams: {desk: {shrinkage: {training: 5%}}}
        playbooks:
          - name: busy
            when: {team: desk, queue: "> 3"}
            until: {queue: "< 2"}
            do: [cancel_training, overtime: 2 h, borrow: {from: experts, agents: 1}]
            every: 10 min
          - name: flooded
            level: red
            when: {team: desk, wait: "> 2 h", utilization: ">= 100%", priorities: [P1, P2, P3]}
            until: {wait: "< 30 min"}
            do:
              back_ups: {agents: 2, after: 45 min, stay: 4 h}
              defer: [P4, P5]
            at_least: 1 h
            cool_down: 2 h
            at_most: 1
    """

    name: Name | None = None
    """Names it in results (default: ``playbook_1`` and so on, by its place)."""
    level: Literal["yellow", "red"] = "yellow"
    """How bad it is, for the reader of reports; green is when nothing burns."""
    when: When
    """When it fires."""
    until: Until
    """When it ends: on the other side of ``when``, and apart from it, so that it does not flicker."""
    do: Annotated[Actions, ActionReader()]
    """What is done meanwhile: a mapping, or a list of its entries."""
    every: Annotated[Duration, Field(ge=MINUTE_MS, le=24 * HOUR_MS)] = 5 * MINUTE_MS
    """How long it is from one look to the next."""
    during: str = "always"
    """A calendar: there are no looks outside of its hours, and at their end it is over."""
    at_least: Duration = 0
    """It burns at least so long."""
    cool_down: Duration = 0
    """After its end it does not fire again for so long."""
    at_most: Annotated[Whole, Field(ge=1, le=1000)] | None = None
    """How often it fires in one local day (default: any number of times)."""


def playbook_names(playbooks: tuple[Playbook, ...]) -> tuple[str, ...]:
    """Return what each playbook is called."""
    return tuple(one.name or f"playbook_{place + 1}" for place, one in enumerate(playbooks))
