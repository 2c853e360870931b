"""The ledger seen from its tickets, its stretches of work and its agents, for the audit's rules.

Nothing here is shared with the floor or with the measures, so that a mistake made
there is not made again here.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.measures.audit import aging, hands_over_time
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.burning import Burning, Stays, burning, without
from supportsim.measures.audit.hands_over_time import DEFERRABLE, UNITS, URGENT, Timeline
from supportsim.measures.audit.helpers import Helpers, Paces, add_help, find_helpers
from supportsim.measures.audit.moves import stage_reached
from supportsim.measures.audit.presence import Presence
from supportsim.measures.audit.sorting import count_within, order_of
from supportsim.measures.audit.speed import speed_ppm
from supportsim.measures.audit.views import History, Stretches
from supportsim.plan.model import OrderBy, Plan
from supportsim.workload.model import Crew, Workload


class Facts:
    """A plan, its workload and a ledger, with views that are made when a rule first asks.

    The views presume what earlier rules of the audit have checked.
    """

    def __init__(self, plan: Plan, workload: Workload, ledger: Ledger, drawn: Crew | None = None) -> None:
        self.plan = plan
        self.drawn = drawn or workload.crew
        """The crew before playbooks changed it."""
        self.workload = workload
        self.ledger = ledger
        self.rows = len(ledger)
        self.horizon_ms = plan.horizon_ms

    @cached_property
    def instant(self) -> NDArray[np.int64]:
        """The number of each row's instant, int64 (E,); rows of one time share it."""
        return np.cumsum(np.diff(self.ledger.time_ms, prepend=-1) > 0)

    @cached_property
    def time_or_end_ms(self) -> NDArray[np.int64]:
        """The time of each row, then the horizon: int64 (E + 1,)."""
        return np.append(self.ledger.time_ms, self.horizon_ms)

    @cached_property
    def may_take(self) -> NDArray[np.bool_]:
        """Who may take from which queue: bool (queues, teams)."""
        table = np.zeros((len(self.plan.queues), len(self.plan.teams)), dtype=np.bool_)
        for index, queue in enumerate(self.plan.queues):
            table[index, list(queue.teams)] = True
        return table

    @cached_property
    def history(self) -> History:
        """See `History`."""
        ledger, tickets = self.ledger, self.workload.tickets
        row = np.flatnonzero(~(words.NO_TICKET | words.BESIDE)[ledger.event]).astype(np.int32)
        row = row[order_of(ledger.ticket[row])]
        ticket = ledger.ticket[row]
        event = ledger.event[row]
        time_ms = ledger.time_ms[row]
        first = np.diff(ticket, prepend=-1) != 0
        last = np.append(first[1:], True)[: len(first)]
        previous = np.where(first, 0, np.roll(event, 1))
        begins = first | ~words.GOES_ON[event]
        joined = np.maximum.accumulate(np.where(begins, np.arange(len(event)), 0))
        reached = stage_reached(self.plan, tickets, ticket, event, ledger.place[row], first)
        beyond = reached >= tickets.stage_offset[ticket + 1]
        if tickets.linked_stage is not None:
            linked, only = count_within(event == Event.LINKED, first) > 0, tickets.linked_stage[ticket]
            at_end = (only >= 0) & (only > tickets.stage_offset[ticket])
            beyond |= at_end & ~linked & (reached >= only)
            reached = np.where(linked & (only >= 0), only + (reached - tickets.stage_offset[ticket]), reached)
            beyond |= reached >= tickets.stage_offset[ticket + 1]
        beyond |= reached < 0
        stage = np.clip(reached, tickets.stage_offset[ticket], tickets.stage_offset[ticket + 1] - 1).astype(np.int32)
        attempt = tickets.attempt_offset[ticket] + count_within(event == Event.ABANDONED, first)
        retried = count_within(event == Event.RETRIED, first) > 0
        return History(
            row=row,
            ticket=ticket,
            event=event,
            place=ledger.place[row],
            agent=ledger.agent[row],
            time_ms=time_ms,
            first=first,
            last=last,
            previous=previous,
            joined=joined,
            waited_as=event[joined],
            next_row=np.where(last, np.int32(self.rows), np.roll(row, -1)),
            next_ms=np.where(last, self.horizon_ms, np.roll(time_ms, -1)),
            stage=stage,
            stage_before=np.where(first, stage, np.roll(stage, 1)),
            beyond=beyond,
            attempt=attempt.astype(np.int32),
            returned=retried & (attempt >= tickets.attempt_offset[ticket + 1]) & (event != Event.ABANDONED),
        )

    @cached_property
    def queue(self) -> NDArray[np.int64]:
        """The queue of the stage the ticket has reached, by the plan: int64 (M,)."""
        history, tickets = self.history, self.workload.tickets
        ticket = history.ticket
        channel = np.where(history.returned, tickets.retry_channel[ticket], tickets.channel[ticket])
        return self.plan.queue_of[tickets.stage_tier[history.stage], tickets.skill[ticket], channel].astype(np.int64)

    @cached_property
    def is_live(self) -> NDArray[np.bool_]:
        """Whether the ticket is a live contact after the row: bool (M,)."""
        history, tickets = self.history, self.workload.tickets
        in_first_stage = history.stage == tickets.stage_offset[history.ticket]
        live: NDArray[np.bool_] = tickets.live[history.ticket] & in_first_stage & ~history.returned
        return live

    @cached_property
    def holder(self) -> NDArray[np.int32]:
        """For whom alone the ticket waits after the row, int32 (M,); NOBODY if it does not, or for anyone."""
        history = self.history
        at = np.maximum.accumulate(np.where(words.SAME_HOLDER[history.event], 0, np.arange(len(history.event))))
        return np.where(words.OWN[history.event[at]], history.agent[at], np.int32(NOBODY))

    @cached_property
    def stretches(self) -> Stretches:
        """See `Stretches`."""
        history = self.history
        at = np.flatnonzero(words.STARTS[history.event])
        ticket, agent, stage = history.ticket[at], history.agent[at], history.stage[at]
        start_ms, end_ms = history.time_ms[at], history.next_ms[at]
        return Stretches(
            at=at,
            ticket=ticket,
            agent=agent,
            stage=stage,
            start_ms=start_ms,
            end_ms=end_ms,
            end_event=np.where(history.last[at], 0, np.roll(history.event, -1)[at]),
            live=self.is_live[at],
        )

    @cached_property
    def due(self) -> NDArray[np.int64]:
        """What was left to do at the start of each stretch, in `UNITS`: int64 (W,).

        The stage's work and the reading-in of everyone so far who was new to the ticket, less what was done.
        """
        work, history = self.stretches, self.history
        new_ticket = np.diff(work.ticket, prepend=-1) != 0
        reads_in = ~new_ticket & (np.diff(work.agent, prepend=-1) != 0)
        # Its clock may bring a ticket to the same stage twice.
        new_touch = new_ticket | (history.event[work.at] == Event.STARTED)
        added = np.where(reads_in, self.plan.rules.reading_in_ms * UNITS, 0)
        done, _ = self.work_done(np.arange(len(work.at)), history.next_row[work.at].astype(np.int64))
        before = count_within(done, new_touch) - done
        return self.workload.tickets.stage_work_ms[work.stage] * UNITS + count_within(added, new_touch) - before

    def work_done(
        self, which: NDArray[np.int64], until: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what stretches (n,) got done before rows (n,) of their agent, in `UNITS`, and the pace just before.

        Work goes at the pace that the channel and the number in hand allow, times the speed of who took it.
        """
        work, rules = self.stretches, self.plan.rules
        skill = self.workload.tickets.skill[work.ticket[which]]
        speed = speed_ppm(self.plan, self.workload, work.agent[which], skill, work.start_ms[which])
        done = (self.time_or_end_ms[until] - work.start_ms[which]) * speed
        pace = speed.copy()
        if rules.pace_ppm:
            self._side_by_side(which, until, speed, done, pace)
        if rules.swarm is not None:
            spans_ms = work.start_ms[which], self.time_or_end_ms[until]
            add_help(self.helpers, which, spans_ms, self._paces_of, rules.swarm.adds_ppm, done, pace)
        return done, pace

    def _paces_of(self, stretch: int) -> Paces:
        """Return the paces at which whoever took a ticket works on it alone."""
        work, line, tickets = self.stretches, self.timeline, self.workload.tickets
        ticket, since_ms = work.ticket[[stretch]], work.start_ms[[stretch]]
        speed = int(speed_ppm(self.plan, self.workload, work.agent[[stretch]], tickets.skill[ticket], since_ms)[0])
        if not self.plan.rules.pace_ppm:
            return [(0, speed)]
        of_channel = self.plan.rules.pace_ppm[int(tickets.channel[ticket[0]])]
        begins, ends = int(self.history.row[work.at[stretch]]), int(self.history.next_row[work.at[stretch]])
        of_agent = int(np.searchsorted(line.agent, work.agent[stretch], side="right"))
        rows = slice(int(line.at[begins]), int(line.at[ends]) if ends < self.rows else of_agent)
        numbers = np.clip(line.in_hand[rows], 1, len(of_channel)).tolist()
        paces = [max(of_channel[number - 1] * speed // UNITS, 1) for number in numbers]
        return list(dict(zip(self.ledger.time_ms[line.row[rows]].tolist(), paces, strict=True)).items())

    def _side_by_side(
        self,
        which: NDArray[np.int64],
        until: NDArray[np.int64],
        speed: NDArray[np.int64],
        done: NDArray[np.int64],
        pace: NDArray[np.int64],
    ) -> None:
        """Correct what `work_done` returns for contacts whose pace depends on the number in hand."""
        work, line, rules = self.stretches, self.timeline, self.plan.rules
        begin = line.at[self.history.row[work.at[which]]]
        of_agent = np.searchsorted(line.agent, work.agent[which], side="right")
        end = np.where(until < self.rows, np.append(line.at, 0)[until], of_agent)
        paces = list(dict.fromkeys(rules.pace_ppm))
        which_paces = np.array([paces.index(own) for own in rules.pace_ppm])
        alike = which_paces[self.workload.tickets.channel[work.ticket[which]]]
        for code, own_speed in sorted({*zip(alike.tolist(), speed.tolist(), strict=True)}):
            at = np.flatnonzero((alike == code) & (speed == own_speed))
            at_speed = tuple(max(each * own_speed // UNITS, 1) for each in paces[code])
            made = hands_over_time.progress(line, self.time_or_end_ms, at_speed)
            done[at] = made.done[end[at] - 1] - made.done[begin[at] - 1]
            pace[at] = made.pace[end[at] - 1]

    @cached_property
    def kind(self) -> NDArray[np.int64]:
        """The kind of each ticket that waits or is taken in hand, int64 (M,); see `hands_over_time`."""
        rules, history, tickets = self.plan.rules, self.history, self.workload.tickets
        kinds = np.array(hands_over_time.limits_of(rules))
        channel = tickets.channel[history.ticket]
        limit = np.array(rules.concurrency or (1,) * len(self.plan.channels), dtype=np.int64)[channel]
        urgent = self.unowned[tickets.priority[history.ticket]]
        live_kind = URGENT + 1 + np.searchsorted(kinds[URGENT + 1 :], limit)
        kind: NDArray[np.int64] = np.where(self.is_live, live_kind, np.where(urgent, URGENT, DEFERRABLE))
        return kind

    @property
    def urgent(self) -> NDArray[np.bool_]:
        """By priority (5,), whether its tickets set work aside."""
        return np.array(self.plan.rules.urgent or (False,) * len(self.plan.rules.priority_class))

    @property
    def unowned(self) -> NDArray[np.bool_]:
        """By priority (5,), whether its tickets are nobody's own."""
        found: NDArray[np.bool_] = self.urgent | np.array(self.plan.rules.unowned or (False,))
        return found

    @cached_property
    def helpers(self) -> Helpers:
        """Who joined whose work; see `Helpers`."""
        work = self.stretches
        return find_helpers(self.ledger, self.horizon_ms, work.ticket, self.history.row[work.at])

    @cached_property
    def timeline(self) -> Timeline:
        """See `Timeline`."""
        history, work = self.history, self.stretches
        kind_of_row = np.zeros(self.rows + 1, dtype=np.int64)
        kind_of_row[history.row[work.at]] = kind_of_row[history.next_row[work.at]] = self.kind[work.at]
        helps = np.flatnonzero(words.HELPS[self.ledger.event])
        kind_of_row[helps] = np.where(
            self.unowned[self.workload.tickets.priority[self.ledger.ticket[helps]]], URGENT, 0
        )
        return hands_over_time.timeline(
            self.plan.rules, self.ledger.event, self.ledger.agent, kind_of_row[:-1], self.owned_change
        )

    @cached_property
    def owned_change(self) -> NDArray[np.int64]:
        """By how much each row changes the number of deferrable tickets that its agent owns: int64 (E,)."""
        history = self.history
        change = np.zeros(self.rows, dtype=np.int64)
        deferrable = self.kind <= URGENT
        was_own = np.roll(self.holder, 1) != NOBODY
        change[history.row[words.STARTS[history.event] & deferrable & ~was_own]] = 1
        change[history.row[history.event == Event.ASSIGNED]] = 1
        gives_up = words.events((Event.PASSED_ON, Event.LET_GO))[history.event]
        put_down = (words.ENDS & ~words.OWN)[history.event] & np.roll(deferrable, 1)
        change[history.row[gives_up | put_down]] = -1
        return change

    @cached_property
    def load_before(self) -> NDArray[np.int64]:
        """The load of each agent just before each stretch of work, int64 (W,)."""
        at = self.timeline.at[self.history.row[self.stretches.at]]
        return np.where(self.timeline.first[at], 0, self.timeline.load[at - 1])

    @cached_property
    def order_key(self) -> NDArray[np.int64]:
        """The standing of a ticket that waits from this row on, int64 (M,), unless it ages; the least goes first."""
        history = self.history
        standing: NDArray[np.int64] = (2 * self.rank + self._fresh) * (self.rows + 1) + self._since
        return standing * self.tickets + history.ticket

    @cached_property
    def _fresh(self) -> NDArray[np.bool_]:
        """Whether what waits after each row is not work set aside: bool (M,)."""
        history = self.history
        fresh: NDArray[np.bool_] = ~(words.ASIDE[history.waited_as] | (history.event == Event.SUSPENDED))
        return fresh

    @property
    def _since(self) -> NDArray[np.int64]:
        """What orders tickets of one class after each row, int64 (M,), as ranks below the number of rows."""
        history, rules, tickets = self.history, self.plan.rules, self.workload.tickets
        if rules.order_by == OrderBy.WORK:
            values = tickets.stage_work_ms[history.stage[history.joined]]
        elif rules.order_by == OrderBy.DUE and tickets.due_ms is not None:
            begun = count_within(words.STARTS[history.event], history.first) > 0
            due_ms = tickets.due_ms[history.ticket, begun.astype(np.int64)]
            values = np.where(due_ms < 0, np.iinfo(np.int64).max, due_ms)
        elif rules.seniority_is_ticket:
            # Tickets are numbered by creation, so their number alone tells their seniority.
            return np.zeros(len(history.row), dtype=np.int64)
        else:
            return self.instant[history.row[history.joined]]
        return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)

    def risen(self, at: NDArray[np.int64], time_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return by how many steps of aging tickets that wait from the rows ``at`` (n,) on have risen by instants."""
        history, rules = self.history, self.plan.rules
        if not rules.aging_ms:
            return np.zeros(len(at), dtype=np.int64)
        waited_ms = aging.waited_ms(self.plan, self._clock[at], history.time_ms[history.joined[at]], time_ms)
        ages = history.event[at] != Event.SUSPENDED
        return np.where(ages, np.minimum(waited_ms // rules.aging_ms, self._most_steps[at]), 0)

    @property
    def _clock(self) -> NDArray[np.int32]:
        """The SLA clock of each row's ticket, int32 (M,)."""
        tickets, ticket = self.workload.tickets, self.history.ticket
        return self.plan.sla.clock[tickets.priority[ticket], tickets.segment[ticket]]

    @cached_property
    def _most_steps(self) -> NDArray[np.int64]:
        """By how many steps a ticket could rise, int64 (M,): class 0 is the highest, and the urgent never rise."""
        rules, priority = self.plan.rules, self.workload.tickets.priority[self.history.ticket]
        urgent = self.urgent[priority]
        urgent |= np.where(rules.urgent_live, self.is_live, False)
        steps: NDArray[np.int64] = -(-rules.priority_class[priority].astype(np.int64) // rules.aging_raises)
        return np.where(urgent, 0, steps)

    def key_at(self, at: NDArray[np.int64], steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the standing (n,) of tickets that wait from the rows ``at`` (n,) on after steps (n,) of aging."""
        rules, priority = self.plan.rules, self.workload.tickets.priority[self.history.ticket[at]]
        classes = np.minimum(steps * rules.aging_raises, rules.priority_class[priority])
        key: NDArray[np.int64] = self.order_key[at] - 2 * classes * (self.rows + 1) * self.tickets
        return key

    @cached_property
    def rank(self) -> NDArray[np.int64]:
        """The rank of each ticket, int64 (M,): urgent ones, then live ones if the rules want it, then by class."""
        rules, priority = self.plan.rules, self.workload.tickets.priority[self.history.ticket]
        classes = len(rules.priority_class)
        behind_live = np.where(rules.live_first, ~self.is_live, False)
        rank = 10 * classes * (1 + behind_live) + rules.priority_class[priority]
        rank = np.where(rules.urgent_live & self.is_live, classes, rank)
        return np.where(self.urgent[priority], priority, rank).astype(np.int64)

    @property
    def tickets(self) -> int:
        """How many tickets the workload has."""
        return len(self.workload.tickets)

    @property
    def kinds(self) -> int:
        """How many kinds of tickets there are."""
        return len(hands_over_time.limits_of(self.plan.rules))

    @cached_property
    def waiting(self) -> Presence:
        """Tickets present in the lanes: queue x kinds + kind."""
        lane = self.history.place.astype(np.int64) * self.kinds + self.kind
        stays = self._stays_of_tickets(words.QUEUES[self.history.event] & (self.holder == NOBODY))
        for number, playbook in enumerate(self.plan.playbooks):
            if playbook.defers:
                stays = without(stays, self.may_be_held_back(number), self.burning(number))
        return self._presence_of(stays, lane)

    @cached_property
    def kept(self) -> Presence:
        """Tickets set aside and kept, or assigned, present with their agents."""
        return self._presence_of(self._stays_of_tickets(self.holder != NOBODY), self.holder)

    def burning(self, number: int) -> Burning:
        """Return when a playbook burned."""
        return self._fires[number]

    @cached_property
    def _fires(self) -> tuple[Burning, ...]:
        return tuple(burning(self.ledger, number, self.horizon_ms) for number in range(len(self.plan.playbooks)))

    def may_be_held_back(self, number: int, as_assigned: bool = False) -> NDArray[np.bool_]:
        """Tell of which tickets a playbook has nobody begin after each row, bool (M,), while it burns.

        Once assigned, ``as_assigned``, a ticket belongs to the queue of its stage, even if it had gone to a wider one.
        """
        history, playbook = self.history, self.plan.playbooks[number]
        stated = np.array(playbook.defers)[self.workload.tickets.priority[history.ticket]]
        place = np.where(words.QUEUES[history.event], self.queue if as_assigned else history.place, -1)
        held: NDArray[np.bool_] = np.append(self.may_take[:, playbook.team], False)[place] & self._fresh & stated
        held &= self.kind == DEFERRABLE
        return held

    def _presence_of(self, stays: Stays, group: NDArray[Any]) -> Presence:
        return Presence(group[stays.at], stays.enter, stays.leave, stays.key, self.rows)

    def _stays_of_tickets(self, during: NDArray[np.bool_]) -> Stays:
        history = self.history
        at = np.flatnonzero(during)
        if not self.plan.rules.aging_ms:
            enter, leave = history.row[at].astype(np.int64), history.next_row[at].astype(np.int64)
            return Stays(at, enter, leave, self.order_key[at])
        # One stay for each step that a ticket rises; a step counts from the first row of its instant on.
        first, last = self.risen(at, history.time_ms[at]), self.risen(at, history.next_ms[at])
        times = last - first + 1
        stay = np.repeat(np.arange(len(at)), times)
        step = first[stay] + np.arange(len(stay)) - np.repeat(np.cumsum(times) - times, times)
        since_ms = history.time_ms[history.joined[at]][stay]
        rises_ms = aging.rises_ms(self.plan, self._clock[at[stay]], since_ms, step)
        rise = np.maximum(np.searchsorted(self.ledger.time_ms, rises_ms), history.row[at][stay])
        enter = np.where(step == first[stay], history.row[at][stay], rise)
        begins_next = np.append(enter[1:], 0)
        leave = np.where(step == last[stay], history.next_row[at][stay], begins_next)
        some = enter < leave
        keys = self.key_at(at[stay], step)
        return Stays(at[stay][some], enter[some], leave[some], keys[some])

    @cached_property
    def open(self) -> Presence:
        """Available agents who may take something, present by team and load: team x loads + load."""
        line = self.timeline
        could: NDArray[np.bool_] = np.any(line.takes, axis=1)
        at = np.flatnonzero(line.begins & line.available & could[line.load])
        group = self.plan.people.team[line.agent[at]].astype(np.int64) * len(line.loads) + line.load[at]
        return Presence(group, line.row[at], line.leave[at], self.standing(line.agent[at], line.row[at]), self.rows)

    def standing(self, agent: NDArray[np.int64], since_row: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the standing (n,) of agents among those of one team and load; the least goes first."""
        key: NDArray[np.int64] = self.instant[since_row] * len(self.plan.people.names) + agent
        return key

    def row_of_leaving(self, agent: NDArray[Any], at_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row (n,) at which an agent's time ends at that instant."""
        off = np.flatnonzero(self.ledger.event == Event.AGENT_OFF)
        key = self.crew_key(self.ledger.agent[off], self.ledger.time_ms[off])
        order = np.argsort(key, kind="stable")
        return off[order[np.searchsorted(key[order], self.crew_key(agent, at_ms))]]

    def crew_key(self, person: NDArray[Any], time_ms: NDArray[Any]) -> NDArray[np.int64]:
        """Return one number (n,) that sorts by person, then time."""
        key: NDArray[np.int64] = person.astype(np.int64) * self._crew_span_ms + time_ms
        return key

    def person_and_time(self, key: int) -> tuple[int, int]:
        """Return what went into a `crew_key`."""
        return divmod(key, self._crew_span_ms)

    @cached_property
    def _crew_span_ms(self) -> int:
        return 1 + max(self.horizon_ms, int(self.workload.crew.end_ms.max(initial=0)))
