"""What each role may see of a grade: students see what is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.grades.effective_grades import EffectiveGrade, grade_of, grade_so_far
from api.kit.models import Assignment, Run, RunState, Submission
from api.kit.problems import Problem, not_found
from api.kit.queue import place_of, places
from api.kit.schemas.answer import ReasonOut
from api.kit.schemas.grades import GradeOut, SoFarOut
from api.kit.schemas.runs import FaultOut, RunOut
from api.kit.schemas.submissions import FileOut, SubmissionOut
from api.kit.services import Services
from api.requests.principal import Principal
from api.submissions.runs import find_assignment, judged_run, latest_run
from grader.words.message import Message, message


@dataclass(frozen=True, kw_only=True)
class SubmissionPresenter:
    """Tells one who asks about submissions; the queue is looked at once for all of them."""

    principal: Principal
    services: Services
    assignments: dict[str, Assignment]
    places: Mapping[str, int]  # in the queue, of every run that waits

    @classmethod
    def of(cls, session: Session, services: Services, principal: Principal) -> SubmissionPresenter:
        """Return the teller for one request."""
        return cls(
            principal=principal,
            services=services,
            assignments={one.edition: one for one in session.scalars(select(Assignment))},
            places=places(session),
        )

    def tell(self, submission: Submission, *, with_grade: bool = False) -> SubmissionOut:
        """Return a submission as the one who asks may see it."""
        assignment = self.assignments[submission.edition]
        run = latest_run(submission)
        visible = shows_results(self.principal, assignment)
        edition = self.services.editions.get(submission.edition)  # None: not installed any more
        grade = so_far = None
        if visible and edition is not None:
            grade = grade_of(submission, assignment, edition)
            so_far = grade_so_far(submission, assignment, edition)
        judged = judged_run(submission) if visible else None
        return SubmissionOut(
            id=submission.id,
            edition=submission.edition,
            student_id=submission.student_id,
            attempt=submission.attempt,
            received_at=submission.received_at,
            language=submission.language,
            state=run.state,
            stage=run.stage if run.state is RunState.GRADING else "",
            run=run.number,
            place_in_queue=place_of(self.places, run.id, run.state),
            message=run.message,
            reason=ReasonOut.model_validate(run.reason) if run.reason else None,
            named_for=submission.named_for,
            published=assignment.published,
            score=None if grade is None else grade.points,
            max_score=None if grade is None else grade.max_points,
            so_far=None if so_far is None else tell_so_far(so_far, submission),
            findings=judged.findings if judged is not None else [],
            files=[FileOut.model_validate(file) for file in submission.files],
            grade=GradeOut.model_validate(told)
            if with_grade and (told := grade or so_far)
            else None,
        )


def tell_so_far(grade: EffectiveGrade, submission: Submission) -> SoFarOut:
    """Return the graded part of a partly pending submission."""
    reason = pending_reason(grade, submission)
    return SoFarOut(
        points=grade.points,
        graded_max=grade.graded_max,
        pending_points=grade.pending_points,
        criteria=[one.id for one in grade.criteria if one.pending],
        said={"en": reason.said_in("en"), "zh_TW": reason.said_in("zh_TW")},
    )


def pending_reason(grade: EffectiveGrade, submission: Submission) -> Message:
    """Return how much is graded so far; nobody looks at a self-check, which is nobody's."""
    code = "pending.self-check" if submission.anonymous else "pending.staff"
    return message(
        code,
        points=f"{grade.points:g}",
        graded=f"{grade.graded_max:g}",
        waiting=f"{grade.pending_points:g}",
    )


def shows_results(principal: Principal, assignment: Assignment) -> bool:
    """Return whether the one who asks sees scores, findings and documents."""
    return principal.is_staff or assignment.published


def demand_results(session: Session, principal: Principal, submission: Submission) -> None:
    """Raise Problem 403 for a student whose results are not published yet."""
    if not shows_results(principal, find_assignment(session, submission.edition)):
        raise Problem(
            403,
            "not-published",
            "it was received; results are published later by the course staff",
        )


def tell_run(run: Run, *, visible: bool, staff: bool) -> RunOut:
    """Return a run: its results only where they are *visible*, a part of them never as a score."""
    told = RunOut(
        number=run.number,
        state=run.state,
        stage=run.stage,
        attempts=run.attempts,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        message=run.message,
        reason=ReasonOut.model_validate(run.reason) if run.reason else None,
        score=None if run.state is RunState.PENDING else run.score,
        max_score=None if run.state is RunState.PENDING else run.max_score,
        seconds=run.seconds,
        findings=run.findings,
        pending=run.pending or [],
        faults=[FaultOut.model_validate(fault) for fault in run.faults] if staff else [],
    )
    return told if visible else told.model_copy(update=HIDDEN)


HIDDEN: dict[str, Any] = {"score": None, "max_score": None, "findings": [], "pending": []}


def graded_run(submission: Submission, number: int | None = None) -> Run:
    """Return the run whose results are asked for; raise Problem 404 where there are none."""
    if number is None:
        found = judged_run(submission)
    else:
        found = next((run for run in submission.runs if run.number == number), None)
    if found is None or found.results_sha256 is None:
        raise not_found(what="this result")
    return found
