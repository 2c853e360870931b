"""The search for the largest surge, on made-up verdicts and through the simulator."""

from __future__ import annotations

import math
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment.judgement import Verdict
from supportsim.experiment.robustness import (
    RECOVERY,
    Limits,
    NothingToLoseError,
    SurgeError,
    SurgeShape,
    Trial,
    _search,
    robustness,
    usual_start,
    with_surge,
)
from supportsim.experiment.run import run
from supportsim.report.robustness import document, markdown, summary_lines
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.units import HOUR_MS

DESK = Path(__file__).with_name("desk.yaml")
ONE_PROMISE = ["targets=null", "targets.response_sla.at_least=30%"]
SHAPE = SurgeShape(datetime(2026, 3, 2, 9))


@pytest.mark.parametrize(
    ("met_up_to", "missed_from", "survives", "fails"),
    [(7, 12, 1.75, 3.0), (0, 1, 0.0, 0.25), (40, 99, 10.0, math.inf), (3, 99, 0.75, math.inf), (5, 6, 1.25, 1.5)],
)
def test_both_ends_are_found_whatever_lies_between(
    met_up_to: int, missed_from: int, survives: float, fails: float
) -> None:
    tried: list[int] = []

    def attempt(rung: int) -> Trial:
        tried.append(rung)
        verdict = Verdict.MET if rung <= met_up_to else Verdict.MISSED if rung >= missed_from else Verdict.UNDECIDED
        return Trial(rung / 4, verdict, (), 0.0, np.zeros(1), ())

    found = _search(attempt, Limits((HOUR_MS,)), HOUR_MS)
    assert (found.survives, found.fails) == (survives, fails)
    assert len(tried) == len(set(tried)) <= 17
    assert [trial.volume * 4 for trial in found.trials] == sorted(tried)


def test_what_is_too_much_was_found_so_even_if_more_is_undecided() -> None:
    def attempt(rung: int) -> Trial:
        verdict = Verdict.MET if rung <= 3 else Verdict.MISSED if 7 <= rung <= 12 else Verdict.UNDECIDED
        return Trial(rung / 4, verdict, (), 0.0, np.zeros(1), ())

    found = _search(attempt, Limits((HOUR_MS,)), HOUR_MS)
    assert (found.survives, found.fails) == (0.75, 1.75)


def test_a_desk_in_a_surge() -> None:
    scenario = load_scenario(DESK, ONE_PROMISE)
    found = robustness(scenario, SHAPE, Limits((8 * HOUR_MS,), 2.0, 16.0), 4, simulate=partial(run, workers=1))
    assert found.judged == ("response_sla",)
    (survival,) = found.survivals
    assert survival.survives < survival.fails
    # The same customers: a larger surge brings more, never fewer, and breaks no less.
    extra = [trial.extra_contacts for trial in survival.trials]
    assert extra == sorted(extra)
    assert extra[0] > 0
    estimates = [trial.estimates[0] for trial in survival.trials]
    assert estimates == sorted(estimates, reverse=True)
    assert document(found)["surges"][0]["lasts_minutes"] == 480
    assert summary_lines(found)[0] == "desk is judged on response SLA."
    lines = markdown(found).splitlines()
    head = lines.index("| volume | extra | back, mean | back, p90 | come back | verdict | surely broken |")
    assert lines[head - 2] == "**Surges of 8 h**"
    assert lines[head + 2].startswith(f"| +{100 * survival.trials[0].volume:g} % |")


def test_a_recovery_that_is_too_slow_is_not_survived() -> None:
    scenario = load_scenario(DESK, ONE_PROMISE)
    limits = Limits((4 * HOUR_MS,), 4.0, 4.0, recovers_within_hours=0.5)
    (survival,) = robustness(scenario, SHAPE, limits, 5, simulate=partial(run, workers=1)).survivals
    assert RECOVERY in survival.trials[0].missed


def test_a_plan_that_keeps_nothing_has_nothing_to_lose() -> None:
    scenario = load_scenario(DESK, ["targets=null", "targets.response_sla.at_least=100%"])
    with pytest.raises(NothingToLoseError, match="keeps no promise even without a surge"):
        robustness(scenario, SHAPE, Limits((HOUR_MS,)), 2, simulate=partial(run, workers=1))


def test_a_surge_that_does_not_fit_is_told_by_its_keys() -> None:
    shape = SurgeShape(datetime(2026, 4, 1, 9), categories=("mail", "nonsense"))
    with pytest.raises(SurgeError) as caught:
        with_surge(load_scenario(DESK), shape, HOUR_MS, 1.0)
    assert [key for key, _ in caught.value.problems] == ["at", "categories", "categories"]
    assert "2026-04-01 09:00 is outside of the simulated time" in caught.value.problems[0][1]
    assert "--set" not in str(caught.value)


@pytest.mark.parametrize(
    ("at", "hours", "key", "said"),
    [
        (datetime(2026, 3, 1, 23, 59), 1, "at", "2026-03-01 23:59 is in the warm-up, which is not judged, expected a"
         " time in the period, from 2026-03-02 00:00 on"),
        (datetime(2026, 3, 3, 22), 3, "lasts", "3 h from 2026-03-03 22:00 end after the period, expected at most 2 h"),
    ],
)  # fmt: skip
def test_a_surge_that_is_not_judged_as_a_whole_is_refused(at: datetime, hours: int, key: str, said: str) -> None:
    desk = load_scenario(DESK, ["period.warm_up=1 day"])
    with pytest.raises(SurgeError) as caught:
        with_surge(desk, SurgeShape(at), hours * HOUR_MS, 1.0)
    ((found, problem),) = caught.value.problems
    assert found == key
    assert problem.startswith(said)


def test_a_surge_may_begin_and_end_with_the_period() -> None:
    desk = load_scenario(DESK, ["period.warm_up=1 day"])
    assert with_surge(desk, SurgeShape(datetime(2026, 3, 2)), 48 * HOUR_MS, 1.0).scenario.events


def test_it_starts_on_tuesday_of_the_second_week_unless_said_otherwise() -> None:
    assert usual_start(load_scenario(DESK, ["period.length=3 weeks"])) == datetime(2026, 3, 10, 10)
    assert usual_start(load_scenario(DESK, ["period.length=8 days"])) == datetime(2026, 3, 4, 10)
    assert usual_start(load_scenario(DESK)) == datetime(2026, 3, 2, 10)
