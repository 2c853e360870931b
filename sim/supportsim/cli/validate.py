"""``supportsim validate`` and ``supportsim schema``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from supportsim.cli.exit_codes import INVALID_INPUT


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Check with this value instead, for instance demand.contacts.count=900; repeatable.",
)
def validate(files: tuple[Path, ...], overrides: tuple[str, ...]) -> None:
    """Check scenario files and report every fault.

    Each fault is a line on stdout: file:line:column: path: what is wrong, what was expected.
    Exit code 3 if there is any.
    """
    from supportsim.scenario.loader import ScenarioError, load_scenario

    code = 0
    for file in files:
        try:
            load_scenario(file, overrides)
        except ScenarioError as error:
            code = INVALID_INPUT
            for fault in error.faults:
                click.echo(str(fault))
        else:
            click.echo(f"{file}: valid")
    if code:
        sys.exit(code)


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from supportsim.scenario.schema import schema_text

    click.echo(schema_text(), nl=False)
