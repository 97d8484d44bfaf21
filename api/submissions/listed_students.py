"""The student ids that the service knows, as its accounts spell them."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.kit.models import User
from grader.batch.roster import ClassRoster
from grader.intake.classes.owners import Roster


def listed_students(session: Session) -> Roster:
    """Return the ids of all students, those that are shut out too."""
    listed = session.execute(select(User.student_id, User.name).where(User.student_id != "")).all()
    names = {student: name for student, name in listed if student is not None and name}
    return Roster(frozenset(one for one, _ in listed if one is not None), names)


def class_roster(session: Session) -> ClassRoster:
    """Return all students with their addresses, by which course sites may name them."""
    columns = (User.student_id, User.name, User.email)
    found = session.execute(select(*columns).where(User.student_id != "")).all()
    about = {one: {"name": name, "email": email} for one, name, email in found if one is not None}
    told = Counter(one["email"].lower() for one in about.values())
    known = {
        ("email", one["email"].lower()): student
        for student, one in about.items()
        if one["email"] and told[one["email"].lower()] == 1
    }
    return ClassRoster(listed=listed_students(session), about=about, known_as=known)


def spelled_as_listed(session: Session, student_id: str) -> str:
    """Return an id as the roster spells it, one that is not on it as it is."""
    query = select(User.student_id).where(func.lower(User.student_id) == student_id.lower())
    listed = set(session.scalars(query))
    return student_id if student_id in listed else next(filter(None, listed), student_id)
