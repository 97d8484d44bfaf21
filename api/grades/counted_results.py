"""
The results file as the course counts it: the grader's own, with what people and the late rule say.

Every number is that of :func:`api.grades.effective_grades.effective`, as on pages and in exports.
``extra_data.decisions`` holds the grade, each decided test its ``extra_data.decision``; the
automatic points stand beside those that count.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from api.grades.effective_grades import CriterionGrade, EffectiveGrade
from api.grades.pending import sums
from api.kit.models import Run
from report_templates.parts.outcomes import BY_PEOPLE

Json = dict[str, Any]
DIGEST = 16


def is_decided(run: Run, grade: EffectiveGrade) -> bool:
    """Return whether people or the late rule say more than the run did."""
    return bool(
        grade.remark
        or grade.points < grade.raw_points
        or any(
            one.manual is not None or one.remark or one.id not in run.criteria
            for one in grade.criteria
        )
    )


def digest_of(run: Run, grade: EffectiveGrade) -> str:
    """Return what tells this grade from others of the same run, ``""`` for the run's own."""
    if not is_decided(run, grade):
        return ""
    told = json.dumps(decisions_of(run, grade), sort_keys=True, allow_nan=False)
    return hashlib.sha256(told.encode()).hexdigest()[:DIGEST]


def decisions_of(run: Run, grade: EffectiveGrade) -> Json:
    """Return the grade as ``extra_data.decisions`` of a results file."""
    return {
        "score": grade.points,
        "max_score": grade.max_points,
        "automatic_score": run.score,
        "raw_score": grade.raw_points,
        "late_days": grade.late_days,
        "late_percent": grade.late_percent,
        "late_points": round(grade.raw_points - grade.points, 2),
        "remark": grade.remark,
        "criteria": {one.id: _decision(one) for one in grade.criteria if _decided(one)},
    }


def counted(results: Mapping[str, Any], run: Run, grade: EffectiveGrade) -> Json:
    """Return *results* with the grade that counts; the run's own file where nobody decided."""
    told: Json = copy.deepcopy(dict(results))
    if not is_decided(run, grade):
        return told
    extra = told["extra_data"]
    tests: dict[str, Json] = {one["extra_data"]["criterion"]: one for one in told["tests"]}
    told["tests"] = [_test(tests.get(one.id), one) for one in grade.criteria]
    told["score"] = grade.points
    told["output"] = f"{_overview(run, grade)}\n{told.get('output', '')}"
    extra["max_score"] = grade.max_points
    extra |= sums(told["tests"])
    extra["decisions"] = decisions_of(run, grade)
    if grade.remark:
        extra["remarks"] = [*extra.get("remarks", ()), {"task": "", "text": grade.remark}]
    return told


def _decided(one: CriterionGrade) -> bool:
    return one.manual is not None or bool(one.remark)


def _decision(one: CriterionGrade) -> Json:
    return {"points": one.manual, "automatic": one.automatic, "remark": one.remark}


def _test(test: Json | None, one: CriterionGrade) -> Json:
    """Return a criterion's test with the points that count; a new one if only people grade it."""
    told = test or {
        "name": one.title,
        "number": one.question,
        "output": "",
        "visibility": "visible",
        "extra_data": {
            "criterion": one.id,
            "outcome": BY_PEOPLE,
            "task": one.task,
            "title": one.title,
            "checks": [],
            "findings": [],
        },
    }
    told |= {"score": one.points, "max_score": one.max_points}
    if test is None or one.manual is not None:
        told["status"] = "passed" if one.points >= one.max_points else "failed"
    if _decided(one):
        told["extra_data"]["decision"] = _decision(one)
    return told


def _overview(run: Run, grade: EffectiveGrade) -> str:
    """Return the line that begins Gradescope's overview."""
    late = (
        f", {grade.raw_points:g} before the late rule" if grade.points < grade.raw_points else ""
    )
    automatic = "none" if run.score is None else f"{run.score:g}"
    if not grade.is_final:
        return (
            f"{grade.points:g} of {grade.graded_max:g} points so far;"
            f" {grade.pending_points:g} points wait for staff."
        )
    return (
        f"{grade.points:g} of {grade.max_points:g} points count{late};"
        f" the automatic score is {automatic}."
    )
