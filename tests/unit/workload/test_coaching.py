"""Coaching in pairs: both are away at once, for as long and as often as stated. Times are hours since Monday."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import OffReason
from supportsim.scenario.model import Scenario
from supportsim.workload.crew import draw_crew
from supportsim.workload.streams import Streams

HOUR_MS = 3_600_000
WEEK_H = 7 * 24
Make = Callable[..., Scenario]
Away = list[tuple[str, float, float]]
SHIFTS = {"core": "09:00-17:00", "night": "22:00-06:00"}
CORE = {"mon-fri": {"core": 2}}


def away(make: Make, desk: dict[str, Any], **teams: Any) -> Away:
    """Return (who, from, until) of all coaching, in order; nobody else is ever off in between."""
    stated = {"desk": {"tier": "L1", "roster": CORE, **desk}, **teams}
    scenario = make(instead={"teams": stated, "shifts": SHIFTS}, period={"length": "4 weeks"})
    plan = compile_plan(scenario)
    crew = draw_crew(scenario, plan, Streams(1, 0))
    rows = np.flatnonzero(crew.end_reason == OffReason.COACHING)
    assert (crew.person[rows + 1] == crew.person[rows]).all()
    names = [plan.people.names[person] for person in crew.person[rows]]
    found = zip(names, crew.end_ms[rows] / HOUR_MS, crew.start_ms[rows + 1] / HOUR_MS, strict=True)
    # Only weeks that lie within the simulated time count.
    return sorted((one for one in found if one[1] < 4 * WEEK_H), key=lambda one: (one[1], one[0]))


def pairs(rows: Away) -> list[tuple[str, str, float]]:
    """Return who is away at once, and from when; all for half an hour."""
    assert all(abs(until - begin - 0.5) < 1e-6 for _, begin, until in rows)
    halves = list(zip(rows[::2], rows[1::2], strict=True))
    assert all(one[1] == other[1] for one, other in halves)
    return [(one[0], other[0], one[1]) for one, other in halves]


def test_two_colleagues_coach_each_other_once_a_week_each(make_scenario: Make) -> None:
    found = pairs(away(make_scenario, {"shrinkage": {"paired_coaching": {"takes": "30 min"}}}))
    assert [week for _, _, at in found for week in [int(at // WEEK_H)]] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert {(one, other) for one, other, _ in found} == {("desk-1", "desk-2")}
    assert all(9 < at % 24 < 16.5 for _, _, at in found)


def test_a_coach_of_another_team_is_with_one_at_a_time_and_in_turn(make_scenario: Make) -> None:
    shrinkage = {"paired_coaching": {"takes": "30 min", "every": "2 weeks", "coach": "seniors"}}
    seniors = {"tier": "L2", "roster": {"mon-fri": {"core": 2}}, "shrinkage": {"breaks": ["1 h"]}}
    rows = away(make_scenario, {"roster": {"mon-fri": {"core": 4}}, "shrinkage": shrinkage}, seniors=seniors)
    found = pairs(rows)
    # Four people, two times in four weeks each.
    assert sorted(one for one, _, _ in found) == sorted(f"desk-{number}" for number in (1, 2, 3, 4) for _ in range(2))
    assert {other for _, other, _ in found} == {"seniors-1", "seniors-2"}
    for name in {one for one, _, _ in rows}:
        own = [(begin, until) for who, begin, until in rows if who == name]
        assert all(until <= begin for (_, until), (begin, _) in pairwise(own))


def test_a_person_of_the_team_may_coach_all_others(make_scenario: Make) -> None:
    works = {"works": {"mon-fri": "core"}}
    people = {"ana": works, "ben": works, "cleo": {"works": {"tue": "core"}}}
    coaching = {"paired_coaching": {"takes": "30 min", "coach": "ana"}}
    found = pairs(away(make_scenario, {"roster": {}, "people": people, "shrinkage": coaching}))
    assert (
        sorted((one, other) for one, other, _ in found)
        == [("desk-ana", "desk-ben")] * 4 + [("desk-ana", "desk-cleo")] * 4
    )
    assert all(int(at // 24) % 7 == 1 for _, other, at in found if other == "desk-cleo")


def test_without_a_coach_at_that_time_it_falls_out(make_scenario: Make) -> None:
    coaching = {"paired_coaching": {"takes": "30 min", "coach": "owls"}}
    owls = {"tier": "L2", "roster": {"mon-fri": {"night": 2}}}
    assert away(make_scenario, {"shrinkage": coaching}, owls=owls) == []
    alone = {"roster": {"mon-fri": {"core": 1}}, "shrinkage": {"paired_coaching": {"takes": "1 h"}}}
    assert away(make_scenario, alone) == []


def test_who_is_new_is_coached_and_does_not_coach(make_scenario: Make) -> None:
    coaching = {"paired_coaching": {"takes": "30 min", "coach": "seniors"}}
    hire = {"starts": "2026-01-05", "works": {"mon-fri": "core"}, "ramp": ["50%"] * 4}
    new = {"tier": "L2", "roster": {"mon": {"night": 1}}, "hires": [hire]}
    assert away(make_scenario, {"shrinkage": coaching}, seniors=new) == []
    coaching = {"paired_coaching": {"takes": "30 min"}}
    found = pairs(away(make_scenario, {"roster": {"mon-fri": {"core": 1}}, "hires": [hire], "shrinkage": coaching}))
    assert [int(at // WEEK_H) for _, _, at in found] == [0, 1, 2, 3]


def test_times_stay_when_somebody_joins(make_scenario: Make) -> None:
    seniors = {"tier": "L2", "roster": {"mon-fri": {"core": 6}}}
    coaching = {"paired_coaching": {"takes": "30 min", "coach": "seniors"}}

    def sessions(heads: int) -> set[tuple[str, float]]:
        desk = {"roster": {"mon-fri": {"core": heads}}, "shrinkage": coaching}
        return {(who, at) for who, _, at in pairs(away(make_scenario, desk, seniors=seniors))}

    assert sessions(2) < sessions(3)


def test_people_whom_playbooks_bring_change_nobodys_coach(make_scenario: Make) -> None:
    shrinkage = {"paired_coaching": {"takes": "30 min"}}
    desk = {"tier": "L1", "roster": {"mon-fri": {"core": 4}}, "shrinkage": shrinkage}
    teams = {"desk": desk, "others": {"tier": "L2", "roster": {"mon-fri": {"core": 3}}}}
    play = {"when": {"team": "desk", "queue": "> 5"}, "until": {"queue": "< 2"}}
    brings = {"borrow": {"from": "others", "agents": 1}, "back_ups": {"agents": 2, "after": "1 h"}}
    found = []
    for playbooks in ([], [{**play, "do": brings}]):
        stated = {"teams": teams, "shifts": SHIFTS, "playbooks": playbooks}
        scenario = make_scenario(instead=stated, period={"length": "8 weeks"})
        plan = compile_plan(scenario)
        crew = draw_crew(scenario, plan, Streams(1, 0))
        found.append([column.tolist() for column in (crew.person, crew.start_ms, crew.end_ms)])
        assert OffReason.COACHING in crew.end_reason
    assert found[0] == found[1]


def test_coaches_who_have_no_shift_in_the_simulated_time_coach_nobody(make_scenario: Make) -> None:
    shrinkage = {"paired_coaching": {"takes": "30 min", "coach": "seniors"}}
    hired = {"tier": "L2", "people": {"ann": {"works": {"mon-fri": "core"}, "starts": "2030-01-01"}}}
    assert away(make_scenario, {"shrinkage": shrinkage}, seniors=hired) == []
