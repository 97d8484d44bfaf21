"""Whose account somebody on a platform has: linked once by issuer and subject, never again."""

from __future__ import annotations

import json

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from api.auth import users
from api.auth.users import LOGIN
from api.course import roster
from api.course.roster import EMAIL, RosterRow
from api.kit.digests import sha256_of
from api.kit.models import Role, User
from api.kit.models.lti import LtiPlatform, LtiUser
from api.kit.problems import Problem
from api.lti.claims import role_of, student_id_in
from api.lti.launch.launches import Launch

DIGITS = 12


def account_of(session: Session, launch: Launch) -> User:
    """
    Return the account of whoever launches; raise Problem 403 where there can be none.

    The first launch links it: a student's by the student id where the operator said it stands,
    put on the roster where it is new; staff's by the e-mail address of an account that may do the
    same, else a new one. From then on the subject alone decides, and the account's role here.
    """
    claims, platform = launch.claims, launch.platform
    linked = session.get(LtiUser, (platform.id, claims.subject))
    if linked is not None:
        return _admitted(linked.user)
    role = role_of(claims.roles)
    if role is None:
        raise Problem(
            403,
            "lti-role",
            "the learning platform calls you neither student nor staff of this course",
        )
    user = _student(session, launch) if role is Role.STUDENT else _staff(session, launch, role)
    link(session, platform, claims.subject, _admitted(user))
    return user


def link(session: Session, platform: LtiPlatform, subject: str, user: User) -> None:
    """Keep who a subject is; raise Problem 403 where the account is another subject's."""
    other = session.scalar(
        select(LtiUser).where(LtiUser.platform_id == platform.id, LtiUser.user_id == user.id)
    )
    if other is not None and other.subject != subject:
        raise Problem(
            403,
            "lti-other-person",
            "the account with your student id or address belongs to somebody else on the learning"
            " platform; ask the instructor",
        )
    if other is None:
        session.add(LtiUser(platform_id=platform.id, subject=subject, user_id=user.id))
        session.flush()


def roster_row(student_id: str, name: str, email: str) -> RosterRow:
    """Return somebody as a roster has them; raise Problem 422 for an id that is none."""
    known = email if EMAIL.fullmatch(email) else ""
    entry = {"student_id": student_id, "name": name, "email": known}
    [row] = roster.read_json(json.dumps([entry]).encode())
    return row


def _student(session: Session, launch: Launch) -> User:
    claims, source = launch.claims, launch.platform.student_id_from
    student_id = student_id_in(source, lis=claims.lis, custom=claims.custom, ext=claims.ext)
    if not student_id:
        raise Problem(
            403,
            "lti-no-student-id",
            f"the learning platform does not say your student id ({source}); its administrator"
            " has to share it with this tool",
        )
    row = roster_row(student_id, claims.name, claims.email)
    roster.import_roster(session, [row], alike=True)
    found = select(User).where(func.lower(User.student_id) == student_id.lower())
    return session.scalars(found).one()


def _staff(session: Session, launch: Launch, role: Role) -> User:
    claims, platform = launch.claims, launch.platform
    known = _by_address(session, platform, claims.email, role)
    if known is not None:
        return known
    login = claims.email
    if not LOGIN.fullmatch(login) or users.find_user(session, login) is not None:
        login = f"lti-{sha256_of(f'{platform.id} {claims.subject}')[:DIGITS]}"
    return users.add_user(session, login, role, name=claims.name, email=claims.email)


def _by_address(session: Session, platform: LtiPlatform, email: str, role: Role) -> User | None:
    """Return the one account of this address and role that is nobody else's on the platform."""
    if not email:
        return None
    taken = exists().where(LtiUser.platform_id == platform.id, LtiUser.user_id == User.id)
    query = select(User).where(func.lower(User.email) == email.lower(), User.role == role, ~taken)
    found = session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _admitted(user: User) -> User:
    if user.disabled_at is not None:
        raise Problem(403, "lti-shut-out", "your account here is shut out; ask the instructor")
    return user
