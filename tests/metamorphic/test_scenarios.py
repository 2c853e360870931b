"""How a whole run must change, or must not, when its scenario changes in a known way."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from systems import run

from supportsim.ledger import NOBODY, WORK_STARTS, Event, Ledger
from supportsim.plan.compile import compile_plan
from supportsim.scenario.loader import load_scenario
from supportsim.workload.draw import draw_workload

DESK = """
name: desk
period: {start: 2026-03-02, length: 1 week, warm_up: 1 day, run_out: 3 days}
demand:
  contacts: {count: 60, per: day}
  channels:
    email: {share: 70%}
    phone: {share: 30%, patience: {exponential: {mean: 6 min}}}
  segments: {large: 30%, small: 70%}
  categories:
    login: {share: 60%, skill: account, priority: {P2: 20%, P3: 80%}}
    api: {share: 40%, skill: code, priority: {P1: 10%, P3: 90%}}
work:
  L1: {handle: {lognormal: {mean: 20 min, cv: 0.8}}, escalates: {api: 50%, default: 10%}, asks_customer: 20%}
  L2: {handle: {lognormal: {mean: 40 min, cv: 1}}, hands_back: 10%}
  reopen: {share: 5%}
  handover: {reading_in: 2 min}
shifts: {core: "09:00-17:00", late: "12:00-20:00"}
teams:
  front: {tier: L1, skills: [account, code], roster: {mon-fri: {core: 3, late: 1}, sat-sun: {core: 1}}}
  back: {tier: L2, skills: [account, code], roster: {mon-fri: {core: 2}}}
routing: {fallback: {code: {L1: {team: back, after: 1 h}}}}
"""


def ledger_of(folder: Path, text: str, *overrides: str) -> Ledger:
    file = folder / "desk.yaml"
    file.write_text(text, encoding="utf-8")
    scenario = load_scenario(file, overrides).scenario
    plan = compile_plan(scenario)
    return run(plan, draw_workload(scenario, plan, seed=1, replication=0))


def same_story(one: Ledger, other: Ledger) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("time_ms", "ticket", "event", "agent")
    )


def test_names_mean_nothing(tmp_path: Path) -> None:
    new_names = {
        "login": "zugang", "api": "schnittstelle", "account": "konto", "code": "technik", "large": "gross",
        "small": "klein", "front": "vorne", "back": "hinten", "core": "tag", "late": "abend",
    }  # fmt: skip
    renamed = re.sub(rf"\b({'|'.join(new_names)})\b", lambda match: new_names[match[1]], DESK)
    before = ledger_of(tmp_path, DESK)
    assert len(np.unique(before.ticket)) > 400
    assert same_story(before, ledger_of(tmp_path, renamed))


def test_a_channel_without_contacts_changes_nothing(tmp_path: Path) -> None:
    silent = DESK.replace("  segments:", "    chat: {share: 0%, patience: 2 min}\n  segments:")
    assert silent != DESK
    assert same_story(ledger_of(tmp_path, DESK), ledger_of(tmp_path, silent))


def test_an_event_without_effect_changes_nothing(tmp_path: Path) -> None:
    quiet = DESK + "events: [{surge: {at: 2026-03-04 10:00, lasts: 4 h, volume: +0%}}]\n"
    assert same_story(ledger_of(tmp_path, DESK), ledger_of(tmp_path, quiet))


def test_more_contacts_leave_the_others_as_they_were(tmp_path: Path) -> None:
    surge = DESK + "events: [{outage: {at: 2026-03-04 10:00, lasts: 4 h, volume: +300%}}]\n"
    plain, surged = ledger_of(tmp_path, DESK), ledger_of(tmp_path, surge)
    begins_ms = 3 * 86_400_000 + 10 * 3_600_000
    before, after = (story.time_ms < begins_ms for story in (plain, surged))
    assert np.array_equal(plain.time_ms[before], surged.time_ms[after])
    assert len(np.unique(surged.ticket)) > len(np.unique(plain.ticket)) + 20


def test_nobody_calls(tmp_path: Path) -> None:
    silence = ledger_of(tmp_path, DESK, "demand.contacts.count=0")
    assert len(silence)
    assert (silence.ticket == NOBODY).all()


@pytest.mark.parametrize(("edge", "rest"), [("09:00", "09:30-17:00"), ("16:30", "09:00-16:30")])
def test_a_break_at_the_edge_of_a_shift_leaves_no_stretch_of_no_length(tmp_path: Path, edge: str, rest: str) -> None:
    desk = DESK.replace("12:00-20:00", "20:00-23:00")
    paused = desk.replace("roster:", f'shrinkage: {{breaks: [{{takes: 30 min, at: "{edge}"}}]}}, roster:')
    assert same_story(ledger_of(tmp_path, paused), ledger_of(tmp_path, desk.replace("09:00-17:00", rest)))


def test_an_office_that_is_closed_all_the_time_lets_everybody_wait(tmp_path: Path) -> None:
    weekend = ("period.start=2026-03-07", "period.length=1 day", "period.warm_up=0", "period.run_out=1 day")
    closed = ledger_of(
        tmp_path, DESK.replace("sat-sun: {core: 1}", "mon: {late: 1}").replace("mon-fri", "tue-fri"), *weekend
    )
    assert (closed.event == Event.ARRIVED).sum() > 30
    assert not np.isin(closed.event, WORK_STARTS).any()


def test_a_playbook_that_never_fires_changes_nothing(tmp_path: Path) -> None:
    quiet = (
        DESK
        + """
playbooks:
  - when: {team: front, queue: "> 5000", priorities: [P1, P2]}
    until: {queue: "< 10"}
    do: {overtime: 2 h, borrow: {from: back, agents: 1}, back_ups: {agents: 2}, defer: [P3], call_back: [phone]}
"""
    )
    assert same_story(ledger_of(tmp_path, DESK), ledger_of(tmp_path, quiet))
