from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.scenario.model import Scenario
from supportsim.workload.draw import draw_workload
from supportsim.workload.model import ContactOutcome, Contacts, Next, Tickets, Workload

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LEAST_P = 1e-4
Make = Callable[..., Scenario]
TEAMS = {
    name: {"tier": tier, "skills": ["general", "account"], "roster": {"mon-fri": {"core": 1}}}
    for name, tier in (("desk", "L1"), ("experts", "L2"))
}
FULL: dict[str, Any] = {
    "self_service": {
        "bot": {"deflects": {"login": "25%", "default": "8%"}, "takes": "4 min", "skips": ["enterprise"]},
        "articles": {"deflects": "20%", "takes": {"exponential": {"mean": "9 min"}}, "rebound": "30%"},
    },
    "calendars": {"office": {"mon-fri": "09:00-17:00"}},
    "work": {
        "L1": {"handle": {"lognormal": {"mean": "13 min", "cv": 0.8}}, "escalates": "21%", "asks_customer": "30%"},
        "L2": {"handle": {"lognormal": {"mean": "30 min", "cv": 0.9}}, "hands_back": "3%"},
        "reopen": {"share": "4%"},
    },
    "instead": {
        "teams": TEAMS,
        "demand.segments": {"enterprise": "15%", "smb": "85%"},
        "demand.channels": {
            "email": {"share": "60%"},
            "chat": {
                "share": "25%",
                "open": "office",
                "patience": {"exponential": {"mean": "4 min"}},
                "abandoned": {"retry": "40%", "after": "30 min", "as": "email"},
            },
            "phone": {
                "share": "15%",
                "open": "office",
                "patience": {"exponential": {"mean": "3 min"}},
                "abandoned": {"retry": "30%", "after": {"exponential": {"mean": "20 min"}}},
            },
        },
        "demand.categories": {
            "login": {"share": "40%", "skill": "account", "priority": {"P2": "20%", "P4": "80%"}},
            "other": {"share": "35%"},
            "deep": {"share": "25%", "enters": "L2"},
        },
    },
}


def draw(scenario: Scenario, replication: int = 0) -> Workload:
    return draw_workload(scenario, compile_plan(scenario), 1, replication)


def test_every_contact_has_one_outcome_and_every_ticket_one_contact(make_scenario: Make) -> None:
    work = draw(make_scenario(**FULL))
    contacts, tickets = work.contacts, work.tickets
    counts = np.bincount(contacts.outcome, minlength=4)
    assert counts.sum() == len(contacts.key)
    assert (counts > 0).all()
    assert len(tickets) == counts[ContactOutcome.TICKET]
    assert_array_equal(np.sort(tickets.contact), np.flatnonzero(contacts.outcome == ContactOutcome.TICKET))
    for name in ("channel", "segment", "category", "priority"):
        assert_array_equal(getattr(tickets, name), getattr(contacts, name)[tickets.contact])
    assert (tickets.created_ms >= contacts.arrived_ms[tickets.contact]).all()
    assert (np.diff(tickets.created_ms) >= 0).all()
    assert tickets.created_ms.max() < 14 * DAY_MS


def test_arrays_are_as_their_docstrings_say(make_scenario: Make) -> None:
    work = draw(make_scenario(**FULL))
    contacts, tickets = work.contacts, work.tickets
    types = {
        Contacts: {"arrived_ms": "i8", "key": "u8", "outcome": "i1", "rebound": "?"},
        Tickets: {"contact": "i4", "created_ms": "i8", "live": "?", "first_reply_ms": "i8", "stage_offset": "i8"}
        | {"stage_tier": "i1", "stage_work_ms": "i8", "stage_next": "i1", "stage_delay_ms": "i8"}
        | {"attempt_offset": "i8", "attempt_patience_ms": "i8", "attempt_retry_ms": "i8"},
    }
    for value in (contacts, tickets):
        stated = types[type(value)]
        for field in fields(value):
            found = getattr(value, field.name)
            # What only some rules of the floor need is not there without them.
            if field.name in ("incident", "linked_stage", "due_ms", "step_ms", "moved_stage"):
                assert found is None
            else:
                assert found.dtype == np.dtype(stated.get(field.name, "i2")), field.name


