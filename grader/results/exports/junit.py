"""A results file as JUnit XML, which GitHub, GitLab, Jenkins and others show as tests."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from grader.results.file.schema import CriterionTest, Finding, Results

# What XML 1.0 cannot hold, whatever stands before it.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(results: Results, name: str) -> bytes:
    """
    Return *results* as a JUnit test suite called *name*: a test for each criterion.

    A criterion that earned less than all its points is a failure with its reason; one that waits
    for staff is skipped, for nobody knows yet whether it is one.
    """
    cases = [_case(test) for test in results.tests]
    suite = ET.Element(
        "testsuite",
        name=_clean(name),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors="0",
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        time=f"{results.execution_time or 0.0:.3f}",
    )
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = _clean(results.output)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _case(test: CriterionTest) -> ET.Element:
    case = ET.Element("testcase", classname=_clean(test.extra_data.task), name=_clean(test.name))
    score, most = test.score or 0.0, test.max_score or 0.0
    if test.is_pending:
        ET.SubElement(case, "skipped", message=_clean(test.output))
    elif score < most:
        points = f"{score:g} of {most:g} points"
        failure = ET.SubElement(case, "failure", message=points, type="points")
        failure.text = _clean("\n".join([test.output, *map(_told, test.extra_data.findings)]))
    return case


def _told(finding: Finding) -> str:
    return f"{finding.title}: {finding.hint}"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
