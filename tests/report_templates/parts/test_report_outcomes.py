"""What became of a task and of a submission is said truly, also where nobody has judged it."""

from __future__ import annotations

import pytest

from grader.results.file.reading import read
from report_templates.messages import languages, load_messages
from report_templates.page.blocks import Overview, Prose
from report_templates.parts.grading.outcomes import joint_outcome, verdict
from report_templates.view import build_document
from tests.report_templates import results_examples as examples


@pytest.mark.parametrize(
    ("outcomes", "points", "joint"),
    [
        ({"passed"}, (4, 4), "passed"),
        ({"passed", "pending"}, (4, 4), "pending"),
        ({"failed", "pending"}, (2, 4), "pending"),
        ({"manual", "pending"}, (4, 4), "pending"),
        ({"pending"}, (0, 0), "pending"),
        ({"by_people"}, (0, 4), "by_people"),
        ({"passed", "by_people"}, (2, 4), "by_people"),
        ({"skipped"}, (0, 4), "skipped"),
        ({"skipped", "failed"}, (0, 4), "failed"),
        ({"skipped", "failed", "errored"}, (0, 4), "errored"),
        ({"passed", "failed"}, (2, 4), "partial"),
        ({"of-next-year"}, (0, 4), "failed"),
        ({"manual", "failed"}, (4, 4), "passed"),
        ({"manual"}, (0, 4), "failed"),
        (set(), (0, 0), "pending"),
    ],
)
def test_outcome_of_a_task_follows_from_its_criteria(
    outcomes: set[str], points: tuple[float, float], joint: str
) -> None:
    """What is agreed on stays; what was lost counts by its worst, or by what was earned."""
    assert joint_outcome(outcomes, *points) == joint


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        ({"passed"}, "clean"),
        ({"passed", "pending"}, "clean_so_far"),
        ({"passed", "by_people"}, "clean_so_far"),
        ({"pending"}, "unjudged"),
        ({"by_people"}, "unjudged"),
        (set(), "unjudged"),
        ({"failed", "errored"}, "unknown"),
        ({"errored", "pending"}, "broken"),
        ({"skipped"}, "broken"),
    ],
)
def test_verdict_calls_nothing_right_that_was_not_judged(outcomes: set[str], says: str) -> None:
    """Only what was judged can be without a mistake."""
    assert verdict(outcomes) == says


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("outcome", ["pending", "by_people"])
def test_a_document_praises_nothing_that_was_not_judged(outcome: str, language: str) -> None:
    """Where no criterion was judged, the document says so in its own language."""
    results = examples.right()
    for test in results["tests"]:
        test["extra_data"]["outcome"] = outcome
    t = load_messages(language)

    document = build_document(read(results), language=language)

    found = next(s for s in document.sections if s.title == t("sections.findings"))
    assert found.blocks == (Prose(paragraphs=(t("findings.unjudged"),)),)


def test_a_task_that_was_never_checked_is_not_called_failed() -> None:
    """A task of which every criterion was skipped is skipped."""
    results = examples.right()
    for test in results["tests"]:
        if test["extra_data"]["task"] == "bias":
            test.update(score=0.0, status="failed")
            test["extra_data"]["outcome"] = "skipped"

    document = build_document(read(results))

    (overview,) = (b for s in document.sections for b in s.blocks if isinstance(b, Overview))
    outcomes = {line.task.text: line.outcome for line in overview.lines}
    assert outcomes["Quantized bias"] == "skipped"
