"""The audit: every run's ledger is held against the rules of the floor, independently of the floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from supportsim.ledger import Ledger
from supportsim.measures.audit import (
    clock,
    dispatch,
    further,
    hands,
    journeys,
    lending,
    on_call,
    overtime,
    playbooks,
    rows,
    swarm,
    totals,
)
from supportsim.measures.audit.breach import AuditError, Breach
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.played import as_played
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload

__all__ = ["RULES", "AuditError", "Breach", "audit"]

RULES: tuple[tuple[str, Callable[[Facts], Iterator[Breach]]], ...] = (
    ("vocabulary", rows.vocabulary),
    ("order of events", rows.order),
    ("arrivals", journeys.arrivals),
    ("life of a ticket", journeys.life),
    ("route", journeys.route),
    ("conservation", totals.conservation),
    ("queues", journeys.queues),
    ("widening", journeys.widening),
    ("patience", journeys.patience),
    ("returns", journeys.returns),
    ("linking", journeys.linking),
    ("steps of the clock", clock.clock_steps),
    ("on call", on_call.on_call),
    ("playbooks", playbooks.firings),
    ("people lent", lending.lending),
    ("overtime", overtime.overtime),
    ("crew", hands.crew),
    ("concurrency", hands.concurrency),
    ("availability", hands.availability),
    ("eligibility", dispatch.eligibility),
    ("swarms", swarm.swarms),
    ("exact work", hands.exact_work),
    ("work set aside", hands.set_aside),
    ("work kept", hands.keeping),
    ("no idling", dispatch.no_idling),
    ("order of picks", dispatch.picks),
    ("tickets held back", playbooks.holding_back),
    ("choice of agent", dispatch.choice_of_agent),
    ("urgent work", further.urgent_work),
    ("ownership", further.ownership),
    ("lines", further.lines),
    ("numbers and sojourns", totals.numbers_and_sojourns),
)
"""What is checked, in this order: a rule may presume that those before it hold."""


def audit(plan: Plan, workload: Workload, ledger: Ledger) -> None:
    """Hold a ledger against every rule of the floor.

    Raises:
        AuditError: the first rule that is broken, with time, ticket, agent, what was expected and
            what was found.
    """
    drawn = on_call.as_called(plan, workload, ledger)
    facts = Facts(plan, as_played(plan, drawn, ledger), ledger, drawn.crew)
    for rule, check in RULES:
        breach = next(check(facts), None)
        if breach is not None:
            raise AuditError(rule, breach, plan)
