"""Rules on agents: when they are there, what they have in hand, and how long they work on it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.hands_over_time import UNITS
from supportsim.measures.audit.overtime import room_ms
from supportsim.plan.model import OffReason


def crew(facts: Facts) -> Iterator[Breach]:
    """Agents come and go exactly as the drawn crew says."""
    crew = facts.workload.crew
    nothing = np.zeros(len(crew.person), dtype=np.int64)
    yield from _comings(facts, Event.AGENT_ON, crew.start_ms, nothing)
    yield from _comings(facts, Event.AGENT_OFF, crew.end_ms, crew.end_reason.astype(np.int64))


def _comings(facts: Facts, event: Event, at_ms: NDArray[np.int64], reason: NDArray[np.int64]) -> Iterator[Breach]:
    ledger = facts.ledger
    row = np.flatnonzero(ledger.event == event)
    found_reason = ledger.place[row].astype(np.int64) if event == Event.AGENT_OFF else np.zeros(len(row), np.int64)
    reasons = max(OffReason) + 1
    found = np.sort(facts.crew_key(ledger.agent[row], ledger.time_ms[row]) * reasons + found_reason)
    due = at_ms < facts.horizon_ms
    expected = np.sort(facts.crew_key(facts.workload.crew.person[due], at_ms[due]) * reasons + reason[due])
    common = min(len(found), len(expected))
    differs = np.flatnonzero(found[:common] != expected[:common])
    if len(differs) == 0 and len(found) == len(expected):
        return
    place = int(differs[0]) if len(differs) else common
    missing = place == len(found) or (place < len(expected) and expected[place] < found[place])
    key = int(expected[place] if missing else found[place])
    person, time_ms = facts.person_and_time(key // reasons)
    what = f"{event.name}" + (f" for {OffReason(key % reasons).name}" if event == Event.AGENT_OFF else "")
    yield Breach(time_ms, NOBODY, person, *((what, "no such row") if missing else ("no such row", what)))


def concurrency(facts: Facts) -> Iterator[Breach]:
    """A ticket is in one agent's hands at most, and an agent takes no more than what is in hand allows."""
    history, work = facts.history, facts.stretches
    ends = np.flatnonzero(words.ENDS[history.event])
    taker = np.roll(history.agent, 1)[ends]
    yield from earliest(
        history.agent[ends] != taker,
        history.time_ms[ends],
        history.ticket[ends],
        history.agent[ends],
        lambda i: f"the ticket to be put down by agent {taker[i]} who took it",
        lambda i: f"{words.name(history.event[ends[i]])} by agent {history.agent[ends[i]]}",
    )
    line = facts.timeline
    own = facts.holder[work.at - 1] != NOBODY
    allowed = line.takes[facts.load_before, np.where(own, -1, facts.kind[work.at])]
    yield from earliest(
        ~allowed,
        work.start_ms,
        work.ticket,
        work.agent,
        lambda i: "hands that leave room for the ticket",
        lambda i: f"{line.loads[facts.load_before[i], 0]} in hand",
    )


def availability(facts: Facts) -> Iterator[Breach]:
    """Work starts only while its agent is available."""
    crew, stretches = facts.workload.crew, facts.stretches
    key = facts.crew_key(stretches.agent, stretches.start_ms)
    interval = np.searchsorted(facts.crew_key(crew.person, crew.start_ms), key, side="right") - 1
    ends = np.append(facts.crew_key(crew.person, crew.end_ms), 0)
    begins = np.append(crew.person, -1)
    yield from earliest(
        (begins[interval] != stretches.agent) | (key >= ends[interval]),
        stretches.start_ms,
        stretches.ticket,
        stretches.agent,
        lambda i: "a start of work while the agent is available",
        lambda i: "one outside of the agent's time",
    )


