"""The roster and the audit log."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import select
from starlette.datastructures import UploadFile

from api.auth import audit
from api.course import roster
from api.kit.database import NO_NUL
from api.kit.models import AuditEntry, Role, Submission, User
from api.kit.problems import Problem
from api.pages.confirm import ConfirmationDep
from api.pages.frame import Link
from api.pages.view.attempts import Notice
from api.pages.view.course.audit import AuditPage, audit_row
from api.pages.view.people import Question, StudentForm, build_roster, form_of
from api.pages.view.problem import problem_words
from api.pages.visit import Visit, VisitDep, then
from api.routes.parameters import StudentId

router = APIRouter(prefix="/staff", include_in_schema=False)
Short = Annotated[str, Query(max_length=200, pattern=NO_NUL)]
ENTRIES = 50
MOST_KEPT = 1 << 20  # characters of a file that a question brings back


@dataclass(frozen=True, kw_only=True)
class RosterForm:
    """A roster as a browser sends it, and what was answered to the questions about it."""

    content: bytes
    encoding: str
    alike: bool


async def read_roster_form(request: Request) -> RosterForm:
    """Return the form: a CSV file, or the same again with an answer; nothing where none was."""
    form = await request.form(max_files=1, max_part_size=MOST_KEPT * 2)
    file, kept = form.get("file"), str(form.get("content", ""))
    try:
        content = await file.read() if isinstance(file, UploadFile) else b64decode(kept)
    except ValueError:
        content = b""
    encoding = str(form.get("encoding", ""))
    return RosterForm(content=content, encoding=encoding, alike=form.get("alike") == "yes")


@router.get("/roster")
def show_roster(
    visit: VisitDep, q: Short = "", section: Short = "", student: Short = ""
) -> Response:
    """Show the students of the course; with *student* the form holds that one, to be changed."""
    visit.demand(Role.TA)
    form = None
    if student and visit.principal.role is Role.INSTRUCTOR:
        form = form_of(roster.find_student(visit.session, student), visit.t)
    return roster_page(visit, q=q, section=section, form=form)


@router.post("/roster")
def import_roster(
    visit: VisitDep, sent: Annotated[RosterForm, Depends(read_roster_form)]
) -> Response:
    """Add students and bring names up to date, or say which lines were not understood."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    try:
        rows = roster.read_csv(sent.content, encoding=sent.encoding)
        done = roster.import_noted(
            visit.session,
            visit.principal,
            rows,
            alike=sent.alike,
            request_id=visit.request_id,
        )
    except Problem as problem:
        title = visit.t("roster.wrong_lines")
        told = [one.said_in(visit.t.language) for one in problem.reasons]
        *lines, text = told or [problem_words(problem, visit.t)]
        notice = Notice(title=title, text=text, lines=tuple(lines), style="bad", role="alert")
        question = _question(problem, sent, visit)
        return roster_page(visit, notices=(notice,), question=question, status=422)
    numbers = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged}
    text = visit.t("roster.result", **numbers)
    notices = [Notice(text=text, style="good", role="status")]
    if done.left_disabled:
        who = visit.t("roster.joiner").join(done.left_disabled)
        left = visit.t("roster.left_disabled", students=who)
        notices.append(Notice(text=left, style="warn", role="status"))
    return roster_page(visit, notices=tuple(notices))


def _question(problem: Problem, sent: RosterForm, visit: Visit) -> Question | None:
    """Return the questions that one button answers, None where the file must be corrected."""
    asked = {one.code: one for one in problem.reasons}
    kept = b64encode(sent.content).decode()
    if len(kept) > MOST_KEPT:
        return None
    if encoding := asked.get("roster.read-as"):
        name = str(encoding.values["encoding"])
        button = visit.t("roster.read_as", encoding=name)
        return Question(content=kept, encoding=name, alike=sent.alike, button=button)
    if "roster.alike" in asked:
        button = visit.t("roster.alike")
        return Question(content=kept, encoding=sent.encoding, alike=True, button=button)
    return None


