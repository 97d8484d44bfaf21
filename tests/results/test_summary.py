"""What we fail at after the judging never costs a result, a point, or gives one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader import grading
from grader.model import Fault, Finding, Grade, Outcome
from grader.results import summary
from grader.results.file.reading import read
from grader.results.file.written import to_json
from grader.results.summary import RunContext, summarize
from grader.tasks.run import Run, TaskRun
from grader.words.message import say
from report_templates.render import render_html
from tests.grading import RIGHT, cells_of, edition, grade_cells, small_baseline

CIRCUMSTANCES = RunContext(seconds=1.0, graded_at="", seed=0, sandbox_layers=())
BROKEN = Fault(stage="Report", exception="OSError: the disk is gone")
GONE = "the disk is gone"


def broken(*_args: object, **_options: object) -> None:
    raise OSError(GONE)


@pytest.fixture(scope="module")
def judged() -> Run:
    return grade_cells(cells_of(RIGHT), baseline=small_baseline(200))


@pytest.fixture
def run(judged: Run) -> Iterator[Run]:
    """Return a finished run, whose results and faults a test may change."""
    results, findings = dict(judged.results), judged.findings
    yield judged
    judged.results, judged.findings = results, findings
    judged.faults.clear()


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> grading.Prepared:
    path = tmp_path_factory.mktemp("handed-in") / "hw1_1.py"
    path.write_text("\n\n".join(c.source for c in cells_of(RIGHT) if not c.is_markdown), "utf-8")
    return grading.read(edition(), [Path(path)])


def summarized(run: Run, handout: grading.Prepared) -> Grade:
    """Return the grade, one that makes a results file and the page that a student reads."""
    grade = summarize(run, handout.submission, handout.program, CIRCUMSTANCES)
    contents = to_json(grade)
    json.dumps(contents, ensure_ascii=False, allow_nan=False).encode()
    for language in ("en", "zh_TW"):
        assert render_html(read(contents), language=language)
    return grade


def test_points_stand_without_what_explains_them(
    run: Run, handout: grading.Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A detail of the report that we fail to make costs the details only; staff are told."""
    monkeypatch.setattr(TaskRun, "facts", broken)

    grade = summarized(run, handout)

    assert (grade.points, grade.state) == (100, "graded")
    assert grade.layers == ()
    assert grade.faults == (BROKEN,)


def test_a_criterion_that_is_not_scored_is_pending(run: Run, handout: grading.Prepared) -> None:
    """A result that is missing leaves the points of its criteria to staff, and no others."""
    del run.results["bias.returns"]

    grade = summarized(run, handout)

    waiting = {s.task for s in grade.scores if s.outcome is Outcome.PENDING}
    assert waiting == {"bias"}
    assert grade.points + grade.pending_points == 100
    assert {fault.exception for fault in grade.faults} == {"KeyError: 'bias.returns'"}


def test_a_scoring_that_breaks_leaves_every_point_to_staff(
    run: Run, handout: grading.Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No point is earned, none is lost, and there is a result."""
    monkeypatch.setattr(summary, "score_criterion", broken)

    grade = summarized(run, handout)

    assert (grade.points, grade.pending_points, grade.state) == (0, 100, "pending")
    assert {*grade.faults} == {BROKEN}


def test_points_that_cannot_be_written_are_left_to_staff(
    run: Run, handout: grading.Prepared
) -> None:
    """Text that no encoding can hold, in what was found, leaves a result with all pending."""
    reason = say("reason", "call-raised", exception="ValueError", text="\ud800")
    values = {"function": "\ud800", "question": "5", "nearest": ""}
    run.results["bias.returns"] = replace(run.results["bias.returns"], reason=reason)
    run.findings = (Finding(id="function-missing", task="bias", values=values),)

    grade = summarized(run, handout)

    assert (grade.points, grade.pending_points, grade.state) == (0, 100, "pending")
    assert [fault.stage for fault in grade.faults] == ["Report"]
    assert "UnicodeEncodeError" in grade.faults[0].exception
