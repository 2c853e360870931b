"""L0: contacts meet the self-service layers before any person sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan
from supportsim.scenario.model import Scenario
from supportsim.workload.changes import deflected
from supportsim.workload.distributions import quantile, share_by_category, whole_ms
from supportsim.workload.events import deflection_factor
from supportsim.workload.model import ContactOutcome
from supportsim.workload.streams import Streams


@dataclass(frozen=True)
class SelfServiceResult:
    """What self-service does to N contacts.

    Args:
        outcome: int8 (N,), DEFLECTED or TICKET, or IN_SELF_SERVICE where it is not over at the horizon.
        layer: int16 (N,), the layer that deflected it (rebounds included), or -1.
        rebound: bool (N,), deflected but comes back.
        left_ms: int64 (N,), when it left self-service, or comes back.
    """

    outcome: NDArray[np.int8]
    layer: NDArray[np.int16]
    rebound: NDArray[np.bool_]
    left_ms: NDArray[np.int64]


def serve_self(
    scenario: Scenario,
    plan: Plan,
    streams: Streams,
    arrived_ms: NDArray[np.int64],
    key: NDArray[np.uint64],
    segment: NDArray[np.int16],
    category: NDArray[np.int16],
) -> SelfServiceResult:
    """Send contacts through the layers in order.

    A customer spends the layer's time in it, solved or not; whether it solves the problem
    depends on the category, on the time of the contact's arrival (deflection may ramp) and on events then.
    Draws are keyed by the layer's name, so that another layer shifts nothing.
    """
    left_ms = arrived_ms.copy()
    layer_of = np.full(len(key), -1, dtype=np.int16)
    rebound = np.zeros(len(key), dtype=np.bool_)
    seeking = np.arange(len(key))
    factor = deflection_factor(scenario, plan, arrived_ms, category)
    for number, (name, layer) in enumerate(scenario.self_service.items()):
        skipping = [code for code, segment_name in enumerate(plan.segments) if segment_name in layer.skips]
        tries = seeking[~np.isin(segment[seeking], skipping)]
        if layer.takes is not None:
            spent = quantile(layer.takes, streams.uniform(f"{name}.takes", key[tries]))
            left_ms[tries] += whole_ms(spent)
        deflects = share_by_category(
            layer.deflects, plan.categories, category[tries], arrived_ms[tries] - plan.window_ms[0]
        )
        deflects = deflected(scenario, plan, name, deflects, category[tries], arrived_ms[tries])
        solved = tries[streams.uniform(f"{name}.deflects", key[tries]) < deflects * factor[tries]]
        layer_of[solved] = number
        back = solved[streams.uniform(f"{name}.rebound", key[solved]) < layer.rebound]
        rebound[back] = True
        later = quantile(layer.rebound_after, streams.uniform(f"{name}.rebound_after", key[back]))
        left_ms[back] += whole_ms(later)
        seeking = seeking[layer_of[seeking] < 0]
    outcome = np.where((layer_of >= 0) & ~rebound, ContactOutcome.DEFLECTED, ContactOutcome.TICKET).astype(np.int8)
    outcome[left_ms >= plan.horizon_ms] = ContactOutcome.IN_SELF_SERVICE
    return SelfServiceResult(outcome, layer_of, rebound, left_ms)