def exact_work(facts: Facts) -> Iterator[Breach]:
    """A touch takes its stage's work and the reading-in of everyone new to it, at their speed, to the millisecond."""
    work = facts.stretches
    done, pace = facts.work_done(np.arange(len(work.at)), facts.history.next_row[work.at].astype(np.int64))
    over = done - facts.due
    ends = words.ENDS_TOUCH[work.end_event]
    # Work ends with the millisecond in which it gets done, and work set aside is not done.
    broken = np.where(ends, (over < 0) | (over >= pace), over >= np.where(words.SETS_ASIDE[work.end_event], 0, pace))
    yield from earliest(
        broken,
        np.minimum(work.end_ms, work.start_ms + np.maximum(facts.due // UNITS, 0)),
        work.ticket,
        work.agent,
        lambda i: f"{'' if ends[i] else 'at most '}{facts.due[i] / UNITS:.12g} ms of work in hand",
        lambda i: f"{done[i] / UNITS:.12g} ms",
    )


def set_aside(facts: Facts) -> Iterator[Breach]:
    """Work is set aside when its agent's time ends, and goes on then only if the rules let it."""
    crew, work, rules = facts.workload.crew, facts.stretches, facts.plan.rules
    ends = facts.crew_key(crew.person, crew.end_ms)
    first = np.searchsorted(ends, facts.crew_key(work.agent, work.start_ms), side="right")
    behind = np.searchsorted(ends, facts.crew_key(work.agent, work.end_ms), side="left")
    passed = np.maximum(behind - first, 0)
    stretch = np.repeat(np.arange(len(passed)), passed)
    interval = first[stretch] + np.arange(len(stretch)) - np.repeat(np.cumsum(passed) - passed, passed)
    end_ms = crew.end_ms[interval]
    left_ms = _left_ms(facts, stretch, facts.row_of_leaving(work.agent[stretch], end_ms))
    # Who was called out, or goes over to another team, finishes what is in hand.
    finishing = (OffReason.ON_CALL, OffReason.LENT, OffReason.RETURNED)
    finishes = np.isin(crew.end_reason[interval], finishing)
    room = room_ms(facts)
    may_go_on = (rules.finish_deferrable | (left_ms <= rules.grace_ms)) & (left_ms <= room[interval])
    yield from earliest(
        ~(work.live[stretch] | finishes | may_go_on),
        end_ms,
        work.ticket[stretch],
        work.agent[stretch],
        lambda i: f"work with {left_ms[i]} ms left to be set aside as the agent's time ends",
        lambda i: f"it in hand until {work.end_ms[stretch[i]]} ms",
    )
    aside = np.flatnonzero(words.AT_LEAVING[work.end_event])
    rest_ms = _left_ms(facts, aside, facts.history.next_row[work.at[aside]].astype(np.int64))
    room_then = np.append(room, 0)[np.searchsorted(ends, facts.crew_key(work.agent[aside], work.end_ms[aside]))]
    may_go_on = (rules.finish_deferrable | (rest_ms <= rules.grace_ms)) & (rest_ms <= room_then)
    may_finish = work.live[aside] | may_go_on
    yield from earliest(
        may_finish,
        work.end_ms[aside],
        work.ticket[aside],
        work.agent[aside],
        lambda i: f"work with {rest_ms[i]} ms left to be finished",
        lambda i: words.name(work.end_event[aside[i]]),
    )


def _left_ms(facts: Facts, stretch: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how long stretches (n,) would still take at rows (n,), at the pace just before."""
    done, pace = facts.work_done(stretch, row)
    left_ms: NDArray[np.int64] = -((done - facts.due[stretch]) // pace)
    return left_ms


def keeping(facts: Facts) -> Iterator[Breach]:
    """Work set aside is kept by an agent who will be back in time, and goes to anyone otherwise."""
    crew, history = facts.workload.crew, facts.history
    ends = facts.crew_key(crew.person, crew.end_ms)
    at = np.flatnonzero((words.AT_LEAVING | words.events((Event.PASSED_ON,)))[history.event])
    key = facts.crew_key(history.agent[at], history.time_ms[at])
    interval = np.searchsorted(ends, key)
    at_end = np.append(ends, -1)[interval] == key
    keeps = np.append(crew.keeps_work, False)[interval] & at_end
    yield from earliest(
        ~at_end | (keeps != (history.event[at] == Event.SUSPENDED)),
        history.time_ms[at],
        history.ticket[at],
        history.agent[at],
        lambda i: (
            f"the agent, whose time ends, {'to keep' if keeps[i] else 'not to keep'} the work"
            if at_end[i]
            else "work set aside only as the agent's time ends"
        ),
        lambda i: words.name(history.event[at[i]]),
    )
    kept = at[history.event[at] == Event.SUSPENDED]
    giving_up = np.sort(ends[~crew.keeps_work])
    since = facts.crew_key(history.agent[kept], history.time_ms[kept])
    until = facts.crew_key(history.agent[kept], history.next_ms[kept])
    following = np.searchsorted(giving_up, since, side="right")
    given_up = np.append(giving_up, np.iinfo(np.int64).max)[following]
    yield from earliest(
        given_up < until,
        history.time_ms[kept],
        history.ticket[kept],
        history.agent[kept],
        lambda i: f"the work to go to anyone at {facts.person_and_time(int(given_up[i]))[1]} ms",
        lambda i: f"it kept until {history.next_ms[kept[i]]} ms",
    )
