"""When promises break, against the clock read to the millisecond."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from small_floor import MINUTE_MS, Floor, Stage, Ticket, one

from supportsim.measures.breaking import resolutions_break_ms, responses_break_ms
from supportsim.measures.story import Story, tell
from supportsim.measures.tables import NEVER
from supportsim.plan.model import SlaTable
from supportsim.scenario.calendars import Clock, local_time
from supportsim.workload.model import Next


def story(floor: Floor, response: float, resolution: float, hours: list[tuple[float, float]]) -> Story:
    """A story in which everything is promised on one clock that runs in these hours; questions pause it."""
    plan, workload = floor.plan(), floor.workload()
    opens, closes = (np.array([round(row[side] * MINUTE_MS) for row in hours], np.int64) for side in (0, 1))
    clock = Clock("office", opens, closes, local_time("UTC", plan.origin, 0, plan.horizon_ms))
    tables = [SlaTable(np.full((5, 1), promised), np.zeros((5, 1), np.int32)) for promised in (response, resolution)]
    sla = replace(plan.sla, clocks=(clock,), response=tables[0], resolution=tables[1], pause_pending=True)
    return tell(replace(plan, sla=sla), workload, floor.run())


def minutes(instants_ms: np.ndarray) -> list[float | None]:
    """Minutes of the instants; all but `NEVER` lie one millisecond after a whole minute."""
    return [None if at == NEVER else (at - 1) / MINUTE_MS for at in instants_ms.tolist()]


def test_responses() -> None:
    # The second waits from 10 to 30 on a clock that stands still from 15 to 20; the third is answered in time.
    found = story(Floor([one(0, 30), one(10, 5), one(40, 5)]), 12, 1000, [(0, 15), (20, 10_000)])
    assert minutes(responses_break_ms(found)) == [None, 27, None]


def test_resolutions_with_a_pause() -> None:
    asked = Ticket(0, (Stage(20, Next.ASK_CUSTOMER, 100), Stage(20)))
    found = story(Floor([asked]), 1000, 24, [(15, 10_000)])
    # Five minutes until the question, nineteen after the reply at 120.
    assert minutes(resolutions_break_ms(found)) == [139]


def test_each_reopening_by_itself() -> None:
    reopened = Ticket(0, (Stage(30, Next.RESOLVE, 100), Stage(5, Next.RESOLVE, 100), Stage(30)))
    found = story(Floor([reopened]), 1000, 20, [(0, 10_000)])
    assert minutes(resolutions_break_ms(found)) == [20, None, 255]


def test_what_is_late_and_still_open() -> None:
    found = story(Floor([one(0, 500)], horizon=100), 1000, 60, [(0, 10_000)])
    assert minutes(resolutions_break_ms(found)) == [60]
