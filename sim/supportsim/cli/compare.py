"""``supportsim compare``: plans on the same customers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportsim.cli.best_plan import Best, best_options, choose
from supportsim.cli.best_plan import text as best_text
from supportsim.cli.best_plan import write_page as write_best_page
from supportsim.cli.execution import Execution, execution_options
from supportsim.cli.exit_codes import INTERRUPTED
from supportsim.cli.gate import Gate, gate_options
from supportsim.cli.progress import progress, say

if TYPE_CHECKING:
    from supportsim.experiment.comparison import Comparison
    from supportsim.experiment.result import RunResult
    from supportsim.scenario.loader import LoadedScenario


@click.command(
    epilog="Differences are judged all together at 95 % (Holm). Nothing is stored. With --gate the promises of every"
    " plan but the first decide."
)
@click.argument("plans", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FIRST OTHER...")
@click.option("--baseline", metavar="REV", help="FIRST as of a git revision goes before all others.")
@click.option(
    "--replications",
    type=click.IntRange(min=2),
    default=30,
    show_default=True,
    help="Of each plan; with --best the first.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same customers.")
@execution_options
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value in every plan.")
@best_options
@gate_options
@click.option("--json", "form", flag_value="json", help="Print one JSON document and nothing else.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown, for a pull request.")
@click.option("--html", "page", type=click.Path(path_type=Path), metavar="FILE", help="Also one HTML file.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.pass_context
def compare(
    ctx: click.Context,
    plans: tuple[Path, ...],
    baseline: str | None,
    replications: int,
    seed: int,
    execution: Execution,
    overrides: tuple[str, ...],
    best: Best,
    gate: Gate,
    form: str | None,
    page: Path | None,
    quiet: bool,
) -> None:
    """Compare plans with the FIRST and among each other, each facing the very same customers.

    \b
    Examples
      supportsim compare scenarios/growth.yaml scenarios/growth_as_written.yaml
      supportsim compare growth.yaml one_more.yaml --html comparison.html
      supportsim compare growth.yaml one_more.yaml --markdown > comparison.md
      supportsim compare growth.yaml --baseline main --gate
      supportsim compare a.yaml b.yaml c.yaml --best response_sla \\
        --indifference "0.5 points"
    """
    from supportsim.experiment.comparison import compare as compare_results
    from supportsim.report.checks import checks_of
    from supportsim.report.comparison import markdown

    gate.check()
    contest = best.contest(replications)
    if contest and (gate.exits or gate.junit or gate.github):
        raise click.UsageError("--best chooses a plan and judges no promise, expected no gate with it")
    names, loaded = _loaded(plans, baseline, overrides)
    with execution.simulate() as simulate:
        if contest:
            outcome = choose(contest, loaded, names, seed, simulate, quiet)
            click.echo(best_text(outcome, form), nl=False)
            if page is not None:
                write_best_page(outcome, page)
            return
        results: dict[str, RunResult] = {}
        for name, plan in zip(names, loaded, strict=True):
            if plan.digest not in results:
                with progress(name, quiet=quiet) as report:
                    results[plan.digest] = simulate(plan, replications, seed, on_progress=report)
            if results[plan.digest].interrupted:
                say("interrupted: plans can only be compared when all have finished")
                ctx.exit(INTERRUPTED)
    comparison = compare_results([results[plan.digest] for plan in loaded], names, every_pair=True)
    click.echo(_text(comparison, form), nl=False)
    if page is not None:
        _write_page(comparison, page)
    checks = [
        check
        for name, result in zip(names[1:], comparison.results[1:], strict=True)
        for check in checks_of(result, name)
    ]
    gate.judge(ctx, checks, markdown(comparison))


def _write_page(comparison: Comparison, page: Path) -> None:
    from supportsim.report.files import provenance
    from supportsim.report.page.comparison_page import comparison_page
    from supportsim.report.page.write import write_page

    write_page(comparison_page(comparison, [provenance(result.scenario) for result in comparison.results]), page)
    say(f"everything is in {page}")


def _loaded(
    files: tuple[Path, ...], baseline: str | None, overrides: tuple[str, ...]
) -> tuple[list[str], list[LoadedScenario]]:
    """Read all plans before any is run, so that a fault in the last costs nothing, and name them."""
    from supportsim.experiment.revision import RevisionError, load_scenario_at
    from supportsim.scenario.loader import load_scenario

    if len(files) + (baseline is not None) < 2:
        raise click.UsageError("one plan is nothing to compare: name another, or --baseline REV")
    loaded = [load_scenario(file, overrides) for file in files]
    names = [plan.scenario.name for plan in loaded]
    if baseline is not None:
        try:
            loaded.insert(0, load_scenario_at(files[0], baseline, overrides))
        except RevisionError as error:
            raise click.UsageError(f"--baseline {baseline}: {error}") from None
        names.insert(0, f"{loaded[0].scenario.name} at {baseline}")
    return [name if names.count(name) == 1 else f"{name} ({n})" for n, name in enumerate(names, start=1)], loaded


def _text(comparison: Comparison, form: str | None) -> str:
    from supportsim.report import comparison as report

    if form == "json":
        import json

        return json.dumps(report.document(comparison), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if form == "markdown":
        from supportsim.report.github import COMMENT_BYTES, fitted

        return fitted(report.markdown(comparison), COMMENT_BYTES)
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        report.print_comparison(comparison, console)
    return captured.get()
