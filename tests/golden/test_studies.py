"""The shipped studies: pages show what is stored, and what is stored comes out again; it is our own output."""

from __future__ import annotations

from typing import Any

import make_mistakes
import make_studies
import pytest
from studies import DOCS, SCENARIOS, stored, target_values

from supportsim.experiment.robustness import SurgeShape, usual_start, with_surge
from supportsim.experiment.run import run
from supportsim.scenario.loader import LoadedScenario, load_scenario


def first_replication(plan: LoadedScenario) -> Any:
    return pytest.approx(target_values(run(plan, only=0, workers=1)), rel=1e-12)


def test_the_page_shows_what_was_found() -> None:
    told = make_studies.page(stored("staffing_curve"), stored("surges"))
    assert (DOCS / "studies.md").read_text("utf-8") == told, "run python scripts/make_studies.py --page"


def test_the_page_of_mistakes_shows_what_was_found() -> None:
    told = make_mistakes.page(stored("mistakes"))
    assert (DOCS / "mistakes.md").read_text("utf-8") == told, "run python scripts/make_mistakes.py --page"


def test_the_mistakes_are_those_of_today() -> None:
    found = stored("mistakes")["mistakes"]
    assert [one["name"] for one in found] == list(make_mistakes.POINTS)
    for one in found:
        plan, base = load_scenario(SCENARIOS / f"{one['name']}.yaml"), load_scenario(SCENARIOS / "growth.yaml")
        assert (one["digest"], one["without"]["digest"]) == (plan.digest, base.digest), "run make mistakes"


def test_the_page_of_playbooks_has_the_table_of_what_was_found() -> None:
    text = make_studies.PLAYBOOK_PAGE.read_text("utf-8")
    assert make_studies.playbook_page(text, stored("playbooks")) == text, "run python scripts/make_studies.py --page"


def test_the_playbooks_come_out_the_same() -> None:
    found = stored("playbooks")["first_replication"]
    plans = [load_scenario(SCENARIOS / f"{one['name']}.yaml") for one in found]
    assert [plan.digest for plan in plans] == [one["digest"] for one in found], "run make studies"
    # The outage alone is among the shipped results.
    assert {name: found[1][name] for name in plans[1].scenario.targets} == first_replication(plans[1])


def test_fewer_heads_lose_more_callers_and_cost_less() -> None:
    plans = stored("staffing_curve")["plans"]
    heads = [int(plan[make_studies.AXIS]) for plan in plans]
    cost, lost = ([plan["figures"][name]["estimate"] for plan in plans] for name in make_studies.FIGURES[:2])
    assert heads == sorted(heads)
    assert cost == sorted(cost)
    assert lost == sorted(lost, reverse=True)


def test_a_point_of_the_staffing_curve_comes_out_the_same() -> None:
    point = stored("staffing_curve")["plans"][0]
    plan = load_scenario(SCENARIOS / "growth.yaml", point["overrides"])
    assert plan.digest == point["digest"], "run make studies"
    assert point["first_replication"] == first_replication(plan), "run make studies"


def test_a_surge_comes_out_the_same() -> None:
    base, (surge, *_) = make_studies.surge_base(), stored("surges")["first_replication"]
    plan = with_surge(base, SurgeShape(usual_start(base)), surge["lasts_ms"], surge["volume"])
    assert plan.digest == surge["digest"], "run make studies"
    assert {name: surge[name] for name in plan.scenario.targets} == first_replication(plan), "run make studies"
