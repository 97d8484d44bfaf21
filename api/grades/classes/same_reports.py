"""Reports that are alike, by file, text or pictures, in every edition and year."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.kit.models import Run, Submission, SubmissionFile

MOST = 20


@dataclass(frozen=True, kw_only=True)
class SameReport:
    """Another student's submission with the same report."""

    student_id: str
    submission_id: str
    edition: str
    attempt: int


def same_reports(session: Session, submission: Submission) -> tuple[SameReport, ...]:
    """
    Return other students' submissions with this one's report, the earliest first, MOST of them.

    It is information for staff: a group may hand in one report together.
    """
    if submission.anonymous:
        return ()
    contents = {run.report_content for run in submission.runs} - {""}
    digests = {one.sha256 for one in submission.files if one.name.lower().endswith(".pdf")}
    by_content = select(Run.submission_id).where(Run.report_content.in_(contents))
    by_file = select(SubmissionFile.submission_id).where(SubmissionFile.sha256.in_(digests))
    query = (
        select(Submission)
        .where(
            or_(Submission.id.in_(by_content), Submission.id.in_(by_file)),
            Submission.student_id != submission.student_id,
            Submission.anonymous.is_(False),
        )
        .order_by(Submission.received_at)
        .limit(MOST)
    )
    return tuple(
        SameReport(
            student_id=one.student_id,
            submission_id=one.id,
            edition=one.edition,
            attempt=one.attempt,
        )
        for one in session.scalars(query)
    )
