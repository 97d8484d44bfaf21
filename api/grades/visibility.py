"""What each role may see of a grade: students see what is released to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.course.release import Document, opens_at, released
from api.grades.effective_grades import EffectiveGrade, grade_of, grade_so_far
from api.kit.models import Assignment, Run, RunState, Submission, now
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
    """Presents submissions to the one who asks; the queue is read once for all of them."""

    principal: Principal
    services: Services
    assignments: dict[str, Assignment]
    places: Mapping[str, int]  # in the queue, of every run that waits

    @classmethod
    def of(cls, session: Session, services: Services, principal: Principal) -> SubmissionPresenter:
        """Return the presenter for one request."""
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
        shown = shown_to(self.principal, assignment, submission)
        edition = self.services.editions.get(submission.edition)  # None: not installed any more
        grade = so_far = None
        if Document.SCORE in shown and edition is not None:
            grade = grade_of(submission, assignment, edition)
            so_far = grade_so_far(submission, assignment, edition)
        judged = judged_run(submission) if Document.FINDINGS in shown else None
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
            published=assignment.is_published(now()),
            shown=sorted(shown),
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


def shown_to(
    principal: Principal, assignment: Assignment, submission: Submission
) -> frozenset[Document]:
    """Return the parts of a result that the one who asks sees; staff see all of them."""
    if principal.is_staff:
        return frozenset(Document)
    return released(assignment, submission.student_id, now())


def demand_shown(
    session: Session, principal: Principal, submission: Submission, *documents: Document
) -> None:
    """Raise Problem 403 for a student to whom one of the documents is not released yet."""
    assignment = find_assignment(session, submission.edition)
    hidden = set(documents) - shown_to(principal, assignment, submission)
    if not hidden:
        return
    [first, *_] = sorted(hidden)
    moment = opens_at(assignment, submission.student_id, first)
    if moment is None or moment <= now():
        raise Problem(403, "not-published", message("release.later"))
    shown = moment.astimezone(assignment.zone)
    raise Problem(
        403, "not-published", message("release.from", moment=f"{shown:%Y-%m-%d %H:%M %Z}")
    )


def tell_run(run: Run, *, shown: frozenset[Document], staff: bool) -> RunOut:
    """Return a run: of its results only what is *shown*, a part of them never as a score."""
    scored = Document.SCORE in shown and run.state is not RunState.PENDING
    return RunOut(
        number=run.number,
        state=run.state,
        stage=run.stage,
        attempts=run.attempts,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        message=run.message,
        reason=ReasonOut.model_validate(run.reason) if run.reason else None,
        score=run.score if scored else None,
        max_score=run.max_score if scored else None,
        seconds=run.seconds,
        findings=run.findings if Document.FINDINGS in shown else [],
        pending=(run.pending or []) if Document.SCORE in shown else [],
        faults=[FaultOut.model_validate(fault) for fault in run.faults] if staff else [],
    )


def graded_run(submission: Submission, number: int | None = None) -> Run:
    """Return the run whose results are asked for; raise Problem 404 where there are none."""
    if number is None:
        found = judged_run(submission)
    else:
        found = next((run for run in submission.runs if run.number == number), None)
    if found is None or found.results_sha256 is None:
        raise not_found(what="this result")
    return found
