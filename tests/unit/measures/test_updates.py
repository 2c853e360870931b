"""The promise of news at least every 30 minutes, on floors worked out by hand. The clock never stops by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_floor import Floor, Stage, Ticket, ms, one

from supportsim.measures.sla import Outcome
from supportsim.measures.story import tell
from supportsim.measures.updates import update_outcomes
from supportsim.plan.model import Sla, SlaTable
from supportsim.scenario.calendars import Clock, local_time
from supportsim.workload.model import Next

ASK, FIX = Next.ASK_CUSTOMER, Next.FIX


def outcomes(floor: Floor, promised: float = 30, first_reply: float = 0, **pauses: bool) -> list[str]:
    plan, workload = floor.plan(), floor.workload()
    always = Clock("always", np.zeros(1, np.int64), np.array([plan.horizon_ms]), local_time("UTC", plan.origin, 0, 1))
    nothing, no_days = np.full((5, 1), np.nan), np.zeros((5, 1), np.int32)
    updates = np.where(np.arange(5)[:, None] < 4, promised, np.nan)
    policy = Sla(
        (always,), no_days, SlaTable(nothing, no_days), SlaTable(nothing, no_days),
        pause_pending=pauses.get("customer", False), pause_engineering=pauses.get("engineering", False),
        service_level_ms=0, short_abandon_ms=0, updates=SlaTable(updates, no_days),
    )  # fmt: skip
    tickets = replace(workload.tickets, first_reply_ms=np.full(len(floor.tickets), ms(first_reply)))
    workload = replace(workload, tickets=tickets)
    found = update_outcomes(tell(replace(plan, sla=policy), workload, floor.run()))
    return [Outcome(code).name for code in found.tolist()]


@pytest.mark.parametrize(
    ("work", "first_reply", "kept"), [(30, 0, True), (31, 0, False), (33, 3, True), (34, 3, False)]
)
def test_the_first_silence_begins_with_the_first_reply(work: float, first_reply: float, kept: bool) -> None:
    assert outcomes(Floor([one(5, work)]), first_reply=first_reply) == ["MET" if kept else "BREACHED"]


def test_the_wait_before_the_first_reply_is_the_response_promises_business() -> None:
    assert outcomes(Floor([one(0, 100), one(1, 10)])) == ["BREACHED", "MET"]


@pytest.mark.parametrize(
    ("delay", "pauses", "kept"),
    [(30, {}, True), (31, {}, False), (31, {"customer": True}, True), (31, {"engineering": True}, False)],
)
def test_silence_while_the_customer_owes_an_answer(delay: float, pauses: dict[str, bool], kept: bool) -> None:
    asks = Ticket(0, (Stage(5, ASK, delay), Stage(0.5)))
    # The half minute of the second touch comes on top of 30, unless the clock stood still.
    expected = "MET" if kept and (delay < 30 or pauses) else "BREACHED"
    assert outcomes(Floor([asks]), **pauses) == [expected]


def test_a_pause_for_engineering_is_no_excuse_for_silence() -> None:
    fix = Ticket(0, (Stage(5, FIX, 31), Stage(1)))
    assert outcomes(Floor([fix]), engineering=True) == ["BREACHED"]
    # Two words on the way keep the promise.
    posted = Ticket(0, (Stage(5, Next.FIX_GOES_ON, 15), Stage(1, FIX, 16), Stage(1)))
    assert outcomes(Floor([posted]), engineering=True) == ["MET"]


def test_a_touch_breaks_the_silence() -> None:
    # 20 minutes of fixing and 10 of work, then 30 of work, with a word between them.
    assert outcomes(Floor([Ticket(0, (Stage(5, FIX, 20), Stage(10, ASK, 1), Stage(29)))])) == ["MET"]


def test_a_reopening_begins_a_silence_of_its_own() -> None:
    back = Ticket(0, (Stage(5, Next.RESOLVE, 500), Stage(10)))
    assert outcomes(Floor([back])) == ["MET"]
    # Another ticket keeps the desk from it for too long.
    assert outcomes(Floor([back, one(500, 26)])) == ["BREACHED", "MET"]


def test_open_at_the_end_is_undecided_until_broken() -> None:
    waits = Ticket(0, (Stage(5, FIX, 1000), Stage(5)))
    assert outcomes(Floor([waits], horizon=35)) == ["UNDECIDED"]
    assert outcomes(Floor([waits], horizon=36)) == ["BREACHED"]


def test_who_gets_no_such_promise_or_no_answer_does_not_count() -> None:
    gave_up = one(2, 5, live=True, attempts=[(1, None)])
    assert outcomes(Floor([one(0, 10), gave_up, one(3, 10, priority=5)])) == ["MET", "NONE", "NONE"]
    assert outcomes(Floor([one(0, 5), Ticket(1, (Stage(1, Next.MERGE),))])) == ["MET", "EXCLUDED"]
    assert outcomes(Floor([Ticket(0, (Stage(5, Next.CLOSE, 20),))])) == ["MET"]


def test_nothing_promised_is_no_outcome() -> None:
    floor = Floor([one(0, 100)])
    assert update_outcomes(tell(floor.plan(), floor.workload(), floor.run())).tolist() == [Outcome.NONE]
