"""When playbooks burned, as rows and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.result import RunResult
from supportsim.measures.series import STEP_MS
from supportsim.report.intervals import local_starts
from supportsim.report.words import minutes
from supportsim.scenario.playbooks import MEASURES, Actions, Playbook, Until, playbook_names
from supportsim.scenario.units import HOUR_MS, MINUTE_MS

PLAYBOOK_COLUMNS = ("hour", "playbook", "level", "fired", "burned_minutes")
_QUARTERS = HOUR_MS // STEP_MS


@dataclass(frozen=True)
class Burned:
    """A playbook and what became of it.

    Args:
        name: its own.
        stated: as in the scenario.
        fired: float (R,), times in the window.
        hours: float (R,), of the window in which it burned.
        by_hour: float (hours,), the share of each of the window's hours in which it burned, mean of the replications.
        fired_by_hour: float (hours,), how often it fired in each, likewise.
    """

    name: str
    stated: Playbook
    fired: NDArray[np.float64]
    hours: NDArray[np.float64]
    by_hour: NDArray[np.float64]
    fired_by_hour: NDArray[np.float64]


def burned(result: RunResult) -> list[Burned]:
    """Return what became of each playbook of a result."""
    playbooks = result.scenario.scenario.playbooks
    found = []
    for place, (name, stated) in enumerate(zip(playbook_names(playbooks), playbooks, strict=True)):
        fired, burned_ms = (_by_hour(series) / len(result.replications) for series in result.playbooks[place])
        firings, hours = (result.metric(metric, playbook=name) for metric in ("playbook_firings", "playbook_hours"))
        found.append(Burned(name, stated, firings, hours, burned_ms / HOUR_MS, fired))
    return found


def _by_hour(series: NDArray[np.int64]) -> NDArray[np.float64]:
    hours = np.add.reduceat(series, np.arange(0, len(series), _QUARTERS))
    return hours.astype(np.float64)


def playbook_rows(result: RunResult) -> Iterator[tuple[str, str, str, float, float]]:
    """Yield `PLAYBOOK_COLUMNS` for each hour in which a playbook burned in any replication; means over all of them."""
    starts = local_starts(result)[::_QUARTERS]
    for one in burned(result):
        for hour in np.flatnonzero((one.by_hour > 0) | (one.fired_by_hour > 0)).tolist():
            spent, start = one.by_hour[hour] * HOUR_MS / MINUTE_MS, starts[hour].isoformat(timespec="minutes")
            yield start, one.name, one.stated.level, round(one.fired_by_hour[hour], 6), round(spent, 6)


def threshold_words(stated: Until) -> str:
    """Say what must hold: ``wait > 15 min and queue > 20``."""
    named = {name: getattr(stated, name) for name in MEASURES}
    return " and ".join(f"{name} {text}" for name, text in named.items() if text is not None)


def action_words(do: Actions) -> str:
    """Say what is done meanwhile."""
    return "; ".join(_actions(do))


def _actions(do: Actions) -> Iterator[str]:
    if do.cancel:
        yield f"call off {' and '.join(do.cancel)}".replace("_", " ")
    if do.overtime:
        yield f"overtime up to {minutes(do.overtime / MINUTE_MS)}"
    if do.borrow:
        yield f"borrow {do.borrow.agents} of {do.borrow.from_}"
    if do.back_ups:
        stay = "" if do.back_ups.stay is None else f" for {minutes(do.back_ups.stay / MINUTE_MS)}"
        yield f"{do.back_ups.agents} back-ups after {minutes(do.back_ups.after / MINUTE_MS)}{stay}"
    for words, what in (("defer", do.defer), ("call back", do.call_back), ("turn off", do.turn_off)):
        if what:
            yield f"{words} {' and '.join(what)}"


def hottest(one: Burned, result: RunResult) -> str:
    """Say the hour in which a playbook burned most often, empty if it never did."""
    if not one.by_hour.any():
        return ""
    return f"{local_starts(result)[int(one.by_hour.argmax()) * _QUARTERS]:%a %d %b %H:00}"
