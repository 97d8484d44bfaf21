"""Asking for one's personal link anew, by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Response
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.auth import rates
from api.kit.models import Mail, Role, User, now
from api.kit.outbox import MailKind, post
from api.kit.problems import not_found
from api.pages.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)
PAUSE = timedelta(minutes=10)  # between two links to one student, whoever asks for them


@dataclass(frozen=True, kw_only=True)
class NewLinkPage:
    """The form, and whether it was sent."""

    done: bool


@router.get("/login/new-link")
def show_form(visit: VisitDep) -> Response:
    """Show the form; there is none where no mail is sent."""
    _demand_mail(visit)
    return _page(visit, done=False)


@router.post("/login/new-link")
def send_link(visit: VisitDep, who: Annotated[str, Form(max_length=200)] = "") -> Response:
    """
    Have a student's link sent to the address of the roster.

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
        )
    return _page(visit, done=True)


def _student(session: Session, who: str) -> User | None:
    """Return the one student of that id or address; nobody where several share it."""
    typed = who.lower()
    query = select(User).where(
        User.role == Role.STUDENT,
        or_(func.lower(User.student_id) == typed, func.lower(User.email) == typed),
    )
    found = session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


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


def _page(visit: Visit, *, done: bool) -> Response:
    title = visit.t("new_link.title")
    return visit.page("new_link", NewLinkPage(done=done), title=title, width="narrow")
