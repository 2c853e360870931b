"""Known answers without chance: shift ends and open hours, to the minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from pydantic import TypeAdapter
from systems import UNIT_MS, Shift, build_plan, build_workload, run

from known_answers.case import Trace
from supportsim.ledger import WORK_ENDS, WORK_STARTS, Event, Ledger
from supportsim.scenario.calendars import Clock, build_clock
from supportsim.scenario.model import Calendar, OpeningHours
from supportsim.scenario.units import DAY_MS, HOUR_MS, MINUTE_MS

Rows = Mapping[str, tuple[object, object]]
Spell = tuple[int, float, float]
"""Person, beginning and end of a shift."""

EVERY_THREE = [3, 6, 9, 12, 15, 18]
THREE_AT_ONCE, SERVICES = [1, 1, 1, 9, 9, 12], [5, 7, 9, 4, 5, 5]
# Another crew at each change of shifts, or one crew of which those who are too many leave.
CHANGES, STAYS = [(0, 0, 4), (1, 4, 10), (2, 4, 10)], [(0, 0, 10), (1, 4, 10)]
CHANGES_TWICE = [*((i, 0, 7) for i in range(3)), *((i, 7, 11) for i in range(3, 5)), (5, 11, 20)]
STAYS_TWICE = [(0, 0, 7), (1, 0, 11), (2, 0, 20)]


def trace(
    arrivals: Sequence[float],
    services: Sequence[float],
    spells: Sequence[Spell],
    horizon: float,
    *,
    finish: bool = True,
) -> Ledger:
    shifts: list[Shift] = [(person, int(start * UNIT_MS), int(end * UNIT_MS)) for person, start, end in spells]
    people = 1 + max(person for person, _, _ in spells)
    plan = build_plan([people], int(horizon * UNIT_MS), shifts=shifts, finish=finish)
    created_ms, work_ms = (np.array(column, dtype=np.int64) * UNIT_MS for column in (arrivals, services))
    return run(plan, build_workload(plan, created_ms, work_ms))


def overtime(ledger: Ledger, spells: Sequence[Spell], end: float) -> list[float]:
    """Return by how much the work of each person outlasts the shift, in order of the shifts' ends before ``end``."""
    found = []
    for person, _, off in spells:
        worked = ledger.time_ms[(ledger.agent == person) & np.isin(ledger.event, WORK_ENDS)] / UNIT_MS
        if off < end:
            found.append(max(0.0, float(worked.max(initial=0)) - off))
    return found


def times(ledger: Ledger, *events: Event) -> list[float]:
    return (ledger.time_ms[np.isin(ledger.event, events)] / UNIT_MS).tolist()


def one_two_nobody() -> Rows:
    changes, stays = (trace(EVERY_THREE, [5] * 6, spells, 20) for spells in (CHANGES, STAYS))
    return {
        "overtime, another crew at each change": (overtime(changes, CHANGES, 20), [4, 1, 4]),
        "overtime, one crew": (sorted(overtime(stays, STAYS, 20)), [1, 4]),
        "starts, one crew": (times(stays, *WORK_STARTS), [3, 6, 9]),
        "ends, one crew": (times(stays, *WORK_ENDS), [8, 11, 14]),
    }


def one_two_nobody_set_aside() -> Rows:
    return {
        "overtime, work set aside": (
            overtime(trace(EVERY_THREE, [5] * 6, CHANGES, 20, finish=False), CHANGES, 20),
            [4, 1, 4],
        )
    }


def three_two_one() -> Rows:
    changes, stays = (trace(THREE_AT_ONCE, SERVICES, spells, 21) for spells in (CHANGES_TWICE, STAYS_TWICE))
    aside = trace(THREE_AT_ONCE, SERVICES, STAYS_TWICE, 21, finish=False)
    return {
        "overtime, another crew at each change": (overtime(changes, CHANGES_TWICE, 20), [0, 1, 3, 2, 3]),
        "overtime, one crew": (overtime(stays, STAYS_TWICE, 20), [0, 2]),
        "starts, one crew": (times(stays, *WORK_STARTS), [1, 1, 1, 9, 10, 15]),
        "ends, one crew": (times(stays, *WORK_ENDS), [6, 8, 10, 13, 15, 20]),
        # What was set aside at 11 goes on with the other person at 15, before the ticket that came at 12;
        # that one is begun at 17 and set aside at 20. Counted by hand.
        "overtime, work set aside": (overtime(aside, STAYS_TWICE, 20), [0, 0]),
        "set aside": (times(aside, Event.RELEASED), [11, 20]),
        "resumed": (times(aside, Event.RESUMED), [15]),
        "resolved, work set aside": (times(aside, Event.RESOLVED), [6, 8, 10, 15, 17]),
    }


def three_two_one_set_aside() -> Rows:
    aside = trace(THREE_AT_ONCE, SERVICES, STAYS_TWICE, 21, finish=False)
    return {"overtime, work set aside": (overtime(aside, STAYS_TWICE, 20), [0, 2])}


ON_AND_OFF = [(0, 0, 5), (0, 9, 100)]


def resumed() -> Rows:
    aside, finished = (trace([1], [10], ON_AND_OFF, 40, finish=finish) for finish in (False, True))
    return {
        "end of what is set aside and resumed": (times(aside, Event.RESOLVED), [15]),
        "end of what is finished": (times(finished, Event.RESOLVED), [11]),
    }


def restarted() -> Rows:
    # Begun anew after the pause it would end at 19, with another work drawn at 29.
    aside = trace([1], [10], ON_AND_OFF, 40, finish=False)
    return {"restarted": (times(aside, Event.RESOLVED), [19]), "drawn again": (times(aside, Event.RESOLVED), [29])}


