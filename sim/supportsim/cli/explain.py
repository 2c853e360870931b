"""``supportsim explain``: why promises break."""

from __future__ import annotations

from pathlib import Path

import click

from supportsim.cli.progress import progress

KINDS = ("heads", "skills", "starts")


@click.command(epilog="The replications of the result are simulated again; the scenario must not have changed since.")
@click.argument("result", type=click.Path(path_type=Path))
@click.option("--replications", type=click.IntRange(min=1), default=10, show_default=True, help="At most so many.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one per core]")
@click.option("--marginal", is_flag=True, help="Also try small changes at each team and shift: a run for each.")
@click.option(
    "--only",
    "kinds",
    type=click.Choice(KINDS),
    multiple=True,
    help="Of these try one more head a shift, one more skill a team, or starts an hour earlier and later.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--quiet", is_flag=True, help="No progress.")
def explain(
    result: Path,
    replications: int,
    workers: int | None,
    marginal: bool,
    kinds: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Say where time goes in RESULT, and which causes lie behind its broken promises.

    \b
    Examples
      supportsim explain results/outage
      supportsim explain results/growth --marginal
      supportsim explain results/growth --marginal --only heads --replications 20
    """
    from supportsim.cli.again import scenario_of
    from supportsim.experiment.explanation import explain as explain_scenario
    from supportsim.experiment.marginal import marginal_values
    from supportsim.report import explanation as report
    from supportsim.report.arrays import load_result
    from supportsim.report.marginal import document, print_marginal, store_marginal

    if kinds and not marginal:
        raise click.UsageError("--only goes with --marginal")
    scenario, stored = scenario_of(result)
    measured = load_result(result)
    count = min(replications, stored.replications)
    with progress(scenario.scenario.name, quiet=quiet) as tell:
        explanation = explain_scenario(scenario, count, stored.seed, workers, on_progress=tell)
    values = None
    if marginal:
        if count < 2:
            raise click.UsageError("--marginal needs 2 replications or more, in the result and by --replications")
        with progress("small changes", quiet=quiet) as tell:
            values = marginal_values(scenario, count, stored.seed, workers, kinds or KINDS, on_progress=tell)
        store_marginal(values, result)
    if as_json:
        import json

        told = report.document(explanation, measured)
        if values is not None:
            told["small_changes"] = document(values)
        click.echo(json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False))
        return
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        report.print_explanation(explanation, measured, console)
        if values is not None:
            console.print()
            print_marginal(values, console)
    click.echo(captured.get(), nl=False)
