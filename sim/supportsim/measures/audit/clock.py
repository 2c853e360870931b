"""The rule on escalation by the clock: the steps that are due on tickets' clocks, and what each must have led to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.sorting import count_within
from supportsim.plan.model import NEXT_TIER, NO_TIER
from supportsim.workload.model import Next

_AT_DISPATCH = words.STARTS | words.events((Event.ASSIGNED, Event.PREEMPTED))
"""Events that follow all changes of their instant, steps of the clock included."""
_WORDS = words.events((Event.UPDATE_DUE, Event.FOLLOW_UP_DUE))
_OVER = words.events((Event.RESOLVED, Event.ENDED, Event.MERGED, Event.CLOSED, Event.TURNED_AWAY))


def clock_steps(facts: Facts) -> Iterator[Breach]:
    """Tickets move up, and people are told, exactly when the steps of the rules are due on the tickets' clocks."""
    ledger, tickets = facts.ledger, facts.workload.tickets
    told = np.flatnonzero(ledger.event == Event.NOTIFIED)
    concerned = np.union1d(ledger.ticket[told], facts.history.ticket[facts.history.event == Event.MOVED_UP])
    dues: dict[int, list[tuple[int, int]]] = {int(ticket): [] for ticket in concerned}
    if tickets.step_ms is not None:
        for ticket, at_ms, step in _steps_due(facts, tickets.step_ms):
            dues.setdefault(ticket, []).append((at_ms, step))
    begins = np.searchsorted(facts.history.ticket, np.arange(facts.tickets + 1))
    notices: list[tuple[int, int, int]] = []
    for ticket in sorted(dues):
        life = _Life(facts, ticket, int(begins[ticket]), int(begins[ticket + 1]))
        breach = life.follow(sorted(dues[ticket]))
        if breach is not None:
            yield breach
        notices += [(at_ms, ticket, whom) for at_ms, whom in life.notices]
    found = zip(ledger.time_ms[told].tolist(), ledger.ticket[told].tolist(), ledger.place[told].tolist(), strict=True)
    for at_ms, ticket, whom in sorted(set(notices) ^ set(found)):
        due = (at_ms, ticket, whom) in notices
        yield Breach(at_ms, ticket, NOBODY, *(("NOTIFIED", "no such row") if due else ("no such row", "NOTIFIED")))


