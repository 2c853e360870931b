"""What results say of playbooks, from a small desk that is flooded every Monday."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from supportsim.experiment.comparison import compare
from supportsim.experiment.replicate import Job, simulated
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.measures.playbooks import fires
from supportsim.report.comparison import markdown, print_comparison
from supportsim.report.files import provenance
from supportsim.report.page.comparison_page import comparison_page
from supportsim.report.page.people import PARTS, paid_time, people_pictures
from supportsim.report.page.replay import make_replay
from supportsim.report.page.tables import Table, playbook_table
from supportsim.report.page.timeline import backlog_pictures
from supportsim.report.playbooks import action_words, burned, hottest, playbook_rows, threshold_words
from supportsim.report.terminal import print_result
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.units import HOUR_MS

DESK = """
name: desk
period: {start: 2026-01-05, length: 2 weeks, warm_up: 0, run_out: 1 day}
demand:
  contacts: {count: 70, per: day}
  seasons: {weekday: {mon: 3, tue-fri: 1, sat-sun: 0}}
work: {L1: {handle: 12 min}}
shifts: {core: "09:00-17:00"}
teams:
  desk: {tier: L1, roster: {mon-fri: {core: 3}}, shrinkage: {training: 10%}, hourly_cost: 30}
  helpers: {tier: L2, roster: {mon-fri: {core: 1}}}
playbooks:
  - name: flood
    level: red
    when: {team: desk, queue: "> 20", wait: ">= 30 min"}
    until: {queue: "< 5"}
    do: [cancel_training, overtime: 2 h, borrow: {from: helpers}, back_ups: {agents: 2, stay: 3 h}]
  - {when: {team: desk, queue: "> 9000"}, until: {queue: "< 5"}, do: {turn_off: [phone]}}
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    file = tmp_path_factory.mktemp("desk") / "desk.yaml"
    channels = "  channels: {email: {share: 90%}, phone: {share: 10%}}\n"
    file.write_text(DESK.replace("work:", f"{channels}work:"), encoding="utf-8")
    return run(load_scenario(file), 2, workers=1)


def test_rows_by_hour_add_up_to_the_metrics(result: RunResult) -> None:
    rows = list(playbook_rows(result))
    assert {name for _, name, _, _, _ in rows} == {"flood"}
    assert sum(row[3] for row in rows) == pytest.approx(result.metric("playbook_firings").mean())
    assert sum(row[4] for row in rows) == pytest.approx(60 * result.metric("playbook_hours").mean(), abs=1e-3)
    assert result.metric("playbook_hours", playbook="flood").min() > 1
    assert result.metric("playbook_firings", playbook="playbook_2").tolist() == [0, 0]


def test_what_it_watches_and_does_in_words(result: RunResult) -> None:
    flood, never = burned(result)
    assert threshold_words(flood.stated.when) == "wait >= 30 min and queue > 20"
    assert action_words(flood.stated.do) == (
        "call off training; overtime up to 2 h; borrow 1 of helpers; 2 back-ups after 30 min for 3 h"
    )
    assert action_words(never.stated.do) == "turn off phone"
    assert hottest(flood, result).startswith("Mon ")
    assert hottest(never, result) == ""


def test_they_stand_on_the_terminal(result: RunResult) -> None:
    console = Console(file=io.StringIO(), width=80)
    print_result(result, console)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Playbooks" in said
    assert "flood" in said
    assert max(map(len, said.splitlines())) <= 80


def test_they_stand_on_the_page_and_are_marked_on_the_backlog(result: RunResult) -> None:
    table = playbook_table(result)
    assert table is not None
    assert [row[0].text for row in table.rows] == ["flood", "playbook_2"]
    (picture,) = backlog_pictures(result)
    assert "Strip at the foot" in picture.note
    assert "Playbook flood fires" in picture.alt
    assert len(picture.draw(10.6).axes[0].patches) > 1


def test_who_is_lent_is_neither_absent_nor_counted_twice(result: RunResult) -> None:
    lent, borrowed = result.metric("lent_hours", team="helpers"), result.metric("borrowed_hours", team="desk")
    assert lent.min() > 0
    assert lent.tolist() == borrowed.tolist()
    assert result.metric("lent_hours", team="desk").max() == 0
    parts = paid_time(result)
    for shares in parts.values():
        assert sum(shares) == pytest.approx(1)
    # Nobody there is ever absent or in a break, and the helpers have nothing else to do.
    handling, free, away, absent, part = parts["helpers"]
    assert (handling, absent) == pytest.approx((0, 0), abs=1e-9)
    assert free + away + part == pytest.approx(1)
    assert part == pytest.approx(lent.sum() / result.metric("paid_hours", team="helpers").sum())
    assert away < 0.02
    (picture,) = (one for one in people_pictures(result) if one.name == "paid_time")
    assert "lent to another team" in picture.alt
    assert {text.get_text() for text in picture.draw(10.6).axes[1].texts} == set(PARTS)


def test_overtime_back_ups_and_what_was_called_off_are_counted(result: RunResult) -> None:
    assert result.metric("overtime_hours", team="desk").min() > 1
    assert result.metric("called_off_hours", team="desk").min() > 0
    assert result.metric("called_off_hours", team="helpers").max() == 0


def test_the_replay_knows_when_they_burn(result: RunResult) -> None:
    data = json.loads(make_replay(result, 0, 1).data)
    flood, never = data["playbooks"]
    plan, _, ledger = simulated(Job(result.scenario.scenario, result.scenario.digest, result.seed, ""), 0)
    found = fires(plan, ledger)
    week_ms = 7 * 24 * HOUR_MS
    wanted = [
        [start_ms // 1000, min(end_ms, week_ms) // 1000]
        for start_ms, end_ms in zip(found.start_ms.tolist(), found.end_ms.tolist(), strict=True)
        if start_ms < week_ms
    ]
    assert 0 < len(wanted) < len(found.start_ms)
    assert flood == {
        "name": "flood", "level": "red", "team": 0, "does": action_words(burned(result)[0].stated.do), "spans": wanted,
    }  # fmt: skip
    assert (never["level"], never["spans"]) == ("yellow", [])


def test_a_comparison_has_them_beside_what_plans_cost(result: RunResult) -> None:
    usual = run(load_scenario(result.scenario.files[0], ["name=usual", "playbooks=[]"]), 2, workers=1)
    comparison = compare([usual, result])
    page = comparison_page(comparison, [provenance(one.scenario) for one in comparison.results])
    (table,) = [
        block
        for section in page.sections
        for block in section.blocks
        if isinstance(block, Table) and block.name == "playbooks"
    ]
    flood, never = ([cell.text for cell in row] for row in table.rows)
    cost, usual_cost = (float(one.metric("cost_total").mean()) for one in (result, usual))
    assert flood[1:3] == ["flood", "red"]
    assert float(flood[4]) == pytest.approx(result.metric("playbook_firings", playbook="flood").mean())
    assert flood[-1] == f"{cost:,.0f} ({cost - usual_cost:+,.0f})"
    assert never[4] == "0"
    console = Console(width=80, file=io.StringIO(), color_system=None)
    print_comparison(comparison, console)
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert told.count("flood ") == 1
    assert "**Playbooks**" in markdown(comparison)
    assert "Playbooks" not in markdown(compare([usual, usual]))
