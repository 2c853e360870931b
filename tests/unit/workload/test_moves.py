"""What clocks may do to tickets: when steps are due, and the route from the higher tier on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from supportsim.plan.compile import compile_plan
from supportsim.scenario.model import Scenario
from supportsim.workload.draw import draw_workload
from supportsim.workload.model import Next, Tickets

MINUTE_MS = 60_000
Make = Callable[..., Scenario]
L2 = {"handle": {"lognormal": {"mean": "30 min", "cv": 1}}, "hands_back": "20%"}
TWO_TIERS: dict[str, Any] = {
    "work": {"L1": {"handle": {"exponential": {"mean": "9 min"}}, "escalates": "40%"}, "L2": L2},
    "teams": {"experts": {"tier": "L2", "roster": {"mon-fri": {"core": 1}}}},
    "demand": {"categories": {"general": {"share": 1, "priority": {"P1": "30%", "P3": "70%"}}}},
}
PROMISED = {"response": {"P1": "15 min"}, "resolution": {"P1": "2 h", "P3": "1 business days"}}


def tickets_of(scenario: Scenario) -> Tickets:
    return draw_workload(scenario, compile_plan(scenario), 1, 0).tickets


def test_steps_are_due_at_a_share_of_the_promise_or_after_a_time(make_scenario: Make) -> None:
    rules = [
        {"at": "80%", "to": "next_tier"},
        {"at": "100%", "of": "response", "notify": "boss"},
        {"after": "1 h", "to": "L2", "priorities": ["P1"]},
    ]
    sla = {"calendar": "office", **PROMISED, "escalate": rules}
    tickets = tickets_of(make_scenario(calendars={"office": {"mon-fri": "09:00-17:00"}}, sla=sla, **TWO_TIERS))
    assert tickets.step_ms is not None
    found = {
        priority: {tuple(row) for row in (tickets.step_ms[tickets.priority == priority] / MINUTE_MS).tolist()}
        for priority in (0, 2)
    }
    # A business day of the office is eight hours of its clock; nothing is promised of the response of P3.
    assert found[0] == {(96, 15, 60)}
    assert {row[1:] for row in found[2]} == {(-1 / MINUTE_MS, -1 / MINUTE_MS)}
    assert {row[0] for row in found[2]} == {0.8 * 480}


def test_a_ticket_meets_at_the_higher_tier_what_it_would_have_met_by_an_escalation(make_scenario: Make) -> None:
    plain = tickets_of(make_scenario(**TWO_TIERS))
    rules = [{"after": "1 h", "to": "next_tier", "priorities": ["P1"]}]
    moving = tickets_of(make_scenario(sla={"escalate": rules}, **TWO_TIERS))
    assert (plain.step_ms, plain.moved_stage) == (None, None)
    assert moving.moved_stage is not None
    moved = moving.moved_stage[:, 1]
    assert np.array_equal(moved >= 0, moving.priority == 0)
    assert (moving.moved_stage[:, [0, 2]] == -1).all()
    compared = 0
    for ticket in np.flatnonzero(moving.priority == 0)[:300].tolist():
        own = slice(*plain.stage_offset[ticket : ticket + 2].tolist())
        now = slice(int(moving.stage_offset[ticket]), int(moved[ticket]))
        behind = slice(int(moved[ticket]), int(moving.stage_offset[ticket + 1]))
        # The route itself stays as it was.
        for name in ("stage_tier", "stage_work_ms", "stage_next", "stage_delay_ms"):
            assert np.array_equal(getattr(plain, name)[own], getattr(moving, name)[now])
        assert moving.stage_tier[behind][0] == 1
        assert moving.stage_next[behind][-1] == Next.RESOLVE
        if plain.stage_next[own][0] == Next.ESCALATE:
            compared += 1
            assert np.array_equal(plain.stage_work_ms[own][1:], moving.stage_work_ms[behind])
    assert compared > 50


def test_second_tickets_and_those_about_an_incident_have_no_steps(make_scenario: Make) -> None:
    outage = {"at": "2026-01-06 10:00", "lasts": "3 h", "volume": "+900%", "known_after": "30 min", "linked": "100%"}
    scenario = make_scenario(
        sla={"escalate": [{"after": "1 h", "to": "L2"}]},
        events=[{"outage": outage}],
        **TWO_TIERS | {"demand": {"duplicates": {"share": "20%"}}},
    )
    tickets = tickets_of(scenario)
    assert tickets.step_ms is not None
    assert tickets.incident is not None
    merged = tickets.stage_next[tickets.stage_offset[:-1]] == Next.MERGE
    without = merged | (tickets.incident >= 0)
    assert without.sum() > 50
    assert np.array_equal(tickets.step_ms[:, 0] < 0, without)
