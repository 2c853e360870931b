"""What several parts of the schema share: names, weekdays, and values that vary by category or over time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from supportsim.scenario.distributions import Constant, Distribution, DurationDistribution, Model
from supportsim.scenario.units import (
    CLOCK_RANGE_SCHEMA,
    DAYS_PATTERN,
    HOURS_PATTERN,
    SHARE_SCHEMA,
    AlsoAs,
    ClockRange,
    Duration,
    Number,
    Share,
    parse_days,
    parse_hours,
)

Priority = Literal["P1", "P2", "P3", "P4", "P5"]
Tier = Literal["L1", "L2", "L3"]
PRIORITIES: tuple[Priority, ...] = ("P1", "P2", "P3", "P4", "P5")
TIERS: tuple[Tier, ...] = ("L1", "L2", "L3")
Weight = Annotated[Number, Field(ge=0, le=1e9)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=60)]


@dataclass(frozen=True)
class KeyReader:
    """Checks that a key can be read, and leaves it as it is."""

    reads: Callable[[Any], Any]

    def __call__(self, key: Any) -> Any:
        """Return the key.

        Raises:
            ValueError: it cannot be read.
        """
        self.reads(key)
        return key


Days = Annotated[
    str, BeforeValidator(KeyReader(parse_days)), WithJsonSchema({"type": "string", "pattern": DAYS_PATTERN})
]
"""Weekdays: ``mon``, ``mon-fri``, ``sat,sun`` or ``daily``."""

ClockHours = Annotated[
    str, BeforeValidator(KeyReader(parse_hours)), WithJsonSchema({"type": "string", "pattern": HOURS_PATTERN})
]
"""Hours of the day: ``08-12``, ``22-06`` or ``9``."""

Spans = Annotated[
    tuple[ClockRange, ...],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    AlsoAs((CLOCK_RANGE_SCHEMA,)),
]
"""One span of clock times, or a list of several."""


class OneOrMore:
    """Reads one of what is listed as a list of one, and tells editors so."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Make a list before anything else."""
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(
            lambda value: [value] if isinstance(value, dict) else value, handler(source)
        )

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Return the JSON Schema of one or the list."""
        listed = handler(core_schema)
        return {"anyOf": [listed["items"], listed]}


class ShareOverTime(Model):
    """A share; ``{from: 0%, to: 25%, by: 26 weeks}`` moves it in a straight line from the period's start on."""

    from_: Share = Field(alias="from")
    """At the start of the period and before."""
    to: Share
    """At the end of the move and from then on."""
    by: Duration = 0
    """How long after the start of the period ``to`` is reached; it stays there."""

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.from_ != self.to and self.by == 0:
            raise ValueError("from and to differ, expected the time the move takes, for instance by: 26 weeks")
        return self


class ForAll:
    """Reads a value that holds for everything as a mapping with only a default, and tells editors so.

    Args:
        keys_of_value: keys by which a mapping is known to be a single value.
    """

    def __init__(self, *keys_of_value: str) -> None:
        self._keys = keys_of_value

    def spell_out(self, value: Any) -> Any:
        """Return the mapping."""
        return value if isinstance(value, dict) and not value.keys() & {*self._keys} else {"default": value}

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Spell out before anything else."""
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(self.spell_out, handler(source))

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Return the JSON Schema of the single value or the mapping."""
        mapping = handler(core_schema)
        named = {"propertyNames": {"not": {"enum": list(self._keys)}}} if self._keys else {}
        return {"anyOf": [mapping.get("additionalProperties", {}), mapping | named]}


VaryingShare = Annotated[
    ShareOverTime,
    BeforeValidator(lambda value: {"from": value, "to": value} if isinstance(value, str | int | float) else value),
    AlsoAs((SHARE_SCHEMA,)),
]
"""A share, constant or moving."""

ShareByCategory = Annotated[dict[str, VaryingShare], ForAll("from", "to", "by")]
"""A share for all, or by category with ``default`` for the others."""

ShareByTier = Annotated[dict[Tier | Literal["default"], VaryingShare], ForAll("from", "to", "by")]
"""A share for all, or by tier with ``default`` for the others."""

DurationByCategory = Annotated[dict[str, DurationDistribution], ForAll(*Distribution.model_fields)]
"""A duration for all, or by category with ``default`` for the others."""


def constant(duration_ms: int) -> Distribution:
    """Return the distribution of a duration that is always the same."""
    return Distribution(constant=Constant.model_construct(value=duration_ms))


def for_all(share: float) -> dict[str, ShareOverTime]:
    """Return a share for all."""
    return {"default": ShareOverTime.model_validate({"from": share, "to": share})}
