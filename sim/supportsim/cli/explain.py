"""``supportsim explain``: why promises break."""

from __future__ import annotations

from pathlib import Path

import click

from supportsim.cli.progress import progress


@click.command(epilog="The replications of the result are simulated again; the scenario must not have changed since.")
@click.argument("result", type=click.Path(path_type=Path))
@click.option("--replications", type=click.IntRange(min=1), default=10, show_default=True, help="At most so many.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one per core]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--quiet", is_flag=True, help="No progress.")
def explain(result: Path, replications: int, workers: int | None, as_json: bool, quiet: bool) -> None:
    r"""Say where time goes in RESULT, and which causes lie behind its broken promises.

    \b
    Example
      supportsim run scenarios/outage.yaml
      supportsim explain results/outage
    """
    from supportsim.cli.again import scenario_of
    from supportsim.experiment.explanation import explain as explain_scenario
    from supportsim.report import explanation as report

    scenario, stored = scenario_of(result)
    count = min(replications, stored.replications)
    with progress(scenario.scenario.name, quiet=quiet) as tell:
        explanation = explain_scenario(scenario, count, stored.seed, workers, on_progress=tell)
    if as_json:
        import json

        click.echo(json.dumps(report.document(explanation), indent=1, ensure_ascii=False, allow_nan=False))
        return
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        report.print_explanation(explanation, console)
    click.echo(captured.get(), nl=False)
