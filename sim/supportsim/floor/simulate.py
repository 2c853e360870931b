"""The floor: agents take tickets from queues while simulated time passes.

It sees arrays, holds no random numbers, computes no metric, and only records.

How it is built:

- `instants` is the clock: what happens when, and the named order of changes of one instant.
- `state`, `matching` and `plain` are the fast path: one ticket in hand, one pool of tickets.
- `lanes`, `hands`, `crowds` and `general` let agents hold several contacts at any pace; further rules build on it.
- Each further rule is a module with one class that extends `General` by overriding a few of its hooks
  (calling ``super()``), and a line in `FEATURES` that says which plans use it. The classes that a plan
  uses are combined into one, in the order of `FEATURES` (the first is outermost). A plan that uses
  none runs on `Plain`, so that a rule which is off costs nothing.

The hooks, most used first:

- ``set_up(plan, workload)``: own state, once, before anything happens.
- ``handlers()``: a handler for each own member of `instants.Order`; ``self.at(time, (order, who, what))`` puts
  a change on the calendar.
- ``_join``: a ticket begins to wait (``_wait`` puts it into its lane, ``_place_in`` and ``_since`` say where in line).
- ``_still_waits``: nobody has taken it at the instant at which it joined; what clocks it starts belongs here.
- ``_take``, ``_let_down``, ``_put_aside``: work starts, leaves the hands, is set aside. ``_resolve``, ``_escalate``,
  ``_wait_for`` ...: what follows a touch, one for each member of ``Next``.
- ``_gets_through``, ``_turn_away``, ``_stays_on_the_line``, ``_hang_up``: a live contact gets a line or not, waits for
  an answer, and ends, by the customer or by the agent.
- ``self.paces``: how fast what a person takes progresses (proficiency, ramps), and ``Holding.paces`` what is in hand;
  call ``self.unpaced.append(agent)`` when that changes.
- ``_load``, ``_takes``, ``_kind``: who may take what. ``_show`` after anything that changes an agent's load, also
  after ``_let_down``, which hides the agent from those who look for somebody.
- ``_come_on``, ``_go_off``: agents become available and stop.
- ``_dispatch``: the matching that ends an instant; ``settle`` around it. Where a change has its instant to itself and
  all that it makes possible is that somebody takes one ticket, both are left out (`General.lone_handlers`).
- ``_arrive``, ``_return``, ``_retry``, ``_lose_patience``: customers.

Each layer of ``super()`` costs at every ticket, so a rule that concerns few does not override what all go through. It
says whom it concerns, and is called for those alone:

- ``self.watched``, people: ``_look_at`` after their next touch. Nobody stays watched; look again by adding again.
- ``self.followed``, tickets: ``_has_joined`` and ``_touch_ended``, for good.
- ``self.noted``, waiting tickets, one feature's: ``_waits_no_more`` when one is taken.
- ``self.alert``: ``_after_matching`` at the end of the next ``settle``.
- ``self.withholds``: waiting tickets lie in the heap that ``_heap_of`` names, which may be one nobody takes from.

Only changes may be recorded by handlers; matching, and whatever it causes, belongs to ``_dispatch``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from supportsim.floor.best_skill import BestSkill
from supportsim.floor.escalation import ClockEscalation
from supportsim.floor.general import General
from supportsim.floor.incidents import Incidents
from supportsim.floor.lines import Lines
from supportsim.floor.on_call import WithOnCall
from supportsim.floor.orders import Aging, OtherOrder
from supportsim.floor.overtime import OvertimeLimit
from supportsim.floor.ownership import Ownership, OwnLimit
from supportsim.floor.plain import Plain
from supportsim.floor.playbooks import Playbooks
from supportsim.floor.preemption import Preemption
from supportsim.floor.speed import OwnSpeed
from supportsim.floor.swarm import Swarming
from supportsim.ledger import Ledger
from supportsim.plan.model import Assignment, OrderBy, Plan, Rules
from supportsim.workload.model import Workload

FEATURES: tuple[tuple[type[General], Callable[[Rules], bool]], ...] = (
    (ClockEscalation, lambda rules: bool(rules.clock_steps)),
    (Playbooks, lambda rules: rules.playbooks),
    (Swarming, lambda rules: rules.swarm is not None),
    (Lines, lambda rules: max(rules.lines, default=-1) >= 0),
    (Incidents, lambda rules: rules.links),
    (WithOnCall, lambda rules: rules.on_call),
    (BestSkill, lambda rules: rules.best_skill),
    (OwnSpeed, lambda rules: rules.own_speed),
    (OvertimeLimit, lambda rules: bool(rules.overtime_at_most_ms)),
    (Ownership, lambda rules: rules.assignment != Assignment.SHARED),
    (OwnLimit, lambda rules: rules.assignment == Assignment.SHARED and rules.owns_at_most > 0),
    (Preemption, lambda rules: any(rules.urgent) or rules.urgent_live),
    (Aging, lambda rules: rules.aging_ms > 0),
    (OtherOrder, lambda rules: rules.order_by != OrderBy.WAIT),
    (General, lambda rules: max(rules.concurrency, default=1) > 1 or bool(rules.pace_ppm)),
)
"""Classes and the plans that use them."""


def simulate(plan: Plan, workload: Workload) -> Ledger:
    """Run one replication from time 0 to the plan's horizon and return what happened.

    Same plan and workload, same ledger. Changes at one instant happen in the order
    of `instants.Order`; then tickets and free agents are matched, best ticket first.

    Raises:
        ValueError: a ticket's route leads to a tier where no team serves its skill and channel.
    """
    return floor_for(plan.rules)(plan, workload).run()


def floor_for(rules: Rules) -> type[Plain]:
    """Return the floor that does what the rules ask for, and no more."""
    used = tuple(feature for feature, uses in FEATURES if uses(rules))
    return _combined(used) if used else Plain


@cache
def _combined(features: tuple[type[General], ...]) -> type[General]:
    """Return one class of several features, the first outermost."""
    return type("Floor", features, {})
