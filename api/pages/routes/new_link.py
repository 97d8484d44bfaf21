"""Asking for one's personal link anew, by mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Response
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.auth import rates
from api.kit.models import Mail, Role, Submission, User, now
from api.kit.outbox import MailKind, post
from api.kit.problems import not_found
from api.pages.visit import Visit, VisitDep
from api.requests.redirects import local_path

router = APIRouter(include_in_schema=False)
SUBMISSION_PAGE = re.compile(r"/s/(?P<id>[A-Za-z0-9_-]{1,64})(?:[?#].*)?")
PAUSE = timedelta(minutes=10)  # between two links to one student, whoever asks for them


@dataclass(frozen=True, kw_only=True)
class NewLinkPage:
    """The form, and whether it was sent."""

    done: bool
    next: str
    login: str


@router.get("/login/new-link")
def show_form(
    visit: VisitDep, to: Annotated[str, Query(alias="next", max_length=2000)] = "/"
) -> Response:
    """Show the form; there is none where no mail is sent."""
    _demand_mail(visit)
    return _page(visit, to, done=False)


@router.post("/login/new-link")
def send_link(
    visit: VisitDep,
    who: Annotated[str, Form(max_length=200)] = "",
    to: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """
    Have a student's link sent to the address of the roster.

    It leads to the submission whose page was asked for before the login, if one was.

    The answer is the same whether anybody is known by what was typed, and so is the work done.
    """
    _demand_mail(visit)
    settings = visit.settings
    address = rates.address_key("link", visit.principal.address)
    with visit.services.sessions.begin() as session:
        rates.spend(session, address, settings.logins_per_minute)
    with visit.services.sessions.begin() as session:
        student = _student(session, who.strip())
        post(
            visit.services,
            session,
            MailKind.LINK,
            None if student is None or _was_told(session, student) else student,
            language=visit.t.language,
            submission_id=_submission_at(session, to),
        )
    return _page(visit, to, done=True)


def _student(session: Session, who: str) -> User | None:
    """Return the one student of that id or address; nobody where several share it."""
    typed = who.lower()
    query = select(User).where(
        User.role == Role.STUDENT,
        or_(func.lower(User.student_id) == typed, func.lower(User.email) == typed),
    )
    found = session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _submission_at(session: Session, path: str) -> str | None:
    """Return whose page *path* is; None where it is another page or there is none."""
    asked = SUBMISSION_PAGE.fullmatch(path)
    query = select(Submission.id).where(Submission.id == (asked["id"] if asked else ""))
    return session.scalar(query)


def _was_told(session: Session, student: User) -> bool:
    recent = select(Mail.id).where(
        Mail.user_id == student.id,
        Mail.kind == MailKind.LINK.value,
        Mail.created_at > now() - PAUSE,
    )
    return session.scalar(recent.limit(1)) is not None


def _demand_mail(visit: Visit) -> None:
    if not visit.settings.mail_from:
        raise not_found(what="this page")


def _page(visit: Visit, to: str, *, done: bool) -> Response:
    after = local_path(to)
    page = NewLinkPage(done=done, next=after, login=f"/login?next={quote(after, safe='')}")
    return visit.page("new_link", page, title=visit.t("new_link.title"), width="narrow")
