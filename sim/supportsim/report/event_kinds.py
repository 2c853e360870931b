"""The page that says what each kind of event in a ledger and in an event log means, made from their docstrings."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from enum import IntEnum

from supportsim.ledger import Event
from supportsim.measures.event_log import told_as
from supportsim.plan.model import OffReason

_ABOUT = """\
# What happens on the floor

<!-- Made from the source by `make docs`; do not edit. -->

A ledger (`supportsim run --ledger N` keeps that of replication N, `supportsim.ledger.Ledger.load` reads it) holds every
event: `time_ms, ticket, event, place, agent`. What `place` means depends on the event. An event log (`--event-log`)
tells the same by ticket, the way process mining wants it: one case is one ticket, worked on by one person at a time. So
it has no rows in which people come, go, are paged or join the work of others, or playbooks fire and end. Those are in
the ledger, and `supportsim trace` tells them. Which playbooks a ticket met can be seen all the same: the column
`playbooks` names in each row those that burn then for a team that has the ticket or may take it, or that lends people
for one. Who is absent never comes, which no event says.

## Events

*In the event log* is the activity; work is `Work at L1` to `Work at L3`, with its transition. What ends a touch has a
row of completed work before its own.
"""
_WHY = "## Why people go off\n\nThe `place` of `AGENT_OFF`.\n"


def event_kinds_text() -> str:
    """Return the page as Markdown."""
    meanings = member_docs(Event)
    rows = ["| event | number | in the event log | meaning |", "| --- | --- | --- | --- |"]
    rows += [f"| `{event.name}` | {event:d} | {told_as(event)} | {meanings[event.name]} |" for event in Event]
    reasons = member_docs(OffReason)
    why = ["| place | reason | meaning |", "| --- | --- | --- |"]
    why += [
        f"| {reason:d} | {reason.name.replace('_', ' ').lower()} | {reasons.get(reason.name, '')} |"
        for reason in OffReason
    ]
    return "\n".join([_ABOUT, *rows, "", _WHY, *why, ""])


def member_docs(kinds: type[IntEnum]) -> dict[str, str]:
    """Return the docstring of each member that has one, as one line of Markdown, by its name."""
    (definition,) = ast.parse(inspect.getsource(kinds)).body
    assert isinstance(definition, ast.ClassDef)
    return dict(_docs(definition))


def _docs(definition: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for member, below in zip(definition.body, definition.body[1:], strict=False):
        match member, below:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, " ".join(text.split()).replace("``", "`")
