"""What one more head is worth: each team and shift in turn gets one, on the same customers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from supportsim.experiment.comparison import Comparison, compare
from supportsim.experiment.run import run
from supportsim.scenario.loader import LoadedScenario, load_scenario


@dataclass(frozen=True)
class OneMore:
    """A change of the roster: one head more, on every day on which the shift is staffed.

    Args:
        team, shift: where.
        scenario: with the change.
    """

    team: str
    shift: str
    scenario: LoadedScenario


@dataclass(frozen=True)
class MarginalValues:
    """What each change does.

    Args:
        changes: one more head here or there.
        comparison: the scenario as it is, and then each change in the same order.
    """

    changes: tuple[OneMore, ...]
    comparison: Comparison


def marginal_values(
    scenario: LoadedScenario,
    replications: int = 10,
    seed: int = 1,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] = lambda finished, total: None,
) -> MarginalValues:
    """Run the scenario and every change of `one_more_heads`, and compare them all.

    Args:
        scenario: as loaded from its file.
        replications: of each, at least 2.
        seed: of all random streams.
        workers: processes (default: one per core).
        on_progress: called with (finished, wanted) replications of everything together.

    Raises:
        ReplicationError: the simulator broke one of its own rules.
        WorkerDiedError: a worker process died.
        KeyboardInterrupt: interrupted; there is nothing to compare then.
    """
    changes = tuple(one_more_heads(scenario))
    plans = [scenario, *(change.scenario for change in changes)]
    results = []
    for number, plan in enumerate(plans):

        def tell(finished: int, total: int, before: int = number * replications) -> None:
            on_progress(before + finished, replications * len(plans))

        results.append(run(plan, replications, seed, workers, on_progress=tell))
        if results[-1].interrupted:
            raise KeyboardInterrupt
    return MarginalValues(changes, compare(results))


def one_more_heads(scenario: LoadedScenario) -> Iterator[OneMore]:
    """Yield the scenario with one more head on each shift that each team staffs, in the order of the file."""
    for name, team in scenario.scenario.teams.items():
        shifts = dict.fromkeys(shift for heads in team.roster.values() for shift, count in heads.items() if count)
        for shift in shifts:
            roster = {
                days: {each: count + (each == shift and count > 0) for each, count in heads.items()}
                for days, heads in team.roster.items()
            }
            override = f"teams.{name}.roster={json.dumps(roster)}"
            yield OneMore(name, shift, load_scenario(scenario.files[0], (*scenario.overrides, override)))
