"""How ``extends`` and ``--set`` combine trees.

Mappings are merged key by key, lists and scalars replaced; ``null`` removes an inherited key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from supportsim.scenario.faults import Fault, FaultPath, Position, ScenarioError, dotted
from supportsim.scenario.tree import Entry, Node, parse
from supportsim.scenario.units import shown

SET = "--set"
"""Stands for the file in positions of overrides; the line is the number of the override."""

_TARGET = re.compile(r"(?P<key>.+?)(?:\.(?P<rest>(?:at_least|at_most|between)\b.*))?")


def merge(base: Node, child: Node, path: FaultPath, faults: list[Fault]) -> Node:
    """Return ``base`` with what ``child`` states; a ``null`` that removes nothing is a fault."""
    if base.entries is None or child.entries is None:
        return without_nulls(child, path, faults)
    merged = dict(base.entries)
    for key, entry in child.entries.items():
        if entry.node.value is not None:
            inherited = merged[key].node if key in merged else Node(None, entry.key)
            merged[key] = Entry(entry.key, merge(inherited, entry.node, (*path, key), faults))
        elif key in merged:
            del merged[key]
        else:
            problem = "null removes an inherited key, but nothing is inherited here; expected a value or no such key"
            faults.append(Fault.at(entry.node.position, (*path, key), problem))
    return Node(merged, child.position)


def without_nulls(node: Node, path: FaultPath, faults: list[Fault]) -> Node:
    """Return a tree without the keys that have no value; each is a fault."""
    if isinstance(node.value, list):
        items = [without_nulls(item, (*path, index), faults) for index, item in enumerate(node.value)]
        return Node(items, node.position)
    if node.entries is None:
        return node
    kept = {}
    for key, entry in node.entries.items():
        if entry.node.value is None:
            problem = "has no value, expected one (or leave the key out)"
            faults.append(Fault.at(entry.key, (*path, key), problem))
        else:
            kept[key] = Entry(entry.key, without_nulls(entry.node, (*path, key), faults))
    return Node(kept, node.position)


def apply_override(tree: Node, override: str, number: int, faults: list[Fault]) -> Node:
    """Return the tree with one ``path=value`` carried out; what is wrong with it is added to ``faults``.

    Args:
        tree: of the scenario.
        override: a dotted path, list items by index, and a value as YAML.
        number: its place on the command line, from 1.
        faults: takes what is wrong.
    """
    at = Position(SET, number, 1)
    match = re.match(r"(?P<path>(?:[^=\[\]]|\[[^\]]*\])+)=(?P<value>.*)", override, re.DOTALL)
    if match is None or not match["value"].strip():
        problem = f"{shown(override)} is no override, expected path=value, for instance demand.contacts.count=900"
        faults.append(Fault.at(at, (), problem))
        return tree
    try:
        # Padding makes the columns those of the whole override.
        value, more = parse(" " * match.start("value") + match["value"], SET, number)
    except ScenarioError as error:
        faults += [replace(fault, path=match["path"].strip()) for fault in error.faults]
        return tree
    try:
        steps = _steps(tree, match["path"].strip(), at)
        faults += [replace(fault, path=".".join(filter(None, (dotted(steps), fault.path)))) for fault in more]
        return _replaced(tree, steps, (), without_nulls(value, steps, faults), at)
    except ScenarioError as error:
        faults += error.faults
        return tree


def _steps(tree: Node, text: str, at: Position) -> FaultPath:
    """Return the steps of a dotted path; a key of the tree may itself hold dots, as targets do."""
    if text == "extends":
        raise ScenarioError([Fault.at(at, ("extends",), "is for files, expected the path of a value of the scenario")])
    steps: list[str | int] = []
    node: Node | None = tree
    rest: str | None = text
    while rest is not None:
        if node is not None and isinstance(node.value, list):
            index, _, after = rest.partition(".")
            if not index.isdecimal() or int(index) >= len(node.value):
                problem = f"{index!r} is none of its items, expected 0 to {len(node.value) - 1}"
                raise ScenarioError([Fault.at(at, tuple(steps), problem)])
            steps.append(int(index))
            node, rest = node.value[int(index)], after or None
            continue
        if node is not None and node.entries is None:
            problem = (
                f"is {shown(node.value)} and has no {rest!r}; expected to set it whole, {dotted(tuple(steps))}=..."
            )
            raise ScenarioError([Fault.at(at, tuple(steps), problem)])
        entries = node.entries if node is not None and node.entries else {}
        key, rest = _first_key(rest, list(entries), is_target=steps == ["targets"])
        steps.append(key)
        node = entries[key].node if key in entries else None
    return tuple(steps)


def _first_key(text: str, known: Sequence[str], is_target: bool) -> tuple[str, str | None]:
    """Return the first key of a dotted path and the rest, None at its end."""
    if is_target and (match := _TARGET.fullmatch(text)):
        return match["key"], match["rest"]
    for key in sorted(known, key=len, reverse=True):
        if text == key or text.startswith(f"{key}."):
            return key, text[len(key) + 1 :] or None
    key, _, rest = text.partition(".")
    return key, rest or None


def _replaced(node: Node, steps: FaultPath, path: FaultPath, value: Node, at: Position) -> Node:
    if not steps:
        return value
    step, rest, path = steps[0], steps[1:], (*path, steps[0])
    if isinstance(node.value, list) and isinstance(step, int):
        items = list(node.value)
        items[step] = _replaced(items[step], rest, path, value, at)
        return Node(items, node.position)
    entries, key = dict(node.entries or {}), str(step)
    if rest or value.value is not None:
        child = entries[key].node if key in entries else Node({}, at)
        entries[key] = Entry(at, _replaced(child, rest, path, value, at))
    elif key in entries:
        del entries[key]
    else:
        raise ScenarioError([Fault.at(at, path, "null removes a key, but there is none; expected a value")])
    return Node(entries, node.position)
