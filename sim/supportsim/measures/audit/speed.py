"""How fast people work, by the plan and the crew, for the audit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan
from supportsim.workload.model import Workload

FULL_SPEED_PPM = 1_000_000


def speed_ppm(
    plan: Plan, workload: Workload, agent: NDArray[Any], skill: NDArray[Any], start_ms: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the speed (n,), in millionths of the usual, at which agents go on with what they take at instants.

    It is the person's speed at the skill times that of the interval in which the agent is there.
    """
    people, crew = plan.people, workload.crew
    speed = np.full(len(agent), FULL_SPEED_PPM, dtype=np.int64)
    if people.speed_ppm is not None:
        speed = people.speed_ppm[agent, skill]
    if crew.speed_ppm is not None:
        span_ms = 1 + int(crew.end_ms.max(initial=0)) + int(start_ms.max(initial=0))
        begins = crew.person.astype(np.int64) * span_ms + crew.start_ms
        interval = np.searchsorted(begins, agent.astype(np.int64) * span_ms + start_ms, side="right") - 1
        # Who starts work outside of any interval is found by another rule.
        speed = speed * crew.speed_ppm[np.maximum(interval, 0)] // FULL_SPEED_PPM
    return np.maximum(speed, 1)
