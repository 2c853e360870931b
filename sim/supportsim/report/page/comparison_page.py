"""The page of several plans on the same customers: what differs, how surely, where, and at what cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from supportsim.experiment.comparison import Comparison, Finding
from supportsim.experiment.result import RunResult
from supportsim.report.comparison import difference_cells, gain_lines, what_differs
from supportsim.report.page.comparison_pictures import cost_pictures, difference_pictures, overlay_pictures
from supportsim.report.page.heatmaps import Map, Week, picture
from supportsim.report.page.page import Block, Folded, Listed, Page, Pictures, Section, Text, Verdicts
from supportsim.report.page.tables import Cell, Table, figure
from supportsim.report.playbooks import action_words, burned
from supportsim.report.terminal import Figures
from supportsim.report.words import basis, bound, change, metric, minutes, quantity, sentence, share
from supportsim.scenario.loader import LoadedScenario
from supportsim.scenario.metrics import METRICS, MetricKey


def comparison_page(comparison: Comparison, provenances: Sequence[dict[str, Any]]) -> Page:
    """Return the page of a comparison.

    Args:
        comparison: of the plans.
        provenances: one for each plan, as in a ``run.json``.
    """
    names = list(comparison.names)
    first = comparison.results[0]
    return Page(
        title=f"{' and '.join(names)} - supportsim",
        heading=f"{names[0]} against {_listed(names[1:])}".replace("_", " "),
        summary="Plans on the very same customers with the very same problems.",
        basis=basis(first),
        verdicts=tuple(
            Verdicts(result.verdict, sentence(result.targets), name)
            for name, result in zip(names, comparison.results, strict=True)
        ),
        tiles=(),
        sections=tuple(_sections(comparison, names, provenances)),
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sections(comparison: Comparison, names: list[str], provenances: Sequence[dict[str, Any]]) -> Iterator[Section]:
    results = comparison.results
    yield Section("differences", "What differs", tuple(_differences(comparison)))
    yield Section("promises", "Promises, plan by plan", (_promises(results, names),))
    costs: tuple[Block, ...] = (Pictures(tuple(cost_pictures(results, names))), _key_figures(results, names))
    if any(result.playbooks.size for result in results):
        costs += (_playbooks(results, names),)
    yield Section("cost", "Service and cost", costs)
    yield Section("week", "The hours of the week", tuple(_weeks(results, names)))
    yield Section("waits", "How long customers wait", (Pictures(tuple(overlay_pictures(results, names))),))
    yield provenance_section(
        [result.scenario for result in results],
        names,
        provenances,
        f"Seed {results[0].seed}, replications {len(results[0].replications)}, the same for every plan.",
    )


def _differences(comparison: Comparison) -> Iterator[Block]:
    names = comparison.names
    told = [f"{names[pair.other]}: {what_differs(pair.differences, names[pair.first])}" for pair in comparison.pairs]
    yield Text((*told, *gain_lines(comparison)))
    yield Pictures(tuple(difference_pictures(comparison)))
    for place, (name, differences) in enumerate(zip(names[1:], comparison.differences, strict=True)):
        rows = []
        for one in differences:
            label, first, other, difference, finding = difference_cells(one)
            size = one.difference if math.isfinite(one.difference) else 0.0
            kind = "" if one.finding is Finding.NONE else one.finding.value
            rows.append([Cell(label), Cell(first), Cell(other), Cell(difference, abs(size)), Cell(finding, kind=kind)])
        title, columns = f"{name} against {names[0]}", ("metric", "first", "this plan", "difference", "finding")
        note = "Difference with its half-width; all findings of all plans together are 95 % sure (Holm)."
        yield Table(f"differences_{place}", title, columns, rows, note)


def _promises(results: Sequence[RunResult], names: Sequence[str]) -> Table:
    targets = list(dict.fromkeys(target.name for result in results for target in result.targets))
    rows = []
    for wanted in targets:
        found = [next((one for one in result.targets if one.name == wanted), None) for result in results]
        stated = next(one for one in found if one is not None)
        unit = METRICS[stated.key.metric].unit
        row = [Cell(metric(stated.key)), Cell(bound(unit, stated.low, stated.high))]
        for one in found:
            said = f"{quantity(unit, one.judgement.estimate)} {one.verdict.value}" if one else "not promised"
            row.append(Cell(said, one.judgement.estimate if one else None, one.verdict.value if one else ""))
        rows.append(row)
    return Table("promises", "", ("promise", "wanted by the first to state it", *names), rows)


def _key_figures(results: Sequence[RunResult], names: Sequence[str]) -> Table:
    shown = (
        ("tickets", None), ("response_sla", None), ("resolution_sla", None), ("first_response_business_minutes", "p90"),
        ("resolution_business_minutes", "p90"), ("occupancy", None), ("utilization", None), ("paid_hours", None),
        ("overtime_hours", None), ("cost_total", None), ("cost_per_ticket", None),
    )  # fmt: skip
    rows = [
        [
            Cell(metric(MetricKey(name, stat))),
            *(figure(METRICS[name].unit, Figures(result).value(name, stat)) for result in results),
        ]
        for name, stat in shown
    ]
    return Table("figures", "Key figures", ("metric", *names), rows)


def _playbooks(results: Sequence[RunResult], names: Sequence[str]) -> Table:
    """Return how often and how long each plan's playbooks burned, and what the plan costs."""
    rows = []
    usual = Figures(results[0]).value("cost_total")
    for result, name in zip(results, names, strict=True):
        figures = Figures(result)
        for one in burned(result):
            cost = figures.value("cost_total")
            said = figures.say("cost_total")
            if result is not results[0]:
                said += f" ({change(METRICS['cost_total'].unit, cost - usual)})"
            rows.append([
                Cell(name), Cell(one.name), Cell(one.stated.level), Cell(action_words(one.stated.do), kind="prose"),
                figure("number", float(one.fired.mean())), figure("hours", float(one.hours.mean())),
                figure("share", float(np.mean(one.fired > 0))),
                figure("hours", figures.value("overtime_hours", team=one.stated.when.team)), Cell(said, cost),
            ])  # fmt: skip
    columns = ("plan", "playbook", "level", "does", "fired", "burned", "in", "overtime of its team", "cost of the plan")
    note = (
        "Fired, burned: mean of the replications; in: replications in which it fired at all. Overtime has back-ups in "
        f"it. In brackets: against {names[0]}."
    )
    return Table("playbooks", "What the leads did when it burned", columns, rows, note)


