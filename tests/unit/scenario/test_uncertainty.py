"""Amounts with their units, what is not known about them, and how a scenario states it."""

from pathlib import Path

import pytest
from scipy import stats

from supportsim.scenario.loader import ScenarioError, load_scenario
from supportsim.scenario.uncertainty import Uncertain, parse_amount

DESK = Path(__file__).parents[1] / "experiment" / "desk.yaml"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (1200, "1200"),
        (0.5, "0.5"),
        ("25%", "25%"),
        ("11 min", "11 min"),
        ("1.50h", "1.5 h"),
        ("+300%", "+300%"),
        ("-50%", "-50%"),
        (1e6, "1000000"),
    ],
)
def test_an_amount_is_written_as_it_was_read(written: object, text: str) -> None:
    assert parse_amount(written).text == text


@pytest.mark.parametrize("wrong", [True, None, "soon", "5 lightyears", "", [1], float("nan")])
def test_what_is_no_amount_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_amount(wrong)


@pytest.mark.parametrize(
    ("stated", "exact"),
    [
        ({"normal": [100, 10]}, stats.norm(100, 10)),
        ({"uniform": [100, 140]}, stats.uniform(100, 40)),
        ({"triangular": [100, 110, 140]}, stats.triang(0.25, 100, 40)),
        ({"lognormal": [100, 150]}, stats.lognorm(s=0.405465 / 1.281552, scale=100)),
    ],
)
@pytest.mark.parametrize("share", [0.01, 0.2, 0.25, 0.5, 0.9, 0.99])
def test_quantiles_are_those_of_the_distribution(stated: dict[str, list[int]], exact: object, share: float) -> None:
    found = Uncertain.model_validate(stated).at(share).number
    assert found == pytest.approx(exact.ppf(share), rel=1e-5)  # type: ignore[attr-defined]


def test_one_of_several_is_as_likely_as_the_others() -> None:
    unsure = Uncertain.model_validate({"one_of": ["8 min", "10 min", "15 min"]})
    assert [unsure.at(share).text for share in (0.1, 0.34, 0.66, 0.67, 0.99)] == [
        "8 min", "10 min", "10 min", "15 min", "15 min",
    ]  # fmt: skip


def test_units_are_kept() -> None:
    assert Uncertain.model_validate({"uniform": ["11 min", "15 min"]}).at(0.25).text == "12 min"


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"normal": [100, 0]}, "sd above 0"),
        ({"uniform": [5, 5]}, "rise"),
        ({"triangular": [5, 3, 9]}, "rise"),
        ({"lognormal": [0, 9]}, "median above 0"),
        ({"uniform": ["5 min", "1 h"]}, "units min and h, expected one"),
        ({}, "exactly one of normal, uniform"),
        ({"uniform": [1, 2], "normal": [1, 2]}, "exactly one of"),
    ],
)
def test_what_makes_no_sense_is_refused(stated: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Uncertain.model_validate(stated)


def unsure(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "unsure.yaml"
    file.write_text(f"extends: {DESK}\nname: desk\nuncertainty:\n  {text}\n", "utf-8")
    return file


def test_what_is_unknown_changes_no_run(tmp_path: Path) -> None:
    loaded = load_scenario(unsure(tmp_path, "demand.contacts.count: {normal: [60, 6]}"))
    assert loaded.scenario.uncertainty["demand.contacts.count"].at(0.5).number == 60
    assert loaded.digest == load_scenario(DESK).digest


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("demand.contacts.cuont: {normal: [60, 6]}", "4:26: uncertainty.demand.contacts.cuont: 60 .*unknown key"),
        ("work.L1.handle.exponential.mean: {normal: [12, 1]}", "12 has no unit"),
        ("demand.contacts.count: {normal: [60, 30]}", r"-32.7\d+ \(not exceeded with probability 0.1%\) is no value"),
        ("demand.contacts.count: {nromal: [60, 30]}", "unknown key, did you mean 'normal'"),
    ],
)
def test_what_fits_no_value_of_the_scenario_is_refused_at_its_place(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ScenarioError, match=fault):
        load_scenario(unsure(tmp_path, text))
