"""Incidents: once one is known, tickets about it take a short touch and are resolved with it."""

from __future__ import annotations

import numpy as np

from supportsim.floor.general import General
from supportsim.floor.instants import Handler, Order
from supportsim.floor.plain import ENDED, RETURN
from supportsim.floor.state import NOWHERE
from supportsim.ledger import NOBODY, Event
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload

NOT_YET = 1 << 60
LINKED, PARKED = int(Event.LINKED), int(Event.PARKED)


class Incidents(General):
    """Links waiting tickets to their incident when it is known, and resolves those linked when it is over."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Put on the calendar when each incident is known."""
        super().set_up(plan, workload)
        tickets, incidents = workload.tickets, workload.incidents
        if tickets.incident is None or tickets.linked_stage is None or incidents is None:
            raise ValueError("the plan links tickets to incidents, expected a workload that says which")
        self.incident: list[int] = tickets.incident.tolist()
        self.linked_stage: list[int] = tickets.linked_stage.tolist()
        self.resolved_ms: list[int] = incidents.resolved_ms.tolist()
        fix = np.full(len(self.resolved_ms), NOBODY) if incidents.fix is None else incidents.fix
        self.fixes: dict[int, int] = {ticket: number for number, ticket in enumerate(fix.tolist()) if ticket != NOBODY}
        """The incident that ends with each ticket."""
        self.followed.update(self.fixes)
        for number in self.fixes.values():
            self.resolved_ms[number] = NOT_YET
        self.parked: list[list[int]] = [[] for _ in self.resolved_ms]
        self.about: list[list[int]] = [[] for _ in self.resolved_ms]
        for ticket, incident in enumerate(self.incident):
            if incident != NOBODY:
                self.about[incident].append(ticket)
        for incident, known_ms in enumerate(incidents.known_ms.tolist()):
            if known_ms >= 0 and self.about[incident]:
                self.at(known_ms, (Order.LINK, incident, 0))

    def handlers(self) -> dict[Order, Handler]:
        """Add what happens when an incident is known."""
        return super().handlers() | {Order.LINK: self._link}

    def _link(self, now: int, incident: int, _what: int) -> None:
        for ticket in self.about[incident]:
            place, linked = self.place[ticket], self.linked_stage[ticket]
            begun = self.last_agent[ticket] != NOBODY
            if place != NOWHERE and not begun and self.stage[ticket] != linked and not self._is_live(ticket):
                self.stage[ticket] = linked
                self.record((now, ticket, LINKED, self._queue_at(place), NOBODY))

    def _end_linked(self, now: int, ticket: int, agent: int) -> None:
        over_ms = self.resolved_ms[self.incident[ticket]]
        if now >= over_ms:
            self._resolve(now, ticket, agent)
            return
        self.record((now, ticket, PARKED, self.team[agent], agent))
        if over_ms == NOT_YET:
            self.parked[self.incident[ticket]].append(ticket)
        else:
            self.at(over_ms, (RETURN, ticket, ENDED))

    def _touch_ended(self, now: int, ticket: int) -> None:
        super()._touch_ended(now, ticket)
        number = self.fixes.get(ticket)
        if number is not None:
            # Nothing that an instant causes falls on that same instant.
            self.resolved_ms[number] = now + 1
            for parked in self.parked[number]:
                self.at(now + 1, (RETURN, parked, ENDED))
