"""Promises as checks: what a CI system shows of a verdict, one check per promise, and where it is stated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from supportsim.experiment.judgement import Verdict
from supportsim.experiment.result import RunResult
from supportsim.report.words import judged, metric
from supportsim.scenario.faults import Position
from supportsim.scenario.metrics import METRICS


@dataclass(frozen=True)
class Check:
    """One promise on trial.

    Args:
        suite: whose promise it is, for instance the scenario's name.
        name: as the scenario writes it.
        verdict: met, missed or undecided.
        message: what was wanted and found, in one line.
        place: where the promise is stated; None if no file states it.
    """

    suite: str
    name: str
    verdict: Verdict
    message: str
    place: Position | None = None


def checks_of(result: RunResult, suite: str = "") -> Iterator[Check]:
    """Yield one check per target in the order of the scenario; a scenario without any is one undecided check.

    Args:
        result: with its targets judged.
        suite: names it; the scenario's name if empty.
    """
    suite = suite or result.scenario.scenario.name
    if not result.targets:
        yield Check(suite, "targets", Verdict.UNDECIDED, "the scenario states no targets, so there is nothing to judge")
    for target in result.targets:
        wanted, found, limits = judged(target)
        reason = f", {target.judgement.reason}" if target.judgement.reason else ""
        assumed = "; mostly an input of the scenario" if METRICS[target.key.metric].assumed else ""
        message = (
            f"{metric(target.key)}: wanted {wanted}, found {found} (limits {limits}) "
            f"in {target.judgement.replications} replications: {target.verdict}{reason}{assumed}"
        )
        place = result.scenario.positions.get(f"targets.{target.name}")
        in_file = place is not None and place.file in {str(file) for file in result.scenario.files}
        yield Check(suite, target.name, target.verdict, message, place if in_file else None)
