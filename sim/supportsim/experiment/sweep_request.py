"""What a sweep is asked to do, as plain data, so that a file can state it and an interrupted one can be resumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from supportsim.experiment.design import Axis, Design, Method, make_axis, make_design
from supportsim.experiment.replicate import Job, plan_of
from supportsim.measures.measure import metric_keys
from supportsim.scenario.common import Name
from supportsim.scenario.distributions import Model
from supportsim.scenario.faults import Fault, Position, ScenarioError
from supportsim.scenario.loader import LoadedScenario, read_tree
from supportsim.scenario.metrics import MetricKey, parse_target_key
from supportsim.scenario.suggest import expected_one_of
from supportsim.scenario.tree import plain
from supportsim.scenario.validation import validate_as

PLANS = 64
SAMPLES = 64
REPLICATIONS = 10


class SweepFile(Model):
    """A sweep as a file states it."""

    scenario: str
    """The scenario that is varied; its file, relative to this one."""
    name: Name
    """Names the result's folder."""
    summary: str = ""
    """One line for people."""
    vary: dict[str, Any] = Field(default_factory=dict)
    """By path: a range (``4..8``), a list, or a distribution; or by any name: settings by label, each a mapping of
    paths to values."""
    set: tuple[str, ...] = ()
    """Changes that hold at all points, ``path=value``."""
    design: Literal["grid", "lhs", "sobol"] = "grid"
    """How plans are laid out."""
    plans: Annotated[int, Field(ge=1)] = PLANS
    """How many, unless on a grid."""
    samples: Annotated[int, Field(ge=1)] | None = None
    """How many draws of what is not known."""
    replications: Annotated[int, Field(ge=1)] = REPLICATIONS
    """Of each point."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Of all random streams."""
    metrics: tuple[str, ...] = ()
    """Reported besides the targets and what is always compared."""
    service: str | None = None
    """The metric that stands for service beside cost."""


@dataclass(frozen=True)
class SweepRequest:
    """What is asked for; the fields are those of `SweepFile`.

    Args:
        scenario: its file.
        samples: None for the default; what the scenario calls uncertain is then sampled only if nothing is varied.
    """

    scenario: str
    name: str
    vary: dict[str, Any]
    set: tuple[str, ...] = ()
    design: Method = "grid"
    plans: int = PLANS
    samples: int | None = None
    replications: int = REPLICATIONS
    seed: int = 1
    metrics: tuple[str, ...] = ()
    service: str | None = None

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def request_of(data: dict[str, Any]) -> SweepRequest:
    """Return what `SweepRequest.plain` gave."""
    return SweepRequest(**data | {"set": tuple(data["set"]), "metrics": tuple(data["metrics"])})


def read_request(path: Path) -> SweepRequest | None:
    """Return what a sweep file asks for, None if the file is a scenario.

    Raises:
        ScenarioError: with every fault of the sweep file, or the file cannot be read.
    """
    faults: list[Fault] = []
    tree = read_tree(path, faults)
    if tree.entries is None or "scenario" not in tree.entries:
        return None
    found, more = validate_as(SweepFile, plain(tree), tree)
    if found is None or faults:
        raise ScenarioError([*faults, *more])
    for name, how in found.vary.items():
        try:
            make_axis(name, how)
        except ValueError as error:
            entry = tree.entries["vary"].node.entries
            at = entry[name].key if entry and name in entry else Position(str(path), 1, 1)
            raise ScenarioError([Fault.at(at, ("vary", name), str(error).removeprefix(f"{name}: "))]) from None
    stated = {name: getattr(found, name) for name in SweepRequest.__dataclass_fields__}
    return SweepRequest(**stated | {"scenario": str(path.parent / found.scenario)})


def design_of(request: SweepRequest, base: LoadedScenario) -> Design:
    """Return the points of a sweep.

    Raises:
        ValueError: there is nothing to vary, or it does not fit.
    """
    axes = [make_axis(name, how) for name, how in request.vary.items()]
    if request.samples is not None or not axes:
        given = {axis.name for axis in axes}
        axes += [
            Axis(path, uncertain=uncertain)
            for path, uncertain in base.scenario.uncertainty.items()
            if path not in given
        ]
    if not axes:
        raise ValueError("nothing to vary, expected --vary path=4..8, or a scenario with 'uncertainty'")
    if request.samples is not None and all(axis.uncertain is None for axis in axes):
        raise ValueError(
            "nothing is uncertain, expected --vary path~normal(mean, sd), or a scenario with 'uncertainty'"
        )
    return make_design(axes, request.design, request.plans, request.samples or SAMPLES, request.seed)


def leaves_uncertainty(request: SweepRequest, base: LoadedScenario) -> bool:
    """Say whether the scenario states what is uncertain, and the sweep does not look at it."""
    return bool(base.scenario.uncertainty) and bool(request.vary) and request.samples is None


def metrics_of(request: SweepRequest, base: LoadedScenario) -> tuple[MetricKey, ...]:
    """Return the metrics that are asked for by name, that of service the last.

    Raises:
        ValueError: one is not measured.
    """
    measured = metric_keys(plan_of(Job(base.scenario, base.digest, 0, "")))
    found = []
    for text in (*request.metrics, *([request.service] if request.service else [])):
        key = parse_target_key(text)
        if key not in measured:
            known = [str(one) for one in measured if one.metric == key.metric]
            raise ValueError(f"{text}: is not measured, {expected_one_of(text, known)}")
        found.append(key)
    return tuple(found)


def service_of(request: SweepRequest, base: LoadedScenario) -> MetricKey:
    """Return the metric that stands for service: the one asked for, else the first target, else the response SLA."""
    if request.service:
        return parse_target_key(request.service)
    return next((parse_target_key(name) for name in base.scenario.targets), MetricKey("response_sla", None))


def with_vary(request: SweepRequest, more: Sequence[tuple[str, Any]]) -> SweepRequest:
    """Return the request with more to vary."""
    return replace(request, vary=request.vary | dict(more))
