"""What a broken rule is called and where it was broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY
from supportsim.plan.model import Plan


@dataclass(frozen=True)
class Breach:
    """One place where a rule is broken; ticket and agent are NOBODY where none is concerned."""

    time_ms: int
    ticket: int
    agent: int
    expected: str
    found: str


class AuditError(Exception):
    """A ledger breaks a rule of the floor: a bug in the simulator, never a fault of the scenario."""

    def __init__(self, rule: str, breach: Breach, plan: Plan) -> None:
        self.rule = rule
        self.breach = breach
        instant = plan.origin + timedelta(milliseconds=breach.time_ms)
        who = [] if breach.ticket == NOBODY else [f"ticket {breach.ticket}"]
        if breach.agent != NOBODY:
            known = 0 <= breach.agent < len(plan.people.names)
            who.append(f"agent {breach.agent}" + (f" ({plan.people.names[breach.agent]})" if known else ""))
        super().__init__(
            f"audit: rule '{rule}' is broken at {breach.time_ms} ms ({instant.isoformat(timespec='milliseconds')})"
            + "".join(f", {name}" for name in who)
            + f": expected {breach.expected}, found {breach.found}"
        )


def earliest(
    broken: NDArray[np.bool_],
    time_ms: NDArray[Any],
    ticket: NDArray[Any] | int,
    agent: NDArray[Any] | int,
    expected: Callable[[int], str],
    found: Callable[[int], str],
) -> Iterator[Breach]:
    """Yield the breach that is earliest in time, if ``broken`` (n,) has any.

    Args:
        broken: bool (n,), the cases that break the rule.
        time_ms: int (n,).
        ticket: int (n,), or one for all cases.
        agent: int (n,), or one for all cases.
        expected: called with the place of the case, to word it.
        found: the same.
    """
    cases = np.flatnonzero(broken)
    if len(cases) == 0:
        return
    case = int(cases[np.argmin(time_ms[cases])])
    ticket_of, agent_of = (int(who) if isinstance(who, int) else int(who[case]) for who in (ticket, agent))
    yield Breach(int(time_ms[case]), ticket_of, agent_of, expected(case), found(case))
