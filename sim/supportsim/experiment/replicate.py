"""One replication, from drawn customers to measures."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from supportsim.floor.simulate import simulate
from supportsim.ledger import Ledger
from supportsim.measures.audit import audit
from supportsim.measures.measure import Measures, measure
from supportsim.plan.compile import compile_plan
from supportsim.plan.model import Plan
from supportsim.scenario.loader import LoadedScenario
from supportsim.scenario.model import Scenario
from supportsim.workload.draw import draw_workload
from supportsim.workload.model import Workload


class Keep(Protocol):
    """Keeps what would else be forgotten when a replication ends; called where it ran, so it must pickle."""

    def __call__(self, replication: int, plan: Plan, workload: Workload, ledger: Ledger) -> None:
        """Keep what is wanted of this replication.

        Raises:
            OSError: it could not be written.
        """


@dataclass(frozen=True)
class Job:
    """What all replications of a run have in common.

    Args:
        scenario: what is simulated.
        digest: of the resolved scenario; tells scenarios apart where the compiled plan is remembered.
        seed: of all random streams.
        command: the command line that runs the same, without the number of the replication.
        keep: see `Keep`.
    """

    scenario: Scenario
    digest: str
    seed: int
    command: str
    keep: Keep | None = None


class ReplicationError(RuntimeError):
    """A replication broke a rule of the floor or failed: a bug in the simulator, with the line that shows it again."""


_compiled: dict[str, Plan] = {}
_MOST_COMPILED = 4


def plan_of(job: Job) -> Plan:
    """Return the compiled plan; it is compiled once per process, as long as few others are needed in between."""
    plan = _compiled.get(job.digest)
    if plan is None:
        plan = compile_plan(job.scenario)
        # Threads of one worker may do the same at the same time, so nothing is taken for granted.
        for oldest in list(_compiled)[: max(0, len(_compiled) - _MOST_COMPILED + 1)]:
            _compiled.pop(oldest, None)
        _compiled[job.digest] = plan
    return plan


def simulated(job: Job, replication: int) -> tuple[Plan, Workload, Ledger]:
    """Draw, simulate and audit one replication.

    Raises:
        ReplicationError: the audit found a broken rule, or a stage failed.
    """
    with _reproducible(job, replication):
        plan = plan_of(job)
        workload = draw_workload(job.scenario, plan, job.seed, replication)
        ledger = simulate(plan, workload)
        audit(plan, workload, ledger)
    return plan, workload, ledger


def replicate(job: Job, replication: int) -> Measures:
    """Draw, simulate, audit and measure one replication.

    Raises:
        ReplicationError: the audit found a broken rule, or a stage failed.
        OSError: what ``job.keep`` wanted to keep could not be written.
    """
    plan, workload, ledger = simulated(job, replication)
    with _reproducible(job, replication):
        measures = measure(job.scenario, plan, workload, ledger)
    if job.keep is not None:
        job.keep(replication, plan, workload, ledger)
    return measures


def replicate_bare(job: Job, replication: int) -> Measures:
    """Do as `replicate`, but leave out the keys: the plan tells them, and they are most of the work of sending it."""
    return replace(replicate(job, replication), keys=())


def command_of(scenario: LoadedScenario, seed: int) -> str:
    """Return the command line that runs the same, for `Job.command`."""
    overrides = [word for override in scenario.overrides for word in ("--set", override)]
    return shlex.join(["supportsim", "run", str(scenario.files[0]), *overrides, "--seed", str(seed)])


@contextmanager
def _reproducible(job: Job, replication: int) -> Iterator[None]:
    """Add to a failure the line that shows it again."""
    try:
        yield
    except MemoryError:
        # No bug, and it may go well where there is more of it.
        raise
    except Exception as error:
        # Exceptions cross process borders only if they can be made again from their message.
        raise ReplicationError(
            f"replication {replication}: {type(error).__name__}: {error}\n"
            f"reproduce with: {job.command} --only-replication {replication}"
        ) from error
