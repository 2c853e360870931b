"""From files to a checked `Scenario`: reading, ``extends``, ``--set``, and every fault at once.

Rules of ``extends`` and ``--set``: mappings are merged key by key, lists and scalars are
replaced, and a key whose value is ``null`` removes the inherited one. ``--set`` names a value
by its dotted path (list items by their index, from 0) and replaces it whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supportsim.scenario.attached import read_attached
from supportsim.scenario.checks import STAND_INS, check
from supportsim.scenario.faults import Fault as Fault
from supportsim.scenario.faults import Position
from supportsim.scenario.faults import ScenarioError as ScenarioError
from supportsim.scenario.merge import apply_override, merge, without_nulls
from supportsim.scenario.model import Scenario
from supportsim.scenario.tree import Node, parse, plain
from supportsim.scenario.validation import locate, validate

LARGEST_FILE = 256 * 1024
"""Bytes."""
LONGEST_CHAIN = 20
"""Files that extend one another."""


@dataclass(frozen=True)
class LoadedScenario:
    """A valid scenario and where it came from.

    Args:
        scenario: what it states, defaults included.
        resolved: what the files and overrides state, as plain data.
        digest: SHA-256 (hex) of `canonical_json` of ``scenario``.
        files: the file asked for and those it extends, nearest first.
        positions: where each value stands, by dotted path.
        overrides: as given, so that the same can be loaded again.
    """

    scenario: Scenario
    resolved: dict[str, Any]
    digest: str
    files: tuple[Path, ...]
    positions: Mapping[str, Position]
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A scenario's files, read once, so that variants of it are made quickly.

    Args:
        tree: of the file and all it extends.
        files: the file asked for and those it extends, nearest first.
        faults: of single values.
    """

    tree: Node
    files: tuple[Path, ...]
    faults: tuple[Fault, ...]

    def load(self, overrides: Sequence[str] = ()) -> LoadedScenario:
        """Return the scenario with some values changed; what it calls uncertain is not tried out.

        Raises:
            ScenarioError: with every fault that was found.
        """
        faults, tree = list(self.faults), self.tree
        for number, override in enumerate(overrides, start=1):
            tree = apply_override(tree, override, number, faults)
        data = plain(tree)
        scenario, schema_faults = validate(data, tree)
        if scenario is not None:
            faults += read_attached(scenario, data, tree)
            scenario, schema_faults = validate(data, tree)
        misread = {(fault.file, fault.line, fault.column) for fault in faults}
        faults += [fault for fault in schema_faults if (fault.file, fault.line, fault.column) not in misread]
        faults += _cross_faults(scenario, data, tree, faults)
        if faults or scenario is None:
            order = ["--set", *map(str, self.files)]
            raise ScenarioError(sorted(faults, key=lambda fault: (_rank(order, fault.file), fault.line, fault.column)))
        digest = hashlib.sha256(canonical_json(scenario).encode()).hexdigest()
        return LoadedScenario(scenario, data, digest, self.files, dict(_positions(tree, "")), tuple(overrides))


def read_source(path: Path | str) -> Source:
    """Read a scenario file and all it extends.

    Raises:
        ScenarioError: a file cannot be read at all.
    """
    faults: list[Fault] = []
    tree, files = _read_chain(Path(path), faults)
    return Source(tree, tuple(files), tuple(faults))


def read_tree(path: Path, faults: list[Fault]) -> Node:
    """Return the tree of a YAML file that is no scenario; what is wrong with single values is added to ``faults``.

    Raises:
        ScenarioError: it cannot be read at all.
    """
    tree, more = parse(_read(path, None), str(path))
    faults += more
    return tree


def load_scenario(path: Path | str, overrides: Sequence[str] = ()) -> LoadedScenario:
    """Read a scenario file, all it extends, and overrides such as ``demand.contacts.count=900``.

    Raises:
        ScenarioError: with every fault that was found.
    """
    source = read_source(path)
    loaded = source.load(overrides)
    if faults := list(_uncertainty_faults(source, loaded)):
        raise ScenarioError(faults)
    return loaded


def _uncertainty_faults(source: Source, loaded: LoadedScenario) -> Iterator[Fault]:
    """Try what is uncertain at its middle and near its ends, each alone."""
    for path, uncertain in loaded.scenario.uncertainty.items():
        for share in (0.5, 0.001, 0.999):
            amount = uncertain.at(share).text
            try:
                source.load((*loaded.overrides, f"{path}={amount}"))
            except ScenarioError as error:
                at = loaded.positions.get(f"uncertainty.{path}", Position(str(loaded.files[0]), 1, 1))
                problem = f"{amount} (not exceeded with probability {share:.1%}) is no value for it: "
                yield Fault.at(at, ("uncertainty", path), problem + error.faults[0].message)
                break


