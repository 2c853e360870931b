"""A result's arrays, exactly as measured, and the result made of them again."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from supportsim.experiment.gathering import judged
from supportsim.experiment.result import RunResult
from supportsim.report.store import ResultError, run_document
from supportsim.scenario.loader import LoadedScenario, canonical_json
from supportsim.scenario.metrics import MetricKey
from supportsim.scenario.model import Scenario

ARRAYS = "arrays.npz"
_NAMES = ("value", "numerator", "denominator", "demand", "teams", "backlog", "curves", "flow")


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
            )
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        reason = str(error) or type(error).__name__
        raise ResultError(f"{place}: damaged or of another version ({reason}); run it again") from error
    return replace(result, targets=judged(result))