def test_live_is_what_enters_at_l1_on_a_live_channel(make_scenario: Make) -> None:
    tickets = draw(make_scenario(**FULL)).tickets
    assert_array_equal(tickets.live, (tickets.channel > 0) & (tickets.category < 2))
    first_ms = tickets.stage_work_ms[tickets.stage_offset[:-1]]
    assert_array_equal(tickets.first_reply_ms, np.where(tickets.live, 0, np.minimum(3 * MINUTE_MS, first_ms)))
    assert (first_ms[~tickets.live] < 3 * MINUTE_MS).any()
    # Skills in the order in which the categories name them: account, general.
    assert_array_equal(tickets.skill, (tickets.category > 0).astype(int))


def test_a_closed_channel_turns_away_whoever_reaches_it(make_scenario: Make) -> None:
    work = draw(make_scenario(**FULL))
    contacts, tickets = work.contacts, work.tickets
    time_ms, day = tickets.created_ms % DAY_MS, tickets.created_ms // DAY_MS
    open_now = (time_ms >= 9 * HOUR_MS) & (time_ms < 17 * HOUR_MS) & (day % 7 < 5)
    assert open_now[tickets.channel > 0].all()
    assert not open_now[tickets.channel == 0].all()
    turned_away = contacts.outcome == ContactOutcome.TURNED_AWAY
    assert (contacts.channel[turned_away] > 0).all()
    # Self-service is there at night: contacts of closed channels are deflected too.
    night = (contacts.arrived_ms % DAY_MS < 8 * HOUR_MS) & (contacts.channel > 0)
    assert (contacts.outcome[night] == ContactOutcome.DEFLECTED).any()


def test_attempts(make_scenario: Make) -> None:
    tickets = draw(make_scenario(**FULL, period={"length": "200 weeks"})).tickets
    count = np.diff(tickets.attempt_offset)
    assert set(count[~tickets.live].tolist()) == {0}
    assert len(tickets.attempt_patience_ms) == len(tickets.attempt_retry_ms) == count.sum()
    assert tickets.attempt_patience_ms.min() >= 1
    chat, phone = (np.flatnonzero(tickets.live & (tickets.channel == code)) for code in (1, 2))

    # Chat: one attempt, then perhaps an email after half an hour.
    assert set(count[chat].tolist()) == {1}
    assert set(tickets.retry_channel[chat].tolist()) == {0}
    retry_ms = tickets.attempt_retry_ms[tickets.attempt_offset[chat]]
    assert set(retry_ms.tolist()) == {-1, 30 * MINUTE_MS}
    assert stats.binomtest(int((retry_ms > 0).sum()), len(chat), 0.4).pvalue > LEAST_P
    patience = tickets.attempt_patience_ms[tickets.attempt_offset[chat]] / MINUTE_MS
    assert stats.kstest(patience, stats.expon(scale=4).cdf).pvalue > LEAST_P

    # Phone: again by phone, three attempts at most; all but the last come back.
    assert set(count[phone].tolist()) == {1, 2, 3}
    assert set(tickets.retry_channel[phone].tolist()) == {2}
    assert stats.binomtest(int((count[phone] > 1).sum()), len(phone), 0.3).pvalue > LEAST_P
    assert stats.binomtest(int((count[phone] > 2).sum()), int((count[phone] > 1).sum()), 0.3).pvalue > LEAST_P
    last = tickets.attempt_offset[phone + 1] - 1
    assert set(tickets.attempt_retry_ms[last].tolist()) == {-1}
    second = tickets.attempt_offset[phone][count[phone] == 3] + 1
    assert (tickets.attempt_retry_ms[second] >= 1).all()


