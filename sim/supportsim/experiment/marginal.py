"""What a small change is worth: each team and shift in turn gets one, on the same customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from supportsim.experiment.changes import KINDS, PlanChange, small_changes
from supportsim.experiment.comparison import Comparison, compare
from supportsim.experiment.run import run
from supportsim.scenario.loader import LoadedScenario


@dataclass(frozen=True)
class MarginalValues:
    """What each change does.

    Args:
        changes: one at each place.
        comparison: the scenario as it is, and then each change in the same order.
    """

    changes: tuple[PlanChange, ...]
    comparison: Comparison


def marginal_values(
    scenario: LoadedScenario,
    replications: int = 10,
    seed: int = 1,
    workers: int | None = None,
    kinds: Sequence[str] = KINDS,
    on_progress: Callable[[int, int], None] = lambda finished, total: None,
) -> MarginalValues:
    """Run the scenario and every change of `small_changes`, and compare them all.

    Args:
        scenario: as loaded from its file.
        replications: of each, at least 2.
        seed: of all random streams.
        workers: processes (default: one per core).
        kinds: of changes, members of `supportsim.experiment.changes.KINDS`.
        on_progress: called with (finished, wanted) replications of everything together.

    Raises:
        ValueError: no such change fits the scenario.
        ReplicationError: the simulator broke one of its own rules.
        WorkerDiedError: a worker process died.
        KeyboardInterrupt: interrupted; there is nothing to compare then.
    """
    changes = tuple(small_changes(scenario, kinds))
    if not changes:
        raise ValueError(f"{scenario.scenario.name}: no change of {' or '.join(kinds)} fits this scenario")
    plans = [scenario, *(change.scenario for change in changes)]
    results = []
    for number, plan in enumerate(plans):

        def tell(finished: int, total: int, before: int = number * replications) -> None:
            on_progress(before + finished, replications * len(plans))

        results.append(run(plan, replications, seed, workers, on_progress=tell))
        if results[-1].interrupted:
            raise KeyboardInterrupt
    return MarginalValues(changes, compare(results))
