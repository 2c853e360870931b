"""``supportsim staffing-math``: what a spreadsheet would say, beside the simulation."""

from __future__ import annotations

from pathlib import Path

import click

from supportsim.cli.progress import progress


@click.command(
    "staffing-math",
    epilog="With a result in place of a scenario, its seed and settings count; it must not have changed since.",
)
@click.argument("scenario", metavar="SCENARIO|RESULT", type=click.Path(path_type=Path))
@click.option("--replications", type=click.IntRange(min=1), default=5, show_default=True, help="Independent runs.")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same result.  [default: 1, or the result's]")
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one per core]")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value of the scenario.")
@click.option("--utilization", default="80%", show_default=True, metavar="SHARE", help="Used part of people's hours.")
@click.option("--week", default=40.0, show_default=True, type=click.FloatRange(1, 168), help="Paid hours of a head.")
@click.option("--level", default="80%", show_default=True, metavar="SHARE", help="Service level to staff for.")
@click.option("--hours", is_flag=True, help="Also each team by hour of the week.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--quiet", is_flag=True, help="No progress.")
def staffing_math(
    scenario: Path,
    replications: int,
    seed: int | None,
    workers: int | None,
    overrides: tuple[str, ...],
    utilization: str,
    week: float,
    level: str,
    hours: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Reckon SCENARIO as a spreadsheet would, and say why the simulation differs.

    Volume times handle time over hours times utilization, Erlang C and Erlang A by team and hour of the week, beside a
    few replications on the same customers.

    \b
    Examples
      supportsim staffing-math scenarios/growth.yaml
      supportsim staffing-math scenarios/growth.yaml --hours --utilization 75%
      supportsim staffing-math results/growth --json > spreadsheet.json
    """
    from supportsim.cli.again import scenario_of
    from supportsim.experiment.staffing_math import staffing_math as reckon
    from supportsim.report import staffing_math as report
    from supportsim.scenario.loader import load_scenario

    used, wanted = _share("--utilization", utilization, 1.0), _share("--level", level, 0.9999)
    if scenario.is_dir():
        if overrides:
            raise click.UsageError("--set needs a scenario; a result has its own settings")
        loaded, stored = scenario_of(scenario)
        seed = stored.seed if seed is None else seed
    else:
        loaded = load_scenario(scenario, overrides)
    with progress(loaded.scenario.name, quiet=quiet) as tell:
        found = reckon(
            loaded,
            replications,
            1 if seed is None else seed,
            workers,
            utilization=used,
            hours_per_head=week,
            level=wanted,
            on_progress=tell,
        )
    if as_json:
        import json

        click.echo(json.dumps(report.document(found), indent=1, ensure_ascii=False, allow_nan=False))
        return
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        report.print_staffing_math(found, console, hours=hours)
    click.echo(captured.get(), nl=False)


def _share(option: str, text: str, most: float) -> float:
    from supportsim.scenario.units import parse_share

    try:
        value = parse_share(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}", param_hint=option) from error
    if not 0 < value <= most:
        raise click.BadParameter(f"{text}: expected above 0% and at most {most:.4g}", param_hint=option)
    return value
