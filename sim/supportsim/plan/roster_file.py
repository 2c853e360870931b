"""Who works when by a file of heads: its shifts week by week, and people for them.

The file's heads over the whole simulated time become shifts by `scenario.heads`. The shifts that begin in one
week, Monday to Sunday, are given to people by the rule of `weeks`. The n-th of a week is the n-th of the weeks before;
where that would leave less than 11 h of rest it is the first person with whom it does not, or a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from supportsim.plan.weeks import REST_MINUTES, weeks_for
from supportsim.scenario.calendars import LocalTime
from supportsim.scenario.heads import heads_of, shifts_for
from supportsim.scenario.table_rows import read, rows_at
from supportsim.scenario.teams import RosterFile
from supportsim.scenario.units import DAY_MS, MINUTE_MS

_DAY_MINUTES = DAY_MS // MINUTE_MS
_Shift = tuple[int, int]
"""Begin and end in minutes of wall time."""


def people_of_file(stated: RosterFile, local: LocalTime, simulated_ms: tuple[int, int]) -> list[list[_Shift]]:
    """Return the shifts of each person that fill a file's heads over the simulated time, in minutes of wall time.

    Raises:
        ValueError: the file has not been read, or does not cover that time.
    """
    table = read(stated)
    step_ms = table.minutes * MINUTE_MS
    first_ms, last_ms = local.wall(np.array([simulated_ms[0], simulated_ms[1] - 1])) // step_ms * step_ms
    begins_ms = np.arange(first_ms, last_ms + step_ms, step_ms)
    wanted = np.array(heads_of(stated, table))[rows_at(stated, begins_ms)]
    first = int(first_ms) // MINUTE_MS
    found = shifts_for(wanted.tolist(), table.minutes, stated.longest // MINUTE_MS)
    people: list[list[_Shift]] = []
    for week in _weeks([(first + begin, first + end) for begin, end in found]):
        _hand_out(week, people)
    return people


def _weeks(shifts: Sequence[_Shift]) -> Iterator[list[list[_Shift]]]:
    """Yield the shifts of each person who is needed in a week, one week after the other."""
    by_week: dict[int, list[_Shift]] = {}
    for shift in shifts:
        # Ordinal 1 is a Monday.
        monday = (shift[0] // _DAY_MINUTES - 1) // 7 * 7 + 1
        by_week.setdefault(monday, []).append(_moved(shift, -monday * _DAY_MINUTES))
    for monday, of_week in by_week.items():
        days = [begin // _DAY_MINUTES for begin, _ in of_week]
        on_day = [(day, _moved(shift, -day * _DAY_MINUTES)) for day, shift in zip(days, of_week, strict=True)]
        kinds = sorted({kind for _, kind in on_day})
        heads = np.zeros((len(kinds), 7), dtype=np.int64)
        for day, kind in on_day:
            heads[kinds.index(kind), day] += 1
        yield [
            sorted(_moved(kinds[shift], (monday + day) * _DAY_MINUTES) for day, shift in week.items())
            for week in weeks_for(heads, [(kind,) for kind in kinds])
        ]


def _moved(shift: _Shift, minutes: int) -> _Shift:
    return shift[0] + minutes, shift[1] + minutes


def _hand_out(weeks: Sequence[list[_Shift]], people: list[list[_Shift]]) -> None:
    """Add the weeks of a week to people, new ones included."""
    taken: list[bool] = [False] * len(people)
    for number, week in enumerate(weeks):
        candidates = (who for who in (number, *range(len(taken))) if who < len(taken) and not taken[who])
        who = next((who for who in candidates if people[who][-1][1] + REST_MINUTES <= week[0][0]), len(people))
        if who == len(people):
            people.append([])
            taken.append(False)
        taken[who] = True
        people[who] += week
