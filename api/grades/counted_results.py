"""
The results file as the course counts it: the grader's own, with what people and the late rule say.

Every number is that of :func:`api.grades.effective_grades.effective`, as on pages and in exports.
``extra_data.decisions`` holds the grade, each decided test its ``extra_data.decision``; the
automatic points stand beside those that count.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from api.grades.effective_grades import CriterionGrade, EffectiveGrade
from api.kit.models import Run
from grader.results.file.schema import (
    BY_PEOPLE,
    CriterionExtra,
    CriterionTest,
    Decision,
    Decisions,
    Remark,
    Results,
    standing_of,
)

DIGEST = 16


def is_decided(run: Run, grade: EffectiveGrade) -> bool:
    """Return whether people or the late rule say more than the run did."""
    return bool(
        grade.remark
        or grade.late_points
        or grade.adjustment
        or any(
            one.manual is not None
            or one.remark
            or (one.id not in run.criteria and one.max_points > 0)
            for one in grade.criteria
        )
    )


def digest_of(run: Run, grade: EffectiveGrade) -> str:
    """Return what tells this grade from others of the same run, ``""`` for the run's own."""
    if not is_decided(run, grade):
        return ""
    decisions = decisions_of(run, grade).model_dump(mode="json")
    # What only people grade is called as the rubric says now, not as it did when it was graded.
    called = [one.named.model_dump() for one in grade.criteria if one.id not in run.criteria]
    told = json.dumps([decisions, called], sort_keys=True, allow_nan=False)
    return hashlib.sha256(told.encode()).hexdigest()[:DIGEST]


def decisions_of(run: Run, grade: EffectiveGrade) -> Decisions:
    """Return the grade as ``extra_data.decisions`` of a results file."""
    return Decisions(
        score=grade.points,
        max_score=grade.max_points,
        automatic_score=run.score,
        raw_score=grade.raw_points,
        late_days=grade.late_days,
        late_percent=grade.late_percent,
        late_points=grade.late_points,
        adjustment=grade.adjustment if grade.is_final else 0.0,
        adjustment_reason=grade.adjustment_reason,
        remark=grade.remark,
        criteria={one.id: _decision(one) for one in grade.criteria if _decided(one)},
    )


def counted(results: Results, run: Run, grade: EffectiveGrade) -> Results:
    """Return *results* with the grade that counts; the run's own file where nobody decided."""
    if not is_decided(run, grade):
        return results
    given = {test.extra_data.criterion: test for test in results.tests}
    tests = tuple(_test(given.get(one.id), one) for one in grade.criteria if not one.is_idle)
    extra: dict[str, Any] = {
        "max_score": grade.max_points,
        **standing_of(tests),
        "decisions": decisions_of(run, grade),
    }
    if grade.remark:
        earlier = results.extra_data.remarks or ()
        extra["remarks"] = (*earlier, Remark(task="", text=grade.remark))
    changed: dict[str, Any] = {
        "score": grade.points,
        "output": f"{_overview(run, grade)}\n{results.output}",
        "tests": tests,
        "extra_data": results.extra_data.model_copy(update=extra),
    }
    return results.model_copy(update=changed)


def _decided(one: CriterionGrade) -> bool:
    return one.manual is not None or bool(one.remark)


def _decision(one: CriterionGrade) -> Decision:
    return Decision(points=one.manual, automatic=one.automatic, remark=one.remark)


def _test(test: CriterionTest | None, one: CriterionGrade) -> CriterionTest:
    """Return a criterion's test with the points that count; a new one if only people grade it."""
    told = test or _by_people(one)
    changed: dict[str, Any] = {"score": one.points, "max_score": one.max_points}
    if test is None or one.manual is not None:
        changed["status"] = "passed" if one.points >= one.max_points else "failed"
    if _decided(one):
        decision = {"decision": _decision(one)}
        changed["extra_data"] = told.extra_data.model_copy(update=decision)
    return told.model_copy(update=changed)


def _by_people(one: CriterionGrade) -> CriterionTest:
    return CriterionTest(
        name=one.title,
        number=one.question,
        output="",
        visibility="visible",
        extra_data=CriterionExtra(
            criterion=one.id,
            outcome=BY_PEOPLE,
            task=one.task,
            title=one.title,
            checks=(),
            findings=(),
        ),
    )


def _overview(run: Run, grade: EffectiveGrade) -> str:
    """Return the line that begins Gradescope's overview."""
    late = f", {grade.raw_points:g} before the late rule" if grade.late_points else ""
    adjusted = f", {grade.adjustment:+g} by staff" if grade.adjustment else ""
    automatic = "none" if run.score is None else f"{run.score:g}"
    if not grade.is_final:
        return (
            f"{grade.points:g} of {grade.graded_max:g} points so far;"
            f" {grade.pending_points:g} points wait for staff."
        )
    return (
        f"{grade.points:g} of {grade.max_points:g} points count{late}{adjusted};"
        f" the automatic score is {automatic}."
    )
