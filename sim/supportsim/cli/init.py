"""``supportsim init``: a commented scenario to start from."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from supportsim.cli.progress import say

if TYPE_CHECKING:
    from supportsim.scenario.starter import Answers

QUESTIONS = {
    "contacts": "How many contacts a month reach your people",
    "days": "On which days are they there (mon-fri, daily, mon-sat ...)",
    "hours": "From when to when",
    "timezone": "In which time zone (Europe/Berlin, America/New_York ...)",
    "agents": "How many people answer on such a day, first tier",
    "handle": "How long is a ticket in their hands, on average",
    "phone": "What share of the contacts are calls",
    "escalates": "What share goes up to specialists",
    "specialists": "How many specialists are there on such a day",
    "response": "How soon do you promise an answer, in hours of service",
    "target": "What share of the answers must come in time",
    "hourly_cost": "What does an hour of a first-tier agent cost",
}


@click.command(epilog="Asks on a terminal for what no option says; elsewhere, and with --yes, it takes the defaults.")
@click.argument("file", type=click.Path(path_type=Path), default="desk.yaml")
@click.option("--contacts", type=click.IntRange(min=1), help="Contacts a month.  [default: 1500]")
@click.option("--days", metavar="DAYS", help="When people are there.  [default: mon-fri]")
@click.option("--hours", metavar="SPAN", help="From when to when.  [default: 09:00-17:00]")
@click.option("--timezone", metavar="ZONE", help="IANA name.  [default: UTC]")
@click.option("--agents", type=click.IntRange(min=1), help="First-tier people a day.  [default: 5]")
@click.option("--handle", metavar="TIME", help="Mean hands-on time.  [default: 12 min]")
@click.option("--phone", metavar="SHARE", help="Share of calls.  [default: 30%]")
@click.option("--escalates", metavar="SHARE", help="Share that goes up.  [default: 15%]")
@click.option("--specialists", type=click.IntRange(min=1), help="Second-tier people a day.  [default: 2]")
@click.option("--response", metavar="TIME", help="Promised first response.  [default: 4 h]")
@click.option("--target", metavar="SHARE", help="Share that must come in time.  [default: 90%]")
@click.option("--hourly-cost", type=click.FloatRange(min=0), help="Of a first-tier hour.  [default: 30]")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def init(file: Path, yes: bool, **given: Any) -> None:
    """Write a commented scenario to FILE that validates and runs; nothing is ever overwritten.

    \b
    Examples
      supportsim init
      supportsim init helpdesk.yaml --contacts 4000 --agents 9 --hours 08:00-18:00
    """
    from supportsim.scenario.starter import Answers

    _refuse_to_overwrite(file)
    answers = replace(Answers(name=_name(file)), **{name: value for name, value in given.items() if value is not None})
    if not yes and sys.stdin.isatty():
        answers = _ask(answers, [name for name, value in given.items() if value is None])
    write_starter(answers, file)
    click.echo(f"{file} is there. What next:")
    for command, purpose in (("validate", "checks it after each change"), ("run", "says which promises hold")):
        click.echo(f"  supportsim {command} {file}  {purpose}")


def write_starter(answers: Answers, file: Path) -> None:
    """Write a scenario made of answers, whole or not at all.

    Raises:
        click.UsageError: an answer does not fit, or the file exists.
        OSError: it cannot be written.
    """
    from supportsim.scenario.starter import starter_text

    fault = fault_of(answers)
    if fault:
        raise click.UsageError(fault)
    try:
        with file.open("x", encoding="utf-8") as stream:
            try:
                stream.write(starter_text(answers))
                stream.flush()
            except BaseException:
                file.unlink()
                raise
    except FileExistsError:
        _refuse_to_overwrite(file)


def fault_of(answers: Answers) -> str:
    """Return what is wrong with answers, or nothing; the scenario is loaded to see."""
    import tempfile

    from supportsim.scenario.loader import ScenarioError, load_scenario
    from supportsim.scenario.starter import starter_text

    with tempfile.TemporaryDirectory(prefix="supportsim") as scratch:
        draft = Path(scratch) / "draft.yaml"
        try:
            draft.write_text(starter_text(answers), "utf-8")
            load_scenario(draft)
        except ScenarioError as error:
            return f"{error.faults[0].path}: {error.faults[0].message}"
        except ValueError as error:
            return str(error)
    return ""


def _ask(answers: Answers, names: list[str]) -> Answers:
    """Ask what was not said; an answer that does not fit is asked again."""
    from supportsim.scenario.units import parse_share

    kinds = {field.name: type(getattr(answers, field.name)) for field in fields(answers)}
    say("Press return to take what stands in brackets.")
    for name in (name for name in QUESTIONS if name in names):
        if name == "specialists" and parse_share(answers.escalates) == 0:
            continue
        while True:
            value = click.prompt(QUESTIONS[name], default=getattr(answers, name), type=kinds[name], err=True)
            fault = fault_of(replace(answers, **{name: value}))
            if not fault:
                break
            say(f"That does not fit: {fault}")
        answers = replace(answers, **{name: value})
    return answers


def _name(file: Path) -> str:
    """Return a scenario's name for a file."""
    import re

    return re.sub(r"[^A-Za-z0-9_]+", "_", file.stem).strip("_") or "desk"


def _refuse_to_overwrite(file: Path) -> None:
    if file.exists() or file.is_symlink():
        raise click.UsageError(
            f"{file} exists and is left alone; name another file, for instance supportsim init new.yaml"
        )