def _weeks(results: Sequence[RunResult], names: Sequence[str]) -> Iterator[Block]:
    """Yield heat maps of one scale for all plans."""
    weeks = [Week(result) for result in results]
    waits = [week.grid("wait_minutes") for week in weeks]
    late = [1 - week.grid("response_sla") for week in weeks]
    for name, title, grids, say in (
        ("wait", "Mean wait", waits, minutes),
        ("late_responses", "First responses that come too late", late, share),
    ):
        known = [float(np.nanmax(one)) for one in grids if np.isfinite(one).any()]
        if known:
            note, top = "By when the ticket came; one scale for all plans.", max(known)
            maps = (
                Map(f"{name}_{place}", f"{title}: {plan}", note, grid, say, "warm", top)
                for place, (plan, grid) in enumerate(zip(names, grids, strict=True))
                if np.isfinite(grid).any()
            )
            yield Pictures(tuple(picture(one) for one in maps))


def provenance_section(
    scenarios: Sequence[LoadedScenario], names: Sequence[str], provenances: Sequence[dict[str, Any]], told: str
) -> Section:
    """Return where the numbers of several plans come from."""
    blocks: list[Block] = []
    for scenario, name, stated in zip(scenarios, names, provenances, strict=True):
        entries = [
            ("scenario", scenario.files[0].name),
            ("digest", scenario.digest),
            ("changed on the command line", ", ".join(scenario.overrides) or "nothing"),
            ("versions", ", ".join(f"{library} {version}" for library, version in stated["versions"].items())),
        ]
        blocks.append(Folded(name, (Listed(tuple(entries)),)))
    return Section("provenance", "Where these numbers come from", (*blocks, Text((told,))))
