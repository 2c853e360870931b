"""``supportsim run``: simulate, store, and say which promises hold."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from supportsim.cli.execution import Execution, execution_options
from supportsim.cli.exit_codes import INTERRUPTED
from supportsim.cli.gate import Gate, gate_options
from supportsim.cli.progress import progress, say
from supportsim.cli.results import record
from supportsim.cli.sampling import Sampling, sampling_options

if TYPE_CHECKING:
    from supportsim.experiment.result import RunResult
    from supportsim.scenario.loader import LoadedScenario


@click.command(epilog="Without --out the result replaces the last one of the same scenario in results/NAME/.")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--replications", type=click.IntRange(min=1), default=30, show_default=True, help="Independent runs.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same result.")
@execution_options
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value of the scenario.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to.  [default: results/NAME]")
@click.option("--force", is_flag=True, help="Overwrite the result of another scenario.")
@click.option(
    "--ledger",
    "ledgers",
    type=click.IntRange(min=0),
    multiple=True,
    metavar="N",
    help="Keep the ledger of replication N.",
)
@click.option("--event-log", is_flag=True, help="Keep an event log (CSV) beside each ledger; alone: of replication 0.")
@click.option(
    "--only-replication", type=click.IntRange(min=0), metavar="N", help="Run just this one; stored only with --out."
)
@sampling_options
@gate_options
@click.option("--json", "form", flag_value="json", help="Print one JSON document and nothing else.")
@click.option("--markdown", "form", flag_value="markdown", help="Print the verdict as Markdown, for a pull request.")
@click.option("--quiet", is_flag=True, help="Print the verdict only.")
@click.pass_context
def run(
    ctx: click.Context,
    scenario: Path,
    replications: int,
    seed: int,
    execution: Execution,
    overrides: tuple[str, ...],
    out: Path | None,
    force: bool,
    ledgers: tuple[int, ...],
    event_log: bool,
    only_replication: int | None,
    sampling: Sampling,
    gate: Gate,
    form: str | None,
    quiet: bool,
) -> None:
    """Simulate SCENARIO and say which of its promises hold.

    \b
    Examples
      supportsim run scenarios/growth.yaml
      supportsim run growth.yaml --set demand.contacts.count=3000 --out busier
      supportsim run scenarios/growth.yaml --ledger 0 --event-log
      supportsim run scenarios/growth.yaml --gate --max-replications 300
      supportsim run scenarios/growth.yaml --precision "0.5 points"
      supportsim run scenarios/growth.yaml --precision "wait_minutes.p90=5%"
      supportsim run scenarios/growth.yaml --json --quiet > growth.json
    """
    from supportsim.report.checks import checks_of
    from supportsim.report.files import KeepLedgers, write_result
    from supportsim.report.markdown import result_markdown
    from supportsim.report.store import check_place, replacing
    from supportsim.scenario.loader import load_scenario

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gate.check()
    loaded = load_scenario(scenario, overrides)
    place = out or Path("results") / loaded.scenario.name
    stores = only_replication is None or out is not None
    until = sampling.rule(loaded, replications, only_replication)
    wanted = _ledgers_to_keep(ledgers, replications, only_replication, event_log=event_log, stores=stores)
    if wanted and execution.is_remote:
        raise click.UsageError("--ledger: a cluster's workers may write elsewhere, expected another --backend with it")
    if stores:
        check_place(place, loaded.scenario.name, scenario, force=force)
    with replacing(place) if stores else nullcontext() as folder:
        keep = KeepLedgers(folder, wanted, event_log) if folder and wanted else None
        options = {"only": only_replication, "until": until, "confidence": sampling.confidence, "keep": keep}
        result = _simulate(loaded, execution, quiet, replications=replications, seed=seed, **options)
        if folder:
            write_result(result, folder, place)
    if stores:
        record(result, place)
    _say(result, place, stores, form, quiet)
    _warn(result)
    if result.interrupted:
        say(f"interrupted: {len(result.replications)} of {result.asked} replications finished")
        ctx.exit(INTERRUPTED)
    gate.judge(ctx, list(checks_of(result)), result_markdown(result))


def _simulate(loaded: LoadedScenario, execution: Execution, quiet: bool, **options: Any) -> RunResult:
    with execution.simulate() as simulate, progress(loaded.scenario.name, quiet=quiet) as report:
        return simulate(loaded, on_progress=report, **options)


def _warn(result: RunResult) -> None:
    from supportsim.experiment.warm_up import advise
    from supportsim.report.sampling import warm_up_words

    advice = advise(result)
    if advice.too_short:
        say(f"warning: {warm_up_words(result, advice)}")


def _ledgers_to_keep(
    ledgers: tuple[int, ...], replications: int, only_replication: int | None, *, event_log: bool, stores: bool
) -> tuple[int, ...]:
    beyond = [number for number in ledgers if number >= replications and only_replication is None]
    if beyond:
        raise click.UsageError(f"--ledger {beyond[0]}: expected a replication from 0 to {replications - 1}")
    wanted = ledgers or ((only_replication or 0,) if event_log else ())
    if wanted and not stores:
        raise click.UsageError("--only-replication keeps a ledger only with --out")
    return wanted


def _say(result: RunResult, place: Path, stored: bool, form: str | None, quiet: bool) -> None:
    if form == "markdown":
        from supportsim.report.markdown import result_markdown

        click.echo(result_markdown(result), nl=False)
        return
    if form == "json":
        import json

        from supportsim.report.files import document

        click.echo(json.dumps(document(result, place), indent=1, ensure_ascii=False, allow_nan=False))
        return
    from rich.console import Console

    from supportsim.report.terminal import print_result, print_verdict

    # Names come from the scenario: markup and emoji codes in them are text.
    console = Console(markup=False, emoji=False, highlight=False)
    # Captured, because rich would end the process when the reader of a pipe leaves.
    with console.capture() as captured:
        (print_verdict if quiet else print_result)(result, console)
    click.echo(captured.get(), nl=False)
    if stored:
        say(f"everything is in {place}{os.sep}")
