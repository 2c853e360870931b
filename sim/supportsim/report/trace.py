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
from supportsim.measures.tables import NEVER
from supportsim.measures.trace import Mark, Moment, trace_ticket
from supportsim.plan.model import PRIORITIES, Plan
from supportsim.report.words import minutes
from supportsim.scenario.civil import zone
from supportsim.scenario.units import MINUTE_MS

_OUTCOMES = {
    Outcome.MET: "kept",
    Outcome.BREACHED: "broken",
    Outcome.UNDECIDED: "open at the end",
    Outcome.EXCLUDED: "left out, the customer gave up before it was due",
}
_STYLES = {
    Mark.FLOOR: "",
    Mark.CLOCK: "dim",
    Mark.MEANWHILE: "italic yellow",
    Mark.KEPT: "green",
    Mark.BROKEN: "bold red",
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
    periods = np.flatnonzero(story.periods.ticket == ticket)
    console.print(Text(_promise("response", story.response, ticket)))
    # Who is turned away by full lines never had a promise.
    console.print(Text(_promise("resolution", story.resolution, int(periods[0])) if len(periods) else "turned away"))
    console.print(_table(plan, moments, "who", [_name(plan, one.agent) for one in moments]))


def print_agent(plan: Plan, agent: int, moments: Sequence[Moment], console: Console) -> None:
    """Print what one agent did."""
    console.print(Text(f"{plan.people.names[agent]}, team {plan.teams[plan.people.team[agent]]}", style="bold"))
    console.print(_table(plan, moments, "ticket", ["" if one.ticket == NOBODY else str(one.ticket) for one in moments]))


def print_playbooks(plan: Plan, moments: Sequence[Moment], console: Console) -> None:
    """Print what became of the playbooks."""
    console.print(Text("Playbooks", style="bold"))
    console.print(_table(plan, moments, "who", [_name(plan, one.agent) for one in moments]))


def _promise(kind: str, promises: Promises, row: int) -> str:
    outcome = Outcome(promises.outcome[row])
    if outcome is Outcome.NONE:
        return f"{kind}: nothing promised"
    allowed, used = (minutes(value[row] / MINUTE_MS) for value in (promises.target_ms, promises.used_ms))
    return f"{kind} within {allowed} on its SLA clock: {_OUTCOMES[outcome]}, {used} used"


def _name(plan: Plan, agent: int) -> str:
    return "" if agent == NOBODY else plan.people.names[agent]


def _table(plan: Plan, moments: Sequence[Moment], of: str, names: Sequence[str]) -> Table:
    caption = f"when: {plan.timezone}; clocks: SLA time used, and blank where none is on"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=caption, caption_justify="left")
    table.add_column("when", no_wrap=True)
    table.add_column("what", overflow="fold")
    table.add_column(of, overflow="fold")
    for kind in ("response", "resolution"):
        table.add_column(f"{kind}\nclock", justify="right", no_wrap=True)
    day = ""
    for one, name in zip(moments, names, strict=True):
        local = (plan.origin + timedelta(milliseconds=one.at_ms)).astimezone(zone(plan.timezone))
        if day != f"{local:%Y-%m-%d}":
            day = f"{local:%Y-%m-%d}"
            table.add_row(Text(day, style="bold"), Text(f"{local:%A}", style="bold"))
        clocks = (
            "" if used_ms == NEVER else minutes(used_ms / MINUTE_MS) for used_ms in (one.response_ms, one.resolution_ms)
        )
        table.add_row(f"{local:%H:%M:%S}", Text(one.what, style=_STYLES[one.mark]), name, *clocks)
    return table
