"""People on call: when they were there after all, and whether they were paged as the rules want."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, PUTS_DOWN, TAKES, Event, Ledger
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach
from supportsim.measures.audit.facts import Facts
from supportsim.plan.model import OffReason, OnCall, Plan
from supportsim.workload.model import Crew, Workload
from supportsim.workload.on_call import duties


@dataclass(frozen=True)
class _Call:
    """Somebody's time on the floor after a page, and until when what was in hand at its end took."""

    agent: int
    start_ms: int
    end_ms: int
    done_ms: int


def as_called(plan: Plan, workload: Workload, ledger: Ledger) -> Workload:
    """Return the workload with the crew as it was: with the times for which people were called, and less their rest."""
    if not plan.on_call:
        return workload
    staffed = duties(plan, workload.crew)
    rest_ms = {int(agent): duty.rest_ms for duty in staffed for agent in np.unique(duty.person)}
    calls = [call for duty in staffed for call in _calls(ledger, duty, plan.horizon_ms)]
    return replace(workload, crew=_rested(workload.crew, calls, rest_ms))


def _calls(ledger: Ledger, duty: OnCall, horizon_ms: int) -> Iterator[_Call]:
    """Yield the times after pages of those who have a duty, agent by agent and in order."""
    for agent in np.unique(duty.person).tolist():
        yield from _calls_of(ledger, duty, agent, horizon_ms)


def _calls_of(ledger: Ledger, duty: OnCall, agent: int, horizon_ms: int) -> Iterator[_Call]:
    rows = np.flatnonzero(ledger.agent == agent)
    event, place, time_ms = ledger.event[rows], ledger.place[rows], ledger.time_ms[rows]
    comes = np.flatnonzero(event == Event.AGENT_ON)
    in_hand = np.cumsum(np.isin(event, TAKES).astype(np.int64) - np.isin(event, PUTS_DOWN))
    for goes in np.flatnonzero((event == Event.AGENT_OFF) & (place == OffReason.ON_CALL)).tolist():
        before = comes[comes < goes]
        done_ms = int(time_ms[goes])
        if in_hand[goes] > 0:
            empty = np.flatnonzero((in_hand == 0) & (np.arange(len(rows)) > goes))
            done_ms = int(time_ms[empty[0]]) if len(empty) else horizon_ms
        if len(before):
            yield _Call(agent, int(time_ms[before[-1]]), int(time_ms[goes]), done_ms)
    if len(comes) and Event.AGENT_OFF not in event[comes[-1] + 1 :]:
        # Who is up when the simulation stops has not gone; others are there because it is their shift.
        start_ms = int(time_ms[comes[-1]])
        if np.any((duty.person == agent) & (duty.start_ms <= start_ms) & (start_ms < duty.end_ms)):
            yield _Call(agent, start_ms, horizon_ms, horizon_ms)


def _rested(crew: Crew, calls: list[_Call], rest_ms: dict[int, int]) -> Crew:
    start_ms, end_ms = crew.start_ms.copy(), crew.end_ms
    for agent in rest_ms:
        mine = [call for call in calls if call.agent == agent]
        gone_ms = np.array([call.end_ms for call in mine], dtype=np.int64)
        rested_ms = np.array([0, *(call.done_ms + rest_ms[agent] for call in mine)], dtype=np.int64)
        of_agent = np.flatnonzero(crew.person == agent)
        last = np.searchsorted(gone_ms, crew.start_ms[of_agent], side="right")
        start_ms[of_agent] = np.maximum(crew.start_ms[of_agent], rested_ms[last])
    added = [call for call in calls if not np.any((crew.person == call.agent) & (crew.start_ms == call.start_ms))]
    person = np.append(crew.person, np.array([call.agent for call in added], dtype=np.int32))
    begins_ms = np.append(start_ms, np.array([call.start_ms for call in added], dtype=np.int64))
    ends_ms = np.append(end_ms, np.array([call.end_ms for call in added], dtype=np.int64))
    order = np.lexsort((begins_ms, person))
    order = order[(begins_ms < ends_ms)[order]]
    reason = np.append(crew.end_reason, np.full(len(added), OffReason.ON_CALL, dtype=np.int8))
    # What was set aside at the end of the last shift still waits for the person, or does not.
    before = [(crew.person == call.agent) & (crew.end_ms <= call.start_ms) & (start_ms < crew.end_ms) for call in added]
    kept = [bool(crew.keeps_work[rows][-1]) if rows.any() else False for rows in before]
    keeps = np.append(crew.keeps_work, np.array(kept, dtype=np.bool_))
    until_ms = crew.off_until_ms
    if until_ms is not None:
        until_ms = np.append(until_ms, np.array([call.end_ms for call in added], dtype=np.int64))[order]
    speed = crew.speed_ppm
    if speed is not None:
        # Called, a person works as in the last interval before.
        usual = np.int64(1_000_000)
        own = [np.flatnonzero((crew.person == call.agent) & (crew.start_ms <= call.start_ms)) for call in added]
        speed = np.append(speed, np.array([speed[rows[-1]] if len(rows) else usual for rows in own], dtype=np.int64))
        speed = speed[order]
    return replace(
        crew,
        person=person[order],
        start_ms=begins_ms[order],
        end_ms=ends_ms[order],
        end_reason=reason[order],
        keeps_work=keeps[order],
        speed_ppm=speed,
        off_until_ms=until_ms,
    )


