"""The spreadsheet's formulas by hour, and the comparison with a small desk."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment.staffing_math import StaffingMath, formulas, staffing_math
from supportsim.report.staffing_math import document, general_sentences, sentences
from supportsim.scenario.loader import load_scenario
from supportsim.theory import erlang
from supportsim.theory.erlang_a import ErlangA

DESK = """
name: desk
period: {start: 2026-01-05, length: 2 weeks, run_out: 1 day, timezone: Europe/Berlin}
demand:
  contacts: {count: 60, per: day}
  channels:
    email: {share: 50%, hours: {profile: flat}}
    phone: {share: 50%, hours: {profile: flat}, patience: {exponential: {mean: 5 min}}}
work: {L1: {handle: {exponential: {mean: 12 min}}, escalates: 20%}, L2: {handle: 30 min}}
shifts: {day: "08:00-16:00"}
teams:
  front: {tier: L1, roster: {daily: {day: 2}}, shrinkage: {meetings: 10%}}
  back: {tier: L2, roster: {daily: {day: 1}}}
"""


@pytest.fixture(scope="module", name="found")
def reckoned(tmp_path_factory: pytest.TempPathFactory) -> StaffingMath:
    file = tmp_path_factory.mktemp("desk") / "desk.yaml"
    file.write_text(DESK, encoding="utf-8")
    return staffing_math(load_scenario(file), 2, workers=1)


def test_each_hour_is_a_steady_state() -> None:
    # 200 calls of 3 min on 14 agents; none; too many for 9; nobody there.
    touches, work = np.array([200.0, 0, 200, 200]), np.array([10.0, 0, 10, 10])
    stated = formulas(touches, work, np.array([14.0, 5, 9, 0]), math.nan, 20 / 60, 0.8)
    assert stated.erlang_c_minutes[0] * 60 == pytest.approx(7.835937, rel=1e-6)
    assert stated.erlang_c_level[0] == pytest.approx(0.88835, rel=1e-5)
    assert stated.needed.tolist() == pytest.approx([14, math.nan, 14, 14], nan_ok=True)
    assert math.isinf(stated.erlang_c_minutes[2])
    assert stated.erlang_c_level[2] == 0
    assert np.isnan(stated.erlang_c_minutes[[1, 3]]).all()
    assert np.isnan(stated.erlang_a_minutes).all()


def test_patience_gives_an_answer_even_in_overload() -> None:
    stated = formulas(np.array([200.0]), np.array([10.0]), np.array([9.0]), 5.0, 20 / 60, 0.8)
    system = ErlangA(200 / 60, 20 / 60, 0.2, 9)
    assert stated.erlang_a_minutes[0] == pytest.approx(system.mean_wait)
    assert stated.erlang_a_abandonment[0] == pytest.approx(system.abandonment)


def test_a_team_is_reckoned_from_its_own_customers(found: StaffingMath) -> None:
    front, back = found.teams
    # 60 a day for 7 days at L1, of which a fifth go on to L2; Poisson counts of two times two weeks.
    assert front.touches.sum() == pytest.approx(420, abs=4 * math.sqrt(420 / 4))
    assert back.touches.sum() == pytest.approx(84, abs=4 * math.sqrt(84 / 4))
    assert back.work_hours.sum() == pytest.approx(back.touches.sum() / 2)
    assert front.paid_hours.sum() == pytest.approx(112)
    assert front.available_hours.sum() < 112 - 8
    assert found.heads(back) == pytest.approx(back.work_hours.sum() / 40 / 0.8)
    assert back.cv == pytest.approx(0, abs=1e-6)
    assert front.cv == pytest.approx(1, abs=0.1)
    assert front.live_share == pytest.approx(0.5, abs=0.08)
    assert front.mean_patience_minutes == pytest.approx(5, abs=1)
    assert math.isnan(back.mean_patience_minutes)


def test_hours_are_of_three_kinds(found: StaffingMath) -> None:
    for team in found.teams:
        kinds = np.array([team.unstaffed, team.overloaded, team.ordinary])
        assert (kinds.sum(axis=0) == 1).all()
        assert team.unstaffed.reshape(7, 24)[:, 8:16].any() == False  # noqa: E712
        assert team.unstaffed.reshape(7, 24)[:, 16:].all()
    # Work that comes at night waits for the morning: hours, where Erlang C knows minutes.
    back = found.teams[1]
    assert back.waited_minutes(back.unstaffed) > 120
    assert back.weighted(back.formulas.erlang_c_minutes, back.ordinary) < 60


def test_formulas_are_weighted_by_volume(found: StaffingMath) -> None:
    front = found.teams[0]
    values = np.full(168, np.nan)
    first, second = np.flatnonzero(front.touches)[:2]
    values[[first, second]] = 10, 40
    a, b = front.touches[[first, second]]
    assert front.weighted(values, np.ones(168, dtype=bool)) == pytest.approx((10 * a + 40 * b) / (a + b))
    assert math.isnan(front.weighted(values, np.zeros(168, dtype=bool)))


def test_reasons_name_what_erlang_leaves_out(found: StaffingMath) -> None:
    front = " ".join(sentences(found, found.teams[0]))
    assert "front: Erlang C says " in front
    assert "comes while nobody is on the floor" in front
    everything = " ".join(general_sentences(found))
    assert "paid hours people are on the floor in" in everything
    assert (
        "back: handle times deviate by 0 of their mean, Erlang assumes 1; by itself this makes waits about 50 %"
        in everything
    )
    assert "front: Erlang A takes everybody for a caller who gives up after about" in everything
    assert "L2 and L3: a spreadsheet books escalations in the hour of the ticket" in everything


def test_document_has_every_hour(found: StaffingMath) -> None:
    told = document(found)
    assert [team["team"] for team in told["teams"]] == ["front", "back"]
    hours = told["teams"][0]["hours"]
    assert len(hours) == 168
    assert (hours[0]["weekday"], hours[0]["hour"], hours[0]["agents"]) == ("mon", 0, 0)
    assert hours[0]["erlang_c_wait_minutes"] is None
    ten = hours[10]
    stated = erlang.mean_wait(ten["touches"] / 60, ten["touches"] / ten["work_hours"] / 60, int(ten["agents"]))
    assert ten["erlang_c_wait_minutes"] == pytest.approx(stated)


def test_workers_do_not_matter(found: StaffingMath) -> None:
    again = staffing_math(found.result.scenario, 2, workers=2)
    assert document(again) == document(found)
    assert Path(found.result.scenario.files[0]).name == "desk.yaml"