FOUR_NOBODY_ONE = [*((person, 0, 12.5) for person in range(4)), (4, 17, 100)]


def interrupted_queue() -> Rows:
    ledger = trace([3, 6, 9, 12, 15], [10] * 5, FOUR_NOBODY_ONE, 60, finish=False)
    starts, ends = (times(ledger, *events) for events in ((Event.RESUMED,), (Event.RESOLVED,)))
    return {
        "resumed": (starts, [17, 17.5, 21, 27.5]),
        "ends": (ends, [17.5, 21, 27.5, 37, 47]),
        "last segment of the first and the second": ([ends[0] - starts[0], ends[1] - starts[1]], [0.5, 3.5]),
        "start of the fifth": (times(ledger, Event.STARTED)[-1], 37),
    }


def interrupted_queue_finished() -> Rows:
    ledger = trace([3, 6, 9, 12, 15], [10] * 5, FOUR_NOBODY_ONE, 60)
    return {"ends": (times(ledger, Event.RESOLVED), [17.5, 21, 27.5, 37, 47])}


def turned_away(lines: int) -> Ledger:
    # Somebody every 5, 21 of service, one agent; until 51.
    plan = build_plan([1], 51 * UNIT_MS, rules={"lines": (lines,)})
    created_ms = np.arange(5, 51, 5) * UNIT_MS
    return run(plan, build_workload(plan, created_ms, np.full(len(created_ms), 21 * UNIT_MS), live=True))


def three_at_most() -> Rows:
    ledger = turned_away(3)
    return {
        # Service ends before somebody arrives at the same instant: at 47 there is room for the one who comes at 50.
        "turned away": (times(ledger, Event.TURNED_AWAY), [20, 25, 35, 40, 45]),
        "starts": (times(ledger, *WORK_STARTS), [5, 26, 47]),
        "ends": (times(ledger, *WORK_ENDS), [26, 47]),
    }


def four_at_most() -> Rows:
    return {"turned away": (times(turned_away(4), Event.TURNED_AWAY), [20, 25, 35, 40, 45])}


ORIGIN = datetime(2006, 1, 1, tzinfo=UTC)
OPEN = {
    "mon": "09:00-17:00", "tue": "10:00-16:00", "wed": "09:00-17:00", "thu": "10:00-16:00", "fri": "09:00-17:00",
    "sat": "11:00-14:30",
}  # fmt: skip


def open_hours(hours: Mapping[str, str]) -> Clock:
    calendar: TypeAdapter[Calendar] = TypeAdapter(OpeningHours)
    return build_clock("biz", calendar.validate_python(dict(hours)), "UTC", ORIGIN, 0, 28 * DAY_MS)


def instant(text: str) -> np.ndarray:
    return np.array([(datetime.fromisoformat(text).replace(tzinfo=UTC) - ORIGIN) // timedelta(milliseconds=1)])


def text(instant_ms: np.ndarray) -> str:
    return (ORIGIN + timedelta(milliseconds=int(instant_ms[0]))).strftime("%Y-%m-%dT%H:%M")


def vectors(hours: Mapping[str, str] = OPEN) -> Rows:
    clock = open_hours(hours)
    week = clock.between(instant("2006-01-01T00:00"), instant("2006-01-08T00:00"))
    rows: dict[str, tuple[object, object]] = {"hours within the first week": (float(week[0]) / HOUR_MS, 39.5)}
    for start, minutes, expected in (
        ("2006-01-04T13:00", 180, "2006-01-04T16:00"),
        ("2006-01-04T14:30", 90, "2006-01-04T16:00"),
        ("2006-01-03T00:00", 0, "2006-01-03T10:00"),
    ):
        rows[f"{minutes} min after {start}"] = (text(clock.after(instant(start), minutes * MINUTE_MS)), expected)
    for start, expected in (
        ("2006-01-06T12:00", "2006-01-09T12:00"),
        ("2006-01-03T08:00", "2006-01-05T10:00"),
        ("2006-01-03T18:00", "2006-01-06T09:00"),
    ):
        rows[f"2 days after {start}"] = (text(clock.after_days(instant(start), 2)), expected)
    return rows


def vectors_with_open_sundays() -> Rows:
    rows = vectors(OPEN | {"sun": "11:00-14:30"})
    changed = ("hours within the first week", "2 days after 2006-01-06T12:00")
    return {name: rows[name] for name in changed}


TRACES = (
    Trace(
        "G01",
        "overtime: 1 agent until 4, 2 until 10, then none",
        "Ciw, guide on server schedules",
        one_two_nobody,
        one_two_nobody_set_aside,
    ),
    Trace(
        "G02",
        "overtime: 3 agents until 7, 2 until 11, 1 until 20",
        "Ciw, test_overtime",
        three_two_one,
        three_two_one_set_aside,
    ),
    Trace(
        "G03",
        "work under way when its agent goes off from 5 to 9",
        "Ciw, test_preemptive_schedules_resume_options",
        resumed,
        restarted,
    ),
    Trace(
        "G04",
        "four agents until 12.5, none until 17, then one",
        "Ciw, test_full_preemptive_simulation",
        interrupted_queue,
        interrupted_queue_finished,
    ),
    Trace(
        "G05",
        "a queue that nobody joins who would be the fourth",
        "Ciw, test_baulking",
        three_at_most,
        four_at_most,
    ),
    Trace(
        "H01",
        "open hours of an office that is closed on Sunday",
        "Zendesk, biz, spec/calculation",
        vectors,
        vectors_with_open_sundays,
    ),
)
