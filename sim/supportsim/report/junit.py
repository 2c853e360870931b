"""Checks as JUnit XML, which CI systems read: a missed promise is a failure, an undecided one an error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree

from supportsim.experiment.judgement import Verdict
from supportsim.report.checks import Check

_ELEMENTS = {Verdict.MISSED: "failure", Verdict.UNDECIDED: "error"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, however they are written."""


def junit_xml(checks: Sequence[Check]) -> str:
    """Return the document; checks of one suite stand together, in the order given."""
    root = ElementTree.Element("testsuites", {"name": "supportsim"} | _counts(checks))
    for suite, members in groupby(checks, key=lambda check: check.suite):
        cases = list(members)
        element = ElementTree.SubElement(root, "testsuite", {"name": _clean(suite)} | _counts(cases))
        for check in cases:
            case = ElementTree.SubElement(element, "testcase", _attributes(check))
            if check.verdict in _ELEMENTS:
                attributes = {"message": _clean(check.message), "type": check.verdict.value}
                ElementTree.SubElement(case, _ELEMENTS[check.verdict], attributes)
            else:
                ElementTree.SubElement(case, "system-out").text = _clean(check.message)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _counts(checks: Sequence[Check]) -> dict[str, str]:
    verdicts = [check.verdict for check in checks]
    return {
        "tests": str(len(verdicts)),
        "failures": str(verdicts.count(Verdict.MISSED)),
        "errors": str(verdicts.count(Verdict.UNDECIDED)),
    }


def _attributes(check: Check) -> dict[str, str]:
    attributes = {"classname": _clean(check.suite), "name": _clean(check.name)}
    if check.place is not None:
        attributes |= {"file": _clean(check.place.file), "line": str(check.place.line)}
    return attributes


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
