"""`RunResult`: what all replications of a scenario found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.judgement import CONFIDENCE, Judgement, Verdict, overall
from supportsim.experiment.precision import Stopping
from supportsim.experiment.summary import Summary, summarise
from supportsim.scenario.metrics import METRICS, MetricKey

if TYPE_CHECKING:
    from supportsim.scenario.loader import LoadedScenario


@dataclass(frozen=True)
class TargetResult:
    """A target of the scenario and what became of it.

    Args:
        name: as the scenario writes it.
        key: the metric meant.
        low, high: bounds in the metric's unit; infinite where there is none.
        judgement: the verdict and what it rests on.
    """

    name: str
    key: MetricKey
    low: float
    high: float
    judgement: Judgement

    @property
    def verdict(self) -> Verdict:
        """Met, missed or undecided."""
        return self.judgement.verdict


@dataclass(frozen=True)
class RunResult:
    """Everything measured in R replications of M metrics.

    Args:
        scenario: what was simulated.
        seed: of all random streams.
        asked: how many replications were wanted.
        replications: the numbers of those that finished, ascending; R of them.
        keys: what was measured (M,).
        value, numerator, denominator: float (R, M), NaN where missing; a value is the quotient of the other
            two where the metric is one.
        demand: int64 (10, bins), `supportsim.measures.series.DEMAND_SERIES`, summed over the replications.
        teams: int64 (teams, 7, bins), `supportsim.measures.series.TEAM_SERIES`, likewise.
        backlog: int32 (R, 2, 3, hours), open tickets at each whole hour, all and actionable, by tier.
        curves: int64 (`supportsim.measures.curves.curve_keys`, bins), distributions, summed over the replications.
        flow: int64 (nodes, nodes), steps between `supportsim.measures.flow.FLOW_NODES`, likewise.
        playbooks: int64 (playbooks, 2, bins), `supportsim.measures.playbooks.PLAYBOOK_SERIES`, likewise.
        targets: in the order of the scenario.
        confidence: of the targets' verdicts together, over all looks at them.
        stopping: why there are so many replications; None if their number was stated.
    """

    scenario: LoadedScenario
    seed: int
    asked: int
    replications: tuple[int, ...]
    keys: tuple[MetricKey, ...]
    value: NDArray[np.float64]
    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]
    demand: NDArray[np.int64]
    teams: NDArray[np.int64]
    backlog: NDArray[np.int32]
    curves: NDArray[np.int64]
    flow: NDArray[np.int64]
    playbooks: NDArray[np.int64]
    targets: tuple[TargetResult, ...]
    confidence: float = CONFIDENCE
    stopping: Stopping | None = None

    @property
    def interrupted(self) -> bool:
        """Whether fewer replications finished than were wanted."""
        return len(self.replications) < self.asked

    @property
    def verdict(self) -> Verdict:
        """Met if every target is, missed if one is, else undecided; so is a scenario without targets."""
        return overall([target.verdict for target in self.targets])

    @cached_property
    def summary(self) -> Summary:
        """Every metric over the replications, one entry per key."""
        is_ratio = np.array([METRICS[key.metric].estimate != "mean" for key in self.keys], dtype=np.bool_)
        return summarise(self.value, self.numerator, self.denominator, is_ratio)

    @cached_property
    def _places(self) -> dict[tuple[str, str | None, frozenset[tuple[str, str]]], int]:
        return {(key.metric, key.stat, frozenset(key.slices)): place for place, key in enumerate(self.keys)}

    def place(self, metric: str, stat: str | None = None, **slices: str) -> int:
        """Return the column of a metric, e.g. ``place("wait_minutes", "p90", channel="chat")``.

        Without a statistic a distribution's mean is meant.

        Raises:
            KeyError: it was not measured; the message says what was.
        """
        place = self._places.get((metric, _stat(metric, stat), frozenset(slices.items())))
        if place is None:
            measured = [str(key) for key in self.keys if key.metric == metric]
            wanted = MetricKey(metric, stat, tuple(slices.items()))
            raise KeyError(f"{wanted} was not measured, expected one of {', '.join(measured or METRICS)}")
        return place

    def metric(self, metric: str, stat: str | None = None, **slices: str) -> NDArray[np.float64]:
        """Return a metric's value in each replication (R,), NaN where there was nothing to measure.

        Raises:
            KeyError: it was not measured; the message says what was.
        """
        return self.value[:, self.place(metric, stat, **slices)]

    def table(self, metric: str, stat: str | None = None, by: str | Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return one row per member of the dimensions ``by``; without any, a single row for everything together.

        A row holds the members and the fields of `Summary`; ``pandas.DataFrame(rows)`` makes a frame of them.

        Raises:
            KeyError: the metric is not measured by these dimensions.
        """
        dimensions = {by} if isinstance(by, str) else set(by)
        rows = [
            dict(key.slices) | self.summary.row(place)
            for place, key in enumerate(self.keys)
            if (key.metric, key.stat) == (metric, _stat(metric, stat))
            and {name for name, _ in key.slices} == dimensions
        ]
        if not rows:
            raise KeyError(
                f"{MetricKey(metric, stat)} is not measured by {' and '.join(sorted(dimensions)) or 'itself'}"
            )
        return rows


def _stat(metric: str, stat: str | None) -> str | None:
    """Return the statistic that is meant: a distribution's mean unless another is asked for."""
    info = METRICS.get(metric)
    return stat or (info.stats[0] if info is not None and info.stats else None)
