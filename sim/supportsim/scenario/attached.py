"""Files beside the scenario: observed durations, forecasts, rosters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from supportsim.scenario.distributions import Empirical
from supportsim.scenario.empirical import MINUTES_EXPECTED, read_minutes
from supportsim.scenario.faults import Fault, FaultPath, Position
from supportsim.scenario.interval_table import TABLE_EXPECTED, Columns, read_table
from supportsim.scenario.model import Scenario
from supportsim.scenario.tables import TableFile
from supportsim.scenario.teams import RosterFile
from supportsim.scenario.tree import Node
from supportsim.scenario.validation import locate

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes."""
_MOST_FAULTS = 20


def read_attached(scenario: Scenario, data: dict[str, Any], tree: Node) -> list[Fault]:
    """Put what files beside the scenario hold into ``data`` and return what is wrong with them.

    A file is looked for beside the scenario file that names it.
    """
    faults: list[Fault] = []
    for path, stated in _stated(scenario, ()):
        steps, node, _ = locate(tree, path)
        filled = "minutes" if isinstance(stated, Empirical) else "table"
        if getattr(stated, filled):
            faults.append(Fault.at(node.position, (*steps, filled), "is read from the file, expected no such key"))
            continue
        _, name, _ = locate(tree, (*path, "file"))
        file = Path(name.position.file).parent / stated.file
        value, wrong = _read(stated, path, scenario, file)
        for at, problem in wrong[:_MOST_FAULTS]:
            place = Position(str(file), *at) if at else name.position
            faults.append(Fault.at(place, steps, problem))
        if value is None:
            continue
        holder: Any = data
        for step in steps[:-1]:
            holder = holder[step]
        short = holder[steps[-1]]
        holder[steps[-1]] = ({"file": short} if isinstance(short, str) else short) | {filled: value}
    return faults


def _stated(value: Any, path: FaultPath) -> Iterator[tuple[FaultPath, Empirical | TableFile]]:
    if isinstance(value, Empirical | TableFile):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _stated(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _stated(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _stated(item, (*path, index))


def _read(
    stated: Empirical | TableFile, path: FaultPath, scenario: Scenario, file: Path
) -> tuple[Any, Sequence[tuple[tuple[int, int] | None, str]]]:
    """Return what a file holds, as plain data, and what is wrong with it, where no place is given as a whole."""
    lines, problem = _lines(file, MINUTES_EXPECTED if isinstance(stated, Empirical) else TABLE_EXPECTED)
    if problem:
        return None, [(None, problem)]
    if isinstance(stated, Empirical):
        return read_minutes(lines)
    timezone = scenario.period.timezone
    if isinstance(stated, RosterFile):
        team = str(path[1])
        columns = Columns(tuple(scenario.teams), (team,), "team", whole=True)
        timezone = scenario.teams[team].timezone or timezone
    else:
        columns = Columns(tuple(scenario.demand.channels), tuple(scenario.demand.channels), "channel")
    return read_table(lines, columns, stated.unlisted == "none", timezone)


def _lines(file: Path, expected: str) -> tuple[list[str], str]:
    """Return the lines of a file, and why it has none."""
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            return [], f"{file} is larger than {LARGEST_FILE // 1024**2} MB, expected less"
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return [], f"{file} is not UTF-8, expected {expected}"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no file name"
        return [], f"{file} cannot be read: {reason}; expected a file with {expected}"
    if not any(line.strip() for line in lines):
        return [], f"{file} is empty, expected {expected}"
    return lines, ""
