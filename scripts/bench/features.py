"""Growth as shipped and with the rules of the floor on: what it costs, and what happens for each ticket."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rivals import Visits

from supportsim.floor.instants import Handler, Order
from supportsim.floor.simulate import FEATURES, floor_for
from supportsim.ledger import Event
from supportsim.plan.compile import compile_plan
from supportsim.plan.model import Plan
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.units import HOUR_MS
from supportsim.workload.draw import draw_workload
from supportsim.workload.model import Tickets, Workload

BENCH = Path(__file__).parent
GROWTH = {
    "growth": BENCH.parents[1] / "scenarios/growth.yaml",
    "growth_in_full": BENCH / "growth_in_full.yaml",
    "growth_with_owners": BENCH / "growth_with_owners.yaml",
    "growth_in_swarms": BENCH / "growth_in_swarms.yaml",
}

WHY_CHANGES = {
    Order.WATCH: "a playbook looks at the floor, every ten minutes of the desk's hours",
    Order.WORK_END: "work in hand is done; once more for what was set aside or changed its pace meanwhile, as an entry "
    "on the calendar is cheaper to pass over than to take out",
    Order.STAND_DOWN: "a stretch of duty on call begins or ends, or who was called has nothing to do",
    Order.RELIEVE: "whom a playbook kept or called in goes",
    Order.CREW: "somebody comes or goes: shift, break, meeting, training, absence; all of one instant at once",
    Order.CALLED: "who was paged is ready, or who had to rest comes",
    Order.BACK_UP: "whom a playbook called in comes",
    Order.PATIENCE: "a caller may give up; only for those whom nobody answers at once",
    Order.RETURN: "a reply, a fix, an answer or a reopen brings a ticket back",
    Order.WIDEN: "a fallback team may take it; only for what nobody takes at once",
    Order.LET_GO: "a ticket has waited long enough for its owner",
    Order.AGE: "waiting tickets rise; one entry for the next that still waits, not one for each",
    Order.CLOCK: "an SLA clock has run so long that a step of the rules is due",
    Order.LINK: "an incident is known",
    Order.ARRIVAL: "a ticket comes; merged in, never on the calendar",
}

WHY_ROWS = {
    "waits": "the wait begins, in which queue, by whom: waits, backlogs and the tier's load come from it",
    "work begins": "first response, waits, who is busy with what",
    "work ends": "handling time, what followed, who did it",
    "state": "something befalls a ticket nobody holds: it leaves, closes, is linked or assigned",
    "people": "who is there: occupancy, paid time, capacity",
}
GROUPS = {
    Event.STARTED: "work begins", Event.RESUMED: "work begins", Event.JOINED: "work begins", Event.LEFT: "work ends",
    Event.SUSPENDED: "work ends", Event.RESOLVED: "work ends", Event.ASKED: "work ends", Event.SENT_TO_FIX: "work ends",
    Event.REFERRED: "work ends", Event.MERGED: "work ends", Event.PARKED: "work ends",
    Event.AGENT_ON: "people", Event.AGENT_OFF: "people", Event.PAGED: "people",
    Event.ABANDONED: "state", Event.CLOSED: "state", Event.ENDED: "state", Event.LINKED: "state",
    Event.ASSIGNED: "state", Event.LET_GO: "state", Event.TURNED_AWAY: "state", Event.CALL_BACK: "state",
    Event.NOTIFIED: "state", Event.PLAYBOOK_FIRES: "people", Event.PLAYBOOK_ENDS: "people",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A scenario's plan, one replication's workload, and the same tickets for SimPy."""

    plan: Plan
    workload: Workload
    visits: Visits

    def __len__(self) -> int:
        return len(self.workload.tickets)


