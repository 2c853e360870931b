"""The JSON Schema of scenario files, for completion and checks in editors.

It accepts what a file may state, short forms and ``null`` (which removes an inherited key)
included, and refuses unknown keys. What is missing or does not fit together only
``supportsim validate`` can tell, because a file may extend another.
"""

from __future__ import annotations

import json
from typing import Any

from supportsim.scenario.defaults import default_text
from supportsim.scenario.distributions import Model, models
from supportsim.scenario.examples import about
from supportsim.scenario.model import Scenario
from supportsim.scenario.units import CLOCK_RANGE_SCHEMA, DURATION_SCHEMA, SHARE_SCHEMA

TITLE = "supportsim scenario"
SHARED = {"duration": DURATION_SCHEMA, "share": SHARE_SCHEMA, "clock_times": CLOCK_RANGE_SCHEMA}
"""Schemas that occur many times and stand once under their name."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12)."""
    stated = Scenario.model_json_schema(by_alias=True)
    for model in models():
        _tell_defaults(model, stated if model is Scenario else stated["$defs"].get(model.__name__, {}))
    schema: dict[str, Any] = _for_files(stated)
    required = ["name", *(key for key, field in Scenario.model_fields.items() if field.is_required() and key != "name")]
    extends = {
        "type": "string",
        "description": "Another scenario file, relative to this one. What is stated here is merged over it key by key; "
        "lists and scalars are replaced, and null removes a key.",
    }
    definitions = schema.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        **{key: value for key, value in schema.items() if key not in ("title", "required", "properties")},
        "anyOf": [{"required": ["extends"]}, {"required": required}],
        "properties": {"extends": extends, **schema["properties"]},
        "$defs": {**SHARED, **definitions},
    }


def schema_text() -> str:
    """Return the JSON Schema as it is printed and shipped."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def _tell_defaults(model: type[Model], schema: dict[str, Any]) -> None:
    """Add defaults to descriptions, as a file would state them, and leave examples out of them."""
    if "description" in schema:
        schema["description"] = about(model)
    for name, field in model.model_fields.items():
        default, stated = default_text(field), schema.get("properties", {}).get(field.alias or name)
        if default is not None and stated is not None:
            stated["description"] = f"{field.description} Default: {default}."


def _for_files(schema: Any) -> Any:
    """Return a schema as files see it: nothing is required, null removes, and closed sets of keys are spelled out."""
    if isinstance(schema, list):
        return [_for_files(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    for name, shared in SHARED.items():
        if schema == shared:
            return {"$ref": f"#/$defs/{name}"}
    # Titles only repeat the keys, and defaults are in milliseconds and such, which nobody writes.
    found = {key: value for key, value in schema.items() if key not in ("required", "default", "title")}
    if "oneOf" in found:
        # Forms that no longer require anything are not told apart by an empty mapping.
        found["anyOf"] = found.pop("oneOf")
    names = found.get("propertyNames", {})
    if isinstance(found.get("additionalProperties"), dict) and "enum" in names:
        del found["propertyNames"]
        found["properties"] = {name: found["additionalProperties"] for name in names["enum"]}
        found["additionalProperties"] = False
    elif "patternProperties" in found:
        found["additionalProperties"] = False
    for key, value in list(found.items()):
        if key in ("properties", "patternProperties"):
            found[key] = {name: _or_null(_for_files(inner)) for name, inner in value.items()}
        elif key == "additionalProperties" and isinstance(value, dict):
            found[key] = _or_null(_for_files(value))
        elif key == "$defs":
            found[key] = {name: _for_files(inner) for name, inner in value.items()}
        elif key not in ("enum", "const", "examples"):
            found[key] = _for_files(value)
    return found


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that takes null too, its description kept on the outside where editors look for it."""
    about = {key: schema[key] for key in ("description",) if key in schema}
    rest = {key: value for key, value in schema.items() if key not in about}
    options = rest["anyOf"] if list(rest) == ["anyOf"] else [rest]
    return about | {"anyOf": [*(option for option in options if option != {"type": "null"}), {"type": "null"}]}
