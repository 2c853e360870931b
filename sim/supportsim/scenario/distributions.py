"""Distributions of durations as the scenario states them, by moments or by quantiles.

Only the statement lives here; drawing is `workload.distributions`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticOmit

from supportsim.scenario.units import DURATION_SCHEMA, AlsoAs, Duration, Number


class Model(BaseModel):
    """Base of the whole schema: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Filled:
    """Marks a field that the loader fills from a file; a scenario may not state it."""

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Keep it out of the JSON Schema."""
        raise PydanticOmit


def models(base: type[Model] = Model) -> list[type[Model]]:
    """Return all models of the schema, those that others build on included."""
    return [found for model in base.__subclasses__() for found in (model, *models(model))]


Cv = Annotated[Number, Field(gt=0, le=20)]


class Constant(Model):
    """Always the same duration."""

    value: Duration
    """The duration."""


class Exponential(Model):
    """Memoryless, the spreadsheet's assumption."""

    mean: Duration
    """The mean."""


class Lognormal(Model):
    """Many short, few long: what handle times usually look like. State mean and cv, or median and p90."""

    mean: Duration | None = None
    """The mean; goes with cv."""
    cv: Cv | None = None
    """Standard deviation over mean."""
    median: Duration | None = None
    """Half are shorter; goes with p90."""
    p90: Duration | None = None
    """Nine of ten are shorter."""

    @model_validator(mode="after")
    def _stated_one_way(self) -> Self:
        by_moments = self.mean is not None and self.cv is not None and self.median is None and self.p90 is None
        by_quantiles = self.median is not None and self.p90 is not None and self.mean is None and self.cv is None
        if not by_moments and not by_quantiles:
            raise ValueError("expected either mean and cv, or median and p90")
        if self.median == 0:
            raise ValueError("a median of 0 fits no lognormal, expected it above 0")
        if self.median is not None and self.p90 is not None and self.p90 <= self.median:
            raise ValueError("expected p90 above the median")
        return self


class Gamma(Model):
    """Stated by mean and cv; cv 1 is exponential, 0.7071 Erlang-2."""

    mean: Duration
    """The mean."""
    cv: Cv
    """Standard deviation over mean."""


class Weibull(Model):
    """Stated by mean and shape; below 1 the tail is heavy, 1 is exponential."""

    mean: Duration
    """The mean."""
    shape: Annotated[Number, Field(gt=0.1, le=50)]
    """The form: below 1 some are extremely long."""


class Uniform(Model):
    """Equally likely between two ends."""

    low: Duration
    """The shortest."""
    high: Duration
    """The longest."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.high < self.low:
            raise ValueError("expected high at or above low")
        return self


class Triangular(Model):
    """Between two ends with a most likely value."""

    low: Duration
    """The shortest."""
    mode: Duration
    """The likeliest."""
    high: Duration
    """The longest."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.mode <= self.high or self.low == self.high:
            raise ValueError("expected low <= mode <= high, not all equal")
        return self


class Empirical(Model):
    """Observed durations, one number of minutes a line; drawn as they stand, each equally likely."""

    file: Path
    """A text file beside the scenario."""
    minutes: Annotated[tuple[float, ...], Filled()] = ()
    """Filled from ``file`` when the scenario is loaded; not for you to state."""


def short(*names: str) -> BeforeValidator:
    """Read a list of values, or a single one, as the mapping of ``names`` that it stands for."""

    def spell_out(value: Any) -> Any:
        values = value if isinstance(value, list) and len(names) > 1 else [value]
        is_short = len(values) == len(names) and not any(isinstance(each, dict | list | BaseModel) for each in values)
        return dict(zip(names, values, strict=True)) if is_short else value

    return BeforeValidator(spell_out)


def _durations(count: int) -> dict[str, Any]:
    return {"type": "array", "items": DURATION_SCHEMA, "minItems": count, "maxItems": count}


def stated_keys(model: Model) -> str:
    """Return what is stated where only one key may be, and how to leave an inherited one out."""
    fields = type(model).model_fields
    stated = [field.alias or name for name, field in fields.items() if name in model.model_fields_set]
    return f"states {' and '.join(stated)} (null removes an inherited one)" if stated else "is empty"


class Distribution(Model):
    """A duration that varies. Exactly one of the keys; a bare duration stands for a constant."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    constant: Annotated[Constant, short("value"), AlsoAs((DURATION_SCHEMA,))] | None = None
    """Always the same."""
    exponential: Exponential | None = None
    """Memoryless."""
    lognormal: Lognormal | None = None
    """Many short, few long."""
    gamma: Gamma | None = None
    """Between exponential and constant, or wilder than either."""
    weibull: Weibull | None = None
    """A heavy or a light tail."""
    uniform: Annotated[Uniform, short("low", "high"), AlsoAs((_durations(2),))] | None = None
    """Equally likely between two ends."""
    triangular: Annotated[Triangular, short("low", "mode", "high"), AlsoAs((_durations(3),))] | None = None
    """Between two ends with a most likely value."""
    empirical: Annotated[Empirical, short("file"), AlsoAs(({"type": "string"},))] | None = None
    """Observed durations."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1 or self.kind is None:
            kinds = list(type(self).model_fields)
            raise ValueError(f"{stated_keys(self)}, expected exactly one of {', '.join(kinds)}")
        return self

    @property
    def kind(self) -> Constant | Exponential | Lognormal | Gamma | Weibull | Uniform | Triangular | Empirical | None:
        """The one distribution that is stated."""
        for name in type(self).model_fields:
            stated = getattr(self, name)
            if stated is not None:
                return stated  # type: ignore[no-any-return]
        return None


def _constant(value: Any) -> Any:
    return {"constant": value} if isinstance(value, str | int | float) else value


DurationDistribution = Annotated[Distribution, BeforeValidator(_constant), AlsoAs((DURATION_SCHEMA,))]
"""A duration, constant or varying."""
