"""The plain floor: everybody holds one ticket at a time and the best ticket goes to whoever is free.

Most operations need no more, so this is the fast path: no choice is looked for where a plan leaves
none. What a plan asks for beyond it is built on `general.General`.
"""

from __future__ import annotations

from heapq import heappush

from supportsim.floor.instants import Handler, Order
from supportsim.floor.matching import Matching
from supportsim.floor.state import NOWHERE
from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.plan.model import Plan
from supportsim.workload.model import CALLS_BACK, Next, Workload

# Plain integers: a member of an IntEnum costs a method call at every comparison.
CREW, PATIENCE, RETURN, WIDEN = int(Order.CREW), int(Order.PATIENCE), int(Order.RETURN), int(Order.WIDEN)
ARRIVED, SUSPENDED, RELEASED, PASSED_ON = (
    int(event) for event in (Event.ARRIVED, Event.SUSPENDED, Event.RELEASED, Event.PASSED_ON)
)
RESOLVED, REOPENED = int(Event.RESOLVED), int(Event.REOPENED)
ESCALATED, HANDED_BACK = int(Event.ESCALATED), int(Event.HANDED_BACK)
ABANDONED, RETRIED, WIDENED = int(Event.ABANDONED), int(Event.RETRIED), int(Event.WIDENED)
AGENT_ON, AGENT_OFF = int(Event.AGENT_ON), int(Event.AGENT_OFF)
CLOSED, MERGED, CALL_BACK = int(Event.CLOSED), int(Event.MERGED), int(Event.CALL_BACK)
ENDED = int(Event.ENDED)
WAITS_FOR = {
    int(Next.ASK_CUSTOMER): (int(Event.ASKED), int(Event.REPLIED)),
    int(Next.FIX): (int(Event.SENT_TO_FIX), int(Event.FIXED)),
    int(Next.FOLLOW_UP): (int(Event.ASKED), int(Event.FOLLOW_UP_DUE)),
    int(Next.CLOSE): (int(Event.ASKED), CLOSED),
    int(Next.THIRD_PARTY): (int(Event.REFERRED), int(Event.ANSWERED)),
    int(Next.FIX_GOES_ON): (int(Event.SENT_TO_FIX), int(Event.UPDATE_DUE)),
    int(Next.THIRD_PARTY_GOES_ON): (int(Event.REFERRED), int(Event.UPDATE_DUE)),
}


A_WORD_ONLY = (int(Next.FOLLOW_UP), int(Next.FIX_GOES_ON), int(Next.THIRD_PARTY_GOES_ON))
"""After these a ticket comes back to be asked about or for a word to the customer, while others still have it."""


