"""``supportsim sweep``: many variants of a scenario, each simulated once."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from supportsim.cli.execution import Execution, execution_options
from supportsim.cli.exit_codes import INTERNAL_ERROR, INTERRUPTED, INVALID_INPUT
from supportsim.cli.gate import Gate, gate_options
from supportsim.cli.progress import progress, say

if TYPE_CHECKING:
    from supportsim.experiment.store import Store
    from supportsim.experiment.sweep import SweepResult
    from supportsim.experiment.sweep_request import SweepRequest
    from supportsim.report.sweep_files import SweepStudy
    from supportsim.scenario.loader import LoadedScenario


@click.command(
    epilog="Every point is kept in the store when it is done, and taken from there the next time; --resume alone goes"
    " on with the sweep that was interrupted last. With --gate: some plan must keep all promises; of a single plan"
    " under what is not known, every promise with the probability of --sure."
)
@click.argument("scenario", required=False, type=click.Path(path_type=Path))
@click.option("--vary", multiple=True, metavar="WHAT", help="path=4..8, path=[a, b], or path~normal(mean, sd).")
@click.option("--design", type=click.Choice(["grid", "lhs", "sobol"]), help="How plans are laid out.  [default: grid]")
@click.option("--plans", type=click.IntRange(min=1), help="How many, unless on a grid.  [default: 64]")
@click.option("--samples", type=click.IntRange(min=1), help="Draws of what is not known.  [default: 64]")
@click.option("--replications", type=click.IntRange(min=2), help="Of each point.  [default: 10]")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same customers at every point.  [default: 1]")
@execution_options
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value at all points.")
@click.option("--metric", "metrics", multiple=True, metavar="METRIC", help="Report this one, too.")
@click.option("--service", metavar="METRIC", help="What to set against cost.  [default: the first target]")
@click.option("--sure", default="90%", show_default=True, metavar="SHARE", help="How sure a promise must be.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to.  [default: results/NAME]")
@click.option("--force", is_flag=True, help="Overwrite another result.")
@click.option("--store", type=click.Path(path_type=Path), default=Path("results"), show_default=True, metavar="DIR",
              help="Where finished points are kept.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Simulate again what is in the store.")
@click.option("--resume", is_flag=True, help="Go on with the sweep that was interrupted last.")
@gate_options
@click.option("--json", "form", flag_value="json", help="Print one JSON document and nothing else.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown, for a pull request.")
@click.option("--quiet", is_flag=True, help="Print the answer only.")
@click.pass_context
def sweep(ctx: click.Context, /, scenario: Path | None, **options: Any) -> None:
    """Simulate variants of SCENARIO (or of a sweep file) and weigh cost against service.

    \b
    Examples
      supportsim sweep desk.yaml --vary teams.front.roster.mon-fri.core=2..5
      supportsim sweep desk.yaml --vary 'demand.contacts.count~normal(1200, 120)'
      supportsim sweep growth.yaml --vary 'routing.order=[fifo, priority]' \\
        --vary demand.busyness=0%..20%:5%
      supportsim sweep studies/staffing.yaml --backend dask://head:8786
      supportsim sweep --resume
    """
    from supportsim.experiment.execute import interrupt
    from supportsim.experiment.store import Store

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gate: Gate = options["gate"]
    gate.check()
    with Store(options["store"]) as store:
        request, place = _asked_for(scenario, options, store)
        with options["execution"].executor() as executor:
            try:
                study = _study(request, place, store, executor, options)
            except KeyboardInterrupt:
                interrupt(executor)
                say("interrupted: the points that were finished are kept; 'supportsim sweep --resume' goes on")
                ctx.exit(INTERRUPTED)
    _say(study, place, options["form"], quiet=options["quiet"])
    failed = study.result.failed
    if failed:
        say(f"{len(failed)} of {len(study.result.points)} points have no result; the same command tries them again")
        ctx.exit(INVALID_INPUT if all(point.invalid for point in failed) else INTERNAL_ERROR)

    from supportsim.report.sweep import markdown, sweep_checks

    gate.judge(ctx, list(sweep_checks(study)), markdown(study))


_DESIGN_OPTIONS = ("vary", "design", "plans", "samples", "replications", "seed", "overrides", "metrics", "service")


def _asked_for(scenario: Path | None, options: dict[str, Any], store: Store) -> tuple[SweepRequest, Path]:
    """Return what is to be done and where the result goes, from the command line, a file, or the sweep that broke off.

    Raises:
        click.UsageError: it cannot be understood.
        ScenarioError: a file has faults.
    """
    from supportsim.experiment.design import parse_vary
    from supportsim.experiment.sweep_request import SweepRequest, read_request, request_of, with_vary
    from supportsim.scenario.loader import read_source

    if scenario is None:
        if not options["resume"]:
            raise click.UsageError("Missing argument 'SCENARIO', expected one, or --resume")
        if any(options[name] for name in _DESIGN_OPTIONS):
            raise click.UsageError("--resume alone goes on as it was; name the SCENARIO to ask for something else")
        unfinished = store.unfinished_sweep()
        if unfinished is None:
            raise click.UsageError(f"--resume: no sweep was interrupted, says the store in {store.folder}")
        return request_of(unfinished["request"]), Path(unfinished["place"])
    request = read_request(scenario)
    if request is None:
        name = str(read_source(scenario).load(options["overrides"]).scenario.name)
        request = SweepRequest(str(scenario), f"{name}_sweep", {})
    try:
        request = with_vary(request, [parse_vary(text) for text in options["vary"]])
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--vary") from error
    stated = {name: options[name] for name in ("design", "plans", "samples", "replications", "seed", "service")}
    request = replace(request, **{name: value for name, value in stated.items() if value is not None})
    request = replace(
        request, set=(*request.set, *options["overrides"]), metrics=(*request.metrics, *options["metrics"])
    )
    return request, options["out"] or Path("results") / request.name


def _study(request: SweepRequest, place: Path, store: Store, executor: Any, options: dict[str, Any]) -> SweepStudy:
    from supportsim.experiment.ignorance import odds
    from supportsim.experiment.plans import plans
    from supportsim.experiment.sweep_request import service_of
    from supportsim.report.store import check_place, replacing
    from supportsim.report.sweep_files import SweepStudy, write_sweep
    from supportsim.scenario.loader import load_scenario

    wanted = _share(options["sure"])
    base = load_scenario(request.scenario, request.set)
    check_place(place, request.name, base.files[0], force=options["force"], kind="sweep.json")
    result = _simulate(request, base, place, store, executor, options)
    found, service = odds(result), service_of(request, base)
    study = SweepStudy(request, result, service, plans(result, service, found, wanted), found, wanted)
    with replacing(place) as folder:
        write_sweep(study, folder, place)
    store.end_sweep(place.resolve())
    return study


def _simulate(
    request: SweepRequest, base: LoadedScenario, place: Path, store: Store, executor: Any, options: dict[str, Any]
) -> SweepResult:
    from supportsim.experiment.sweep import sweep as sweep_scenario
    from supportsim.experiment.sweep_request import design_of, leaves_uncertainty, metrics_of
    from supportsim.scenario.loader import read_source

    execution: Execution = options["execution"]
    try:
        design, metrics = design_of(request, base), metrics_of(request, base)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if leaves_uncertainty(request, base):
        say("what the scenario calls uncertain is left as it is; --samples 64 looks at that too")
    again = replace(request, scenario=str(Path(request.scenario).resolve())).plain()
    store.begin_sweep(place.resolve(), {"request": again, "place": str(place.resolve())})
    with progress(request.name, quiet=options["quiet"]) as report:
        return sweep_scenario(
            read_source(request.scenario),
            request.set,
            design,
            request.replications,
            request.seed,
            executor,
            store,
            metrics=metrics,
            fresh=options["fresh"],
            time_limit_seconds=execution.time_limit_seconds,
            on_progress=report,
            on_trouble=say,
        )


def _share(text: str) -> float:
    from supportsim.scenario.units import parse_share

    try:
        return parse_share(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--sure") from error


def _say(study: SweepStudy, place: Path, form: str | None, *, quiet: bool) -> None:
    from supportsim.report import sweep as report

    if form == "json":
        import json

        from supportsim.report.sweep_files import document

        click.echo(json.dumps(document(study, place), indent=1, ensure_ascii=False, allow_nan=False))
        return
    if form == "markdown":
        click.echo(report.markdown(study), nl=False)
        return
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        if quiet:
            for line in report.summary_lines(study):
                console.print(line)
        else:
            report.print_sweep(study, console)
    click.echo(captured.get(), nl=False)
    say(f"everything is in {place}{os.sep}")
