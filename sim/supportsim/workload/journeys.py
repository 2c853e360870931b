"""Journeys: the route of every ticket through the tiers, drawn before anyone works on it.

All tickets take their next visit together; the loop is over visits, not over tickets.
Draws are keyed by (contact, tier, how often it has been there), so that a change of one
tier's parameters leaves what happens at the others as it is.

A visit is one touch, or several:

- the customer is asked: half of the work, the reply, the other half plus ``per_reply``;
- somebody outside must answer: half, the answer, the other half;
- engineering must fix it (visits that resolve): half, the fix, the other half;
- several of these: half, the reply, then half of what is left, the answer, and so on;
- the solution does not work: all of that, the customer's word, and another attempt or the escalation;
- what the customer had said got lost on the way to this tier: a touch before all others that asks for it again.

A customer who does not answer is asked again and in the end the ticket is closed, which ends the journey.
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
from supportsim.workload.incidents import Links
from supportsim.workload.model import Next
from supportsim.workload.streams import Streams

Indices = NDArray[np.int64]
GOES_ON = {Next.FIX: Next.FIX_GOES_ON, Next.THIRD_PARTY: Next.THIRD_PARTY_GOES_ON}
MOST_UPDATES = 1_000
"""Nobody writes more often while others have a ticket."""
MOST_VISITS = 5_000
"""No ticket visits a tier so often: at most 50 times between two of at most 51 resolutions."""


@dataclass(frozen=True)
class Routes:
    """Stages of T tickets as ragged arrays; see `workload.model.Tickets` for the columns, ``moved_stage`` too."""

    offset: NDArray[np.int64]
    tier: NDArray[np.int8]
    work_ms: NDArray[np.int64]
    next: NDArray[np.int8]
    delay_ms: NDArray[np.int64]
    moved_stage: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class _Touches:
    """A batch of stages of distinct tickets: all their n-th ones, n differing by ticket."""

    ticket: Indices
    position: NDArray[np.int64]
    tier: NDArray[np.int8]
    work_ms: NDArray[np.int64]
    next: NDArray[np.int8]
    delay_ms: NDArray[np.int64]


def entry_tier(
    scenario: Scenario, streams: Streams, key: NDArray[np.uint64], category: NDArray[np.int16]
) -> NDArray[np.int8]:
    """Return the tier (0 for L1) that first sees each ticket, int8 (T,); obvious cases go straight to a higher one."""
    kinds = list(scenario.demand.categories.values())
    entry = np.array([TIERS.index(stated.enters) for stated in kinds], dtype=np.int8)[category]
    for code, stated in enumerate(kinds):
        if stated.straight_to:
            of_it = np.flatnonzero(category == code)
            uniform = streams.uniform("straight_to", key[of_it])
            passed = 0.0
            for tier, share in stated.straight_to.items():
                entry[of_it[(uniform >= passed) & (uniform < passed + share)]] = TIERS.index(tier)
                passed += share
    return entry


@dataclass(frozen=True)
class Unusual:
    """What sets tickets (T,) apart from those that come, are worked on and are done with; None where nobody is.

    Args:
        again: bool (T,), second tickets about the same problem, which are merged in their only touch, where they enter.
        links: tickets about an incident, which have one short touch there, behind their route if the incident is not
            known when they are created.
        owed_every_ms: int64 (T,), how often the customer is owed a word while engineering or somebody outside has the
            ticket; 0: never.
        moves: bool (T, 3), the tiers to which their clocks may take them. They get what they need there, and from there
            on, behind their route: the work and outcome that they would have met had the tier below escalated them in
            their first visit.
        waits_at: int8 (T,), the tier at which those on hand wait already; -1 for those that enter as usual.
        fix_tier: int8 (T,), where engineering works on an incident, in one touch; -1 for other tickets.
        fix_ms: int64 (T,), that touch.
    """

    again: NDArray[np.bool_] | None = None
    links: Links | None = None
    owed_every_ms: NDArray[np.int64] | None = None
    moves: NDArray[np.bool_] | None = None
    waits_at: NDArray[np.int8] | None = None
    fix_tier: NDArray[np.int8] | None = None
    fix_ms: NDArray[np.int64] | None = None


def draw_routes(
    scenario: Scenario,
    plan: Plan,
    streams: Streams,
    key: NDArray[np.uint64],
    category: NDArray[np.int16],
    created_ms: NDArray[np.int64],
    unusual: Unusual,
) -> Routes:
    """Draw the stages of all tickets.

    Shares that change over time are those of the ticket's creation. The visit that follows a hand-back or a reopening
    costs the stated part of a fresh one; later visits are fresh. Nothing is escalated from L3 or handed back from L1.

    Raises:
        ValueError: tickets reach a tier whose work is not stated.
    """
    journey = _Journey(scenario, plan, streams, key, category, created_ms)
    links, moves, fix_tier, fix_ms = unusual.links, unusual.moves, unusual.fix_tier, unusual.fix_ms
    if unusual.waits_at is not None:
        journey.enter_at(np.flatnonzero(unusual.waits_at >= 0), unusual.waits_at)
    if unusual.owed_every_ms is not None:
        journey.owed_every_ms = unusual.owed_every_ms
    again = np.zeros(len(key), dtype=np.bool_) if unusual.again is None else unusual.again
    merge = scenario.demand.duplicates.merge if scenario.demand.duplicates is not None else 0
    journey.only(np.flatnonzero(again), Next.MERGE, np.full(len(key), max(merge, 1), dtype=np.int64))
    usual = ~again
    if fix_tier is not None and fix_ms is not None:
        fixes = np.flatnonzero(fix_tier >= 0)
        journey.entry[fixes] = fix_tier[fixes]
        journey.only(fixes, Next.RESOLVE, fix_ms)
        usual[fixes] = False
    if links is None:
        journey.visit_all(np.flatnonzero(usual))
        return journey.routes(moves)
    linked, at_once = (links.incident >= 0) & ~again, links.from_start & ~again
    journey.only(np.flatnonzero(at_once), Next.LINK, links.touch_ms)
    journey.visit_all(np.flatnonzero(usual & ~at_once))
    journey.only(np.flatnonzero(linked & ~at_once), Next.LINK, links.touch_ms)
    return journey.routes(moves)


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
        self.entry = entry_tier(scenario, streams, key, category)
        self.tier = self.entry.copy()
        self.factor = np.ones(len(key))
        self.been_there = np.zeros((len(TIERS), len(key)), dtype=np.int16)
        self.visits = np.zeros(len(key), dtype=np.int16)
        self.resolutions = np.zeros(len(key), dtype=np.int16)
        self.lost = np.zeros(len(key), dtype=np.bool_)
        self.owed_every_ms = np.zeros(len(key), dtype=np.int64)
        self.stages = np.zeros(len(key), dtype=np.int64)
        self.batches: list[_Touches] = []

    def enter_at(self, tickets: Indices, tier: NDArray[np.int8]) -> None:
        """Have these tickets wait at tiers (T,), those below behind them."""
        self.entry[tickets] = self.tier[tickets] = tier[tickets]
        self.been_there[:, tickets] = np.arange(len(TIERS))[:, None] < tier[tickets]

    def visit_all(self, active: Indices) -> None:
        """Draw visits until every one of these tickets is resolved for good."""
        while len(active):
            here = [active[self.tier[active] == tier] for tier in range(len(TIERS))]
            going_on = [self._visit(tier, tickets) for tier, tickets in enumerate(here) if len(tickets)]
            active = np.concatenate(going_on)

    def only(self, tickets: Indices, ends_with: Next, work_ms: NDArray[np.int64]) -> None:
        """Record a touch of ``work_ms`` (T,) where each of these tickets enters."""
        for tier in range(len(TIERS)):
            here = tickets[self.entry[tickets] == tier]
            if len(here):
                how, nothing = np.full(len(here), ends_with, dtype=np.int8), np.zeros(len(here), dtype=np.int64)
                self._record(tier, here, work_ms[here], how, nothing)

    def from_tier(self, tier: int, tickets: Indices) -> None:
        """Draw the visits of these tickets from their first one to a tier on, behind what they have."""
        self.tier[tickets] = tier
        self.factor[tickets] = 1.0
        self.been_there[:, tickets] = (np.arange(len(TIERS)) < tier)[:, None]
        self.visits[tickets] = 1
        self.resolutions[tickets] = 0
        self.lost[tickets] = False
        self.visit_all(tickets)

    def routes(self, moves: NDArray[np.bool_] | None) -> Routes:
        """Lay the stages out by ticket, and behind them those of tickets moved to tiers (T, 3)."""
        moved = None if moves is None else np.full(moves.shape, -1, dtype=np.int64)
        if moves is not None and moved is not None:
            for tier in range(len(TIERS)):
                its = np.flatnonzero(moves[:, tier])
                moved[its, tier] = self.stages[its]
                self.from_tier(tier, its)
        offset = np.concatenate(([0], np.cumsum(self.stages)))
        if moved is not None:
            moved += np.where(moved >= 0, offset[:-1, None], 0)
        routes = Routes(
            offset,
            np.empty(offset[-1], dtype=np.int8),
            np.empty(offset[-1], dtype=np.int64),
            np.empty(offset[-1], dtype=np.int8),
            np.empty(offset[-1], dtype=np.int64),
            moved,
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

        visit_ms, failures = work_ms.copy(), self._failures(tier, stated, tickets, leaves)
        asks = draw(f"{name}.asks", key, nth) < self._share(stated.asks_customer, tickets)
        needs_fix = np.zeros(len(tickets), dtype=np.bool_)
        if stated.needs_fix is not None:
            share = share_at(stated.needs_fix.share, self.since_start_ms[tickets])
            needs_fix = (leaves == Next.RESOLVE) & (draw(f"{name}.needs_fix", key, nth) < share)
        there = ~self._ask_again(tier, tickets)
        there &= ~self._ask(tier, stated, tickets, work_ms, asks & there)
        self._wait_outside(tier, stated, tickets, work_ms, there)
        self._order_fix(tier, stated, tickets, work_ms, needs_fix & there)
        there &= ~self._try_again(tier, stated, tickets, work_ms, visit_ms, failures * there)
        return self._leave(tier, tickets[there], work_ms[there], leaves[there])

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

    def _failures(self, tier: int, stated: TierWork, tickets: Indices, leaves: NDArray[np.int8]) -> NDArray[np.int64]:
        """Return how many attempts of each visit fail; visits that run out of attempts escalate if they can."""
        failures = np.zeros(len(tickets), dtype=np.int64)
        attempts = stated.attempts
        if attempts is None:
            return failures
        share = share_at(attempts.fails, self.since_start_ms[tickets])
        failing = leaves == Next.RESOLVE
        for attempt in range(attempts.at_most):
            failing &= self._uniform(tier, "fails", tickets, attempt) < share
            failures += failing
        may_escalate = (self.visits[tickets] + 1 < self.work.visits) & (tier + 1 < len(TIERS))
        leaves[failing & may_escalate] = Next.ESCALATE
        failures[failing & ~may_escalate] -= 1
        return failures

    def _ask_again(self, tier: int, tickets: Indices) -> NDArray[np.bool_]:
        """Record touches that ask again for what got lost on the way; return which customers never answer."""
        lost, silent = self.lost[tickets], np.zeros(len(tickets), dtype=np.bool_)
        stated = self.work.handover.context_lost
        if stated is not None and lost.any():
            self.lost[tickets] = False
            work_ms = np.full(int(lost.sum()), max(stated.work, 1), dtype=np.int64)
            silent[lost] = self._question(tier, tickets[lost], work_ms, "lost.reply")
        return silent

    def _ask(
        self, tier: int, stated: TierWork, tickets: Indices, work_ms: NDArray[np.int64], asks: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Record the halves that end with a question, leave the rest of the work; return who never answers."""
        half_ms = np.maximum(work_ms[asks] // 2, 1)
        work_ms[asks] = np.maximum(work_ms[asks] - half_ms, 1) + stated.per_reply
        silent = np.zeros(len(tickets), dtype=np.bool_)
        silent[asks] = self._question(tier, tickets[asks], half_ms, "reply")
        return silent

    def _question(
        self, tier: int, tickets: Indices, touch_ms: NDArray[np.int64], stream: str, attempt: int = 0
    ) -> NDArray[np.bool_]:
        """Record touches that end with a question, and the follow-ups until the answer; return who never answers."""
        reply_ms = whole_ms(quantile(self.work.customer_reply, self._uniform(tier, stream, tickets, attempt)))
        silent = np.zeros(len(tickets), dtype=np.bool_)
        stated = self.work.follow_up
        if stated is None:
            self._record(tier, tickets, touch_ms, np.full(len(tickets), Next.ASK_CUSTOMER, dtype=np.int8), reply_ms)
            return silent
        never = self._uniform(tier, f"{stream}.never", tickets, attempt) < stated.never_answers
        reply_ms[never] = (stated.times + 2) * stated.every
        waiting = np.arange(len(tickets))
        for asked_again in range(stated.times + 1):
            left_ms = reply_ms[waiting] - asked_again * stated.every
            answers = left_ms <= stated.every
            otherwise = Next.CLOSE if asked_again == stated.times else Next.FOLLOW_UP
            ends_with = np.where(answers, Next.ASK_CUSTOMER, otherwise).astype(np.int8)
            self._record(tier, tickets[waiting], touch_ms, ends_with, np.minimum(left_ms, stated.every))
            waiting = waiting[~answers]
            touch_ms = np.full(len(waiting), max(stated.work, 1), dtype=np.int64)
        silent[waiting] = True
        return silent

    def _wait_outside(
        self, tier: int, stated: TierWork, tickets: Indices, work_ms: NDArray[np.int64], there: NDArray[np.bool_]
    ) -> None:
        """Record the halves that end with somebody outside owing an answer; leave the rest of the work."""
        if stated.needs_third_party is not None:
            share = share_at(stated.needs_third_party.share, self.since_start_ms[tickets])
            waits = there & (self._uniform(tier, "third_party", tickets) < share)
            takes = quantile(stated.needs_third_party.takes, self._uniform(tier, "third_party.takes", tickets[waits]))
            self._first_half(tier, tickets, work_ms, waits, Next.THIRD_PARTY, whole_ms(takes))

    def _order_fix(
        self, tier: int, stated: TierWork, tickets: Indices, work_ms: NDArray[np.int64], needs_fix: NDArray[np.bool_]
    ) -> None:
        """Record the halves that end with a fix ordered; leave the rest of the work."""
        if stated.needs_fix is not None:
            takes = quantile(stated.needs_fix.takes, self._uniform(tier, "fix", tickets[needs_fix]))
            self._first_half(tier, tickets, work_ms, needs_fix, Next.FIX, whole_ms(takes))

    def _first_half(
        self,
        tier: int,
        tickets: Indices,
        work_ms: NDArray[np.int64],
        which: NDArray[np.bool_],
        ends_with: Next,
        delay_ms: NDArray[np.int64],
    ) -> None:
        half_ms = np.maximum(work_ms[which] // 2, 1)
        self._wait_for(tier, tickets[which], half_ms, ends_with, delay_ms)
        work_ms[which] = np.maximum(work_ms[which] - half_ms, 1)

    def _wait_for(
        self, tier: int, tickets: Indices, touch_ms: NDArray[np.int64], ends_with: Next, delay_ms: NDArray[np.int64]
    ) -> None:
        """Record touches after which others have the tickets, and the words owed to customers until they are back."""
        every_ms, left_ms = self.owed_every_ms[tickets], delay_ms.copy()
        for _ in range(MOST_UPDATES):
            owes = (every_ms > 0) & (left_ms > every_ms)
            how = np.where(owes, GOES_ON[ends_with], ends_with).astype(np.int8)
            self._record(tier, tickets, touch_ms, how, np.where(owes, every_ms, left_ms))
            if not owes.any():
                return
            tickets, every_ms, left_ms = tickets[owes], every_ms[owes], (left_ms - every_ms)[owes]
            touch_ms = np.full(len(tickets), self.work.update, dtype=np.int64)
        self._record(tier, tickets, touch_ms, np.full(len(tickets), ends_with, dtype=np.int8), left_ms)

    def _try_again(
        self,
        tier: int,
        stated: TierWork,
        tickets: Indices,
        work_ms: NDArray[np.int64],
        visit_ms: NDArray[np.int64],
        failures: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Record attempts that fail, leave the work of the last touch; return which customers never say so."""
        silent = np.zeros(len(tickets), dtype=np.bool_)
        if stated.attempts is None:
            return silent
        for attempt in range(int(failures.max(initial=0))):
            fails = np.flatnonzero((failures > attempt) & ~silent)
            silent[fails] = self._question(tier, tickets[fails], work_ms[fails], "failed.reply", attempt)
            work_ms[fails] = whole_ms(visit_ms[fails] * np.float64(stated.attempts.work))
        return silent

    def _uniform(self, tier: int, stream: str, tickets: Indices, attempt: int = 0) -> NDArray[np.float64]:
        """Return uniforms keyed by the contact, the tier and how often the ticket has been there."""
        visit = self.been_there[tier, tickets].astype(np.int64)
        return self.streams.uniform(f"{TIERS[tier]}.{stream}", self.key[tickets], visit + MOST_VISITS * attempt)

    def _leave(self, tier: int, tickets: Indices, work_ms: NDArray[np.int64], leaves: NDArray[np.int8]) -> Indices:
        """Record the touch that ends the visit; send the tickets on and return those that go on."""
        reopens, delay_ms = self._reopens(tier, tickets, leaves)
        self.lost[tickets] = self._loses_context(tier, tickets, leaves)
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

    def _loses_context(self, tier: int, tickets: Indices, leaves: NDArray[np.int8]) -> NDArray[np.bool_]:
        stated = self.work.handover.context_lost
        if stated is None:
            return np.zeros(len(tickets), dtype=np.bool_)
        lost: NDArray[np.bool_] = self._uniform(tier, "context_lost", tickets) < stated.share
        lost &= leaves != Next.RESOLVE
        return lost

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
