"""Defaults of the schema as a file would state them, for people and editors."""

from __future__ import annotations

import types
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from supportsim.scenario.common import ShareOverTime
from supportsim.scenario.distributions import Constant, Distribution
from supportsim.scenario.teams import SkillReader
from supportsim.scenario.units import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS, BusinessDays, parse_duration
from supportsim.scenario.units import parse_share as parse_share

_UNITS = ((WEEK_MS, "week"), (DAY_MS, "day"), (HOUR_MS, "h"), (MINUTE_MS, "min"), (SECOND_MS, "s"))


def default_text(field: FieldInfo) -> str | None:
    """Return a field's default as YAML, None where it is required or has nothing to say for itself."""
    if field.is_required():
        return None
    value = field.get_default(call_default_factory=True)
    if any(isinstance(each, SkillReader) for each in field.metadata):
        return f"[{', '.join(value)}]"
    of_values: Any = get_args(field.annotation)[1:] if isinstance(value, dict) else ()
    if isinstance(value, tuple):
        of_values = get_args(field.annotation)[:1]
    metadata = get_args(of_values[0])[1:] if of_values else _metadata(field)
    return None if value is None or value in ((), {}, "") else _written(value, metadata) or None


def duration_text(duration_ms: int) -> str:
    """Return a duration in the largest unit that fits a whole number of times."""
    for unit_ms, name in _UNITS:
        count, rest_ms = divmod(duration_ms, unit_ms)
        if count and not rest_ms:
            return f"{count} {name}s" if count > 1 and name in ("week", "day") else f"{count} {name}"
    return f"{duration_ms} ms" if duration_ms else "0"


def _metadata(field: FieldInfo) -> Any:
    """Return what says how a field is written, also where it may be None."""
    if field.metadata or get_origin(field.annotation) not in (Union, types.UnionType):
        return field.metadata
    options: tuple[Any, ...] = get_args(field.annotation)
    return next((get_args(each)[1:] for each in options if get_origin(each) is Annotated), ())


def _written(value: Any, metadata: Any = ()) -> str:
    if isinstance(value, dict):
        if list(value) == ["default"]:
            return _written(value["default"])
        return _mapping({key: _written(item, metadata) for key, item in value.items()})
    if isinstance(value, tuple):
        return f"[{', '.join(_written(item, metadata) for item in value)}]"
    parsers = [getattr(each, "func", None) for each in metadata]
    if parse_duration in parsers:
        return duration_text(value)
    if parse_share in parsers:
        return _share(value)
    if isinstance(value, BusinessDays):
        return f"{value.days} business day{'s' if value.days > 1 else ''}"
    if isinstance(value, ShareOverTime) and value.from_ == value.to:
        return _share(value.to)
    if isinstance(value, Distribution) and isinstance(value.kind, Constant):
        return duration_text(value.kind.value)
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        stated = {fields[name].alias or name: (getattr(value, name), fields[name]) for name in value.model_fields_set}
        return _mapping({key: _written(item, _metadata(field)) for key, (item, field) in stated.items()})
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _mapping(items: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {text}" for key, text in items.items()) + "}" if items else ""


def _share(value: float) -> str:
    return f"{100 * value:g}%"
