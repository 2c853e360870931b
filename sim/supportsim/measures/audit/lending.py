"""The rule on people who help another team: as many as it wants, the right ones, and in one place at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import NOBODY, Event
from supportsim.measures.audit import vocabulary as words
from supportsim.measures.audit.breach import Breach, earliest
from supportsim.measures.audit.burning import Burning
from supportsim.measures.audit.facts import Facts
from supportsim.measures.audit.overtime import WeeklyOvertime
from supportsim.measures.audit.played import Stretch, people_lent, spans_lent, twins_of, worked
from supportsim.plan.model import OffReason, Playbook

Integers = NDArray[np.int64]


def lending(facts: Facts) -> Iterator[Breach]:
    """Who is lent is in one team at a time, finishes what is in hand, and is lent while a playbook wants it."""
    lends = [(play, facts.burning(number)) for number, play in enumerate(facts.plan.playbooks) if play.lends != NOBODY]
    if not lends:
        return
    fires, ledger = [facts.burning(number) for number in range(len(facts.plan.playbooks))], facts.ledger
    is_lent = (ledger.event == Event.AGENT_OFF) & (ledger.place == OffReason.LENT)
    overtime = WeeklyOvertime(facts.plan, ledger)
    stretches = worked(facts.plan, facts.drawn, fires, sorted(people_lent(facts.plan, ledger)), overtime)
    for person, own in stretches.items():
        names = (person, *twins_of(facts.plan)[person])
        rows = np.flatnonzero(words.OF_LOAD[ledger.event] & np.isin(ledger.agent, names))
        for first, last in spans_lent(ledger, person, own):
            yield from _one_place(facts, names, rows, own[first : last + 1])
    for lender in sorted({play.lends for play, _ in lends}):
        its = [(play, fire) for play, fire in lends if play.lends == lender]
        lent = np.flatnonzero(is_lent & (facts.plan.people.team[ledger.agent] == lender))
        yield from _choice(facts, its, lent)
        yield from _number(facts, its, lent, stretches)


def _one_place(facts: Facts, names: tuple[int, ...], rows: Integers, stretches: list[Stretch]) -> Iterator[Breach]:
    """Follow one person: at home, on the way, or with another team, all the time that the crew says.

    Args:
        facts: of the run.
        names: the person, at home and as a member of other teams.
        rows: of the ledger that are about these.
        stretches: of the person's time, the first of which begins at home.
    """
    ledger, home = facts.ledger, names[0]
    begin, behind = np.searchsorted(ledger.time_ms[rows], [stretches[0].start_ms, stretches[-1].end_ms + 1])
    before, rows = rows[:begin], rows[begin:behind]
    edges = [at_ms for one in stretches for at_ms in (one.start_ms, one.end_ms) if at_ms < facts.horizon_ms]
    step = words.TAKES[ledger.event[before]].astype(np.int64) - words.PUTS_DOWN[ledger.event[before]]
    in_hand = {who: int(step[ledger.agent[before] == who].sum()) for who in names}
    place, begins = NOBODY, [one.start_ms for one in stretches]
    for at_ms in np.unique(np.concatenate([ledger.time_ms[rows], np.array(edges, dtype=np.int64)])).tolist():
        here = rows[slice(*np.searchsorted(ledger.time_ms[rows], [at_ms, at_ms + 1]))]
        columns = (column[here].tolist() for column in (ledger.event, ledger.agent, ledger.place))
        for event, who, why in zip(*columns, strict=True):
            in_hand[who] += int(words.TAKES[event]) - int(words.PUTS_DOWN[event])
            if event == Event.AGENT_ON:
                busy = any(count for other, count in in_hand.items() if other != who)
                if place != NOBODY or busy:
                    yield Breach(at_ms, NOBODY, who, "one place at a time, and nothing left in hand elsewhere", "ON")
                place = who
            elif event == Event.AGENT_OFF:
                wrong = OffReason.RETURNED if who == home else OffReason.LENT
                if place != who or why == wrong:
                    yield Breach(at_ms, NOBODY, who, "to leave the place where the person is", OffReason(why).name)
                place = NOBODY
        near = bisect_right(begins, at_ms) - 1
        due = near >= 0 and at_ms < stretches[near].end_ms
        if due and place == NOBODY and not any(in_hand.values()):
            yield Breach(at_ms, NOBODY, home, "the person in one team or the other", "nowhere with nothing in hand")
        if place != NOBODY and not due:
            yield Breach(at_ms, NOBODY, place, "the time of the person to be over", "still there")


def _choice(facts: Facts, lends: list[tuple[Playbook, Burning]], lent: Integers) -> Iterator[Breach]:
    """Who goes has least in hand of those who could, the first of them."""
    people = len(facts.plan.people.names)
    best = np.full(len(lent), np.iinfo(np.int64).max)
    own = best.copy()
    for person in np.flatnonzero(np.array(lends[0][0].twins) >= 0).tolist():
        there, in_hand = _state_before(facts, person, lent)
        key = in_hand * people + person
        best = np.where(there, np.minimum(best, key), best)
        own = np.where(facts.ledger.agent[lent] == person, key, own)
    yield from earliest(
        best < own,
        facts.ledger.time_ms[lent],
        NOBODY,
        facts.ledger.agent[lent],
        lambda i: f"agent {best[i] % people} to be lent, who has less in hand or comes first",
        lambda i: "LENT",
    )


def _state_before(facts: Facts, person: int, rows: Integers) -> tuple[NDArray[np.bool_], Integers]:
    """Return whether somebody is on the floor just before rows (n,), and how much is in hand then."""
    line = facts.timeline
    low, high = np.searchsorted(line.agent, [person, person + 1])
    place = low + np.searchsorted(line.row[low:high], rows) - 1
    some = place >= low
    place = np.maximum(place, 0)
    if not len(line.row):
        return some, np.zeros(len(rows), dtype=np.int64)
    return some & line.available[place], np.where(some, line.in_hand[place], 0).astype(np.int64)


def _number(
    facts: Facts, lends: list[tuple[Playbook, Burning]], lent: Integers, stretches: dict[int, list[Stretch]]
) -> Iterator[Breach]:
    """No more are away than playbooks want at the time, and after a look no fewer as long as anybody could go."""
    ledger = facts.ledger
    back = np.array([_back(facts, int(row), stretches) for row in lent], dtype=np.int64)
    ends = np.flatnonzero(np.diff(ledger.time_ms, append=facts.horizon_ms) > 0)
    away = np.searchsorted(lent, ends, side="right") - np.searchsorted(np.sort(back), ends, side="right")
    wanted = np.zeros(len(ends), dtype=np.int64)
    for play, fire in lends:
        wanted += play.lent * fire.at_row(ends)
    yield from earliest(
        away > wanted,
        ledger.time_ms[ends],
        NOBODY,
        NOBODY,
        lambda i: f"at most {wanted[i]} people of {facts.plan.teams[lends[0][0].lends]} lent",
        lambda i: f"{away[i]}",
    )
    looks = np.unique(np.concatenate([play.look_ms[fire.at_time(play.look_ms)] for play, fire in lends]))
    over = np.concatenate([fire.end_ms for _, fire in lends])
    looks = looks[~np.isin(looks, over)]
    first, behind = (np.searchsorted(ledger.time_ms, looks, side=side) for side in ("left", "right"))
    many = np.searchsorted(lent, behind) - np.searchsorted(np.sort(back), first)
    wanted = np.zeros(len(looks), dtype=np.int64)
    for play, fire in lends:
        wanted += play.lent * (fire.at_time(looks) & np.isin(looks, play.look_ms))
    could = np.zeros(len(looks), dtype=np.bool_)
    leaves = ledger.event == Event.AGENT_OFF
    for person in np.flatnonzero(np.array(lends[0][0].twins) >= 0).tolist():
        there, _ = _state_before(facts, person, first)
        left_ms = ledger.time_ms[leaves & (ledger.agent == person)]
        could |= there & ~np.isin(looks, left_ms)
    yield from earliest(
        (many < wanted) & could,
        looks,
        NOBODY,
        NOBODY,
        lambda i: (
            f"at least {wanted[i]} people of {facts.plan.teams[lends[0][0].lends]} lent as long as anybody is there"
        ),
        lambda i: f"{many[i]}",
    )


def _back(facts: Facts, row: int, stretches: dict[int, list[Stretch]]) -> int:
    """Return the row from which on somebody who was lent in a row is lent no more."""
    ledger, person = facts.ledger, int(facts.ledger.agent[row])
    gone_ms = int(ledger.time_ms[row])
    over_ms = min((one.end_ms for one in stretches[person] if one.end_ms >= gone_ms), default=0)
    behind = int(np.searchsorted(ledger.time_ms, over_ms, side="right"))
    event, agent = ledger.event[row + 1 : behind], ledger.agent[row + 1 : behind]
    twin_off = (event == Event.AGENT_OFF) & np.isin(agent, twins_of(facts.plan)[person])
    ends = np.flatnonzero(((event == Event.AGENT_ON) & (agent == person)) | twin_off)
    return row + 1 + int(ends[0]) if len(ends) else behind
