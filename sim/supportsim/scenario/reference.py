"""The reference page: every key of a scenario and every metric, from the schema and the catalogue themselves."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from supportsim.scenario import units
from supportsim.scenario.common import ForAll, KeyReader, Priority, ShareOverTime, Tier
from supportsim.scenario.defaults import default_text
from supportsim.scenario.distributions import Distribution, Filled
from supportsim.scenario.examples import EXAMPLE_BASE, about, example, example_files
from supportsim.scenario.metrics import METRICS, SLICE_SETS, MetricInfo
from supportsim.scenario.model import EVENT_KINDS, Calendar, EventKind, Scenario, read_bound
from supportsim.scenario.playbooks import stated_duration, stated_number, stated_share
from supportsim.scenario.teams import OffFloor, SkillReader
from supportsim.scenario.units import parse_days

_INTRODUCTION = """\
# Reference

Every key that a scenario may hold, and every metric that is measured. Made from the schema by
`make docs`; do not edit.

## How values are written

| kind | for instance |
| --- | --- |
| duration | `30 s`, `15 min`, `4 h`, `2 days`, `13 weeks`; `0` is none |
| promise | a duration, or `5 business days`: the same clock time so many open days later |
| share | `25%`, or a number from 0 to 1 |
| moving share | a share, or `{from: 0%, to: 25%, by: 26 weeks}`: a straight line from the start of the period on |
| change | `+300%` (four times), `-50%` (half) |
| growth | `4%`, `-2%` per stated time |
| clock times | `"09:00-17:00"`; an end at or before the start is the next day |
| weekdays | `mon`, `mon-fri`, `sat,sun`, `daily` |
| hours | `"08-12"`, `"22-06"`, `9` |
| date, local time | `2026-01-05`, `2026-02-10 10:00` |
| holidays | a country code (`US`), a country and subdivision (`DE-BY`), or a list of dates |
| distribution | a duration (always the same), or one of the [distributions](#distributions) |
| by category if need be | one value for all, or a mapping of categories to values, with `default` for the others |

A file is YAML 1.2 in UTF-8, at most 256 KB, one document; clock times and dates need no quotes, spans of clock
times do. `extends: other.yaml` (relative to the file) takes over another scenario: mappings are merged key by key,
lists and scalars are replaced, and a key whose value is `null` removes the inherited one.
`--set demand.contacts.count=900` replaces one value for one run; the value is YAML, list items go by their
index from 0 (`events.0.outage.volume=+100%`), and `null` removes a key.
"""

_EXAMPLES = """\
## Examples

Pieces of YAML below are laid over this scenario: with `extends: small.yaml` and a name of its own each of them runs
as it stands.
"""

_TARGETS = """\
A target names a metric, a statistic where the metric has several, and slices in brackets:
`response_sla`, `response_sla[priority=P1, segment=enterprise]`, `wait_minutes.p90[channel=chat]`. Without a
statistic the mean is meant. Bounds are shares for metrics in percent, durations for metrics in minutes or hours, and
plain numbers otherwise. The window is the judged period; sets of slices that several metrics share have a name:
"""

_KINDS: dict[Callable[..., Any], str] = {
    units.parse_duration: "duration",
    units.parse_promise: "promise",
    units.parse_share: "share",
    units.parse_change: "change",
    units.parse_rate: "growth",
    units.parse_clock_range: "clock times",
    units.parse_clock_time_of_file: "clock time",
    units.parse_date: "date",
    units.parse_local_time: "local time",
    units.parse_holidays: "holidays",
    units.parse_number: "number",
    units.parse_whole: "whole number",
    units.parse_switch: "`true` or `false`",
    read_bound: "number, share or duration",
    stated_duration: '`"> 15 min"`',
    stated_number: '`"> 20"`',
    stated_share: '`"> 90%"`',
}
_PATHS = {
    "work.L1": "work.<tier>",
    "routing.fallback.<skill>": "routing.fallback.<skill>.<tier>",
    "events.<kind>": "events: - <kind>",
    "teams.<team>.shrinkage.breaks.<break>": "a block of teams.<team>.shrinkage",
}
"""Better names for some headings."""
_NAMED = {
    "ShareOverTime": "moving share",
    "Calendar": "opening hours, or `24x7`",
    "OffFloor": "share, or list of blocks",
    "Actions": "mapping, or list of its entries",
    "Block": "duration, or block",
    "Forecast": "file, or mapping",
    "RosterFile": "weekdays → name → whole number, or file",
}
"""What models are called that have a short form of their own."""
_LEAVES = {str: "text", float: "number", int: "whole number"}


def reference_text() -> str:
    """Return the reference page as Markdown."""
    parts = [
        _INTRODUCTION,
        f"{_EXAMPLES}\n```yaml\n{EXAMPLE_BASE}```\n",
        "## The scenario\n",
        *_sections(),
        _distributions(),
        _events(),
        _metrics(),
    ]
    return "\n".join(parts)


def _sections() -> Iterator[str]:
    """Yield a section for each model, in the order in which keys lead to it."""
    waiting: list[tuple[str, type[BaseModel]]] = [("", Scenario)]
    told: list[type[BaseModel]] = []
    while waiting:
        path, model = waiting.pop(0)
        if model in told:
            continue
        told.append(model)
        found = list(_models_below(path, model))
        waiting = found + waiting
        heading = f"### `{path}`\n\n" if path else ""
        yield f"{heading}{_plain(about(model))}\n\n{_table(model)}\n{_example(model)}"


def _example(model: type[BaseModel]) -> str:
    shown = example(model)
    files = [f"\n`{name}`:\n\n```csv\n{text}```\n" for name, text in example_files(model).items()]
    return (f"\n```yaml\n{shown}```\n" if shown else "") + "".join(files)


def _models_below(path: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in _stated_fields(model):
        key = field.alias or name
        kind, below = field.annotation, f"{path}.{key}" if path else key
        while (inner := _inner(kind)) is not None:
            kind = inner
            below += "" if f"<{_singular(key)}>" in below else f".<{_singular(key)}>"
        kind = _unwrapped(kind)
        if (
            isinstance(kind, type)
            and issubclass(kind, BaseModel)
            and kind not in (Distribution, ShareOverTime, OffFloor)
        ):
            yield _PATHS.get(below, below), kind


def _stated_fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the fields that a file may state; the others are filled by the loader."""
    for name, field in model.model_fields.items():
        if not any(isinstance(each, Filled) for each in field.metadata):
            yield name, field


def _inner(kind: Any) -> Any:
    """Return what a mapping or list holds, None for anything else."""
    bare = _unwrapped(kind)
    if get_origin(bare) is dict:
        return get_args(bare)[1]
    if get_origin(bare) is tuple:
        return get_args(bare)[0]
    return None


def _singular(key: str) -> str:
    irregular = {
        "categories": "category",
        "by_segment": "segment",
        "people": "person",
        "fallback": "skill",
        "events": "kind",
        "self_service": "layer",
        "targets": "metric",
    }
    return irregular.get(key, key.removesuffix("s"))


def _unwrapped(kind: Any) -> Any:
    if get_origin(kind) is Annotated:
        return _unwrapped(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return _unwrapped(next(option for option in get_args(kind) if option is not type(None)))
    return kind


def _table(model: type[BaseModel]) -> str:
    rows = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    if model is Calendar:
        rows.append("| weekdays | clock times, or a list of them | | When it is open on these days. |")
    for name, field in _stated_fields(model):
        if not (model is Calendar and name == "hours"):
            rows.append(_row(field.alias or name, field))
    return "\n".join(rows)


def _row(key: str, field: FieldInfo) -> str:
    default = "required" if field.is_required() else default_text(field)
    shown = default if default in (None, "required") else f"`{default}`"
    kind = _kind(field.annotation, field.metadata)
    return f"| `{key}` | {kind} | {shown or ''} | {_plain(field.description or '')} |"


def _kind(kind: Any, metadata: Any = ()) -> str:
    """Return what may stand there, in words of the first table."""
    if get_origin(kind) is Annotated:
        return _kind(get_args(kind)[0], [*get_args(kind)[1:], *metadata])
    for each in metadata:
        if isinstance(getattr(each, "func", None), KeyReader):
            return "weekdays" if each.func.reads is parse_days else "hours"
        if getattr(each, "func", None) in _KINDS:
            return _KINDS[each.func]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _kind(next(option for option in arguments if option is not type(None)), metadata)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin is dict:
        if any(isinstance(each, SkillReader) for each in metadata):
            return "list of names, or name → number"
        if any(isinstance(each, ForAll) for each in metadata):
            return f"{_kind(arguments[1])}, by {'category' if arguments[0] is str else 'tier'} if need be"
        return f"{_key_kind(arguments[0])} → {_kind(arguments[1])}"
    if origin is tuple:
        return f"list of {_kind(arguments[0])}" if arguments[-1] is ... else f"two of {_kind(arguments[0])}"
    if kind is Distribution:
        return "distribution"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _NAMED.get(kind.__name__, "mapping")
    return _LEAVES.get(kind, "file" if getattr(kind, "__name__", "") == "Path" else "text")


def _key_kind(kind: Any) -> str:
    """Return what the keys of a mapping are."""
    readers = [each.func for each in get_args(kind)[1:] if hasattr(each, "func")]
    for reader in readers:
        if isinstance(reader, KeyReader):
            return "weekdays" if reader.reads is parse_days else "hours"
    if kind == EventKind:
        return "kind"
    for named, what in ((Priority, "priority"), (Tier, "tier")):
        if kind == named or named in get_args(kind):
            return what if kind == named else f"{what} or `default`"
    return "name"


def _plain(text: str) -> str:
    """Return a docstring as one line of Markdown."""
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|")


def _distributions() -> str:
    rows = ["| distribution | keys | meaning |", "| --- | --- | --- |"]
    for name, field in Distribution.model_fields.items():
        model = _unwrapped(field.annotation)
        keys = "<br>".join(
            f"`{key}` ({_kind(inner.annotation, inner.metadata)}): {_plain(inner.description or '')}"
            for key, inner in _stated_fields(model)
        )
        rows.append(f"| `{name}` | {keys} | {_plain(model.__doc__ or '')} |")
    about = (
        "For instance `{lognormal: {mean: 12 min, cv: 0.9}}`, `{lognormal: {median: 10 min, p90: 28 min}}`,"
        " `{uniform: [5 min, 9 min]}`, `{empirical: observed.txt}`."
    )
    return f"## Distributions\n\n{about}\n\n" + "\n".join(rows) + "\n"


def _events() -> str:
    rows = ["| kind | usual change of volume |", "| --- | --- |"]
    rows += [f"| `{kind}` | `{100 * change:+g}%` |" for kind, change in EVENT_KINDS.items()]
    return "## Kinds of events\n\n" + "\n".join(rows) + "\n"


def _metrics() -> str:
    sets = "\n".join(f"- *{name}*: {', '.join(map(' + '.join, slices))}" for name, slices in SLICE_SETS.items())
    rows = ["| metric | unit | good | statistics | slices | definition |", "| --- | --- | --- | --- | --- | --- |"]
    rows += [_metric_row(name, info) for name, info in METRICS.items()]
    return f"## Metrics and targets\n\n{_TARGETS}\n{sets}\n\n" + "\n".join(rows) + "\n"


def _metric_row(name: str, info: MetricInfo) -> str:
    named = [f"*{set_name}*" for set_name, slices in SLICE_SETS.items() if slices == info.slices]
    slices = named[0] if named else ", ".join(map(" + ".join, info.slices))
    assumed = " *Assumed: mostly an input of the scenario.*" if info.assumed else ""
    good, stats = info.better or "", ", ".join(info.stats)
    return f"| `{name}` | {info.unit} | {good} | {stats} | {slices} | {info.definition}.{assumed} |"
