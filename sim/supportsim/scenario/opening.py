"""The schema of how a simulation opens: with work on hand."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from supportsim.scenario.common import OneOrMore, Priority, Tier
from supportsim.scenario.distributions import Distribution, DurationDistribution, Model
from supportsim.scenario.units import DAY_MS, MINUTE_MS, WEEK_MS, Duration, Whole

USUAL_OLDEST_MS = 8 * WEEK_MS


class OnHand(Model):
    """Tickets that are open when the simulation begins, at the start of the warm-up, and that nobody has begun.

    ``period.warm_up`` has to be stated beside it: 0 where the judged period shall begin with them.

    Their SLA clocks have been running for their age. They were created before the judged period, so no promise, wait or
    other metric of tickets by their creation counts them; but they are in the way: people work on them, and the backlog
    has them until they are resolved.

    Example:
        start:
          backlog:
            - {tickets: 40, age: {exponential: {mean: 2 days}}}
            - {tickets: 6, age: 9 days, tier: L2, priority: P2, oldest: 3 weeks}
    """

    tickets: Annotated[Whole, Field(ge=1, le=1_000_000)]
    """How many, in every replication."""
    age: DurationDistribution
    """How long ago they were created."""
    oldest: Duration | None = None
    """What is older counts as this old (default: the largest age that can be, or 8 weeks where there is none)."""
    category: str | None = None
    """What they are about (default: as new contacts are)."""
    priority: Priority | None = None
    """Their priority (default: as their category says)."""
    segment: str | None = None
    """Whose they are (default: as new contacts are)."""
    channel: str | None = None
    """On which they came (default: the first on which nobody waits on the line)."""
    tier: Tier | None = None
    """Where they wait (default: where their category enters)."""


class Opening(Model):
    """How the simulation begins; without it the first day finds an empty desk."""

    backlog: Annotated[tuple[OnHand, ...], OneOrMore()] = ()
    """Work on hand, of one kind or a list of several."""


def oldest_ms(stated: OnHand) -> int:
    """Return the largest age that a ticket may have, in milliseconds."""
    largest_ms = _largest_ms(stated.age)
    if stated.oldest is None:
        return USUAL_OLDEST_MS if largest_ms is None else max(largest_ms, 1)
    return stated.oldest if largest_ms is None else max(min(largest_ms, stated.oldest), 1)


def lead_ms(opening: Opening) -> int:
    """Return how long before the warm-up time begins, in whole days, so that all tickets on hand are created in it."""
    return -(-max(map(oldest_ms, opening.backlog), default=0) // DAY_MS) * DAY_MS


def _largest_ms(age: Distribution) -> int | None:
    for bounded in (age.uniform, age.triangular):
        if bounded is not None:
            return bounded.high
    if age.empirical is not None:
        return round(max(age.empirical.minutes, default=0) * MINUTE_MS)
    return None if age.constant is None else age.constant.value
