"""Every example on the reference page is a scenario that is valid and runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportsim.experiment.run import run
from supportsim.scenario.distributions import Model, models
from supportsim.scenario.examples import EXAMPLE_BASE, about, example, example_files
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.reference import reference_text
from supportsim.scenario.schema import schema_text

EXAMPLES = {model.__name__: text for model in models() if (text := example(model))}
FILES = {model.__name__: example_files(model) for model in models()}


class Plain(Model):
    """Says something.
    On two lines.

    Example:
        teams:
          desk: {tier: L1}

    File heads.csv:
        start,desk
        mon 09:00,1
    """


def test_the_text_and_the_example_of_a_docstring_are_told_apart() -> None:
    assert about(Plain) == "Says something.\nOn two lines."
    assert example(Plain) == "teams:\n  desk: {tier: L1}\n"
    assert example_files(Plain) == {"heads.csv": "start,desk\nmon 09:00,1\n"}
    assert example(Model) is None


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "Plain"])
def test_an_example_is_valid_and_runs(name: str, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(EXAMPLE_BASE, encoding="utf-8")
    for beside, text in FILES[name].items():
        (tmp_path / beside).write_text(text, encoding="utf-8")
    file = tmp_path / "example.yaml"
    file.write_text(f"extends: small.yaml\nname: example\n{EXAMPLES[name]}", encoding="utf-8")
    result = run(load_scenario(file), only=0, workers=1)
    assert result.metric("tickets")[0] > 100


def test_examples_stand_on_the_page_and_not_in_the_schema() -> None:
    page = reference_text()
    assert [name for files in FILES.values() for name, text in files.items() if text not in page] == []
    assert [name for name, text in EXAMPLES.items() if name != "Plain" and text not in page] == []
    assert "Example:" not in schema_text()