@router.post("/roster/{student_id}/link")
def show_link(student_id: StudentId, visit: VisitDep) -> Response:
    """Show a student's personal link."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    student = roster.find_enrolled(visit.session, student_id)
    link = roster.link_noted(
        visit.settings, visit.session, visit.principal, student, request_id=visit.request_id
    )
    return roster_page(visit, link=link, link_of=student.login)


@router.post("/roster/{student_id}/link/revoke")
def revoke_links(
    student_id: StudentId, visit: VisitDep, confirmation: ConfirmationDep
) -> Response:
    """End a student's links, sessions, tokens and password: all that a leaked link opens."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    student = roster.find_enrolled(visit.session, student_id)
    if not confirmation.given:
        question = visit.t("roster.confirm_revoke", student=student.login)
        return confirmation.ask(visit, question, visit.t("roster.revoke"))
    roster.revoke_noted(visit.session, visit.principal, student, request_id=visit.request_id)
    return then("/staff/roster", "shut")


@router.get("/audit")
def show_audit(
    visit: VisitDep,
    actor: Short = "",
    action: Short = "",
    target: Short = "",
    before: Annotated[int | None, Query(ge=1, le=audit.LARGEST_ID)] = None,
) -> Response:
    """Show what was changed and by whom, the newest first; of grades alone to a TA."""
    visit.demand(Role.TA)
    everything = visit.principal.role is Role.INSTRUCTOR
    found = audit.entries(
        visit.session,
        target=target.strip(),
        actor=actor.strip(),
        action=action.strip(),
        before=before,
        limit=ENTRIES + 1,
        grades_only=not everything,
    )
    shown = found[:ENTRIES]
    targets = _targets(visit, shown)
    fields = {"actor": actor, "action": action, "target": target}
    chosen = {name: value for name, value in fields.items() if value}
    older = urlencode({**chosen, "before": shown[-1].id}) if len(found) > ENTRIES else ""
    page = AuditPage(
        **fields,
        lead=visit.t("audit.lead" if everything else "audit.lead_grades"),
        rows=tuple(audit_row(one, targets, visit.clock) for one in shown),
        older=f"/staff/audit?{older}" if older else "",
        newest=f"/staff/audit?{urlencode(chosen)}" if before else "",
    )
    return visit.page("audit", page, title=visit.t("audit.title"), width="wide")


def roster_page(  # noqa: PLR0913  what the page may show
    visit: Visit,
    *,
    q: str = "",
    section: str = "",
    form: StudentForm | None = None,
    notices: tuple[Notice, ...] = (),
    link: str = "",
    link_of: str = "",
    question: Question | None = None,
    status: int = 200,
) -> Response:
    """Return the roster's page, with what was just done or asked for."""
    page = build_roster(
        roster.students(visit.session),
        visit.t,
        q=q,
        section=section,
        form=form,
        may_run=visit.principal.role is Role.INSTRUCTOR,
        notices=notices,
        link=link,
        link_of=link_of,
        question=question,
    )
    return visit.page("roster", page, title=visit.t("roster.title"), status=status)


def _targets(visit: Visit, entries: Sequence[AuditEntry]) -> dict[str, Link]:
    """Return what people call the submissions and accounts that are still there, by target."""
    ids = [one.target.partition(":")[2] for one in entries]
    submissions = visit.session.scalars(select(Submission).where(Submission.id.in_(ids)))
    users = visit.session.scalars(select(User).where(User.id.in_(ids)))
    return {
        **{f"submission:{one.id}": _link_to(one, visit) for one in submissions},
        **{f"user:{one.id}": Link(href="", text=one.login) for one in users},
    }


def _link_to(submission: Submission, visit: Visit) -> Link:
    attempt = visit.t("attempts.title", number=submission.attempt)
    return Link(
        href=f"/staff/{submission.edition}/{submission.id}",
        text=f"{submission.student_id}, {attempt}",
    )
