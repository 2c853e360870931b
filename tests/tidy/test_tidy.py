"""The package keeps the rules of the house, and each rule is shown to catch what it forbids."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rules import (
    LONGEST_FILE,
    LONGEST_FUNCTION,
    MAY_IMPORT,
    PACKAGE,
    ROOMS,
    Module,
    call_faults,
    docstring_faults,
    foreign_import_faults,
    length_faults,
    room_faults,
    set_order_faults,
    simpy_faults,
    text_faults,
)

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "sim" / PACKAGE
TEXT_SUFFIXES = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".csv", ".cfg", ".j2", ".html", ".css", ""}
MODULE_RULES = [
    room_faults,
    foreign_import_faults,
    call_faults,
    set_order_faults,
    simpy_faults,
    length_faults,
    docstring_faults,
]


def package_modules() -> list[Module]:
    return [
        Module(".".join(path.relative_to(SOURCE).with_suffix("").parts), path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    ]


def project_files() -> list[Path]:
    """What git tracks or would track; all files where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    paths = [ROOT / name for name in names] or [path for path in ROOT.rglob("*") if not _is_made(path)]
    return sorted(path for path in paths if path.is_file() and path.suffix in TEXT_SUFFIXES)


def _is_made(path: Path) -> bool:
    """Whether tools made it: caches, environments, build folders."""
    parts = path.relative_to(ROOT).parts
    return any(part.startswith(".") or part.endswith((".egg-info", "__pycache__")) for part in parts[:-1])


@pytest.mark.parametrize("rule", MODULE_RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule: Callable[[Module], Iterator[str]]) -> None:
    modules = package_modules()
    assert len(modules) > len(ROOMS)
    assert [f"{module.path}:{fault}" for module in modules for fault in rule(module)] == []


def test_tracked_text_belongs_to_no_machine() -> None:
    files = project_files()
    assert ROOT / "pyproject.toml" in files
    assert [f"{path.relative_to(ROOT)}:{f}" for path in files for f in text_faults(path.read_text("utf-8"))] == []


def test_the_table_is_without_circles() -> None:
    settled: list[str] = []
    waiting = dict(MAY_IMPORT)
    while waiting:
        ready = [room for room, needs in waiting.items() if needs - {room} <= set(settled)]
        assert ready, f"circle among {sorted(waiting)}"
        settled += ready
        waiting = {room: needs for room, needs in waiting.items() if room not in ready}
    assert set(ROOMS) <= set(settled)


def faults(rule: Callable[[Module], Iterator[str]], path: str, text: str) -> list[str]:
    return list(rule(Module(path, text)))


@pytest.mark.parametrize(
    ("path", "text", "fault"),
    [
        ("floor.simulate", "from supportsim.scenario.model import Scenario\n", "1: floor imports scenario"),
        ("floor.simulate", "import supportsim.measures\n", "1: floor imports measures"),
        ("workload.draw", "def f():\n    from supportsim.floor import simulate\n", "2: workload imports floor"),
        ("ledger", "from supportsim.plan import model\n", "1: ledger imports plan"),
        ("theory.queues", "from supportsim import scenario\n", "1: theory imports scenario"),
        ("plan.compile", "from ..workload import model\n", "1: plan imports workload"),
        ("report.html", "from supportsim.floor.simulate import simulate\n", "1: report imports floor"),
        ("scenario.model", "from supportsim.ledger import Ledger\n", "1: scenario imports ledger"),
        ("helpers.misc", "", "1: 'helpers' is no room, expected one of " + ", ".join(ROOMS)),
    ],
)
def test_a_forbidden_arrow_is_caught(path: str, text: str, fault: str) -> None:
    assert faults(room_faults, path, text) == [fault]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("floor.simulate", "from supportsim.plan.model import Plan\nfrom .instants import Instants\n"),
        ("cli.main", "from supportsim.floor.simulate import simulate\nfrom supportsim.theory import queues\n"),
        ("measures.sla", "from supportsim import __version__\nfrom supportsim.ledger import Ledger\n"),
    ],
)
def test_an_allowed_arrow_passes(path: str, text: str) -> None:
    assert faults(room_faults, path, text) == []


@pytest.mark.parametrize(
    ("path", "text", "fault"),
    [
        ("workload.draw", "import simpy\n", "1: simpy outside floor/"),
        ("cli.main", "from simpy.core import Environment\n", "1: simpy outside floor/"),
        ("cli.main", "def f():\n    import matplotlib.pyplot as plt\n", "2: matplotlib outside report/"),
        ("workload.draw", "import random\n", "1: random is imported nowhere"),
        ("workload.draw", "from numpy.random import default_rng\n", "1: numpy.random.default_rng is imported nowhere"),
        ("workload.draw", "from numpy import random\n", "1: numpy.random is imported nowhere"),
        ("scenario.loader", "import yaml\n", "1: yaml is imported nowhere"),
    ],
)
def test_a_foreign_import_is_caught(path: str, text: str, fault: str) -> None:
    assert faults(foreign_import_faults, path, text) == [fault]


