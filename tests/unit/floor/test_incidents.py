"""Incidents on floors worked out by hand: one agent, an incident known at 10 and over at 40."""

from __future__ import annotations

from dataclasses import replace

import pytest
from incident_floor import IncidentFloor
from small_floor import Agent, Stage, Ticket, one

from supportsim.measures.audit import AuditError, audit
from supportsim.workload.model import Next

LINK = Stage(2, Next.LINK)


def lives(floor: IncidentFloor) -> list[list[tuple[float, str]]]:
    audit(floor.plan(), floor.workload(), floor.run())
    story = floor.story()
    return [
        [(minute, event) for minute, event, who, _ in story if who == ticket] for ticket in range(len(floor.tickets))
    ]


def incident(*tickets: Ticket, about: tuple[int, ...]) -> IncidentFloor:
    return IncidentFloor(tickets, about=about, known=10, over=40)


def test_what_waits_when_it_is_known_takes_a_short_touch_and_ends_with_it() -> None:
    floor = incident(one(0, 15), Ticket(1, (Stage(30), LINK)), one(2, 5), Ticket(12, (LINK,)), about=(1, 3))
    assert lives(floor) == [
        [(0, "ARRIVED"), (0, "STARTED"), (15, "RESOLVED")],
        [(1, "ARRIVED"), (10, "LINKED"), (15, "STARTED"), (17, "PARKED"), (40, "ENDED")],
        [(2, "ARRIVED"), (17, "STARTED"), (22, "RESOLVED")],
        [(12, "ARRIVED"), (22, "STARTED"), (24, "PARKED"), (40, "ENDED")],
    ]


def test_what_is_begun_goes_its_way() -> None:
    asks = Ticket(0, (Stage(4, Next.ASK_CUSTOMER, 3), Stage(9), LINK))
    assert lives(incident(asks, one(1, 20), about=(0,))) == [
        [(0, "ARRIVED"), (0, "STARTED"), (4, "ASKED"), (7, "REPLIED"), (24, "STARTED"), (33, "RESOLVED")],
        [(1, "ARRIVED"), (4, "STARTED"), (24, "RESOLVED")],
    ]


def test_a_caller_on_the_line_is_served_as_usual() -> None:
    caller = Ticket(1, (Stage(6), LINK), live=True)
    assert lives(incident(one(0, 15), caller, about=(1,)))[1] == [(1, "ARRIVED"), (15, "STARTED"), (21, "RESOLVED")]


def test_whoever_comes_to_it_when_it_is_over_resolves_it() -> None:
    assert lives(incident(one(0, 40), Ticket(12, (LINK,)), Ticket(13, (LINK,)), about=(1, 2)))[1:] == [
        [(12, "ARRIVED"), (40, "STARTED"), (42, "RESOLVED")],
        [(13, "ARRIVED"), (42, "STARTED"), (44, "RESOLVED")],
    ]
    # At the very instant at which it ends, too.
    assert lives(incident(one(0, 38), Ticket(12, (LINK,)), about=(1,)))[1][-1] == (40, "RESOLVED")


def test_what_is_linked_ends_with_engineerings_fix() -> None:
    # The fix, P1, is there at 10 and takes 20 after the ticket in work; what is linked waits for it, not until 40.
    fix = one(10, 20, priority=1)
    linked = Ticket(1, (Stage(30), LINK))
    floor = IncidentFloor([one(0, 15), linked, fix, Ticket(36, (LINK,))], about=(1, 3), known=10, over=40, fix=2)
    assert lives(floor) == [
        [(0, "ARRIVED"), (0, "STARTED"), (15, "RESOLVED")],
        [(1, "ARRIVED"), (10, "LINKED"), (35, "STARTED"), (37, "RESOLVED")],
        [(10, "ARRIVED"), (15, "STARTED"), (35, "RESOLVED")],
        [(36, "ARRIVED"), (37, "STARTED"), (39, "RESOLVED")],
    ]
    # Where somebody else does the touch first, it waits until the fix is done, though the event is over at 20.
    floor = IncidentFloor([Ticket(1, (LINK,)), fix], [Agent(), Agent()], about=(0,), known=0.5, over=20, fix=1)
    assert lives(floor)[0] == [(1, "ARRIVED"), (1, "STARTED"), (3, "PARKED"), (30 + 1 / 60_000, "ENDED")]


def test_the_audit_sees_tickets_that_close_before_the_fix_is_done() -> None:
    fixed = IncidentFloor([Ticket(1, (LINK,)), one(2, 20, priority=1)], [Agent(), Agent()], about=(0,), over=10, fix=1)
    without = replace(fixed, fix=None)
    with pytest.raises(AuditError, match="returns"):
        audit(fixed.plan(), fixed.workload(), without.run())
