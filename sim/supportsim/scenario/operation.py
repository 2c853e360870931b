"""The schema of the work: what tickets cost, and who takes what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from supportsim.scenario.common import (
    DurationByCategory,
    Priority,
    ShareByCategory,
    ShareByTier,
    Tier,
    VaryingShare,
    constant,
    for_all,
)
from supportsim.scenario.distributions import DurationDistribution, Model
from supportsim.scenario.units import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    BusinessDays,
    Duration,
    Promise,
    Share,
    Switch,
    Whole,
)


class Fix(Model):
    """Problems that engineering must fix before they can be closed."""

    share: VaryingShare
    """Share of the visits that need one."""
    takes: DurationDistribution
    """From the end of the first half of the visit until the fix is there; nobody is blocked meanwhile."""


class ThirdParty(Model):
    """Problems for which somebody outside must answer first: a supplier, a bank, another department.

    Example:
        work:
          L2: {needs_third_party: {share: 15%, takes: {lognormal: {mean: 2 days, cv: 1}}}}
        sla:
          resolution: {P3: 24 h}
          pauses: [pending_customer, third_party]
    """

    share: VaryingShare
    """Share of the visits that need one."""
    takes: DurationDistribution
    """From the end of the first half of the visit until the answer is there."""


class Attempts(Model):
    """Solutions that turn out not to work. The customer says so, ``customer_reply`` later, and the next is tried.

    Example:
        work:
          L1: {attempts: {fails: 20%, at_most: 2, work: 50%}}
    """

    fails: VaryingShare
    """Share of the attempts, first or later, that fail, of visits that would resolve."""
    at_most: Annotated[Whole, Field(ge=1, le=20)] = 2
    """After so many failures the ticket is escalated; where it cannot be, the last attempt works."""
    work: Share = 0.5
    """Hands-on time of each further attempt, and of the escalation, relative to the visit's."""


class TierWork(Model):
    """What a visit to one tier costs and where it leads."""

    handle: DurationByCategory
    """Hands-on time of a whole visit, wrap-up included."""
    escalates: ShareByCategory = Field(default_factory=lambda: for_all(0))
    """Share of the visits that end with the next tier up."""
    before_escalation: Share = 1.0
    """The share of a visit's work that is spent before it escalates."""
    hands_back: ShareByCategory = Field(default_factory=lambda: for_all(0))
    """Share of the visits that end with the tier below."""
    asks_customer: ShareByCategory = Field(default_factory=lambda: for_all(0))
    """Share of the visits that are split in two halves by a question to the customer."""
    per_reply: Duration = 0
    """Extra work when the answer comes."""
    needs_fix: Fix | None = None
    """Problems that engineering must fix before they can be closed (default: none)."""
    needs_third_party: ThirdParty | None = None
    """Problems for which somebody outside must answer first (default: none)."""
    attempts: Attempts | None = None
    """Solutions that turn out not to work (default: the first one works)."""


class FollowUp(Model):
    """Customers who do not answer are asked again, and in the end their ticket is closed.

    Example:
        work:
          L1: {asks_customer: 30%}
          follow_up: {every: 2 days, times: 2, work: 1 min, never_answers: 5%}
    """

    every: Duration = 2 * DAY_MS
    """How long an answer is waited for until the next step."""
    times: Annotated[Whole, Field(ge=0, le=20)] = 2
    """So often is asked again; after the last time and another ``every`` the ticket is closed without an answer."""
    work: Duration = MINUTE_MS
    """Hands-on time to ask again."""
    never_answers: Share = 0.0
    """Share of the questions that customers never answer, besides those whose ``customer_reply`` comes too late."""


class Reopen(Model):
    """Resolved tickets that come back."""

    share: ShareByTier
    """Share of the resolved, for all or by the tier that resolved."""
    after: DurationDistribution = Field(default_factory=lambda: constant(DAY_MS))
    """How long after the resolution they come back."""
    to: Literal["resolver", "entry"] = "resolver"
    """The tier that gets it: the one that resolved it, or where the category enters."""
    work: Share = 0.5
    """Hands-on time relative to a fresh visit."""
    at_most: Annotated[Whole, Field(ge=1, le=50)] = 3
    """How often one ticket comes back at most."""


