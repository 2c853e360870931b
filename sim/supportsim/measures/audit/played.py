"""The crew as it was: the drawn one, changed by what playbooks did."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event, Ledger
from supportsim.measures.audit.burning import Burning, burning
from supportsim.measures.audit.overtime import WeeklyOvertime
from supportsim.plan.model import OffReason, Plan, Playbook
from supportsim.workload.model import Crew, Workload

NEVER_MS = 1 << 60
FULL_SPEED_PPM = 1_000_000


@dataclass(frozen=True)
class Stretch:
    """A stretch of somebody's time on the floor; ``speed`` is in millionths of the usual."""

    start_ms: int
    end_ms: int
    reason: int
    keeps: bool
    speed: int


def as_played(plan: Plan, workload: Workload, ledger: Ledger) -> Workload:
    """Return the workload with the crew as it was, by when the playbooks burned.

    Who was lent when is taken from the ledger; whether that was right is a rule of its own.
    """
    if not plan.playbooks:
        return workload
    fires = [burning(ledger, number, plan.horizon_ms) for number in range(len(plan.playbooks))]
    moved = {one.team for one in plan.playbooks if one.cancels or one.overtime_ms}
    lent = people_lent(plan, ledger)
    people = sorted({*np.flatnonzero(np.isin(plan.people.team, list(moved))).tolist(), *lent})
    stretches: list[tuple[int, Stretch]] = []
    overtime = WeeklyOvertime(plan, ledger)
    for person, own in worked(plan, workload.crew, fires, people, overtime).items():
        if person in lent:
            stretches += _lent(plan, ledger, person, own)
        else:
            stretches += [(person, one) for one in own]
    for play, fire in zip(plan.playbooks, fires, strict=True):
        stretches += [(person, one) for person in play.back_ups for one in _as_back_up(person, play, fire, overtime)]
    return replace(workload, crew=_crew(workload.crew, people, stretches))


def worked(
    plan: Plan, crew: Crew, fires: list[Burning], people: Sequence[int], overtime: WeeklyOvertime
) -> dict[int, list[Stretch]]:
    """Return some people's time on the floor, in whatever team: as drawn, with what was called off and overtime."""
    drawn, team = _drawn(crew, people), plan.people.team
    own_fires = {
        code: [(play, fire) for play, fire in zip(plan.playbooks, fires, strict=True) if play.team == code]
        for code in np.unique(team[people]).tolist()
    }
    return {
        person: list(_worked(own_fires[int(team[person])], drawn[person], partial(_left_ms, overtime, person)))
        for person in people
    }


def _left_ms(overtime: WeeklyOvertime, person: int, at_ms: int) -> int:
    return int(overtime.left_ms(np.array([person]), np.array([at_ms]))[0])


def people_lent(plan: Plan, ledger: Ledger) -> set[int]:
    """Return who is lent at any time."""
    goes = (ledger.event == Event.AGENT_OFF) & (ledger.place == OffReason.LENT)
    return set(ledger.agent[goes].tolist()) & twins_of(plan).keys()


def spans_lent(ledger: Ledger, person: int, stretches: list[Stretch]) -> list[tuple[int, int]]:
    """Return the first and the last place of stretches of somebody in and after which that person was lent.

    What was in hand elsewhere at the end of one may be finished in the next, which then begins later.
    """
    own = ledger.agent == person
    goes = (ledger.event == Event.AGENT_OFF) & (ledger.place == OffReason.LENT) & own
    comes_ms = set(ledger.time_ms[(ledger.event == Event.AGENT_ON) & own].tolist())
    begins = [one.start_ms for one in stretches]
    at = np.searchsorted(begins, ledger.time_ms[goes], side="right") - 1
    found: list[tuple[int, int]] = []
    for place in np.unique(np.maximum(at, 0)).tolist():
        last = min(place + 1, len(stretches) - 1)
        while last + 1 < len(stretches) and stretches[last].start_ms not in comes_ms:
            last += 1
        if found and place <= found[-1][1] + 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((place, last))
    return found


def twins_of(plan: Plan) -> dict[int, list[int]]:
    """Return who may be lent, and as whom."""
    found: dict[int, list[int]] = {}
    for play in plan.playbooks:
        for person, twin in enumerate(play.twins):
            if twin >= 0 and twin not in found.setdefault(person, []):
                found[person].append(twin)
    return found


