"""A result as a workbook: the tables of its page as numbers, for those who go on in a spreadsheet."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from supportsim.experiment.result import RunResult
from supportsim.report.files import metric_rows, target_rows
from supportsim.report.intervals import BACKLOG_COLUMNS, HOUR_COLUMNS, backlog_rows, hour_rows
from supportsim.report.page.sankey import Flow
from supportsim.report.words import basis, sentence

MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""Every workbook says so of itself: the same result gives the same bytes."""


class NoWorkbookError(RuntimeError):
    """The library that writes workbooks is not installed."""


def workbook(result: RunResult) -> bytes:
    """Return a result as an XLSX file: verdict and targets, metrics, hours of the week, backlog, flow.

    Raises:
        NoWorkbookError: the extra ``xlsx`` is not installed.
    """
    try:
        import xlsxwriter  # type: ignore[import-untyped]
    except ImportError:
        raise NoWorkbookError("a workbook needs the extra: pip install 'supportsim[xlsx]'") from None
    stream = io.BytesIO()
    # Text that looks like a formula or an address stays text.
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, plain) as book:
        book.set_properties({"title": result.scenario.scenario.name, "created": MADE})
        bold = book.add_format({"bold": True})
        for name, columns, rows in _sheets(result):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, columns, bold)
            count = 0
            for count, row in enumerate(rows, start=1):
                sheet.write_row(count, 0, row)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, count, len(columns) - 1)
            sheet.set_column(0, len(columns) - 1, 16)
    return stream.getvalue()


def _sheets(result: RunResult) -> Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]:
    scenario = result.scenario.scenario
    verdict = [
        ("scenario", scenario.name), ("summary", scenario.summary), ("verdict", result.verdict.value),
        ("in words", sentence(result.targets)), ("basis", basis(result)), ("digest", result.scenario.digest),
    ]  # fmt: skip
    yield "verdict", ("what", "said"), verdict
    if result.targets:
        targets = target_rows(result)
        yield "targets", list(targets[0]), ([*row.values()] for row in targets)
    metrics = metric_rows(result)
    yield "metrics", list(metrics[0]), ([*row.values()] for row in metrics)
    yield "hours of the week", HOUR_COLUMNS, hour_rows(result)
    yield "backlog", BACKLOG_COLUMNS, backlog_rows(result)
    yield "flow per week", ("from", "to", "tickets"), Flow(result).rows()