class ContextLost(Model):
    """What the customer had said does not travel with the ticket: the next tier has to ask again.

    Example:
        work:
          handover: {reading_in: 3 min, context_lost: {share: 25%, work: 5 min}}
    """

    share: Share
    """Share of the escalations and hand-backs."""
    work: Duration = 5 * MINUTE_MS
    """Hands-on time to find that out and to ask; the visit begins when the customer has answered."""


class Handover(Model):
    """The price of context lost."""

    reading_in: Duration = 0
    """Hands-on time a new agent spends reading a ticket that somebody else has touched."""
    context_lost: ContextLost | None = None
    """What the customer had said does not travel with the ticket (default: it always does)."""


class Work(Model):
    """What agents do with a ticket, tier by tier."""

    L1: TierWork | None = None
    """The first tier."""
    L2: TierWork | None = None
    """The second tier."""
    L3: TierWork | None = None
    """The third tier."""
    first_reply: Duration = 3 * MINUTE_MS
    """Working time into the first touch at which the customer of a deferrable ticket first hears from a person."""
    customer_reply: DurationDistribution = Field(default_factory=lambda: constant(5 * HOUR_MS))
    """How long customers take to answer a question."""
    follow_up: FollowUp | None = None
    """Customers who do not answer are asked again (default: all answer in the end)."""
    update: Duration = 0
    """Hands-on time of a word to the customer while engineering or somebody outside has the ticket. It falls due each
    time when three quarters of what ``sla.updates`` allows have passed (elapsed time); 0: nobody writes."""
    reopen: Reopen | None = None
    """Resolved tickets that come back (default: none)."""
    handed_back_work: Share = 0.5
    """Hands-on time of a visit after a hand-back, relative to a fresh one."""
    visits: Annotated[Whole, Field(ge=1, le=50)] = 6
    """A ticket visits tiers at most so often between two resolutions; the last visit resolves it."""
    handover: Handover = Field(default_factory=Handover)
    """The price of context lost."""


class Fallback(Model):
    """Who else may take what waits too long."""

    team: str
    """A name of ``teams``."""
    after: Duration = 0
    """Wait in the queue after which the team may take it too. A ticket that then waits for one person (``assignment``)
    is not offered to it, not even once that person lets it go (``owner_waits``)."""


class AtShiftEnd(Model):
    """What happens to work in hand when an agent's time ends, at shift end and before breaks and meetings."""

    live: Literal["finish"] = "finish"
    """A live contact is always finished, as overtime if need be."""
    deferrable: Literal["suspend", "finish"] = "suspend"
    """Set aside and resume later, or finish as overtime, as far as the team's ``overtime.at_most`` allows."""
    grace: Duration = 0
    """Deferrable work with at most this much left is finished even so."""


class Aging(Model):
    """Waiting makes tickets more urgent.

    Example:
        calendars: {office: {mon-fri: "09:00-17:00"}}
        sla: {calendar: office, response: {P3: 4 h}}
        demand: {categories: {general: {share: 100%, priority: {P3: 60%, P4: 40%}}}}
        routing:
          aging: {every: 8 h, counts: sla_hours}
    """

    every: Annotated[Duration, Field(gt=0)]
    """Each time a ticket has waited so long in a queue it rises; a new wait begins anew."""
    counts: Literal["elapsed", "sla_hours"] = "elapsed"
    """How the wait is counted: nights and weekends too, or only the hours of the calendar of the ticket's SLA clock."""
    raises: Annotated[Whole, Field(ge=1, le=4)] = 1
    """By how many priorities, up to that of P1. With an order that knows no priorities it then goes before all others
    that have not waited so long."""


