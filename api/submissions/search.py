"""Lists of submissions: filters, newest first, page by page without skipping or repeating."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, selectinload

from api.course.release import Document, released
from api.kit.models import Assignment, GroupMember, Run, RunState, Submission, User, now
from api.kit.problems import Problem
from api.requests.principal import Principal

FINDING = r"^[a-z0-9-]{1,100}$"
_CURSOR = re.compile(r"(?P<at>[0-9T:.+-]{19,40})/(?P<id>[0-9a-f]{32})")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What is asked for; all of it holds at once."""

    edition: str | None = None
    student_id: str | None = None
    state: RunState | None = None  # of the newest run
    finding: str | None = None  # of the run that counts
    text: str = ""  # part of a student's id or name
    include_anonymous: bool = True


def list_submissions(
    session: Session,
    principal: Principal,
    filters: Filters,
    *,
    limit: int | None,
    cursor: str | None = None,
) -> tuple[Sequence[Submission], str | None]:
    """Return a page of the submissions that the principal may see, and the next one's cursor."""
    query = _filtered(session, _visible(principal), principal, filters)
    if cursor is not None:
        at, last = read_cursor(cursor)
        older = and_(Submission.received_at == at, Submission.id < last)
        query = query.where(or_(Submission.received_at < at, older))
    query = query.order_by(Submission.received_at.desc(), Submission.id.desc()).options(
        selectinload(Submission.runs),
        selectinload(Submission.files),
        selectinload(Submission.manual_scores),
    )
    found = session.scalars(query if limit is None else query.limit(limit + 1)).all()
    if limit is None or len(found) <= limit:
        return found, None
    return found[:limit], write_cursor(found[limit - 1])


def count_submissions(session: Session, principal: Principal, filters: Filters) -> int:
    """Return how many submissions the filters let through, on all pages."""
    found = _filtered(session, _visible(principal), principal, filters).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def write_cursor(submission: Submission) -> str:
    """Return the cursor of the page that begins after *submission*."""
    text = f"{submission.received_at.isoformat()}/{submission.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Return the moment and id in a cursor; raise Problem 422 for an invalid one."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        found = _CURSOR.fullmatch(text)
        at = datetime.fromisoformat(found["at"]) if found else None
    except (binascii.Error, ValueError):
        found = at = None
    if found is None or at is None or at.tzinfo is None or at.isoformat()[-6:] != "+00:00":
        raise Problem(422, "bad-cursor", "cursor: take it from 'next' of the page before")
    return at, found["id"]


def _visible(principal: Principal) -> Select[Submission]:
    query = select(Submission)
    if principal.is_staff:
        return query
    own: list[ColumnElement[bool]] = [Submission.key_sha256.in_(principal.result_keys)]
    if principal.student_id is not None:
        own.append(Submission.student_id == principal.student_id)
    if principal.mates:
        pairs = tuple_(Submission.edition, Submission.student_id)
        own.append(pairs.in_(sorted(principal.mates)))
    return query.where(or_(*own))


def _filtered(
    session: Session, query: Select[Submission], principal: Principal, filters: Filters
) -> Select[Submission]:
    if filters.edition is not None:
        query = query.where(Submission.edition == filters.edition)
    if filters.student_id is not None:
        query = query.where(_is_work_of(filters.student_id))
    if not filters.include_anonymous:
        query = query.where(Submission.anonymous.is_(False))
    if filters.text:
        query = query.where(_names(filters.text))
    if filters.state is not None:
        query = query.where(_newest_is(filters.state))
    if filters.finding is not None:
        query = query.where(_has_finding(filters.finding))
        if not principal.is_staff:  # or the filter would tell what is not shown
            query = query.where(Submission.edition.in_(_with_findings_shown(session, principal)))
    return query


def _is_work_of(student_id: str) -> ColumnElement[bool]:
    """Return the claim that a submission is a student's, or of a group that the student is in."""
    together = exists().where(
        GroupMember.edition == Submission.edition,
        GroupMember.lead == Submission.student_id,
        GroupMember.student_id == student_id,
    )
    return or_(Submission.student_id == student_id, together)


def _with_findings_shown(session: Session, principal: Principal) -> list[str]:
    """Return the editions whose findings the student who asks sees."""
    student, at = principal.student_id or "", now()
    every = session.scalars(select(Assignment))
    return [one.edition for one in every if Document.FINDINGS in released(one, student, at)]


def _names(text: str) -> ColumnElement[bool]:
    named = select(User.student_id).where(User.name.icontains(text, autoescape=True))
    return or_(
        Submission.student_id.icontains(text, autoescape=True),
        Submission.student_id.in_(named),
    )


def _newest_is(state: RunState) -> ColumnElement[bool]:
    other = aliased(Run)
    newest = select(func.max(other.number)).where(other.submission_id == Run.submission_id)
    return exists().where(
        Run.submission_id == Submission.id,
        Run.number == newest.correlate(Run).scalar_subquery(),
        Run.state == state,
    )


def _has_finding(finding: str) -> ColumnElement[bool]:
    """Return the claim that the run whose result counts has a finding; its ids need no quotes."""
    counts = func.coalesce(_last(RunState.GRADED), _last(RunState.PENDING))
    return exists().where(
        Run.submission_id == Submission.id,
        Run.number == counts,
        cast(Run.findings, String).contains(f'"{finding}"', autoescape=True),
    )


def _last(state: RunState) -> ColumnElement[int]:
    """Return the number of a submission's last run in a state."""
    other = aliased(Run)
    query = select(func.max(other.number)).where(
        other.submission_id == Run.submission_id, other.state == state
    )
    return query.correlate(Run).scalar_subquery()
