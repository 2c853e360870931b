"""The files of a result: one JSON document, tidy CSVs, and the ledgers of chosen replications.

The same scenario, seed and replications give the same bytes, so nothing here tells the time or the machine.
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from supportsim.experiment.provenance import git_revision, timezone_data, versions
from supportsim.experiment.result import RunResult
from supportsim.experiment.warm_up import advise
from supportsim.ledger import Ledger
from supportsim.measures.curves import EDGES_MINUTES, curve_keys, shares_beyond
from supportsim.measures.event_log import event_log
from supportsim.measures.flow import FLOW_NODES
from supportsim.plan.model import Plan
from supportsim.report.arrays import ARRAYS, write_arrays
from supportsim.report.event_log import write_event_log
from supportsim.report.intervals import (
    BACKLOG_COLUMNS,
    HOUR_COLUMNS,
    INTERVAL_COLUMNS,
    backlog_rows,
    hour_rows,
    interval_rows,
)
from supportsim.report.playbooks import PLAYBOOK_COLUMNS, playbook_rows
from supportsim.report.sampling import stopping_document
from supportsim.report.store import FORMAT
from supportsim.report.words import sentence
from supportsim.scenario.civil import period_span, resolve_holidays
from supportsim.scenario.loader import LoadedScenario
from supportsim.scenario.metrics import METRICS
from supportsim.scenario.model import Scenario
from supportsim.workload.model import Workload


@dataclass(frozen=True)
class KeepLedgers:
    """Writes the ledgers of chosen replications into a folder, from whichever process has them.

    Args:
        folder: where to; it exists.
        replications: which.
        event_log: whether to write an event log beside each.
    """

    folder: Path
    replications: tuple[int, ...]
    event_log: bool

    def __call__(self, replication: int, plan: Plan, workload: Workload, ledger: Ledger) -> None:
        """Write ``ledger_N.npz`` and ``event_log_N.csv`` if replication N is among the chosen."""
        if replication in self.replications:
            ledger.save(self.folder / f"ledger_{replication}.npz")
            if self.event_log:
                write_event_log(event_log(plan, workload, ledger), self.folder / f"event_log_{replication}.csv")


def write_result(result: RunResult, folder: Path, place: Path) -> None:
    """Write everything that was measured into ``folder``, which will be moved to ``place``.

    Raises:
        OSError: a file could not be written.
    """
    text = json.dumps(document(result, place), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")
    _write_csv(folder / "replications.csv", _REPLICATION_COLUMNS, _replication_rows(result))
    metrics, targets = metric_rows(result), target_rows(result)
    _write_csv(folder / "metrics.csv", list(metrics[0]), (row.values() for row in metrics))
    for minutes in (15, 30, 60):
        _write_csv(folder / f"interval_{minutes}.csv", INTERVAL_COLUMNS, interval_rows(result, minutes))
    _write_csv(folder / "hour_of_week.csv", HOUR_COLUMNS, hour_rows(result))
    _write_csv(folder / "backlog.csv", BACKLOG_COLUMNS, backlog_rows(result))
    _write_csv(folder / "curves.csv", _CURVE_COLUMNS, _curve_rows(result))
    _write_csv(folder / "flow.csv", _FLOW_COLUMNS, _flow_rows(result))
    if result.scenario.scenario.playbooks:
        _write_csv(folder / "playbooks.csv", PLAYBOOK_COLUMNS, playbook_rows(result))
    write_arrays(result, folder / ARRAYS)
    if targets:
        _write_csv(folder / "targets.csv", list(targets[0]), (row.values() for row in targets))


def document(result: RunResult, place: Path) -> dict[str, Any]:
    """Return the result as one JSON document, the content of ``run.json``; missing numbers are null.

    Args:
        result: to be told.
        place: the result's folder, from which the scenario's file is named.
    """
    loaded = result.scenario
    scenario, file, advice = loaded.scenario, loaded.files[0].resolve(), advise(result)
    return {
        "format": FORMAT,
        "scenario": {
            "name": scenario.name,
            "summary": scenario.summary,
            "file": Path(os.path.relpath(file, place.resolve())).as_posix(),
            "digest": loaded.digest,
            "overrides": list(loaded.overrides),
        },
        "seed": result.seed,
        "replications": {
            "asked": result.asked,
            "finished": len(result.replications),
            "numbers": list(result.replications),
            "interrupted": result.interrupted,
        },
        "confidence": result.confidence,
        "precision": stopping_document(result.stopping) if result.stopping else None,
        "warm_up": {"more_weeks": advice.more_weeks, "reason": advice.reason},
        "verdict": {"overall": result.verdict.value, "sentence": sentence(result.targets)},
        "targets": target_rows(result),
        "metrics": metric_rows(result),
        "provenance": provenance(loaded),
        "resolved": loaded.resolved,
    }


def provenance(loaded: LoadedScenario) -> dict[str, Any]:
    """Return what a result depends on besides scenario and seed."""
    scenario = loaded.scenario
    return {
        "versions": versions(),
        "timezone_data": timezone_data(scenario.period.timezone),
        "holidays": _holidays(scenario),
        "git": git_revision(loaded.files[0].resolve()),
    }


def target_rows(result: RunResult) -> list[dict[str, Any]]:
    """Return one row per target: what was promised, what was found, the verdict."""
    return [
        {
            "target": target.name,
            "unit": METRICS[target.key.metric].unit,
            "at_least": finite(target.low),
            "at_most": finite(target.high),
            "verdict": target.verdict.value,
            "reason": target.judgement.reason,
        }
        | {
            name: finite(getattr(target.judgement, name))
            for name in ("estimate", "lower", "upper", "confidence", "p_met", "p_missed", "kept_share", "replications")
        }
        for target in result.targets
    ]


def metric_rows(result: RunResult) -> list[dict[str, Any]]:
    """Return one row per metric, statistic and slice, summarised over replications."""
    columns = {field.name: getattr(result.summary, field.name).tolist() for field in fields(result.summary)}
    return [
        {
            "metric": key.metric,
            "stat": key.stat or "",
            "slice": slice_text(key.slices),
            "unit": METRICS[key.metric].unit,
        }
        | {name: finite(column[place]) for name, column in columns.items()}
        for place, key in enumerate(result.keys)
    ]


def slice_text(slices: Sequence[tuple[str, str]]) -> str:
    """Return ``priority=P1, segment=smb``; empty for everything together."""
    return ", ".join(f"{dimension}={member}" for dimension, member in slices)


_REPLICATION_COLUMNS = ("replication", "metric", "stat", "slice", "value", "numerator", "denominator")


def _replication_rows(result: RunResult) -> Iterator[tuple[Any, ...]]:
    labels = [(key.metric, key.stat or "", slice_text(key.slices)) for key in result.keys]
    for row, replication in enumerate(result.replications):
        columns = (array[row].tolist() for array in (result.value, result.numerator, result.denominator))
        for label, *found in zip(labels, *columns, strict=True):
            yield replication, *label, *map(finite, found)


_CURVE_COLUMNS = ("metric", "slice", "minutes", "tickets", "share_beyond")
_FLOW_COLUMNS = ("from", "to", "tickets")


def _curve_rows(result: RunResult) -> Iterator[tuple[Any, ...]]:
    """Yield for each curve and edge how many tickets a replication has, and which share of them took longer."""
    demand, beyond = result.scenario.scenario.demand, shares_beyond(result.curves)
    tickets = result.curves.sum(axis=-1) / len(result.replications)
    edges = [round(edge, 6) for edge in EDGES_MINUTES.tolist()]
    keys = curve_keys(tuple(demand.channels), tuple(demand.segments))
    for (name, slices), count, shares in zip(keys, tickets.tolist(), beyond.tolist(), strict=True):
        if count:
            for edge, share in zip(edges, shares, strict=True):
                yield name, slice_text(slices), edge, round(count, 6), round(share, 6)


def _flow_rows(result: RunResult) -> Iterator[tuple[Any, ...]]:
    """Yield how many tickets of a replication took each step."""
    for come, go in np.argwhere(result.flow).tolist():
        yield FLOW_NODES[come], FLOW_NODES[go], round(result.flow[come, go].item() / len(result.replications), 6)


def _holidays(scenario: Scenario) -> dict[str, dict[str, list[str]]]:
    """Return the dates that ``holidays`` stands for during the simulated time, by calendar and by team."""
    span = period_span(scenario.period)
    first = span.origin.date()
    last = (span.origin + timedelta(milliseconds=span.end_ms)).date() + timedelta(days=366)

    def dates(stated: str | Sequence[date]) -> list[str]:
        return [day.isoformat() for day in resolve_holidays(stated, first, last)]

    return {
        "calendars": {name: dates(calendar.holidays) for name, calendar in scenario.calendars.items()},
        "teams": {name: dates(team.holidays) for name, team in scenario.teams.items()},
    }


def finite(value: float) -> float | None:
    """Return a number that JSON knows, None for what is missing or infinite."""
    return value if math.isfinite(value) else None


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
