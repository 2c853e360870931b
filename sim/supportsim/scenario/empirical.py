"""Observed durations from files beside the scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from supportsim.scenario.distributions import Empirical
from supportsim.scenario.faults import Fault, FaultPath, Position, dotted
from supportsim.scenario.model import Scenario
from supportsim.scenario.tree import Node
from supportsim.scenario.units import LONGEST_MS, MINUTE_MS, shown
from supportsim.scenario.validation import locate

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes."""
_MOST_FAULTS = 20


def read_empirical(scenario: Scenario, data: dict[str, Any], tree: Node) -> list[Fault]:
    """Put the values of every empirical distribution into ``data`` and return what is wrong with the files.

    A file is looked for beside the scenario file that names it.
    """
    faults: list[Fault] = []
    for path, stated in _stated(scenario, ()):
        steps, node, _ = locate(tree, path)
        _, name, _ = locate(tree, (*path, "file"))
        if stated.minutes:
            faults.append(Fault.at(node.position, (*steps, "minutes"), "is read from the file, expected no such key"))
            continue
        file = Path(name.position.file).parent / stated.file
        minutes, more = _minutes(file, name.position, steps)
        faults += more
        holder: Any = data
        for step in steps[:-1]:
            holder = holder[step]
        holder[steps[-1]] = {"file": str(stated.file), "minutes": minutes}
    return faults


def _stated(value: Any, path: FaultPath) -> Iterator[tuple[FaultPath, Empirical]]:
    if isinstance(value, Empirical):
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


def _minutes(file: Path, named_at: Position, steps: FaultPath) -> tuple[list[float], list[Fault]]:
    """Return the numbers of a file, one a line, and what is wrong with it."""
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return [], [Fault.at(named_at, steps, f"{file} is not UTF-8, expected one number of minutes a line")]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no file name"
        problem = f"{file} cannot be read: {reason}; expected a file with one number of minutes a line"
        return [], [Fault.at(named_at, steps, problem)]
    if len(content) > LARGEST_FILE:
        return [], [Fault.at(named_at, steps, f"{file} is larger than {LARGEST_FILE // 1024**2} MB, expected less")]
    minutes: list[float] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = float(line)
        except ValueError:
            value = math.nan
        if 0 <= value <= LONGEST_MS / MINUTE_MS:
            minutes.append(value)
        else:
            problem = f"{shown(line.strip())} is no duration, expected a number of minutes, 0 or more"
            faults.append(Fault(str(file), number, 1, dotted(steps), problem))
    if not minutes and not faults:
        faults.append(Fault.at(named_at, steps, f"{file} is empty, expected one number of minutes a line"))
    return minutes, faults[:_MOST_FAULTS]