class Plain(Matching):
    """The changes: one method per member of `Order`, called with (now, who, what)."""

    __slots__ = ("endings",)

    def __init__(self, plan: Plan, workload: Workload) -> None:
        super().__init__(plan, workload)
        others = {
            Next.RESOLVE: self._resolve,
            Next.ESCALATE: self._escalate,
            Next.HAND_BACK: self._hand_back,
            Next.MERGE: self._merge,
            Next.LINK: self._end_linked,
        }
        self.endings = [others.get(what, self._wait_for) for what in sorted(Next)]

    def run(self) -> Ledger:
        """Let everything happen and return it."""
        if self.crew_changes:
            self.at(self.crew_changes[0][0], (CREW, 0, 0))
        handlers = self.handlers()
        alone = {order: self._and_settle(handler) for order, handler in handlers.items()} | self.lone_handlers()
        self.run_changes(handlers, alone)
        return self.ledger.freeze()

    def run_changes(self, handlers: dict[Order, Handler], alone: dict[Order, Handler]) -> None:
        """Let everything happen with these handlers, and those for changes that have their instant to themselves."""
        self.instants.run(self.created_ms, handlers, self.settle, alone)

    def handlers(self) -> dict[Order, Handler]:
        """Return what makes each kind of change happen."""
        return {
            Order.WORK_END: self._end_work,
            Order.CREW: self._change_crew,
            Order.PATIENCE: self._lose_patience,
            Order.RETURN: self._return,
            Order.WIDEN: self._widen,
            Order.ARRIVAL: self._arrive,
        }

    def lone_handlers(self) -> dict[Order, Handler]:
        """Return short cuts for changes that have their instant to themselves; each settles, too."""
        return {
            Order.WORK_END: self._end_work_alone,
            Order.RETURN: self._return_alone,
            Order.ARRIVAL: self._arrive_alone,
        }

    def _and_settle(self, handler: Handler) -> Handler:
        def handle_and_settle(now: int, who: int, what: int) -> None:
            handler(now, who, what)
            self.settle(now)

        return handle_and_settle

    # Changes that have their instant to themselves, as nearly all have: there is nothing to compare.

    def _arrive_alone(self, now: int, ticket: int, _what: int) -> None:
        if not self._take_at_once(now, ticket, ARRIVED):
            self._arrive(now, ticket, 0)
            self.touched.clear()

    def _return_alone(self, now: int, ticket: int, event: int) -> None:
        if event in (RETRIED, CLOSED):
            self._return(now, ticket, event)
            self.settle(now)
            return
        self.stage[ticket] += 1
        if not self._take_at_once(now, ticket, event):
            self._join(now, ticket, event, NOBODY)
            self.touched.clear()

    def _end_work_alone(self, now: int, agent: int, _what: int) -> None:
        if self.work_end_ms[agent] != now:
            return
        ticket = self.in_hand[agent]
        self.in_hand[agent] = NOBODY
        self.endings[self.stage_next[self.stage[ticket]]](now, ticket, agent)
        if not self.touched and self.available[agent]:
            self._take_next(now, agent)
            return
        if self.available[agent]:
            self.freed.append(agent)
        self.settle(now)

    def _end_work(self, now: int, agent: int, _what: int) -> None:
        # Work that was set aside leaves its end on the calendar.
        if self.work_end_ms[agent] != now:
            return
        ticket = self._put_down(agent)
        self.endings[self.stage_next[self.stage[ticket]]](now, ticket, agent)

    # What follows a touch: one method for each member of `Next`, called with (now, ticket, agent).

    def _resolve(self, now: int, ticket: int, agent: int) -> None:
        self.record((now, ticket, RESOLVED, self.team[agent], agent))
        reopens_after_ms = self.stage_delay_ms[self.stage[ticket]]
        if reopens_after_ms:
            self.at(now + reopens_after_ms, (RETURN, ticket, REOPENED))

    def _escalate(self, now: int, ticket: int, agent: int) -> None:
        self.stage[ticket] += 1
        self._join(now, ticket, ESCALATED, agent)

    def _hand_back(self, now: int, ticket: int, agent: int) -> None:
        self.stage[ticket] += 1
        self._join(now, ticket, HANDED_BACK, agent)

    def _wait_for(self, now: int, ticket: int, agent: int) -> None:
        stage = self.stage[ticket]
        goes, comes_back = WAITS_FOR[self.stage_next[stage]]
        self.record((now, ticket, goes, self.team[agent], agent))
        self.at(now + self.stage_delay_ms[stage], (RETURN, ticket, comes_back))

    def _merge(self, now: int, ticket: int, agent: int) -> None:
        self.record((now, ticket, MERGED, self.team[agent], agent))

    def _end_linked(self, now: int, ticket: int, agent: int) -> None:
        raise ValueError(f"ticket {ticket} is linked to an incident, expected a plan that links tickets")

    def _end_parked(self, now: int, ticket: int) -> None:
        """Resolve a ticket that was parked until its incident is over."""
        self.record((now, ticket, ENDED, self.team[self.last_agent[ticket]], NOBODY))

    def _change_crew(self, now: int, _who: int, _what: int) -> None:
        changes = self.crew_changes
        index = self.next_crew_change
        while index < len(changes) and changes[index][0] == now:
            _, comes, agent, reason, keeps_work = changes[index]
            if comes:
                self._come_on(now, agent)
            else:
                self._go_off(now, agent, reason, keeps_work)
            index += 1
        self.next_crew_change = index
        # Often enough for memory, and seldom enough to cost nothing.
        self.ledger.pack_if_large()
        if index < len(changes):
            self.at(changes[index][0], (CREW, 0, 0))

    def _lose_patience(self, now: int, ticket: int, attempt: int) -> None:
        place = self.place[ticket]
        waits_for_answer = place != NOWHERE and self.stage[ticket] == self.first_stage[ticket]
        if not waits_for_answer or self.attempt[ticket] != attempt:
            return
        self.attempt[ticket] = attempt + 1
        if self.retry_ms[attempt] == CALLS_BACK:
            self.record((now, ticket, CALL_BACK, self._queue_at(place), NOBODY))
            return
        self.place[ticket] = NOWHERE
        self.record((now, ticket, ABANDONED, self._queue_at(place), NOBODY))
        if self.retry_ms[attempt] >= 0:
            self.at(now + self.retry_ms[attempt], (RETURN, ticket, RETRIED))

    def _return(self, now: int, ticket: int, event: int) -> None:
        if event == RETRIED:
            self._retry(now, ticket)
        elif event == CLOSED:
            self.record((now, ticket, CLOSED, NOBODY, NOBODY))
        elif event == ENDED:
            self._end_parked(now, ticket)
        else:
            self.stage[ticket] += 1
            self._join(now, ticket, event, NOBODY)

    def _widen(self, now: int, ticket: int, joined_ms: int) -> None:
        place = self.place[ticket]
        if place == NOWHERE or self.joined_ms[ticket] != joined_ms:
            return
        queue = self._queue_at(place)
        wider = self.queues[queue].widens_to
        # Since it joined, the ticket may have been worked on and gone to a queue that does not widen.
        if wider >= 0:
            self._wait(now, ticket, place - queue + wider, wider, WIDENED, NOBODY)

    def _arrive(self, now: int, ticket: int, _what: int) -> None:
        self._join(now, ticket, ARRIVED, NOBODY)
        if self.live[ticket]:
            self._start_patience(now, ticket, self.first_attempt[ticket])

    # Tickets.

    def _join(self, now: int, ticket: int, event: int, agent: int, set_aside: int = 0) -> None:
        queue = self.stage_queue[self.stage[ticket]]
        self._wait(now, ticket, self._place_in(now, ticket, queue) - set_aside, queue, event, agent)
        widens_after_ms = self.queues[queue].widens_after_ms
        if widens_after_ms >= 0:
            self.joined_ms[ticket] = now
            self.at(now + widens_after_ms, (WIDEN, ticket, now))

    def _place_in(self, now: int, ticket: int, queue: int) -> int:
        """Return the place of a fresh ticket; less ``set_aside_bit``, that of one set aside."""
        class_bits: int = self.class_bits[self.stage[ticket]]
        since = now if self.by_wait else self._since(now, ticket)
        return class_bits + (since << self.since_shift) + (ticket << self.queue_bits) + queue

    def _since(self, now: int, ticket: int) -> int:
        """Return what orders the tickets of a class, the least first."""
        return self.created_ms[ticket] if self.by_creation else now

    def _queue_at(self, place: int) -> int:
        return place & self.queue_mask

    def _wait(self, now: int, ticket: int, place: int, queue: int, event: int, agent: int) -> None:
        self.place[ticket] = place
        heappush(self.heaps[queue], place)
        self.touched.append(queue)
        self.record((now, ticket, event, queue, agent))

    def _start_patience(self, now: int, ticket: int, attempt: int) -> None:
        if attempt < self.first_attempt[ticket + 1]:
            self.attempt[ticket] = attempt
            self.at(now + self.patience_ms[attempt], (PATIENCE, ticket, attempt))

    def _retry(self, now: int, ticket: int) -> None:
        attempt = self.attempt[ticket]
        if attempt < self.first_attempt[ticket + 1]:
            self._join(now, ticket, RETRIED, NOBODY)
            self._start_patience(now, ticket, attempt)
            return
        self.turned_deferrable.add(ticket)
        self.class_bits[self.stage[ticket]] += self.class_lost[ticket] * self.set_aside_bit
        for later in range(self.stage[ticket], self.first_stage[ticket + 1]):
            self.stage_queue[later] = self.stage_queue_after_retry[later]
        self._join(now, ticket, RETRIED, NOBODY)

    def _is_live(self, ticket: int) -> bool:
        in_first_stage = self.stage[ticket] == self.first_stage[ticket]
        return in_first_stage and self.live[ticket] and ticket not in self.turned_deferrable

    # Agents.

    def _come_on(self, now: int, agent: int) -> None:
        self.available[agent] = True
        self.record((now, NOBODY, AGENT_ON, self.team[agent], agent))
        if self.in_hand[agent] == NOBODY:
            self.freed.append(agent)

    def _go_off(self, now: int, agent: int, reason: int, keeps_work: int) -> None:
        self.available[agent] = False
        idle = self.idle[self.team[agent]]
        if agent in idle:
            idle.remove(agent)
        elif self.in_hand[agent] != NOBODY and not self._finishes(now, agent):
            self._set_aside(now, agent, keeps_work)
        if not keeps_work:
            self._pass_on(now, agent)
        self.record((now, NOBODY, AGENT_OFF, reason, agent))

    def _pass_on(self, now: int, agent: int) -> None:
        """Give what an agent has set aside to anyone."""
        for place in sorted(self.own[agent]):
            ticket = place >> self.queue_bits & self.ticket_mask
            self._join(now, ticket, PASSED_ON, agent, self.set_aside_bit)
        self.own[agent].clear()

    def _finishes(self, now: int, agent: int) -> bool:
        """Whether the work in hand goes on past the end of the agent's time."""
        left_ms = self.work_end_ms[agent] - now
        return self.finish_deferrable or left_ms <= self.grace_ms or self._is_live(self.in_hand[agent])

    def _set_aside(self, now: int, agent: int, keeps_work: int) -> None:
        left_ms = self.work_end_ms[agent] - now
        ticket = self._put_down(agent)
        self.left_ms[ticket] = left_ms
        if keeps_work:
            place = self._place_in(now, ticket, self.own_queue) - self.set_aside_bit
            heappush(self.own[agent], place)
            self.record((now, ticket, SUSPENDED, self.team[agent], agent))
        else:
            self._join(now, ticket, RELEASED, agent, self.set_aside_bit)

    def _put_down(self, agent: int) -> int:
        """Empty the agent's hands and return the ticket that was in them."""
        ticket = self.in_hand[agent]
        self.in_hand[agent] = NOBODY
        self.work_end_ms[agent] = NOBODY
        if self.available[agent]:
            self.freed.append(agent)
        return ticket
