"""The rules of the house, as functions from source to faults.

Each rule takes a `Module` (or a text) and yields one line per fault, ``line: what is wrong``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

PACKAGE = "supportsim"
LONGEST_FUNCTION = 60
LONGEST_FILE = 500

ROOMS = ("scenario", "plan", "workload", "floor", "ledger", "measures", "experiment", "report", "theory", "cli")

# Who may import whom; a room may always import itself.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "scenario": frozenset(),
    "plan": frozenset({"scenario"}),
    "workload": frozenset({"scenario", "plan"}),
    "floor": frozenset({"plan", "workload", "ledger"}),
    "ledger": frozenset(),
    "measures": frozenset({"scenario", "plan", "workload", "ledger"}),
    "experiment": frozenset({"scenario", "plan", "workload", "floor", "ledger", "measures", "theory"}),
    "report": frozenset({"scenario", "plan", "workload", "ledger", "measures", "experiment"}),
    "theory": frozenset(),
    "cli": frozenset(ROOMS),
    # The package's front door re-exports, the way the command does.
    "": frozenset(ROOMS),
    "__main__": frozenset({"cli"}),
}

ONLY_IN = {"simpy": "floor", "matplotlib": "report"}
NEVER_IMPORTED = frozenset({"random", "yaml"})

BANNED_CALLS = {
    "time.time": "the wall clock must not reach a result",
    "datetime.now": "the wall clock must not reach a result",
    "datetime.utcnow": "the wall clock must not reach a result",
    "datetime.today": "the wall clock must not reach a result",
    "date.today": "the wall clock must not reach a result",
    "eval": "runs what a file says",
    "exec": "runs what a file says",
    "os.system": "runs a shell",
}

FOREIGN_PRIVATES = re.compile(r"^_(?!_)\w+$")


@dataclass(frozen=True)
class Module:
    """A source file of the package: its dotted path below the package, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        """The first part of the path; empty for the package's own ``__init__``."""
        first = self.path.split(".")[0]
        return "" if first == "__init__" else first

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield (line, full dotted name) of everything imported, at any depth; relative imports resolved."""
        package = [PACKAGE, *self.path.split(".")[:-1]]
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                stem = ".".join([*base, *([node.module] if node.module else [])])
                yield from ((node.lineno, f"{stem}.{alias.name}") for alias in node.names)


def room_faults(module: Module) -> Iterator[str]:
    """Arrows between rooms that the table does not allow."""
    allowed = MAY_IMPORT.get(module.room)
    if allowed is None:
        yield f"1: {module.room!r} is no room, expected one of {', '.join(ROOMS)}"
        return
    for line, name in module.imports():
        parts = name.split(".")
        if parts[0] != PACKAGE or len(parts) < 2 or parts[1] == module.room:
            continue
        if parts[1] in ROOMS and parts[1] not in allowed:
            yield f"{line}: {module.room or PACKAGE} imports {parts[1]}"


def foreign_import_faults(module: Module) -> Iterator[str]:
    """Libraries that belong to one room, or to none."""
    for line, name in module.imports():
        top = name.split(".")[0]
        if ONLY_IN.get(top, module.room) != module.room:
            yield f"{line}: {top} outside {ONLY_IN[top]}/"
        if top in NEVER_IMPORTED or name == "numpy.random" or name.startswith("numpy.random."):
            yield f"{line}: {name} is imported nowhere"


def call_faults(module: Module) -> Iterator[str]:
    """Calls that make results differ between runs, run foreign text, or write where only the command may."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and _dotted(node) in ("np.random", "numpy.random"):
            yield f"{node.lineno}: numpy.random; draws come from workload/streams"
        if not isinstance(node, ast.Call):
            continue
        name = _dotted(node.func)
        for banned, why in BANNED_CALLS.items():
            if name == banned or (name.endswith(f".{banned}") and "." in banned):
                yield f"{node.lineno}: {name}: {why}"
        if name == "print" and module.room not in ("cli", "report"):
            yield f"{node.lineno}: print outside cli/ and report/"
        if name in ("list", "tuple") and node.args and _is_set(node.args[0]):
            yield f"{node.lineno}: {name} of a set has no fixed order; sort it"


