"""Who is on call when, by hand: hours of the week that begins on Monday, 5 January 2026, UTC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import OnCall
from supportsim.scenario.model import Scenario

HOUR_MS = 3_600_000
Make = Callable[..., Scenario]


def duty_of(make: Make, on_call: dict[str, Any], length: str = "1 week", **desk: Any) -> OnCall:
    team = {"tier": "L1", "roster": {"mon-fri": {"core": 2}}, "on_call": on_call, **desk}
    scenario = make(
        instead={"teams": {"desk": team}},
        period={"length": length},
        calendars={"evening": {"mon-fri": "16:00-20:00"}},
    )
    (duty,) = compile_plan(scenario).on_call
    return duty


def stretches(duty: OnCall) -> list[tuple[float, float, int]]:
    """Return (start, end, person) in hours since Monday."""
    columns = (duty.start_ms / HOUR_MS, duty.end_ms / HOUR_MS, duty.person)
    return [(float(start), float(end), int(who)) for start, end, who in zip(*columns, strict=True)]


def test_the_calendar_less_the_teams_shifts(make_scenario: Make) -> None:
    # Two people work from 9 to 17, so of 16 to 20 the evening is left.
    found = stretches(duty_of(make_scenario, {"calendar": "evening"}))
    assert found == [(24 * day + 17, 24 * day + 20, 0) for day in range(5)]


def test_around_the_clock_it_is_every_hour_without_a_shift(make_scenario: Make) -> None:
    found = stretches(duty_of(make_scenario, {}))
    nights = [(24 * day + 17, 24 * day + 33, 0) for day in range(4)]
    assert found == [(0, 9, 0), *nights, (4 * 24 + 17, 7 * 24, 0)]


def test_the_duty_goes_round_at_midnight(make_scenario: Make) -> None:
    found = stretches(duty_of(make_scenario, {"every": "2 days"}))
    # Turns change at the ends of Tuesday, Thursday and Saturday.
    assert found == [
        (0, 9, 0),
        (17, 33, 0),
        (41, 48, 0),
        (48, 57, 1),
        (65, 81, 1),
        (89, 96, 1),
        (96, 105, 0),
        (113, 144, 0),
        (144, 168, 1),
    ]


def test_turns_count_from_the_start_of_the_period_and_leave_hires_out(make_scenario: Make) -> None:
    team = {"tier": "L1", "roster": {"mon-fri": {"core": 2}}, "hires": [{"starts": "2026-01-06"}], "on_call": {}}
    scenario = make_scenario(instead={"teams": {"desk": team}}, period={"length": "3 weeks", "warm_up": "1 week"})
    (duty,) = compile_plan(scenario).on_call
    week = duty.start_ms // (7 * 24 * HOUR_MS)
    assert duty.duty.tolist() == (week - 1).tolist()
    assert duty.person.tolist() == [int(number) % 2 for number in week - 1]


def test_overtime_is_a_shift_too(make_scenario: Make) -> None:
    planned = [{"from": "2026-01-05", "until": "2026-01-05", "adds": "2 h"}]
    found = stretches(duty_of(make_scenario, {"calendar": "evening"}, overtime={"planned": planned}))
    assert found[0] == (19, 20, 0)


def test_priorities_and_limits_as_numbers(make_scenario: Make) -> None:
    duty = duty_of(make_scenario, {"priorities": ["P2", "P1"], "rest": "10 h", "at_most": "8 h"})
    assert duty.priorities.tolist() == [True, True, False, False, False]
    assert (duty.rest_ms, duty.at_most_ms) == (10 * HOUR_MS, 8 * HOUR_MS)
    assert duty_of(make_scenario, {}).at_most_ms == -1
    assert np.all(duty.end_ms > duty.start_ms)
