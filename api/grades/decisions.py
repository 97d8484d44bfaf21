"""What people decide about a submission: points and remarks, each change in the audit log."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from api.auth import audit
from api.grades.effective_grades import ADJUSTMENT, EffectiveGrade, effective
from api.grades.pending import hold as hold_row
from api.grades.pending import settle
from api.kit.models import ManualScore, Submission, now
from api.kit.problems import Problem, not_found
from api.kit.services import Services
from api.requests.principal import Principal
from api.submissions.runs import find_assignment, find_edition, judged_run

WHOLE = ""  # the "criterion" of a remark on the whole submission
ACTIONS = {WHOLE: "grade.remark", ADJUSTMENT: "grade.adjust"}


def decide(  # noqa: PLR0913  a decision's parts
    services: Services,
    session: Session,
    principal: Principal,
    submission: Submission,
    criterion: str,
    *,
    points: float | None,
    remark: str,
    request_id: str,
) -> None:
    """Note what a person decided about a criterion, in place of what stood there before."""
    hold(session, submission)
    if criterion == ADJUSTMENT:
        _demand_sense(grade_now(services, session, submission), points, remark)
    elif criterion != WHOLE:
        most = max_points_of(services, session, submission, criterion)
        if points is not None and points > most:
            msg = f"points: at most {most:g} on this criterion"
            raise Problem(422, "points-out-of-range", msg)
    row = session.get(ManualScore, (submission.id, criterion))
    before = _values(row)
    if row is None:
        row = ManualScore(submission_id=submission.id, criterion=criterion)
        submission.manual_scores.append(row)
    row.points, row.remark = points, remark
    row.user_id, row.changed_at = principal.user_id, now()
    settle(session, submission.id)
    _record(session, principal, submission, criterion, before, _values(row), request_id)


def take_back(
    session: Session,
    principal: Principal,
    submission: Submission,
    criterion: str,
    *,
    request_id: str,
) -> None:
    """Remove what a person decided about a criterion; nothing there is no error."""
    hold(session, submission)
    row = session.get(ManualScore, (submission.id, criterion))
    if row is None:
        return
    _record(session, principal, submission, criterion, _values(row), {}, request_id)
    submission.manual_scores.remove(row)
    settle(session, submission.id)


def grade_now(services: Services, session: Session, submission: Submission) -> EffectiveGrade:
    """
    Return what a submission is worth as the transaction sees it.

    Raise Problem 404 where its edition is not installed any more.
    """
    return effective(
        submission,
        judged_run(submission),
        find_assignment(session, submission.edition),
        find_edition(services, submission.edition),
    )


def max_points_of(
    services: Services, session: Session, submission: Submission, criterion: str
) -> float:
    """Return a criterion's maximum; raise Problem 404 where the submission has none such."""
    hold(session, submission)
    grade = grade_now(services, session, submission)
    found = next((one for one in grade.criteria if one.id == criterion), None)
    if found is None:
        raise not_found(what="this criterion")
    return found.most


def _demand_sense(grade: EffectiveGrade, points: float | None, reason: str) -> None:
    """Raise Problem 422 unless an adjustment has points, and a reason that students can read."""
    most = grade.max_points
    if points is None or not points or abs(points) > most:
        msg = f"points: not 0, and between -{most:g} and {most:g}"
        raise Problem(422, "points-out-of-range", msg)
    if not reason.strip():
        msg = "reason: say why the total is adjusted; the student reads it"
        raise Problem(422, "reason-missing", msg)


def version_of(grade: EffectiveGrade) -> str:
    """Return the ETag of a grade: another one as soon as anything about it is another."""
    told = json.dumps(asdict(grade), sort_keys=True, allow_nan=False, default=str)
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def demand_version(
    services: Services, session: Session, submission: Submission, wanted: str | None
) -> None:
    """Raise Problem 412 where the grade is no longer the one that *wanted* names, if any."""
    if wanted is None:
        return
    hold(session, submission)
    session.refresh(submission, ["manual_scores"])
    present = version_of(grade_now(services, session, submission))
    if not {"*", present} & {one.strip() for one in wanted.split(",")}:
        msg = "somebody changed this grade meanwhile; read it again before you change it"
        raise Problem(412, "changed-meanwhile", msg)


def hold(session: Session, submission: Submission) -> None:
    """Lock a submission for one decision at a time; SQLite has one writer anyway."""
    hold_row(session, submission.id)


def _values(row: ManualScore | None) -> dict[str, Any]:
    return {} if row is None else {"points": row.points, "remark": row.remark}


def _record(  # noqa: PLR0913, PLR0917  the columns of the log
    session: Session,
    principal: Principal,
    submission: Submission,
    criterion: str,
    before: dict[str, Any],
    after: dict[str, Any],
    request_id: str,
) -> None:
    audit.record(
        session,
        principal,
        ACTIONS.get(criterion, "grade.manual"),
        f"submission:{submission.id}",
        before and {"criterion": criterion, **before},
        after and {"criterion": criterion, **after},
        request_id,
    )
