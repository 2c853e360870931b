"""What a playbook keeps from the floor: tickets that are not begun for now, and callers who do not wait."""

from __future__ import annotations

from heapq import heapify

from supportsim.floor.general import General
from supportsim.floor.hands import DEFERRABLE
from supportsim.ledger import NOBODY, Event
from supportsim.plan.model import Plan, Playbook
from supportsim.workload.model import Workload

CALL_BACK = int(Event.CALL_BACK)


class Restraints(General):
    """Holds tickets of some priorities back from the queues, and has channels turned off or called back.

    A ticket that is held back keeps its place in the line, and the heap in which it lies is one that nobody looks into.
    """

    def set_up(self, plan: Plan, workload: Workload) -> None:
        """Begin without restraints; several playbooks may ask for the same one."""
        super().set_up(plan, workload)
        self.deferring = [[0] * len(plan.rules.priority_class) for _ in plan.queues]
        self.held_back: list[list[int]] = [[] for _ in plan.queues]
        self.called_back, self.turned_off = [0] * len(plan.channels), [0] * len(plan.channels)

    def _restrain(self, now: int, play: Playbook, change: int) -> None:
        """Begin (1) or end (-1) what a playbook asks for."""
        for channel, asked in enumerate(play.calls_back):
            self.called_back[channel] += change * asked
        for channel, asked in enumerate(play.turns_off):
            self.turned_off[channel] += change * asked
        if play.defers:
            queues = self.queues_of_team[play.team]
            for queue in queues:
                for priority, asked in enumerate(play.defers):
                    self.deferring[queue][priority] += change * asked
            self.withholds = any(any(asked) for asked in self.deferring)
            for queue in queues:
                before = list(self.held_back[queue])
                self._sort_out(queue)
                self._held_back_anew(now, queue, before)

    # Tickets that are not begun for now.

    def _is_held_back(self, ticket: int, place: int, queue: int) -> bool:
        # What was begun has no such bit.
        fresh = place & self.set_aside_bit
        return bool(self.deferring[queue][self.priority[ticket]] and fresh) and self._kind(ticket) == DEFERRABLE

    def _sort_out(self, queue: int) -> None:
        """Part those who wait in a queue into those that may be begun and those held back."""
        lane = queue * self.kinds + DEFERRABLE
        parts: tuple[list[int], list[int]] = ([], [])
        for place in self.heaps[lane] + self.held_back[queue]:
            ticket = place >> self.queue_bits & self.ticket_mask
            if self.place[ticket] == place:
                parts[self._is_held_back(ticket, place, queue)].append(place)
        # In place: others hold on to the heap.
        self.heaps[lane][:], self.held_back[queue] = parts
        heapify(self.heaps[lane])
        self.touched.append(lane)

    def _heap_of(self, ticket: int) -> list[int]:
        if self.withholds and not self._is_kept(ticket):
            place = self.place[ticket]
            queue = self._queue_at(place)
            if self._is_held_back(ticket, place, queue):
                return self.held_back[queue]
        return super()._heap_of(ticket)

    # Callers who do not wait.

    def _gets_through(self, ticket: int) -> bool:
        return not self.turned_off[self.channel[ticket]] and super()._gets_through(ticket)

    def _stays_on_the_line(self, now: int, ticket: int) -> None:
        no_attempt = self.first_attempt[ticket + 1]
        if self.called_back[self.channel[ticket]] and self.attempt[ticket] < no_attempt:
            self.attempt[ticket] = no_attempt
            self.record((now, ticket, CALL_BACK, self._queue_at(self.place[ticket]), NOBODY))
            self._hang_up(ticket)
        else:
            super()._stays_on_the_line(now, ticket)
