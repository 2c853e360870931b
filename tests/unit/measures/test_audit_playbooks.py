"""Whether the audit notices playbooks that do otherwise than the plan says. Times are minutes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playbook_floor import Lead, above, below, playbook, told
from small_floor import Agent, Queue, Stage, Ticket, ms, one

from supportsim.floor.simulate import simulate
from supportsim.ledger import Event, Ledger
from supportsim.measures.audit import RULES, AuditError, audit
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.played import as_played
from supportsim.plan.compile import compile_plan
from supportsim.plan.model import OffReason, Plan, Playbook, Watched
from supportsim.scenario.loader import load_scenario
from supportsim.workload.draw import draw_workload

LONG = [one(0, 60), one(1, 10), one(2, 10), one(3, 10)]
TWO_TEAMS = {"queues": (Queue("L1", (0,), (0,)), Queue("L2", (1,), (0,))), "queue_of": ((0,), (1,), (1,))}
THREE = (Agent(), Agent(team=1), Agent(team=1))
TWINS = [(0, 1), (0, 2)]


def busy(**more: Any) -> Playbook:
    return playbook(above(Watched.QUEUE, 2), below(Watched.QUEUE, 1), 1000, **more)


def lending(people: int, **more: Any) -> Lead:
    play = busy(lends=1, lent=people, twins=(-1, 3, 4), **more)
    return Lead(LONG, play, THREE, more_people=TWINS, more=TWO_TEAMS)


def broken_by(lead: Lead, ledger: Ledger) -> str:
    """Return the first rule that a ledger breaks under the plan of a floor."""
    with pytest.raises(AuditError) as caught:
        audit(*lead.world(), ledger)
    return caught.value.rule


def breaks(rule: str, lead: Lead, ledger: Ledger) -> bool:
    """Whether a rule alone, without those before it, objects."""
    plan, workload = lead.world()
    facts = Facts(plan, as_played(plan, workload, ledger), ledger, workload.crew)
    return next(dict(RULES)[rule](facts), None) is not None


def with_rows(ledger: Ledger, keep: np.ndarray) -> Ledger:
    return Ledger(*(getattr(ledger, name)[keep] for name in ("time_ms", "ticket", "event", "place", "agent")))


def moved(ledger: Ledger, event: Event, minute: float) -> Ledger:
    """Return the ledger with the only row of an event at another time."""
    time_ms = ledger.time_ms.copy()
    (row,) = np.flatnonzero(ledger.event == event)
    time_ms[row] = ms(minute)
    order = np.argsort(time_ms, kind="stable")
    return with_rows(replace(ledger, time_ms=time_ms), order)


def test_a_playbook_that_fires_or_ends_at_another_look_or_not_at_all_is_noticed() -> None:
    lead = Lead(LONG, busy())
    honest = lead.ledger()
    assert broken_by(lead, moved(honest, Event.PLAYBOOK_FIRES, 10)) == "playbooks"
    assert broken_by(lead, moved(honest, Event.PLAYBOOK_ENDS, 75)) == "playbooks"
    assert broken_by(lead, moved(honest, Event.PLAYBOOK_ENDS, 90)) == "playbooks"
    of_playbook = np.isin(honest.event, (Event.PLAYBOOK_FIRES, Event.PLAYBOOK_ENDS))
    assert broken_by(lead, with_rows(honest, ~of_playbook)) == "playbooks"
    assert broken_by(Lead([one(0, 60)], busy()), with_rows(honest, of_playbook | (honest.ticket < 1))) == "playbooks"


@pytest.mark.parametrize(
    ("does", "should"),
    [
        ({"at_least_ms": ms(100)}, {}),
        ({}, {"at_least_ms": ms(100)}),
        ({}, {"when": (above(Watched.QUEUE, 3),)}),
        ({}, {"until": (below(Watched.QUEUE, 2),)}),
        ({}, {"priorities": np.array([True, False, False, False, False])}),
    ],
)
def test_another_threshold_than_the_stated_one_is_noticed(does: dict[str, Any], should: dict[str, Any]) -> None:
    assert broken_by(Lead(LONG, replace(busy(), **should)), Lead(LONG, busy(**does)).ledger()) == "playbooks"


def test_time_on_the_floor_that_does_not_follow_from_it_is_noticed() -> None:
    agent = (Agent(on=((0, 40, False), (500, 600, False))),)
    stays = Lead(LONG, busy(overtime_ms=ms(32)), agent)
    assert breaks("crew", Lead(LONG, busy(overtime_ms=ms(30)), agent), stays.ledger())
    trainee = (Agent(), Agent(on=((0, 4, True), (100, 200, False))))
    reasons = (OffReason.SHIFT_END, OffReason.TRAINING, OffReason.SHIFT_END)
    tickets = [*LONG, one(4, 10), one(4, 10)]
    comes_back = Lead(tickets, busy(cancels=(int(OffReason.TRAINING),)), trainee, reasons).ledger()
    assert breaks("crew", Lead(tickets, busy(), trainee, reasons), comes_back)
    called = busy(back_ups=(1,), back_ups_after_ms=ms(10))
    late = Lead(LONG, replace(called, back_ups_after_ms=ms(12)), more_people=[(0, -1)])
    assert breaks("crew", late, Lead(LONG, called, more_people=[(0, -1)]).ledger())


def test_too_many_or_too_few_people_lent_are_noticed() -> None:
    assert breaks("people lent", lending(1), lending(2).ledger())
    assert breaks("people lent", lending(2), lending(1).ledger())


def test_people_lent_longer_than_it_burns_are_noticed() -> None:
    honest = lending(1).ledger()
    back = (honest.event == Event.AGENT_OFF) & (honest.place == OffReason.RETURNED)
    back |= (honest.event == Event.AGENT_ON) & (honest.agent == 1) & (honest.time_ms > 0)
    assert back.sum() == 2
    assert breaks("people lent", lending(1), with_rows(honest, ~back))


def test_somebody_in_two_teams_at_once_is_noticed() -> None:
    honest = lending(1).ledger()
    goes = (honest.event == Event.AGENT_OFF) & (honest.place == OffReason.LENT)
    second = replace(honest, agent=np.where(honest.agent == 3, 4, honest.agent).astype(np.int32))
    assert breaks("people lent", lending(1), second)
    assert breaks("crew", lending(1), with_rows(honest, ~goes))


def test_the_wrong_person_lent_is_noticed() -> None:
    swap = np.array([0, 2, 1, 4, 3, -1])
    honest = lending(1).ledger()
    other = replace(honest, agent=swap[honest.agent].astype(np.int32))
    assert breaks("people lent", lending(1), other)


PATIENT = {"priorities": np.array([True, True, False, False, False]), "at_least_ms": ms(40)}


def at_p1(plan: dict[str, Any]) -> Lead:
    tickets = [one(0, 8), one(1, 10), one(2, 10, priority=4), one(3, 20, priority=1)]
    return Lead(tickets, playbook(above(Watched.QUEUE, 0), below(Watched.QUEUE, 1), 1000, **PATIENT, **plan))


def test_a_deferred_ticket_that_is_begun_and_one_that_waits_for_nothing_are_noticed() -> None:
    defers = {"defers": (False, False, True, True, True)}
    assert breaks("tickets held back", at_p1(defers), at_p1({}).ledger())
    assert broken_by(at_p1({}), at_p1(defers).ledger()) == "no idling"


def caller(created: float, patience: float = 10) -> Ticket:
    return Ticket(created, (Stage(5),), live=True, attempts=[(patience, None)])


def test_callers_who_wait_although_they_are_called_back_or_the_channel_is_off_are_noticed() -> None:
    def lead(**more: Any) -> Lead:
        return Lead([one(0, 60), caller(1, 90), caller(12)], playbook(
            above(Watched.QUEUE, 0), below(Watched.QUEUE, 1), 1000, **more))  # fmt: skip

    waits, called, off = lead().ledger(), lead(calls_back=(True,)).ledger(), lead(turns_off=(True,)).ledger()
    assert broken_by(lead(calls_back=(True,)), waits) == "patience"
    assert broken_by(lead(), called) == "patience"
    assert breaks("tickets held back", lead(turns_off=(True,)), waits)
    assert breaks("lines", lead(), off)


def test_playbooks_that_are_not_in_the_plan_are_noticed() -> None:
    lead = Lead(LONG, busy())
    plan, workload = lead.world()
    none: Plan = replace(plan, playbooks=(), rules=replace(plan.rules, playbooks=False))
    with pytest.raises(AuditError, match="a playbook"):
        audit(none, workload, lead.ledger())


def test_a_playbook_that_never_fires_changes_nothing() -> None:
    everything = busy(cancels=(int(OffReason.TRAINING),), overtime_ms=ms(60), lends=1, lent=1, twins=(-1, 3, 4),
                      defers=(False, False, False, True, True))  # fmt: skip
    quiet = replace(everything, when=(above(Watched.QUEUE, 10),))
    lead = Lead([*LONG, one(70, 30, priority=4)], quiet, THREE, more_people=TWINS, more=TWO_TEAMS)
    plan, workload = lead.world()
    without = simulate(replace(plan, playbooks=(), rules=replace(plan.rules, playbooks=False)), workload)
    assert told(lead.ledger()) == told(without)


SHARED = """
name: shared
period: {start: 2026-01-05, length: 1 week, warm_up: 0, run_out: 1 day}
demand:
  contacts: {count: 110, per: day}
  categories:
    ordinary: {share: 90%}
    outage: {share: 10%, priority: {P1: 100%}, enters: L3}