def test_foreign_imports_at_home_pass() -> None:
    assert faults(foreign_import_faults, "floor.instants", "import simpy\nfrom ruamel.yaml import YAML\n") == []
    assert faults(foreign_import_faults, "report.figures", "import matplotlib\n") == []


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("x = np.random.default_rng(1)", "1: numpy.random"),
        ("import numpy\nx = numpy.random.rand()", "2: numpy.random"),
        ("x = time.time()", "1: time.time"),
        ("x = datetime.now()", "1: datetime.now"),
        ("x = datetime.datetime.now()", "1: datetime.datetime.now"),
        ("x = datetime.date.today()", "1: datetime.date.today"),
        ("x = datetime.utcnow()", "1: datetime.utcnow"),
        ("print(1)", "1: print outside"),
        ("eval('1')", "1: eval"),
        ("exec('1')", "1: exec"),
        ("os.system('true')", "1: os.system"),
        ("x = list(set(names))", "1: list of a set"),
        ("x = tuple({1, 2})", "1: tuple of a set"),
    ],
)
def test_a_banned_call_is_caught(text: str, beginning: str) -> None:
    found = faults(call_faults, "measures.sla", text)
    assert len(found) == 1
    assert found[0].startswith(beginning)


def test_harmless_calls_pass() -> None:
    text = "x = sorted(set(names))\ny = re.compile('a')\nz = model.eval\nt = time.perf_counter()\n"
    assert faults(call_faults, "measures.sla", text) == []
    assert faults(call_faults, "cli.main", "print(1)\n") == []


def test_a_loop_over_a_set_is_caught() -> None:
    assert faults(set_order_faults, "plan.compile", "for x in {1, 2}:\n    pass\n") == ["1: loops over a set; sort it"]
    assert faults(set_order_faults, "plan.compile", "y = [x for x in set(z)]\n") == ["1: loops over a set; sort it"]
    assert faults(set_order_faults, "plan.compile", "for x in sorted(set(z)):\n    pass\n") == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("import simpy\nenv = simpy.Environment()\nenv._queue.clear()\n", "3: env._queue is private"),
        ("import simpy\nx = self.env._now\n", "2: self.env._now is private"),
        ("import simpy\nx = simpy.PriorityResource(env)\n", "2: PriorityResource; the floor keeps its own heaps"),
        ("import simpy\nx = simpy.Resource(env)\n", "2: Resource; the floor keeps its own heaps"),
        (
            "from simpy import PriorityResource\n",
            "1: simpy.PriorityResource; the floor keeps its own heaps and uses the public interface",
        ),
    ],
)
def test_simpy_beyond_its_public_interface_is_caught(text: str, fault: str) -> None:
    assert faults(simpy_faults, "floor.simulate", text) == [fault]


def test_public_simpy_and_own_privates_pass() -> None:
    text = "import simpy\nenv = simpy.Environment()\nsimpy.Timeout(env, 1)\nself._due = {}\nself._due.pop(1)\n"
    assert faults(simpy_faults, "floor.simulate", text) == []


def test_length_is_caught() -> None:
    def of(lines: int) -> str:
        return "def f():\n" + "    x = 1\n" * (lines - 1)

    assert faults(length_faults, "plan.compile", of(LONGEST_FUNCTION)) == []
    assert faults(length_faults, "plan.compile", of(LONGEST_FUNCTION + 1)) == ["1: f has 61 lines, at most 60"]
    assert faults(length_faults, "plan.compile", "x = 1\n" * (LONGEST_FILE + 1)) == ["1: 501 lines, at most 500"]


def test_a_missing_docstring_is_caught() -> None:
    text = (
        '"""M."""\ndef f():\n    pass\n'
        'class C:\n    """C."""\n    def g(self):\n        pass\n    def _h(self):\n        pass\n'
    )
    assert faults(docstring_faults, "plan.compile", text) == ["2: f has no docstring", "6: C.g has no docstring"]
    assert faults(docstring_faults, "plan.compile", "x = 1\n") == ["1: the module has no docstring"]
    assert faults(docstring_faults, "plan.__init__", "") == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("see " + "/home" + "/ann/notes", "1: a path of one machine"),
        ("\ndata = '" + "/tmp" + "/x.csv'", "2: a path of one machine"),
        ("C:" + "\\Users\\ann", "1: a path of one machine"),
        ("--" + "index-url https://example.org", "1: a package index"),
        ("--find" + "-links wheels", "1: a package index"),
        ("get file:" + "//x/y", "1: an address that is good on one machine"),
        ("http://local" + "host:8080", "1: an address that is good on one machine"),
        ("# TO" + "DO later", "1: unfinished work"),
        ("<" * 7 + " HEAD", "1: a merge left half done"),
        ("../" + "shared/cases.json", "1: a place outside the repository"),
    ],
)
def test_text_of_one_machine_is_caught(text: str, fault: str) -> None:
    assert list(text_faults(text)) == [fault]


def test_ordinary_text_passes() -> None:
    text = "https://simpy.readthedocs.io and docs/home/x, results/tmp, a/work/b; /workload\n#!/usr/bin/env bash\n"
    assert list(text_faults(text)) == []
