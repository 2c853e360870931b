from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from supportsim.plan.compile import compile_plan
from supportsim.plan.due import due_ms
from supportsim.plan.model import Assignment, OrderBy, Plan
from supportsim.scenario.model import Scenario

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NAN = float("nan")
Make = Callable[..., Scenario]


# ---- time ---------------------------------------------------------------------------------------------------


def test_the_period_is_civil_days_across_a_change_of_clocks(make_scenario: Make) -> None:
    period = {"start": "2026-03-02", "length": "2 weeks", "warm_up": "1 week", "run_out": "3 h"}
    plan = compile_plan(make_scenario(period={**period, "timezone": "America/New_York"}))
    # Midnight is 05:00 UTC in winter; the 8th of March has 23 hours.
    assert plan.origin == datetime(2026, 2, 23, 5, tzinfo=UTC)
    assert plan.window_ms == (7 * DAY_MS, 21 * DAY_MS - HOUR_MS)
    assert plan.horizon_ms == 21 * DAY_MS + 2 * HOUR_MS


@pytest.mark.parametrize(
    ("sla", "days"),
    [
        ({}, 7),
        ({"resolution": {"P1": "4 h", "P4": "72 h"}}, 3 + 7),
        # Twice 72 hours.
        ({"resolution": {"P4": "72 h"}, "segments": {"all": 2}}, 6 + 7),
        # 20 hours at 8 a day and 5 days a week are half a week.
        ({"calendar": "office", "resolution": {"P4": "20 h"}}, 3.5 + 7),
        # Only P5 runs on the office's clock.
        ({"calendar": {"P5": "office", "default": "always"}, "resolution": {"P4": "72 h", "P5": "8 h"}}, 3 + 7),
        # 5 business days: a week and two days.
        ({"calendar": "office", "resolution": {"P5": "5 business days"}}, 9 + 7),
        ({"resolution": {"P5": "4 h"}, "by_segment": {"all": {"resolution": {"P5": "48 h"}}}}, 2 + 7),
    ],
)
def test_the_run_out_is_the_longest_promise_and_a_week(make_scenario: Make, sla: dict[str, Any], days: float) -> None:
    calendars = {"office": {"mon-fri": "09:00-17:00"}}
    plan = compile_plan(make_scenario(period={"run_out": None}, calendars=calendars, sla=sla))
    assert plan.horizon_ms - plan.window_ms[1] == days * DAY_MS


# ---- queues -----------------------------------------------------------------------------------------------------

CATEGORIES = {
    "login": {"share": "40%", "skill": "account"},
    "api": {"share": "30%", "skill": "api"},
    "other": {"share": "30%"},
}
ROSTER = {"roster": {"mon-fri": {"core": 1}}}
TEAMS: dict[str, Any] = {
    "phones": {"tier": "L1", "skills": ["account", "api", "general"], "channels": ["phone"], **ROSTER},
    "mails": {"tier": "L1", "skills": ["account", "general"], **ROSTER},
    "experts": {"tier": "L2", "skills": ["api", "account", "general", "billing"], **ROSTER},
}
CHANNELS = {"email": {"share": "50%"}, "phone": {"share": "50%"}}


def plan_of(make: Make, **changes: Any) -> Plan:
    instead = {"demand.categories": CATEGORIES, "demand.channels": CHANNELS, "teams": TEAMS}
    return compile_plan(make(instead=instead, **changes))


def queue(plan: Plan, tier: str, skill: str, channel: str) -> tuple[list[str], list[int], int, int] | None:
    """Return a queue as (teams, ranks, widens to, after hours)."""
    at = (["L1", "L2", "L3"].index(tier), plan.skills.index(skill), plan.channels.index(channel))
    index = int(plan.queue_of[at])
    if index < 0:
        return None
    found = plan.queues[index]
    return [plan.teams[team] for team in found.teams], list(found.ranks), found.widens_to, found.widens_after_ms


def test_names_and_codes(make_scenario: Make) -> None:
    plan = plan_of(make_scenario)
    assert plan.channels == ("email", "phone")
    assert plan.live.tolist() == [False, True]
    assert plan.categories == ("login", "api", "other")
    # Skills as categories name them, then what only teams know.
    assert plan.skills == ("account", "api", "general", "billing")
    assert plan.category_skill.tolist() == [0, 1, 2]
    assert plan.team_tier.tolist() == [0, 0, 1]
    assert plan.queue_of.shape == (3, 4, 2)


