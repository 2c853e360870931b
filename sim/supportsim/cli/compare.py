"""``supportsim compare``: plans on the same customers."""

from __future__ import annotations

from pathlib import Path

import click

from supportsim.cli.exit_codes import INTERRUPTED
from supportsim.cli.progress import progress, say


@click.command(epilog="Differences are judged all together at 95 % (Holm). Nothing is stored.")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("others", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="OTHER...")
@click.option("--replications", type=click.IntRange(min=2), default=30, show_default=True, help="Of each plan.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same customers.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one per core]")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value in every plan.")
@click.option("--json", "form", flag_value="json", help="Print one JSON document and nothing else.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown, for a pull request.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.pass_context
def compare(
    ctx: click.Context,
    first: Path,
    others: tuple[Path, ...],
    replications: int,
    seed: int,
    workers: int | None,
    overrides: tuple[str, ...],
    form: str | None,
    quiet: bool,
) -> None:
    """Compare plans with the FIRST, each facing the very same customers.

    \b
    Examples
      supportsim compare scenarios/growth.yaml scenarios/growth_as_written.yaml
      supportsim compare growth.yaml one_more.yaml --markdown > comparison.md
    """
    from supportsim.experiment.comparison import compare as compare_results
    from supportsim.experiment.run import run
    from supportsim.scenario.loader import load_scenario

    # All are read before any is run, so that a fault in the last costs nothing.
    plans = [load_scenario(file, overrides) for file in (first, *others)]
    results = []
    for plan in plans:
        with progress(plan.scenario.name, quiet=quiet) as report:
            results.append(run(plan, replications, seed, workers, on_progress=report))
        if results[-1].interrupted:
            say("interrupted: plans can only be compared when all have finished")
            ctx.exit(INTERRUPTED)
    comparison = compare_results(results)

    from rich.console import Console

    from supportsim.report import comparison as report_comparison

    if form == "json":
        import json

        text = json.dumps(report_comparison.document(comparison), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    elif form == "markdown":
        text = report_comparison.markdown(comparison)
    else:
        console = Console(markup=False, emoji=False, highlight=False)
        with console.capture() as captured:
            report_comparison.print_comparison(comparison, console)
        text = captured.get()
    click.echo(text, nl=False)
