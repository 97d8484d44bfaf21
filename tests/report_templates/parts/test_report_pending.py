"""What waits for staff is shown as neither earned nor lost, in every language."""

from __future__ import annotations

from typing import Any

import pytest

from grader.results.file.reading import read
from grader.words.message import say, sentence
from report_templates.page.blocks import Document, Overview, Prose, Scores
from report_templates.render import render_html
from report_templates.view import build_document
from tests.report_templates import results_examples as examples

NONE_OF_16 = "\u2013\u00a0/\u00a016"  # a dash for the points
WAITS = {"en": "points wait for staff", "zh_TW": "等候助教處理"}


def waiting(outcome: str = "pending", points: float = 0.0) -> dict[str, Any]:
    """Return results of which both bias criteria wait: 16 points of 100."""
    results = examples.right()
    results["score"] = 84.0 + 2 * points
    for test in results["tests"]:
        if test["extra_data"]["task"] == "bias":
            failed = say("reason", "grader-failed")
            test.update(score=points, output=sentence(failed))
            test["extra_data"].update(outcome=outcome, **examples.told("reason", failed))
    return results


def of_bias(document: Document) -> Scores:
    (scores,) = (
        block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Scores) and block.anchor == "task-bias"
    )
    return scores


def overview_of(document: Document) -> tuple[Overview, Prose]:
    section = next(s for s in document.sections if isinstance(s.blocks[0], Overview))
    overview, note = section.blocks
    assert isinstance(overview, Overview)
    assert isinstance(note, Prose)
    return overview, note


@pytest.mark.parametrize("language", WAITS)
def test_the_cover_says_what_was_graded_so_far(language: str) -> None:
    """The first page has the points and the maximum of what was judged, and what waits."""
    cover = build_document(read(waiting()), language=language).cover

    assert cover.score == "84"
    assert cover.maximum in {"out of 84", "滿分 84"}
    assert "16" in cover.waiting
    assert WAITS[language] in cover.waiting


@pytest.mark.parametrize("language", WAITS)
def test_the_score_table_says_which_points_wait(language: str) -> None:
    """A task that waits has a dash for points; the total is of what was judged."""
    overview, note = overview_of(build_document(read(waiting()), language=language))
    lines = {line.task.anchor: line for line in overview.lines}

    assert lines["task-bias"].outcome == "pending"
    assert lines["task-bias"].points == NONE_OF_16
    assert overview.total == "84\u00a0/\u00a084"
    assert [value for _, value in overview.sums] == ["16"]
    assert "16" in note.paragraphs[0]
    assert WAITS[language] in note.paragraphs[0]


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "The grader failed here; this waits for staff."),
        ("zh_TW", "評分程式在此出錯；等候助教處理。"),  # noqa: RUF001  Chinese
    ],
)
def test_each_pending_criterion_says_that_it_waits(language: str, reason: str) -> None:
    """A criterion that is pending has a dash for points, and says so in words."""
    scores = of_bias(build_document(read(waiting()), language=language))

    assert {line.reason for line in scores.lines} == {reason}
    assert {line.points[0] for line in scores.lines} == {NONE_OF_16[0]}
    assert scores.total == NONE_OF_16


def test_results_of_an_earlier_grader_are_read_as_pending() -> None:
    """What was called ungraded and given full points waits all the same, and earns nothing."""
    then, now = (build_document(read(one)) for one in (waiting("ungraded", 8.0), waiting()))

    assert then.cover == now.cover
    assert overview_of(then) == overview_of(now)
    assert [(line.points, line.outcome) for line in of_bias(then).lines] == [
        (line.points, line.outcome) for line in of_bias(now).lines
    ]


def test_what_a_person_decided_no_longer_waits() -> None:
    """Points given by hand count; the others go on waiting."""
    results = waiting()
    first, second = (t for t in results["tests"] if t["extra_data"]["task"] == "bias")
    first["score"] = 9.0
    first["extra_data"]["decision"] = {"points": 9.0, "automatic": None}
    results["score"] += 9.0

    overview, _ = overview_of(build_document(read(results)))

    assert overview.total == "93\u00a0/\u00a094"
    assert [value for _, value in overview.sums] == [f"{second['max_score']:g}"]


def test_what_broke_is_not_told_to_students() -> None:
    """The exception and the value in it are for staff: no document has them."""
    results = waiting()
    results["extra_data"]["faults"] = [
        {"stage": "s", "check": "c", "exception": "TypeError: secret", "value": "secret"}
    ]

    assert "secret" not in render_html(read(results))