def test_a_queue_for_each_set_of_teams(make_scenario: Make) -> None:
    plan = plan_of(make_scenario)
    assert queue(plan, "L1", "account", "phone") == (["phones", "mails"], [0, 0], -1, -1)
    assert queue(plan, "L1", "general", "phone") == queue(plan, "L1", "account", "phone")
    assert queue(plan, "L1", "account", "email") == (["mails"], [0], -1, -1)
    assert queue(plan, "L1", "api", "phone") == (["phones"], [0], -1, -1)
    assert queue(plan, "L1", "api", "email") is None
    assert queue(plan, "L2", "api", "email") == (["experts"], [0], -1, -1)
    assert queue(plan, "L3", "api", "email") is None
    assert [each.name for each in plan.queues] == ["L1:mails", "L1:phones+mails", "L1:phones", "L2:experts"]


def test_few_skills_go_first(make_scenario: Make) -> None:
    plan = plan_of(make_scenario, routing={"pick": "fewest_skills"})
    assert queue(plan, "L1", "account", "phone") == (["phones", "mails"], [1, 0], -1, -1)


def test_a_fallback_at_once_comes_last(make_scenario: Make) -> None:
    fallback = {"account": {"L1": {"team": "experts"}}}
    plan = plan_of(make_scenario, routing={"pick": "fewest_skills", "fallback": fallback})
    assert queue(plan, "L1", "account", "phone") == (["phones", "mails", "experts"], [1, 0, 2], -1, -1)
    assert queue(plan, "L1", "account", "email") == (["mails", "experts"], [0, 1], -1, -1)
    assert queue(plan, "L1", "general", "phone") == (["phones", "mails"], [1, 0], -1, -1)


def test_a_fallback_after_a_while_widens_the_queue(make_scenario: Make) -> None:
    plan = plan_of(make_scenario, routing={"fallback": {"account": {"L1": {"team": "experts", "after": "2 h"}}}})
    found = queue(plan, "L1", "account", "phone")
    assert found is not None
    teams, ranks, wider, after_ms = found
    assert (teams, ranks, after_ms) == (["phones", "mails"], [0, 0], 2 * HOUR_MS)
    widened = plan.queues[wider]
    assert ([plan.teams[team] for team in widened.teams], widened.ranks) == (["phones", "mails", "experts"], (0, 0, 1))
    assert (widened.widens_to, widened.widens_after_ms) == (-1, -1)
    # Those who do not wait for a fallback have a queue of their own, and a name that tells them apart.
    assert queue(plan, "L1", "general", "phone") == (["phones", "mails"], [0, 0], -1, -1)
    names = [each.name for each in plan.queues]
    assert len(set(names)) == len(names)
    first_wide = min(each.widens_to for each in plan.queues if each.widens_to >= 0)
    assert all(each.widens_to < 0 for each in plan.queues[first_wide:])


def test_a_fallback_who_is_there_already_or_does_not_answer_the_channel_adds_nothing(make_scenario: Make) -> None:
    plan = plan_of(make_scenario, routing={"fallback": {"account": {"L1": {"team": "mails", "after": "1 h"}}}})
    assert queue(plan, "L1", "account", "phone") == (["phones", "mails"], [0, 0], -1, -1)
    plan = plan_of(make_scenario, routing={"fallback": {"general": {"L2": {"team": "phones"}}}})
    assert queue(plan, "L2", "general", "email") == (["experts"], [0], -1, -1)
    assert queue(plan, "L2", "general", "phone") == (["experts", "phones"], [0, 1], -1, -1)


# ---- promises and rules ---------------------------------------------------------------------------------------------

POLICY: dict[str, Any] = {
    "calendar": {"P1": "always", "default": "office"},
    "response": {"P1": "15 min", "P2": "1 h"},
    "resolution": {"P1": "4 h", "P5": "5 business days"},
    "segments": {"mid": 2, "small": 4},
    "by_segment": {"small": {"resolution": {"P1": "24 h", "P2": "3 business days"}}},
    "pauses": ["engineering"],
    "service_level": {"within": "30 s", "ignore_abandons_before": "5 s"},
}
SEGMENTS = {"big": "20%", "mid": "30%", "small": "50%"}


def sla_plan(make: Make, **policy: Any) -> Plan:
    calendars = {"office": {"mon-fri": "09:00-17:00"}}
    return compile_plan(make(calendars=calendars, sla={**POLICY, **policy}, instead={"demand.segments": SEGMENTS}))


def test_promises_by_priority_and_segment(make_scenario: Make) -> None:
    sla = sla_plan(make_scenario).sla
    none = [NAN] * 3
    assert_array_equal(sla.response.minutes, [[15, 30, 60], [60, 120, 240], none, none, none])
    assert_array_equal(sla.resolution.minutes, [[240, 480, 1440], none, none, none, none])
    assert_array_equal(sla.response.business_days, np.zeros((5, 3)))
    assert_array_equal(sla.resolution.business_days, [[0] * 3, [0, 0, 3], [0] * 3, [0] * 3, [5, 10, 20]])