def test_endless_patience_needs_no_attempts(make_scenario: Make) -> None:
    channels = {"phone": {"share": "50%"}, "chat": {"share": "50%", "patience": "2 min"}}
    tickets = draw(make_scenario(instead={"demand.channels": channels})).tickets
    count = np.diff(tickets.attempt_offset)
    assert tickets.live.all()
    assert_array_equal(count, tickets.channel)
    # Who gives up is gone unless something is said of it.
    assert set(tickets.attempt_retry_ms.tolist()) == {-1}


def journeys(work: Workload) -> dict[int, tuple[Any, ...]]:
    """Return everything that is drawn for each ticket by its contact's key."""
    tickets = work.tickets
    result = {}
    for number, key in enumerate(work.contacts.key[tickets.contact].tolist()):
        rows = slice(tickets.stage_offset[number], tickets.stage_offset[number + 1])
        tries = slice(tickets.attempt_offset[number], tickets.attempt_offset[number + 1])
        result[key] = (
            *(getattr(tickets, name)[number] for name in ("created_ms", "channel", "segment", "category", "priority")),
            *(
                tuple(getattr(tickets, f"stage_{name}")[rows].tolist())
                for name in ("tier", "work_ms", "next", "delay_ms")
            ),
            *(tuple(getattr(tickets, f"attempt_{name}_ms")[tries].tolist()) for name in ("patience", "retry")),
        )
    return result


def test_a_lower_volume_meets_a_subset_of_the_very_same_tickets(make_scenario: Make) -> None:
    more, fewer = (journeys(draw(make_scenario(**FULL, demand={"contacts": {"count": n}}))) for n in (240, 150))
    assert fewer.items() <= more.items()
    assert len(fewer) > 500


def test_an_event_leaves_everybody_else_as_they_are(make_scenario: Make) -> None:
    outage = {"outage": {"at": "2026-01-06 10:20", "lasts": "4 h", "categories": ["login"], "priority": "P1"}}
    base, burning = (journeys(draw(make_scenario(**FULL, events=events))) for events in ([], [outage]))
    assert base.items() < burning.items()


def test_more_heads_meet_the_same_customers(make_scenario: Make) -> None:
    base = draw(make_scenario(**FULL))
    bigger = {**TEAMS, "desk": {**TEAMS["desk"], "roster": {"mon-fri": {"core": 4}}}}
    changed = {**FULL, "instead": {**FULL["instead"], "teams": bigger}}
    assert journeys(base) == journeys(draw(make_scenario(**changed)))


def test_the_same_again_and_another_replication(make_scenario: Make) -> None:
    scenario = make_scenario(**FULL)
    one, again, other = draw(scenario), draw(scenario), draw(scenario, 1)
    for part in ("contacts", "tickets", "crew"):
        for field in fields(getattr(one, part)):
            assert_array_equal(getattr(getattr(one, part), field.name), getattr(getattr(again, part), field.name))
    shared = np.intersect1d(one.contacts.key, other.contacts.key)
    same_work = journeys(one).items() & journeys(other).items()
    assert len(shared) > 100
    assert not same_work


@pytest.mark.parametrize("volume", [0, 0.01])
def test_hardly_anybody_comes(make_scenario: Make, volume: float) -> None:
    work = draw(make_scenario(**FULL, demand={"contacts": {"count": volume}}))
    assert len(work.tickets.stage_offset) == len(work.tickets) + 1
    assert len(work.crew.person) > 0


def test_work_is_what_the_tiers_cost(make_scenario: Make) -> None:
    tickets = draw(make_scenario(**FULL, period={"length": "20 weeks"})).tickets
    entering_l1 = tickets.category < 2
    first = tickets.stage_offset[:-1][entering_l1]
    plain = first[tickets.stage_next[first] != Next.ASK_CUSTOMER]
    mean = tickets.stage_work_ms[plain].mean() / MINUTE_MS
    assert abs(mean - 13) < 4 * 13 * 0.8 / np.sqrt(len(plain))
