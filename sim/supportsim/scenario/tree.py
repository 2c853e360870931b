"""YAML text as a tree of values that know where they stand.

Only the plain part of YAML 1.2 is read: mappings with text keys, lists, text, numbers, true,
false and null; anchors and aliases. Dates and clock times stay text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from supportsim.scenario.faults import Fault, FaultPath, Position, ScenarioError

MOST_VALUES = 20_000
"""Values in one file, those behind aliases counted wherever they are used."""
DEEPEST = 24

_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,4})?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_TEXT_TAG = "tag:yaml.org,2002:str"
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class Node:
    """A value and where it stands.

    Args:
        value: text, number, bool or None; a list of nodes; or a mapping of entries.
        position: of its first character.
        size: values in it, itself included.
    """

    value: str | int | float | bool | list[Node] | dict[str, Entry] | None
    position: Position
    size: int = 1

    @property
    def entries(self) -> dict[str, Entry] | None:
        """The entries of a mapping, None of anything else."""
        return self.value if isinstance(self.value, dict) else None


@dataclass
class Entry:
    """A key's place and its value."""

    key: Position
    node: Node


@dataclass
class _Open:
    """A mapping or list that has begun and not ended."""

    node: Node
    anchor: str | None
    key: tuple[str, Position] | None = field(default=None)


def plain(node: Node) -> Any:
    """Return the tree as plain dicts, lists and scalars."""
    if isinstance(node.value, dict):
        return {key: plain(entry.node) for key, entry in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


def parse(text: str, file: str, line: int = 1) -> tuple[Node, list[Fault]]:
    """Return the tree of a YAML text, and what is wrong with single values of it.

    Args:
        text: the text.
        file: names it in positions.
        line: the number of its first line.

    Raises:
        ScenarioError: it cannot be read as plain YAML; one fault, at its position.
    """
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        line += text.count("\n", 0, unprintable.start())
        column = unprintable.start() - text.rfind("\n", 0, unprintable.start())
        raise ScenarioError(
            [Fault(file, line, column, "", f"control character U+{ord(unprintable[0]):04X}, expected plain text")]
        )
    try:
        composer = _Composer(file, line)
        return composer.compose(text), composer.faults
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        context = f"{error.context}, " if error.context else ""
        row, column = (mark.line + line, mark.column + 1) if mark else (line, 1)
        said = f"{context}{error.problem}"
        # Mostly a threshold such as > 20.
        if "cannot start any token" in said or "scanning a block scalar" in said:
            said += "; text that begins with a sign needs quotes"
        raise ScenarioError([Fault(file, row, column, "", f"not YAML: {said}")]) from None
    except (YAMLError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError([Fault(file, line, 1, "", f"not YAML: {str(error).splitlines()[0]}")]) from None


class _Composer:
    """Builds the tree from the parser's events, which come without recursion, so that depth can be limited."""

    def __init__(self, file: str, line: int) -> None:
        self.faults: list[Fault] = []
        self._file = file
        self._line = line
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._root: Node | None = None

    def compose(self, text: str) -> Node:
        documents = 0
        for event in YAML(typ="safe", pure=True).parse(text):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a second document begins, expected one scenario a file")
            elif isinstance(event, MappingStartEvent | SequenceStartEvent):
                self._begin(event)
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                closed = self._open.pop()
                self._add(closed.node, event)
            elif isinstance(event, ScalarEvent):
                self._scalar(event)
            elif isinstance(event, AliasEvent):
                self._alias(event)
        return self._root or Node(None, Position(self._file, self._line, 1))

    def _position(self, event: Any) -> Position:
        return Position(self._file, event.start_mark.line + self._line, event.start_mark.column + 1)

    def _refuse(self, event: Any, message: str) -> None:
        raise ScenarioError([Fault.at(self._position(event), self._path(), message)])

    def _note(self, event: Any, message: str) -> None:
        self.faults.append(Fault.at(self._position(event), self._path(), message))

    def _path(self) -> FaultPath:
        steps: list[str | int] = []
        for open_ in self._open:
            if isinstance(open_.node.value, list):
                steps.append(len(open_.node.value))
            elif open_.key is not None:
                steps.append(open_.key[0])
        return tuple(steps)

    def _begin(self, event: Any) -> None:
        if self._wants_key():
            self._refuse(event, "a key is a mapping or a list, expected text")
        if event.ctag is not None and str(event.ctag) not in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            self._refuse(event, f"tag {event.ctag} is not supported, expected plain YAML")
        if len(self._open) >= DEEPEST:
            self._refuse(event, f"nested more than {DEEPEST} deep, expected a scenario")
        node = Node({} if isinstance(event, MappingStartEvent) else [], self._position(event))
        self._open.append(_Open(node, event.anchor))
        if event.anchor:
            self._anchors[event.anchor] = node

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].node.value, dict) and self._open[-1].key is None

    def _scalar(self, event: Any) -> None:
        if self._wants_key():
            self._open[-1].key = (event.value, self._position(event))
            if _UNPRINTABLE.search(event.value):
                self._refuse(event, "a key holds control characters, expected text")
            first = (self._open[-1].node.entries or {}).get(event.value)
            if first:
                self._note(event, f"stated twice, first in line {first.key.line}; expected it once")
            return
        tag = None if event.ctag is None else str(event.ctag)
        if tag not in (None, _TEXT_TAG):
            self._note(event, f"tag {tag} is not supported, expected plain YAML")
        is_text = tag == _TEXT_TAG or event.style is not None
        if not is_text and _NOT_FINITE.fullmatch(event.value):
            self._note(event, f"{event.value} is no number to count with, expected a finite one")
        if _UNPRINTABLE.search(event.value):
            self._note(event, f"{event.value!r} holds control characters, expected text")
        node = Node(event.value if is_text else self._plain_scalar(event), self._position(event))
        if event.anchor:
            self._anchors[event.anchor] = node
        self._add(node, event)

    def _plain_scalar(self, event: Any) -> str | int | float | bool | None:
        text: str = event.value
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if not math.isfinite(number):
                self._note(event, f"{text} is too large a number, expected a finite one")
                return text
            return number
        return text

    def _alias(self, event: Any) -> None:
        if self._wants_key():
            self._refuse(event, "a key is an alias, expected text")
        if event.anchor not in self._anchors:
            self._refuse(event, f"*{event.anchor} stands for nothing, expected an anchor &{event.anchor} before it")
        node = self._anchors[event.anchor]
        if any(open_.node is node for open_ in self._open):
            self._refuse(event, f"*{event.anchor} contains itself, expected an alias of something complete")
        self._add(node, event)

    def _add(self, node: Node, event: Any) -> None:
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.node.size += node.size
        if parent.node.size > MOST_VALUES:
            self._refuse(event, f"more than {MOST_VALUES:,} values (aliases counted), expected a scenario")
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif isinstance(parent.node.value, dict) and parent.key is not None:
            name, position = parent.key
            parent.node.value.setdefault(name, Entry(position, node))
            parent.key = None