# ---- the rule -----------------------------------------------------------------------------------------------


def on_call(facts: Facts) -> Iterator[Breach]:
    """Who has the duty is paged once while something urgent waits out of hours, and comes after the drawn delay."""
    for number, duty in enumerate(duties(facts.plan, facts.workload.crew)):
        yield from _duty(facts, duty, facts.workload.responds_ms[number])


def _duty(facts: Facts, duty: OnCall, responds_ms: NDArray[np.int64]) -> Iterator[Breach]:
    ledger = facts.ledger
    pages = np.flatnonzero((ledger.event == Event.PAGED) & (ledger.place == duty.team))
    page_ms = ledger.time_ms[pages]
    since_ms, until_ms = _urgent_waits(facts, duty)
    ups = list(_calls(ledger, duty, facts.horizon_ms))
    for page, at_ms in zip(pages.tolist(), page_ms.tolist(), strict=True):
        stretch = int(np.searchsorted(duty.start_ms, at_ms, side="right")) - 1
        there = stretch >= 0 and at_ms < duty.end_ms[stretch]
        has_duty = int(duty.person[stretch]) if there else NOBODY
        if ledger.agent[page] != has_duty:
            yield Breach(at_ms, NOBODY, int(ledger.agent[page]), f"agent {has_duty} to be paged", "another")
        if not np.any((since_ms <= at_ms) & (until_ms > at_ms)):
            yield Breach(at_ms, NOBODY, has_duty, "a page for an urgent ticket that waits", "none waiting")
        if duty.at_most_ms >= 0 and _worked_ms(duty, ups, stretch, at_ms) >= duty.at_most_ms:
            yield Breach(at_ms, NOBODY, has_duty, "no page of who has worked all that is allowed", "a page")
    for call in ups:
        before = page_ms[page_ms < call.start_ms]
        if not len(before) or call.start_ms - before[-1] not in responds_ms:
            yield Breach(call.start_ms, NOBODY, call.agent, "to come a drawn delay after a page", "coming without")
    yield from _unanswered(duty, page_ms, ups, np.maximum(since_ms, 0), until_ms)


def _urgent_waits(facts: Facts, duty: OnCall) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when tickets for which somebody is called waited in queues of the team."""
    history = facts.history
    urgent = duty.priorities[facts.workload.tickets.priority[history.ticket]]
    served = np.array([duty.team in queue.teams for queue in facts.plan.queues])
    in_queue = words.QUEUES[history.event] & (history.next_ms > history.time_ms)
    at = np.flatnonzero(in_queue & urgent)
    at = at[served[history.place[at]]]
    return history.time_ms[at], history.next_ms[at]


def _worked_ms(duty: OnCall, ups: list[_Call], stretch: int, before_ms: int) -> int:
    """Return what was worked so far in the turn of duty of a stretch."""
    turn = duty.duty == duty.duty[stretch]
    begins_ms = int(duty.start_ms[turn].min())
    mine = [call for call in ups if call.agent == duty.person[stretch]]
    over = [call for call in mine if begins_ms <= call.start_ms and call.end_ms <= before_ms]
    return sum(min(call.done_ms, before_ms) - call.start_ms for call in over)


def _unanswered(
    duty: OnCall,
    page_ms: NDArray[np.int64],
    ups: list[_Call],
    since_ms: NDArray[np.int64],
    until_ms: NDArray[np.int64],
) -> Iterator[Breach]:
    """Find urgent waits that begin on call without a page and nobody being up, before the hours are used up."""
    for stretch in range(len(duty.start_ms)):
        begins_ms, ends_ms = int(duty.start_ms[stretch]), int(duty.end_ms[stretch])
        here = (until_ms > begins_ms) & (since_ms < ends_ms)
        for from_ms in np.unique(np.maximum(since_ms[here], begins_ms)).tolist():
            pages = page_ms[(page_ms >= begins_ms) & (page_ms <= from_ms)].tolist()
            # A page is over when who came because of it has gone.
            paged = bool(pages) and not any(pages[-1] < call.start_ms and call.end_ms <= from_ms for call in ups)
            up = any(call.start_ms <= from_ms < call.end_ms for call in ups)
            rests = duty.at_most_ms >= 0 and _worked_ms(duty, ups, stretch, from_ms) >= duty.at_most_ms
            if not paged and not up and not rests:
                agent = int(duty.person[stretch])
                yield Breach(from_ms, NOBODY, agent, "a page, an urgent ticket waits", "none in this time on call")
