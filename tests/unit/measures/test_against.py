"""What counts against promises, of every kind: as many as the metric says, and time that adds up for each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment.replicate import Job, simulated
from supportsim.ledger import ENDS, NO_STATES, QUEUEING_EVENTS, Event
from supportsim.measures.against import BACKLOG, TIMED, against
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.played import as_played
from supportsim.measures.backlog import open_states
from supportsim.measures.causes import Cause, decompose
from supportsim.measures.deferring import may_be_deferred
from supportsim.measures.measure import measure
from supportsim.measures.people import PeopleTime, people_time
from supportsim.measures.story import Story, tell
from supportsim.scenario.loader import LoadedScenario, load_scenario
from supportsim.scenario.metrics import METRICS, MetricKey

# Everything that a ticket may meet: preemption, suspensions, owners, on-call, fixes, call-backs, updates, third
# parties, follow-ups, an incident with linked tickets, reopens, hand-backs, escalation by the clock, a playbook.
EVERYTHING = """
name: everything
period: {start: 2026-03-02, length: 2 weeks, warm_up: 2 days, run_out: 1 week}
demand:
  contacts: {count: 900, per: week}
  channels:
    email: {share: 50%}
    chat: {share: 25%, concurrency: 2, patience: {exponential: {mean: 5 min}}, abandoned: {retry: 50%, after: 20 min}}
    phone: {share: 25%, patience: {exponential: {mean: 4 min}}, lines: 4, call_back: {after: 2 min, accepts: 30%}}
  categories:
    plain: {share: 70%, skill: general, priority: {P1: 5%, P3: 95%}, enters: L1}
    api: {share: 30%, skill: api, priority: {P2: 50%, P4: 50%}, enters: L1}
work:
  L1: {handle: {lognormal: {mean: 14 min, cv: 0.9}}, escalates: 20%, asks_customer: 30%,
       needs_third_party: {share: 10%, takes: {exponential: {mean: 4 h}}}}
  L2: {handle: {lognormal: {mean: 50 min, cv: 0.9}}, escalates: 10%, hands_back: 10%}
  L3: {handle: {exponential: {mean: 2 h}}, needs_fix: {share: 30%, takes: {exponential: {mean: 1 day}}}}
  customer_reply: {lognormal: {median: 3 h, p90: 20 h}}
  follow_up: {every: 1 day, times: 2, work: 1 min, never_answers: 10%}
  reopen: {share: 8%, after: {exponential: {mean: 1 day}}}
  handover: {reading_in: 4 min}
shifts: {early: "07:00-15:00", late: "12:00-20:00"}
teams:
  front: {tier: L1, skills: [general, api], shrinkage: {breaks: [30 min], meetings: 5%},
          roster: {mon-fri: {early: 3, late: 3}, sat-sun: {early: 1}}}
  back: {tier: L2, skills: [general, api], roster: {mon-fri: {early: 1, late: 1}}}
  lab: {tier: L3, skills: [general, api], roster: {mon-fri: {early: 1}}}
routing: {order: priority, preempt: [P1], assignment: same_agent}
sla:
  response: {P1: 15 min, P2: 1 h, P3: 2 h, P4: 4 h}
  resolution: {P1: 4 h, P2: 8 h, P3: 16 h, P4: 2 business days}
  updates: {P1: 1 h, P2: 2 h, P3: 4 h}
  calendar: {P1: always, default: office}
  pauses: [pending_customer]
  escalate: [{at: 80%, to: next_tier, priorities: [P2, P3]}]
playbooks:
  - {when: {team: front, queue: "> 4"}, until: {queue: "< 2"}, do: [overtime: 2 h]}
calendars: {office: {mon-fri: "08:00-18:00"}}
events:
  - {outage: {at: 2026-03-10 10:00, lasts: 3 h, volume: +200%, categories: [api], priority: P2, known_after: 30 min,
              linked: 60%, linked_handle: 2 min}}
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> LoadedScenario:
    file = tmp_path_factory.mktemp("against") / "everything.yaml"
    file.write_text(EVERYTHING, "utf-8")
    return load_scenario(file)


@pytest.fixture(scope="module")
def replication(scenario: LoadedScenario) -> tuple[Story, PeopleTime, dict[MetricKey, float]]:
    """A replication retold, its people's time, and every metric's value."""
    plan, workload, ledger = simulated(Job(scenario.scenario, scenario.digest, 1, ""), 0)
    story = tell(plan, workload, ledger)
    found = measure(scenario.scenario, plan, workload, ledger)
    values = dict(zip(found.keys, found.value.tolist(), strict=True))
    return story, people_time(plan, workload.crew, story.work, ledger), values


@pytest.mark.parametrize("name", sorted(TIMED))
def test_time_adds_up_for_each(replication: tuple[Story, PeopleTime, dict[MetricKey, float]], name: str) -> None:
    story, people, _ = replication
    check_sums(story, people, name)


