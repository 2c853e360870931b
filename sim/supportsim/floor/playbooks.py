"""Playbooks: the floor is looked at now and then, and when it burns something is done until it does no more."""

from __future__ import annotations

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
        self.look_ms: list[list[int]] = [one.look_ms.tolist() for one in plan.playbooks]
        self.next_look = [0 for _ in plan.playbooks]
        self.seen = [False for _ in plan.playbooks]
        self.seen_ms = NOBODY
        self.people_of_team = [
            [person for person, own in enumerate(self.team) if own == team] for team in range(len(plan.teams))
        ]
        for number, looks in enumerate(self.look_ms):
            if looks:
                self.at(looks[0], (WATCH, number, 0))

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

    def _look(self, now: int, number: int, look: int) -> None:
        if self.seen_ms != now:
            self._see(now)
        looks, play = self.look_ms[number], self.plays[number]
        self.next_look[number] = look + 1
        if look + 1 < len(looks):
            self.at(looks[look + 1], (WATCH, number, look + 1))
        plan, closes = play.plan, play.plan.closes[look]
        if not play.burning:
            if not closes and self.seen[number] and self._may_fire(now, play, look):
                self._fire(now, play, look)
        elif closes or (now - play.since_ms >= plan.at_least_ms and self.seen[number]):
            play.burning, play.ended_ms = False, now
            self.record((now, NOBODY, ENDS, number, NOBODY))
            self._dismiss(now, play)
            self._restrain(plan, -1)
        else:
            self._lend(now, play)

    def _see(self, now: int) -> None:
        """Look for all playbooks that look at this instant, before any of them changes anything."""
        self.seen_ms = now
        for play, looks, look in zip(self.plays, self.look_ms, self.next_look, strict=True):
            if look < len(looks) and looks[look] == now:
                conditions = play.plan.until if play.burning else play.plan.when
                self.seen[play.number] = all(self._holds(now, play.number, one) for one in conditions)

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
        self._restrain(play.plan, 1)
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