def test_own_minutes_replace_common_business_days_and_back(make_scenario: Make) -> None:
    own = {"small": {"resolution": {"P5": "40 h", "P1": "2 business days"}}}
    sla = sla_plan(make_scenario, by_segment=own).sla
    assert (sla.resolution.minutes[4, 2], sla.resolution.business_days[4, 2]) == (2400, 0)
    assert np.isnan(sla.resolution.minutes[0, 2])
    assert sla.resolution.business_days[0, 2] == 2


def test_clocks_and_the_rest_of_the_policy(make_scenario: Make) -> None:
    sla = sla_plan(make_scenario).sla
    assert [clock.name for clock in sla.clocks] == ["office", "always"]
    assert_array_equal(sla.clock, [[1] * 3, [0] * 3, [0] * 3, [0] * 3, [0] * 3])
    assert (sla.pause_pending, sla.pause_engineering) == (False, True)
    assert (sla.service_level_ms, sla.short_abandon_ms) == (30_000, 5_000)


def test_a_segment_may_have_calendars_of_its_own(make_scenario: Make) -> None:
    policy = {
        "calendar": {"P1": "always", "default": "office"},
        "response": {"P1": "1 h"},
        "updates": {"P1": "30 min"},
        "segments": {"free": 4},
        "by_segment": {"vip": {"calendar": "always"}, "free": {"calendar": {"P1": "office"}}},
    }
    calendars = {"office": {"mon-fri": "09:00-17:00"}}
    plan = compile_plan(
        make_scenario(
            calendars=calendars, sla=policy, instead={"demand.segments": {"vip": "10%", "free": "40%", "all": "50%"}}
        )
    )
    names = [[plan.sla.clocks[clock].name for clock in row] for row in plan.sla.clock.tolist()]
    assert names == [["always", "office", "always"], *[["always", "office", "office"]] * 4]
    assert plan.sla.updates is not None
    assert plan.sla.updates.minutes[0].tolist() == [30, 120, 30]


def test_clocks_last_for_the_longest_promise_of_the_last_ticket(make_scenario: Make) -> None:
    plan = sla_plan(make_scenario)
    last_ms = np.array([plan.horizon_ms - 1])
    office, always = plan.sla.clocks
    # Sunday night counts as Monday at nine, and twenty open days later is Monday four weeks on.
    assert office.after_days(last_ms, 20)[0] == 14 * DAY_MS + 28 * DAY_MS + 9 * HOUR_MS
    assert always.after(last_ms, DAY_MS)[0] == plan.horizon_ms - 1 + DAY_MS
    assert office.open_ms[0] == 9 * HOUR_MS


def test_an_always_that_is_stated_changes_nothing(make_scenario: Make) -> None:
    plans = [compile_plan(make_scenario(calendars=calendars)) for calendars in ({}, {"always": "24x7"})]
    for plan in plans:
        assert [clock.name for clock in plan.sla.clocks] == ["always"]
        assert plan.sla.clocks[0].open_ms.tolist() == [0]


def test_rules(make_scenario: Make) -> None:
    default = compile_plan(make_scenario()).rules
    assert default.priority_class.tolist() == [0, 1, 2, 3, 4]
    assert not default.live_first
    assert (default.seniority_is_ticket, default.finish_deferrable, default.grace_ms, default.reading_in_ms) == (
        False, False, 0, 0,
    )  # fmt: skip
    at_shift_end = {"deferrable": "finish", "grace": "15 min"}
    routing = {"order": "fifo", "live_first": True, "seniority": "ticket", "at_shift_end": at_shift_end}
    other = compile_plan(make_scenario(routing=routing, work={"handover": {"reading_in": "4 min"}})).rules
    assert other.priority_class.tolist() == [0] * 5
    assert other.live_first
    assert (other.seniority_is_ticket, other.finish_deferrable, other.grace_ms, other.reading_in_ms) == (
        True, True, 900_000, 240_000,
    )  # fmt: skip


def test_a_limit_on_overtime_matters_where_work_is_finished_past_the_shift(make_scenario: Make) -> None:
    limit = {"teams": {"desk": {"overtime": {"at_most": "5 h"}}}}
    assert compile_plan(make_scenario(**limit)).rules.overtime_at_most_ms == ()
    grace = {"routing": {"at_shift_end": {"grace": "15 min"}}}
    assert compile_plan(make_scenario(**grace)).rules.overtime_at_most_ms == ()
    plan = compile_plan(make_scenario(**limit, **grace))
    found = dict(zip(plan.teams, plan.rules.overtime_at_most_ms, strict=True))
    assert found.pop("desk") == 5 * 3_600_000
    assert set(found.values()) <= {-1}
    late = {"when": {"team": "desk", "queue": "> 5"}, "do": {"overtime": "1 h"}, "until": {"queue": "< 3"}}
    assert compile_plan(make_scenario(**limit, playbooks=[late])).rules.overtime_at_most_ms[0] == 5 * 3_600_000
    calls_off = late | {"do": ["cancel_training"]}
    assert compile_plan(make_scenario(**limit, playbooks=[calls_off])).rules.overtime_at_most_ms == ()