class Swarm(Model):
    """Several people work on one deferrable ticket together.

    Whoever takes the ticket is joined at once by others who have nothing in hand and may take it, the next in line
    first, up to ``agents`` altogether. Who gets free later does not join. All are released together, when the work is
    done or set aside; who helps and has to go, at a break, at the end of the shift or to another team (playbooks),
    leaves before. The work is done at the speed of the one who took the ticket, times 1 + ``each_adds`` x the number
    of helpers; only that one reads in. With ``blending`` that one may have chats beside it, which slow all of it down;
    those who help take nothing beside. With ``preempt`` a ticket that may interrupt the work takes a helper first, if
    one may take it, and the others go on. Calls and chats, follow-ups, updates, merges and the short touches of an
    incident are nobody's swarm.

    Example:
        demand: {categories: {general: {share: 100%, priority: {P1: 5%, P3: 95%}}}}
        routing:
          swarm: {agents: 3, each_adds: 60%, priorities: [P1]}
    """

    agents: Annotated[Whole, Field(ge=2, le=50)]
    """How many work on it together at most."""
    each_adds: Annotated[Share, Field(gt=0)]
    """What each further person adds to the speed of one: with ``75%`` three are 2.5 times as fast as one, with
    ``100%`` as fast as three apart."""
    priorities: Annotated[tuple[Priority, ...], Field(min_length=1)] = ("P1",)
    """Whose tickets."""
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)] = ("L1", "L2", "L3")
    """At which tiers."""


class Routing(Model):
    """Who takes what next."""

    order: Literal["fifo", "priority", "earliest_due", "shortest_first"] = "priority"
    """fifo: longest wait first; priority: P1 before P2 and so on, longest wait first inside a class; earliest_due: what
    falls due first by the promises (the response until somebody begins, then the resolution; pauses left out);
    shortest_first: the least work first, as people do who pick the easy ones."""
    aging: Aging | None = None
    """Tickets rise while they wait (default: they do not)."""
    assignment: Literal["shared_queue", "round_robin", "least_loaded", "same_agent"] = "shared_queue"
    """Whose deferrable tickets are. shared_queue: whoever is free takes the best one. round_robin, least_loaded: each
    goes at once to a person who is there, the next in turn or the one who owns fewest, and waits for that person, who
    keeps it when it comes back. same_agent: whoever takes it first keeps it. Live contacts, and tickets that may set
    work aside or that somebody is called out for (``on_call``), are always anyone's. A ticket whose owner leaves for
    longer than ``reassign_after`` is given on."""
    owner_waits: Duration | None = None
    """With ``same_agent``: how long a returned ticket waits for its owner before anyone may take it (default: for as
    long as the owner is there or back within ``reassign_after``)."""
    owns_at_most: Annotated[Whole, Field(ge=1, le=10_000)] | None = None
    """How many deferrable tickets one person may own at once, in hand, set aside or assigned (default: any number)."""
    preempt: tuple[Literal[Priority, "live"], ...] = ()
    """Whose tickets set deferrable work aside if nobody is free: priorities from P1 down, and ``live`` contacts. The
    lowest priority is set aside, of that the latest begun; anyone goes on with it later, after reading in."""
    swarm: Swarm | None = None
    """Several people work on one ticket together (default: each alone)."""
    live_first: bool = False
    """Live contacts are answered before deferrable work of any priority; among themselves they go by ``order``."""
    seniority: Literal["wait", "ticket"] = "wait"
    """What counts as waiting inside a class: since the present wait began, or since the ticket was created."""
    pick: Literal["longest_idle", "fewest_skills", "best_skill"] = "longest_idle"
    """Which free agent gets a new ticket. best_skill: the fastest at its skill just then, by proficiency, the person's
    own speed and how new the person is. Who is alike in that is picked by fewest contacts in hand (most, with
    ``next_chat: busiest``), then longest idle."""
    next_chat: Literal["emptiest", "busiest"] = "emptiest"
    """Where an agent may hold several contacts: whether the next one goes to who has fewest in hand, or most, of those
    who may take it."""
    blending: Switch = False
    """Whether an agent may work on a deferrable ticket beside live contacts, one at a time. Without it an agent with
    live contacts in hand takes nothing deferrable, and the other way round."""
    fallback: dict[str, dict[Tier, Fallback]] = Field(default_factory=dict)
    """By skill and tier."""
    at_shift_end: AtShiftEnd = Field(default_factory=AtShiftEnd)
    """What happens to work in hand when an agent's time ends."""
    reassign_after: Promise = BusinessDays(1)
    """Work set aside waits for its agent who is back within this time; else anyone may go on with it."""
