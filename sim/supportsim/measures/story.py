"""`Story`: one replication retold once, so that every metric reads from the same tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Ledger
from supportsim.measures import tables
from supportsim.measures.sla import Promises, pauses, resolution_promises, response_promises
from supportsim.measures.tables import Periods, Segments, States, TicketTable, Visits
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload


@dataclass(frozen=True)
class Story:
    """What happened, as tables; see `tables` and `sla` for each.

    Args:
        plan, workload, ledger: as simulated.
        rows, work, visits, periods, table: the ledger retold.
        response: came of each ticket's first response (T,).
        resolution: came of each SLA period (Q,).
        paused: bool (E,), the SLA clocks stand still in the state.
        counted: bool (T,), the ticket was created in the window and not turned away at once.
    """

    plan: Plan
    workload: Workload
    ledger: Ledger
    rows: States
    work: Segments
    visits: Visits
    periods: Periods
    table: TicketTable
    response: Promises
    resolution: Promises
    paused: NDArray[np.bool_]
    counted: NDArray[np.bool_]

    def in_window(self, instant_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which instants (n,) lie in the judged period."""
        start_ms, end_ms = self.plan.window_ms
        return (instant_ms >= start_ms) & (instant_ms < end_ms)


def tell(plan: Plan, workload: Workload, ledger: Ledger) -> Story:
    """Retell a replication; see `Story`."""
    tickets = workload.tickets
    rows = tables.states(plan, tickets, ledger)
    work = tables.segments(rows)
    table = tables.ticket_table(tickets, rows, work)
    periods = tables.periods(rows, table)
    paused = pauses(plan.sla, tickets, rows)
    start_ms, end_ms = plan.window_ms
    return Story(
        plan=plan,
        workload=workload,
        ledger=ledger,
        rows=rows,
        work=work,
        visits=tables.visits(rows),
        periods=periods,
        table=table,
        response=response_promises(plan.sla, tickets, table, plan.horizon_ms),
        resolution=resolution_promises(plan.sla, tickets, rows, periods, paused),
        paused=paused,
        counted=(tickets.created_ms >= start_ms) & (tickets.created_ms < end_ms) & ~(rows.turned_away & ~table.arrived),
    )


@dataclass(frozen=True)
class Base:
    """The rows that a metric is about.

    Args:
        row: int (n,), which tickets, SLA periods, visits, states or contacts, whatever the metric is made of.
        amount: float (n,), a value each, or 1 where what is counted happened and 0 where it did not.
        columns: the code (n,) of each row by dimension, `tables.NEVER` where it belongs to no member.
    """

    row: NDArray[Any]
    amount: NDArray[np.float64]
    columns: dict[str, NDArray[Any]]


def base_of_tickets(
    story: Story,
    row: NDArray[Any],
    ticket: NDArray[Any],
    amount: NDArray[Any],
    tier: NDArray[Any] | None = None,
    team: NDArray[Any] | None = None,
) -> Base:
    """Return rows about tickets, with the tickets' own dimensions.

    Args:
        story: which tickets.
        row: int (n,), see `Base`.
        ticket: int (n,).
        amount: (n,).
        tier: int (n,), where the metric can be cut by it.
        team: int (n,), likewise.
    """
    of = story.workload.tickets
    columns: dict[str, NDArray[Any]] = {
        "priority": of.priority[ticket],
        "segment": of.segment[ticket],
        "channel": of.channel[ticket],
        "category": of.category[ticket],
    }
    if tier is not None:
        columns["tier"] = tier
    if team is not None:
        columns["team"] = team
    return Base(row, amount.astype(np.float64), columns)