work: {L1: {handle: 15 min, escalates: 20%}, L2: {handle: 20 min}, L3: {handle: 30 min}}
shifts: {core: "09:00-17:00"}
teams:
  desk: {tier: L1, roster: {mon-fri: {core: 4}}, shrinkage: {training: 10%}}
  experts: {tier: L2, roster: {mon-fri: {core: 4}}, skills: {general: 0.8}}
  engineers: {tier: L3, roster: {mon-fri: {core: 1}}, on_call: {priorities: [P1], responds: 10 min, rest: 12 h}}
playbooks:
  - name: one
    when: {team: desk, queue: "> 5"}
    until: {queue: "< 3"}
    every: 1 min
    do: [cancel_training, borrow: {from: experts, agents: 2}]
  - {name: other, when: {team: desk, free: "< 1"}, until: {free: "> 1"}, every: 5 min, do: [borrow: {from: experts}]}
"""


def test_playbooks_share_whom_they_borrow_and_others_are_on_call(tmp_path: Path) -> None:
    file = tmp_path / "shared.yaml"
    file.write_text(SHARED, encoding="utf-8")
    scenario = load_scenario(file).scenario
    plan = compile_plan(scenario)
    workload = draw_workload(scenario, plan, seed=1, replication=0)
    ledger = simulate(plan, workload)
    audit(plan, workload, ledger)
    lent = (ledger.event == Event.AGENT_OFF) & (ledger.place == OffReason.LENT)
    assert lent.sum() > 20
    assert (ledger.event == Event.PAGED).sum() > 3
    # Four may be lent, and each has one other self whoever borrows.
    assert len(plan.people.names) == 4 + 4 + 1 + 4
