"""Why promises about people, money and rates are missed, and in which order promises are spoken of."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportsim.experiment.explanation import explain
from supportsim.experiment.judgement import Verdict
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.report.explanation import answers, sentences
from supportsim.report.other_targets import other_answers
from supportsim.scenario.loader import load_scenario

DESK = Path(__file__).parents[2] / "cli" / "desk.yaml"
TARGETS = {
    "response_sla": "{at_least: 1%}",
    "wait_minutes.p90": "{at_most: 1 min}",
    "backlog": "{at_most: 0.1}",
    "occupancy[team=front]": "{at_most: 10%}",
    "utilization": "{at_least: 95%}",
    "cost_per_ticket": "{at_most: 1}",
    "escalation_rate": "{at_most: 1%}",
    "paid_hours": "{at_least: 1 h}",
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    file = tmp_path_factory.mktemp("targets") / "strict.yaml"
    targets = "".join(f"  '{name}': {bound}\n" for name, bound in TARGETS.items())
    file.write_text(f"extends: {DESK}\nname: strict\ntargets:\n  abandonment[channel=phone]: null\n{targets}", "utf-8")
    return run(load_scenario(file), 2, workers=1)


def test_what_is_missed_is_told(result: RunResult) -> None:
    told = {target.key.metric: text for target, text in other_answers(result)}
    assert list(told) == ["occupancy", "utilization", "cost_per_ticket", "escalation_rate"]
    share = result.summary.estimate[result.place("occupancy", team="front")]
    assert told["occupancy"].startswith(f"{100 * share:.1f} %, wanted at most 10 %. The hours most above it are ")
    assert told["occupancy"].endswith(f"At 10 % the same work takes {1000 * share - 100:.0f} % more time on the floor.")
    # Two of them are idle for longer than one.
    assert "It comes most from team front" in told["utilization"]
    assert told["utilization"].endswith(" less paid time.")
    # Two at 30 cost more than one at 45.
    assert "It comes most from team front" in told["cost_per_ticket"]
    assert "channel email" in told["escalation_rate"]
    assert told["escalation_rate"].endswith("It is mostly what the scenario states, whatever the team does.")


def test_what_is_missed_comes_first(result: RunResult) -> None:
    explanation = explain(result.scenario, 1, workers=1)
    found = answers(explanation, result)
    order = [Verdict.MISSED, Verdict.UNDECIDED, None, Verdict.MET]
    places = [order.index(one.verdict) for one in found]
    assert places == sorted(places)
    assert {one.name: one.verdict for one in found}["response SLA"] is Verdict.MET
    assert {one.name: one.verdict for one in found}["resolution SLA"] is None
    told = {one.name: one.text for one in found}
    assert "tickets wait more than 1 min" in told["wait p90"]
    assert "tickets are open some time" in told["backlog"]
    assert "Most of their time is" in told["backlog"]
    assert sentences(explanation, result) == [f"{one.name}: {one.text}" for one in found]
