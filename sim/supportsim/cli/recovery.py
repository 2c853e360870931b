"""``supportsim recovery``: how long each event hurts."""

from __future__ import annotations

from pathlib import Path

import click

from supportsim.cli.execution import Execution, execution_options
from supportsim.cli.progress import progress


@click.command(epilog="Takes a run for the scenario, and one more for each of its events, on the same customers.")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--replications", type=click.IntRange(min=1), default=20, show_default=True, help="Of each run.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of all random streams.")
@execution_options
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Replace a value; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--quiet", is_flag=True, help="No progress.")
def recovery(
    scenario: Path,
    replications: int,
    seed: int,
    execution: Execution,
    overrides: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Say how much backlog each event of SCENARIO leaves, and how long that takes to go.

    \b
    Examples
      supportsim recovery scenarios/outage.yaml
      supportsim recovery scenarios/outage.yaml --set events.0.outage.volume=+500%
    """
    from supportsim.experiment.recovery import recoveries
    from supportsim.report.recovery import document, print_recoveries
    from supportsim.scenario.loader import load_scenario

    loaded = load_scenario(scenario, overrides)
    if not loaded.scenario.events:
        raise click.UsageError(f"{scenario} has no events, so there is nothing to recover from")
    with execution.simulate() as simulate, progress(loaded.scenario.name, quiet=quiet) as tell:
        found = recoveries(loaded, replications, seed, simulate, on_progress=tell)
    if as_json:
        import json

        click.echo(json.dumps(document(found), indent=1, allow_nan=False))
        return
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        print_recoveries(found, console)
    click.echo(captured.get(), nl=False)
