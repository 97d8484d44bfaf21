"""The student ids that the service knows, as its accounts spell them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.kit.models import User
from grader.intake.classes.owners import Roster


def listed_students(session: Session) -> Roster:
    """Return the ids of all students, those that are shut out too."""
    listed = session.execute(select(User.student_id, User.name).where(User.student_id != "")).all()
    names = {student: name for student, name in listed if student is not None and name}
    return Roster(frozenset(one for one, _ in listed if one is not None), names)


def spelled_as_listed(session: Session, student_id: str) -> str:
    """Return an id as the roster spells it, one that is not on it as it is."""
    query = select(User.student_id).where(func.lower(User.student_id) == student_id.lower())
    listed = set(session.scalars(query))
    return student_id if student_id in listed else next(filter(None, listed), student_id)
