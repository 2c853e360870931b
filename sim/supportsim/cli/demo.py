"""``supportsim demo``: the smallest example that convinces."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportsim.cli.exit_codes import INTERRUPTED
from supportsim.cli.progress import progress, say

if TYPE_CHECKING:
    from supportsim.experiment.result import RunResult
    from supportsim.scenario.starter import Answers

REPLICATIONS = 20
ANSWER_SECONDS = 20
HOURS_A_MONTH = 30.4375 / 7 * 5 * 8
"""Hours of service of the demo's desk, five days of eight hours a week."""


@click.command(epilog="Takes a few seconds. What is in DIR already is never overwritten, except the demo's own result.")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default="supportsim-demo", show_default=True, metavar="DIR",
    help="Where its files go.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one per core]")
@click.option("--open/--no-open", "opens", default=True, help="Open the report in a browser, on a terminal only.")
@click.pass_context
def demo(ctx: click.Context, folder: Path, workers: int | None, opens: bool) -> None:
    """Show in seconds what a spreadsheet does not: a desk that looks fine and loses its callers.

    \b
    Examples
      supportsim demo
      supportsim demo --dir try-out
    """
    from supportsim.experiment.run import run
    from supportsim.report.files import write_result
    from supportsim.report.store import check_place, replacing
    from supportsim.scenario.loader import load_scenario
    from supportsim.scenario.starter import DEMO

    file, place = folder / "demo.yaml", folder / "results" / "demo"
    _write_scenario(DEMO, file)
    loaded = load_scenario(file)
    check_place(place, "demo", file, force=False)
    with replacing(place) as scratch:
        with progress("demo", quiet=False) as report:
            result = run(loaded, REPLICATIONS, workers=workers, on_progress=report)
        write_result(result, scratch, place)
    if result.interrupted:
        say("interrupted: the demo shows what had finished")
    _tell(DEMO, result, file, place)
    if result.interrupted:
        ctx.exit(INTERRUPTED)
    page = _report(place)
    if opens and sys.stdout.isatty() and not _open(page):
        say("no browser was found here; the report opens in any, on any machine")


def _report(place: Path) -> Path:
    """Write the report beside the result and return where it is."""
    from supportsim.report.arrays import load_result
    from supportsim.report.page.run_page import run_page
    from supportsim.report.page.write import write_page
    from supportsim.report.store import run_document

    page = place / "report.html"
    write_page(run_page(load_result(place), run_document(place)["provenance"]), page)
    return page


def _open(page: Path) -> bool:
    """Show a page in the browser that the user named or has on the screen, and say whether there is one.

    A browser for the terminal, which would cover what was just said, opens only if BROWSER names it.
    """
    import webbrowser

    screen = sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if not screen and not os.environ.get("BROWSER"):
        return False
    try:
        return webbrowser.open(page.resolve().as_uri())
    except (webbrowser.Error, OSError):
        return False


def _write_scenario(answers: Answers, file: Path) -> None:
    """Write the demo's scenario unless it is there already.

    Raises:
        click.UsageError: something else is there.
        OSError: it cannot be written.
    """
    from supportsim.cli.init import write_starter
    from supportsim.scenario.starter import starter_text

    if file.exists():
        if file.read_text("utf-8", "replace") != starter_text(answers):
            raise click.UsageError(f"{file} has been changed and is left alone; expected another --dir")
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_starter(answers, file)


def _tell(answers: Answers, result: RunResult, file: Path, place: Path) -> None:
    from rich.console import Console
    from rich.text import Text

    from supportsim.report.terminal import print_promises, print_verdict

    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        console.print(Text(answers.summary, style="bold"))
        console.print(Text(_spreadsheet(answers)))
        console.print()
        console.print(Text(_simulated(answers, result)))
        print_verdict(result, console)
        console.print()
        print_promises(result, console)
    click.echo(captured.get(), nl=False)
    click.echo(f"""
The report is {place / "report.html"}. What next:
  supportsim explain {place}
  supportsim watch {file} --from "2026-01-12 08:55"
  supportsim run {file} \\
    --set teams.frontline.roster.mon-fri.day=6
  supportsim init    writes such a scenario for your own desk""")


def _simulated(answers: Answers, result: RunResult) -> str:
    from supportsim.report.words import share

    lost = float(result.summary.estimate[result.place("abandonment", channel="phone")])
    return (
        f"Simulated, {len(result.replications)} times {answers.length}, with breaks, the night's mail every morning and"
        f" callers who do not wait for ever: {share(lost)} of them give up."
    )


def _spreadsheet(answers: Answers) -> str:
    """Say what Erlang C says of the desk, every contact taken for a call."""
    from supportsim.report.words import minutes, share
    from supportsim.scenario.units import HOUR_MS, parse_duration
    from supportsim.theory.erlang import mean_wait, service_level

    an_hour, handled_an_hour = answers.contacts / HOURS_A_MONTH, HOUR_MS / parse_duration(answers.handle)
    busy = share(an_hour / handled_an_hour / answers.agents)
    answered = share(service_level(ANSWER_SECONDS / 3600, an_hour, handled_an_hour, answers.agents))
    wait = minutes(60 * mean_wait(an_hour, handled_an_hour, answers.agents))
    return (
        f"A spreadsheet says (Erlang C, every contact a call): {busy} busy, {answered} answered in"
        f" {ANSWER_SECONDS} s, {wait} of waiting on average. Looks fine."
    )
