"""What a check says, and where it says it."""

from pathlib import Path

import pytest

from supportsim.experiment.judgement import Verdict
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.report.checks import checks_of
from supportsim.scenario.loader import load_scenario

DESK = Path(__file__).parents[1] / "experiment" / "desk.yaml"


@pytest.fixture(scope="module")
def result() -> RunResult:
    return run(load_scenario(DESK, ["targets.occupancy.at_most=99%"]), 3, workers=1)


def test_a_check_for_each_promise_with_what_was_wanted_and_found(result: RunResult) -> None:
    checks = list(checks_of(result))
    assert [check.name for check in checks] == list(result.scenario.scenario.targets)
    assert [check.verdict for check in checks] == [target.verdict for target in result.targets]
    response = checks[0]
    assert response.suite == "desk"
    assert response.message.startswith("response SLA: wanted at least 5 %, found ")
    assert response.message.endswith(" in 3 replications: met")
    nothing = next(check for check in checks if check.name == "response_sla[priority=P1]")
    assert nothing.message.endswith("undecided, nothing to measure")


def test_it_stands_where_the_file_states_it(result: RunResult) -> None:
    lines = DESK.read_text("utf-8").splitlines()
    for check in checks_of(result, "plan B"):
        assert check.suite == "plan B"
        if check.name == "occupancy":
            # Only --set states it.
            assert check.place is None
        else:
            assert check.place is not None
            assert check.place.file == str(DESK)
            assert check.name in lines[check.place.line - 1]


def test_a_scenario_without_targets_cannot_pass(tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").write_text(DESK.read_text("utf-8").split("targets:")[0], "utf-8")
    (check,) = checks_of(run(load_scenario(tmp_path / "plain.yaml"), 2, workers=1))
    assert check.verdict is Verdict.UNDECIDED
    assert "no targets" in check.message
