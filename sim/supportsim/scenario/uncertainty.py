"""What is not known about a value, apart from luck; and quantities as they are written, with their units."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from supportsim.scenario.distributions import Model, stated_keys
from supportsim.scenario.units import AlsoAs, parse_duration, shown

_AMOUNT = re.compile(r"^\s*(?P<sign>[+-]?)(?P<number>\d+(?:\.\d+)?|\.\d+)\s*(?P<unit>%|[a-z]+)?\s*$", re.IGNORECASE)
P90 = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True)
class Amount:
    """A number with its unit, as it is written: ``1200``, ``25%``, ``11 min``, ``+300%``.

    Args:
        number: in the unit.
        unit: ``%``, a unit of time, or empty.
        signed: whether it is a change, which is written with its sign.
    """

    number: float
    unit: str
    signed: bool = False

    def of(self, number: float) -> Amount:
        """Return another number in the same unit, rounded to six digits so that it reads well."""
        return replace(self, number=float(f"{number:.6g}"))

    @property
    def text(self) -> str:
        """As a scenario states it."""
        number = f"{self.number:+.10f}" if self.signed else f"{self.number:.10f}"
        number = number.rstrip("0").rstrip(".") if "." in number else number
        return f"{number}{' ' if self.unit not in ('', '%') else ''}{self.unit}"


def parse_amount(value: Any) -> Amount:
    """Return the amount that YAML gave as a number or as text.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return Amount(float(value), "")
    match = _AMOUNT.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{shown(value)} is no amount, expected for instance 1200, '25%' or '11 min'")
    unit = match["unit"] or ""
    if unit not in ("", "%"):
        parse_duration(f"1 {unit}")
    number = float(match["number"])
    return Amount(-number if match["sign"] == "-" else number, unit, bool(match["sign"]) and unit == "%")


def parse_amounts(values: Sequence[Any]) -> list[Amount]:
    """Return amounts of one unit.

    Raises:
        ValueError: one is none, or they have several units.
    """
    amounts = [parse_amount(value) for value in values]
    units = list(dict.fromkeys(amount.unit for amount in amounts))
    if len(units) > 1:
        raise ValueError(f"has the units {' and '.join(unit or 'none' for unit in units)}, expected one for all")
    signed = any(amount.signed for amount in amounts)
    return [replace(amount, signed=signed) for amount in amounts]


def _checked(value: Any) -> Any:
    parse_amount(value)
    return value


Written = Annotated[
    float | str,
    BeforeValidator(_checked),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "examples": ["25%", "11 min"]}]}),
]
"""A number, a share or a duration, in the unit of the value that is not known."""


def _in_order(*names: str) -> BeforeValidator:
    """Read a list as the mapping of ``names`` that it stands for."""

    def spell_out(value: Any) -> Any:
        return dict(zip(names, value, strict=True)) if isinstance(value, list) and len(value) == len(names) else value

    return BeforeValidator(spell_out)


class UncertainNormal(Model):
    """Most likely near the mean; two of three times within one sd."""

    mean: Written
    """The best guess."""
    sd: Written
    """The standard deviation."""


class UncertainUniform(Model):
    """Anywhere between two ends."""

    low: Written
    """The least."""
    high: Written
    """The most."""


class UncertainTriangular(Model):
    """Between two ends with a best guess."""

    low: Written
    """The least."""
    mode: Written
    """The best guess."""
    high: Written
    """The most."""


class UncertainLognormal(Model):
    """Above 0, rather more than less."""

    median: Written
    """As likely too low as too high."""
    p90: Written
    """With nine chances in ten it is not above."""


class Uncertain(Model):
    """What a value might be. Exactly one of the keys; all amounts in the unit of the value."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    normal: Annotated[UncertainNormal, _in_order("mean", "sd")] | None = None
    """Near the mean."""
    uniform: (
        Annotated[
            UncertainUniform, _in_order("low", "high"), AlsoAs(({"type": "array", "minItems": 2, "maxItems": 2},))
        ]
        | None
    ) = None
    """Anywhere between two ends."""
    triangular: (
        Annotated[
            UncertainTriangular,
            _in_order("low", "mode", "high"),
            AlsoAs(({"type": "array", "minItems": 3, "maxItems": 3},)),
        ]
        | None
    ) = None
    """Between two ends with a best guess."""
    lognormal: Annotated[UncertainLognormal, _in_order("median", "p90")] | None = None
    """Above 0, with a long tail."""
    one_of: Annotated[tuple[Written, ...], Field(min_length=1)] | None = None
    """One of these, each as likely as the others."""

    @model_validator(mode="after")
    def _one_that_makes_sense(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"{stated_keys(self)}, expected exactly one of {', '.join(type(self).model_fields)}")
        amounts = self._amounts()
        numbers = [amount.number for amount in amounts]
        if self.normal is not None and numbers[1] <= 0:
            raise ValueError("expected an sd above 0")
        if self.lognormal is not None and not 0 < numbers[0] < numbers[1]:
            raise ValueError("expected a median above 0, and p90 above the median")
        if (self.uniform or self.triangular) and (sorted(numbers) != numbers or numbers[0] == numbers[-1]):
            raise ValueError("expected amounts that rise")
        return self

    def at(self, share: float) -> Amount:
        """Return the value below which it lies with probability ``share`` (0..1, ends excluded)."""
        amounts = self._amounts()
        numbers = [amount.number for amount in amounts]
        if self.one_of is not None:
            return amounts[min(int(share * len(amounts)), len(amounts) - 1)]
        if self.normal is not None:
            found = numbers[0] + numbers[1] * NormalDist().inv_cdf(share)
        elif self.lognormal is not None:
            found = numbers[0] * math.exp(math.log(numbers[1] / numbers[0]) / P90 * NormalDist().inv_cdf(share))
        elif self.uniform is not None:
            found = numbers[0] + (numbers[1] - numbers[0]) * share
        else:
            low, mode, high = numbers
            rising = share * (high - low) < mode - low
            found = (
                low + math.sqrt(share * (high - low) * (mode - low))
                if rising
                else high - math.sqrt((1 - share) * (high - low) * (high - mode))
            )
        return amounts[0].of(found)

    def _amounts(self) -> list[Amount]:
        stated = next(getattr(self, name) for name in type(self).model_fields if getattr(self, name) is not None)
        values = stated if isinstance(stated, tuple) else [getattr(stated, name) for name in type(stated).model_fields]
        return parse_amounts(values)
