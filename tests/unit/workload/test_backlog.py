"""Work on hand: drawn as stated, in nobody's way before the opening, and moving nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import stats

from supportsim.floor.simulate import simulate
from supportsim.ledger import Event
from supportsim.measures.audit import audit
from supportsim.measures.measure import measure
from supportsim.plan.compile import compile_plan
from supportsim.plan.model import PRIORITIES, Plan
from supportsim.scenario.loader import ScenarioError, load_scenario
from supportsim.scenario.model import Scenario
from supportsim.scenario.opening import OnHand, lead_ms, oldest_ms
from supportsim.workload.draw import draw_workload
from supportsim.workload.model import Workload

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LEAST_P = 1e-4
Make = Callable[..., Scenario]


def drawn(scenario: Scenario, replication: int = 0) -> tuple[Plan, Workload]:
    plan = compile_plan(scenario)
    return plan, draw_workload(scenario, plan, 1, replication)


def opening(*backlog: dict[str, Any]) -> dict[str, Any]:
    return {"backlog": list(backlog)}


@pytest.mark.parametrize(
    ("age", "oldest", "expected"),
    [
        ("36 h", None, 36 * HOUR_MS),
        ({"uniform": ["1 h", "50 h"]}, None, 50 * HOUR_MS),
        ({"triangular": ["1 h", "2 h", "3 h"]}, "2 h", 2 * HOUR_MS),
        ({"exponential": {"mean": "1 h"}}, None, 56 * DAY_MS),
        ({"exponential": {"mean": "1 h"}}, "30 h", 30 * HOUR_MS),
        ({"empirical": {"file": "ages.txt", "minutes": [5, 90, 7]}}, None, 90 * MINUTE_MS),
        (0, None, 1),
    ],
)
def test_how_old_tickets_may_be(age: Any, oldest: str | None, expected: int) -> None:
    stated = OnHand.model_validate({"tickets": 1, "age": age} | ({"oldest": oldest} if oldest else {}))
    assert oldest_ms(stated) == expected


def test_time_begins_whole_days_before_the_warm_up(make_scenario: Make) -> None:
    scenario = make_scenario(start={"backlog": {"tickets": 1, "age": "25 h"}}, period={"warm_up": "1 day"})
    assert lead_ms(scenario.start) == 2 * DAY_MS
    plan = compile_plan(scenario)
    assert (plan.opens_ms, plan.window_ms[0]) == (2 * DAY_MS, 3 * DAY_MS)
    assert f"{plan.origin:%Y-%m-%d %H:%M}" == "2026-01-02 00:00"
    assert compile_plan(make_scenario()).opens_ms == 0


def test_everything_else_is_as_without_it_but_later_on_the_clock(make_scenario: Make) -> None:
    flat = {"hours": {"profile": "flat"}}
    demand = {
        "channels": {"email": {**flat, "share": "60%"}, "phone": {**flat, "share": "40%", "patience": "3 min"}},
        "busyness": "20%",
        "categories": {"a": {"share": "50%", "enters": "L1"}, "b": {"share": "50%", "priority": {"P1": "100%"}}},
    }
    rest: dict[str, Any] = {
        "demand": demand,
        "period": {"timezone": "America/New_York", "start": "2026-03-09", "warm_up": "1 week", "run_out": "1 day"},
        "events": [{"outage": {"at": "2026-03-10 10:00", "lasts": "2 h", "onset": "1 h"}}],
        "changes": [{"from": "2026-01-01", "volume": "+20%"}],
        "teams": {"desk": {"on_call": {"priorities": ["P1"]}, "shrinkage": {"breaks": ["15 min"], "absence": "10%"}}},
        "routing": {"order": "priority"},
        "shifts": {"core": "20:00-04:00"},
    }
    plan, workload = drawn(make_scenario(**rest))
    later, with_it = drawn(make_scenario(**rest, start=opening({"tickets": 30, "age": "40 h"})))
    by, older = 2 * DAY_MS, 30
    assert_array_equal(with_it.contacts.key[older:], workload.contacts.key)
    assert_array_equal(with_it.contacts.arrived_ms[older:], workload.contacts.arrived_ms + by)
    assert_array_equal(with_it.tickets.created_ms[older:], workload.tickets.created_ms + by)
    first_stage = with_it.tickets.stage_offset[older]
    assert_array_equal(with_it.tickets.stage_work_ms[first_stage:], workload.tickets.stage_work_ms)
    assert_array_equal(with_it.crew.person, workload.crew.person)
    assert_array_equal(with_it.crew.start_ms, workload.crew.start_ms + by)
    assert_array_equal(with_it.crew.end_ms, workload.crew.end_ms + by)
    for name in ("start_ms", "end_ms"):
        assert_array_equal(getattr(later.on_call[0], name), getattr(plan.on_call[0], name) + by)
    assert with_it.crew.start_ms.min() >= later.opens_ms
    assert_array_equal(with_it.contacts.arrived_ms[:older], later.opens_ms - 40 * HOUR_MS)


def test_tickets_are_as_stated(make_scenario: Make) -> None:
    scenario = make_scenario(
        {"demand.categories": {"a": {"share": "25%"}, "b": {"share": "75%", "priority": {"P4": "100%"}}}},
        work={"L1": {"handle": "10 min", "escalates": "20%"}, "L2": {"handle": "30 min"}},
        demand={"segments": {"vip": "10%", "others": "90%"}, "channels": {"email": {"share": "50%"},
                "phone": {"share": "30%"}, "web": {"share": "20%"}}},
        teams={"experts": {"tier": "L2", "roster": {"mon-fri": {"core": 1}}}},
        start=opening(
            {"tickets": 2000, "age": {"uniform": ["2 h", "10 h"]}},
            {"tickets": 5, "age": "3 days", "category": "b", "segment": "vip", "channel": "web", "tier": "L2",
             "priority": "P2"},
        ),
    )  # fmt: skip
    plan, workload = drawn(scenario)
    tickets, contacts = workload.tickets, workload.contacts
    at = slice(0, 5)
    # The oldest come first.
    assert set((plan.opens_ms - tickets.created_ms[at]).tolist()) == {3 * DAY_MS}
    codes = {(plan.categories[c], plan.segments[s], plan.channels[k], PRIORITIES[p]) for c, s, k, p in zip(
        tickets.category[at], tickets.segment[at], tickets.channel[at], tickets.priority[at], strict=True)}  # fmt: skip
    assert codes == {("b", "vip", "web", "P2")}
    assert tickets.stage_tier[tickets.stage_offset[at]].tolist() == [1] * 5
    usual = slice(5, 2005)
    assert set(tickets.channel[usual].tolist()) == {plan.channels.index("email")}
    assert set(tickets.stage_tier[tickets.stage_offset[usual]].tolist()) == {0}
    age = (plan.opens_ms - tickets.created_ms[usual]) / HOUR_MS
    assert stats.kstest(age, stats.uniform(2, 8).cdf).pvalue > LEAST_P
    for count, share in ((np.sum(tickets.category[usual] == 0), 0.25), (np.sum(tickets.segment[usual] == 0), 0.1)):
        assert stats.binomtest(int(count), 2000, share).pvalue > LEAST_P
    assert contacts.arrived_ms[2005:].min() >= plan.opens_ms
    # One more leaves the others as they are.
    backlog = scenario.start.backlog
    more = backlog[0].model_copy(update={"tickets": 2001})
    start = scenario.start.model_copy(update={"backlog": (more, backlog[1])})
    keys = drawn(scenario.model_copy(update={"start": start}))[1].contacts.key[:2006]
    assert set(contacts.key[:2005].tolist()) < set(keys.tolist())


def test_older_than_the_oldest_is_as_old(make_scenario: Make) -> None:
    stated = {"tickets": 1000, "age": {"exponential": {"mean": "1 day"}}, "oldest": "1 day"}
    plan, workload = drawn(make_scenario(start=opening(stated)))
    age_ms = plan.opens_ms - workload.tickets.created_ms[:1000]
    assert age_ms.max() == DAY_MS
    assert stats.binomtest(int(np.sum(age_ms == DAY_MS)), 1000, np.exp(-1)).pvalue > LEAST_P


def test_it_is_worked_on_from_the_first_shift_on_and_counted_as_backlog_only(make_scenario: Make) -> None:
    scenario = make_scenario(
        demand={"contacts": {"count": 0}},
        period={"length": "1 day", "run_out": 0},
        sla={"response": {"P3": "1 h"}},
        start=opening({"tickets": 10, "age": "30 h"}),
    )
    plan, workload = drawn(scenario)
    ledger = simulate(plan, workload)
    audit(plan, workload, ledger)
    resolved = ledger.time_ms[ledger.event == Event.RESOLVED] - plan.opens_ms
    assert resolved.tolist() == [9 * HOUR_MS + number * 10 * MINUTE_MS for number in range(1, 11)]
    measures = measure(scenario, plan, workload, ledger)
    found = {
        (key.metric, key.stat): value
        for key, value in zip(measures.keys, measures.value.tolist(), strict=True)
        if not key.slices
    }
    assert (found["tickets", None], found["contacts", None]) == (0, 0)
    assert np.isnan(found["response_sla", None])
    # Ten at each of 0:00 to 9:00, and by 10:00 six are resolved, the sixth at that very moment.
    assert found["backlog", "max"] == 10
    assert found["backlog", "mean"] == pytest.approx((10 * 10 + 4) / 24)


SMALL = """\
name: small
period: {start: 2026-01-05, length: 1 week, warm_up: 0}
demand: {contacts: {count: 20, per: day}, channels: {email: {share: 50%}, chat: {share: 50%}}}
work: {L1: {handle: 10 min}}
shifts: {core: "09:00-17:00"}
teams: {desk: {tier: L1, roster: {mon-fri: {core: 1}}}}
start: {backlog: {tickets: 5, age: 1 h, CHANGE}}
"""


def test_a_warm_up_before_the_period_has_to_be_meant(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL.replace(", CHANGE", ""), encoding="utf-8")
    assert load_scenario(file).scenario.start.backlog
    file.write_text(SMALL.replace(", CHANGE", "").replace(", warm_up: 0", ""), encoding="utf-8")
    with pytest.raises(ScenarioError, match="to be stated, 0 if it is on hand when the period begins"):
        load_scenario(file)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("category: genral", "start.backlog.category: unknown category 'genral', did you mean 'general'?"),
        (
            "channel: chat",
            "start.backlog.channel: 'chat' is live, expected a channel on which nobody waits on the line",
        ),
        (
            "tier: L2",
            "start.backlog.tier: no ticket of category 'general' gets to L2, expected another tier or category",
        ),
        ("age: 60 weeks", "start.backlog: is older than 366 days, expected less"),
        ("ticket: 5", "start.backlog.ticket: unknown key, did you mean 'tickets'?"),
    ],
)
def test_what_makes_no_sense(tmp_path: Path, change: str, expected: str) -> None:
    file = tmp_path / "small.yaml"
    text = SMALL.replace("age: 1 h, CHANGE", change if change.startswith("age") else f"age: 1 h, {change}")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    assert [f"{fault.path}: {fault.message}" for fault in caught.value.faults] == [expected]
