"""``supportsim robustness``: the largest surge that a plan survives."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from supportsim.cli.execution import Execution, execution_options
from supportsim.cli.exit_codes import INVALID_INPUT
from supportsim.cli.progress import progress

if TYPE_CHECKING:
    from datetime import datetime

_OPTIONS = {
    "at": "--at",
    "lasts": "--lasts",
    "fades": "--fades",
    "volume": "--up-to",
    "categories": "--category",
    "priority": "--priority",
}
"""Which option says what, by the key of a surge."""


def _parsed(reader: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Return a callback that reads an option, or each of several, by a function of the scenario's units."""

    def read(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
        from supportsim.scenario import units

        try:
            if isinstance(value, tuple):
                return tuple(getattr(units, reader)(one) for one in value)
            return None if value is None else getattr(units, reader)(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return read


@click.command(
    epilog="A surge is survived if every promise that the plan surely keeps without it is surely kept with it (95 %,"
    " all together). Promises are judged over the whole period: a shorter one weighs the surge more."
)
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--lasts",
    multiple=True,
    default=("1 h", "4 h", "1 day"),
    show_default="1 h, 4 h and 1 day",
    callback=_parsed("parse_duration"),
    metavar="DURATION",
    help="At full strength; several are searched one after another.",
)
@click.option(
    "--at",
    metavar="TIME",
    callback=_parsed("parse_local_time"),
    help="When it starts.  [default: 10:00 on Tuesday of the second week]",
)
@click.option(
    "--fades",
    default="0 min",
    callback=_parsed("parse_duration"),
    metavar="DURATION",
    help="Falls back over this time.",
)
@click.option("--category", "categories", multiple=True, metavar="NAME", help="Of the extra contacts; repeatable.")
@click.option("--priority", metavar="P1..P5", help="Of the extra contacts.")
@click.option(
    "--step",
    default="+25%",
    show_default=True,
    callback=_parsed("parse_change"),
    metavar="CHANGE",
    help="Between volumes; +100% is twice the usual inflow.",
)
@click.option(
    "--up-to", "most", default="+1000%", show_default=True, callback=_parsed("parse_change"), metavar="CHANGE"
)
@click.option(
    "--recovers-within",
    callback=_parsed("parse_duration"),
    metavar="DURATION",
    help="Also wanted, of the mean time until the backlog is back to normal.",
)
@click.option("--replications", type=click.IntRange(min=2), default=10, show_default=True, help="Of each surge.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same customers.")
@execution_options
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value of the scenario.")
@click.option("--json", "form", flag_value="json", help="Print one JSON document and nothing else.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown.")
@click.option("--quiet", is_flag=True, help="No progress.")
def robustness(
    scenario: Path,
    lasts: tuple[int, ...],
    at: datetime | None,
    fades: int,
    categories: tuple[str, ...],
    priority: str | None,
    step: float,
    most: float,
    recovers_within: int | None,
    replications: int,
    seed: int,
    execution: Execution,
    overrides: tuple[str, ...],
    form: str | None,
    quiet: bool,
) -> None:
    """Search the largest surge that SCENARIO survives, and how long it takes to recover.

    \b
    Examples
      supportsim robustness scenarios/growth.yaml --set "period.length=3 weeks"
      supportsim robustness scenarios/growth.yaml --lasts "4 h" --priority P1
      supportsim robustness growth.yaml --recovers-within "2 days" --json
    """
    from supportsim.experiment.robustness import Limits, NothingToLoseError, SurgeError, SurgeShape, usual_start
    from supportsim.experiment.robustness import robustness as search
    from supportsim.scenario.loader import load_scenario
    from supportsim.scenario.units import HOUR_MS, MINUTE_MS

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if min(lasts) < MINUTE_MS or not 0 < step <= most:
        raise click.UsageError("expected --lasts of a minute or more, and --step above 0 and no larger than --up-to")
    loaded = load_scenario(scenario, overrides)
    shape = SurgeShape(at or usual_start(loaded), fades, categories, priority)
    within = None if recovers_within is None else recovers_within / HOUR_MS
    limits = Limits(lasts, step, most, within)
    with execution.simulate() as simulate, ExitStack() as shown:

        def on_trial(lasts_ms: int, volume: float) -> Callable[[int, int], None]:
            shown.close()
            title = f"{lasts_ms / HOUR_MS:g} h of +{100 * volume:g} %" if volume else "without a surge"
            return shown.enter_context(progress(title, quiet=quiet, lines=1))

        try:
            found = search(loaded, shape, limits, replications, seed, simulate, on_trial)
        except NothingToLoseError as error:
            raise click.UsageError(f"{error}; or say --recovers-within") from None
        except SurgeError as error:
            for key, problem in error.problems:
                click.echo(f"{_OPTIONS[key]}: {problem}", err=True)
            sys.exit(INVALID_INPUT)
    click.echo(_text(found, form), nl=False)


def _text(found: Any, form: str | None) -> str:
    from supportsim.report import robustness as report

    if form == "json":
        import json

        return json.dumps(report.document(found), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if form == "markdown":
        return report.markdown(found)
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        report.print_robustness(found, console)
    return captured.get()
