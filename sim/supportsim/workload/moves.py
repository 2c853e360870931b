"""What tickets' clocks may do to them: when each step is due, and to which tiers they may be taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.due import target_ms
from supportsim.plan.model import NEXT_TIER, NO_TIER, Plan
from supportsim.scenario.model import PRIORITIES, TIERS, Scenario

NEVER = -1


@dataclass(frozen=True)
class ClockSteps:
    """What the clocks of T tickets may do.

    Args:
        due_ms: int64 (T, steps), clock time after which each step is due, or `NEVER`.
        tiers: bool (T, 3), the tiers to which the ticket may be taken.
    """

    due_ms: NDArray[np.int64]
    tiers: NDArray[np.bool_]


def clock_steps(
    scenario: Scenario,
    plan: Plan,
    priority: NDArray[np.int16],
    segment: NDArray[np.int16],
    created_ms: NDArray[np.int64],
    without: NDArray[np.bool_],
) -> ClockSteps | None:
    """Return what the clocks of tickets (T,) may do, nothing to those ``without`` (T,); None if no scenario's do."""
    rules = scenario.sla.escalate
    if not rules:
        return None
    due_ms = np.full((len(priority), len(rules)), NEVER, dtype=np.int64)
    tiers = np.zeros((len(priority), len(TIERS)), dtype=np.bool_)
    worked = np.array([getattr(scenario.work, tier) is not None for tier in TIERS])
    for number, (rule, step) in enumerate(zip(rules, plan.rules.clock_steps, strict=True)):
        if rule.at is not None:
            promised_ms = target_ms(plan.sla, getattr(plan.sla, rule.of), priority, segment, created_ms)
            step_ms = np.where(promised_ms == NEVER, NEVER, np.maximum(np.rint(promised_ms * rule.at), 1))
        else:
            step_ms = np.full(len(priority), rule.after)
        concerned = np.array([not rule.priorities or name in rule.priorities for name in PRIORITIES])
        due_ms[:, number] = np.where(concerned[priority] & ~without, step_ms, NEVER)
        its = due_ms[:, number] != NEVER
        if step.to == NEXT_TIER:
            tiers[its] |= worked
        elif step.to != NO_TIER:
            tiers[its, step.to] = True
    tiers[:, 0] = False
    return ClockSteps(due_ms, tiers)
