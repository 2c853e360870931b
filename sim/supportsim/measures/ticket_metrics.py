"""Metrics of tickets. Each function is the formula of the metric of its name, base and count as the catalogue says.

`supportsim.scenario.metrics.METRICS` holds the definitions in words, and tells how
the rows are reduced: shares count, distributions rank.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event
from supportsim.measures.sla import Outcome, Promises
from supportsim.measures.story import Base, Story, base_of_tickets
from supportsim.measures.tables import NEVER
from supportsim.measures.updates import update_outcomes
from supportsim.scenario.units import DAY_MS, MINUTE_MS

REOPEN_LIMIT_MS = 7 * DAY_MS
"""A ticket that comes back within this was not solved at first contact."""

_VISIT_ENDS = (Event.ESCALATED, Event.HANDED_BACK, Event.RESOLVED, Event.PARKED)
"""What somebody's work may end a visit with."""


def response_sla(story: Story) -> Base:
    """1 where the first response kept its promise, among promises judged."""
    return _responses(story, lambda promises: promises.outcome == Outcome.MET)


def severe_response_breach(story: Story) -> Base:
    """1 where it came later than twice the promise, among promises judged."""
    return _responses(story, lambda promises: promises.severe)


def resolution_sla(story: Story) -> Base:
    """1 where the first resolution kept its promise, among promises judged."""
    return _resolutions(story, lambda promises: promises.outcome == Outcome.MET)


def severe_resolution_breach(story: Story) -> Base:
    """1 where it came later than twice the promise, among promises judged."""
    return _resolutions(story, lambda promises: promises.severe)


def reopened_resolution_sla(story: Story) -> Base:
    """1 where a reopening was resolved in time, among reopenings judged."""
    periods = story.periods
    judged = periods.reopened & story.in_window(periods.start_ms) & is_judged(story.resolution)
    return _of_periods(story, judged, story.resolution.outcome == Outcome.MET)


def response_undecided(story: Story) -> Base:
    """1 per response that was neither given nor overdue at the end."""
    return _tickets(story, story.response.outcome == Outcome.UNDECIDED)


def response_excluded(story: Story) -> Base:
    """1 per customer who gave up before the response was due."""
    return _tickets(story, story.response.outcome == Outcome.EXCLUDED)


def resolution_undecided(story: Story) -> Base:
    """1 per resolution that was neither reached nor overdue at the end."""
    return _first_periods(story, Outcome.UNDECIDED)


def resolution_excluded(story: Story) -> Base:
    """1 per customer who gave up before the resolution was due."""
    return _first_periods(story, Outcome.EXCLUDED)


def _warning(promised: str, share: int) -> Callable[[Story], Base]:
    """Return the formula: 1 where more than ``share`` percent of the promise was used, among promises judged."""

    def formula(story: Story) -> Base:
        of = _responses if promised == "response" else _resolutions
        return of(story, lambda promises: 100 * promises.used_ms > share * promises.target_ms)

    return formula


def update_sla(story: Story) -> Base:
    """1 where the customer was never left without a word for longer than promised."""
    outcome = update_outcomes(story)
    return _tickets(story, (outcome == Outcome.MET) | (outcome == Outcome.BREACHED), outcome == Outcome.MET)


def linked_rate(story: Story) -> Base:
    """1 where the ticket was resolved together with its incident, among tickets."""
    return _tickets(story, story.table.arrived, story.table.linked)


def call_back_rate(story: Story) -> Base:
    """1 where the customer took a call-back, among live contacts."""
    return _tickets(story, _live(story), story.table.called_back)


def closed_unanswered_rate(story: Story) -> Base:
    """1 where the ticket was closed for want of an answer, among tickets."""
    return _tickets(story, story.table.arrived, story.table.closed)


def merged_rate(story: Story) -> Base:
    """1 where the ticket was merged into another, among tickets."""
    return _tickets(story, story.table.arrived, story.table.merged)


def service_level(story: Story) -> Base:
    """1 where a live contact was answered within T, among those offered."""
    return _tickets(story, offered(story), answered_within(story))


def service_level_answered(story: Story) -> Base:
    """1 where a live contact was answered within T, among those answered."""
    return _tickets(story, _live(story) & (story.table.first_start_ms != NEVER), answered_within(story))


def asa_minutes(story: Story) -> Base:
    """Creation to answer of answered live contacts."""
    answered = _live(story) & (story.table.first_start_ms != NEVER)
    return _tickets(story, answered, (story.table.first_start_ms - story.table.created_ms) / MINUTE_MS)


def abandonment(story: Story) -> Base:
    """1 where the customer gave up at least once, among live contacts but those who gave up at once."""
    return _tickets(story, _live(story) & ~_gave_up_at_once(story), story.table.first_abandon_ms != NEVER)


