"""``supportsim results``: what has been simulated, kept in the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from supportsim.cli.progress import say

if TYPE_CHECKING:
    from supportsim.experiment.result import RunResult
    from supportsim.experiment.store import KnownRun, Store

LISTED = 20

_store_option = click.option(
    "--store", type=click.Path(path_type=Path), default=Path("results"), show_default=True, metavar="DIR",
    help="The folder of the store.",
)  # fmt: skip
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


@click.group(invoke_without_command=True, epilog="Without a command the last runs are listed.")
@click.pass_context
def results(ctx: click.Context) -> None:
    """List, show and prune what has been simulated.

    \b
    Examples
      supportsim results
      supportsim results show 12
      supportsim results show results/growth
      supportsim results prune --older-than '30 days' --dry-run
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(listed, store=Path("results"), scenario=None, everything=False, as_json=False)


@results.command(name="list")
@_store_option
@click.option("--scenario", metavar="NAME", help="Of this scenario only.")
@click.option(
    "--all", "everything", is_flag=True, help=f"All of them, not the last {LISTED}, and points of sweeps too."
)
@_json_option
def listed(store: Path, scenario: str | None, everything: bool, as_json: bool) -> None:
    """List runs, the newest last."""
    from supportsim.report.known_runs import document, print_runs

    with _opened(store) as opened:
        runs = [run for run in opened.runs() if scenario in (None, run.name)]
    shown = runs if everything else [run for run in runs if run.place is not None][-LISTED:]
    if as_json:
        _print_json([document(run) for run in shown])
        return
    _print(lambda console: print_runs(shown, console))
    if len(shown) < len(runs):
        points = sum(run.place is None for run in runs)
        say(f"and {len(runs) - len(shown)} more, {points} of them points of sweeps; --all lists them")


@results.command()
@click.argument("which")
@_store_option
@_json_option
def show(which: str, store: Path, as_json: bool) -> None:
    """Show a run, by its number, its folder, or the beginning of its digest."""
    from supportsim.report.known_runs import document, print_run

    with _opened(store) as opened:
        run = _one(opened.runs(), which)
        figures = opened.metrics(run.number)
    if as_json:
        _print_json(document(run, figures))
        return
    _print(lambda console: print_run(run, figures, console))


@results.command()
@_store_option
@click.option("--older-than", metavar="DURATION", help="Also what was stored longer ago, for instance '30 days'.")
@click.option("--scenario", metavar="NAME", help="Also everything of this scenario.")
@click.option("--points", is_flag=True, help="Also all points of sweeps.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def prune(store: Path, older_than: str | None, scenario: str | None, points: bool, dry_run: bool) -> None:
    """Forget runs that are of no use: of another version, or whose folder is gone. Folders of results stay."""
    from supportsim.scenario.units import DAY_MS, parse_duration

    try:
        days = None if older_than is None else parse_duration(older_than) / DAY_MS
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--older-than") from error
    with _opened(store) as opened:
        old = set() if days is None else opened.older_than(days)
        useless = [
            run.number
            for run in opened.runs()
            if not run.current
            or (run.place is not None and not run.place.exists())
            or run.number in old
            or scenario == run.name
            or (points and run.place is None)
        ]
        freed = opened.drop(useless, dry=dry_run)
    verb = "would be" if dry_run else "were"
    click.echo(f"{len(useless)} runs {verb} forgotten, {freed:,} bytes {verb} freed")


def record(result: RunResult, place: Path) -> None:
    """Note a result in the store beside it; that this cannot be done is no reason to fail.

    An interrupted result is not noted. A folder outside ``results`` gets no store of its own, but one that is there
    is used.
    """
    from supportsim.experiment.store import INDEX, Store, StoreError

    folder = place.parent
    if result.interrupted or (folder != Path("results") and not (folder / INDEX).exists()):
        return
    try:
        with Store(folder) as store:
            store.put(result, place)
    except (OSError, StoreError) as error:
        say(f"not noted in the store: {error}")


def _opened(folder: Path) -> Store:
    """Open a store that is there.

    Raises:
        ResultError: there is none.
    """
    from supportsim.experiment.store import INDEX, Store
    from supportsim.report.store import ResultError

    if not (folder / INDEX).exists():
        raise ResultError(
            f"{folder}: no store is there, expected the folder in which results are kept; name it: --store"
        )
    return Store(folder)


def _one(runs: list[KnownRun], which: str) -> KnownRun:
    from supportsim.report.store import ResultError

    by_number = [run for run in runs if str(run.number) == which]
    by_place = [run for run in runs if run.place is not None and run.place.resolve() == Path(which).resolve()]
    by_digest = [run for run in runs if len(which) >= 6 and run.key.digest.startswith(which)]
    found = by_number or by_place or by_digest
    if not found:
        raise ResultError(f"{which!r} is no run of the store, expected a number of 'supportsim results', or a folder")
    return found[-1]


def _print(print_on: Callable[[Any], None]) -> None:
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        print_on(console)
    click.echo(captured.get(), nl=False)


def _print_json(told: Any) -> None:
    import json

    click.echo(json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False))
