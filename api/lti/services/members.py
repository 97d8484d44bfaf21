"""The members of a course on a platform, into our roster (Names and Role Provisioning 2.0)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import audit
from api.course import roster
from api.course.roster import RosterRow
from api.kit.models import Role, User, now
from api.kit.models.lti import LtiContext, LtiPlatform, LtiUser
from api.kit.problems import Problem
from api.kit.queue import LTI_MEMBERS
from api.kit.services import Services
from api.lti.accounts import link, roster_row
from api.lti.claims import LTI, MEMBERS_SCOPE, Identifier, role_of, student_id_in
from api.lti.platforms import origin_of
from api.lti.services.calls import AccessTokens, CallError
from api.requests.dependencies import reading
from api.requests.principal import Principal

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
EVERY = timedelta(hours=6)
PATIENCE = timedelta(hours=1)  # after which an unanswered request counts as lost
MOST_PAGES = 200
RETRY_SECONDS = 60.0
MOST_TRIES = 5


class Member(BaseModel):
    """Somebody in the platform's course."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    user_id: Identifier
    roles: list[str]
    status: Literal["Active", "Inactive", "Deleted"] = "Active"
    name: str = ""
    email: str = ""
    lis_person_sourcedid: str = ""
    ext_user_username: str = ""
    message: list[dict[str, Any]] = []

    @field_validator("name", "email", "lis_person_sourcedid", "ext_user_username", mode="before")
    @classmethod
    def _text(cls, given: object) -> str:
        return given if isinstance(given, str) else ""

    def student_id(self, source: str) -> str:
        """Return the student's id where the operator said that it stands."""
        custom: dict[str, Any] = {}
        for one in self.message:
            told = one.get(f"{LTI}custom")
            custom |= told if isinstance(told, dict) else {}
        return student_id_in(
            source,
            lis={"person_sourcedid": self.lis_person_sourcedid},
            custom=custom,
            ext={"user_username": self.ext_user_username},
        )


@dataclass(frozen=True, kw_only=True)
class _Student:
    subject: str
    row: RosterRow


def ask(
    services: Services,
    session: Session,
    course: LtiContext,
    *,
    tries: int = 0,
    delay_seconds: float = 0.0,
) -> None:
    """Have the members of a course read by whoever sends to platforms."""
    course.sync_asked_at = now()
    moment = int(course.sync_asked_at.timestamp() * 1000)
    services.queue.put_call(
        session,
        LTI_MEMBERS,
        f"{course.id}-{moment}-{tries}",
        [course.id, tries],
        delay_seconds=delay_seconds,
    )


def ask_noted(
    services: Services, session: Session, principal: Principal, course: LtiContext, request_id: str
) -> None:
    """Do what :func:`ask` does, and note who wanted it; raise Problem 409 where it cannot be."""
    if course.accepted_at is None or not course.memberships_url:
        msg = "the platform does not offer names and roles of this course; allow it there"
        raise Problem(409, "lti-no-members", msg)
    ask(services, session, course)
    target = f"lti:{course.platform.name}"
    after = {"course": course.context_id}
    audit.record(session, principal, "lti.sync", target, {}, after, request_id)


def ask_for_old(services: Services) -> int:
    """Ask again for what was read long ago; return for how many courses."""
    moment = now()
    with services.sessions.begin() as session:
        query = select(LtiContext).where(
            LtiContext.accepted_at.is_not(None), LtiContext.memberships_url != ""
        )
        old = [one for one in session.scalars(query.with_for_update()) if _is_old(one, moment)]
        for course in old:
            ask(services, session, course)
    return len(old)


def sync(services: Services, tokens: AccessTokens, course_id: str, tries: int) -> str:
    """Read the members and bring the roster up to date; return what became of it."""
    with reading(services) as session:
        course = session.get(LtiContext, course_id)
        platform = course.platform if course is not None else None
    if course is None or platform is None or course.accepted_at is None:
        return "gone"
    try:
        members = [*_fetch(services, tokens, platform, course.memberships_url)]
    except CallError as error:
        return _failed(services, course_id, str(error), tries, again=error.again)
    with services.sessions.begin() as session:
        kept = session.get(LtiContext, course_id, with_for_update=True)
        if kept is None:
            return "gone"
        kept.sync_counts = dict(_put(session, platform, members))
        kept.synced_at, kept.sync_error = now(), ""
    return "read"


def _is_old(course: LtiContext, moment: Any) -> bool:
    if course.sync_asked_at is not None and moment - course.sync_asked_at < PATIENCE:
        return False
    return course.synced_at is None or moment - course.synced_at >= EVERY


def _failed(services: Services, course_id: str, reason: str, tries: int, *, again: bool) -> str:
    with services.sessions.begin() as session:
        course = session.get(LtiContext, course_id)
        if course is None:
            return "gone"
        course.sync_error = reason
        if again and tries + 1 < MOST_TRIES:
            delay = RETRY_SECONDS * 2**tries
            ask(services, session, course, tries=tries + 1, delay_seconds=delay)
            return "later"
    return "failed"


def _fetch(
    services: Services, tokens: AccessTokens, platform: LtiPlatform, url: str
) -> Iterator[Member]:
    """Yield the members, page by page; a next page is on the same site, or none."""
    site = origin_of(url)
    for _ in range(MOST_PAGES):
        answer = tokens.call(
            services, platform, "GET", url, scope=MEMBERS_SCOPE, headers={"Accept": MEDIA_TYPE}
        )
        try:
            yield from (Member.model_validate(one) for one in answer.json()["members"])
        except (ValueError, KeyError, TypeError, ValidationError):
            msg = "the platform's list of members is not as the specification has it"
            raise CallError(msg, again=False) from None
        url = answer.links.get("next", {}).get("url", "")
        if not url:
            return
        if origin_of(url) != site:
            msg = "the platform names another site for the next page of members"
            raise CallError(msg, again=False)
    msg = f"the platform's list of members has more than {MOST_PAGES} pages"
    raise CallError(msg, again=False)


def _put(session: Session, platform: LtiPlatform, members: list[Member]) -> Counter[str]:
    """Put the active students on the roster; return what became of how many."""
    counts: Counter[str] = Counter(dict.fromkeys(("added", "changed", "unchanged"), 0))
    found: dict[str, _Student] = {}
    for member in members:
        if member.status != "Active" or role_of(member.roles) is not Role.STUDENT:
            counts["others"] += 1
            continue
        student = _read(platform, member)
        if student is None or student.row.student_id.lower() in found:
            counts["without_id"] += 1
        else:
            found[student.row.student_id.lower()] = student
    for student in found.values():
        counts[_put_one(session, platform, student)] += 1
    return counts


def _read(platform: LtiPlatform, member: Member) -> _Student | None:
    student_id = member.student_id(platform.student_id_from)
    try:
        row = roster_row(student_id, member.name, member.email)
    except Problem:
        return None
    return _Student(subject=member.user_id, row=row)


def _put_one(session: Session, platform: LtiPlatform, student: _Student) -> str:
    """Return what became of one student; who is linked already stays who they are."""
    linked = session.get(LtiUser, (platform.id, student.subject))
    if linked is not None and linked.user.student_id != student.row.student_id:
        return "conflicts"
    try:
        done = roster.import_roster(session, [student.row], alike=True)
        query = select(User).where(User.login.ilike(student.row.student_id, escape="\\"))
        link(session, platform, student.subject, session.scalars(query).one())
    except Problem:
        return "conflicts"
    return "added" if done.added else "changed" if done.changed else "unchanged"
