"""A result as a workbook: numbers are numbers, text is text, and the same result gives the same bytes."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from dataclasses import replace

import pytest

from supportsim.experiment.result import RunResult
from supportsim.report.workbook import NoWorkbookError, workbook


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}


def test_every_sheet_is_there(desk: RunResult) -> None:
    found = parts(workbook(desk))
    names = re.findall(r'<sheet name="([^"]+)"', found["xl/workbook.xml"])
    assert names == ["verdict", "targets", "metrics", "hours of the week", "backlog", "flow per week"]
    # A heading, and each metric in a row of its own.
    assert len(re.findall("<row ", found["xl/worksheets/sheet3.xml"])) == 1 + len(desk.keys)
    estimate = desk.targets[0].judgement.estimate
    assert f"<v>{estimate:.16G}</v>" in found["xl/worksheets/sheet2.xml"]


def test_text_like_a_formula_stays_text(desk: RunResult) -> None:
    stated = desk.scenario.scenario.model_copy(update={"summary": "=HYPERLINK(1)"})
    found = parts(workbook(replace(desk, scenario=replace(desk.scenario, scenario=stated))))
    assert "=HYPERLINK(1)" in found["xl/sharedStrings.xml"]
    assert "<f>" not in found["xl/worksheets/sheet1.xml"]


def test_same_result_same_bytes(desk: RunResult) -> None:
    assert workbook(desk) == workbook(desk)


def test_without_the_library(desk: RunResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(NoWorkbookError, match=r"pip install 'supportsim\[xlsx\]'"):
        workbook(desk)
