"""Whatever a file holds, it is either a scenario or a list of faults, and reading it stays cheap."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportsim.scenario.loader import ScenarioError, load_scenario
from supportsim.scenario.tree import parse, plain

SHIPPED = sorted((Path(__file__).parents[3] / "scenarios").glob("*.yaml"))
WORDS = st.sampled_from(
    ["P1", "L1", "L3", "5%", "110%", "3 min", "-1 h", "mon-fri", "09:00-17:00", "always", "24x7", "x"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for step, child in children for place in places(child, (*path, step)))]


def as_yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_yaml(str(key))}: {as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return (
        {None: "null", True: "true", False: "false"}.get(value, str(value))
        if not isinstance(value, float)
        else (str(value).replace("inf", ".inf").replace("nan", ".nan"))
    )


def load(content: bytes) -> None:
    """Load it and let nothing pass but faults, each of which says where."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "fuzz.yaml"
        file.write_bytes(content)
        try:
            load_scenario(file)
        except ScenarioError as error:
            faults = error.faults
        else:
            return
    assert faults
    for fault in faults:
        assert (fault.line >= 1, fault.column >= 1, bool(fault.message)) == (True, True, True)
        assert "\n" not in str(fault)


@given(content=st.binary(max_size=80) | st.text("ab:-[]{}&*!|>'\"#%@,.? \n\t0~", max_size=40).map(str.encode))
def test_any_bytes_are_a_scenario_or_faults(content: bytes) -> None:
    load(content)


@given(data=st.data())
def test_any_value_anywhere_is_accepted_or_a_fault(data: st.DataObject) -> None:
    scenario = plain(parse(SHIPPED[0].read_text("utf-8"), "x")[0])
    *path, last = data.draw(st.sampled_from(places(scenario)[1:]))
    holder = scenario
    for step in path:
        holder = holder[step]
    holder[last] = data.draw(VALUES)
    load(as_yaml(scenario).encode(errors="replace"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_scenarios_are_valid_and_tell_editors_their_schema(file: Path) -> None:
    loaded = load_scenario(file)
    assert loaded.scenario.name == file.stem
    assert file.read_text("utf-8").startswith("# yaml-language-server: $schema=../scenario.schema.json\n")


def test_validating_needs_neither_numpy_nor_scipy_nor_unused_holidays() -> None:
    code = (
        "import sys; from supportsim.scenario.loader import load_scenario; load_scenario(sys.argv[1]);"
        "print([name for name in ('numpy', 'scipy', 'holidays', 'simpy', 'matplotlib') if name in sys.modules])"
    )
    growth = next(file for file in SHIPPED if file.stem == "growth")
    done = subprocess.run([sys.executable, "-c", code, growth], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
