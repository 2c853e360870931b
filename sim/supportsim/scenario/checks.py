"""Whether the parts of a scenario fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from supportsim.scenario.checks_demand import change_findings, demand_findings, self_service_findings
from supportsim.scenario.checks_opening import opening_findings
from supportsim.scenario.checks_operation import (
    fallback_findings,
    routing_findings,
    shift_findings,
    team_findings,
    team_skill_findings,
)
from supportsim.scenario.checks_playbooks import playbook_findings
from supportsim.scenario.checks_promises import (
    escalation_findings,
    event_findings,
    pause_findings,
    sla_findings,
    target_findings,
)
from supportsim.scenario.checks_routes import service_findings, work_findings
from supportsim.scenario.checks_tables import forecast_findings, roster_file_findings
from supportsim.scenario.checks_time import calendar_findings, channel_calendar_findings, period_findings
from supportsim.scenario.faults import Finding
from supportsim.scenario.model import Scenario

STAND_INS: dict[str, Any] = {
    "name": "stand_in",
    "period": {"start": "2026-01-05"},
    "demand": {"contacts": {"count": 1}},
    "work": {},
    "shifts": {},
    "teams": {"stand_in": {"tier": "L1", "roster": {}}},
}
"""What takes the place of sections that are themselves faulty, so that the others can be checked."""

_CHECKS: list[tuple[Callable[[Scenario], Iterator[Finding]], tuple[str, ...]]] = [
    (period_findings, ("period",)),
    (calendar_findings, ("calendars", "period")),
    (channel_calendar_findings, ("calendars", "demand")),
    (demand_findings, ("demand",)),
    (forecast_findings, ("demand", "period", "sla", "calendars")),
    (self_service_findings, ("demand", "self_service")),
    (change_findings, ("changes", "demand", "self_service", "period")),
    (work_findings, ("demand", "work", "sla")),
    (shift_findings, ("shifts",)),
    (team_findings, ("teams", "shifts", "demand", "period", "calendars", "routing")),
    (roster_file_findings, ("teams", "demand", "period", "sla", "calendars")),
    (team_skill_findings, ("teams", "demand")),
    (service_findings, ("demand", "work", "teams", "sla")),
    (opening_findings, ("start", "period", "demand", "work")),
    (fallback_findings, ("routing", "teams", "demand")),
    (routing_findings, ("routing", "demand", "sla", "teams")),
    (sla_findings, ("sla", "demand", "calendars")),
    (pause_findings, ("sla", "work")),
    (escalation_findings, ("sla", "work")),
    (playbook_findings, ("playbooks", "teams", "demand", "calendars", "routing")),
    (event_findings, ("events", "demand", "period", "teams")),
    (target_findings, ("targets", "sla", "demand", "teams", "playbooks")),
]
"""Each check and the sections it reads."""


def check(scenario: Scenario, faulty: frozenset[str]) -> Iterator[Finding]:
    """Yield everything that does not fit; checks that read a ``faulty`` section are left out."""
    for findings, sections in _CHECKS:
        if not faulty.intersection(sections):
            yield from findings(scenario)