def wait_minutes(story: Story) -> Base:
    """Creation to start, or to giving up, or to the end."""
    table = story.table
    wait = (wait_end_ms(story) - table.created_ms) / MINUTE_MS
    return _tickets(story, table.arrived, wait, table.entry_tier, table.first_team)


def wait_served_minutes(story: Story) -> Base:
    """Creation to start of those started."""
    table = story.table
    wait = (table.first_start_ms - table.created_ms) / MINUTE_MS
    return _tickets(story, table.first_start_ms != NEVER, wait, table.entry_tier, table.first_team)


def visit_wait_minutes(story: Story) -> Base:
    """Joining a tier's queue to start of work there, or to giving up, or to the end."""
    visits = story.visits
    at = np.flatnonzero(story.counted[visits.ticket])
    wait = (visits.end_ms[at] - visits.start_ms[at]) / MINUTE_MS
    return base_of_tickets(story, at, visits.ticket[at], wait, visits.tier[at], visits.team[at])


def first_response_minutes(story: Story) -> Base:
    """Creation to first response, elapsed."""
    table = story.table
    elapsed = (table.first_response_ms - table.created_ms) / MINUTE_MS
    return _tickets(story, table.first_response_ms != NEVER, elapsed, table.first_tier, table.response_team)


def first_response_business_minutes(story: Story) -> Base:
    """Creation to first response, on the SLA clock."""
    table = story.table
    used = story.response.used_ms / MINUTE_MS
    return _tickets(story, table.first_response_ms != NEVER, used, table.first_tier, table.response_team)


def resolution_minutes(story: Story) -> Base:
    """Creation to last resolve, elapsed."""
    table = story.table
    elapsed = (table.last_resolve_ms - table.created_ms) / MINUTE_MS
    return _tickets(story, table.last_resolve_ms != NEVER, elapsed, table.resolve_tier, table.resolve_team)


def resolution_business_minutes(story: Story) -> Base:
    """Creation to first resolve, on the SLA clock, pauses left out."""
    periods = story.periods
    resolved = ~periods.reopened & periods.resolved & story.counted[periods.ticket]
    return _of_periods(story, resolved, story.resolution.used_ms / MINUTE_MS)


def fcr(story: Story) -> Base:
    """1 where the first tier solved it alone and for good, among tickets resolved."""
    table = story.table
    first_tier_did = (table.first_resolve_tier == table.first_tier) & (table.escalations_to_resolve == 0)
    return _of_resolved(story, first_tier_did & ~_reopened_soon(story))


def one_touch(story: Story) -> Base:
    """1 where a single touch solved it for good, among tickets resolved."""
    return _of_resolved(story, (story.table.touches_to_resolve == 1) & ~_reopened_soon(story))


def reopen_rate(story: Story) -> Base:
    """1 where the customer came back, among tickets resolved."""
    return _of_resolved(story, story.table.reopens > 0)


def escalation_rate(story: Story) -> Base:
    """1 where a visit ended with the next tier, among visits that ended."""
    return _ended_visits(story, Event.ESCALATED)


def clock_escalation_rate(story: Story) -> Base:
    """1 where the clock took the ticket to a higher tier, among visits that ended so or otherwise."""
    rows = story.rows
    at = np.flatnonzero(np.isin(rows.event, (*_VISIT_ENDS, Event.MOVED_UP)) & story.counted[rows.ticket])
    return base_of_tickets(story, at, rows.ticket[at], rows.event[at] == Event.MOVED_UP, rows.tier[at - 1])


def hand_back_rate(story: Story) -> Base:
    """1 where a visit ended with the tier below, among visits that ended."""
    return _ended_visits(story, Event.HANDED_BACK)


def tickets(story: Story) -> Base:
    """1 per ticket."""
    table = story.table
    return _tickets(story, table.arrived, None, table.entry_tier, table.first_team)


def resolved(story: Story) -> Base:
    """1 per ticket that was resolved and stayed so."""
    table = story.table
    return _tickets(story, table.resolved, None, table.resolve_tier, table.resolve_team)


TICKET_METRICS: dict[str, Callable[[Story], Base]] = {
    formula.__name__: formula
    for formula in (
        response_sla,
        severe_response_breach,
        resolution_sla,
        severe_resolution_breach,
        reopened_resolution_sla,
        response_undecided,
        response_excluded,
        resolution_undecided,
        resolution_excluded,
        service_level,
        service_level_answered,
        asa_minutes,
        abandonment,
        wait_minutes,
        wait_served_minutes,
        visit_wait_minutes,
        first_response_minutes,
        first_response_business_minutes,
        resolution_minutes,
        resolution_business_minutes,
        fcr,
        one_touch,
        reopen_rate,
        escalation_rate,
        clock_escalation_rate,
        hand_back_rate,
        tickets,
        resolved,
        update_sla,
        call_back_rate,
        closed_unanswered_rate,
        merged_rate,
        linked_rate,
    )
} | {
    f"{promised}_warning_{share}": _warning(promised, share)
    for promised in ("response", "resolution")
    for share in (50, 80, 90)
}