def _crew(crew: Crew, people: list[int], stretches: list[tuple[int, Stretch]]) -> Crew:
    """Return the crew with other stretches of some people, and of those who are not in it."""
    others = ~np.isin(crew.person, people)
    person = np.append(crew.person[others], np.array([who for who, _ in stretches], dtype=np.int32))
    speed = np.full(len(crew.person), FULL_SPEED_PPM) if crew.speed_ppm is None else crew.speed_ppm

    def column(drawn: NDArray[Any], name: str) -> NDArray[Any]:
        return np.append(drawn[others], np.array([getattr(one, name) for _, one in stretches], dtype=drawn.dtype))

    start_ms, end_ms = column(crew.start_ms, "start_ms"), column(crew.end_ms, "end_ms")
    order = np.lexsort((end_ms, start_ms, person))
    return replace(
        crew,
        person=person[order],
        start_ms=start_ms[order],
        end_ms=end_ms[order],
        end_reason=column(crew.end_reason, "reason")[order],
        keeps_work=column(crew.keeps_work, "keeps")[order],
        speed_ppm=None if crew.speed_ppm is None else column(speed, "speed")[order],
        off_until_ms=None,
        late=None,
    )


def _drawn(crew: Crew, people: Sequence[int]) -> dict[int, list[tuple[Stretch, int]]]:
    """Return by person the drawn stretches, and until when what ends each keeps the person away.

    One without length is a shift that begins with time off the floor.
    """
    until_ms = crew.end_ms if crew.off_until_ms is None else crew.off_until_ms
    speed = np.full(len(crew.person), FULL_SPEED_PPM) if crew.speed_ppm is None else crew.speed_ppm
    rows = np.isin(crew.person, people)
    columns = (crew.person, crew.start_ms, crew.end_ms, crew.end_reason, crew.keeps_work, speed, until_ms)
    each = list(zip(*(column[rows].tolist() for column in columns), strict=True))
    if crew.late is not None:
        late = crew.late
        without_length = (late.person, late.start_ms, late.start_ms, late.reason, late.keeps_work, late.speed_ppm)
        each += zip(*(column.tolist() for column in (*without_length, late.until_ms)), strict=True)
    found: dict[int, list[tuple[Stretch, int]]] = {person: [] for person in people}
    for person, *rest, until in sorted(each):
        if person in found:
            found[person].append((Stretch(*rest), until))
    return found


def _worked(
    own: list[tuple[Playbook, Burning]], drawn: list[tuple[Stretch, int]], left_ms: Callable[[int], int]
) -> Iterator[Stretch]:
    """Yield the stretches of a person who comes back when time off is called off, and stays when it burns.

    Args:
        own: the playbooks of the person's team, and when they burn.
        drawn: the person's stretches, and until when what ends each keeps the person away.
        left_ms: by instant, how much overtime is left.
    """
    place, begin_ms = 0, drawn[0][0].start_ms if drawn else 0
    while place < len(drawn):
        one, until_ms = drawn[place]
        next_ms = drawn[place + 1][0].start_ms if place + 1 < len(drawn) else NEVER_MS
        cancels = [fire for play, fire in own if one.reason in play.cancels]
        end_ms, reason = one.end_ms, one.reason
        back_ms = NEVER_MS
        if until_ms > end_ms and any(fire.end_of(end_ms) is not None for fire in cancels):
            back_ms = end_ms
        elif until_ms > end_ms:
            later = [int(start) for fire in cancels for start in fire.start_ms if end_ms < start < until_ms]
            back_ms = min(later, default=NEVER_MS)
        if back_ms > end_ms:
            if end_ms > begin_ms:
                yield _longer(own, Stretch(begin_ms, end_ms, reason, one.keeps, one.speed), next_ms, left_ms)
            begin_ms = min(back_ms, next_ms)
        if back_ms < NEVER_MS and until_ms < next_ms:
            last = Stretch(begin_ms, until_ms, int(OffReason.SHIFT_END), one.keeps, one.speed)
            yield _longer(own, last, next_ms, left_ms)
            begin_ms = next_ms
        place += 1


