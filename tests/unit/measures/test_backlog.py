"""Open tickets at whole hours, from a ledger written by hand. Minutes throughout.

The window is 30..240, so that it is looked at 30, 90, 150 and 210.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_floor import MINUTE_MS, Agent, Floor, Queue, Stage, Ticket, ms, one

from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.measures.backlog import backlog_age, backlog_by_tier, backlog_statistics, open_states
from supportsim.measures.groups import grouping, members
from supportsim.measures.story import Story, tell
from supportsim.workload.model import Next

L1, L2 = 0, 1
TICKETS = [
    # 0: open at 30, resolved at the very instant of the next look.
    one(0, 1),
    # 1: resolved just before the first look.
    one(1, 1),
    # 2: in engineering's hands at 90, back at the very instant of the look at 150.
    Ticket(31, (Stage(1, Next.FIX, 1), Stage(1)), priority=1),
    # 3: comes at the instant of a look; the customer owes an answer at 150, at L2 from 170 on to the end.
    Ticket(90, (Stage(1, Next.ASK_CUSTOMER, 1), Stage(1, Next.ESCALATE), Stage(1, tier=1))),
    # 4: has given up for now at 150, waits again at 210.
    one(95, 1, live=True, attempts=[(5, 100)]),
    # 5: has given up for good at 150.
    one(96, 1, live=True, attempts=[(4, None)]),
    # 6: solved at 150, back at 205.
    Ticket(100, (Stage(1, Next.RESOLVE, 1), Stage(1)), priority=1),
    # 7: comes and goes between two looks.
    one(155, 1),
    # 8: in hand at 210, on the very last millisecond before it is resolved.
    one(209, 1),
    # 9: comes after the last look.
    one(211, 1),
]
ROWS = [
    (0, Event.ARRIVED, 0, 0, NOBODY), (20, Event.STARTED, 0, L1, 0), (90, Event.RESOLVED, 0, L1, 0),
    (1, Event.ARRIVED, 1, 0, NOBODY), (2, Event.STARTED, 1, L1, 0), (29, Event.RESOLVED, 1, L1, 0),
    (31, Event.ARRIVED, 2, 0, NOBODY), (40, Event.STARTED, 2, L1, 0), (50, Event.SENT_TO_FIX, 2, L1, 0),
    (150, Event.FIXED, 2, 0, NOBODY), (160, Event.STARTED, 2, L1, 0), (165, Event.RESOLVED, 2, L1, 0),
    (90, Event.ARRIVED, 3, 0, NOBODY), (95, Event.STARTED, 3, L1, 0), (100, Event.ASKED, 3, L1, 0),
    (155, Event.REPLIED, 3, 0, NOBODY), (160, Event.STARTED, 3, L1, 0), (170, Event.ESCALATED, 3, 1, 0),
    (95, Event.ARRIVED, 4, 0, NOBODY), (100, Event.ABANDONED, 4, 0, NOBODY), (200, Event.RETRIED, 4, 0, NOBODY),
    (96, Event.ARRIVED, 5, 0, NOBODY), (100, Event.ABANDONED, 5, 0, NOBODY),
    (100, Event.ARRIVED, 6, 0, NOBODY), (101, Event.STARTED, 6, L1, 0), (110, Event.RESOLVED, 6, L1, 0),
    (205, Event.REOPENED, 6, 0, NOBODY),
    (155, Event.ARRIVED, 7, 0, NOBODY), (156, Event.STARTED, 7, L1, 0), (157, Event.RESOLVED, 7, L1, 0),
    (209, Event.ARRIVED, 8, 0, NOBODY), (209, Event.STARTED, 8, L1, 0), (210 + 1 / MINUTE_MS, Event.RESOLVED, 8, L1, 0),
    (211, Event.ARRIVED, 9, 0, NOBODY),
]  # fmt: skip

# Open at 30: 0; at 90: 2 and 3; at 150: 2 and 3; at 210: 3 (L2), 4, 6 and 8.
BY_HOUR = [1, 2, 2, 4]


@pytest.fixture
def story() -> Story:
    queues = (Queue("L1", (L1,), (0,)), Queue("L2", (L2,), (0,)))
    floor = Floor(TICKETS, [Agent(L1)], queues, ((0,), (1,), (1,)), horizon=300)
    minute, event, ticket, place, agent = zip(*sorted(ROWS, key=lambda row: row[0]), strict=True)
    ledger = Ledger(
        np.array([ms(m) for m in minute], dtype=np.int64),
        np.array(ticket, dtype=np.int32),
        np.array(event, dtype=np.int8),
        np.array(place, dtype=np.int16),
        np.array(agent, dtype=np.int32),
    )
    plan = replace(floor.plan(), window_ms=(ms(30), ms(240)))
    return tell(plan, floor.workload(), ledger)


def test_open_and_actionable_by_tier(story: Story) -> None:
    everything, actionable = backlog_by_tier(open_states(story)).tolist()
    assert everything == [[1, 2, 2, 3], [0, 0, 0, 1], [0, 0, 0, 0]]
    # Not ticket 2 at 90 and ticket 3 at 150, which wait for others.
    assert actionable == [[1, 1, 1, 3], [0, 0, 0, 1], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("dimensions", "mean", "most"),
    [
        ((), [9 / 4], [4]),
        (("tier",), [8 / 4, 1 / 4, 0], [3, 1, 0]),
        # P1: ticket 2 at 90 and 150, ticket 6 at 210; all others are P3.
        (("priority",), [3 / 4, 0, 6 / 4, 0, 0], [1, 0, 3, 0, 0]),
        (("segment",), [9 / 4], [4]),
    ],
)
def test_mean_and_maximum(story: Story, dimensions: tuple[str, ...], mean: list[float], most: list[float]) -> None:
    cut = grouping(dimensions, members(story.plan))
    found = backlog_statistics(story, open_states(story), cut)
    assert [one_.value.tolist() for one_ in found] == [mean, most]
    assert sum(BY_HOUR) / 4 == 9 / 4


def test_age_is_the_mean_over_tickets_and_hours(story: Story) -> None:
    states, names = open_states(story), members(story.plan)
    at_l1 = [30, 90 - 31, 0, 150 - 31, 150 - 90, 210 - 95, 210 - 100, 1]
    at_l2 = [210 - 90]
    together = backlog_age(story, states, grouping((), names))
    assert together.value.tolist() == pytest.approx([(sum(at_l1) + sum(at_l2)) / 9])
    assert together.denominator.tolist() == [9]
    by_tier = backlog_age(story, states, grouping(("tier",), names))
    assert by_tier.value.tolist() == pytest.approx([sum(at_l1) / 8, 120, np.nan], nan_ok=True)


@pytest.mark.parametrize(("end", "marks"), [(90, 1), (90 + 1 / MINUTE_MS, 2), (150, 2)])
def test_the_end_of_the_window_is_not_looked_at(story: Story, end: float, marks: int) -> None:
    plan = replace(story.plan, window_ms=(ms(30), ms(end)))
    assert open_states(replace(story, plan=plan)).marks == marks
