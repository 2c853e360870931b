"""From a tree to a scenario: every fault of the schema in words that help, at its place in the file."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from supportsim.scenario.faults import Fault, FaultPath, Position
from supportsim.scenario.model import Scenario
from supportsim.scenario.suggest import did_you_mean
from supportsim.scenario.tree import Node
from supportsim.scenario.units import shown

Stated = TypeVar("Stated", bound=BaseModel)

_KEY = "[key]"

_TYPE_NAMES = {
    "string_type": "text",
    "dict_type": "a mapping (key: value)",
    "tuple_type": "a list",
    "list_type": "a list",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "path_type": "the name of a file",
}
_EXAMPLES = {
    "Distribution": "a duration such as '15 min' or a distribution such as {lognormal: {mean: 15 min, cv: 0.9}}",
    "ShareOverTime": "a share such as '25%' or one that moves, {from: 0%, to: 25%, by: 26 weeks}",
    "Calendar": 'opening hours such as {mon-fri: "09:00-17:00"}, or 24x7',
    "Hours": "hours such as {profile: business_day}",
    "Channel": "a channel such as {share: 60%}",
    "Category": "a category such as {share: 22%, skill: account}",
}
_LIMITS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}


def validate(data: Mapping[str, Any], tree: Node) -> tuple[Scenario | None, list[Fault]]:
    """Return the scenario that ``data`` states, or None and what is wrong with it.

    Args:
        data: the plain scenario.
        tree: where its values stand.
    """
    return validate_as(Scenario, data, tree)


def validate_as(model: type[Stated], data: Mapping[str, Any], tree: Node) -> tuple[Stated | None, list[Fault]]:
    """Return what ``data`` states, or None and what is wrong with it.

    Args:
        model: what it should be.
        data: the plain values.
        tree: where they stand.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, list(_faults(error.errors(include_url=False), tree, model))


def locate(tree: Node, path: FaultPath) -> tuple[FaultPath, Node, Position]:
    """Return how the file itself states a path of the model, its node and the position of its key.

    Steps that only the long form has (``default``, ``from``, ``constant`` ...) and steps that are
    not in the file are skipped.
    """
    steps: list[str | int] = []
    node, key = tree, tree.position
    for step in path:
        if isinstance(node.value, dict) and str(step) in node.value:
            entry = node.value[str(step)]
            node, key = entry.node, entry.key
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            key = node.position
        else:
            continue
        steps.append(step)
    return tuple(steps), node, key


def _faults(errors: Sequence[ErrorDetails], tree: Node, model: type[BaseModel]) -> Iterator[Fault]:
    bad_keys = [error["loc"][:-1] for error in errors if error["loc"][-1:] == (_KEY,)]
    seen: list[Fault] = []
    for error in errors:
        loc = error["loc"]
        is_key = loc[-1:] == (_KEY,)
        # What stands under a key that means nothing means nothing either.
        if not is_key and any(loc[: len(bad)] == bad for bad in bad_keys):
            continue
        fault = _fault(error, tree, model, is_key)
        if fault not in seen:
            seen.append(fault)
            yield fault


def _fault(error: ErrorDetails, tree: Node, model: type[BaseModel], is_key: bool) -> Fault:
    kind, loc = error["type"], error["loc"]
    if kind == "missing":
        steps, _, key = locate(tree, loc[:-1])
        return Fault.at(key, (*steps, loc[-1]), "missing, and it has no default")
    steps, node, key = locate(tree, loc[:-1] if is_key else loc)
    position = key if is_key or kind == "extra_forbidden" else node.position
    if kind == "extra_forbidden":
        known = _known_keys(model, loc[:-1])
        meant = did_you_mean(str(loc[-1]), known) or f"expected {'one of ' if len(known) > 1 else ''}{', '.join(known)}"
        return Fault.at(position, steps, f"unknown key, {meant}")
    return Fault.at(position, steps, _message(error))


def _message(error: ErrorDetails) -> str:
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        known = [word.strip().strip("'") for word in context["expected"].replace(" or ", ",").split(",")]
        return f"{shown(value)} is unknown, {did_you_mean(str(value), known) or 'expected ' + context['expected']}"
    if kind in _TYPE_NAMES:
        expected = _EXAMPLES.get(context.get("class_name", ""), _TYPE_NAMES[kind])
        return f"{shown(value)} is not understood here, expected {expected}"
    if kind in _LIMITS:
        name, word = _LIMITS[kind]
        return f"{shown(value)} is out of range, expected {word} {context[name]}"
    if kind in ("too_short", "too_long"):
        limit = context["min_length"] if kind == "too_short" else context["max_length"]
        few, least = ("few", "at least") if kind == "too_short" else ("many", "at most")
        return f"has too {few} entries, expected {least} {limit}"
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} is no name, expected letters, digits and _ only, not beginning with a digit"
    if kind == "string_too_long":
        return f"{shown(value)} is too long, expected at most {context['max_length']} characters"
    return f"{shown(value)}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _known_keys(model: type[BaseModel], loc: FaultPath) -> list[str]:
    """Return the keys of the model at a place below ``model``."""
    kind: Any = model
    for step in loc:
        kind = _step_into(_bare(kind), str(step))
    found = _bare(kind)
    if isinstance(found, type) and issubclass(found, BaseModel):
        return [field.alias or name for name, field in found.model_fields.items()]
    return []


def _step_into(kind: Any, step: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if step in (name, field.alias):
                return field.annotation
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if get_origin(kind) is tuple:
        return get_args(kind)[0]
    return kind


def _bare(kind: Any) -> Any:
    """Return an annotation without its metadata and without None."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return _bare(next(option for option in get_args(kind) if option is not type(None)))
    return kind
