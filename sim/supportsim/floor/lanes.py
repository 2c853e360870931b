"""Tickets that wait by queue and kind, or for one person."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import zip_longest

from supportsim.floor.hands import DEFERRABLE, UNLIMITED, URGENT
from supportsim.floor.plain import PASSED_ON, WIDEN, Plain
from supportsim.floor.state import NOWHERE
from supportsim.ledger import NOBODY, Event
from supportsim.plan.model import Plan
from supportsim.workload.model import Workload

TURNED_AWAY = int(Event.TURNED_AWAY)


class Lanes(Plain):
    """A *lane* holds the tickets of one queue and one kind."""

    __slots__ = (
        "channel", "followed", "joined", "keeper", "kind_of", "kind_of_channel", "kinds", "lanes_of_team", "limits",
        "priority", "ranked_teams", "usual_kind", "widens_after_ms", "withholds",
    )  # fmt: skip

    def __init__(self, plan: Plan, workload: Workload) -> None:
        super().__init__(plan, workload)
        self.set_up(plan, workload)

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Make ready before anything happens; features extend it."""
        rules = plan.rules
        limits = rules.concurrency or (1,) * len(plan.channels)
        distinct = sorted(set(limits))
        self.limits = [UNLIMITED, UNLIMITED, *distinct]
        self.kinds = len(self.limits)
        self.kind_of_channel = [2 + distinct.index(limit) for limit in limits]
        self.channel = memoryview(workload.tickets.channel)  # type: ignore[arg-type]
        self.priority: list[int] = workload.tickets.priority.tolist()
        nobodys = [any(either) for either in zip_longest(rules.urgent, rules.unowned, fillvalue=False)]
        urgent = nobodys or [False] * len(rules.priority_class)
        self.usual_kind = [URGENT if urgent[priority] else DEFERRABLE for priority in self.priority]
        """By ticket, where it is not live."""
        self.kind_of = [DEFERRABLE] * len(self.place)
        """By ticket, as of the beginning of its last wait."""
        self.heaps = [[] for _ in range(len(plan.queues) * self.kinds)]
        lanes = self._lanes(plan, workload, any(urgent))
        self.lanes_of_team = [
            [(kind, queue * self.kinds + kind) for queue in queues for kind in lanes[queue]]
            for queues in self.queues_of_team
        ]
        self.ranked_teams = [tuple(zip(queue.ranks, queue.teams, strict=True)) for queue in plan.queues]
        self.widens_after_ms = [queue.widens_after_ms for queue in plan.queues]
        self.joined: list[int] = []
        """The tickets that began to wait at this instant."""
        self.keeper: dict[int, int] = {}
        self.followed: set[int] = set()
        """Tickets of which features want to hear when they join or a touch at them ends."""
        self.withholds = False
        """Whether a feature keeps any waiting tickets out of their lanes, in the heap that ``_heap_of`` names."""

    def _lanes(self, plan: Plan, workload: Workload, has_urgent: bool) -> list[list[int]]:
        """Return by queue the kinds of tickets that may ever wait there."""
        deferrable = [DEFERRABLE, URGENT] if has_urgent else [DEFERRABLE]
        first = workload.tickets.stage_offset[:-1][workload.tickets.live]
        answers = {self.stage_queue[stage] for stage in first.tolist()}
        answers.update(queue.widens_to for index, queue in enumerate(plan.queues) if index in answers)
        return [[*deferrable, *(range(2, self.kinds) if queue in answers else ())] for queue in range(len(plan.queues))]

    # Tickets.

    def _kind(self, ticket: int) -> int:
        return self.kind_of_channel[self.channel[ticket]] if self._is_live(ticket) else self.usual_kind[ticket]

    def _join(self, now: int, ticket: int, event: int, agent: int, set_aside: int = 0) -> None:
        self.joined_ms[ticket] = now
        stage = self.stage[ticket]
        queue = self.stage_queue[stage]
        since = now if self.by_wait else self._since(now, ticket)
        place = self.class_bits[stage] + (since << self.since_shift) + (ticket << self.queue_bits) + queue - set_aside
        self._wait(now, ticket, place, queue, event, agent)
        if ticket in self.followed:
            self._has_joined(now, ticket)

    def _has_joined(self, now: int, ticket: int) -> None:
        """Do what features do when a ticket that they follow begins to wait."""

    def _start_patience(self, now: int, ticket: int, attempt: int) -> None:
        self.attempt[ticket] = attempt

    def _still_waits(self, now: int, ticket: int) -> None:
        """Let the clocks run of a ticket that began to wait now, or waits for others now, and that nobody has taken."""
        if self.joined_ms[ticket] != now:
            return
        if self.kind_of[ticket] > URGENT:
            self._stays_on_the_line(now, ticket)
        widens_after_ms = self.widens_after_ms[self.stage_queue[self.stage[ticket]]]
        if widens_after_ms >= 0:
            self.at(now + widens_after_ms, (WIDEN, ticket, now))

    def _wait(self, now: int, ticket: int, place: int, queue: int, event: int, agent: int) -> None:
        self.place[ticket] = place
        self.kind_of[ticket] = kind = self._kind(ticket) if self.live[ticket] else self.usual_kind[ticket]
        lane = queue * self.kinds + kind
        heappush(self._heap_of(ticket) if self.withholds else self.heaps[lane], place)
        self.touched.append(lane)
        self.joined.append(ticket)
        self.record((now, ticket, event, queue, agent))

    def _keep(self, agent: int, ticket: int, place: int) -> None:
        """Have a ticket wait for one person; ``place`` is one in no queue."""
        self.place[ticket] = place
        self.keeper[ticket] = agent
        heappush(self.own[agent], place)

    def _withdraw(self, now: int, ticket: int) -> None:
        """Take a waiting ticket out of its line."""
        self.place[ticket] = NOWHERE

    def _unkeep(self, ticket: int) -> None:
        """Have a ticket wait for one person no more."""
        del self.keeper[ticket]

    def _heap_of(self, ticket: int) -> list[int]:
        """Return the heap in which a ticket waits."""
        if self._is_kept(ticket):
            return self.own[self.keeper[ticket]]
        return self.heaps[self._queue_at(self.place[ticket]) * self.kinds + self.kind_of[ticket]]

    def _queue_at(self, place: int) -> int:
        queue = place & self.queue_mask
        if queue == self.own_queue:
            return self.stage_queue[self.stage[place >> self.queue_bits & self.ticket_mask]]
        return queue

    def _is_kept(self, ticket: int) -> bool:
        """Whether a waiting ticket waits for one person."""
        return self.place[ticket] & self.queue_mask == self.own_queue

    def _has_kept(self, agent: int) -> bool:
        """Tell whether anything waits for an agent, dropping heads of earlier waits.

        A ticket may have the same place later, in no queue and by its creation, while it waits for somebody else.
        """
        own = self.own[agent]
        while self._has_waiting(own):
            if self.keeper.get(own[0] >> self.queue_bits & self.ticket_mask) == agent:
                return True
            heappop(own)
        return False

    def _kept_by(self, agent: int) -> list[int]:
        """Return the tickets that wait for an agent."""
        places = sorted(set(self.own[agent]))
        tickets = [(place, place >> self.queue_bits & self.ticket_mask) for place in places]
        return [ticket for place, ticket in tickets if self.place[ticket] == place and self.keeper.get(ticket) == agent]

    def _pass_on(self, now: int, agent: int) -> None:
        for ticket in self._kept_by(agent):
            self._unkeep(ticket)
            self._join(now, ticket, PASSED_ON, agent, self.set_aside_bit)
        self.own[agent].clear()

    def _widen(self, now: int, ticket: int, joined_ms: int) -> None:
        if self.place[ticket] == NOWHERE or not self._is_kept(ticket):
            super()._widen(now, ticket, joined_ms)

    # Live contacts.

    def _arrive(self, now: int, ticket: int, _what: int) -> None:
        if not self.live[ticket] or self._gets_through(ticket):
            super()._arrive(now, ticket, 0)
        else:
            self._turn_away(now, ticket)

    def _retry(self, now: int, ticket: int) -> None:
        calls = self.attempt[ticket] < self.first_attempt[ticket + 1]
        if not calls or self._gets_through(ticket):
            super()._retry(now, ticket)
        else:
            self._turn_away(now, ticket)

    def _gets_through(self, ticket: int) -> bool:
        """Whether a live contact may wait for an answer; a line that it needs is taken then."""
        return True

    def _turn_away(self, now: int, ticket: int) -> None:
        self.record((now, ticket, TURNED_AWAY, self.stage_queue[self.stage[ticket]], NOBODY))

    def _stays_on_the_line(self, now: int, ticket: int) -> None:
        """Begin the patience of a live contact that nobody has answered at once."""
        super()._start_patience(now, ticket, self.attempt[ticket])

    def _hang_up(self, ticket: int) -> None:
        """Have a live contact end."""
