"""JUnit XML as CI systems read it."""

from xml.etree import ElementTree

from supportsim.experiment.judgement import Verdict
from supportsim.report.checks import Check
from supportsim.report.junit import junit_xml
from supportsim.scenario.faults import Position

PLACE = Position("scenarios/desk.yaml", 21, 17)


def test_one_case_for_each_promise_in_the_suite_of_its_plan() -> None:
    checks = [
        Check("desk", "response_sla", Verdict.MET, "found 96 %", PLACE),
        Check("desk", "fcr", Verdict.MISSED, "found 40 %"),
        Check("more", "fcr", Verdict.UNDECIDED, "found 70 %"),
    ]
    root = ElementTree.fromstring(junit_xml(checks).encode())
    assert root.attrib == {"name": "supportsim", "tests": "3", "failures": "1", "errors": "1"}
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors")) for suite in root] == [
        ("desk", "2", "1", "0"),
        ("more", "1", "0", "1"),
    ]
    met, missed, undecided = root.iter("testcase")
    assert met.attrib == {
        "classname": "desk", "name": "response_sla", "file": "scenarios/desk.yaml", "line": "21"
    }  # fmt: skip
    assert [(child.tag, child.text) for child in met] == [("system-out", "found 96 %")]
    assert [(child.tag, child.attrib) for child in missed] == [("failure", {"message": "found 40 %", "type": "missed"})]
    assert [(child.tag, child.get("type")) for child in undecided] == [("error", "undecided")]


def test_what_xml_cannot_hold_is_replaced_and_markup_is_text() -> None:
    (case,) = ElementTree.fromstring(junit_xml([Check("a\0b", 'x<y&"z', Verdict.MET, "\x1b[1m")]).encode()).iter(
        "testcase"
    )
    assert (case.get("classname"), case.get("name")) == ("a\ufffdb", 'x<y&"z')
    assert case.findtext("system-out") == "\ufffd[1m"
