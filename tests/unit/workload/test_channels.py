"""What becomes of contacts outside opening hours, of those who write twice, and who goes straight to a higher tier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.scenario.model import Scenario
from supportsim.workload.channels import reach
from supportsim.workload.draw import draw_workload
from supportsim.workload.model import CALLS_BACK, ContactOutcome, Next, Workload

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
LEAST_P = 1e-4
Make = Callable[..., Scenario]
OFFICE = {"office": {"mon-fri": "09:00-17:00"}}
TEAMS = {
    name: {"tier": tier, "roster": {"mon-fri": {"core": 1}}}
    for name, tier in (("desk", "L1"), ("experts", "L2"), ("makers", "L3"))
}


def two_channels(make: Make, **chat: Any) -> Scenario:
    channels = {"email": {"share": "40%"}, "chat": {"share": "60%", "hours": {"profile": "flat"}, **chat}}
    return make(calendars=OFFICE, instead={"demand.channels": channels})


def drawn(scenario: Scenario) -> Workload:
    return draw_workload(scenario, compile_plan(scenario), 1, 0)


@pytest.mark.parametrize(
    ("closed", "hours", "channels", "away"),
    [
        # Monday 8:00, 9:00, 16:59 and 17:00, Friday 18:00 and Saturday noon, in hours since Monday.
        (None, [8, 9, 16.98, 17, 114, 132], [1] * 6, [1, 0, 0, 1, 1, 1]),
        ("turned_away", [8, 9, 16.98, 17, 114, 132], [1] * 6, [1, 0, 0, 1, 1, 1]),
        ("held", [9, 9, 16.98, 33, 177, 177], [1] * 6, [0] * 6),
        ({"as": "email"}, [8, 9, 16.98, 17, 114, 132], [0, 1, 1, 0, 0, 0], [0] * 6),
    ],
)
def test_fates_outside_opening_hours(
    make_scenario: Make, closed: Any, hours: list[float], channels: list[int], away: list[int]
) -> None:
    scenario = two_channels(make_scenario, open="office", **({} if closed is None else {"closed": closed}))
    at_ms = (np.array([8, 9, 16.98, 17, 114, 132]) * HOUR_MS).astype(np.int64)
    found = reach(scenario, compile_plan(scenario), np.ones(6, np.int16), at_ms)
    assert (found.at_ms / HOUR_MS).tolist() == hours
    assert found.channel.tolist() == channels
    assert found.turned_away.tolist() == [bool(one) for one in away]


def test_who_is_held_past_the_end_never_reaches_the_floor(make_scenario: Make) -> None:
    scenario = two_channels(make_scenario, open="office", closed="held")
    plan, contacts = compile_plan(scenario), drawn(scenario).contacts
    # The period ends on a Sunday at midnight; the channel closes for good on the Friday before.
    late = (contacts.channel == 1) & (contacts.arrived_ms >= plan.horizon_ms - 55 * HOUR_MS)
    assert late.any()
    assert set(contacts.outcome[late].tolist()) == {ContactOutcome.IN_SELF_SERVICE}
    assert set(contacts.outcome[~late].tolist()) == {ContactOutcome.TICKET}


def test_who_changes_channel_is_still_a_contact_of_the_first(make_scenario: Make) -> None:
    brought = drawn(two_channels(make_scenario, open="office", closed={"as": "email"}))
    contact = brought.tickets.contact
    changed = (brought.contacts.channel[contact] == 1) & (brought.tickets.channel == 0)
    assert changed.any()
    assert not brought.tickets.live[changed].any()
    assert brought.tickets.live[brought.tickets.channel == 1].all()


def test_call_backs_are_taken_by_those_still_there(make_scenario: Make) -> None:
    impatient = {"patience": {"exponential": {"mean": "4 min"}}}
    offer = {"accepts": "50%", "after": "2 min"}
    plain = drawn(two_channels(make_scenario, **impatient)).tickets
    tickets = drawn(two_channels(make_scenario, **impatient, call_back=offer)).tickets
    took = tickets.attempt_retry_ms == CALLS_BACK
    still_there = plain.attempt_patience_ms > 2 * MINUTE_MS
    assert took.any()
    assert not took[~still_there].any()
    assert stats.binomtest(int(took.sum()), int(still_there.sum()), 0.5).pvalue > LEAST_P
    assert set(tickets.attempt_patience_ms[took].tolist()) == {2 * MINUTE_MS}
    assert np.array_equal(tickets.attempt_patience_ms[~took], plain.attempt_patience_ms[~took])


def test_duplicates_come_later_and_are_merged(make_scenario: Make) -> None:
    twice = {"duplicates": {"share": "20%", "after": "90 min", "merge": "3 min"}}
    plain, both = drawn(make_scenario()), drawn(make_scenario(demand=twice))
    first = np.isin(both.contacts.key, plain.contacts.key)
    assert np.array_equal(both.contacts.key[first], plain.contacts.key)
    again = ~first[both.tickets.contact]
    assert stats.binomtest(int(again.sum()), len(plain.contacts.key), 0.2).pvalue > LEAST_P
    merges = both.tickets.stage_next[both.tickets.stage_offset[:-1]] == Next.MERGE
    assert np.array_equal(merges, again)
    assert set(both.tickets.stage_work_ms[both.tickets.stage_offset[:-1]][again].tolist()) == {3 * MINUTE_MS}
    created = set((both.tickets.created_ms[again] - 90 * MINUTE_MS).tolist())
    assert created <= set(plain.tickets.created_ms.tolist())
    assert np.all(np.diff(both.contacts.arrived_ms) >= 0)


def test_obvious_cases_go_straight_up(make_scenario: Make) -> None:
    scenario = make_scenario(
        instead={
            "teams": TEAMS,
            "work": {tier: {"handle": "10 min"} for tier in ("L1", "L2", "L3")},
            "demand.categories": {"all": {"share": "100%", "straight_to": {"L2": "20%", "L3": "5%"}}},
        }
    )
    tickets = drawn(scenario).tickets
    entry = tickets.stage_tier[tickets.stage_offset[:-1]]
    for tier, share in ((1, 0.2), (2, 0.05)):
        assert stats.binomtest(int((entry == tier).sum()), len(entry), share).pvalue > LEAST_P


def test_a_word_is_owed_when_three_quarters_of_the_promise_have_passed(make_scenario: Make) -> None:
    fix = {"L1": {"handle": "8 min", "needs_fix": {"share": "100%", "takes": "100 min"}}}
    promised = {"updates": {"P3": "1 h"}, "segments": {"slow": 4}}
    tickets = drawn(
        make_scenario(
            work=fix | {"update": "1 min"}, sla=promised, instead={"demand.segments": {"slow": "50%", "fast": "50%"}}
        )
    ).tickets
    for segment, expected in ((0, [100]), (1, [45, 45, 10])):
        ticket = int(np.flatnonzero(tickets.segment == segment)[0])
        stages = slice(tickets.stage_offset[ticket], tickets.stage_offset[ticket + 1] - 1)
        assert (tickets.stage_delay_ms[stages] / MINUTE_MS).tolist() == expected


DAY = {"at": "2026-01-06 00:00", "lasts": "1 day"}


def test_a_status_page_saves_extra_contacts_only(make_scenario: Make) -> None:
    page = {"share": "40%", "after": "6 h"}
    plain = drawn(make_scenario(events=[{"outage": DAY}])).contacts
    saved = drawn(make_scenario(events=[{"outage": DAY | {"status_page": page}}])).contacts
    gone = ~np.isin(plain.key, saved.key)
    could = (plain.source == 0) & (plain.arrived_ms >= 30 * HOUR_MS)
    assert np.isin(saved.key, plain.key).all()
    assert not gone[~could].any()
    assert stats.binomtest(int(gone.sum()), int(could.sum()), 0.4).pvalue > LEAST_P


@pytest.mark.parametrize(("factor", "share"), [(0, 0.0), (2, 0.6), (5, 1.0)])
def test_self_service_helps_more_or_less_while_an_event_lasts(make_scenario: Make, factor: int, share: float) -> None:
    layer = {"bot": {"deflects": "30%"}}
    event = {"outage": DAY | {"volume": "+0%", "self_service": factor, "categories": ["general"]}}
    plain = drawn(make_scenario(self_service=layer)).contacts
    found = drawn(make_scenario(self_service=layer, events=[event])).contacts
    inside = (found.arrived_ms >= 24 * HOUR_MS) & (found.arrived_ms < 48 * HOUR_MS)
    assert np.array_equal(found.outcome[~inside], plain.outcome[~inside])
    deflected = int((found.outcome[inside] == ContactOutcome.DEFLECTED).sum())
    assert stats.binomtest(deflected, int(inside.sum()), share).pvalue > LEAST_P