DEFERS = """{when: {team: front, queue: "> 2", priorities: [P1, P2]}, until: {queue: "< 1"}, at_least: 1 h,
     do: {overtime: 2 h, defer: [P3, P4]}}"""


def test_time_adds_up_where_a_playbook_defers(tmp_path: Path) -> None:
    text = EVERYTHING.replace('{when: {team: front, queue: "> 4"}, until: {queue: "< 2"}, do: [overtime: 2 h]}', DEFERS)
    (tmp_path / "defers.yaml").write_text(text, "utf-8")
    loaded = load_scenario(tmp_path / "defers.yaml")
    plan, workload, ledger = simulated(Job(loaded.scenario, loaded.digest, 1, ""), 0)
    story = tell(plan, workload, ledger)
    people = people_time(plan, workload.crew, story.work, ledger)
    for name in ("response_sla", "resolution_business_minutes", "resolution_minutes", "visit_wait_minutes", "backlog"):
        found_ms = check_sums(story, people, name)
        assert found_ms[:, Cause.DEFERRED].sum() > 0
    # The audit works out by itself what may not be begun.
    facts = Facts(plan, as_played(plan, workload, ledger), ledger)
    of_front = [number for number, queue in enumerate(plan.queues) if 0 in queue.teams]
    mine = may_be_deferred(story) & np.isin(story.rows.event, QUEUEING_EVENTS) & np.isin(story.rows.place, of_front)
    mine &= np.isin(workload.tickets.priority[story.rows.ticket], (2, 3))
    states = np.isin(facts.history.event, (*NO_STATES, Event.TURNED_AWAY), invert=True)
    assert mine.any()
    assert mine.tolist() == facts.may_be_held_back(0)[states].tolist()


def check_sums(story: Story, people: PeopleTime, name: str) -> np.ndarray:
    found = against(story, MetricKey(name, METRICS[name].stats[0] if METRICS[name].stats else None), 0.0, 30.0)
    items, chosen = found.items, found.chosen
    assert 0 < len(chosen) <= found.judged
    spent_ms = decompose(story, people, items)
    assert not np.delete(spent_ms, chosen, axis=0).any()
    lasted_ms = np.maximum(np.minimum(items.until_ms, story.plan.horizon_ms) - items.since_ms, 0)
    if name in BACKLOG:
        # Only while they are open.
        rows = story.rows
        start_ms, end_ms = (np.clip(side, *story.plan.window_ms) for side in (rows.start_ms, rows.end_ms))
        lived = ~np.isin(rows.event, ENDS)
        lasted_ms = np.bincount(rows.ticket, np.where(lived, end_ms - start_ms, 0), len(lasted_ms)).astype(np.int64)
    elif items.clock is not None:
        lasted_ms = np.array(
            [
                story.plan.sla.clocks[clock].between(np.array([since]), np.array([until]))[0] if until >= 0 else 0
                for clock, since, until in zip(items.clock, items.since_ms, items.until_ms, strict=True)
            ]
        )
        at = np.flatnonzero(story.paused)
        inside = (np.append(items.until_ms, -1)[items.of_state[at]] >= 0) & (items.of_state[at] >= 0)
        for row in at[inside]:
            item = items.of_state[row]
            start = max(story.rows.start_ms[row], items.since_ms[item])
            end = min(story.rows.end_ms[row], items.until_ms[item])
            if end > start:
                calendar = story.plan.sla.clocks[items.clock[item]]
                lasted_ms[item] -= calendar.between(np.array([start]), np.array([end]))[0]
    assert spent_ms[chosen].sum(axis=1).tolist() == lasted_ms[chosen].tolist()
    assert (spent_ms >= 0).all()
    return spent_ms


def test_as_many_take_longer_as_the_quantile_says(
    replication: tuple[Story, PeopleTime, dict[MetricKey, float]],
) -> None:
    story, _, values = replication
    for name in ("wait_minutes", "first_response_minutes", "resolution_business_minutes", "visit_wait_minutes"):
        found = against(story, MetricKey(name, "p90"), -np.inf, values[MetricKey(name, "p90")])
        assert len(found.chosen) / found.judged == pytest.approx(0.1, abs=1.5 / found.judged)


def test_the_backlog_of_a_tier_is_open_there(replication: tuple[Story, PeopleTime, dict[MetricKey, float]]) -> None:
    story, people, values = replication
    start_ms, end_ms = story.plan.window_ms
    for tier in ("L1", "L2"):
        key = MetricKey("backlog", "mean", (("tier", tier),))
        spent_ms = decompose(story, people, against(story, key, -np.inf, 1.0).items)
        # The metric looks at whole hours only.
        assert spent_ms.sum() / (end_ms - start_ms) == pytest.approx(values[key], rel=0.05)
    assert len(open_states(story).ticket) > 0