def offered(story: Story) -> NDArray[np.bool_]:
    """Tell which live contacts (T,) the service level counts: not who gave up at once, nor who may yet be answered."""
    table, sla = story.table, story.plan.sla
    untouched = (table.first_start_ms == NEVER) & (table.first_abandon_ms == NEVER)
    undecided = untouched & (story.plan.horizon_ms - table.created_ms <= sla.service_level_ms)
    counted: NDArray[np.bool_] = _live(story) & ~_gave_up_at_once(story) & ~undecided
    return counted


def answered_within(story: Story) -> NDArray[np.bool_]:
    """Tell which tickets (T,) were started within T of their creation."""
    table = story.table
    waited_ms = table.first_start_ms - table.created_ms
    within: NDArray[np.bool_] = (table.first_start_ms != NEVER) & (waited_ms <= story.plan.sla.service_level_ms)
    return within


def is_judged(promises: Promises) -> NDArray[np.bool_]:
    """Tell which promises (n,) were kept or broken."""
    judged: NDArray[np.bool_] = (promises.outcome == Outcome.MET) | (promises.outcome == Outcome.BREACHED)
    return judged


def _tickets(
    story: Story,
    chosen: NDArray[np.bool_],
    amount: NDArray[Any] | None = None,
    tier: NDArray[Any] | None = None,
    team: NDArray[Any] | None = None,
) -> Base:
    """Return the ``chosen`` (T,) tickets among those created in the window; without an ``amount``, 1 each."""
    at = np.flatnonzero(chosen & story.counted)
    counts = np.ones(len(at)) if amount is None else amount[at]
    codes = (None if column is None else column[at] for column in (tier, team))
    return base_of_tickets(story, at, at, counts, *codes)


def _of_periods(story: Story, chosen: NDArray[np.bool_], amount: NDArray[Any]) -> Base:
    periods, at = story.periods, np.flatnonzero(chosen)
    return base_of_tickets(story, at, periods.ticket[at], amount[at], periods.tier[at], periods.team[at])


def _of_resolved(story: Story, hit: NDArray[np.bool_]) -> Base:
    """Return tickets resolved at least once, by who first did."""
    periods = story.periods
    chosen = ~periods.reopened & periods.resolved & story.counted[periods.ticket]
    return _of_periods(story, chosen, hit[periods.ticket])


def _first_periods(story: Story, outcome: Outcome) -> Base:
    periods = story.periods
    chosen = ~periods.reopened & story.counted[periods.ticket] & (story.resolution.outcome == outcome)
    return _of_periods(story, chosen, np.ones(len(chosen)))


def _responses(story: Story, hit: Callable[[Promises], NDArray[Any]]) -> Base:
    table = story.table
    tier = np.where(table.first_response_ms != NEVER, table.first_tier, np.int8(NEVER))
    return _tickets(story, is_judged(story.response), hit(story.response), tier, table.response_team)


def _resolutions(story: Story, hit: Callable[[Promises], NDArray[Any]]) -> Base:
    periods = story.periods
    chosen = ~periods.reopened & story.counted[periods.ticket] & is_judged(story.resolution)
    return _of_periods(story, chosen, hit(story.resolution))


def _live(story: Story) -> NDArray[np.bool_]:
    return story.workload.tickets.live & story.table.arrived


def _gave_up_at_once(story: Story) -> NDArray[np.bool_]:
    """Tell which customers (T,) gave up so soon that no rate counts them."""
    waited_ms = story.table.first_abandon_ms - story.table.created_ms
    gave_up = story.table.first_abandon_ms != NEVER
    at_once: NDArray[np.bool_] = gave_up & (waited_ms < story.plan.sla.short_abandon_ms)
    return at_once


def wait_end_ms(story: Story) -> NDArray[np.int64]:
    """Return when each ticket's first wait ended (T,): the start of work, giving up for good, or the horizon."""
    table = story.table
    gave_up_ms = np.where(table.abandoned_ms != NEVER, table.abandoned_ms, story.plan.horizon_ms)
    return np.where(table.first_start_ms != NEVER, table.first_start_ms, gave_up_ms)


def _reopened_soon(story: Story) -> NDArray[np.bool_]:
    table = story.table
    after_ms = table.first_reopen_ms - table.first_resolve_ms
    soon: NDArray[np.bool_] = (table.first_reopen_ms != NEVER) & (after_ms <= REOPEN_LIMIT_MS)
    return soon


def _ended_visits(story: Story, how: Event) -> Base:
    rows = story.rows
    at = np.flatnonzero(np.isin(rows.event, _VISIT_ENDS) & story.counted[rows.ticket])
    # The row before is the work that ended, at the tier where it was done.
    team = story.plan.people.team[rows.agent[at]]
    return base_of_tickets(story, at, rows.ticket[at], rows.event[at] == how, rows.tier[at - 1], team)
