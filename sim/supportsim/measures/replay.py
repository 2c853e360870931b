"""A replication as it looked at any instant: queues, people, promises so far. For whoever watches it go by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, PUTS_DOWN, QUEUEING_EVENTS, RESOLVES, TAKES, Event, Ledger
from supportsim.measures.breaking import resolutions_break_ms, responses_break_ms
from supportsim.measures.sla import Outcome
from supportsim.measures.story import Story
from supportsim.measures.tables import NEVER
from supportsim.plan.model import PRIORITIES, TIERS, OffReason

PROMISES = ("response", "resolution")
_PENDING = (Event.ASKED, Event.SENT_TO_FIX, Event.REFERRED, Event.PARKED)


@dataclass(frozen=True)
class Frame:
    """How things stand at an instant.

    Args:
        at_ms: the instant; what happens at it has happened.
        waiting: int64 (3, skills), tickets in queues, by tier.
        longest_ms: int64 (3, skills), how long the first of them has waited there; 0 where none does.
        urgent: int64 (5,), tickets in queues by priority.
        created, solved, gave_up: so far, of all since time 0; reopened ones are not solved.
        pending: tickets that wait for a customer, a third party or engineering.
        kept, broken: int64 (2, 5), promises of `PROMISES` to tickets of the judged period so far, by priority.
        away: int64 (P,), `OffReason` of people not on the floor, `NEVER` of those who are.
        ticket: int64 (P,), what each person took in hand last and still has, or `NOBODY`.
        holds: int64 (P,), how many tickets.
        since_ms: int64 (P,), since when the person does this.
        last_row: the latest row of the ledger, -1 before the first.
    """

    at_ms: int
    waiting: NDArray[np.int64]
    longest_ms: NDArray[np.int64]
    urgent: NDArray[np.int64]
    created: int
    solved: int
    gave_up: int
    pending: int
    kept: NDArray[np.int64]
    broken: NDArray[np.int64]
    away: NDArray[np.int64]
    ticket: NDArray[np.int64]
    holds: NDArray[np.int64]
    since_ms: NDArray[np.int64]
    last_row: int


class Replay:
    """The frames of one replication; any instant can be asked for, in any order.

    Args:
        story: what happened.
        ledger: the same in the order in which it happened.
    """

    def __init__(self, story: Story, ledger: Ledger) -> None:
        self.story, self.ledger = story, ledger
        self._presence = _LastOf(ledger, (Event.AGENT_ON, Event.AGENT_OFF))
        self._hands = _LastOf(ledger, (*TAKES, *PUTS_DOWN))
        starts = np.isin(ledger.event[self._hands.row], TAKES)
        self._held = self._hands.running(np.where(starts, 1, -1))
        self._instants = {
            event: ledger.time_ms[ledger.event == event]
            for event in (Event.ARRIVED, *RESOLVES, Event.REOPENED, Event.ABANDONED)
        }
        self._kept, self._broken = _decisions(story)

    def frame(self, at_ms: int) -> Frame:
        """Return how things stood at an instant."""
        rows, plan = self.story.rows, self.story.plan
        now = np.flatnonzero((rows.start_ms <= at_ms) & (rows.end_ms > at_ms))
        event = rows.event[now]
        queued = now[np.isin(event, QUEUEING_EVENTS)]
        tickets = self.story.workload.tickets
        skill = tickets.skill[rows.ticket[queued]].astype(np.int64)
        place = rows.tier[queued].astype(np.int64) * len(plan.skills) + skill
        waiting = np.bincount(place, minlength=len(TIERS) * len(plan.skills))
        since_ms = np.full(len(waiting), at_ms, dtype=np.int64)
        np.minimum.at(since_ms, place, rows.start_ms[queued])
        shape = (len(TIERS), len(plan.skills))
        row = int(np.searchsorted(self.ledger.time_ms, at_ms, side="right"))
        away, ticket, holds, busy_since_ms = self._people(row)
        return Frame(
            at_ms=at_ms,
            waiting=waiting.reshape(shape),
            longest_ms=(at_ms - since_ms).reshape(shape),
            urgent=np.bincount(tickets.priority[rows.ticket[queued]], minlength=len(PRIORITIES)),
            created=self._count(Event.ARRIVED, at_ms),
            solved=sum(self._count(event, at_ms) for event in RESOLVES) - self._count(Event.REOPENED, at_ms),
            gave_up=self._count(Event.ABANDONED, at_ms),
            pending=int(np.isin(event, _PENDING).sum()),
            kept=_counts(self._kept, at_ms),
            broken=_counts(self._broken, at_ms),
            away=away,
            ticket=ticket,
            holds=holds,
            since_ms=busy_since_ms,
            last_row=row - 1,
        )

    def next_ms(self, at_ms: int) -> int:
        """Return the instant of the next event after another; the horizon if none follows."""
        row = int(np.searchsorted(self.ledger.time_ms, at_ms, side="right"))
        return int(self.ledger.time_ms[row]) if row < len(self.ledger) else self.story.plan.horizon_ms

    def _count(self, event: Event, at_ms: int) -> int:
        return int(np.searchsorted(self._instants[event], at_ms, side="right"))

    def _people(self, row: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return why people are away, what they have in hand, how many, and since when, before a row of the ledger."""
        ledger, people = self.ledger, len(self.story.plan.people.names)
        came = self._presence.before(row, people)
        last = self._presence.row[came]
        on = (came != NEVER) & (ledger.event[last] == Event.AGENT_ON)
        away = np.where(came == NEVER, OffReason.SHIFT_END, ledger.place[last])
        did = self._hands.before(row, people)
        holds = np.where(did == NEVER, 0, self._held[did])
        hand = self._hands.row[did]
        since_ms = np.maximum(
            np.where(came == NEVER, 0, ledger.time_ms[last]), np.where(did == NEVER, 0, ledger.time_ms[hand])
        )
        return (
            np.where(on, NEVER, away),
            np.where((holds > 0) & np.isin(ledger.event[hand], TAKES), ledger.ticket[hand], NOBODY),
            holds,
            np.where(holds > 0, ledger.time_ms[hand], since_ms),
        )