def _steps_due(facts: Facts, step_ms: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Yield (ticket, when, step) of what is due before the horizon, unless the ticket is over at that instant."""
    history, sla, tickets = facts.history, facts.plan.sla, facts.workload.tickets
    clock = sla.clock[tickets.priority, tickets.segment]
    runs = ~_paused(facts) & (count_within(_is_over(facts), history.first) == 0)
    run_ms = np.zeros(len(history.row), dtype=np.int64)
    for index, calendar in enumerate(sla.clocks):
        at = np.flatnonzero(runs & (clock[history.ticket] == index))
        run_ms[at] = calendar.between(history.time_ms[at], history.next_ms[at])
    used_ms = count_within(run_ms, history.first)
    beyond_all = int(max(used_ms.max(initial=0), step_ms.max(initial=0))) + 1
    reached = history.ticket.astype(np.int64) * beyond_all + used_ms
    ticket, step = np.nonzero(step_ms >= 0)
    row = np.searchsorted(reached, ticket * beyond_all + step_ms[ticket, step])
    there = np.append(history.ticket, NOBODY)[row] == ticket
    for of, number, at in zip(ticket[there].tolist(), step[there].tolist(), row[there].tolist(), strict=True):
        since_ms = step_ms[of, number] - (used_ms[at] - run_ms[at])
        due_ms = int(sla.clocks[clock[of]].after(history.time_ms[at], since_ms))
        if due_ms < facts.horizon_ms:
            yield of, due_ms, number


def _paused(facts: Facts) -> NDArray[np.bool_]:
    """Tell after which rows (M,) the clocks stand still."""
    history, sla, tickets = facts.history, facts.plan.sla, facts.workload.tickets
    asked = history.event == Event.ASKED
    paused: NDArray[np.bool_] = asked & sla.pause_pending
    paused |= (history.event == Event.SENT_TO_FIX) & sla.pause_engineering
    paused |= (history.event == Event.REFERRED) & sla.pause_third_party
    if sla.pause_after_follow_ups >= 0:
        stage = np.arange(len(tickets.stage_next))
        other = np.maximum.accumulate(np.where(tickets.stage_next != Next.FOLLOW_UP, stage, -1))
        asked_before = np.append(0, (stage - other)[:-1])[history.stage]
        paused |= asked & (asked_before >= sla.pause_after_follow_ups)
    return paused


def _is_over(facts: Facts) -> NDArray[np.bool_]:
    """Tell after which rows (M,) a ticket's clock no longer matters."""
    history = facts.history
    retry_ms = np.append(facts.workload.tickets.attempt_retry_ms, -1)[history.attempt - 1]
    over: NDArray[np.bool_] = _OVER[history.event] | ((history.event == Event.ABANDONED) & (retry_ms < 0))
    return over


@dataclass
class _Life:
    """One ticket's rows, ``at`` to ``end`` of the history, as its steps come due."""

    facts: Facts
    ticket: int
    at: int
    end: int

    def __post_init__(self) -> None:
        self.notices: list[tuple[int, int]] = []
        self.wanted = self.demanded = NO_TIER
        """The tier it goes to when it may, and to which it must go now."""
        self.demanded_ms = 0
        self.over = self.begun = False

    def follow(self, dues: list[tuple[int, int]]) -> Breach | None:
        """Return the first thing that is not as the steps (when, which) want it."""
        for due_ms, number in dues:
            breach = self._pass_rows(due_ms)
            if breach is not None:
                return breach
            self._take_step(due_ms, number)
        return self._pass_rows(self.facts.horizon_ms) or self._missed()

    def _pass_rows(self, until_ms: int) -> Breach | None:
        history = self.facts.history
        while self.at < self.end and history.time_ms[self.at] <= until_ms:
            event = history.event[self.at]
            moves = event == Event.MOVED_UP
            if history.time_ms[self.at] == until_ms and (_AT_DISPATCH[event] or (moves and self.demanded == NO_TIER)):
                return None
            right_now = history.time_ms[self.at] == self.demanded_ms
            if moves and not (self.demanded == self._tier(self.at) and right_now):
                return self._breach("no escalation by the clock", f"MOVED_UP to tier {self._tier(self.at) + 1}")
            if self.demanded != NO_TIER and not moves and not (event == Event.LET_GO and right_now):
                return self._missed()
            self._pass_row(moves)
        return None

    def _pass_row(self, moves: bool) -> None:
        history, row = self.facts.history, self.at
        if moves:
            self.wanted = self.demanded = NO_TIER
        self.over |= bool(_is_over_at(self.facts, row))
        self.begun |= bool(words.STARTS[history.event[row]])
        self.at += 1
        if self.over or self._tier(row) >= self.wanted:
            self.wanted = NO_TIER
        elif self.demanded == NO_TIER:
            self._demand(row, int(history.time_ms[row]))

    def _take_step(self, due_ms: int, number: int) -> None:
        step = self.facts.plan.rules.clock_steps[number]
        if self.over or (step.until_begun and self.begun):
            return
        if step.notifies >= 0:
            self.notices.append((due_ms, step.notifies))
        here = self.demanded if self.demanded != NO_TIER else self._tier(self.at - 1)
        to = here + 1 if step.to == NEXT_TIER else step.to
        moved_stage = self.facts.workload.tickets.moved_stage
        if to > here and moved_stage is not None and to < moved_stage.shape[1] and moved_stage[self.ticket, to] >= 0:
            self.wanted = max(to, self.wanted)
            self._demand(self.at - 1, due_ms)

    def _demand(self, row: int, at_ms: int) -> None:
        """Have the ticket move up now, if it waits after a row with no work begun, and for more than a word."""
        history = self.facts.history
        event, waited_as = history.event[row], history.waited_as[row]
        afresh = words.QUEUES[event] and not (words.ASIDE[waited_as] or waited_as == Event.SUSPENDED)
        if self.wanted != NO_TIER and afresh and not _WORDS[waited_as] and not self.facts.is_live[row]:
            self.demanded, self.demanded_ms = self.wanted, at_ms

    def _tier(self, row: int) -> int:
        return int(self.facts.workload.tickets.stage_tier[self.facts.history.stage[row]])

    def _missed(self) -> Breach | None:
        if self.demanded == NO_TIER:
            return None
        return self._breach(f"MOVED_UP to tier {self.demanded + 1} at {self.demanded_ms} ms", "none then")

    def _breach(self, expected: str, found: str) -> Breach:
        row = min(self.at, self.end - 1)
        return Breach(int(self.facts.history.time_ms[row]), self.ticket, NOBODY, expected, found)


def _is_over_at(facts: Facts, row: int) -> bool:
    history = facts.history
    if history.event[row] == Event.ABANDONED:
        return int(facts.workload.tickets.attempt_retry_ms[history.attempt[row] - 1]) < 0
    return bool(_OVER[history.event[row]])
