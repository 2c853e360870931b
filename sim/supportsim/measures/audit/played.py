"""The crew as it was: the drawn one, changed by what playbooks did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from supportsim.ledger import Event, Ledger
from supportsim.measures.audit.burning import Burning, burning
from supportsim.plan.model import OffReason, Plan, Playbook
from supportsim.workload.model import Crew, Workload

NEVER_MS = 1 << 60


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
    of_person = worked(plan, workload.crew, fires)
    stretches = [(person, one) for person, own in enumerate(of_person) for one in own]
    stretches += [(person, one) for number, fire in enumerate(fires) for person, one in _back_ups(plan, number, fire)]
    stretches = _lent(plan, ledger, stretches)
    stretches.sort(key=lambda one: (one[0], one[1].start_ms, one[1].end_ms))
    return replace(workload, crew=_crew(workload.crew, stretches))


def worked(plan: Plan, crew: Crew, fires: list[Burning]) -> list[list[Stretch]]:
    """Return by person the time on the floor, in whatever team: as drawn, with what was called off and overtime."""
    teams = plan.people.team.tolist()
    return [list(_worked(plan, fires, teams[person], drawn)) for person, drawn in enumerate(_drawn(plan, crew))]


def twins_of(plan: Plan) -> dict[int, list[int]]:
    """Return who may be lent, and as whom."""
    found: dict[int, list[int]] = {}
    for play in plan.playbooks:
        for person, twin in enumerate(play.twins):
            if twin >= 0 and twin not in found.setdefault(person, []):
                found[person].append(twin)
    return found


def _crew(crew: Crew, stretches: list[tuple[int, Stretch]]) -> Crew:
    return replace(
        crew,
        person=np.array([person for person, _ in stretches], dtype=np.int32),
        start_ms=np.array([one.start_ms for _, one in stretches], dtype=np.int64),
        end_ms=np.array([one.end_ms for _, one in stretches], dtype=np.int64),
        end_reason=np.array([one.reason for _, one in stretches], dtype=np.int8),
        keeps_work=np.array([one.keeps for _, one in stretches], dtype=np.bool_),
        speed_ppm=None if crew.speed_ppm is None else np.array([one.speed for _, one in stretches], dtype=np.int64),
        off_until_ms=None,
    )


def _drawn(plan: Plan, crew: Crew) -> list[list[tuple[Stretch, int]]]:
    """Return by person the drawn stretches, and until when what ends each keeps the person away."""
    until_ms = crew.end_ms if crew.off_until_ms is None else crew.off_until_ms
    speed = np.full(len(crew.person), 1_000_000) if crew.speed_ppm is None else crew.speed_ppm
    columns = (crew.person, crew.start_ms, crew.end_ms, crew.end_reason, crew.keeps_work, speed, until_ms)
    found: list[list[tuple[Stretch, int]]] = [[] for _ in plan.people.names]
    for person, *rest, until in zip(*(column.tolist() for column in columns), strict=True):
        found[person].append((Stretch(*rest), until))
    return found


def _worked(plan: Plan, fires: list[Burning], team: int, drawn: list[tuple[Stretch, int]]) -> Iterator[Stretch]:
    """Yield the stretches of a person who comes back when time off is called off, and stays when it burns."""
    own = [(one, fire) for one, fire in zip(plan.playbooks, fires, strict=True) if one.team == team]
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
            yield _longer(own, Stretch(begin_ms, end_ms, reason, one.keeps, one.speed), next_ms)
            begin_ms = min(back_ms, next_ms)
        if back_ms < NEVER_MS and until_ms < next_ms:
            yield _longer(own, Stretch(begin_ms, until_ms, int(OffReason.SHIFT_END), one.keeps, one.speed), next_ms)
            begin_ms = next_ms
        place += 1


def _longer(own: list[tuple[Playbook, Burning]], one: Stretch, next_ms: int) -> Stretch:
    """Return a stretch with the overtime that follows it."""
    if one.reason != OffReason.SHIFT_END:
        return one
    burn = [(play, fire.end_of(one.end_ms)) for play, fire in own if play.overtime_ms]
    most_ms = max((play.overtime_ms for play, end in burn if end is not None), default=0)
    if not most_ms or next_ms <= one.end_ms + most_ms:
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


def _back_ups(plan: Plan, number: int, fire: Burning) -> Iterator[tuple[int, Stretch]]:
    play = plan.playbooks[number]
    spans: list[list[int]] = []
    for start_ms, end_ms in zip(fire.start_ms.tolist(), fire.end_ms.tolist(), strict=True):
        come_ms = start_ms + play.back_ups_after_ms
        if come_ms < end_ms:
            go_ms = come_ms + play.back_ups_stay_ms if play.back_ups_stay_ms else end_ms
            if spans and come_ms < spans[-1][1]:
                spans[-1][1] = go_ms
            else:
                spans.append([come_ms, go_ms])
    for person in play.back_ups:
        for come_ms, go_ms in spans:
            yield person, Stretch(come_ms, go_ms, int(OffReason.DISMISSED), False, 1_000_000)


def _lent(plan: Plan, ledger: Ledger, stretches: list[tuple[int, Stretch]]) -> list[tuple[int, Stretch]]:
    """Return the stretches with the time for which people were lent as who they are there."""
    twins = twins_of(plan)
    rows = np.flatnonzero((ledger.event == Event.AGENT_ON) | (ledger.event == Event.AGENT_OFF))
    goes = rows[(ledger.event[rows] == Event.AGENT_OFF) & (ledger.place[rows] == OffReason.LENT)]
    lent = [person for person in twins if person in ledger.agent[goes]]
    kept = [one for one in stretches if one[0] not in lent]
    for person in lent:
        own = [one for who, one in stretches if who == person]
        for who in (person, *twins[person]):
            kept += [(who, one) for one in _as_recorded(ledger, rows, who, own, who == person)]
    return kept


def _as_recorded(
    ledger: Ledger, rows: NDArray[np.int64], who: int, own: list[Stretch], at_home: bool
) -> Iterator[Stretch]:
    """Yield the stretches that the ledger tells of somebody; only at home is work kept, as the crew says."""
    mine = rows[ledger.agent[rows] == who]
    times, events, places = ledger.time_ms[mine].tolist(), ledger.event[mine].tolist(), ledger.place[mine].tolist()
    for place, event in enumerate(events):
        if event != Event.AGENT_ON:
            continue
        start_ms = times[place]
        inside = [one for one in own if one.start_ms <= start_ms <= one.end_ms]
        within = inside[-1] if inside else Stretch(start_ms, NEVER_MS, int(OffReason.LENT), False, 1_000_000)
        if place + 1 < len(events):
            end_ms, reason = times[place + 1], places[place + 1]
        else:
            end_ms, reason = within.end_ms, within.reason
        keeps = within.keeps and at_home and reason not in (OffReason.LENT, OffReason.RETURNED)
        yield Stretch(start_ms, end_ms, reason, keeps, within.speed)
