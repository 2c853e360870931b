"""Promises against hand-computed clocks. 2026-01-05 is a Monday."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from small_floor import MINUTE_MS, Floor, Stage, Ticket, ms, one

from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.measures.sla import (
    Outcome,
    Promises,
    clock_ms,
    judge,
    resolution_promises,
    response_promises,
    target_ms,
)
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
    resolution = resolution_promises(policy, workload.tickets, told.rows, told.periods, told.paused)
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


SILENT = Ticket(0, (Stage(5, Next.THIRD_PARTY, 100), Stage(5, Next.FOLLOW_UP, 30), Stage(5, Next.CLOSE, 30)))


@pytest.mark.parametrize(
    ("pauses", "used"),
    [
        ({}, 175),
        ({"pause_pending": True}, 115),
        ({"pause_third_party": True}, 75),
        # Only the wait after the first follow-up counts as unresponsive.
        ({"pause_after_follow_ups": 1}, 145),
        ({"pause_after_follow_ups": 0}, 115),
        ({"pause_after_follow_ups": 2}, 175),
    ],
)
def test_pauses_for_others(make_scenario: Make, pauses: dict[str, Any], used: float) -> None:
    policy = replace(sla(make_scenario, "2026-01-05", hours=ALWAYS, resolution=115), **pauses)
    floor = Floor([SILENT])
    told = tell(replace(floor.plan(), sla=policy), floor.workload(), floor.run())
    assert (told.resolution.used_ms / MINUTE_MS).tolist() == [used]
    # Closed without an answer: left out, unless the promise was broken before.
    assert told.resolution.outcome.tolist() == [Outcome.EXCLUDED if used <= 115 else Outcome.BREACHED]


def test_a_question_after_an_answer_is_no_follow_up(make_scenario: Make) -> None:
    policy = replace(sla(make_scenario, "2026-01-05", hours=ALWAYS), pause_pending=False, pause_after_follow_ups=1)
    asks = (Stage(5, Next.FOLLOW_UP, 30), Stage(5, Next.ASK_CUSTOMER, 10), Stage(5, Next.ASK_CUSTOMER, 100), Stage(5))
    floor = Floor([Ticket(0, asks)])
    told = tell(replace(floor.plan(), sla=policy), floor.workload(), floor.run())
    assert (told.resolution.used_ms / MINUTE_MS).tolist() == [160 - 10]


def test_a_merged_ticket_has_no_clock(make_scenario: Make) -> None:
    used, outcomes, _, ends = promised(make_scenario, Floor([one(0, 100), Ticket(1, (Stage(1, Next.MERGE),))]),
                                       response=10, resolution=10)  # fmt: skip
    assert (used, outcomes, ends) == ([0, 99], ["MET", "EXCLUDED"], ["BREACHED", "EXCLUDED"])


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


def hour(day: int, clock: float) -> float:
    """Minutes since Monday's midnight; day 0 is Monday."""
    return (24 * day + clock) * 60


# Asked on Monday at 16:00, answered on Tuesday at 10:00; in engineering from Tuesday 11:00 to Wednesday noon; solved
# on Wednesday at 13:00. Back on Thursday evening, when the office is closed, solved on Friday at 9:30.
OVER_DAYS = [
    (hour(0, 15), Event.ARRIVED, NOBODY),
    (hour(0, 15.5), Event.STARTED, 0),
    (hour(0, 16), Event.ASKED, 0),
    (hour(1, 10), Event.REPLIED, NOBODY),
    (hour(1, 10.5), Event.STARTED, 0),
    (hour(1, 11), Event.SENT_TO_FIX, 0),
    (hour(2, 12), Event.FIXED, NOBODY),
    (hour(2, 12.5), Event.STARTED, 0),
    (hour(2, 13), Event.RESOLVED, 0),
    (hour(3, 18), Event.REOPENED, NOBODY),
    (hour(4, 9), Event.STARTED, 0),
    (hour(4, 9.5), Event.RESOLVED, 0),
]
STAGES = (Stage(1, Next.ASK_CUSTOMER, 1), Stage(1, Next.FIX, 1), Stage(1, Next.RESOLVE, 1), Stage(1))


def judged(policy: Sla, life: list[tuple[float, Event, int]]) -> tuple[Promises, Promises]:
    """Return what came of the response and the resolutions of a ticket that lived like this."""
    floor = Floor([Ticket(life[0][0], STAGES)], horizon=hour(7, 0))
    minute, event, agent = zip(*life, strict=True)
    count = len(life)
    told = tell(
        replace(floor.plan(), sla=policy),
        floor.workload(),
        Ledger(
            np.array([ms(m) for m in minute], dtype=np.int64),
            np.zeros(count, np.int32),
            np.array(event, dtype=np.int8),
            np.zeros(count, np.int16),
            np.array(agent, dtype=np.int32),
        ),
    )
    return told.response, told.resolution


@pytest.mark.parametrize(
    ("pauses", "hours"),
    [
        # Monday 15 to 17, all of Tuesday, Wednesday 9 to 13.
        ((), 2 + 8 + 4),
        # The customer had Monday 16 to 17 and Tuesday 9 to 10.
        (("pending",), 14 - 2),
        # Engineering had Tuesday 11 to 17 and Wednesday 9 to 12.
        (("engineering",), 14 - 9),
        (("pending", "engineering"), 14 - 2 - 9),
    ],
)
def test_pauses_count_only_while_the_office_is_open(make_scenario: Make, pauses: tuple[str, ...], hours: float) -> None:
    _, resolution = judged(sla(make_scenario, "2026-01-05", resolution=60 * hours, pauses=pauses), OVER_DAYS)
    assert (resolution.used_ms / HOUR_MS).tolist() == [hours, 0.5]
    assert resolution.outcome.tolist() == [Outcome.MET, Outcome.MET]
    assert not resolution.severe.any()