def _longer(own: list[tuple[Playbook, Burning]], one: Stretch, next_ms: int, left_ms: Callable[[int], int]) -> Stretch:
    """Return a stretch with the overtime that follows it."""
    if one.reason != OffReason.SHIFT_END:
        return one
    burn = [(play, fire.end_of(one.end_ms)) for play, fire in own if play.overtime_ms]
    most_ms = max((play.overtime_ms for play, end in burn if end is not None), default=0)
    most_ms = min(most_ms, left_ms(one.end_ms)) if most_ms else 0
    if most_ms <= 0 or next_ms <= one.end_ms + most_ms:
        return one
    over_ms = _over_ms([fire for play, fire in own if play.overtime_ms], one.end_ms)
    return replace(one, end_ms=min(one.end_ms + most_ms, over_ms), reason=int(OffReason.OVERTIME))


def _over_ms(fires: list[Burning], at_ms: int) -> int:
    """Return when none of those that burn at an instant, or fire before the last of them ends, burns any more."""
    columns = ("behind", "end_ms", "first", "start_ms")
    spans: list[list[int]] = []
    for fire in fires:
        spans += np.stack([getattr(fire, column) for column in columns], axis=1).tolist()
    last, end_ms, *_ = max(span for span in spans if span[3] <= at_ms < span[1])
    while longer := [span for span in spans if span[2] < last < span[0]]:
        last, end_ms, *_ = max(longer)
    return end_ms


def _as_back_up(person: int, play: Playbook, fire: Burning, overtime: WeeklyOvertime) -> Iterator[Stretch]:
    """Yield the stretches of a back-up, who goes when it ends, when the stay is over, or with no overtime left."""
    come_ms, go_ms, most_ms = NEVER_MS, 0, 0
    for start_ms, end_ms in zip(fire.start_ms.tolist(), fire.end_ms.tolist(), strict=True):
        at_ms = start_ms + play.back_ups_after_ms
        if at_ms >= end_ms:
            continue
        # Who is there at once when it fires has not gone yet at that instant.
        if come_ms == NEVER_MS or at_ms >= min(go_ms, most_ms) + (play.back_ups_after_ms == 0):
            if come_ms < NEVER_MS:
                yield Stretch(come_ms, min(go_ms, most_ms), int(OffReason.DISMISSED), False, FULL_SPEED_PPM)
            left_ms = _left_ms(overtime, person, at_ms)
            come_ms, most_ms = (at_ms, at_ms + left_ms) if left_ms > 0 else (NEVER_MS, 0)
        go_ms = at_ms + play.back_ups_stay_ms if play.back_ups_stay_ms else end_ms
    if come_ms < NEVER_MS:
        yield Stretch(come_ms, min(go_ms, most_ms), int(OffReason.DISMISSED), False, FULL_SPEED_PPM)


def _lent(plan: Plan, ledger: Ledger, person: int, own: list[Stretch]) -> Iterator[tuple[int, Stretch]]:
    """Yield somebody's stretches, those in which the person is lent, or was just before, as the ledger tells them."""
    spans = spans_lent(ledger, person, own)
    told = {place for first, last in spans for place in range(first, last + 1)}
    yield from ((person, one) for place, one in enumerate(own) if place not in told)
    for first, last in spans:
        for who in (person, *twins_of(plan)[person]):
            for one in _as_recorded(ledger, who, own[first : last + 1], who == person):
                yield who, one


def _as_recorded(ledger: Ledger, who: int, own: list[Stretch], at_home: bool) -> Iterator[Stretch]:
    """Yield the stretches that the ledger tells of somebody; only at home is work kept, as the crew says."""
    comes_or_goes = (ledger.event == Event.AGENT_ON) | (ledger.event == Event.AGENT_OFF)
    # Who comes at the instant at which another stretch ends belongs to the next.
    first, behind = np.searchsorted(ledger.time_ms, [own[0].start_ms, own[-1].end_ms + 1])
    mine = first + np.flatnonzero((comes_or_goes & (ledger.agent == who))[first:behind])
    times, events, places = ledger.time_ms[mine].tolist(), ledger.event[mine].tolist(), ledger.place[mine].tolist()
    begins = [one.start_ms for one in own]
    for place, event in enumerate(events):
        if event != Event.AGENT_ON:
            continue
        within = own[max(bisect_right(begins, times[place]) - 1, 0)]
        if place + 1 < len(events):
            end_ms, reason = times[place + 1], places[place + 1]
        else:
            end_ms, reason = within.end_ms, within.reason
        keeps = within.keeps and at_home and reason not in (OffReason.LENT, OffReason.RETURNED)
        yield Stretch(times[place], end_ms, reason, keeps, within.speed)