class _LastOf:
    """The rows of some events of people, by person and time."""

    def __init__(self, ledger: Ledger, events: Sequence[Event]) -> None:
        row = np.flatnonzero((ledger.agent != NOBODY) & np.isin(ledger.event, events))
        order = np.argsort(ledger.agent[row], kind="stable")
        self.row = np.append(row[order], 0)
        self._length = len(ledger) + 1
        self._agent = ledger.agent[row[order]].astype(np.int64)
        self._key = self._agent * self._length + row[order]

    def before(self, row: int, people: int) -> NDArray[np.int64]:
        """Return the place in ``row`` of the last of each person (P,) before a row of the ledger, `NEVER` if none."""
        place = np.searchsorted(self._key, np.arange(people) * self._length + row) - 1
        own = (place >= 0) & (np.append(self._agent, NEVER)[place] == np.arange(people))
        last: NDArray[np.int64] = np.where(own, place, NEVER)
        return last

    def running(self, change: NDArray[Any]) -> NDArray[np.int64]:
        """Return the running sum of a change at each of ``row`` (n,), person by person."""
        total = np.cumsum(change[:-1])
        first = np.flatnonzero(np.diff(self._agent, prepend=NEVER))
        before = np.repeat(total[first] - change[first], np.diff(np.append(first, len(total))))
        return np.append(total - before, 0)


_Decisions = list[list[NDArray[np.int64]]]
"""By promise and priority, the sorted instants at which it was decided."""


def _decisions(story: Story) -> tuple[_Decisions, _Decisions]:
    """Return when promises of the judged period were kept, and when they broke; the response first."""
    periods = story.periods
    first = np.flatnonzero(~periods.reopened & story.counted[periods.ticket])
    counted = np.flatnonzero(story.counted)
    priority = story.workload.tickets.priority
    kept, broken = [], []
    for of, outcome, kept_ms, broken_ms in (
        (priority[counted], story.response.outcome[counted], story.table.first_response_ms[counted],
         responses_break_ms(story)[counted]),
        (priority[periods.ticket[first]], story.resolution.outcome[first], periods.end_ms[first],
         resolutions_break_ms(story)[first]),
    ):  # fmt: skip
        codes = range(len(PRIORITIES))
        kept.append([np.sort(kept_ms[(outcome == Outcome.MET) & (of == code)]) for code in codes])
        broken.append([np.sort(broken_ms[(outcome == Outcome.BREACHED) & (of == code)]) for code in codes])
    return kept, broken


def _counts(decided: _Decisions, at_ms: int) -> NDArray[np.int64]:
    return np.array([[np.searchsorted(instants, at_ms, side="right") for instants in row] for row in decided])
