"""``supportsim trace``: one ticket's life, or one agent's."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click


@click.command(epilog="The replication is simulated again; the scenario must not have changed since the result.")
@click.argument("result", type=click.Path(path_type=Path))
@click.option("--ticket", type=click.IntRange(min=0), metavar="N", help="Follow ticket N.")
@click.option("--agent", metavar="NAME", help="Follow an agent, for instance frontline-1.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only this day of the agent.")
@click.option("--worst", type=click.IntRange(min=1), metavar="K", help="Follow the K tickets furthest past a promise.")
@click.option("--playbooks", is_flag=True, help="Follow the playbooks: when they fire and end, and whom they move.")
@click.option("--replication", type=click.IntRange(min=0), default=0, show_default=True, help="Of which replication.")
def trace(
    result: Path,
    ticket: int | None,
    agent: str | None,
    day: datetime | None,
    worst: int | None,
    playbooks: bool,
    replication: int,
) -> None:
    """Follow a ticket, an agent or the playbooks of RESULT through time.

    \b
    Examples
      supportsim trace results/growth --worst 3
      supportsim trace results/growth --ticket 4711
      supportsim trace results/growth --agent specialists-2 --day 2026-02-10
      supportsim trace results/outage_with_playbook --playbooks
    """
    from rich.console import Console

    from supportsim.cli.again import scenario_of
    from supportsim.experiment.replicate import Job, command_of, simulated
    from supportsim.measures.story import tell
    from supportsim.measures.trace import day_span_ms, trace_agent, trace_playbooks, worst_tickets
    from supportsim.report.trace import print_agent, print_playbooks, print_ticket

    if sum(choice is not None for choice in (ticket, agent, worst, playbooks or None)) != 1:
        raise click.UsageError("expected one of --ticket N, --agent NAME, --worst K or --playbooks")
    if day and agent is None:
        raise click.UsageError("--day goes with --agent NAME")
    scenario, stored = scenario_of(result)
    job = Job(scenario.scenario, scenario.digest, stored.seed, command_of(scenario, stored.seed))
    plan, workload, ledger = simulated(job, replication)
    story = tell(plan, workload, ledger)
    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        if playbooks:
            if not plan.playbooks:
                raise click.UsageError("the scenario has no playbooks, expected --ticket N, --agent NAME or --worst K")
            print_playbooks(plan, trace_playbooks(plan, ledger), console)
        elif agent is not None:
            if agent not in plan.people.names:
                raise click.UsageError(f"no agent {agent!r}, expected one of {', '.join(plan.people.names)}")
            code = plan.people.names.index(agent)
            span_ms = day_span_ms(plan, day) if day else None
            print_agent(plan, code, trace_agent(story, ledger, code, span_ms), console)
        else:
            tickets = [ticket] if ticket is not None else worst_tickets(story, worst or 0)
            for number in tickets:
                try:
                    print_ticket(story, number, console)
                except ValueError as error:
                    raise click.UsageError(str(error)) from error
            if not tickets:
                console.print("No promise was broken in this replication.")
    click.echo(captured.get(), nl=False)