def test_weeks_of_overtime_begin_on_monday_by_the_clock_of_the_team(make_scenario: Make) -> None:
    desk = {"overtime": {"at_most": "5 h"}, "timezone": "Asia/Manila"}
    scenario = make_scenario(teams={"desk": desk}, routing={"at_shift_end": {"grace": "15 min"}})
    # It opens on a Monday in UTC, at eight in Manila.
    assert compile_plan(scenario).rules.overtime_weeks_ms[0][0] == (7 * 24 - 8) * 3_600_000


def test_how_many_contacts_an_agent_may_hold_and_at_what_pace(make_scenario: Make) -> None:
    channels = {
        "email": {"share": "50%"},
        "chat": {"share": "25%", "concurrency": 3, "slowdown": "25%"},
        "phone": {"share": "25%"},
    }
    plain = compile_plan(make_scenario()).rules
    assert (plain.concurrency, plain.pace_ppm, plain.blending, plain.to_busiest) == ((), (), False, False)
    routing = {"blending": True, "next_chat": "busiest"}
    rules = compile_plan(make_scenario(demand={"channels": channels}, routing=routing)).rules
    assert rules.concurrency == (1, 3, 1)
    full = (1_000_000,) * 3
    # 1, 1 / 1.25 and 1 / 1.5 of full speed.
    assert rules.pace_ppm == (full, (1_000_000, 800_000, 666_667), full)
    assert (rules.blending, rules.to_busiest) == (True, True)


def test_who_takes_what(make_scenario: Make) -> None:
    usual = compile_plan(make_scenario()).rules
    assert (usual.order_by, usual.aging_ms, usual.urgent, usual.urgent_live, usual.lines) == (0, 0, (), False, ())
    assert (usual.assignment, usual.owner_waits_ms, usual.owns_at_most) == (Assignment.SHARED, -1, 0)
    routing = {
        "order": "shortest_first",
        "aging": {"every": "8 h", "raises": 2},
        "preempt": ["P1", "P2", "live"],
        "assignment": "same_agent",
        "owner_waits": "4 h",
        "owns_at_most": 12,
    }
    channels = {"email": {"share": "50%"}, "phone": {"share": "50%", "lines": 20}}
    rules = compile_plan(make_scenario(routing=routing, demand={"channels": channels})).rules
    assert (rules.order_by, rules.aging_ms, rules.aging_raises) == (OrderBy.WORK, 8 * HOUR_MS, 2)
    # One class for all, and room above it for what has waited for long.
    assert rules.priority_class.tolist() == [1] * 5
    teams = make_scenario().model_dump(by_alias=True, exclude_unset=True)["teams"]
    next(iter(teams.values()))["on_call"] = {"priorities": ["P1", "P2"]}
    called = compile_plan(make_scenario(routing=routing, teams=teams)).rules
    # What somebody is called out for goes before both, and is nobody's own.
    assert called.priority_class.tolist() == [0, 1, 3, 3, 3]
    assert called.unowned == (True, True, False, False, False)
    assert (rules.urgent, rules.urgent_live) == ((True, True, False, False, False), True)
    assert (rules.assignment, rules.owner_waits_ms, rules.owns_at_most) == (Assignment.SAME_AGENT, 4 * HOUR_MS, 12)
    assert rules.lines == (-1, 20)


def test_when_promises_fall_due(make_scenario: Make) -> None:
    # From Monday 16:00 on: 2 hours of the office's 9 to 17 end on Tuesday at 10, 1 business day on Tuesday at 16.
    sla = {"calendar": "office", "response": {"P1": "2 h"}, "resolution": {"P1": "1 business day"}}
    plan = compile_plan(make_scenario(calendars={"office": {"mon-fri": "09:00-17:00"}}, sla=sla))
    monday_ms = np.array([(datetime(2026, 1, 5, 16, tzinfo=UTC) - plan.origin).total_seconds() * 1000]).astype(np.int64)
    first = np.zeros(1, np.int16)
    assert due_ms(plan.sla, plan.sla.response, first, first, monday_ms).tolist() == [monday_ms[0] + 18 * HOUR_MS]
    assert due_ms(plan.sla, plan.sla.resolution, first, first, monday_ms).tolist() == [monday_ms[0] + 24 * HOUR_MS]
    assert due_ms(plan.sla, plan.sla.response, first + 1, first, monday_ms).tolist() == [-1]
