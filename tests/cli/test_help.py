"""The command's help: complete, and quick to come."""

import subprocess
import sys
from collections.abc import Callable

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_help_lists_the_commands(supportsim: Command) -> None:
    done = supportsim("--help")
    assert done.returncode == 0
    for name in ("run", "schema", "validate"):
        assert f"  {name} " in done.stdout


def test_help_of_run_shows_how(supportsim: Command) -> None:
    done = supportsim("run", "--help")
    assert "supportsim run scenarios/growth.yaml" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_version(supportsim: Command) -> None:
    assert supportsim("--version").stdout.startswith("supportsim 0.")


def test_help_imports_click_and_nothing_else_of_weight() -> None:
    script = (
        "import sys; sys.argv = ['supportsim', '--help']; sys.stdout = sys.stderr\n"
        "from supportsim.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'scipy', 'pydantic', 'rich', 'simpy', 'matplotlib', 'ruamel', 'holidays', 'zoneinfo'}\n"
        "sys.__stdout__.write(' '.join(sorted(heavy & set(sys.modules))))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "Usage" in done.stderr


def test_the_package_offers_what_the_documentation_uses() -> None:
    import supportsim

    assert {"load", "run", "RunResult", "ScenarioError"} <= set(dir(supportsim))
    assert all(getattr(supportsim, name) is not None for name in supportsim.__all__)


def test_a_mistyped_command_is_guessed(supportsim: Command) -> None:
    done = supportsim("runn")
    assert done.returncode == 2
    assert "no command 'runn', did you mean 'run'?" in done.stderr


def test_a_full_disk_is_said_plainly(alone: Command) -> None:
    with open("/dev/full", "w") as full:
        done = alone("schema", stdout=full)
    assert done.returncode == 1
    assert done.stderr.startswith("supportsim: the disk is full")