def test_a_millisecond_of_office_time_makes_the_breach(make_scenario: Make) -> None:
    policy = sla(make_scenario, "2026-01-05", resolution=180, pauses=("pending", "engineering"))
    late = [(m + 1 / MINUTE_MS if event is Event.RESOLVED else m, event, agent) for m, event, agent in OVER_DAYS]
    _, resolution = judged(policy, late)
    assert resolution.used_ms.tolist() == [180 * MINUTE_MS + 1, 30 * MINUTE_MS + 1]
    assert resolution.outcome.tolist() == [Outcome.BREACHED, Outcome.MET]


@pytest.mark.parametrize(("pauses", "hours", "outcome"), [
    (("pending",), 1, Outcome.UNDECIDED),
    # Monday 15 to 17 and the other four days.
    ((), 2 + 4 * 8, Outcome.BREACHED),
])  # fmt: skip
def test_a_question_that_is_never_answered_pauses_to_the_end(
    make_scenario: Make, pauses: tuple[str, ...], hours: float, outcome: Outcome
) -> None:
    _, resolution = judged(sla(make_scenario, "2026-01-05", resolution=60, pauses=pauses), OVER_DAYS[:3])
    assert (resolution.used_ms / HOUR_MS).tolist() == [hours]
    assert resolution.outcome.tolist() == [outcome]


def test_business_days_are_judged_by_the_clock_time(make_scenario: Make) -> None:
    # Due two open days after Monday 15:00; solved on Wednesday at 13:00, or else at 15:00, or a millisecond later.
    policy = sla(make_scenario, "2026-01-05", resolution_days=2)
    for instant, outcome in ((13, "MET"), (15, "MET"), (15 + 1 / (60 * MINUTE_MS), "BREACHED")):
        life = [*OVER_DAYS[:8], (hour(2, instant), Event.RESOLVED, 0)]
        _, resolution = judged(policy, life)
        assert resolution.target_ms.tolist() == [16 * HOUR_MS]
        assert [Outcome(code).name for code in resolution.outcome.tolist()] == [outcome]


def test_business_days_from_a_closed_office_begin_with_its_next_opening(make_scenario: Make) -> None:
    policy = sla(make_scenario, "2026-01-05", resolution_days=1)
    zero = np.zeros(2, np.int64)
    # Saturday noon and Monday at seven both count as Monday at nine: due on Tuesday at nine, after eight hours.
    start_ms = at("2026-01-05", "2026-01-10T12:00", "2026-01-12T07:00")
    assert (target_ms(policy, policy.resolution, zero, zero, start_ms) / HOUR_MS).tolist() == [8, 8]


def test_office_hours_move_with_the_clocks(make_scenario: Make) -> None:
    policy = sla(make_scenario, "2026-03-06", "America/New_York", resolution_days=1)
    # Friday 15:00 (20:00 in UTC) to Monday 15:00 (19:00 in UTC, summer time by then): two hours and six.
    assert used_hours(policy, "2026-03-06", "2026-03-06T20:00", "2026-03-09T19:00") == 8
    zero, start_ms = np.zeros(1, np.int64), at("2026-03-06", "2026-03-06T20:00")
    assert target_ms(policy, policy.resolution, zero, zero, start_ms).tolist() == [8 * HOUR_MS]
    # Monday's office opens at nine, 13:00 in UTC.
    assert used_hours(policy, "2026-03-06", "2026-03-09T12:00", "2026-03-09T14:00") == 1


def test_clock_and_target_go_by_priority_and_segment(make_scenario: Make) -> None:
    office, always = (sla(make_scenario, "2026-01-05", hours=hours) for hours in (OFFICE, ALWAYS))
    clock = np.zeros((5, 2), np.int32)
    clock[0, 1] = clock[3, 1] = 1
    minutes, days = np.full((5, 2), np.nan), np.zeros((5, 2), np.int32)
    minutes[0] = (30, 15)
    days[2, 0], days[2, 1], days[3, 1] = 1, 2, 1
    policy = replace(office, clocks=(*office.clocks, *always.clocks), clock=clock, response=SlaTable(minutes, days))
    priority, segment = np.array([0, 0, 2, 2, 3, 4]), np.array([0, 1, 0, 1, 1, 0])
    start_ms = at("2026-01-05", *["2026-01-05T16:00"] * 6)
    allowed_ms = target_ms(policy, policy.response, priority, segment, start_ms)
    # A day of the clock that never stops has 24 hours.
    assert allowed_ms.tolist() == [
        30 * MINUTE_MS, 15 * MINUTE_MS, 8 * HOUR_MS, 16 * HOUR_MS, 24 * HOUR_MS, NEVER,
    ]  # fmt: skip
    end_ms = at("2026-01-05", *["2026-01-06T10:00"] * 6)
    used_ms = clock_ms(policy, policy.clock[priority, segment], start_ms, end_ms)
    assert (used_ms / HOUR_MS).tolist() == [2, 18, 2, 2, 18, 2]
