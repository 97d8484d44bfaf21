"""Asking for a second look, and answering, with forms; and what waits for staff next."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from api.auth.permissions import readable
from api.grades import regrade_requests
from api.grades.next_to_grade import next_to_grade
from api.kit.models import Role
from api.kit.schemas.grading import LONGEST_TEXT
from api.pages.visit import VisitDep, then
from api.routes.parameters import EditionId, RowId, SubmissionId

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=LONGEST_TEXT)]


@router.post("/s/{submission_id}/request")
def ask(submission_id: SubmissionId, visit: VisitDep, text: Text = "") -> Response:
    """Take a student's request for a second look."""
    visit.demand(Role.STUDENT, scope="submit")
    submission = readable(visit.session, visit.principal, submission_id)
    regrade_requests.ask(
        visit.session, visit.principal, submission, text, request_id=visit.request_id
    )
    return then(f"/s/{submission_id}", "requested")


@router.post("/staff/{edition_id}/{submission_id}/requests/{request}/answer")
def answer(
    edition_id: EditionId,
    submission_id: SubmissionId,
    request: RowId,
    visit: VisitDep,
    text: Text = "",
) -> Response:
    """Take staff's answer."""
    visit.demand(Role.TA, scope="grade")
    submission = readable(visit.session, visit.principal, submission_id)
    regrade_requests.answer(
        visit.services,
        visit.session,
        visit.principal,
        submission,
        request,
        text,
        request_id=visit.request_id,
    )
    return then(f"/staff/{edition_id}/{submission_id}", "answered")


@router.get("/staff/{edition_id}/next")
def go_on(edition_id: EditionId, visit: VisitDep, after: str = "") -> Response:
    """Lead to what waits for a person next; to the class where nothing does."""
    visit.demand(Role.TA)
    _, edition = visit.edition(edition_id)
    found = next_to_grade(visit.session, edition, after=after)
    base = f"/staff/{edition_id}"
    return then(f"{base}/{found}") if found else then(base, "nothing_waits")
