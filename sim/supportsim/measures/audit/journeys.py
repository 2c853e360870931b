"""Rules on the way of a ticket: its states, its route, its queues and its waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.playbooks import called_back
from supportsim.measures.audit.sorting import count_within
from supportsim.workload.model import CALLS_BACK


def arrivals(facts: Facts) -> Iterator[Breach]:
    """Every ticket created before the horizon arrives exactly once, when it is created; no other does."""
    created_ms = facts.workload.tickets.created_ms
    ledger = facts.ledger
    at = np.flatnonzero(facts.history.first & (facts.history.event == Event.TURNED_AWAY))
    row = np.concatenate([np.flatnonzero(ledger.event == Event.ARRIVED), facts.history.row[at]])
    arrived, at_ms = ledger.ticket[row], ledger.time_ms[row]
    times = np.bincount(arrived, minlength=facts.tickets)
    due = (created_ms < facts.horizon_ms).astype(np.int64)
    yield from earliest(
        times != due,
        created_ms,
        np.arange(facts.tickets),
        NOBODY,
        lambda ticket: f"{due[ticket]} arrival(s) of the ticket",
        lambda ticket: f"{times[ticket]}",
    )
    yield from earliest(
        at_ms != created_ms[arrived],
        at_ms,
        arrived,
        NOBODY,
        lambda i: f"the arrival at {created_ms[arrived[i]]} ms",
        lambda i: f"{at_ms[i]} ms",
    )


def life(facts: Facts) -> Iterator[Breach]:
    """Each event of a ticket may follow the one before it; suspended work stays with its owner."""
    history = facts.history
    before = np.where(history.first, 0, np.roll(history.waited_as, 1))
    follows = words.MAY_FOLLOW[before, history.event]
    follows &= ~(words.GOES_ON[history.event] & (history.previous == history.event))
    yield from _rows(
        facts,
        np.where(history.first, ~np.isin(history.event, (Event.ARRIVED, Event.TURNED_AWAY)), ~follows),
        lambda i: (
            "ARRIVED first" if history.first[i] else f"an event that may follow {words.name(history.previous[i])}"
        ),
        lambda i: words.name(history.event[i]),
    )
    owner = np.where(history.first, NOBODY, np.roll(facts.holder, 1))
    goes_on = words.SAME_HOLDER[history.event]
    yield from _rows(
        facts,
        (owner != NOBODY) & ~goes_on & (history.agent != owner),
        lambda i: f"what waits for agent {owner[i]} to stay with that agent until then",
        lambda i: f"{words.name(history.event[i])} with agent {history.agent[i]}",
    )
    changes = np.isin(history.event, (Event.ASSIGNED, Event.LET_GO))
    yield from _rows(
        facts,
        changes & ((owner != NOBODY) == (history.event == Event.ASSIGNED)),
        lambda i: "a ticket that is nobody's" if history.event[i] == Event.ASSIGNED else "a ticket that is somebody's",
        lambda i: words.name(history.event[i]),
    )


def route(facts: Facts) -> Iterator[Breach]:
    """The touches of a ticket are the stages of its route, in order, each ended by what follows it."""
    history, tickets = facts.history, facts.workload.tickets
    yield from _rows(
        facts,
        history.beyond,
        lambda i: f"at most {np.diff(tickets.stage_offset)[history.ticket[i]]} stage(s)",
        lambda i: f"one more, by {words.name(history.event[i])}",
    )
    expected = words.ENDS_BY_NEXT[tickets.stage_next[history.stage_before]]
    if tickets.incident is not None and facts.workload.incidents is not None:
        over_ms = np.append(_over_ms(facts), 0)[tickets.incident[history.ticket]]
        expected = np.where((expected == Event.PARKED) & (history.time_ms >= over_ms), Event.RESOLVED, expected)
    yield from _rows(
        facts,
        words.ENDS_TOUCH[history.event] & (history.event != expected),
        lambda i: f"the stage to end with {words.name(expected[i])}",
        lambda i: words.name(history.event[i]),
    )


def queues(facts: Facts) -> Iterator[Breach]:
    """A ticket waits in the queue that the plan names for its tier, skill and channel."""
    history = facts.history
    joins = words.QUEUES[history.event] & ~words.GOES_ON[history.event]
    stays = np.isin(history.event, (Event.ABANDONED, Event.CALL_BACK, Event.LINKED))
    expected = np.where(stays, np.roll(history.place, 1), facts.queue)
    yield from _rows(
        facts,
        (joins | stays) & (history.place != expected),
        lambda i: f"{words.name(history.event[i])} in queue {expected[i]}",
        lambda i: f"queue {history.place[i]}",
    )


def widening(facts: Facts) -> Iterator[Breach]:
    """A ticket moves on to the wider queue exactly when the fallback delay has passed in the narrow one."""
    history, plan = facts.history, facts.plan
    target = np.array([queue.widens_to for queue in plan.queues], dtype=np.int64)
    delay_ms = np.array([queue.widens_after_ms for queue in plan.queues], dtype=np.int64)
    waits = np.flatnonzero(words.QUEUES[history.event])
    queue = history.place[waits]
    due_ms = history.time_ms[history.joined[waits]] + delay_ms[queue]
    following = np.roll(history.event, -1)[waits]
    ends_ms = history.next_ms[waits]
    # While it waits for one person the offer to others means nothing, and it is not made up for later.
    no_offer = (facts.holder[waits] != NOBODY) | (history.time_ms[waits] > due_ms)
    # An owner who is gone lets go before the offer would be made, and one who was waited for in vain just after it.
    lets_go = (history.event[waits] == Event.LET_GO) & (history.time_ms[waits] == due_ms)
    widened = ~history.last[waits] & (following == Event.WIDENED)
    place_after = np.roll(history.place, -1)[waits]
    right = ~no_offer & (delay_ms[queue] >= 0) & (ends_ms == due_ms) & (place_after == target[queue])
    # Patience that ends at the same instant goes first.
    ends_before = history.last[waits] | (following == Event.ABANDONED) | (following == Event.CALL_BACK)
    in_time = (ends_ms < due_ms) | ((ends_ms == due_ms) & ends_before)
    yield from earliest(
        np.where(widened, ~right, (delay_ms[queue] >= 0) & ~in_time & ~no_offer & ~lets_go),
        np.where(widened, ends_ms, due_ms),
        history.ticket[waits],
        NOBODY,
        lambda i: f"queue {target[queue[i]]} from {due_ms[i]} ms on" if delay_ms[queue[i]] >= 0 else "no widening",
        lambda i: (
            f"queue {place_after[i]} at {ends_ms[i]} ms" if widened[i] else f"queue {queue[i]} until {ends_ms[i]} ms"
        ),
    )


def returns(facts: Facts) -> Iterator[Breach]:
    """Replies, fixes, reopenings and new attempts come exactly when their delay has passed."""
    history, tickets = facts.history, facts.workload.tickets
    stage, ticket = history.stage, history.ticket
    has_more = np.where(history.event == Event.RESOLVED, tickets.stage_delay_ms[stage] > 0, True)
    waits_for = (Event.ASKED, Event.SENT_TO_FIX, Event.REFERRED, Event.RESOLVED, Event.PARKED)
    after_touch = words.events(waits_for)[history.event] & has_more
    gave_up = history.event == Event.ABANDONED
    retry_ms = np.append(tickets.attempt_retry_ms, -1)[np.where(gave_up, history.attempt - 1, -1)]
    delay_ms = np.where(gave_up, retry_ms, tickets.stage_delay_ms[stage])
    comes_back = after_touch | (gave_up & (delay_ms >= 0))
    due_ms = np.where(comes_back, history.time_ms + delay_ms, facts.horizon_ms)
    if tickets.incident is not None and facts.workload.incidents is not None:
        over_ms = np.append(_over_ms(facts), 0)[tickets.incident[ticket]]
        due_ms = np.where(history.event == Event.PARKED, over_ms, due_ms)
    leaves = after_touch | gave_up | (history.event == Event.RESOLVED)
    back_ms, back = history.next_ms, np.roll(history.event, -1)
    wrong = after_touch & (back != words.RETURN_BY_NEXT[tickets.stage_next[stage]])
    yield from earliest(
        leaves & np.where(history.last, due_ms < facts.horizon_ms, ~comes_back | (back_ms != due_ms) | wrong),
        np.minimum(due_ms, back_ms),
        ticket,
        NOBODY,
        lambda i: (
            f"the return after {words.name(history.event[i])} at {due_ms[i]} ms" if comes_back[i] else "no return"
        ),
        lambda i: "none" if history.last[i] else f"{words.name(back[i])} at {back_ms[i]} ms",
    )


def patience(facts: Facts) -> Iterator[Breach]:
    """A live customer who is still queued gives up, or takes a call-back, exactly when patience ends; no other does."""
    history, tickets = facts.history, facts.workload.tickets
    begins = np.flatnonzero(words.events((Event.ARRIVED, Event.RETRIED))[history.event])
    ticket, attempt = history.ticket[begins], history.attempt[begins]
    impatient = tickets.live[ticket] & (attempt < tickets.attempt_offset[ticket + 1])
    attempt = np.where(impatient, attempt, -1)
    patience_ms = np.append(tickets.attempt_patience_ms, 0)[attempt]
    calls_back = impatient & (np.append(tickets.attempt_retry_ms, -1)[attempt] == CALLS_BACK)
    due_ms = np.where(impatient, history.time_ms[begins] + patience_ms, facts.horizon_ms)
    at_once = impatient & called_back(facts)[begins]
    calls_back, due_ms = calls_back | at_once, np.where(at_once, history.time_ms[begins], due_ms)
    wait = np.searchsorted(begins, history.joined, side="right") - 1
    took = np.flatnonzero(history.event == Event.CALL_BACK)
    took_ms = np.full(len(begins), -1, dtype=np.int64)
    took_ms[wait[took]] = history.time_ms[took]
    # What happens in the middle of the wait does not end it.
    end = np.append(np.flatnonzero(np.diff(history.joined, append=-1)), -1)
    end = end[np.searchsorted(end[:-1], begins)]
    gone_ms, open_still = history.next_ms[end], history.last[end]
    gave_up = ~open_still & (np.append(history.event, 0)[end + 1] == Event.ABANDONED)
    # Who is to be called back at once may still be answered at that instant.
    overdue = impatient & np.where(open_still | at_once, gone_ms > due_ms, gone_ms >= due_ms)
    acted_ms = np.where(took_ms >= 0, took_ms, np.where(gave_up, gone_ms, -1))
    right = np.where(took_ms >= 0, calls_back & ~gave_up, ~calls_back) & impatient & (acted_ms == due_ms)
    yield from earliest(
        np.where(acted_ms >= 0, ~right, overdue),
        np.where(acted_ms >= 0, acted_ms, due_ms),
        ticket,
        NOBODY,
        lambda i: f"the customer to {_ending(calls_back[i])} at {due_ms[i]} ms" if impatient[i] else "no giving up",
        lambda i: (
            f"{'a call-back' if took_ms[i] >= 0 else 'giving up'} at {acted_ms[i]} ms"
            if acted_ms[i] >= 0
            else f"waiting at {gone_ms[i]} ms"
        ),
    )


def _ending(calls_back: bool) -> str:
    return "take a call-back" if calls_back else "give up"


def linking(facts: Facts) -> Iterator[Breach]:
    """When an incident is known, the tickets about it that wait and that nobody has begun are linked, no other ever."""
    history, tickets, incidents = facts.history, facts.workload.tickets, facts.workload.incidents
    if tickets.incident is None or tickets.linked_stage is None or incidents is None:
        yield from _rows(facts, history.event == Event.LINKED, lambda i: "no incident", lambda i: "LINKED")
        return
    ticket = history.ticket
    known_ms = np.append(incidents.known_ms, -1)[tickets.incident[ticket]]
    known_ms = np.where(tickets.linked_stage[ticket] > tickets.stage_offset[ticket], known_ms, -1)
    starts = np.cumsum(words.STARTS[history.event])
    before: NDArray[np.int64] = starts - words.STARTS[history.event]
    begun = starts > before[history.first][np.cumsum(history.first) - 1]
    waits = words.QUEUES[history.event] & ~begun & ~facts.is_live
    # The row after which it waits at that instant is the last one before it, or the linking itself.
    taken_then = (np.append(history.event, 0)[1:] == Event.STARTED) & (history.next_ms == known_ms)
    spans = waits & (history.time_ms <= known_ms) & ((known_ms < history.next_ms) | taken_then)
    linked = count_within(history.event == Event.LINKED, history.first) > 0
    yield from _rows(
        facts,
        spans & ~linked,
        lambda i: f"the ticket to be linked to its incident at {known_ms[i]} ms",
        lambda i: f"{words.name(history.event[i])} until {history.next_ms[i]} ms",
    )
    yield from _rows(
        facts,
        (history.event == Event.LINKED) & (history.time_ms != known_ms),
        lambda i: f"linking at {known_ms[i]} ms" if known_ms[i] >= 0 else "no linking",
        lambda i: f"LINKED at {history.time_ms[i]} ms",
    )


def _over_ms(facts: Facts) -> NDArray[np.int64]:
    """Return when each of the scenario's events is over for the tickets linked to it, (events,)."""
    incidents, ledger = facts.workload.incidents, facts.ledger
    if incidents is None:
        return np.zeros(0, dtype=np.int64)
    over_ms: NDArray[np.int64] = incidents.resolved_ms.copy()
    for number, ticket in enumerate([] if incidents.fix is None else incidents.fix.tolist()):
        if ticket >= 0:
            done = np.flatnonzero((ledger.ticket == ticket) & (ledger.event == Event.RESOLVED))
            over_ms[number] = ledger.time_ms[done[0]] + 1 if len(done) else 2 * facts.horizon_ms
    return over_ms


def _rows(
    facts: Facts, broken: NDArray[np.bool_], expected: Callable[[int], str], found: Callable[[int], Any]
) -> Iterator[Breach]:
    history = facts.history
    yield from earliest(broken, history.time_ms, history.ticket, history.agent, expected, found)
