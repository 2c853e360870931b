"""The page of a sweep, from a document written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from supportsim.experiment.judgement import Verdict
from supportsim.report.page.page import Page, html
from supportsim.report.page.sweep_page import axes_of, read_sweep, setting, sweep_page

AXIS = "teams.front.roster.mon-fri.day"


def plan(number: int, heads: int, cost: float, service: float, verdict: str, **more: Any) -> dict[str, Any]:
    not_kept = "" if verdict == "met" else "response_sla[priority=P1]"
    return {
        "plan": number, AXIS: str(heads), "cost": cost, "cost_half_width": 1.0, "service": service,
        "service_half_width": 0.01, "verdict": verdict, "promises_kept": 1, "not_kept": not_kept, "on_front": True,
        "error": "",
    } | more  # fmt: skip


def document(**more: Any) -> dict[str, Any]:
    plans = [plan(0, 1, 100, 0.8, "missed"), plan(1, 2, 200, 0.9, "met"), plan(2, 3, 300, 0.95, "met")]
    return {
        "format": "supportsim sweep 1", "name": "heads", "seed": 1, "replications": 4,
        "scenario": {"name": "desk", "file": "../desk.yaml", "digest": "d", "overrides": []},
        "service": "response_sla", "wanted_probability": 0.9, "plans": plans,
        "points": [{"point": 0, "plan": 0, "sample": 0, "status": "done", "error": ""}],
        "odds": [], "influences": [], "provenance": {"versions": {"supportsim": "0"}},
    } | more  # fmt: skip


UNKNOWN = {
    "odds": [
        {"promise": promise, "probability": 0.75, "plan": 0, "lower": 0.5, "upper": 0.9, "period_share": None,
         "ignorance": None}
        for promise in ("response_sla", "")
    ],
    "influences": [
        {"plan": 0, "promise": "response_sla", "assumption": name, "share": share, "rises": rises, "break_even": ""}
        for name, share, rises in (("demand.contacts.count", 0.7, False), ("work.L1.escalates", 0.2, True))
    ],
}  # fmt: skip


def names(page: Page) -> list[str]:
    return [picture.name for picture in page.pictures()]


def test_the_cheapest_that_keeps_all_is_the_answer() -> None:
    page = sweep_page(document())
    (answer,) = page.verdicts
    assert answer.verdict is Verdict.MET
    assert answer.sentence == (
        "2 of 3 plans keep all promises; the cheapest of them: mon-fri.day = 2, at a cost of 200."
    )
    assert names(page) == ["front", "curve"]
    assert "response SLA of P1" in html(page)


@pytest.mark.parametrize(
    ("verdicts", "verdict", "said"),
    [
        (["missed", "missed"], Verdict.MISSED, "None of the 2 plans keeps all promises."),
        (["missed", "undecided"], Verdict.UNDECIDED, "None of the 2 plans is sure to keep all promises."),
        (["undecided"], Verdict.UNDECIDED, "The plan is not sure to keep all promises."),
    ],
)
def test_no_plan_will_do(verdicts: list[str], verdict: Verdict, said: str) -> None:
    plans = [plan(number, number, 100, 0.8, one) for number, one in enumerate(verdicts)]
    (answer,) = sweep_page(document(plans=plans)).verdicts
    assert (answer.verdict, answer.sentence) == (verdict, said)


def test_what_is_not_known() -> None:
    page = sweep_page(document(plans=[plan(0, 1, 100, 0.8, "met")], **UNKNOWN))
    assert names(page) == ["odds", "tornado_1"]
    assert [section.name for section in page.sections] == ["odds", "influences", "provenance"]
    tornado = page.pictures()[1]
    assert tornado.title == "What decides response SLA"
    assert tornado.alt == "demand.contacts.count 70 %; work.L1.escalates 20 %."


def test_points_that_failed_are_told() -> None:
    failed = {"point": 3, "plan": 1, "sample": 0, "status": "failed", "error": "<b>out of memory</b>"}
    text = html(sweep_page(document(points=[failed])))
    assert "Points without a result" in text
    assert "&lt;b&gt;out of memory&lt;/b&gt;" in text


def test_a_plan_is_named_by_what_is_chosen() -> None:
    found = document()
    assert axes_of(found) == [AXIS]
    assert setting(found, found["plans"][2]) == "mon-fri.day = 3"
    for one in found["plans"]:
        del one[AXIS]
    assert setting(found, found["plans"][0]) == "as it is"


def test_a_folder_without_a_sweep_is_none(tmp_path: Path) -> None:
    assert read_sweep(tmp_path) is None
    (tmp_path / "sweep.json").write_text("[]")
    assert read_sweep(tmp_path) is None
    (tmp_path / "sweep.json").write_text(json.dumps(document(format="another")))
    assert read_sweep(tmp_path) is None
    (tmp_path / "sweep.json").write_text(json.dumps(document()))
    assert read_sweep(tmp_path) == document()
