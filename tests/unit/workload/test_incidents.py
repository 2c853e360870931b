"""What an incident does to tickets and to the crew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import OffReason
from supportsim.scenario.model import Scenario
from supportsim.workload.draw import draw_workload
from supportsim.workload.model import Crew, Next

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
LEAST_P = 1e-4
Make = Callable[..., Scenario]
# Tuesday the 6th, 10:00 to 13:00.
OUTAGE = {"at": "2026-01-06 10:00", "lasts": "3 h", "volume": "+2000%", "known_after": "30 min"}


def test_links_are_drawn_of_the_extra_tickets_until_it_is_over(make_scenario: Make) -> None:
    event = OUTAGE | {"linked": "70%", "linked_handle": "3 min", "fades": "2 h"}
    scenario = make_scenario(events=[{"outage": event}])
    plan = compile_plan(scenario)
    workload = draw_workload(scenario, plan, 1, 0)
    tickets, incidents = workload.tickets, workload.incidents
    assert incidents is not None
    assert tickets.incident is not None
    assert tickets.linked_stage is not None
    assert [(incidents.known_ms / HOUR_MS).tolist(), (incidents.resolved_ms / HOUR_MS).tolist()] == [[34.5], [37]]
    could = (workload.contacts.source[tickets.contact] == 0) & (tickets.created_ms < 37 * HOUR_MS)
    linked = tickets.incident == 0
    assert not linked[~could].any()
    assert stats.binomtest(int(linked.sum()), int(could.sum()), 0.7).pvalue > LEAST_P
    assert np.array_equal(tickets.linked_stage >= 0, linked)
    assert set(tickets.stage_work_ms[tickets.linked_stage[linked]].tolist()) == {3 * MINUTE_MS}
    assert set(tickets.stage_next[tickets.linked_stage[linked]].tolist()) == {Next.LINK}
    first = tickets.linked_stage == tickets.stage_offset[:-1]
    assert np.array_equal(first, linked & (tickets.created_ms >= 34.5 * HOUR_MS))
    assert (tickets.first_reply_ms[linked] <= 3 * MINUTE_MS).all()


def test_links_move_no_other_draw(make_scenario: Make) -> None:
    plain, linking = (
        draw_workload(scenario, compile_plan(scenario), 1, 0)
        for scenario in (
            make_scenario(events=[{"outage": OUTAGE}]),
            make_scenario(events=[{"outage": OUTAGE | {"linked": "50%"}}]),
        )
    )
    tickets = linking.tickets
    assert tickets.incident is not None
    ordinary = np.flatnonzero(tickets.incident < 0)
    assert np.array_equal(plain.contacts.key, linking.contacts.key)
    for each in ordinary[:200].tolist():
        mine, theirs = (slice(one.stage_offset[each], one.stage_offset[each + 1]) for one in (tickets, plain.tickets))
        assert np.array_equal(tickets.stage_work_ms[mine], plain.tickets.stage_work_ms[theirs])


def there(crew: Crew, person: int) -> list[tuple[float, float, str]]:
    """Return the stretches of one person of the 6th and 7th: (start, end, why it ends), in hours of the 6th."""
    return [
        (start / HOUR_MS - 24, end / HOUR_MS - 24, OffReason(reason).name)
        for who, start, end, reason in zip(
            crew.person.tolist(), crew.start_ms.tolist(), crew.end_ms.tolist(), crew.end_reason.tolist(), strict=True
        )
        if who == person and 24 <= start / HOUR_MS < 72
    ]


@pytest.mark.parametrize(
    ("away", "days"),
    [
        ({}, [[(9, 17, "SHIFT_END")], [(9, 17, "SHIFT_END")], [(12, 20, "SHIFT_END")]]),
        # Known at 10:30 and over at 13:00. The third is there for an hour of it only, so the first goes.
        (
            {"war_room": {"team": "desk", "agents": 1}},
            [[(9, 10.5, "WAR_ROOM"), (13, 17, "SHIFT_END")], [(9, 17, "SHIFT_END")], [(12, 20, "SHIFT_END")]],
        ),
        (
            {"war_room": {"team": "desk", "agents": 9}},
            [[(9, 10.5, "WAR_ROOM"), (13, 17, "SHIFT_END")], [(9, 10.5, "WAR_ROOM"), (13, 17, "SHIFT_END")],
             [(13, 20, "SHIFT_END")]],
        ),
        # From 18:00 to 19:00 only the third is there.
        (
            {"review": {"team": "desk", "agents": 2, "after": "5 h", "takes": "1 h"}},
            [[(9, 17, "SHIFT_END")], [(9, 17, "SHIFT_END")], [(12, 18, "REVIEW"), (19, 20, "SHIFT_END")]],
        ),
    ],
)  # fmt: skip
def test_people_are_called_away(make_scenario: Make, away: dict[str, Any], days: list[Any]) -> None:
    scenario = make_scenario(
        shifts={"late": "12:00-20:00"},
        events=[{"outage": OUTAGE | away}],
        instead={"teams": {"desk": {"tier": "L1", "roster": {"tue": {"core": 2, "late": 1}}}}},
    )
    crew = draw_workload(scenario, compile_plan(scenario), 1, 0).crew
    assert [there(crew, person) for person in range(3)] == days


def test_engineerings_fix_is_a_ticket_of_its_own_that_moves_no_other_draw(make_scenario: Make) -> None:
    linked = OUTAGE | {"linked": "60%"}
    fix = {"takes": {"lognormal": {"mean": "3 h", "cv": 0.5}}, "category": "general", "tier": "L2"}
    teams = {"experts": {"tier": "L2", "roster": {"mon-fri": {"core": 1}}}}
    plain, fixing = (
        draw_workload(scenario, compile_plan(scenario), 1, 0)
        for scenario in (
            make_scenario(events=[{"outage": event}], teams=teams) for event in (linked, linked | {"fix": fix})
        )
    )
    assert plain.incidents is not None
    assert fixing.incidents is not None
    assert (plain.incidents.fix, len(fixing.tickets)) == (None, len(plain.tickets) + 1)
    assert fixing.incidents.fix is not None
    (ticket,) = fixing.incidents.fix.tolist()
    tickets = fixing.tickets
    stages = slice(*tickets.stage_offset[ticket : ticket + 2].tolist())
    assert (tickets.created_ms[ticket] / HOUR_MS, tickets.priority[ticket]) == (34.5, 0)
    assert (tickets.stage_tier[stages].tolist(), tickets.stage_next[stages].tolist()) == ([1], [Next.RESOLVE])
    assert HOUR_MS / 4 < tickets.stage_work_ms[stages][0] < 20 * HOUR_MS
    assert np.array_equal(np.delete(tickets.created_ms, ticket), plain.tickets.created_ms)
    assert tickets.incident is not None
    assert plain.tickets.incident is not None
    assert np.array_equal(np.delete(tickets.incident, ticket), plain.tickets.incident)
