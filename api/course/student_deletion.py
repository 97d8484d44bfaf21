"""Delete everything stored about a student."""

from __future__ import annotations

from sqlalchemy import delete, select, union
from sqlalchemy.orm import Session

from api.auth import audit
from api.course import groups
from api.kit.models import Comparison, Extension, GroupMember, Role, Submission, User
from api.kit.problems import not_found
from api.kit.schemas.students import DeletedOut
from api.requests.principal import Principal


def delete_student(
    session: Session, principal: Principal, student_id: str, *, request_id: str
) -> DeletedOut:
    """
    Delete a student's submissions, results and account; raise Problem 404 where there are none.

    What the student handed in with others in a group stays theirs, without this student.

    The bytes of their files go with the next sweep of what no row names. The audit log keeps that
    it was done, and by whom.
    """
    handed_in = select(Submission.edition).where(Submission.student_id == student_id)
    together = select(GroupMember.edition).where(GroupMember.student_id == student_id)
    editions = session.scalars(union(handed_in, together)).all()
    groups.take_out(session, student_id)  # before: a group's work is the others', too
    submissions = session.scalars(
        select(Submission.id).where(Submission.student_id == student_id)
    ).all()
    account = session.scalar(
        select(User).where(User.student_id == student_id, User.role == Role.STUDENT)
    )
    if not submissions and account is None:
        raise not_found(what="this student")
    session.execute(delete(Comparison).where(Comparison.edition.in_(editions)))  # holds their code
    session.execute(delete(Extension).where(Extension.student_id == student_id))
    session.execute(delete(Submission).where(Submission.student_id == student_id))
    if account is not None:
        session.execute(delete(User).where(User.id == account.id))
    deleted = DeletedOut(
        student_id=student_id, submissions=len(submissions), account=account is not None
    )
    audit.record(
        session,
        principal,
        "student.delete",
        f"student:{student_id}",
        before=deleted.model_dump(),
        request_id=request_id,
    )
    return deleted
