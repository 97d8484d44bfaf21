"""From rows to what is told of them, to the one who asks: students see what is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth.principal import Principal
from api.grades import EffectiveGrade, grade_of
from api.jobs.queue import places
from api.models import Assignment, Run, RunState, Submission
from api.problems import Problem, not_found
from api.schemas import FileOut, GradeOut, ReasonOut, RunOut, SubmissionOut
from api.services import Services
from api.submissions import find_assignment, judged_run, latest_run


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Tells one who asks about submissions; the queue is looked at once for all of them."""

    principal: Principal
    services: Services
    assignments: dict[str, Assignment]
    places: Mapping[str, int]  # in the queue, of every run that waits

    @classmethod
    def of(cls, session: Session, services: Services, principal: Principal) -> Teller:
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
        grade = self._grade(submission, assignment) if visible else None
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
            findings=judged.findings if judged is not None else [],
            files=[FileOut.model_validate(file) for file in submission.files],
            grade=GradeOut.model_validate(grade) if grade is not None and with_grade else None,
        )

    def _grade(self, submission: Submission, assignment: Assignment) -> EffectiveGrade | None:
        """Return what it is worth; None, too, where its edition is not installed any more."""
        edition = self.services.editions.get(submission.edition)
        return None if edition is None else grade_of(submission, assignment, edition)


def place_of(places: Mapping[str, int], run_id: str, state: RunState) -> int:
    """Return a run's place in the queue: 1 is next, 0 means that it does not wait."""
    return places.get(run_id, 1) if state is RunState.WAITING else 0


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


def tell_run(run: Run, *, visible: bool) -> RunOut:
    """Return a run, its results only where they are *visible*."""
    told = RunOut.model_validate(run)
    return told if visible else told.model_copy(update=HIDDEN)


HIDDEN: dict[str, Any] = {"score": None, "max_score": None, "findings": []}


def graded_run(submission: Submission, number: int | None = None) -> Run:
    """Return the run whose results are asked for; raise Problem 404 where there are none."""
    if number is None:
        found = judged_run(submission)
    else:
        found = next((run for run in submission.runs if run.number == number), None)
    if found is None or found.results_sha256 is None:
        raise not_found(what="this result")
    return found
