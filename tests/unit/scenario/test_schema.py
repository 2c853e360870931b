"""The JSON Schema that editors use, the reference page, and that both are up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from supportsim.scenario.defaults import default_text, duration_text
from supportsim.scenario.demand import Category, Channel, Demand
from supportsim.scenario.distributions import Filled, Model
from supportsim.scenario.metrics import METRICS
from supportsim.scenario.model import Scenario
from supportsim.scenario.operation import Routing, TierWork
from supportsim.scenario.reference import reference_text
from supportsim.scenario.schema import json_schema, schema_text
from supportsim.scenario.tables import IntervalTable
from supportsim.scenario.teams import Team
from supportsim.scenario.tree import parse, plain
from supportsim.scenario.units import HOUR_MS, MINUTE_MS, WEEK_MS

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))


@pytest.fixture(name="validator", scope="module")
def make_validator() -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def data(text: str) -> Any:
    tree, faults = parse(text, "test")
    assert faults == []
    return plain(tree)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_scenarios_are_accepted(validator: jsonschema.Draft202012Validator, file: Path) -> None:
    assert [error.message for error in validator.iter_errors(data(file.read_text("utf-8")))] == []


@pytest.mark.parametrize(
    "text",
    [
        "calendars: {a: 24x7, b: {mon-fri: 09:00-17:00, sat: [09:00-12:00, 13:00-15:00], holidays: DE-BY}}",
        "calendars: {b: {'mon,wed': 09:00-17:00, holidays: [2026-01-05]}}",
        "shifts: {core: 09:00-17:00, split: [09:00-13:00, 16:00-20:00]}",
        "work: {L1: {handle: 10 min, escalates: 5%}}",
        "work: {L1: {handle: {login: 10 min, default: {lognormal: {mean: 1 h, cv: 1}}}, escalates: {login: 5%}}}",
        "work: {L1: {handle: {uniform: [1 min, 2 min]}, escalates: {from: 0%, to: 0.1, by: 4 weeks}}}",
        "work: {L1: {handle: {triangular: [1 min, 2 min, 4 min]}, asks_customer: {a: {from: 0, to: 1%, by: 1 week}}}}",
        "work: {L1: {handle: {empirical: a.txt}}, reopen: {share: {L1: 4%, default: 2%}, after: 0}}",
        "work: {L1: {handle: {constant: 3 min}}, reopen: {share: 4%}}",
        "sla: {calendar: office, response: {P1: 15 min, P5: 5 business days}}",
        "sla: {calendar: {P1: always, default: office}, segments: {vip: 0.5}}",
        "teams: {a: {roster: {mon-fri: {core: 2}, sat: null}, holidays: US}}",
        "events: [{outage: {at: 2026-02-10 10:00, lasts: 4 h, volume: +300%}}]",
        "targets: {'wait_minutes.p90[channel=chat]': {at_most: 3 min}, occupancy: {between: [60%, 0.85]}, fcr: null}",
        "demand: {growth: null, seasons: {weekday: {mon-fri: 2, sat: null}}}",
        "demand: {channels: {web: {hours: {weights: {08-12: 1}}}}}",
    ],
)
def test_short_forms_are_accepted(validator: jsonschema.Draft202012Validator, text: str) -> None:
    stated = data(f"extends: other.yaml\n{text}")
    assert [error.message for error in validator.iter_errors(stated)] == []


@pytest.mark.parametrize(
    "text",
    [
        "extend: other.yaml",
        "name: my name",
        "period: {strat: 2026-01-05}",
        "period: {length: 4}",
        "period: {length: 4 fortnights}",
        "calendars: {a: 24x6}",
        "calendars: {a: {monday: 09:00-17:00}}",
        "calendars: {a: {mon: 9-17}}",
        "shifts: {core: nine to five}",
        "shifts: {my shift: 09:00-17:00}",
        "work: {L4: {handle: 10 min}}",
        "work: {L1: {handle: 10}}",
        "work: {L1: {handle: {lognormal: {mean: 10 min, cf: 1}}}}",
        "work: {L1: {handle: {normal: {mean: 10 min}}}}",
        "work: {L1: {escalates: 5}}",
        "work: {L1: {escalates: {from: 0%, too: 5%}}}",
        "demand: {contacts: {per: decade}}",
        "demand: {categories: {a: {priority: {P6: 100%}}}}",
        "demand: {channels: {web: {hours: {weights: {morning: 1}}}}}",
        "teams: {a: {roster: {mon-fri: {core: two}}}}",
        "teams: {a: {tier: L0}}",
        "sla: {response: {P6: 1 h}}",
        "sla: {response: {P1: 5 working days}}",
        "events: [{flood: {lasts: 4 h}}]",
        "events: [{outage: {volume: 300%}}]",
        "targets: {fcr: {at_leats: 3%}}",
        "targets: {fcr: {}}",
    ],
)
def test_what_means_nothing_is_refused(validator: jsonschema.Draft202012Validator, text: str) -> None:
    assert not validator.is_valid(data(f"extends: other.yaml\n{text}"))


def test_a_scenario_of_its_own_needs_the_main_sections(validator: jsonschema.Draft202012Validator) -> None:
    assert not validator.is_valid({"name": "a"})
    assert validator.is_valid({"name": "a", "extends": "b.yaml"})


def models() -> list[type[Model]]:
    return [model for model in Model.__subclasses__() if model.__module__.startswith("supportsim.scenario.")]


def test_every_key_is_documented() -> None:
    assert len(models()) > 30
    undocumented = [
        f"{model.__name__}.{name}"
        for model in models()
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert undocumented == []
    assert [model.__name__ for model in models() if not model.__doc__] == []


def test_editors_get_descriptions_with_defaults() -> None:
    schema = json_schema()
    described = schema["$defs"]["Period"]["properties"]["length"]["description"]
    assert described == "How long the judged period is. Default: 13 weeks."
    assert set(schema["properties"]) == {"extends", *Scenario.model_fields}
    kinds = schema["properties"]["events"]["anyOf"][0]["items"]["properties"]
    assert list(kinds) == ["outage", "release", "migration", "holiday", "pr_crisis", "surge"]


@pytest.mark.parametrize(
    ("model", "field", "text"),
    [
        (Demand, "busyness", "0%"),
        (Demand, "segments", "{all: 100%}"),
        (Demand, "channels", "{email: {share: 100%}}"),
        (Demand, "growth", None),
        (Demand, "contacts", None),
        (Category, "priority", "{P3: 100%}"),
        (Channel, "hours", "{profile: business_day}"),
        (Routing, "reassign_after", "1 business day"),
        (Team, "skills", "[general]"),
        (Team, "overtime_factor", "1.5"),
        (TierWork, "escalates", "0%"),
        (TierWork, "per_reply", "0"),
    ],
)
def test_defaults_as_a_file_would_state_them(model: type[BaseModel], field: str, text: str | None) -> None:
    assert default_text(model.model_fields[field]) == text


def test_durations_in_the_largest_whole_unit() -> None:
    assert [duration_text(ms) for ms in (WEEK_MS, 2 * WEEK_MS, 36 * HOUR_MS, 90 * MINUTE_MS, 1500, 0)] == [
        "1 week", "2 weeks", "36 h", "90 min", "1500 ms", "0",
    ]  # fmt: skip


def test_the_reference_tells_every_key_and_metric() -> None:
    text = reference_text()
    for model in models():
        for name, field in model.model_fields.items():
            filled = model is IntervalTable or any(isinstance(each, Filled) for each in field.metadata)
            if not filled and (model.__name__, name) not in (
                ("Calendar", "hours"),
                ("ShareOverTime", "from_"),
                ("OffFloor", "blocks"),
            ):
                assert f"`{field.alias or name}`" in text or model.__name__ == "ShareOverTime", (
                    f"{model.__name__}.{name}"
                )
    assert [name for name in METRICS if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize(
    ("file", "text"), [("docs/reference.md", reference_text()), ("scenario.schema.json", schema_text())]
)
def test_what_is_made_from_the_schema_is_up_to_date(file: str, text: str) -> None:
    assert (ROOT / file).read_text("utf-8") == text, "run make docs"
