"""Incidents on floors worked out by hand: one agent, an incident known at 10 and over at 40."""

from __future__ import annotations

from incident_floor import IncidentFloor
from small_floor import Stage, Ticket, one

from supportsim.measures.audit import audit
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
