"""How long events hurt, for people and machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.recovery import Recovery
from supportsim.report.files import finite
from supportsim.report.words import minutes, number, share

_NEVER = "not in the period"


COLUMNS = ("event", "at its peak", "halved after", "recovered after", "never")
CAPTION = "median over replications, in brackets the worst tenth"


def print_recoveries(found: Sequence[Recovery], console: Console) -> None:
    """Print a sentence for each event, then the table."""
    for one in found:
        console.print(Text(sentence(one)))
    table = Table(
        title="Extra backlog, against the same replications without the event", title_justify="left",
        title_style="bold", caption=CAPTION, caption_justify="left",
        box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == COLUMNS[0] else "right", overflow="fold")
    for one in found:
        table.add_row(*cells(one))
    console.print()
    console.print(table)


def cells(one: Recovery) -> tuple[str, ...]:
    """Return `COLUMNS` of an event."""
    worst = number(float(np.quantile(one.peak, 0.9)))
    return (
        f"{one.kind} {one.at:%Y-%m-%d %H:%M}",
        f"{number(float(np.median(one.peak)))} ({worst})",
        _both(one.half_life_hours),
        _both(one.recovery_hours),
        share(float(np.isnan(one.recovery_hours).mean())),
    )


def document(found: Sequence[Recovery]) -> list[dict[str, Any]]:
    """Return one entry per event for machines; null is what is not reached within the period."""
    return [
        {
            "kind": one.kind,
            "at": one.at.isoformat(sep=" ", timespec="minutes"),
            "peak": [finite(value) for value in one.peak.tolist()],
            "half_life_hours": [finite(value) for value in one.half_life_hours.tolist()],
            "recovery_hours": [finite(value) for value in one.recovery_hours.tolist()],
        }
        for one in found
    ]


def sentence(one: Recovery) -> str:
    """Say when the backlog is mostly back to what it is without an event."""
    what = f"{one.kind} of {one.at:%Y-%m-%d %H:%M}"
    took = _at(one.recovery_hours, 0.5)
    if took == _NEVER:
        return f"{what}: the backlog mostly does not recover within the period."
    if took == "0 min":
        return f"{what}: the backlog mostly stays close to what it is without it."
    return f"{what}: the backlog is close to what it is without it {took} after its beginning."


def _both(hours: NDArray[np.float64]) -> str:
    return f"{_at(hours, 0.5)} ({_at(hours, 0.9)})"


def _at(hours: NDArray[np.float64], quantile: float) -> str:
    value = within(hours, quantile)
    return minutes(60 * value) if np.isfinite(value) else _NEVER


def within(hours: NDArray[np.float64], quantile: float) -> float:
    """Return a quantile of times (R,) of which those never reached, NaN, are the longest; infinite if it is one."""
    ordered = np.sort(np.where(np.isnan(hours), np.inf, hours))
    return float(ordered[min(int(quantile * len(ordered)), len(ordered) - 1)])
