"""What the front page shows works as shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import supportsim

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCENARIO, ALTERNATIVE = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)


def test_the_small_scenario_fits_in_fifteen_lines_and_gets_a_verdict(tmp_path: Path) -> None:
    assert len(SCENARIO.splitlines()) <= 15
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    result = supportsim.run(supportsim.load(path), replications=2, workers=1)
    assert result.verdict in ("met", "missed", "undecided")


def test_the_alternative_changes_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "one_more.yaml"
    assert ALTERNATIVE.startswith("extends: growth.yaml\n")
    (tmp_path / "growth.yaml").write_bytes((ROOT / "scenarios" / "growth.yaml").read_bytes())
    path.write_text(ALTERNATIVE, encoding="utf-8")
    usual = supportsim.load(ROOT / "scenarios" / "growth.yaml").scenario
    changed = supportsim.load(path).scenario
    assert changed.teams["frontline"].roster["mon"]["early"] == 5
    assert changed.teams["specialists"] == usual.teams["specialists"]
    assert changed.demand == usual.demand


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_make_knows_the_targets_that_are_named() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"^    make (\w+)|`make (\w+)", README, re.MULTILINE)
    targets = {first or second for first, second in named}
    assert {"run", "test", "check", "slow", "bench"} <= targets
    assert [target for target in sorted(targets) if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
