"""What small changes of the plan are worth, as it was kept beside the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from supportsim.experiment.comparison import Finding
from supportsim.report.page.page import Block, Text
from supportsim.report.page.tables import Cell, Table
from supportsim.report.words import NOTHING, begun, change, metric
from supportsim.scenario.metrics import METRICS, MetricKey, parse_target_key

COST = MetricKey("cost_total", None)


def marginal_blocks(found: dict[str, Any]) -> Iterator[Block]:
    """Yield which change helps each promise in question most, and the table of all changes.

    Args:
        found: what `supportsim.report.marginal.store_marginal` kept.
    """
    yield Text(tuple(map(begun, found["sentences"])))
    keys = list(dict.fromkeys((COST, *map(parse_target_key, found["in_question"]))))
    rows = [
        [Cell(f"{one['team']}: {one['change']}"), *(_cell(one["effects"], key) for key in keys)]
        for one in found["changes"]
    ]
    note = (
        f"One change at a time, {found['replications']} replications of each on the same customers. In brackets: no "
        "difference seen; the whole table is 95 % sure."
    )
    yield Table("changes", "", ("change", *map(metric, keys)), rows, note)


def _cell(effects: list[dict[str, Any]], key: MetricKey) -> Cell:
    effect = next((one for one in effects if one["name"] == str(key)), None)
    if effect is None or effect["difference"] is None:
        return Cell(NOTHING)
    said, finding = change(METRICS[key.metric].unit, effect["difference"]), effect["finding"]
    if finding == Finding.NONE:
        return Cell(f"({said})", effect["difference"])
    return Cell(said, effect["difference"], finding)
