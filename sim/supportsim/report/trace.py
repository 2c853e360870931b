"""A trace on the terminal: local time, what happened, who did it, and the SLA clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.ledger import NOBODY
from supportsim.measures.sla import Outcome, Promises
from supportsim.measures.story import Story
from supportsim.measures.trace import Moment, trace_ticket
from supportsim.plan.model import PRIORITIES, Plan
from supportsim.report.words import NOTHING, minutes
from supportsim.scenario.civil import zone
from supportsim.scenario.units import MINUTE_MS

_OUTCOMES = {
    Outcome.MET: "kept",
    Outcome.BREACHED: "broken",
    Outcome.UNDECIDED: "open at the end",
    Outcome.EXCLUDED: "left out, the customer gave up before it was due",
}


def print_ticket(story: Story, ticket: int, console: Console) -> None:
    """Print one ticket's life.

    Raises:
        ValueError: there is no such ticket.
    """
    moments = trace_ticket(story, ticket)
    plan, of = story.plan, story.workload.tickets
    names = (
        PRIORITIES[of.priority[ticket]],
        plan.segments[of.segment[ticket]],
        plan.channels[of.channel[ticket]],
        plan.categories[of.category[ticket]],
    )
    console.print(Text(f"Ticket {ticket}: {', '.join(names)}", style="bold"))
    first_period = int(np.searchsorted(story.periods.ticket, ticket))
    for kind, promises, row in (("response", story.response, ticket), ("resolution", story.resolution, first_period)):
        console.print(Text(_promise(kind, promises, row)))
    console.print(_table(plan, moments, with_clock=True))


def print_agent(plan: Plan, agent: int, moments: Sequence[Moment], console: Console) -> None:
    """Print what one agent did."""
    console.print(Text(f"{plan.people.names[agent]}, team {plan.teams[plan.people.team[agent]]}", style="bold"))
    console.print(_table(plan, moments, with_clock=False))


def _promise(kind: str, promises: Promises, row: int) -> str:
    outcome = Outcome(promises.outcome[row])
    if outcome is Outcome.NONE:
        return f"{kind}: nothing promised"
    allowed, used = (minutes(value[row] / MINUTE_MS) for value in (promises.target_ms, promises.used_ms))
    return f"{kind} within {allowed} on its SLA clock: {_OUTCOMES[outcome]}, {used} used"


def _table(plan: Plan, moments: Sequence[Moment], *, with_clock: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(f"when ({plan.timezone})", no_wrap=True)
    table.add_column("what", overflow="fold")
    table.add_column("who" if with_clock else "ticket", overflow="fold")
    if with_clock:
        table.add_column("SLA clock", justify="right", no_wrap=True)
    for one in moments:
        local = (plan.origin + timedelta(milliseconds=one.at_ms)).astimezone(zone(plan.timezone))
        cells = [f"{local:%a %Y-%m-%d %H:%M:%S}", one.what]
        if with_clock:
            cells.append("" if one.agent == NOBODY else plan.people.names[one.agent])
            cells.append(minutes(one.clock_ms / MINUTE_MS) if one.clock_ms >= 0 else NOTHING)
        else:
            cells.append("" if one.ticket == NOBODY else str(one.ticket))
        table.add_row(*cells)
    return table
