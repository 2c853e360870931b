"""Playbooks: the floor is looked at now and then, and when it burns something is done until it does no more."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush

from supportsim.floor.instants import Handler, Order
from supportsim.floor.reinforcements import Play, Reinforcements
from supportsim.floor.restraints import Restraints
from supportsim.floor.state import NOWHERE
from supportsim.ledger import NOBODY, Event
from supportsim.plan.model import Condition, Plan, Queue, Watched
from supportsim.workload.model import Workload

WATCH = int(Order.WATCH)
FIRES, ENDS = int(Event.PLAYBOOK_FIRES), int(Event.PLAYBOOK_ENDS)
MILLION = 1_000_000


class Waiting:
    """The tickets that wait in a team's queues, of the priorities and channels that a playbook looks at."""

    __slots__ = ("_order", "_since")

    def __init__(self) -> None:
        self._since: dict[int, int] = {}
        self._order: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._since)

    def join(self, ticket: int, since_ms: int) -> None:
        """Add a ticket."""
        self._since[ticket] = since_ms
        heappush(self._order, (since_ms, ticket))

    def leave(self, ticket: int) -> None:
        """Take a ticket out."""
        del self._since[ticket]

    def longest_ms(self, now: int) -> int:
        """Return how long the first of them has waited, 0 if there is none."""
        order, since = self._order, self._since
        while order and since.get(order[0][1]) != order[0][0]:
            heappop(order)
        return now - order[0][0] if order else 0


class Playbooks(Reinforcements, Restraints):
    """Looks at the floor, and says when a playbook fires and ends."""

    waits_in: dict[int, list[Waiting]]
    """Where each ticket is counted that has begun to wait before the present instant."""

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Put the first look of each playbook on the calendar."""
        super().set_up(plan, workload)
        self.waiting = [Waiting() for _ in plan.playbooks]
        self.noted = self.waits_in = {}
        self.looked_at = [self._looked_at(plan, queue) for queue in plan.queues]
        self.people_of_team = [
            [person for person, own in enumerate(self.team) if own == team] for team in range(len(plan.teams))
        ]
        looks: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, one in enumerate(plan.playbooks):
            for look, look_ms in enumerate(one.look_ms.tolist()):
                looks[look_ms].append((number, look))
        self.looks = sorted(looks.items())
        """When playbooks look, and which: (playbook, which of its looks)."""
        if self.looks:
            self.at(self.looks[0][0], (WATCH, 0, 0))

    def _looked_at(self, plan: Plan, queue: Queue) -> list[list[list[Waiting]]]:
        """Return who looks at the tickets of a queue, by priority and channel."""
        return [
            [
                [
                    waiting
                    for waiting, one in zip(self.waiting, plan.playbooks, strict=True)
                    if one.team in queue.teams and one.priorities[priority] and one.channels[channel]
                ]
                for channel in range(len(plan.channels))
            ]
            for priority in range(len(plan.rules.priority_class))
        ]

    def handlers(self) -> dict[Order, Handler]:
        """Add the looks."""
        return super().handlers() | {Order.WATCH: self._look}

    def _look(self, now: int, nth: int, _what: int) -> None:
        if nth + 1 < len(self.looks):
            self.at(self.looks[nth + 1][0], (WATCH, nth + 1, 0))
        looks = [(self.plays[number], look) for number, look in self.looks[nth][1]]
        # All look before any of them changes anything.
        seen = [self._sees(now, play) for play, _ in looks]
        for (play, look), sees in zip(looks, seen, strict=True):
            self._act(now, play, look, sees)

    def _act(self, now: int, play: Play, look: int, sees: bool) -> None:
        """Have a playbook fire or end, or go on, by whether it sees what it looks for."""
        number, plan, closes = play.number, play.plan, play.plan.closes[look]
        if not play.burning:
            if not closes and sees and self._may_fire(now, play, look):
                self._fire(now, play, look)
        elif closes or (now - play.since_ms >= plan.at_least_ms and sees):
            play.burning, play.ended_ms = False, now
            self.record((now, NOBODY, ENDS, number, NOBODY))
            self._dismiss(now, play)
            self._restrain(now, plan, -1)
        else:
            self._lend(now, play)

    def _sees(self, now: int, play: Play) -> bool:
        """Whether all holds that makes a playbook fire or, while it burns, end."""
        conditions = play.plan.until if play.burning else play.plan.when
        return all(self._holds(now, play.number, one) for one in conditions)

    def _may_fire(self, now: int, play: Play, look: int) -> bool:
        """Whether it has cooled down and has not fired as often as it may today."""
        plan = play.plan
        fired = play.fired if plan.look_day[look] == play.day else 0
        return now - play.ended_ms >= plan.cool_down_ms and not 0 < plan.at_most <= fired

    def _fire(self, now: int, play: Play, look: int) -> None:
        day = int(play.plan.look_day[look])
        play.fired = play.fired + 1 if play.day == day else 1
        play.burning, play.since_ms, play.day = True, now, day
        self.record((now, NOBODY, FIRES, play.number, NOBODY))
        self._restrain(now, play.plan, 1)
        self._reinforce(now, play)

    # What is looked at.

    def _holds(self, now: int, number: int, condition: Condition) -> bool:
        found, bound = 0, condition.value
        if condition.what == Watched.WAIT:
            found = self.waiting[number].longest_ms(now)
        elif condition.what == Watched.QUEUE:
            found = len(self.waiting[number])
        else:
            there = [agent for agent in self.people_of_team[self.plays[number].plan.team] if self.available[agent]]
            if not there:
                return False
            busy = sum(bool(self.hands[agent]) for agent in there)
            if condition.what == Watched.FREE:
                found = len(there) - busy
            else:
                found, bound = busy * MILLION, bound * len(there)
        return (found > bound if condition.above else found < bound) or (condition.inclusive and found == bound)

    def _still_waits(self, now: int, ticket: int) -> None:
        super()._still_waits(now, ticket)
        if ticket in self.waits_in:
            self._waits_no_more(ticket)
        queue = self._queue_at(self.place[ticket])
        found = self.looked_at[queue][self.priority[ticket]][self.channel[ticket]]
        if found:
            self.waits_in[ticket] = found
            for waiting in found:
                waiting.join(ticket, self.joined_ms[ticket])

    def _lose_patience(self, now: int, ticket: int, attempt: int) -> None:
        super()._lose_patience(now, ticket, attempt)
        if self.place[ticket] == NOWHERE and ticket in self.waits_in:
            self._waits_no_more(ticket)

    def _waits_no_more(self, ticket: int) -> None:
        for waiting in self.waits_in.pop(ticket):
            waiting.leave(ticket)
