"""The schema of tables by interval that lie in CSV files beside the scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from supportsim.scenario.distributions import Filled, Model
from supportsim.scenario.units import LocalTime


class IntervalTable(Model):
    """What a CSV file says by interval, without gaps; the loader fills it."""

    minutes: Literal[15, 30, 60]
    """Of an interval."""
    begins: LocalTime | None
    """The first interval; none for an ordinary week from Monday on."""
    columns: Annotated[dict[str, tuple[float, ...]], Field(min_length=1)]
    """Values by column."""


class TableFile(Model):
    """A CSV file by interval."""

    file: Path
    """A CSV file beside the scenario, separated by commas."""
    unlisted: Literal["refused", "none"] = "refused"
    """Intervals without a row, on the days from the first row to the last: ``refused``, or in them is ``none``."""
    beyond: Literal["refused", "nearest_week"] = "refused"
    """Simulated time, warm-up and run-out included, before the file's first row or after its last: ``refused``, or as
    in the ``nearest_week`` of the file, its first seven days or its last."""
    table: Annotated[IntervalTable | None, Filled()] = None
    """Filled from ``file`` when the scenario is loaded; not for you to state."""
