"""The files of a sweep: one JSON document and tidy CSVs.

The same sweep gives the same bytes, whether it was interrupted or not and wherever its points came from.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from supportsim.experiment.ignorance import Influence, Odds
from supportsim.experiment.plans import Plan
from supportsim.experiment.provenance import timezone_data, versions
from supportsim.experiment.sweep import SweepResult
from supportsim.experiment.sweep_request import SweepRequest
from supportsim.report.files import finite, slice_text
from supportsim.report.store import SWEEP_FORMAT
from supportsim.scenario.metrics import METRICS, MetricKey

Row = dict[str, Any]


@dataclass(frozen=True)
class SweepStudy:
    """A sweep and what follows from it.

    Args:
        request: what was asked for.
        result: the points.
        service: the metric that stands for service.
        plans: against each other.
        odds: of the promises, if anything is unknown.
        wanted: the probability with which a promise must be kept then.
    """

    request: SweepRequest
    result: SweepResult
    service: MetricKey
    plans: tuple[Plan, ...]
    odds: tuple[Odds, ...]
    wanted: float


def write_sweep(study: SweepStudy, folder: Path, place: Path) -> None:
    """Write everything into ``folder``, which will be moved to ``place``.

    Raises:
        OSError: a file could not be written.
    """
    text = json.dumps(document(study, place), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "sweep.json").write_text(text + "\n", encoding="utf-8")
    tables = {
        "points": point_rows(study),
        "outcomes": outcome_rows(study),
        "plans": plan_rows(study),
        "odds": odds_rows(study),
        "influences": influence_rows(study),
    }
    for name, rows in tables.items():
        if rows:
            _write_csv(folder / f"{name}.csv", rows)


def document(study: SweepStudy, place: Path) -> dict[str, Any]:
    """Return the sweep as one JSON document, the content of ``sweep.json``; missing numbers are null."""
    result, base = study.result, study.result.base
    file = base.files[0].resolve()
    return {
        "format": SWEEP_FORMAT,
        "name": study.request.name,
        "scenario": {
            "name": base.scenario.name,
            "file": Path(os.path.relpath(file, place.resolve())).as_posix(),
            "digest": base.digest,
            "overrides": list(base.overrides),
        },
        "vary": study.request.vary,
        "design": study.request.design,
        "seed": result.seed,
        "replications": result.replications,
        "service": str(study.service),
        "wanted_probability": study.wanted,
        "plans": plan_rows(study),
        "points": point_rows(study),
        "odds": odds_rows(study),
        "influences": influence_rows(study),
        "provenance": {"versions": versions(), "timezone_data": timezone_data(base.scenario.period.timezone)},
    }


def point_rows(study: SweepStudy) -> list[Row]:
    """Return one row per point: where it is, and what became of it."""
    axes = study.result.design.axes
    rows = []
    for found in study.result.points:
        point = found.point
        row: Row = {"point": point.place, "plan": point.plan, "sample": point.sample}
        row |= {axis.name: level.label for axis, level in zip(axes, point.levels, strict=True)}
        status = "invalid" if found.invalid else "failed" if found.failed else "done"
        row |= {"status": status, "error": found.error, "verdict": "" if found.verdict is None else found.verdict.value}
        rows.append(row | {"digest": found.digest})
    return rows


def outcome_rows(study: SweepStudy) -> list[Row]:
    """Return one row per point and metric, with its half-width at 95 % and the verdict where it is promised."""
    rows = []
    for found in study.result.points:
        verdicts = {target.key: target.verdict.value for target in found.targets}
        figures = zip(found.keys, found.estimate.tolist(), found.half_width.tolist(), strict=True)
        for key, estimate, half_width in figures:
            rows.append(
                {
                    "point": found.point.place,
                    "metric": key.metric,
                    "stat": key.stat or "",
                    "slice": slice_text(key.slices),
                    "unit": METRICS[key.metric].unit,
                    "estimate": finite(estimate),
                    "half_width": finite(half_width),
                    "verdict": verdicts.get(key, ""),
                }
            )
    return rows


def plan_rows(study: SweepStudy) -> list[Row]:
    """Return one row per plan: cost, service, promises, and whether another plan beats it."""
    axes = study.result.design.chosen
    return [
        {"plan": plan.number}
        | {axis.name: level.label for axis, level in zip(axes, plan.levels, strict=True)}
        | {
            "cost": finite(plan.cost.estimate),
            "cost_half_width": finite(plan.cost.half_width),
            "service": finite(plan.service.estimate),
            "service_half_width": finite(plan.service.half_width),
            "verdict": "" if plan.verdict is None else plan.verdict.value,
            "promises_kept": plan.kept,
            "not_kept": "; ".join(plan.open),
            "on_front": plan.on_front,
            "error": plan.error,
        }
        for plan in study.plans
    ]


def odds_rows(study: SweepStudy) -> list[Row]:
    """Return one row per plan and promise: the probability that it is kept; an empty promise is all of them."""
    names = [field.name for field in fields(Odds) if field.name not in ("influences", "name")]
    return [
        {"promise": one.name, "probability": finite(one.probability)}
        | {name: _plain(getattr(one, name)) for name in names}
        for one in study.odds
    ]


def influence_rows(study: SweepStudy) -> list[Row]:
    """Return one row per plan, promise and assumption: how much it decides, and where the verdict flips."""
    return [
        {"plan": one.plan, "promise": one.name, "assumption": influence.axis, "share": finite(influence.share)}
        | {"rises": influence.rises, "break_even": break_even(influence)}
        for one in study.odds
        for influence in one.influences
    ]


def break_even(influence: Influence) -> str:
    """Say where the verdict flips: ``13.4 min (12.9 min to 14 min)``; empty if nowhere."""
    return "; ".join(f"{one.value} ({one.low} to {one.high})" for one in influence.break_even)


def _plain(value: Any) -> Any:
    return finite(value) if isinstance(value, float) else value


def _write_csv(path: Path, rows: list[Row]) -> None:
    _write(path, list(rows[0]), (row.values() for row in rows))


def _write(path: Path, columns: list[str], rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
