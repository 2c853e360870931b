"""The page of a sweep, made of its ``sweep.json``: cost against service, odds, and which assumption matters."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from supportsim.experiment.judgement import Verdict
from supportsim.report.page.page import Block, Listed, Page, Pictures, Section, Text, Verdicts
from supportsim.report.page.sweep_pictures import curve_pictures, front_pictures, odds_pictures, tornado_pictures
from supportsim.report.page.tables import Cell, Table, figure, sortable
from supportsim.report.store import SWEEP_FORMAT
from supportsim.report.words import NOTHING, change, metric, number, quantity, share
from supportsim.scenario.metrics import METRICS, parse_target_key

Document = dict[str, Any]
"""The content of a ``sweep.json``."""


def read_sweep(place: Path) -> Document | None:
    """Return what a sweep left in a folder, None if there is no sweep."""
    try:
        document: Document = json.loads((place / "sweep.json").read_text("utf-8"))
        return document if document["format"] == SWEEP_FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def sweep_page(document: Document) -> Page:
    """Return the page of a sweep."""
    plans, samples = document["plans"], len({point["sample"] for point in document["points"]})
    counts = f"{len(plans)} plan{'s' if len(plans) > 1 else ''}"
    if samples > 1:
        counts += f" under {samples} samples of what is not known"
    verdict, said = _answer(document)
    return Page(
        title=f"{document['name']} - supportsim",
        heading=document["name"].replace("_", " "),
        summary=f"A sweep of {document['scenario']['name']}: {counts}, on the very same customers.",
        basis=f"{document['replications']} replications of each point, seed {document['seed']}",
        verdicts=(Verdicts(verdict, said),),
        tiles=(),
        sections=tuple(_sections(document)),
    )


def axes_of(document: Document) -> list[str]:
    """Return the paths that tell the plans apart."""
    columns = list(document["plans"][0])
    return columns[1 : columns.index("cost")]


def setting(document: Document, plan: dict[str, Any]) -> str:
    """Name a plan by what is chosen, of each path its last two parts."""
    axes = axes_of(document)
    return ", ".join(f"{'.'.join(axis.split('.')[-2:])} = {plan[axis]}" for axis in axes) or "as it is"


def _answer(document: Document) -> tuple[Verdict, str]:
    plans = document["plans"]
    met = [plan for plan in plans if plan["verdict"] == "met"]
    if not met:
        missed = all(plan["verdict"] == "missed" for plan in plans)
        if missed:
            which = f"None of the {len(plans)} plans keeps" if len(plans) > 1 else "The plan does not keep"
            return Verdict.MISSED, f"{which} all promises."
        which = f"None of the {len(plans)} plans is" if len(plans) > 1 else "The plan is not"
        return Verdict.UNDECIDED, f"{which} sure to keep all promises."
    keeps = f"{len(met)} of {len(plans)} plans {'keeps' if len(met) == 1 else 'keep'} all promises"
    priced = [plan for plan in met if plan["cost"] is not None]
    if len(plans) == 1 or not priced:
        return Verdict.MET, f"{keeps if len(plans) > 1 else 'The plan keeps all promises'}."
    cheapest = min(priced, key=lambda plan: (plan["cost"], plan["plan"]))
    cost = number(round(cheapest["cost"]))
    return Verdict.MET, f"{keeps}; the cheapest of them: {setting(document, cheapest)}, at a cost of {cost}."


def _sections(document: Document) -> Iterator[Section]:
    if len(document["plans"]) > 1:
        blocks: list[Block] = [Pictures((*front_pictures(document), *curve_pictures(document, axes_of(document))))]
        yield Section("plans", "Cost against service", (*blocks, _plans(document)))
    if document["odds"]:
        odds = Pictures(tuple(odds_pictures(document)))
        yield Section("odds", "How likely each promise is kept", (odds, _odds(document)))
    if document["influences"]:
        tornado = Pictures(tuple(tornado_pictures(document)))
        yield Section("influences", "Which assumption matters", (tornado, _influences(document)))
    failed = [point for point in document["points"] if point["status"] != "done"]
    if failed:
        yield Section("failed", "Points without a result", (_failures(failed),))
    yield Section("provenance", "Where these numbers come from", tuple(_provenance(document)))


def _failures(points: Sequence[dict[str, Any]]) -> Table:
    rows = [
        [Cell(str(point["point"]), point["point"]), Cell(point["status"]), Cell(point["error"], kind="prose")]
        for point in points
    ]
    return Table("failed", "", ("point", "status", "why"), rows)


def _plans(document: Document) -> Table:
    service = parse_target_key(document["service"])
    unit, axes = METRICS[service.metric].unit, axes_of(document)
    rows = []
    for plan in document["plans"]:
        cost, serving = _value(plan["cost"]), _value(plan["service"])
        said, give = quantity(unit, serving), change(unit, _value(plan["service_half_width"]), signed=False)
        rows.append(
            [
                Cell(str(plan["plan"]), plan["plan"]),
                *(Cell(str(plan[axis])) for axis in axes),
                Cell("no other is better" if plan["on_front"] else "", kind="strong"),
                figure("number", cost, whole=True),
                Cell(said if give == NOTHING else f"{said} ± {give}", sortable(serving)),
                Cell(plan["verdict"] or plan["error"], kind=plan["verdict"]),
                Cell(_promises(plan["not_kept"]), kind="prose"),
            ]
        )
    columns = ("plan", *axes, "front", "cost", metric(service), "all promises", "not surely kept")
    return Table(
        "plans", "Every plan", columns, rows, "Half-widths at 95 %. Front: none is cheaper and serves as well."
    )


def _promises(names: str) -> str:
    """Name promises that are written as in the scenario, separated by semicolons."""
    return ", ".join(metric(parse_target_key(name)) for name in names.split("; ")) if names else "-"


def _odds(document: Document) -> Table:
    rows = []
    for one in document["odds"]:
        name = metric(parse_target_key(one["promise"])) if one["promise"] else "all together"
        parts = [_value(one[column]) for column in ("probability", "lower", "upper", "period_share", "ignorance")]
        rows.append([Cell(str(one["plan"]), one["plan"]), Cell(name), *(figure("share", part) for part in parts)])
    columns = ("plan", "promise", "probability", "at least", "at most", "periods kept", "due to ignorance")
    note = "Due to ignorance: its share in the variance of a period; the rest is luck."
    return Table("odds", "Probability that each promise is kept", columns, rows, note)


def _influences(document: Document) -> Table:
    rows = [
        [
            Cell(str(one["plan"]), one["plan"]),
            Cell(metric(parse_target_key(one["promise"]))),
            Cell(one["assumption"]),
            Cell(
                share(_value(one["share"])), sortable(_value(one["share"])), bar=min(max(one["share"] or 0.0, 0.0), 1.0)
            ),
            Cell(one["break_even"] or "nowhere in its range"),
        ]
        for one in document["influences"]
    ]
    columns = ("plan", "promise", "assumption", "decides", "the verdict flips at")
    return Table("influences", "What each assumption decides", columns, rows)


def _provenance(document: Document) -> Iterator[Block]:
    scenario, stated = document["scenario"], document["provenance"]
    entries = [
        ("scenario", scenario["file"].rsplit("/", 1)[-1]),
        ("digest", scenario["digest"]),
        ("changed on the command line", ", ".join(scenario["overrides"]) or "nothing"),
        ("seed", str(document["seed"])),
        ("versions", ", ".join(f"{name} {version}" for name, version in stated["versions"].items())),
    ]
    yield Listed(tuple(entries))
    yield Text(("The same sweep gives the same numbers, whether it was interrupted or not.",))


def _value(value: float | None) -> float:
    return math.nan if value is None else float(value)
