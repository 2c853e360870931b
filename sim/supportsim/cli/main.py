"""The command ``supportsim``: finds the subcommand and turns what went wrong into an exit code."""

from __future__ import annotations

import errno
import os
import sys
from difflib import get_close_matches
from importlib import import_module
from typing import NoReturn

import click

from supportsim.cli.exit_codes import INTERNAL_ERROR, INTERRUPTED, INVALID_INPUT

# Named here with their help, so that the list of commands needs no import of them.
COMMANDS = {
    "compare": ("supportsim.cli.compare", "Compare plans on the same customers."),
    "demo": ("supportsim.cli.demo", "Show the smallest example that convinces."),
    "explain": ("supportsim.cli.explain", "Say where time goes and why promises break."),
    "init": ("supportsim.cli.init", "Write a commented scenario to start from."),
    "report": ("supportsim.cli.report", "Make one HTML file of a result, for everybody."),
    "recovery": ("supportsim.cli.recovery", "Say how long each event of a scenario hurts."),
    "robustness": ("supportsim.cli.robustness", "Search the largest surge that a plan survives."),
    "run": ("supportsim.cli.run", "Simulate a scenario and say which promises hold."),
    "results": ("supportsim.cli.results", "List, show and prune what has been simulated."),
    "schema": ("supportsim.cli.validate", "Print the JSON Schema of scenario files."),
    "staffing-math": ("supportsim.cli.staffing_math", "Show what a spreadsheet would say, and why it is wrong."),
    "sweep": ("supportsim.cli.sweep", "Simulate many variants and weigh cost against service."),
    "trace": ("supportsim.cli.trace", "Follow one ticket or one agent through time."),
    "watch": ("supportsim.cli.watch", "Watch one replication go by."),
    "validate": ("supportsim.cli.validate", "Check scenario files and report every fault."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            if near := get_close_matches(cmd_name, COMMANDS, n=1):
                ctx.fail(f"no command {cmd_name!r}, did you mean {near[0]!r}?")
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name.replace("-", "_"))
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; whoever read its output and left has seen enough."""
        try:
            result: object = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Later flushes of the same pipe must not complain either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return result

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"supportsim {version('supportsim')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Exit codes: 0 done, 1 internal error, 2 wrong usage, 3 invalid scenario or result, 130 interrupted; with"
    " --gate also 4 a promise is missed, 5 undecided.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show it.")
def cli() -> None:
    """Simulate a support operation before anyone is hired or promised anything.

    \b
    Begin with
      supportsim validate scenarios/growth.yaml
      supportsim run scenarios/growth.yaml
    """


def main() -> NoReturn:
    """Run the command line and leave the process with its exit code."""
    try:
        code = cli.main(prog_name="supportsim", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("supportsim: interrupted, nothing was written", err=True)
        code = INTERRUPTED
    except Exception as error:
        code = _explain(error)
    sys.exit(code if isinstance(code, int) else 0)


def _explain(error: Exception) -> int:
    """Say on stderr what went wrong and return the exit code."""
    from supportsim.experiment.losses import TookTooLongError, WorkerDiedError
    from supportsim.experiment.replicate import ReplicationError
    from supportsim.experiment.store import StoreError
    from supportsim.report.store import ResultError
    from supportsim.scenario.loader import ScenarioError

    if isinstance(error, ScenarioError):
        for fault in error.faults:
            click.echo(str(fault), err=True)
        return INVALID_INPUT
    if isinstance(error, ResultError):
        click.echo(f"supportsim: {error}", err=True)
        return INVALID_INPUT
    if not isinstance(error, OSError | WorkerDiedError | TookTooLongError | ReplicationError | StoreError):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        click.echo(
            "supportsim: the disk is full; free some space and try again, earlier results are as they were", err=True
        )
        return INTERNAL_ERROR
    click.echo(f"supportsim: {type(error).__name__}: {error}", err=True)
    return INTERNAL_ERROR
