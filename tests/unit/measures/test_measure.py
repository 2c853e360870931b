"""Every metric on floors small enough to be counted on the fingers. Minutes throughout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from small_floor import MINUTE_MS, Agent, Floor, Stage, Ticket, one

from supportsim.floor.simulate import simulate
from supportsim.ledger import Ledger
from supportsim.measures.groups import members
from supportsim.measures.measure import Measures, measure
from supportsim.measures.series import DEMAND_SERIES, TEAM_SERIES
from supportsim.plan.compile import compile_plan
from supportsim.plan.model import Plan, Queue, Sla, SlaTable
from supportsim.scenario.calendars import Clock, local_time
from supportsim.scenario.metrics import METRICS
from supportsim.scenario.model import Credits, Scenario
from supportsim.workload.draw import draw_workload
from supportsim.workload.model import ContactOutcome, Contacts, Next, Workload

Make = Callable[..., Scenario]
Value = Callable[..., float]
HOUR = 60


@pytest.fixture
def measured(make_scenario: Make) -> Callable[..., Value]:
    """Run a floor, measure it, and return a function from metric, statistic and slice to value."""
    team = {"tier": "L1", "roster": {"mon-fri": {"core": 1}}, "hourly_cost": 30}
    scenario = make_scenario(
        instead={"teams": {name: {**team, "tier": tier} for name, tier in (("team0", "L1"), ("team1", "L2"))}}
    )

    def run(
        floor: Floor,
        change: Callable[[Plan, Workload], tuple[Plan, Workload]] | None = None,
        credits_: Credits | None = None,
    ) -> Value:
        sla = scenario.sla.model_copy(update={"credits": credits_ or Credits()})
        plan, workload = floor.plan(), floor.workload()
        plan = replace(plan, sla=promise_nothing(plan), team_tier=np.arange(len(plan.teams), dtype=np.int32))
        if change is not None:
            plan, workload = change(plan, workload)
        return by_name(measure(scenario.model_copy(update={"sla": sla}), plan, workload, floor.run()))

    return run


def by_name(measures: Measures) -> Value:
    places = {(key.metric, key.stat, key.slices): place for place, key in enumerate(measures.keys)}

    def value(metric: str, stat: str | None = None, **slices: str) -> float:
        info = METRICS[metric]
        return float(measures.value[places[metric, stat or next(iter(info.stats), None), tuple(slices.items())]])

    return value


def promise_nothing(plan: Plan) -> Sla:
    always = Clock(
        "always",
        np.zeros(1, np.int64),
        np.array([plan.horizon_ms]),
        local_time("UTC", plan.origin, 0, plan.horizon_ms),
    )
    return replace(plan.sla, clocks=(always,))


def promise(response: float, resolution: float) -> Callable[[Plan, Workload], tuple[Plan, Workload]]:
    def change(plan: Plan, workload: Workload) -> tuple[Plan, Workload]:
        tables = [SlaTable(np.full((5, 1), minutes), np.zeros((5, 1), np.int32)) for minutes in (response, resolution)]
        return replace(plan, sla=replace(plan.sla, response=tables[0], resolution=tables[1])), workload

    return change


def window(start: float, end: float) -> Callable[[Plan, Workload], tuple[Plan, Workload]]:
    def change(plan: Plan, workload: Workload) -> tuple[Plan, Workload]:
        return replace(plan, window_ms=(round(start * MINUTE_MS), round(end * MINUTE_MS))), workload

    return change


def two_tiers(*tickets: Ticket, agents: Sequence[Agent] = (Agent(0), Agent(1)), **more: object) -> Floor:
    queues = [Queue(f"L{team + 1}", (team,), (0,)) for team in (0, 1)]
    return Floor(tickets, agents, queues, queue_of=((0,), (1,), (1,)), **more)  # type: ignore[arg-type]


def escalated(created: float, first: float, second: float) -> Ticket:
    return Ticket(created, (Stage(first, Next.ESCALATE), Stage(second, tier=1)))


def test_waits(measured: Callable[..., Value]) -> None:
    # Waits of 0, 7 and, the least urgent, 19 minutes; the fourth gives up after 4.
    floor = Floor([one(0, 10), one(1, 10, priority=5), one(3, 10), one(4, 10, live=True, attempts=[(4, None)])])
    value = measured(floor)
    assert value("wait_minutes") == (0 + 7 + 19 + 4) / 4
    assert value("wait_served_minutes") == pytest.approx((0 + 7 + 19) / 3)
    assert value("wait_served_minutes", "p50") == 7
    assert value("wait_served_minutes", "p90") == pytest.approx(7 + 0.8 * 12)
    assert value("wait_minutes", priority="P5") == 19
    assert np.isnan(value("wait_minutes", priority="P1"))
    assert value("wait_minutes", tier="L1") == 7.5
    assert value("wait_minutes", team="team0") == pytest.approx(26 / 3)


def test_a_wait_that_has_not_ended_lasts_until_the_end(measured: Callable[..., Value]) -> None:
    value = measured(Floor([one(0, 100), one(10, 5)], horizon=60))
    assert (value("wait_minutes"), value("wait_served_minutes")) == (25, 0)


def test_visits_wait_at_each_tier(measured: Callable[..., Value]) -> None:
    value = measured(two_tiers(escalated(0, 5, 20), escalated(1, 5, 20)))
    assert value("visit_wait_minutes", tier="L1") == 2
    assert value("visit_wait_minutes", tier="L2") == (0 + 15) / 2
    assert value("visit_wait_minutes", team="team1") == 7.5
    assert value("visit_wait_minutes") == (0 + 4 + 0 + 15) / 4


def test_the_window_takes_its_start_and_not_its_end(measured: Callable[..., Value]) -> None:
    tickets = [one(created, 1) for created in (59, 60, 119, 120)]
    value = measured(Floor(tickets), window(60, 120))
    assert (value("tickets"), value("contacts"), value("resolved")) == (2, 2, 2)


def test_promises(measured: Callable[..., Value]) -> None:
    # First starts after 0, 9 and 18 minutes, resolved after 10, 19 and 28; the last gives up in time.
    tickets = [one(0, 10, priority=1), one(1, 10), one(2, 10), one(3, 10, live=True, attempts=[(4, None)])]
    value = measured(Floor(tickets), promise(9, 11))
    assert value("response_sla") == pytest.approx(2 / 3)
    assert value("response_sla", tier="L1") == pytest.approx(2 / 3)
    assert value("response_sla", priority="P3") == 1 / 2
    assert value("response_sla", priority="P3", segment="all") == 1 / 2
    assert value("resolution_sla") == pytest.approx(1 / 3)
    assert value("severe_resolution_breach", team="team0") == pytest.approx(1 / 3)
    assert (value("response_excluded"), value("resolution_excluded"), value("response_undecided")) == (1, 1, 0)
    assert np.isnan(value("reopened_resolution_sla"))
    assert value("first_response_minutes") == value("first_response_business_minutes") == 9
    assert value("resolution_minutes") == value("resolution_business_minutes") == 19


def test_credits_for_broken_promises(measured: Callable[..., Value]) -> None:
    # As before: the response of the third is late, and the resolutions of the second and third.
    tickets = [one(0, 10, priority=1), one(1, 10), one(2, 10), one(3, 10, live=True, attempts=[(4, None)])]
    stated = Credits(response={"P3": 5, "P1": 1000}, resolution={"P3": 20}, segments={"all": 2})
    value = measured(Floor(tickets), promise(9, 11), stated)
    assert value("sla_credits") == value("sla_credits", priority="P3") == value("sla_credits", segment="all") == 90
    assert value("sla_credits", priority="P1") == 0
    people = value("cost_total", team="team0")
    assert value("cost_total") == people + 90
    assert value("cost_per_ticket") == pytest.approx((people + 90) / 4)
    # Outside of the window nothing is owed, and a reopening that takes too long costs nothing more.
    assert measured(Floor(tickets), lambda *both: window(50, 60)(*promise(9, 11)(*both)), stated)("sla_credits") == 0
    reopened = [Ticket(0, (Stage(5, Next.RESOLVE, 50), Stage(20)), priority=3)]
    assert measured(Floor(reopened), promise(60, 10), stated)("reopened_resolution_sla") == 0
    assert measured(Floor(reopened), promise(60, 10), stated)("sla_credits") == 0


def test_undecided_is_counted_apart(measured: Callable[..., Value]) -> None:
    value = measured(Floor([one(0, 100), one(55, 5)], horizon=60), promise(30, 90))
    assert (value("response_undecided"), value("resolution_undecided")) == (1, 2)
    assert value("response_sla") == 1
    assert np.isnan(value("resolution_sla"))


def test_reopenings(measured: Callable[..., Value]) -> None:
    tickets = [Ticket(0, (Stage(5, Next.RESOLVE, 50), Stage(20))), Ticket(1, (Stage(5, Next.RESOLVE, 100), Stage(5)))]
    value = measured(Floor([*tickets, one(2, 5)]), promise(60, 10))
    assert value("reopen_rate") == pytest.approx(2 / 3)
    assert value("reopened_resolution_sla") == 1 / 2
    # The last resolve of the first ticket is 75 minutes after its creation, of the second 115 - 1, of the third 13.
    assert value("resolution_minutes") == pytest.approx((75 + 114 + 13) / 3)
    assert value("resolution_business_minutes") == pytest.approx((5 + 9 + 13) / 3)


def test_service_level(measured: Callable[..., Value]) -> None:
    patient = {"live": True, "attempts": [(500, None)]}
    tickets = [
        one(0, 30),
        one(1, 1, live=True, attempts=[(1, None)]),  # gives up at once
        one(2, 1, live=True, attempts=[(9, None)]),  # gives up later
        one(20, 1, **patient),  # waits 10
        one(25, 1, **patient),  # waits 6
        one(31, 1, **patient),  # waits 1
    ]

    def terms(plan: Plan, workload: Workload) -> tuple[Plan, Workload]:
        sla = replace(plan.sla, service_level_ms=6 * MINUTE_MS, short_abandon_ms=2 * MINUTE_MS)
        return replace(plan, sla=sla), workload

    value = measured(Floor(tickets), terms)
    assert value("service_level") == 2 / 4
    assert value("service_level_answered") == pytest.approx(2 / 3)
    assert value("asa_minutes") == pytest.approx((10 + 6 + 1) / 3)
    assert value("abandonment") == 1 / 4


def test_who_may_yet_be_answered_in_time_is_not_counted(measured: Callable[..., Value]) -> None:
    def terms(plan: Plan, workload: Workload) -> tuple[Plan, Workload]:
        return replace(plan, sla=replace(plan.sla, service_level_ms=6 * MINUTE_MS)), workload

    tickets = [one(0, 100, live=True), one(43, 1, live=True), one(44, 1, live=True)]
    assert measured(Floor(tickets, horizon=50), terms)("service_level") == 1 / 2


DAY = 24 * HOUR


def test_first_contact_resolution(measured: Callable[..., Value]) -> None:
    tickets = [
        one(0, 5),
        Ticket(10, (Stage(5, Next.ASK_CUSTOMER, 5), Stage(5))),  # solved at once, in two touches
        escalated(40, 5, 5),
        Ticket(60, (Stage(5, Next.RESOLVE, 7 * DAY), Stage(5))),  # back within seven days
        Ticket(70, (Stage(5, Next.RESOLVE, 7 * DAY + 1), Stage(5))),  # back later
    ]
    agents = (Agent(0, ((0, 20 * DAY, False),)), Agent(1, ((0, 20 * DAY, False),)))
    value = measured(two_tiers(*tickets, agents=agents, horizon=20 * DAY))
    assert value("fcr") == 3 / 5
    assert value("one_touch") == 2 / 5
    assert value("fcr", tier="L1") == 3 / 4
    assert value("reopen_rate") == 2 / 5


def test_the_way_through_the_tiers(measured: Callable[..., Value]) -> None:
    back = Ticket(0, (Stage(5, Next.ESCALATE), Stage(5, Next.HAND_BACK, tier=1), Stage(5)))
    value = measured(two_tiers(back, escalated(1, 5, 5), one(2, 5)))
    # Visits that ended: 4 at L1 (2 of them upwards) and 2 at L2 (1 of them downwards).
    assert value("escalation_rate") == pytest.approx(2 / 6)
    assert value("escalation_rate", tier="L1") == 2 / 4
    assert value("escalation_rate", team="team1") == 0
    assert value("hand_back_rate", tier="L2") == 1 / 2
    assert value("tickets", tier="L1") == 3
    assert (value("resolved", tier="L1"), value("resolved", team="team1")) == (2, 1)


def test_contacts_before_anybody_sees_them(measured: Callable[..., Value]) -> None:
    outcomes = [
        ContactOutcome.TICKET,
        ContactOutcome.TICKET,
        ContactOutcome.DEFLECTED,
        ContactOutcome.DEFLECTED,
        ContactOutcome.DEFLECTED,
        ContactOutcome.TURNED_AWAY,
        ContactOutcome.IN_SELF_SERVICE,
        ContactOutcome.DEFLECTED,
    ]

    def contacts(plan: Plan, workload: Workload) -> tuple[Plan, Workload]:
        count = len(outcomes)
        codes = np.zeros(count, np.int16)
        arrived_ms = np.arange(count, dtype=np.int64)
        arrived_ms[-1] = 100 * MINUTE_MS
        drawn = Contacts(
            arrived_ms, arrived_ms.astype(np.uint64), codes - 1, codes, codes, codes, codes + 2,
            np.array(outcomes, dtype=np.int8), codes - 1, np.arange(count) == 1,
        )  # fmt: skip
        return replace(plan, window_ms=(0, 100 * MINUTE_MS)), replace(workload, contacts=drawn)

    value = measured(Floor([one(0, 1), one(1, 1)]), contacts)
    assert value("contacts") == 7
    assert value("contacts", priority="P3") == 7
    assert value("deflection_rate") == pytest.approx(3 / 7)
    assert value("rebound_rate") == 1 / 4
    assert value("turned_away_rate") == pytest.approx(1 / 7)


def test_backlog_at_whole_hours(measured: Callable[..., Value]) -> None:
    # Open at 0:00: ticket 0; 1:00: 0 and 1; 2:00: 1 at L2 and 2; 3:00: 2 only, waiting for the customer.
    tickets = [one(0, 90), escalated(30, 10, 60), Ticket(110, (Stage(1, Next.ASK_CUSTOMER, 600), Stage(1)))]
    value = measured(two_tiers(*tickets, horizon=1000), window(0, 240))
    assert (value("backlog"), value("backlog", "max")) == ((1 + 2 + 2 + 1) / 4, 2)
    assert (value("backlog", tier="L1"), value("backlog", tier="L2")) == ((1 + 2 + 1 + 1) / 4, 1 / 4)
    ages = [0, 60, 30, 90, 10, 70]
    assert value("backlog_age_minutes") == pytest.approx(sum(ages) / 6)
    assert value("backlog_age_minutes", tier="L2") == 90


def test_peoples_time_and_what_it_costs(measured: Callable[..., Value]) -> None:
    # On the floor from 0 to 60 and paid for it; busy from 10 to 40 and, finishing a live contact, from 50 to 80.
    floor = Floor([one(10, 30), one(50, 30, live=True)], [Agent(on=((0, 60, False),))], horizon=240)
    value = measured(floor)
    assert value("paid_hours") == 1
    assert value("handling_hours") == 1
    assert value("overtime_hours") == pytest.approx(20 / 60)
    # Handling 60 minutes, idle 10 + 10; on shift 60 and 20 of overtime.
    assert value("occupancy") == 60 / 80
    assert value("utilization", team="team0") == 60 / 80
    assert value("cost_total") == pytest.approx(30 * 1 + 30 * 1.5 * 20 / 60)
    assert value("cost_per_ticket") == pytest.approx(45 / 2)
    assert value("paid_hours", tier="L1") == 1
    assert value("paid_hours", tier="L3") == 0


def test_absent_people_are_paid_and_not_on_shift(measured: Callable[..., Value]) -> None:
    floor = Floor([one(5, 30)], [Agent(on=((0, 60, False),)), Agent(on=((0, 60, False),))], horizon=240)

    def absence(plan: Plan, workload: Workload) -> tuple[Plan, Workload]:
        return plan, replace(workload, crew=replace(workload.crew, absent=np.array([False, True])))

    value = measured(floor, absence)
    assert value("paid_hours") == 2
    assert value("utilization") == 30 / 60


def test_a_world_without_customers(make_scenario: Make) -> None:
    scenario = make_scenario(instead={"demand.contacts.count": 0})
    plan = compile_plan(scenario)
    workload = draw_workload(scenario, plan, 1, 0)
    value = by_name(measure(scenario, plan, workload, simulate(plan, workload)))
    assert (value("contacts"), value("tickets"), value("backlog", "max")) == (0, 0, 0)
    assert (value("paid_hours"), value("occupancy")) == (80, 0)
    assert np.isnan(value("wait_minutes"))
    assert np.isnan(value("cost_per_ticket"))


@pytest.fixture
def drawn(make_scenario: Make) -> tuple[Scenario, Plan, list[tuple[Workload, Ledger, Measures]]]:
    scenario = make_scenario(sla={"response": {"P3": "1 h"}, "resolution": {"P3": "4 h"}})
    plan = compile_plan(scenario)
    runs = []
    for replication in range(2):
        workload = draw_workload(scenario, plan, 1, replication)
        ledger = simulate(plan, workload)
        runs.append((workload, ledger, measure(scenario, plan, workload, ledger)))
    return scenario, plan, runs


def test_what_is_measured_is_what_the_catalogue_says(
    drawn: tuple[Scenario, Plan, list[tuple[Workload, Ledger, Measures]]],
) -> None:
    _, plan, runs = drawn
    names = members(plan)
    promised = set()
    for metric, info in METRICS.items():
        for stat in info.stats or (None,):
            for dimensions in ((), *info.slices):
                slices: list[tuple[tuple[str, str], ...]] = [()]
                for dimension in dimensions:
                    slices = [(*one_, (dimension, name)) for one_ in slices for name in names[dimension]]
                promised |= {(metric, stat, one_) for one_ in slices}
    keys = [(key.metric, key.stat, key.slices) for key in runs[0][2].keys]
    assert len(keys) == len(set(keys))
    assert set(keys) == promised
    assert runs[1][2].keys == runs[0][2].keys


def test_values_are_quotients_where_there_are_parts(
    drawn: tuple[Scenario, Plan, list[tuple[Workload, Ledger, Measures]]],
) -> None:
    for *_, found in drawn[2]:
        has_base = found.denominator > 0
        assert has_base.any()
        assert found.value[has_base] == pytest.approx(found.numerator[has_base] / found.denominator[has_base])
        for key, value in zip(found.keys, found.value.tolist(), strict=True):
            if METRICS[key.metric].unit == "share" and not np.isnan(value):
                assert 0 <= value <= 1


def test_the_quarters_add_up_to_the_window(
    drawn: tuple[Scenario, Plan, list[tuple[Workload, Ledger, Measures]]],
) -> None:
    for *_, found in drawn[2]:
        value = by_name(found)
        demand = dict(zip(DEMAND_SERIES, found.demand.sum(axis=1).tolist(), strict=True))
        team = dict(zip(TEAM_SERIES, found.teams[0].sum(axis=1).tolist(), strict=True))
        assert demand["contacts"] == value("contacts")
        assert demand["tickets"] == value("tickets")
        assert demand["wait_ms"] / demand["tickets"] / MINUTE_MS == pytest.approx(value("wait_minutes"))
        assert demand["response_met"] / demand["response_judged"] == value("response_sla")
        assert demand["resolution_met"] / demand["resolution_judged"] == value("resolution_sla")
        assert team["paid_ms"] / 60 / MINUTE_MS == pytest.approx(value("paid_hours"))
        assert team["handling_ms"] / 60 / MINUTE_MS == pytest.approx(value("handling_hours"))
        assert team["handling_ms"] / team["on_shift_ms"] == pytest.approx(value("utilization"))
        idle_ms = team["available_ms"] - team["handling_available_ms"]
        assert team["handling_ms"] / (team["handling_ms"] + idle_ms) == pytest.approx(value("occupancy"))
        assert found.backlog[0].sum(axis=0).mean() == pytest.approx(value("backlog"))
