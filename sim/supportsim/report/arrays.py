"""A result's arrays, exactly as measured, and the result made of them again."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from supportsim.experiment.gathering import judged
from supportsim.experiment.precision import Stopping, StoppingRule, parse_precision
from supportsim.experiment.result import RunResult
from supportsim.experiment.standing import standings
from supportsim.measures.curves import EDGES_MINUTES, curve_keys
from supportsim.measures.flow import FLOW_NODES
from supportsim.measures.measure import metric_keys
from supportsim.measures.playbooks import PLAYBOOK_SERIES
from supportsim.measures.series import DEMAND_SERIES, TEAM_SERIES
from supportsim.plan.compile import compile_plan
from supportsim.report.store import ResultError, run_document
from supportsim.scenario.loader import LoadedScenario, canonical_json
from supportsim.scenario.metrics import MetricKey
from supportsim.scenario.model import Scenario

ARRAYS = "arrays.npz"
_NAMES = ("value", "numerator", "denominator", "demand", "teams", "backlog", "curves", "flow", "playbooks")


def write_arrays(result: RunResult, path: Path) -> None:
    """Write every array of a result, and what the metrics' columns are.

    Raises:
        OSError: the file could not be written.
    """
    keys = json.dumps([[key.metric, key.stat, key.slices] for key in result.keys])
    with path.open("wb") as stream:
        np.savez_compressed(stream, keys=np.array(keys), **{name: getattr(result, name) for name in _NAMES})


def load_result(place: Path) -> RunResult:
    """Return the result that was written to a folder, as it was.

    The scenario is the one that was simulated, whatever has become of its file since.

    Raises:
        ResultError: there is no result, it is damaged, or another version of supportsim made it.
    """
    run = run_document(place)
    try:
        stated = run["scenario"]
        scenario = Scenario.model_validate(run["resolved"])
        digest = hashlib.sha256(canonical_json(scenario).encode()).hexdigest()
        if digest != stated["digest"]:
            raise ValueError("its scenario means something else to this version of supportsim")
        loaded = LoadedScenario(
            scenario, run["resolved"], digest, (place / stated["file"],), {}, tuple(stated["overrides"])
        )
        with (place / ARRAYS).open("rb") as stream, np.load(stream) as stored:
            keys = tuple(
                MetricKey(metric, stat, tuple((dimension, member) for dimension, member in slices))
                for metric, stat, slices in json.loads(stored["keys"].item())
            )
            replications = run["replications"]
            result = RunResult(
                scenario=loaded,
                seed=run["seed"],
                asked=replications["asked"],
                replications=tuple(replications["numbers"]),
                keys=keys,
                **{name: stored[name] for name in _NAMES},
                targets=(),
                confidence=run["confidence"],
            )
        _check(result)
        return _judged_as_it_was(result, run["precision"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        reason = str(error) or type(error).__name__
        raise ResultError(f"{place}: damaged or of another version ({reason}); run it again") from error


def _judged_as_it_was(result: RunResult, precision: dict[str, Any] | None) -> RunResult:
    """Return the result with its verdicts and, if it looked several times, why it stopped.

    Args:
        result: not judged yet.
        precision: what `supportsim.report.sampling.stopping_document` made of that.

    Raises:
        KeyError: something is missing.
        ValueError: a precision means nothing to this version.
    """
    if precision is None:
        return replace(result, targets=judged(result, result.confidence))
    precisions = tuple(parse_precision(text) for text in precision["precisions"])
    rule = StoppingRule(precisions, tuple(precision["planned_looks"]), result.confidence)
    result = replace(result, targets=judged(result, rule.confidence_of_look))
    return replace(result, stopping=Stopping(rule, tuple(precision["looks"]), standings(result, rule)))


def _check(result: RunResult) -> None:
    """Make sure that the arrays hold what this version measures.

    Raises:
        ValueError: they do not.
    """
    plan = compile_plan(result.scenario.scenario)
    nodes, bins = len(FLOW_NODES), len(EDGES_MINUTES) + 1
    same = (
        result.keys == metric_keys(plan)
        and result.value.shape == (len(result.replications), len(result.keys))
        and len(result.demand) == len(DEMAND_SERIES)
        and result.teams.shape[:2] == (len(plan.teams), len(TEAM_SERIES))
        and result.curves.shape == (len(curve_keys(plan.channels, plan.segments)), bins)
        and result.flow.shape == (nodes, nodes)
        and result.playbooks.shape[:2] == (len(plan.playbooks), len(PLAYBOOK_SERIES))
    )
    if not same:
        raise ValueError("something else was measured")