def set_order_faults(module: Module) -> Iterator[str]:
    """Loops over a set, whose order differs between runs."""
    for node in ast.walk(module.tree):
        loops = [node.iter] if isinstance(node, ast.For | ast.comprehension) else []
        for iterated in loops:
            if _is_set(iterated):
                yield f"{iterated.lineno}: loops over a set; sort it"


def simpy_faults(module: Module) -> Iterator[str]:
    """Use of SimPy beyond its public interface, or of its resources."""
    if not any(name.split(".")[0] == "simpy" for _, name in module.imports()):
        return
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute):
            continue
        if "PriorityResource" in node.attr or node.attr in ("Resource", "PreemptiveResource"):
            yield f"{node.lineno}: {node.attr}; the floor keeps its own heaps"
        owner = _dotted(node.value)
        if FOREIGN_PRIVATES.match(node.attr) and owner not in ("self", "cls"):
            yield f"{node.lineno}: {owner}.{node.attr} is private"
    for line, name in module.imports():
        last = name.split(".")[-1]
        if name.startswith("simpy.") and (last.endswith("Resource") or FOREIGN_PRIVATES.match(last)):
            yield f"{line}: {name}; the floor keeps its own heaps and uses the public interface"


def length_faults(module: Module) -> Iterator[str]:
    """Functions and files nobody can take in at a glance."""
    lines = module.text.count("\n")
    if lines > LONGEST_FILE:
        yield f"1: {lines} lines, at most {LONGEST_FILE}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{node.lineno}: {node.name} has {length} lines, at most {LONGEST_FUNCTION}"


def docstring_faults(module: Module) -> Iterator[str]:
    """Modules, public classes and public functions without a word of explanation."""
    if module.text.strip() and not ast.get_docstring(module.tree):
        yield "1: the module has no docstring"
    yield from _undocumented(module.tree.body)


def text_faults(text: str) -> Iterator[str]:
    """Text that belongs to one machine, or to nobody: home directories, index addresses, leftovers."""
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern, what in FORBIDDEN_TEXT:
            if pattern.search(line):
                yield f"{number}: {what}"


# Put together from parts, so that this file passes its own rule.
FORBIDDEN_TEXT = [
    (re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp|opt|mnt)/[\w.]"), "a path of one machine"),
    (re.compile(r"[A-Za-z]:\\Users\\"), "a path of one machine"),
    (
        re.compile(r"(?:--|extra-)" + r"index-url|--find" + r"-links|--trusted" + r"-host|/simple/?(?=\s|$)"),
        "a package index",
    ),
    (re.compile(r"file:" + r"//"), "an address that is good on one machine"),
    (re.compile(r"https?://(?:localhost|127\.|10\.\d|192\.168\.)"), "an address that is good on one machine"),
    (re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"), "unfinished work"),
    (re.compile(r"^(?:<{7}|>{7}) "), "a merge left half done"),
    (re.compile(r"\.\./shared"), "a place outside the repository"),
]


def _undocumented(body: list[ast.stmt], owner: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node) and not _is_plumbing(node):
                yield f"{node.lineno}: {owner}{node.name} has no docstring"
            if isinstance(node, ast.ClassDef):
                yield from _undocumented(node.body, f"{node.name}.")


def _is_plumbing(node: ast.AST) -> bool:
    """Whether it is a stub of an overload, documented where it is implemented."""
    decorators = getattr(node, "decorator_list", [])
    return any(_dotted(decorator).split(".")[-1] in ("overload", "override") for decorator in decorators)


def _is_set(node: ast.expr) -> bool:
    return isinstance(node, ast.Set | ast.SetComp) or (
        isinstance(node, ast.Call) and _dotted(node.func) in ("set", "frozenset")
    )


def _dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` of such an expression; other owners become ``?``."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return "?"
