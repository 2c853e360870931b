"""Promises against hand-computed clocks. 2026-01-05 is a Monday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from small_floor import MINUTE_MS, Floor, Stage, Ticket, one

from supportsim.measures.sla import Outcome, clock_ms, judge, resolution_promises, response_promises, target_ms
from supportsim.measures.story import tell
from supportsim.measures.tables import NEVER
from supportsim.plan.model import Plan, Sla, SlaTable
from supportsim.scenario.calendars import build_clock
from supportsim.scenario.model import Scenario
from supportsim.workload.model import Next

Make = Callable[..., Scenario]
HOUR_MS = 60 * MINUTE_MS
OFFICE = {"mon-fri": "09:00-17:00"}


def sla(make_scenario: Make, origin: str, timezone: str = "UTC", hours: object = OFFICE, **promises: object) -> Sla:
    """One calendar for everything; promises in minutes by priority."""
    calendar = make_scenario(calendars={"office": hours}).calendars["office"]
    start = datetime.fromisoformat(origin).replace(tzinfo=UTC)
    clock = build_clock("office", calendar, timezone, start, 0, 60 * 24 * HOUR_MS)
    tables = []
    for name in ("response", "resolution"):
        minutes = np.full((5, 1), promises.get(name, np.nan))
        tables.append(SlaTable(minutes, np.full((5, 1), promises.get(f"{name}_days", 0))))
    pauses = promises.get("pauses", ())
    return Sla((clock,), np.zeros((5, 1), np.int32), *tables, "pending" in pauses, "engineering" in pauses, 20_000, 0)


def at(origin: str, *instants: str) -> NDArray[np.int64]:
    begin = datetime.fromisoformat(origin)
    return np.array([(datetime.fromisoformat(text) - begin) // timedelta(milliseconds=1) for text in instants])


def used_hours(policy: Sla, origin: str, start: str, end: str) -> float:
    return float(clock_ms(policy, np.zeros(1, np.int32), at(origin, start), at(origin, end))[0] / HOUR_MS)


def test_the_clock_stands_still_at_night_and_over_the_weekend(make_scenario: Make) -> None:
    policy = sla(make_scenario, "2026-01-05")
    assert used_hours(policy, "2026-01-05", "2026-01-05T16:00", "2026-01-06T10:00") == 2
    assert used_hours(policy, "2026-01-05", "2026-01-09T16:00", "2026-01-12T10:00") == 2
    assert used_hours(policy, "2026-01-05", "2026-01-10T16:00", "2026-01-11T10:00") == 0


def test_the_clock_runs_in_elapsed_time_through_a_night_in_which_the_clocks_change(make_scenario: Make) -> None:
    policy = sla(make_scenario, "2026-03-07", "America/New_York", {"daily": "00:00-24:00"})
    # From midnight to midnight of the Sunday that has 23 hours; New York is five hours behind, then four.
    assert used_hours(policy, "2026-03-07", "2026-03-08T05:00", "2026-03-09T04:00") == 23


@pytest.mark.parametrize(
    ("used", "allowed", "kept", "given_up", "outcome", "severe"),
    [
        (60, 60, True, False, Outcome.MET, False),
        (61, 60, True, False, Outcome.BREACHED, False),
        (120, 60, True, False, Outcome.BREACHED, False),
        (121, 60, True, False, Outcome.BREACHED, True),
        (60, 60, False, False, Outcome.UNDECIDED, False),
        (61, 60, False, False, Outcome.BREACHED, False),
        (60, 60, False, True, Outcome.EXCLUDED, False),
        (61, 60, False, True, Outcome.BREACHED, False),
        (500, NEVER, True, False, Outcome.NONE, False),
        (500, NEVER, False, True, Outcome.NONE, False),
    ],
)
def test_outcomes(used: int, allowed: int, kept: bool, given_up: bool, outcome: Outcome, severe: bool) -> None:
    promises = judge(np.array([used]), np.array([allowed]), np.array([kept]), np.array([given_up]))
    assert promises.outcome.tolist() == [outcome]
    assert promises.severe.tolist() == [severe]


def test_minutes_are_those_of_the_calendar_and_days_the_same_clock_time(make_scenario: Make) -> None:
    policy = sla(make_scenario, "2026-01-05", response=90, resolution_days=2)
    zero, start_ms = np.zeros(2, np.int64), at("2026-01-05", "2026-01-05T16:00", "2026-01-09T12:00")
    assert (target_ms(policy, policy.response, zero, zero, start_ms) / MINUTE_MS).tolist() == [90, 90]
    # Monday 16:00 to Wednesday 16:00, Friday noon to Tuesday noon: two days of eight hours each.
    assert (target_ms(policy, policy.resolution, zero, zero, start_ms) / HOUR_MS).tolist() == [16, 16]


def test_nothing_promised_is_never_due(make_scenario: Make) -> None:
    policy = sla(make_scenario, "2026-01-05")
    zero = np.zeros(1, np.int64)
    assert target_ms(policy, policy.response, zero, zero, zero).tolist() == [NEVER]


ALWAYS = {"daily": "00:00-24:00"}


def promised(
    make_scenario: Make, floor: Floor, **promises: object
) -> tuple[list[float], list[str], list[float], list[str]]:
    """Return minutes used and outcome, of responses and of resolutions, on a clock that never stops."""
    plan, workload = floor.plan(), floor.workload()
    policy = sla(make_scenario, "2026-01-05", hours=ALWAYS, **promises)
    told = tell(Plan(**{**vars(plan), "sla": policy}), workload, floor.run())
    response = response_promises(policy, workload.tickets, told.table, plan.horizon_ms)
    resolution = resolution_promises(policy, workload.tickets, told.rows, told.periods)
    results: list[object] = []
    for promises_ in (response, resolution):
        results.append((promises_.used_ms / MINUTE_MS).tolist())
        results.append([Outcome(code).name for code in promises_.outcome.tolist()])
    return tuple(results)  # type: ignore[return-value]


ASKED = Ticket(0, (Stage(5, Next.ASK_CUSTOMER, 30), Stage(5, Next.FIX, 100), Stage(5)))


@pytest.mark.parametrize(
    ("pauses", "used"), [((), 145), (("pending",), 115), (("engineering",), 45), (("pending", "engineering"), 15)]
)
def test_pauses(make_scenario: Make, pauses: tuple[str, ...], used: float) -> None:
    _, _, minutes, outcomes = promised(make_scenario, Floor([ASKED]), resolution=115, pauses=pauses)
    assert minutes == [used]
    assert outcomes == ["MET" if used <= 115 else "BREACHED"]


def test_each_reopening_has_a_clock_of_its_own(make_scenario: Make) -> None:
    reopened = Ticket(0, (Stage(5, Next.RESOLVE, 1000), Stage(20)))
    _, _, minutes, outcomes = promised(make_scenario, Floor([reopened]), resolution=10)
    assert (minutes, outcomes) == ([5, 20], ["MET", "BREACHED"])


def test_who_gives_up_before_the_target_is_left_out_and_after_it_is_a_breach(make_scenario: Make) -> None:
    tickets = [one(0, 100), *(one(1, 5, live=True, attempts=[(patience, None)]) for patience in (10, 11))]
    used, outcomes, *_ = promised(make_scenario, Floor(tickets), response=10)
    assert (used, outcomes) == ([0, 10, 11], ["MET", "EXCLUDED", "BREACHED"])


def test_open_at_the_end_is_undecided_until_overdue(make_scenario: Make) -> None:
    tickets = [one(0, 500), one(40, 5), one(39, 5)]
    floor = Floor(sorted(tickets, key=lambda ticket: ticket.created), horizon=50)
    used, outcomes, _, resolutions = promised(make_scenario, floor, response=10, resolution=50)
    assert (used, outcomes) == ([0, 11, 10], ["MET", "BREACHED", "UNDECIDED"])
    assert resolutions == ["UNDECIDED"] * 3


def test_a_ticket_that_never_came_has_no_promise(make_scenario: Make) -> None:
    _, outcomes, *_ = promised(make_scenario, Floor([one(0, 1), one(60, 1)], horizon=50), response=10)
    assert outcomes == ["MET", "NONE"]