def make_cases() -> dict[str, Case]:
    """Draw one replication of each scenario.

    Raises:
        SystemExit: a feature of the floor is used by none of them.
    """
    cases = {}
    for name, path in GROWTH.items():
        scenario = load_scenario(path).scenario
        plan = compile_plan(scenario)
        workload = draw_workload(scenario, plan, seed=1, replication=0)
        cases[name] = Case(plan, workload, visits_of(plan, workload))
    used = {feature for feature, uses in FEATURES for case in cases.values() if uses(case.plan.rules)}
    if unused := [feature.__name__ for feature, _ in FEATURES if feature not in used]:
        raise SystemExit(f"no scenario of the bench uses {', '.join(unused)}; nothing was timed")
    return cases


def visits_of(plan: Plan, workload: Workload) -> Visits:
    """Return every visit of every ticket, and the heads on shift by tier and hour."""
    tickets, people = workload.tickets, plan.people
    hours = -(-plan.horizon_ms // HOUR_MS)
    tier = plan.team_tier[people.team[people.shift_person]]
    change = np.zeros((3, hours + 1), np.int64)
    for at_ms, heads in ((people.shift_start_ms, 1), (people.shift_end_ms, -1)):
        np.add.at(change, (tier, np.clip(at_ms // HOUR_MS, 0, hours)), heads)
    counts = _usual_visits(tickets)
    kept = np.arange(len(tickets.stage_tier)) < np.repeat(
        tickets.stage_offset[:-1] + counts, np.diff(tickets.stage_offset)
    )
    return Visits(
        tickets.created_ms,
        tickets.priority.astype(np.int64),
        np.concatenate([[0], np.cumsum(counts)]),
        tickets.stage_tier[kept].astype(np.int64),
        tickets.stage_work_ms[kept],
        tickets.stage_delay_ms[kept],
        np.cumsum(change, axis=1)[:, :hours],
    )


def _usual_visits(tickets: Tickets) -> NDArray[np.int64]:
    """Return how many visits tickets have (T,) where neither a clock nor an incident changes their route."""
    first, end = tickets.stage_offset[:-1], tickets.stage_offset[1:]
    moved = () if tickets.moved_stage is None else tuple(tickets.moved_stage.T)
    linked = () if tickets.linked_stage is None else (tickets.linked_stage,)
    for other in (*moved, *linked):
        end = np.where(other > first, np.minimum(end, other), end)
    return end - first


def changes_per_ticket(case: Case) -> tuple[dict[Order, float], dict[Event, float]]:
    """Return the changes that the floor makes and the ledger rows it writes, by kind, for each ticket."""
    made: Counter[Order] = Counter()

    def counted(order: Order, handler: Handler) -> Handler:
        def handle(now: int, who: int, what: int) -> None:
            made[order] += 1
            handler(now, who, what)

        return handle

    class Counted(floor_for(case.plan.rules)):  # type: ignore[misc]
        """The floor of a plan, with every change counted."""

        def run_changes(self, handlers: dict[Order, Handler], alone: dict[Order, Handler]) -> None:
            super().run_changes(*({o: counted(o, each) for o, each in by.items()} for by in (handlers, alone)))

    ledger = Counted(case.plan, case.workload).run()
    events, counts = np.unique(ledger.event, return_counts=True)
    rows = {Event(event): count / len(case) for event, count in zip(events.tolist(), counts.tolist(), strict=True)}
    return {order: count / len(case) for order, count in made.items()}, rows


def change_rows(cases: dict[str, Case]) -> list[list[str]]:
    """Return the table of changes and of ledger rows: per ticket in each case, and what for."""
    both = [changes_per_ticket(case) for case in cases.values()]
    rows = [[order.name, *[f"{made.get(order, 0):.3f}" for made, _ in both], why] for order, why in WHY_CHANGES.items()]
    rows.append(["changes in all", *[f"{sum(made.values()):.2f}" for made, _ in both], ""])
    for group, why in WHY_ROWS.items():
        of_group = [
            sum(count for event, count in written.items() if GROUPS.get(event, "waits") == group) for _, written in both
        ]
        rows.append([f"rows: {group}", *[f"{count:.3f}" for count in of_group], why])
    rows.append(["rows in all", *[f"{sum(written.values()):.2f}" for _, written in both], ""])
    return rows