def canonical_json(scenario: Scenario) -> str:
    """Return a scenario as JSON without spaces, keys in the order of the schema, else of the file.

    The file's order counts where it has a meaning, for instance for layers of self-service. Defaults are
    left out, so that a key which is added to the schema leaves the digests of all scenarios without it alone; so is
    what is uncertain, which changes no run.
    """
    stated = scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"uncertainty"})
    return json.dumps(stated, ensure_ascii=True, separators=(",", ":"))


def _read_chain(path: Path, faults: list[Fault]) -> tuple[Node, list[Path]]:
    """Return the merged tree of a file and all it extends, and the files."""
    trees: list[Node] = []
    files: list[Path] = []
    found: list[Path] = []
    extends: Node | None = None
    upcoming: Path | None = path
    while upcoming is not None:
        real = _real(upcoming)
        if real in found or len(found) == LONGEST_CHAIN:
            names = " -> ".join(file.name for file in [*files, upcoming])
            problem = "goes in a circle" if real in found else f"goes through more than {LONGEST_CHAIN} files"
            at = extends.position if extends else Position(str(path), 1, 1)
            raise ScenarioError([Fault.at(at, ("extends",), f"{problem}: {names}; expected a chain that ends")])
        found.append(real)
        files.append(upcoming)
        tree, more = parse(_read(upcoming, extends), str(upcoming))
        faults += more
        if tree.entries is None:
            what = "the file is empty" if tree.value is None else "the file is no mapping"
            raise ScenarioError([Fault.at(tree.position, (), f"{what}, expected a scenario (name: ..., period: ...)")])
        stated = tree.entries.pop("extends", None)
        extends = stated.node if stated else None
        upcoming = None
        if extends is not None:
            if not isinstance(extends.value, str) or not extends.value.strip():
                at = stated.key if stated else extends.position
                raise ScenarioError([Fault.at(at, ("extends",), "expected the name of a scenario file")])
            upcoming = files[-1].parent / extends.value
        trees.append(tree)
    merged = without_nulls(trees[-1], (), faults)
    for tree in reversed(trees[:-1]):
        merged = merge(merged, tree, (), faults)
    return merged, files


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()


def _read(path: Path, extends: Node | None) -> str:
    """Return the text of a file; what is wrong with it stands at ``extends`` where another file names it."""
    at, where = (extends.position, ("extends",)) if extends else (Position(str(path), 1, 1), ())
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no file name"
        named = f"{path} " if extends else ""
        raise ScenarioError(
            [Fault.at(at, where, f"{named}cannot be read: {reason}; expected a scenario file")]
        ) from None
    if len(content) > LARGEST_FILE:
        message = f"larger than {LARGEST_FILE // 1024} KB, expected a scenario file"
        raise ScenarioError([Fault(str(path), 1, 1, "", message)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise ScenarioError([Fault(str(path), line, column, "", "not UTF-8, expected text in that encoding")]) from None


def _cross_faults(
    scenario: Scenario | None, data: Mapping[str, Any], tree: Node, faults: Sequence[Fault]
) -> list[Fault]:
    """Check how the parts fit, those that are faulty themselves left out."""
    faulty = {fault.path.split(".")[0] for fault in faults} if scenario is None else set()
    if scenario is None:
        sound = {name: value for name, value in data.items() if name not in faulty and name in Scenario.model_fields}
        scenario, more = validate(STAND_INS | sound, tree)
        if scenario is None:
            raise ScenarioError([*faults, *more])
    found = []
    for finding in check(scenario, frozenset(faulty)):
        steps, node, key = locate(tree, finding.path)
        at = key if finding.on_key or isinstance(node.value, dict | list) else node.position
        found.append(Fault.at(at, (*steps, *finding.missing), finding.message))
    return found


def _rank(order: Sequence[str], file: str) -> int:
    return order.index(file) if file in order else len(order)


def _positions(node: Node, path: str) -> Iterator[tuple[str, Position]]:
    children: list[tuple[str | int, Node]] = []
    if isinstance(node.value, dict):
        children = [(key, entry.node) for key, entry in node.value.items()]
    elif isinstance(node.value, list):
        children = list(enumerate(node.value))
    for step, child in children:
        yield f"{path}{step}", child.position
        yield from _positions(child, f"{path}{step}.")
