"""The best plan through the simulator: more replications where it is close, and an honest end at the cap."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment.best_plan import Contest, Outcome, best_plan, parse_indifference
from supportsim.experiment.run import run
from supportsim.scenario.loader import LoadedScenario, load_scenario
from supportsim.scenario.metrics import parse_target_key

DESK = Path(__file__).with_name("desk.yaml")
WAIT = parse_target_key("wait_minutes")


def desk(mean: int) -> LoadedScenario:
    """Mail only, worked first come, first served: with shorter work nobody waits longer."""
    changes = ["demand.channels={email: {share: 100%}}", "targets=null"]
    return load_scenario(DESK, [*changes, f"work.L1.handle.exponential.mean={mean} min"])


def chosen(contest: Contest, *means: int) -> Outcome:
    names = [f"{mean} min" for mean in means]
    return best_plan([desk(mean) for mean in means], names, contest, 1, partial(run, workers=1))


def test_the_quickest_desk_wins_and_its_replications_are_those_of_a_run() -> None:
    found = chosen(Contest(WAIT, indifference=1, first=4, most=30), 14, 12)
    assert found.selection.best == 1
    decided = found.selection.replications
    assert all(len(one.values) >= decided for one in found.contestants)
    quick = found.contestants[1].values
    again = run(desk(12), len(quick), 1, workers=1).metric("wait_minutes", "mean")
    np.testing.assert_array_equal(quick, again)


def test_the_cap_leaves_it_open() -> None:
    found = chosen(Contest(WAIT, indifference=1e-9, first=2, most=3), 14, 13)
    assert (found.selection.best, [len(one.values) for one in found.contestants]) == (None, [3, 3])


def test_a_metric_of_which_neither_more_nor_less_is_better() -> None:
    with pytest.raises(ValueError, match="of tickets neither more nor less is better"):
        chosen(Contest(parse_target_key("tickets"), 1, 2, 3), 14, 13)


@pytest.mark.parametrize(
    ("metric", "text", "size"),
    [
        ("response_sla", "0.5 points", 0.005),
        ("wait_minutes.p90", "2 h", 120),
        ("overtime_hours", "30 min", 0.5),
        ("cost_total", "1200", 1200),
    ],
)
def test_a_difference_is_in_the_unit_of_its_metric(metric: str, text: str, size: float) -> None:
    assert parse_indifference(parse_target_key(metric), text) == pytest.approx(size)


@pytest.mark.parametrize(
    ("metric", "text", "expected"),
    [
        ("response_sla", "5%", "0.5 points"),
        ("response_sla", "0", "0.5 points"),
        ("wait_minutes", "2", "2 min"),
        ("wait_minutes", "-2 min", "2 min"),
        ("cost_total", "much", "12"),
        ("cost_total", "inf", "12"),
    ],
)
def test_what_is_no_difference_of_a_metric(metric: str, text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=f"no difference of {metric}, expected more than 0, for instance '{expected}'"):
        parse_indifference(parse_target_key(metric), text)
