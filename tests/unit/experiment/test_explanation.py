"""Explanations hold the same tickets as the metrics they explain, whatever the number of workers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment.explanation import Explanation, explain, questions
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.measures.causes import Cause
from supportsim.scenario.loader import LoadedScenario, load_scenario
from supportsim.scenario.metrics import METRICS, MetricKey

DESK = Path(__file__).with_name("desk.yaml")
SLICES = (
    "response_sla[priority=P3]",
    "resolution_sla[channel=phone]",
    "response_sla[tier=L1]",
    "resolution_sla[team={team}]",
    "abandonment",
    "severe_resolution_breach",
    "response_warning_80[priority=P3]",
    "service_level",
    "fcr",
)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> LoadedScenario:
    team = next(iter(load_scenario(DESK).scenario.teams))
    targets = ", ".join(f"'{name.format(team=team)}': {{at_least: 50%}}" for name in SLICES)
    file = tmp_path_factory.mktemp("explained") / "tight.yaml"
    file.write_text(
        f"extends: {DESK}\nname: tight\nsla: {{response: {{P3: 30 min}}, resolution: {{P3: 2 h}}}}\n"
        f"targets: {{{targets}}}\n",
        "utf-8",
    )
    return load_scenario(file)


@pytest.fixture(scope="module")
def result(scenario: LoadedScenario) -> RunResult:
    return run(scenario, replications=3, workers=1)


@pytest.fixture(scope="module")
def explanation(scenario: LoadedScenario) -> Explanation:
    return explain(scenario, replications=3, workers=1)


def test_what_is_explained(scenario: LoadedScenario) -> None:
    keys = [question.key for question in questions(scenario)]
    assert keys[:2] == [MetricKey("response_sla", None), MetricKey("resolution_sla", None)]
    assert MetricKey("resolution_sla", None, (("channel", "phone"),)) in keys
    assert {key.metric for key in keys} >= {"abandonment", "severe_resolution_breach", "service_level"}
    assert all(key.metric != "fcr" for key in keys)


def test_what_counts_against_promises_is_what_the_metrics_say(explanation: Explanation, result: RunResult) -> None:
    assert sum(one.breached for one in explanation.breaches) > 0
    for one in explanation.breaches:
        if METRICS[one.key.metric].unit != "share":
            continue
        place = result.place(one.key.metric, **dict(one.key.slices))
        judged, hits = (np.nansum(side[:, place]) for side in (result.denominator, result.numerator))
        good = METRICS[one.key.metric].better == "high"
        assert (one.judged, one.breached) == (judged, judged - hits if good else hits), one.key
        assert one.main.sum() == one.hours.sum() == one.breached
        by_person = [cause for cause in Cause if cause.name not in ("WORK", "READING_IN", "CUSTOMER", "ENGINEERING")]
        assert one.waits_ms.sum() == one.cause_ms[by_person].sum()


def test_mean_times_are_those_of_the_metrics(explanation: Explanation, result: RunResult) -> None:
    minutes = explanation.cause_ms[0].sum() / 60_000 / explanation.tickets[0]
    per_replication = result.metric("first_response_minutes")
    assert per_replication.min() <= minutes <= per_replication.max()


def test_the_number_of_workers_does_not_matter(scenario: LoadedScenario, explanation: Explanation) -> None:
    other = explain(scenario, replications=3, workers=2)
    assert other.cause_ms.tolist() == explanation.cause_ms.tolist()
    for one, same in zip(other.breaches, explanation.breaches, strict=True):
        assert (one.judged, one.breached, one.main.tolist()) == (same.judged, same.breached, same.main.tolist())
