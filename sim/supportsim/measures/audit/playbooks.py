"""Rules on playbooks: they fire and end as they should, and nobody is in two teams."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.facts import Facts
from supportsim.plan.model import Condition, Playbook, Watched

_MILLION = 1_000_000
Instants = NDArray[np.int64]


def firings(facts: Facts) -> Iterator[Breach]:
    """Playbooks fire and end at those looks, and only those, at which what they look at says so."""
    ledger = facts.ledger
    for number, playbook in enumerate(facts.plan.playbooks):
        rows = np.flatnonzero(words.OF_FLOOR[ledger.event] & (ledger.place == number))
        found = list(zip(ledger.time_ms[rows].tolist(), ledger.event[rows].tolist(), strict=True))
        expected = list(_due(facts, playbook))
        for place in range(max(len(found), len(expected))):
            is_due = expected[place] if place < len(expected) else None
            is_found = found[place] if place < len(found) else None
            if is_due != is_found:
                at_ms = min(one[0] for one in (is_due, is_found) if one is not None)
                yield Breach(at_ms, NOBODY, NOBODY, _said(playbook, is_due), _said(playbook, is_found))
                return


def _said(playbook: Playbook, one: tuple[int, int] | None) -> str:
    what = "no more of it" if one is None else f"{words.name(one[1])} at {one[0]} ms"
    return f"playbook {playbook.name}: {what}"


def _due(facts: Facts, playbook: Playbook) -> Iterator[tuple[int, int]]:
    """Yield (time, event) of everything that should happen to a playbook."""
    look_ms = playbook.look_ms
    fires, ends = (
        np.logical_and.reduce([_holds(facts, playbook, one, look_ms) for one in conditions])
        for conditions in (playbook.when, playbook.until)
    )
    begun_ms, over_ms, burns = 0, -(1 << 60), False
    times: dict[int, int] = {}
    looks = zip(look_ms.tolist(), playbook.closes.tolist(), playbook.look_day.tolist(), strict=True)
    for place, (at_ms, closes, day) in enumerate(looks):
        if burns and (closes or (ends[place] and at_ms - begun_ms >= playbook.at_least_ms)):
            burns, over_ms = False, at_ms
            yield at_ms, int(Event.PLAYBOOK_ENDS)
        elif not burns and not closes and fires[place] and at_ms - over_ms >= playbook.cool_down_ms:
            times[day] = times.get(day, 0) + 1
            if not 0 < playbook.at_most < times[day]:
                burns, begun_ms = True, at_ms
                yield at_ms, int(Event.PLAYBOOK_FIRES)


def _holds(facts: Facts, playbook: Playbook, one: Condition, at_ms: Instants) -> NDArray[np.bool_]:
    """Tell whether a condition holds just before instants (n,)."""
    if one.what == Watched.WAIT:
        # A wait is above a value from so long after its beginning on.
        longer = _waiting(facts, playbook, at_ms, one.value - (one.inclusive == one.above)) > 0
        if one.inclusive == one.above and one.value == 0:
            longer = np.ones_like(longer)
        return longer if one.above else ~longer
    if one.what == Watched.QUEUE:
        return _beyond(one, _waiting(facts, playbook, at_ms, None), one.value)
    there, busy = (_people(facts, playbook.team, at_ms, only_busy) for only_busy in (False, True))
    if one.what == Watched.FREE:
        return _beyond(one, there - busy, one.value) & (there > 0)
    return _beyond(one, busy * _MILLION, one.value * there) & (there > 0)


def _beyond(one: Condition, found: Instants, value: Instants | int) -> NDArray[np.bool_]:
    beyond: NDArray[np.bool_] = found > value if one.above else found < value
    if one.inclusive:
        beyond |= found == value
    return beyond


def _waiting(facts: Facts, playbook: Playbook, at_ms: Instants, longer_than_ms: int | None) -> Instants:
    """Return how many tickets wait just before instants (n,), those who have waited longer only if that is stated."""
    history, tickets = facts.history, facts.workload.tickets
    waits = words.QUEUES[history.event] & (history.next_ms > history.time_ms)
    waits &= playbook.priorities[tickets.priority[history.ticket]] & playbook.channels[tickets.channel[history.ticket]]
    at = np.flatnonzero(waits)
    at = at[facts.may_take[history.place[at], playbook.team]]
    since_ms, until_ms = history.time_ms[at], history.next_ms[at]
    if longer_than_ms is not None:
        since_ms = np.maximum(since_ms, history.time_ms[history.joined[at]] + longer_than_ms)
        until_ms = np.maximum(since_ms, until_ms)
    return _between(since_ms, until_ms, at_ms)


def _people(facts: Facts, team: int, at_ms: Instants, only_busy: bool) -> Instants:
    """Return how many people of a team are on the floor just before instants (n,), those at work only if so asked."""
    line = facts.timeline
    counts = line.available & (facts.plan.people.team[line.agent] == team) & ((line.in_hand > 0) | (not only_busy))
    since_ms = facts.ledger.time_ms[line.row]
    last = np.append(line.first[1:], True)[: len(line.row)]
    until_ms = np.where(last, facts.horizon_ms, np.roll(since_ms, -1))
    return _between(since_ms[counts], until_ms[counts], at_ms)


def _between(since_ms: Instants, until_ms: Instants, at_ms: Instants) -> Instants:
    """Return how many stretches (n,) are on just before instants (m,): begun before, and not over before."""
    begun, over = np.searchsorted(np.sort(since_ms), at_ms), np.searchsorted(np.sort(until_ms), at_ms)
    return begun.astype(np.int64) - over


def holding_back(facts: Facts) -> Iterator[Breach]:
    """Tickets that a playbook holds back are not begun while it burns, and nobody calls on what is turned off."""
    history, work = facts.history, facts.stretches
    live = words.events((Event.ARRIVED, Event.RETRIED))[history.event] & facts.is_live
    channel = facts.workload.tickets.channel[history.ticket]
    for number, playbook in enumerate(facts.plan.playbooks):
        fire = facts.burning(number)
        if playbook.defers:
            at = work.at.astype(np.int64) - 1
            begun = history.event[work.at] == Event.STARTED
            held = facts.may_be_held_back(number)[at] & (facts.holder[at] == NOBODY)
            yield from earliest(
                begun & held & fire.at_row(history.row[work.at]),
                work.start_ms,
                work.ticket,
                work.agent,
                lambda i: f"the ticket not to be begun while {playbook.name} burns",  # noqa: B023
                lambda i: "STARTED",
            )
        if playbook.turns_off:
            off = np.array(playbook.turns_off)[channel]
            yield from earliest(
                live & off & fire.at_row(history.row),
                history.time_ms,
                history.ticket,
                NOBODY,
                lambda i: f"nobody on a channel that {playbook.name} turns off",  # noqa: B023
                lambda i: words.name(history.event[i]),
            )


def called_back(facts: Facts) -> NDArray[np.bool_]:
    """Tell after which rows of the history (M,) new callers are called back at once."""
    return _on_channel(facts, "calls_back")


def turned_off(facts: Facts) -> NDArray[np.bool_]:
    """Tell after which rows of the history (M,) the ticket's channel is turned off."""
    return _on_channel(facts, "turns_off")


def _on_channel(facts: Facts, what: str) -> NDArray[np.bool_]:
    history = facts.history
    channel = facts.workload.tickets.channel[history.ticket]
    found = np.zeros(len(history.row), dtype=np.bool_)
    for number, playbook in enumerate(facts.plan.playbooks):
        stated = getattr(playbook, what)
        if stated:
            found |= np.array(stated)[channel] & facts.burning(number).at_row(history.row)
    return found
