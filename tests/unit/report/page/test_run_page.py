"""The page of a run: complete, the same every time, and closed to what names may contain."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from supportsim.experiment.explanation import explain
from supportsim.experiment.marginal import marginal_values
from supportsim.experiment.precision import Stopping, StoppingRule
from supportsim.experiment.recovery import recoveries
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.experiment.standing import standings
from supportsim.report.arrays import load_result
from supportsim.report.files import provenance
from supportsim.report.marginal import read_marginal, store_marginal
from supportsim.report.page.ink import DARK, LIGHT
from supportsim.report.page.page import Page, html
from supportsim.report.page.replay import make_replay
from supportsim.report.page.run_page import More, run_page
from supportsim.scenario.loader import load_scenario


@pytest.fixture(scope="module")
def page(desk: RunResult) -> Page:
    explanation = explain(desk.scenario, 2, desk.seed, workers=1)
    return run_page(desk, provenance(desk.scenario), More(explanation, make_replay(desk)))


@pytest.fixture(scope="module")
def text(page: Page) -> str:
    return html(page)


def test_the_verdict_comes_first(text: str) -> None:
    body = text[text.index("<body>") :]
    assert body.index("The design keeps") < body.index("<table")
    assert 'class="verdict missed"' in body


def test_what_would_mend_it_is_asked_for_until_it_is_known(text: str, desk: RunResult) -> None:
    assert text.count("explain RESULT --marginal") == 1
    explanation = explain(desk.scenario, 1, desk.seed, workers=1)
    tried = {"sentences": ["more helps"], "in_question": [], "changes": [], "replications": 2}
    assert "--marginal" not in html(run_page(desk, provenance(desk.scenario), More(explanation, marginal=tried)))


def test_every_part_is_there(page: Page) -> None:
    assert [section.name for section in page.sections] == [
        "promises", "why", "week", "waits", "backlog", "replay", "flow", "teams", "slices", "basis", "provenance",
    ]  # fmt: skip
    names = [picture.name for picture in page.pictures()]
    wanted = "arrivals staffing wait utilization waits responses resolutions backlog flow teams"
    assert {*wanted.split(), "backlog_event_1", "staffing_front", "time_to_response"} <= set(names)
    assert len(set(names)) == len(names)


def test_every_figure_says_what_it_shows(page: Page, text: str) -> None:
    for picture in page.pictures():
        assert len(picture.alt) > 20, picture.name
        assert picture.title
    drawings = re.findall(r"<svg xmlns[^>]*>", text)
    assert len(drawings) >= len(page.pictures())
    assert all('role="img"' in each and 'aria-label="' in each for each in drawings)


def test_names_are_text(text: str) -> None:
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(&#39;no&#39;)&lt;/script&gt; &amp; &#34;two teams&#34;" in text
    assert len(re.findall(r"<script", text)) == 2


def test_only_its_own_script_may_run(text: str) -> None:
    script = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)[-1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in text
    assert "default-src &#39;none&#39;" in text


def test_nothing_is_loaded_from_elsewhere(text: str) -> None:
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', text) == []
    assert "url(" not in re.sub(r"url\(#", "", text)


def test_identities_are_unique_and_references_lead_somewhere(text: str) -> None:
    identities = re.findall(r'\bid="([^"]+)"', text)
    assert len(set(identities)) == len(identities)
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= set(identities)


def test_colours_follow_the_page(text: str) -> None:
    drawings = "".join(re.findall(r"<svg xmlns.*?</svg>", text, re.DOTALL))
    assert set(re.findall(r"#[0-9a-f]{6}\b", drawings)) <= {"#000000", "#ffffff"}
    assert "var(--blue)" in drawings
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)


def test_same_result_same_bytes(text: str, place: Path) -> None:
    stored = load_result(place)
    explanation = explain(stored.scenario, 2, stored.seed, workers=1)
    again = html(run_page(stored, provenance(stored.scenario), More(explanation, make_replay(stored))))
    # The stored scenario's file is named from the folder it was stored in.
    assert again == text


def test_limits_and_bounds_of_a_promise_lie_where_they_should(page: Page) -> None:
    table = page.sections[0].blocks[0]
    row = next(row for row in table.rows if row[0].text == "abandonment of phone")  # type: ignore[union-attr]
    place = row[4].range
    # At most 0.1 % is allowed, and what was found is surely more.
    assert 0 == place.from_ < place.to < place.low <= place.at <= place.high


@pytest.mark.parametrize(
    "overrides",
    [
        ["demand.contacts.count=0", "targets={}"],
        ["sla={}", "targets={}", "events=[]", "teams.front.hourly_cost=0", "teams.back.hourly_cost=0"],
        ["period.length=1 day", "period.warm_up=0", "events=[]"],
    ],
    ids=["nobody comes", "nothing is promised", "a single day"],
)
def test_there_is_a_page_of_anything(overrides: list[str]) -> None:
    scenario = load_scenario(Path(__file__).with_name("desk.yaml"), overrides)
    result = run(scenario, 1, workers=1)
    explanation = explain(scenario, 1, workers=1)
    assert "<main>" in html(run_page(result, provenance(scenario), More(explanation, make_replay(result))))


def test_what_was_found_beside_the_result(desk: RunResult, tmp_path: Path) -> None:
    rule = StoppingRule((), (2, 3), 0.95)
    looked = replace(desk, stopping=Stopping(rule, (2, 3), standings(desk, rule)))
    values = marginal_values(desk.scenario, 2, desk.seed, 1, ["heads"])
    store_marginal(values, tmp_path)
    found = recoveries(desk.scenario, 2, desk.seed, usual=desk)
    page = run_page(looked, provenance(desk.scenario), More(recoveries=found, marginal=read_marginal(tmp_path)))
    blocks = {section.name: section.blocks for section in page.sections}
    assert "3 replications, after looks at 2 and 3" in blocks["promises"][1].paragraphs[0]  # type: ignore[union-attr]
    told, table = blocks["changes"]
    assert "abandonment of phone" in " ".join(told.paragraphs).lower()  # type: ignore[union-attr]
    assert table.columns[:2] == ("change", "cost total")  # type: ignore[union-attr]
    assert [row[0].text for row in table.rows] == [  # type: ignore[union-attr]
        "front: one more on day",
        "back: one more on day",
    ]
    assert all(row[1].text.startswith("+") and row[1].kind == "worse" for row in table.rows)  # type: ignore[union-attr]
    pictures, _, hurts = blocks["backlog"]
    assert [row[0].text for row in hurts.rows] == ["surge 2026-03-11 09:00"]  # type: ignore[union-attr]
    assert "Back to what it is without it on" in pictures.pictures[1].alt  # type: ignore[union-attr]


def test_recovery_is_that_of_the_same_customers_without_the_event(desk: RunResult) -> None:
    (mine,), (apart,) = (recoveries(desk.scenario, 2, desk.seed, usual=usual) for usual in (desk, None))
    assert mine.peak.tolist() == apart.peak.tolist()
    assert mine.peak.max() > 5


def test_what_is_no_table_of_changes_is_left_out(tmp_path: Path) -> None:
    assert read_marginal(tmp_path) is None
    (tmp_path / "marginal.json").write_text('{"format": "of another version"}', "utf-8")
    assert read_marginal(tmp_path) is None
