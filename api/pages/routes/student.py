"""The student's pages: what is due, handing in, watching, reading."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.auth.permissions import demand, readable
from api.course.release import Document
from api.grades.decisions import grade_now
from api.grades.documents import results_of
from api.grades.effective_grades import grade_of, grade_so_far
from api.grades.visibility import pending_reason, shown_to
from api.kit.digests import sha256_of
from api.kit.models import Assignment, Submission
from api.kit.problems import Problem, not_found
from api.mail.receipt import assignment_title, receipt_lines
from api.pages.frame import words_for
from api.pages.parts.addresses import of_submission
from api.pages.render import fragment
from api.pages.view.attempts import Notice, attempt_rows
from api.pages.view.home import (
    SELF_CHECK,
    AssignmentCard,
    HomePage,
    self_check_card,
    student_card,
)
from api.pages.view.progress import build_progress
from api.pages.view.result import Result, build_result, reduced
from api.pages.view.submission import ReceiptPage, SubmissionPage, build_page, submission_notices
from api.pages.visit import Visit, VisitDep, then
from api.requests.dependencies import ArrivedAt, PrincipalDep, ServicesDep
from api.routes.parameters import SubmissionId
from api.submissions.attempts import costing
from api.submissions.hand_in import admit, hand_in
from api.submissions.progress import Progress, look_in
from api.submissions.runs import judged_run, submissions_of
from api.submissions.uploads import Form, receive

router = APIRouter(include_in_schema=False)
Key = Annotated[str, Path(min_length=20, max_length=200)]


@router.get("/")
def show_home(visit: VisitDep) -> Response:
    """Show a student the assignments, a visitor the self-check, and lead staff to the classes."""
    if visit.principal.is_staff:
        return then("/staff")
    student = visit.principal.student_id
    cards = _student_cards(visit, student) if student else _self_check_cards(visit)
    kind = "student" if student else "self_check" if cards else "visitor"
    page = HomePage(
        title=visit.t(f"home.{kind}_title"),
        lead=visit.t(f"home.{kind}_lead", name=student or ""),
        notices=() if cards or not student else (Notice(text=visit.t("home.nothing")),),
        assignments=tuple(cards),
        log_in=visit.principal.role is None,
    )
    return visit.page("home", page, title=page.title)


@router.post("/upload")
async def upload(
    request: Request, services: ServicesDep, principal: PrincipalDep, arrived_at: ArrivedAt
) -> Response:
    """
    Take files in and lead to their page; a form that is sent twice leads to the same.

    What was drawn as a hand-in never becomes a self-check, even if the login has ended meanwhile.
    """
    demand(principal, least=0, scope="submit")
    try:
        await run_in_threadpool(admit, services, principal)
    except Problem as problem:
        raise _login_ended() if problem.status == 401 else problem from None
    known = principal.role is not None

    def refuse(fields: Mapping[str, str]) -> None:
        if not known and fields.get("kind") != SELF_CHECK:
            raise _login_ended()

    form = await receive(request, services, refuse)
    spoken = Form(
        fields={**form.fields, "language": words_for(request).language}, files=form.files
    )
    key = form.get("idempotency_key") or None
    done = await run_in_threadpool(
        partial(hand_in, arrived_at=arrived_at, idempotency_key=key), services, principal, spoken
    )
    return then(f"/r/{done.key}?fresh=1" if done.key else f"/s/{done.submission.id}")


@router.get("/s/{submission_id}")
def show_submission(submission_id: SubmissionId, visit: VisitDep) -> Response:
    """Show a submission to its student, on its way or graded."""
    submission = readable(visit.session, visit.principal, submission_id)
    page = _submission_page(visit, submission, home=f"/s/{submission.id}")
    return visit.page("submission", page, title=page.title)


@router.get("/s/{submission_id}/receipt")
def show_receipt(submission_id: SubmissionId, visit: VisitDep) -> Response:
    """Show which files were received, when, and their digests."""
    submission = readable(visit.session, visit.principal, submission_id)
    language = visit.t.language
    page = ReceiptPage(
        edition=assignment_title(visit.services, submission, language),
        lines=tuple(map(str.strip, receipt_lines(visit.services, submission, language))),
        file=of_submission(submission.id, "receipt", language=language),
        back=f"/s/{submission.id}",
    )
    return visit.page("receipt", page, title=visit.t("receipt.title"), width="narrow")


@router.get("/s/{submission_id}/progress")
def show_progress(submission_id: SubmissionId, visit: VisitDep) -> Response:
    """Show how far a submission is, alone; at the end the whole page is to be loaded again."""
    submission = readable(visit.session, visit.principal, submission_id)
    return _progress(visit, submission, f"/s/{submission.id}")


@router.get("/r/{key}")
def show_self_check(key: Key, visit: VisitDep, fresh: str = "") -> Response:
    """Show a self-check to whoever has its address."""
    submission = find_self_check(visit.session, key)
    home = f"/r/{key}"
    kept = f"{visit.settings.public_url.rstrip('/')}{home}" if fresh else ""
    page = _submission_page(visit, submission, home=home, key=key, keep_address=kept)
    return visit.page("submission", page, title=page.title)


@router.get("/r/{key}/progress")
def show_self_check_progress(key: Key, visit: VisitDep) -> Response:
    """Show how far a self-check is, alone."""
    return _progress(visit, find_self_check(visit.session, key), f"/r/{key}")


def _login_ended() -> Problem:
    return Problem(
        401,
        "login-ended",
        "your login has ended and nothing was received; log in again, or open your personal link,"
        " and then hand in again",
    )


def read_result(visit: Visit, submission: Submission) -> Result | None:
    """Return the result that counts as the visitor may see it; None where there is none."""
    assignment, edition = visit.edition(submission.edition)
    run = judged_run(submission)
    if run is None or run.results_sha256 is None:
        return None
    shown = shown_to(visit.principal, assignment, submission)
    if not shown:
        return None
    grade = grade_of(submission, assignment, edition) or grade_now(
        visit.services, visit.session, submission
    )
    result = build_result(results_of(visit.services, run), grade, grade.remark, visit.t)
    return reduced(result, shown)


def _student_cards(visit: Visit, student_id: str) -> list[AssignmentCard]:
    cards = []
    for assignment in _assignments(visit):
        group = assignment.group_of(student_id)
        earlier = submissions_of(visit.session, assignment.edition, *group)
        if assignment.open or earlier:
            _, edition = visit.edition(assignment.edition)
            cards.append(
                student_card(assignment, edition, earlier, visit.settings, visit.clock, student_id)
            )
    return cards


def _self_check_cards(visit: Visit) -> list[AssignmentCard]:
    return [
        self_check_card(visit.edition(one.edition)[1], visit.settings, visit.t)
        for one in _assignments(visit)
        if one.anonymous and one.open
    ]


def _assignments(visit: Visit) -> list[Assignment]:
    found = visit.session.scalars(select(Assignment).order_by(Assignment.edition))
    return [one for one in found if one.edition in visit.services.editions]


def _submission_page(
    visit: Visit, submission: Submission, *, home: str, key: str = "", keep_address: str = ""
) -> SubmissionPage:
    assignment, edition = visit.edition(submission.edition)
    under_way = _under_way(visit, submission)
    shown = shown_to(visit.principal, assignment, submission)
    scored = Document.SCORE in shown
    part = grade_so_far(submission, assignment, edition) if scored else None
    every = [submission]
    if not submission.anonymous:
        group = assignment.group_of(submission.student_id)
        every = [*submissions_of(visit.session, submission.edition, *group)]
    result = read_result(visit, submission)
    return build_page(
        submission,
        assignment,
        edition,
        visit.clock,
        home=home,
        progress=build_progress(under_way, edition, visit.t) if under_way else None,
        result=result,
        history=attempt_rows(
            every, assignment, edition, visit.clock, show_scores=scored, current=submission.id
        ),
        notices=submission_notices(
            submission,
            result,
            visit.t,
            so_far=pending_reason(part, submission).said_in(visit.t.language)
            + visit.t("problem.stop")
            if part is not None
            else "",
            free=submission not in costing(every, most_free=visit.settings.max_free_attempts),
        ),
        shown=shown,
        key=key,
        keep_address=keep_address,
    )


def _progress(visit: Visit, submission: Submission, home: str) -> Response:
    under_way = _under_way(visit, submission)
    if under_way is None:
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    assignment, edition = visit.edition(submission.edition)
    page = build_page(
        submission,
        assignment,
        edition,
        visit.clock,
        home=home,
        progress=build_progress(under_way, edition, visit.t),
        result=None,
        history=(),
    )
    return fragment("progress", page, t=visit.t)


def _under_way(visit: Visit, submission: Submission) -> Progress | None:
    """Return how far the newest run is; None where it has ended."""
    found = look_in(visit.session, [submission.id]).get(submission.id)
    return found if found is not None and not found.final else None


def find_self_check(session: Session, key: str) -> Submission:
    """Return the self-check that *key* opens; raise Problem 404 where there is none."""
    query = select(Submission).where(Submission.key_sha256 == sha256_of(key))
    found = session.scalar(query)
    if found is None:
        raise not_found(what="this result")
    return found
