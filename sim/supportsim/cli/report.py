"""``supportsim report``: one HTML file that says it all."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportsim.cli.progress import progress, say

if TYPE_CHECKING:
    from supportsim.experiment.explanation import Explanation
    from supportsim.experiment.recovery import Recovery
    from supportsim.experiment.result import RunResult
    from supportsim.report.page.page import Page

ENOUGH_TICKETS = 60_000
"""Of so many it is said why promises break; they are simulated again, in 2 replications or more."""
MOST_REPLICATIONS = 10
RECOVERED = 4
"""Replications that are simulated again without each event, to say how long it hurts."""


@click.command(epilog="The file needs nothing else: no network, no folder beside it. Same result, same bytes.")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULT...")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to.  [default: RESULT/report.html]")
@click.option("--png", "pictures", type=click.Path(path_type=Path), metavar="DIR", help="Also every figure, as PNG.")
@click.option("--xlsx", type=click.Path(path_type=Path), metavar="FILE", help="Also a workbook of the (first) result.")
@click.option("--replay-week", type=click.IntRange(min=1), metavar="N", help="Week to replay.  [default: the hardest]")
@click.option("--replay-of", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Replication.")
@click.option("--brief", is_flag=True, help="No causes, recovery or replay, which need simulating again.")
@click.option("--quiet", is_flag=True, help="No progress.")
def report(
    results: tuple[Path, ...],
    out: Path | None,
    pictures: Path | None,
    xlsx: Path | None,
    replay_week: int | None,
    replay_of: int,
    brief: bool,
    quiet: bool,
) -> None:
    """Make one HTML file of RESULT: verdict, hours, teams, causes, costs, and a replay.

    Several results with the same seed and replications make a comparison with the first. A sweep has a page of its own.

    \b
    Examples
      supportsim report results/growth
      supportsim report results/outage --replay-week 6 --png pictures
      supportsim report results/blueprint_sweep
      supportsim report results/growth results/one_more --out more.html
    """
    from supportsim.report.arrays import load_result
    from supportsim.report.page.sweep_page import read_sweep, sweep_page
    from supportsim.report.whole import write_whole

    if len(results) == 1 and (document := read_sweep(results[0])) is not None:
        if xlsx is not None:
            raise click.UsageError(f"--xlsx: {results[0]} is a sweep, whose tables are CSV files already")
        _finish(sweep_page(document), out or results[0] / "report.html", pictures)
        return
    loaded = [load_result(place) for place in results]
    book = None if xlsx is None else _workbook(loaded[0])
    if len(loaded) > 1:
        page = _comparison(results, loaded)
    else:
        page = _single(results[0], loaded[0], replay_of, replay_week, brief=brief, quiet=quiet)
    _finish(page, out or (results[0] / "report.html" if len(loaded) == 1 else Path("comparison.html")), pictures)
    if xlsx is not None and book is not None:
        write_whole(xlsx, book)
        say(f"the workbook is {xlsx}")


def _finish(page: Page, file: Path, pictures: Path | None) -> None:
    from supportsim.report.page.write import write_page, write_pictures

    write_page(page, file)
    click.echo(file)
    if pictures is not None:
        say(f"{len(write_pictures(page, pictures))} figures are in {pictures}")


def _workbook(result: RunResult) -> bytes:
    from supportsim.report.workbook import NoWorkbookError, workbook

    try:
        return workbook(result)
    except NoWorkbookError as error:
        raise click.UsageError(str(error)) from None


def _single(place: Path, result: RunResult, replication: int, week: int | None, *, brief: bool, quiet: bool) -> Page:
    from supportsim.report.marginal import read_marginal
    from supportsim.report.page.replay import make_replay
    from supportsim.report.page.run_page import More, run_page
    from supportsim.report.store import run_document

    more = More(marginal=read_marginal(place))
    if not brief:
        explanation, hurts = _explanation(result, quiet=quiet), _recoveries(result, quiet=quiet)
        try:
            replay = make_replay(result, replication, week)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        more = replace(more, explanation=explanation, replay=replay, recoveries=hurts)
    return run_page(result, run_document(place)["provenance"], more)


def _explanation(result: RunResult, *, quiet: bool) -> Explanation:
    from supportsim.experiment.explanation import explain

    tickets = max(float(result.metric("tickets").mean()), 1.0)
    wanted = min(max(math.ceil(ENOUGH_TICKETS / tickets), 2), MOST_REPLICATIONS)
    count = min(wanted, len(result.replications))
    with progress(f"why {result.scenario.scenario.name} breaks", quiet=quiet) as tell:
        return explain(result.scenario, count, result.seed, on_progress=tell)


def _recoveries(result: RunResult, *, quiet: bool) -> tuple[Recovery, ...]:
    from supportsim.experiment.recovery import recoveries

    count = min(RECOVERED, len(result.replications))
    if not result.scenario.scenario.events or result.replications[:count] != tuple(range(count)):
        return ()
    with progress(f"{result.scenario.scenario.name} without its events", quiet=quiet) as tell:
        return recoveries(result.scenario, count, result.seed, on_progress=tell, usual=result)


def _comparison(places: tuple[Path, ...], results: list[RunResult]) -> Page:
    from supportsim.experiment.comparison import compare
    from supportsim.report.page.comparison_page import comparison_page
    from supportsim.report.store import ResultError, run_document

    try:
        comparison = compare(results)
    except ValueError as error:
        raise ResultError(f"{', '.join(map(str, places))}: {error}") from None
    return comparison_page(comparison, [run_document(place)["provenance"] for place in places])
