"""Journeys: the route of every ticket through the tiers, drawn before anyone works on it.

All tickets take their next visit together; the loop is over visits, not over tickets.
Draws are keyed by (contact, tier, how often it has been there), so that a change of one
tier's parameters leaves what happens at the others as it is.

A visit is one touch, or several:

- the customer is asked: half of the work, the reply, the other half plus ``per_reply``;
- engineering must fix it (visits that resolve): half, the fix, the other half;
- both: half, the reply, then half of what is left, the fix, and the other half of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.plan.model import Plan
from supportsim.scenario.model import TIERS, Scenario, ShareOverTime, TierWork
from supportsim.workload.changes import handle_factor
from supportsim.workload.distributions import (
    duration_by_category,
    quantile,
    share_at,
    share_by_category,
    whole_ms,
)
from supportsim.workload.model import Next
from supportsim.workload.streams import Streams

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Routes:
    """Stages of T tickets as ragged arrays; see `workload.model.Tickets` for the columns."""

    offset: NDArray[np.int64]
    tier: NDArray[np.int8]
    work_ms: NDArray[np.int64]
    next: NDArray[np.int8]
    delay_ms: NDArray[np.int64]


@dataclass(frozen=True)
class _Touches:
    """A batch of stages of distinct tickets: all their n-th ones, n differing by ticket."""

    ticket: Indices
    position: NDArray[np.int64]
    tier: NDArray[np.int8]
    work_ms: NDArray[np.int64]
    next: NDArray[np.int8]
    delay_ms: NDArray[np.int64]


def entry_tier(scenario: Scenario, category: NDArray[np.int16]) -> NDArray[np.int8]:
    """Return the tier (0 for L1) that first sees each ticket, int8 (T,)."""
    entry = [TIERS.index(stated.enters) for stated in scenario.demand.categories.values()]
    return np.array(entry, dtype=np.int8)[category]


def draw_routes(
    scenario: Scenario,
    plan: Plan,
    streams: Streams,
    key: NDArray[np.uint64],
    category: NDArray[np.int16],
    created_ms: NDArray[np.int64],
) -> Routes:
    """Draw the stages of all tickets.

    Shares that change over time are those of the ticket's creation. The visit that follows a
    hand-back or a reopening costs the stated part of a fresh one; later visits are fresh.
    Nothing is escalated from L3 or handed back from L1.

    Raises:
        ValueError: tickets reach a tier whose work is not stated.
    """
    return _Journey(scenario, plan, streams, key, category, created_ms).routes()


class _Journey:
    """The tickets' state while their visits are drawn."""

    def __init__(
        self,
        scenario: Scenario,
        plan: Plan,
        streams: Streams,
        key: NDArray[np.uint64],
        category: NDArray[np.int16],
        created_ms: NDArray[np.int64],
    ) -> None:
        self.scenario, self.work, self.plan, self.streams = scenario, scenario.work, plan, streams
        self.key, self.category = key, category
        self.created_ms = created_ms
        self.since_start_ms = created_ms - plan.window_ms[0]
        self.entry = entry_tier(scenario, category)
        self.tier = self.entry.copy()
        self.factor = np.ones(len(key))
        self.been_there = np.zeros((len(TIERS), len(key)), dtype=np.int16)
        self.visits = np.zeros(len(key), dtype=np.int16)
        self.resolutions = np.zeros(len(key), dtype=np.int16)
        self.stages = np.zeros(len(key), dtype=np.int64)
        self.batches: list[_Touches] = []

    def routes(self) -> Routes:
        """Draw visits until every ticket is resolved for good, and lay the stages out by ticket."""
        active = np.arange(len(self.key))
        while len(active):
            here = [active[self.tier[active] == tier] for tier in range(len(TIERS))]
            going_on = [self._visit(tier, tickets) for tier, tickets in enumerate(here) if len(tickets)]
            active = np.concatenate(going_on)
        offset = np.concatenate(([0], np.cumsum(self.stages)))
        routes = Routes(
            offset,
            np.empty(offset[-1], dtype=np.int8),
            np.empty(offset[-1], dtype=np.int64),
            np.empty(offset[-1], dtype=np.int8),
            np.empty(offset[-1], dtype=np.int64),
        )
        for batch in self.batches:
            row = offset[batch.ticket] + batch.position
            routes.tier[row] = batch.tier
            routes.work_ms[row] = batch.work_ms
            routes.next[row] = batch.next
            routes.delay_ms[row] = batch.delay_ms
        return routes

    def _visit(self, tier: int, tickets: Indices) -> Indices:
        """Let ``tickets`` visit ``tier`` once; return those with another visit to come."""
        name, stated = TIERS[tier], self._work_of(tier)
        key, nth = self.key[tickets], self.been_there[tier, tickets]
        draw = self.streams.uniform
        leaves = self._leaves(tier, stated, tickets, draw(f"{name}.leaves", key, nth))

        handle_ms = duration_by_category(
            stated.handle, self.plan.categories, self.category[tickets], draw(f"{name}.handle", key, nth)
        )
        handle_ms *= self.factor[tickets]
        handle_ms *= handle_factor(self.scenario, self.plan, name, self.category[tickets], self.created_ms[tickets])
        handle_ms[leaves == Next.ESCALATE] *= stated.before_escalation
        work_ms = whole_ms(handle_ms)

        asks = draw(f"{name}.asks", key, nth) < self._share(stated.asks_customer, tickets)
        needs_fix = np.zeros(len(tickets), dtype=np.bool_)
        if stated.needs_fix is not None:
            share = share_at(stated.needs_fix.share, self.since_start_ms[tickets])
            needs_fix = (leaves == Next.RESOLVE) & (draw(f"{name}.needs_fix", key, nth) < share)
        work_ms = self._ask(tier, stated, tickets, work_ms, asks)
        work_ms = self._order_fix(tier, stated, tickets, work_ms, needs_fix)
        return self._leave(tier, tickets, work_ms, leaves)

    def _work_of(self, tier: int) -> TierWork:
        stated: TierWork | None = getattr(self.work, TIERS[tier])
        if stated is None:
            raise ValueError(f"tickets reach {TIERS[tier]}, expected work.{TIERS[tier]} to say what it takes")
        return stated

    def _share(self, shares: dict[str, ShareOverTime], tickets: Indices) -> NDArray[np.float64]:
        return share_by_category(shares, self.plan.categories, self.category[tickets], self.since_start_ms[tickets])

    def _leaves(self, tier: int, stated: TierWork, tickets: Indices, uniform: NDArray[np.float64]) -> NDArray[np.int8]:
        """Return how each visit ends, `Next`; the last visit that is allowed resolves."""
        leaves = np.full(len(tickets), Next.RESOLVE, dtype=np.int8)
        may_go_on = self.visits[tickets] + 1 < self.work.visits
        escalates = self._share(stated.escalates, tickets) if tier + 1 < len(TIERS) else np.zeros(len(tickets))
        hands_back = self._share(stated.hands_back, tickets) if tier else np.zeros(len(tickets))
        leaves[may_go_on & (uniform < escalates + hands_back)] = Next.HAND_BACK
        leaves[may_go_on & (uniform < escalates)] = Next.ESCALATE
        return leaves

    def _ask(
        self, tier: int, stated: TierWork, tickets: Indices, work_ms: NDArray[np.int64], asks: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Record the halves that end with a question; return the work that is left of each visit."""
        asking = tickets[asks]
        uniform = self.streams.uniform(f"{TIERS[tier]}.reply", self.key[asking], self.been_there[tier, asking])
        reply_ms = whole_ms(quantile(self.work.customer_reply, uniform))
        rest_ms = self._first_half(tier, asking, work_ms[asks], Next.ASK_CUSTOMER, reply_ms)
        work_ms[asks] = rest_ms + stated.per_reply
        return work_ms

    def _order_fix(
        self, tier: int, stated: TierWork, tickets: Indices, work_ms: NDArray[np.int64], needs_fix: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Record the halves that end with a fix ordered; return the work that is left of each visit."""
        if stated.needs_fix is None:
            return work_ms
        ordering = tickets[needs_fix]
        uniform = self.streams.uniform(f"{TIERS[tier]}.fix", self.key[ordering], self.been_there[tier, ordering])
        fix_ms = whole_ms(quantile(stated.needs_fix.takes, uniform))
        work_ms[needs_fix] = self._first_half(tier, ordering, work_ms[needs_fix], Next.FIX, fix_ms)
        return work_ms

    def _first_half(
        self, tier: int, tickets: Indices, work_ms: NDArray[np.int64], ends_with: Next, delay_ms: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        half_ms = np.maximum(work_ms // 2, 1)
        self._record(tier, tickets, half_ms, np.full(len(tickets), ends_with, dtype=np.int8), delay_ms)
        return np.maximum(work_ms - half_ms, 1)

    def _leave(self, tier: int, tickets: Indices, work_ms: NDArray[np.int64], leaves: NDArray[np.int8]) -> Indices:
        """Record the touch that ends the visit; send the tickets on and return those that go on."""
        reopens, delay_ms = self._reopens(tier, tickets, leaves)
        self._record(tier, tickets, work_ms, leaves, delay_ms)
        self.been_there[tier, tickets] += 1
        self.visits[tickets] += 1
        self.factor[tickets] = np.where(leaves == Next.HAND_BACK, self.work.handed_back_work, 1.0)
        self.tier[tickets] += (leaves == Next.ESCALATE).astype(np.int8) - (leaves == Next.HAND_BACK).astype(np.int8)
        again = tickets[reopens]
        self.resolutions[again] += 1
        self.visits[again] = 0
        if self.work.reopen is not None:
            self.factor[again] = self.work.reopen.work
            if self.work.reopen.to == "entry":
                self.tier[again] = self.entry[again]
        going_on: Indices = tickets[reopens | (leaves != Next.RESOLVE)]
        return going_on

    def _reopens(
        self, tier: int, tickets: Indices, leaves: NDArray[np.int8]
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return which visits resolve a ticket that comes back, and after how long (0 for the others)."""
        delay_ms = np.zeros(len(tickets), dtype=np.int64)
        reopen, name = self.work.reopen, TIERS[tier]
        stated = None if reopen is None else reopen.share.get(name, reopen.share.get("default"))
        if reopen is None or stated is None:
            return np.zeros(len(tickets), dtype=np.bool_), delay_ms
        nth = self.resolutions[tickets]
        share = share_at(stated, self.since_start_ms[tickets])
        comes_back = self.streams.uniform("reopen", self.key[tickets], nth) < share
        comes_back &= (leaves == Next.RESOLVE) & (nth < reopen.at_most)
        after = self.streams.uniform("reopen.after", self.key[tickets[comes_back]], nth[comes_back])
        delay_ms[comes_back] = whole_ms(quantile(reopen.after, after))
        return comes_back, delay_ms

    def _record(
        self,
        tier: int,
        tickets: Indices,
        work_ms: NDArray[np.int64],
        ends_with: NDArray[np.int8],
        delay_ms: NDArray[np.int64],
    ) -> None:
        tiers = np.full(len(tickets), tier, dtype=np.int8)
        # The work array lives on as the rest of the visit, so the batch keeps its own.
        batch = _Touches(tickets, self.stages[tickets], tiers, work_ms.copy(), ends_with, delay_ms)
        self.batches.append(batch)
        self.stages[tickets] += 1
